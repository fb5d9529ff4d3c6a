package xref

import (
	"strings"
	"testing"
)

// What is told is found, whatever it is, and nothing else.
func TestTelling(t *testing.T) {
	const text = "Blodtryk: 142/88 mmHg (før 150/90)\nTemperatur: 37,2 °C. Æbler og pærer"
	told := tellingOf(text)
	for i := range text {
		for k := i + 1; k <= len(text); k++ {
			if !told.repeats(text[i:k]) {
				t.Fatalf("%q is not found", text[i:k])
			}
		}
	}
	if !told.repeats("37.2") {
		t.Error("a number with a comma is not found by its point")
	}
	for _, other := range []string{"2026-01-10", "mmhg", "150/88", "ærer og", "37.3", "urn:uuid:0", text + "!"} {
		if told.repeats(other) != strings.Contains(text, other) {
			t.Errorf("%q: got %v", other, told.repeats(other))
		}
	}
	var none *telling
	if none.repeats("x") {
		t.Error("something is told where there is no section")
	}
}
