package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/tree"
)

const (
	operation = "/fhir/ConceptMap/$translate"
	ffb       = "urn%3Aoid%3A1.2.208.176.2.22"
	fsiii     = "urn%3Aoid%3A1.2.208.176.2.21"
	let       = "8328ce4a-6238-4f73-bf1a-74aadb68eff8" // FFB: Let nedsat funktionsevne
	one       = "fcc16cb1-41f0-4832-b834-110fba0aaabe" // FSIII: step 1, B2
)

// match is what a test reads of one match.
type match struct{ equivalence, system, code, display, source, comment, via, coding string }

// read takes a Parameters answer of $translate apart.
func read(t testing.TB, a answer) (result, message string, matches []match) {
	t.Helper()
	d, err := tree.Parse(a.body, tree.Limits{})
	if err != nil || a.status != 200 || d.Text(d.Child(d.Root(), "resourceType")) != "Parameters" {
		t.Errorf("got %d %s: %v", a.status, a.body, err)
		return "", "", nil
	}
	for p := d.First(d.Child(d.Root(), "parameter")); p != tree.None; p = d.Next(p) {
		switch d.Text(d.Child(p, "name")) {
		case "result":
			result = d.Raw(d.Child(p, "valueBoolean"))
		case "message":
			message = d.Text(d.Child(p, "valueString"))
		case "match":
			matches = append(matches, readMatch(d, p))
		}
	}
	return result, message, matches
}

func readMatch(d *tree.Doc, p tree.ID) (m match) {
	for part := d.First(d.Child(p, "part")); part != tree.None; part = d.Next(part) {
		coding := d.Child(part, "valueCoding")
		switch d.Text(d.Child(part, "name")) {
		case "equivalence":
			m.equivalence = d.Text(d.Child(part, "valueCode"))
		case "concept":
			m.system, m.code, m.display = d.Text(d.Child(coding, "system")), d.Text(d.Child(coding, "code")), d.Text(d.Child(coding, "display"))
		case "source":
			m.source = d.Text(d.Child(part, "valueUri"))
		case "comment":
			m.comment = d.Text(d.Child(part, "valueString"))
		case "via":
			m.via = readMatch(d, part).code
		case "coding":
			m.coding = d.Text(d.Child(coding, "code"))
		}
	}
	return m
}

func TestTranslateConcept(t *testing.T) {
	h := start(t, Limits{})
	for name, a := range map[string]answer{
		"GET":         h.send(t, "GET", operation+"?system="+ffb+"&code="+let, ""),
		"target":      h.send(t, "GET", operation+"?system="+ffb+"&code="+let+"&targetsystem="+fsiii, ""),
		"area":        h.send(t, "GET", operation+"?system="+ffb+"&code="+let+"&area=hjemmepleje", ""),
		"map":         h.send(t, "GET", operation+"?system="+ffb+"&code="+let+"&url=urn:tolk:ConceptMap:funktionsevne.ffb-fsiii.hjemmepleje", ""),
		"map|version": h.send(t, "GET", operation+"?system="+ffb+"&code="+let+"&url=urn:tolk:ConceptMap:funktionsevne.ffb-fsiii.hjemmepleje%7C0.1.0&_format=json", ""),
		"POST code":   h.send(t, "POST", operation, `{"resourceType":"Parameters","parameter":[{"name":"system","valueUri":"urn:oid:1.2.208.176.2.22"},{"name":"code","valueCode":"`+let+`"}]}`),
		"POST coding": h.send(t, "POST", operation, `{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"http://kl.dk/fhir/common/caresocial/CodeSystem/FFB","code":"`+let+`","userSelected":true}}]}`),
		"dependency":  h.send(t, "POST", operation, `{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"urn:oid:1.2.208.176.2.22","code":"`+let+`"}},{"name":"dependency","part":[{"name":"element","valueUri":"area"},{"name":"concept","valueCodeableConcept":{"coding":[{"code":"hjemmepleje"}]}}]}]}`),
	} {
		result, message, matches := read(t, a)
		if result != "true" || message != "" || len(matches) != 1 {
			t.Errorf("%s: got %s", name, a.body)
			continue
		}
		m := matches[0]
		if m.comment == "" {
			t.Errorf("%s: no reason in %s", name, a.body)
		}
		m.comment = ""
		if want := (match{equivalence: "inexact", system: mapping.FSIII, code: one, display: "1", source: "urn:tolk:ConceptMap:funktionsevne.ffb-fsiii.hjemmepleje|0.1.0"}); m != want {
			t.Errorf("%s: got %+v, want %+v", name, m, want)
		}
	}
}

// No match is an answer, with its reason.
func TestUnmatchedIsAnAnswer(t *testing.T) {
	h := start(t, Limits{})
	for name, c := range map[string]struct{ query, matches string }{
		"unmatched row":  {"system=" + ffb + "&code=1c327095-107f-4b96-88d0-ec562cb980be", "unmatched"},
		"9":              {"system=" + fsiii + "&code=B6", "unmatched"},
		"a heading":      {"system=" + ffb + "&code=e89d317c-4657-4970-b614-ada2ed220595", ""},
		"another area":   {"system=" + ffb + "&code=" + let + "&area=sygepleje", ""},
		"not in the map": {"system=" + ffb + "&code=" + let + "&url=urn:tolk:ConceptMap:maaltype.ffb-fsiii", ""},
	} {
		a := h.send(t, "GET", operation+"?"+c.query, "")
		result, message, matches := read(t, a)
		if result != "false" || message == "" || (len(matches) > 0) != (c.matches != "") {
			t.Errorf("%s: got %s", name, a.body)
		}
		for _, m := range matches {
			if m.equivalence != c.matches || m.code != "" || m.comment == "" || m.source == "" {
				t.Errorf("%s: got %+v", name, m)
			}
		}
	}
}

func TestEveryCodingOfACodeableConcept(t *testing.T) {
	h := start(t, Limits{})
	ask := func(codings ...string) answer {
		return h.send(t, "POST", operation, `{"resourceType":"Parameters","parameter":[{"name":"codeableConcept","valueCodeableConcept":{"text":"x","coding":[`+strings.Join(codings, ",")+`]}}]}`)
	}
	const (
		first   = `{"system":"urn:oid:1.2.208.176.2.22","code":"` + let + `"}`
		second  = `{"system":"urn:oid:1.2.208.176.2.21","code":"B3"}`
		foreign = `{"system":"http://snomed.info/sct","code":"38341003"}`
		wrong   = `{"system":"urn:oid:1.2.208.176.2.22","code":"B3"}`
	)
	result, message, matches := read(t, ask(first, foreign, second))
	if result != "true" || len(matches) != 2 || matches[0].coding != let || matches[1].coding != "B3" ||
		matches[1].display != "Moderat nedsat funktionsevne" || message != "Parameters.parameter[0].valueCodeableConcept.coding[1].system: unknown code system" {
		t.Errorf("got %s %q %+v", result, message, matches)
	}
	if text := outcomeText(t, ask(foreign), 404, "not-found"); !strings.HasPrefix(text, "Parameters.parameter[0].valueCodeableConcept.coding[0].system: unknown code system") {
		t.Errorf("got %q", text)
	}
	if text := outcomeText(t, ask(first, wrong), 422, "code-invalid"); !strings.HasPrefix(text, "Parameters.parameter[0].valueCodeableConcept.coding[1].code: unknown in FFB") {
		t.Errorf("got %q", text)
	}
	outcomeText(t, ask(strings.Split(strings.Repeat(first+" ", 51)[:51*(len(first)+1)-1], " ")...), 413, "too-long")
}

// Reverse gives every concept that forwards gives the one asked about, and no
// other, each relation inverted.
func TestReverseIsForwardsBackwards(t *testing.T) {
	words, err := snapshot()
	if err != nil {
		t.Fatal(err)
	}
	registry := embedded(t)
	type arrow struct {
		from, to mapping.Concept
		relation mapping.Equivalence
	}
	all := func(reverse bool) map[arrow]int {
		found := map[arrow]int{}
		for _, s := range words.CodeSystems() {
			for _, e := range words.Entries(s.URL) {
				a, err := registry.Translate(canonical.Question{Reverse: reverse, Codings: []mapping.Coding{{System: e.System, Code: e.Code}}})
				if err != nil && s.URL != mapping.CareSocialCodes {
					t.Fatal(err)
				}
				for _, h := range a.Hits {
					way := arrow{e.Concept, mapping.Concept{System: h.Concept.System, Code: h.Concept.Code}, h.Equivalence}
					if reverse {
						way.from, way.to, way.relation = way.to, way.from, way.relation.Reverse()
					}
					if h.Equivalence.Match() {
						found[way]++
					}
				}
			}
		}
		return found
	}
	forward, backward := all(false), all(true)
	if len(forward) < 100 || len(forward) != len(backward) {
		t.Fatalf("%d matches forwards, %d backwards", len(forward), len(backward))
	}
	for a, n := range forward {
		if backward[a] != n {
			t.Errorf("%+v: forwards %d, backwards %d", a, n, backward[a])
		}
	}
}

func TestReverse(t *testing.T) {
	h := start(t, Limits{})
	a := h.send(t, "GET", operation+"?reverse=true&targetsystem="+ffb+"&system="+fsiii+"&code=B2", "")
	result, _, matches := read(t, a)
	if result != "true" || len(matches) != 1 || matches[0].code != let || matches[0].equivalence != "inexact" {
		t.Errorf("got %s", a.body)
	}
	a = h.send(t, "GET", operation+"?reverse=true&system="+ffb+"&code=1c327095-107f-4b96-88d0-ec562cb980be", "")
	if result, message, matches := read(t, a); result != "false" || message == "" || len(matches) != 0 {
		t.Errorf("nothing leads to Ikke vurderet: got %s", a.body)
	}
	outcomeText(t, h.send(t, "GET", operation+"?reverse=true&system="+ffb+"&code="+let+"&targetsystem=x", ""), 400, "not-supported")
	outcomeText(t, h.send(t, "GET", operation+"?reverse=true&system="+ffb+"&code="+let+"&area=x", ""), 400, "not-supported")
}

// A retired concept is answered in two visible steps, in both directions.
func TestBackwardsOverTwoSteps(t *testing.T) {
	h := start(t, Limits{})
	const current = "ae911e37-1ed5-4c30-9622-c73640f1c606"
	a := h.send(t, "GET", operation+"?system="+fsiii+"&code=I12.2&url=urn:tolk:ConceptMap:tilstand.fsiii-ffb.sygepleje", "")
	_, _, matches := read(t, a)
	if len(matches) == 0 {
		t.Errorf("Problemer med vandladning, retired: got %s", a.body)
	}
	for _, m := range matches {
		if m.via != current || !strings.HasPrefix(m.source, "urn:tolk:ConceptMap:tilstand.fsiii-ffb.") {
			t.Errorf("Problemer med vandladning, retired: got %s", a.body)
		}
		back := h.send(t, "GET", operation+"?reverse=true&system="+ffb+"&code="+m.code+"&url=urn:tolk:ConceptMap:tilstand.fsiii-ffb.sygepleje", "")
		_, _, found := read(t, back)
		if !slices.ContainsFunc(found, func(b match) bool {
			return b.display == "Problemer med vandladning" && b.via == current && strings.HasPrefix(b.source, "urn:tolk:ConceptMap:tilstand.fsiii-fsiii.")
		}) {
			t.Errorf("backwards: got %s", back.body)
		}
	}
}

func TestTranslateConceptRefuses(t *testing.T) {
	h := start(t, Limits{})
	for query, want := range map[string]string{
		"":              "400 code: nothing is asked about; accepted: code with system, coding, codeableConcept, or R5's sourceCode, targetCode and the like",
		"code=B2":       "400 system: required with code",
		"system=" + ffb: "400 code: nothing is asked about; accepted: code with system, coding, codeableConcept",
		"code=B2&system=" + fsiii + "&sourceKode=x":                          "400 sourceKode: unknown parameter; accepted: _format, code, system, version, coding, codeableConcept, url, conceptMap, conceptMapVersion, source, target, targetsystem, area, dependency, reverse, sourceCode",
		"code=B2&system=" + fsiii + "&sourceCode=x":                          "400 sourceCode: given beside code; accepted: ",
		"code=B2&system=" + fsiii + "&target=x":                              "404 target: unknown value set",
		"code=B2&system=" + fsiii + "&source=x":                              "404 source: unknown value set",
		"code=B2&system=" + fsiii + "&conceptMap=x":                          "400 conceptMap: accepted only in the Parameters of a POST",
		"code=B2&system=" + fsiii + "&coding=x":                              "400 coding: accepted only in the Parameters of a POST",
		"code=B2&system=" + fsiii + "&code=B3":                               "400 code: given more than once, accepted once",
		"code=B2&system=" + fsiii + "&reverse=yes":                           "400 reverse: accepted: true, false",
		"code=B2&system=" + fsiii + "&url=urn:x":                             "404 url: no concept map has this url",
		"code=B2&system=" + fsiii + "&conceptMapVersion=9":                   "404 conceptMapVersion: no concept map has this version",
		"code=B2&system=" + fsiii + "&version=1999":                          "404 version: unknown version of FSIII; accepted: ",
		"code=B2&system=" + fsiii + "&area=skole":                            "400 area: unknown area; accepted: ",
		"code=B2&system=" + fsiii + "&targetsystem=http://snomed.info/sct":   "400 targetsystem: no concept map leads there; accepted: ",
		"code=B2&system=" + ffb:                                              "422 code: unknown in FFB ",
		"code=B2&system=" + url.QueryEscape("http://snomed.info/sct"):        "404 system: unknown code system; accepted: ",
		"code=B2&system=" + fsiii + "&_format=yaml":                          "406 _format: answers are",
		"code=B2&system=" + fsiii + "&area=" + canary:                        "400 area: unknown area; accepted: ",
		"code=" + canary + "&system=" + fsiii:                                "422 code: unknown in FSIII ",
		"code=B2&system=" + fsiii + "&url=urn:tolk:ConceptMap:x&" + canary:   "400 unknown parameter; accepted: ",
		"code=B2&system=" + canary + "&targetsystem=urn:oid:1.2.208.176.2.2": "404 system: unknown code system; accepted: ",
	} {
		a := h.send(t, "GET", operation+"?"+query, "")
		text := outcomeText(t, a, a.status, textOf(a, "code"))
		if got := strings.TrimSpace(strconv.Itoa(a.status) + " " + text); !strings.HasPrefix(got, want) || strings.Contains(a.body, canary) {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
}

func TestParametersAreReadStrictly(t *testing.T) {
	h := start(t, Limits{})
	const known = `{"name":"coding","valueCoding":{"system":"urn:oid:1.2.208.176.2.22","code":"` + let + `"}}`
	in := func(list string) string { return `{"resourceType":"Parameters","parameter":[` + list + `]}` }
	for body, want := range map[string]string{
		``:                                 "400 the body is empty; expected Parameters",
		`{}`:                               "400 $this: expected a resource of type Parameters",
		`[]`:                               "400 $this: expected a resource of type Parameters",
		`{"resourceType":"Bundle"}`:        "400 Bundle: expected a resource of type Parameters",
		`{"RESOURCETYPE":"Parameters"}`:    "400 $this: expected a resource of type Parameters",
		`{"resourceType":"Parameters"}`:    "400 code: nothing is asked about",
		in(known)[:20] + `,"parameter":1}`: "400 ",
		`{"resourceType":"Parameters","parameter":{}}`:              "400 Parameters.parameter: expected an array",
		`{"resourceType":"Parameters","implicitRules":"x"}`:         "400 Parameters.implicitRules: accepted in Parameters: resourceType, id, meta, language, parameter",
		`{"resourceType":"Parameters","resourceType":"Parameters"}`: "400 ",
		in(`{}`): "400 Parameters.parameter[0].name: required",
		in(`7`):  "400 Parameters.parameter[0].name: required",
		in(known + `,{"name":"target","valueUri":"x"}`):                             "404 target: unknown value set",
		in(known + `,{"name":"tagret","valueUri":"x"}`):                             "400 tagret: unknown parameter; accepted: code, system, version, coding, codeableConcept, url, conceptMap, conceptMapVersion, source, target, targetsystem, area, dependency, reverse, sourceCode",
		in(known + `,` + known):                                                     "400 Parameters.parameter[1]: coding is given more than once, accepted once",
		in(known + `,{"name":"reverse","valueBoolean":"true"}`):                     "400 Parameters.parameter[1].valueBoolean: accepted: true, false",
		in(known + `,{"name":"reverse","valueString":"true"}`):                      "400 Parameters.parameter[1].valueString: accepted for reverse: one of valueBoolean",
		in(known + `,{"name":"reverse"}`):                                           "400 Parameters.parameter[1]: a value of reverse is required",
		in(known + `,{"name":"area","valueCode":"a","valueString":"b"}`):            "400 Parameters.parameter[1].valueString: accepted for area",
		in(known + `,{"name":"area","valueCode":7}`):                                "400 Parameters.parameter[1].valueCode: expected a string that is not empty",
		in(known + `,{"name":"dependency","part":{}}`):                              "400 Parameters.parameter[1].part: expected an array",
		in(known + `,{"name":"dependency","part":[]}`):                              "400 dependency: accepted: element area",
		in(known + `,{"name":"code","valueCode":"B2"}`):                             "400 coding: given beside code; accepted: ",
		in(known + `,{"name":"system","valueUri":"x"}`):                             "400 system: system and version go with code",
		in(`{"name":"coding","valueCoding":"x"}`):                                   "400 Parameters.parameter[0].valueCoding: expected a Coding",
		in(`{"name":"coding","valueCoding":{"kode":"x"}}`):                          "400 Parameters.parameter[0].valueCoding.kode: not an element of Coding",
		in(`{"name":"coding","valueCoding":{"code":"x"}}`):                          "422 Parameters.parameter[0].valueCoding.system: required",
		in(`{"name":"coding","valueCoding":{"system":"urn:oid:1.2.208.176.2.22"}}`): "422 Parameters.parameter[0].valueCoding.code: required",
		in(`{"name":"codeableConcept","valueCodeableConcept":{"text":"Søvn"}}`):     "400 Parameters.parameter[0].valueCodeableConcept.coding: required, an array",
		in(`{"name":"codeableConcept","valueCodeableConcept":{"coding":[],"x":1}}`): "400 Parameters.parameter[0].valueCodeableConcept.x: not an element of CodeableConcept",
		in(strings.Repeat(`{"name":"dependency","part":[]},`, 100) + known):         "413 Parameters.parameter: more than 100 parameters",
		in(`{"name":"` + canary + `","valueCode":"x"}`):                             "400 unknown parameter",
	} {
		a := h.send(t, "POST", operation, body)
		text := textOf(a, "details", "text")
		if got := strconv.Itoa(a.status) + " " + text; !strings.HasPrefix(got, want) || strings.Contains(a.body, canary) {
			t.Errorf("%.200s:\ngot  %s\nwant %s", body, got, want)
		}
	}
	if a := h.send(t, "POST", operation+"?code=x", in(known)); !strings.Contains(a.body, "code: unknown parameter; accepted: _format") {
		t.Errorf("a parameter in the query of a POST: got %s", a.body)
	}
	if a := h.send(t, "GET", operation+"?code=x&system=y", in(known)); a.status != 400 || !strings.Contains(a.body, "a GET has no body") {
		t.Errorf("a GET with a body: got %s", a.body)
	}
}
