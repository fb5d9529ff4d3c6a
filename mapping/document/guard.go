package document

import (
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// verdict answers a question that a record may leave open.
type verdict uint8

const (
	unknown verdict = iota
	yes
	no
)

// problem tells whether a condition is active and recorded as a problem
// (domain.md §3, polarity guard). An FFB theme is neutral: under Aktivitet og
// deltagelse the level says it (1 to 4), elsewhere only the category can. Level
// 0, "Ikke vurderet" and a condition that is not active never are.
func problem(res *resource, source *terminology.Entry) verdict {
	switch res.status("clinicalStatus") {
	case "active", "recurrence", "relapse":
	case "":
		return unknown
	default:
		return no
	}
	switch res.status("verificationStatus") {
	case "refuted", "entered-in-error":
		return no
	}
	if source.Kind == terminology.TargetGroup {
		return yes
	}
	if level := res.level(); level != nil {
		if step, ok := level.Step(); !ok || step == 0 {
			return no
		}
		if source.Component == terminology.AktivitetOgDeltagelse {
			return yes
		}
	} else if source.Component == terminology.AktivitetOgDeltagelse {
		return no // the level is mandatory here: nobody has assessed it
	}
	for c := res.Find(res.Node, "category"); c != tree.None; c = res.Next(c) {
		for k := res.codings(c); k != tree.None; k = res.Next(k) {
			if res.Text(res.Child(k, "code")) == "problem-list-item" {
				return yes
			}
		}
	}
	return unknown
}

// level returns the entry of the condition's level of functioning, nil if none
// is recorded.
func (res *resource) level() *terminology.Entry {
	for c := res.codings(res.Child(res.Node, "severity")); c != tree.None; c = res.Next(c) {
		e, ok := res.Terms.Lookup(res.Text(res.Child(c, "system")), res.Text(res.Child(c, "code")))
		if ok && e.Kind == terminology.Severity {
			return e
		}
	}
	return nil
}
