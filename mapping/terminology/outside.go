package terminology

import (
	"io/fs"
	"strings"

	"tolk/mapping"
)

// outsider is the reason why a concept is in no map of a direction, with the
// row of outside.csv that gives it.
type outsider struct {
	record
	root   *Entry
	reason string
}

// loadOutside reads outside.csv: subtrees, or only the headings of a subtree,
// that no map of a direction covers. Where two rows cover a concept, the row
// whose root stands closer to it is the one that counts.
func (t *Terminology) loadOutside(maps fs.FS) []*mapping.Error {
	rows, found := read(maps, "outside.csv", "direction", "scope", "root", "display", "reason")
	for _, r := range rows {
		source, target, ok := t.direction(r.cells[0])
		if !ok {
			found = append(found, r.bad(mapping.Value, "direction: two code systems by name, as in ffb-fsiii"))
			continue
		}
		root := source.codes[r.cells[2]]
		switch {
		case root == nil || root.Code != r.cells[2] || root.Display != r.cells[3]:
			found = append(found, r.bad(mapping.CodeInvalid, "root and display: not those of a concept of "+source.Name))
			continue
		case r.cells[1] != "heading" && r.cells[1] != "subtree":
			found = append(found, r.bad(mapping.Value, "scope: not one of heading, subtree"))
			continue
		case r.cells[4] == "":
			found = append(found, r.bad(mapping.Required, "reason: required"))
			continue
		}
		if !t.leaveOut(source, target, outsider{r, root, r.cells[4]}, r.cells[1] == "heading") {
			found = append(found, r.bad(mapping.Value, "root: covers nothing that the rows above do not"))
		}
	}
	return found
}

// leaveOut notes the reason for what stands under its root, and tells whether
// there was any such concept.
func (t *Terminology) leaveOut(source, target *system, o outsider, headings bool) (any bool) {
	for _, e := range source.entries {
		if !e.under(o.root) || headings && !e.Heading() {
			continue
		}
		q := question{source: e.Concept, target: target.URL}
		if other, ok := t.outside[q]; ok && other.root.under(o.root) {
			continue
		}
		t.outside[q] = o
		any = true
	}
	return any
}

// direction reads the names of two code systems, in lower case: ffb-fsiii.
func (t *Terminology) direction(text string) (source, target *system, ok bool) {
	from, to, _ := strings.Cut(text, "-")
	for _, s := range t.systems {
		switch strings.ToLower(s.Name) {
		case from:
			source = s
		case to:
			target = s
		}
	}
	return source, target, source != nil && target != nil
}

// Outside tells why no map has a concept: to a system, or to the usual one of
// its own. It is empty where one has it, and for a concept that is not here.
func (t *Terminology) Outside(c mapping.Concept, system string) string {
	e, ok := t.Lookup(c.System, c.Code)
	if !ok {
		return ""
	}
	target, err := t.target(e.System, system)
	if err != nil {
		return ""
	}
	return t.why(e, target)
}
