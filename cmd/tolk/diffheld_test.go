package main

import (
	"bytes"
	"slices"
	"testing"

	"tolk/mapping/difference"
)

// What a rule holds is read from its name on the ledger, also where it is the last of
// two steps, or a site's.
func TestHolder(t *testing.T) {
	for rule, want := range map[string]string{
		"":                                "",
		"ffb-fsiii.condition/held":        "condition",
		"ffb-fsiii.condition-119/held":    "condition",
		"ffb-fsiii.condition/held@aarhus": "condition",
		"tilstande.plain/tilstand/kode > ffb-fsiii.goal/held": "goal",
		"ffb-fsiii.condition/code":                            "",
		"ffb-fsiii.condition/held > ffb-fhir.condition/rest":  "",
	} {
		if got := holder(rule); got != want {
			t.Errorf("%s: got %q, want %q", rule, got, want)
		}
	}
}

// The leaves of an element that waits are one line; those of the elements beside it,
// and what became another there, are told as before.
func TestFolded(t *testing.T) {
	const held, free = "ffb-fsiii.condition/held", "ffb-fsiii.condition/code"
	fate := func(path, then, now string) difference.Leaf {
		return difference.Leaf{Side: difference.Source, Path: path, Kind: difference.Fate, Then: difference.Why{Rule: then}, Now: difference.Why{Rule: now}}
	}
	gone := func(path, source string) difference.Leaf {
		return difference.Leaf{Side: difference.Target, Path: path, Kind: difference.Gone, Then: difference.Why{Source: source}}
	}
	changed := difference.Leaf{Side: difference.Target, Path: "Bundle.entry[0].resource.meta", Kind: difference.Changed}
	d := &difference.Difference{Leaves: []difference.Leaf{
		gone("Bundle.entry[0].resource.id", "$this.tilstande[1].id"),
		gone("Bundle.entry[0].resource.meta.profile[0]", ""), // of no leaf of the source, but of the same element
		gone("Bundle.entry[1].resource.note", "$this.tilstande[0].note"),
		changed,
		fate("$this.tilstande[1].id", "a > "+free, "a > "+held),
		fate("$this.tilstande[1].kode", free, held),
		fate("$this.tilstande[0].note", free, "ffb-fsiii.condition/note"),
	}}
	rest, found := folded(d)
	if want := []heldElement{{"$this.tilstande[1]", "condition", 2, true}}; !slices.Equal(found, want) {
		t.Errorf("got %v, want %v", found, want)
	}
	if want := []difference.Leaf{d.Leaves[2], changed, d.Leaves[6]}; !slices.Equal(rest.Leaves, want) {
		t.Errorf("got %v, want %v", rest.Leaves, want)
	}
	if len(d.Leaves) != 7 {
		t.Error("the difference itself lost leaves")
	}
	if same, none := folded(&difference.Difference{Leaves: d.Leaves[2:4]}); len(same.Leaves) != 2 || none != nil {
		t.Errorf("nothing is held: got %v, %v", same.Leaves, none)
	}

	counts := countHeld(nil, difference.Translation{Document: "a", To: "fsiii"}, found)
	counts = countHeld(counts, difference.Translation{Document: "a", To: "fhir"}, found)
	counts = countHeld(counts, difference.Translation{Document: "b"}, []heldElement{{"x", "goal", 1, false}})
	var b bytes.Buffer
	sumsOfHeld(&b, counts)
	if got, want := b.String(), "  2 conditions wait for a person: 4 leaves, in 1 document, as a to fsiii\n"+
		"  1 goal no longer waits for a person: 1 leaf, in 1 document, as b\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A site's own rows stand first, what follows from them last, and what is said of most
// documents before the others of its kind.
func TestOwnFirst(t *testing.T) {
	by := func(site string) []difference.Decision {
		return []difference.Decision{{How: difference.Written, Site: site}}
	}
	codes := []difference.Code{
		{Example: "level", Was: by("")}, {Example: "row", Was: by(""), Is: by("")},
		{Example: "own", Was: by(""), Is: by("site aarhus")}, {Example: "no longer own", Was: by("site aarhus"), Is: by("")},
		{Example: "added by the site", Is: by("site aarhus")}, {Example: "row 2", Was: by(""), Is: by("")},
	}
	ownFirst(codes)
	var got []string
	for _, c := range codes {
		got = append(got, c.Example)
	}
	if want := []string{"own", "no longer own", "added by the site", "row", "row 2", "level"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
