package explain

import (
	"cmp"
	"strings"

	"tolk/mapping/rules"
	"tolk/mapping/terminology"
)

// row is a row of a concept map, as it is loaded.
type row struct {
	source *terminology.Entry
	match  *terminology.Match
}

// row finds the row that stands at a place, of the map if one is named; via is the
// place of the step before it. Nil where no map has it.
func (a *Account) row(place, canonical, via string) *Row {
	if place == "" {
		return nil
	}
	if a.rows == nil {
		a.index()
	}
	all := a.rows[place]
	if len(all) == 0 {
		return nil
	}
	found := all[0]
	for _, r := range all {
		if r.match.Canonical == canonical {
			found = r
			break
		}
	}
	m := found.match
	out := &Row{Map: m.Canonical, Place: m.Row, Source: named(found.source), Relation: cmp.Or(m.Stated, m.Equivalence), Area: string(m.Area),
		Guard: m.Guard.String(), Status: m.Status, Reason: m.Reason, Via: a.row(via, "", "")}
	if m.Concept.Code != "" {
		out.Target = Named{m.Concept.System, m.Concept.Code, m.Display}
	}
	if s := m.Site; s != nil {
		out.Site = &Site{s.Site, s.Replaces, s.Because}
	}
	return out
}

func (a *Account) index() {
	a.rows = map[string][]row{}
	for _, m := range a.c.Terms.ConceptMaps() {
		for _, e := range m.Elements {
			for i := range e.Matches {
				match := &e.Matches[i]
				a.rows[match.Row] = append(a.rows[match.Row], row{e.Source, match})
			}
		}
	}
}

func named(e *terminology.Entry) Named { return Named{e.System, e.Code, e.Display} }

// waiting lists what waits for a person at a leaf of the source: at the coded
// element it is in, or at what that is in. What is said of the document as a whole
// is said of no leaf.
func (a *Account) waiting(path string) (proposals []Proposal, unmatched []Row) {
	for root := a.source.root(); path != "" && path != root; path = above(path) {
		for _, i := range a.proposals[path] {
			for _, c := range a.ledger.Proposals[i].Candidates {
				proposals = append(proposals, Proposal{ID: c.ID, Target: Named{c.System, c.Code, c.Display}, Relation: c.Relation,
					Area: string(c.Area), Map: c.Map, Place: c.Row, Reason: c.Reason, Held: c.Held, Row: a.row(c.Row, c.Map, c.Via)})
			}
		}
		for _, i := range a.unmatched[path] {
			u := a.ledger.Unmatched[i]
			if r := a.row(u.Row, u.Map, ""); r != nil {
				unmatched = append(unmatched, *r)
				continue
			}
			unmatched = append(unmatched, Row{Map: u.Map, Place: u.Row, Area: string(u.Area), Reason: u.Reason, Relation: "unmatched"})
		}
	}
	return proposals, unmatched
}

// rule explains a rule by its name on the ledger, nil where there is none. Of two
// translations the second may have known nothing of a leaf: then the first alone has
// a rule for it.
func (a *Account) rule(name string) *Rule {
	if name == "" {
		return nil
	}
	if r, ok := a.rules[name]; ok {
		return r
	}
	var steps []Rule
	for step := range strings.SplitSeq(name, " > ") {
		if step = strings.TrimSuffix(step, " >"); step != "" {
			steps = append(steps, a.state(step))
		}
	}
	var r *Rule
	switch len(steps) {
	case 0:
		return nil
	case 1:
		r = &steps[0]
	default:
		last := steps[len(steps)-1]
		r = &Rule{Name: name, Place: last.Place, Text: last.Text, Site: last.Site, Steps: steps}
	}
	a.rules[name] = r
	return r
}

// state says where one rule is stated, and what stands there.
func (a *Account) state(name string) Rule {
	if a.c.Fields != nil {
		if found, ok := a.c.Fields.Stated(name); ok {
			return Rule{Name: name, Place: found.Place, Text: found.Text}
		}
	}
	for _, f := range a.c.Rules {
		if found, ok := a.statedIn(f, name); ok {
			r := Rule{Name: name, Place: found.Place, Text: found.Text}
			if s := found.Site; s != nil {
				r.Site = &Site{s.Site, s.Replaces, s.Because}
			}
			return r
		}
	}
	return Rule{Name: name, Text: written(name)}
}

// statedIn looks for a rule in a file of document rules. What is told of the side
// that was written is told of the one the document was for.
func (a *Account) statedIn(f rules.File, name string) (rules.Statement, bool) {
	rightward := a.ledger.To == f.Right || a.ledger.To != f.Left && a.ledger.From != f.Right
	return f.Stated(name, rightward)
}

// families are the rules that are written in Go, because no table can say them, by
// what their names begin with.
var families = []struct{ prefix, text string }{
	{"fmk.", "FMK's medication card (adapters/fmk)"},
	{"xref.", "MedCom's referral letters in XML (adapters/xref)"},
	{"hco.", "MedCom's HomeCareObservation (adapters/medcom)"},
	{"care.", "MedCom's CareCommunication (adapters/medcom)"},
	{"kl.", "the health check of the gateway, by its tools (adapters/kltools)"},
	{"fsiii.", "the lists of the municipal side (adapters/fsiii)"},
	{"ffb.", "the sections of the social side (adapters/ffb)"},
	{"anledning.", "the referral of the municipal side (adapters/klreferral)"},
	{"sundhedstjek.", "what every form of the health check shares (mapping/healthcheck)"},
	{"residue", "the residue gives back what an earlier translation took (mapping/residue)"},
}

// written says where a rule is written that no file of rules states.
func written(name string) string {
	if form, _, ok := strings.Cut(name, "/"); ok && strings.HasSuffix(form, ".plain") {
		return "written in Go: the plain form (adapters/plain)"
	}
	for _, f := range families {
		if strings.HasPrefix(name, f.prefix) {
			return "written in Go: " + f.text
		}
	}
	return "written in Go"
}
