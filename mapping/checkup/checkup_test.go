package checkup

import (
	"strings"
	"testing"

	"tolk/mapping/ledger"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

func examine(t *testing.T, entries ...string) ledger.Judgement {
	t.Helper()
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := tree.Parse(`{"resourceType":"Bundle","entry":[`+strings.Join(entries, ",")+`]}`, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := Examine(doc, terms)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func observation(url, loinc, quantity, more string) string {
	return `{"fullUrl":"` + url + `","resource":{"resourceType":"Observation","effectiveDateTime":"2026-11-20T09:10:00+01:00",` +
		`"code":{"coding":[{"system":"http://loinc.org","code":"` + loinc + `"}]},"valueQuantity":` + quantity + more + `}}`
}

const from = `,"derivedFrom":[{"reference":"urn:w"},{"reference":"urn:h"}]`

func told(j ledger.Judgement) string {
	var all []string
	for _, n := range j.Notices {
		all = append(all, n.Path+": "+n.Message)
	}
	return strings.Join(all, "\n")
}

func TestBMI(t *testing.T) {
	kg := func(v string) string { return observation("urn:w", "29463-7", `{"value":`+v+`,"code":"kg"}`, "") }
	cm := func(v, unit string) string {
		return observation("urn:h", "8302-2", `{"value":`+v+`,"code":"`+unit+`"}`, "")
	}
	bmi := func(v, more string) string {
		return observation("urn:b", "39156-5", `{"value":`+v+`,"code":"kg/m2"}`, more)
	}
	mistaken := func(o string) string {
		return strings.Replace(o, `"Observation"`, `"Observation","status":"entered-in-error"`, 1)
	}
	const mismatch = "Bundle.entry[2].resource.valueQuantity.value: the BMI does not follow"
	for name, c := range map[string]struct {
		entries []string
		want    string
	}{
		"agrees":                      {[]string{kg("98.2"), cm("169", "cm"), bmi("34.4", from)}, ""},
		"agrees, in metres":           {[]string{kg("98.2"), cm("1.69", "m"), bmi("34.4", from)}, ""},
		"does not agree":              {[]string{kg("98.2"), cm("169", "cm"), bmi("31.4", from)}, mismatch},
		"does not agree, same moment": {[]string{kg("98.2"), cm("169", "cm"), bmi("31.4", "")}, mismatch},
		"two weights, which is it":    {[]string{kg("98.2"), cm("169", "cm"), bmi("31.4", ""), kg("90")}, ""},
		"no height":                   {[]string{kg("98.2"), bmi("34.4", from)}, ""},
		"a mistaken weight and one":   {[]string{kg("98.2"), cm("169", "cm"), bmi("31.4", ""), mistaken(kg("982"))}, mismatch},
		"a mistaken weight alone":     {[]string{mistaken(kg("982")), cm("169", "cm"), bmi("34.4", "")}, ""},
		"a mistaken index":            {[]string{kg("98.2"), cm("169", "cm"), mistaken(bmi("344", from))}, ""},
	} {
		got := told(examine(t, c.entries...))
		if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if strings.Contains(got, "31.4") || strings.Contains(got, "98.2") {
			t.Errorf("%s: a value is told: %s", name, got)
		}
	}
}

func TestHardlyPossible(t *testing.T) {
	for name, c := range map[string]struct{ entry, want string }{
		"a negative BMI":      {observation("urn:b", "39156-5", `{"value":-3,"code":"kg/m2"}`, ""), "bmi"},
		"a height of 17 m":    {observation("urn:h", "8302-2", `{"value":17,"code":"m"}`, ""), "hoejde"},
		"a weight in metres":  {observation("urn:w", "29463-7", `{"value":80,"code":"m"}`, ""), "vaegt"},
		"pressures exchanged": {`{"resource":{"resourceType":"Observation","component":[` + part("8480-6", "80") + `,` + part("8462-4", "130") + `]}}`, "not above the diastolic"},
		"two meanings":        {`{"resource":{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"8302-2"},{"system":"http://loinc.org","code":"29463-7"}]}}}`, "contradict each other"},
	} {
		if got := told(examine(t, c.entry)); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q in it", name, got, c.want)
		}
	}
	if got := told(examine(t, observation("urn:w", "29463-7", `{"value":98.2,"code":"kg"}`, ""))); got != "" {
		t.Errorf("an ordinary weight: %s", got)
	}
}

func part(loinc, value string) string {
	return `{"code":{"coding":[{"system":"http://loinc.org","code":"` + loinc + `"}]},"valueQuantity":{"value":` + value + `,"code":"mm[Hg]"}}`
}

func TestScreeningProposesAndTells(t *testing.T) {
	answer := func(topic, code string) string {
		return `{"linkId":"` + topic + `","item":[{"linkId":"` + topic + `.observeret","answer":[{"valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/v2-0136","code":"` + code + `"}}]}]}`
	}
	response := func(items string) string {
		return `{"resource":{"resourceType":"QuestionnaireResponse","questionnaire":"urn:tolk:Questionnaire:sundhedsagent|1.0.0","status":"completed","item":[` + items + `]}}`
	}
	j := examine(t, response(answer("I3", "Y")+","+answer("selvmordstanker", "Y")))
	if len(j.Proposals) != 1 || len(j.Proposals[0].Candidates) == 0 {
		t.Errorf("got %d proposals, want one with candidates of I3: %s", len(j.Proposals), told(j))
	}
	if len(j.Notices) == 0 {
		t.Error("thoughts of suicide are told nobody")
	}
	if j := examine(t, response(answer("I3", "N"))); len(j.Proposals) != 0 {
		t.Error("a no proposes something")
	}
	if j := examine(t, `{"resource":{"resourceType":"QuestionnaireResponse","questionnaire":"urn:x","status":"completed"}}`); told(j) != "" || len(j.Proposals) != 0 {
		t.Errorf("another form says something: %s", told(j))
	}
}
