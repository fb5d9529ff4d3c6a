package plain

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// What goes wrong in a correspondence is told at its place, in both languages.
func TestCorrespondenceFaults(t *testing.T) {
	forward, _ := ways(t, document.Korrespondance)
	tests := []struct{ name, old, new, path, english, danish string }{
		{"a reply to nothing", `"paa":"b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33",`, ``, "$this.paa", "it says which message this one answers", "det siger, hvilken meddelelse der svares på"},
		{"a retraction of nothing", `"haendelse":"svar","kategori"`, `"haendelse":"tilbagetraekning","kategori"`, "", "", ""},
		{"a new one that answers", `"haendelse":"svar","kategori"`, `"haendelse":"ny","kategori"`, "$this.paa", "a new message answers none", "en ny meddelelse svarer ikke på nogen"},
		{"a reply in no thread", `"korrespondanceId":"7e8f0b52-2f1c-4c9e-9f7b-1c5b6a0d3e11",`, ``, "$this.korrespondanceId", "without it a new thread begins", "uden det begynder en ny tråd"},
		{"a reply to a letter of EDIFACT", `"paa":"b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33"`, `"paa":"B300720181623#5790000000012"`, "", "", ""},
		{"a letter without its sender", `"paa":"b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33"`, `"paa":"B300720181623#"`, "$this.paa", "of a letter: its id, # and the GLN", "brevets id, # og afsenderens GLN"},
		{"an act that there is not", `"haendelse":"svar","kategori"`, `"haendelse":"genfremsendelse","kategori"`, "$this.haendelse", "expected ny, svar", "forventet ny, svar"},
		{"a category of MedCom's code", `"psykiatriSocialHandicap"`, `"medicine-and-more"`, "$this.kategori", "expected rusmiddelbehandling", "forventet rusmiddelbehandling"},
		{"a slip in a category", `"psykiatriSocialHandicap"`, `"psykiatriSocialHandikap"`, "$this.kategori", "did you mean psykiatriSocialHandicap?", "mente du psykiatriSocialHandicap?"},
		{"other without a topic", `"emne":"Søvn og medicin om aftenen",`, ``, "", "", ""},
		{"a priority elsewhere", `"kategori":`, `"prioritet":"rutine","kategori":`, "$this.prioritet", "belongs to the category vedrHenvisning", "hører til kategorien vedrHenvisning"},
		{"an id with its prefix", `"id":"f3a7c1d0`, `"id":"urn:uuid:f3a7c1d0`, "$this.beskeder[0].id", "expected a UUID in small letters", "forventet en UUID med små bogstaver"},
		{"a number with spaces", `"38683868"`, `"38 68 38 68"`, "$this.beskeder[0].forfatter.telefon", "digits without spaces", "cifre uden mellemrum"},
		{"an attachment that is no base64", `"JVBERi0xLjQK"`, `"JVBERi0xLjQ"`, "$this.bilag[0].indhold", "expected base64", "forventet base64"},
		{"an attachment of nothing", `"indhold":"JVBERi0xLjQK",`, ``, "$this.bilag[0]", "expected at least one of the fields indhold, adresse and dokument", "mindst ét af felterne"},
		{"a document with its content", `"indhold":"JVBERi0xLjQK",`, `"dokument":"medicinliste","indhold":"JVBERi0xLjQK",`, "$this.bilag[0].indhold", "may not stand together with dokument", "sammen med dokument"},
		{"a place after the end", `"efterBesked":2`, `"efterBesked":3`, "$this.bilag[0].efterBesked", "expected at most 2", "forventet højst 2"},
		{"a place of more digits than a number has", `"efterBesked":2`, `"efterBesked":99999999999999999999`, "$this.bilag[0].efterBesked", "expected at most 2", "forventet højst 2"},
		{"places out of order", `"bilag":[`, `"bilag":[{"titel":"Sidst","adresse":"https://example.org/x"},`, "$this.bilag[1].efterBesked", "", ""},
		{"two texts of one id", `"id":"0d5b4a61-62c8-4c7f-9b29-3c2a8d1e4f05"`, `"id":"f3a7c1d0-1e7b-4e5d-8a43-2b1c7d0e3f94"`, "$this.beskeder[1].id", "another text or attachment has the same id", "har det samme id"},
		{"a message that answers itself", `"paa":"b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33"`, `"paa":"5b0e3f70-2c41-4a0e-8f1e-1f0f7c3f9a02"`, "$this.paa", "the message answers itself", "svarer på sig selv"},
		{"a message twice in the thread", `"forloeb":[`, `"forloeb":[{"meddelelse":"b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33","haendelse":"ny"},`, "$this.forloeb[1].meddelelse", "another message of the thread", "en anden meddelelse i tråden"},
		{"a person and a team", `"team":"Ambulatorium for psykose"`, `"person":{"navn":"A"},"team":"B"`, "$this.modtager.team", "may not stand together with person", "sammen med person"},
	}
	for _, tt := range tests {
		text := example(t, document.Korrespondance)
		if !strings.Contains(text, tt.old) {
			t.Errorf("%s: the example has no %s", tt.name, tt.old)
			continue
		}
		_, err := forward(strings.Replace(text, tt.old, tt.new, 1))
		var faults Faults
		if tt.path == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if tt.name == "places out of order" { // the one above it stands after both texts, as this one does
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			_, err = forward(strings.NewReplacer(tt.old, tt.new, `"efterBesked":2`, `"efterBesked":1`).Replace(text))
		}
		if !errors.As(err, &faults) || !slices.ContainsFunc(faults, func(f Fault) bool {
			return f.Path == tt.path && strings.Contains(f.English, tt.english) && strings.Contains(f.Danish, tt.danish)
		}) {
			t.Errorf("%s: want %s: %s / %s\n got %+v", tt.name, tt.path, tt.english, tt.danish, faults)
		}
	}
}

// What the sender leaves out is derived from the document, the same each time, and
// comes back with it.
func TestDerivedIDs(t *testing.T) {
	forward, backward := ways(t, document.Korrespondance)
	text := fixture(t, "plain-to-fhir/ny/input.json")
	first, err := forward(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := forward(text)
	if err != nil || string(again.Output) != string(first.Output) {
		t.Errorf("the same document gives another Bundle: %v", err)
	}
	other, err := forward(strings.Replace(text, "dårligt", "godt", 1))
	if err != nil {
		t.Fatal(err)
	}
	back, err := backward(string(first.Output))
	if err != nil {
		t.Fatal(err)
	}
	ids := 0
	for _, name := range []string{"korrespondanceId", "meddelelse", "dele", "id"} {
		var got string
		for _, m := range members(t, back.Output, name) {
			if s, ok := m.(string); ok {
				got = s
			} else {
				got = m.([]any)[0].(string)
			}
			ids++
			if !isUUID(got) || strings.Contains(string(other.Output), got) {
				t.Errorf("%s: %s is no id of this document alone", name, got)
			}
		}
	}
	if ids != 4 {
		t.Errorf("%d ids came back, want 4:\n%s", ids, back.Output)
	}
}

// members lists the values of a name, wherever it stands.
func members(t *testing.T, text []byte, name string) (found []any) {
	t.Helper()
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if key == name {
					found = append(found, v[key])
				}
				walk(v[key])
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	walk(v)
	return found
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../fixtures/korrespondance", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A received correspondence becomes a reply by the lines of doc/plain.md, and the
// reply is the worked example: what came before is in it unchanged.
func TestReply(t *testing.T) {
	var received, want map[string]any
	for name, into := range map[string]*map[string]any{"carecommunication-to-plain/svar-fra-psykiatrien/output.json": &received, "plain-to-fhir/svar-paa-det-modtagne/input.json": &want} {
		if err := json.Unmarshal([]byte(fixture(t, name)), into); err != nil {
			t.Fatal(err)
		}
	}
	const now = "2026-11-20T12:00:00+01:00"
	reply := maps.Clone(received)
	earlier := map[string]any{"organisation": received["afsender"].(map[string]any)["organisation"]}
	for _, name := range []string{"haendelse", "tidspunkt", "meddelelse", "paa", "dele"} {
		earlier[name] = received[name]
	}
	reply["forloeb"] = append(slices.Clone(received["forloeb"].([]any)), earlier)
	reply["haendelse"], reply["paa"], reply["tidspunkt"] = "svar", received["meddelelse"], now
	reply["afsender"], reply["modtager"] = received["modtager"], received["afsender"]
	reply["beskeder"] = append(slices.Clone(received["beskeder"].([]any)), want["beskeder"].([]any)[2])
	for _, name := range []string{"meddelelse", "dele", "dokumentId"} {
		delete(reply, name)
	}
	got, _ := json.Marshal(reply)
	wanted, _ := json.Marshal(want)
	if string(got) != string(wanted) {
		t.Fatalf("the reply of doc/plain.md is not the worked example:\n got %s\nwant %s", got, wanted)
	}
	forward, backward := ways(t, document.Korrespondance)
	hub, err := forward(string(got))
	if err != nil {
		t.Fatal(err)
	}
	back, err := backward(string(hub.Output))
	if err != nil {
		t.Fatal(err)
	}
	var again map[string]any
	if err := json.Unmarshal(back.Output, &again); err != nil {
		t.Fatal(err)
	}
	before, _ := json.Marshal(received["beskeder"])
	after, _ := json.Marshal(again["beskeder"].([]any)[:2])
	if string(before) != string(after) {
		t.Errorf("what came before is changed:\n got %s\nwant %s", after, before)
	}
	if parts := again["dele"].([]any); len(parts) != 1 || slices.Contains(received["dele"].([]any), parts[0]) {
		t.Errorf("the reply adds %v, want its own text alone", parts)
	}
}

// The segments stand in the hub in the order of the thread.
func TestOrderOfSegments(t *testing.T) {
	forward, _ := ways(t, document.Korrespondance)
	text := func(s string) string { return `{"tekst":"` + s + `"}` }
	file := func(s, at string) string { return `{"titel":"` + s + `","adresse":"x"` + at + `}` }
	hub, err := forward(`{"dokument":"korrespondance","version":"1.0","haendelse":"ny","borger":{"cpr":"2509479989"},` +
		`"beskeder":[` + text("B") + `,` + text("D") + `,` + text("F") + `],` +
		`"bilag":[` + file("A", `,"efterBesked":0`) + `,` + file("C", `,"efterBesked":1`) + `,` + file("E", `,"efterBesked":2`) + `,` + file("G", "") + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	for _, s := range members(t, hub.Output, "payload")[0].([]any) {
		s := s.(map[string]any)
		if a, ok := s["contentAttachment"].(map[string]any); ok {
			got += a["title"].(string)
		} else {
			got += s["contentString"].(string)
		}
	}
	if got != "ABCDEFG" {
		t.Errorf("got %s", got)
	}
}

// A correspondence is a message where its parties can be reached and its time is
// known, and the header stands first; else it is none, and says the same.
func TestMessageOrNot(t *testing.T) {
	forward, backward := ways(t, document.Korrespondance)
	text := example(t, document.Korrespondance)
	tests := []struct {
		name, old, new string
		message        bool
	}{
		{"whole", "", "", true},
		{"a copy", `"modtager":`, `"kopimodtagere":[{"sor":"999000016001"}],"modtager":`, true},
		{"a copy without a number", `"modtager":`, `"kopimodtagere":[{"navn":"X"}],"modtager":`, false},
		{"without a time", `,"tidspunkt":"2026-11-20T09:10:00+01:00","version"`, `,"version"`, false},
		{"a receiver without a number", `"organisation":{"gln":"5790000000012","navn":"Psykiatrisk Center Test","sor":"333211000016005"},"team"`, `"organisation":{"navn":"Psykiatrisk Center Test"},"team"`, false},
		{"an id that is no UUID", `"meddelelse":"5b0e3f70-2c41-4a0e-8f1e-1f0f7c3f9a02"`, `"meddelelse":"M-1.2"`, true},
	}
	for _, tt := range tests {
		if !strings.Contains(text, tt.old) {
			t.Errorf("%s: the example has no %s", tt.name, tt.old)
			continue
		}
		changed := strings.Replace(text, tt.old, tt.new, 1)
		hub, err := forward(changed)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		head, kind := `"entry":[{"fullUrl":"urn:uuid:`, `"type":"collection"`
		if tt.message {
			kind = `"type":"message"`
		}
		first := strings.Contains(string(hub.Output[strings.Index(string(hub.Output), head):][:200]), `"resourceType":"MessageHeader"`)
		if first != tt.message || !strings.Contains(string(hub.Output), kind) {
			t.Errorf("%s: message %v, want %v", tt.name, first, tt.message)
		}
		if why := lost(forward, backward, changed); why != "" {
			t.Errorf("%s: %s", tt.name, why)
		}
	}
}

// A correspondence that is marked private is refused, and nothing of it is told.
func TestPrivateCorrespondence(t *testing.T) {
	_, backward := ways(t, document.Korrespondance)
	_, err := backward(fixture(t, "fhir-to-plain/privatmarkeret/input.json"))
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.BusinessRule || !strings.Contains(e.Message, "marked private") {
		t.Errorf("got %v", err)
	}
}

// Both orders of a letter's reference are read, and an id in each of its forms.
func TestAnswered(t *testing.T) {
	tests := []struct{ what, want string }{
		{`{"reference":"MessageHeader/a-1"}`, "a-1"},
		{`{"reference":"https://example.org/fhir/MessageHeader/a-1"}`, "a-1"},
		{`{"reference":"urn:uuid:b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33"}`, "b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33"},
		{`{"identifier":{"value":"B300720181623#5790000000012"}}`, "B300720181623#5790000000012"},
		{`{"identifier":{"value":"5790000000012#B300720181623"}}`, "B300720181623#5790000000012"},
		{`{"identifier":{"value":"5790000000012#5790000000005"}}`, "5790000000012#5790000000005"},
		{`{"identifier":{"value":"urn:uuid:b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33"}}`, "b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33"},
		{`{"display":"brevet"}`, ""},
	}
	for _, tt := range tests {
		d, err := tree.Parse(tt.what, limits)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := answered(d, d.Root()); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}

// Every published message is read with every text of it, and with every leaf
// accounted for by a rule.
func TestPublishedMessages(t *testing.T) {
	_, backward := ways(t, document.Korrespondance)
	for name, text := range published(t, "examples/medcom.fhir.dk.carecommunication/Bundle-*.json") {
		w, err := backward(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if said := members(t, []byte(text), "contentString"); !slices.Equal(said, members(t, w.Output, "tekst")) {
			t.Errorf("%s: the texts are not those of the message:\n%s", name, w.Output)
		}
		if left := unclaimed(w); len(left) > 0 {
			t.Errorf("%s: unclaimed %v", name, left)
		}
	}
}

func unclaimed(w *transcript.Written) (paths []string) {
	for _, l := range w.Ledger.Lines() {
		if l.Fate == ledger.Unclaimed.String() {
			paths = append(paths, l.Path)
		}
	}
	return paths
}

// Every code of MedCom's that the form has words for is known.
func TestCorrespondenceCodes(t *testing.T) {
	forward, backward := ways(t, document.Korrespondance)
	hub, err := forward(example(t, document.Korrespondance))
	if err != nil {
		t.Fatal(err)
	}
	codes := func(name string) (all []string) {
		for _, text := range published(t, "packages/medcom.fhir.dk.terminology#2.0.2/package/CodeSystem-medcom-"+name+".json") {
			var system struct{ Concept []struct{ Code string } }
			if err := json.Unmarshal([]byte(text), &system); err != nil {
				t.Fatal(err)
			}
			for _, c := range system.Concept {
				all = append(all, c.Code)
			}
		}
		return all
	}
	for _, code := range codes("careCommunication-categoryCodes") {
		back, err := backward(strings.Replace(string(hub.Output), "psychiatry-social-disability", code, 1))
		if err != nil || len(unclaimed(back)) > 0 {
			t.Errorf("the category %s has no word: %v", code, err)
		}
	}
	for _, l := range roles {
		published := codes(strings.TrimPrefix(l.system, medcomTerms))
		for _, code := range published {
			if !slices.Contains(l.codes, code) {
				t.Errorf("%s: the role %s is not known", l.system, code)
			}
		}
		for _, code := range l.codes {
			if !slices.Contains(published, code) {
				t.Errorf("%s: there is no role %s", l.system, code)
			}
		}
	}
	known := codes("messaging-activityCodes")
	for _, act := range acts {
		if !slices.Contains(known, act[1]) {
			t.Errorf("there is no activity %s", act[1])
		}
	}
}

// published reads files of the folder beside the repository.
func published(t *testing.T, pattern string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range shared.Files(t, "official", filepath.FromSlash(pattern)) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = string(text)
	}
	return all
}

// What cannot be read as one correspondence about one citizen is refused, and what a
// Communication says besides its segments is told.
func TestUnsoundCorrespondences(t *testing.T) {
	forward, backward := ways(t, document.Korrespondance)
	written, err := forward(example(t, document.Korrespondance))
	if err != nil {
		t.Fatal(err)
	}
	hub := string(written.Output)
	second := `"entry":[{"fullUrl":"urn:uuid:c2","resource":{"resourceType":"Communication","id":"c2","payload":[{"contentString":"x"}]}},`
	for name, c := range map[string]struct{ old, new, fault string }{
		"a second Communication": {`"entry":[`, second, "a second Communication"},
		"a second citizen":       {`"entry":[`, `"entry":[{"resource":{"resourceType":"Patient","id":"p2"}},`, "a second citizen"},
		"about nobody":           {`"subject":`, `"about":`, "expected it"},
		"entered in error":       {`"status":"unknown"`, `"status":"entered-in-error"`, "entered in error"},
		"a modifier":             {`"resourceType":"Provenance",`, `"resourceType":"Provenance","modifierExtension":[{"url":"x"}],`, "is not known here"},
		"texts for a text":       {`"contentString":"Hvordan sover Bruno efter ændringen?"`, `"contentString":["Hvordan?"]`, "expected a text"},
		"two acts":               {`"activity":{"coding":[`, `"activity":{"coding":[{"code":"retract-message"},`, "a second act"},
		"a note":                 {`"payload":`, `"note":[{"text":"x"}],"payload":`, ""},
	} {
		if !strings.Contains(hub, c.old) {
			t.Errorf("%s: the hub has no %s", name, c.old)
			continue
		}
		back, err := backward(strings.Replace(hub, c.old, c.new, 1))
		switch {
		case c.fault == "":
			if err != nil || !slices.ContainsFunc(back.Ledger.Notices, func(n ledger.Notice) bool { return strings.HasSuffix(n.Path, ".note") }) {
				t.Errorf("%s: %v", name, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.fault):
			t.Errorf("%s: %v", name, err)
		}
	}
	var whole map[string]any
	if err := json.Unmarshal(written.Output, &whole); err != nil {
		t.Fatal(err)
	}
	entries := whole["entry"].([]any)
	own := entries[len(entries)-1].(map[string]any)["resource"] // the act of this message
	copied := maps.Clone(own.(map[string]any))
	copied["id"] = "q"
	whole["entry"] = append(entries, map[string]any{"fullUrl": "urn:uuid:q", "resource": copied})
	twice, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backward(string(twice)); err == nil || !strings.Contains(err.Error(), "a second Provenance") {
		t.Errorf("two Provenances of this message: %v", err)
	}
}
