// Package medcom translates between the hub and the messages of MedCom in FHIR:
// HomeCareObservation 1.2 (medcom.fhir.dk.homecareobservation 1.2.1).
package medcom

import (
	"strings"

	"tolk/mapping/document"
	"tolk/mapping/healthcheck"
	"tolk/mapping/measure"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// HCO is the name of the form.
const HCO = "hco"

const (
	envelope = "hco.envelope"
	nothing  = "nothing of a health check is here; expected a DiagnosticReport or an Observation, and not the envelope of a message alone"
	unfit    = "it belongs to the message and not to the health check; a message out of the hub gets its own"
)

// homeward is a HomeCareObservation on its way into the hub.
type homeward struct {
	*healthcheck.Copier
	panels map[*healthcheck.Resource]panel // by each of the two observations
	met    bool                            // the patient is one of dk-core
	// retracted: the message takes an earlier one back, and what it reports is
	// not to be used.
	retracted bool
}

// HCOToHub translates a HomeCareObservation message, or single resources of
// one, into the hub. It returns a *mapping.Error with a path for a document that
// is no FHIR, and for a number or a date that is none.
func HCOToHub(doc *tree.Doc, _ document.Request) (*transcript.Written, error) {
	c, err := healthcheck.Open(doc, HCO, healthcheck.Hub)
	if err != nil {
		return nil, err
	}
	h := &homeward{Copier: c, panels: map[*healthcheck.Resource]panel{}}
	for _, r := range c.Resources {
		r.Gone = h.apart(r)
	}
	if err := c.Holds(places, nothing); err != nil {
		return nil, err
	}
	for _, p := range c.Of("Patient") {
		h.met = h.met || c.DKPatientMet(p)
	}
	h.activities()
	h.join()
	_, entries := c.Bundle("collection", "hco.bundle")
	if err := h.resources(entries); err != nil {
		return nil, err
	}
	return c.Finish()
}

// apart tells why a resource stays with the message.
func (h *homeward) apart(r *healthcheck.Resource) string {
	switch r.Type {
	case "MessageHeader":
		return unfit
	case "Provenance":
		for _, t := range h.List(r.Node, "target") {
			text := h.Doc.Text(h.Doc.Child(t, "reference"))
			if target := h.Target(t); target == nil && !strings.HasPrefix(text, "MessageHeader/") || target != nil && target.Type != "MessageHeader" {
				return ""
			}
		}
		return unfit
	}
	return ""
}

// activities reads why the message was sent. One that takes an earlier one back
// repeats its measurements: they must not be read as new ones.
func (h *homeward) activities() {
	for _, r := range h.Of("Provenance") {
		activity := h.Doc.Child(r.Node, "activity")
		for _, c := range h.List(activity, "coding") {
			code := h.Doc.Child(c, "code")
			switch h.Doc.Text(code) {
			case "retract-message":
				h.retracted = true
				h.Use(code, retractRule)
				h.Notice(h.Doc.Path(code), "activity: the message takes an earlier one back; its report and measurements are marked entered-in-error, and nothing in it is to be used")
			case "modified-message", "modify-message":
				h.Notice(h.Doc.Path(code), "activity: the message corrects an earlier one, which it replaces")
			}
		}
	}
}

const retractRule = "hco.retract"

// status writes the status of a report or a measurement that was taken back.
func (h *homeward) status(out tree.OutID, key string, m tree.ID) bool {
	if !h.retracted || key != "status" || h.Doc.Kind(m) != tree.String {
		return false
	}
	h.Text(out, key, "entered-in-error", m, retractRule)
	return true
}

// resources writes the report first, then the patient, then the others in the
// order they came in.
func (h *homeward) resources(entries tree.OutID) error {
	reports := h.Of("DiagnosticReport")
	if len(reports) == 0 && len(h.Of("Observation")) > 0 {
		h.MakeReport(entries)
	}
	for _, r := range reports {
		h.report(entries, r)
	}
	for _, r := range h.Of("Patient") {
		h.Patient(entries, r, "hco.patient")
	}
	for _, r := range h.Resources {
		switch {
		case r.Gone != "":
			h.Drop(r.Node, envelope, r.Gone)
			if r.Entry != tree.None {
				h.Drop(r.Entry, envelope, r.Gone)
			}
		case r.Type == "DiagnosticReport" || r.Type == "Patient":
		case r.Type == "Observation":
			if err := h.observation(entries, r); err != nil {
				return err
			}
		default:
			resource, meta := h.Begin(entries, r, "hco.resource")
			h.Meta(meta, r, "hco.profile")
			h.Rest(resource, r, nil)
		}
	}
	return nil
}

// report writes the report: of two results that are one panel now, one.
func (h *homeward) report(entries tree.OutID, r *healthcheck.Resource) {
	resource, meta := h.Begin(entries, r, "hco.report")
	h.Meta(meta, r, "hco.profile")
	coded := false
	h.Rest(resource, r, func(key string, m tree.ID) bool {
		switch {
		case key == "code":
			coded = true
			h.ReportCode(resource, m)
		case key == "result" && h.Doc.Kind(m) == tree.Array:
			h.results(h.Out.Array(resource, key), m)
		default:
			return h.status(resource, key, m)
		}
		return true
	})
	if !coded {
		h.Miss(r, "DiagnosticReport.code", "", "required by R4: what kind of report it is")
	}
}

func (h *homeward) results(list tree.OutID, m tree.ID) {
	said := map[*healthcheck.Resource]bool{}
	for e := h.Doc.First(m); e != tree.None; e = h.Doc.Next(e) {
		if r := h.Target(e); r != nil && r.Joined != nil {
			if said[r.Joined] {
				h.Only(e, panelRule, "it stands beside a reference to one of two observations, which are one now", "reference")
				continue
			}
			said[r.Joined] = true
		}
		h.Element(list, e, "DiagnosticReport", "result")
	}
}

// observation writes one observation, or at the first of two that are a panel
// both of them.
func (h *homeward) observation(entries tree.OutID, r *healthcheck.Resource) error {
	if p, ok := h.panels[r]; ok {
		if r != p.first {
			return nil
		}
		return h.panel(entries, p)
	}
	item, known := h.Judge(r.Node)
	if err := h.Timed(r, ""); err != nil {
		return err
	}
	h.Valueless(r, item)
	resource, meta := h.Begin(entries, r, "hco.observation")
	h.Meta(meta, r, "hco.profile")
	var fault error
	categorised := false
	h.Rest(resource, r, func(key string, m tree.ID) bool {
		if key == "code" {
			if !categorised {
				h.Category(resource, r, item, known)
				categorised = true
			}
			h.AddCode(resource, m, item, known, "Observation")
			return true
		}
		if h.status(resource, key, m) {
			return true
		}
		taken, err := h.measured(resource, key, m, item, known, "Observation")
		if err != nil {
			fault = err
		}
		return taken
	})
	h.ClaimObservation(resource, meta, h.met, "hco.profile")
	return fault
}

// measured writes the value of an observation or a component.
func (h *homeward) measured(out tree.OutID, key string, m tree.ID, item measure.Item, known bool, steps ...string) (bool, error) {
	switch {
	case key == "valueQuantity" && h.Doc.Kind(m) == tree.Object:
		return true, h.AddQuantity(out, m, item, known, steps...)
	case strings.HasPrefix(key, "value") && key != "valueString" && key != "valueQuantity" && inR4(key):
		h.Notice(h.Doc.Path(m), key+": a HomeCareObservation has valueQuantity or valueString; it goes over as it stands")
	}
	return false, nil
}
