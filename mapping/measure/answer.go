package measure

import (
	"slices"

	"tolk/mapping"
)

// Answers is the code system of the answers in KL's tools.
const Answers = "http://fhir.kl.dk/ffinst/CodeSystem/KLToolsCodes"

// Answer is one of the answers that an item of the kind Codeable may have.
type Answer struct {
	mapping.Coding // KL's

	// Score is the number that KL's display ends on: 0 to 5 in WHO-5, 1 to 3 in
	// EQ-5D, 0 to 4 in VRS. Of the level of consciousness two answers have 1.
	Score string

	// SNOMED is the finding that KL's profile wants beside its own code, where a
	// published example pairs the two. The value sets list the findings, but
	// nothing published says which belongs to which answer.
	SNOMED string
}

// Answers lists the answers of an item, as KL's value set orders them.
func (i Item) Answers() []Answer { return slices.Clone(tables().answers[i.Name]) }

// AnswerByCoding returns the item and the answer that a code of KL's means.
func AnswerByCoding(c mapping.Coding) (Item, Answer, bool) {
	if c.System != Answers {
		return Item{}, Answer{}, false
	}
	for name, answers := range tables().answers {
		for _, a := range answers {
			if a.Code == c.Code {
				i, ok := ByName(name)
				return i, a, ok
			}
		}
	}
	return Item{}, Answer{}, false
}

// AnswerByScore returns the answer that a score means, false where none or more
// than one does: a 1 for consciousness is agitated, or reacts to speech only.
func (i Item) AnswerByScore(score string) (answer Answer, ok bool) {
	for _, a := range tables().answers[i.Name] {
		if a.Score != score {
			continue
		}
		if ok {
			return Answer{}, false
		}
		answer, ok = a, true
	}
	return answer, ok
}

// addAnswer reads a row of answers.csv.
func (t *table) addAnswer(c []string) string {
	at, ok := t.byName[c[0]]
	if !ok || t.items[at].Kind != Codeable {
		return "name: not that of a row of measures.csv with the kind codeable"
	}
	if _, err := parseDecimal(c[3]); err != nil || c[1] == "" || c[2] == "" || c[5] == "" {
		return "code, display, score and source: all required"
	}
	for _, answers := range t.answers {
		if slices.ContainsFunc(answers, func(a Answer) bool { return a.Code == c[1] }) {
			return "code: is an answer already"
		}
	}
	t.answers[c[0]] = append(t.answers[c[0]], Answer{Coding: mapping.Coding{System: Answers, Code: c[1], Display: c[2]}, Score: c[3], SNOMED: c[4]})
	return ""
}
