package auditevent

import (
	"bytes"
	"encoding/json"
)

// The elements of AuditEvent (http://hl7.org/fhir/R4/auditevent.html) that are
// ours to state, in FHIR's order.
type (
	bundle struct {
		ResourceType string  `json:"resourceType"`
		Type         string  `json:"type"`
		Timestamp    string  `json:"timestamp"`
		Entry        []entry `json:"entry,omitempty"`
	}
	entry struct {
		FullURL  string     `json:"fullUrl"`
		Resource auditEvent `json:"resource"`
	}
	auditEvent struct {
		ResourceType   string    `json:"resourceType"`
		ID             string    `json:"id"`
		Meta           *meta     `json:"meta,omitempty"`
		Type           coding    `json:"type"`
		Subtype        []coding  `json:"subtype,omitempty"`
		Action         string    `json:"action"`
		Recorded       string    `json:"recorded"`
		Outcome        string    `json:"outcome"`
		OutcomeDesc    string    `json:"outcomeDesc,omitempty"`
		PurposeOfEvent []concept `json:"purposeOfEvent,omitempty"`
		Agent          []agent   `json:"agent"`
		Source         source    `json:"source"`
		Entity         []entity  `json:"entity,omitempty"`
	}
	meta struct {
		Profile []string `json:"profile"`
	}
	coding struct {
		System  string `json:"system,omitempty"`
		Code    string `json:"code"`
		Display string `json:"display,omitempty"`
	}
	concept struct {
		Coding []coding `json:"coding"`
	}
	identifier struct {
		System string `json:"system,omitempty"`
		Value  string `json:"value"`
	}
	reference struct {
		Type       string      `json:"type,omitempty"`
		Identifier *identifier `json:"identifier"`
	}
	extension struct {
		URL       string `json:"url"`
		ValueCode string `json:"valueCode"`
	}
	network struct {
		Extension []extension `json:"extension,omitempty"`
		Address   string      `json:"address,omitempty"`
		Type      string      `json:"type,omitempty"`
	}
	agent struct {
		Type         *concept  `json:"type,omitempty"`
		Role         []concept `json:"role,omitempty"`
		Who          reference `json:"who"`
		Requestor    bool      `json:"requestor"`
		Policy       []string  `json:"policy,omitempty"`
		Network      *network  `json:"network,omitempty"`
		PurposeOfUse []concept `json:"purposeOfUse,omitempty"`
	}
	source struct {
		Observer reference `json:"observer"`
		Type     []coding  `json:"type"`
	}
	entity struct {
		What   *reference `json:"what,omitempty"`
		Type   *coding    `json:"type,omitempty"`
		Role   *coding    `json:"role,omitempty"`
		Name   string     `json:"name,omitempty"`
		Detail []detail   `json:"detail,omitempty"`
	}
	detail struct {
		Type   string `json:"type"`
		Text   string `json:"valueString,omitempty"`
		Base64 string `json:"valueBase64Binary,omitempty"`
	}
)

// encode writes JSON without the escapes that golang-fhir-models cannot read.
func encode(b bundle) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(b); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
