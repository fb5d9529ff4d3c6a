package web

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// saidIn is a text that is not the page's own, or a part of one, with its language.
type saidIn struct{ Lang, Text string }

// told is what the pages, the server and the node say to a reader in a language: in
// Danish as far as there are Danish words for it. What comes behind that, as a person's
// own reason, stays as it is.
func told(lang, message string) []saidIn {
	if message == "" {
		return nil
	}
	if lang != "da" {
		return []saidIn{{tongue(message), message}}
	}
	if danish, ok := inDanish(message); ok {
		return []saidIn{{"da", danish}}
	}
	var known []string
	for rest := message; ; {
		sentence, behind, more := strings.Cut(rest, ": ")
		danish, ok := inDanish(sentence)
		if !ok {
			if len(known) == 0 {
				return []saidIn{{tongue(rest), rest}}
			}
			return []saidIn{{"da", strings.Join(known, ": ")}, {tongue(rest), rest}}
		}
		if known = append(known, danish); !more {
			return []saidIn{{"da", strings.Join(known, ": ")}}
		}
		rest = behind
	}
}

// told is what told says, as one text.
func (v *view) told(message string) string {
	var all []string
	for _, one := range told(v.lang, message) {
		all = append(all, one.Text)
	}
	return strings.Join(all, ": ")
}

// wordsWithValues are the sentences that have values in them, the longest first.
var wordsWithValues = sync.OnceValue(func() (all []sentenceWithValues) {
	for _, table := range sayings {
		for _, english := range slices.Sorted(maps.Keys(table)) {
			if strings.Contains(english, "%s") {
				pattern := strings.ReplaceAll(regexp.QuoteMeta(english), "%s", "([^;]+?)")
				all = append(all, sentenceWithValues{regexp.MustCompile("^" + pattern + "$"), english, table[english]})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b sentenceWithValues) int { return cmp.Compare(len(b.english), len(a.english)) })
	return all
})

type sentenceWithValues struct {
	pattern         *regexp.Regexp
	english, danish string
}

// sayings are the tables of what is said in Danish.
var sayings = []map[string]string{faultWords, settingWords, serverWords, nodeWords}

// choice is names to choose from.
var choice = regexp.MustCompile(`^(?:[a-z0-9]+, )*[a-z0-9]+ or [a-z0-9]+$`)

// inDanish is a sentence in Danish, false where there are no words for it.
func inDanish(sentence string) (string, bool) {
	for _, table := range sayings {
		if danish, ok := table[sentence]; ok {
			return danish, true
		}
	}
	if refused, meant, ok := strings.Cut(sentence, "; did you mean "); ok {
		danish, ok := inDanish(refused)
		return danish + "; mente du " + meant, ok
	}
	for _, one := range wordsWithValues() {
		m := one.pattern.FindStringSubmatch(sentence)
		if m == nil {
			continue
		}
		var values []any
		for _, value := range m[1:] {
			if danish, ok := nodeWords[value]; ok {
				value = danish
			}
			if state := "exchange.state." + value; known(state) {
				value = "»" + say(languages[0], state) + "«"
			}
			if choice.MatchString(value) {
				value = strings.Replace(value, " or ", " eller ", 1)
			}
			values = append(values, value)
		}
		return fmt.Sprintf(one.danish, values...), true
	}
	return "", false
}
