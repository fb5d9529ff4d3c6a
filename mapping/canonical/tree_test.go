package canonical

import (
	"strings"
	"testing"

	"tolk/mapping/tree"
)

func readSystem(t *testing.T, text string) *CodeSystem {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := Parse(d, d.Root())
	if err != nil {
		t.Fatal(err)
	}
	return res.CodeSystem
}

// In a tree, the numbers say of every two concepts what walking upwards says.
func TestTreeNumbers(t *testing.T) {
	cs := large(t, 300).systems["http://x/large"][0]
	if !cs.tree {
		t.Fatal("a code system whose concepts have one parent each: not read as a tree")
	}
	below := 0
	for _, top := range cs.Concepts {
		test := under(cs, top)
		for _, c := range cs.Concepts {
			got, want := test(c), Below(c, top)
			if got != want {
				t.Fatalf("%s below %s: got %v, want %v", c.Code, top.Code, got, want)
			}
			if got {
				below++
			}
		}
	}
	if below <= len(cs.Concepts) {
		t.Errorf("got %d pairs, want more than each concept with itself", below)
	}
}

// A concept with two parents stands below both.
func TestTwoParentsAreNoTree(t *testing.T) {
	cs := readSystem(t, `{"resourceType":"CodeSystem","url":"http://x/two","content":"complete","concept":[
		{"code":"a"},{"code":"b"},{"code":"c","property":[{"code":"parent","valueCode":"a"},{"code":"parent","valueCode":"b"}]}]}`)
	c, _ := cs.Find("c")
	for _, code := range strings.Fields("a b c") {
		top, _ := cs.Find(code)
		if cs.tree || !under(cs, top)(c) {
			t.Errorf("c below %s: got tree %v and not below", code, cs.tree)
		}
	}
}

// What is prepared for all requests holds for those that may use it: a value set
// in a circle is refused as before, and one sent along is looked at by itself.
func TestPrepared(t *testing.T) {
	var all []Resource
	for _, text := range []string{
		`{"resourceType":"CodeSystem","url":"http://x/s","content":"complete","concept":[{"code":"a","concept":[{"code":"b"}]},{"code":"c"}]}`,
		`{"resourceType":"ValueSet","url":"http://x/a","compose":{"include":[{"system":"http://x/s","filter":[{"property":"concept","op":"is-a","value":"a"}]}]}}`,
		`{"resourceType":"ValueSet","url":"http://x/over","compose":{"include":[{"valueSet":["http://x/a"]}]}}`,
		`{"resourceType":"ValueSet","url":"http://x/one","compose":{"include":[{"valueSet":["http://x/other"]}]}}`,
		`{"resourceType":"ValueSet","url":"http://x/other","compose":{"include":[{"valueSet":["http://x/one"]}]}}`,
	} {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := Parse(d, d.Root())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, res)
	}
	r, err := New(all...)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.sound) != 2 || len(r.tests) != 1 {
		t.Errorf("got %d value sets without a circle and %d rules, want 2 and 1", len(r.sound), len(r.tests))
	}
	in := func(r *Registry, code string) bool {
		t.Helper()
		v, err := ValidateValueSet(r, query("url", "http://x/over", "system", "http://x/s", "code", code))
		if err != nil {
			t.Fatal(err)
		}
		return v.Result
	}
	if !in(r, "b") || in(r, "c") {
		t.Errorf("got b %v and c %v, want true and false", in(r, "b"), in(r, "c"))
	}
	if _, err := ValidateValueSet(r, query("url", "http://x/one", "system", "http://x/s", "code", "b")); err == nil {
		t.Error("a value set in a circle: got an answer")
	}
	sent := Resource{CodeSystem: readSystem(t, `{"resourceType":"CodeSystem","url":"http://x/s","content":"complete","concept":[{"code":"a"},{"code":"b"},{"code":"c"}]}`)}
	over, err := r.Overlay(sent)
	if err != nil {
		t.Fatal(err)
	}
	if in(over, "b") || !in(over, "a") {
		t.Errorf("with another code system sent along: got b %v and a %v, want false and true", in(over, "b"), in(over, "a"))
	}
}
