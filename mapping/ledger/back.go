package ledger

import (
	"slices"
	"strings"

	"tolk/mapping/tree"
)

// back is Back of a target that is settled, found in the two documents without the
// ledger being spelled out.
func (s *settled) back(source *tree.Doc, path string) string {
	place := ""
	all := s.sources(path)
	above := ancestor(source, all)
	for last := tree.None; len(all) > 0; all = all[1:] {
		if last != tree.None && all[0] >= last && all[0] < source.End(last) {
			continue // as the one before
		}
		// What stands just below the ancestor: of XML the paths of several may have
		// more in common than it says itself.
		if last = all[0]; last != above {
			for source.Parent(last) != above {
				last = source.Parent(last)
			}
		}
		if at := source.Path(last); place == "" {
			place = at
		} else {
			place = common(place, at)
		}
	}
	if place == "" {
		place, _, _ = strings.Cut(source.Path(source.Root()), ".")
	}
	return place
}

// sources lists what the leaves at a place of the target came from.
func (s *settled) sources(path string) (all []tree.ID) {
	doc := s.doc
	place := doc.At(path)
	if place == tree.None {
		return nil
	}
	first, _ := slices.BinarySearch(s.leaves, place)
	for i, end := first, doc.End(place); i < len(s.leaves) && s.leaves[i] < end; i++ {
		if from := s.origins[i].From; from != tree.None {
			all = append(all, from)
		}
	}
	return all
}

// ancestor is the lowest node that all are or are below, None of none.
func ancestor(doc *tree.Doc, all []tree.ID) tree.ID {
	if len(all) == 0 {
		return tree.None
	}
	above := all[0]
	for _, n := range all[1:] {
		for n < above || n >= doc.End(above) {
			above = doc.Parent(above)
		}
	}
	return above
}
