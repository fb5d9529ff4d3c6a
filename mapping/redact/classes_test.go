package redact

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
)

// What is kept of each class, and what looks like it and is not.
func TestClasses(t *testing.T) {
	const unit = "4977ce08-df4d-4c09-8e03-c2a563862e68"
	for c, of := range map[class]struct{ kept, gone []string }{
		clock:     {[]string{"08:30", "08:30:15", "23:59:59.123"}, []string{"kl. 8", "8:30 hos Kajsa", "08:30:"}},
		measured:  {[]string{"120", "1,5 ml", "<5 mmol/l", "37.2", "4500"}, []string{"250947", "250947,5", "250947.5", "250947 ml", "61999997", "kajsa", "5 kajsa", "2509479989"}},
		version:   {[]string{"4.0.1", "2.1.0-ballot", "1.0.0-rc1", "http://hl7.org/fhir|4.0.1"}, []string{"61999997", "1.0.kajsa", "kajsa", "http://zebravang.dk/1"}},
		country:   {[]string{"DK", "208", "DNK", "SWE"}, []string{"Zebravang", "2081", "20"}},
		flag:      {[]string{"true", "false", "0", "1"}, []string{"kajsa", "2", "True kajsa"}},
		unitClass: {[]string{"mg", "mg/l", "%"}, []string{"kajsa", "mg/kajsa"}},
		drug:      {[]string{"28100636071"}, []string{"99000000012", "2810063607", "281006360711", "kajsa"}},
		date:      {nil, []string{"2026-01-05", "2026-01", "2026", "i går"}},
		week:      {nil, []string{"2026-02", "2026-53", "kajsa"}},
		word:      {[]string{"12", "120 mg"}, []string{"kajsa", "1234", "250947"}},
		free:      {[]string{"12", "120 mg", "Venstre overarm"}, []string{"kajsa", "Kajsas venstre overarm", "1234", "250947", unit, "61999997", strings.Repeat("0a", 32)}},
		mentioned: {nil, []string{"Kajsamin", "12"}},
		denied:    {[]string{"12", "true", "false"}, []string{"kajsa", "1234", "250947", "kajsa@zebravang", "truely", "2026", "2026-01-05", unit}},
		language:  {[]string{"da", "da-DK"}, []string{"kajsa", "da-KAJSA"}},
		currency:  {[]string{"DKK"}, []string{"KAJ"}},
		media:     {[]string{"text/plain"}, []string{"text/kajsa", "kajsa/plain"}},
		code:      {[]string{"DI109", "N02BE01", "KUV", "da"}, []string{"61999997", "kajsa hansen", "0703921VJ4", "jens12 anna34"}},
	} {
		s := newSession(redactor(t))
		s.begin(reading)
		for _, text := range append(of.kept, of.gone...) {
			s.plainly(c, text)
		}
		s.begin(reading + 1)
		for _, text := range of.kept {
			if got, _ := s.plainly(c, text); got != text {
				t.Errorf("%s: %q became %q", c, text, got)
			}
		}
		for _, text := range of.gone {
			if got, _ := s.plainly(c, text); got == text {
				t.Errorf("%s: %q is left", c, text)
			}
		}
	}
}

// In the forms that have enumerations a word that is of no list is no code, nor in an
// envelope, where a kind of message is of words with hyphens.
func TestCodesOfForms(t *testing.T) {
	for _, c := range []struct {
		form Form
		text string
		kept bool
	}{
		{XREF, "kajsa", false}, {XREF, "KAJSAH", false}, {XREF, "kajsa-hansen", false}, {XREF, "DI109", true}, {XREF, "mg", true}, {XREF, "text/plain", true}, {XREF, "PersonSurnameName", true},
		{Envelope, "kajsa", false}, {Envelope, "homecareobservation-message", true}, {Envelope, "MCM:MIME", true}, {Envelope, "MCM:xdis91", true}, {Envelope, "MCM:kajsa", false},
		{FMK, "kajsa", false}, {FMK, "Medicinpriser", true}, {"", "kajsa", true},
	} {
		s := newSession(redactor(t))
		s.begin(reading + 1)
		s.wordy = c.form
		if got, _ := s.plainly(code, c.text); (got == c.text) != c.kept {
			t.Errorf("%s: %q became %q", c.form, c.text, got)
		}
	}
}

// A week of a year is moved as the days in it are, and is no month.
func TestWeeks(t *testing.T) {
	for _, c := range []struct{ week, day string }{{"2026-02", "2026-01-05"}, {"2026-10", "2026-03-08"}, {"2025-40", "2025-10-01"}, {"2020-53", "2021-01-01"}} {
		_, d := redacted(t, `<MedicineCard><Drug><Identifier source="Medicinpriser" yearAndWeek="`+c.week+`">28100636071</Identifier></Drug><Version><CreatedDateTime>`+c.day+`T08:00:00Z</CreatedDateTime></Version></MedicineCard>`)
		week, day := "", ""
		for path, text := range leaves(d) {
			switch {
			case strings.HasSuffix(path, "@yearAndWeek"):
				week = text
			case strings.HasSuffix(path, "CreatedDateTime"):
				day = text
			}
		}
		at, err := time.Parse(time.RFC3339, day)
		if err != nil {
			t.Fatal(err)
		}
		year, number := at.ISOWeek()
		if want := fmt.Sprintf("%04d-%02d", year, number); week != want || day[:10] == c.day {
			t.Errorf("%s became %s, and %s in it %s, in week %s", c.week, week, c.day, day, want)
		}
	}
}

// A month is moved as the middle of it is, a year as its middle, and a month that no
// calendar has stays one.
func TestMonths(t *testing.T) {
	s := newSession(redactor(t))
	moved := func(text string) string {
		new, ok := s.date(text)
		if !ok {
			t.Errorf("%q is no date", text)
		}
		return new
	}
	for _, month := range []string{"2026-01", "2026-06", "2026-12"} {
		if got, want := moved(month), moved(month + "-15")[:7]; got != want {
			t.Errorf("%s became %s, want %s", month, got, want)
		}
	}
	if got, want := moved("2026"), moved("2026-07-01")[:4]; got != want {
		t.Errorf("2026 became %s, want %s", got, want)
	}
	if got := moved("2026-13"); got != moved("2026-07-01")[:4]+"-13" {
		t.Errorf("a month that no calendar has became %s", got)
	}
	for text, want := range map[string]bool{"2026-01": true, "2026-53": true, "2026-54": false, "2026-00": false, "2026-1": false, "2026-011": false, "2026": false} {
		if _, ok := s.week(text); ok != want {
			t.Errorf("%q is a week: %t", text, ok)
		}
	}
}

// An identifier stays what it is: an address, a scheme and a number, sixteen digits of
// hexadecimal.
func TestIdentifiers(t *testing.T) {
	r, d := redacted(t, `{"resourceType":"Patient","id":"0123456789abcdef","identifier":[{"value":"urn:uuid:4977ce08-df4d-4c09-8e03-c2a563862e68"},{"value":"https://zebravang.dk/p/77"},{"value":"0088:5790000121526"},{"value":"kajsa:5790000121526"}]}`)
	at := leaves(d)
	if id := at["Patient.id"]; len(id) != 16 || strings.Trim(id, "0123456789abcdef") != "" || id == "0123456789abcdef" {
		t.Errorf("the id became %q", id)
	}
	for i, begin := range []string{"urn:uuid:", "https://", "0088:57", ""} {
		if got := at[fmt.Sprintf("Patient.identifier[%d].value", i)]; !strings.HasPrefix(got, begin) {
			t.Errorf("identifier %d became %q", i, got)
		}
	}
	for _, secret := range []string{"4977ce08", "zebravang", "5790000121526", "kajsa"} {
		if strings.Contains(string(r.Output), secret) {
			t.Errorf("%q is left in %s", secret, r.Output)
		}
	}
	if n := r.Count(Identifier); n != 5 {
		t.Errorf("%d identifiers are told, want 5: %v", n, r.Replaced)
	}
}

// The digest of a document inside is that of what it became; another becomes another.
func TestDigests(t *testing.T) {
	s := newSession(redactor(t))
	s.begin(reading + 1)
	new, err := s.bytes([]byte("Kajsa Zebravang"), "$this")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := s.plainly(free, strings.ToUpper(digest([]byte("Kajsa Zebravang")))); got != digest(new) {
		t.Errorf("the digest became %s, want %s", got, digest(new))
	}
	other := digest([]byte("Kajsa"))
	if got, _ := s.plainly(free, other); len(got) != len(other) || got == other {
		t.Errorf("the digest of something else became %s", got)
	}
}

// Base64 on lines stays on lines as long, and indented as they were.
func TestLinesOfBase64(t *testing.T) {
	s := newSession(redactor(t))
	s.begin(reading + 1)
	got, err := s.base64("\n    S2Fqc2EgWmVicmF2\n    YW5nIGVyIGhlcg==\n  ", "$this")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(got, "\n")
	if len(lines) != 4 || lines[0] != "" || len(lines[1]) != 20 || !strings.HasPrefix(lines[1], "    ") || !strings.HasPrefix(lines[2], "    ") || lines[3] != "  " || strings.Contains(got, "S2Fqc2E") {
		t.Errorf("got %q", got)
	}
	if b, ok := decode(got); !ok || len(b) != len("Kajsa Zebravang er her") {
		t.Errorf("got %q, which is %q", got, b)
	}
}

// The form may be said where a document does not say it, and must be what it says.
func TestSaidForms(t *testing.T) {
	for _, c := range []struct {
		text string
		form Form
	}{{`{"name":[{"family":"Zebravang"}]}`, FHIR}, {`{"borger":{"fornavn":"Zebravang"}}`, Plain}, {`<Patient><PersonSurnameName>Zebravang</PersonSurnameName></Patient>`, XREF}, {`<Patient><Name>Zebravang</Name></Patient>`, FMK}} {
		r, err := redactor(t).Redact(c.text, c.form)
		if err != nil || r.Form != c.form || strings.Contains(string(r.Output), "Zebravang") {
			t.Errorf("%s as %s: %v", c.text, c.form, err)
		}
	}
	for _, c := range []struct {
		text string
		form Form
	}{{`{"dokument":"tilstande"}`, FHIR}, {`<Emessage/>`, FMK}, {`<MedicineCard/>`, XREF}, {`{"name":[]}`, Envelope}, {`[]`, ""}} {
		if _, err := redactor(t).Redact(c.text, c.form); err == nil {
			t.Errorf("%s is taken as %q", c.text, c.form)
		}
	}
	if _, err := redactor(t).Redact(`<Emessage>`, ""); err == nil || err.(*mapping.Error).Kind != mapping.Structure {
		t.Errorf("got %v", err)
	}
}
