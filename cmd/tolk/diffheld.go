package main

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tolk/mapping/difference"
)

// heldElement is one element of a document, as a condition, that waits for a person
// after and not before, or the other way round: its code does, and without it nothing
// of the element is written.
type heldElement struct {
	path   string // of the element in the source
	what   string // condition
	leaves int    // of the source
	waits  bool   // after; else before
}

// numbered is the element of a list that a path begins with: Bundle.entry[1].
var numbered = regexp.MustCompile(`^[^\[]*\[[0-9]+\]`)

// elementOf is the element that a leaf stands in, the whole document where it has no
// list.
func elementOf(path string) string {
	if found := numbered.FindString(path); found != "" {
		return found
	}
	root, _, _ := strings.Cut(path, ".")
	return root
}

// holder is what a rule holds back, empty for a rule that holds nothing:
// ffb-fsiii.condition/held holds a condition.
func holder(rule string) string {
	name, _, _ := strings.Cut(rule[strings.LastIndex(rule, " ")+1:], "@")
	name, ok := strings.CutSuffix(name, "/held")
	if !ok {
		return ""
	}
	return strings.TrimRight(name[strings.LastIndex(name, ".")+1:], "-0123456789")
}

// folded takes the leaves of what is held out of a difference: they are many, and all
// say one thing. What is left is told leaf by leaf.
func folded(d *difference.Difference) (*difference.Difference, []heldElement) {
	held := heldIn(d.Leaves)
	if len(held) == 0 {
		return d, nil
	}
	find := func(path string) *heldElement {
		at := slices.IndexFunc(held, func(h heldElement) bool { return path != "" && h.path == elementOf(path) })
		if at < 0 {
			return nil
		}
		return &held[at]
	}
	// An element of the target is that of a held one where a leaf of it came from there.
	targets := map[string]bool{}
	for _, l := range d.Leaves {
		if h := find(cmp.Or(l.Then.Source, l.Now.Source)); h != nil && l.Side == difference.Target && l.Kind == goneOrNew(h.waits) {
			targets[elementOf(l.Path)] = h.waits
		}
	}
	rest := *d
	rest.Leaves = nil
	for _, l := range d.Leaves {
		waits, of := targets[elementOf(l.Path)]
		switch h := find(l.Path); {
		case l.Side == difference.Source && h != nil && l.Kind == difference.Fate && (holder(l.Now.Rule) != "") == h.waits:
			h.leaves++
		case l.Side == difference.Target && of && l.Kind == goneOrNew(waits):
		default:
			rest.Leaves = append(rest.Leaves, l)
		}
	}
	return &rest, held
}

// goneOrNew is what happens to the leaves of the target.
func goneOrNew(waits bool) string {
	if waits {
		return difference.Gone
	}
	return difference.New
}

// heldIn lists the elements that are held by one of the two and not by the other.
func heldIn(leaves []difference.Leaf) (held []heldElement) {
	for _, l := range leaves {
		then, now := holder(l.Then.Rule), holder(l.Now.Rule)
		if l.Side != difference.Source || l.Kind != difference.Fate || (then == "") == (now == "") {
			continue
		}
		h := heldElement{path: elementOf(l.Path), what: cmp.Or(now, then), waits: now != ""}
		if !slices.ContainsFunc(held, func(o heldElement) bool { return o.path == h.path }) {
			held = append(held, h)
		}
	}
	return held
}

// tellHeld writes one line for each element that is held.
func tellHeld(b *bytes.Buffer, held []heldElement) {
	for _, h := range held {
		if h.waits {
			fmt.Fprintf(b, "     %s: the %s waits for a person: %s\n", h.path, h.what, count(h.leaves, "leaf", "leaves"))
		} else {
			fmt.Fprintf(b, "     %s: the %s no longer waits for a person: %s\n", h.path, h.what, count(h.leaves, "leaf", "leaves"))
		}
	}
}

// heldCount sums up over all documents what is held.
type heldCount struct {
	what      string
	waits     bool
	elements  int
	leaves    int
	documents int
	example   string

	last string // the document that was counted last
}

// countHeld counts the elements of one translation.
func countHeld(all []heldCount, name difference.Translation, held []heldElement) []heldCount {
	for _, h := range held {
		i := slices.IndexFunc(all, func(c heldCount) bool { return c.what == h.what && c.waits == h.waits })
		if i < 0 {
			i, all = len(all), append(all, heldCount{what: h.what, waits: h.waits, example: name.String()})
		}
		c := &all[i]
		c.elements, c.leaves = c.elements+1, c.leaves+h.leaves
		if c.documents == 0 || c.last != name.Document {
			c.documents, c.last = c.documents+1, name.Document
		}
	}
	return all
}

// sumsOfHeld writes the sums of what is held.
func sumsOfHeld(b *bytes.Buffer, all []heldCount) {
	for _, c := range all {
		word := "waits"
		if c.elements > 1 {
			word = "wait"
		}
		if !c.waits {
			word = "no longer " + word
		}
		fmt.Fprintf(b, "  %s %s for a person: %s, in %s, as %s\n", count(c.elements, c.what, c.what+"s"), word,
			count(c.leaves, "leaf", "leaves"), count(c.documents, "document", "documents"), c.example)
	}
}

// ownFirst puts the rows that are stated otherwise before what only follows from them:
// first those of a site, then what has a decision on both sides, and last what was or
// is not asked at all, as the level of a condition that waits.
func ownFirst(codes []difference.Code) {
	rank := func(c difference.Code) int {
		own := func(d difference.Decision) bool { return d.Site != "" }
		switch {
		case slices.ContainsFunc(c.Is, own) || slices.ContainsFunc(c.Was, own):
			return 0
		case len(c.Was) > 0 && len(c.Is) > 0:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(codes, func(a, b difference.Code) int { return cmp.Compare(rank(a), rank(b)) })
}
