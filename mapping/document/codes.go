package document

import (
	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// concept writes the coded element that decided: in the hub the match beside
// the original, in a strict form the match alone.
func (w *writer) concept(s *step, key string, n tree.ID, out tree.OutID) {
	switch {
	case n != w.res.code && w.res.code != tree.None:
		if w.hub() {
			w.copy(n, key, s.rule, out)
			return
		}
		w.keep(n, s, "the resource was decided by another code; this one waits")
	case w.em.match != nil:
		w.coded(s, key, n, out, w.em.match)
	case w.em.exists && !w.both():
		w.existing(s, key, n, out)
	case !w.hub() && w.both():
		source, _ := w.res.inSystem(n, w.from.System)
		w.dual(s, key, n, source, out, nil)
	default:
		w.whole(s, key, n, out)
	}
}

// goalType translates the type of a goal, which decides nothing.
func (w *writer) goalType(s *step, key string, n tree.ID, out tree.OutID) {
	w.byPolicy(s, key, n, out, terminology.GoalType)
}

// scale translates a level of functioning: the declared exception, written
// with its inexact relation on the ledger (domain.md §3).
func (w *writer) scale(s *step, key string, n tree.ID, out tree.OutID) {
	w.byPolicy(s, key, n, out, terminology.Severity)
}

// byPolicy writes the first match that the emission policy lets through and that
// is a concept of the kind that stands here: a condition in the place of a level
// is no level.
func (w *writer) byPolicy(s *step, key string, n tree.ID, out tree.OutID, kind terminology.Kind) {
	// What a person or an earlier translation wrote is not written again.
	if c, e := w.res.inSystem(n, w.to.System); c != tree.None && e.Kind == kind {
		if w.both() {
			w.whole(s, key, n, out)
			return
		}
		w.existing(s, key, n, out)
		return
	}
	_, source := w.res.inSystem(n, w.from.System)
	if source == nil {
		w.asIs(s, key, n, out, "it has no code of the sender's form")
		return
	}
	matches := w.terms.Matches(source.Concept, terminology.Options{Target: w.to.System})
	fits := func(m *terminology.Match) bool {
		e, ok := w.terms.Lookup(m.Concept.System, m.Concept.Code)
		return ok && e.Kind == kind && m.Equivalence.Match()
	}
	for i := range matches {
		if m := &matches[i]; fits(m) && (m.Emit || w.relation[m.Equivalence]) {
			w.coded(s, key, n, out, m)
			return
		}
	}
	for i := range matches {
		if m := &matches[i]; !m.Equivalence.Match() {
			w.noteUnmatched(n, m)
		} else if fits(m) {
			w.notePossible(n, m)
		}
	}
	w.asIs(s, key, n, out, "no code of the target form may stand for it by itself")
}

func (w *writer) noteUnmatched(n tree.ID, m *terminology.Match) {
	w.ledger.Unmatched = append(w.ledger.Unmatched, ledger.Unmatched{Path: w.path(w.res, n), Area: m.Area, Map: m.Canonical, Row: m.Row, Reason: m.Reason, Site: site(m)})
}

func (w *writer) notePossible(n tree.ID, m *terminology.Match) {
	w.ledger.Proposals = append(w.ledger.Proposals, ledger.Proposal{Path: w.path(w.res, n),
		Candidates: []ledger.Candidate{candidate(m, "", string(m.Equivalence)+": accepted by its relation only")}})
}

// asIs carries an element where both codings may stand, and keeps it out of a
// strict form.
func (w *writer) asIs(s *step, key string, n tree.ID, out tree.OutID, reason string) {
	if w.both() {
		w.whole(s, key, n, out)
		return
	}
	w.keep(n, s, reason)
}

// whole carries an element as it is: all of it in the hub, and in the open form
// what a strict form has of it, without the sender's own words.
func (w *writer) whole(s *step, key string, n tree.ID, out tree.OutID) {
	if w.hub() || w.doc.Kind(n) != tree.Object || w.doc.Leaf(n) {
		w.copy(n, key, s.rule, out)
		return
	}
	o := w.out.Object(out, key)
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		switch k := w.doc.RawKey(c); k {
		case "coding", "use", "system", "value":
			w.copy(c, k, s.rule, o)
		default:
			w.drop(c, s, "the report has no place for the sender's own words")
		}
	}
	w.prune(o, n)
}

// coded writes a CodeableConcept with its match.
func (w *writer) coded(s *step, key string, n tree.ID, out tree.OutID, m *terminology.Match) {
	source, _ := w.res.inSystem(n, w.from.System)
	if w.both() {
		w.dual(s, key, n, source, out, m)
		return
	}
	o := w.out.Object(out, key)
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		if w.doc.RawKey(c) != "coding" || w.doc.Kind(c) != tree.Array {
			w.drop(c, s, "the profile takes one coding and no text")
			continue
		}
		list := w.out.Array(o, "coding")
		for k := w.doc.First(c); k != tree.None; k = w.doc.Next(k) {
			if k == source {
				w.translated(s, k, list, m)
			} else {
				w.drop(k, s, "the profile takes one coding")
			}
		}
	}
}

// translated writes the target's coding in place of coding k.
func (w *writer) translated(s *step, k tree.ID, list tree.OutID, m *terminology.Match) {
	o := w.out.Object(list, "")
	system, code, display := w.doc.Child(k, "system"), w.doc.Child(k, "code"), w.doc.Child(k, "display")
	if display == tree.None {
		display = code // the official display belongs to the code
	}
	w.out.Leaf(o, "system", tree.Quote(m.Concept.System), system, s.wrote)
	w.note(w.out.Leaf(o, "code", tree.Quote(m.Concept.Code), code, s.wrote), m)
	w.out.Leaf(o, "display", tree.Quote(m.Display), display, s.wrote)
	for c := w.doc.First(k); c != tree.None; c = w.doc.Next(c) {
		if c == system || c == code || c == display {
			w.mark(c, fate{fate: ledger.Converted, rule: s.rule, match: m})
		} else {
			w.drop(c, s, "of the sender's coding, not of the target's")
		}
	}
}

// note remembers which row wrote a code.
func (w *writer) note(code tree.OutID, m *terminology.Match) {
	w.notes = append(w.notes, m)
	w.out.SetNote(code, int32(len(w.notes)))
}

// existing carries the coding of the target system that the source has beside
// its own.
func (w *writer) existing(s *step, key string, n tree.ID, out tree.OutID) {
	o := w.out.Object(out, key)
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		if w.doc.RawKey(c) != "coding" || w.doc.Kind(c) != tree.Array {
			w.drop(c, s, "the profile takes one coding and no text")
			continue
		}
		list := w.out.Array(o, "coding")
		for k := w.doc.First(c); k != tree.None; k = w.doc.Next(k) {
			e, ok := w.terms.Lookup(w.doc.Text(w.doc.Child(k, "system")), w.doc.Text(w.doc.Child(k, "code")))
			if ok && e.System == w.to.System && w.out.First(list) == tree.NoOut {
				w.own(s, k, list, e.System)
			} else {
				w.drop(k, s, "the profile takes one coding")
			}
		}
	}
}

// own carries a coding of the target system, under the URI that the profile
// fixes.
func (w *writer) own(s *step, k tree.ID, list tree.OutID, system string) {
	o := w.out.Object(list, "")
	for c := w.doc.First(k); c != tree.None; c = w.doc.Next(c) {
		switch key := w.doc.RawKey(c); {
		case key == "system":
			w.replace(c, key, system, s, o)
		case w.foreign(c):
			w.markAll(c, fate{fate: ledger.Unclaimed})
		default:
			w.copy(c, key, s.rule, o)
		}
	}
}

// dual carries a CodeableConcept and adds the match, if there is one, beside
// what is there. The coding it was translated from says that a person chose it
// (Coding.userSelected). A report goes to readers of the other system, so there
// the sender's coding has its display, the official one if none was written.
func (w *writer) dual(s *step, key string, n, source tree.ID, out tree.OutID, m *terminology.Match) {
	w.em.added = w.em.added || m != nil
	o := w.out.Object(out, key)
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		if w.doc.RawKey(c) != "coding" || w.doc.Kind(c) != tree.Array {
			if w.hub() {
				w.copy(c, w.doc.RawKey(c), s.rule, o)
			} else {
				w.drop(c, s, "the report has no place for the sender's own words")
			}
			continue
		}
		list := w.out.Array(o, "coding")
		for k := w.doc.First(c); k != tree.None; k = w.doc.Next(k) {
			w.copy(k, "", s.rule, list)
			if k != source {
				continue
			}
			if _, e := w.res.inSystem(n, w.from.System); e != nil && !w.hub() && w.doc.Child(k, "display") == tree.None {
				w.out.Leaf(w.out.Last(list), "display", tree.Quote(e.Display), w.doc.Child(k, "code"), s.wrote)
			}
			if m != nil && w.doc.Child(k, "userSelected") == tree.None {
				w.out.Leaf(w.out.Last(list), "userSelected", "true", tree.None, s.wrote)
			}
		}
		if m == nil {
			continue
		}
		system, code := w.doc.Child(source, "system"), w.doc.Child(source, "code")
		added := w.out.Object(list, "")
		w.out.Leaf(added, "system", tree.Quote(m.Concept.System), system, s.wrote)
		w.note(w.out.Leaf(added, "code", tree.Quote(m.Concept.Code), code, s.wrote), m)
		w.out.Leaf(added, "display", tree.Quote(m.Display), code, s.wrote)
		w.fates[code].match = m
	}
}

// notAssessed is FFB's "Ikke vurderet" on the scale of functioning: what a
// level is where one is mandatory and nobody has recorded one (domain.md §2).
const notAssessed = `{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"1c327095-107f-4b96-88d0-ec562cb980be","display":"Ikke vurderet"}]}`

// severity writes the level of a condition where the target has one. Where both
// codings stand, the other side's level stands beside the sender's only if its
// code has one.
func (w *writer) severity(s *step, key string, n tree.ID, out tree.OutID) {
	switch e := w.target(); {
	case e != nil && mandatory(e):
		w.scale(s, key, n, out)
	case w.both():
		w.whole(s, key, n, out)
	case e == nil:
		w.keep(n, s, "the condition has no code of the target form")
	case e.System == mapping.FFB:
		w.drop(n, s, "a level belongs to Aktivitet og deltagelse only")
	default:
		w.drop(n, s, "a level belongs to home care only")
	}
}

// target returns the entry of the code that the emitted condition gets.
func (w *writer) target() *terminology.Entry {
	if w.em.match != nil {
		e, _ := w.terms.Lookup(w.em.match.Concept.System, w.em.match.Concept.Code)
		return e
	}
	_, e := w.res.inSystem(w.res.code, w.to.System)
	return e
}

// mandatory reports whether a condition with this code must have a level; where
// it must not, it may not (domain.md §2).
func mandatory(e *terminology.Entry) bool {
	if e.System == mapping.FFB {
		return e.Component == terminology.AktivitetOgDeltagelse
	}
	return e.Area == mapping.Hjemmepleje
}

// presence fills a mandatory level that nobody recorded with FFB's honest
// value, and names the level that cannot be filled.
func (w *writer) presence(out tree.OutID) []ledger.Lack {
	if w.res.Type != "Condition" {
		return nil
	}
	e := w.target()
	if e == nil || !mandatory(e) || w.out.Child(out, "severity") != tree.NoOut {
		return nil
	}
	if w.to.System == mapping.FFB && w.doc.Child(w.res.Node, "severity") == tree.None {
		w.constant(&step{Step: stepNamed("severity"), fixed: notAssessed, rule: w.plan.claims}, out)
		return nil
	}
	message := "home care demands a level of functioning, and the record has none that can be translated; an assessed level (0 to 4) would fill it"
	if w.to.System == mapping.FFB {
		message = "FFB demands a level of functioning here, and 9 'Ikke relevant' is a decision that its scale does not have"
	}
	return []ledger.Lack{w.lack(w.res, "severity", message)}
}
