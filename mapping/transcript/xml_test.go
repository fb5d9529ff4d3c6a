package transcript

import (
	"errors"
	"testing"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// A document in XML is written with the account of its paths, and audited. What
// JSON escapes and XML does not is not the same to the byte: it is converted.
func TestXMLTarget(t *testing.T) {
	d := parse(t, `{"a":"x \u00e6 <","b":1.50,"c":["y","z"],"d":"lost"}`)
	s := NewXML(d, "json", "xml", "urn:x")
	root := s.Out.Object(tree.NoOut, "Root")
	s.Carry(root, "A", d.Child(0, "a"), "a")
	s.Text(root, "B", "1.50", d.Child(0, "b"), "b")
	mixed := s.Out.Object(root, "C")
	list := d.Child(0, "c")
	s.Carry(mixed, tree.TextKey, d.First(list), "c")
	s.Say(mixed, "Break", "", "c")
	s.Carry(mixed, tree.TextKey, d.Next(d.First(list)), "c")
	s.Drop(d.Child(0, "d"), "d", "no place")
	w, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<Root xmlns="urn:x"><A>x æ &lt;</A><B>1.50</B><C>y<Break/>z</C></Root>`
	if got := string(w.Output); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fates(w.Ledger), "a=converted b=converted c[0]=carried c[1]=carried d=dropped"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var paths string
	for _, o := range w.Ledger.Origins() {
		paths += " " + o.Path
	}
	if want := " Root.A Root.B Root.C.text()[0] Root.C.Break Root.C.text()[1]"; paths != want {
		t.Errorf("got %s, want %s", paths, want)
	}
}

func TestXMLHasNoControlCharacters(t *testing.T) {
	d := parse(t, `{"a":"x\u001b"}`)
	s := NewXML(d, "json", "xml", "urn:x")
	s.Carry(s.Out.Object(tree.NoOut, "Root"), "A", d.Child(0, "a"), "a")
	_, err := s.Finish()
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.Value || e.Path != "$this.a" {
		t.Errorf("got %v, want an error of the kind value at $this.a", err)
	}
}

// The place is that in the source, where a text came from there: of the first such.
// What only was made for the target is told by its place in the target.
func TestPlaceOfControlCharacters(t *testing.T) {
	d := parse(t, `{"a":"x\u001b","b":"y\u0000","c":"z"}`)
	for _, c := range []struct {
		name  string
		write func(s *Transcript, root tree.OutID)
		path  string
	}{
		{"none", func(s *Transcript, root tree.OutID) { s.Carry(root, "C", d.Child(0, "c"), "c") }, ""},
		{"of the source", func(s *Transcript, root tree.OutID) {
			s.Carry(root, "C", d.Child(0, "c"), "c")
			s.Carry(root, "A", d.Child(0, "a"), "a")
			s.Carry(root, "B", d.Child(0, "b"), "b")
		}, "$this.a"},
		{"made before the source", func(s *Transcript, root tree.OutID) {
			s.Generate(root, "M", "\x01", "m")
			s.Generate(root, "N", "\x02", "m")
			s.Carry(root, "A", d.Child(0, "a"), "a")
		}, "$this.a"},
		{"made after the source", func(s *Transcript, root tree.OutID) {
			s.Carry(root, "A", d.Child(0, "a"), "a")
			s.Generate(root, "M", "\x01", "m")
		}, "$this.a"},
		{"made alone", func(s *Transcript, root tree.OutID) {
			s.Generate(root, "M", "\x01", "m")
			s.Generate(root, "N", "\x02", "m")
		}, "Basic.M"},
	} {
		s := New(d, "json", "fhir")
		s.Printable()
		root := s.Out.Object(tree.NoOut, "")
		s.Say(root, "resourceType", "Basic", "r")
		c.write(s, root)
		_, err := s.Finish()
		var e *mapping.Error
		if c.path == "" {
			if err != nil {
				t.Errorf("%s: got %v", c.name, err)
			}
		} else if !errors.As(err, &e) || e.Kind != mapping.Value || e.Path != c.path {
			t.Errorf("%s: got %v, want an error of the kind value at %s", c.name, err, c.path)
		}
	}
}

// JSON that nobody tells again in XHTML has all characters.
func TestJSONHasControlCharacters(t *testing.T) {
	d := parse(t, `{"a":"x\u001b"}`)
	s := New(d, "json", "json")
	s.Carry(s.Out.Object(tree.NoOut, ""), "A", d.Child(0, "a"), "a")
	if w, err := s.Finish(); err != nil || string(w.Output) != `{"A":"x\u001b"}` {
		t.Errorf("got %v", err)
	}
}
