package readable

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/mapping/tree"
)

// The newest message stands first, and what a later one did to a message stands on
// it.
func TestThread(t *testing.T) {
	thread := sample(t, "korrespondance").Thread
	type letter struct {
		when        string
		marks       []string
		texts       int
		files       int
		void, first bool
	}
	want := []letter{
		{"21. nov. 2026 kl. 8.15", []string{"Tilbagetrækning"}, 1, 0, false, true},
		{"20. nov. 2026 kl. 11.30", []string{"Rettelse"}, 1, 0, false, false},
		{"19. nov. 2026 kl. 10.00", []string{"Svar", "Trukket tilbage 21. nov. 2026 kl. 8.15"}, 1, 0, true, false},
		{"19. nov. 2026 kl. 9.05", []string{"Svar", "Rettet 20. nov. 2026 kl. 11.30 – læs rettelsen"}, 1, 3, false, false},
		{"18. nov. 2026 kl. 14.02", []string{"Ny"}, 1, 0, false, false},
	}
	if len(thread.Letters) != len(want) {
		t.Fatalf("got %d messages, want %d", len(thread.Letters), len(want))
	}
	for i, l := range thread.Letters {
		var marks []string
		for _, m := range l.Marks {
			marks = append(marks, m.Text)
		}
		w := want[i]
		if l.When != w.when || !slices.Equal(marks, w.marks) || len(l.Texts) != w.texts || len(l.Files) != w.files || l.Void != w.void || l.This != w.first {
			t.Errorf("message %d: got %+v", i, l)
		}
	}
}

// What the page of a correspondence must not leave unsaid.
func TestThreadSays(t *testing.T) {
	tests := []struct {
		name    string
		changes []string
		want    []string
	}{
		{"who writes to whom", nil, []string{"Fra: Bostedet Solsikken · Lone Sygeplejerske, sygeplejerske", "Til: Psykiatrisk Center Test · Ambulatorium for psykose", "Kopi til: Lægehuset Test"}},
		{"a role of MedCom's in Danish", nil, []string{"Per Pædagog, pædagog · tlf. 20222325", "Morten Overlæge, overlæge · tlf. 38683868"}},
		{"an attachment by what it is", nil, []string{"Bilag: Søvnskema uge 46, PDF, 9 byte, lavet 18. nov. 2026", "Bilag: Vejledning om søvn, hentes på https://example.org/soevn", "Bilag: Medicinliste, dokument i struktureret form, indholdet er ikke med"}},
		{"an organisation without a name by its number", []string{`"name": "Lægehuset Test",`, ""}, []string{"Kopi til: SOR 112233445566"}},
		{"a segment that no message added", []string{`"value": "urn:uuid:0d5b4a61-62c8-4c7f-9b29-000000000001"`, `"value": "urn:uuid:0d5b4a61-62c8-4c7f-9b29-999999999999"`}, []string{"Meddelelsens tekst er ikke med i dokumentet.", "Hvordan sover Bruno"}},
		{"that it is private", []string{`"status": "unknown",`, `"status": "unknown", "meta": {"security": [{"code": "R"}]},`}, []string{"!! Privatmarkeret"}},
		{"a modifier that it does not know", []string{`"status": "unknown",`, `"status": "unknown", "modifierExtension": [{"url": "urn:x", "valueBoolean": true}],`}, []string{"modifierExtension"}},
	}
	for _, tt := range tests {
		got := Text(sample(t, "korrespondance", tt.changes...))
		for _, want := range tt.want {
			if !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
				t.Errorf("%s: %q is not in\n%s", tt.name, want, got)
			}
		}
	}
}

// A correspondence that is marked private is not on the copy without what is.
func TestPrivateThread(t *testing.T) {
	page := sample(t, "korrespondance", `"status": "unknown",`, `"status": "unknown", "meta": {"security": [{"code": "R"}]},`).WithoutPrivate()
	got := Text(page)
	for _, not := range []string{"Bruno har haft", "Søvn og medicin", "Lægehuset"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is in\n%s", not, got)
		}
	}
	if !strings.Contains(got, "privatmarkeret") {
		t.Errorf("that it is held back is not said:\n%s", got)
	}
}

// Every code of MedCom's lists has a Danish word.
func TestCorrespondenceWords(t *testing.T) {
	if missing := unsaid(t, "medcom-careCommunication-categoryCodes", func(code string) bool { return categoryWords[code] != "" }); len(missing) > 0 {
		t.Errorf("categories without a word: %v", missing)
	}
	for _, list := range []string{"PractitionerRolesSKSadministrativ", "PractitionerRolesAutorisationsregistret"} {
		missing := unsaid(t, "medcom-core-"+list, func(code string) bool {
			return roleWords[code] != "" || !strings.Contains(code, "ae") && !strings.Contains(code, "aa")
		})
		if len(missing) > 0 {
			t.Errorf("roles spelled in ASCII: %v", missing)
		}
	}
}

// unsaid lists the codes of a published code system that no word is known for.
func unsaid(t *testing.T, name string, known func(code string) bool) (missing []string) {
	t.Helper()
	text := shared.Read(t, "official", "packages", "medcom.fhir.dk.terminology#2.0.2", "package", "CodeSystem-"+name+".json")
	var system struct {
		Concept []struct{ Code string }
	}
	if err := json.Unmarshal([]byte(text), &system); err != nil || len(system.Concept) == 0 {
		t.Fatalf("%s: %d codes: %v", name, len(system.Concept), err)
	}
	for _, c := range system.Concept {
		if !known(c.Code) {
			missing = append(missing, c.Code)
		}
	}
	return missing
}

// Every published message is shown with all its texts.
func TestPublishedThreads(t *testing.T) {
	for _, f := range shared.Files(t, "official", "examples", "medcom.fhir.dk.carecommunication", "Bundle-*.json") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d := document(t, string(text))
		page, err := Read(d, today)
		if err != nil {
			t.Fatal(err)
		}
		shown := 0
		for _, l := range page.Thread.Letters {
			shown += len(l.Texts)
		}
		said := 0
		for n := range tree.ID(d.Len()) {
			if d.Key(n) == "contentString" {
				said++
			}
		}
		if shown != said || len(page.Unshown) > 0 {
			t.Errorf("%s: %d of %d texts, unshown %v", filepath.Base(f), shown, said, page.Unshown)
		}
	}
}

// A message that takes back one which is not here says so, and points to nothing.
func TestTakenBackElsewhere(t *testing.T) {
	by := &Letter{act: retract, header: "b", answers: "a"}
	for want, all := range map[string][]*Letter{
		"Se hvilken nedenfor":   {by, {header: "a"}},
		"ikke med her":          {by, {header: "c"}},
		"kan ikke ses, hvilke ": {by},
	} {
		if got := (&Thread{Letters: all}).takenBack(by); !strings.Contains(got, want) {
			t.Errorf("%d letters: %q, want %q", len(all), got, want)
		}
	}
}
