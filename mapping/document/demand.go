package document

import (
	"slices"

	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// demand is an extension whose definition demands a profile of what it refers
// to. Whether that is met is known only when all resources are written.
type demand struct {
	node tree.ID     // the extension in the source
	out  tree.OutID  // as written for the target form, NoOut in the hub's
	rule int32       // that wrote it
	to   *emission   // what it refers to
	lack ledger.Lack // said where the hub form no longer meets it
}

// changed carries, in the hub, an extension whose definition demands a profile
// of the sender's form. Codings added to its target, or to what that refers to
// in turn, may break it: then the ledger says so.
func (w *writer) changed(s *step, key string, n tree.ID, out tree.OutID) {
	w.copy(n, key, s.rule, out)
	to := w.refs[w.doc.Text(w.doc.Find(n, "valueReference", "reference"))]
	if to == nil || len(to.emits) == 0 {
		return
	}
	w.em.demands = append(w.em.demands, demand{node: n, out: tree.NoOut, to: to.emits[0], lack: ledger.Lack{
		Path: w.path(w.res, n), Element: w.res.Type + ".extension", Profile: w.doc.Text(w.doc.Child(n, "url")),
		Message: "the extension demands a profile of the sender's form, which its target no longer meets now that codings stand beside the sender's"}})
}

// settleDemands says which demands of the hub form are no longer met, and takes
// an extension out of what was written for the target form again when what it
// refers to does not meet its profile.
func (r *run) settleDemands() {
	broken, demands := map[*emission]bool{}, 0
	for e := range r.emissions() {
		if e.added {
			broken[e] = true
		}
		demands += len(e.demands)
	}
	if demands == 0 {
		return
	}
	// Four steps: a contact, its plan, the plan's condition, and what that is about.
	for range 4 {
		var next []*emission
		for e := range r.emissions() {
			if !broken[e] && slices.ContainsFunc(e.refs, func(to *emission) bool { return broken[to] }) {
				next = append(next, e)
			}
		}
		for _, e := range next {
			broken[e] = true
		}
	}
	for e := range r.emissions() {
		for _, d := range e.demands {
			switch {
			case d.out == tree.NoOut && broken[d.to]:
				e.lacks = append(e.lacks, d.lack)
			case d.out != tree.NoOut && d.to.form != strict:
				r.takeBack(e, d)
			}
		}
	}
}

// takeBack takes an extension out of what was written. Its fate was set when it
// was written, and so it is set again here.
func (r *run) takeBack(e *emission, d demand) {
	r.out.RemoveEmpty(d.out)
	e.refs = slices.DeleteFunc(e.refs, func(to *emission) bool { return to == d.to })
	for n, end := d.node, r.doc.End(d.node); n < end; n++ {
		if r.doc.Leaf(n) {
			r.fates[n] = fate{fate: ledger.Residue, rule: d.rule, reason: "the extension demands a profile that what it refers to does not meet"}
		}
	}
}

// emissions calls yield for all that is written, in order.
func (r *run) emissions() func(yield func(*emission) bool) {
	return func(yield func(*emission) bool) {
		for _, res := range r.resources {
			for _, e := range res.emits {
				if !yield(e) {
					return
				}
			}
		}
	}
}
