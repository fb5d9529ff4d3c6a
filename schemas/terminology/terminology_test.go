package facts_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	facts "tolk/schemas/terminology"
)

// table reads a table into maps by column.
func table(t *testing.T, name string, r io.Reader) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows: %v", name, len(rows), err)
	}
	var all []map[string]string
	for _, cells := range rows[1:] {
		row := map[string]string{}
		for i, column := range rows[0] {
			row[column] = cells[i]
		}
		all = append(all, row)
	}
	return all
}

func ours(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := facts.FS.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return table(t, name, f)
}

// Our tables say what the shared facts say, row by row. Only the word for a
// concept of the current set is another.
func TestTablesAreTheFacts(t *testing.T) {
	published := shared.Path(t)
	for name, count := range map[string]int{"ffb.csv": 220, "fsiii.csv": 414, "caresocialcodes.csv": 91, "system-aliases.csv": 11} {
		f, err := os.Open(filepath.Join(published, "facts", name))
		if err != nil {
			t.Fatal(err)
		}
		want, got := table(t, name, f), ours(t, name)
		f.Close()
		if len(got) != count || len(want) != count {
			t.Errorf("%s: got %d rows, the facts have %d, want %d", name, len(got), len(want), count)
			continue
		}
		for i := range want {
			for column, value := range want[i] {
				value = strings.Replace(value, "current-new-set", "current", 1)
				if got[i][column] != value {
					t.Errorf("%s row %d: %s: got %q, want %q", name, i+2, column, got[i][column], value)
				}
			}
		}
	}
}

type concept struct {
	Code, Display string
	Concept       []concept
}

// flatten gives every code its display and its parent.
func flatten(concepts []concept, parent string, into map[string][2]string) {
	for _, c := range concepts {
		into[c.Code] = [2]string{c.Display, parent}
		flatten(c.Concept, c.Code, into)
	}
}

// Every code of the published code systems is in our tables with its display
// and its place, FSIII's second spellings too, and we have no other.
func TestTablesAreThePublishedCodeSystems(t *testing.T) {
	published := shared.Path(t)
	total := map[string]int{"FFB": 220, "FSIII": 828, "CareSocialCodes": 91}
	for _, system := range ours(t, "codesystems.csv") {
		name := system["name"]
		raw, err := os.ReadFile(filepath.Join(published, "official", "terminology", "CodeSystem-"+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var official struct {
			URL, Version, Name, Title string
			Concept                   []concept
		}
		if err := json.Unmarshal(raw, &official); err != nil {
			t.Fatal(err)
		}
		got := [4]string{system["url"], system["version"], system["name"], system["title"]}
		if want := [4]string{official.URL, official.Version, official.Name, official.Title}; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		codes := map[string][2]string{}
		flatten(official.Concept, "", codes)
		if len(codes) != total[name] {
			t.Errorf("%s: got %d published codes, want %d", name, len(codes), total[name])
		}
		compare(t, ours(t, system["file"]), codes)
	}
}

// compare crosses off the codes that a table has, and reports what is left.
func compare(t *testing.T, rows []map[string]string, codes map[string][2]string) {
	second := map[string]string{} // by code
	for _, r := range rows {
		second[r["code"]] = r["second_spelling"]
	}
	for _, r := range rows {
		spellings := [][2]string{{r["code"], r["parent"]}}
		if s := r["second_spelling"]; s != "" {
			spellings = append(spellings, [2]string{s, second[r["parent"]]})
		}
		for _, s := range spellings {
			if got, want := [2]string{r["display"], s[1]}, codes[s[0]]; got != want {
				t.Errorf("%s: got display and parent %q, want %q", s[0], got, want)
			}
			delete(codes, s[0])
		}
	}
	for code := range codes {
		t.Errorf("%s: published, and not in our table", code)
	}
}
