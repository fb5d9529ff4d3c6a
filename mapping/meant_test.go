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

// The question goes behind a message, and is none where nothing is near.
func TestMeant(t *testing.T) {
	known := []string{"path", "message", "ServiceRequest"}
	for word, want := range map[string]string{
		"pth": "; did you mean path?", "Servicerequest": "; did you mean ServiceRequest?", "paths": "; did you mean path?",
		"massage": "; did you mean message?", "x": "", "colour": "", "": "",
	} {
		if got := Meant(word, known); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}
