package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tolk/adapters/api"
	"tolk/mapping/document"
)

// What may be said of a sender and a receiver to a form is what the form writes:
// what is taken changes the document that some fixture becomes, or what it lacks, and
// what is refused would change nothing.
func TestPartiesAreWritten(t *testing.T) {
	core, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]func(*document.Request) *string{
		"sender-sor":    func(q *document.Request) *string { return &q.Sender.SOR },
		"sender-gln":    func(q *document.Request) *string { return &q.Sender.GLN },
		"sender-name":   func(q *document.Request) *string { return &q.Sender.Name },
		"sender-person": func(q *document.Request) *string { return &q.Sender.Person },
		"sender-role":   func(q *document.Request) *string { return &q.Sender.Role },
		"sender-phone":  func(q *document.Request) *string { return &q.Sender.Phone },
		"receiver-sor":  func(q *document.Request) *string { return &q.Receiver.SOR },
		"receiver-gln":  func(q *document.Request) *string { return &q.Receiver.GLN },
		"receiver-name": func(q *document.Request) *string { return &q.Receiver.Name },
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
		before, err := core.gateway.Translate(c.Input, c.Request)
		const few = 5 // of a form that is no message
		if err != nil || tried[form] == few && len(api.Addressed("sender-gln")) > 0 && !slices.Contains(api.Addressed("sender-gln"), form) {
			continue
		}
		if tried[form]++; used[form] == nil {
			used[form] = map[string]bool{}
		}
		candidates := append(slices.Compact(slices.Sorted(slices.Values(number.FindAllString(c.Input, -1)))),
			"938061000016005", "5790001382445", "86123456", "Bostedet Testlunden")
		for name, field := range fields {
			for _, value := range candidates {
				if used[form][name] {
					break
				}
				q := c.Request
				*field(&q) = value
				after, err := core.gateway.Translate(c.Input, q)
				used[form][name] = err != nil || !bytes.Equal(before.Output, after.Output) || len(before.Ledger.Conformance.Lacks) != len(after.Ledger.Conformance.Lacks)
			}
		}
	}
	if len(used) < 7 {
		t.Errorf("only %d forms", len(used))
	}
	for form := range used {
		for name := range fields {
			if takes := slices.Contains(api.Addressed(name), form); takes != used[form][name] {
				t.Errorf("%s to %s: accepted %t, and written %t", name, form, takes, used[form][name])
			}
		}
	}
}

// What the target has no place for, and what giving an original back has no use
// for, is refused by name.
func TestTranslateOverlooksNothing(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--from ffb --to fsiii --sender sor=938061000016005", "--sender sor: is not written to fsiii; accepted with --to carecommunication, hco"},
		{"--from fhir --to xref01 --receiver gln=5790000121526,sor=52581000016005", "--receiver sor: is not written to xref01; accepted with --to carecommunication, hco"},
		{"--from fhir --to hco --sender person=Signe", "--sender person: is not written to hco; accepted with --to carecommunication\n"},
		{"--from plain --to fhir --area hjemmepleje", "--area, --accept: no code is translated between plain and fhir; expected none"},
		{"--from fhir --to plain --accept narrower", "--area, --accept: no code is translated between fhir and plain; expected none"},
		{"--from fsiii --to ffb --restore rest.json --strict", "--restore: gives the original back as it was, without --document, --strict"},
		{"--from fsiii --to ffb --restore rest.json --document tilstande", "--restore: gives the original back as it was, without --document, --strict"},
		{"--from carecommunication --to fhir --restore rest.json --receiver gln=5790000121526", "--restore: gives the original back as it was, without --document, --strict"},
		{"--from plain --to fmk --restore rest.json --indent", "--indent: fmk is XML, and is written as it is sent"},
	} {
		var out, words bytes.Buffer
		code := run(append([]string{"translate"}, strings.Fields(tt.args)...), strings.NewReader("{}"), &out, &words)
		if code != 2 || !strings.Contains(words.String(), tt.want) {
			t.Errorf("%s: exit %d: %s", tt.args, code, words.String())
		}
	}
}
