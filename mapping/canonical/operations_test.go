package canonical

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
)

// body is a code system with a hierarchy in both ways of stating it, Danish
// names, a retired code, a group that is no code to use, and a spelling.
const body = `{"resourceType":"CodeSystem","url":"http://x/body","version":"2","language":"da","caseSensitive":true,"content":"complete","hierarchyMeaning":"is-a",
"property":[{"code":"status","uri":"http://hl7.org/fhir/concept-properties#status","type":"code"},{"code":"also","uri":"` + SpellingURI + `","type":"code"},
{"code":"under","uri":"http://hl7.org/fhir/concept-properties#parent","type":"code"}],
"concept":[{"code":"A","display":"Sanser","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[
 {"code":"A1","display":"Lugtesans","designation":[{"language":"en","value":"Smell"}],"property":[{"code":"also","valueCode":"a-one"}]},
 {"code":"A2","display":"Synssans","property":[{"code":"status","valueCode":"retired"}]}]},
{"code":"B","display":"Søvn og hvile","concept":[{"code":"B1","display":"Nattesøvn"}]},
{"code":"C","display":"Årvågen hvile","property":[{"code":"under","valueCode":"B"}]}]}`

func valueSet(url, compose string) string {
	return `{"resourceType":"ValueSet","url":"` + url + `","version":"1","status":"active","compose":{` + compose + `}}`
}

var bodySets = []string{body,
	valueSet("http://x/all", `"include":[{"system":"http://x/body"}]`),
	valueSet("http://x/sleep", `"include":[{"system":"http://x/body","filter":[{"property":"concept","op":"is-a","value":"B"}]}]`),
	valueSet("http://x/awake", `"include":[{"system":"http://x/body"}],"exclude":[{"valueSet":["http://x/sleep"]}]`),
	valueSet("http://x/both", `"include":[{"valueSet":["http://x/all","http://x/sleep"]}]`),
	valueSet("http://x/list", `"include":[{"system":"http://x/body","concept":[{"code":"C"},{"code":"a-one","display":"Næse"}]}]`),
	valueSet("http://x/active", `"inactive":false,"include":[{"system":"http://x/body"}]`),
	valueSet("http://x/loop1", `"include":[{"system":"http://x/body"},{"valueSet":["http://x/loop2"]}]`),
	valueSet("http://x/loop2", `"include":[{"system":"http://x/body"}],"exclude":[{"valueSet":["http://x/loop1"]}]`),
	valueSet("http://x/explode", `"include":[{"system":"http://x/body","filter":[{"property":"code","op":"regex","value":"(a?){500}(a+)+$"}]}]`),
	valueSet("http://x/look", `"include":[{"system":"http://x/body","filter":[{"property":"code","op":"regex","value":"(?=a)b"}]}]`),
	valueSet("http://x/op", `"include":[{"system":"http://x/body","filter":[{"property":"code","op":"like","value":"a"}]}]`),
	valueSet("http://x/prop", `"include":[{"system":"http://x/body","filter":[{"property":"colour","op":"=","value":"a"}]}]`),
	valueSet("http://x/gone", `"include":[{"valueSet":["http://x/nowhere"]}]`),
}

func url(value string) string { return `{"name":"url","valueUri":"http://x/` + value + `"}` }

// flat writes an expansion in one line: nested concepts in brackets.
func flat(list []*Contains) string {
	var all []string
	for _, c := range list {
		one := c.Code
		if len(c.Contains) > 0 {
			one += "[" + flat(c.Contains) + "]"
		}
		all = append(all, one)
	}
	return strings.Join(all, " ")
}

func TestExpand(t *testing.T) {
	r := registryOf(t, bodySets...)
	for _, tt := range []struct {
		set, more, want string
		total           int
	}{
		{"all", ``, "A[A1 A2] B[B1 C]", 6},
		{"all", `,{"name":"excludeNested","valueBoolean":true}`, "A A1 A2 B B1 C", 6},
		{"all", `,{"name":"activeOnly","valueBoolean":true}`, "A[A1] B[B1 C]", 5},
		{"all", `,{"name":"excludeNotForUI","valueBoolean":true}`, "A1 A2 B[B1 C]", 5},
		{"all", `,{"name":"count","valueInteger":2},{"name":"offset","valueInteger":3}`, "B B1", 6},
		{"all", `,{"name":"count","valueInteger":2},{"name":"offset","valueInteger":30}`, "", 6},
		{"all", `,{"name":"count","valueInteger":0}`, "", 6},
		{"all", `,{"name":"filter","valueString":"søvn"}`, "B B1", 2},
		{"all", `,{"name":"filter","valueString":"soevn"}`, "B B1", 2},
		{"all", `,{"name":"filter","valueString":"SOVN hvil"}`, "B", 1},
		{"all", `,{"name":"filter","valueString":"arvagen"}`, "C", 1},
		{"all", `,{"name":"filter","valueString":"smell"}`, "A1", 1},
		{"sleep", ``, "B[B1 C]", 3},
		{"awake", ``, "A A1 A2", 3},
		{"both", ``, "B B1 C", 3},
		{"list", ``, "C A1", 2},
		{"active", ``, "A[A1] B[B1 C]", 5},
		{"body?fhir_vs", `,{"name":"count","valueInteger":1}`, "A", 6},
	} {
		e, err := Expand(r, params(t, url(tt.set)+tt.more))
		if err != nil {
			t.Errorf("%s%s: %v", tt.set, tt.more, err)
			continue
		}
		if got := flat(e.Contains); got != tt.want || e.Total != tt.total {
			t.Errorf("%s%s:\ngot  %s of %d\nwant %s of %d", tt.set, tt.more, got, e.Total, tt.want, tt.total)
		}
	}
}

// What cannot be answered names what is wrong, and takes no time about it.
func TestExpandRefuses(t *testing.T) {
	r := registryOf(t, bodySets...)
	began := time.Now()
	for list, want := range map[string]string{
		`{"name":"count","valueInteger":1}`: "url or valueSet",
		url("none"):                         "'http://x/none' could not be found",
		url("all|7"):                        "'http://x/all|7' could not be found",
		url("all") + `,{"name":"colour","valueString":"a"}`:                                "colour: unknown parameter",
		url("all") + `,{"name":"offset","valueInteger":-1}`:                                "offset: expected a whole number",
		url("all") + `,{"name":"displayLanguage","valueCode":"da;q=x"}`:                    "displayLanguage: expected language tags",
		url("all") + `,{"name":"useSupplement","valueCanonical":"http://x/more"}`:          "supplement not found: http://x/more",
		url("all") + `,{"name":"force-system-version","valueCanonical":"http://x/body"}`:   "force-system-version: expected url|version",
		url("all") + `,{"name":"force-system-version","valueCanonical":"http://x/body|9"}`: "version '9' could not be found",
		url("all") + `,{"name":"check-system-version","valueCanonical":"http://x/body|9"}`: "version '9'",
		url("loop1"):   "http://x/loop1|1 → http://x/loop2|1 → http://x/loop1|1",
		url("explode"): "",
		url("look"):    "look-ahead",
		url("op"):      "accepted operators",
		url("prop"):    "no such property",
		url("gone"):    "'http://x/nowhere'",
	} {
		_, err := Expand(r, params(t, list))
		if want == "" {
			continue // answered, and in time
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", list, err, want)
		}
		var f *Failure
		var e *mapping.Error
		if !errors.As(err, &f) && !errors.As(err, &e) {
			t.Errorf("%s: an error of type %T", list, err)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	if _, err := Expand(r, query("url", "http://x/all", "activeOnly", "ja")); fmt.Sprint(err) != "activeOnly: accepted: true, false" {
		t.Errorf("activeOnly: got %v", err)
	}
}

func TestValidate(t *testing.T) {
	r := registryOf(t, bodySets...)
	coding := func(text string) string {
		return `,{"name":"coding","valueCoding":{"system":"http://x/body",` + text + `}}`
	}
	for _, tt := range []struct {
		request string
		result  bool
		issues  string // their ids
	}{
		{url("all") + coding(`"code":"B1","display":"nattesøvn "`), true, ""},
		{url("all") + coding(`"code":"B1","display":"Søvn"`), false, "Display_Name_for__should_be_one_of__instead_of"},
		{url("all") + coding(`"code":"a-one"`), true, ""},
		{url("all") + coding(`"code":"b1"`), false, "None_of_the_provided_codes_are_in_the_value_set_one Unknown_Code_in_Version"},
		{url("all") + coding(`"code":"A2"`), true, "INACTIVE_CONCEPT_FOUND"},
		{url("active") + coding(`"code":"A2"`), false, "INACTIVE_CONCEPT_FOUND None_of_the_provided_codes_are_in_the_value_set_one STATUS_CODE_WARNING_CODE"},
		{url("all") + coding(`"code":"A"`) + `,{"name":"abstract","valueBoolean":false}`, false, "ABSTRACT_CODE_NOT_ALLOWED None_of_the_provided_codes_are_in_the_value_set_one"},
		{url("sleep") + coding(`"code":"C"`), true, ""},
		{url("awake") + coding(`"code":"C"`), false, "None_of_the_provided_codes_are_in_the_value_set_one"},
		{url("both") + coding(`"code":"C"`), true, ""},
		{url("both") + coding(`"code":"A1"`), false, "None_of_the_provided_codes_are_in_the_value_set_one"},
		{url("list") + coding(`"code":"A1","display":"Næse"`), true, ""},
		{url("all") + `,{"name":"code","valueCode":"C"},{"name":"inferSystem","valueBoolean":true}`, true, ""},
		{url("all") + `,{"name":"code","valueCode":"Z"},{"name":"inferSystem","valueBoolean":true}`, false, "None_of_the_provided_codes_are_in_the_value_set_one UNABLE_TO_INFER_CODESYSTEM"},
		{url("gone") + coding(`"code":"C"`), false, "UNABLE_TO_CHECK_IF_THE_PROVIDED_CODES_ARE_IN_THE_VALUE_SET_VS Unable_to_resolve_value_Set_"},
		{url("all") + `,{"name":"coding","valueCoding":{"system":"http://y","code":"C"}}`, false, "None_of_the_provided_codes_are_in_the_value_set_one UNKNOWN_CODESYSTEM"},
	} {
		v, err := ValidateValueSet(r, params(t, tt.request))
		if err != nil {
			t.Errorf("%s: %v", tt.request, err)
			continue
		}
		var ids []string
		for _, i := range v.Issues {
			ids = append(ids, i.ID)
		}
		slices.Sort(ids)
		if got := strings.Join(ids, " "); v.Result != tt.result || got != tt.issues {
			t.Errorf("%s:\ngot  %v %s\nwant %v %s", tt.request, v.Result, got, tt.result, tt.issues)
		}
	}
	v, err := ValidateValueSet(r, params(t, url("all")+coding(`"code":"a-one"`)))
	if err != nil || v.Normalized != "A1" || v.Coding.Display != "Lugtesans" {
		t.Errorf("another spelling: got %+v, %v", v, err)
	}
}

func TestValidateRefuses(t *testing.T) {
	r := registryOf(t, bodySets...)
	code := `,{"name":"code","valueCode":"C"},{"name":"system","valueUri":"http://x/body"}`
	for list, want := range map[string]string{
		url("all"):          "Unable to find code to validate",
		url("none") + code:  "'http://x/none' could not be found",
		url("loop2") + code: "→",
		url("all") + code + `,{"name":"colour","valueString":"a"}`:                                                                             "colour: unknown parameter",
		url("all") + `,{"name":"codeableConcept","valueCodeableConcept":{"text":"C"}}`:                                                         "Unable to find code to validate",
		url("all") + `,{"name":"codeableConcept","valueCodeableConcept":{"coding":[{"code":"C"}` + strings.Repeat(`,{"code":"C"}`, 50) + `]}}`: "more than 50 codings",
	} {
		if _, err := ValidateValueSet(r, params(t, list)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.200s:\ngot  %v\nwant %s", list, err, want)
		}
	}
}

func TestSubsumes(t *testing.T) {
	r := registryOf(t, body, `{"resourceType":"CodeSystem","url":"http://y","concept":[{"code":"B"}]}`)
	ask := func(a, b string) string {
		got, err := Subsumes(r, params(t, fmt.Sprintf(`{"name":"system","valueUri":"http://x/body"},{"name":"codeA","valueCode":"%s"},{"name":"codeB","valueCode":"%s"}`, a, b)))
		if err != nil {
			return err.Error()
		}
		return got
	}
	for _, tt := range [][3]string{{"A", "A1", "subsumes"}, {"A1", "A", "subsumed-by"}, {"A1", "a-one", "equivalent"}, {"A1", "B1", "not-subsumed"},
		{"B", "C", "subsumes"}, {"B", "Z", "Unknown code 'Z'"}} {
		if got := ask(tt[0], tt[1]); !strings.HasPrefix(got, tt[2]) {
			t.Errorf("%s and %s: got %s, want %s", tt[0], tt[1], got, tt[2])
		}
	}
	if _, err := Subsumes(r, query("system", "http://x/body", "codeB", "B")); fmt.Sprint(err) != "codeA: required, or codingA" {
		t.Errorf("without a code: got %v", err)
	}
	_, err := Subsumes(r, params(t, `{"name":"codingA","valueCoding":{"system":"http://x/body","code":"B"}},{"name":"codingB","valueCoding":{"system":"http://y","code":"B"}}`))
	if err == nil || !strings.Contains(err.Error(), "within one code system") {
		t.Errorf("two systems: got %v", err)
	}
}

func TestLanguages(t *testing.T) {
	r := registryOf(t, bodySets...)
	for wanted, want := range map[string]string{"en": "Smell", "da": "Lugtesans", "de": "Lugtesans", "de,en;q=0.5": "Smell", "de,*;q=0": "", "en-GB": "Lugtesans", "de;q=0.1,da;q=0.9": "Lugtesans"} {
		e, err := Expand(r, params(t, url("list")+`,{"name":"displayLanguage","valueCode":"`+wanted+`"},{"name":"filter","valueString":"smell"}`))
		if err != nil || len(e.Contains) != 1 || e.Contains[0].Display != want {
			t.Errorf("%s: got %+v, %v; want %s", wanted, e, err, want)
		}
	}
}

// A global language pack speaks where its language is asked for, and nowhere
// else; the request goes before the header, and that before the value set.
func TestLanguagePack(t *testing.T) {
	r := registryOf(t, append(slices.Clone(bodySets), `{"resourceType":"CodeSystem","url":"http://x/nl","version":"1","language":"nl","content":"supplement","supplements":"http://x/body",
		"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/codesystem-globalLangPack","valueBoolean":true}],"concept":[{"code":"A1","designation":[{"language":"nl","value":"Reuk"}]}]}`)...)
	for wanted, want := range map[string]string{"nl": "Reuk", "nl-BE,nl": "Reuk", "da": "Lugtesans", "": "Lugtesans"} {
		p := query("url", "http://x/all", "filter", "lugt", AcceptLanguage, wanted)
		e, err := Expand(r, p)
		if err != nil || len(e.Contains) != 1 || e.Contains[0].Display != want {
			t.Errorf("%q: got %+v, %v; want %s", wanted, e, err, want)
		}
	}
	e, err := Expand(r, query("url", "http://x/all", "filter", "lugt", "displayLanguage", "da", AcceptLanguage, "nl"))
	if err != nil || e.Contains[0].Display != "Lugtesans" {
		t.Errorf("the header goes before the parameter: %+v, %v", e, err)
	}
}

// Value sets that double at every level, or go on for ever, end in time: in an
// answer or in a refusal.
func TestWorkIsBounded(t *testing.T) {
	texts := []string{body}
	for i := range 60 {
		inner := fmt.Sprintf(`{"valueSet":["http://x/d%d"]}`, i+1)
		texts = append(texts, valueSet(fmt.Sprintf("http://x/d%d", i), `"include":[`+inner+","+inner+`],"exclude":[{"system":"http://x/body","concept":[{"code":"A"}],"valueSet":["http://x/d60"]}]`))
	}
	texts = append(texts, valueSet("http://x/d60", `"include":[{"system":"http://x/body"}]`))
	for i := range 200 {
		texts = append(texts, valueSet(fmt.Sprintf("http://x/l%d", i), fmt.Sprintf(`"include":[{"valueSet":["http://x/l%d"]}]`, i+1)))
	}
	r := registryOf(t, texts...)
	began := time.Now()
	if e, err := Expand(r, query("url", "http://x/d0")); err != nil || e.Total != 5 {
		t.Errorf("doubling: got %+v, %v", e, err)
	}
	if _, err := Expand(r, query("url", "http://x/l0")); err == nil || !strings.Contains(err.Error(), "deeper than 100 levels") {
		t.Errorf("a long chain: got %v", err)
	}
	if _, err := ValidateValueSet(r, query("url", "http://x/d0", "code", "A1", "system", "http://x/body")); err == nil || !strings.Contains(err.Error(), "more work") {
		t.Errorf("doubling: got %v", err)
	}
	if _, err := ValidateValueSet(r, query("url", "http://x/d0", "code", "A1", "inferSystem", "true")); err == nil && time.Since(began) > 20*time.Second {
		t.Error("no end")
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}
