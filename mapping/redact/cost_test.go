package redact

import (
	"fmt"
	"strings"
	"testing"
)

// spelledOut is a number in letters, with something between those that are told.
func spelledOut(i, letters int, between map[int]string) string {
	var b strings.Builder
	for k := range letters {
		b.WriteString(between[k])
		b.WriteByte(byte('a' + i%26))
		i /= 26
	}
	return b.String()
}

// listed is a document of many strings that differ.
func listed(before, after string, n int, each func(i int) string) string {
	var b strings.Builder
	b.WriteString(before)
	for i := range n {
		if i > 0 && !strings.HasPrefix(each(0), "<") {
			b.WriteByte(',')
		}
		b.WriteString(each(i))
	}
	return b.String() + after
}

// A document may have so many short strings that there are hardly any others to stand
// for them, and so many members that each cannot be looked for among all: twice as many
// cost twice as much.
func TestCostIsLinear(t *testing.T) {
	cost := func(text string) (drawn, looked int) {
		s := newSession(redactor(t))
		if _, err := s.redact(text, ""); err != nil {
			t.Fatal(err)
		}
		return s.drawn, s.looked
	}
	quoted := func(letters int, between map[int]string) func(int) string {
		return func(i int) string { return `"` + spelledOut(i, letters, between) + `"` }
	}
	member := func(i int) string { return fmt.Sprintf(`"m%d":"%s"`, i, spelledOut(i, 5, nil)) }
	for name, of := range map[string]struct {
		before, after string
		each          func(int) string
	}{
		"four letters":    {`{"resourceType":"Patient","x":[`, `]}`, quoted(4, nil)},
		"two words":       {`{"resourceType":"Patient","x":[`, `]}`, quoted(4, map[int]string{2: " "})},
		"three words":     {`{"resourceType":"Patient","x":[`, `]}`, quoted(4, map[int]string{2: " ", 3: " "})},
		"with a dot":      {`{"resourceType":"Patient","x":[`, `]}`, quoted(4, map[int]string{2: "."})},
		"names":           {`{"resourceType":"Patient","name":[{"given":[`, `]}]}`, quoted(4, nil)},
		"identifiers":     {`{"resourceType":"Patient","identifier":[{"value":[`, `]}]}`, quoted(3, map[int]string{0: "7"})},
		"members":         {`{"dokument":"tilstande","x":{`, `}}`, member},
		"members of FHIR": {`{"resourceType":"Patient","x":{`, `}}`, member},
		"elements":        {`<MedicineCard>`, `</MedicineCard>`, func(i int) string { return "<BirthDate>" + spelledOut(i, 4, nil) + "</BirthDate>" }},
		"messages":        {`<VANSEnvelope>`, `</VANSEnvelope>`, func(i int) string { return fmt.Sprintf("<SizeInBytes>%d</SizeInBytes>", i) }},
	} {
		const n = 5_000
		drawn, looked := cost(listed(of.before, of.after, n, of.each))
		twiceDrawn, twiceLooked := cost(listed(of.before, of.after, 2*n, of.each))
		if twiceDrawn > 3*drawn || twiceDrawn > 2*n*20 {
			t.Errorf("%s: %d strings cost %d draws, twice as many %d", name, n, drawn, twiceDrawn)
		}
		if twiceLooked > 3*looked+few || twiceLooked > 2*n*20 {
			t.Errorf("%s: %d members are looked at for %d strings, %d for twice as many", name, looked, n, twiceLooked)
		}
	}
}

// A text may mention what the document says elsewhere thousands of times, and may be as
// long as a document: one of twice as many words costs twice as much.
func TestCostOfALongText(t *testing.T) {
	cost := func(text string) (heard, hashed int) {
		s := newSession(redactor(t))
		if _, err := s.redact(text, ""); err != nil {
			t.Fatal(err)
		}
		return s.heard, s.hashed
	}
	for name, of := range map[string]struct{ code, each string }{
		"one mention":                  {"Zebravang", "Zebravang "},
		"mentions between words":       {"Zebravang", "og Zebravang er "},
		"a mention in a mention":       {"Kajsa Zebravang", "Kajsa Zebravang, Zebravang "},
		"words that only begin as one": {"Zebravang", "Zebravangen "},
		"nothing but words":            {"Zebravang", "lang tekst "},
	} {
		const n = 1_000
		heard, hashed := cost(noted(of.code, strings.Repeat(of.each, n)))
		twiceHeard, twiceHashed := cost(noted(of.code, strings.Repeat(of.each, 2*n)))
		if heard == 0 || twiceHeard > 5*heard/2 {
			t.Errorf("%s: %d stretches of words are looked up for %d times, %d for twice as many", name, heard, n, twiceHeard)
		}
		if hashed == 0 || twiceHashed > 5*hashed/2 {
			t.Errorf("%s: %d bytes are hashed for %d times, %d for twice as many", name, hashed, n, twiceHashed)
		}
	}
	various := func(n int) string {
		var texts, note strings.Builder
		for i := range n {
			texts.WriteString(`{"text":"Z` + spelledOut(i, 4, nil) + `"},`)
			note.WriteString("Z" + spelledOut(i, 4, nil) + " er ")
		}
		return `{"resourceType":"Observation","category":[` + texts.String() + `{}],"note":[{"text":"` + note.String() + `"}]}`
	}
	once, _ := cost(various(1_000))
	if twice, _ := cost(various(2_000)); once == 0 || twice > 5*once/2 {
		t.Errorf("%d stretches of words are looked up for a thousand phrases, %d for twice as many", once, twice)
	}
	// Phrases that differ only in what is around them are said alike.
	alike := func(n int) string {
		var texts strings.Builder
		for i := range n {
			texts.WriteString(`{"text":"` + strings.Repeat("!", 1+i%40) + "Zebravang" + strings.Repeat("?", 1+i/40) + `"},`)
		}
		return `{"resourceType":"Observation","category":[` + texts.String() + `{}],"note":[{"text":"` + strings.Repeat("!Zebravang? ", n) + `"}]}`
	}
	s := newSession(redactor(t))
	if _, err := s.redact(alike(800), ""); err != nil {
		t.Fatal(err)
	}
	for of, all := range s.spoken {
		if len(all) > variants {
			t.Errorf("%d phrases are looked for where %q stands", len(all), of)
		}
	}
}
