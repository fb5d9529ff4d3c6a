package tree

import (
	"strings"
	"testing"

	"tolk/mapping"
)

func nested(open, inner, closing string, n int) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(closing, n)
}

// 64 levels are read, 65 are not; a limit that is set is the limit.
func TestDepth(t *testing.T) {
	for _, c := range []struct {
		open, inner, closing string
	}{
		{"[", "", "]"},
		{"[", "1", "]"},
		{`{"a":`, "null", "}"},
		{`{"a":[`, `""`, "]}"},
	} {
		levels := strings.Count(c.open, "[") + strings.Count(c.open, "{")
		for _, l := range []Limits{{}, {Depth: 4}, {Depth: 1000}} {
			n := l.withDefaults().Depth / levels
			src := nested(c.open, c.inner, c.closing, n)
			if _, err := Parse(src, l); err != nil {
				t.Errorf("%d levels of %s: %v", n*levels, c.open, err)
			}
			e := refused(t, nested(c.open, c.inner, c.closing, n+1), l)
			if e.Kind != mapping.TooLong || !strings.HasPrefix(e.Message, "nested deeper than ") {
				t.Errorf("%d levels of %s: got %s %q, want too-long", (n+1)*levels, c.open, e.Kind, e.Message)
			}
		}
	}
	got := refused(t, `{"a":[[[]]]}`, Limits{Depth: 3}).Error()
	if want := "$this.a[0][0]: nested deeper than 3 levels"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Depth is how deep, not how often: what was closed counts no more.
func TestDepthOfSiblings(t *testing.T) {
	src := "[" + strings.TrimSuffix(strings.Repeat(nested("[", "", "]", 63)+",", 100), ",") + "]"
	checkRoundTrip(t, "siblings", parse(t, src), src)
}

// A hundred thousand opening brackets, never closed, end at level 65.
func TestDepthBeforeTheRest(t *testing.T) {
	for _, open := range []string{"[", `{"a":`, `[{"":`} {
		e := refused(t, strings.Repeat(open, 100_000), Limits{})
		if e.Kind != mapping.TooLong || e.Message != "nested deeper than 64 levels" {
			t.Errorf("%s: got %s %q", open, e.Kind, e.Message)
		}
	}
}

// A body past the limit is refused before it is looked at: it is not even UTF-8.
func TestBytes(t *testing.T) {
	src := strings.Repeat("\xff", 50<<20)
	if e := refused(t, src, Limits{}); e.Kind != mapping.TooLong || e.Error() != "the document is larger than 16777216 bytes" {
		t.Errorf("got %s %q, want too-long", e.Kind, e)
	}
	if allocs := testing.AllocsPerRun(10, func() { _, _ = Parse(src, Limits{}) }); allocs > 5 {
		t.Errorf("%v allocations to refuse a large body, want those of the error", allocs)
	}
	for _, c := range []struct {
		src    string
		limit  int
		refuse bool
	}{
		{"[1]", 3, false},
		{"[1]", 2, true},
		{"[1] ", 3, true},
		{strings.Repeat(" ", 16<<20-1) + "1", 0, false},
		{strings.Repeat(" ", 16<<20) + "1", 0, true},
	} {
		if _, err := Parse(c.src, Limits{Bytes: c.limit}); (err != nil) != c.refuse {
			t.Errorf("%d bytes, limit %d: %v", len(c.src), c.limit, err)
		}
	}
}

// Two million nodes are read, the root among them, and not one more.
func TestNodes(t *testing.T) {
	list := func(n int) string { return "[" + strings.Repeat("0,", n-1) + "0]" }
	for _, c := range []struct {
		src    string
		limit  int
		refuse bool
	}{
		{list(1_999_999), 0, false},
		{list(2_000_000), 0, true},
		{`{"a":[1,2]}`, 4, false},
		{`{"a":[1,2]}`, 3, true},
		{`[]`, 1, false},
	} {
		d, err := Parse(c.src, Limits{Nodes: c.limit})
		if (err != nil) != c.refuse {
			t.Errorf("%d bytes, limit %d: %v", len(c.src), c.limit, err)
			continue
		}
		if err != nil {
			if e := refused(t, c.src, Limits{Nodes: c.limit}); e.Kind != mapping.TooLong || !strings.HasSuffix(e.Message, " nodes") {
				t.Errorf("limit %d: got %s %q, want too-long", c.limit, e.Kind, e)
			}
		} else if c.limit == 0 && d.Len() != 2_000_000 {
			t.Errorf("got %d nodes, want 2000000", d.Len())
		}
	}
}

// A document costs a handful of allocations, whatever it holds.
func TestParseAllocations(t *testing.T) {
	src := realDocument(t)
	nodes := parse(t, src).Len()
	if allocs := testing.AllocsPerRun(5, func() { parse(t, src) }); allocs > 5 {
		t.Errorf("%v allocations for %d nodes, want a handful", allocs, nodes)
	}
	d := parse(t, src)
	buf := make([]byte, 0, len(src))
	if allocs := testing.AllocsPerRun(5, func() { d.Append(buf, d.Root()) }); allocs > 0 {
		t.Errorf("Append: %v allocations into a buffer that has room, want none", allocs)
	}
}
