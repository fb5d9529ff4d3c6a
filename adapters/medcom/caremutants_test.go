package medcom

import (
	"errors"
	"testing"

	"tolk/fixtures"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// mutated writes a document with one node written otherwise; empty: left out.
func careMutated(b []byte, d *tree.Doc, n, at tree.ID, as string) []byte {
	if n == at {
		return append(b, as...)
	}
	if d.Leaf(n) {
		return d.Append(b, n)
	}
	open, closing := byte('['), byte(']')
	if d.Kind(n) == tree.Object {
		open, closing = '{', '}'
	}
	b = append(b, open)
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		if c == at && as == "" {
			continue
		}
		if b[len(b)-1] != open {
			b = append(b, ',')
		}
		if open == '{' {
			b = append(append(append(b, '"'), d.RawKey(c)...), '"', ':')
		}
		b = careMutated(b, d, c, at, as)
	}
	return append(b, closing)
}

// Whatever one element is instead of what it should be, the answer is a message
// whose account holds, or an error that names a place: never a bug. A message that
// was written is read the same way.
func TestCareMutants(t *testing.T) {
	threads := threadCases(t)
	for _, c := range []fixtures.Case{careCase(t, "/privatmarkeret"), threads["svar"], threads["hold-og-forloeb"], threads["bilag-som-tekst"], threads["kopimodtager"]} {
		mutate(t, c.Input, func(text string) error { _, err := toCare(t, text, c.Request); return err })
	}
	sent, err := toCare(t, threads["svar"].Input, document.Request{Document: document.Korrespondance})
	if err != nil {
		t.Fatal(err)
	}
	mutate(t, string(sent.Output), func(text string) error { _, err := fromCare(t, document.Korrespondance, text); return err })
}

// mutate translates a document with every third of its elements left out or made
// another.
func mutate(t *testing.T, text string, translate func(text string) error) {
	t.Helper()
	d := parse(t, text)
	messages, refused := 0, 0
	for n := d.Root() + 1; int(n) < d.Len(); n += 3 {
		for _, as := range []string{"", `"x"`, "7", "{}", "[]", `[{"x":1}]`} {
			err := translate(string(careMutated(nil, d, d.Root(), n, as)))
			var e *mapping.Error
			switch {
			case err == nil:
				messages++
			case !errors.As(err, &e) || e.Kind == mapping.Exception || e.Path == "":
				t.Fatalf("%s as %q: %v", d.Path(n), as, err)
			default:
				refused++
			}
		}
	}
	if messages == 0 || refused == 0 {
		t.Errorf("%d messages and %d refusals: the mutants try nothing", messages, refused)
	}
}
