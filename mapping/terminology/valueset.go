package terminology

import (
	"io/fs"
	"slices"
	"strings"

	"tolk/mapping"
)

// klValueSets is where KL's value sets are.
const klValueSets = "http://fhir.kl.dk/term/ValueSet/"

// ValueSet is a published value set: what its compose says.
type ValueSet struct {
	URL, Name, Title, Version string
	Rules                     []ValueSetRule
}

// ValueSetRule is one include or exclude of a compose: all codes of a system,
// some of them, those that a filter on the hierarchy finds, or those of another
// value set.
type ValueSetRule struct {
	Exclude  bool
	System   string   // empty with ValueSet
	Codes    []string // empty with Op
	Op       string   // descendent-of or is-a; empty without a filter
	Value    string   // of the filter
	ValueSet string   // the url of another one
}

// Standard is a small code system of FHIR R4 itself.
type Standard struct {
	CodeSystem
	ValueSet string // of all its codes
	Codes    []StandardCode
}

// StandardCode is one code of a Standard.
type StandardCode struct{ Code, Display string }

// ValueSets lists the published value sets, KL's first. They are shared and not
// to be changed.
func (t *Terminology) ValueSets() []ValueSet { return t.valueSets }

// Standards lists the code systems of FHIR R4 that are here. No concept map and
// no document rule knows them.
func (t *Terminology) Standards() []Standard { return t.standards }

// loadValueSets reads valuesets.csv: one row for every code, filter or value set
// that a compose names. Rows of the same value set stand together; so do the
// codes of one include.
func (t *Terminology) loadValueSets(facts fs.FS) []*mapping.Error {
	rows, found := read(facts, "valuesets.csv", "name", "title", "mode", "system", "rule", "value")
	var last record
	for _, r := range rows {
		name, title, mode, system, rule, value := r.cells[0], r.cells[1], r.cells[2], r.cells[3], r.cells[4], r.cells[5]
		if message := t.ruleFault(mode, system, rule, value); message != "" {
			found = append(found, r.bad(mapping.Value, message))
			continue
		}
		if n := len(t.valueSets); n == 0 || t.valueSets[n-1].Name != name {
			if slices.ContainsFunc(t.valueSets, func(v ValueSet) bool { return v.Name == name }) {
				found = append(found, r.bad(mapping.Value, "name: the rows of a value set stand together"))
			}
			t.valueSets = append(t.valueSets, ValueSet{URL: klValueSets + name, Name: name, Title: title})
			last = record{}
		}
		v := &t.valueSets[len(t.valueSets)-1]
		same := last.cells != nil && slices.Equal(last.cells[2:5], r.cells[2:5])
		if last = r; rule == "concept" && same {
			codes := &v.Rules[len(v.Rules)-1].Codes
			*codes = append(*codes, value)
			continue
		}
		one := ValueSetRule{Exclude: mode == "exclude", System: system}
		switch rule {
		case "concept":
			one.Codes = []string{value}
		case "value-set":
			one.ValueSet = klValueSets + value
		default:
			one.Op, one.Value = rule, value
		}
		v.Rules = append(v.Rules, one)
	}
	return append(found, t.danglingValueSets()...)
}

// ruleFault says what is wrong with a rule by itself, "" for nothing.
func (t *Terminology) ruleFault(mode, system, rule, value string) string {
	switch {
	case mode != "include" && mode != "exclude":
		return "mode: accepted: include, exclude"
	case !slices.Contains([]string{"concept", "descendent-of", "is-a", "value-set"}, rule):
		return "rule: accepted: concept, descendent-of, is-a, value-set"
	case (system == "") != (rule == "value-set"):
		return "system: required, but for a value-set"
	}
	if s := t.bySystem[system]; s != nil && s.codes[value] == nil {
		return "value: not a code of " + s.Name
	}
	return ""
}

// danglingValueSets refuses a rule that names a value set that is not here.
func (t *Terminology) danglingValueSets() (found []*mapping.Error) {
	for _, v := range t.valueSets {
		for _, r := range v.Rules {
			if r.ValueSet != "" && !slices.ContainsFunc(t.valueSets, func(o ValueSet) bool { return o.URL == r.ValueSet }) {
				found = append(found, &mapping.Error{Kind: mapping.NotFound, Path: "valuesets.csv",
					Message: v.Name + ": names " + strings.TrimPrefix(r.ValueSet, klValueSets) + ", which is not in the table"})
			}
		}
	}
	return found
}

// loadStandards reads hl7.csv, the rows of one code system together.
func (t *Terminology) loadStandards(facts fs.FS) []*mapping.Error {
	rows, found := read(facts, "hl7.csv", "system", "version", "name", "valueset", "code", "display")
	for _, r := range rows {
		c := r.cells
		if slices.Contains(c, "") {
			found = append(found, r.bad(mapping.Required, "every column is required"))
			continue
		}
		if n := len(t.standards); n == 0 || t.standards[n-1].URL != c[0] {
			t.standards = append(t.standards, Standard{CodeSystem: CodeSystem{URL: c[0], Version: c[1], Name: c[2], Title: c[2]}, ValueSet: c[3]})
			t.valueSets = append(t.valueSets, ValueSet{URL: c[3], Name: c[2], Title: c[2], Version: c[1], Rules: []ValueSetRule{{System: c[0]}}})
		}
		s := &t.standards[len(t.standards)-1]
		s.Codes = append(s.Codes, StandardCode{Code: c[4], Display: c[5]})
	}
	return found
}
