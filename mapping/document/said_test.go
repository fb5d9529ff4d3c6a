package document_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
)

// refusedBy is the parameters that an error names.
func refusedBy(t *testing.T, err error) (names []string) {
	t.Helper()
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, one := range all {
		var e *mapping.Error
		if !errors.As(one, &e) {
			continue
		}
		if e.Kind != mapping.Invalid || e.Message == "" || !document.IsParameter(e.Path) {
			t.Errorf("refused by %s, %s: %q", e.Path, e.Kind, e.Message)
		}
		names = append(names, e.Path)
	}
	return names
}

// Whoever asks the core is told what would be overlooked, each by its name, before the
// document is read.
func TestTranslateOverlooksNothing(t *testing.T) {
	g, err := gateway()
	if err != nil {
		t.Fatal(err)
	}
	whole := document.Party{Name: "Bosted", SOR: "1", GLN: "2", Person: "Signe", Role: "leder", Phone: "3"}
	office := document.Party{Name: "Klinik", SOR: "4", GLN: "5"}
	sor, care := []mapping.Area{mapping.Sygepleje}, []string{"narrower"}
	for name, c := range map[string]struct {
		q    document.Request
		want string
	}{
		"no message":           {document.Request{From: "ffb", To: "fsiii", Sender: document.Party{SOR: "1"}}, "sender-sor"},
		"parties of none":      {document.Request{From: "fhir", To: "plain", Sender: whole, Receiver: office}, "sender-sor sender-gln sender-name sender-person sender-role sender-phone receiver-sor receiver-gln receiver-name"},
		"a letter":             {document.Request{From: "fhir", To: "xref01", Sender: whole, Receiver: office}, "sender-sor sender-person sender-role sender-phone receiver-sor"},
		"measurements":         {document.Request{From: "fhir", To: "hco", Sender: whole, Receiver: office}, "sender-name sender-person sender-role sender-phone receiver-name"},
		"a message":            {document.Request{From: "fhir", To: "carecommunication", Sender: whole, Receiver: office}, ""},
		"codes of both":        {document.Request{From: "plain", To: "fhir", Areas: sor, Accept: care}, "area accept"},
		"and back":             {document.Request{From: "fhir", To: "plain", Areas: sor}, "area"},
		"codes of one":         {document.Request{From: "ffb", To: "plain", Areas: sor, Accept: care}, ""},
		"both faults":          {document.Request{From: "plain", To: "fhir", Accept: care, Sender: document.Party{Role: "leder"}}, "accept sender-role"},
		"the original":         {document.Request{Document: document.Tilstande, From: "fsiii", To: "ffb", Areas: sor, Accept: care, Strict: true, WithResidue: true, Receiver: office, Residue: "{}"}, "document area accept strict residue receiver-sor receiver-gln receiver-name"},
		"a form that is none":  {document.Request{From: "fhir", To: "nosuch", Sender: whole}, ""},
		"nothing beside":       {document.Request{From: "plain", To: "fhir", Strict: true, WithResidue: true, Document: document.Medicinliste}, ""},
		"the original, barely": {document.Request{From: "fsiii", To: "ffb", Residue: "{}"}, ""},
	} {
		got := strings.Join(refusedBy(t, c.q.Useful()), " ")
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if _, err := g.Translate("no document", c.q); c.want != "" && strings.Join(refusedBy(t, err), " ") != c.want {
			t.Errorf("%s: translated with %v", name, err)
		}
	}
	if err := (document.Request{From: "fhir", To: "carecommunication", Receiver: whole}).Useful(); err == nil || !strings.HasPrefix(err.Error(), "receiver: a message goes to an organisation") {
		t.Errorf("a person as a receiver: %v", err)
	}
	for _, name := range []string{"Bundle", "$this", "sender", "receiver-person", ""} {
		if document.IsParameter(name) {
			t.Errorf("%q is no parameter", name)
		}
	}
}

// Of two parties a form is given what it writes, and no more: nobody has said the rest.
func TestAsWritten(t *testing.T) {
	whole := document.Party{Name: "Bosted", SOR: "1", GLN: "2", Person: "Signe", Role: "leder", Phone: "3"}
	office := document.Party{Name: "Bosted", SOR: "1", GLN: "2"}
	for form, want := range map[string][2]document.Party{
		"carecommunication": {whole, office},
		"hco":               {{SOR: "1", GLN: "2"}, {SOR: "1", GLN: "2"}},
		"xref01":            {{GLN: "2", Name: "Bosted"}, {GLN: "2", Name: "Bosted"}},
		"fsiii":             {}, "nosuch": {},
	} {
		from, to := document.AsWritten(form, whole, whole)
		if from != want[0] || to != want[1] {
			t.Errorf("%s: got %+v, %+v", form, from, to)
		}
		if err := (document.Request{From: "fhir", To: form, Sender: from, Receiver: to}).Useful(); err != nil {
			t.Errorf("%s: %v", form, err)
		}
	}
}

// Every field of a party is written to some form that there is, and is the field that
// it is called after.
func TestPartyFields(t *testing.T) {
	forms := map[string]bool{}
	for _, o := range document.Offers() {
		forms[o.Form] = forms[o.Form] || o.Write == ""
	}
	names := map[string]bool{}
	for _, f := range document.PartyFields() {
		var sender, receiver document.Party
		*f.Of(&sender, &receiver) = "x"
		if party := map[string]*document.Party{"sender": &sender, "receiver": &receiver}[f.Who]; party == nil || *party == (document.Party{}) || names[f.Name()] {
			t.Errorf("%s: is set in %+v, %+v, or stands twice", f.Name(), sender, receiver)
		}
		if names[f.Name()] = true; len(f.Forms()) == 0 || slices.ContainsFunc(f.Forms(), func(form string) bool { return !forms[form] }) {
			t.Errorf("%s is written to %v", f.Name(), f.Forms())
		}
	}
	if len(names) < 9 {
		t.Errorf("%d fields", len(names))
	}
}

// Who asks for a form that there is not is told those that the document is really read
// from, and written to from where it comes.
func TestFormsThatThereAreNot(t *testing.T) {
	g, err := gateway()
	if err != nil {
		t.Fatal(err)
	}
	const condition = `{"resourceType":"Condition","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"464a2ab6-a7df-4b3a-b74d-7873f4cfe668"}]}}`
	const medicine = `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"MedicationStatement","id":"m","status":"active","subject":{"display":"x"},"medicationCodeableConcept":{"text":"x"}}}]}`
	for _, c := range []struct {
		document string
		q        document.Request
		want     string
	}{
		{condition, document.Request{From: "ffb", To: "fsii"}, "to: expected plain, fsiii or fhir; did you mean fsiii?"},
		{condition, document.Request{From: "fbb", To: "fsiii", Document: "tilstande"}, "from: expected plain, ffb, fsiii or fhir; did you mean ffb?"},
		{condition, document.Request{From: "fbb", To: "fsiii"}, "from: expected plain, ffb, fsiii, fhir, fmk, carecommunication, hco, xref01 or xref15; did you mean ffb?"},
		{medicine, document.Request{From: "fhir", To: "zzzzz", Document: "medicinliste"}, "to: expected plain, ffb, fsiii or carecommunication"},
	} {
		if _, err := g.Translate(c.document, c.q); err == nil || err.Error() != c.want {
			t.Errorf("%s from %s to %s: got %v, want %s", c.q.Document, c.q.From, c.q.To, err, c.want)
		}
	}
	for _, c := range []struct {
		document, from string
		readable       string
		writable       string
	}{
		{"", "", "plain ffb fsiii fhir fmk carecommunication hco xref01 xref15", "plain ffb fsiii fhir carecommunication hco xref01"},
		{"henvisning", "", "plain fhir fsiii xref01 xref15 carecommunication", "plain fhir fsiii xref01 carecommunication"},
		{"henvisning", "plain", "plain fhir fsiii xref01 xref15 carecommunication", "fhir fsiii xref01 carecommunication"},
		{"", "fmk", "plain ffb fsiii fhir fmk carecommunication hco xref01 xref15", "plain fhir ffb fsiii carecommunication"},
		{"tilstande", "fmk", "plain ffb fsiii fhir", ""},
	} {
		if got := strings.Join(document.Readable(c.document), " "); got != c.readable {
			t.Errorf("%s is read from %s, want %s", c.document, got, c.readable)
		}
		if got := strings.Join(document.Writable(c.document, c.from), " "); got != c.writable {
			t.Errorf("%s from %s is written to %s, want %s", c.document, c.from, got, c.writable)
		}
	}
}
