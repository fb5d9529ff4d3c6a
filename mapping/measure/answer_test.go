package measure

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"tolk/mapping"
)

func TestAnswers(t *testing.T) {
	total := 0
	for _, i := range All() {
		answers := i.Answers()
		if (i.Kind == Codeable) != (len(answers) > 0) {
			t.Errorf("%s: %s with %d answers", i.Name, i.Kind, len(answers))
		}
		total += len(answers)
		for _, a := range answers {
			item, got, ok := AnswerByCoding(mapping.Coding{System: Answers, Code: a.Code})
			if !ok || item.Name != i.Name || got != a {
				t.Errorf("%s: %s is read as %q, %v, %t", i.Name, a.Code, item.Name, got, ok)
			}
			if back, ok := i.AnswerByScore(a.Score); ok != !(i.Name == "bevidsthed" && a.Score == "1") || ok && back != a {
				t.Errorf("%s: the score %s gives %v, %t", i.Name, a.Score, back, ok)
			}
		}
	}
	if total != 55 {
		t.Errorf("%d answers, want 55", total)
	}
	conscious, _ := ByName("bevidsthed")
	for score, want := range map[string]string{"0": "Habituel (0)", "1": "", "2": "Reagerer kun på smerte (2)", "3": "Ingen reaktion (3)", "4": ""} {
		if got, ok := conscious.AnswerByScore(score); got.Display != want || ok != (want != "") {
			t.Errorf("consciousness %s: got %q, %t, want %q", score, got.Display, ok, want)
		}
	}
	if _, _, ok := AnswerByCoding(mapping.Coding{System: "urn:x", Code: conscious.Answers()[0].Code}); ok {
		t.Error("a code of another system is an answer")
	}
}

// The answers of an item are those of its value set, with the display of the
// code system, which ends on the score; a finding stands beside its answer in
// an example.
func TestAnswersArePublished(t *testing.T) {
	system := states(resource(t, source(t, "kl.dk.fhir.ffinst#1.0.0 CodeSystem-KLToolsCodes")))
	inSet, listed := map[string]int{}, map[string]int{} // by value set: in the table, and published
	for _, row := range rows(t, "answers.csv") {
		concept := mapping.Concept{System: Answers, Code: row["code"]}
		set := states(resource(t, source(t, "kl.dk.fhir.ffinst#1.0.0 "+row["source"])))
		inSet[row["source"]]++
		if _, ok := set[concept]; !ok {
			t.Errorf("%s: %s is not in %s", row["name"], row["code"], row["source"])
		}
		if !slices.Contains(system[concept], row["display"]) {
			t.Errorf("%s: %s: the display is %q, published: %q", row["name"], row["code"], row["display"], system[concept])
		}
		if score := scored.FindStringSubmatch(row["display"]); score == nil || score[1]+score[2] != row["score"] {
			t.Errorf("%s: the score of %q is %s", row["name"], row["display"], row["score"])
		}
		maps.DeleteFunc(set, func(c mapping.Concept, _ []string) bool { return c.System != Answers }) // its jurisdiction
		listed[row["source"]] = len(set)
	}
	for name, n := range inSet {
		if listed[name] != n {
			t.Errorf("%s has %d answers, the table %d", name, listed[name], n)
		}
	}
	paired := map[string]string{}
	for _, example := range []string{"Consciousness", "PainVRS"} {
		r := resource(t, source(t, "examples/kl.dk.fhir.ffinst Observation-Helene"+example))
		value, _ := r["valueCodeableConcept"].(map[string]any)
		codings := list(value["coding"])
		if len(codings) != 2 {
			t.Fatalf("%s: %d codings", example, len(codings))
		}
		paired[text(codings[0]["code"])] = text(codings[1]["code"])
	}
	for _, row := range rows(t, "answers.csv") {
		if paired[row["code"]] != row["snomed"] {
			t.Errorf("%s: %s: the finding is %q, published beside it: %q", row["name"], row["code"], row["snomed"], paired[row["code"]])
		}
	}
}

// scored finds the score in a display: "Lette smerter (1)", "WHO-5 Hele tiden -
// 5 (glad)".
var scored = regexp.MustCompile(`\((\d)\)$|- (\d) \(`)
