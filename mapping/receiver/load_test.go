package receiver

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

var words = sync.OnceValues(func() (*terminology.Terminology, error) { return terminology.New(facts.FS, maps.FS) })

func shipped(t *testing.T) *Tables {
	t.Helper()
	terms, err := words()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := Load(maps.FS, "receivers", terms)
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// The tables we ship load, are examples, and say so.
func TestShippedTables(t *testing.T) {
	tables := shipped(t)
	if got := strings.Join(tables.Names(), " "); got != "egen-laege kommune psykiatri" {
		t.Errorf("got %s", got)
	}
	for _, table := range tables.All() {
		if table.Status != Example || table.File != "receivers/"+table.ID+".yaml" || len(table.Demands) < 10 {
			t.Errorf("%s: status %q, file %s, %d demands", table.ID, table.Status, table.File, len(table.Demands))
		}
	}
	if _, err := tables.Table("psykiatry"); err == nil || err.Error() != "receiver: there is no such receiver; expected egen-laege, kommune, psykiatri; did you mean psykiatri?" {
		t.Errorf("got %v", err)
	}
}

// own is a small table of a receiver's own.
const own = `id: jobcenter
title: {da: Jobcentret, en: The job centre}
documents: [henvisning]
referrers:
  level: kraeves
  words: {da: en henviser, en: a referrer}
  refused: {da: henviseren, en: the referrer}
  why: {da: derfor., en: because.}
  accepted:
    - {types: [A9], da: egen læge, en: the doctor}
demands:
  - id: navn
    level: kraeves
    each: Patient
    path: name.family
    words: {da: navnet, en: the name}
    why: {da: derfor., en: because.}
`

func TestOwnTables(t *testing.T) {
	tables := shipped(t)
	with, err := tables.With(fstest.MapFS{"j.yaml": {Data: []byte(own)}, "readme.txt": {}}, "mine")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(with.Names(), " "); got != "egen-laege jobcenter kommune psykiatri" || len(tables.Names()) != 3 {
		t.Errorf("got %s beside %d", got, len(tables.Names()))
	}
	j, err := with.Table("jobcenter")
	if err != nil || j.File != "mine/j.yaml" || j.Status != "" {
		t.Errorf("got %+v, %v", j, err)
	}
	with, err = tables.With(fstest.MapFS{"j.yaml": {Data: []byte(strings.Replace(own, "id: jobcenter", "id: kommune\nreplaces: true", 1))}}, "mine")
	if err != nil {
		t.Fatal(err)
	}
	if k, _ := with.Table("kommune"); k.File != "mine/j.yaml" || len(with.Names()) != 3 {
		t.Errorf("got %s of %d", k.File, len(with.Names()))
	}
}

// Whatever is wrong with a table is told with its place, and what was meant.
func TestBrokenTables(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"id: jobcenter", "id: kommune", "mine/j.yaml:1:5: kommune is built in; a table that takes its place says replaces: true"},
		{"id: jobcenter", "id: komune\nreplaces: true", "mine/j.yaml:2:11: no table called komune is built in; did you mean kommune?"},
		{"id: jobcenter", "id: Job centret", "mine/j.yaml:1:5: expected an id of small letters"},
		{"title: {da: Jobcentret, en: The job centre}", "title: {da: Jobcentret}", "mine/j.yaml:2:8: expected words in both languages"},
		{"documents: [henvisning]", "documents: [henvisnig]", "mine/j.yaml:3:13: expected tilstande, medicinliste, sundhedstjek, henvisning"},
		{"documents: [henvisning]", "documents: [henvisnig]", "did you mean henvisning?"},
		{"documents: [henvisning]", "documents: []", "expected what the receiver takes"},
		{"documents: [henvisning]", "documents: [henvisning]\nstatus: forslag", "mine/j.yaml:4:9: expected eksempel"},
		{"level: kraeves\n  words", "level: kræves\n  words", "mine/j.yaml:5:10: expected kraeves or boer; did you mean kraeves?"},
		{"types: [A9]", "types: [A99]", "mine/j.yaml:10:16: expected a code of FSIII, Henvendelse/henvisning fra: A1 to A15"},
		{"types: [A9]", "types: [B1]", "expected a code of FSIII, Henvendelse/henvisning fra"}, // known, and no referrer
		{"types: [A9], ", "", "mine/j.yaml:10:7: expected types of referrer, or a path"},
		{"types: [A9]", "path: requster", "mine/j.yaml:10:14: requster: FHIR R4 has no such element in ServiceRequest; did you mean requester?"},
		{"accepted:\n    - {types: [A9], da: egen læge, en: the doctor}", "accepted: []", "expected at least one who may refer"},
		{"  refused: {da: henviseren, en: the referrer}\n", "", "expected words in both languages"},
		{"path: name.family", "path: name.familly", "mine/j.yaml:15:11: name.familly: FHIR R4 has no such element in Patient; did you mean family?"},
		{"each: Patient", "each: Pasient", "mine/j.yaml:14:11: Pasient: FHIR R4 has no such resource; did you mean Patient?"},
		{"path: name.family", "pth: name.family", "mine/j.yaml:15:5: unknown field \"pth\"; did you mean path?"},
		{"level: kraeves\n    each", "level: must\n    each", "mine/j.yaml:13:12: expected kraeves or boer"},
		{"words: {da: navnet, en: the name}", "words: {da: navnet, en: \" \"}", "mine/j.yaml:16:12: expected words in both languages"},
		{"  - id: navn", "  - id: navn\n    refused: {da: navnet}", "expected words in both languages"},
		{"  - id: navn", "  - id: navn\n    instead: {da: ring}", "mine/j.yaml:13:14: expected words in both languages"},
		{"  - id: navn", "  - id: navn\n    documents: [sundhedstjek]", "mine/j.yaml:13:17: expected henvisning"},
		{"  - id: navn", "  - id: Navn", "mine/j.yaml:12:9: expected an id of its own"},
		{own[strings.Index(own, "demands:"):], "demands: []\n", "expected at least one demand"},
	} {
		if !strings.Contains(own, c.old) {
			t.Fatalf("%q is not in the table", c.old)
		}
		_, err := shipped(t).With(fstest.MapFS{"j.yaml": {Data: []byte(strings.Replace(own, c.old, c.new, 1))}}, "mine")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.new, err, c.want)
		}
	}
	if _, err := shipped(t).With(fstest.MapFS{"a.yaml": {Data: []byte(own)}, "b.yaml": {Data: []byte(own)}}, "mine"); err == nil || !strings.Contains(err.Error(), "mine/b.yaml:1:5: another table of this folder has the id jobcenter") {
		t.Errorf("two of one id: got %v", err)
	}
	if _, err := shipped(t).With(fstest.MapFS{"j.yml": {Data: []byte(own)}}, "mine"); err == nil || err.Error() != "mine: expected a folder with at least one table of a receiver (*.yaml)" {
		t.Errorf("an empty folder: got %v", err)
	}
}

// The words an answer is told in.
func TestWords(t *testing.T) {
	a := Answer{Title: "Jobcentret", Document: "henvisning", Form: "plain", Language: Danish, Findings: []Finding{
		{Level: Demanded, Fault: Missing, What: "navnet", Why: "derfor.", Places: []string{"$this.borger"}, Fields: []string{"borger.efternavn", "a", "b"}},
		{Level: Demanded, Fault: Refused, What: "datoen", Why: "derfor.", Places: []string{"$this.dato"}, Fields: []string{"dato"}},
		{Level: Advised, Fault: Missing, What: "grunden", Why: "derfor.", Places: []string{"$this.linjer[1]", "$this"}, Fields: []string{"linjer[].grund"}},
	}}
	a.judge()
	const want = `Jobcentret
Dokument: henvisning, læst som plain

Kan ikke sendes: 2 ting skal på plads, og 1 ting bør rettes.

Skal på plads, før det kan sendes

  1. Mangler: navnet
     Hvorfor: derfor.
     Udfyld: borger.efternavn, a eller b

  2. Kan ikke godtages: datoen
     Hvorfor: derfor.
     Se: dato
     Udfyld: dato

Bør rettes

  1. Mangler: grunden
     Hvorfor: derfor.
     Se: linjer[1]
     Udfyld: linjer[].grund
`
	if got := a.Text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, c := range []struct {
		language string
		findings []Finding
		verdict  Verdict
		want     string
	}{
		{Danish, nil, CanBeSent, "Kan sendes: alt, hvad modtageren beder om, er med."},
		{English, nil, CanBeSent, "Can be sent: all that the receiver asks for is there."},
		{Danish, a.Findings[2:], ShouldMend, "Kan sendes, men 1 ting bør rettes først."},
		{English, a.Findings[2:], ShouldMend, "Can be sent, but 1 thing should be mended first."},
		{Danish, a.Findings[:1], CannotBeSent, "Kan ikke sendes: 1 ting skal på plads."},
		{English, a.Findings, CannotBeSent, "Cannot be sent: 2 things must be put right, and 1 thing should be mended."},
	} {
		b := Answer{Language: c.language, Findings: c.findings}
		if b.judge(); b.Verdict != c.verdict || b.Said != c.want {
			t.Errorf("got %s %q, want %s %q", b.Verdict, b.Said, c.verdict, c.want)
		}
	}
}
