package medcom

import (
	"slices"
	"strings"

	"tolk/mapping/healthcheck"
	"tolk/mapping/measure"
	"tolk/mapping/tree"
)

const panelRule = "hco.panel"

// The items of a blood pressure, by their names in the table of measures.
const (
	pressure  = "blodtryk"
	systolic  = "blodtryk_systolisk"
	diastolic = "blodtryk_diastolisk"
)

// panel is two observations of one blood pressure.
type panel struct {
	first               *healthcheck.Resource // of the two, in the document
	systolic, diastolic *healthcheck.Resource
	whole               *healthcheck.Resource // stands for both in the hub
}

// half lists the elements of an observation that its component takes over; the
// other ones say something of the panel as a whole.
var half = map[string]bool{"code": true, "valueQuantity": true, "dataAbsentReason": true, "interpretation": true, "referenceRange": true}

// join finds the observations that are one blood pressure: one systolic and one
// diastolic that say the same in everything but the measurement: time,
// performer, body position and all else. Anything less stays apart: two numbers
// of different moments are no pressure.
func (h *homeward) join() {
	type pair struct{ systolic, diastolic []*healthcheck.Resource }
	pairs := map[string]*pair{}
	for _, r := range h.Of("Observation") {
		item, ok := h.Item(r.Node)
		key := h.circumstances(r)
		if !ok || key == "" || item.Name != systolic && item.Name != diastolic {
			continue
		}
		if pairs[key] == nil {
			pairs[key] = &pair{}
		}
		if item.Name == systolic {
			pairs[key].systolic = append(pairs[key].systolic, r)
		} else {
			pairs[key].diastolic = append(pairs[key].diastolic, r)
		}
	}
	cited := h.citations()
	for _, r := range h.Of("Observation") {
		p := pairs[h.circumstances(r)]
		if p == nil || len(p.systolic) != 1 || len(p.diastolic) != 1 || p.systolic[0] != r && p.diastolic[0] != r {
			continue
		}
		s, d := p.systolic[0], p.diastolic[0]
		if _, done := h.panels[r]; done || !h.reported(cited, s, d) {
			continue
		}
		whole := &healthcheck.Resource{Type: "Observation", ID: healthcheck.Derived("panel", s, d)}
		s.Joined, d.Joined = whole, whole
		joined := panel{first: r, systolic: s, diastolic: d, whole: whole}
		h.panels[s], h.panels[d] = joined, joined
	}
}

// circumstances is everything an observation says but what was measured, empty
// if it cannot be a component: without a time, with a value that is no Quantity,
// or with a narrative of a person's own.
func (h *homeward) circumstances(r *healthcheck.Resource) string {
	d := h.Doc
	var said []string
	timed := false
	for m := d.First(r.Node); m != tree.None; m = d.Next(m) {
		name := d.Key(m)
		switch {
		case name == "id" || half[name]:
			continue
		case name == "text":
			if !h.made(m) {
				return ""
			}
			continue
		case strings.HasPrefix(name, "value"), name == "component", name == "derivedFrom", name == "hasMember", strings.HasPrefix(name, "_"):
			return ""
		}
		timed = timed || strings.HasPrefix(name, "effective")
		said = append(said, name+h.Canonical(m))
	}
	if !timed {
		return ""
	}
	slices.Sort(said)
	return strings.Join(said, "")
}

// made reports whether a narrative says nothing of its own: a machine wrote it
// out of the elements.
func (h *homeward) made(text tree.ID) bool { return generated[h.Doc.Text(h.Doc.Child(text, "status"))] }

// generated are the states of a narrative in which no person wrote anything.
var generated = map[string]bool{"generated": true, "extensions": true, "empty": true}

// reported tells whether every report has both observations or none, and
// nothing but a report refers to one of them: what refers to one does not mean
// the panel.
func (h *homeward) reported(cited citations, systolic, diastolic *healthcheck.Resource) bool {
	if len(cited[systolic]) != len(cited[diastolic]) {
		return false
	}
	for r, times := range cited[systolic] {
		if times != 1 || cited[diastolic][r] != 1 || r.Type != "DiagnosticReport" {
			return false
		}
	}
	return true
}

// citations tells how often a resource is referred to, and by which.
type citations map[*healthcheck.Resource]map[*healthcheck.Resource]int

// citations lists the references of the document, once for all pairs.
func (h *homeward) citations() citations {
	cited := citations{}
	for _, r := range h.Resources {
		for n, end := r.Node, h.Doc.End(r.Node); n < end; n++ {
			to := h.Target(n)
			if to == nil {
				continue
			}
			if cited[to] == nil {
				cited[to] = map[*healthcheck.Resource]int{}
			}
			cited[to][r]++
		}
	}
	return cited
}

// panel writes one observation for two. Each becomes a component that keeps the
// id of its observation; what both say alike stands once.
func (h *homeward) panel(entries tree.OutID, p panel) error {
	if err := h.Timed(p.first, ""); err != nil {
		return err
	}
	resource, meta := h.Made(entries, "Observation", p.whole.ID, panelRule)
	item, _ := measure.ByName(pressure)
	h.Meta(meta, p.first, "hco.profile")
	second := p.systolic
	if p.first == second {
		second = p.diastolic
	}
	h.once(second)
	h.Rest(resource, p.first, func(key string, m tree.ID) bool {
		switch {
		case key == "text":
			h.Drop(m, panelRule, narrated)
			return true
		case key == "code":
			h.Category(resource, p.first, item, true)
			list := h.Out.Array(h.Out.Object(resource, key), "coding")
			for _, c := range item.Codings(measure.Hub) {
				h.SayCoding(list, c, false, panelRule)
			}
			return true
		}
		return half[key] || h.status(resource, key, m)
	})
	components := h.Out.Array(resource, "component")
	for _, r := range []*healthcheck.Resource{p.systolic, p.diastolic} {
		if err := h.component(components, r); err != nil {
			return err
		}
	}
	h.ClaimObservation(resource, meta, h.met, "hco.profile")
	return nil
}

const narrated = "the narrative that was generated for one of two observations; they are one now"

// once gives what the second of two observations repeats its fate.
func (h *homeward) once(r *healthcheck.Resource) {
	d := h.Doc
	for m := d.First(r.Node); m != tree.None; m = d.Next(m) {
		switch key := d.Key(m); {
		case key == "text":
			h.Drop(m, panelRule, narrated)
		case key == "resourceType":
			h.Use(m, panelRule)
		case key != "id" && !half[key]:
			h.Again(m, panelRule, "Observation")
		}
	}
}

// component writes one observation as a component of the panel.
func (h *homeward) component(components tree.OutID, r *healthcheck.Resource) error {
	d := h.Doc
	item, known := h.Judge(r.Node)
	h.Passed(r, panelRule)
	for _, m := range []tree.ID{h.Scalar(r.Entry, "fullUrl"), h.Scalar(r.Node, "resourceType")} {
		if m != tree.None {
			h.Use(m, panelRule)
		}
	}
	o := h.Out.Object(components, "")
	if id := d.Child(r.Node, "id"); id != tree.None && d.Kind(id) == tree.String {
		h.Text(o, "id", r.ID, id, panelRule)
	}
	for m := d.First(r.Node); m != tree.None; m = d.Next(m) {
		switch key := d.Key(m); {
		case key == "code":
			h.AddCode(o, m, item, known, "Observation", "component")
		case key == "valueQuantity" && d.Kind(m) == tree.Object:
			if err := h.AddQuantity(o, m, item, known, "Observation", "component"); err != nil {
				return err
			}
		case half[key]:
			h.Member(o, m, "Observation", "component")
		}
	}
	return nil
}
