package plain

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/ledger"
	"tolk/mapping/maps"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
	"tolk/schemas"
)

func library(t testing.TB) *fields.Library {
	t.Helper()
	lenses, err := Lenses()
	if err != nil {
		t.Fatal(err)
	}
	l, err := fields.Load(maps.FS, "fields", lenses)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// way returns both steps of a document.
func ways(t testing.TB, name string) (forward, backward step) {
	t.Helper()
	run := map[string]step{}
	for _, s := range Steps(compiled(t), library(t)) {
		if s.Document == name {
			run[s.From] = func(text string) (*transcript.Written, error) {
				d, err := tree.Parse(text, limits)
				if err != nil {
					return nil, err
				}
				return s.Run(document.Source{Doc: d, Bytes: text}, document.Request{})
			}
		}
	}
	return run[Form], run[document.FHIR]
}

var limits tree.Limits

// same reports whether two texts are the same document, members in any order
// and numbers as they are written.
func same(a, b string) bool {
	value := func(text string) any {
		d, err := tree.Parse(text, limits)
		if err != nil {
			return err
		}
		c := converter{doc: d}
		return c.value(d.Root())
	}
	return reflect.DeepEqual(value(a), value(b))
}

type step func(string) (*transcript.Written, error)

// lost says what is lost of a document on the way to the hub and back, with
// nothing but the hub's Bundle to go by, or what an account leaves open; empty
// for nothing.
func lost(forward, backward step, text string) string {
	hub, err := forward(text)
	if err != nil {
		return fmt.Sprintf("to the hub: %v\n%s", err, text)
	}
	back, err := backward(string(hub.Output))
	if err != nil {
		return fmt.Sprintf("from the hub: %v\n%s", err, hub.Output)
	}
	var b strings.Builder
	if !same(text, string(back.Output)) {
		fmt.Fprintf(&b, "came back otherwise:\n got %s\nwant %s\n hub %s\n", back.Output, text, hub.Output)
	}
	for _, w := range []*transcript.Written{hub, back} {
		for _, l := range w.Ledger.Lines() {
			if l.Fate == ledger.Unclaimed.String() || w == hub && l.Fate == ledger.Dropped.String() {
				fmt.Fprintf(&b, "%s to %s: %s is %s\n%s\n", w.Ledger.From, w.Ledger.To, l.Path, l.Fate, hub.Output)
			}
		}
		for _, l := range w.Ledger.Conformance.Lacks {
			fmt.Fprintf(&b, "%s to %s: lacks %s: %s\n", w.Ledger.From, w.Ledger.To, l.Element, l.Message)
		}
	}
	return b.String()
}

func TestExamplesComeBack(t *testing.T) {
	for _, name := range schemas.Documents() {
		forward, backward := ways(t, name)
		for _, e := range schema(t, name)["examples"].([]any) {
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			if why := lost(forward, backward, string(text)); why != "" {
				t.Error(why)
			}
		}
	}
}

func BenchmarkForward(b *testing.B) {
	bench(b, func(f, _ step, text string) (step, string) { return f, text })
}

func BenchmarkBackward(b *testing.B) {
	bench(b, func(forward, backward step, text string) (step, string) {
		hub, err := forward(text)
		if err != nil {
			b.Fatal(err)
		}
		return backward, string(hub.Output)
	})
}

func bench(b *testing.B, which func(forward, backward step, text string) (step, string)) {
	for _, name := range schemas.Documents() {
		forward, backward := ways(b, name)
		run, text := which(forward, backward, example(b, name))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := run(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Whatever stands in a Bundle, the way back gives a document with its account
// or an error of tolk, and never more than was there.
func FuzzBackward(f *testing.F) {
	var all []step
	for _, name := range schemas.Documents() {
		forward, backward := ways(f, name)
		hub, err := forward(example(f, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(hub.Output))
		all = append(all, backward)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := tree.Parse(text, limits); err != nil {
			return
		}
		for _, backward := range all {
			_, err := backward(text)
			var e *mapping.Error
			if err != nil && (!errors.As(err, &e) || e.Kind == mapping.Exception) {
				t.Errorf("%T: %v", err, err)
			}
		}
	})
}

// A Bundle that somebody has changed anywhere is read or refused, and what no
// rule knows is on the account.
func TestChangedBundles(t *testing.T) {
	for _, name := range schemas.Documents() {
		s := schema(t, name)
		forward, backward := ways(t, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				hub, err := forward(generated(r, s, false))
				if err != nil {
					r.Fatal(err)
				}
				changed := change(r, string(hub.Output))
				back, err := backward(changed)
				var e *mapping.Error
				switch {
				case err == nil:
					for _, l := range back.Ledger.Lines() {
						if fate := l.Fate; strings.HasSuffix(l.Path, ".xUkendt") && fate != "unclaimed" && fate != "dropped" && fate != "residue" {
							r.Errorf("what nobody knows is %s by %s:\n%s", fate, l.Rule, changed)
						}
					}
				case err != nil && (!errors.As(err, &e) || e.Kind == mapping.Exception):
					r.Errorf("%v\n%s", err, changed)
				}
			})
		})
	}
}

// change alters one node of a document: taken out, put in, another value.
func change(r *rapid.T, text string) string {
	d, err := tree.Parse(text, limits)
	if err != nil {
		r.Fatal(err)
	}
	at := tree.ID(rapid.IntRange(1, d.Len()-1).Draw(r, "node"))
	with := rapid.SampledFrom([]string{"", `"xUkendt"`, `{"xUkendt":"ja"}`, `[]`, `{}`, `null`, `true`, `1e5`}).Draw(r, "with")
	if key := d.Key(at); strings.Contains(with, "{") && (key == "id" || key == "fullUrl" || key == "resourceType") {
		at = d.Parent(at) // the engine takes these as they are
	}
	var b []byte
	var write func(n tree.ID)
	write = func(n tree.ID) {
		if n == at && with != "" {
			b = append(b, with...)
			return
		}
		if d.Leaf(n) {
			b = d.Append(b, n)
			return
		}
		object := d.Kind(n) == tree.Object
		open, closing := byte('['), byte(']')
		if object {
			open, closing = '{', '}'
		}
		b = append(b, open)
		first := true
		for c := d.First(n); c != tree.None; c = d.Next(c) {
			if c == at && with == "" {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			if object {
				b = append(append(append(b, '"'), d.RawKey(c)...), '"', ':')
			}
			write(c)
		}
		b = append(b, closing)
	}
	write(d.Root())
	return string(b)
}
