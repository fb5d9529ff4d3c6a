package tree

import (
	"fmt"
	"slices"
	"testing"
)

// A document is written in the order it is built, each leaf with its origin.
func TestOut(t *testing.T) {
	d := parse(t, `{"id":"a","n":72.50,"gone":{}}`)
	out := NewOut(4)
	root := out.Object(NoOut, "")
	out.Leaf(root, "resourceType", `"Patient"`, None, 1)
	out.Copy(root, "id", d, d.Child(0, "id"), 2)
	list := out.Array(root, "list")
	out.Copy(list, "", d, d.Child(0, "n"), 3)
	out.Leaf(list, "", "true", None, 4)
	out.Leaf(list, "", "null", None, 5)
	out.Leaf(list, "", "-1", None, 6)
	out.Copy(root, "empty", d, d.Child(0, "gone"), 7)
	want := `{"resourceType":"Patient","id":"a","list":[72.50,true,null,-1],"empty":{}}`
	if got := string(out.Append([]byte("> "), root)); got != "> "+want {
		t.Errorf("got %s, want %s", got, want)
	}
	var got []string
	out.Walk(root, func(leaf OutID, path string) {
		from, rule := out.Origin(leaf)
		got = append(got, fmt.Sprint(path, " ", out.Kind(leaf), " ", from, " ", rule))
	})
	if want := []string{
		"Patient.resourceType 3 -1 1", "Patient.id 3 1 2",
		"Patient.list[0] 2 2 3", "Patient.list[1] 1 -1 4", "Patient.list[2] 0 -1 5", "Patient.list[3] 2 -1 6",
		"Patient.empty 4 3 7",
	}; !slices.Equal(got, want) {
		t.Errorf("Walk: got  %q\nwant %q", got, want)
	}
}

func TestOutChildAndSetRaw(t *testing.T) {
	out := NewOut(0)
	root := out.Object(NoOut, "")
	out.Leaf(root, "a", "1", 4, 1)
	b := out.Leaf(root, "b", "2", 5, 1)
	if got := out.Child(root, "b"); got != b {
		t.Errorf("Child: got %d, want %d", got, b)
	}
	if got := out.Child(root, "c"); got != NoOut {
		t.Errorf("Child of no member: got %d, want NoOut", got)
	}
	out.SetRaw(b, `"two"`, 6, 2)
	if from, rule := out.Origin(b); from != 6 || rule != 2 || out.Kind(b) != String || out.Raw(b) != `"two"` {
		t.Errorf("SetRaw: from %d, rule %d, kind %d, %s", from, rule, out.Kind(b), out.Raw(b))
	}
	if got, want := string(out.Append(nil, root)), `{"a":1,"b":"two"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A node can be taken out anywhere, and what is written next still comes last.
func TestRemove(t *testing.T) {
	for _, c := range []struct {
		remove []int
		want   string
	}{
		{nil, "[0,1,2,3]"},
		{[]int{0}, "[1,2,3]"},
		{[]int{1}, "[0,2,3]"},
		{[]int{2}, "[0,1,3]"},
		{[]int{2, 1}, "[0,3]"},
		{[]int{0, 1, 2}, "[3]"},
		{[]int{1, 1}, "[0,2,3]"},
	} {
		out := NewOut(0)
		root := out.Array(NoOut, "")
		var ids []OutID
		for i := range 3 {
			ids = append(ids, out.Leaf(root, "", fmt.Sprint(i), None, 0))
		}
		for _, i := range c.remove {
			out.Remove(ids[i])
		}
		out.Remove(root)
		out.Leaf(root, "", "3", None, 0)
		if got := string(out.Append(nil, root)); got != c.want {
			t.Errorf("without %v: got %s, want %s", c.remove, got, c.want)
		}
	}
}

// A container that was emptied is a leaf from nowhere: who prunes must see it.
func TestRemoveAllIsALeaf(t *testing.T) {
	d := parse(t, `{"a":[1]}`)
	out := NewOut(0)
	root := out.Copy(NoOut, "", d, 0, 1)
	list := out.Child(root, "a")
	out.Remove(out.First(list))
	if from, _ := out.Origin(list); !out.Leafy(list) || from != None {
		t.Errorf("leafy %t, from %d; want a leaf from None", out.Leafy(list), from)
	}
	if got := string(out.Append(nil, root)); got != `{"a":[]}` {
		t.Errorf("got %s", got)
	}
}

// What is taken back leaves no trace, wherever it was hung in.
func TestTruncate(t *testing.T) {
	out := NewOut(0)
	root := out.Object(NoOut, "")
	list := out.Array(root, "list")
	out.Leaf(list, "", "0", None, 0)
	before, want := out.Len(), `{"list":[0]}`
	for range 2 {
		out.Leaf(list, "", "1", None, 0)
		deep := out.Object(root, "deep")
		out.Leaf(deep, "a", "2", None, 0)
		gone := out.Leaf(list, "", "3", None, 0)
		out.Leaf(deep, "b", "4", None, 0)
		out.Leaf(list, "", "5", None, 0)
		out.Remove(gone)
		if got, want := string(out.Append(nil, root)), `{"list":[0,1,5],"deep":{"a":2,"b":4}}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		out.Truncate(OutID(before))
		if got := string(out.Append(nil, root)); got != want || out.Len() != before {
			t.Errorf("got %s and %d nodes, want %s and %d", got, out.Len(), want, before)
		}
	}
	out.Truncate(OutID(before)) // nothing to take back
	if got := string(out.Append(nil, root)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A constant is a copy whose leaves, the empty ones too, have no source.
func TestConstant(t *testing.T) {
	d := parse(t, `{"x":{"a":[1,{}],"b":"c"}}`)
	out := NewOut(0)
	root := out.Object(NoOut, "")
	first := out.Copy(root, "copy", d, d.Child(0, "x"), 8)
	out.Constant(root, "const", d, d.Child(0, "x"), 9)
	if got, want := string(out.Append(nil, root)), `{"copy":{"a":[1,{}],"b":"c"},"const":{"a":[1,{}],"b":"c"}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	leaves := func(n OutID) (sourced, rule9 int) {
		out.Walk(n, func(leaf OutID, _ string) {
			from, rule := out.Origin(leaf)
			if from != None {
				sourced++
			}
			if rule == 9 {
				rule9++
			}
		})
		return sourced, rule9
	}
	if sourced, rule9 := leaves(first); sourced != 3 || rule9 != 0 {
		t.Errorf("the copy: %d leaves have a source, %d rule 9; want 3 and 0", sourced, rule9)
	}
	if sourced, rule9 := leaves(out.Child(root, "const")); sourced != 0 || rule9 != 3 {
		t.Errorf("the constant: %d leaves have a source, %d rule 9; want 0 and 3", sourced, rule9)
	}
}

func TestHas(t *testing.T) {
	d := parse(t, `{"code":{"coding":[{"code":"a"},{"display":"b"}]},"none":[],"deep":[[{"x":1}]]}`)
	out := NewOut(0)
	root := out.Copy(NoOut, "", d, 0, 0)
	for _, names := range [][]string{nil, {"none"}, {"code", "coding"}, {"code", "coding", "code"}, {"deep", "x"}} {
		if !out.Has(root, names...) {
			t.Errorf("Has(%q) is false", names)
		}
	}
	for _, names := range [][]string{{"a"}, {"none", "a"}, {"code", "coding", "display"}, {"code", "coding", "code", "a"}, {"code", "code"}} {
		if out.Has(root, names...) {
			t.Errorf("Has(%q) is true", names)
		}
	}
}

// A node that is moved takes all below it along, and the list closes behind it.
func TestMoveBefore(t *testing.T) {
	for _, tt := range []struct {
		move, before int // elements; -1: after the last
		want         string
	}{
		{2, 0, `[{"a":2},{"a":0},{"a":1}]`},
		{0, 2, `[{"a":1},{"a":0},{"a":2}]`},
		{0, -1, `[{"a":1},{"a":2},{"a":0}]`},
		{2, -1, `[{"a":0},{"a":1},{"a":2}]`},
		{1, 1, `[{"a":0},{"a":1},{"a":2}]`},
		{1, 2, `[{"a":0},{"a":1},{"a":2}]`},
	} {
		o := NewOut(8)
		list := o.Array(NoOut, "")
		var elements []OutID
		for _, raw := range []string{"0", "1", "2"} {
			e := o.Object(list, "")
			o.Leaf(e, "a", raw, None, 0)
			elements = append(elements, e)
		}
		sibling := NoOut
		if tt.before >= 0 {
			sibling = elements[tt.before]
		}
		o.MoveBefore(elements[tt.move], sibling)
		if got := string(o.Append(nil, list)); got != tt.want {
			t.Errorf("%d before %d: got %s, want %s", tt.move, tt.before, got, tt.want)
		}
		o.Leaf(o.Object(list, ""), "b", "3", None, 0)
		if got, want := string(o.Append(nil, list)), tt.want[:len(tt.want)-1]+`,{"b":3}]`; got != want {
			t.Errorf("%d before %d, and one more: got %s, want %s", tt.move, tt.before, got, want)
		}
	}
}
