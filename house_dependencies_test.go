package house

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

var (
	required = regexp.MustCompile(`(?m)^(?:require )?\s*([\w.-]+\.[\w.-]+/\S+) (v\S+)( // indirect)?$`)
	listed   = regexp.MustCompile("(?m)^\\| `(\\S+)` \\| (v\\S+) \\| [^|]+ \\| [^|]+ \\| [^|]+ \\|$")
)

// undocumented lists where go.mod and the tables of doc/dependencies.md differ:
// a direct requirement without its line, a line that go.mod does not have so.
func undocumented(mod, doc string) (faults []string) {
	var all, lines []string
	for _, m := range listed.FindAllStringSubmatch(doc, -1) {
		lines = append(lines, m[1]+" "+m[2])
	}
	for _, m := range required.FindAllStringSubmatch(mod, -1) {
		all = append(all, m[1]+" "+m[2])
		if m[3] == "" && !slices.Contains(lines, m[1]+" "+m[2]) {
			faults = append(faults, "no line for "+m[1]+" "+m[2])
		}
	}
	for _, line := range lines {
		if !slices.Contains(all, line) {
			faults = append(faults, "go.mod has no "+line)
		}
	}
	return faults
}

func TestDependenciesAreDocumented(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("doc/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	if got := listed.FindAllString(string(doc), -1); len(got) == 0 {
		t.Error("doc/dependencies.md: no line read")
	}
	for _, fault := range undocumented(string(mod), string(doc)) {
		t.Errorf("doc/dependencies.md: %s", fault)
	}
}

func TestUndocumentedIsFound(t *testing.T) {
	const row = "| `example.org/a/v2` | v2.1.0 | MIT | active | nothing |\n"
	for _, tt := range []struct {
		mod, doc string
		want     []string
	}{
		{"module tolk\n\ngo 1.26\n\nrequire (\n\texample.org/a/v2 v2.1.0\n\texample.org/b v1.0.0 // indirect\n)\n", row, nil},
		{"require example.org/a/v2 v2.1.0\n", row, nil},
		{"require (\n\texample.org/a/v2 v2.2.0\n)\n", row, []string{"no line for example.org/a/v2 v2.2.0", "go.mod has no example.org/a/v2 v2.1.0"}},
		{"require example.org/c v1.0.0\n", "", []string{"no line for example.org/c v1.0.0"}},
		{"", row, []string{"go.mod has no example.org/a/v2 v2.1.0"}},
	} {
		if got := undocumented(tt.mod, tt.doc); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.mod, got, tt.want)
		}
	}
}
