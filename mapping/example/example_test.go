package example

import (
	"strings"
	"testing"
	"testing/fstest"
)

// An example says what its folder is called, and what its case.yaml says.
func TestRead(t *testing.T) {
	const folder = "tilstande/ffb-to-fsiii/spise"
	for _, tt := range []struct{ text, want, fault string }{
		{"", "", ""},
		{"description: why\nareas: [hjemmepleje]\norganisations: [{kombit: a, sor: '1'}]\n", "why", ""},
		{"receiver: {name: x, person: y}\n", "", "receiver: expected name, sor and gln"},
		{"desciption: why\n", "", "did you mean description"},
		{"areas: [&a hjemmepleje, *a]\n", "", "no anchor"},
	} {
		files := fstest.MapFS{}
		if tt.text != "" {
			files[folder+"/case.yaml"] = &fstest.MapFile{Data: []byte(tt.text)}
		}
		e := In(folder)
		if q := e.Request; q.Document != "tilstande" || q.From != "ffb" || q.To != "fsiii" || e.Title() != "spise" {
			t.Fatalf("%+v", e)
		}
		err := e.Read(files)
		if (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%q: %v", tt.text, err)
		}
		if e.Description != tt.want || tt.want != "" && (len(e.Request.Areas) != 1 || len(e.Organisations) != 1) {
			t.Errorf("%q: %+v", tt.text, e)
		}
	}
}
