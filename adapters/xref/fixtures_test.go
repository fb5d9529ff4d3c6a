package xref

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"tolk/fixtures/validator"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/residue"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// sample is one fixture: a document and what its caller asks.
type sample struct {
	name, text string
	request    document.Request
}

func (s sample) refused() bool { return strings.HasPrefix(s.name, "afvist") }

// samples reads the fixtures of a direction.
func samples(tb testing.TB, from, to string) []sample {
	tb.Helper()
	folders, err := filepath.Glob(filepath.Join("..", "..", "fixtures", Document, from+"-to-"+to, "*"))
	if err != nil || len(folders) == 0 {
		tb.Fatalf("no fixture of %s to %s: %v", from, to, err)
	}
	var all []sample
	for _, folder := range folders {
		s := sample{name: filepath.Base(folder), request: document.Request{From: from, To: to}}
		for _, name := range []string{"input.xml", "input.json"} {
			if b, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
				s.text = string(b)
			}
		}
		b, err := os.ReadFile(filepath.Join(folder, "case.yaml"))
		if err != nil {
			tb.Fatal(err)
		}
		var with struct {
			Description      string
			Now              time.Time
			Sender, Receiver document.Party
		}
		if err := yaml.Unmarshal(b, &with); err != nil || with.Description == "" || s.text == "" {
			tb.Fatalf("%s: %v", folder, err)
		}
		s.request.Sender, s.request.Receiver, s.request.Now = with.Sender, with.Receiver, with.Now
		all = append(all, s)
	}
	return all
}

// translate takes the step that a request asks for.
func translate(text string, q document.Request) (*transcript.Written, error) {
	s, err := source(text)
	if err != nil {
		return nil, err
	}
	for _, step := range Steps() {
		if step.From == q.From && step.To == q.To {
			return step.Run(s, q)
		}
	}
	return nil, errors.New("no such step")
}

var directions = [][2]string{{XREF01, document.FHIR}, {XREF15, document.FHIR}, {document.FHIR, XREF01}}

// Every fixture translates, is refused with a path and a message where it should
// be, gives the same bytes twice, and comes back with its residue.
func TestFixtures(t *testing.T) {
	for _, d := range directions {
		for _, s := range samples(t, d[0], d[1]) {
			t.Run(d[0]+"/"+s.name, func(t *testing.T) {
				w, err := translate(s.text, s.request)
				if s.refused() {
					refused(t, err)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				again, err := translate(s.text, s.request)
				if err != nil || string(again.Output) != string(w.Output) {
					t.Errorf("a second run gives other bytes: %v", err)
				}
				back, _, err := residue.Restore(string(w.Output), string(residue.Write(w.Doc, s.text, w.Ledger, w.Raws())), d[1], d[0], tree.Limits{})
				want := s.text
				if !tree.IsXML(want) {
					want = string(w.Doc.Append(nil, w.Doc.Root()))
				}
				if err != nil || string(back) != want {
					t.Errorf("back with the residue: %v\ngot  %s\nwant %s", err, back, want)
				}
				for _, l := range w.Ledger.Lines() {
					foreign := strings.Contains(l.Path, "kendt") || strings.Contains(l.Path, "Andet") || strings.Contains(l.Path, "quantityQuantity") ||
						strings.HasPrefix(s.name, "afsnit") || s.name == "to-gange-anamnese"
					if l.Fate == ledger.Unclaimed.String() && !foreign {
						t.Errorf("%s: %s", l.Path, l.Fate)
					}
				}
				if os.Getenv("SHOW") == s.name {
					t.Log(string(w.Output))
					for _, l := range w.Ledger.Lines() {
						t.Log(l.Path, l.Fate, l.Rule, l.Reason)
					}
					t.Log(w.Ledger.Notices, w.Ledger.Conformance)
				}
			})
		}
	}
}

func refused(t *testing.T, err error) {
	t.Helper()
	var e *mapping.Error
	if !errors.As(err, &e) || e.Message == "" || e.Kind == mapping.Exception {
		t.Fatalf("got %v, want a refusal", err)
	}
	if e.Path == "" && e.Kind != mapping.Structure {
		t.Errorf("no path: %v", err)
	}
	if strings.Contains(err.Error(), "3113819996") {
		t.Errorf("the error names a person: %v", err)
	}
	t.Log(err)
}

// changed are the letters that do not come out as they went in, and why.
var changed = map[string]string{
	"ukendt-element":    "what nobody knows is not written again",
	"to-gange-anamnese": "the second is not read",
	"tomme-elementer":   "what holds nothing is not written again",
	"den-dobbelte-time": "",
}

// A letter that goes through the hub comes out as it was, element for element.
func TestLettersThereAndBackAgain(t *testing.T) {
	for _, s := range samples(t, XREF01, document.FHIR) {
		if s.refused() {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			in, err := hub(s.text)
			if err != nil {
				t.Fatal(err)
			}
			back, err := letterOf(string(in.Output))
			if err != nil {
				t.Fatal(err)
			}
			got, want := leaves(t, string(back.Output)), leaves(t, s.text)
			if slices.Equal(got, want) == (changed[s.name] != "") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// Every output in the hub is valid: base R4, and what a resource claims besides.
func TestHubValidates(t *testing.T) {
	v := validator.Find(t)
	dir := t.TempDir()
	var files []string
	texts := map[string]string{"official": official(t)}
	for _, d := range directions[:2] {
		for _, s := range samples(t, d[0], d[1]) {
			if !s.refused() {
				texts[d[0]+"-"+s.name] = s.text
			}
		}
	}
	for name, text := range texts {
		w, err := hub(text)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name+".json")
		if err := os.WriteFile(file, w.Output, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for some := range slices.Chunk(files, 12) {
		for _, i := range validator.Errors(v.Validate(t, "hl7.fhir.dk.core#3.7.0", nil, some...)) {
			t.Error(i)
		}
	}
}

// The elements of a letter stand in the order of the table, and none stands
// there that the table does not have.
func TestOrder(t *testing.T) {
	for _, s := range samples(t, document.FHIR, XREF01) {
		if s.refused() {
			continue
		}
		w, err := translate(s.text, s.request)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := tree.ParseXML(string(w.Output), tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for n := range tree.ID(doc.Len()) {
			if doc.Kind(n) != tree.Object || doc.Child(n, tree.TextKey) != tree.None || doc.Child(n, "Break") != tree.None {
				continue
			}
			last := -1
			for c := doc.First(n); c != tree.None; c = doc.Next(c) {
				at := slices.Index(order[doc.RawKey(n)], doc.RawKey(c))
				if at < last || at < 0 {
					t.Errorf("%s: %s is out of order", s.name, doc.Path(c))
				}
				last = at
			}
		}
	}
}
