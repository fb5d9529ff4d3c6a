package terminology_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tolk/mapping"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

const (
	indexHead = "file,url,version,title,source_system,source_kind,source_status,target_system,target_kind,areas,relations,emit\n"
	mapHead   = "source,source_display,area,target,target_display,equivalence,guard,reason,status\n"
)

// A handful of rows that hold, to be broken one by one.
var sound = map[string]string{
	"index.csv": indexHead +
		"tilstand.ffb-fsiii.csv,urn:x:tilstand,1,t,urn:oid:1.2.208.176.2.22,condition,,urn:oid:1.2.208.176.2.21,condition,sygepleje hjemmepleje,equivalent wider narrower inexact unmatched,equivalent wider\n" +
		"retired.csv,urn:x:retired,1,t,urn:oid:1.2.208.176.2.21,condition,retired,urn:oid:1.2.208.176.2.21,condition,,equivalent wider,equivalent wider\n" +
		"scale.csv,urn:x:scale,1,t,urn:oid:1.2.208.176.2.22,severity,,urn:oid:1.2.208.176.2.21,severity,hjemmepleje,inexact unmatched,inexact\n" +
		"indsats.csv,urn:x:indsats,1,t,urn:oid:1.2.208.176.2.22,intervention,,urn:oid:1.2.208.176.2.21,intervention,forebyggelse,inexact unmatched,\n",
	"tilstand.ffb-fsiii.csv": mapHead +
		"83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn,sygepleje,f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile,wider,problem,sleep and rest,proposed\n" +
		"83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn,hjemmepleje,,,unmatched,,no sleep there,proposed\n",
	"retired.csv": mapHead +
		"6c6a10b9-d4c3-44f6-8803-80466d158356,Søvnproblemer,sygepleje,f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile,wider,,rest too,accepted\n",
	"scale.csv": mapHead +
		"8328ce4a-6238-4f73-bf1a-74aadb68eff8,Let nedsat funktionsevne,hjemmepleje,fcc16cb1-41f0-4832-b834-110fba0aaabe,1,inexact,,step 1,proposed\n" +
		"1c327095-107f-4b96-88d0-ec562cb980be,Ikke vurderet,hjemmepleje,,,unmatched,,not assessed,proposed\n",
	"indsats.csv": mapHead +
		"35b593cf-724f-4058-9f31-fe1b3e8df124,Pædagogisk udredning,forebyggelse,6eddbaf7-2a73-49d4-91e7-6138d419f58c,Afklarende samtale,inexact,,one person,proposed\n",
	"outside.csv": "direction,scope,root,display,reason\n" +
		"ffb-fsiii,subtree,f708aea3-66bd-46c6-af11-7bf28942fa47,Tilbud,places\n" +
		"ffb-fsiii,heading,b3ddc7d7-f6c1-4d47-8280-456992cbe0a6,FFB tilstande,headings\n",
}

// rowOf leaves the column out of a finding: file:line: message.
func rowOf(finding string) string { return columnOf.ReplaceAllString(finding, "$1: ") }

var columnOf = regexp.MustCompile(`^([a-z.-]+\.csv:[0-9]+):[0-9]+: `)

// broken is the sound tables with one replacement in one of them.
func broken(t *testing.T, file, from, to string) fs.FS {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range sound {
		if name == file {
			if strings.Count(text, from) == 0 {
				t.Fatalf("%s has no %q", file, from)
			}
			text = strings.Replace(text, from, to, 1)
		}
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestSoundMapsAreAccepted(t *testing.T) {
	if _, err := terminology.New(facts.FS, broken(t, "", "", "")); err != nil {
		t.Error(err)
	}
}

// Each way to break a map is refused, by New and by Lint, at its place and in
// words that tell what would be accepted.
func TestBrokenMapsAreRefused(t *testing.T) {
	const tilstand = "tilstand.ffb-fsiii.csv"
	const row1, row2 = "tilstand.ffb-fsiii.csv:2: ", "tilstand.ffb-fsiii.csv:3: "
	unmatched := "83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn,hjemmepleje,,,unmatched"
	for name, c := range map[string]struct{ file, from, to, want string }{
		"unknown source":            {tilstand, "83376fdb-f55d-4dd9-944e-b49631a9836f,", "83376fdb-f55d-4dd9-944e-b49631a98360,", row1 + "source: not a canonical code of FFB"},
		"unknown target":            {tilstand, "f5a9fb78-bd27-4d98-821a-757cd65fab53", "f5a9fb78-bd27-4d98-821a-757cd65fab50", row1 + "target: not a canonical code of FSIII"},
		"second spelling":           {tilstand, "f5a9fb78-bd27-4d98-821a-757cd65fab53", "Problemer_med_soevn_og_hvile", row1 + "target: not a canonical code of FSIII"},
		"code of the other system":  {tilstand, "83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn", "f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile", row1 + "source: not a canonical code of FFB"},
		"source display":            {tilstand, ",Søvn,", ",Søvnen,", row1 + "source_display: the official display is Søvn"},
		"target display":            {tilstand, "Problemer med søvn og hvile", "Søvn", row1 + "target_display: the official display is Problemer med søvn og hvile"},
		"source of another kind":    {tilstand, "83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn", "303deb9b-84f0-49d2-ab7a-f8b98eed40a2,Angst", row1 + "source: of kind target-group; accepted by index.csv: condition"},
		"target of another kind":    {tilstand, "f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile", "d2d42368-9d6d-4ca2-affe-f7116da86e1b,Medicinadministration", row1 + "target: of kind intervention; accepted by index.csv: condition"},
		"source is a heading":       {tilstand, "83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn", "4fb78b88-d3af-4cfb-84d7-f06daf423317,Sundhedsforhold", row1 + "source: a heading"},
		"target is a heading":       {tilstand, "f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile", "8c539fd9-7f31-4b4e-8b30-8298c8ab640f,Søvn og hvile", row1 + "target: a heading"},
		"target is retired":         {tilstand, "f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile", "6c6a10b9-d4c3-44f6-8803-80466d158356,Søvnproblemer", row1 + "target: retired"},
		"target of another area":    {tilstand, "f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile", "cb55874a-93d9-45c7-a25a-8ff677c24385,Søvn og hvile", row1 + "area: the target is of forebyggelse"},
		"area the map has not":      {tilstand, unmatched, strings.Replace(unmatched, "hjemmepleje", "genoptraening", 1), row2 + "area: accepted by index.csv: sygepleje, hjemmepleje"},
		"no area":                   {tilstand, unmatched, strings.Replace(unmatched, "hjemmepleje", "", 1), row2 + "area: accepted by index.csv: sygepleje, hjemmepleje"},
		"pair stated twice":         {tilstand, unmatched, "83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn,sygepleje,f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile,inexact", row2 + "target: the source has it in this area already"},
		"unmatched stated twice":    {tilstand, "f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile,wider,problem,sleep and rest,proposed\n", ",,unmatched,,a,proposed\n83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn,sygepleje,,,unmatched,,b,proposed\n", row2 + "target: the source has it in this area already"},
		"unmatched beside a match":  {tilstand, unmatched, strings.Replace(unmatched, "hjemmepleje", "sygepleje", 1), row2 + "equivalence: unmatched stands alone for its source and area"},
		"unmatched with a target":   {tilstand, ",wider,", ",unmatched,", row1 + "target: unmatched has none"},
		"a match without target":    {tilstand, ",unmatched,", ",wider,", row2 + "target: required unless unmatched"},
		"no relation":               {tilstand, ",wider,", ",,", row1 + "equivalence: required"},
		"relation equal":            {tilstand, ",wider,", ",equal,", row1 + "equivalence: accepted: equivalent, wider, narrower, inexact, unmatched"},
		"relation of R5":            {tilstand, ",wider,", ",source-is-narrower-than-target,", row1 + "equivalence: accepted: equivalent, wider, narrower, inexact, unmatched"},
		"relation too strong":       {"indsats.csv", ",inexact,", ",wider,", "indsats.csv:2: equivalence: claims more than this map may; accepted: inexact, unmatched"},
		"no reason":                 {tilstand, "sleep and rest", " ", row1 + "reason: required"},
		"status":                    {tilstand, "rest,proposed", "rest,draft", row1 + "status: accepted: proposed, accepted"},
		"unknown guard":             {tilstand, ",problem,", ",active,", row1 + "guard: accepted: problem, with-original, always, joined by ';'"},
		"guard twice":               {tilstand, ",problem,", ",problem;problem,", row1 + "guard: accepted: problem, with-original, always, joined by ';'"},
		"nursing without its guard": {tilstand, ",problem,", ",with-original,", row1 + "guard: problem is required from FFB to a condition of sygepleje"},
		"source by its spelling":    {"retired.csv", "6c6a10b9-d4c3-44f6-8803-80466d158356,", "I10.2,", "retired.csv:2: source: not a canonical code of FSIII; I10.2 is 6c6a10b9-d4c3-44f6-8803-80466d158356"},
		"source by its display":     {tilstand, "83376fdb-f55d-4dd9-944e-b49631a9836f,", "x,", row1 + "source: not a canonical code of FFB; Søvn is 83376fdb-f55d-4dd9-944e-b49631a9836f"},
		"unmatched with a display":  {tilstand, ",,,unmatched", ",,Søvn,unmatched", row2 + "target: unmatched has none"},
		"a match beside unmatched":  {tilstand, "f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile,wider,problem,sleep and rest,proposed\n", ",,unmatched,,a,proposed\n83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn,sygepleje,f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile,wider,problem,b,proposed\n", row2 + "equivalence: unmatched stands alone for its source and area"},
		"one step down":             {"scale.csv", "fcc16cb1-41f0-4832-b834-110fba0aaabe,1", "9c5cfb57-a498-40e5-98a7-792bf5fb205b,0", "scale.csv:2: target: not the same step of the scale as the source"},
		"a step for not assessed":   {"scale.csv", ",,,unmatched", ",9c5cfb57-a498-40e5-98a7-792bf5fb205b,0,inexact", "scale.csv:3: target: not the same step of the scale as the source"},
		"9 for not assessed":        {"scale.csv", ",,,unmatched", ",d7ff926a-4955-478f-b300-0b0ec0785013,9,inexact", "scale.csv:3: target: not the same step of the scale as the source"},
		"9 for a step":              {"scale.csv", "fcc16cb1-41f0-4832-b834-110fba0aaabe,1", "d7ff926a-4955-478f-b300-0b0ec0785013,9", "scale.csv:2: target: not the same step of the scale as the source"},
		"current source":            {"retired.csv", "6c6a10b9-d4c3-44f6-8803-80466d158356,Søvnproblemer", "3dac3b51-364e-47c0-a043-15b6d7a6c405,Cirkulationsproblemer", "retired.csv:2: source: not retired; this map is for retired concepts"},
		"area of the source":        {"retired.csv", "Søvnproblemer,sygepleje", "Søvnproblemer,hjemmepleje", "retired.csv:2: area: the source is of sygepleje"},
		"retired source":            {"index.csv", "condition,retired,", "condition,,", "index.csv:3: source_status: retired or empty; retired within one code system"},
		"retired among others":      {"index.csv", "condition,retired,urn:oid:1.2.208.176.2.21", "condition,,urn:oid:1.2.208.176.2.22", "retired.csv:2: source: retired; this map is for the others"},
		"source left outside":       {"outside.csv", "heading,b3ddc7d7-f6c1-4d47-8280-456992cbe0a6,FFB tilstande", "subtree,4fb78b88-d3af-4cfb-84d7-f06daf423317,Sundhedsforhold", row1 + "source: outside the maps by outside.csv:3"},
		"outside nothing":           {"outside.csv", "heading,b3ddc7d7-f6c1-4d47-8280-456992cbe0a6,FFB tilstande", "subtree,f708aea3-66bd-46c6-af11-7bf28942fa47,Tilbud", "outside.csv:3: root: covers nothing that the rows above do not"},
		"outside without reason":    {"outside.csv", ",headings", ",", "outside.csv:3: reason: required"},
		"outside another display":   {"outside.csv", "FFB tilstande", "Tilstande", "outside.csv:3: root and display: not those of a concept of FFB"},
		"outside scope":             {"outside.csv", "heading", "leaf", "outside.csv:3: scope: not one of heading, subtree"},
		"outside direction":         {"outside.csv", "ffb-fsiii,heading", "ffb,heading", "outside.csv:3: direction: two code systems by name, as in ffb-fsiii"},
		"missing table":             {"index.csv", "indsats.csv", "indsatser.csv", "indsatser.csv: the table is missing"},
		"same file twice":           {"index.csv", "scale.csv", "retired.csv", "index.csv:4: file and url: named by a row above already"},
		"unknown system":            {"index.csv", "urn:oid:1.2.208.176.2.21", "urn:oid:1.2.208.176.2.20", "index.csv:2: source_system and target_system: accepted: urn:oid:1.2.208.176.2.22 (FFB), "},
		"unknown area in the index": {"index.csv", "sygepleje hjemmepleje", "sygepleje hjemme", "index.csv:2: areas: hjemme is no area of a chapter"},
		"same url twice":            {"index.csv", "urn:x:scale", "urn:x:retired", "index.csv:4: file and url: named by a row above already"},
		"another status":            {"index.csv", "severity,,urn:oid:1.2.208.176.2.21", "severity,old,urn:oid:1.2.208.176.2.21", "index.csv:4: source_status: retired or empty; retired within one code system"},
		"area where there is none":  {"index.csv", "severity,hjemmepleje,", "severity,,", "scale.csv:2: area: accepted by index.csv: "},
		"relation in the index":     {"index.csv", "inexact unmatched,inexact", "inexact unmatched,equal", "index.csv:4: relations and emit: accepted: equivalent, wider, narrower, inexact, unmatched"},
		"emitting unmatched":        {"index.csv", "inexact unmatched,inexact", "inexact unmatched,unmatched", "index.csv:4: emit: unmatched has no target to add"},
		"no version":                {"index.csv", "urn:x:scale,1", "urn:x:scale,", "index.csv:4: version: required"},
		"another header":            {tilstand, "equivalence", "relationship", "tilstand.ffb-fsiii.csv:1: the header must be source,source_display,area,target,target_display,equivalence,guard,reason,status"},
		"a column too many":         {tilstand, "sleep and rest", "sleep, rest", "tilstand.ffb-fsiii.csv:2: not a row of CSV with the columns source,source_display,area,"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := broken(t, c.file, c.from, c.to)
			_, err := terminology.New(facts.FS, fsys)
			if err == nil || !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(s string) bool { return strings.HasPrefix(rowOf(s), c.want) }) {
				t.Errorf("New: got %v, want %q", err, c.want)
			}
			var said []string
			for _, e := range terminology.Lint(facts.FS, fsys) {
				said = append(said, e.Error())
				if ill := name == "another header" || name == "a column too many"; ill && strings.HasPrefix(rowOf(e.Error()), c.want) && e.Kind != mapping.Structure {
					t.Errorf("got an error of the kind %q, want %q", e.Kind, mapping.Structure)
				}
			}
			if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(rowOf(s), c.want) }) {
				t.Errorf("Lint: got %q, want %q", said, c.want)
			}
		})
	}
}

// copied is the shipped maps in memory, with edit applied to one of them.
func copied(t *testing.T, file string, edit func(string) string) fs.FS {
	t.Helper()
	_, maps := shipped()
	names, err := fs.Glob(maps, "*.csv")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, name := range names {
		data, err := fs.ReadFile(maps, name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if name == file {
			text = edit(text)
		}
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// Take the rows of any one source out of any map we ship, and lint says what
// is not covered; New still starts, since a gap is an answer.
func TestGapsAreFound(t *testing.T) {
	for _, file := range shippedMaps(t) {
		var code string
		fsys := copied(t, file, func(text string) string {
			var kept []string
			for i, line := range strings.SplitAfter(text, "\n") {
				if source, _, _ := strings.Cut(line, ","); i == 1 {
					code = source
				}
				if i == 0 || !strings.HasPrefix(line, code+",") {
					kept = append(kept, line)
				}
			}
			return strings.Join(kept, "")
		})
		found := terminology.Lint(facts.FS, fsys)
		if len(found) == 0 || found[0].Path != file || !strings.HasPrefix(found[0].Message, "not covered: "+code) {
			t.Errorf("%s without %s: got %v", file, code, found)
		}
		if _, err := terminology.New(facts.FS, fsys); err != nil {
			t.Errorf("%s without %s: New refuses: %v", file, code, err)
		}
	}
}

// A concept that has a row in one area, and none in another, is not covered there.
func TestGapsOfAnAreaAreFound(t *testing.T) {
	const gone = "83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn,hjemmepleje,"
	found := terminology.Lint(facts.FS, copied(t, "tilstand.ffb-fsiii.csv", func(text string) string {
		lines := strings.SplitAfter(text, "\n")
		return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, gone) }), "")
	}))
	if len(found) != 1 || found[0].Message != "not covered: 83376fdb-f55d-4dd9-944e-b49631a9836f Søvn in hjemmepleje" {
		t.Errorf("got %v", found)
	}
}

// A row of outside.csv taken away, and a table nobody reads, are found too.
func TestGapsOutsideAreFound(t *testing.T) {
	fsys := copied(t, "outside.csv", func(text string) string {
		lines := strings.SplitAfter(text, "\n")
		return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "fsiii-ffb,subtree,687159ad") }), "")
	})
	found := terminology.Lint(facts.FS, fsys)
	if len(found) != 3 || found[0].Path != "outside.csv" || !strings.HasPrefix(found[0].Message, "not covered: 687159ad") {
		t.Errorf("without Betydning: got %v, want its three concepts", found)
	}
	fsys = copied(t, "", nil)
	fsys.(fstest.MapFS)["tilstand.old.csv"] = &fstest.MapFile{Data: []byte(mapHead)}
	found = terminology.Lint(facts.FS, fsys)
	if len(found) != 1 || found[0].Error() != "tilstand.old.csv: not named by index.csv" {
		t.Errorf("with a table nobody reads: got %v", found)
	}
}

// shippedMaps lists the files of the concept maps.
func shippedMaps(t *testing.T) []string {
	t.Helper()
	_, maps := shipped()
	names, err := fs.Glob(maps, "*-*.csv")
	if err != nil || len(names) < 13 {
		t.Fatalf("got %d maps, error %v", len(names), err)
	}
	return names
}

// The facts are not believed either: a table that contradicts itself is
// refused before any map is read.
func TestBrokenFactsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ file, from, to, want string }{
		"a step moved":     {"scales.csv", "Funktionsevneniveau,1,8328ce4a-6238-4f73-bf1a-74aadb68eff8", "Funktionsevneniveau,2,8328ce4a-6238-4f73-bf1a-74aadb68eff8", "scales.csv:3: step: 0 to 4, with the ICF qualifier of the same digit, or empty"},
		"codes swapped":    {"scales.csv", "9c5cfb57-a498-40e5-98a7-792bf5fb205b,B1,0", "fcc16cb1-41f0-4832-b834-110fba0aaabe,B1,0", "scales.csv:8: code, spelling and display: not those of a step of the scale"},
		"spelling swapped": {"scales.csv", ",B1,0,", ",B2,0,", "scales.csv:8: code, spelling and display: not those of a step of the scale"},
		"a spelling twice": {"fsiii.csv", ",F3,", ",F2,", "fsiii.csv:4: code: F2 is a spelling of another row already"},
		"parent unknown":   {"ffb.csv", ",Ydelse,67b4ac73", ",Ydelse,67b4ac74", "ffb.csv:3: parent: not a code of a row above"},
		"another root":     {"ffb.csv", "55ab03,Social indsats,,Social indsats", "55ab03,Social indsats,,Social", "ffb.csv:2: root: Social indsats is the root of the parent"},
		"status":           {"fsiii.csv", ",retired\n", ",old\n", "fsiii.csv:"},
		"no display":       {"ffb.csv", ",Ydelse,", ",,", "ffb.csv:3: code and display: both required"},
		"chapter unknown":  {"chapters.csv", ",Måltype,", ",Mål,", "chapters.csv:10: code and display: not those of a concept of the system"},
		"value set apart":  {"valuesets.csv", "KLChangeValueCodes,KLMåltypeKoder,include,,value-set,KLChangeValueCodesFFB", "CancellationTypes,KLMåltypeKoder,include,,value-set,KLChangeValueCodesFFB", "valuesets.csv:5: name: the rows of a value set stand together"},
		"no such set":      {"valuesets.csv", "value-set,KLChangeValueCodesFFB", "value-set,KLNone", "valuesets.csv: KLChangeValueCodes: names KLNone, which is not in the table"},
		"no such mode":     {"valuesets.csv", ",include,", ",included,", "valuesets.csv:2: mode: accepted: include, exclude"},
		"no such rule":     {"valuesets.csv", ",descendent-of,", ",below,", "valuesets.csv:2: rule: accepted: concept, descendent-of, is-a, value-set"},
		"set of no system": {"valuesets.csv", "http://fhir.kl.dk/term/CodeSystem/CareSocialCodes,descendent-of", ",descendent-of", "valuesets.csv:2: system: required, but for a value-set"},
		"set of no code":   {"valuesets.csv", "descendent-of,2c059407-fed5-4852-92d8-6bb5ad63d7bb", "descendent-of,2c059407", "valuesets.csv:2: value: not a code of CareSocialCodes"},
		"code without all": {"hl7.csv", ",male,Male", ",male,", "hl7.csv:2:1: every column is required"},
		"alias of two":     {"system-aliases.csv", "urn:oid:1.3.88", "http://npu-terminology.org", "system-aliases.csv:11: alias: names another system already"},
		"no header":        {"codesystems.csv", "url,", "uri,", "codesystems.csv:1: the header must be url,name,version,title,file"},
		"table missing":    {"codesystems.csv", "ffb.csv", "ffb2.csv", "ffb2.csv: the table is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			names, _ := fs.Glob(facts.FS, "*.csv")
			for _, n := range names {
				data, err := fs.ReadFile(facts.FS, n)
				if err != nil {
					t.Fatal(err)
				}
				if n == c.file {
					if !strings.Contains(string(data), c.from) {
						t.Fatalf("%s has no %q", c.file, c.from)
					}
					data = []byte(strings.Replace(string(data), c.from, c.to, 1))
				}
				fsys[n] = &fstest.MapFile{Data: data}
			}
			_, err := terminology.New(fsys, broken(t, "", "", ""))
			if err == nil || !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(s string) bool { return strings.HasPrefix(rowOf(s), c.want) }) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
