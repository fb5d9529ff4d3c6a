package medcom

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// What both forms can say comes back without any residue: every leaf of every
// resource that is no envelope, but for ids and references, which are those of
// another document.
func TestExamplesComeBackWithoutResidue(t *testing.T) {
	for name, text := range official(t) {
		if envelopeOnly(name) {
			continue
		}
		back := fromHub(t, string(toHub(t, text).Output), receiver(t, text))
		source, target := leavesOf(t, text), leavesOf(t, string(back.Output))
		for path, raw := range source {
			switch {
			case strings.HasPrefix(path, "MessageHeader"), strings.HasPrefix(path, "Provenance"),
				strings.HasSuffix(path, ".id"), strings.HasSuffix(path, ".reference"):
			case strings.Contains(path, ".meta.profile") && !strings.HasPrefix(name, "Bundle-"):
			case target[path] != raw:
				t.Errorf("%s: %s: got %s, want %s", name, path, target[path], raw)
			}
		}
	}
}

// leavesOf lists the leaves of a document by type of resource, its number among
// those, and the place in it.
func leavesOf(t *testing.T, text string) map[string]string {
	t.Helper()
	doc := parse(t, text)
	leaves, count := map[string]string{}, map[string]int{}
	of := func(r tree.ID) {
		kind := doc.Text(doc.Child(r, "resourceType"))
		prefix := fmt.Sprintf("%s[%d]", kind, count[kind])
		count[kind]++
		doc.Walk(r, func(leaf tree.ID, _ string) { leaves[prefix+doc.PathBelow(r, leaf)] = doc.Raw(leaf) })
	}
	entries := doc.Child(doc.Root(), "entry")
	if entries == tree.None {
		of(doc.Root())
		return leaves
	}
	for e := doc.First(entries); e != tree.None; e = doc.Next(e) {
		of(doc.Child(e, "resource"))
	}
	return leaves
}

// fixture returns the input of a worked example.
func fixture(t *testing.T, direction, name string) string {
	t.Helper()
	inputs, _ := cases(t, direction)
	text, ok := inputs[direction+"-"+name+".json"]
	if !ok {
		t.Fatalf("no fixture %s/%s", direction, name)
	}
	return text
}

const (
	systolicID  = "246b82a7-2d8a-5c37-871b-6a2632d12f07"
	diastolicID = "0d363340-b04e-5d97-8fa0-3f96c6392c22"
)

// Two numbers are one blood pressure only where all else is the same.
func TestBloodPressureIsJoinedOnlyWhenAllElseIsTheSame(t *testing.T) {
	whole := fixture(t, "hco-to-fhir", "blodtryk-samles")
	diastolic := func(member string) string {
		return strings.Replace(whole, `"id": "`+diastolicID+`",`, `"id": "`+diastolicID+`", `+member+`,`, 1)
	}
	for what, c := range map[string]struct {
		text   string
		joined bool
	}{
		"the same":          {whole, true},
		"another time":      {strings.Replace(whole, "09:10:00", "09:11:00", 1), false},
		"another performer": {diastolic(`"performer": [{"display": "Anna"}]`), false},
		"another position":  {diastolic(`"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/observation-bodyPosition", "valueCodeableConcept": {"text": "stående"}}]`), false},
		"another place":     {diastolic(`"bodySite": {"text": "venstre arm"}`), false},
		"a note":            {diastolic(`"note": [{"text": "målt to gange"}]`), false},
		"a person's narrative": {strings.Replace(whole, `"text": {
          "status": "generated",
          "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>diastolisk`, `"text": {
          "status": "additional",
          "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>diastolisk`, 1), false},
		"no time at all": {strings.ReplaceAll(whole, `"effectiveDateTime": "2026-10-05T09:10:00+02:00",`, ""), false},
		"two systolic":   {strings.Replace(whole, "DNK05473", "DNK05472", 1), false},
	} {
		if what != "the same" && c.text == whole {
			t.Errorf("%s: the fixture is not changed", what)
		}
		got := strings.Contains(string(toHub(t, c.text).Output), `"85354-9"`)
		if got != c.joined {
			t.Errorf("%s: joined: got %v, want %v", what, got, c.joined)
		}
	}
}

func TestHalvesKeepTheirIds(t *testing.T) {
	hub := toHub(t, fixture(t, "hco-to-fhir", "blodtryk-samles"))
	back := string(fromHub(t, string(hub.Output), document.Request{}).Output)
	for _, id := range []string{systolicID, diastolicID} {
		if !strings.Contains(back, `"fullUrl":"urn:uuid:`+id+`","resource":{"resourceType":"Observation"`) {
			t.Errorf("no observation has the id %s again", id)
		}
	}
}

// A metre and a centimetre are one decimal apart, and no digit is lost.
func TestHeightIsInMetresThere(t *testing.T) {
	hub := fixture(t, "fhir-to-hco", "fuld-besked")
	for cm, m := range map[string]string{"169": "1.69", "169.0": "1.690", "170": "1.70", "98.5": "0.985", "-5": "-0.05", "1.69e2": "1.69e0"} {
		out := string(fromHub(t, strings.Replace(hub, `"value": 169,`, `"value": `+cm+`,`, 1), document.Request{}).Output)
		if !strings.Contains(out, `"valueQuantity":{"value":`+m+`,"unit":"m"}`) {
			t.Errorf("%s cm: want %s m in %s", cm, m, out)
		}
	}
}

func TestTwelveCharacters(t *testing.T) {
	hub := fixture(t, "fhir-to-hco", "for-mange-tegn")
	for value, fits := range map[string]bool{"82.500000001": true, "82.5000000001": false} {
		out := string(fromHub(t, strings.Replace(hub, "82.5000000000001", value, 1), document.Request{}).Output)
		if got := strings.Contains(out, `"value":`+value); got != fits {
			t.Errorf("%s: written: got %v, want %v", value, got, fits)
		}
	}
}

func TestTheCodeCountsAndNotTheDisplay(t *testing.T) {
	w := toHub(t, fixture(t, "hco-to-fhir", "leukocytter-som-lymfocytter"))
	if out := string(w.Output); strings.Contains(out, "NPU02593") || !strings.Contains(out, "B—Leukocytter") {
		t.Errorf("a display changed what was measured, or was changed: %s", out)
	}
	if len(w.Ledger.Notices) != 1 || !strings.Contains(w.Ledger.Notices[0].Message, "NPU02636") {
		t.Errorf("got the notices %v, want one about the display of NPU02636", w.Ledger.Notices)
	}
}

func TestAComparatorGoesAlong(t *testing.T) {
	out := string(toHub(t, fixture(t, "hco-to-fhir", "under-graensen")).Output)
	if !strings.Contains(out, `"valueQuantity":{"value":5,"comparator":"<","unit":"mg/L","system":"http://unitsofmeasure.org","code":"mg/L"}`) {
		t.Errorf("less than 5 is not less than 5: %s", out)
	}
}

// The sender is the one that the document names; where it names none, the one
// that the caller names. A number of the receiver that the document does not
// hold makes no message.
func TestParties(t *testing.T) {
	whole := fixture(t, "fhir-to-hco", "fuld-besked")
	_, requests := cases(t, "fhir-to-hco")
	to := requests["fhir-to-hco-fuld-besked.json"].Receiver
	nobody := strings.Replace(whole, `"organization": {
          "reference": "urn:uuid:ddca9fe6-86ed-54d7-b28c-86cf3aa9ec23"
        },`, "", 1)
	untimed := strings.Replace(whole, `"timestamp": "2026-10-05T10:00:00+02:00",`, "", 1)
	yder := strings.Replace(whole, `"012345"`, `"012345", "period": {"end": "2020-01-01"}`, 1)
	for what, c := range map[string]struct {
		text    string
		q       document.Request
		message bool
	}{
		"both known":                 {whole, document.Request{Receiver: to}, true},
		"the receiver not named":     {whole, document.Request{}, false},
		"a receiver that is nowhere": {whole, document.Request{Receiver: document.Party{GLN: "5790000000005"}}, false},
		"the sender not named":       {nobody, document.Request{Receiver: to}, false},
		"the sender from the caller": {nobody, document.Request{Receiver: to, Sender: document.Party{SOR: "1000000000016001"}}, true},
		"no moment":                  {untimed, document.Request{Receiver: to}, false},
		"the moment from the caller": {untimed, document.Request{Receiver: to, Now: time.Date(2026, 10, 5, 8, 0, 0, 0, time.UTC)}, true},
		"more about the ydernummer":  {yder, document.Request{Receiver: to}, true},
		"no telephone":               {strings.Replace(whole, `"phone"`, `"email"`, 1), document.Request{Receiver: to}, false},
		"no official name":           {strings.Replace(whole, `"use": "official",`, "", 1), document.Request{Receiver: to}, false},
		"two numbers of the sender": {strings.Replace(whole, `,
          {
            "system": "http://medcomfhir.dk/ig/terminology/CodeSystem/MedComProducentID",
            "value": "SKV"
          }`, "", 1), document.Request{Receiver: to}, false},
	} {
		w := fromHub(t, c.text, c.q)
		if got := strings.Contains(string(w.Output), `"type":"message"`); got != c.message || w.Ledger.Conformance.Met != c.message {
			t.Errorf("%s: a message: got %v, want %v; lacks %v", what, got, c.message, w.Ledger.Conformance.Lacks)
		}
	}
}

// What is told of allergies is in the words that the receiver reads, once.
func TestCAVEIsRead(t *testing.T) {
	first := fromHub(t, fixture(t, "fhir-to-hco", "uden-plads"), document.Request{})
	second := fromHub(t, string(toHub(t, string(first.Output)).Output), document.Request{})
	if got := strings.Count(string(second.Output), "CAVE: Penicillin: udslæt"); got != 1 {
		t.Errorf("CAVE is in the conclusion %d times, want once: %s", got, second.Output)
	}
}

// What was taken back is not read as a new measurement.
func TestRetractedIsEnteredInError(t *testing.T) {
	w := toHub(t, fixture(t, "hco-to-fhir", "tilbagekaldt"))
	out := string(w.Output)
	if strings.Contains(out, `"status":"final"`) || strings.Count(out, `"status":"entered-in-error"`) != 4 {
		t.Errorf("a report and three measurements that were taken back: %s", out)
	}
	if len(w.Ledger.Notices) != 1 {
		t.Errorf("got the notices %v, want one about the activity", w.Ledger.Notices)
	}
}

// Two systolic values in one blood pressure: nobody can tell which counts, and
// two observations of one id would be made of them.
func TestABloodPressureWithTwoOfOneKindStays(t *testing.T) {
	text := fixture(t, "fhir-to-hco", "blodtryk-uden-diastolisk")
	list := `"component": [`
	if !strings.Contains(text, list) {
		list = `"component":[`
	}
	at := strings.Index(text, list) + len(list)
	doc := parse(t, text[at:at+closing(t, text[at:])])
	twice := text[:at] + doc.Source() + "," + text[at:]
	w := fromHub(t, twice, document.Request{})
	if strings.Contains(string(w.Output), "DNK05472") {
		t.Errorf("a systolic blood pressure went along: %s", w.Output)
	}
	told := false
	for _, n := range w.Ledger.Notices {
		told = told || strings.Contains(n.Message, "more than one value of one kind")
	}
	if !told {
		t.Errorf("the sender is not told: %+v", w.Ledger.Notices)
	}
}

// closing returns where the object ends that text begins with.
func closing(t *testing.T, text string) int {
	t.Helper()
	depth := 0
	for i, c := range text {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	t.Fatal("expected an object")
	return 0
}

// CAVE that only the medication list tells stays behind with it, and the sender
// hears so.
func TestCAVEOfAListIsNoticed(t *testing.T) {
	const words = "Penicillin: udslæt (oplyst af borgeren)"
	text := fixture(t, "fhir-to-plain", "helt-tjek")
	if strings.Count(text, words) != 1 {
		t.Fatal("the fixture does not tell CAVE once")
	}
	const first = `"extension": [` // of the report
	both := strings.Replace(text, first, first+`{"url":"urn:tolk:StructureDefinition:cave","valueString":"`+words+`"},`, 1)
	for name, tt := range map[string]struct {
		text string
		want int
	}{
		"of the list alone":     {text, 1},
		"of the report as well": {both, 0},
	} {
		w := fromHub(t, tt.text, document.Request{})
		told := 0
		for _, n := range w.Ledger.Notices {
			if strings.Contains(n.Message, "CAVE that is told with") {
				told++
			}
			if strings.Contains(n.Message, "Penicillin") {
				t.Error("the notice quotes the document")
			}
		}
		if told != tt.want {
			t.Errorf("%s: got %v, want %d notices of CAVE", name, w.Ledger.Notices, tt.want)
		}
	}
}

// MedCom's codes say the unit: a number in another kind of unit would be read in
// theirs.
func TestAUnitThatIsNoneOfTheItem(t *testing.T) {
	const hub = `{"resourceType":"Bundle","type":"collection","entry":[
{"fullUrl":"urn:uuid:30ad0ea3-ab35-4d2a-9bbf-5ea3a1d2d3b1","resource":{"resourceType":"Observation","id":"30ad0ea3-ab35-4d2a-9bbf-5ea3a1d2d3b1","status":"final","code":{"coding":[CODINGS]},"effectiveDateTime":"2026-10-05T09:00:00+02:00","valueQuantity":QUANTITY}},
{"fullUrl":"urn:uuid:30ad0ea3-ab35-4d2a-9bbf-5ea3a1d2d3b2","resource":{"resourceType":"Observation","id":"30ad0ea3-ab35-4d2a-9bbf-5ea3a1d2d3b2","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"effectiveDateTime":"2026-10-05T09:00:00+02:00","valueQuantity":{"value":70,"unit":"/min"}}}]}`
	own := func(name string) string { return `{"system":"urn:tolk:CodeSystem:maaling","code":"` + name + `"}` }
	for name, tt := range map[string]struct {
		codings, quantity string
		stays             bool
	}{
		"in grams":                 {own("haemoglobin"), `{"value":140,"unit":"g/L"}`, false},
		"in grams, with NPU":       {own("haemoglobin") + `,{"system":"http://npu-terminology.org","code":"NPU02319"}`, `{"value":140,"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"}`, false},
		"in no unit of the table":  {own("temperatur"), `{"value":98.6,"unit":"F"}`, false},
		"without a unit":           {own("saturation"), `{"value":97}`, false},
		"in the unit":              {own("haemoglobin"), `{"value":8.7,"unit":"mmol/L"}`, true},
		"in a unit that converts":  {own("temperatur"), `{"value":98.6,"unit":"°F"}`, true},
		"a score without a unit":   {own("tobs"), `{"value":3}`, true},
		"NPU, an unknown spelling": {`{"system":"http://npu-terminology.org","code":"NPU21692"}`, `{"value":71,"unit":"hjerteslag"}`, true},
	} {
		w := fromHub(t, strings.NewReplacer("CODINGS", tt.codings, "QUANTITY", tt.quantity).Replace(hub), document.Request{})
		if got := strings.Count(string(w.Output), `"Observation"`) == 2; got != tt.stays {
			t.Errorf("%s: goes along %t, want %t: %s", name, got, tt.stays, w.Output)
		}
		told := false
		for _, n := range w.Ledger.Notices {
			told = told || strings.Contains(n.Message, "left out: its unit is none that")
		}
		if told == tt.stays {
			t.Errorf("%s: notices %v", name, w.Ledger.Notices)
		}
	}
}
