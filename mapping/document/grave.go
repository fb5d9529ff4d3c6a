package document

import (
	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// guards returns every guard that a row of the maps has for one of the
// resource's codings in the sender's system. A fact that is never left out is
// one whatever else stands beside it.
func (r *run) guards(res *resource) (all terminology.Guard) {
	for c := res.codings(res.code); c != tree.None; c = res.Next(c) {
		e, ok := r.terms.Lookup(res.Text(res.Child(c, "system")), res.Text(res.Child(c, "code")))
		if !ok || e.System != r.from.System {
			continue
		}
		for _, m := range r.terms.Matches(e.Concept, terminology.Options{Target: r.to.System}) {
			all |= m.Guard
		}
	}
	return all
}

// existing returns the entry of the target system's coding that the source has
// beside its own, nil if there is none. A strict form takes one that states the
// fact: not a level, an intervention or a heading in place of a condition.
func (r *run) existing(res *resource) *terminology.Entry {
	_, e := res.inSystem(res.code, r.to.System)
	if e == nil || r.to.Name == FHIR || e.Kind == stated[res.plan.concept.Map] && !e.Heading() {
		return e
	}
	return nil
}

// stated is the kind of fact that the targets of a concept map state.
var stated = map[string]terminology.Kind{
	"tilstand": terminology.Condition, "maalgruppe": terminology.Condition,
	"indsats": terminology.Intervention, "opfoelgning": terminology.FollowUp,
}

// keepExisting writes the resource with the coding of the target system that it
// has already.
func (r *run) keepExisting(res *resource, e *terminology.Entry, guard terminology.Guard) {
	switch {
	case r.reported(e):
		em := &emission{exists: true}
		r.withOriginal(res, em, guard)
		res.emits = []*emission{em}
	case guard.Has(terminology.Always):
		r.asItIs(res)
	default:
		res.fate, res.why = ledger.Residue, "its own code is of an area that this report does not hold"
	}
}

// reported reports whether the report asked for holds concepts of e's area.
func (r *run) reported(e *terminology.Entry) bool {
	if r.to.System != mapping.FSIII || r.to.Name == FHIR || e.Area == "" {
		return true
	}
	return r.areas[e.Area] && (e.Area == mapping.Forebyggelse) == (r.report == "119")
}

// withOriginal writes in the open form, with both codings, what may not travel
// as a general code alone.
func (r *run) withOriginal(res *resource, e *emission, guard terminology.Guard) {
	if r.to.Name == FHIR || guard&(terminology.WithOriginal|terminology.Always) == 0 {
		return
	}
	e.form = open
	e.lacks = append(e.lacks, r.lack(res, last(res.plan.concept.Path), "this fact may not travel as a general code alone, and the profile takes one coding only"))
}

// asItIs writes what is never left out with its own code.
func (r *run) asItIs(res *resource) {
	res.emits = []*emission{{form: open, lacks: []ledger.Lack{r.lack(res, "", "this fact is never left out; no code of the target form may stand for it, so it goes as it is")}}}
}
