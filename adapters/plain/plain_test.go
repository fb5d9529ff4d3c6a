package plain

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tolk/mapping"
	"tolk/mapping/measure"
	"tolk/mapping/screening"
	"tolk/mapping/tree"
	"tolk/schemas"
)

func compiled(t testing.TB) *Validator {
	t.Helper()
	v, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// schema returns a schema as a tree of values.
func schema(t testing.TB, name string) map[string]any {
	t.Helper()
	text, err := schemas.FS.ReadFile(name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return s.(map[string]any)
}

// each calls visit with every schema of a property and its name.
func each(at string, node any, visit func(at, name string, property map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		if properties, ok := node["properties"].(map[string]any); ok {
			for name, p := range properties {
				if p, ok := p.(map[string]any); ok && !strings.Contains(at, "/if") && !strings.Contains(at, "/then") && !strings.Contains(at, "/dependentSchemas") {
					visit(at+"/properties/"+name, name, p)
				}
			}
		}
		for key, child := range node {
			if key != "examples" {
				each(at+"/"+key, child, visit)
			}
		}
	case []any:
		for i, child := range node {
			each(at+"/"+strconv.Itoa(i), child, visit)
		}
	}
}

// Every field says in Danish and in English what it is and which FHIR element
// it becomes, and its name is ASCII by KL's rule.
func TestEveryFieldIsDocumented(t *testing.T) {
	ascii := regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
	element := regexp.MustCompile(`^[A-Z][A-Za-z]+([.(\[].*)?$`)
	for _, name := range schemas.Documents() {
		count := 0
		each("", schema(t, name), func(at, field string, p map[string]any) {
			count++
			for _, key := range []string{"title", "description", "x-en", "x-fhir"} {
				if s, _ := p[key].(string); s == "" {
					t.Errorf("%s%s: no %s", name, at, key)
				}
			}
			if !ascii.MatchString(field) {
				t.Errorf("%s%s: the name is not plain ASCII", name, at)
			}
			if s, _ := p["x-fhir"].(string); !element.MatchString(s) {
				t.Errorf("%s%s: x-fhir %q names no element", name, at, s)
			}
			for _, r := range p["x-en"].(string) {
				if r > unicode.MaxASCII && r != '…' {
					t.Errorf("%s%s: x-en holds %q", name, at, r)
				}
			}
		})
		if count < 30 {
			t.Errorf("%s: %d fields seen", name, count)
		}
	}
}

// A definition that two schemas share is the same in both, so that a file can
// stand alone and still say what the others say.
func TestSharedDefinitionsAreTheSame(t *testing.T) {
	first := map[string]string{}
	shared := 0
	for _, name := range schemas.Documents() {
		for def, s := range schema(t, name)["$defs"].(map[string]any) {
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			if was, ok := first[def]; ok {
				shared++
				if was != string(text) {
					t.Errorf("%s: $defs/%s differs from the other schemas", name, def)
				}
			}
			first[def] = string(text)
		}
	}
	if shared < 20 {
		t.Errorf("%d shared definitions seen", shared)
	}
	// The list that comes along with a health check has the fields of the list alone.
	alone, along := schema(t, "medicinliste"), schema(t, "sundhedstjek")["$defs"].(map[string]any)["liste"].(map[string]any)
	for field, want := range alone["properties"].(map[string]any) {
		if slices.Contains([]string{"dokument", "version", "dokumentId", "tidspunkt", "borger", "afsender"}, field) {
			continue
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(along["properties"].(map[string]any)[field])
		if string(a) != string(b) {
			t.Errorf("medicinliste.%s is not as in $defs/liste", field)
		}
	}
}

// The words that come from other tables are all of those tables' words.
func TestWordsOfOtherTables(t *testing.T) {
	words := func(at string) (all []string) {
		each("", schema(t, "sundhedstjek"), func(place, _ string, p map[string]any) {
			if place == at {
				for _, w := range p["enum"].([]any) {
					all = append(all, w.(string))
				}
			}
		})
		return all
	}
	var items []string
	for _, i := range measure.All() {
		if i.Kind != measure.Panel || i.Name == "blodtryk" {
			items = append(items, i.Name)
		}
	}
	items = append(items, other)
	if got := words("/$defs/maaling/properties/hvad"); !slices.Equal(got, items) {
		t.Errorf("maaling.hvad:\n got %q\nwant %q", got, items)
	}
	topics, err := screening.Topics()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, topic := range topics {
		keys = append(keys, topic.Key)
	}
	if got := words("/$defs/screening/properties/svar/items/properties/omraade"); !slices.Equal(got, keys) {
		t.Errorf("screening.svar.omraade:\n got %q\nwant %q", got, keys)
	}
}

// The examples in a schema are documents of it, and those of a field its values.
func TestExamplesValidate(t *testing.T) {
	v := compiled(t)
	for _, name := range schemas.Documents() {
		s := schema(t, name)
		for i, e := range s["examples"].([]any) {
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			d, err := v.Read(string(text), tree.Limits{})
			if err != nil {
				t.Errorf("%s, example %d: %v", name, i, err)
			} else if got := Recognise(d); got != name {
				t.Errorf("%s, example %d: recognised as %q", name, i, got)
			}
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		for _, f := range formats {
			c.RegisterFormat(f)
		}
		if err := c.AddResource(schemas.ID(name), s); err != nil {
			t.Fatal(err)
		}
		each("", s, func(at, _ string, p map[string]any) {
			field, err := c.Compile(schemas.ID(name) + "#" + at)
			if err != nil {
				t.Fatal(err)
			}
			examples, _ := p["examples"].([]any)
			for _, e := range examples {
				if err := field.Validate(e); err != nil {
					t.Errorf("%s%s: %v", name, at, err)
				}
			}
		})
	}
}

// example returns a good document as a value to spoil.
func example(t testing.TB, name string) string {
	t.Helper()
	text, err := json.Marshal(schema(t, name)["examples"].([]any)[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What goes wrong in practice is told at its place, in words, in both
// languages, and never with the sender's value in them.
func TestFaults(t *testing.T) {
	v := compiled(t)
	tests := []struct {
		name, document, old, new string
		path, english, danish    string
	}{
		{"comma in a text", "sundhedstjek", `"vaerdi":84.5`, `"vaerdi":"84,5"`, "$this.maalinger[0].vaerdi", "expected a number with a point and without quotes, such as 1.5", "forventet et tal med punktum og uden anførselstegn, som 1.5"},
		{"comma in a number", "sundhedstjek", `"vaerdi":84.5`, `"vaerdi":84,5`, "$this.maalinger[0]", "expected a key in double quotes (line 1, column ", "et decimaltal skrives med punktum: 1.5"},
		{"31 February", "sundhedstjek", `"registreret":"2026-03-05"`, `"registreret":"2026-02-31"`, "$this.tilstande[0].registreret", "expected a date that exists", "forventet en dato, der findes"},
		{"no zone", "sundhedstjek", `"udfoert":"2026-11-18T10:00:00+01:00"`, `"udfoert":"2026-11-18T10:00:00"`, "$this.udfoert", "expected a date, time and zone that exist", "tidszone"},
		{"25 o'clock", "sundhedstjek", `"udfoert":"2026-11-18T10:00:00+01:00"`, `"udfoert":"2026-11-18T25:00:00+01:00"`, "$this.udfoert", "expected a date, time and zone that exist", "tidszone"},
		{"CPR with a hyphen", "tilstande", `"2509479989"`, `"250947-9989"`, "$this.borger.cpr", "expected a CPR number: 10 digits without a hyphen", "uden bindestreg"},
		{"CPR of 31 April", "tilstande", `"2509479989"`, `"3104479989"`, "$this.borger.cpr", "expected a CPR number whose first six digits are a date", "er en dato"},
		{"CPR as a number", "tilstande", `"2509479989"`, `2509479989`, "$this.borger.cpr", "expected text in quotes", "forventet tekst i anførselstegn"},
		{"X-eCPR as CPR", "tilstande", `"2509479989"`, `"0703921VJ4"`, "$this.borger.cpr", "expected a CPR number", "forventet et CPR-nummer"},
		{"X-eCPR of no date", "tilstande", `"cpr":"2509479989"`, `"xecpr":"1234567AB8"`, "$this.borger.xecpr", "expected an X-eCPR: day, month and year of two digits each, 1 or 7, 2 capital letters and 1 digit", "dag, måned og år med to cifre hver, 1 eller 7, 2 store bogstaver og 1 ciffer"},
		{"D-eCPR of no date", "tilstande", `"cpr":"2509479989"`, `"decpr":{"nummer":"1234565AB8","region":"uoplyst"}`, "$this.borger.decpr.nummer", "expected a D-eCPR: day, month and year of two digits each, 0, 5 or 6, 2 capital letters and 1 digit", "dag, måned og år med to cifre hver, 0, 5 eller 6, 2 store bogstaver og 1 ciffer"},
		{"no number at all", "tilstande", `"cpr":"2509479989",`, ``, "$this.borger", "expected at least one of the fields cpr, xecpr and decpr", "mindst ét af felterne skal være her: cpr, xecpr og decpr"},
		{"an empty list without a reason", "medicinliste", `"laegemidler":[{`, `"laegemidler":[],"x":[{`, "$this", "an empty list says why in tomAarsag", "en tom liste siger hvorfor"},
		{"FMK lines without the time", "medicinliste", `"laestFraFmk":"2026-11-20T08:30:00+01:00",`, ``, "$this.laestFraFmk", "the field is missing: a line has oprindelse fmk", "hvornår FMK blev læst"},
		{"a slip in a name", "medicinliste", `"styrke":"500 mg"`, `"styrek":"500 mg"`, "$this.laegemidler[0].styrek", "the form has no such field here; did you mean styrke?", "mente du styrke?"},
		{"Danish letters in a name", "medicinliste", `"laestFraFmk":`, `"læstFraFmk":`, "$this.children()[", "did you mean laestFraFmk?", "mente du laestFraFmk?"},
		{"an unknown word", "medicinliste", `"oprindelse":"fmk"`, `"oprindelse":"FMK"`, "$this.laegemidler[0].oprindelse", "expected fmk or lokal", "forventet fmk eller lokal"},
		{"text missing in the first dosage", "medicinliste", `,"tekst":"2 tabletter efter behov, højst 4 gange daglig"`, ``, "$this.laegemidler[0].dosering[0].tekst", "the field is missing", "feltet mangler"},
		{"two ways of as needed", "medicinliste", `"efterBehovVed":"smerter"`, `"efterBehov":true,"efterBehovVed":"smerter"`, "$this.laegemidler[0].dosering[0].efterBehovVed", "may not stand together with efterBehov", "sammen med efterBehov"},
		{"amount and range", "medicinliste", `"maengde":{"enhed":"stk","vaerdi":2},"maksimum"`, `"maengde":{"enhed":"stk","vaerdi":2},"maengdeTil":{"enhed":"stk","vaerdi":3},"maksimum"`, "$this.laegemidler[0].dosering[0].maengdeTil", "may not stand together with maengde", "må ikke stå sammen med maengde"},
		{"two results", "sundhedstjek", `"enhed":"kg"`, `"enhed":"kg","tekst":"84"`, "$this.maalinger[0].tekst", "may not stand together with vaerdi", "må ikke stå sammen med vaerdi"},
		{"pressure of something else", "sundhedstjek", `"hvad":"blodtryk"`, `"hvad":"puls"`, "$this.maalinger[3].diastolisk", "systolisk and diastolisk belong to blodtryk", "hører til blodtryk"},
		{"half a pressure", "sundhedstjek", `"diastolisk":84,`, ``, "$this.maalinger[3].diastolisk", "the field is missing: systolisk demands it", "systolisk kræver det"},
		{"an empty text", "medicinliste", `"styrke":"500 mg"`, `"styrke":"  "`, "$this.laegemidler[0].styrke", "expected text that says something", "forventet tekst med indhold"},
		{"a level of the other scale", "tilstande", `{"ffb":"2"}`, `{"ffb":"9"}`, "$this.tilstande[0].niveau.ffb", "expected 0, 1, 2, 3, 4 or ikkeVurderet", "eller ikkeVurderet"},
		{"a level as a number", "tilstande", `{"ffb":"2"}`, `{"ffb":2}`, "$this.tilstande[0].niveau.ffb", "expected 0, 1, 2", "forventet 0, 1, 2"},
		{"no conditions", "tilstande", `"tilstande":[{`, `"tilstande":[],"x":[{`, "$this.tilstande", "expected at least 1", "forventet mindst 1"},
		{"an ended condition that is active", "tilstande", `"status":"aktiv"`, `"status":"aktiv","ophoert":"2026-01-01"`, "$this.tilstande[0].status", "expected inaktiv, remission or ophoert, because ophoert is there", "forventet inaktiv, remission eller ophoert, fordi ophoert er udfyldt"},
		{"a remark on an answer of no", "sundhedstjek", `{"omraade":"I10","svar":"nej"}`, `{"bemaerkning":"x","omraade":"I10","svar":"nej"}`, "$this.screening.svar[1].svar", "expected ja, because bemaerkning is there", "forventet ja, fordi bemaerkning er udfyldt"},
		{"another document", "tilstande", `"dokument":"tilstande"`, `"dokument":"journal"`, "$this.dokument", "expected tilstande, medicinliste, sundhedstjek, henvisning or korrespondance", "eller korrespondance"},
		{"no document", "tilstande", `"dokument":"tilstande",`, ``, "$this.dokument", "the field is missing", "feltet mangler"},
		{"another version", "tilstande", `"version":"1.0"`, `"version":"2.0"`, "$this.version", "expected 1.0", "forventet 1.0"},
		{"a key twice", "tilstande", `"version":"1.0"`, `"version":"1.0","version":"1.0"`, "$this", "the same key stands twice", "det samme felt står to gange"},
		{"a number that is a bomb", "sundhedstjek", `84.5`, `1e999999999`, "$this.maalinger[0].vaerdi", "the number is too long", "tallet er for langt"},
		{"a GLN with a wrong digit", "medicinliste", `"sor":"999000016001"`, `"gln":"5790000000009"`, "$this.afsender.organisation.gln", "expected a GLN", "forventet et GLN"},
	}
	for _, tt := range tests {
		document := example(t, tt.document)
		if !strings.Contains(document, tt.old) {
			t.Errorf("%s: the example has no %s", tt.name, tt.old)
			continue
		}
		document = strings.Replace(document, tt.old, tt.new, 1)
		_, err := v.Read(document, tree.Limits{})
		if tt.english == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		var faults Faults
		if !errors.As(err, &faults) {
			t.Errorf("%s: accepted", tt.name)
			continue
		}
		found := slices.ContainsFunc(faults, func(f Fault) bool {
			return strings.HasPrefix(f.Path, tt.path) && strings.Contains(f.Message("en"), tt.english) && strings.Contains(f.Message("da-DK"), tt.danish)
		})
		if !found {
			t.Errorf("%s: want %s: %s / %s\n got %+v", tt.name, tt.path, tt.english, tt.danish, faults)
		}
		var e *mapping.Error
		if !errors.As(err, &e) || e.Value != "" {
			t.Errorf("%s: %v is no error of tolk without a value", tt.name, err)
		}
		for _, f := range faults {
			if f.Danish == "" || f.English == "" || f.Kind == "" || strings.Contains(f.Danish+f.English+f.Path, "2509479989") {
				t.Errorf("%s: %+v", tt.name, f)
			}
		}
	}
}

// All faults are told at once, in the order of the document, and no more than
// somebody will read.
func TestAllFaultsAreTold(t *testing.T) {
	v := compiled(t)
	document := `{"dokument":"tilstande","version":"1.0","borger":{"cpr":"x"},"tilstande":[` +
		strings.TrimSuffix(strings.Repeat(`{"koder":[],"status":"syg"},`, 40), ",") + `]}`
	for range 5 {
		_, err := v.Read(document, tree.Limits{})
		var faults Faults
		if !errors.As(err, &faults) || len(faults) != most+1 {
			t.Fatalf("got %d faults", len(faults))
		}
		if got := faults[0].Path; got != "$this.borger.cpr" {
			t.Errorf("first is %s", got)
		}
		if got := faults[1].Path + " " + faults[2].Path; got != "$this.tilstande[0].koder $this.tilstande[0].status" {
			t.Errorf("then %s", got)
		}
		if got := faults[most].English; got != "there are 31 more faults" {
			t.Errorf("last is %q", got)
		}
	}
}

// A document that is wrong in forty thousand places costs no more than its
// size, and a larger one is not looked into.
func TestManyFaultsAreCheap(t *testing.T) {
	v := compiled(t)
	wrong := func(n int) Faults {
		_, err := v.Read(`{"dokument":"tilstande","version":"1.0","borger":{"cpr":"2509479989"},"tilstande":[`+
			strings.TrimSuffix(strings.Repeat(`{"x":1},`, n), ",")+`]}`, tree.Limits{})
		var faults Faults
		if !errors.As(err, &faults) {
			t.Fatalf("got %v", err)
		}
		return faults
	}
	start := time.Now()
	if got := len(wrong(40_000)); got != most+1 {
		t.Errorf("got %d faults", got)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("took %v", took)
	}
	if got := wrong(60_000); len(got) != 1 || got[0].Kind != mapping.TooLong {
		t.Errorf("got %v", got)
	}
}

// What no schema can be made to say is never said: every word is ours.
func FuzzRead(f *testing.F) {
	v, err := New()
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range schemas.Documents() {
		f.Add(example(f, name))
	}
	f.Add(`{"dokument":"tilstande","borger":{"cpr":1e99},"tilstande":[null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		_, err := v.Read(text, tree.Limits{})
		var faults Faults
		if err != nil && (!errors.As(err, &faults) || len(faults) == 0 || len(faults) > most+1) {
			t.Errorf("%T: %v", err, err)
		}
		for _, f := range faults {
			if f.Danish == "" || f.English == "" || f.Kind == "" {
				t.Errorf("%+v", f)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	v := compiled(b)
	for _, name := range schemas.Documents() {
		text := example(b, name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Read(text, tree.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
