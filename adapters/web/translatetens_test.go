package web

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A long document has tens of groups, in order, with every leaf in them once; one
// that is less long has groups.
func TestTranslateTens(t *testing.T) {
	page := postTranslate(t, testSite(t), "text", longRecord(200), "to", "fsiii").Body.String()
	for _, side := range []string{"s", "t"} {
		_, pane, _ := strings.Cut(page, map[string]string{"s": `id="source">`, "t": `id="target">`}[side])
		pane, _, _ = strings.Cut(pane, "</section>")
		if got := strings.Count(pane, `<details class="ten">`); got != 20 {
			t.Errorf("%s: %d tens, want 20", side, got)
		}
		for what, pattern := range map[string]string{"group": `<details class="g" id="` + side + `g(\d+)">`, "leaf": `<li id="` + side + `(\d+)" class="l `} {
			all := regexp.MustCompile(pattern).FindAllStringSubmatch(pane, -1)
			for i, m := range all {
				if m[1] != strconv.Itoa(i) {
					t.Fatalf("%s: %s %s stands as number %d", side, what, m[1], i)
				}
			}
			if least := map[string]int{"group": 200, "leaf": 2000}[what]; len(all) < least {
				t.Errorf("%s: %d times a %s, want %d or more", side, len(all), what, least)
			}
		}
	}
	if n := strings.Count(page, "<noscript><noscript>"); n > 0 {
		t.Errorf("%d noscript in another, which a browser ends too early", n)
	}
	for _, entries := range []int{3, leafGroups - 1} { // and what is before them
		if page := postTranslate(t, testSite(t), "text", longRecord(entries), "to", "fsiii").Body.String(); strings.Contains(page, `class="ten"`) || !strings.Contains(page, `class="g"`) {
			t.Errorf("%d entries: the page has tens", entries)
		}
	}
	var one []*leafGroup
	for i := range 32 {
		one = append(one, &leafGroup{Path: "Bundle.entry[" + strconv.Itoa(i-1) + "]", Kept: true})
	}
	one[0].Path = "Bundle"
	sizes := ""
	for _, ten := range leafTens(one) {
		sizes += ten.Path + " "
		for _, g := range ten.Groups {
			if g.Kept != (len(ten.Groups) == 1) {
				t.Errorf("%s: kept by itself: %v", g.Path, g.Kept)
			}
		}
	}
	if want := "Bundle Bundle.entry[0]–[9] Bundle.entry[10]–[19] Bundle.entry[20]–[29] Bundle.entry[30] "; sizes != want {
		t.Errorf("got %swant %s", sizes, want)
	}
}

// A ten is called by what is in it.
func TestLeafTen(t *testing.T) {
	for _, c := range []struct {
		paths, titles, notes []string
		head, note, path     string
	}{
		{[]string{"Bundle.type", "Bundle.entry[0]", "Bundle.entry[1]"}, []string{"", "Patient", "Condition"}, []string{"", "Bruno", "Samtale"}, "type, Patient, Condition", "Bruno, Samtale", "Bundle.type–entry[1]"},
		{[]string{"Bundle.entry[10]", "Bundle.entry[11]"}, []string{"Condition", "Condition"}, []string{"Samtale", "Samtale"}, "2 × Condition", "Samtale", "Bundle.entry[10]–[11]"},
		{[]string{"A.B[0].C[3]", "A.B[1].C[0]"}, []string{"", ""}, []string{"", ""}, "2 × C", "", "A.B[0].C[3]–C[0]"},
		{[]string{"A.b"}, []string{""}, []string{"x"}, "b", "x", "A.b"},
	} {
		var groups []*leafGroup
		for i, path := range c.paths {
			groups = append(groups, &leafGroup{Path: path, Title: c.titles[i], Note: c.notes[i], Lines: make([]leafLine, 2)})
		}
		got := newLeafTen(groups)
		if got.Head != c.head || got.Note != c.note || got.Path != c.path || got.Leaves != 2*len(groups) {
			t.Errorf("%v: got %q %q %q %d", c.paths, got.Head, got.Note, got.Path, got.Leaves)
		}
	}
}
