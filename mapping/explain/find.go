package explain

import (
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
)

// Find explains the leaf at a path, or all leaves below it, on both sides; sides
// names the only ones that are looked at. A path is written as on the ledger:
// Bundle.entry[1].resource.code. The name of the document may be left out, or be $ or
// $this, and a name without a number means each of its elements. A path that leads
// nowhere is an *mapping.Error of NotFound that names what is near.
func (a *Account) Find(path string, sides ...string) ([]Leaf, error) {
	var found []Leaf
	var looked []*side
	for _, s := range []*side{a.source, a.target} {
		if len(sides) > 0 && !slices.Contains(sides, s.name) {
			continue
		}
		looked = append(looked, s)
		for _, i := range s.find(path) {
			found = append(found, a.leaf(s, i))
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, &mapping.Error{Kind: mapping.NotFound, Path: path, Message: "no leaf is there" + near(path, looked)}
}

// find lists the leaves at a path or below it.
func (s *side) find(path string) (found []int) {
	steps := s.steps(path)
	if i, exact := s.at[joined(steps)]; exact {
		return []int{i}
	}
	for i, p := range s.paths {
		if matched, whole := match(steps, split(p)); whole && matched == len(steps) {
			found = append(found, i)
		}
	}
	return found
}

// steps are the steps of a path that a person wrote.
func (s *side) steps(path string) []string {
	steps := split(strings.TrimSpace(path))
	root := s.root()
	switch {
	case len(steps) == 0:
		return []string{root}
	case steps[0] == "$" || steps[0] == "$this":
		steps[0] = root
	case steps[0] != root:
		steps = append([]string{root}, steps...)
	}
	return steps
}

// split takes a path apart: names, and numbers as [3].
func split(path string) (steps []string) {
	for path != "" {
		path = strings.TrimPrefix(path, ".")
		end := strings.IndexAny(path, ".[")
		switch {
		case strings.HasPrefix(path, "["):
			if end = strings.IndexByte(path, ']') + 1; end == 0 {
				end = len(path)
			}
		case end < 0:
			end = len(path)
		}
		if end == 0 { // two dots
			continue
		}
		steps, path = append(steps, path[:end]), path[end:]
	}
	return steps
}

// match tells how many steps lead towards a leaf, and whether all of them do. A name
// without a number means each of its elements.
func match(steps, leaf []string) (matched int, whole bool) {
	at := 0
	for i, step := range steps {
		if at < len(leaf) && leaf[at] != step && leaf[at][0] == '[' && step[0] != '[' {
			at++
		}
		if at >= len(leaf) || leaf[at] != step {
			return i, false
		}
		at++
	}
	return len(steps), true
}

// near says what stands where a path leaves the documents: the names there, and which
// of them may have been meant.
func near(path string, sides []*side) string {
	best, names, place, wrong := 0, []string(nil), "", ""
	for _, s := range sides {
		steps := s.steps(path)
		for _, p := range s.paths {
			leaf := split(p)
			matched, _ := match(steps, leaf)
			if matched == 0 || matched < best {
				continue
			}
			at := beyond(steps[:matched], leaf, steps[matched])
			if matched > best {
				best, names, place, wrong = matched, nil, joined(leaf[:at]), steps[matched]
			}
			if at < len(leaf) && !slices.Contains(names, leaf[at]) {
				names = append(names, leaf[at])
			}
		}
	}
	switch {
	case place == "":
		return "; expected a path as the ledger has it, beginning with " + roots(sides)
	case len(names) == 0:
		return "; " + place + " is a leaf, and nothing is below it"
	case strings.HasPrefix(names[0], "["):
		return "; " + place + " has " + names[0] + " to [" + strconv.Itoa(highest(names)) + "]"
	}
	if meant := mapping.Nearest(wrong, names); meant != "" {
		return "; did you mean " + place + "." + meant + "?"
	}
	if len(names) > 12 {
		names = append(names[:12:12], "...")
	}
	return "; " + place + " has " + strings.Join(names, ", ")
}

// beyond is where in a leaf the steps that lead towards it end, and what comes next
// is looked for.
func beyond(steps, leaf []string, next string) (at int) {
	for _, step := range steps {
		if leaf[at] != step {
			at++
		}
		at++
	}
	if at < len(leaf) && leaf[at][0] == '[' && next[0] != '[' {
		at++
	}
	return at
}

func roots(sides []*side) string {
	var names []string
	for _, s := range sides {
		if !slices.Contains(names, s.root()) {
			names = append(names, s.root())
		}
	}
	return strings.Join(names, " or ")
}

func joined(steps []string) string {
	var b strings.Builder
	for i, s := range steps {
		if i > 0 && s[0] != '[' {
			b.WriteByte('.')
		}
		b.WriteString(s)
	}
	return b.String()
}

// highest is the highest of some numbers in brackets.
func highest(names []string) int {
	most := 0
	for _, n := range names {
		if i, err := strconv.Atoi(strings.Trim(n, "[]")); err == nil {
			most = max(most, i)
		}
	}
	return most
}
