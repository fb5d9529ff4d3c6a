package document

import (
	"slices"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// decide settles what a resource becomes: how many target resources, in which
// form, and why not where nothing.
func (r *run) decide(res *resource) {
	turned := ""
	if res.plan != nil && r.to.Name != FHIR {
		if turned = r.turned(res); r.private(res) {
			turned = privat
		}
	}
	switch {
	case res.plan == nil:
		res.fate, res.why = ledger.Unclaimed, "no rule knows this kind of resource"
	case res.plan.home == rules.HomeNone:
		res.fate, res.why = ledger.Dropped, res.plan.reason
	case turned != "":
		res.fate, res.why = ledger.Residue, turned
	case r.several(res):
		res.fate, res.why = ledger.Residue, "it holds more than one "+res.plan.path[0]+", and the report takes one"
	case res.plan.concept != nil:
		r.match(res)
	default:
		res.emits = []*emission{{}}
	}
	if res.plan != nil && res.plan.home == rules.HomeHub {
		for _, e := range res.emits {
			e.form = hub
			e.lacks = append(e.lacks, r.lack(res, "", res.plan.reason))
		}
	}
	r.deliverAlone(res)
}

// deliverAlone gives a loose resource its hub form where the target has no
// place for it: an answer is a document.
func (r *run) deliverAlone(res *resource) {
	if res.entry != tree.None || len(res.emits) > 0 || r.to.Name == FHIR {
		return
	}
	res.emits = []*emission{{form: hub, lacks: []ledger.Lack{r.lack(res, "", res.why)}}}
}

func (r *run) lack(res *resource, element, message string) ledger.Lack {
	l := ledger.Lack{Path: res.path, Element: res.Type, Message: message}
	if element != "" {
		l.Element += "." + element
	}
	if res.plan != nil {
		l.Profile = res.plan.profile
	}
	return l
}

// match decides by the concept maps, under the emission policy of domain.md §3.
func (r *run) match(res *resource) {
	res.code = r.doc.Find(res.Node, res.plan.path...)
	if res.code != tree.None && r.doc.Kind(res.code) != tree.Object {
		res.code = tree.None
	}
	guard := r.guards(res)
	if e := r.existing(res); e != nil {
		r.keepExisting(res, e, guard)
		return
	}
	_, source := res.inSystem(res.code, r.from.System)
	if source != nil {
		res.concept = source.Code
	}
	if source == nil {
		res.fate, res.why = ledger.Residue, "it has no code of "+r.from.Name
		if r.to.Name == FHIR {
			res.emits = []*emission{{}}
		}
		return
	}
	matches := r.terms.Matches(source.Concept, terminology.Options{Target: r.to.System})
	proposal := ledger.Proposal{Path: r.path(res, res.code)}
	for i := range matches {
		m := &matches[i]
		if m.Concept.System != "" && m.Concept.System != r.to.System || m.Area != "" && r.from.System == mapping.FFB && !r.areas[m.Area] {
			continue
		}
		if !m.Equivalence.Match() {
			r.ledger.Unmatched = append(r.ledger.Unmatched, ledger.Unmatched{Path: proposal.Path, Area: m.Area, Map: m.Canonical, Row: m.Row, Reason: m.Reason, Site: site(m)})
			continue
		}
		if r.known != nil {
			r.known[r.proposalID(res, m)] = true
		}
		if held := r.hold(res, source, m); held != "" {
			if !proposed(proposal, m) {
				proposal.Candidates = append(proposal.Candidates, candidate(m, r.proposalID(res, m), held))
			}
			continue
		}
		if !slices.ContainsFunc(res.emits, func(e *emission) bool { return e.match.Concept == m.Concept }) {
			res.emits = append(res.emits, &emission{match: m}) // two ways to one concept are one fact
		}
	}
	r.single(res, &proposal)
	proposal.Candidates = slices.DeleteFunc(proposal.Candidates, func(c ledger.Candidate) bool {
		return slices.ContainsFunc(res.emits, func(e *emission) bool { return e.match.Concept.Code == c.Code })
	})
	if len(proposal.Candidates) > 0 {
		r.ledger.Proposals = append(r.ledger.Proposals, proposal)
	}
	r.settle(res, guard, proposal)
}

// proposed reports whether a candidate before, by a row judged more directly, is
// the same concept.
func proposed(p ledger.Proposal, m *terminology.Match) bool {
	return slices.ContainsFunc(p.Candidates, func(c ledger.Candidate) bool { return c.Code == m.Concept.Code && c.Area == m.Area })
}

// hold says why a match is not written by itself, "" if it is.
func (r *run) hold(res *resource, source *terminology.Entry, m *terminology.Match) string {
	if r.to.Name != FHIR && r.report == "care" && m.Area == mapping.Forebyggelse && r.from.System == mapping.FFB {
		return otherReport
	}
	if m.Guard.Has(terminology.Problem) {
		switch problem(res, source) {
		case no:
			return notAProblem
		case unknown:
			if !r.chosen(res, m) {
				return "the record does not say that this is a problem; a person may, by this id"
			}
		}
	}
	switch {
	case m.Emit && res.kind != "Condition.maalgruppe":
		return ""
	case r.relation[m.Equivalence] || r.chosen(res, m):
		return ""
	case res.kind == "Condition.maalgruppe":
		return "a target group is no recorded condition; a person must say that it is one"
	}
	return string(m.Equivalence) + ": a person must stand for it"
}

// Why a candidate may not be accepted, here or at all.
const (
	otherReport = "prevention has a report of its own: area=forebyggelse"
	notAProblem = "the target asserts a problem, and the record says that there is none or that nobody has assessed it; it may not be accepted"
)

func candidate(m *terminology.Match, id, held string) ledger.Candidate {
	if held == notAProblem || held == otherReport {
		id = ""
	}
	return ledger.Candidate{ID: id, Area: m.Area, System: m.Concept.System, Code: m.Concept.Code, Display: m.Display,
		Relation: m.Equivalence, Map: m.Canonical, Row: m.Row, Via: via(m), Reason: m.Reason, Held: held, Site: site(m)}
}

// via is the row of the first of two steps, "" where there is one only.
func via(m *terminology.Match) string {
	if m.Via == nil {
		return ""
	}
	return m.Via.Row
}

// site tells whose the row is, or the first of two; nil where the maps state both.
func site(m *terminology.Match) *ledger.Site {
	s := m.Site
	if s == nil && m.Via != nil {
		s = m.Via.Site
	}
	if s == nil {
		return nil
	}
	return &ledger.Site{Name: s.Site, Replaces: s.Replaces, Because: s.Because}
}

// chosen reports whether a person stands for this match, by its id.
func (r *run) chosen(res *resource, m *terminology.Match) bool {
	return len(r.ids) > 0 && r.ids[r.proposalID(res, m)]
}

// proposalID names a candidate so that a person can accept it.
func (r *run) proposalID(res *resource, m *terminology.Match) string {
	name := res.id
	if name == "" {
		name = res.path // without an id its place tells it from the others
	}
	return ledger.CandidateID(res.Type+"/"+name, res.plan.concept.Path, m.Map, res.concept, m.Concept.Code)
}

// single keeps one emission where only one can be: the hub holds one coding of
// a system beside the other, and a loose resource stays one resource. The
// others stand aside as candidates.
func (r *run) single(res *resource, proposal *ledger.Proposal) {
	if len(res.emits) < 2 || r.to.Name != FHIR && res.entry != tree.None {
		return
	}
	best := slices.MaxFunc(res.emits, func(a, b *emission) int { return r.closeness(res, a) - r.closeness(res, b) })
	held := "the hub profile holds one coding of the system; this one stands aside"
	if r.to.Name != FHIR {
		held = "one resource in, one out; ask with area or acceptance for this one"
	}
	for _, e := range res.emits {
		if e != best {
			proposal.Candidates = append(proposal.Candidates, candidate(e.match, r.proposalID(res, e.match), held))
		}
	}
	res.emits = []*emission{best}
}

// closeness prefers what a person chose by its id, then what says the same, then
// what needs nobody to stand for it, then what keeps the level.
func (r *run) closeness(res *resource, e *emission) int {
	score := 0
	if r.chosen(res, e.match) {
		score += 8
	}
	if e.match.Equivalence.Exact() {
		score += 4
	}
	if e.match.Emit {
		score += 2
	}
	if e.match.Area == mapping.Hjemmepleje && res.Child(res.Node, "severity") != tree.None {
		score++
	}
	return score
}

// settle gives the emissions their ids, keeps what may not travel as a general
// code with its original, and says why where there is nothing.
func (r *run) settle(res *resource, guard terminology.Guard, proposal ledger.Proposal) {
	if r.to.Name == FHIR && len(res.emits) == 0 {
		res.emits = []*emission{{}}
		return
	}
	for _, e := range res.emits {
		if len(res.emits) > 1 {
			e.suffix = r.free(res, suffix(res.emits, e), e.match.Concept.Code)
		}
		r.withOriginal(res, e, e.match.Guard|guard&terminology.Always)
	}
	if len(res.emits) > 0 {
		return
	}
	res.fate = ledger.Residue
	switch {
	case guard.Has(terminology.Always):
		r.asItIs(res)
	case slices.ContainsFunc(proposal.Candidates, func(c ledger.Candidate) bool { return c.ID != "" }):
		res.why = "its code waits for a person: see the proposals"
	case len(proposal.Candidates) > 0:
		res.why = "every code for it asserts a problem, and the record says none: see the proposals"
	default:
		res.why = "the maps have no code for it: see unmatched"
	}
}

// suffix tells emissions of one resource apart: by area, and by code where one
// area has several.
func suffix(all []*emission, e *emission) string {
	same := 0
	for _, other := range all {
		if other.match.Area == e.match.Area {
			same++
		}
	}
	if e.match.Area != "" && same == 1 {
		return string(e.match.Area)
	}
	return e.match.Concept.Code[:8]
}

// free lengthens a suffix until no other resource of the document has the id or
// the fullUrl that it makes: two of one name would lead to somebody else.
func (r *run) free(res *resource, suffix, code string) string {
	for full := r.doc.Text(r.doc.Child(res.entry, "fullUrl")); ; suffix += "-" + code[:8] {
		e := &emission{suffix: suffix}
		if r.refs[res.Type+"/"+e.id(res)] == nil && r.refs[e.url(res, full)] == nil {
			return suffix
		}
	}
}
