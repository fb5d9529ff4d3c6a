package medcom

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/message"
	"tolk/mapping/residue"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

func fromCare(t *testing.T, kind, text string) (*transcript.Written, error) {
	t.Helper()
	for _, s := range CareSteps() {
		if s.Document == kind && s.From == CareCommunication {
			return s.Run(document.Source{Doc: parse(t, text), Bytes: text}, document.Request{Document: kind})
		}
	}
	t.Fatalf("no step for %q", kind)
	return nil, nil
}

// Every published example is read in a message and comes out of the hub as it went
// in. One that stands alone gets a frame: a header, and what it refers to.
func TestPublishedCareCommunications(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(examples(t), "*.json"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := parse(t, string(text))
		texts[filepath.Base(file)] = string(d.Append(nil, d.Root()))
	}
	for name, text := range texts {
		if !strings.HasPrefix(name, "Bundle-") {
			text = framed(t, text)
		}
		w, err := fromCare(t, document.Korrespondance, text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(w.Output) != text || w.Ledger.Counts["carried"] != w.Ledger.Counts["leaves"] {
			t.Errorf("%s: it comes out otherwise, or a leaf is not carried: %v", name, w.Ledger.Counts)
		}
		again, err := toCare(t, text, document.Request{Document: document.Korrespondance})
		if strings.HasPrefix(name, "Bundle-") && (err != nil || string(again.Output) != text) {
			t.Errorf("%s: it is not sent on as it stands: %v", name, err)
		}
	}
}

// examples is the folder of MedCom's examples.
func examples(t *testing.T) string {
	t.Helper()
	return shared.Path(t, "official", "examples", "medcom.fhir.dk.carecommunication")
}

// framed is a message around one resource, with a resource for everything that is
// referred to.
func framed(t *testing.T, text string) string {
	t.Helper()
	d := parse(t, text)
	kind := d.Text(d.Child(d.Root(), "resourceType"))
	focus, citizen := "c", "citizen" // or those that are there
	switch own := d.Text(d.Child(d.Root(), "id")); kind {
	case "Communication":
		focus = own
	case "Patient":
		citizen = own
	default:
		for n := d.Root(); n < d.End(d.Root()); n++ {
			if id, is := strings.CutPrefix(d.Text(n), "Patient/"); is && d.Key(n) == "reference" {
				citizen = id
			}
		}
	}
	header := `{"resourceType":"MessageHeader","id":"h","eventCoding":{"system":"` + medcomCodes + `medcom-messaging-eventCodes","code":"care-communication-message"},` +
		`"destination":[{"extension":[{"url":"` + useExtension + `","valueCoding":{"system":"` + medcomCodes + `medcom-messaging-destinationUse","code":"primary"}}],"endpoint":"https://x","receiver":{"reference":"Organization/r"}}],` +
		`"sender":{"reference":"Organization/s"},"source":{"endpoint":"https://x"},"focus":[{"reference":"Communication/` + focus + `"}],"definition":"` + careDefinition + `"}`
	if kind == "MessageHeader" {
		header, text = text, ""
	}
	id := parse(t, header)
	entries := []string{header, `{"resourceType":"Provenance","id":"p","target":[{"reference":"MessageHeader/` + id.Text(id.Child(0, "id")) + `"}],"occurredDateTime":"2024-05-01T12:00:00+02:00","recorded":"2024-05-01T12:00:00+02:00",` +
		`"activity":{"coding":[{"system":"` + medcomCodes + `medcom-messaging-activityCodes","code":"new-message"}]},"agent":[{"who":{"reference":"Organization/s"}}],"entity":[{"role":"source","what":{"identifier":{"value":"urn:uuid:24d01288-ad36-4af2-96a8-fd1432dadee1"}}}]}`}
	if text != "" {
		entries = append(entries, text)
	}
	there := map[string]bool{}
	for i := 0; i < len(entries); i++ {
		e := parse(t, entries[i])
		there[e.Text(e.Child(0, "resourceType"))+"/"+e.Text(e.Child(0, "id"))] = true
		for n := e.Root(); n < e.End(e.Root()); n++ {
			to := e.Text(n)
			of, name, ok := strings.Cut(to, "/")
			if e.Key(n) != "reference" || !ok || of == "MessageHeader" || there[to] {
				continue
			}
			there[to] = true
			members := ""
			if of == "Organization" {
				members = `,"identifier":[{"system":"` + sorSystem + `","value":"938061000016005"},{"system":"` + glnSystem + `","value":"5790001382445"}]`
			}
			if of == "Communication" {
				members = `,"subject":{"reference":"Patient/` + citizen + `"},"payload":[{"contentString":"x"}]`
			}
			if to != kind+"/"+d.Text(d.Child(d.Root(), "id")) {
				entries = append(entries, `{"resourceType":"`+of+`","id":"`+name+`"`+members+`}`)
			}
		}
	}
	for i := range entries {
		e := parse(t, entries[i])
		entries[i] = `{"fullUrl":"https://example.org/` + e.Text(e.Child(0, "resourceType")) + "/" + e.Text(e.Child(0, "id")) + `","resource":` + entries[i] + `}`
	}
	return `{"resourceType":"Bundle","id":"b","type":"message","timestamp":"2024-05-01T12:00:00+02:00","entry":[` + strings.Join(entries, ",") + `]}`
}

// What a message carries comes out of it to the byte; the account says of every
// leaf of it that it stood in the one leaf of the message, and the residue gives
// the message back.
func TestCareGivesTheDocumentBack(t *testing.T) {
	for _, c := range careCases(t) {
		if careRefused(c) {
			continue
		}
		sent, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Fatal(err)
		}
		text := string(sent.Output)
		w, err := fromCare(t, c.Request.Document, text)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		doc := parse(t, c.Input)
		if string(w.Output) != string(doc.Append(nil, doc.Root())) {
			t.Errorf("%s: another document comes out", c.Name)
		}
		if w.Ledger.Counts["converted"] != 1 || w.Ledger.Counts["residue"] != w.Ledger.Counts["leaves"]-1 {
			t.Errorf("%s: counts %v, want the one leaf converted and all others in the residue", c.Name, w.Ledger.Counts)
		}
		back, _, err := residue.Restore(string(w.Output), string(residue.Write(parse(t, text), text, w.Ledger, w.Raws())), document.FHIR, CareCommunication, tree.Limits{})
		if err != nil || string(back) != text {
			t.Errorf("%s: the residue gives another message: %v", c.Name, err)
		}
	}
}

// A document that was taken back is not read: by the message that brings it, or by a
// later one of its thread. Another that came since is.
func TestCareTakenBack(t *testing.T) {
	const list = `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","code":{"coding":[{"code":"10160-0"}]}}}]}`
	binary := func(id, body string) string {
		return `,{"fullUrl":"urn:uuid:` + id + `","resource":{"resourceType":"Binary","contentType":"application/fhir+json","data":"` + base64.StdEncoding.EncodeToString([]byte(body)) + `"}}`
	}
	payload := func(id string) string {
		return `{"extension":[{"url":"x","valueIdentifier":{"value":"s` + id + `"}}],"contentReference":{"reference":"urn:uuid:` + id + `"}}`
	}
	act := func(message, code, answers, segment string) string {
		return `,{"resource":{"resourceType":"Provenance","target":[{"reference":"MessageHeader/` + message + `"}],"activity":{"coding":[{"code":"` + code + `"}]},` +
			`"entity":[{"role":"source","what":{"identifier":{"value":"` + segment + `"}}},{"role":"revision","what":{"reference":"MessageHeader/` + answers + `"}}]}}`
	}
	whole := func(payloads, rest string) string {
		return `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Communication","category":[{"coding":[{"system":"` +
			categoryCodes + `","code":"medicine"}]}],"payload":[` + payloads + `]}}` + rest + `]}`
	}
	corrected := strings.Replace(list, `"List"`, `"List","id":"corrected"`, 1)
	one, both := binary("1", list), binary("1", list)+binary("2", corrected)
	for name, c := range map[string]struct{ text, want, notice string }{
		"new":                     {whole(payload("1"), one+act("a", "new-message", "", "s1")), list, ""},
		"by its own message":      {whole(payload("1"), one+act("a", "retract-message", "0", "s1")), "", ""},
		"by a later one":          {whole(payload("1"), one+act("a", "new-message", "", "s1")+act("b", "retract-message", "a", "t")+act("c", "reply-message", "b", "u")), "", ""},
		"another was taken back":  {whole(payload("1"), one+act("a", "new-message", "", "s1")+act("b", "retract-message", "z", "t")+act("c", "reply-message", "b", "u")), list, ""},
		"and another came":        {whole(payload("1")+","+payload("2"), both+act("a", "new-message", "", "s1")+act("b", "retract-message", "a", "t")+act("c", "new-message", "", "s2")), corrected, ""},
		"it corrects another":     {whole(payload("1"), one+act("a", "modified-message", "z", "s1")), list, "replaces what came with MessageHeader/z"},
		"an earlier one corrects": {whole(payload("1"), one+act("a", "modified-message", "z", "s1")+act("b", "reply-message", "a", "t")), list, ""},
	} {
		w, err := fromCare(t, document.Medicinliste, c.text)
		if c.want == "" {
			if err == nil || !strings.Contains(err.Error(), "taken back") {
				t.Errorf("%s: it is read: %v", name, err)
			}
			continue
		}
		if err != nil || string(w.Output) != c.want {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.notice != "" && !said(w.Ledger, c.notice) || c.notice == "" && said(w.Ledger, "replaces") {
			t.Errorf("%s: notices %v", name, w.Ledger.Notices)
		}
	}
}

// A document that holds empty containers comes out with them.
func TestCareGivesEmptyContainersBack(t *testing.T) {
	const inner = `{"resourceType":"Bundle","x":{},"y":[],"entry":[{"resource":{"resourceType":"List","code":{"coding":[{"code":"10160-0"}]},"note":[{},[]]}}]}`
	text := careCarrying(inner)
	w, err := fromCare(t, document.Medicinliste, text)
	if err != nil || string(w.Output) != inner {
		t.Errorf("got %s, %v", w.Output, err)
	}
}

// careCarrying is a CareCommunication, no message, that carries texts as documents.
func careCarrying(inner ...string) string {
	text := `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Communication","category":[{"coding":[{"system":"` + categoryCodes + `","code":"medicine"}]}]}}`
	for _, i := range inner {
		text += `,{"resource":{"resourceType":"Binary","contentType":"application/fhir+json; charset=utf-8","data":"` + base64.StdEncoding.EncodeToString([]byte(i)) + `"}}`
	}
	return text + `]}`
}

func TestCareAttachedRefused(t *testing.T) {
	const list = `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","code":{"coding":[{"code":"10160-0"}]}}}]}`
	whole := careCarrying(list)
	tests := map[string]struct {
		text, path string
		kind       mapping.Kind
	}{
		"no base64":        {strings.Replace(whole, `"data":"`, `"data":"#`, 1), "Bundle.entry[1].resource.data", mapping.Value},
		"cut short":        {whole[:len(whole)-len(`"}}]}`)-1] + `"}}]}`, "Bundle.entry[1].resource.data", mapping.Value},
		"no JSON":          {careCarrying("{"), "Bundle.entry[1].resource.data", mapping.Structure},
		"nothing in it":    {strings.Replace(whole, `"data"`, `"unknown"`, 1), "Bundle.entry[1].resource.data", mapping.Required},
		"another document": {careCarrying(`{"resourceType":"Bundle","entry":[]}`, `7`), "Bundle.entry", mapping.NotFound},
		"no document":      {careCarrying(), "Bundle.entry", mapping.NotFound},
		"two of them":      {careCarrying(list, list), "Bundle.entry[2].resource.data", mapping.Invalid},
		"no letter":        {`{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"List"}}]}`, "Bundle", mapping.Invalid},
	}
	for name, tt := range tests {
		_, err := fromCare(t, document.Medicinliste, tt.text)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != tt.kind || e.Path != tt.path {
			t.Errorf("%s: got %v, want %s at %s", name, err, tt.kind, tt.path)
		}
	}
	if _, err := fromCare(t, document.Medicinliste, careCarrying(list, "{}")); err != nil {
		t.Errorf("a list and something else: %v", err)
	}
}

// An envelope that is not sound stops every way out of a message, and each fault
// has its place.
func TestCareEnvelope(t *testing.T) {
	sound := func() string {
		c := threadCases(t)["svar"]
		w, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Fatal(err)
		}
		return string(w.Output)
	}()
	tests := map[string]struct{ old, new, path string }{
		"no focus":              {`"focus":[`, `"unknown":[`, "Bundle.entry[0].resource.focus"},
		"addressed to nobody":   {`"destination":[`, `"unknown":[`, "Bundle.entry[0].resource.destination"},
		"no sender":             {`"sender":{`, `"unknown":{`, "Bundle.entry[0].resource.sender"},
		"a receiver who is not": {`"receiver":{"reference":"urn:uuid:10000000-0000-4000-8000-000000000006"}`, `"receiver":{"reference":"urn:uuid:10000000-0000-4000-8000-000000000077"}`, "Bundle.entry[0].resource.destination[0].receiver.reference"},
		"no time":               {`"timestamp":`, `"unknown":`, "Bundle.timestamp"},
		"another event":         {`"code":"care-communication-message"`, `"code":"homecareobservation-message"`, "Bundle.entry[0].resource"},
	}
	for name, tt := range tests {
		text := strings.Replace(sound, tt.old, tt.new, 1)
		for _, kind := range []string{document.Korrespondance, document.Medicinliste} {
			_, err := fromCare(t, kind, text)
			var e *mapping.Error
			if !errors.As(err, &e) || !strings.HasPrefix(e.Path, tt.path) {
				t.Errorf("%s as %s: got %v, want it at %s", name, kind, err, tt.path)
			}
		}
		if name == "another event" {
			continue // FHIR, and no CareCommunication: what is asked for is written anew
		}
		var faults message.Faults
		if _, err := toCare(t, text, document.Request{Document: document.Korrespondance}); !errors.As(err, &faults) {
			t.Errorf("%s: sent on, %v", name, err)
		}
	}
}

// A CareCommunication is recognised as a correspondence, whatever it carries, and
// other documents are not.
func TestCareRecogniser(t *testing.T) {
	r := CareRecogniser()
	for _, c := range careCases(t) {
		if careRefused(c) {
			continue
		}
		w, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Recognise(parse(t, string(w.Output))); got != document.Korrespondance {
			t.Errorf("%s: recognised as %q", c.Name, got)
		}
		if got := r.Recognise(parse(t, c.Input)); got != "" {
			t.Errorf("%s: the document of the hub is recognised as %q", c.Name, got)
		}
	}
}
