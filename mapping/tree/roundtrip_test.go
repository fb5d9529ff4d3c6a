package tree

import (
	"strings"
	"testing"

	"tolk/mapping"
)

// refusedHazards are the hand-made documents that no tree may accept.
var refusedHazards = map[string]string{
	"corpora/lossless/dupkey.json": "the same key stands twice (line 1, column 95)",
}

// What comes in goes out: real documents and hand-made hazards are written as
// they were read, white space aside, from the Doc and through an Out.
func TestRoundTripOfCorpora(t *testing.T) {
	files := jsonFiles(t, "examples", "corpora/lossless")
	hazards := 0
	for name, src := range files {
		if message, ok := refusedHazards[name]; ok {
			hazards++
			if e := refused(t, src, Limits{}); e.Kind != mapping.Structure || e.Message != message {
				t.Errorf("%s: got %s %q, want structure %q", name, e.Kind, e.Message, message)
			}
			continue
		}
		d, err := Parse(src, Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkRoundTrip(t, name, d, compact(src))
	}
	if hazards != len(refusedHazards) {
		t.Errorf("%d of the %d documents to refuse were there", hazards, len(refusedHazards))
	}
	t.Logf("%d documents read, %d of them to be refused", len(files), hazards)
}

func checkRoundTrip(t *testing.T, name string, d *Doc, want string) {
	t.Helper()
	if got := string(d.Append(nil, d.Root())); got != want {
		t.Errorf("%s: Append wrote %s", name, difference(got, want))
	}
	out := NewOut(d.Len())
	root := out.Copy(NoOut, "", d, d.Root(), 7)
	if got := string(out.Append(nil, root)); got != want {
		t.Errorf("%s: Copy and Append wrote %s", name, difference(got, want))
	}
	if out.Len() != d.Len() {
		t.Errorf("%s: Copy wrote %d nodes of %d", name, out.Len(), d.Len())
	}
}

// difference shows two texts from shortly before the byte where they part.
func difference(got, want string) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	clip := func(s string) string { return s[max(0, i-20):min(len(s), i+40)] }
	return "..." + clip(got) + "... want ..." + clip(want) + "..."
}

// The spelling of scalars and keys is the sender's.
func TestAppendKeepsSpelling(t *testing.T) {
	for _, src := range []string{
		`72.50`, `1.0`, `-0`, `-0.0`, `1E+02`, `1e400`, `10000000000000000000000.000`,
		`"\u00e6"`, `"æ"`, `"\/"`, `"/"`, `"\u003c"`, `"<&>"`, `"\uD834\udd1e"`, `"` + "\u2028" + `"`, `"` + "\x7f" + `"`,
		`{"\u0061":1,"b":{"":""}}`, `{"b":1,"a":2}`, `[{},[],"",0,null]`, `[[[]]]`,
	} {
		checkRoundTrip(t, src, parse(t, src), src)
		loose := " \t" + strings.ReplaceAll(strings.ReplaceAll(src, ":", " :\r\n"), "[", "[ ") + "\n"
		checkRoundTrip(t, src, parse(t, loose), src)
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`"plain"`, "plain"},
		{`""`, ""},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"s\u00f8vn"`, "søvn"},
		{`"s\u00F8vn"`, "søvn"},
		{`"\uD834\uDD1E!"`, "𝄞!"},
		{`"\ud800\udc00\udbff\udfff"`, "\U00010000\U0010ffff"},
		{`"\u0000"`, "\x00"},
		{`"\uffff\ufffd"`, "\uffff\ufffd"},
		{`"\\u0041"`, `\u0041`},
		{`12`, ""},
		{`true`, ""},
		{`null`, ""},
		{`["a"]`, ""},
	} {
		d := parse(t, c.src)
		if got := d.Text(d.Root()); got != c.want {
			t.Errorf("Text of %s: got %q, want %q", c.src, got, c.want)
		}
	}
	if got := parse(t, `"a"`).Text(None); got != "" {
		t.Errorf("Text of None: got %q, want nothing", got)
	}
}

// Only what JSON demands is escaped.
func TestQuote(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `""`},
		{"<a & b>", `"<a & b>"`},
		{"søvn\u2028/\x7f", "\"søvn\u2028/\x7f\""},
		{"\"\\\n\r\t", `"\"\\\n\r\t"`},
		{"\x00\b\f\x1f", `"\u0000\u0008\u000c\u001f"`},
	} {
		if got := Quote(c.text); got != c.want {
			t.Errorf("Quote(%q): got %s, want %s", c.text, got, c.want)
		}
	}
}

// A Doc answers about its nodes in document order.
func TestDocWalk(t *testing.T) {
	d := parse(t, `{"a":[1,{"b":null}],"c":{},"\u0064":"x"}`)
	for n, want := range []struct {
		kind         Kind
		key, raw     string
		parent, next ID
		first, end   ID
		leaf         bool
	}{
		{Object, "", d.Source(), None, None, 1, 7, false},
		{Array, "a", `[1,{"b":null}]`, 0, 5, 2, 5, false},
		{Number, "", "1", 1, 3, None, 3, true},
		{Object, "", `{"b":null}`, 1, None, 4, 5, false},
		{Null, "b", "null", 3, None, None, 5, true},
		{Object, "c", "{}", 0, 6, None, 6, true},
		{String, "d", `"x"`, 0, None, None, 7, true},
	} {
		n := ID(n)
		if d.Kind(n) != want.kind || d.Key(n) != want.key || d.Raw(n) != want.raw || d.Leaf(n) != want.leaf {
			t.Errorf("node %d: kind %d, key %q, raw %s, leaf %t; want %+v", n, d.Kind(n), d.Key(n), d.Raw(n), d.Leaf(n), want)
		}
		if d.Parent(n) != want.parent || d.Next(n) != want.next || d.First(n) != want.first || d.End(n) != want.end {
			t.Errorf("node %d: parent %d, next %d, first %d, end %d; want %+v", n, d.Parent(n), d.Next(n), d.First(n), d.End(n), want)
		}
	}
	if got := d.RawKey(6); got != `\u0064` {
		t.Errorf("RawKey: got %s, want it as written", got)
	}
}

func TestChildAndFind(t *testing.T) {
	d := parse(t, `{"code":{"coding":[{"code":"first"},{"code":"second"}]},"li\u0073t":[[{"code":"deep"}]],"none":[]}`)
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"code", "coding", "code"}, "first"},
		{[]string{"list", "code"}, "deep"},
		{[]string{"none", "code"}, ""},
		{[]string{"code", "coding", "code", "code"}, ""},
		{[]string{"absent", "coding"}, ""},
	} {
		if got := d.Text(d.Find(d.Root(), c.keys...)); got != c.want {
			t.Errorf("Find(%v): got %q, want %q", c.keys, got, c.want)
		}
	}
	if n := d.Child(d.Root(), `li\u0073t`); n != None {
		t.Errorf("Child found node %d by a spelling, want by the key only", n)
	}
	if n := d.Child(d.Child(d.Root(), "none"), ""); n != None {
		t.Errorf("Child of an array: got node %d, want None", n)
	}
	if n := d.Child(None, "code"); n != None {
		t.Errorf("Child of None: got node %d, want None", n)
	}
}
