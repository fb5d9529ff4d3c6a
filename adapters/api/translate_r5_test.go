package api

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/shared"
)

const (
	sixR5 = `{"name":"tx-resource","resource":{"resourceType":"ConceptMap","url":"urn:r5","version":"2","status":"active","sourceScopeUri":"urn:r5:from","targetScopeUri":"urn:r5:to",` +
		`"group":[{"source":"urn:r5:a","target":"urn:r5:b","element":[{"code":"1","target":[{"code":"x","relationship":"source-is-narrower-than-target",` +
		`"dependsOn":[{"attribute":"sex","valueCoding":{"system":"urn:s","code":"m"}}],"product":[{"attribute":"side","valueCode":"left"}]}]},` +
		`{"code":"2","noMap":true}]}]}}`
	inParameters = `{"resourceType":"Parameters","parameter":[` + sixR5 + `,`
)

// Every name that R5 gives an input says what R4's says.
func TestWordsOfR5(t *testing.T) {
	h := start(t, Limits{})
	for name, c := range map[string]struct{ in, want string }{
		"sourceCode":           {`{"name":"sourceCode","valueCode":"1"},{"name":"system","valueUri":"urn:r5:a"}`, "true wider x"},
		"sourceSystem":         {`{"name":"sourceCode","valueCode":"1"},{"name":"sourceSystem","valueUri":"urn:r5:a"},{"name":"targetSystem","valueUri":"urn:r5:b"}`, "true wider x"},
		"sourceCoding":         {`{"name":"sourceCoding","valueCoding":{"system":"urn:r5:a","code":"1"}}`, "true wider x"},
		"sourceCodeable":       {`{"name":"sourceCodeableConcept","valueCodeableConcept":{"coding":[{"system":"urn:r5:a","code":"9"},{"system":"urn:r5:a","code":"1"}]}}`, "true wider x"},
		"scopes":               {`{"name":"sourceCode","valueCode":"1"},{"name":"system","valueUri":"urn:r5:a"},{"name":"sourceScope","valueUri":"urn:r5:from"},{"name":"targetScope","valueUri":"urn:r5:to"}`, "true wider x"},
		"scopes swapped":       {`{"name":"sourceCode","valueCode":"1"},{"name":"system","valueUri":"urn:r5:a"},{"name":"sourceScope","valueUri":"urn:r5:to"}`, "false"},
		"noMap":                {`{"name":"sourceCode","valueCode":"2"},{"name":"system","valueUri":"urn:r5:a"}`, "false unmatched "},
		"targetCode":           {`{"name":"targetCode","valueCode":"x"},{"name":"targetSystem","valueUri":"urn:r5:b"}`, "true wider x < 1"},
		"targetCode, system":   {`{"name":"targetCode","valueCode":"x"},{"name":"system","valueUri":"urn:r5:b"}`, "true wider x < 1"},
		"targetCoding":         {`{"name":"targetCoding","valueCoding":{"system":"urn:r5:b","code":"x"}}`, "true wider x < 1"},
		"targetCodeable":       {`{"name":"targetCodeableConcept","valueCodeableConcept":{"coding":[{"system":"urn:r5:b","code":"x"}]}}`, "true wider x < 1"},
		"target, scopes":       {`{"name":"targetCoding","valueCoding":{"system":"urn:r5:b","code":"x"}},{"name":"targetScope","valueUri":"urn:r5:to"},{"name":"sourceScope","valueUri":"urn:r5:from"}`, "true wider x < 1"},
		"dependency met":       {`{"name":"sourceCoding","valueCoding":{"system":"urn:r5:a","code":"1"}},{"name":"dependency","part":[{"name":"attribute","valueUri":"sex"},{"name":"value","valueCoding":{"code":"m"}}]}`, "true wider x"},
		"dependency not met":   {`{"name":"sourceCoding","valueCoding":{"system":"urn:r5:a","code":"1"}},{"name":"dependency","part":[{"name":"attribute","valueUri":"sex"},{"name":"value","valueCode":"f"}]}`, "false"},
		"dependency in R4":     {`{"name":"coding","valueCoding":{"system":"urn:r5:a","code":"1"}},{"name":"dependency","part":[{"name":"element","valueUri":"sex"},{"name":"concept","valueCodeableConcept":{"coding":[{"system":"urn:s","code":"m"}]}}]}`, "true wider x"},
		"reverse in R4's word": {`{"name":"coding","valueCoding":{"system":"urn:r5:b","code":"x"}},{"name":"reverse","valueBoolean":true}`, "true narrower 1"},
	} {
		a := h.send(t, "POST", operation, inParameters+c.in+`]}`)
		result, _, matches := read(t, a)
		got := result
		for _, m := range matches {
			got += " " + m.equivalence + " " + m.code
			if strings.Contains(name, "target") && !strings.Contains(name, "scopes swapped") && strings.Contains(a.body, `"name":"source","valueCoding":{"system":"urn:r5:a","code":"1"}`) {
				got += " < 1"
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q in %s", name, got, c.want, a.body)
		}
		r5 := strings.Contains(a.body, `"name":"relationship"`)
		if r4 := strings.Contains(name, "R4"); len(matches) > 0 && matches[0].code != "" && r4 == r5 {
			t.Errorf("%s: relationship is R5's: %s", name, a.body)
		}
	}
	for body, want := range map[string]string{
		`{"name":"sourceCode","valueCode":"1"}`: "system: required with sourceCode",
		`{"name":"targetCode","valueCode":"1"}`: "system: required with targetCode",
		`{"name":"sourceCode","valueCode":"1"},{"name":"system","valueUri":"urn:r5:a"},{"name":"reverse","valueBoolean":true}`:                                                                                                              "reverse: of FHIR R4",
		`{"name":"sourceCode","valueCode":"1"},{"name":"targetCode","valueCode":"1"}`:                                                                                                                                                       "targetCode: given beside sourceCode",
		`{"name":"conceptMap","resource":{"resourceType":"ValueSet"}},{"name":"sourceCoding","valueCoding":{"system":"a","code":"1"}}`:                                                                                                      "Parameters.parameter[1].resource: expected a ConceptMap",
		`{"name":"conceptMap","resource":{"resourceType":"ConceptMap","url":"urn:x","group":[{"element":[{"code":"1","target":[{"code":"2","equivalence":"broader"}]}]}]}},{"name":"sourceCoding","valueCoding":{"system":"a","code":"1"}}`: "Parameters.parameter[1].resource.group[0].element[0].target[0].equivalence: accepted: ",
	} {
		if text := textOf(h.send(t, "POST", operation, inParameters+body+`]}`), "details", "text"); !strings.HasPrefix(text, want) {
			t.Errorf("%s: got %q, want %q", body, text, want)
		}
	}
}

// What a match depends on, and what it yields besides, comes with it in the words
// of the asker.
func TestDependsOnAndProduct(t *testing.T) {
	h := start(t, Limits{})
	for in, want := range map[string][]string{
		`{"name":"coding","valueCoding":{"system":"urn:r5:a","code":"1"}}`: {
			`{"name":"dependsOn","part":[{"name":"element","valueUri":"sex"},{"name":"concept","valueCodeableConcept":{"coding":[{"system":"urn:s","code":"m"}]}}]}`,
			`{"name":"product","part":[{"name":"element","valueUri":"side"},{"name":"concept","valueCoding":{"code":"left"}}]}`,
			`{"name":"row","valueString":"group[0].element[0].target[0]"}`},
		`{"name":"sourceCoding","valueCoding":{"system":"urn:r5:a","code":"1"}}`: {
			`{"name":"dependsOn","part":[{"name":"attribute","valueUri":"sex"},{"name":"value","valueCoding":{"system":"urn:s","code":"m"}}]}`,
			`{"name":"product","part":[{"name":"attribute","valueUri":"side"},{"name":"value","valueCoding":{"code":"left"}}]}`},
	} {
		a := h.send(t, "POST", operation, inParameters+in+`]}`)
		for _, part := range want {
			if !strings.Contains(a.body, part) {
				t.Errorf("%s: no %s in %s", in, part, a.body)
			}
		}
	}
}

// A file of several areas answers as a whole and area by area: by its own url,
// with the area as a dependency, and by the url of the area.
func TestAreaAsDependencyAndAsMap(t *testing.T) {
	h := start(t, Limits{})
	const spise = "464a2ab6-a7df-4b3a-b74d-7873f4cfe668"
	answer := func(query string) []match {
		_, _, matches := read(t, h.send(t, "GET", operation+"?system="+ffb+"&code="+spise+query, ""))
		return matches
	}
	whole := answer("&url=urn:tolk:ConceptMap:tilstand.ffb-fsiii")
	var parts []match
	for _, area := range []string{"sygepleje", "hjemmepleje", "forebyggelse"} {
		one := answer("&url=urn:tolk:ConceptMap:tilstand.ffb-fsiii." + area)
		if narrowed := answer("&url=urn:tolk:ConceptMap:tilstand.ffb-fsiii&area=" + area); len(one) == 0 || !slices.Equal(one, narrowed) {
			t.Errorf("%s: got %+v by its map, %+v by the area", area, one, narrowed)
		}
		parts = append(parts, one...)
	}
	if len(whole) < 3 || !slices.Equal(whole, parts) {
		t.Errorf("got %+v as a whole, %+v by areas", whole, parts)
	}
	if instance, _, matches := read(t, h.send(t, "GET", "/fhir/ConceptMap/tilstand.ffb-fsiii/$translate?system="+ffb+"&code="+spise, "")); instance != "true" || !slices.Equal(matches, whole) {
		t.Errorf("at the instance: got %+v", matches)
	}
}

// A value set that is here narrows the answer to what is in it, also where no
// map names it.
func TestTargetValueSetThatIsHere(t *testing.T) {
	h := start(t, Limits{})
	vs := func(url, code string) string {
		return `{"name":"tx-resource","resource":{"resourceType":"ValueSet","url":"` + url + `","status":"active","compose":{"include":[{"system":"urn:oid:1.2.208.176.2.21","concept":[{"code":"` + code + `"}]}]}}}`
	}
	ask := func(target string) (string, []match) {
		result, _, matches := read(t, h.send(t, "POST", operation, `{"resourceType":"Parameters","parameter":[`+vs("urn:vs:one", one)+`,`+vs("urn:vs:none", "9c5cfb57-a498-40e5-98a7-792bf5fb205b")+
			`,{"name":"coding","valueCoding":{"system":"urn:oid:1.2.208.176.2.22","code":"`+let+`"}},{"name":"target","valueUri":"`+target+`"}]}`))
		return result, matches
	}
	if result, matches := ask("urn:vs:one"); result != "true" || len(matches) != 1 || matches[0].code != one {
		t.Errorf("in the value set: got %s %+v", result, matches)
	}
	if result, matches := ask("urn:vs:none"); result != "false" || len(matches) != 0 {
		t.Errorf("outside the value set: got %s %+v", result, matches)
	}
}

// The two translations of the HL7 terminology ecosystem tests, as they are sent.
func TestHL7Translations(t *testing.T) {
	dir := shared.Path(t, "official", "tx-tests", "translate")
	file := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	h := start(t, Limits{})
	for _, name := range []string{"translate-1", "translate-reverse"} {
		var request struct{ Parameter []json.RawMessage }
		if err := json.Unmarshal([]byte(file(name+"-request-parameters.json")), &request); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, p := range request.Parameter {
			all = append(all, string(p))
		}
		for _, r := range []string{"codesystem-source", "codesystem-target", "ConceptMap-full", "ConceptMap-novs", "valueset-source", "valueset-target"} {
			all = append(all, `{"name":"tx-resource","resource":`+file(r+".json")+`}`)
		}
		a := h.send(t, "POST", operation, `{"resourceType":"Parameters","parameter":[`+strings.Join(all, ",")+`]}`)
		got, want := said(t, a.body), said(t, file(name+"-response-parameters.json"))
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", name, got, want)
		}
	}
}

// said lists the parameters and parts of an answer, without order and without
// what R5 alone has.
func said(t *testing.T, text string) (all []string) {
	t.Helper()
	type parameter struct {
		Name           string
		ValueBoolean   *bool
		ValueCode      string
		ValueCanonical string
		ValueCoding    struct{ System, Version, Code, Display string }
		Part           []parameter
	}
	var answer struct{ Parameter []parameter }
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatal(err)
	}
	for _, p := range answer.Parameter {
		for _, part := range append(p.Part, parameter{Name: p.Name, ValueBoolean: p.ValueBoolean}) {
			part.Part = nil
			if part.Name != "relationship" {
				fact, err := json.Marshal(part)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, p.Name+" "+string(fact))
			}
		}
	}
	slices.Sort(all)
	return all
}

// KL's own value sets say where a code was chosen and where the answer may be.
func TestPublishedValueSets(t *testing.T) {
	h := start(t, Limits{})
	const spise = "464a2ab6-a7df-4b3a-b74d-7873f4cfe668"
	ask := func(more string) (string, []match) {
		result, _, matches := read(t, h.send(t, "GET", operation+"?system="+ffb+"&code="+spise+more, ""))
		return result, matches
	}
	_, all := ask("")
	result, matches := ask("&source=http://fhir.kl.dk/term/ValueSet/KLConditionCodesFFB")
	if result != "true" || !slices.Equal(matches, all) {
		t.Errorf("chosen from FFB's conditions: got %+v", matches)
	}
	if result, matches = ask("&source=http://fhir.kl.dk/term/ValueSet/KLConditionCodesFSIII"); result != "false" || len(matches) != 0 {
		t.Errorf("not chosen from FSIII's: got %+v", matches)
	}
	if result, matches = ask("&target=http://fhir.kl.dk/term/ValueSet/KLConditionCodesFSIII"); result != "true" || !slices.Equal(matches, all) {
		t.Errorf("answered in FSIII's conditions: got %+v of %+v", matches, all)
	}
}

// A value set that holds itself is refused with the circle, not walked.
func TestCircleOfValueSets(t *testing.T) {
	h := start(t, Limits{})
	vs := func(own, other string) string {
		return `{"name":"tx-resource","resource":{"resourceType":"ValueSet","url":"urn:vs:` + own + `","status":"active","compose":{"include":[{"valueSet":["urn:vs:` + other + `"]}]}}}`
	}
	a := h.send(t, "POST", operation, `{"resourceType":"Parameters","parameter":[`+vs("one", "two")+`,`+vs("two", "one")+
		`,{"name":"coding","valueCoding":{"system":"urn:oid:1.2.208.176.2.22","code":"`+let+`"}},{"name":"target","valueUri":"urn:vs:one"}]}`)
	if a.status < 400 || a.status > 499 || !strings.Contains(a.body, "urn:vs:two") {
		t.Errorf("got %d %s", a.status, a.body)
	}
}
