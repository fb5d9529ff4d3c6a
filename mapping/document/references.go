package document

import (
	"crypto/sha256"
	"encoding/hex"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/rules"
	"tolk/mapping/tree"
)

func stepNamed(name string) rules.Step { return rules.Step{Name: name} }

// derive makes a uuid (RFC 9562, version 8) from another and a suffix: the same
// document always becomes the same document.
func derive(source, suffix string) string {
	sum := sha256.Sum256([]byte(source + "\x00" + suffix))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// renamed returns where reference leaf n must lead, if the resource it leads to
// became several: to the first of them.
func (r *run) renamed(n tree.ID) (string, bool) {
	res := r.refs[r.doc.Text(n)]
	if res == nil || len(res.emits) == 0 || res.emits[0].suffix == "" {
		return "", false
	}
	return r.reference1(n, res, res, res.emits[0]), true
}

// reference1 spells a reference to emission e of a resource the way leaf n of
// the source spells the one it stands for: as Type/id or as the fullUrl.
func (r *run) reference1(n tree.ID, of, to *resource, e *emission) string {
	text := r.doc.Text(n)
	if text == of.Type+"/"+of.id && to.id != "" {
		return to.Type + "/" + e.id(to)
	}
	if to != of {
		text = r.doc.Text(r.doc.Child(to.entry, "fullUrl"))
	}
	return e.url(to, text)
}

// reference carries a reference, led to what its target became.
func (w *writer) reference(s *step, key string, n tree.ID, out tree.OutID) {
	if w.doc.Kind(n) != tree.Array {
		w.refer(s, key, n, out, nil)
		return
	}
	list := w.out.Array(out, key)
	for e := w.doc.First(n); e != tree.None; e = w.doc.Next(e) {
		w.refer(s, "", e, list, nil)
	}
	w.prune(list, n)
}

// refer writes one Reference object, to emission e if given, else to all that
// the target became (in an array) or the first.
func (w *writer) refer(s *step, key string, n tree.ID, out tree.OutID, e *emission) {
	leaf := w.doc.Child(n, "reference")
	if leaf == tree.None {
		w.drop(n, s, "a report refers to its own resources, by reference only")
		return
	}
	if !w.leads(n) {
		w.keep(n, s, "what it refers to is not in the target document")
		return
	}
	res := w.refs[w.doc.Text(leaf)]
	targets := []*emission{e}
	if e == nil && res != nil {
		targets = res.emits
		if key != "" {
			targets = targets[:1]
		}
	}
	for _, t := range targets {
		if t != nil {
			w.em.refs = append(w.em.refs, t)
		}
		o := w.out.Object(out, key)
		for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
			switch {
			case c == leaf && t != nil && t.suffix != "":
				w.out.Leaf(o, "reference", tree.Quote(w.reference1(c, res, res, t)), c, s.wrote)
				w.mark(c, fate{fate: ledger.Converted, rule: s.rule})
			case c == leaf, w.doc.RawKey(c) == "type":
				w.copy(c, w.doc.RawKey(c), s.rule, o)
			default:
				w.drop(c, s, "a report refers to its own resources, by reference only")
			}
		}
		w.prune(o, n)
	}
}

// leads reports whether Reference n leads to something that is, as far as can be
// known, where the target document goes: not to a resource left out of it, and
// not to one inside the sender's resource (#).
func (r *run) leads(n tree.ID) bool {
	text := r.doc.Text(r.doc.Child(n, "reference"))
	res := r.refs[text]
	return text != "" && text[0] != '#' && (res == nil || len(res.emits) > 0)
}

// extension writes an extension that holds a reference under the URL by which
// the target form knows the same fact.
func (w *writer) extension(s *step, key string, n tree.ID, out tree.OutID) {
	value := w.doc.Child(n, "valueReference")
	if value == tree.None || !w.leads(value) {
		w.keep(n, s, "what it refers to is not in the target document")
		return
	}
	o := w.out.Object(out, key)
	if res := w.refs[w.doc.Text(w.doc.Child(value, "reference"))]; res != nil {
		w.em.demands = append(w.em.demands, demand{node: n, out: o, rule: s.rule, to: res.emits[0]})
	}
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		switch w.doc.RawKey(c) {
		case "url":
			w.replace(c, "url", s.arg, s, o)
		case "valueReference":
			w.refer(s, "valueReference", c, o, nil)
		default:
			w.drop(c, s, "the extension is a URL and a reference")
		}
	}
}

// homeCare returns the emission of the condition a Goal addresses: in home care
// if the target is FSIII, nil if there is none.
func (r *run) homeCare(n tree.ID) *emission {
	res := r.refs[r.doc.Text(r.doc.Child(n, "reference"))]
	if res == nil {
		return nil
	}
	for _, e := range res.emits {
		if r.to.System == mapping.FFB || e.form != hub && r.area(res, e) == mapping.Hjemmepleje {
			return e
		}
	}
	return nil
}

// area is the area of the code that an emitted resource gets, "" if it has none.
func (r *run) area(res *resource, e *emission) mapping.Area {
	if e.match != nil {
		return e.match.Area
	}
	if _, own := res.inSystem(res.code, r.to.System); own != nil {
		return own.Area
	}
	return ""
}

// rank1 reports whether the reference carries KL's ConditionRank 1.
func (r *run) rank1(n tree.ID) bool {
	for x := r.doc.Find(n, "extension"); x != tree.None; x = r.doc.Next(x) {
		if v := r.doc.Child(x, "valuePositiveInt"); r.doc.Text(r.doc.Child(x, "url")) == "http://fhir.kl.dk/core/StructureDefinition/ConditionRank" && v != tree.None && r.doc.Raw(v) == "1" {
			return true
		}
	}
	return false
}

// addressed chooses the one condition that a gateway goal may address: the one
// of rank 1 if it has a home in home care, else the first that has.
func (r *run) addressed(list tree.ID) (tree.ID, *emission) {
	best, found := tree.None, (*emission)(nil)
	if list == tree.None {
		return best, found
	}
	for n := r.doc.First(list); n != tree.None; n = r.doc.Next(n) {
		if e := r.homeCare(n); e != nil && (found == nil || r.rank1(n)) {
			best, found = n, e
		}
	}
	return best, found
}

// addresses writes Goal.addresses.
func (w *writer) addresses(s *step, key string, n tree.ID, out tree.OutID) {
	best, e := w.addressed(n)
	if w.res.entry == tree.None && best == tree.None {
		best = w.doc.First(n) // a loose goal: whom it addresses cannot be looked at
	}
	list := w.out.Array(out, key)
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		if c == best {
			w.refer(s, "", c, list, e)
		} else {
			w.keep(c, s, "a goal of the gateway addresses one home-care condition")
		}
	}
	w.prune(list, n)
}

// focus writes Observation.focus of a follow-up. FFB follows up the care plan,
// the gateway an intervention or a condition: it is anchored in the
// interventions of that plan.
func (w *writer) focus(s *step, key string, n tree.ID, out tree.OutID) {
	list := w.out.Array(out, key)
	for f := w.doc.First(n); f != tree.None; f = w.doc.Next(f) {
		leaf := w.doc.Child(f, "reference")
		res := w.refs[w.doc.Text(leaf)]
		if res == nil || len(res.emits) > 0 {
			w.refer(s, "", f, list, nil)
			continue
		}
		anchors := w.anchors(res)
		for _, a := range anchors {
			for _, e := range a.emits {
				o := w.out.Object(list, "")
				w.out.Leaf(o, "reference", tree.Quote(w.reference1(leaf, res, a, e)), leaf, s.wrote)
				w.em.refs = append(w.em.refs, e)
			}
			w.mark(leaf, fate{fate: ledger.Converted, rule: s.rule, reason: "anchored in the interventions of the care plan"})
		}
		if len(anchors) == 0 {
			w.keep(f, s, w.unanchored(res))
		}
	}
	w.prune(list, n)
}

// anchors lists the emitted interventions that rest on a care plan.
func (r *run) anchors(carePlan *resource) []*resource {
	if r.resting == nil {
		r.rest()
	}
	if len(r.resting[carePlan]) > maxAnchors {
		return nil
	}
	return r.resting[carePlan]
}

// maxAnchors bounds the interventions that one follow-up is anchored in: each
// follow-up names them all, and the answer may not be the square of the question.
const maxAnchors = 32

// unanchored says why a follow-up of a resource has no place in the target.
func (r *run) unanchored(about *resource) string {
	if len(r.resting[about]) > maxAnchors {
		return "more interventions rest on its care plan than one follow-up can name"
	}
	return "what it follows up is not in the target document"
}

// rest finds the interventions of every care plan, once: looking through all
// resources for each follow-up would cost the square of the document.
func (r *run) rest() {
	r.resting = map[*resource][]*resource{}
	for _, res := range r.resources {
		if res.kind != "CarePlan.indsats" || len(res.emits) == 0 {
			continue
		}
		for b := r.doc.Find(res.Node, "basedOn"); b != tree.None; b = r.doc.Next(b) {
			plan := r.refs[r.doc.Text(r.doc.Child(b, "reference"))]
			if list := r.resting[plan]; plan != nil && (len(list) == 0 || list[len(list)-1] != res) {
				r.resting[plan] = append(list, res)
			}
		}
	}
}

// anchor takes a goal or a follow-up back whose subject matter has no place in
// the target document: it would be about nothing.
func (r *run) anchor(res *resource) {
	if r.to.Name == FHIR || res.entry == tree.None || len(res.emits) == 0 {
		return
	}
	switch res.kind {
	case "Goal.maal":
		if _, e := r.addressed(r.doc.Child(res.Node, "addresses")); e == nil {
			res.emits, res.fate = nil, ledger.Residue
			res.why = "the condition it is a goal for is not in the target document"
		}
	case "Observation.opfoelgning":
		res.why = "what it follows up is not in the target document"
		for f := r.doc.Find(res.Node, "focus"); f != tree.None; f = r.doc.Next(f) {
			about := r.refs[r.doc.Text(r.doc.Child(f, "reference"))]
			if about == nil || len(about.emits) > 0 || len(r.anchors(about)) > 0 {
				return
			}
			res.why = r.unanchored(about)
		}
		res.emits, res.fate = nil, ledger.Residue
	}
}
