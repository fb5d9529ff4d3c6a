package medcom

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/fixtures/validator"
	"tolk/mapping/document"
	"tolk/mapping/residue"
	"tolk/mapping/tree"
)

// threadCases are the worked examples of a correspondence that is sent.
func threadCases(t *testing.T) map[string]fixtures.Case {
	t.Helper()
	all := map[string]fixtures.Case{}
	for _, c := range casesOf(t, func(c fixtures.Case) bool {
		return c.Request.Document == document.Korrespondance && c.Request.From == document.FHIR && c.Request.To == CareCommunication
	}) {
		all[filepath.Base(c.Name)] = c
	}
	return all
}

// threadLacks is what each example lacks to be a message.
var threadLacks = map[string][]string{
	"ny": nil, "svar": nil, "besked-i-forvejen": nil, "videresendt": nil, "kopimodtager": nil, "bilag": nil, "bilag-som-tekst": nil, "gln-fra-kaldet": nil,
	"prioritet": nil, "prioritet-uden-henvisning": nil, "hold-og-forloeb": nil, "rolle-som-kode-og-tekst": nil, "privat": nil,
	"rettet":          {"Provenance.activity"},
	"trukket-tilbage": {"Provenance.activity"},
	"uden-gln":        {"MessageHeader.destination.receiver"},
	"til-ingen":       {"MessageHeader.destination.receiver"},
	"uden-forfatter":  {"Communication.payload.extension:author", "Communication.payload.extension:authorContact"},
	"andet-uden-emne": {"Communication.topic.text"},
}

// A correspondence is a message that is valid, or a Bundle that claims none and
// says what is missing. Nothing is unclaimed, the residue gives the document back,
// and what is a message is read and sent on as it stands.
func TestThread(t *testing.T) {
	cases := threadCases(t)
	var files []string
	for name, c := range cases {
		w, err := toCare(t, c.Input, c.Request)
		if strings.HasPrefix(name, "afvist-") {
			if err == nil {
				t.Errorf("%s: got a message, want it refused", name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, known := threadLacks[name]
		var lacks []string
		for _, l := range w.Ledger.Conformance.Lacks {
			lacks = append(lacks, l.Element)
		}
		if !known || !slices.Equal(lacks, want) {
			t.Errorf("%s: lacks %q, want %q", name, lacks, want)
		}
		if n := w.Ledger.Counts["unclaimed"]; n > 0 {
			t.Errorf("%s: %d leaves unclaimed", name, n)
		}
		out := parse(t, string(w.Output))
		if claims := out.Text(out.Find(out.Root(), "meta", "profile")) == careMessage; claims != (want == nil) {
			t.Errorf("%s: claims to be a message: %t", name, claims)
		}
		doc := parse(t, c.Input)
		back, _, err := residue.Restore(string(w.Output), string(residue.Write(doc, c.Input, w.Ledger, w.Raws())), CareCommunication, document.FHIR, tree.Limits{})
		if err != nil || string(back) != string(doc.Append(nil, doc.Root())) {
			t.Errorf("%s: the residue gives another document: %v", name, err)
		}
		asItStands(t, name, string(w.Output), want == nil)
		file := filepath.Join(t.TempDir(), name+".json")
		if err := os.WriteFile(file, w.Output, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if len(files) != len(threadLacks) {
		t.Errorf("%d cases, want %d", len(files), len(threadLacks))
	}
	for _, i := range validator.Errors(validator.Find(t).Validate(t, carePackage, nil, files...)) {
		t.Error(i)
	}
}

// asItStands reads a message that was written into the hub, and sends one on: both
// leave it as it is.
func asItStands(t *testing.T, name, text string, isMessage bool) {
	t.Helper()
	w, err := CareToCorrespondence(document.Source{Doc: parse(t, text), Bytes: text}, document.Request{})
	if err != nil || string(w.Output) != text {
		t.Errorf("%s: the hub has another message: %v", name, err)
		return
	}
	if isMessage != w.Ledger.Conformance.Met {
		t.Errorf("%s: met %t, want %t: %v", name, w.Ledger.Conformance.Met, isMessage, w.Ledger.Conformance.Lacks)
	}
	if isMessage {
		if w, err = toCare(t, text, document.Request{Document: document.Korrespondance}); err != nil || string(w.Output) != text {
			t.Errorf("%s: it is not sent on as it stands: %v", name, err)
		}
	}
}

// What a plain sender may write otherwise than MedCom has it.
func TestThreadDemands(t *testing.T) {
	const now, due = `"timestamp": "2026-11-20T10:30:00+01:00"`, `"timestamp": "20. november"`
	tests := map[string]struct {
		of, old, new string
		lacks        string // empty: none
		notice       string
	}{
		"no time":                        {"svar", now, due, "Bundle.timestamp", ""},
		"a thread that is no UUID":       {"svar", `"urn:uuid:10000000-0000-4000-8000-000000000050"`, `"sag 17"`, "Communication.identifier", ""},
		"a bare UUID":                    {"svar", `"urn:uuid:10000000-0000-4000-8000-000000000050"`, `"10000000-0000-4000-8000-000000000050"`, "", ""},
		"no category":                    {"svar", `"psychiatry-social-disability"`, `"psykiatri"`, "Communication.category", "own list"},
		"a topic without words":          {"svar", `"text": "Søvn og medicin"`, `"coding": [{"code": "x"}]`, "Communication.topic.text", ""},
		"another status":                 {"svar", `"status": "unknown"`, `"status": "completed"`, "", ""},
		"a letter that is none":          {"svar", `"status": "unknown"`, `"status": "entered-in-error"`, "Communication.status", ""},
		"a priority that is not":         {"prioritet", `"asap"`, `"stat"`, "", "routine and asap"},
		"a role of nobody":               {"svar", `"practitioner": {`, `"unknown": {`, "Communication.payload.extension:author PractitionerRole.practitioner", ""},
		"a role without words":           {"svar", `"text": "Overlæge"`, `"id": "x"`, "Communication.payload.extension:author", ""},
		"a nameless author":              {"svar", `"family": "Overlæge"`, `"suffix": ["x"]`, "", ""},
		"a contact that is an address":   {"svar", `"system": "phone",`, `"system": "email",`, "Communication.payload.extension:authorContact", ""},
		"an act that nobody did":         {"svar", `"agent": [`, `"policy": [`, "", ""},
		"an earlier act that nobody did": {"svar", `"agent": [`, `"policy": [`, "Provenance.agent.who", ""},
		"an earlier act without a time":  {"svar", `"recorded"`, `"unknown"`, "Provenance.recorded", ""},
		"an act that added nothing":      {"svar", `"role": "source"`, `"role": "quotation"`, "Provenance.entity Provenance.entity:payload", ""},
		"an answer to nothing":           {"svar", `"role": "revision"`, `"role": "source"`, "Provenance.entity:payload", "which message it answers"},
		"a segment without a date":       {"svar", `medcom-core-datetime-extension`, `x`, "Communication.payload.extension:date", ""},
		"a segment without an assigner":  {"svar", `"assigner"`, `"unknown"`, "Communication.payload.extension:identifier", ""},
		"a segment with another id":      {"bilag", `"value": "urn:uuid:10000000-0000-4000-8000-000000000102"`, `"value": "bilag 2"`, "Communication.payload.extension:identifier Provenance.entity:payload", ""},
		"an untitled attachment":         {"bilag", `"title": "God søvn"`, `"language": "da"`, "Communication.payload.contentAttachment.title", ""},
		"a segment of nothing":           {"bilag", `"contentAttachment"`, `"contentNothing"`, "Communication.payload.content[x]", ""},
		"no text":                        {"ny", `"contentString"`, `"contentReference"`, "Communication.payload:string", ""},
		"the team of another":            {"hold-og-forloeb", `"managingOrganization"`, `"unknown"`, "Communication.recipient", ""},
		"a nameless team":                {"hold-og-forloeb", `"name": "Team Psykose"`, `"status": "active"`, "CareTeam.name", ""},
		"an encounter and no episode":    {"hold-og-forloeb", `"episodeOfCare"`, `"unknown"`, "Communication.encounter", ""},
		"a citizen without a number":     {"svar", `"2509479989"`, `"1234"`, "Patient", ""},
		"the sender's own extension":     {"svar", `"topic"`, `"extension": [{"url": "urn:x", "valueString": "y"}], "topic"`, "", ""},
		"the receiver is nobody here":    {"svar", `"destination"`, `"unknown"`, "MessageHeader.destination.receiver", ""},
	}
	cases := threadCases(t)
	var files []string
	for name, tt := range tests {
		c, ok := cases[tt.of]
		if !ok {
			t.Errorf("%s: no case %s", name, tt.of)
			continue
		}
		if !strings.Contains(c.Input, tt.old) {
			t.Errorf("%s: %s is not in the case", name, tt.old)
		}
		at := strings.Index(c.Input, tt.old)
		if strings.HasPrefix(name, "an earlier ") {
			at = strings.LastIndex(c.Input, tt.old)
		}
		c.Input = c.Input[:at] + strings.Replace(c.Input[at:], tt.old, tt.new, 1)
		w, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var lacks []string
		for _, l := range w.Ledger.Conformance.Lacks {
			lacks = append(lacks, l.Element)
		}
		slices.Sort(lacks)
		if got := strings.Join(slices.Compact(lacks), " "); got != tt.lacks {
			t.Errorf("%s: lacks %q, want %q", name, got, tt.lacks)
		}
		if tt.notice != "" && !said(w.Ledger, tt.notice) {
			t.Errorf("%s: notices %v", name, w.Ledger.Notices)
		}
		if tt.lacks == "" && name != "an act that nobody did" {
			file := filepath.Join(t.TempDir(), "m.json")
			if err := os.WriteFile(file, w.Output, 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	for _, i := range validator.Errors(validator.Find(t).Validate(t, carePackage, nil, files...)) {
		t.Error(i)
	}
}
