package ledger

import "hash/maphash"

// finder finds a place in a list of paths. Two documents often run in nearly the
// same order, so it looks at the next few from the last one found first, and makes
// an index of them all only when that fails.
type finder struct {
	n     int
	path  func(int) string
	last  int
	slots []int32 // by hash of the path, as many as a power of two: a place and 1, or 0
	seed  maphash.Seed
}

// near is how far on from the last one a path is looked for before all are.
const near = 8

// find returns where a path is in the list, and false if it is nowhere there.
func (f *finder) find(path string) (int, bool) {
	for i := f.last; i < min(f.last+near, f.n); i++ {
		if f.path(i) == path {
			f.last = i
			return i, true
		}
	}
	if f.slots == nil {
		f.index()
	}
	mask := len(f.slots) - 1
	for at := int(maphash.String(f.seed, path)) & mask; f.slots[at] != 0; at = (at + 1) & mask {
		if i := int(f.slots[at] - 1); f.path(i) == path {
			f.last = i
			return i, true
		}
	}
	return 0, false
}

func (f *finder) index() {
	size := 8
	for size < 2*f.n {
		size *= 2
	}
	f.slots, f.seed = make([]int32, size), maphash.MakeSeed()
	for i := range f.n {
		at := int(maphash.String(f.seed, f.path(i))) & (size - 1)
		for f.slots[at] != 0 {
			at = (at + 1) & (size - 1)
		}
		f.slots[at] = int32(i + 1)
	}
}

// findLines finds the lines of a ledger by their paths, findOrigins the origins.
func findLines(lines []Line) finder {
	return finder{n: len(lines), path: func(i int) string { return lines[i].Path }}
}

func findOrigins(origins []Origin) finder {
	return finder{n: len(origins), path: func(i int) string { return origins[i].Path }}
}
