package main

import (
	"fmt"
	"regexp"
	"strings"

	"tolk/mapping/tree"
)

// deciding matches the leaves on which more hangs than their own value: what
// recognises a resource or names it, what a rule, a guard or a presence rule
// asks, what a profile demands, and what refers. Any other leaf takes along
// nothing but its own targets.
var deciding = regexp.MustCompile(`\.(resourceType|id|fullUrl|profile\[\d+\]|system|code|reference|status|url|use|value|recordedDate|start|startDate|effectiveDateTime|deceasedBoolean)$`)

// piece is a leaf of an output by the source entry it is of, its element and
// its value: what can be compared where places in arrays have shifted.
type piece struct{ owner, element, raw string }

var entryPath = regexp.MustCompile(`^Bundle\.entry\[\d+\]`)

// pieces counts the leaves of an output.
func pieces(x *trial) map[piece]int {
	owners := ownersOf(x.result.Ledger)
	all := map[piece]int{}
	for path, raw := range leavesOf(x.target) {
		all[piece{owners[entryPath.FindString(path)], element(path), raw}]++
	}
	return all
}

// deleted: only the targets of the deleted leaf are gone. What hangs on a
// deciding leaf may change within its own resource and those that depend on it;
// what refers to the citizen changes in the profile it claims and nothing else.
func deleted(m *mutant, _ *nursery) error {
	was, is := pieces(m.base), pieces(m.trial)
	own, raw := map[piece]int{}, leavesOf(m.base.target)
	for _, t := range linesOf(m.base.result.Ledger)[m.path].Target {
		own[piece{entryPath.FindString(m.path), element(t), raw[t]}]++
	}
	reach := dependents(m.base.source, entryPath.FindString(m.path))
	for _, p := range changed(was, is) {
		switch {
		case was[p]-is[p] > 0 && was[p]-is[p] <= own[p]:
		case !deciding.MatchString(m.path):
			return fmt.Errorf("%s %s changed as well", p.owner, p.element)
		case p.owner == "" && p.element == "Bundle.meta.profile":
		case !reach.all[p.owner]:
			return fmt.Errorf("%s %s changed, which does not depend on it", p.owner, p.element)
		case reach.citizen && p.owner != entryPath.FindString(m.path) && !strings.HasSuffix(p.element, ".meta.profile"):
			return fmt.Errorf("%s %s changed, which only refers to the citizen", p.owner, p.element)
		}
	}
	return nil
}

// changed lists the pieces of which there are more or fewer.
func changed(was, is map[piece]int) []piece {
	var all []piece
	for p, n := range was {
		if is[p] != n {
			all = append(all, p)
		}
	}
	for p := range is {
		if _, ok := was[p]; !ok {
			all = append(all, p)
		}
	}
	return all
}

// dependence is what may change with an entry.
type dependence struct {
	all     map[string]bool // entry paths
	citizen bool            // the entry is the citizen, whom all refer to
}

// dependents lists an entry, those that refer to it, some steps on, and, since
// a follow-up of a care plan is anchored in the interventions that rest on it,
// those that refer to a care plan it rests on.
func dependents(d *tree.Doc, entry string) dependence {
	referrers, plans := map[string][]string{}, map[string][]string{}
	names, kinds := entriesByName(d), map[string]string{}
	for e := d.Find(d.Root(), "entry"); e != tree.None; e = d.Next(e) {
		kinds[d.Path(e)] = d.Text(d.Find(e, "resource", "resourceType"))
	}
	for n := tree.ID(0); int(n) < d.Len(); n++ {
		from, to := entryPath.FindString(d.Path(n)), names[d.Raw(n)]
		if d.RawKey(n) != "reference" || to == "" {
			continue
		}
		referrers[to] = append(referrers[to], from)
		if kinds[from] == "CarePlan" && kinds[to] == "CarePlan" {
			plans[from] = append(plans[from], to)
		}
	}
	dep := dependence{all: map[string]bool{entry: true}, citizen: kinds[entry] == "Patient"}
	next := append([]string{entry}, plans[entry]...)
	for ; len(next) > 0; next = next[1:] {
		for _, r := range referrers[next[0]] {
			if !dep.all[r] {
				dep.all[r] = true
				next = append(next, r)
				next = append(next, plans[r]...)
			}
		}
	}
	return dep
}
