package tree

import (
	"strconv"
	"strings"
)

// At returns the node that Path names so, None where nothing stands there. The
// document is JSON.
func (d *Doc) At(path string) ID {
	rest, ok := strings.CutPrefix(path, d.rootName())
	if !ok || d.xml != nil {
		return None
	}
	n := d.Root()
	for rest != "" && n != None {
		n, rest = d.step(n, rest)
	}
	return n
}

// step takes the first step of a path from n, and returns the rest of it.
func (d *Doc) step(n ID, path string) (ID, string) {
	name, named := strings.CutPrefix(path, ".")
	if named != (d.nodes[n].kind == Object) || !named && d.nodes[n].kind != Array {
		return None, ""
	}
	if !named {
		i, rest := index(path)
		return d.nth(n, i), rest
	}
	end := strings.IndexAny(name, ".[")
	if end < 0 {
		end = len(name)
	}
	if name[:end] == "children()" {
		i, rest := index(name[end:])
		if n = d.nth(n, i); n != None && plain(unescape(d.RawKey(n))) {
			return None, "" // it has a name
		}
		return n, rest
	}
	if !plain(name[:end]) {
		return None, ""
	}
	return d.Child(n, name[:end]), name[end:]
}

// nth returns the child of n at a place, None where there is none.
func (d *Doc) nth(n ID, i int) ID {
	if i < 0 {
		return None
	}
	for n = d.First(n); n != None && i > 0; i-- {
		n = d.Next(n)
	}
	return n
}

// index reads the [2] that a path begins with, and returns the rest; -1 for none.
func index(path string) (int, string) {
	digits, rest, ok := strings.Cut(path, "]")
	digits, begun := strings.CutPrefix(digits, "[")
	i, err := strconv.Atoi(digits)
	if !ok || !begun || err != nil || strconv.Itoa(i) != digits {
		return -1, ""
	}
	return i, rest
}

// WithoutIndices is a path without the indices of its lists, as one place of many
// documents.
func WithoutIndices(path string) string {
	var b []byte
	depth := 0
	for i := range len(path) {
		switch {
		case path[i] == '[':
			depth++
		case path[i] == ']':
			depth--
		case depth == 0:
			b = append(b, path[i])
		}
	}
	return string(b)
}
