package screening

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/mapping"
)

func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shared.Path(t, "official"), "examples", "kl.dk.fhir.ffinst", "QuestionnaireResponse-"+name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The codes of each item are those of the value set that KL's package has for
// it, neither more nor fewer.
func TestToolCodesAreKLs(t *testing.T) {
	official := shared.Path(t, "official")
	all, err := tools()
	if err != nil || len(all) != 2 {
		t.Fatalf("%d tools: %v", len(all), err)
	}
	names := map[string]string{"happy": "WHO5AnswerCodesHappy", "calm": "WHO5AnswerCodesCalm", "active": "WHO5AnswerCodesActive",
		"rested": "WHO5AnswerCodesRested", "interest": "WHO5AnswerCodesInterest", "mobility": "EQ5Dmobility", "hygiene": "EQ5Dhygiene",
		"activity": "EQ5Dactivity", "pain": "EQ5Dpain", "anxiety": "EQ5Danxiety"}
	checked := 0
	for _, tool := range all {
		for linkID, codes := range tool.codes {
			raw, err := os.ReadFile(filepath.Join(official, "packages", "kl.dk.fhir.ffinst#1.0.0", "package", "ValueSet-"+names[linkID]+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var set struct {
				Compose struct {
					Include []struct {
						System  string
						Concept []struct{ Code string }
					}
				}
			}
			if err := json.Unmarshal(raw, &set); err != nil || len(set.Compose.Include) != 1 || set.Compose.Include[0].System != toolsCodes {
				t.Fatalf("%s: %v", names[linkID], err)
			}
			var want []string
			for _, c := range set.Compose.Include[0].Concept {
				want = append(want, c.Code)
			}
			if !slices.Equal(codes, want) {
				t.Errorf("%s: got %v, want %v", linkID, codes, want)
			}
			checked++
		}
	}
	if checked != 10 {
		t.Errorf("%d items with codes, want 10", checked)
	}
}

// KL's own examples are as KL's package has them.
func TestToolExamples(t *testing.T) {
	for name, want := range map[string]Measure{"WHO-5AnswerMark": WHO5, "EQ5DAnswerHelene": EQ5D} {
		got, notices, err := Tool(parsed(t, example(t, name)), 0)
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
		for _, n := range notices {
			t.Errorf("%s: %v", name, n)
		}
	}
}

func TestToolNotices(t *testing.T) {
	for name, c := range map[string]struct{ of, old, new, says string }{
		"answer of another item":    {"WHO-5AnswerMark", `"code":"1ab11c78-6258-4069-9065-0f076833b133"`, `"code":"a3779fc5-d7b3-4d03-bdaf-5ae5a40b0899"`, "the value set of calm has no such code"},
		"another system":            {"WHO-5AnswerMark", `"valueCoding":{"system":"` + toolsCodes + `"`, `"valueCoding":{"system":"http://loinc.org"`, "has no such code"},
		"unknown linkId":            {"WHO-5AnswerMark", `"linkId":"calm"`, `"linkId":"score"`, "unknown in "},
		"missing answer":            {"WHO-5AnswerMark", `"linkId":"calm"`, `"linkId":"happy"`, "no answer to calm"},
		"two answers":               {"EQ5DAnswerHelene", `[{"valueInteger":70}]`, `[{"valueInteger":70},{"valueInteger":71}]`, "one answer is expected"},
		"a scale that is no number": {"EQ5DAnswerHelene", `"valueInteger":70`, `"valueString":"70"`, "expected a valueInteger"},
		"half a point":              {"EQ5DAnswerHelene", `"valueInteger":70`, `"valueInteger":70.5`, "expected a whole number"},
		"no scale":                  {"EQ5DAnswerHelene", `,{"linkId":"vas","answer":[{"valueInteger":70}]}`, ``, "no answer to vas"},
		"no informer":               {"EQ5DAnswerHelene", informer, "urn:other", "who informed"},
	} {
		whole := example(t, c.of)
		text := strings.Replace(whole, c.old, c.new, 1)
		if text == whole {
			t.Fatalf("%s: nothing is broken", name)
		}
		_, notices, err := Tool(parsed(t, text), 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.ContainsFunc(notices, func(n *mapping.Error) bool { return strings.Contains(n.Error(), c.says) }) {
			t.Errorf("%s: got %v, want %q", name, notices, c.says)
		}
	}
}

func TestToolRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"our form": single("I3", "Y"),
		"version":  `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"http://fhir.kl.dk/ffinst/Questionnaire/KLToolsCareWHO5|0.9"}`,
		"no form":  `{"resourceType":"QuestionnaireResponse","status":"completed"}`,
	} {
		if m, _, err := Tool(parsed(t, text), 0); err == nil || m != "" || !strings.Contains(err.Error(), "accepted: http://fhir.kl.dk/ffinst/Questionnaire/KLToolsCare") {
			t.Errorf("%s: got %q, %v", name, m, err)
		}
	}
	for name, text := range map[string]string{
		"empty":   "",
		"columns": "measure,code\nwho5,x\n",
		"no code": "measure,questionnaire,linkid,type,code\nwho5,u,happy,choice,\n",
		"type":    "measure,questionnaire,linkid,type,code\nwho5,u,happy,text,\n",
	} {
		if _, err := parseTools(text); err == nil || !strings.HasPrefix(err.Error(), "tools.csv:") {
			t.Errorf("%s: got %v, want an error that names the line", name, err)
		}
	}
}
