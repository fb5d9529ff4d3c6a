package medcom

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/fixtures/validator"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/readable"
	"tolk/mapping/residue"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

const carePackage = "medcom.fhir.dk.carecommunication#5.0.2"

// careCases are the worked examples of a document that is carried.
func careCases(t *testing.T) []fixtures.Case {
	t.Helper()
	of := casesOf(t, func(c fixtures.Case) bool {
		return c.Request.To == CareCommunication && c.Request.From == document.FHIR && c.Request.Document != document.Korrespondance
	})
	if len(of) < 8 {
		t.Fatalf("%d cases", len(of))
	}
	return of
}

func casesOf(t *testing.T, is func(fixtures.Case) bool) []fixtures.Case {
	t.Helper()
	all, err := fixtures.Load(os.DirFS(filepath.Join("..", "..", "fixtures")))
	if err != nil {
		t.Fatal(err)
	}
	var of []fixtures.Case
	for _, c := range all {
		if is(c) {
			of = append(of, c)
		}
	}
	return of
}

func toCare(t *testing.T, text string, q document.Request) (*transcript.Written, error) {
	t.Helper()
	for _, s := range CareSteps() {
		if s.Document == q.Document && s.To == CareCommunication {
			return s.Run(document.Source{Doc: parse(t, text), Bytes: text}, q)
		}
	}
	t.Fatalf("no step for %q", q.Document)
	return nil, nil
}

func careRefused(c fixtures.Case) bool { return strings.Contains(c.Name, "/afvist-") }

// carried returns the document that a CareCommunication carries.
func carried(t *testing.T, out *tree.Doc) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(out.Text(of(t, out, "Binary", "data")))
	if err != nil || len(text) == 0 {
		t.Fatalf("the document is not there: %v", err)
	}
	return string(text)
}

// of returns an element of the first resource of a type.
func of(t *testing.T, d *tree.Doc, kind string, path ...string) tree.ID {
	t.Helper()
	for e := d.First(d.Child(d.Root(), "entry")); e != tree.None; e = d.Next(e) {
		r := d.Child(e, "resource")
		if d.Text(d.Child(r, "resourceType")) == kind {
			return d.Find(r, path...)
		}
	}
	return tree.None
}

// The document that a message carries is the hub's to the byte, and translates
// again; nothing is unclaimed or lost.
func TestCareCarriesTheDocument(t *testing.T) {
	for _, c := range careCases(t) {
		w, err := toCare(t, c.Input, c.Request)
		if careRefused(c) {
			if err == nil {
				t.Errorf("%s: got a message, want it refused", c.Name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		doc := parse(t, c.Input)
		compact := string(doc.Append(nil, doc.Root()))
		text := carried(t, parse(t, string(w.Output)))
		if text != compact {
			t.Errorf("%s: the document is not carried byte for byte", c.Name)
		}
		again, err := toCare(t, text, c.Request)
		if err != nil || string(again.Output) != string(w.Output) {
			t.Errorf("%s: the document that is carried gives another message: %v", c.Name, err)
		}
		if n := w.Ledger.Counts["unclaimed"] + w.Ledger.Counts["dropped"]; n > 0 {
			t.Errorf("%s: %d leaves unclaimed or dropped", c.Name, n)
		}
		back, _, err := residue.Restore(string(w.Output), string(residue.Write(doc, c.Input, w.Ledger, w.Raws())), CareCommunication, document.FHIR, tree.Limits{})
		if err != nil || string(back) != compact {
			t.Errorf("%s: the residue gives another document: %v", c.Name, err)
		}
	}
}

// A message with all it demands claims MedCom's profile, and is valid; any
// other claims none, names what is missing, and is valid FHIR.
func TestCareIsValid(t *testing.T) {
	lacks := map[string][]string{
		"medicinliste/til-laegen":            nil,
		"medicinliste/afsender-i-dokumentet": nil,
		"medicinliste/privatmarkeret":        nil,
		"medicinliste/gammel-kopi":           nil,
		"sundhedstjek/til-laegen":            nil,
		"medicinliste/uden-modtager":         {"MessageHeader.destination.receiver"},
		"medicinliste/stregkode-med-fejl":    {"MessageHeader.destination.receiver"},
		"medicinliste/uden-telefon":          {"Communication.payload.extension:authorContact"},
		"medicinliste/tom-liste":             {"Communication.payload.extension:authorContact"},
		"henvisning/til-psykiatrien":         nil,
		"henvisning/rutine":                  nil,
		"henvisning/traad-uden-uuid":         nil,
		"henvisning/psykiatri-social":        nil,
		"henvisning/flere-modtagere":         {"MessageHeader.destination.receiver"},
		"henvisning/flere-modtagere-valgt":   nil,
		"henvisning/uden-telefon":            {"Communication.payload.extension:authorContact"},
		"henvisning/privatmarkeret-medicin":  nil,
		"henvisning/svar-i-anden-traad":      nil,
		"henvisning/tilbagekaldt":            {"ServiceRequest.status"}, // of the referral, and none of MedCom's
		"sundhedstjek/uden-parter":           {"MessageHeader.sender", "MessageHeader.destination.receiver", "Communication.payload.extension:authorContact"},
	}
	v := validator.Find(t)
	var files []string
	for _, c := range careCases(t) {
		if careRefused(c) {
			continue
		}
		name := c.Request.Document + "/" + filepath.Base(c.Name)
		want, known := lacks[name]
		if !known {
			t.Errorf("%s: the test does not know what it lacks", name)
		}
		w, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range w.Ledger.Conformance.Lacks {
			got = append(got, l.Element)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: lacks %v, want %v", name, got, want)
		}
		profile := careMessage
		if len(want) > 0 && want[0] != "ServiceRequest.status" {
			profile = ""
		}
		out := parse(t, string(w.Output))
		claimed := out.Text(out.Find(out.Root(), "meta", "profile"))
		if w.Ledger.Conformance.Profile != profile || claimed != profile {
			t.Errorf("%s: claims %q, ledger %q, want %q", name, claimed, w.Ledger.Conformance.Profile, profile)
		}
		file := filepath.Join(t.TempDir(), strings.ReplaceAll(name, "/", "_")+".json")
		if err := os.WriteFile(file, w.Output, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, i := range validator.Errors(v.Validate(t, carePackage, nil, files...)) {
		t.Error(i)
	}
}

// MedCom takes no FHIR as an attachment: that is why the document is a Binary
// of its own. When this test fails, contentAttachment will do.
func TestMedComRefusesFHIRAsAnAttachment(t *testing.T) {
	for _, c := range careCases(t) {
		if !strings.HasSuffix(c.Name, "medicinliste/fhir-to-carecommunication/til-laegen") {
			continue
		}
		w, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Fatal(err)
		}
		text := string(w.Output)
		start := strings.Index(text, `"contentReference":{`)
		end := start + strings.IndexByte(text[start:], '}') + 1
		text = text[:start] + `"contentAttachment":{"contentType":"application/fhir+json","data":"e30=","title":"Medicinliste"}` + text[end:]
		file := filepath.Join(t.TempDir(), "attachment.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, i := range validator.Errors(validator.Find(t).Validate(t, carePackage, nil, file)) {
			if strings.Contains(i.Path, "contentType") || strings.Contains(i.Message, "attachmentMimeTypes") {
				return
			}
			t.Log(i)
		}
		t.Error("the attachment is taken, or the finding is another")
	}
}

// What must not be missed stands in the text that people read, in the payload
// and in the narrative.
func TestCareSaysWhatMatters(t *testing.T) {
	for _, c := range careCases(t) {
		if careRefused(c) {
			continue
		}
		w, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Fatal(err)
		}
		p, err := readable.Options{Now: c.Request.Now, Kept: true}.Read(parse(t, c.Input))
		if err != nil {
			t.Fatal(err)
		}
		out := parse(t, string(w.Output))
		text := strings.Join(strings.Fields(out.Text(of(t, out, "Communication", "payload", "contentString"))), " ")
		want := append([]string{}, p.CAVE...)
		if m := p.Medication; m != nil {
			want = append(want, m.Read, m.Age, m.Old, m.HeldBack())
			if m.Incomplete {
				want = append(want, "trukturerede dosering")
			}
			for _, s := range m.Sections() {
				for _, d := range s.Drugs {
					want = append(want, d.Name)
					for _, fact := range d.Texts {
						want = append(want, fact.Text)
					}
					for _, mark := range d.Marks {
						want = append(want, mark.Text)
					}
				}
			}
		}
		for _, s := range want {
			if !strings.Contains(text, strings.Join(strings.Fields(s), " ")) {
				t.Errorf("%s: the text does not say %q", c.Name, s)
			}
		}
	}
}

// A message that tells of something private says so of itself.
func TestCareLabelsWhatIsPrivate(t *testing.T) {
	for _, c := range careCases(t) {
		if careRefused(c) {
			continue
		}
		w, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Fatal(err)
		}
		out := parse(t, string(w.Output))
		for _, kind := range []string{"Communication", "Binary"} {
			got := out.Text(of(t, out, kind, "meta", "security", "code"))
			if want := strings.Contains(c.Name, "/privatmarkeret"); (got == "R") != want {
				t.Errorf("%s: %s has the label %q", c.Name, kind, got)
			}
		}
	}
}

// Another time and another receiver make another message; the same make the
// same.
func TestCareIDs(t *testing.T) {
	c := careCase(t, "medicinliste/fhir-to-carecommunication/til-laegen")
	ids := map[string]bool{}
	other := c.Request
	other.Now = other.Now.Add(1e9)
	third := c.Request
	third.Receiver.GLN = "5790000209354"
	for _, q := range []document.Request{c.Request, other, third, c.Request} {
		w, err := toCare(t, c.Input, q)
		if err != nil {
			t.Fatal(err)
		}
		out := parse(t, string(w.Output))
		ids[out.Text(out.Child(out.Root(), "id"))] = true
	}
	if len(ids) != 3 {
		t.Errorf("got %d ids for three messages", len(ids))
	}
}

func TestCareRefuses(t *testing.T) {
	const person = `{"resource":{"resourceType":"Patient","id":"p"}}`
	tests := []struct {
		name, text string
		kind       mapping.Kind
		path       string
	}{
		{"no bundle", `{"resourceType":"List"}`, mapping.Invalid, "resourceType"},
		{"nothing in it", `{"resourceType":"Bundle","entry":[]}`, mapping.Required, "Bundle.entry"},
		{"no list", `{"resourceType":"Bundle","entry":[` + person + `]}`, mapping.Required, "Bundle.entry"},
		{"no patient", `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","id":"a"}}]}`, mapping.Required, "Bundle.entry[0].resource.subject"},
		{"too long", `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","id":"a","subject":{"reference":"urn:uuid:p"},"note":[{"text":"` + strings.Repeat("lang ", careLongest/5) + `"}]}},` + person + `]}`, mapping.TooLong, "Bundle.entry[0].resource"},
	}
	for _, tt := range tests {
		_, err := toCare(t, tt.text, document.Request{Document: document.Medicinliste})
		e, ok := err.(*mapping.Error)
		if !ok || e.Kind != tt.kind || e.Path != tt.path {
			t.Errorf("%s: got %v, want %s at %s", tt.name, err, tt.kind, tt.path)
		}
	}
}
