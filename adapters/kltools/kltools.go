// Package kltools translates between the hub and the observations of municipal
// health care in KL's shared instruments (kl.dk.fhir.ffinst 1.0.0): vital signs,
// tests, pain, urine sticks, WHO-5 and EQ-5D.
package kltools

import (
	"tolk/mapping/document"
	"tolk/mapping/healthcheck"
	"tolk/mapping/measure"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// Form is the name of the form.
const Form = "fsiii"

// base is where KL publishes the profiles.
const base = "http://fhir.kl.dk/ffinst/StructureDefinition/"

// homeward is a document of KL's on its way into the hub.
type homeward struct {
	*healthcheck.Copier
	met bool // the patient is one of dk-core
}

// about lists the types of resources of which a health check has one.
var about = map[string]bool{"DiagnosticReport": true, "Observation": true, "QuestionnaireResponse": true, "Patient": true}

const nothing = "nothing of a health check is here; expected an Observation, a QuestionnaireResponse or a DiagnosticReport"

// ToHub translates a Bundle of KL's observations, or a single one, into the
// hub. It returns a *mapping.Error with a path for a document that is no FHIR,
// and for a number or a date that is none.
func ToHub(doc *tree.Doc, _ document.Request) (*transcript.Written, error) {
	c, err := healthcheck.Open(doc, Form, healthcheck.Hub)
	if err != nil {
		return nil, err
	}
	if err := c.Holds(about, nothing); err != nil {
		return nil, err
	}
	h := &homeward{Copier: c}
	for _, p := range c.Of("Patient") {
		h.met = h.met || c.DKPatientMet(p)
	}
	_, entries := c.Bundle("collection", "kl.bundle")
	reports := c.Of("DiagnosticReport")
	if len(reports) == 0 && len(c.Of("Observation"))+len(c.Of("QuestionnaireResponse")) > 0 {
		c.MakeReport(entries)
	}
	for _, r := range reports {
		h.report(entries, r)
	}
	for _, r := range c.Of("Patient") {
		c.Patient(entries, r, "kl.patient")
	}
	for _, r := range c.Resources {
		switch r.Type {
		case "DiagnosticReport", "Patient":
		case "Observation":
			if err := h.observation(entries, r); err != nil {
				return nil, err
			}
		default:
			resource, meta := c.Begin(entries, r, "kl.resource")
			c.Meta(meta, r, "kl.profile")
			c.Rest(resource, r, nil)
		}
	}
	return c.Finish()
}

func (h *homeward) report(entries tree.OutID, r *healthcheck.Resource) {
	resource, meta := h.Begin(entries, r, "kl.report")
	h.Meta(meta, r, "kl.profile")
	h.Rest(resource, r, func(key string, m tree.ID) bool {
		if key == "code" {
			h.ReportCode(resource, m)
		}
		return key == "code"
	})
}

// item finds what an observation is about: by its codes, and where they are
// those of several items, as of three questions of WHO-5 and EQ-5D, by the
// profile that it claims.
func (h *homeward) item(r *healthcheck.Resource) (measure.Item, bool) {
	item, known := h.Judge(r.Node)
	if known {
		return item, true
	}
	for _, p := range h.List(h.Doc.Child(r.Node, "meta"), "profile") {
		if item, ok := measure.ByProfile(h.Doc.Text(p)); ok {
			return item, true
		}
	}
	return item, false
}

// observation writes one observation.
func (h *homeward) observation(entries tree.OutID, r *healthcheck.Resource) error {
	item, known := h.item(r)
	if err := h.Timed(r, ""); err != nil {
		return err
	}
	h.Valueless(r, item)
	resource, meta := h.Begin(entries, r, "kl.observation")
	h.Meta(meta, r, "kl.profile")
	var fault error
	h.Rest(resource, r, func(key string, m tree.ID) bool {
		switch {
		case key == "code":
			h.Category(resource, r, item, known)
			h.AddCode(resource, m, item, known, "Observation")
		case key == "component" && h.Doc.Kind(m) == tree.Array:
			if err := h.components(h.Out.Array(resource, key), m); err != nil {
				fault = err
			}
		case key == "valueQuantity" && h.Doc.Kind(m) == tree.Object:
			if err := h.AddQuantity(resource, m, item, known, "Observation"); err != nil {
				fault = err
			}
		case key == "valueInteger" && known && item.Kind == measure.Integer && h.Doc.Kind(m) == tree.Number && h.Doc.Child(r.Node, "valueQuantity") == tree.None:
			h.score(resource, m)
		default:
			return false
		}
		return true
	})
	h.ClaimObservation(resource, meta, h.met, "kl.profile")
	return fault
}

// score writes the number of a scale as the hub writes every number.
func (h *homeward) score(out tree.OutID, m tree.ID) {
	const rule = "kl.score"
	q := h.Out.Object(out, "valueQuantity")
	h.Carry(q, "value", m, rule)
	h.Say(q, "system", healthcheck.UCUM, rule)
	h.Say(q, "code", "1", rule)
}

func (h *homeward) components(list tree.OutID, m tree.ID) error {
	for e := h.Doc.First(m); e != tree.None; e = h.Doc.Next(e) {
		if h.Doc.Kind(e) != tree.Object {
			continue
		}
		item, known := h.Judge(e)
		o := h.Out.Object(list, "")
		for n := h.Doc.First(e); n != tree.None; n = h.Doc.Next(n) {
			switch key := h.Doc.Key(n); {
			case key == "code":
				h.AddCode(o, n, item, known, "Observation", "component")
			case key == "valueQuantity" && h.Doc.Kind(n) == tree.Object:
				if err := h.AddQuantity(o, n, item, known, "Observation", "component"); err != nil {
					return err
				}
			default:
				h.Member(o, n, "Observation", "component")
			}
		}
	}
	return nil
}
