package terminology

import (
	"io/fs"
	"strconv"

	"tolk/mapping"
)

// CodeSystem names a code system as its publisher does.
type CodeSystem struct {
	URL     string // the canonical URI
	Name    string
	Version string
	Title   string
}

// CanonicalSystem returns the canonical URI of the alias group that uri is in.
// It also knows systems whose codes are not here (SOR, GLN, NPU ...).
func (t *Terminology) CanonicalSystem(uri string) (string, bool) {
	group, ok := t.aliases[uri]
	if !ok {
		return "", false
	}
	return group[0], true
}

// Aliases lists every URI that names the same system as uri, the canonical one
// first; none for an unknown one. The slice is shared: it is not to be changed.
func (t *Terminology) Aliases(uri string) []string { return t.aliases[uri] }

// loadFacts reads the tables of schemas/terminology.
func (t *Terminology) loadFacts(facts fs.FS) (found []*mapping.Error) {
	index, found := read(facts, "codesystems.csv", "url", "name", "version", "title", "file")
	for _, r := range index {
		s := &system{
			CodeSystem: CodeSystem{URL: r.cells[0], Name: r.cells[1], Version: r.cells[2], Title: r.cells[3]},
			codes:      map[string]*Entry{},
		}
		t.systems = append(t.systems, s)
		t.aliases[s.URL] = []string{s.URL}
		found = append(found, s.load(facts, r.cells[4])...)
	}
	if len(t.systems) == 0 && len(found) == 0 {
		found = append(found, &mapping.Error{Kind: mapping.Required, Path: "codesystems.csv", Message: "no code system"})
	}
	if len(found) > 0 {
		return found
	}
	found = append(found, t.loadAliases(facts)...)
	found = append(found, t.loadChapters(facts)...)
	found = append(found, t.loadScales(facts)...)
	found = append(found, t.loadValueSets(facts)...)
	return append(found, t.loadStandards(facts)...)
}

// load reads the entries of one system. A parent stands before its children.
func (s *system) load(facts fs.FS, file string) (found []*mapping.Error) {
	rows, found := readEntries(facts, file)
	for _, r := range rows {
		code, spelling, display, parent, root, status := r.cells[0], r.cells[1], r.cells[2], r.cells[3], r.cells[4], Status(r.cells[5])
		e := &Entry{Concept: mapping.Concept{System: s.URL, Code: code}, Display: display, Status: status, Spellings: []string{code}}
		if spelling != "" {
			e.Spellings = append(e.Spellings, spelling)
		}
		e.Root = e
		if parent != "" {
			e.Parent = s.codes[parent]
			if e.Parent == nil {
				found = append(found, r.bad(mapping.CodeInvalid, "parent: not a code of a row above"))
				continue
			}
			e.Root = e.Parent.Root
			e.Parent.Children = append(e.Parent.Children, e)
		}
		switch {
		case code == "" || display == "":
			found = append(found, r.bad(mapping.Required, "code and display: both required"))
		case root != e.Root.Display:
			found = append(found, r.bad(mapping.Value, "root: "+e.Root.Display+" is the root of the parent"))
		case status != "" && status != Current && status != Retired:
			found = append(found, r.bad(mapping.Value, "status: not one of current, retired or empty"))
		}
		for _, sp := range e.Spellings {
			if s.codes[sp] != nil {
				found = append(found, r.bad(mapping.Value, "code: "+sp+" is a spelling of another row already"))
			}
			s.codes[sp] = e
		}
		s.entries = append(s.entries, e)
	}
	return found
}

// readEntries reads a table of entries: FSIII's has two columns more, and the
// rows of the others get them empty.
func readEntries(facts fs.FS, file string) ([]record, []*mapping.Error) {
	if head(facts, file) == "code,second_spelling,display,parent,root,status" {
		return read(facts, file, "code", "second_spelling", "display", "parent", "root", "status")
	}
	rows, found := read(facts, file, "code", "display", "parent", "root")
	for i, r := range rows {
		rows[i].cells = []string{r.cells[0], "", r.cells[1], r.cells[2], r.cells[3], ""}
	}
	return rows, found
}

// loadAliases groups the URIs that name one system.
func (t *Terminology) loadAliases(facts fs.FS) []*mapping.Error {
	rows, found := read(facts, "system-aliases.csv", "name", "canonical", "alias")
	canonical := map[string]string{} // by alias
	for _, r := range rows {
		uri, alias := r.cells[1], r.cells[2]
		if other, ok := canonical[alias]; ok && other != uri || alias == uri {
			found = append(found, r.bad(mapping.Value, "alias: names another system already"))
			continue
		}
		canonical[alias] = uri
		if t.aliases[uri] == nil {
			t.aliases[uri] = []string{uri}
		}
		t.aliases[uri] = append(t.aliases[uri], alias)
	}
	for alias, uri := range canonical {
		t.aliases[alias] = t.aliases[uri]
	}
	for _, s := range t.systems {
		for _, uri := range t.aliases[s.URL] {
			t.bySystem[uri] = s
		}
	}
	return found
}

// loadChapters gives every entry the kind, component and area of the nearest
// chapter above it.
func (t *Terminology) loadChapters(facts fs.FS) []*mapping.Error {
	rows, found := read(facts, "chapters.csv", "system", "code", "display", "kind", "component", "area")
	chapters := map[*Entry]record{}
	for _, r := range rows {
		e, ok := t.Lookup(r.cells[0], r.cells[1])
		if !ok || e.Display != r.cells[2] {
			found = append(found, r.bad(mapping.CodeInvalid, "code and display: not those of a concept of the system"))
			continue
		}
		chapters[e] = r
	}
	for _, s := range t.systems {
		for _, e := range s.entries { // parents come first
			if e.Parent != nil {
				e.Kind, e.Component, e.Area = e.Parent.Kind, e.Parent.Component, e.Parent.Area
			}
			if r, ok := chapters[e]; ok {
				e.Kind, e.Component, e.Area = Kind(r.cells[3]), Component(r.cells[4]), mapping.Area(r.cells[5])
			}
			if e.Area != "" {
				t.areas[e.Area] = true
			}
		}
	}
	return found
}

// loadScales gives the steps of the scales their number and ICF qualifier. The
// scale, the spelling and the display must be those of the code: a step that is
// off by one is the most dangerous mistake this program could make.
func (t *Terminology) loadScales(facts fs.FS) []*mapping.Error {
	rows, found := read(facts, "scales.csv", "scale", "step", "code", "spelling", "display", "icf")
	for _, r := range rows {
		e := t.anywhere(r.cells[2])
		if e == nil || e.Root.Display != r.cells[0] || e.Display != r.cells[4] || r.cells[3] != "" && e.Spellings[len(e.Spellings)-1] != r.cells[3] {
			found = append(found, r.bad(mapping.CodeInvalid, "code, spelling and display: not those of a step of the scale"))
			continue
		}
		e.ICF = r.cells[5]
		if r.cells[1] == "" {
			continue // not assessed, or not relevant: no place on the scale
		}
		n, err := strconv.Atoi(r.cells[1])
		if err != nil || n < 0 || n > 4 || e.ICF != "."+r.cells[1] {
			found = append(found, r.bad(mapping.Value, "step: 0 to 4, with the ICF qualifier of the same digit, or empty"))
			continue
		}
		e.step = n + 1
	}
	return found
}

// anywhere returns the entry with the code in whichever system has it.
func (t *Terminology) anywhere(code string) *Entry {
	for _, s := range t.systems {
		if e, ok := s.codes[code]; ok {
			return e
		}
	}
	return nil
}
