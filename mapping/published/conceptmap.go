package published

import (
	"cmp"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// The extensions in which a concept map carries what FHIR has no element for.
const (
	guardExtension  = "urn:tolk:StructureDefinition:guard"
	statusExtension = "urn:tolk:StructureDefinition:row-status"
	emitExtension   = "urn:tolk:StructureDefinition:emit"
)

// mapped is a row of a concept map with the concept it is read for.
type mapped struct {
	source *terminology.Entry
	match  terminology.Match
}

// ConceptMaps writes our concept maps, each area by itself, in the order of
// mapping/maps/index.csv: those that answer a translation.
func ConceptMaps(t *terminology.Terminology) []string {
	var all []string
	for _, m := range t.ConceptMaps() {
		all = append(all, conceptMap(t, m, m.URL, m.Title, rowsOf(m)))
	}
	return all
}

// WholeMap writes one file of rows as one concept map, each row depending on its
// area, in the order of the file. The name is that of the file without .csv.
func WholeMap(t *terminology.Terminology, name string) (string, bool) {
	var first *terminology.ConceptMap
	var rows []mapped
	for _, m := range t.ConceptMaps() {
		if MapName(m) == name {
			if first == nil || len(m.Version) > len(first.Version) { // a site's is the map's own and more
				first = m
			}
			rows = append(rows, rowsOf(m)...)
		}
	}
	if first == nil {
		return "", false
	}
	slices.SortStableFunc(rows, func(a, b mapped) int { return cmp.Compare(a.match.Order, b.match.Order) })
	url, title := first.URL, first.Title
	if first.Area != "" {
		url = strings.TrimSuffix(url, "."+string(first.Area))
		title = strings.TrimSuffix(title, " ("+string(first.Area)+")")
	}
	return conceptMap(t, first, url, title, rows), true
}

// MapNames lists the names of the files of rows, as index.csv has them.
func MapNames(t *terminology.Terminology) (names []string) {
	for _, m := range t.ConceptMaps() {
		if name := MapName(m); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// MapName is the name of the file that a concept map was read from, without
// .csv.
func MapName(m *terminology.ConceptMap) string { return strings.TrimSuffix(m.File, ".csv") }

func rowsOf(m *terminology.ConceptMap) (rows []mapped) {
	for _, e := range m.Elements {
		for _, match := range e.Matches {
			rows = append(rows, mapped{e.Source, match})
		}
	}
	return rows
}

// conceptMap writes rows as a ConceptMap of one group
// (http://hl7.org/fhir/R4/conceptmap.html).
func conceptMap(t *terminology.Terminology, m *terminology.ConceptMap, url, title string, rows []mapped) string {
	source, _ := t.CodeSystem(m.Source)
	target, _ := t.CodeSystem(m.Target)
	var b strings.Builder
	name := url[strings.LastIndexByte(url, ':')+1:]
	b.WriteString(`{"resourceType":"ConceptMap","id":` + tree.Quote(name))
	if len(m.Emit) > 0 {
		b.WriteString(`,"extension":[` + extension(emitExtension, emitted(m.Emit)) + `]`)
	}
	b.WriteString(`,"url":` + tree.Quote(url) + `,"version":` + tree.Quote(m.Version) + `,"name":` + tree.Quote(computerName(name)) +
		`,"title":` + tree.Quote(title) + `,"status":"draft","experimental":false,"group":[{` +
		`"source":` + tree.Quote(source.URL) + `,"sourceVersion":` + tree.Quote(source.Version) +
		`,"target":` + tree.Quote(target.URL) + `,"targetVersion":` + tree.Quote(target.Version) + `,"element":[`)
	for i, r := range rows {
		switch {
		case i > 0 && rows[i-1].source == r.source:
			b.WriteByte(',')
		case i > 0:
			b.WriteString(`]},`)
		}
		if i == 0 || rows[i-1].source != r.source {
			b.WriteString(`{"code":` + tree.Quote(r.source.Code) + `,"display":` + tree.Quote(r.source.Display) + `,"target":[`)
		}
		mapTarget(&b, &r.match)
	}
	if len(rows) > 0 {
		b.WriteString(`]}`)
	}
	b.WriteString("]}]}")
	return b.String()
}

// mapTarget writes one row: why it is so stands in the comment, and whose it is
// where it is a site's.
func mapTarget(b *strings.Builder, m *terminology.Match) {
	b.WriteString(`{"extension":[`)
	if m.Guard != 0 {
		b.WriteString(extension(guardExtension, m.Guard.String()) + ",")
	}
	b.WriteString(extension(statusExtension, m.Status) + `]`)
	if m.Equivalence.Match() {
		b.WriteString(`,"code":` + tree.Quote(m.Concept.Code) + `,"display":` + tree.Quote(m.Display))
	}
	b.WriteString(`,"equivalence":` + tree.Quote(string(m.Equivalence)) + `,"comment":` + tree.Quote(m.Comment()))
	if m.Area != "" {
		b.WriteString(`,"dependsOn":[`)
		object(b, "property", "area", "value", string(m.Area))
		b.WriteByte(']')
	}
	b.WriteByte('}')
}

func extension(url, value string) string {
	return `{"url":` + tree.Quote(url) + `,"valueString":` + tree.Quote(value) + `}`
}

func emitted(relations []mapping.Equivalence) string {
	words := make([]string, len(relations))
	for i, r := range relations {
		words[i] = string(r)
	}
	return strings.Join(words, " ")
}

// computerName makes a name that a program may use (ConceptMap.name, invariant
// cmd-0): tilstand.ffb-fsiii.sygepleje → TolkTilstandFfbFsiiiSygepleje.
func computerName(name string) string {
	var b strings.Builder
	b.WriteString("Tolk")
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '-' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
