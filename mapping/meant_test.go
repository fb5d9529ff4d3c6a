package mapping

import "testing"

// What is half another word was not meant.
func TestNearest(t *testing.T) {
	for _, tt := range []struct {
		word, want string
		known      []string
	}{
		{"fbb", "ffb", []string{"fhir", "ffb", "fsiii"}},
		{"crp", "cpr", []string{"cpr", "cvr"}},
		{"cvr", "", []string{"sor", "gln", "name"}},
		{"embeded", "embedded", []string{"embedded"}},
		{"Hjemmeplej", "hjemmepleje", []string{"sygepleje", "hjemmepleje"}},
		{"x", "", []string{"a", "b"}},
		{"", "", []string{"a"}},
	} {
		if got := Nearest(tt.word, tt.known); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.word, got, tt.want)
		}
	}
}
