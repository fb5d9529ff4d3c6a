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
