package terminology_test

import (
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tolk/mapping"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

const (
	overrideHead = "source,source_display,area,target,target_display,equivalence,guard,reason,status,replaces,because\n"
	tilstandFile = "tilstand.ffb-fsiii.csv"
	nursingSleep = "f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile"
	sleep        = "83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn,"
	behaviour    = "dccaa419-0bcd-4056-a11a-2e385e23edc6,Følelser og adfærd,"
	energy       = "Energi og handlekraft"
)

// replaced is a row that holds: what is wider on the whole is judged inexact by the
// site.
const replaced = sleep + "sygepleje," + nursingSleep + ",inexact,problem,we record naps apart,accepted,wider f5a9fb78-bd27-4d98-821a-757cd65fab53,our nurses agreed in March\n"

// site is what a site states, by file.
func site(files map[string]string) terminology.Overrides {
	tables := fstest.MapFS{}
	for name, text := range files {
		tables[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return terminology.Overrides{Site: "aarhus", Version: "1.2.0", Tables: tables}
}

func rows(text string) terminology.Overrides {
	return site(map[string]string{tilstandFile: overrideHead + text})
}

func overridden(t *testing.T, o terminology.Overrides) *terminology.Terminology {
	t.Helper()
	_, maps := shipped()
	s, err := terminology.Overridden(facts.FS, maps, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A site's row answers in the place of the one it replaces, and says so; the
// version of its map says it too, and of no other.
func TestOverrideReplaces(t *testing.T) {
	s := overridden(t, rows(replaced))
	nursing := s.Matches(mapping.Concept{System: mapping.FFB, Code: soevn}, terminology.Options{Areas: []mapping.Area{mapping.Sygepleje}})
	if len(nursing) != 1 {
		t.Fatalf("got %d nursing matches, want the site's", len(nursing))
	}
	m := nursing[0]
	if m.Equivalence != mapping.Inexact || m.Emit || m.Row != "aarhus/tilstand.ffb-fsiii.csv:2" || m.Version != "0.1.0+aarhus.1.2.0" ||
		m.Canonical != "urn:tolk:ConceptMap:tilstand.ffb-fsiii.sygepleje|0.1.0+aarhus.1.2.0" || !m.Guard.Has(terminology.Problem) {
		t.Errorf("got %+v", m)
	}
	want := terminology.Override{Site: "aarhus", Replaces: "wider f5a9fb78-bd27-4d98-821a-757cd65fab53", Because: "our nurses agreed in March"}
	if m.Site == nil || *m.Site != want {
		t.Errorf("got %+v, want %+v", m.Site, want)
	}
	if got, want := m.Comment(), "we record naps apart (site aarhus replaces wider f5a9fb78-bd27-4d98-821a-757cd65fab53, because our nurses agreed in March)"; got != want {
		t.Errorf("comment: got %q, want %q", got, want)
	}
	for _, c := range s.ConceptMaps() {
		if touched := c.File == tilstandFile && c.Area == mapping.Sygepleje; touched != strings.HasSuffix(c.Version, "+aarhus.1.2.0") {
			t.Errorf("%s: version %s", c.URL, c.Version)
		}
	}
}

// inArea is what is said of a concept of FFB in one area, in its order.
func inArea(s *terminology.Terminology, code string, area mapping.Area) (said []string) {
	for _, m := range s.Matches(mapping.Concept{System: mapping.FFB, Code: code}, terminology.Options{Areas: []mapping.Area{area}}) {
		said = append(said, string(m.Equivalence)+" "+m.Display)
	}
	return said
}

// What is replaced may be that there is no target, and what stands in its place too: then
// nothing is asserted, and nothing to guard.
func TestOverrideReplacesUnmatched(t *testing.T) {
	s := overridden(t, rows(sleep+"hjemmepleje,d7687a4e-d848-4931-940e-8ef338eb3f85,Kognitive funktioner,inexact,,being awake,accepted,unmatched,our home care\n"+
		sleep+"sygepleje,,,unmatched,,we do not record it,accepted,wider f5a9fb78-bd27-4d98-821a-757cd65fab53,our nurses\n"))
	if got := inArea(s, soevn, mapping.Hjemmepleje); !slices.Equal(got, []string{"inexact Kognitive funktioner"}) {
		t.Errorf("in place of none: got %q", got)
	}
	if got := inArea(s, soevn, mapping.Sygepleje); !slices.Equal(got, []string{"unmatched "}) {
		t.Errorf("none in place of one: got %q", got)
	}
}

// A site's rows stand where those stood that they replace, in whatever order it writes
// them; and one of two may stay as it is where the other goes.
func TestOverrideKeepsTheOrder(t *testing.T) {
	const first, second = "ea9d19bc-d513-4f4b-936f-8f0a405ae134", "d7687a4e-d848-4931-940e-8ef338eb3f85"
	of := func(code, display, replaces string) string {
		return behaviour + "hjemmepleje," + code + "," + display + ",inexact,with-original;always,ours,accepted," + replaces + ",we agreed\n"
	}
	home := func(stated string) []string {
		return inArea(overridden(t, rows(stated)), "dccaa419-0bcd-4056-a11a-2e385e23edc6", mapping.Hjemmepleje)
	}
	want := []string{"inexact Trivsel", "inexact Kognitive funktioner"}
	if got := home(of(second, "Kognitive funktioner", "inexact "+second) + of(first, "Trivsel", "inexact "+first)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	_, maps := shipped()
	text, err := fs.ReadFile(maps, tilstandFile)
	if err != nil {
		t.Fatal(err)
	}
	_, own, _ := strings.Cut(string(text), "\n"+behaviour+"hjemmepleje,"+first)
	own, _, _ = strings.Cut(own, "\n")
	if got := home(behaviour + "hjemmepleje," + first + own + ",inexact " + first + "; inexact " + second + ",the other was misread\n"); !slices.Equal(got, want[:1]) {
		t.Errorf("one that stays: got %q, want %q", got, want[:1])
	}
}

// Nothing overridden is what there was before.
func TestOverridesOfNothing(t *testing.T) {
	for name, o := range map[string]terminology.Overrides{"no file": site(nil), "no row": rows("")} {
		s := overridden(t, o)
		if !reflect.DeepEqual(s.ConceptMaps(), published(t).ConceptMaps()) {
			t.Errorf("%s: the maps differ from those built in", name)
		}
	}
}

// An override changes the answers about its source in its area, and no other.
func TestOverrideChangesNothingElse(t *testing.T) {
	added := "17c35058-eb88-4a7a-8727-74cd12be42c7,Opmærksomhed og koncentrationsevne,hjemmepleje," +
		"1d15efb2-c0bd-4dc1-8b7d-9f1bd8f17be6,Energi og handlekraft,inexact,,x,proposed,,\n"
	if e, ok := display(t, mapping.FSIII, energy, mapping.Hjemmepleje); ok {
		added = strings.Replace(added, "1d15efb2-c0bd-4dc1-8b7d-9f1bd8f17be6", e.Code, 1)
	}
	s, base := overridden(t, rows(replaced+added)), published(t)
	changed := map[string]int{}
	for _, system := range []string{mapping.FFB, mapping.FSIII} {
		for _, e := range base.Entries(system) {
			for _, target := range []string{mapping.FFB, mapping.FSIII} {
				for _, area := range mapping.Areas() {
					o := terminology.Options{Target: target, Areas: []mapping.Area{area}}
					before, after := stated(base.Matches(e.Concept, o)), stated(s.Matches(e.Concept, o))
					if !reflect.DeepEqual(before, after) {
						changed[e.Display+" "+string(area)]++
					}
				}
			}
		}
	}
	want := map[string]int{"Søvn sygepleje": 1, "Opmærksomhed og koncentrationsevne hjemmepleje": 1}
	if !reflect.DeepEqual(changed, want) {
		t.Errorf("got %v, want %v", changed, want)
	}
}

// stated is what matches say, without the version and the place of the rows, which
// a site's rows move.
func stated(matches []terminology.Match) []terminology.Match {
	var all []terminology.Match
	for _, m := range matches {
		m.Version, m.Canonical, m.Order, m.Via = "", "", 0, nil
		all = append(all, m)
	}
	return all
}

func display(t *testing.T, system, text string, area mapping.Area) (*terminology.Entry, bool) {
	t.Helper()
	for _, e := range published(t).Entries(system) {
		if e.Display == text && e.Area == area && e.Status == terminology.Current && !e.Heading() {
			return e, true
		}
	}
	t.Fatalf("no %s in %s", text, area)
	return nil, false
}

// Two rows may give way to one.
func TestOverrideReplacesSeveral(t *testing.T) {
	s := overridden(t, rows(behaviour+"hjemmepleje,,,unmatched,with-original;always,neither says it,accepted,"+
		"inexact ea9d19bc-d513-4f4b-936f-8f0a405ae134; inexact d7687a4e-d848-4931-940e-8ef338eb3f85,both were misread\n"))
	matches := s.Matches(mapping.Concept{System: mapping.FFB, Code: "dccaa419-0bcd-4056-a11a-2e385e23edc6"}, terminology.Options{Areas: []mapping.Area{mapping.Hjemmepleje}})
	if len(matches) != 1 || matches[0].Equivalence != mapping.Unmatched || !matches[0].Guard.Has(terminology.Always|terminology.WithOriginal) {
		t.Errorf("got %+v", matches)
	}
}

// Each way an override can go wrong is told with its place, and with what was meant.
func TestOverrideConflicts(t *testing.T) {
	replace := func(from, to string) string { return strings.Replace(replaced, from, to, 1) }
	const added = "17c35058-eb88-4a7a-8727-74cd12be42c7,Opmærksomhed og koncentrationsevne,hjemmepleje,ea9d19bc-d513-4f4b-936f-8f0a405ae134,Trivsel,inexact,,x,proposed,,\n"
	for name, c := range map[string]struct{ rows, want string }{
		"the row is gone": {replace("wider f5a9fb78", "narrower f5a9fb78"), tilstandFile + ":2:164: replaces: the map has no row narrower f5a9fb78-bd27-4d98-821a-757cd65fab53 for Søvn in sygepleje; it has wider f5a9fb78-bd27-4d98-821a-757cd65fab53; did you mean wider f5a9fb78-bd27-4d98-821a-757cd65fab53?"},
		"of another area": {sleep + "hjemmepleje,,,unmatched,,no,accepted,wider f5a9fb78-bd27-4d98-821a-757cd65fab53,b\n",
			"2:80: replaces: the map has no row wider f5a9fb78-bd27-4d98-821a-757cd65fab53 for Søvn in hjemmepleje; it has unmatched"},
		"no phrase":             {replace("wider f5a9fb78-bd27-4d98-821a-757cd65fab53,", "f5a9fb78-bd27-4d98-821a-757cd65fab53,"), "2:164: replaces: expected what the row says, as wider CODE, or unmatched; did you mean wider f5a9fb78"},
		"no because":            {replace("our nurses agreed in March", ""), "2:207: because: required: why the site replaces the row"},
		"no reason":             {replace("we record naps apart", ""), "2:134: reason: required"},
		"what is there already": {sleep + `sygepleje,` + nursingSleep + `,wider,problem,"Amount, falling asleep and sleep quality are in both (ICF b134); FSIII adds rest and the pattern of rest over the day.",proposed,wider f5a9fb78-bd27-4d98-821a-757cd65fab53,b` + "\n", "replaces: the row says what the map says already"},
		"added twice":           {replace("wider f5a9fb78-bd27-4d98-821a-757cd65fab53,our", ",our"), "2:53: target: the map has it in this area already, tilstand.ffb-fsiii.csv:53; to state it otherwise, replaces: wider f5a9fb78"},
		"unmatched beside":      {sleep + "sygepleje,,,unmatched,,no,accepted,,\n", "equivalence: unmatched stands alone for its source and area, and the map says wider f5a9fb78-bd27-4d98-821a-757cd65fab53; to state it otherwise, replaces: wider f5a9"},
		"beside unmatched":      {sleep + "hjemmepleje,d7687a4e-d848-4931-940e-8ef338eb3f85,Kognitive funktioner,inexact,,x,accepted,,\n", "the map says unmatched; to state it otherwise, replaces: unmatched"},
		"one row, two of ours":  {replaced + replaced, ":3:164: replaces: tilstand.ffb-fsiii.csv:2 replaces this row already"},
		"ours twice":            {added + added, ":3:85: target: tilstand.ffb-fsiii.csv:2 states the same already"},
		"ours beside unmatched": {replaced + sleep + "sygepleje,,,unmatched,,no,accepted,,\n", "equivalence: unmatched stands alone for its source and area, and tilstand.ffb-fsiii.csv:2 is about them too"},
		"no phrase at the end":  {replace("fab53,our", "fab53;,our"), "2:164: replaces: expected what the row says, as wider CODE, or unmatched"},
		"three words":           {replace("wider f5a9fb78-bd27-4d98-821a-757cd65fab53,", "wider f5a9fb78-bd27-4d98-821a-757cd65fab53 too,"), "2:164: replaces: expected what the row says, as wider CODE, or unmatched"},
		"without its guard":     {replace(",problem,", ",,"), "2:126: guard: problem is required from FFB to a condition of sygepleje"},
		"always taken away":     {behaviour + "hjemmepleje,,,unmatched,,no,accepted,inexact ea9d19bc-d513-4f4b-936f-8f0a405ae134,b\n", "guard: with-original;always cannot be taken away from Følelser og adfærd; expected with-original;always"},
		"one of them is left":   {behaviour + "hjemmepleje,,,unmatched,with-original;always,no,accepted,inexact ea9d19bc-d513-4f4b-936f-8f0a405ae134,b\n", "equivalence: unmatched stands alone for its source and area, and the map says inexact ea9d19bc"},
		"a slip in the source":  {replace("83376fdb", "83376fbd"), "2:1: source: not a canonical code of FFB; did you mean 83376fdb-f55d-4dd9-944e-b49631a9836f (Søvn)?"},
		"another spelling":      {replace("f5a9fb78-bd27-4d98-821a-757cd65fab53,Pr", "Problemer_med_soevn_og_hvile,Pr"), "target: not a canonical code of FSIII; Problemer_med_soevn_og_hvile is f5a9fb78-bd27-4d98-821a-757cd65fab53"},
		"a slip in a relation":  {replace("inexact", "inexcat"), "2:118: equivalence: accepted: equivalent, wider, narrower, inexact, unmatched; did you mean inexact?"},
		"a word of FHIR":        {replace("inexact", "subsumes"), "did you mean wider?"},
		"a slip in a guard":     {replace(",problem,", ",problme,"), "guard: accepted: problem, with-original, always, joined by ';'; did you mean problem?"},
		"a slip in an area":     {replace(",sygepleje,", ",sygeplje,"), "area: accepted by index.csv: sygepleje, hjemmepleje, forebyggelse; did you mean sygepleje?"},
		"on two lines":          {replace("we record naps apart,accepted", "\"we record\nnaps apart\",acepted"), "3:13: status: accepted: proposed, accepted; did you mean accepted?"},
		"an open quote":         {replace("we record", `"we record`), `2:134: the quote that opens here is not closed`},
		"an open quote above":   {replace("we record", `"we record`) + strings.Replace(replaced, "we record naps apart", `"we record"`, 1), `2:134: the quote that opens here is not closed`},
		"a quote after another": {strings.Replace(replace("we record", `"we record`), "Søvn,", `"Søvn",`, 1), `2:136: the quote that opens here is not closed`},
		"a quote further down":  {replace("we record naps apart,accepted", "\"we record\nnaps apart\",acc\"epted"), `3:16: a text with quotes stands in quotes, and each in it twice: "a ""word"""; the row begins on line 2`},
		"a closed quote":        {replace("we record", `"we" record`), `2:137: a text with quotes stands in quotes`},
		"Latin-1":               {replace("we record", "s\xf8vn"), `2:135: the file is not UTF-8`},
		"a quote":               {replace("we record", `we "record`), `2:137: a text with quotes stands in quotes, and each in it twice: "a ""word"""`},
	} {
		t.Run(name, func(t *testing.T) {
			_, maps := shipped()
			_, err := terminology.Overridden(facts.FS, maps, rows(c.rows))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), tilstandFile+":") {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
			found := terminology.LintOverrides(facts.FS, maps, rows(c.rows))
			if len(found) == 0 || !strings.Contains(found[0].Error(), c.want) {
				t.Errorf("lint: got %v, want %s", found, c.want)
			}
		})
	}
}

func TestOverrideTables(t *testing.T) {
	_, maps := shipped()
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a slip in the name":   {map[string]string{"tilstand.ffb-fsii.csv": overrideHead}, "tilstand.ffb-fsii.csv: no map is called so; expected "},
		"the index":            {map[string]string{"index.csv": indexHead}, "index.csv: cannot be overridden; expected the rows of a map: tilstand.ffb-fsiii.csv, "},
		"without the columns":  {map[string]string{tilstandFile: mapHead}, tilstandFile + ":1:1: not a row of CSV with the columns source,"},
		"a slip in a column":   {map[string]string{tilstandFile: strings.Replace(overrideHead, "because", "becase", 1)}, "did you mean because?"},
		"a spreadsheet's":      {map[string]string{tilstandFile: strings.ReplaceAll(overrideHead, ",", ";")}, "; the columns are apart by ';', expected ','"},
		"UTF-16":               {map[string]string{tilstandFile: "\xff\xfes\x00"}, tilstandFile + ":1:1: the file is in UTF-16"},
		"a byte order mark":    {map[string]string{tilstandFile: "\ufeff" + overrideHead}, "byte order mark"},
		"a row of many, a few": {map[string]string{tilstandFile: overrideHead + "a,b\n"}, tilstandFile + ":2:1: not a row of CSV"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := terminology.Overridden(facts.FS, maps, site(c.files))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// A site's word and that of a foreign map about the same are not both taken.
func TestOverrideAgainstForeign(t *testing.T) {
	_, err := overridden(t, rows(replaced)).With(foreign(row(soevn, problemerMedSoevn, mapping.Narrower)))
	const want = "source: aarhus/tilstand.ffb-fsiii.csv:2 overrides the same concept for the same system and area; only one of them can be in force"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
