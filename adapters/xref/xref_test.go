package xref

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

const space01 = "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/"

// A letter is known by its namespace, root, TypeCode and VersionCode; every other
// is refused with the field and what is accepted.
func TestRecognise(t *testing.T) {
	letter := func(root, head string) string {
		return `<Emessage xmlns="` + space01 + `"><` + root + `>` + head + `</` + root + `></Emessage>`
	}
	codes := `<Letter><VersionCode>XH0130R</VersionCode><TypeCode>XREF01</TypeCode></Letter>`
	for _, c := range []struct{ text, path, message string }{
		{letter("HospitalReferral", codes), "", ""},
		{letter("HospitalReferral", `<Letter><VersionCode> XH0130R </VersionCode><TypeCode>XREF01
			</TypeCode></Letter>`), "", ""},
		{`{"a":1}`, "$this", "expected XML"},
		{`<Henvisning xmlns="` + space01 + `"/>`, "Henvisning", "expected the element Emessage"},
		{`<Emessage/>`, "Emessage", "accepted is " + space01},
		{`<Emessage xmlns="urn:x"><HospitalReferral/></Emessage>`, "Emessage", "accepted is " + space01},
		{`<Emessage xmlns="` + space01 + `"><Envelope/></Emessage>`, "Emessage", "expected HospitalReferral or MunicipalityReferral"},
		{`<Emessage xmlns="` + space01 + `"><HospitalReferral/><HospitalReferral/></Emessage>`, "Emessage.HospitalReferral[1]", "a second letter"},
		{letter("BookingQuery", codes), "Emessage.BookingQuery", "accepted is HospitalReferral or MunicipalityReferral"},
		{letter("HospitalReferral", "<Sender/>"), "Emessage.HospitalReferral", "expected a Letter"},
		{letter("HospitalReferral", codes+codes), "Emessage.HospitalReferral.Letter[1]", "a second Letter"},
		{letter("HospitalReferral", `<Letter><VersionCode>XH0130R</VersionCode></Letter>`), "Emessage.HospitalReferral.Letter", "TypeCode: required; accepted is XREF01 (HospitalReferral, VersionCode XH0130R)"},
		{letter("HospitalReferral", `<Letter><TypeCode>XREF01</TypeCode></Letter>`), "Emessage.HospitalReferral.Letter", "VersionCode: required"},
		{letter("HospitalReferral", strings.Replace(codes, "XREF01", "XREF06", 1)), "Emessage.HospitalReferral.Letter.TypeCode", "accepted is XREF01"},
		{letter("HospitalReferral", strings.Replace(codes, "XH0130R", "XH0129R", 1)), "Emessage.HospitalReferral.Letter.VersionCode", "accepted is XH0130R"},
		{letter("MunicipalityReferral", codes), "Emessage.MunicipalityReferral.Letter.TypeCode", "TypeCode XREF01 belongs to HospitalReferral"},
		{letter("MunicipalityReferral", strings.Replace(codes, "XREF01", "XREF15", 1)), "Emessage.MunicipalityReferral", "the namespace is not that of XREF15"},
	} {
		s, err := source(c.text)
		if err != nil {
			t.Fatal(err)
		}
		form, _, err := Recognise(s.Doc)
		if c.message == "" {
			if err != nil || form != XREF01 {
				t.Errorf("%s: got %s, %v", c.text, form, err)
			}
			continue
		}
		var e *mapping.Error
		if !errors.As(err, &e) || e.Path != c.path || !strings.Contains(e.Message, c.message) {
			t.Errorf("%s: got %v, want %s: %s", c.text, err, c.path, c.message)
		}
	}
}

// The form that the caller names is the one the letter must be.
func TestForm(t *testing.T) {
	for _, s := range samples(t, XREF15, document.FHIR) {
		if s.refused() {
			continue
		}
		_, err := translate(s.text, document.Request{From: XREF01, To: document.FHIR})
		if err == nil || !strings.Contains(err.Error(), "expected from=xref15") {
			t.Errorf("%s: got %v", s.name, err)
		}
	}
}

func TestVersioned(t *testing.T) {
	l := letters[1]
	for code, want := range map[string]bool{"XH1530R": true, "XH1531R": true, "XH15R": false, "XH153AR": false, "XH0130R": false, "": false} {
		if got := l.versioned(code); got != want || l.proven() || !letters[0].proven() {
			t.Errorf("%q: got %t, want %t", code, got, want)
		}
	}
}

// Danish time gets the zone it has, and comes back as it was.
func TestZoned(t *testing.T) {
	for _, c := range []struct{ date, clock, want string }{
		{"2026-11-20", "10:12", "2026-11-20T10:12:00+01:00"},
		{"2026-07-01", "23:59", "2026-07-01T23:59:00+02:00"},
		{"2026-03-29", "01:59", "2026-03-29T01:59:00+01:00"},
		{"2026-03-29", "02:00", ""}, // there is no such hour
		{"2026-03-29", "02:59", ""},
		{"2026-03-29", "03:00", "2026-03-29T03:00:00+02:00"},
		{"2026-10-25", "01:59", "2026-10-25T01:59:00+02:00"},
		{"2026-10-25", "02:00", ""}, // there are two
		{"2026-10-25", "02:59", ""},
		{"2026-10-25", "03:00", "2026-10-25T03:00:00+01:00"},
		{"1995-07-01", "12:00", ""}, // another rule
		{"2026-11-20", "24:00", ""},
		{"2026-11-20", "9:05", ""},
		{"2026-11-20", "09:05:30", ""},
		{"2026-02-31", "09:05", ""},
	} {
		got, ok := zoned(c.date, c.clock)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s %s: got %q, want %q", c.date, c.clock, got, c.want)
		}
		if !ok {
			continue
		}
		date, clock, exact, ok := unzoned(got)
		if date != c.date || clock != c.clock || !exact || !ok {
			t.Errorf("%s: back as %s %s", got, date, clock)
		}
	}
	for _, c := range []struct {
		moment, date, clock string
		exact, ok           bool
	}{
		{"2026-11-20T23:30:00Z", "2026-11-21", "00:30", true, true},
		{"2026-10-25T00:30:00Z", "2026-10-25", "02:30", true, true},
		{"2026-10-25T01:30:00Z", "2026-10-25", "02:30", true, true},
		{"2026-11-20T10:12:30+01:00", "2026-11-20", "10:12", false, true},
		{"2026-11-20", "2026-11-20", "", true, true},
		{"2026-11", "2026-11", "", true, false},
		{"i går", "", "", false, false},
	} {
		date, clock, exact, ok := unzoned(c.moment)
		if date != c.date || clock != c.clock || exact != c.exact || ok != c.ok {
			t.Errorf("%s: got %q %q %t %t", c.moment, date, clock, exact, ok)
		}
	}
}

// withText is the smallest referral with an anamnesis.
func withText(t interface{ Fatalf(string, ...any) }, text string) string {
	s, err := source(smallest)
	if err != nil {
		t.Fatalf("%v", err)
	}
	o := tree.NewOut(4)
	root := o.Object(tree.NoOut, "")
	o.Leaf(root, "text", tree.Quote(text), tree.None, 0)
	note := strings.Replace(string(o.Append(nil, 0)), `{`, `{"extension":[{"url":"`+own+`note-section","valueCode":"anamnese"}],`, 1)
	return strings.Replace(string(s.Append(nil, 0)), `"status":"active"`, `"status":"active","note":[`+note+`]`, 1)
}

const smallest = `{"resourceType":"Bundle","type":"collection","entry":[
 {"fullUrl":"urn:uuid:1","resource":{"resourceType":"ServiceRequest","id":"1","status":"active","intent":"order","subject":{"reference":"urn:uuid:2"},
  "authoredOn":"2026-11-20T11:58:00+01:00","requester":{"reference":"urn:uuid:3"},"performer":[{"reference":"urn:uuid:3"}]}},
 {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","id":"2","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}],"name":[{"family":"Elmer","given":["Bruno","Test"]}]}},
 {"fullUrl":"urn:uuid:3","resource":{"resourceType":"Organization","id":"3","identifier":[{"system":"https://www.gs1.org/gln","value":"5790000121526"}],"name":"Bostedet Testlunden"}}]}`

// Every character of a text reaches the letter: its lines become lines with
// breaks between them, and nothing is cut.
func TestNothingIsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zæøå<&>" \n]{1,60}`).Draw(t, "text") + "x"
		w, err := letterOf(withText(t, text))
		if err != nil {
			t.Fatalf("%v", err)
		}
		doc, err := tree.ParseXML(string(w.Output), tree.Limits{})
		if err != nil {
			t.Fatalf("%v", err)
		}
		n := doc.Find(0, "HospitalReferral", "RelevantClinicalInformation", "Anamnesis")
		var got strings.Builder
		got.WriteString(doc.Text(n))
		for c := doc.First(n); c != tree.None; c = doc.Next(c) {
			if doc.RawKey(c) == "Break" {
				got.WriteByte('\n')
			} else {
				got.WriteString(doc.Text(c))
			}
		}
		lines := strings.Split(text, "\n")
		for i, l := range lines {
			if strings.TrimSpace(l) == "" {
				lines[i] = "" // XML keeps no line of white space only
			}
		}
		if want := strings.Join(lines, "\n"); got.String() != want {
			t.Fatalf("got %q, want %q", got.String(), want)
		}
	})
}

// A text of a letter comes back from the hub with its breaks where they were,
// whatever line feeds it has of its own.
func TestBreaksComeBack(t *testing.T) {
	base := samples(t, XREF01, document.FHIR)
	text := ""
	for _, s := range base {
		if s.name == "mindste" {
			text = s.text
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString("<Anamnesis>")
		for range rapid.IntRange(1, 5).Draw(t, "parts") {
			b.WriteString(rapid.SampledFrom([]string{"a", "b\nc", "æ ", "<Break/>", "<Break/>", "\nd", "𝄞\n"}).Draw(t, "part"))
		}
		b.WriteString("x</Anamnesis>")
		letter := strings.Replace(text, "  </HospitalReferral>", "<RelevantClinicalInformation>"+b.String()+"</RelevantClinicalInformation></HospitalReferral>", 1)
		in, err := hub(letter)
		if err != nil {
			t.Fatalf("%v", err)
		}
		back, err := letterOf(string(in.Output))
		if err != nil {
			t.Fatalf("%v", err)
		}
		if !strings.Contains(string(back.Output), b.String()) {
			t.Fatalf("%s is not in %s", b.String(), back.Output)
		}
	})
}

// A limit in the table makes a longer text an error that names the field; it is
// not cut. No limit is known, so that none is in the table.
func TestLimits(t *testing.T) {
	for at, e := range elements {
		if e.limit != 0 {
			t.Errorf("%s.%s: a limit without a document that states it", at.parent, at.name)
		}
	}
	for _, at := range []in{{"Sender", "OrganisationName"}, {"RelevantClinicalInformation", "Anamnesis"}, {"Patient", "PersonGivenName"}} {
		was := elements[at]
		with := was
		with.limit = 5
		elements[at] = with
		_, err := letterOf(withText(t, "en længere tekst"))
		elements[at] = was
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != mapping.TooLong || e.Path == "" || !strings.Contains(e.Message, at.name) || !strings.Contains(e.Message, "at most 5") {
			t.Errorf("%v: got %v, want an error of the kind too-long", at, err)
		}
	}
}

// What the citizen marked private is not in the letter, which says that there is
// something; only codes of SKS and ICPC-2 stand as codes.
func TestWhatALetterMayHold(t *testing.T) {
	for _, s := range samples(t, document.FHIR, XREF01) {
		if s.refused() {
			continue
		}
		w, err := translate(s.text, s.request)
		if err != nil {
			t.Fatal(err)
		}
		text := string(w.Output)
		if s.name == "kommune-som-afsender" && !strings.Contains(text, "<EANIdentifier>5790000121526</EANIdentifier><Identifier>0751</Identifier><IdentifierCode>kommunenummer</IdentifierCode>") {
			t.Errorf("the numbers of a municipality: %s", text)
		}
		if strings.HasPrefix(s.name, "privatmarkeret") {
			for secret, want := range map[string]bool{"Sertralin Krka": false, "Antabus": false, "Anbragt": false, "Privatmarkeret: ": true} {
				if strings.Contains(text, secret) != want {
					t.Errorf("%s: %q in the letter: got %v, want %v", s.name, secret, !want, want)
				}
			}
		}
		doc, err := tree.ParseXML(text, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for n := range tree.ID(doc.Len()) {
			if doc.RawKey(n) == "DiagnoseCode" && !strings.HasPrefix(doc.Text(n), "D") {
				t.Errorf("%s: a DiagnoseCode that is none of SKS", s.name)
			}
		}
		for _, l := range w.Ledger.Lines() {
			if (l.Fate == ledger.Dropped.String() || l.Fate == ledger.Residue.String()) && l.Reason == "" {
				t.Errorf("%s: %s is left out without a reason", s.name, l.Path)
			}
		}
	}
}

// What is most urgent stands first, doubt stands where the diagnosis does, and
// Cave holds what to beware of, wherever the hub has it, and nothing else.
func TestWhatADoctorMustSee(t *testing.T) {
	for name, want := range map[string][]string{
		"straks-mistanke-og-screening": {"<Priority>akut</Priority>",
			"<ClinicalReason>Hastegrad: Straks<Break/>Haster: Akut fare: ja<Break/>Haster: Selvmordstanker eller -forsøg: ja: Plan om at springe ud (siden 19. nov. 2026)<Break/>",
			"<DiagnoseText>Mistanke: Skizofreni</DiagnoseText>", "<Anamnesis>Diagnosens sikkerhed: mistanke (Skizofreni)<Break/>",
			"<Cave>CAVE penicillin: anafylaksi<Break/>Olanzapin (ikke bekræftet; reaktion: dystoni)<Break/>Medicinliste: Tåler ikke morfin</Cave>",
			"<Break/>Afkræftet allergi: Jordnødder<Break/>Tidligere allergi: Nikkel<Break/>", "Henvisers type, FSIII: Sagsbehandler, anden forvaltning"},
		"cave-i-sundhedstjekket": {"<Break/>Medicinliste: Tåler ikke morfin<Break/>Sundhedstjek: Latexallergi</Cave>"},
	} {
		all := samples(t, document.FHIR, XREF01)
		s := all[slices.IndexFunc(all, func(s sample) bool { return s.name == name })]
		w, err := translate(s.text, s.request)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(string(w.Output), part) {
				t.Errorf("%s: no %s in\n%s", name, part, w.Output)
			}
		}
	}
}

// A referral that is marked private as a whole is refused with its place, and
// nothing of it is quoted.
func TestWhollyPrivate(t *testing.T) {
	all := samples(t, document.FHIR, XREF01)
	s := all[slices.IndexFunc(all, func(s sample) bool { return s.name == "mindste" })]
	s.text = strings.Replace(s.text, `"resourceType": "ServiceRequest",`, `"resourceType": "ServiceRequest", "meta": {"security": [{"code": "R"}]},`, 1)
	_, err := translate(s.text, s.request)
	refused(t, err)
}

// An error never holds what a document says.
func TestErrorsNameNobody(t *testing.T) {
	for _, text := range []string{
		strings.Replace(smallest, "2509479989", "3113479989", 1),
		strings.Replace(smallest, "5790000121526", "5790000121527", 1),
		strings.Replace(smallest, "2026-11-20T11:58:00+01:00", "2509479989", 1),
	} {
		_, err := letterOf(text)
		if err == nil || strings.Contains(err.Error(), "479989") || strings.Contains(err.Error(), "121527") {
			t.Errorf("got %v", err)
		}
	}
}
