package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// valueSet is what the table of codes needs of a ValueSet.
type valueSet struct {
	URL     string `json:"url"`
	Compose struct {
		Include []include  `json:"include"`
		Exclude []struct{} `json:"exclude"`
	} `json:"compose"`
}

type include struct {
	System   string     `json:"system"`
	Concept  []concept  `json:"concept"`
	Filter   []struct{} `json:"filter"`
	ValueSet []string   `json:"valueSet"`
}

// codeSystem is what it needs of a CodeSystem.
type codeSystem struct {
	URL     string    `json:"url"`
	Content string    `json:"content"`
	Concept []concept `json:"concept"`
}

type concept struct {
	Code    string    `json:"code"`
	Concept []concept `json:"concept"`
}

// errOpen is that a value set has codes that R4 does not list: media types, currencies.
var errOpen = errors.New("its codes are not listed in R4")

// generateCodes writes the table of codes: of every element of type code, and of
// every extension whose value is one, that must have one of the codes that R4 lists (a
// required binding) which these are, elements with the same codes together.
func generateCodes(shared string, w io.Writer) error {
	dir := core(shared)
	definitions, err := definitions(dir)
	if err != nil {
		return err
	}
	elements := map[string][]string{} // by the value set they are bound to
	for _, name := range slices.Sorted(maps.Keys(definitions)) {
		for _, e := range definitions[name].Snapshot.Element {
			if e.Binding.Strength == "required" && e.has("code") {
				elements[e.Binding.ValueSet] = append(elements[e.Binding.ValueSet], e.Path)
			}
		}
	}
	if err := extensions(dir, elements); err != nil {
		return err
	}
	var rows []string
	for set, paths := range elements {
		codes, err := codesOf(dir, set)
		switch {
		case errors.Is(err, errOpen):
			continue
		case err != nil:
			return err
		}
		rows = append(rows, strings.Join(paths, " ")+","+strings.Join(slices.Compact(slices.Sorted(slices.Values(codes))), " ")+"\n")
	}
	slices.Sort(rows)
	_, err = io.WriteString(w, "elements,codes\n"+strings.Join(rows, ""))
	return err
}

// extensions adds the extensions of R4 whose value is a code that it lists, by their
// addresses.
func extensions(dir string, elements map[string][]string) error {
	files, err := filepath.Glob(filepath.Join(dir, "StructureDefinition-*.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		var d definition
		if err := decode(file, &d); err != nil {
			return err
		}
		if d.Type != "Extension" || d.FHIRVersion != "4.0.1" {
			continue
		}
		for _, e := range d.Snapshot.Element {
			if e.Path == "Extension.value[x]" && len(e.Type) == 1 && e.has("code") && e.Binding.Strength == "required" {
				elements[e.Binding.ValueSet] = append(elements[e.Binding.ValueSet], d.URL)
			}
		}
	}
	return nil
}

// has reports whether an element may be of a type.
func (e element) has(name string) bool {
	for _, t := range e.Type {
		if t.Code == name {
			return true
		}
	}
	return false
}

// codesOf returns the codes of a value set, errOpen where R4 does not list them.
func codesOf(dir, canonical string) (codes []string, err error) {
	var set valueSet
	if err := published(dir, "ValueSet", canonical, &set); err != nil {
		return nil, err
	}
	if set.URL != bare(canonical) || len(set.Compose.Include) == 0 || len(set.Compose.Exclude) > 0 {
		return nil, fmt.Errorf("%s: not a value set of what it includes", canonical)
	}
	for _, i := range set.Compose.Include {
		more, err := i.codes(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", canonical, err)
		}
		codes = append(codes, more...)
	}
	return codes, nil
}

// codes returns the codes that are included: those named, those of other value sets,
// or all of a code system.
func (i include) codes(dir string) (codes []string, err error) {
	if len(i.Filter) > 0 {
		return nil, fmt.Errorf("%s: codes chosen by a filter", i.System)
	}
	for _, set := range i.ValueSet {
		more, err := codesOf(dir, set)
		if err != nil {
			return nil, err
		}
		codes = append(codes, more...)
	}
	if i.System == "" || len(i.Concept) > 0 {
		return append(codes, flat(i.Concept)...), nil
	}
	var s codeSystem
	switch err := published(dir, "CodeSystem", i.System, &s); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errOpen
	case err != nil:
		return nil, err
	case s.URL != i.System || s.Content != "complete":
		return nil, errOpen
	}
	return append(codes, flat(s.Concept)...), nil
}

// flat are the codes of concepts and of those below them.
func flat(concepts []concept) (codes []string) {
	for _, c := range concepts {
		codes = append(append(codes, c.Code), flat(c.Concept)...)
	}
	return codes
}

// published reads a resource of a type by its canonical address.
func published(dir, kind, canonical string, into any) error {
	url := bare(canonical)
	return decode(filepath.Join(dir, kind+"-"+url[strings.LastIndexByte(url, '/')+1:]+".json"), into)
}

// bare is a canonical address without its version.
func bare(canonical string) string {
	url, _, _ := strings.Cut(canonical, "|")
	return url
}
