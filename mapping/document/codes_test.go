package document_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"tolk/adapters/ffb"
	"tolk/adapters/fsiii"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/maps"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

// gateway is wired with what is published, and no table of organisations.
var gateway = sync.OnceValues(func() (*document.Gateway, error) {
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		return nil, err
	}
	files, err := rules.Load(maps.FS)
	if err != nil {
		return nil, err
	}
	return document.New(terms, files, []document.Form{ffb.Form(), fsiii.Form()}, nil)
})

// A code that its system does not have is an error wherever it stands: also where one
// stands before it that the system has.
func TestUnknownCodeBehindAKnownOne(t *testing.T) {
	g, err := gateway()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../fixtures/tilstande/ffb-to-fsiii/ad-niveau-til-hjemmepleje/input.json")
	if err != nil {
		t.Fatal(err)
	}
	request := document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}}
	if _, err := g.Translate(string(text), request); err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, line := range strings.Split(string(text), `"code": "`)[1:] {
		code, _, _ := strings.Cut(line, `"`)
		if len(code) != len("464a2ab6-a7df-4b3a-b74d-7873f4cfe668") {
			continue // of another system
		}
		known++
		other := strings.Replace(string(text), code, "00000000-0000-0000-0000-000000000000", 1)
		var e *mapping.Error
		if _, err := g.Translate(other, request); !errors.As(err, &e) || !strings.HasSuffix(e.Path, ".code") {
			t.Errorf("without code %d: got %v, want the code refused", known, err)
		}
	}
	if known < 2 {
		t.Errorf("got %d codes, want two at least", known)
	}
}
