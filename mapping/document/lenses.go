package document

import (
	"maps"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// lensFunc writes what becomes of element n, under key in out.
type lensFunc func(w *writer, s *step, key string, n tree.ID, out tree.OutID)

// lensNamed returns the lens that a rule names, false if there is none.
func lensNamed(name string) (lensFunc, bool) {
	lens, ok := lenses()[name]
	return lens, ok
}

// lensNames lists the lenses that a rule may name.
func lensNames() []string { return slices.Sorted(maps.Keys(lenses())) }

func lenses() map[string]lensFunc {
	return map[string]lensFunc{
		"id": texts((*writer).identity), "full-url": texts((*writer).fullURL), "profile": (*writer).profile,
		"plain": objects((*writer).single), "concept": one((*writer).concept), "code": one((*writer).goalType),
		"scale": one((*writer).scale), "severity": one((*writer).severity), "cpr": arrays((*writer).cpr),
		"organisation": one((*writer).organisation), "reference": objects((*writer).reference),
		"addresses": arrays((*writer).addresses), "focus": arrays((*writer).focus), "carry": (*writer).carried, "changed": (*writer).changed,
		"extension": objects((*writer).extension),
	}
}

func (w *writer) drop(n tree.ID, s *step, reason string) {
	w.markAll(n, fate{fate: ledger.Dropped, rule: s.rule, reason: reason})
}

func (w *writer) keep(n tree.ID, s *step, reason string) {
	w.markAll(n, fate{fate: ledger.Residue, rule: s.rule, reason: reason})
}

// identity writes the id of a resource: its own, or with a suffix where one
// fact becomes several resources.
func (w *writer) identity(s *step, key string, n tree.ID, out tree.OutID) {
	if w.em == nil || w.em.suffix == "" {
		w.copy(n, key, s.rule, out)
		return
	}
	w.out.Leaf(out, key, tree.Quote(w.em.id(w.res)), n, s.wrote)
	w.mark(n, fate{fate: ledger.Converted, rule: s.rule})
}

// id is the id of the emitted resource. FHIR R4 allows 64 characters.
func (e *emission) id(res *resource) string {
	if e.suffix == "" {
		return res.id
	}
	if id := res.id + "-" + e.suffix; len(id) <= 64 {
		return id
	}
	return derive(res.id, e.suffix) // cut off, two ids could be the same
}

// carried copies an element that only the sender's side has a rule for.
func (w *writer) carried(s *step, key string, n tree.ID, out tree.OutID) {
	w.copy(n, key, s.rule, out)
}

// fullURL writes Bundle.entry.fullUrl, in step with the id.
func (w *writer) fullURL(s *step, key string, n tree.ID, out tree.OutID) {
	if w.em == nil || w.em.suffix == "" {
		w.copy(n, key, s.rule, out)
		return
	}
	w.out.Leaf(out, key, tree.Quote(w.em.url(w.res, w.doc.Text(n))), n, s.wrote)
	w.mark(n, fate{fate: ledger.Converted, rule: s.rule})
}

// url is the fullUrl of the emitted resource. A urn:uuid cannot take a suffix,
// so its uuid is derived from the old one and the suffix (RFC 9562, version 8).
func (e *emission) url(res *resource, source string) string {
	switch {
	case e.suffix == "":
		return source
	case strings.HasPrefix(source, "urn:uuid:"):
		return "urn:uuid:" + derive(source, e.suffix)
	case res.id != "" && strings.HasSuffix(source, res.id):
		return strings.TrimSuffix(source, res.id) + e.id(res)
	}
	return source + "-" + e.suffix
}

// profile takes the sender's claims away and makes the target's in their
// place. It is taken back where it turns out not to be met.
func (w *writer) profile(s *step, key string, n tree.ID, out tree.OutID) {
	if w.hub() && w.claimable() == "" && w.danish(n) {
		w.copy(n, key, s.rule, out) // the resource goes as it stands, and meets what it met
		return
	}
	w.drop(n, s, "claims a profile of the sender's form")
	if w.claimable() != "" && w.claimed == tree.NoOut && !w.doc.Leaf(n) {
		w.claimed = w.profiles(out)
	}
}

// danish reports whether all the profiles claimed are the hub's own, dk-core's.
func (w *writer) danish(n tree.ID) bool {
	if w.doc.Kind(n) != tree.Array || w.doc.Leaf(n) {
		return false
	}
	for e := w.doc.First(n); e != tree.None; e = w.doc.Next(e) {
		if !strings.HasPrefix(w.doc.Text(e), "http://hl7.dk/fhir/core/") {
			return false
		}
	}
	return true
}

// single carries system and code of the one coding that a strict profile
// takes, and drops what it forbids beside them.
func (w *writer) single(s *step, key string, n tree.ID, out tree.OutID) {
	if w.doc.Kind(n) == tree.Array {
		list, chosen := w.out.Array(out, key), w.published(n)
		for e := w.doc.First(n); e != tree.None; e = w.doc.Next(e) {
			if e == chosen {
				w.single(s, "", e, list)
			} else {
				w.drop(e, s, "the profile takes one")
			}
		}
		w.prune(list, n)
		return
	}
	o := w.out.Object(out, key)
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		switch k := w.doc.RawKey(c); {
		case k == "coding" && w.doc.Kind(c) == tree.Array:
			w.single(s, k, c, o)
		case k == "system" || k == "code":
			w.copy(c, k, s.rule, o)
		default:
			w.drop(c, s, "the profile takes system and code only")
		}
	}
	w.prune(o, n)
}

// published returns the first coding of a list that is of HL7's or KL's, which
// the profiles bind to, else the first element.
func (w *writer) published(list tree.ID) tree.ID {
	for e := w.doc.First(list); e != tree.None; e = w.doc.Next(e) {
		system := w.doc.Text(w.doc.Child(e, "system"))
		if _, ours := w.terms.CanonicalSystem(system); ours || strings.HasPrefix(system, "http://terminology.hl7.org/") {
			return e
		}
	}
	return w.doc.First(list)
}

// cpr carries the CPR number and drops other identifiers.
func (w *writer) cpr(s *step, key string, n tree.ID, out tree.OutID) {
	list, chosen := w.out.Array(out, key), w.number(n)
	for e := w.doc.First(n); e != tree.None; e = w.doc.Next(e) {
		if e != chosen {
			w.drop(e, s, "the report identifies the citizen by one CPR number only")
			continue
		}
		value := w.doc.Child(e, "value")
		ten, ok := lens.CPR(w.doc.Text(value))
		if !ok {
			w.err = &mapping.Error{Kind: mapping.Value, Path: w.doc.Path(e) + ".value", Message: "expected a CPR number, ten digits beginning with a day and a month"}
			return
		}
		w.identifier(e, value, ten, s, list)
	}
	w.prune(list, n)
}

const cprSystem = "urn:oid:1.2.208.176.1.2"

// number returns the identifier that is the citizen's CPR number: the official
// one, else the only one that is not old. Of two that may both be meant it
// returns None: the wrong one would be somebody else's citizen.
func (w *writer) number(list tree.ID) tree.ID {
	var all, official []tree.ID
	for e := w.doc.First(list); e != tree.None; e = w.doc.Next(e) {
		use := w.doc.Text(w.doc.Child(e, "use"))
		if w.doc.Text(w.doc.Child(e, "system")) != cprSystem || use == "old" {
			continue
		}
		all = append(all, e)
		if use == "official" {
			official = append(official, e)
		}
	}
	if len(official) > 0 {
		all = official
	}
	for _, e := range all {
		if w.doc.Text(w.doc.Child(e, "value")) != w.doc.Text(w.doc.Child(all[0], "value")) {
			return tree.None
		}
	}
	if len(all) == 0 {
		return tree.None
	}
	return all[0]
}

func (w *writer) identifier(e, value tree.ID, ten string, s *step, list tree.OutID) {
	o := w.out.Object(list, "")
	if w.doc.Child(e, "use") == tree.None {
		w.out.Leaf(o, "use", `"official"`, tree.None, s.wrote)
	}
	for c := w.doc.First(e); c != tree.None; c = w.doc.Next(c) {
		switch {
		case c == value && w.doc.Text(c) != ten:
			w.out.Leaf(o, "value", tree.Quote(ten), c, s.wrote)
			w.mark(c, fate{fate: ledger.Converted, rule: s.rule, reason: "written without the hyphen"})
		case c == value, w.doc.RawKey(c) == "system", w.doc.RawKey(c) == "use":
			w.copy(c, w.doc.RawKey(c), s.rule, o)
		default:
			w.drop(c, s, "a CPR number is a system and a value")
		}
	}
}

// The two registers of holding organisations, as the strict profiles fix them.
const (
	kombitSystem = "https://www.kombit.dk/organisation"
	sorSystem    = "urn:oid:1.2.208.176.1.1"
)

// registered returns the register that the target form names organisations in,
// and the organisation's number there: its own, or the table's. It is empty for
// an organisation that the table does not have.
func (w *writer) registered(system, value string) (register, number string) {
	source, register := kombitSystem, sorSystem
	if w.to.System == mapping.FFB {
		source, register = sorSystem, kombitSystem
	}
	canonical, _ := w.terms.CanonicalSystem(system)
	is := func(register string) bool {
		c, ok := w.terms.CanonicalSystem(register)
		return ok && c == canonical
	}
	switch {
	case is(register):
		return register, value
	case is(source) && w.to.System == mapping.FFB:
		return register, w.sor[value]
	case is(source):
		return register, w.kombit[kombitKey(value)]
	}
	return register, ""
}

// organisation turns the holding organisation from one register to the other
// by the table. Without an entry nothing is written: a wrong organisation would
// be somebody else's citizen.
func (w *writer) organisation(s *step, key string, n tree.ID, out tree.OutID) {
	system, value := w.doc.Child(n, "system"), w.doc.Child(n, "value")
	want, found := w.registered(w.doc.Text(system), w.doc.Text(value))
	if found == "" {
		w.asIs(s, key, n, out, "the organisations table has no entry for it")
		return
	}
	o := w.out.Object(out, key)
	if w.doc.Child(n, "use") == tree.None {
		w.out.Leaf(o, "use", `"official"`, tree.None, s.wrote)
	}
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		switch c {
		case system:
			w.replace(c, "system", want, s, o)
		case value:
			w.replace(c, "value", found, s, o)
		default:
			if w.doc.RawKey(c) == "use" {
				w.copy(c, "use", s.rule, o)
			} else {
				w.drop(c, s, "an organisation is a system and a value")
			}
		}
	}
}

// replace writes text for leaf n: carried where it is the same, else converted.
func (w *writer) replace(n tree.ID, key, text string, s *step, out tree.OutID) {
	if w.doc.Text(n) == text {
		w.copy(n, key, s.rule, out)
		return
	}
	w.out.Leaf(out, key, tree.Quote(text), n, s.wrote)
	w.mark(n, fate{fate: ledger.Converted, rule: s.rule})
}
