package fields

import (
	"testing"
	"testing/fstest"
)

// A rule is found where it is written, also what a map takes from another file.
func TestStated(t *testing.T) {
	const text = `document: medicinliste
left: plain
right: fhir
version: 1.0.0
leave: {Binary: "the original is the sender's"}
bundle:
  rules: [{id: dokument, left: dokument, drop: "told by the List"}]
maps:
  - map: list
    right: List
    include: shared.yaml#liste
    rules:
      - {id: note, left: note, right: note.text}
`
	const shared = `maps:
  - map: liste
    right: List
    fixed: [{right: status, is: current}]
    rules:
      - {id: date, left: laest, right: date, with: [{right: mode, is: snapshot}]}
    maps:
      - {map: borger, left: borger, right: Patient, at: subject, rules: [{id: koen, left: koen, right: gender}]}
`
	l, err := Load(fstest.MapFS{"f/medicinliste.plain-fhir.yaml": {Data: []byte(text)}, "f/shared.yaml": {Data: []byte(shared)}}, "f", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ rule, place, text string }{
		{"bundle", "medicinliste.plain-fhir.yaml:6", "bundle: {}"},
		{"bundle/dokument", "medicinliste.plain-fhir.yaml:7", `{id: dokument, left: dokument, drop: "told by the List"}`},
		{"list", "medicinliste.plain-fhir.yaml:9", "{map: list, right: List, include: shared.yaml#liste}"},
		{"list/note", "medicinliste.plain-fhir.yaml:13", "{id: note, left: note, right: note.text}"},
		{"list/fixed-1", "shared.yaml:4", "{right: status, is: current}"},
		{"list/date", "shared.yaml:6", "{id: date, left: laest, right: date}"},
		{"list/date-with-1", "shared.yaml:6", "{right: mode, is: snapshot}"},
		{"borger", "shared.yaml:8", "{map: borger, left: borger, right: Patient, at: subject}"},
		{"borger/koen", "shared.yaml:8", "{id: koen, left: koen, right: gender}"},
		{"Binary", "medicinliste.plain-fhir.yaml:5", `Binary: "the original is the sender's"`},
		{"liste/tom", "", ""},
	} {
		got, ok := l.Stated("medicinliste.plain/" + c.rule)
		if got.Place != c.place || got.Text != c.text || ok != (c.place != "") {
			t.Errorf("%s: got %+v %v, want %s %s", c.rule, got, ok, c.place, c.text)
		}
	}
}
