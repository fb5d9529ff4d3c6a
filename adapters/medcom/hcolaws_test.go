package medcom

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/residue"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

var gln = regexp.MustCompile(`gln: "(\d+)"`)

// cases returns the worked examples of a direction, with what is asked for.
func cases(t *testing.T, direction string) (inputs map[string]string, requests map[string]document.Request) {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "sundhedstjek", direction, "*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no fixtures of %s: %v", direction, err)
	}
	inputs, requests = map[string]string{}, map[string]document.Request{}
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, "input.json"))
		if err != nil {
			t.Fatal(err)
		}
		options, err := os.ReadFile(filepath.Join(folder, "case.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		name := direction + "-" + filepath.Base(folder) + ".json"
		inputs[name] = string(text)
		if m := gln.FindSubmatch(options); m != nil {
			requests[name] = document.Request{Receiver: document.Party{GLN: string(m[1])}}
		}
	}
	return inputs, requests
}

// compact is a document without the white space between its tokens.
func compact(t *testing.T, text string) string {
	t.Helper()
	doc := parse(t, text)
	return string(doc.Append(nil, doc.Root()))
}

// restored translates a document and takes it back with the residue.
func restored(t *testing.T, name, text, from, to string, w *transcript.Written) {
	t.Helper()
	r := residue.Write(w.Doc, text, w.Ledger, w.Raws())
	back, _, err := residue.Restore(string(w.Output), string(r), to, from, tree.Limits{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if got, want := string(back), compact(t, text); got != want {
		t.Errorf("%s: the residue does not give it back\n got %s\nwant %s", name, got, want)
	}
}

func TestFixturesToTheHub(t *testing.T) {
	inputs, _ := cases(t, "hco-to-fhir")
	var hubs, backs []written
	for name, text := range inputs {
		there, err := HCOToHub(parse(t, text), document.Request{})
		if refused := strings.Contains(name, "-fejl-"); refused != (err != nil) {
			t.Errorf("%s: got the error %v", name, err)
		}
		if err != nil {
			continue
		}
		restored(t, name, text, HCO, "fhir", there)
		back := fromHub(t, string(there.Output), receiver(t, text))
		restored(t, name, string(there.Output), "fhir", HCO, back)
		again := toHub(t, string(back.Output))
		if got, want := loose(t, again.Output), loose(t, there.Output); got != want {
			t.Errorf("%s: the hub is not stable after one trip\n got %s\nwant %s", name, got, want)
		}
		hubs = append(hubs, written{name, string(there.Output)})
		backs = append(backs, written{name, string(back.Output)})
	}
	valid(t, "hl7.fhir.dk.core#3.7.0", hubs)
	valid(t, "medcom.fhir.dk.homecareobservation#1.2.1", backs)
}

func TestFixturesFromTheHub(t *testing.T) {
	inputs, requests := cases(t, "fhir-to-hco")
	whole := []string{"fhir-to-hco-fuld-besked.json", "fhir-to-hco-uden-plads.json", "fhir-to-hco-blodtryk-uden-diastolisk.json", "fhir-to-hco-for-mange-tegn.json"}
	var sources, messages []written
	for name, text := range inputs {
		w := fromHub(t, text, requests[name])
		restored(t, name, text, "fhir", HCO, w)
		if n := w.Ledger.Counts["unclaimed"]; n != 0 {
			t.Errorf("%s: %d leaves unclaimed", name, n)
		}
		if got, want := w.Ledger.Conformance.Met, slices.Contains(whole, name); got != want {
			t.Errorf("%s: got a message: %v, want %v; lacks %v", name, got, want, w.Ledger.Conformance.Lacks)
		}
		if got, want := strings.Contains(string(w.Output), `"`+hcoMessage+`"`), w.Ledger.Conformance.Met; got != want {
			t.Errorf("%s: claims a message: %v, want %v", name, got, want)
		}
		sources = append(sources, written{name, text})
		messages = append(messages, written{name, string(w.Output)})
	}
	valid(t, "hl7.fhir.dk.core#3.7.0", sources)
	valid(t, "medcom.fhir.dk.homecareobservation#1.2.1", messages)
}

func TestExamplesAreGivenBack(t *testing.T) {
	for name, text := range official(t) {
		if envelopeOnly(name) {
			continue
		}
		there := toHub(t, text)
		restored(t, name, text, HCO, "fhir", there)
		restored(t, name, string(there.Output), "fhir", HCO, fromHub(t, string(there.Output), receiver(t, text)))
	}
}

// Whatever is done to a document, it becomes one that passes the auditor, or an
// error with a kind. What was not known stands on the ledger.
func TestMutants(t *testing.T) {
	corpus, requests := cases(t, "fhir-to-hco")
	more, _ := cases(t, "hco-to-fhir")
	source := rand.New(rand.NewPCG(4, 12))
	for range 8 {
		for name, text := range corpus {
			mutated(t, name, text, source, func(d *tree.Doc) (*transcript.Written, error) { return HubToHCO(d, requests[name]) })
		}
		for name, text := range more {
			mutated(t, name, text, source, func(d *tree.Doc) (*transcript.Written, error) { return HCOToHub(d, document.Request{}) })
		}
	}
}

func mutated(t *testing.T, name, text string, source *rand.Rand, translate func(*tree.Doc) (*transcript.Written, error)) {
	t.Helper()
	doc := parse(t, text)
	var objects, leaves []tree.ID
	for n := tree.ID(0); int(n) < doc.Len(); n++ {
		if doc.Kind(n) == tree.Object {
			objects = append(objects, n)
		}
		if doc.Leaf(n) && doc.Parent(n) != tree.None {
			leaves = append(leaves, n)
		}
	}
	inserted := without(doc, tree.None, objects[source.IntN(len(objects))])
	w, err := translate(parse(t, inserted))
	if _, before := translate(doc); (before == nil) != (err == nil) {
		t.Errorf("%s: an element that nobody knows: %v", name, err)
	}
	if err == nil {
		found := false
		for _, l := range w.Ledger.Lines() {
			if strings.HasSuffix(l.Path, ".ukendtFelt") {
				found = l.Fate != "carried" && l.Fate != "converted"
			}
		}
		if !found {
			t.Errorf("%s: an element that nobody knows is not on the ledger, or went out", name)
		}
		if strings.Contains(string(w.Output), "ukendtFelt") {
			t.Errorf("%s: an element that nobody knows went out", name)
		}
	}
	for _, strange := range []string{"null", "1", `"x"`, "[]", "{}", "[[1]]", `[{"coding":{"code":1}}]`, `{"reference":"#a"}`} {
		n := tree.ID(1 + source.IntN(doc.Len()-1))
		if _, err := translate(parse(t, instead(doc, n, strange))); err != nil {
			var e *mapping.Error
			if !errors.As(err, &e) || e.Kind == mapping.Exception {
				t.Errorf("%s: %s at %s: %v", name, strange, doc.Path(n), err)
			}
		}
	}
	gone := leaves[source.IntN(len(leaves))]
	_, err = translate(parse(t, without(doc, gone, tree.None)))
	var e *mapping.Error
	if err != nil && (!errors.As(err, &e) || e.Kind == mapping.Exception) {
		t.Errorf("%s: without %s: %v", name, doc.Path(gone), err)
	}
}

// instead writes a document with a text in place of a node.
func instead(doc *tree.Doc, n tree.ID, text string) string {
	var put func(b []byte, c tree.ID) []byte
	put = func(b []byte, c tree.ID) []byte {
		switch {
		case c == n:
			return append(b, text...)
		case !doc.Kind(c).Container():
			return append(b, doc.Raw(c)...)
		}
		open, closing := byte('{'), byte('}')
		if doc.Kind(c) == tree.Array {
			open, closing = '[', ']'
		}
		b = append(b, open)
		for m := doc.First(c); m != tree.None; m = doc.Next(m) {
			if m != doc.First(c) {
				b = append(b, ',')
			}
			if open == '{' {
				b = append(append(append(b, '"'), doc.RawKey(m)...), '"', ':')
			}
			b = put(b, m)
		}
		return append(b, closing)
	}
	return string(put(nil, doc.Root()))
}

// without writes a document without a leaf, or with an unknown one in an object.
func without(doc *tree.Doc, gone, grown tree.ID) string {
	out := tree.NewOut(doc.Len())
	var put func(parent tree.OutID, key string, n tree.ID)
	put = func(parent tree.OutID, key string, n tree.ID) {
		if n == gone {
			return
		}
		switch doc.Kind(n) {
		case tree.Object:
			o := out.Object(parent, key)
			for c := doc.First(n); c != tree.None; c = doc.Next(c) {
				put(o, doc.RawKey(c), c)
			}
			if n == grown {
				out.Leaf(o, "ukendtFelt", `"x"`, tree.None, 0)
			}
		case tree.Array:
			o := out.Array(parent, key)
			for c := doc.First(n); c != tree.None; c = doc.Next(c) {
				put(o, "", c)
			}
		default:
			out.Leaf(parent, key, doc.Raw(n), tree.None, 0)
		}
	}
	put(tree.NoOut, "", doc.Root())
	return string(out.Append(nil, 0))
}

// passages are leaves by which resources are found and named: without one of
// them others change as well.
var passages = regexp.MustCompile(`\.(id|fullUrl|reference|resourceType|status)$|^Bundle\.(type|timestamp)$`)

// Without a leaf, nothing changes but the resource that it stood in, and what
// the resources claim.
func TestDeletedLeafChangesOnlyItsOwn(t *testing.T) {
	inputs, requests := cases(t, "fhir-to-hco")
	for name, text := range inputs {
		alone(t, name, text, func(d *tree.Doc) (*transcript.Written, error) { return HubToHCO(d, requests[name]) })
	}
	inputs, _ = cases(t, "hco-to-fhir")
	for name, text := range inputs {
		if strings.Contains(name, "blodtryk-samles") || strings.Contains(name, "tilbagekaldt") || strings.Contains(name, "alene") {
			continue // without a leaf the two are no panel; and one alone is its own document
		}
		alone(t, name, text, func(d *tree.Doc) (*transcript.Written, error) { return HCOToHub(d, document.Request{}) })
	}
}

func alone(t *testing.T, name, text string, translate func(*tree.Doc) (*transcript.Written, error)) {
	t.Helper()
	doc := parse(t, text)
	whole, err := translate(doc)
	if err != nil {
		return
	}
	before := resources(t, whole)
	doc.Walk(doc.Root(), func(leaf tree.ID, path string) {
		if passages.MatchString(path) {
			return
		}
		w, err := translate(parse(t, without(doc, leaf, tree.None)))
		if err != nil {
			return
		}
		own, _, _ := strings.Cut(path, ".resource.")
		after := resources(t, w)
		for id, was := range before {
			if is, ok := after[id]; ok && is.text != was.text && is.entry != own && was.entry != own {
				t.Errorf("%s: without %s:\n got %s\nwant %s", name, path, is.text, was.text)
			}
		}
	})
}

// copied is a resource of the target without its claims, its narrative and what
// a report lists, which follow from others, with the entry of the source that
// it comes from.
type copied struct{ text, entry string }

func resources(t *testing.T, w *transcript.Written) map[string]copied {
	t.Helper()
	doc := parse(t, string(w.Output))
	from := map[string]string{} // entry of the target to that of the source
	for _, o := range w.Ledger.Origins() {
		entry, _, _ := strings.Cut(o.Path, ".resource.")
		if source, _, ok := strings.Cut(o.Source, ".resource."); ok && from[entry] == "" {
			from[entry] = source
		}
	}
	found := map[string]copied{}
	list := doc.Child(doc.Root(), "entry")
	for e := doc.First(list); e != tree.None; e = doc.Next(e) {
		r := doc.Child(e, "resource")
		kind := doc.Text(doc.Child(r, "resourceType"))
		if kind == "MessageHeader" || kind == "Provenance" {
			continue
		}
		var b []byte
		for m := doc.First(r); m != tree.None; m = doc.Next(m) {
			if key := doc.Key(m); key != "meta" && key != "text" && key != "performer" && key != "result" {
				b = append(append(b, key...), ' ')
				b = doc.Append(b, m)
			}
		}
		found[doc.Text(doc.Child(r, "id"))] = copied{string(b), from[doc.Path(e)]}
	}
	return found
}

func FuzzHCO(f *testing.F) {
	for _, name := range []string{"hco-to-fhir/blodtryk-samles", "fhir-to-hco/uden-plads", "fhir-to-hco/fuld-besked"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "sundhedstjek", filepath.FromSlash(name), "input.json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			return
		}
		for _, translate := range []func(*tree.Doc, document.Request) (*transcript.Written, error){HCOToHub, HubToHCO} {
			_, err := translate(doc, document.Request{Receiver: document.Party{GLN: "5790000002023"}})
			var e *mapping.Error
			if err != nil && (!errors.As(err, &e) || e.Kind == mapping.Exception) {
				t.Error(err)
			}
		}
	})
}
