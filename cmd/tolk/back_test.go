package main

import (
	"strings"
	"testing"
)

// The place of a finding is the same whether the ledger was spelled out or not.
func TestBackEitherWay(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	places := 0
	for _, f := range loadFixtures(t) {
		q := f.Request
		unspelled, err := c.gateway.Translate(f.Input, q)
		if err != nil {
			continue
		}
		spelled, err := c.gateway.Translate(f.Input, q)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, o := range spelled.Ledger.Origins() {
			for path := o.Path; path != "" && !seen[path]; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
				seen[path] = true
				places++
				if got, want := unspelled.Ledger.Back(path), spelled.Ledger.Back(path); got != want {
					t.Errorf("%s: %s: got %s, want %s", f.Name, path, got, want)
				}
			}
		}
	}
	if places < 10_000 {
		t.Errorf("%d places, want at least 10,000", places)
	}
}
