package house

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The tests that ./test skips under the race detector are run by its step laws: each
// is there, and in no package that this step leaves out.
func TestNothingSkippedIsLeftOut(t *testing.T) {
	script, err := os.ReadFile("test")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^readonly laws='\^\(([A-Za-z|]+)\)\$'$`).FindSubmatch(script)
	packages := regexp.MustCompile(`(?m)^step laws run .* -run "\$laws" (.+)$`).FindSubmatch(script)
	if names == nil || packages == nil {
		t.Fatal("./test has no laws, or no step that runs them")
	}
	stands := map[string][]string{} // by name of a test, its packages
	for _, s := range sources(t) {
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(s.text, -1) {
			stands[string(m[1])] = append(stands[string(m[1])], "./"+path.Dir(s.path))
		}
	}
	run := strings.Fields(string(packages[1]))
	for _, name := range strings.Split(string(names[1]), "|") {
		if len(stands[name]) == 0 {
			t.Errorf("%s: there is no such test", name)
		}
		for _, dir := range stands[name] {
			if !slices.Contains(run, dir) {
				t.Errorf("%s of %s is run by no step", name, dir)
			}
		}
	}
}
