package fields

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"tolk/mapping"
	"tolk/mapping/rules"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// book is a small form of a medication list: every kind of rule is in it.
const book = `
document: medicinliste
left: plain
right: fhir
version: 1.0.0
tables:
  status: {aktiv: active, pauseret: on-hold}
leave: {Binary: "the original is the sender's"}
bundle:
  fixed: [{right: type, is: collection}]
  rules: [{id: dokument, left: dokument, drop: "the kind of document is told by the List"}]
maps:
  - map: list
    right: List
    fixed:
      - {right: status, is: current}
      - {right: mode, is: snapshot}
    rules:
      - {id: date, left: laest, right: date}
      - {id: subject, right: subject, ref: borger}
      - {id: version, left: version, right: "identifier[system=urn:x:version].value"}
    maps:
      - map: cave
        left: cave[]
        right: extension(urn:x:cave)
        rules: [{id: text, left: $, right: valueString}]
      - map: drug
        left: laegemidler[]
        right: MedicationStatement
        at: entry.item
        rules:
          - {id: status, left: status, right: status, via: table(status)}
          - {id: subject, right: subject, ref: borger}
          - {id: private, left: privat, right: "extension(urn:x:private).valueBoolean"}
          - {id: medication, right: medicationReference, ref: medication}
          - {id: times, left: antal, right: "dosage.timing.repeat.frequency", with: [{right: dosage.timing.repeat.period, is: "1"}, {right: dosage.timing.repeat.periodUnit, is: d}]}
          - {id: when, left: "tider[]", right: dosage.timing.repeat.timeOfDay}
          - {id: amount, left: maengde.vaerdi, right: dosage.doseAndRate.doseQuantity.value}
        maps:
          - map: medication
            right: Medication
            rules:
              - {id: name, left: navn, right: code.text, via: loud}
              - {id: atc, left: atc, right: "code.coding[system=http://www.whocc.no/atc].code"}
  - map: borger
    left: borger
    right: Patient
    rules:
      - {id: cpr, left: cpr, right: "identifier[system=urn:oid:1.2.208.176.1.2].value"}
`

var lenses = map[string]Lens{"loud": {
	Forward: func(s string) (string, error) {
		if s == "" {
			return "", &mapping.Error{Kind: mapping.Value, Message: "expected a name"}
		}
		return strings.ToUpper(s), nil
	},
	Backward: func(s string) (string, error) { return strings.ToLower(s), nil },
}}

func load(t *testing.T, text string) (*Library, error) {
	t.Helper()
	return Load(fstest.MapFS{"fields/a.yaml": {Data: []byte(text)}}, "fields", lenses)
}

func run(t *testing.T, of func(*tree.Doc) (*transcript.Transcript, error), text string) *transcript.Written {
	t.Helper()
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	script, err := of(doc)
	if err != nil {
		t.Fatal(err)
	}
	w, err := script.Finish() // which audits
	if err != nil {
		t.Log(string(script.Out.Append(nil, 0)))
		t.Fatal(err)
	}
	return w
}

const input = `{"laest":"2026-11-20T09:00:00+01:00","version":"7","cave":["penicillin","nødder"],"laegemidler":[` +
	`{"status":"aktiv","privat":true,"antal":2,"tider":["08:00:00","20:00:00"],"maengde":{"vaerdi":1.50},"navn":"olanzapin","atc":"N05AH03"},` +
	`{"status":"pauseret","navn":"panodil"}],"borger":{"cpr":"2509479989"}}`

func TestThereAndBack(t *testing.T) {
	l, err := load(t, book)
	if err != nil {
		t.Fatal(err)
	}
	b := l.Book("medicinliste", "plain")
	there := run(t, b.Forward, input)
	for _, want := range []string{`"system":"http://www.whocc.no/atc","code":"N05AH03"`, `"value":1.50`, `"text":"OLANZAPIN"`,
		`"frequency":2,"period":1,"periodUnit":"d"`, `{"url":"urn:x:cave","valueString":"nødder"}`, `"status":"on-hold"`} {
		if !strings.Contains(string(there.Output), want) {
			t.Errorf("got %s, want %s in it", there.Output, want)
		}
	}
	back := run(t, b.Backward, string(there.Output))
	if got := string(back.Output); got != input {
		t.Errorf("there and back:\ngot  %s\nwant %s", got, input)
	}
	if n := back.Ledger.Counts["unclaimed"]; n != 0 {
		t.Errorf("got %d unclaimed leaves of the hub, want none", n)
	}
}

func TestReferencesLeadToTheirResources(t *testing.T) {
	l, _ := load(t, book)
	there := run(t, l.Book("medicinliste", "plain").Forward, input)
	hub, err := tree.Parse(string(there.Output), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	urls := map[string]string{}
	entries := hub.Child(hub.Root(), "entry")
	for e := hub.First(entries); e != tree.None; e = hub.Next(e) {
		urls[hub.Text(hub.Child(e, "fullUrl"))] = hub.Text(hub.Find(e, "resource", "resourceType"))
	}
	if len(urls) != 6 {
		t.Fatalf("got %d resources with a fullUrl of their own, want 6", len(urls))
	}
	for e := hub.First(entries); e != tree.None; e = hub.Next(e) {
		r := hub.Child(e, "resource")
		if hub.Text(hub.Child(r, "resourceType")) != "MedicationStatement" {
			continue
		}
		for name, want := range map[string]string{"subject": "Patient", "medicationReference": "Medication"} {
			if got := urls[hub.Text(hub.Find(r, name, "reference"))]; got != want {
				t.Errorf("%s leads to %q, want %s", name, got, want)
			}
		}
	}
}

// A thousand lines that all lead to one drug with a thousand times of day are a
// document of a million: refused before it is written.
func TestOneResourceAgainAndAgain(t *testing.T) {
	l, _ := load(t, book)
	bundle := func(lines int) string {
		return `{"resourceType":"Bundle","type":"collection","entry":[` +
			`{"fullUrl":"urn:uuid:l","resource":{"resourceType":"List","entry":[` + repeat(`{"item":{"reference":"urn:uuid:s"}}`, lines) + `]}},` +
			`{"fullUrl":"urn:uuid:s","resource":{"resourceType":"MedicationStatement","status":"active","dosage":[{"timing":{"repeat":{"timeOfDay":[` + repeat(`"08:00:00"`, 1000) + `]}}}]}}]}`
	}
	run(t, l.Book("medicinliste", "plain").Backward, bundle(3)) // one that is read for each who names it
	doc, err := tree.Parse(bundle(1000), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Book("medicinliste", "plain").Backward(doc)
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.TooLong || e.Path != "Bundle.entry[1]" {
		t.Errorf("got %v, want it refused as too long at Bundle.entry[1]", err)
	}
}

// repeat writes an element so many times, as an array has them.
func repeat(element string, times int) string {
	return strings.TrimSuffix(strings.Repeat(element+",", times), ",")
}

// What a foreign hub says beside what the form knows is on the ledger, and a
// reference to somebody else is refused.
func TestForeignHub(t *testing.T) {
	l, _ := load(t, book)
	b := l.Book("medicinliste", "plain")
	hub := func(subject, more string) string {
		return `{"resourceType":"Bundle","type":"collection","entry":[` +
			`{"fullUrl":"urn:uuid:1","resource":{"resourceType":"List","status":"retired","mode":"snapshot","subject":{"reference":"` + subject + `"}` + more + `}},` +
			`{"resource":{"resourceType":"Binary","data":"AA=="}},` +
			`{"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","id":"2"}}]}`
	}
	w := run(t, b.Backward, hub("urn:uuid:2", `,"title":"x"`))
	fates := map[string]string{}
	for _, line := range w.Ledger.Lines() {
		fates[line.Path] = line.Fate
	}
	for path, want := range map[string]string{
		"Bundle.entry[0].resource.status": "unclaimed", "Bundle.entry[0].resource.title": "unclaimed",
		"Bundle.entry[0].resource.mode": "used", "Bundle.entry[0].resource.subject.reference": "used",
		"Bundle.entry[1].resource.data": "dropped",
	} {
		if fates[path] != want {
			t.Errorf("%s: got %q, want %s", path, fates[path], want)
		}
	}
	doc, _ := tree.Parse(strings.Replace(hub("urn:uuid:3", ""), `{"resource":{"resourceType":"Binary","data":"AA=="}}`, `{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Patient"}}`, 1), tree.Limits{})
	if _, err := b.Backward(doc); err == nil || !strings.Contains(err.Error(), "second citizen") {
		t.Errorf("got %v, want a second citizen refused", err)
	}
}

// An entry whose fullUrl is the type and id of its own resource, as KL publishes its
// reports, has one name; two entries that share one are refused.
func TestFullURLOfTypeAndID(t *testing.T) {
	l, _ := load(t, book)
	b := l.Book("medicinliste", "plain")
	bundle := func(url string) string {
		return `{"resourceType":"Bundle","type":"collection","entry":[` +
			`{"fullUrl":"List/1","resource":{"resourceType":"List","id":"1","status":"current","mode":"snapshot","subject":{"reference":"Patient/2"}}},` +
			`{"fullUrl":"` + url + `","resource":{"resourceType":"Patient","id":"2"}}]}`
	}
	run(t, b.Backward, bundle("Patient/2"))
	doc, _ := tree.Parse(bundle("List/1"), tree.Limits{})
	if _, err := b.Backward(doc); err == nil || !strings.Contains(err.Error(), "the same fullUrl") {
		t.Errorf("got %v, want two entries of one name refused", err)
	}
}

func TestErrorOfALensHasThePath(t *testing.T) {
	l, _ := load(t, book)
	doc, _ := tree.Parse(`{"laegemidler":[{"navn":"x"},{"navn":""}]}`, tree.Limits{})
	_, err := l.Book("medicinliste", "plain").Forward(doc)
	var e *mapping.Error
	if !errors.As(err, &e) || e.Path != "$this.laegemidler[1].navn" {
		t.Errorf("got %v, want the path of the second name", err)
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"element":  {"right: date", "right: dato", "no such element"},
		"resource": {"right: Patient", "right: Borger", "no such resource"},
		"lens":     {"via: loud", "via: louder", "no lens louder"},
		"table":    {"via: table(status)", "via: table(x)", "no table x"},
		"ref":      {"ref: medication", "ref: medicine", "no such map"},
		"words":    {"pauseret: on-hold", "pauseret: active", "stands for"},
		"ids":      {"id: atc", "id: name", "an id of its own"},
		"select":   {"right: date", "right: \"date[a=b]\"", "nothing to select"},
		"typo":     {"rules:", "rulez:", "unknown field"},
		"known":    {"    fixed:", "    known: cpr\n    fixed:", "a rule of the map with a table"},
		"include":  {"    rules:\n      - {id: cpr", "    include: b.yaml#x\n    rules:\n      - {id: cpr", "no such file"},
	} {
		_, err := load(t, strings.Replace(book, c.old, c.new, 1))
		var list rules.List
		if !errors.As(err, &list) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
