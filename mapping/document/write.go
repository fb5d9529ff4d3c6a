package document

import (
	"slices"
	"strings"

	"tolk/mapping/ledger"
	"tolk/mapping/rules"
	"tolk/mapping/tree"
)

// mode is what happens to an element where no deeper rule says otherwise.
type mode struct {
	act    action
	rule   int32
	reason string
}

// writer writes one target resource.
type writer struct {
	*run
	res  *resource // nil for the Bundle
	em   *emission
	plan *plan
	err  error

	claimed tree.OutID // meta.profile as written, NoOut where it is not
}

// hub reports whether what is written is in the hub form.
func (w *writer) hub() bool { return w.to.Name == FHIR || w.em != nil && w.em.form == hub }

// both reports whether both codings may stand side by side.
func (w *writer) both() bool { return w.hub() || w.em != nil && w.em.form == open }

// write writes the target document.
func (r *run) write() error {
	r.out = tree.NewOut(r.doc.Len() + 32)
	root := r.doc.Root()
	if len(r.resources) == 1 && r.resources[0].Node == root {
		return r.resource1(r.resources[0], r.resources[0].emits[0], "", tree.NoOut)
	}
	p := r.Gateway.plan(r.from.Name, r.to.Name, r.report, "Bundle")
	w := &writer{run: r, plan: p, claimed: tree.NoOut}
	bundle := r.out.Object(tree.NoOut, "")
	w.members(root, &p.root, mode{p.root.act, p.root.rule, ""}, bundle)
	if w.err != nil {
		return w.err
	}
	w.constants(bundle)
	r.settleDemands()
	r.unclaim()
	r.conclude(w, bundle)
	return nil
}

// conclude states whether the document meets the target's profile, and claims
// it only then.
func (r *run) conclude(w *writer, bundle tree.OutID) {
	for _, res := range r.resources {
		told := len(r.ledger.Conformance.Lacks)
		for _, e := range res.emits {
			for _, l := range e.lacks {
				if !slices.Contains(r.ledger.Conformance.Lacks[told:], l) {
					r.ledger.Conformance.Lacks = append(r.ledger.Conformance.Lacks, l)
				}
			}
		}
	}
	r.ledger.Conformance.Met = len(r.ledger.Conformance.Lacks) == 0
	if r.ledger.Conformance.Met {
		r.ledger.Conformance.Profile = w.plan.profile
	}
	w.claim(bundle, r.ledger.Conformance.Met)
}

// unclaim takes a profile back from every resource that refers to one which
// does not meet its own: KL's profiles say of what profile a target must be.
func (r *run) unclaim() {
	if r.to.Name == FHIR {
		return
	}
	referrers := map[*emission][]*emission{}
	var unmet []*emission
	for e := range r.emissions() {
		for _, to := range e.refs {
			referrers[to] = append(referrers[to], e)
		}
		if e.claim == tree.NoOut || e.form != strict { // dk-core is not the report's own profile
			unmet = append(unmet, e)
		}
	}
	for ; len(unmet) > 0; unmet = unmet[1:] {
		for _, e := range referrers[unmet[0]] {
			if e.claim != tree.NoOut {
				r.withdraw(e)
				unmet = append(unmet, e)
			}
		}
	}
}

func (r *run) withdraw(e *emission) {
	r.out.RemoveEmpty(e.claim)
	e.claim = tree.NoOut
}

// entries writes the entries of a Bundle: each resource as often as it was
// decided, and not at all where it has no home.
func (w *writer) entries(n tree.ID, s *step, m mode, bundle tree.OutID) {
	list := w.out.Array(bundle, w.doc.RawKey(n))
	i := 0
	for e := w.doc.First(n); e != tree.None; e = w.doc.Next(e) {
		res := w.resources[i]
		i++
		for _, em := range res.emits {
			w.entry(e, res, em, s, m, list)
		}
		if len(res.emits) == 0 {
			w.markAll(e, fate{fate: res.fate, rule: res.rule(), reason: res.why})
		}
	}
	if w.out.First(list) == tree.NoOut && w.doc.First(n) != tree.None {
		w.out.Remove(list)
	}
}

func (w *writer) entry(e tree.ID, res *resource, em *emission, s *step, m mode, list tree.OutID) {
	entry := w.out.Object(list, "")
	inner := *w
	inner.res, inner.em = res, em
	for c := w.doc.First(e); c != tree.None; c = w.doc.Next(c) {
		if w.doc.RawKey(c) == "resource" {
			if err := w.resource1(res, em, "resource", entry); err != nil && w.err == nil {
				w.err = err
			}
			continue
		}
		inner.member(c, s, m, entry)
	}
	if w.err == nil {
		w.err = inner.err
	}
}

// rule names the rule by which a resource was left out.
func (res *resource) rule() int32 {
	switch {
	case res.plan == nil:
		return 0
	case res.fate == ledger.Residue:
		return res.plan.held
	}
	return res.plan.noHome
}

// resource1 writes one emission of a resource. What cannot meet the strict
// profile is written once more, in the open form.
func (r *run) resource1(res *resource, em *emission, key string, parent tree.OutID) error {
	before := r.out.Len()
	proposals, unmatched := len(r.ledger.Proposals), len(r.ledger.Unmatched)
	w := &writer{run: r, res: res, em: em, plan: res.plan, claimed: tree.NoOut}
	em.claim, em.refs, em.added, em.demands = tree.NoOut, nil, false, nil
	if w.hub() && (r.to.Name == FHIR || res.plan == nil || res.plan.home != rules.HomeHub) {
		w.plan = res.hub
	}
	out := r.out.Object(parent, key)
	w.members(res.Node, &w.plan.root, mode{w.plan.root.act, w.plan.root.rule, ""}, out)
	if w.err != nil {
		return w.err
	}
	if !w.hub() {
		w.constants(out)
	}
	if !w.both() {
		em.lacks = append(em.lacks, w.demands(out)...)
		if len(em.lacks) > 0 {
			em.form = open
			r.out.Truncate(tree.OutID(before))
			r.ledger.Proposals, r.ledger.Unmatched = r.ledger.Proposals[:proposals], r.ledger.Unmatched[:unmatched]
			return r.resource1(res, em, key, parent)
		}
	}
	em.claim = w.claim(out, w.conforms(out))
	if parent == tree.NoOut {
		r.ledger.Conformance.Lacks = append(r.ledger.Conformance.Lacks, em.lacks...)
		if r.ledger.Conformance.Met = len(em.lacks) == 0; r.ledger.Conformance.Met {
			r.ledger.Conformance.Profile = w.plan.profile
		}
	}
	return nil
}

// members writes the members of object n.
func (w *writer) members(n tree.ID, at *step, m mode, out tree.OutID) {
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		w.member(c, at, m, out)
	}
}

func (w *writer) member(c tree.ID, at *step, m mode, out tree.OutID) {
	key := w.doc.RawKey(c)
	s := at.find(key)
	switch {
	case key == "meta" && (w.doc.Kind(c) != tree.Object || w.doc.Leaf(c)):
		w.markAll(c, fate{fate: ledger.Dropped, rule: m.rule, reason: "it is empty, or no object"})
	case w.res == nil && key == "entry" && w.doc.Kind(c) == tree.Array && !w.doc.Leaf(c):
		w.entries(c, s, m, out)
	case s != nil && at.selects(s.Name) && w.doc.Kind(c) == tree.Array && !w.doc.Leaf(c):
		w.each(c, at, s.Name, m, out)
	case s != nil && at.selects(s.Name):
		w.node(c, key, nil, m, out) // no array: there is nothing to select from
	default:
		w.node(c, key, s, m, out)
	}
}

// each writes the elements of an array among which rules select.
func (w *writer) each(n tree.ID, at *step, name string, m mode, out tree.OutID) {
	list := w.out.Array(out, w.doc.RawKey(n))
	for e := w.doc.First(n); e != tree.None; e = w.doc.Next(e) {
		w.node(e, "", at.choose(w.doc, name, e), m, list)
	}
	w.prune(list, n)
}

// prune takes a container out again when nothing went into it.
func (w *writer) prune(out tree.OutID, source tree.ID) {
	if w.out.First(out) == tree.NoOut && w.doc.First(source) != tree.None {
		w.out.Remove(out)
	}
}

// node writes element n as its step says, or as the step above does.
func (w *writer) node(n tree.ID, key string, s *step, m mode, out tree.OutID) {
	if s != nil && s.act != inherit {
		m = mode{s.act, s.rule, s.reason}
		switch s.act {
		case viaLens:
			s.lens(w, s, key, n, out)
			return
		case fixed:
			w.constant(s, out)
			w.markAll(n, fate{fate: ledger.Used, rule: s.rule})
			return
		}
	}
	if s == nil || len(s.kids) == 0 || w.doc.Leaf(n) {
		w.plain(n, key, m, out)
		return
	}
	if w.doc.Kind(n) == tree.Object {
		o := w.out.Object(out, key)
		w.members(n, s, m, o)
		w.prune(o, n)
		return
	}
	list := w.out.Array(out, key)
	for e := w.doc.First(n); e != tree.None; e = w.doc.Next(e) {
		w.inside(e, s, m, list)
	}
	w.prune(list, n)
}

// inside writes an element of an array under the step of the array.
func (w *writer) inside(e tree.ID, s *step, m mode, list tree.OutID) {
	if w.doc.Kind(e) != tree.Object || w.doc.Leaf(e) {
		w.plain(e, "", m, list)
		return
	}
	o := w.out.Object(list, "")
	w.members(e, s, m, o)
	w.prune(o, e)
}

// plain does with all of n what the mode says.
func (w *writer) plain(n tree.ID, key string, m mode, out tree.OutID) {
	switch m.act {
	case carry:
		w.copy(n, key, m.rule, out)
	case drop:
		w.markAll(n, fate{fate: ledger.Dropped, rule: m.rule, reason: m.reason})
	default:
		w.markAll(n, fate{fate: ledger.Unclaimed})
	}
}

// copy carries n as written. A reference to a resource that became several is
// led to the first of them.
func (w *writer) copy(n tree.ID, key string, rule int32, out tree.OutID) {
	id := w.out.Copy(out, key, w.doc, n, rule)
	for end, k := w.doc.End(n), n; k < end; k++ {
		if k != n && w.foreign(k) {
			w.strike(n, k, id)
			k = w.doc.End(k) - 1
			continue
		}
		if !w.doc.Leaf(k) {
			continue
		}
		if w.em != nil && w.doc.RawKey(k) == "reference" {
			if to := w.refs[w.doc.Text(k)]; to != nil && len(to.emits) > 0 {
				w.em.refs = append(w.em.refs, to.emits[0])
			}
			if ref, ok := w.renamed(k); ok {
				// Copy adds nodes in document order, so the copy of k is as far
				// from id as k is from n.
				w.out.SetRaw(id+tree.OutID(k-n), tree.Quote(ref), k, rule)
				w.mark(k, fate{fate: ledger.Converted, rule: rule})
				continue
			}
		}
		w.mark(k, fate{fate: ledger.Carried, rule: rule})
	}
}

// constant writes the JSON constant of a step.
func (w *writer) constant(s *step, out tree.OutID) {
	d, err := tree.Parse(s.fixed, tree.Limits{})
	if err != nil {
		w.err = err
		return
	}
	w.out.Constant(out, s.Name, d, d.Root(), s.rule)
}

// constants writes what the target form fixes and the source left out.
func (w *writer) constants(out tree.OutID) {
	for _, s := range w.plan.root.kids {
		if s.act == fixed && w.out.Child(out, s.Name) == tree.NoOut {
			w.constant(s, out)
		}
	}
}

// demands lists what the strict profile demands and the resource does not say.
func (w *writer) demands(out tree.OutID) []ledger.Lack {
	lacks := w.presence(out)
	for _, q := range w.plan.require {
		if !w.out.Has(out, strings.Split(q.Path, ".")...) {
			lacks = append(lacks, w.lack(w.res, q.Path, q.Message))
		}
	}
	return lacks
}

// conforms reports whether what is written may claim a profile: the strict one,
// or the hub's where both codings stand.
func (w *writer) conforms(out tree.OutID) bool {
	return !w.both() || w.out.Has(out, "subject") || w.res.Type == "Patient"
}

// claimable is the profile that may be claimed.
func (w *writer) claimable() string {
	if w.em != nil && w.em.form == open && w.to.Name != FHIR {
		return w.res.hub.profile
	}
	return w.plan.profile
}

// claim makes the claim of the plan's profile where it is met, and takes back
// one made too early. It returns meta.profile as written, NoOut if it is not.
func (w *writer) claim(out tree.OutID, met bool) tree.OutID {
	switch {
	case !met && w.claimed != tree.NoOut:
		w.out.RemoveEmpty(w.claimed)
		w.claimed = tree.NoOut
	case met && w.claimed == tree.NoOut && w.claimable() != "":
		meta := w.out.Child(out, "meta")
		if meta == tree.NoOut {
			meta = w.out.Object(out, "meta")
		}
		w.claimed = w.profiles(meta)
	}
	return w.claimed
}

func (w *writer) profiles(meta tree.OutID) tree.OutID {
	list := w.out.Array(meta, "profile")
	w.out.Leaf(list, "", tree.Quote(w.claimable()), tree.None, w.plan.claims)
	return list
}
