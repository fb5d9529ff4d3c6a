package web

import (
	"fmt"
	"net/http"
	"strconv"

	"tolk/mapping"
)

// words are a text in the languages of the pages. With values it is a format of
// fmt.
type words struct{ da, en string }

// wordTables are the words of every part, by key. A key begins with its part.
var wordTables = []map[string]words{frameWords, homeWords, conceptWords, coverageWords, translateWords, referenceWords, exchangeWords}

// languages are those of the pages, the usual one first.
var languages = []string{"da", "en"}

// languageCookie keeps the language that somebody chose, and nothing else.
const languageCookie = "lang"

// say returns the words of a key.
func say(lang, key string, values ...any) string {
	for _, table := range wordTables {
		w, ok := table[key]
		if !ok {
			continue
		}
		text := w.da
		if lang == "en" {
			text = w.en
		}
		if len(values) == 0 {
			return text
		}
		return fmt.Sprintf(text, values...)
	}
	return key // a test holds that there is none such
}

// known reports whether there are words for a key.
func known(key string) bool {
	for _, table := range wordTables {
		if _, ok := table[key]; ok {
			return true
		}
	}
	return false
}

// languageOf is the language of an answer: the one that the address names, else
// the one chosen before, else the one that the browser wants more, else Danish.
func languageOf(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); l == "da" || l == "en" {
		return l
	}
	if c, err := r.Cookie(languageCookie); err == nil && (c.Value == "da" || c.Value == "en") {
		return c.Value
	}
	return mapping.Language(r.Header.Get("Accept-Language"), "da")
}

// number writes a number as the language does: 1.234 in Danish, 1,234 in English.
func number(lang string, n int) string {
	text, mark := strconv.Itoa(n), "."
	if lang == "en" {
		mark = ","
	}
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + mark + text[i:]
	}
	return text
}
