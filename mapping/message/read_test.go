package message

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// sound is a message without a fault: a reply to an earlier message.
func sound(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "care.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parse(t testing.TB, text string) *tree.Doc {
	t.Helper()
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatalf("%v in %.120s", err, text)
	}
	return doc
}

// with replaces the first occurrence of each old text by the new one.
func with(t testing.TB, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in the message", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func TestRead(t *testing.T) {
	doc := parse(t, sound(t))
	m, err := Read(doc)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Told) != 0 {
		t.Errorf("told %v", m.Told)
	}
	sender := Party{"Bostedet Solsiden", "953741000016009", "5790001348120", "https://sor2.sum.dsdn.dk/#id=953741000016009"}
	receiver := Party{`Psykiatrisk klinik & "ambulatorium"`, "265161000016000", "5790000209354", "https://sor2.sum.dsdn.dk/#id=265161000016000"}
	if m.Sender != sender || len(m.Receivers) != 1 || m.Receivers[0] != receiver {
		t.Errorf("parties %+v %+v", m.Sender, m.Receivers)
	}
	if m.Bundle != "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0001" || m.Header != "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0002" ||
		m.Event != CareCommunication || m.Sent != "2026-11-20T10:05:00+01:00" || !strings.HasSuffix(m.Definition, "|5.0") || m.Response != nil {
		t.Errorf("%+v", m)
	}
	if got := doc.Text(doc.Child(m.Focus, "resourceType")); got != "Communication" {
		t.Errorf("focus on %s", got)
	}
	want := Act{"reply-message", "2026-11-20T10:05:00+01:00", "2026-11-20T10:05:00+01:00", Reference{Header: "11111111-6a0e-4d2a-9a53-3d1f5e2c0001"}}
	if m.Act == nil || *m.Act != want {
		t.Errorf("act %+v", m.Act)
	}
}

const (
	one   = "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0"
	h     = "Bundle.entry[0].resource"
	cc    = `{"extension": [{"url": "` + useExtension + `", "valueCoding": {"system": "` + destinationUse + `", "code": "cc"}}], "endpoint": "https://sor2.sum.dsdn.dk/#id=953741000016009", "receiver": {"reference": "Organization/` + one + `004"}}`
	agent = `"agent": [{"who": {"reference": "urn:uuid:` + one + `005"}}]`
)

// faults is what may be wrong with a message: how to make it so, and what is
// said of it.
var faults = []struct {
	name  string
	pairs []string
	told  bool // it stops nothing
	path  string
	kind  mapping.Kind
	code  string
}{
	{"no id", []string{`"id": "` + one + `001",`, ``}, false, "Bundle.id", mapping.Required, ""},
	{"an id that is none", []string{`"id": "` + one + `001",`, `"id": "a b",`}, false, "Bundle.id", mapping.Value, datatypeWrong},
	{"no timestamp", []string{`"timestamp": "2026-11-20T10:05:00+01:00",`, ``}, false, "Bundle.timestamp", mapping.Required, ""},
	{"a timestamp without a zone", []string{`"2026-11-20T10:05:00+01:00"`, `"2026-11-20T10:05:00"`}, false, "Bundle.timestamp", mapping.Value, datatypeWrong},
	{"a timestamp that is a number", []string{`"2026-11-20T10:05:00+01:00"`, `20261120`}, false, "Bundle.timestamp", mapping.Value, datatypeWrong},
	{"header not first", []string{`"entry": [`, `"entry": [{"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Binary", "id": "b", "data": "VGFr"}},`}, false, "Bundle.entry[1].resource", mapping.Invalid, ""},
	{"no header", []string{`"resourceType": "MessageHeader"`, `"resourceType": "Basic"`}, false, "Bundle.entry", mapping.Required, ""},
	{"a second header", []string{`"resourceType": "Binary",`, `"resourceType": "MessageHeader",`, `"reference": "Binary/`, `"reference": "MessageHeader/`}, true, "Bundle.entry[5].resource", mapping.Invalid, ""},
	{"an entry without a resource", []string{`"entry": [`, `"entry": [{"fullUrl": "urn:uuid:1"},`}, false, "Bundle.entry[0].resource", mapping.Required, ""},
	{"an entry without fullUrl", []string{`"fullUrl": "urn:uuid:` + one + `007",`, ``}, true, "Bundle.entry[5].fullUrl", mapping.Required, ""},
	{"two fullUrls alike", []string{`"fullUrl": "urn:uuid:` + one + `007"`, `"fullUrl": "urn:uuid:` + one + `006"`}, false, "Bundle.entry[5].fullUrl", mapping.Invalid, ""},
	{"two ids alike", []string{`"id": "` + one + `005"`, `"id": "` + one + `004"`}, false, "Bundle.entry[3].resource.id", mapping.Invalid, ""},
	{"one id for two types", []string{`"id": "` + one + `005"`, `"id": "x"`, `"id": "` + one + `009"`, `"id": "x"`}, true, "Bundle.entry[7].resource.id", mapping.Invalid, ""},
	{"no header id", []string{`"id": "` + one + `002",`, ``}, false, h + ".id", mapping.Required, ""},
	{"no event", []string{`"eventCoding": {`, `"eventUri": {`}, false, h + ".eventCoding", mapping.Required, ""},
	{"an event of another system", []string{eventCodes, "http://example.org"}, false, h + ".eventCoding.system", mapping.CodeInvalid, notInCodeSystem},
	{"an unknown event", []string{`"care-communication-message"`, `"birthday-message"`}, false, h + ".eventCoding.code", mapping.CodeInvalid, notInCodeSystem},
	{"no destination", []string{`"destination": [`, `"note": [`}, false, h + ".destination", mapping.Required, receiverMissing},
	{"a destination for nothing", []string{useExtension, "http://example.org"}, false, h + ".destination[0].extension", mapping.Required, ""},
	{"a destination for something else", []string{`"code": "primary"`, `"code": "bcc"`}, false, h + ".destination[0].extension[0].valueCoding.code", mapping.CodeInvalid, notInValueSet},
	{"a use of another system", []string{`"system": "` + destinationUse + `"`, `"system": "http://example.org"`}, false, h + ".destination[0].extension[0].valueCoding.system", mapping.CodeInvalid, notInCodeSystem},
	{"copies only", []string{`"code": "primary"`, `"code": "cc"`}, false, h + ".destination", mapping.Required, receiverMissing},
	{"two primaries", []string{`"destination": [`, `"destination": [` + strings.Replace(cc, `"cc"`, `"primary"`, 1) + `,`}, false, h + ".destination[1]", mapping.Invalid, ""},
	{"a copy", []string{`"destination": [`, `"destination": [` + cc + `,`}, true, h + ".destination", mapping.Invalid, ""},
	{"addressed to nobody", []string{`"receiver": {"reference": "urn:uuid:` + one + `005"}`, `"receiver": {"display": "nogen"}`}, false, h + ".destination[0].receiver.reference", mapping.Required, receiverUnknown},
	{"addressed nowhere", []string{`"receiver": {"reference": "urn:uuid:` + one + `005"}`, `"receiver": {"reference": "urn:uuid:none"}`}, false, h + ".destination[0].receiver.reference", mapping.NotFound, receiverUnknown},
	{"addressed to a citizen", []string{`"receiver": {"reference": "urn:uuid:` + one + `005"}`, `"receiver": {"reference": "Patient/` + one + `006"}`}, false, h + ".destination[0].receiver.reference", mapping.Invalid, ""},
	{"no receiver", []string{`"receiver": {"reference": "urn:uuid:` + one + `005"}`, `"name": "nogen"`}, false, h + ".destination[0].receiver", mapping.Required, receiverMissing},
	{"no endpoint", []string{`"endpoint": "https://sor2.sum.dsdn.dk/#id=265161000016000",`, ``}, false, h + ".destination[0].endpoint", mapping.Required, ""},
	{"a blank endpoint", []string{`"endpoint": "https://sor2.sum.dsdn.dk/#id=265161000016000"`, `"endpoint": " "`}, false, h + ".destination[0].endpoint", mapping.Value, datatypeWrong},
	{"receiver without GLN", []string{`{"system": "http://www.gs1.org/gln", "value": "5790000209354"},`, ``}, false, "Bundle.entry[3].resource.identifier", mapping.Required, receiverMissing},
	{"receiver with a wrong GLN", []string{`5790000209354`, `5790000209355`}, false, "Bundle.entry[3].resource.identifier[0].value", mapping.Value, receiverUnknown},
	{"receiver with a wrong SOR", []string{`"value": "265161000016000"`, `"value": "26516"`}, false, "Bundle.entry[3].resource.identifier[1].value", mapping.Value, receiverUnknown},
	{"sender is a text", []string{`"sender": {"reference": "Organization/` + one + `004"}`, `"sender": "Bostedet"`}, false, h + ".sender", mapping.Value, datatypeWrong},
	{"no sender", []string{`"sender": {`, `"author": {`}, false, h + ".sender", mapping.Required, ""},
	{"sender outside", []string{`"sender": {"reference": "Organization/` + one + `004"}`, `"sender": {"reference": "https://example.org/Organization/1"}`}, false, h + ".sender.reference", mapping.NotFound, ""},
	{"sender without SOR", []string{`"system": "urn:oid:1.2.208.176.1.1", "value": "953741000016009"`, `"system": "http://cvr.dk", "value": "29190623"`}, false, "Bundle.entry[2].resource.identifier", mapping.Required, ""},
	{"no source", []string{`"source": {"endpoint": "https://sor2.sum.dsdn.dk/#id=953741000016009"},`, ``}, false, h + ".source", mapping.Required, ""},
	{"no focus", []string{`"focus": [{"reference": "Communication/` + one + `003"}],`, ``}, false, h + ".focus", mapping.Required, ""},
	{"focus nowhere", []string{`"focus": [{"reference": "Communication/` + one + `003"}],`, `"focus": [{"reference": "Communication/x"}],`}, false, h + ".focus[0].reference", mapping.NotFound, ""},
	{"focus on a citizen", []string{`"focus": [{"reference": "Communication/` + one + `003"}],`, `"focus": [{"reference": "Patient/` + one + `006"}],`}, false, h + ".focus[0].reference", mapping.Invalid, ""},
	{"two focuses", []string{`"focus": [`, `"focus": [{"reference": "Communication/` + one + `003"},`}, false, h + ".focus[1]", mapping.Invalid, ""},
	{"no definition", []string{`"definition":`, `"implicitRules":`}, false, h + ".definition", mapping.Required, ""},
	{"another definition", []string{`MedComCareCommunicationMessageDefinition|5.0`, `Other|1.0`}, true, h + ".definition", mapping.Value, ""},
	{"a reference nowhere", []string{`"subject": {"reference": "Patient/` + one + `006"}`, `"subject": {"reference": "Patient/x"}`}, false, "Bundle.entry[1].resource.subject.reference", mapping.NotFound, ""},
	{"a urn nowhere", []string{`"subject": {"reference": "Patient/` + one + `006"}`, `"subject": {"reference": "urn:uuid:x"}`}, false, "Bundle.entry[1].resource.subject.reference", mapping.NotFound, ""},
	{"a contained one that is not", []string{`"subject": {"reference": "Patient/` + one + `006"}`, `"subject": {"reference": "#p"}`}, false, "Bundle.entry[1].resource.subject.reference", mapping.NotFound, ""},
	{"base64 that is not", []string{`VGFr`, `VGF!`}, false, "Bundle.entry[5].resource.data", mapping.Value, datatypeWrong},
	{"base64 cut short", []string{`JVBERi0xLjQK`, `JVBERi0xLjQ`}, false, "Bundle.entry[1].resource.payload[1].contentAttachment.data", mapping.Value, datatypeWrong},
	{"no provenance of this message", []string{`"target": [{"reference": "urn:uuid:` + one + `002"}]`, `"target": [{"reference": "MessageHeader/2"}]`}, false, "Bundle.entry", mapping.Required, ""},
	{"a provenance of nothing", []string{`"target": [{"reference": "MessageHeader/11111111-6a0e-4d2a-9a53-3d1f5e2c0001"}],`, ``}, false, "Bundle.entry[6].resource.target", mapping.Required, ""},
	{"a provenance of two", []string{`"target": [{`, `"target": [{"reference": "MessageHeader/1"},{`}, false, "Bundle.entry[6].resource.target[1]", mapping.Invalid, ""},
	{"two provenances of this", []string{`"reference": "MessageHeader/11111111-6a0e-4d2a-9a53-3d1f5e2c0001"`, `"reference": "MessageHeader/` + one + `002"`}, false, "Bundle.entry[7].resource", mapping.Invalid, ""},
	{"no occurred", []string{`"occurredDateTime"`, `"occurredPeriod"`}, false, "Bundle.entry[6].resource.occurredDateTime", mapping.Required, ""},
	{"a wrong occurred", []string{`"occurredDateTime": "2026-11-19`, `"occurredDateTime": "2026-02-31`}, false, "Bundle.entry[6].resource.occurredDateTime", mapping.Value, datatypeWrong},
	{"recorded is a day", []string{`"recorded": "2026-11-19T09:00:00+01:00"`, `"recorded": "2026-11-19"`}, false, "Bundle.entry[6].resource.recorded", mapping.Value, datatypeWrong},
	{"no activity", []string{`"activity"`, `"policy"`}, false, "Bundle.entry[6].resource.activity", mapping.Required, ""},
	{"no coding", []string{`"activity": {"coding"`, `"activity": {"text"`}, false, "Bundle.entry[6].resource.activity.coding", mapping.Required, ""},
	{"an unknown activity", []string{`"code": "new-message"`, `"code": "lost-message"`}, false, "Bundle.entry[6].resource.activity.coding[0].code", mapping.CodeInvalid, notInValueSet},
	{"no agent", []string{agent, `"reason": []`}, false, "Bundle.entry[6].resource.agent", mapping.Required, ""},
	{"an agent who is nobody", []string{agent, `"agent": [{"type": {}}]`}, false, "Bundle.entry[6].resource.agent[0].who", mapping.Required, ""},
	{"an agent nowhere", []string{agent, `"agent": [{"who": {"reference": "Organization/x"}}]`}, false, "Bundle.entry[6].resource.agent[0].who.reference", mapping.NotFound, ""},
	{"no role", []string{`"role": "revision", `, ``}, false, "Bundle.entry[7].resource.entity[1].role", mapping.Required, ""},
	{"answers nothing", []string{`"role": "revision", "what": {"reference": "MessageHeader/11111111-6a0e-4d2a-9a53-3d1f5e2c0001"}`, `"role": "revision", "what": {"display": "den forrige"}`}, false, "Bundle.entry[7].resource.entity[1].what", mapping.Required, ""},
	{"an id that is the fullUrl of another", []string{`"id": "` + one + `009"`, `"id": "` + one + `004"`}, false, "Bundle.entry[7].resource.id", mapping.Invalid, ""},
	{"an id that ends the address of another", []string{`"fullUrl": "urn:uuid:` + one + `009"`, `"fullUrl": "https://example.org/Organization/` + one + `004"`}, false, "Bundle.entry[2].resource.id", mapping.Invalid, ""},
	{"a type that is a text", []string{`"resourceType": "Binary"`, `"resourceType": "Bruno 2509479989"`, `"entry": [`, `"entry": [{"resource": {"resourceType": "Bruno 2509479989", "id": "` + one + `007"}},`}, false, "Bundle.entry[6].resource.id", mapping.Invalid, ""},
	{"an act of another system", []string{activityCodes, "http://example.org"}, false, "Bundle.entry[6].resource.activity.coding[0].system", mapping.CodeInvalid, notInCodeSystem},
	{"an act that begins as one", []string{`"new-message"`, `"admit-Bruno 2509479989"`}, false, "Bundle.entry[6].resource.activity.coding[0].code", mapping.CodeInvalid, notInValueSet},
	{"two acts", []string{`"activity": {"coding": [`, `"activity": {"coding": [{"system": "` + activityCodes + `", "code": "retract-message"},`}, false, "Bundle.entry[6].resource.activity.coding[1]", mapping.Invalid, ""},
	{"a response of what is no acknowledgement", []string{`"sender": {`, `"response": {"identifier": "1", "code": "ok"}, "sender": {`}, false, h + ".response", mapping.Invalid, ""},
	{"a second Communication", []string{`"resourceType": "Binary"`, `"resourceType": "Communication"`, `"reference": "Binary/`, `"reference": "Communication/`}, false, "Bundle.entry[5].resource", mapping.Invalid, ""},
	{"a second citizen", []string{`"resourceType": "Binary"`, `"resourceType": "Patient"`, `"reference": "Binary/`, `"reference": "Patient/`}, false, "Bundle.entry[5].resource", mapping.Invalid, ""},
	{"about nobody", []string{`"subject": {`, `"about": {`}, false, "Bundle.entry[1].resource.subject", mapping.Required, ""},
	{"about somebody elsewhere", []string{`"subject": {"reference": "Patient/` + one + `006"}`, `"subject": {"reference": "https://example.org/Patient/1"}`}, false, "Bundle.entry[1].resource.subject.reference", mapping.NotFound, ""},
	{"entered in error", []string{`"status": "unknown"`, `"status": "entered-in-error"`}, false, "Bundle.entry[1].resource.status", mapping.BusinessRule, ""},
	{"a modifier", []string{`{"contentString": "Tak`, `{"modifierExtension": [{"url": "http://example.org"}], "contentString": "Tak`}, false, "Bundle.entry[1].resource.payload[0].modifierExtension", mapping.NotSupported, typeNotTaken},
	{"no segments", []string{`"payload": [`, `"note": [`}, false, "Bundle.entry[1].resource.payload", mapping.Required, ""},
	{"a segment that stands alone", []string{`"payload": [`, `"payload": {"contentString": "x"}, "note": [`}, false, "Bundle.entry[1].resource.payload", mapping.Value, datatypeWrong},
	{"a segment that is a text", []string{`{"contentString": "Tak for listen."}`, `"Tak for listen."`}, false, "Bundle.entry[1].resource.payload[0]", mapping.Value, datatypeWrong},
	{"texts for a text", []string{`"contentString": "Tak for listen."`, `"contentString": ["Tak for listen."]`}, false, "Bundle.entry[1].resource.payload[0].contentString", mapping.Value, datatypeWrong},
	{"an object for a text", []string{`"title": "Svar"`, `"title": {"a": "Svar"}`}, false, "Bundle.entry[1].resource.payload[1].contentAttachment.title", mapping.Value, datatypeWrong},
	{"a segment that says nothing", []string{`"contentString"`, `"contentText"`}, false, "Bundle.entry[1].resource.payload[0]", mapping.Required, ""},
	{"a segment that says two things", []string{`"contentString"`, `"contentReference": {"display": "x"}, "contentString"`}, false, "Bundle.entry[1].resource.payload[0]", mapping.Invalid, ""},
	{"no narrative", []string{`"text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Klinikken</div>"},`, ``}, true, "Bundle.entry[3].resource.text.div", mapping.Required, ""},
}

func TestFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			m, err := Read(parse(t, with(t, sound(t), f.pairs...)))
			var found Faults
			if f.told {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				found = m.Told
			} else if !errors.As(err, &found) {
				t.Fatalf("error %v", err)
			}
			i := slices.IndexFunc(found, func(x Fault) bool { return x.Path == f.path })
			if i < 0 {
				t.Fatalf("%s is not among %v", f.path, found)
			}
			if x := found[i]; x.Kind != f.kind || x.Code != f.code || x.Message == "" {
				t.Errorf("got %s %q %q, want %s %q", x.Kind, x.Code, x.Message, f.kind, f.code)
			}
			if m == nil {
				t.Error("no message beside the faults")
			}
		})
	}
}

// A message keeps its citizen's number to itself, whatever is wrong with it.
func TestFaultsNameNobody(t *testing.T) {
	for _, f := range faults {
		m, err := Read(parse(t, with(t, sound(t), f.pairs...)))
		for _, text := range []string{m.Told.Error(), errorText(err)} {
			if regexp.MustCompile(`\d{10}($|\D)|Bruno|Elmer`).MatchString(text) {
				t.Errorf("%s: %s", f.name, text)
			}
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestNoMessage(t *testing.T) {
	for _, text := range []string{`{}`, `[]`, `"x"`, `{"resourceType":"Patient"}`, `{"resourceType":"Bundle","type":"collection"}`, `{"resourceType":"Bundle"}`} {
		m, err := Read(parse(t, text))
		var e *mapping.Error
		if m != nil || !errors.As(err, &e) || e.Path != "Bundle.type" {
			t.Errorf("%s: %+v, %v", text, m, err)
		}
	}
	m, err := Read(parse(t, `{"resourceType":"Bundle","type":"message","id":"1"}`))
	var found Faults
	if !errors.As(err, &found) || found[0].Code != "" || m.Bundle != "1" {
		t.Errorf("an empty message: %+v, %v", m, err)
	}
}

// Many faults are told up to a number, and a message is read all the same, in a
// time that grows with its length only.
func TestManyFaults(t *testing.T) {
	entry := `{"fullUrl":"urn:uuid:x","resource":{"resourceType":"Binary","id":"x","data":"!"}},`
	_, err := Read(parse(t, with(t, sound(t), `"entry": [`, `"entry": [`+strings.Repeat(entry, 20_000))))
	var found Faults
	if !errors.As(err, &found) || len(found) != mostFaults {
		t.Errorf("%d faults", len(found))
	}
	for _, e := range found.Unwrap() {
		var one *mapping.Error
		if !errors.As(e, &one) {
			t.Errorf("%v is no mapping.Error", e)
		}
	}
}

func TestReadLetter(t *testing.T) {
	want := Reference{Letter: "B300720181623", GLN: "5790000121526"}
	for text, want := range map[string]Reference{
		"B300720181623#5790000121526": want,
		"5790000121526#B300720181623": want,
		"5790000121526#5790000209354": {Letter: "5790000121526", GLN: "5790000209354"},
		"B300720181623":               {Letter: "B300720181623"},
		"a#b":                         {Letter: "a#b"},
	} {
		if got := ReadLetter(text); got != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
	if got := want.String(); got != "B300720181623#5790000121526" {
		t.Errorf("written %s", got)
	}
	if got := (Reference{Header: "1"}).String() + (Reference{Letter: "x"}).String() + (Reference{}).String(); got != "MessageHeader/1x" {
		t.Errorf("written %s", got)
	}
	for _, what := range []string{`{"identifier": {"value": "B300720181623#5790000121526"}}`, `{"identifier": {"value": "5790000121526#B300720181623"}}`} {
		m, err := Read(parse(t, with(t, sound(t), `"role": "revision", "what": {"reference": "MessageHeader/11111111-6a0e-4d2a-9a53-3d1f5e2c0001"}`, `"role": "revision", "what": `+what)))
		if err != nil || m.Act.Answers != want {
			t.Errorf("%s: %+v, %v", what, m.Act, err)
		}
	}
}

func TestBase64(t *testing.T) {
	for text, want := range map[string]bool{"VGFr": true, "VG Fr\n": true, "VA==": true, "VB==": false, "VA=": false, "": false, " ": false, "VGF": false, "VGF_": false} {
		if got := isBase64(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for data, bad := range map[string]bool{
		`"valueSampledData": {"dimensions": 1, "data": "2 4 8"}`:                          false,
		`"valueAttachment": {"data": "2 4 8"}`:                                            true,
		`"valueBase64Binary": "2 4 8"`:                                                    true,
		`"valueBase64Binary": "` + base64.StdEncoding.EncodeToString([]byte("æøå")) + `"`: false,
	} {
		_, err := Read(parse(t, with(t, sound(t), `"status": "unknown",`, `"extension": [{"url": "http://example.org", `+data+`}],`)))
		if (err != nil) != bad {
			t.Errorf("%s: %v", data, err)
		}
	}
}

// References that lead outside, to a version, to the resource itself and to a
// contained one are sound.
func TestReferences(t *testing.T) {
	for _, about := range []string{
		`{"reference": "https://example.org/fhir/Patient/1"}`,
		`{"reference": "Patient/` + one + `006/_history/2"}`,
		`{"identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "2509479989"}}`,
		`{"reference": "#"}`,
		`{"reference": "#p"}`,
	} {
		text := with(t, sound(t), `"status": "unknown",`, `"contained": [{"resourceType": "Patient", "id": "p"}], "status": "unknown", "about": [`+about+`],`)
		if _, err := Read(parse(t, text)); err != nil {
			t.Errorf("%s: %v", about, err)
		}
	}
	_, err := Read(parse(t, with(t, sound(t), `"reference": "Patient/`+one+`006"`, `"reference": "Patient/other/_history/2"`)))
	if err == nil {
		t.Error("a version of a resource that is not here")
	}
}

// The acts of a stay in hospital are MedCom's too.
func TestActs(t *testing.T) {
	for _, act := range []string{"admit-inpatient", "cancel-end-leave-inpatient", "discharge-emergency-home", "carboncopy-message"} {
		if _, err := Read(parse(t, with(t, sound(t), "reply-message", act))); err != nil {
			t.Errorf("%s: %v", act, err)
		}
	}
}
