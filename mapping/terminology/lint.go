package terminology

import (
	"io/fs"
	"slices"
	"strings"

	"tolk/mapping"
)

// Lint reads facts and maps and returns everything that is wrong with them,
// each with file:line as its path: what New refuses, and then every concept
// that no map and no row of outside.csv covers.
func Lint(facts, maps fs.FS) []*mapping.Error {
	t, plans, found := load(facts, maps)
	if len(found) > 0 {
		return found
	}
	found = t.lint(plans)
	found = append(found, t.gaps(plans)...)
	return append(found, unlisted(maps, plans)...)
}

// lint checks every plan and every row.
func (t *Terminology) lint(plans []*plan) (found []*mapping.Error) {
	files, urls := map[string]bool{}, map[string]bool{}
	for _, p := range plans {
		if files[p.file] || urls[p.url] {
			found = append(found, p.bad(mapping.Value, "file and url: named by a row above already"))
		}
		files[p.file], urls[p.url] = true, true
		found = append(found, p.lint(t.areas)...)
		found = append(found, t.lintRows(p)...)
	}
	return found
}

// The relations a map may use. equal is never right between two systems, and
// the other words of FHIR R4 say the same as one of these with less clarity.
var relations = []string{"equivalent", "wider", "narrower", "inexact", "unmatched"}

// meantRelation asks whether a word of a map was meant, or says the one that means
// what another vocabulary's does.
func meantRelation(e mapping.Equivalence) string {
	if e.Valid() && e != mapping.Equal {
		return "; did you mean " + string(plain(e)) + "?"
	}
	return mapping.Meant(string(e), relations)
}

// meantGuard asks whether a guard was meant by one that is none.
func meantGuard(text string) string {
	var known []string
	for _, g := range guards {
		known = append(known, g.word)
	}
	for word := range strings.SplitSeq(text, ";") {
		if !slices.Contains(known, word) {
			return mapping.Meant(word, known)
		}
	}
	return ""
}

// meant tells which code of the system was meant by one that it does not have as
// its canonical one.
func (s *system) meant(code, display string) string {
	if e, ok := s.codes[code]; ok {
		return "; " + code + " is " + e.Code
	}
	var codes, called []string
	for _, e := range s.entries {
		if codes = append(codes, e.Code); e.Display == display {
			called = append(called, e.Code)
		}
	}
	near := mapping.Nearest(code, codes)
	switch {
	case near != "":
		return "; did you mean " + near + " (" + s.codes[near].Display + ")?"
	case len(called) == 1:
		return "; " + display + " is " + called[0]
	}
	return ""
}

// lint checks a line of index.csv.
func (p *plan) lint(areas map[mapping.Area]bool) (found []*mapping.Error) {
	for i, name := range []string{"file", "url", "version", "title"} {
		if p.cells[i] == "" {
			found = append(found, p.bad(mapping.Required, name+": required"))
		}
	}
	if status := p.cells[6]; status != "" && status != string(Retired) || p.source == p.target && !p.retired {
		found = append(found, p.bad(mapping.Value, "source_status: retired or empty; retired within one code system"))
	}
	for _, a := range p.areas {
		if !areas[mapping.Area(a)] {
			found = append(found, p.bad(mapping.Value, "areas: "+a+" is no area of a chapter"))
		}
	}
	for _, r := range append(slices.Clone(p.relations), p.emit...) {
		if !slices.Contains(relations, r) {
			found = append(found, p.bad(mapping.Value, "relations and emit: accepted: "+strings.Join(relations, ", ")))
		}
	}
	if slices.Contains(p.emit, "unmatched") {
		found = append(found, p.bad(mapping.Value, "emit: unmatched has no target to add"))
	}
	return found
}

// lintRows checks the rows of a file, each by itself and against the others.
func (t *Terminology) lintRows(p *plan) (found []*mapping.Error) {
	type place struct {
		source string
		area   mapping.Area
	}
	targets := map[place][]string{}
	for _, r := range p.rows {
		for _, message := range p.faults(r) {
			found = append(found, r.bad(mapping.Value, message))
		}
		at := place{r.sourceCode, r.area}
		switch others := targets[at]; {
		case slices.Contains(others, r.targetCode):
			found = append(found, r.bad(mapping.Value, "target: the source has it in this area already"))
		case slices.Contains(others, "") || len(others) > 0 && r.targetCode == "":
			found = append(found, r.bad(mapping.Value, "equivalence: unmatched stands alone for its source and area"))
		}
		targets[at] = append(targets[at], r.targetCode)
		if r.source == nil {
			continue
		}
		if o, ok := t.outside[question{source: r.source.Concept, target: p.target.URL}]; ok {
			found = append(found, r.bad(mapping.Value, "source: outside the maps by "+o.place()))
		}
	}
	return found
}

// faults lists what is wrong with a row by itself.
func (p *plan) faults(r mapRow) (faults []string) {
	faults = append(faults, p.sourceFaults(r)...)
	if r.equivalence != mapping.Unmatched || r.targetCode != "" || r.targetDisplay != "" {
		faults = append(faults, p.targetFaults(r)...)
	}
	switch {
	case r.equivalence == "":
		faults = append(faults, "equivalence: required")
	case !slices.Contains(relations, string(r.equivalence)):
		faults = append(faults, "equivalence: accepted: "+strings.Join(relations, ", ")+meantRelation(r.equivalence))
	case !slices.Contains(p.relations, string(r.equivalence)):
		faults = append(faults, "equivalence: claims more than this map may; accepted: "+strings.Join(p.relations, ", "))
	}
	if strings.TrimSpace(r.reason) == "" {
		faults = append(faults, "reason: required")
	}
	if r.status != "proposed" && r.status != "accepted" {
		faults = append(faults, "status: accepted: proposed, accepted"+mapping.Meant(r.status, []string{"proposed", "accepted"}))
	}
	return append(faults, p.guardFaults(r)...)
}

// sourceFaults checks what a row says about its source.
func (p *plan) sourceFaults(r mapRow) []string {
	if r.source == nil || r.source.Code != r.sourceCode {
		return []string{"source: not a canonical code of " + p.source.Name + p.source.meant(r.sourceCode, r.sourceDisplay)}
	}
	faults := conceptFaults("source", r.source, r.sourceDisplay, p.sourceKinds)
	switch {
	case p.retired && r.source.Status != Retired:
		faults = append(faults, "source: not retired; this map is for retired concepts")
	case !p.retired && r.source.Status == Retired:
		faults = append(faults, "source: retired; this map is for the others")
	}
	if r.source.Area != "" && r.area != r.source.Area {
		faults = append(faults, "area: the source is of "+string(r.source.Area))
	}
	if r.source.Area == "" && len(p.areas) == 0 && r.area != "" || len(p.areas) > 0 && !slices.Contains(p.areas, string(r.area)) {
		faults = append(faults, "area: accepted by index.csv: "+strings.Join(p.areas, ", ")+mapping.Meant(string(r.area), p.areas))
	}
	return faults
}

// targetFaults checks what a row says about its target.
func (p *plan) targetFaults(r mapRow) []string {
	switch {
	case r.equivalence == mapping.Unmatched:
		return []string{"target: unmatched has none"}
	case r.targetCode == "":
		return []string{"target: required unless unmatched"}
	case r.target == nil || r.target.Code != r.targetCode:
		return []string{"target: not a canonical code of " + p.target.Name + p.target.meant(r.targetCode, r.targetDisplay)}
	}
	faults := conceptFaults("target", r.target, r.targetDisplay, p.targetKinds)
	if r.target.Status == Retired {
		faults = append(faults, "target: retired")
	}
	if r.target.Area != "" && r.area != r.target.Area {
		faults = append(faults, "area: the target is of "+string(r.target.Area))
	}
	if r.source != nil && r.source.Kind == Severity {
		from, stepped := r.source.Step()
		if to, ok := r.target.Step(); !stepped || !ok || from != to {
			faults = append(faults, "target: not the same step of the scale as the source")
		}
	}
	return faults
}

// conceptFaults checks a concept that stands in the column of this name.
func conceptFaults(column string, e *Entry, display string, kinds []string) (faults []string) {
	if display != e.Display {
		faults = append(faults, column+"_display: the official display is "+e.Display)
	}
	if e.Heading() {
		faults = append(faults, column+": a heading")
	}
	if !slices.Contains(kinds, string(e.Kind)) {
		faults = append(faults, column+": of kind "+string(e.Kind)+"; accepted by index.csv: "+strings.Join(kinds, ", "))
	}
	return faults
}

// guardFaults checks the guards. A nursing or prevention condition is recorded
// because there is a problem or a need, and an FFB condition may as well be a
// resource: without the guard, the row could say about a citizen what nobody
// said.
func (p *plan) guardFaults(r mapRow) []string {
	guard, ok := parseGuard(r.guard)
	if !ok {
		return []string{"guard: accepted: problem, with-original, always, joined by ';'" + meantGuard(r.guard)}
	}
	if r.asserts() && !guard.Has(Problem) {
		return []string{"guard: problem is required from FFB to a condition of " + string(r.target.Area)}
	}
	return nil
}

// asserts reports whether the target of a row says of a citizen that there is a
// problem or a need, which the source does not say.
func (r mapRow) asserts() bool {
	return r.source != nil && r.target != nil && r.source.System == mapping.FFB && r.target.Kind == Condition &&
		(r.target.Area == mapping.Sygepleje || r.target.Area == mapping.Forebyggelse)
}
