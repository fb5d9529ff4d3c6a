package api

import (
	"slices"
	"strings"
	"testing"

	"tolk/mapping/maps"
	"tolk/mapping/receiver"
)

// An operation takes a body of every type that the file says, and of no other.
func TestDescribedKinds(t *testing.T) {
	words, err := snapshot()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := receiver.Load(maps.FS, "receivers", words)
	if err != nil {
		t.Fatal(err)
	}
	n := startNode(t, func(c *Config) {
		content := c.Content()
		content.Checker = func() (*receiver.Checker, error) {
			return &receiver.Checker{Tables: tables, Reader: &hubs{}}, nil
		}
	})
	taken := 0
	for _, o := range described31(t).Operations() {
		kinds := o.Takes()
		if len(kinds) == 0 || o.Path == testPath { // which nobody answers here
			continue
		}
		target, _, _ := o.Example()
		for _, kind := range append(slices.Clone(kinds), "text/plain") {
			kind, body := strings.Replace(kind, "*", "vnd.example+json", 1), "{}"
			if strings.Contains(kind, "xml") {
				body = "<a/>"
			}
			a := n.as(t, "owner", o.Method, target, body, "Content-Type", kind)
			if want := kind != "text/plain"; (a.status != 415) != want && o.Path != tokenPath {
				t.Errorf("%s %s with %s: got %d %s", o.Method, o.Path, kind, a.status, a.body)
			}
			taken++
		}
	}
	if taken < 60 {
		t.Errorf("%d types were tried", taken)
	}
}
