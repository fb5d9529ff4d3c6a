package medcom

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/fixtures/validator"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
)

// careCase is one of the worked examples.
func careCase(t *testing.T, name string) fixtures.Case {
	t.Helper()
	for _, c := range careCases(t) {
		if strings.HasSuffix(c.Name, name) {
			return c
		}
	}
	t.Fatalf("no case %s", name)
	return fixtures.Case{}
}

// The author that the document names counts where it says all; the caller adds
// what is missing, or signs in another name; nothing is said of one person that
// is said of another, and nothing is invented.
func TestCareAuthor(t *testing.T) {
	const (
		author, phone = "Communication.payload.extension:author", "Communication.payload.extension:authorContact"
		own           = "Fra: Signe Test Sørensen, Social- og sundhedsassistent, 86123456, "
	)
	// nobody is a list that says of no source.
	nobody := func(text string) string {
		return strings.Replace(text, `"source"`, `"unknown"`, 1)
	}
	tests := map[string]struct {
		fixture string
		change  func(string) string
		given   document.Party
		signed  string // how the line below the message begins
		lacks   string
		notice  bool
	}{
		"the document says all":    {"til-laegen", nil, document.Party{}, own, "", false},
		"all of it said again":     {"til-laegen", nil, document.Party{Person: "signe test sørensen", Role: "Læge", Phone: "70203040"}, own, "", false},
		"another person":           {"til-laegen", nil, document.Party{Person: "Anna Testesen", Role: "Sygeplejerske", Phone: "70203040"}, own, "", true},
		"the number is added":      {"uden-telefon", nil, document.Party{Phone: "+45 70 20 30 40"}, "Fra: Signe Test Sørensen, Social- og sundhedsassistent, +45 70 20 30 40, ", "", false},
		"to the same person":       {"uden-telefon", nil, document.Party{Person: " Signe Test Sørensen ", Phone: "70203040"}, "Fra: Signe Test Sørensen, Social- og sundhedsassistent, 70203040, ", "", false},
		"the role is the person's": {"uden-telefon", nil, document.Party{Role: "Læge", Phone: "70203040"}, "Fra: Signe Test Sørensen, Social- og sundhedsassistent, 70203040, ", "", false},
		"in another name":          {"uden-telefon", nil, document.Party{Person: "Anna Testesen", Role: "Sygeplejerske", Phone: "70203040"}, "Fra: Anna Testesen, Sygeplejerske, 70203040, ", "", false},
		"another without a role":   {"uden-telefon", nil, document.Party{Person: "Anna Testesen", Phone: "70203040"}, "Fra: Anna Testesen, 70203040, ", author, false},
		"nobody, and one is given": {"til-laegen", nobody, document.Party{Person: "Anna Testesen", Role: "Sygeplejerske", Phone: "70203040"}, "Fra: Anna Testesen, Sygeplejerske, 70203040, ", "", false},
		"a role of nobody":         {"til-laegen", nobody, document.Party{Role: "Sygeplejerske", Phone: "70203040"}, "", author, false},
		"no number in it":          {"uden-telefon", nil, document.Party{Phone: "spørg i receptionen"}, "Fra: Signe Test Sørensen, Social- og sundhedsassistent, 2026-", phone, false},
		"a line break in a name":   {"til-laegen", nobody, document.Party{Person: "Anna\nTestesen", Role: "Sygeplejerske", Phone: "70203040"}, "", author, false},
	}
	var files []string
	for name, tt := range tests {
		c := careCase(t, "medicinliste/fhir-to-carecommunication/"+tt.fixture)
		if tt.change != nil {
			c.Input = tt.change(c.Input)
		}
		c.Request.Sender.Person, c.Request.Sender.Role, c.Request.Sender.Phone = tt.given.Person, tt.given.Role, tt.given.Phone
		w, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var lacks []string
		for _, l := range w.Ledger.Conformance.Lacks {
			lacks = append(lacks, l.Element)
		}
		if got := strings.Join(lacks, " "); got != tt.lacks {
			t.Errorf("%s: lacks %q, want %q", name, got, tt.lacks)
		}
		out := parse(t, string(w.Output))
		div := out.Text(of(t, out, "Communication", "text", "div"))
		if tt.signed == "" && strings.Contains(div, "<p>Fra: ") || !strings.Contains(div, tt.signed) {
			t.Errorf("%s: want it signed %q: %.900s", name, tt.signed, div)
		}
		if got := said(w.Ledger, "another person was given"); got != tt.notice {
			t.Errorf("%s: notices %v", name, w.Ledger.Notices)
		}
		file := filepath.Join(t.TempDir(), strings.ReplaceAll(name, " ", "-")+".json")
		if err := os.WriteFile(file, w.Output, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, i := range validator.Errors(validator.Find(t).Validate(t, carePackage, nil, files...)) {
		t.Error(i)
	}
}

// said reports whether a notice says something.
func said(l *ledger.Ledger, text string) bool {
	for _, n := range l.Notices {
		if strings.Contains(n.Message, text) {
			return true
		}
	}
	return false
}

// Another author makes another message.
func TestCareAuthorIsPartOfTheMessage(t *testing.T) {
	c := careCase(t, "medicinliste/fhir-to-carecommunication/uden-telefon")
	ids := map[string]bool{}
	for _, phone := range []string{"", "70203040", "70203041"} {
		c.Request.Sender.Phone = phone
		w, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Fatal(err)
		}
		out := parse(t, string(w.Output))
		ids[out.Text(out.Child(out.Root(), "id"))] = true
	}
	if len(ids) != 3 {
		t.Errorf("got %d ids for three messages", len(ids))
	}
}
