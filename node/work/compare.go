package work

import "tolk/mapping/tree"

// difference is a place where two documents differ.
type difference struct{ path, change string }

// The changes.
const (
	leafAdded   = "added"
	leafRemoved = "removed"
	leafChanged = "changed"
)

// compare returns where two documents differ, leaf for leaf: what only one says at
// a path. An entry that was put in moves those behind it and changes nothing of
// them; leaves that say the same at another place of a list are changed.
func compare(live, candidate []byte) map[difference]int64 {
	if string(live) == string(candidate) {
		return nil
	}
	found := map[difference]int64{}
	a, errA := leaves(live)
	b, errB := leaves(candidate)
	if errA != nil || errB != nil {
		found[difference{"$this", leafChanged}]++
		return found
	}
	paths := map[string]bool{}
	for p := range a.values {
		paths[p] = true
	}
	for p := range b.values {
		paths[p] = true
	}
	for p := range paths {
		removed, added := apart(a.values[p], b.values[p]), apart(b.values[p], a.values[p])
		both := min(removed, added)
		for change, n := range map[string]int64{leafChanged: both, leafRemoved: removed - both, leafAdded: added - both} {
			if n > 0 {
				found[difference{p, change}] += n
			}
		}
	}
	if len(found) > 0 {
		return found
	}
	for place, value := range a.places {
		if b.places[place] != value {
			found[difference{tree.WithoutIndices(place), leafChanged}]++
		}
	}
	if len(found) == 0 {
		found[difference{"$this", leafChanged}]++ // the order of its keys
	}
	return found
}

// said is what a document says: how often which value at which path, and at which
// place.
type said struct {
	values map[string]map[string]int64
	places map[string]string
}

func leaves(text []byte) (said, error) {
	s := said{map[string]map[string]int64{}, map[string]string{}}
	d, err := tree.Read(string(text), tree.Limits{Bytes: len(text)})
	if err != nil {
		return s, err
	}
	d.Walk(d.Root(), func(leaf tree.ID, path string) {
		p := tree.WithoutIndices(path)
		if s.values[p] == nil {
			s.values[p] = map[string]int64{}
		}
		s.values[p][d.Raw(leaf)]++
		s.places[path] = d.Raw(leaf)
	})
	return s, nil
}

// apart counts what a says oftener than b.
func apart(a, b map[string]int64) (n int64) {
	for value, count := range a {
		n += max(0, count-b[value])
	}
	return n
}
