package explain

import (
	"bytes"
	"encoding/json"

	"tolk/mapping"
)

// MarshalJSON writes a leaf with every value as it is: of a document in JSON the value
// itself, to the digit and the escape, and of one in XML its text as a string.
func (l Leaf) MarshalJSON() ([]byte, error) {
	values := make([]json.RawMessage, len(l.Values))
	for i, v := range l.Values {
		values[i] = raw(v, l.otherXML)
	}
	return encoded(struct {
		Side      string              `json:"side"`
		Path      string              `json:"path"`
		Value     json.RawMessage     `json:"value"`
		Fate      string              `json:"fate"`
		Rule      *Rule               `json:"rule,omitempty"`
		Row       *Row                `json:"row,omitempty"`
		Also      []Row               `json:"also,omitempty"`
		Relation  mapping.Equivalence `json:"relation,omitempty"`
		Reason    string              `json:"reason,omitempty"`
		Others    []string            `json:"others,omitempty"`
		Values    []json.RawMessage   `json:"values,omitempty"`
		Proposals []Proposal          `json:"proposals,omitempty"`
		Unmatched []Row               `json:"unmatched,omitempty"`
		Back      Back                `json:"back"`
	}{l.Side, l.Path, raw(l.Value, l.xml), l.Fate, l.Rule, l.Row, l.Also, l.Relation, l.Reason, l.Others, values, l.Proposals, l.Unmatched, l.Back})
}

// MarshalJSON writes what comes back as a leaf is written.
func (b Back) MarshalJSON() ([]byte, error) {
	var without, with json.RawMessage
	if b.Without != "" {
		without = raw(b.Without, b.withoutXML)
	}
	if b.With != "" {
		with = raw(b.With, b.withXML)
	}
	return encoded(struct {
		Offered bool            `json:"offered"`
		Why     string          `json:"why,omitempty"`
		Without json.RawMessage `json:"without,omitempty"`
		With    json.RawMessage `json:"with,omitempty"`
		At      string          `json:"at,omitempty"`
		Same    bool            `json:"same"`
	}{b.Offered, b.Why, without, with, b.At, b.Same})
}

// raw is a value that was read: as it stands, or the text of XML. Where no leaf is at a
// place of a document in JSON there is no value.
func raw(value string, xml bool) json.RawMessage {
	switch {
	case xml:
		text, _ := encoded(value) // of a string, which always can be
		return text
	case value == "":
		return json.RawMessage("null")
	}
	return json.RawMessage(value)
}

// encoded is JSON with letters as they are.
func encoded(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
