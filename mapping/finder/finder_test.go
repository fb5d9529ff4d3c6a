package finder_test

import (
	"strings"
	"testing"
	"testing/quick"

	"tolk/mapping"
	"tolk/mapping/finder"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

func index(t testing.TB) (*finder.Index, *terminology.Terminology) {
	t.Helper()
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	return finder.New(append(append([]*terminology.Entry{}, terms.Entries(mapping.FFB)...), terms.Entries(mapping.FSIII)...)...), terms
}

// written is a marked text: the parts that were asked for in brackets.
func written(parts []finder.Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Hit {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestFind(t *testing.T) {
	x, _ := index(t)
	for _, tt := range []struct{ query, want string }{
		{"tryksår", "Problemer med [tryksår]"},
		{"SÅR", "Problemer med kirurgisk [sår]"},
		{"saar", "Problemer med kirurgisk [sår]"},
		{"ryksaa", "Problemer med t[rykså]r"},
		{"søvn og hvile", "[Søvn] [og] [hvile]"},
		{"soevn hvile", "[Søvn] og [hvile]"},
		{"faerdes", "[Færdes] med transportmidler"},
		{"adfærd følelser", "[Følelser] og [adfærd]"},
	} {
		hits, all := x.Find(tt.query, 500)
		if all != len(hits) || all == 0 {
			t.Errorf("%q: %d of %d", tt.query, len(hits), all)
			continue
		}
		found := false
		for _, h := range hits {
			found = found || written(h.Name) == tt.want
		}
		if !found {
			t.Errorf("%q: %d hits without %q, the first is %q", tt.query, all, tt.want, written(hits[0].Name))
		}
	}
}

func TestFindByCode(t *testing.T) {
	x, terms := index(t)
	for _, query := range []string{"J1.1", "j1.1", " J1.1 ", "17c35058-eb88-4a7a-8727-74cd12be42c7", "17c35058-eb88", "0fa991ef_adf5_4202_8cfe_a31454ed6e9d", "F12", "Trivsel"} {
		hits, _ := x.Find(query, 3)
		if len(hits) == 0 || hits[0].Spelling == "" {
			t.Errorf("%q: got %+v", query, hits)
			continue
		}
		if e, ok := terms.Lookup(hits[0].Entry.System, hits[0].Spelling); !ok || e != hits[0].Entry {
			t.Errorf("%q: %q is no spelling of %s", query, hits[0].Spelling, hits[0].Entry.Display)
		}
	}
}

func TestFindNothing(t *testing.T) {
	x, _ := index(t)
	for _, query := range []string{"", "  ", "xyzzy", "<script>alert(1)</script>", strings.Repeat("å", 10_000), "tryksår xyzzy", "\x00\xff"} {
		if hits, all := x.Find(query, 10); len(hits) > 0 || all > 0 {
			t.Errorf("%.40q: got %d", query, all)
		}
	}
	if hits, all := x.Find("e", 5); len(hits) != 5 || all < 100 {
		t.Errorf("got %d of %d, want 5 of many", len(hits), all)
	}
}

// Whatever is typed, the parts of a name together are the name.
func TestMarkKeepsTheText(t *testing.T) {
	same := func(text, query string) bool {
		whole := ""
		for _, p := range finder.Mark(text, query) {
			whole += p.Text
		}
		return whole == text || text == "" && whole == ""
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
	for _, tt := range []struct{ text, query, want string }{
		{"Håndtere sår", "a", "H[å]ndtere s[å]r"},
		{"Ægæ", "aeg", "[Æg]æ"},
		{"<b>fed</b>", "b", "<[b]>fed</[b]>"},
	} {
		if got := written(finder.Mark(tt.text, tt.query)); got != tt.want {
			t.Errorf("%q in %q: got %q, want %q", tt.query, tt.text, got, tt.want)
		}
	}
}

func FuzzMark(f *testing.F) {
	f.Add("Problemer med tryksår", "saar")
	f.Add("\xff å", "\xff")
	f.Fuzz(func(t *testing.T, text, query string) {
		whole := ""
		for _, p := range finder.Mark(text, query) {
			whole += p.Text
		}
		if whole != text {
			t.Errorf("got %q, want %q", whole, text)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	x, _ := index(b)
	for b.Loop() {
		x.Find("problemer med saar", 60)
	}
}
