package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"crypto/rand"
)

// citizens are the only ones there are: published test persons, and one who has
// a number given in place of a CPR number.
var citizens = []citizen{
	{"cpr", "2509479989", "Bruno Test", "Elmer"},
	{"cpr", "1509819996", "Brita Test", "Berggren"},
	{"cpr", "2311143995", "Test", "Borger"},
	{"xecpr", "0703921VJ4", "Test", "Borger"},
}

type citizen struct{ kind, number, given, family string }

// letter is one thing to hand over.
type letter struct {
	lane     string // messages of one lane keep their order at every receiver
	number   int    // in the lane
	receiver string // whom it is for; empty: as it says itself
	path     string // where it is posted; empty: /v1/exchange
	query    string // further parameters
	kind     string // its content type
	body     string
}

func (l letter) name() string { return fmt.Sprintf("%s-%d", l.lane, l.number) }

// referral is a small referral in plain JSON; of no citizen where who is nil.
func referral(lane string, number int, who *citizen) letter {
	of := citizen{given: "Test", family: "Borger"}
	if who != nil {
		of = *who
	}
	person := map[string]string{"fornavn": of.given, "efternavn": of.family}
	if who != nil {
		person[who.kind] = who.number
	}
	text, err := json.Marshal(map[string]any{
		"dokument": "henvisning", "version": "1.0", "dokumentId": fmt.Sprintf("%s-%d", lane, number), "borger": person,
		"aarsager": []any{map[string]any{"tekst": "Kan ikke sove " + strings.Repeat("og det er længe siden. ", 20)}},
	})
	if err != nil {
		panic(err) // of strings
	}
	return letter{lane: lane, number: number, kind: "application/json", body: string(text)}
}

var marked = regexp.MustCompile(`"dokumentId":"(borger\d)-(\d+)"`)

// place reads which letter of a lane that keeps its order a body is.
func place(body string) (lane string, number int, found bool) {
	m := marked.FindStringSubmatch(body)
	if m == nil {
		return "", 0, false
	}
	fmt.Sscan(m[2], &number)
	return m[1], number, true
}

// fixture reads an input of the fixtures.
func fixture(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "fixtures", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// uuid returns a random one.
func uuid() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// The identifiers of the published CareCommunication of the fixtures.
const (
	careFixture = "korrespondance/carecommunication-to-plain/svar-fra-psykiatrien/input.json"
	careBundle  = "3f0a6a1e-1111-4a4e-8d0f-000000000001"
	careHeader  = "b7a1c9de-90c4-4f0c-b7de-000000000002"
)

// care is a CareCommunication of MedCom's with identifiers of its own, from
// psychiatry to the bosted.
func care(t *testing.T, bundle, header string) letter {
	t.Helper()
	text := fixture(t, careFixture)
	if !strings.Contains(text, careBundle) || !strings.Contains(text, careHeader) {
		t.Fatalf("%s has other identifiers", careFixture)
	}
	text = strings.NewReplacer(careBundle, bundle, careHeader, header).Replace(text)
	return letter{path: "/fhir/$process-message?async=true", kind: "application/fhir+json", body: text}
}
