package main

import (
	"errors"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// Whatever comes in as a medication list, a health check or a plain condition
// record: no panic, an error is a *mapping.Error that is no bug of ours, and
// what translates gives itself back.
func FuzzTranslateDocument(f *testing.F) {
	forms := [][2]string{}
	for _, o := range document.Offers() {
		if o.Read == "" && (o.Document != document.Tilstande || o.Form == "plain") {
			forms = append(forms, [2]string{o.Document, o.Form})
		}
	}
	for _, s := range documentFixtures(f) {
		for i, form := range forms {
			if len(s.text) < 6000 && s.q.Document == form[0] && s.q.From == form[1] {
				f.Add(byte(i), s.text)
			}
		}
	}
	g := gateway(f, unregistered)
	f.Fuzz(func(t *testing.T, form byte, text string) {
		of := forms[int(form)%len(forms)]
		s := sample{text: text, q: document.Request{Document: of[0], From: of[1], Now: moment, Sender: parties[0], Receiver: parties[1]}}
		for _, q := range s.requests() {
			r, err := g.Translate(text, asSaid(q))
			if err != nil {
				var e *mapping.Error
				if !errors.As(err, &e) || e.Kind == mapping.Exception {
					t.Fatalf("%s: %v", directionOf(q), err)
				}
				continue
			}
			if err := sound(text, r); err != nil && !tree.IsXML(text) { // FHIR's XML is translated as JSON
				t.Fatalf("%s: %v", directionOf(q), err)
			}
			if _, err := g.Translate(string(r.Output), document.Request{From: q.To, To: q.From, Residue: string(r.Residue)}); err != nil {
				t.Fatalf("%s: the original did not come back: %v", directionOf(q), err)
			}
		}
	})
}
