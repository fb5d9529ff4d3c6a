package residue

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/ledger"
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
