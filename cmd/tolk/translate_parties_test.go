package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tolk/mapping/document"
	"tolk/mapping/maps"
	"tolk/mapping/transcript"
)

// What may be said of a sender and a receiver to a form is what the form writes:
// what is taken changes the document that some fixture becomes, or what it lacks, and
// what is refused would change nothing.
func TestPartiesAreWritten(t *testing.T) {
	core, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	form, err := loadPlain(maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	var said func(*document.Request) // behind the back of the core, which would refuse it
	steps := formSteps(core.terms, form)
	for i, step := range steps {
		steps[i].Run = func(s document.Source, q document.Request) (*transcript.Written, error) {
			said(&q)
			return step.Run(s, q)
		}
	}
	g := core.gateway.WithSteps(steps, recognisers(), judges(maps.FS))
	fields := document.PartyFields()
	message := func(form string) bool {
		return slices.ContainsFunc(fields, func(f document.PartyField) bool { return f.WrittenTo(form) })
	}
	number := regexp.MustCompile(`\b[0-9]{11,18}\b`) // a party may be one of the document
	used, tried := map[string]map[string]bool{}, map[string]int{}
	cases := loadFixtures(t)
	for _, c := range cases {
		if c.Request.To == "hco" { // and who sends is not said
			c.Input = regexp.MustCompile(`"performer":\s*\[[^]]*\],`).ReplaceAllString(c.Input, "")
			cases = append(cases, c)
		}
	}
	for _, c := range cases {
		form := c.Request.To
		said = func(*document.Request) {}
		before, err := g.Translate(c.Input, c.Request)
		const few = 5 // of a form that is no message
		if err != nil || tried[form] == few && !message(form) {
			continue
		}
		if tried[form]++; used[form] == nil {
			used[form] = map[string]bool{}
		}
		candidates := append(slices.Compact(slices.Sorted(slices.Values(number.FindAllString(c.Input, -1)))),
			"938061000016005", "5790001382445", "86123456", "Bostedet Testlunden")
		for _, f := range fields {
			for _, value := range candidates {
				if used[form][f.Name()] {
					break
				}
				said = func(q *document.Request) { *f.Of(&q.Sender, &q.Receiver) = value }
				after, err := g.Translate(c.Input, c.Request)
				used[form][f.Name()] = err != nil || !bytes.Equal(before.Output, after.Output) || len(before.Ledger.Conformance.Lacks) != len(after.Ledger.Conformance.Lacks)
			}
		}
	}
	if len(used) < 7 {
		t.Errorf("only %d forms", len(used))
	}
	for form := range used {
		for _, f := range fields {
			if takes := f.WrittenTo(form); takes != used[form][f.Name()] {
				t.Errorf("%s to %s: accepted %t, and written %t", f.Name(), form, takes, used[form][f.Name()])
			}
		}
	}
}

// What the target has no place for, and what giving an original back has no use
// for, is refused by name.
func TestTranslateOverlooksNothing(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--from ffb --to fsiii --sender sor=938061000016005", "--sender sor: is not written to fsiii; accepted for carecommunication, hco"},
		{"--from fhir --to xref01 --receiver gln=5790000121526,sor=52581000016005", "--receiver sor: is not written to xref01; accepted for carecommunication, hco"},
		{"--from fhir --to hco --sender person=Signe", "--sender person: is not written to hco; accepted for carecommunication\n"},
		{"--from plain --to fhir --area hjemmepleje", "--area: no code is translated between plain and fhir; expected none"},
		{"--from fhir --to plain --accept narrower", "--accept: no code is translated between fhir and plain; expected none"},
		{"--from fsiii --to ffb --restore rest.json --strict", "--strict: is said of a translation; an original comes back as it was, expected none"},
		{"--from fsiii --to ffb --restore rest.json --document tilstande", "--document: is said of a translation; an original comes back as it was, expected none"},
		{"--from carecommunication --to fhir --restore rest.json --receiver gln=5790000121526", "--receiver gln: is said of a translation; an original comes back as it was, expected none"},
		{"--from fsiii --to ffb --restore rest.json --area hjemmepleje --residue other.json", "--area: is said of a translation; an original comes back as it was, expected none\ntolk: --residue: is said of"},
		{"--from fsiii --to ffb --restore rest.json --organisations o.csv", "--organisations: is said of a translation; an original comes back as it was, expected none"},
		{"--from plain --to fmk --restore rest.json --indent", "--indent: fmk is XML, and is written as it is sent"},
	} {
		var out, words bytes.Buffer
		code := run(append([]string{"translate"}, strings.Fields(tt.args)...), strings.NewReader("{}"), &out, &words)
		if code != 2 || !strings.Contains(words.String(), tt.want) {
			t.Errorf("%s: exit %d: %s", tt.args, code, words.String())
		}
	}
}
