package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/schemas/fhir"
)

// problem is what cannot be meant in a file: of a map, and of one of its rules or
// sides; both empty for the file itself.
type problem struct{ of, rule, message string }

// String names the rule, and then what is wrong.
func (p problem) String() string {
	switch {
	case p.of == "":
		return p.message
	case p.rule == "":
		return p.of + ": " + p.message
	}
	return p.of + "/" + p.rule + ": " + p.message
}

// check refuses a file whose rules cannot all be meant: an element FHIR does
// not have, a selection where there is one element only, two rules for one
// element, a rule that another one never lets come to turn.
func check(f File) []problem {
	var found []problem
	report := func(m Map, rule, format string, args ...any) {
		found = append(found, problem{m.Map, rule, fmt.Sprintf(format, args...)})
	}
	if f.Left == "" || f.Right == "" || f.Version == "" || len(f.Maps) == 0 {
		report(Map{}, "", "expected left, right, version and maps")
	}
	names := map[string]bool{}
	for _, m := range f.Maps {
		if m.Map == "" || m.Kind == "" || names[m.Map] {
			report(m, "", "expected a map with a name of its own and a kind")
		}
		names[m.Map] = true
		checkMap(m, func(rule, format string, args ...any) { report(m, rule, format, args...) })
	}
	return found
}

func checkMap(m Map, report func(rule, format string, args ...any)) {
	for i, side := range []string{"left", "right"} {
		s := []Side{m.Left, m.Right}[i]
		if s.Home != "" && s.Home != HomeStrict && s.Home != HomeHub && s.Home != HomeNone {
			report("", "%s.home: expected strict, hub or none", side)
		}
		if (s.Home == HomeHub || s.Home == HomeNone) != (s.Reason != "") {
			report("", "%s: home hub or none has a reason, and nothing else has", side)
		}
		for _, path := range strings.Fields(s.None) {
			checkPath(m, path, side+".none", report)
		}
		for _, q := range s.Require {
			checkPath(m, q.Path, side+".require", report)
			if q.Message == "" {
				report("", "%s.require %s: the message is missing", side, q.Path)
			}
		}
	}
	if m.Concept != nil {
		checkPath(m, m.Concept.Path, "concept", report)
	}
	ids := map[string]bool{}
	for _, r := range m.Rules {
		if r.ID == "" || ids[r.ID] {
			report(r.ID, "expected an id of its own")
		}
		ids[r.ID] = true
		checkRule(m, r, report)
	}
	for _, side := range []string{"left", "right"} {
		checkSide(m, side, report)
	}
}

func checkRule(m Map, r Rule, report func(rule, format string, args ...any)) {
	if (r.Both != "") == (r.Left != "" || r.Right != "") {
		report(r.ID, "expected both, or left or right")
	}
	ways := 0
	for _, way := range []bool{r.Via != "", r.Drop != "", r.Fixed != nil} {
		if way {
			ways++
		}
	}
	if ways > 1 {
		report(r.ID, "via, drop and fixed exclude each other")
	}
	if r.Both == "" && r.Drop == "" && r.Via == "" {
		report(r.ID, "an element of one side only is dropped with a reason, or goes through a lens")
	}
	for _, path := range []string{r.Both, r.Left, r.Right} {
		if path != "" {
			checkPath(m, path, r.ID, report)
		}
	}
}

// checkPath refuses a path that FHIR R4 does not have in this resource.
func checkPath(m Map, path, place string, report func(rule, format string, args ...any)) {
	steps, err := ParsePath(path)
	if err != nil {
		report(place, "%s", err.Error())
		return
	}
	resource, _, _ := strings.Cut(m.Kind, ".")
	if resource == "*" {
		resource = "DomainResource"
	}
	var names []string
	for i, s := range steps {
		if s.Name == "resourceType" || resource == "Bundle" && len(names) == 2 && names[1] == "resource" {
			return
		}
		element, ok := fhir.Lookup(resource + "." + s.Name + "[x]")
		if !s.Choice || i > 0 {
			if s.Choice {
				return // a choice deeper down is resolved by its own name
			}
			names = append(names, s.Name)
			element, ok = fhir.Resolve(resource, names...)
		}
		if !ok {
			report(place, "%s: FHIR R4 has no such element in %s%s", path, resource, meantElement(resource, names, s.Name))
			return
		}
		if (s.URL != "" || s.Value != "") && !element.Array {
			report(place, "%s: %s is one element, there is nothing to select", path, s.Name)
		}
		if s.Choice {
			return
		}
	}
}

// meantElement asks which element was meant by one that is not there, among those
// beside it.
func meantElement(resource string, names []string, word string) string {
	around := fhir.Element{Path: resource}
	if len(names) > 1 {
		around, _ = fhir.Resolve(resource, names[:len(names)-1]...)
	}
	var known []string
	for _, e := range fhir.All() {
		parent, name, _ := cutLast(e.Path)
		if parent == around.Path || slices.Contains(around.Types, parent) {
			known = append(known, name)
		}
	}
	return mapping.Meant(word, known)
}

func cutLast(path string) (parent, name string, ok bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// checkSide refuses, as seen from one side, two rules for one element and a
// rule below an element that another rule takes whole.
func checkSide(m Map, side string, report func(rule, format string, args ...any)) {
	whole := map[string]string{}
	paths := map[string]string{}
	for _, r := range m.Rules {
		if r.Report != "" && r.Report != m.Report {
			continue
		}
		path := r.Both
		if side == "left" && r.Left != "" {
			path = r.Left
		} else if side == "right" && r.Right != "" {
			path = r.Right
		}
		if path == "" {
			continue
		}
		if other, ok := paths[path]; ok {
			report(r.ID, "%s: rule %s is for the same element", path, other)
		}
		paths[path] = r.ID
		if r.Via != "" || r.Drop != "" || r.Fixed != nil {
			whole[path] = r.ID
		}
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for _, over := range slices.Sorted(maps.Keys(whole)) {
			if strings.HasPrefix(path, over+".") {
				report(paths[path], "%s: it never comes to turn, rule %s takes all of %s", path, whole[over], over)
			}
		}
	}
}
