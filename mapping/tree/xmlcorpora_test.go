package tree

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// xmlFiles reads every XML document and schema of the public test material.
func xmlFiles(tb testing.TB) map[string]string {
	tb.Helper()
	files := readFiles(tb, []string{".xml", ".xsd"}, "fmk", "medcom-legacy")
	if len(files) < 500 {
		tb.Fatalf("%d XML files, expected 500 or more", len(files))
	}
	for name, src := range files {
		text, _, err := DecodeXML([]byte(src))
		if err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		files[name] = text
	}
	return files
}

func parseXML(tb testing.TB, src string) *Doc {
	tb.Helper()
	d, err := ParseXML(src, Limits{})
	if err != nil {
		tb.Fatalf("%.300s: %v", src, err)
	}
	return d
}

// events is what a document says, one line an event, as our tree has it.
func events(d *Doc) []string {
	var out []string
	var visit func(n ID)
	visit = func(n ID) {
		switch key := d.Key(n); {
		case key == TextKey:
			out = append(out, "text "+d.Text(n))
			return
		case key == CommentKey || key == InstructionKey:
			return
		}
		out = append(out, "start "+spaced(d.Space(n))+" "+d.Key(n))
		var attributes []string
		for c := d.First(n); c != None; c = d.Next(c) {
			if key, ok := strings.CutPrefix(d.Key(c), "@"); ok {
				attributes = append(attributes, "attribute "+spaced(d.Space(c))+" "+key+" "+spaced(d.Text(c)))
			}
		}
		slices.Sort(attributes)
		out = append(out, attributes...)
		if text := d.Text(n); text != "" && d.Kind(n) == String {
			out = append(out, "text "+text)
		}
		for c := d.First(n); c != None; c = d.Next(c) {
			if !strings.HasPrefix(d.Key(c), "@") {
				visit(c)
			}
		}
		out = append(out, "end")
	}
	visit(d.Root())
	return blankless(out)
}

// spaced makes all white space in an attribute spaces. The standard library
// does not, as XML would have it; the tests of the shape say what we do.
var spaced = strings.NewReplacer("\n", " ", "\t", " ", "\r", " ").Replace

// blankless leaves out text that is all white space: where that is a leaf is
// ours to say, and said in the tests of the shape.
func blankless(events []string) []string {
	return slices.DeleteFunc(events, func(e string) bool {
		text, ok := strings.CutPrefix(e, "text ")
		return ok && strings.Trim(text, " \t\r\n") == ""
	})
}

// oracle is what the reader of the standard library says of the same document.
func oracle(src string) ([]string, error) {
	var out []string
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "text "+text)
		}
		text = ""
	}
	decoder := xml.NewDecoder(strings.NewReader(src))
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return blankless(out), nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			flush()
			out = append(out, "start "+spaced(token.Name.Space)+" "+token.Name.Local)
			var attributes []string
			for _, a := range token.Attr {
				if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
					continue
				}
				attributes = append(attributes, "attribute "+spaced(a.Name.Space)+" "+a.Name.Local+" "+spaced(a.Value))
			}
			slices.Sort(attributes)
			out = append(out, attributes...)
		case xml.EndElement:
			flush()
			out = append(out, "end")
		case xml.CharData:
			text += string(token)
		}
	}
}

func differ(got, want []string) string {
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			return fmt.Sprintf("event %d: got %q, want %q", i, g, w)
		}
	}
	return ""
}

// Every published document and schema is read as the standard library reads it,
// and each of its leaves has a path of its own.
func TestXMLCorpora(t *testing.T) {
	for name, src := range xmlFiles(t) {
		d := parseXML(t, src)
		want, err := oracle(src)
		if err != nil {
			t.Fatalf("%s: the oracle: %v", name, err)
		}
		if diff := differ(events(d), want); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		checkXMLPaths(t, name, d)
	}
}

// checkXMLPaths: paths are unique, the same however they are asked for, and
// every node knows where it came from.
func checkXMLPaths(t *testing.T, name string, d *Doc) {
	t.Helper()
	seen := map[string]ID{}
	leaves := 0
	d.Walk(d.Root(), func(n ID, path string) {
		leaves++
		if other, ok := seen[path]; ok {
			t.Errorf("%s: nodes %d and %d are both %s", name, other, n, path)
		}
		seen[path] = n
		if got := d.Path(n); got != path {
			t.Errorf("%s: node %d: Path %s, Walk %s", name, n, got, path)
		}
	})
	if leaves != d.Leaves() {
		t.Errorf("%s: %d leaves walked, %d counted", name, leaves, d.Leaves())
	}
	for n := range ID(d.Len()) {
		key, element := d.Key(n), d.Element(n)
		switch {
		case strings.HasPrefix(key, "@") || strings.HasSuffix(key, ")"):
			if element != d.Raw(n) {
				t.Errorf("%s: %s: Element %q, Raw %q", name, d.Path(n), element, d.Raw(n))
			}
		case !strings.HasPrefix(element, "<") || !strings.HasSuffix(element, ">") || !strings.Contains(element, d.Raw(n)):
			t.Errorf("%s: %s: Element %q, Raw %q", name, d.Path(n), element, d.Raw(n))
		}
	}
}
