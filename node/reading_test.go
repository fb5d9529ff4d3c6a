package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/message"
)

// Of everything that is published as a worked example and can be handed over, the
// kind, the form and the citizen are read without translating it.
func TestRead(t *testing.T) {
	c, err := core()
	if err != nil {
		t.Fatal(err)
	}
	care := correspondence(t, uid(1), uid(2))
	for _, x := range []struct {
		name, text                        string
		channel, document, form, citizen  string
		bundle, header, addressed, sender string
	}{
		{"plain", referral(t), viaDocument, "henvisning", "plain", citizenNumber, "", "", psychiatr.GLN, bosted.GLN},
		{"plain with a replacement number", small(1, "0703921VJ4"), viaDocument, "henvisning", "plain", "0703921VJ4", "", "", "", ""},
		{"message", care, viaMedCom, "korrespondance", "carecommunication", citizenNumber, uid(1), uid(2), bosted.GLN, psychiatr.GLN},
		{"message in VANS", enclosed(t, "vans", uid(9), care), viaVANS, "korrespondance", "carecommunication", citizenNumber, uid(9), uid(2), bosted.GLN, psychiatr.GLN},
		{"message in EHMI", enclosed(t, "ehmi", uid(9), care), viaEHMI, "korrespondance", "carecommunication", citizenNumber, uid(9), uid(2), bosted.GLN, psychiatr.GLN},
		{"acknowledgement", acknowledged(t, care, uid(2), message.OK, 1), viaMedCom, acknowledgement, "fhir", "", "?", "?", psychiatr.GLN, bosted.GLN},
		{"the hub", fixture(t, "henvisning/plain-to-fhir/bosted-til-psykiatrien/output.json"), viaDocument, "henvisning", "fhir", "?", "", "", "5790000000012", "5790000000005"},
		{"letter", output(t, "henvisning/fhir-to-xref01"), viaDocument, "henvisning", "xref01", citizenNumber, "", "?", "?", "?"},
		{"medication card", input(t, "medicinliste/fmk-to-fhir"), viaDocument, "medicinliste", "fmk", "?", "", "", "", ""},
		{"FFB", fixture(t, "tilstande/ffb-to-fsiii/alle-omraader/input.json"), viaDocument, "tilstande", "ffb", "?", "", "", "", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			r, err := read(exchange.Submission{Body: x.text}, c.Gateway)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range []struct{ what, got, want string }{
				{"channel", r.channel, x.channel}, {"document", r.document, x.document}, {"form", r.form, x.form}, {"citizen", r.citizen, x.citizen},
				{"bundle", r.bundle, x.bundle}, {"header", r.header, x.header}, {"addressed", r.addressed.GLN, x.addressed}, {"sender", r.from.GLN, x.sender},
			} {
				if f.got != f.want && !(f.want == "?" && f.got != "") {
					t.Errorf("%s: got %q, want %q", f.what, f.got, f.want)
				}
			}
		})
	}
}

// input is the input of the first case of a kind that succeeds, output its output.
func input(t testing.TB, kind string) string { return first(t, kind, "input.*") }

func output(t testing.TB, kind string) string { return first(t, kind, "output.*") }

func first(t testing.TB, kind, name string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "fixtures", kind, "*", name))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err == nil && !strings.Contains(path, "afvist") && !strings.Contains(path, "fejl") && !strings.Contains(string(text), "OperationOutcome") &&
			strings.Contains(string(text), citizenNumber) {
			return string(text)
		}
	}
	t.Fatalf("no case in %s", kind)
	return ""
}

// Every spelling of a number is one number, and nothing else is one.
func TestNumber(t *testing.T) {
	for text, want := range map[string]string{
		"2509479989": "2509479989", "250947-9989": "2509479989", " 250947 9989 ": "2509479989", "0703921VJ4": "0703921VJ4", "070392-1vj4": "0703921VJ4",
		"": "", "250947998": "", "9909479989": "", "abc": "", "0703922VJ4": "",
	} {
		if got := number(text); got != want {
			t.Errorf("number(%q) = %q, want %q", text, got, want)
		}
	}
}

// What is marked is seen before it is translated.
func TestMarkedIsSeen(t *testing.T) {
	c, err := core()
	if err != nil {
		t.Fatal(err)
	}
	private := strings.Replace(correspondence(t, uid(1), uid(2)), `"resourceType": "Patient",`, `"resourceType": "Patient", "meta": {"security": [{"code": "R"}]},`, 1)
	for text, want := range map[string]bool{private: true, correspondence(t, uid(1), uid(2)): false, small(1, citizenNumber): false,
		strings.Replace(small(1, citizenNumber), `"version"`, `"privatmarkeret":true,"version"`, 1): true} {
		r, err := read(exchange.Submission{Body: text}, c.Gateway)
		if err == nil && r.marked != want {
			t.Errorf("got marked %v, want %v", r.marked, want)
		} else if err != nil && want && !strings.Contains(text, "Patient") {
			t.Error(err)
		}
	}
}

// Nothing that comes in makes the reading panic, and no refusal repeats what came.
func FuzzRead(f *testing.F) {
	c, err := core()
	if err != nil {
		f.Fatal(err)
	}
	care := correspondence(f, uid(1), uid(2))
	for _, text := range []string{referral(f), small(1, citizenNumber), care, enclosed(f, "vans", uid(9), care), enclosed(f, "ehmi", uid(9), care),
		output(f, "henvisning/fhir-to-xref01"), input(f, "medicinliste/fmk-to-fhir"), `{"resourceType":"Bundle","entry":[]}`, `{"resourceType":"Patient"}`, `<a xmlns="http://hl7.org/fhir"/>`} {
		f.Add(text, "", "")
		f.Add(text, "plain", "henvisning")
	}
	f.Fuzz(func(t *testing.T, body, from, kind string) {
		r, err := read(exchange.Submission{Body: body, From: from, Document: kind}, c.Gateway)
		if err == nil {
			if r.document == "" || r.form == "" || r.channel == "" {
				t.Errorf("got %+v", r)
			}
			return
		}
		var e *mapping.Error
		if !errors.As(err, &e) {
			t.Errorf("got %T: %v", err, err)
		}
		if strings.Contains(err.Error(), citizenNumber) {
			t.Errorf("the error names the citizen: %v", err)
		}
	})
}

// A small body may not become a large tree.
func TestReadManyNodes(t *testing.T) {
	body := `{"resourceType":"Bundle","type":"collection","entry":[` + strings.Repeat("0,", 600_000) + `0]}`
	_, err := read(exchange.Submission{Body: body}, nil)
	if e, _ := err.(*mapping.Error); e == nil || e.Kind != mapping.TooLong {
		t.Errorf("got %v", err)
	}
}
