package xref

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/residue"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// official reads MedCom's test referral, which lies beside the repository.
func official(t testing.TB) string {
	t.Helper()
	return shared.Read(t, "official", "medcom-legacy", "XREF01.xml")
}

// source reads a document as the gateway does.
func source(text string) (document.Source, error) {
	if !tree.IsXML(text) {
		d, err := tree.Parse(text, tree.Limits{})
		return document.Source{Doc: d, Bytes: text}, err
	}
	decoded, _, err := tree.DecodeXML([]byte(text))
	if err != nil {
		return document.Source{}, err
	}
	d, err := tree.ParseXML(decoded, tree.Limits{})
	return document.Source{Doc: d, Bytes: text}, err
}

func hub(text string) (*transcript.Written, error) {
	s, err := source(text)
	if err != nil {
		return nil, err
	}
	return toHub(s, document.Request{})
}

func letterOf(text string) (*transcript.Written, error) {
	s, err := source(text)
	if err != nil {
		return nil, err
	}
	return fromHub(s, document.Request{})
}

// leaves lists a document leaf for leaf, with its element and its text. White
// space that only lays the document out is not in it.
func leaves(t testing.TB, text string) []string {
	t.Helper()
	s, err := source(text)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	s.Walk(s.Root(), func(n tree.ID, path string) { all = append(all, path+"="+s.Text(n)) })
	return all
}

// MedCom's test referral comes out as it went in, element for element.
func TestThereAndBackAgain(t *testing.T) {
	text := official(t)
	in, err := hub(text)
	if err != nil {
		t.Fatal(err)
	}
	back, err := letterOf(string(in.Output))
	if err != nil {
		t.Fatal(err)
	}
	got, want := leaves(t, string(back.Output)), leaves(t, text)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, l := range in.Ledger.Lines() {
		if l.Fate != "carried" && l.Fate != "converted" && l.Fate != "used" {
			t.Errorf("%s: %s (%s)", l.Path, l.Fate, l.Reason)
		}
	}
	if os.Getenv("SHOW") != "" {
		t.Log(string(in.Output))
		t.Log(string(back.Output))
		for _, l := range back.Ledger.Lines() {
			t.Log(l.Path, l.Fate, l.Rule, l.Reason)
		}
	}
}

// The accounts of two steps join: from a letter through the hub to a letter, and
// the whole holds against the bytes at both ends. Nothing is lost silently: what
// did not get there has a reason.
func TestComposed(t *testing.T) {
	texts := map[string]string{"official": official(t)}
	for _, d := range directions[:2] {
		for _, s := range samples(t, d[0], d[1]) {
			if !s.refused() {
				texts[d[0]+"/"+s.name] = s.text
			}
		}
	}
	for name, text := range texts {
		first, err := hub(text)
		if err != nil {
			t.Fatal(err)
		}
		second, err := letterOf(string(first.Output))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		l := ledger.Compose(first.Ledger, second.Ledger, first.Raws(), second.Raws())
		if err := ledger.Audit(first.Doc.Source(), string(second.Output), l); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, line := range l.Lines() {
			if len(line.Target) == 0 && line.Fate != "used" && line.Reason == "" {
				t.Errorf("%s: %s: %s without a reason", name, line.Path, line.Fate)
			}
		}
	}
}

// What is written is XML for other readers too.
func TestOthersReadIt(t *testing.T) {
	for _, s := range samples(t, document.FHIR, XREF01) {
		if s.refused() {
			continue
		}
		w, err := translate(s.text, s.request)
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(bytes.NewReader(w.Output))
		names := 0
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			if e, ok := token.(xml.StartElement); ok {
				names++
				if e.Name.Space != space01 {
					t.Errorf("%s: %s is in the namespace %q", s.name, e.Name.Local, e.Name.Space)
				}
			}
		}
		if names == 0 {
			t.Errorf("%s: no element", s.name)
		}
	}
}

// A carried value that was changed in the letter is taken over when the hub
// document comes back; a change the residue cannot understand is refused.
func TestChangedLetter(t *testing.T) {
	w, err := letterOf(smallest)
	if err != nil {
		t.Fatal(err)
	}
	kept := string(residue.Write(w.Doc, smallest, w.Ledger, w.Raws()))
	changed := strings.Replace(string(w.Output), "<PersonSurnameName>Elmer<", "<PersonSurnameName>Elmer &amp; \"Søn\"<", 1)
	back, _, err := residue.Restore(changed, kept, XREF01, document.FHIR, tree.Limits{})
	if err != nil || !strings.Contains(string(back), `"family":"Elmer & \"Søn\""`) {
		t.Errorf("got %s, %v", back, err)
	}
	for _, to := range []string{"<PersonGivenName>Bruno X<", "<PersonGivenName/>"} {
		changed = strings.Replace(string(w.Output), "<PersonGivenName>Bruno Test<", to, 1)
		if _, _, err := residue.Restore(changed, kept, XREF01, document.FHIR, tree.Limits{}); err == nil {
			t.Errorf("%s: a change of a converted value is taken", to)
		}
	}
}
