// Package published writes what is embedded as FHIR R4 resources: KL's code
// systems and value sets, and the code systems of FHIR itself that others lean
// on. They are read by the same engine as everything a package brings.
//
// The code systems say more than their publisher's files: which codes are
// retired and what follows them, the area and kind of a concept, and which two
// codes of FSIII are spellings of one concept.
package published

import (
	"strconv"
	"strings"

	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// Resources writes every code system and then every value set, each as one JSON
// document: those that are published, and of each of KL's code systems one of
// ours with every code (urn:tolk:ValueSet:FSIII), for whom wants to look through.
func Resources(t *terminology.Terminology) []string {
	var all []string
	for _, s := range t.CodeSystems() {
		all = append(all, CodeSystem(t, s))
	}
	for _, s := range t.Standards() {
		all = append(all, standard(s))
	}
	for _, v := range t.ValueSets() {
		all = append(all, ValueSet(v))
	}
	for _, s := range t.CodeSystems() {
		all = append(all, ValueSet(terminology.ValueSet{URL: "urn:tolk:ValueSet:" + s.Name, Name: s.Name, Title: s.Title + ", every code",
			Version: s.Version, Rules: []terminology.ValueSetRule{{System: s.URL}}}))
	}
	return all
}

// properties declares what the concepts of KL's code systems carry beside code
// and display, in the order they are written. status is the one of FHIR
// (http://hl7.org/fhir/R4/codesystem-concept-properties.html).
var properties = [][3]string{
	{"status", "http://hl7.org/fhir/concept-properties#status", "whether the concept is in the current set of its publisher (active) or not any more (retired)"},
	{"successor", "urn:tolk:property:successor", "what follows a retired concept, by our concept map"},
	{"spelling", "urn:tolk:property:spelling", "the other code of the same concept"},
	{"area", "urn:tolk:property:area", "the area of municipal health"},
	{"kind", "urn:tolk:property:kind", "the kind of fact, by the chapter"},
	{"component", "urn:tolk:property:component", "the part of the classification of FFB"},
	{"icf", "urn:tolk:property:icf", "the qualifier of ICF that a step of a scale has"},
}

// CodeSystem writes one of KL's code systems. A concept with two spellings is
// there under both, as KL publishes it.
func CodeSystem(t *terminology.Terminology, s terminology.CodeSystem) string {
	var b strings.Builder
	head(&b, "CodeSystem", s.Name, s.URL, s.Version, s.Title)
	b.WriteString(`,"publisher":"KL","language":"da","caseSensitive":true,"hierarchyMeaning":"is-a","content":"complete"`)
	entries := t.Entries(s.URL)
	used, codes, most := map[string]bool{}, 0, 0
	for _, e := range entries {
		for _, p := range propertiesOf(t, e, 0) {
			used[p[0]] = true
		}
		codes, most = codes+len(e.Spellings), max(most, len(e.Spellings))
	}
	b.WriteString(`,"count":` + strconv.Itoa(codes))
	list(&b, "property", properties, func(p [3]string) bool { return used[p[0]] }, func(p [3]string) {
		object(&b, "code", p[0], "uri", p[1], "description", p[2], "type", "code")
	})
	b.WriteString(`,"concept":[`)
	first := true
	for spelling := range most { // each spelling has a tree of its own
		for _, e := range entries {
			if e.Parent == nil && spelling < len(e.Spellings) {
				if !first {
					b.WriteByte(',')
				}
				first = false
				concept(&b, t, e, spelling)
			}
		}
	}
	b.WriteString("]}")
	return b.String()
}

// concept writes one concept in one of its spellings, with everything under it.
func concept(b *strings.Builder, t *terminology.Terminology, e *terminology.Entry, spelling int) {
	b.WriteString(`{"code":` + tree.Quote(e.Spellings[spelling]) + `,"display":` + tree.Quote(e.Display))
	list(b, "property", propertiesOf(t, e, spelling), nil, func(p [2]string) {
		b.WriteString(`{"code":` + tree.Quote(p[0]) + `,"valueCode":` + tree.Quote(p[1]) + `}`)
	})
	spelled := func(c *terminology.Entry) bool { return spelling < len(c.Spellings) }
	list(b, "concept", e.Children, spelled, func(c *terminology.Entry) { concept(b, t, c, spelling) })
	b.WriteByte('}')
}

// propertiesOf lists the properties of a concept in one of its spellings.
func propertiesOf(t *terminology.Terminology, e *terminology.Entry, spelling int) (all [][2]string) {
	add := func(name, value string) {
		if value != "" {
			all = append(all, [2]string{name, value})
		}
	}
	switch e.Status {
	case terminology.Current:
		add("status", "active")
	case terminology.Retired:
		add("status", "retired")
		for _, m := range t.Matches(e.Concept, terminology.Options{Target: e.System}) {
			if m.Equivalence.Match() {
				add("successor", m.Concept.Code)
			}
		}
	}
	for i, other := range e.Spellings {
		if i != spelling {
			add("spelling", other)
		}
	}
	add("area", string(e.Area))
	add("kind", string(e.Kind))
	add("component", string(e.Component))
	add("icf", e.ICF)
	return all
}

// standard writes a code system of FHIR itself.
func standard(s terminology.Standard) string {
	var b strings.Builder
	head(&b, "CodeSystem", s.Name, s.URL, s.Version, s.Title)
	b.WriteString(`,"caseSensitive":true,"valueSet":` + tree.Quote(s.ValueSet) + `,"content":"complete","count":` + strconv.Itoa(len(s.Codes)))
	list(&b, "concept", s.Codes, nil, func(c terminology.StandardCode) { object(&b, "code", c.Code, "display", c.Display) })
	b.WriteByte('}')
	return b.String()
}

// ValueSet writes a published value set.
func ValueSet(v terminology.ValueSet) string {
	var b strings.Builder
	head(&b, "ValueSet", v.Name, v.URL, v.Version, v.Title)
	b.WriteString(`,"compose":{`)
	for i, mode := range []string{"include", "exclude"} {
		of := func(r terminology.ValueSetRule) bool { return r.Exclude == (i == 1) }
		list(&b, mode, v.Rules, of, func(r terminology.ValueSetRule) { rule(&b, r) })
	}
	b.WriteString("}}")
	return b.String()
}

// rule writes one include or exclude.
func rule(b *strings.Builder, r terminology.ValueSetRule) {
	if r.ValueSet != "" {
		b.WriteString(`{"valueSet":[` + tree.Quote(r.ValueSet) + `]}`)
		return
	}
	b.WriteString(`{"system":` + tree.Quote(r.System))
	list(b, "concept", r.Codes, nil, func(code string) { object(b, "code", code) })
	if r.Op != "" {
		b.WriteString(`,"filter":[`)
		object(b, "property", "concept", "op", r.Op, "value", r.Value)
		b.WriteByte(']')
	}
	b.WriteByte('}')
}

// head begins a resource with what every canonical one has.
func head(b *strings.Builder, kind, name, url, version, title string) {
	b.WriteString(`{"resourceType":"` + kind + `","id":` + tree.Quote(id(name, url)) + `,"url":` + tree.Quote(url))
	if version != "" {
		b.WriteString(`,"version":` + tree.Quote(version))
	}
	b.WriteString(`,"name":` + tree.Quote(name) + `,"title":` + tree.Quote(title) + `,"status":"active","experimental":false`)
}

// id is the last part of the url; an OID has none, and the name stands for it.
func id(name, url string) string {
	if i := strings.LastIndexByte(url, '/'); i >= 0 {
		return url[i+1:]
	}
	return name
}

// list writes a member that is an array of the items kept, nothing where there
// are none. After { the comma is left out.
func list[T any](b *strings.Builder, name string, items []T, keep func(T) bool, write func(T)) {
	first := true
	for _, item := range items {
		if keep != nil && !keep(item) {
			continue
		}
		if first {
			if !strings.HasSuffix(b.String(), "{") {
				b.WriteByte(',')
			}
			b.WriteString(`"` + name + `":[`)
		} else {
			b.WriteByte(',')
		}
		first = false
		write(item)
	}
	if !first {
		b.WriteByte(']')
	}
}

// object writes an object of strings, given as name and value in turn.
func object(b *strings.Builder, members ...string) {
	for i := 0; i < len(members); i += 2 {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(`"` + members[i] + `":` + tree.Quote(members[i+1]))
	}
	b.WriteByte('}')
}
