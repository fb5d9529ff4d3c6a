package redact

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"image/png"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/lens"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

var testKey = []byte("a key of a test, and of no one else")

func redactor(t testing.TB) Redactor {
	t.Helper()
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	return Known(terms, testKey)
}

// redacted redacts a document and reads it again.
func redacted(t *testing.T, text string) (*Result, *tree.Doc) {
	t.Helper()
	r, err := redactor(t).Redact(text, "")
	if err != nil {
		t.Fatal(err)
	}
	d, err := tree.Read(string(r.Output), tree.Limits{})
	if err != nil {
		t.Fatalf("%v: %s", err, r.Output)
	}
	return r, d
}

// leaves are the texts of a document by their paths.
func leaves(d *tree.Doc) map[string]string {
	all := map[string]string{}
	d.Walk(d.Root(), func(n tree.ID, path string) { all[path] = d.Text(n) })
	return all
}

const patient = `{
  "resourceType": "Bundle", "id": "B-2026-77", "type": "collection",
  "entry": [
    {"fullUrl": "https://journal.bosted.dk/fhir/Patient/kaj-77", "resource": {"resourceType": "Patient", "id": "kaj-77",
      "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": "150981-9996"}],
      "name": [{"text": "Kajsa Zebravang", "family": "Zebravang", "given": ["Kajsa"]}],
      "telecom": [{"system": "phone", "value": "+45 61 99 99 97"}, {"system": "email", "value": "kajsa@zebravang.dk"}],
      "gender": "female", "birthDate": "1981-09"}},
    {"fullUrl": "https://journal.bosted.dk/fhir/Condition/c1", "resource": {"resourceType": "Condition", "id": "c1",
      "text": {"status": "additional", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=\"kajsa\">Kajsa g\u00e5r <b>usikkert</b></p><!-- Kajsa --></div>"},
      "code": {"coding": [{"system": "urn:oid:1.2.208.176.2.22", "code": "4977ce08-df4d-4c09-8e03-c2a563862e68", "display": "G\u00e5 og bev\u00e6ge sig"}], "text": "Kajsa vakler"},
      "subject": {"reference": "Patient/kaj-77", "display": "Kajsa Zebravang"},
      "onsetDateTime": "2026-03", "abatementDateTime": "2026-03-29T02:30:00+01:00", "recordedDate": "2026-03-05",
      "note": [{"text": "Kajsa kom kl. 8.\nHun ringede til 61999997.", "time": "2026-03-06T08:00:00.5Z"}]}}
  ]
}
`

// Everything about the person goes, alike everywhere; the codes, the precision and
// the order stay.
func TestRedactFHIR(t *testing.T) {
	r, d := redacted(t, patient)
	for _, secret := range []string{"kajsa", "zebra", "61999997", "61 99", "vakler", "usikkert", "bosted", "kaj-77", "B-2026", "ringede", "2026"} {
		if strings.Contains(strings.ToLower(string(r.Output)), strings.ToLower(secret)) {
			t.Errorf("%q is left in %s", secret, r.Output)
		}
	}
	at := leaves(d)
	p, c := "Bundle.entry[0].resource.", "Bundle.entry[1].resource."
	for path, want := range map[string]string{
		p + "identifier[0].value": "250947-9989", p + "birthDate": "1947-09", p + "gender": "female",
		c + "code.coding[0].code": "4977ce08-df4d-4c09-8e03-c2a563862e68", c + "code.coding[0].display": "Gå og bevæge sig",
		c + "subject.reference": "Patient/" + at[p+"id"], c + "subject.display": at[p+"name[0].text"],
		p + "name[0].text": at[p+"name[0].given[0]"] + " " + at[p+"name[0].family"],
	} {
		if at[path] != want {
			t.Errorf("%s: got %q, want %q", path, at[path], want)
		}
	}
	if url := at["Bundle.entry[0].fullUrl"]; !strings.HasSuffix(url, "/Patient/"+at[p+"id"]) {
		t.Errorf("fullUrl %q does not lead to %q", url, at[p+"id"])
	}
	if got := at[c+"abatementDateTime"]; !strings.HasSuffix(got, "T02:30:00+01:00") || len(at[c+"onsetDateTime"]) != len("2026-03") {
		t.Errorf("the time, the zone or the precision is lost: %q, %q", got, at[c+"onsetDateTime"])
	}
	if note := at[c+"note[0].text"]; strings.Count(note, "\n") != 1 {
		t.Errorf("the note has other lines: %q", note)
	}
	if div := at[c+"text.div"]; !strings.HasPrefix(div, `<div xmlns="http://www.w3.org/1999/xhtml"><p class="`) || !strings.Contains(div, "<b>") {
		t.Errorf("the narrative has lost its structure: %s", div)
	}
	if n := r.Count(Person); n != 1 {
		t.Errorf("%d numbers of persons, want 1", n)
	}
}

// Dates are moved by the same whole weeks, and one before another stays so.
func TestDates(t *testing.T) {
	s := newSession(redactor(t))
	if s.shift%7 != 0 || s.shift > -7*nearest || s.shift < -7*farthest {
		t.Fatalf("moved by %d days", s.shift)
	}
	before := ""
	for _, old := range []string{"2025-12-29", "2026-01-04T23:59:59Z", "2026-01-05", "2026-02-28", "2026-03-01"} {
		new, ok := s.date(old)
		if !ok || len(new) != len(old) || new <= before || new[10:] != old[10:] {
			t.Errorf("%s became %s, after %s", old, new, before)
		}
		before = new
	}
	if new, ok := s.date("2026-02-31"); !ok || !strings.HasSuffix(new, "-02-31") {
		t.Errorf("a day that no calendar has became %s", new)
	}
	if new, ok := s.week("2026-53"); !ok || len(new) != 7 {
		t.Errorf("a week became %s", new)
	}
	for _, none := range []string{"", "i går", "2026-1-1", "20260101", "2026-01-01T8", "12"} {
		if new, ok := s.date(none); ok {
			t.Errorf("%q is no date, and became %q", none, new)
		}
	}
}

// Three persons become the three test persons in their order, and a fourth is
// refused where it stands, without a number in the error.
func TestPersons(t *testing.T) {
	text := `{"resourceType":"Bundle","entry":[`
	// Test persons in another order; the fourth is a public one, too, but nobody becomes her.
	for i, cpr := range []string{"2311143995", "2509479989", "1509819996", "2512489996"} {
		if i > 0 {
			text += ","
		}
		text += `{"resource":{"resourceType":"Patient","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"` + cpr + `"}],"birthDate":"2000-01-01"}}`
		r, err := redactor(t).Redact(text+"]}", "")
		if i == 3 {
			var e *mapping.Error
			if !errors.As(err, &e) || e.Kind != mapping.NotSupported || e.Path != "Bundle.entry[3].resource.identifier[0].value" || strings.Contains(err.Error(), cpr) || e.Value != "" {
				t.Errorf("a fourth person: %#v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		d, err := tree.Read(string(r.Output), tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		at := leaves(d)
		place := "Bundle.entry[" + string(rune('0'+i)) + "].resource."
		if got := at[place+"identifier[0].value"]; got != testPersons[i] {
			t.Errorf("person %d became %s", i, got)
		}
		if born, _ := lens.BirthDate(testPersons[i]); at[place+"birthDate"] != born {
			t.Errorf("person %d was born %s, want %s", i, at[place+"birthDate"], born)
		}
	}
}

// A number stays valid, or wrong, by its check digit, and becomes no number of a
// person.
func TestNumbers(t *testing.T) {
	s := newSession(redactor(t))
	s.begin(1)
	for _, old := range []string{"5790000121526", "5790000121527", "12345674", "12345678", "061654", "938061000016005", "1099999999", "00012"} {
		new := s.number(old)
		if new == old || len(new) != len(old) || cprLike(new) {
			t.Errorf("%s became %s", old, new)
		}
		for name, check := range map[string]func(string) (string, error){"GLN": lens.GLN, "CVR": lens.CVR} {
			if valid(check, old) != valid(check, new) {
				t.Errorf("%s became %s, which is another thing as %s", old, new, name)
			}
		}
		if strings.HasPrefix(old, "0") != strings.HasPrefix(new, "0") {
			t.Errorf("%s became %s", old, new)
		}
	}
	if a, b := s.number("061654"), s.number("61654"); a != "0"+b {
		t.Errorf("with and without a zero: %s, %s", a, b)
	}
	if got := s.phone("+45 61 99 99 97"); !strings.HasPrefix(got, "+45 1") || len(got) != len("+45 61 99 99 97") {
		t.Errorf("a phone became %s", got)
	}
}

// What stands in an attachment is redacted as what it is, and its size and digest
// are right again.
func TestAttachments(t *testing.T) {
	inner := base64.StdEncoding.EncodeToString([]byte(`{"resourceType":"Patient","id":"kaj-77","name":[{"family":"Zebravang"}]}`))
	letter := base64.StdEncoding.EncodeToString([]byte("Kære Kajsa\nHilsen Zebravang"))
	dot := base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n and a face"))
	size := len(`{"resourceType":"Patient","id":"kaj-77","name":[{"family":"Zebravang"}]}`)
	text, err := json.Marshal(map[string]any{"resourceType": "DocumentReference", "subject": map[string]any{"reference": "Patient/kaj-77", "display": "Zebravang"},
		"content": []any{
			map[string]any{"attachment": map[string]any{"contentType": "application/fhir+json", "data": inner, "size": size, "hash": "YWJjZGVmZ2hpamtsbW5vcHFyc3Q="}},
			map[string]any{"attachment": map[string]any{"contentType": "text/plain", "data": letter}},
			map[string]any{"attachment": map[string]any{"contentType": "image/png", "data": dot, "title": "Kajsa.png"}}}})
	if err != nil {
		t.Fatal(err)
	}
	_, d := redacted(t, string(text))
	at := leaves(d)
	data := func(i string) string {
		b, err := base64.StdEncoding.DecodeString(at["DocumentReference.content["+i+"].attachment.data"])
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	inside, err := tree.Read(data("0"), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if id, name := leaves(inside)["Patient.id"], leaves(inside)["Patient.name[0].family"]; at["DocumentReference.subject.reference"] != "Patient/"+id || at["DocumentReference.subject.display"] != name || name == "Zebravang" {
		t.Errorf("inside and outside differ: %s %s", data("0"), d.Source())
	}
	if !strings.Contains(d.Source(), `"size":`+itoa(len(data("0")))) || at["DocumentReference.content[0].attachment.hash"] != sum([]byte(data("0"))) {
		t.Errorf("the size or the hash is not that of the data: %s", d.Source())
	}
	if strings.Count(data("1"), "\n") != 1 || strings.Contains(data("1"), "Kajsa") {
		t.Errorf("the letter became %q", data("1"))
	}
	if _, err := png.Decode(strings.NewReader(data("2"))); err != nil {
		t.Errorf("the picture is none: %v", err)
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// A comment, an instruction, a namespace of somebody's and the encoding of a letter.
func TestXML(t *testing.T) {
	letter := "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><!-- Kajsa --><Emessage xmlns=\"http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/\" xmlns:z=\"http://zebravang.dk/ns\">" +
		"<Envelope><Identifier>KUV<!-- Kajsa -->0001</Identifier><AcknowledgementCode>pluspositivkvitt<!-- Kajsa --></AcknowledgementCode></Envelope>" +
		"<HospitalReferral><Patient><CivilRegistrationNumber>1509819996</CivilRegistrationNumber><PersonGivenName>S\xf8ren</PersonGivenName><z:Egen>Zebravang</z:Egen></Patient>" +
		"<RelevantClinicalInformation><Anamnesis>G\xe5r usikkert<Break/>Bor alene &amp; sover</Anamnesis></RelevantClinicalInformation></HospitalReferral><?kajsa 61999997?></Emessage>"
	r, err := redactor(t).Redact(letter, XREF)
	if err != nil {
		t.Fatal(err)
	}
	out := strings.ToLower(string(r.Output))
	for _, secret := range []string{"kajsa", "zebravang", "619999", "s\xf8ren", "usikkert", "sover", "0001"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is left in %s", secret, r.Output)
		}
	}
	text, lie, err := tree.DecodeXML(r.Output)
	if err != nil || lie != "" {
		t.Fatal(lie, err)
	}
	d, err := tree.Read(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := leaves(d)["Emessage.HospitalReferral.Patient.CivilRegistrationNumber"]; got != testPersons[0] {
		t.Errorf("the person became %s", got)
	}
	if !strings.Contains(string(r.Output), ">pluspositivkvitt<") {
		t.Errorf("a code is lost: %s", r.Output)
	}
}

// What the form does not have is replaced, its names where they could be somebody's.
func TestUnknown(t *testing.T) {
	r, _ := redacted(t, `{"resourceType":"Observation","status":"final","Kajsa Zebravang":"ja","2509479989":1,"frit":{"egen":"Kajsa","tal":61999997,"lille":7,"dato":"2026-03-05"},
		"subject":{"display":"Zebravang"},"zebravang":true,
		"extension":[{"url":"https://zebravang.dk/egen","valueCode":"zebra"},{"url":"https://zebravang.dk/egen","valueCoding":{"system":"http://snomed.info/sct","code":"kajsa"}}]}`)
	out := strings.ToLower(string(r.Output))
	for _, secret := range []string{"kajsa", "zebra", "61999997", "2509479989", "2026-03-05", "frit", "egen", "lille"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is left in %s", secret, r.Output)
		}
	}
	for _, kept := range []string{`:7,`, `"status":"final"`, `"subject":{"display":`} {
		if !strings.Contains(string(r.Output), kept) {
			t.Errorf("%s is lost in %s", kept, r.Output)
		}
	}
}

// What cannot be redacted is refused where it is wrong.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		text string
		form Form
		key  string
		kind mapping.Kind
		says string
	}{
		{"{", "", string(testKey), mapping.Structure, ""},
		{`{"a":1}`, "", string(testKey), mapping.NotSupported, "accepted: FHIR R4"},
		{"<a/>", "", string(testKey), mapping.NotSupported, "accepted: FHIR R4"},
		{`{"resourceType":"Patient"}`, XREF, string(testKey), mapping.Invalid, "expected xref, found fhir"},
		{`{"resourceType":"Patient"}`, "", "short", mapping.Required, "16 bytes"},
	} {
		r := redactor(t)
		r.Key = []byte(c.key)
		_, err := r.Redact(c.text, c.form)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != c.kind || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s %s", c.text, err, c.kind, c.says)
		}
	}
}

// Another key makes another document, the same key the same.
func TestKey(t *testing.T) {
	a, _ := redacted(t, patient)
	b, _ := redacted(t, patient)
	r := redactor(t)
	r.Key = []byte("another key of the same test")
	c, err := r.Redact(patient, "")
	if err != nil {
		t.Fatal(err)
	}
	if string(a.Output) != string(b.Output) || string(a.Output) == string(c.Output) {
		t.Error("the key does not decide")
	}
}

// Whatever comes in, nothing panics, and what goes out can be read and has the same
// shape.
func FuzzRedact(f *testing.F) {
	f.Add(patient)
	f.Add(`{"dokument":"tilstande","borger":{"cpr":"2509479989"},"x":["é",1e9]}`)
	f.Add(`<Emessage xmlns="x"><A b='1'>t<!-- c --></A></Emessage>`)
	f.Add(`<MedicineCard a="&#10;"><Version> 1 </Version></MedicineCard>`)
	r := redactor(f)
	f.Fuzz(func(t *testing.T, text string) {
		out, err := r.Redact(text, "")
		if err != nil {
			return
		}
		read := func(text string) *tree.Doc {
			if tree.IsXML(text) {
				decoded, _, err := tree.DecodeXML([]byte(text))
				if err != nil {
					t.Fatalf("%v: %q", err, text)
				}
				text = decoded
			}
			d, err := tree.Read(text, tree.Limits{})
			if err != nil {
				t.Fatalf("%v: %q", err, text)
			}
			return d
		}
		was, is := read(text), read(string(out.Output))
		if out.Form != FHIR && was.Leaves() != is.Leaves() {
			t.Fatalf("%d leaves, want %d: %q", is.Leaves(), was.Leaves(), out.Output)
		}
	})
}
