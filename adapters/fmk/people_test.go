package fmk

import (
	"regexp"
	"strings"
	"testing"

	"tolk/mapping/ledger"
)

// Who is named again and again is written once. What nobody knows of them is
// nobody's in every place.
func TestUnknownOfPeople(t *testing.T) {
	all := cards(t)
	for _, name := range []string{"selvadministration", "hvem-og-hvornaar", "v146-hvem-og-hvornaar"} {
		text := all[name]
		if text == "" {
			t.Fatalf("no card %s", name)
		}
		for _, at := range []string{"HealthcareProfessional", "Organisation", "By", "AuthorisedHealthcareProfessional"} {
			changed := text
			for _, end := range []string{"</", "</ns2:", "</mc:"} {
				changed = strings.ReplaceAll(changed, end+at+">", "ukendt tekst"+end+at+">")
			}
			if changed == text {
				continue
			}
			w, err := translate(changed)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for _, l := range w.Ledger.Lines() {
				if strings.HasSuffix(l.Path, "."+at+".text()") && l.Fate == ledger.Used.String() {
					t.Errorf("%s: %s: used by %s, and nobody knows it", name, l.Path, l.Rule)
				}
			}
		}
	}
}

// An element that tells all there is by being there tells nothing else.
func TestUnknownOfFlags(t *testing.T) {
	found := 0
	for name, text := range cards(t) {
		for _, flag := range []string{"Patient", "Unknown", "Removed"} {
			empty := regexp.MustCompile(`<([a-z0-9]+:)?` + flag + `\s*/>`)
			if refused(name) || !empty.MatchString(text) {
				continue
			}
			found++
			w, err := translate(empty.ReplaceAllString(text, "<${1}"+flag+">ukendt</${1}"+flag+">"))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for _, l := range w.Ledger.Lines() {
				if strings.HasSuffix(l.Path, "."+flag) && l.Fate == ledger.Used.String() {
					t.Errorf("%s: %s: used by %s, and nobody knows what it says", name, l.Path, l.Rule)
				}
			}
		}
	}
	if found < 3 {
		t.Errorf("%d cards have a flag, want more", found)
	}
}
