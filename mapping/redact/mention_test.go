package redact

import (
	"strings"
	"testing"
)

// noted is an observation whose code says something and that has a note.
func noted(code, note string) string {
	return `{"resourceType":"Observation","code":{"text":"` + code + `"},"note":[{"text":"` + note + `"}]}`
}

// What is said in few words is said alike in a text, as often as it stands there, in
// whatever case, and also after a word that it is a part of.
func TestMentions(t *testing.T) {
	for _, of := range []struct {
		code, note  string
		times       int
		begin, rest string // of what stands for the note; $ is what stands for the code
	}{
		{"Zebravang", "Zebravang", 1, "$", ""},
		{"Zebravang", "zebravang, ZEBRAVANG. Zebravang!", 3, "$, $. $!", ""},
		{"Zebravang", "(Zebravang)", 1, "($)", ""},
		{"(Zebravang)", "er (Zebravang), Zebravang", 1, "", ""},
		{"Zebravang", "Zebravangen Zebravang", 1, "", " $"},
		{"Zebravang", "Kajsazebravang - Zebravang: Kajsa", 1, "", ""},
		{"Zebravang 5", "- Zebravang 5 - Zebravang 55", 1, "- $ ", ""},
		{"Kajsa og Kajsa", "Kajsa og Kajsa og Kajsa", 1, "$ ", ""},
		{"Zebravang", "\u212a Zebravang \u023a", 0, "", ""},    // longer and shorter in lower case: not looked through
		{"\u212a\u212a\u212a", "hej med dig kkk", 1, "", " $"}, // three bytes each, and one
		{"\u023a\u023a\u023a", "hej \u2c65\u2c65\u2c65 hej", 1, "", ""},
	} {
		_, d := redacted(t, noted(of.code, of.note))
		at := leaves(d)
		code, note := at["Observation.code.text"], at["Observation.note[0].text"]
		as := func(want string) string { return strings.ReplaceAll(want, "$", code) }
		if n := strings.Count(note, code); n != of.times || !strings.HasPrefix(note, as(of.begin)) || !strings.HasSuffix(note, as(of.rest)) {
			t.Errorf("with %q for %q, %q became %q", code, of.code, of.note, note)
		}
	}
}

// Of two phrases that are said together the longer is meant, and what stands for it says
// what stands for the shorter.
func TestMentionsInMentions(t *testing.T) {
	_, d := redacted(t, `{"resourceType":"Observation","code":{"text":"Zebravang","coding":[{"display":"Kajsa Zebravang"}]},"note":[{"text":"Kajsa, Kajsa Zebravang, Zebravang"}]}`)
	at := leaves(d)
	short, long, note := at["Observation.code.text"], at["Observation.code.coding[0].display"], at["Observation.note[0].text"]
	if !strings.HasSuffix(long, " "+short) || !strings.HasSuffix(note, long+", "+short) || strings.Count(note, short) != 2 {
		t.Errorf("%q and %q are said as %q", short, long, note)
	}
}
