package api

import (
	"sync"
	"testing"

	"tolk/mapping/canonical"
	"tolk/mapping/published"
	"tolk/mapping/tree"
)

// embedding builds the registry of what is embedded, as cmd does.
var embedding = sync.OnceValues(func() (*canonical.Registry, error) {
	words, err := snapshot()
	if err != nil {
		return nil, err
	}
	var all []canonical.Resource
	for _, text := range published.Resources(words) {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			return nil, err
		}
		r, err := canonical.Parse(d, d.Root())
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	own, err := canonical.OwnMaps(words)
	if err != nil {
		return nil, err
	}
	r, err := canonical.New(append(all, own...)...)
	if err != nil {
		return nil, err
	}
	aliases := map[string]string{}
	for _, s := range words.CodeSystems() {
		for _, alias := range words.Aliases(s.URL)[1:] {
			aliases[alias] = s.URL
		}
	}
	return r.WithAliases(aliases), nil
})

func embedded(t testing.TB) *canonical.Registry {
	t.Helper()
	r, err := embedding()
	if err != nil {
		t.Fatal(err)
	}
	return r
}
