package web

import (
	"slices"
	"strconv"
	"strings"
)

// leafTen is up to ten groups that follow each other.
type leafTen struct {
	Head, Note, Path string // as those of a group
	Leaves           int
	Groups           []*leafGroup
}

// leafTens makes tens of the groups of a side, where they are closed and too many to
// be listed. One alone stays a group. What comes before a list is not counted with
// it, so that the entries of a Bundle are called 0 to 9.
func leafTens(groups []*leafGroup) (tens []leafTen) {
	if len(groups) <= leafGroups || groups[0].Open {
		return nil
	}
	begin := 0
	for i := 1; i <= len(groups); i++ {
		if i < len(groups) && i-begin < 10 && (strings.Contains(groups[i-1].Path, "[") || !strings.Contains(groups[i].Path, "[")) {
			continue
		}
		ten := newLeafTen(groups[begin:i])
		for _, g := range ten.Groups {
			g.Kept = len(ten.Groups) == 1
		}
		tens, begin = append(tens, ten), i
	}
	return tens
}

// newLeafTen puts groups together under what they are, and the first things that
// they are about.
func newLeafTen(groups []*leafGroup) leafTen {
	t := leafTen{Groups: groups}
	var heads, notes []string
	counts := map[string]int{}
	for _, g := range groups {
		t.Leaves += len(g.Lines)
		head, _, _ := strings.Cut(g.Head(), "[")
		if counts[head]++; counts[head] == 1 {
			heads = append(heads, head)
		}
		if g.Note != "" && !slices.Contains(notes, g.Note) {
			notes = append(notes, g.Note)
		}
	}
	for i, head := range heads {
		if n := counts[head]; n > 1 {
			heads[i] = strconv.Itoa(n) + " × " + head
		}
	}
	t.Head, t.Note = strings.Join(heads, ", "), strings.Join(notes, ", ")
	first, last := groups[0].Path, groups[len(groups)-1].Path
	list, _, listed := strings.Cut(last, "[")
	switch {
	case first == last:
		t.Path = first
	case listed && strings.HasPrefix(first, list+"[") && strings.Count(last, "[") == 1:
		t.Path = first + "–" + last[len(list):] // Bundle.entry[0]–[9]
	default:
		t.Path = first + "–" + last[strings.LastIndexByte(last, '.')+1:]
	}
	return t
}
