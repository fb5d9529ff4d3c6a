package fields

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tolk/mapping/rules"
)

const fills = `
document: henvisning
left: plain
right: fhir
version: 1.0.0
maps:
  - map: brev
    right: ServiceRequest
    rules:
      - {id: dato, left: henvist, right: authoredOn}
      - {id: id, left: brev.id, right: "identifier[system=urn:x:brev].value"}
      - {id: vaerge, left: vaerge, right: "extension(urn:x:vaerge).valueString"}
      - {id: har-vaerge, left: harVaerge, right: "extension(urn:x:vaerge).valueBoolean"}
      - {id: navn, right: code.coding.display, drop: "the code's own name"}
    maps:
      - {map: borger, left: borger, right: Patient, at: subject, rules: [{id: navn, left: navn, right: name.family}]}
      - {map: laege, left: laege, right: Organization, at: performer, rules: [{id: ydernummer, left: ydernummer, right: "identifier[system=urn:x:yder].value"}]}
      - {map: fra-andre, left: laege, when: fra-hubben, right: Practitioner, at: requester, rules: [{id: navn, left: navn, right: name.text}]}
      - map: anamnese
        left: "tekster.anamnese[]"
        right: note
        fixed: [{right: "extension(urn:x:afsnit).valueCode", is: anamnese}]
        rules: [{id: tekst, left: $, right: text}]
      - map: fund
        left: "tekster.fund[]"
        right: note
        fixed: [{right: "extension(urn:x:afsnit).valueCode", is: fund}]
        rules: [{id: tekst, left: $, right: text}]
      - map: aarsag
        left: "aarsager[]"
        right: reasonCode
        rules: [{id: tekst, left: tekst, right: text}]
        maps: [{map: kode, left: "koder[]", right: coding, rules: [{id: system, left: system, right: system}, {id: kode, left: kode, right: code}]}]
      - map: enig
        when: enig
        right: "extension(urn:x:enig)"
        rules: [{id: svar, left: enig, right: valueBoolean}]
      - map: liste
        left: medicinliste
        right: List
        fixed: [{right: code.coding.code, is: medicin}]
        rules: [{id: dato, left: laest, right: date}]
`

// What fills an element is found through maps, references, what a map always
// writes and what a field says.
func TestFills(t *testing.T) {
	l, err := Load(fstest.MapFS{"fields/x.yaml": {Data: []byte(fills)}}, "fields", nil)
	if err != nil {
		t.Fatal(err)
	}
	b := l.Book("henvisning", "plain")
	for _, c := range []struct {
		resource string
		paths    []string // through references
		want     []string
	}{
		{"ServiceRequest", []string{"authoredOn"}, []string{"henvist"}},
		{"ServiceRequest", []string{"identifier.value"}, []string{"brev.id"}},
		{"ServiceRequest", []string{"identifier[system=urn:x:andet].value"}, nil},
		{"ServiceRequest", []string{"extension(urn:x:vaerge)"}, []string{"vaerge", "harVaerge"}},
		{"ServiceRequest", []string{"extension(urn:x:enig)"}, []string{"enig"}},
		{"ServiceRequest", []string{"extension(urn:x:ukendt)"}, nil},
		{"ServiceRequest", []string{"code.coding.display"}, nil},
		{"ServiceRequest", []string{"subject"}, []string{"borger"}},
		{"ServiceRequest", []string{"requester"}, nil}, // only the hub can say it
		{"ServiceRequest", []string{"note[extension.valueCode=fund].text"}, []string{"tekster.fund[]"}},
		{"ServiceRequest", []string{"note.text"}, []string{"tekster.anamnese[]", "tekster.fund[]"}},
		{"ServiceRequest", []string{"note[extension.valueCode=andet].text"}, nil},
		{"ServiceRequest", []string{"reasonCode"}, []string{"aarsager[]"}},
		{"ServiceRequest", []string{"reasonCode.coding[system=urn:x:sks].code"}, []string{"aarsager[].koder[].kode"}},
		{"ServiceRequest", []string{"performer", "Organization identifier[system=urn:x:yder].value"}, []string{"laege.ydernummer"}},
		{"ServiceRequest", []string{"performer", "Organization"}, []string{"laege"}},
		{"ServiceRequest", []string{"performer", "Practitioner"}, nil},
		{"Patient", nil, []string{"borger"}},
		{"Patient", []string{"name.family"}, []string{"borger.navn"}},
		{"List[code.coding.code=medicin]", []string{"date"}, []string{"medicinliste.laest"}},
		{"List", nil, []string{"medicinliste"}},
		{"Patient[gender=male]", nil, []string{"borger"}}, // told by what is in it
		{"Consent", nil, nil},
	} {
		if got := b.Fills(way(t, c.resource, c.paths)); !slices.Equal(got, c.want) {
			t.Errorf("%s %v: got %v, want %v", c.resource, c.paths, got, c.want)
		}
	}
}

// way is a way from a resource; a path after the first begins with the type of
// the resource it is in.
func way(t *testing.T, resource string, paths []string) rules.Way {
	t.Helper()
	parse := func(path string) []rules.Step {
		steps, err := rules.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		return steps
	}
	w := rules.Way{{Resource: parse(resource)[0]}}
	for i, p := range paths {
		if i > 0 {
			kind, rest, _ := strings.Cut(p, " ")
			w = append(w, rules.Hop{Resource: rules.Step{Name: kind}})
			if p = rest; p == "" {
				continue
			}
		}
		w[len(w)-1].Steps = parse(p)
	}
	return w
}
