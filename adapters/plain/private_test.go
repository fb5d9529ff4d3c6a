package plain

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// marked is a list with a line that the citizen has marked private, and one
// whose notes name that drug.
const marked = `{"dokument":"medicinliste","version":"1.0","borger":{"cpr":"2509479989"},"laestFraFmk":"2026-11-20T08:30:00+01:00","laegemidler":[
 {"navn":"Naltrexon","oprindelse":"fmk","status":"aktiv","privatmarkeret":true,"dosering":[{"tekst":"1 tablet morgen"}]},
 {"navn":"Panodil","oprindelse":"fmk","status":"aktiv","bemaerkninger":["Ikke samtidig med naltrexon"],"dosering":[{"tekst":"2 tabletter efter behov"}]}]}`

// The social side gets neither the line nor the name, and hears that there is
// one more: of its own Bundle as of anybody's, since the mark that it is its own
// can be written by anybody.
func TestPrivateIsHeldBack(t *testing.T) {
	forward, backward := ways(t, "medicinliste")
	hub, err := forward(marked)
	if err != nil {
		t.Fatal(err)
	}
	tag := `"meta":{"tag":[{"system":"urn:tolk:CodeSystem:document","code":"medicinliste","version":"1.0"}]},`
	foreign := strings.Replace(string(hub.Output), tag, "", 1)
	if foreign == string(hub.Output) {
		t.Fatal("the Bundle has no tag to take away")
	}
	for _, text := range []string{string(hub.Output), foreign} {
		got, err := backward(text)
		if err != nil {
			t.Fatal(err)
		}
		out := string(got.Output)
		if strings.Contains(strings.ToLower(out), "naltrexon") || !strings.Contains(out, "Panodil") || !strings.Contains(out, `"antalTilbageholdt":1`) {
			t.Errorf("got %s", out)
		}
		held := 0
		for _, l := range got.Ledger.Lines() {
			if l.Fate == ledger.Residue.String() && strings.Contains(l.Reason, "privatmarkeret") {
				held++
			}
		}
		if held < 5 {
			t.Errorf("%d leaves are said to be held back", held)
		}
	}
}

// An error has its place in the Bundle that was sent, not in what is left of it
// without what is private.
func TestPlaceInTheWholeBundle(t *testing.T) {
	forward, backward := ways(t, "medicinliste")
	hub, err := forward(marked)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := tree.Parse(string(hub.Output), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for e := doc.First(doc.Child(doc.Root(), "entry")); e != tree.None; e = doc.Next(e) {
		n++
	}
	_, err = backward(strings.TrimSuffix(string(hub.Output), "]}") + `,"ukendt"]}`)
	var e *mapping.Error
	if want := "Bundle.entry[" + strconv.Itoa(n) + "]"; !errors.As(err, &e) || e.Path != want {
		t.Errorf("got %v, want it at %s", err, want)
	}
}

// A target group is a Condition in KL's profiles, and no condition found.
func TestTargetGroupIsNoCondition(t *testing.T) {
	forward, backward := ways(t, "tilstande")
	hub, err := forward(example(t, "tilstande"))
	if err != nil {
		t.Fatal(err)
	}
	group := `{"fullUrl":"urn:uuid:0b1f6a3c-52d4-4d62-9d1e-6f4a6f0c1a09","resource":{"resourceType":"Condition","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"303deb9b-84f0-49d2-ab7a-f8b98eed40a2"}]}}}`
	with := strings.Replace(string(hub.Output), `"entry":[`, `"entry":[`+group+`,`, 1)
	// The same from elsewhere, with another condition that is private.
	private := strings.NewReplacer("0a09", "0a10", "303deb9b-84f0-49d2-ab7a-f8b98eed40a2", "464a2ab6-a7df-4b3a-b74d-7873f4cfe668",
		`"code":{`, `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"code":{`).Replace(strings.Replace(group, "1a09", "1a10", 1))
	foreign := strings.Replace(with, `"meta":{"tag":[{"system":"urn:tolk:CodeSystem:document","code":"tilstande","version":"1.0"}]},"entry":[`, `"entry":[`+private+`,`, 1)
	if foreign == with {
		t.Fatal("the Bundle has no tag to take away")
	}
	for _, text := range []string{with, foreign} {
		got, err := backward(text)
		if err != nil {
			t.Fatal(err)
		}
		out := string(got.Output)
		if strings.Contains(out, "303deb9b") || strings.Contains(out, "464a2ab6") || !strings.Contains(out, "4977ce08") {
			t.Errorf("got %s", out)
		}
		if got.Ledger.Counts["dropped"] < 4 || text == foreign && got.Ledger.Counts["residue"] < 4 {
			t.Errorf("counts %v", got.Ledger.Counts)
		}
	}
}

// A lack says of a list that it is not the current one, in R4's words: any other word
// in their place is the sender's, and could be anybody's number.
func TestListThatIsNotCurrent(t *testing.T) {
	forward, backward := ways(t, "medicinliste")
	hub, err := forward(marked)
	if err != nil {
		t.Fatal(err)
	}
	for status, want := range map[string]string{
		"retired":          "the list is retired and not current",
		"entered-in-error": "the list is entered-in-error and not current",
		"2509479989":       "the list is not current",
		"current":          "",
	} {
		text := strings.Replace(string(hub.Output), `"status":"current"`, `"status":"`+status+`"`, 1)
		if status != "current" && text == string(hub.Output) {
			t.Fatal("the list has no status")
		}
		w, err := backward(text)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, l := range w.Ledger.Conformance.Lacks {
			if l.Element == "List.status" {
				got = l.Message
			}
		}
		if want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", status, got, want)
		}
	}
}
