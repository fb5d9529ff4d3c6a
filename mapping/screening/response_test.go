package screening

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// response is a whole response to the form: yes to I3, I10 and sundhedsforhold,
// don't know to I9 and selvmordstanker, and no to the rest.
func response(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/response.json")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := json.NewEncoder(&b).Encode(json.RawMessage(text)); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func parsed(t testing.TB, text string) *tree.Doc {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return d
}

func read(t testing.TB, text string) *Response {
	t.Helper()
	r, err := Read(parsed(t, text), 0)
	if err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return r
}

func proposals(t testing.TB, r *Response) []ledger.Proposal {
	t.Helper()
	all, err := r.Proposals(snapshot(t))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestProposals(t *testing.T) {
	d := parsed(t, response(t))
	got, err := Proposals(d, 0, snapshot(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		row   string
		codes []string
	}{
		{"I3.observeret", []string{"42b04f2b-3208-4cce-b52a-a5b293ce8846", "bc65b137-9f5a-4889-82c2-c6764e5507f0"}}, // not the five retired ones
		{"I10.observeret", []string{"f5a9fb78-bd27-4d98-821a-757cd65fab53"}},
		{"sundhedsforhold.observeret", []string{"081ab1be-7dc1-41fa-803c-12a146eb0b74", "0b650369-258a-4d01-a811-42b306c2f89d",
			"69dbfad7-859a-4596-8737-8054f6b4948f", "83376fdb-f55d-4dd9-944e-b49631a9836f", "c67aed23-d4f3-4ae6-8886-156c99048e5b",
			"c8f4475a-8de3-4920-ad0c-eea78c49a68d", "e6f82424-da5a-41d1-bd1a-5796aa79d5f2", "f5b8e809-7689-4952-838c-a069c99408b3"}},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d proposals, want %d", len(got), len(want))
	}
	for i, p := range got {
		var codes []string
		for _, c := range p.Candidates {
			codes = append(codes, c.Code)
			if c.Map != "urn:tolk:Questionnaire:sundhedsagent|1.0.0" || c.Row != want[i].row {
				t.Errorf("got map %s, row %s, want row %s", c.Map, c.Row, want[i].row)
			}
		}
		if strings.Join(codes, " ") != strings.Join(want[i].codes, " ") {
			t.Errorf("%s: got %v, want %v", want[i].row, codes, want[i].codes)
		}
	}
	c := got[0].Candidates[0]
	if c.Area != mapping.Sygepleje || c.Reason != "pædagogens iagttagelse under Ernæring; kræver en sygeplejefaglig vurdering" || !strings.Contains(c.Held, "nurse") {
		t.Errorf("got %+v", c)
	}
	if c := got[2].Candidates[0]; c.Area != "" || !strings.Contains(c.Reason, "socialfaglig") || !strings.Contains(c.Held, "social worker") {
		t.Errorf("got %+v", c)
	}
	if path := "QuestionnaireResponse.item[5].item[0].answer[0].valueCoding"; got[0].Path != path {
		t.Errorf("got %s, want %s", got[0].Path, path)
	}
}

func TestWholeResponseHasNoNotices(t *testing.T) {
	r := read(t, response(t))
	for _, n := range r.Notices {
		t.Error(n)
	}
	d := parsed(t, response(t))
	for _, f := range r.Findings {
		if f.Key == "I3" && (!strings.HasPrefix(d.Text(f.Description), "Spiser næsten") || d.Text(f.Since) != "2026-09") {
			t.Errorf("got %q, %q", d.Text(f.Description), d.Text(f.Since))
		}
	}
}

// Doubt about suicide is told as urgent, and so is a yes; nothing is proposed from
// either.
func TestUrgent(t *testing.T) {
	for code, want := range map[string]int{"Y": 1, "asked-unknown": 1, "N": 0} {
		text := single("selvmordstanker", code)
		r := read(t, text)
		if got := r.Urgent(); len(got) != want || want > 0 && (got[0].Key != "selvmordstanker" || got[0].Answer != Answer(code) || got[0].Path == "") {
			t.Errorf("%s: got %v", code, got)
		}
		if got := proposals(t, r); len(got) > 0 {
			t.Errorf("%s: got %d proposals, want none", code, len(got))
		}
	}
	if got := read(t, response(t)).Urgent(); len(got) != 1 || got[0].Answer != DontKnow {
		t.Errorf("got %v", got)
	}
}

// answer writes one answered question.
func answer(key, code string) string {
	system := yesNo
	if code == string(DontKnow) {
		system = absent
	}
	return `{"linkId":"` + key + `.observeret","answer":[{"valueCoding":{"system":"` + system + `","code":"` + code + `"}}]}`
}

func wrap(items string) string {
	return `{"resourceType":"QuestionnaireResponse","id":"a","questionnaire":"` + Canonical + `","status":"completed","item":[` + items + `]}`
}

func single(key, code string) string { return wrap(answer(key, code)) }

// Whatever is answered, what is proposed is exactly what was answered with yes:
// every current condition under it, each inexact and held, and nothing is ever
// asserted.
func TestOnlyYesProposes(t *testing.T) {
	terms := snapshot(t)
	topics, err := Topics()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		given := map[string]string{}
		var items []string
		for _, topic := range topics {
			code := rapid.SampledFrom([]string{"", "Y", "N", "asked-unknown"}).Draw(t, topic.Key)
			if code != "" {
				given[topic.Key] = code
				items = append(items, `{"linkId":"`+topic.Key+`","item":[`+answer(topic.Key, code)+`]}`)
			}
		}
		text := wrap(strings.Join(rapid.Permutation(items).Draw(t, "order"), ","))
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := Proposals(d, 0, terms)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := Proposals(d, 0, terms)
		ids := map[string]bool{}
		proposed := map[string]int{}
		for i, p := range all {
			for k, c := range p.Candidates {
				key := strings.TrimSuffix(c.Row, ".observeret")
				proposed[key]++
				e, ok := terms.Lookup(c.System, c.Code)
				if !ok || e.Kind != terminology.Condition || e.Status == terminology.Retired || e.Heading() || e.Display != c.Display {
					t.Fatalf("%s: %s is no current condition", key, c.Code)
				}
				if c.Relation != mapping.Inexact || c.Held == "" || c.Reason == "" || c.ID == "" || ids[c.ID] {
					t.Fatalf("%s: got %+v", key, c)
				}
				if ids[c.ID] = true; again[i].Candidates[k].ID != c.ID {
					t.Fatalf("%s: another id the second time", key)
				}
			}
		}
		for _, topic := range topics {
			want := 0
			if given[topic.Key] == "Y" && !topic.Urgent {
				e, _ := terms.Lookup(topic.System, topic.Code)
				for _, c := range e.Children {
					if c.Status != terminology.Retired {
						want++
					}
				}
				if want == 0 {
					t.Fatalf("%s: no condition stands under it", topic.Key)
				}
			}
			if proposed[topic.Key] != want {
				t.Fatalf("%s answered %q: got %d candidates, want %d", topic.Key, given[topic.Key], proposed[topic.Key], want)
			}
		}
	})
}

func TestRefused(t *testing.T) {
	whole := single("I3", "Y")
	for name, c := range map[string]struct {
		old, new string
		kind     mapping.Kind
		says     string
	}{
		"type":            {`"QuestionnaireResponse"`, `"Observation"`, mapping.Invalid, "expected QuestionnaireResponse"},
		"no form":         {`"questionnaire":"` + Canonical + `",`, ``, mapping.Required, URL},
		"another form":    {URL, `http://example.org/Questionnaire/x`, mapping.NotSupported, "accepted: " + URL},
		"another version": {`|1.0.0`, `|2.0.0`, mapping.NotSupported, "accepted: " + Canonical},
		"empty version":   {`|1.0.0`, `|`, mapping.NotSupported, "accepted: " + Canonical},
		"in error":        {`"completed"`, `"entered-in-error"`, mapping.BusinessRule, "entered-in-error"},
		"modifier":        {`"id":"a"`, `"modifierExtension":[{"url":"urn:not","valueBoolean":true}]`, mapping.NotSupported, "modifierExtension"},
		"implicit rules":  {`"id":"a"`, `"implicitRules":"urn:other"`, mapping.NotSupported, "implicitRules"},
	} {
		text := strings.Replace(whole, c.old, c.new, 1)
		if text == whole {
			t.Fatalf("%s: nothing is broken", name)
		}
		_, err := Read(parsed(t, text), 0)
		e, ok := err.(*mapping.Error)
		if !ok || e.Kind != c.kind || !strings.Contains(e.Error(), c.says) {
			t.Errorf("%s: got %v, want %s with %q", name, err, c.kind, c.says)
		}
		if _, err := Proposals(parsed(t, text), 0, snapshot(t)); err == nil {
			t.Errorf("%s: Proposals takes it", name)
		}
	}
}

// noticed is one fault in an item: what is said, and how much is still proposed.
func TestNoticed(t *testing.T) {
	yes := answer("I3", "Y")
	in := func(old, new string) string { return strings.Replace(yes, old, new, 1) }
	for name, c := range map[string]struct {
		items, says, value string
		proposed           int
	}{
		"unknown linkId":         {in(`I3.observeret`, `I13.observeret`), "item[0].linkId: unknown in " + Canonical, "I13.observeret", 0},
		"below an unknown one":   {`{"linkId":"mit","item":[` + yes + `]}`, "item[0].linkId: unknown", "mit", 1},
		"no linkId":              {in(`"linkId":"I3.observeret",`, ``), "linkId: required", "", 0},
		"text for a code":        {in(`"valueCoding":{"system":"`+yesNo+`","code":"Y"}`, `"valueString":"ja"`), "expected a valueCoding", "", 0},
		"boolean":                {in(`"valueCoding":{"system":"`+yesNo+`","code":"Y"}`, `"valueBoolean":true`), "expected a valueCoding", "", 0},
		"another system":         {in(yesNo, `urn:other`), "valueCoding: accepted: ", "urn:other#Y", 0},
		"no system":              {in(`"system":"`+yesNo+`",`, ``), "valueCoding: accepted: ", "#Y", 0},
		"display alone":          {in(`"code":"Y"`, `"display":"Ja"`), "valueCoding: accepted: ", yesNo + "#", 0},
		"modifier on the item":   {in(`"answer"`, `"modifierExtension":[{"url":"urn:not","valueBoolean":true}],"answer"`), "modifierExtension", "", 0},
		"modifier on the answer": {in(`{"valueCoding"`, `{"modifierExtension":[{"url":"urn:not","valueBoolean":true}],"valueCoding"`), "modifierExtension", "", 0},
		"no array":               {`{"linkId":"I3.observeret","answer":{"valueCoding":{"system":"` + yesNo + `","code":"Y"}}}`, "answer: expected an array", "", 0},
		"twice, the last no":     {yes + "," + answer("I3", "N"), "is there already", "I3.observeret", 1},
		"twice, the first no":    {answer("I3", "N") + "," + yes, "is there already", "I3.observeret", 1},
		"elsewhere":              {yes, "stands elsewhere", "I3.observeret", 1},
		"31 February":            {yes + `,{"linkId":"I3.siden","answer":[{"valueDate":"2026-02-31"}]}`, "expected a date of the calendar", "2026-02-31", 1},
		"described under a no":   {answer("I3", "N") + `,{"linkId":"I3.beskrivelse","answer":[{"valueString":"noget"}]}`, "I3 is described, but not answered with yes", "", 0},
		"a number as text":       {yes + `,{"linkId":"I3.beskrivelse","answer":[{"valueInteger":3}]}`, "expected a valueString", "", 1},
		"not answered":           {yes, "no answer to akut_fare.observeret, selvmordstanker.observeret", "", 1},
	} {
		r := read(t, wrap(c.items))
		said := false
		for _, n := range r.Notices {
			if strings.Contains(n.Error(), c.says) && (c.value == "" || n.Value == c.value) {
				said = true
			}
			if strings.Contains(n.Error(), "urn:other") || strings.Contains(n.Error(), "2026-02-31") || strings.Contains(n.Error(), "I13") {
				t.Errorf("%s: the sender's words are in the message: %v", name, n)
			}
		}
		if !said {
			t.Errorf("%s: got %v, want %q", name, r.Notices, c.says)
		}
		if got := len(proposals(t, r)); got != c.proposed {
			t.Errorf("%s: got %d proposals, want %d", name, got, c.proposed)
		}
	}
}

func TestStatusAndVersionNoticed(t *testing.T) {
	whole := single("I3", "Y")
	for name, c := range map[string]struct{ old, new, says string }{
		"no version": {"|1.0.0", "", "names no version"},
		"begun":      {`"completed"`, `"in-progress"`, "the form is not finished"},
		"no status":  {`"status":"completed",`, ``, "status: expected"},
	} {
		r := read(t, strings.Replace(whole, c.old, c.new, 1))
		said := false
		for _, n := range r.Notices {
			said = said || strings.Contains(n.Error(), c.says)
		}
		if !said || len(proposals(t, r)) != 1 {
			t.Errorf("%s: got %v", name, r.Notices)
		}
	}
}

// A document of faults is answered with a bounded number of notices.
func TestNoticesAreBounded(t *testing.T) {
	r := read(t, wrap(strings.Repeat(`{"linkId":"x"},`, 5000)+`{"linkId":"x"}`))
	if len(r.Notices) != mostNotices+1 || !strings.Contains(r.Notices[mostNotices].Message, "further notices left out: 49") {
		t.Errorf("got %d notices, the last: %v", len(r.Notices), r.Notices[len(r.Notices)-1])
	}
}

// Another response, another place or another topic is another id.
func TestCandidateIDsTellResponsesApart(t *testing.T) {
	first := func(text string) string { return proposals(t, read(t, text))[0].Candidates[0].ID }
	whole := single("I3", "Y")
	seen := map[string]bool{}
	for _, text := range []string{whole, strings.Replace(whole, `"id":"a"`, `"id":"b"`, 1), strings.Replace(whole, `"id":"a",`, ``, 1), single("I4", "Y")} {
		id := first(text)
		if seen[id] || len(id) != 12 || !strings.HasPrefix(id, "p-") {
			t.Errorf("got %q again, or of another form", id)
		}
		seen[id] = true
	}
}

// In a Bundle the paths are those of the Bundle.
func TestInABundle(t *testing.T) {
	d := parsed(t, `{"resourceType":"Bundle","entry":[{"resource":`+single("I3", "Y")+`}]}`)
	all, err := Proposals(d, d.Find(0, "entry", "resource"), snapshot(t))
	if err != nil || len(all) != 1 || all[0].Path != "Bundle.entry[0].resource.item[0].answer[0].valueCoding" {
		t.Errorf("got %+v, %v", all, err)
	}
}

// Whatever comes, nothing panics, no more is proposed than yes was said, and the
// paths are those of the document.
func FuzzRead(f *testing.F) {
	f.Add(response(f))
	f.Add(single("I3", "Y"))
	f.Add(wrap(answer("I3", "Y") + `,{"linkId":"I3","item":{},"answer":[1,null,{"item":[` + answer("I4", "Y") + `]}]}`))
	f.Add(`{"resourceType":"QuestionnaireResponse","questionnaire":"http://fhir.kl.dk/ffinst/Questionnaire/KLToolsCareWHO5","item":[{"linkId":"calm"}]}`)
	terms := snapshot(f)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			return
		}
		paths, yes := map[string]bool{}, 0
		for n := range tree.ID(d.Len()) {
			if d.Text(n) == "Y" {
				yes++
			}
			if len(paths) < 2000 {
				paths[d.Path(n)] = true
			}
		}
		all, err := Proposals(d, 0, terms)
		if err == nil && len(all) > yes {
			t.Errorf("%d proposals of %d yes", len(all), yes)
		}
		for _, p := range all {
			if d.Len() < 2000 && !paths[p.Path] {
				t.Errorf("no such place: %s", p.Path)
			}
		}
		if _, _, err := Tool(d, 0); err == nil && len(all) > 0 {
			t.Error("it answers two forms")
		}
	})
}

// The ledger is told what is urgent before anything else, and nobody's words.
func TestTold(t *testing.T) {
	r := read(t, wrap(`{"linkId":"en hemmelighed"},`+answer("I3", "N")+","+answer("selvskade", "Y")))
	told := r.Told()
	if len(told) != len(r.Notices)+1 || !strings.HasPrefix(told[0].Message, "urgent: selvskade is answered with yes") ||
		told[0].Path != "QuestionnaireResponse.item[2].answer[0].valueCoding" {
		t.Fatalf("got %v", told)
	}
	for _, n := range told {
		if strings.Contains(n.Message+n.Path, "hemmelighed") {
			t.Errorf("the respondent's words: %v", n)
		}
	}
}
