package xref

import (
	"encoding/xml"
	"errors"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// mutant writes a letter again: without one node, with an element more as the
// last of another, or with another text in one.
type mutant struct {
	doc                    *tree.Doc
	without, into, instead tree.ID
	what                   string
}

func mutantOf(doc *tree.Doc) mutant {
	return mutant{doc: doc, without: tree.None, into: tree.None, instead: tree.None}
}

func (m mutant) String() string {
	var b strings.Builder
	m.write(&b, m.doc.Root(), ` xmlns="`+m.doc.Space(0)+`"`)
	return b.String()
}

func (m mutant) write(b *strings.Builder, n tree.ID, declaration string) {
	d := m.doc
	if n == m.without || strings.HasPrefix(d.RawKey(n), "@") {
		return
	}
	text := d.Text(n)
	if n == m.instead {
		text = m.what
	}
	if d.RawKey(n) == tree.TextKey {
		_ = xml.EscapeText(b, []byte(text))
		return
	}
	b.WriteString("<" + d.RawKey(n) + declaration + ">")
	if d.Kind(n) == tree.String {
		_ = xml.EscapeText(b, []byte(text))
	}
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		m.write(b, c, "")
	}
	if n == m.into {
		b.WriteString(m.what)
	}
	b.WriteString("</" + d.RawKey(n) + ">")
}

// subjects are the letters that mutants are made of: together they have every
// element.
func subjects(t *testing.T) map[string]*tree.Doc {
	t.Helper()
	all := map[string]*tree.Doc{}
	for _, d := range directions[:2] {
		for _, s := range samples(t, d[0], d[1]) {
			if !slices.Contains([]string{"psykiatrisk-henvisning", "henvisninger-og-visitation", "svarkopi-og-paaroerende", "forloeb", "visitation"}, s.name) {
				continue
			}
			x, err := source(s.text)
			if err != nil {
				t.Fatal(err)
			}
			all[d[0]+"/"+s.name] = x.Doc
		}
	}
	return all
}

// effect is what became of one leaf: what was written from it, and its fate.
func effects(w *transcript.Written) []string {
	raws := map[string]string{}
	for i, o := range w.Ledger.Origins() {
		raws[o.Path] = w.Raws()[i]
	}
	var all []string
	for _, l := range w.Ledger.Lines() {
		var wrote []string
		for _, path := range l.Target {
			wrote = append(wrote, raws[path])
		}
		name := l.Path[strings.LastIndexByte(strings.TrimSuffix(l.Path, ".text()"), '.')+1:]
		name, _, _ = strings.Cut(name, "[")
		all = append(all, name+" "+l.Fate+" "+strings.Join(wrote, "|"))
	}
	return all
}

// An element that nobody knows is unclaimed wherever it stands, and changes
// nothing else; the same element in a foreign namespace too.
func TestInserted(t *testing.T) {
	for name, doc := range subjects(t) {
		before, err := hub(mutantOf(doc).String())
		if err != nil {
			t.Fatal(err)
		}
		was := effects(before)
		for n := range tree.ID(doc.Len()) {
			if doc.Kind(n) != tree.Object || n == 0 || doc.Child(n, tree.TextKey) != tree.None {
				continue
			}
			for _, what := range []string{`<Ukendt>7</Ukendt>`, `<Priority xmlns="urn:example:x">akut</Priority>`, `<Letter xmlns="urn:example:x">x</Letter>`} {
				m := mutantOf(doc)
				m.into, m.what = n, what
				after, err := hub(m.String())
				if err != nil {
					t.Errorf("%s: %s in %s: %v", name, what, doc.Path(n), err)
					continue
				}
				is := effects(after)
				at := slices.IndexFunc(is, func(e string) bool { return strings.HasSuffix(e, " unclaimed ") })
				if at < 0 || !slices.Equal(slices.Delete(is, at, at+1), was) {
					t.Errorf("%s: %s in %s is not unclaimed, or changes something else", name, what, doc.Path(n))
				}
			}
		}
	}
}

// A leaf that is left out takes what was written from it along. What is read
// together with it may be written otherwise; whatever is left is accounted for.
func TestDeleted(t *testing.T) {
	for name, doc := range subjects(t) {
		before, err := hub(mutantOf(doc).String())
		if err != nil {
			t.Fatal(err)
		}
		was := effects(before)
		leaf := -1
		for n := range tree.ID(doc.Len()) {
			if !doc.Leaf(n) {
				continue
			}
			leaf++
			if doc.RawKey(n) == "Break" {
				continue // the runs beside it become one
			}
			m := mutantOf(doc)
			m.without = n
			after, err := hub(m.String())
			var refusal *mapping.Error
			if errors.As(err, &refusal) && refusal.Kind != mapping.Exception && refusal.Path != "" {
				continue // what must be there is not
			}
			if err != nil {
				t.Errorf("%s: without %s: %v", name, doc.Path(n), err)
				continue
			}
			is, want := effects(after), slices.Delete(slices.Clone(was), leaf, leaf+1)
			if len(is) == len(was) {
				is = slices.Delete(is, leaf, leaf+1) // the element above holds nothing now, and is a leaf itself
			}
			changed := 0
			for i := range want {
				if len(is) != len(want) || is[i] != want[i] {
					changed++
				}
			}
			// The text of a section is one value; a Date is read with its Time, a
			// number with what it is of, a suburb with the street.
			if changed > 1 {
				t.Errorf("%s: without %s %d others change", name, doc.Path(n), changed)
			}
		}
	}
}

// Whatever an element says, the letter is refused for it, or the hub document
// holds no empty value and becomes a letter again that says the same.
func TestHostileValues(t *testing.T) {
	for name, doc := range subjects(t) {
		if strings.HasSuffix(name, "forloeb") || strings.HasSuffix(name, "henvisning") {
			continue // the others have their elements too
		}
		for _, value := range []string{"", " ", "\"\\<&>\r", "2026-02-31", "24:00", "-1", "æøå \u202e𝄞", "a\nb"} {
			for n := range tree.ID(doc.Len()) {
				if !doc.Leaf(n) || doc.RawKey(n) == "Break" || strings.HasPrefix(doc.RawKey(n), "@") {
					continue
				}
				m := mutantOf(doc)
				m.instead, m.what = n, value
				hostile(t, name+": "+doc.Path(n), value, m.String())
			}
		}
	}
}

func hostile(t *testing.T, where, value, text string) {
	t.Helper()
	w, err := hub(text)
	var refusal *mapping.Error
	if err != nil {
		if !errors.As(err, &refusal) || refusal.Kind == mapping.Exception || refusal.Path == "" {
			t.Errorf("%s: %q: %v", where, value, err)
		}
		return
	}
	if strings.Contains(string(w.Output), `:""`) {
		t.Errorf("%s: %q: an empty value", where, value)
	}
	if !strings.HasPrefix(w.Ledger.From, XREF01) {
		return
	}
	if _, err := letterOf(string(w.Output)); err != nil && !errors.As(err, &refusal) || refusal != nil && refusal.Kind == mapping.Exception {
		t.Errorf("%s: %q: back: %v", where, value, err)
	}
}

// Every node of a hub document may be left out, or be of another kind: the
// letter is refused with a place, or written and accounted for.
func TestHubMutants(t *testing.T) {
	for _, s := range samples(t, document.FHIR, XREF01) {
		if s.refused() || s.name == "privatmarkeret-medicin" {
			continue
		}
		x, err := source(s.text)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range []string{"", "7", `"x"`, "null", "{}", `["x"]`} {
			step := 1
			if x.Len() > 500 {
				step = 23 // of a large document, some
			}
			for n := 1; n < x.Len(); n += step {
				text := mutated(x.Doc, tree.ID(n), raw)
				_, err := translate(text, s.request)
				var refusal *mapping.Error
				if err != nil && (!errors.As(err, &refusal) || refusal.Kind == mapping.Exception) {
					t.Errorf("%s: %s as %q: %v", s.name, x.Path(tree.ID(n)), raw, err)
				}
			}
		}
	}
}

// mutated is a document with raw instead of a node, or without it.
func mutated(d *tree.Doc, at tree.ID, raw string) string {
	var b []byte
	var put func(n tree.ID)
	put = func(n tree.ID) {
		if n == at {
			b = append(b, raw...)
			return
		}
		if d.Leaf(n) {
			b = d.Append(b, n)
			return
		}
		brackets := "[]"
		if d.Kind(n) == tree.Object {
			brackets = "{}"
		}
		b = append(b, brackets[0])
		first := true
		for c := d.First(n); c != tree.None; c = d.Next(c) {
			if c == at && raw == "" {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			if brackets == "{}" {
				b = append(append(append(b, '"'), d.RawKey(c)...), '"', ':')
			}
			put(c)
		}
		b = append(b, brackets[1])
	}
	put(d.Root())
	return string(b)
}

// Whatever comes, it is refused as a document is, or translated with an account
// that holds.
func FuzzLetter(f *testing.F) {
	for _, d := range directions[:2] {
		for _, s := range samples(f, d[0], d[1]) {
			f.Add(s.text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := hub(text)
		var refusal *mapping.Error
		if err != nil {
			if !errors.As(err, &refusal) || refusal.Kind == mapping.Exception {
				t.Fatal(err)
			}
			return
		}
		if _, err := letterOf(string(w.Output)); err != nil && (!errors.As(err, &refusal) || refusal.Kind == mapping.Exception) {
			t.Fatalf("back: %v", err)
		}
	})
}

// The same for a hub document.
func FuzzHub(f *testing.F) {
	for _, s := range samples(f, document.FHIR, XREF01) {
		f.Add(s.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := letterOf(text)
		var refusal *mapping.Error
		if err != nil && (!errors.As(err, &refusal) || refusal.Kind == mapping.Exception) {
			t.Fatal(err)
		}
	})
}
