package residue

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// of writes a residue for a document whose only leaves are a and b.
func of(node string) string {
	return `{"tolk":"residue","version":1,"from":"one","to":"two","shape":"` + shape([]ledger.Origin{{Path: "$this.a"}, {Path: "$this.b"}}) +
		`","fixed":[["$this.b",2]],"document":` + node + `}`
}

func TestRestore(t *testing.T) {
	const node = `{"o":[["A",{"at":"$this.a"}],["B",{"a":[{"is":1.50},{"is":[]}]}]]}`
	got, l, err := Restore(`{"a":"x","b":2}`, of(node), "two", "one", tree.Limits{})
	if err != nil || string(got) != `{"A":"x","B":[1.50,[]]}` {
		t.Fatalf("got %s, %v", got, err)
	}
	if l.Counts["carried"] != 1 || l.Counts["used"] != 1 {
		t.Errorf("got %v", l.Counts)
	}
	if got, _, err := Restore(`{"a":"y","b":2}`, of(node), "two", "one", tree.Limits{}); err != nil || !strings.HasPrefix(string(got), `{"A":"y"`) {
		t.Errorf("a carried value that was changed: got %s, %v", got, err)
	}
}

// Whatever a residue holds that did not come from here: it is refused with a
// reason, and is no bug of ours.
func TestRestoreRefuses(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	tests := []struct {
		name, document, residue string
		kind                    mapping.Kind
	}{
		{"no residue", `{"a":1,"b":2}`, `{}`, mapping.Invalid},
		{"no JSON", `{"a":1,"b":2}`, `{`, mapping.Structure},
		{"a constant was changed", `{"a":1,"b":3}`, of(`{"o":[]}`), mapping.BusinessRule},
		{"a leaf was added", `{"a":1,"b":2,"c":3}`, of(`{"o":[]}`), mapping.Invalid},
		{"no document", `{"a":1,"b":2}`, of(`null`), mapping.Invalid},
		{"a place that is not there", `{"a":1,"b":2}`, of(`{"at":"$this.c"}`), mapping.Invalid},
		{"a member without a name", `{"a":1,"b":2}`, of(`{"o":[[1,{"is":1}]]}`), mapping.Invalid},
		{"a member without a value", `{"a":1,"b":2}`, of(`{"o":[["x"]]}`), mapping.Invalid},
		{"an original that is none", `{"a":1,"b":2}`, strings.Replace(of(`{}`), `"document":{}`, `"original":"<"`, 1), mapping.Invalid},
		{"a place that is not there, deep", `{"a":1,"b":2}`, of(`{"o":[["x",{"a":[{"o":[["y",{"at":"$this.c"}]]}]}]]}`), mapping.Invalid},
		{"a member that is no pair", `{"a":1,"b":2}`, of(`{"o":[1]}`), mapping.Invalid},
		{"a member without a value, last", `{"a":1,"b":2}`, of(`{"o":[["y",{"is":1}],["x"]]}`), mapping.Invalid},
		{"no list of what is fixed", `{"a":1,"b":2}`, strings.Replace(of(`{"o":[]}`), `[["$this.b",2]]`, `{"x":["$this.b",2]}`, 1), mapping.Invalid},
		{"nothing fixed", `{"a":1,"b":2}`, strings.Replace(of(`{"o":[]}`), `"fixed"`, `"loose"`, 1), mapping.Invalid},
		{"a fixed place without a value", `{"a":1,"b":2}`, strings.Replace(of(`{"o":[]}`), `["$this.b",2]`, `["$this.b"]`, 1), mapping.Invalid},
		{"a fixed place that is no pair", `{"a":1,"b":2}`, strings.Replace(of(`{"o":[]}`), `["$this.b",2]`, `{"x":"$this.b","y":2}`, 1), mapping.Invalid},
		{"a fixed place that is not there", `{"a":1,"b":2}`, strings.Replace(of(`{"o":[]}`), `["$this.b",2]`, `["$this.c",2]`, 1), mapping.Invalid},
		{"an original that breaks off", `{"a":1,"b":2}`, strings.Replace(of(`{}`), `"document":{}`, `"original":"PGEvPg==!"`, 1), mapping.Invalid},
		{"an original that is no XML", `{"a":1,"b":2}`, strings.Replace(of(`{}`), `"document":{}`, `"original":"e30="`, 1), mapping.Invalid},
		{"an original in no encoding", `{"a":1,"b":2}`, strings.Replace(of(`{}`), `"document":{}`, `"original":"PGE+/zwvYT4="`, 1), mapping.Invalid},
		{"the residue of the other way", `{"a":1,"b":2}`, strings.Replace(of(`{"o":[]}`), `"from":"one","to":"two"`, `"from":"two","to":"one"`, 1), mapping.Invalid},
		{"the residue of another source", `{"a":1,"b":2}`, strings.Replace(of(`{"o":[]}`), `"from":"one"`, `"from":"three"`, 1), mapping.Invalid},
		{"the residue of another target", `{"a":1,"b":2}`, strings.Replace(of(`{"o":[]}`), `"to":"two"`, `"to":"three"`, 1), mapping.Invalid},
		{"no residue of ours", `{"a":1,"b":2}`, strings.Replace(of(`{"o":[]}`), `"tolk":"residue"`, `"tolk":"ledger"`, 1), mapping.Invalid},
		{"a key twice", `{"a":1,"b":2}`, of(`{"o":[["x",{"is":1}],["x",{"is":1}]]}`), mapping.Invalid},
		{"deeper than a document", `{"a":1,"b":2}`, of(`{"a":[{"is":` + strings.Repeat("[", 80) + strings.Repeat("]", 80) + `}]}`), mapping.Invalid},
		{"a constant became empty", `{"a":1,"b":{}}`, of(`{"o":[]}`), mapping.BusinessRule},
		{"one leaf in many places", `{"a":"` + long + `","b":2}`, of(`{"a":[` + repeat(`{"at":"$this.a"}`, 4000) + `]}`), mapping.Invalid},
	}
	for _, tt := range tests {
		_, _, err := Restore(tt.document, tt.residue, "two", "one", tree.Limits{})
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != tt.kind {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.kind)
		}
	}
}

// What is refused is told with its place: in the residue, or in the document what was
// changed there.
func TestRestoreTellsWhere(t *testing.T) {
	for _, tt := range []struct{ name, document, residue, path, message string }{
		{"no JSON", `{"a":1,"b":2}`, `{`, "residue", ""},
		{"another way", `{"a":1,"b":2}`, strings.Replace(of(`{}`), `"from":"one"`, `"from":"three"`, 1), "residue", "from one to two"},
		{"a leaf was renamed", `{"a":1,"c":2}`, of(`{"o":[]}`), "residue", "elements were added"},
		{"two leaves have changed places", `{"b":2,"a":1}`, of(`{"o":[]}`), "residue", "elements were added"},
		{"damaged", `{"a":1,"b":2}`, of(`{"o":[1]}`), "residue", "damaged"},
		{"a constant was changed", `{"a":1,"b":3}`, of(`{"o":[]}`), "$this.b", "changed"},
		{"what was converted was changed", `{"a":1,"b":2}`, of(`{"o":[["A",{"is":1,"at":"$this.a","as":2}]]}`), "$this.a", "changed"},
		{"no document", `{"a":1,"b"`, of(`{"o":[]}`), "", ""},
	} {
		_, _, err := Restore(tt.document, tt.residue, "two", "one", tree.Limits{})
		var e *mapping.Error
		if !errors.As(err, &e) || tt.path != "" && e.Path != tt.path || !strings.Contains(e.Message, tt.message) {
			t.Errorf("%s: got %v, want %q at %s", tt.name, err, tt.message, tt.path)
		}
	}
}

// there writes a document from source, carrying what says so by its first letter,
// and returns it with its residue, which gives back what came.
func there(t *testing.T, came string, xml bool) (document, residue string) {
	t.Helper()
	text, err := came, error(nil)
	if tree.IsXML(came) {
		text, _, err = tree.DecodeXML([]byte(came))
	}
	if err != nil {
		t.Fatal(err)
	}
	doc, err := tree.Read(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	s, name := transcript.New(doc, "one", "two"), ""
	if xml {
		s, name = transcript.NewXML(doc, "one", "two", ""), "Root"
	}
	root := s.Out.Object(tree.NoOut, name)
	for n := doc.First(doc.Root()); n != tree.None; n = doc.Next(n) {
		key := doc.RawKey(n)
		switch key[0] {
		case 'c': // carried
			if doc.XML() || xml {
				s.Carry(root, key, n, "r")
			} else {
				s.Copy(root, key, n, "r")
			}
		case 't': // carried, twice
			s.Carry(root, key, n, "r")
			s.Carry(root, key+"2", n, "r")
		case 'w': // another value was written for it
			s.Text(root, key, "written", n, "r")
		case 'd':
			s.Drop(n, "r", "no home")
		}
	}
	s.Say(root, "said", "constant", "r")
	w, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return string(w.Output), string(Write(doc, came, w.Ledger, w.Raws()))
}

// Out and back: every document comes back to the byte. A change of what was carried is
// taken over, and of nothing else is any overlooked.
func TestThereAndBack(t *testing.T) {
	const json = `{"c":"x","c1":{"a":1.50,"b":[true,null,[],{}]},"t":"both","w":"kept","d":{"o":"dropped","at":1},"æ":"none","c2":[]}`
	const texts = `{"c":"x \u0026 y","t":"both","w":"kept","d":[1],"c3":"z"}`
	const xml = "<?xml version=\"1.0\"?>\n<a  x='1'><c>x &amp; y</c><t>both</t><w>kept</w><d>no</d><!-- seen --><c3/></a>"
	for _, c := range []struct {
		name, came       string
		xml              bool
		old, new         string // a change of the document
		path             string // where it is refused
		oldBack, newBack string // or what it is in the original
	}{
		{"JSON", json, false, "", "", "", "", ""},
		{"JSON, carried", json, false, `"c":"x"`, `"c":"y"`, "", `"c":"x"`, `"c":"y"`},
		{"JSON, carried deep", json, false, `1.50`, `1.5`, "", `1.50`, `1.5`},
		{"JSON, carried empty", json, false, `[],{}`, `{},{}`, "", `[],{}`, `{},{}`},
		{"JSON, carried twice", json, false, `"t":"both"`, `"t":"one"`, "$this.t", "", ""},
		{"JSON, carried twice, the second", json, false, `"t2":"both"`, `"t2":"one"`, "$this.t2", "", ""},
		{"JSON, converted", json, false, `"written"`, `"kept"`, "$this.w", "", ""},
		{"JSON, a constant", json, false, `"constant"`, `"variable"`, "$this.said", "", ""},
		{"JSON, a constant became an object", json, false, `"constant"`, `{}`, "$this.said", "", ""},
		{"JSON, a constant became a list", json, false, `"constant"`, `[]`, "$this.said", "", ""},
		{"JSON, carried twice, the second empty", json, false, `"t2":"both"`, `"t2":{}`, "$this.t2", "", ""},
		{"JSON, added", json, false, `"said"`, `"d":1,"said"`, "residue", "", ""},
		{"JSON, taken", json, false, `"c":"x",`, ``, "residue", "", ""},
		{"JSON to XML", texts, true, "", "", "", "", ""},
		{"JSON to XML, carried", texts, true, `<c3>z<`, `<c3>"&amp;<`, "", `"c3":"z"`, `"c3":"\"&"`},
		{"JSON to XML, carried twice", texts, true, `<t>both`, `<t>one`, "Root.t", "", ""},
		{"JSON to XML, converted", texts, true, `written`, `kept`, "Root.w", "", ""},
		{"JSON to XML, a constant", texts, true, `constant`, `variable`, "Root.said", "", ""},
		{"XML", xml, false, "", "", "", "", ""},
		{"XML in UTF-16", utf16(xml), false, "", "", "", "", ""},
		{"XML, carried", xml, false, `"x & y"`, `"x"`, "$this.c", "", ""},
		{"XML, a constant", xml, false, `"constant"`, `"variable"`, "$this.said", "", ""},
		{"XML, added", xml, false, `"said"`, `"d":1,"said"`, "residue", "", ""},
	} {
		document, residue := there(t, c.came, c.xml)
		if strings.Count(document, c.old) != 1 && c.old != "" {
			t.Fatalf("%s: %s has not %s", c.name, document, c.old)
		}
		got, l, err := Restore(strings.Replace(document, c.old, c.new, 1), residue, "two", "one", tree.Limits{})
		if c.path != "" {
			var e *mapping.Error
			if !errors.As(err, &e) || e.Path != c.path {
				t.Errorf("%s: got %v, want it refused at %s", c.name, err, c.path)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if want := strings.Replace(c.came, c.oldBack, c.newBack, 1); string(got) != want {
			t.Errorf("%s: got %s, want %s", c.name, got, want)
		}
		if l.From != "two" || l.To != "one" || !l.Conformance.Met {
			t.Errorf("%s: got an account from %s to %s, met %t", c.name, l.From, l.To, l.Conformance.Met)
		}
		for _, line := range l.Lines() {
			if line.Rule != "residue" || line.Fate != "carried" && line.Fate != "used" {
				t.Errorf("%s: got %v", c.name, line)
			}
		}
		for _, o := range l.Origins() {
			if o.Rule != "residue" && o.From != ledger.FromSource {
				t.Errorf("%s: got %v", c.name, o)
			}
		}
	}
}

// utf16 is a text in UTF-16, as its mark says.
func utf16(text string) string {
	b := []byte{0xFE, 0xFF}
	for _, c := range []byte(text) { // which is ASCII
		b = append(b, 0, c)
	}
	return string(b)
}

func repeat(element string, times int) string {
	return strings.TrimSuffix(strings.Repeat(element+",", times), ",")
}

// What an original of many elements costs grows with it, not faster.
func BenchmarkRestore(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		var nodes strings.Builder
		var paths []ledger.Origin
		for i := range n {
			path := fmt.Sprintf("$this[%d]", i)
			paths = append(paths, ledger.Origin{Path: path})
			nodes.WriteString(`{"at":"` + path + `"},`)
		}
		text := `{"tolk":"residue","version":1,"from":"one","to":"two","shape":"` + shape(paths) + `","fixed":[],"document":{"a":[` + strings.TrimSuffix(nodes.String(), ",") + `]}}`
		document := `[` + repeat("1", n) + `]`
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := Restore(document, text, "two", "one", tree.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
