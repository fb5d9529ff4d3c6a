package web

import "strings"

// The small words that a sentence of one language has, and one of the other has not.
var (
	danishWords  = wordSet("af dem den der det dette dig du efter eller en er et forventet fra findes har hun hvad hver hvert hvor hvordan ikke ingen intet kan kun kræver læses med men mangler må nogen når og også om på sig siger skal skrives som står til uden ud var ved været")
	englishWords = wordSet("a all an and another any are as back be been but by cannot does each every expected from goes had has have in is it its makes no nobody none not nothing of on only or other same says something stands such than that the them they this to two was what where which who whom whose with without")
)

func wordSet(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}

// tongue is the language of a text that is not the page's own, da or en: what the
// mappings say is in English, but for some reasons and descriptions of examples. Who
// reads pages aloud needs to know.
func tongue(text string) string {
	danish, english := tongues(text)
	if danish > english {
		return "da"
	}
	return "en"
}

// tongues counts the words of a text that tell its language.
func tongues(text string) (danish, english int) {
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" .,;:()»«'\"!?/\n", r) }) {
		if danishWords[w] {
			danish++
		}
		if englishWords[w] {
			english++
		}
	}
	return danish, english
}
