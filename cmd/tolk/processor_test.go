package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tolk/fixtures/shared"
	"tolk/fixtures/validator"
	"tolk/mapping/document"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// bundleForms are the forms whose documents are Bundles that Recognise tells.
var bundleForms = map[string]bool{document.FHIR: true, "ffb": true, "fsiii": true, "hco": true, "carecommunication": true}

// recognisedOtherwise are the inputs of fixtures that are told to be something
// else than their folder says, and why that does no harm.
var recognisedOtherwise = map[string]string{
	"[]":                 "what was made to be unrecognisable: no entry, no fact with a code, an unknown code",
	"[{fhir tilstande}]": "a condition record with both codings is the hub's, and reads as either side's",
	"[{ffb tilstande}]":  "a record of the hub without a fact of FSIII reads as FFB's",
}

// Every Bundle of the fixtures is recognised as what its folder says and as
// nothing else, but for the exceptions above.
func TestRecognise(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	exact, other := 0, map[string]int{}
	for _, f := range loadFixtures(t) {
		doc, err := tree.Parse(f.Input, tree.Limits{})
		if err != nil || !bundleForms[f.Request.From] || doc.Text(doc.Child(doc.Root(), "resourceType")) != "Bundle" {
			continue
		}
		found := c.gateway.Recognise(doc)
		got, want := fmt.Sprint(found), fmt.Sprintf("[{%s %s}]", f.Request.From, f.Request.Document)
		// A correspondence is the same Bundle in the hub and as MedCom's message,
		// and what a message carries is asked for by its name.
		letter := len(found) == 1 && found[0].Document == document.Korrespondance &&
			(f.Request.Document == document.Korrespondance || f.Request.From == "carecommunication")
		switch {
		case got == want || letter:
			exact++
		case recognisedOtherwise[got] == "" || f.Request.Document != document.Tilstande && got != "[]":
			t.Errorf("%s: %s", f.Name, got)
		default:
			other[got]++
		}
	}
	if exact < 150 || other["[]"] > 12 || len(other) != len(recognisedOtherwise) {
		t.Errorf("%d recognised, otherwise %v", exact, other)
	}
}

// processed asks the wired core.
func processed(t *testing.T, c *core, a message.Ask) *message.Outcome {
	t.Helper()
	a.Now = time.Date(2026, 11, 20, 10, 6, 0, 0, time.FixedZone("", 3600))
	return (&message.Processor{Gateway: c.gateway}).Process(a)
}

// Every published message is taken, translated and acknowledged, and every
// published acknowledgement read; what we write of it is valid.
func TestProcessPublished(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	v := validator.Find(t)
	dir := t.TempDir()
	var answers []string
	for _, p := range []struct{ folder, event, document string }{
		{"medcom.fhir.dk.carecommunication", message.CareCommunication, document.Korrespondance},
		{"medcom.fhir.dk.homecareobservation", message.HomeCareObservation, document.Sundhedstjek},
		{"medcom.fhir.dk.acknowledgement", message.Acknowledgement, ""},
	} {
		names, _ := filepath.Glob(filepath.Join(shared.Path(t, "official"), "examples", p.folder, "Bundle-*.json"))
		if len(names) == 0 {
			t.Fatalf("%s: no example", p.folder)
		}
		for _, name := range names {
			body, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			o := processed(t, c, message.Ask{Body: string(body)})
			if o.Err != nil || o.Kind != p.event {
				t.Errorf("%s: %s, %v", name, o.Kind, o.Err)
				continue
			}
			if p.event == message.Acknowledgement {
				if o.Acknowledgement != nil || o.Message.Response == nil {
					t.Errorf("%s: acknowledged", name)
				}
				continue
			}
			file := filepath.Join(dir, filepath.Base(name))
			if err := os.WriteFile(file, o.Acknowledgement, 0o600); err != nil {
				t.Fatal(err)
			}
			answers = append(answers, file)
			for _, to := range []string{document.FHIR, "plain"} {
				o := processed(t, c, message.Ask{Body: string(body), To: to})
				if private(o, to) {
					continue
				}
				if o.Err != nil || o.Result == nil || len(o.Result.Output) == 0 {
					t.Errorf("%s to %s: %v", name, to, o.Err)
				}
			}
		}
	}
	for _, i := range validator.Errors(v.Validate(t, "medcom.fhir.dk.acknowledgement#2.0.3", nil, answers...)) {
		t.Error(i)
	}
}

// private reports whether a message was refused because the citizen has marked
// it: it does not go to the social side, and its sender hears so.
func private(o *message.Outcome, to string) bool {
	return to == "plain" && o.Err != nil && strings.Contains(o.Err.Error(), "marked private") &&
		strings.Contains(string(o.Acknowledgement), "marked private")
}

// KL's own order is a message, and none of MedCom's: it is translated as the
// condition record that it is, and not acknowledged.
func TestProcessOrder(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	orders := 0
	for _, e := range officialExamples(t) {
		doc, err := tree.Parse(e.text, tree.Limits{})
		if err != nil || doc.Text(doc.Child(doc.Root(), "type")) != "message" {
			continue
		}
		orders++
		o := processed(t, c, message.Ask{Body: e.text, To: "fsiii"})
		if o.Err != nil || o.Kind != document.Tilstande || o.Message != nil || o.Acknowledgement != nil || o.Result == nil {
			t.Errorf("%+v", o)
		}
	}
	if orders == 0 {
		t.Error("no order among the examples")
	}
}

// A document that we send in a CareCommunication comes out of it again in the
// form that the receiver asks for, and the message is acknowledged.
func TestProcessCarried(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	carried := map[string]int{}
	for _, f := range loadFixtures(t) {
		if f.Request.To != "carecommunication" || f.Request.From != document.FHIR || !strings.HasPrefix(f.Output, `{`) {
			continue
		}
		doc, err := tree.Parse(f.Output, tree.Limits{})
		if err != nil || doc.Text(doc.Child(doc.Root(), "type")) != "message" || f.Request.Document == document.Korrespondance {
			continue
		}
		o := processed(t, c, message.Ask{Body: f.Output, To: "plain"})
		if private(o, "plain") {
			continue
		}
		if o.Err != nil || len(o.Attached) != 1 || o.Attached[0].Document != f.Request.Document {
			t.Errorf("%s: %v, attached %+v", f.Name, o.Err, o.Attached)
			continue
		}
		if x := o.Attached[0]; x.Err != nil || !strings.Contains(string(x.Result.Output), `"dokument":"`+f.Request.Document+`"`) {
			t.Errorf("%s: %v", f.Name, x.Err)
		}
		if m, err := tree.Parse(string(o.Acknowledgement), tree.Limits{}); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		} else if r, err := message.Read(m); err != nil || r.Response.Code != message.OK {
			t.Errorf("%s: %v", f.Name, err)
		}
		carried[f.Request.Document]++
	}
	if carried[document.Medicinliste] == 0 || carried[document.Sundhedstjek] == 0 {
		t.Errorf("carried %v", carried)
	}
}
