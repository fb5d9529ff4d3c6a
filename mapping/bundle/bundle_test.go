package bundle

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/tree"
)

func parse(t testing.TB, text string) *tree.Doc {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d
}

// of writes a Bundle of resources.
func of(resources ...string) string {
	text := `{"resourceType":"Bundle","type":"collection","entry":[`
	for i, r := range resources {
		if i > 0 {
			text += ","
		}
		text += `{"resource":` + r + `}`
	}
	return text + `]}`
}

const (
	list     = `{"resourceType":"List","id":"l","subject":{"reference":"urn:uuid:p"},"entry":[{"item":{"reference":"urn:uuid:s1"}},{"item":{"reference":"MedicationStatement/s2"}}]}`
	patient  = `{"resourceType":"Patient","id":"p","name":[{"use":"official","family":"Elmer"}],"identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}]}`
	private  = `{"resourceType":"MedicationStatement","id":"s1","extension":[{"url":"urn:tolk:StructureDefinition:private","valueBoolean":true}],"medicationReference":{"reference":"urn:uuid:m1"}}`
	open     = `{"resourceType":"MedicationStatement","id":"s2","medicationReference":{"reference":"urn:uuid:m2"}}`
	secret   = `{"resourceType":"Medication","id":"m1","code":{"text":"Kanarin"}}`
	known    = `{"resourceType":"Medication","id":"m2","code":{"text":"Vitaminpillen"}}`
	withheld = `"extension":[{"url":"urn:tolk:StructureDefinition:withheld","valueUnsignedInt":%s}]`
)

func TestRead(t *testing.T) {
	b, err := Read(parse(t, of(list, patient, private, secret)))
	if err != nil {
		t.Fatal(err)
	}
	l, err := b.Document("List")
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Subject(l)
	if err != nil || p.ID != "p" || p.URL != "urn:uuid:p" || !b.Identified(p.Node) {
		t.Errorf("the subject is %+v, %v", p, err)
	}
	if b.Silent(l) || !b.Private(b.Entries[2].Node) || b.Private(l.Node) {
		t.Error("a list with lines is not silent; the statement is private and the list is not")
	}
	if first, again := ID("a", "b"), ID("a", "b"); first != again || ID("a", "b") == ID("ab") {
		t.Error("an id depends on its parts and on nothing else")
	}
}

func TestIdentified(t *testing.T) {
	const cpr = `"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"`
	tests := []struct {
		identifier, name string
		want             bool
	}{
		{cpr, `"use":"official","family":"Elmer"`, true},
		{`"use":"official",` + cpr, `"use":"official","family":"Elmer"`, true},
		{`"use":"temp",` + cpr, `"use":"official","family":"Elmer"`, false},
		{`"use":"temp","system":"urn:oid:1.2.208.176.1.6.1.1","value":"0703921VJ4"`, `"use":"official","family":"Elmer"`, true},
		{`"use":"official","system":"urn:oid:1.2.208.176.1.6.1.1","value":"0703921VJ4"`, `"use":"official","family":"Elmer"`, false},
		{`"use":"secondary","system":"urn:oid:1.2.208.176.1.6.1.3","value":"0703925VJ4"`, `"use":"official","family":"Elmer"`, true},
		{`"system":"urn:oid:1.2.208.176.1.2","value":"250947-998"`, `"use":"official","family":"Elmer"`, false},
		{cpr, `"use":"official","text":"Bruno Test Elmer"`, false},
		{cpr, `"family":"Elmer"`, false},
		{cpr, `"use":"official","family":"Elmer"},{"use":"official","family":"Test"`, false},
		{cpr + `},{` + cpr, `"use":"official","family":"Elmer"`, false},
	}
	for _, tt := range tests {
		b, err := Read(parse(t, of(`{"resourceType":"Patient","id":"p","identifier":[{`+tt.identifier+`}],"name":[{`+tt.name+`}]}`)))
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Identified(b.Entries[0].Node); got != tt.want {
			t.Errorf("%s %s: got %v", tt.identifier, tt.name, got)
		}
	}
}

// What is held back with a private line, and what goes.
func TestSocial(t *testing.T) {
	given := func(id, medication, statement string) string {
		return `{"resourceType":"MedicationAdministration","id":"` + id + `",` + medication + `,"supportingInformation":[` + statement + `]}`
	}
	withholds(t, []withholding{
		{"nothing private", []string{list, patient, open, known}, of(list, patient, open, known), 0},
		{"a private line", []string{list, patient, private, secret, open, known},
			of(`{"resourceType":"List","id":"l","subject":{"reference":"urn:uuid:p"},"entry":[{"item":{"reference":"MedicationStatement/s2"}}],`+fmt.Sprintf(withheld, "1")+`}`, patient, open, known), 1},
		{"more than before", []string{`{"resourceType":"List",` + fmt.Sprintf(withheld, "4") + `,"entry":[{"item":{"reference":"urn:uuid:s1"}}],"emptyReason":{"text":"?"}}`, private, secret},
			of(`{"resourceType":"List",` + fmt.Sprintf(withheld, "5") + `,"emptyReason":{"text":"?"}}`), 1},
		{"a line on no list", []string{`{"resourceType":"List","entry":[]}`, private}, of(`{"resourceType":"List","entry":[],` + fmt.Sprintf(withheld, "1") + `,` + emptied + `}`), 1},
		{"given without a line", []string{list, open, known, private, secret, given("g", `"medicationReference":{"reference":"urn:uuid:m1"}`, "")},
			of(`{"resourceType":"List","id":"l","subject":{"reference":"urn:uuid:p"},"entry":[{"item":{"reference":"MedicationStatement/s2"}}],`+fmt.Sprintf(withheld, "1")+`}`, open, known), 1},
		{"given by name", []string{private, secret, given("g", `"medicationCodeableConcept":{"text":"kanarin"}`, "")}, `{"resourceType":"Bundle","type":"collection"}`, 1},
		{"the same drug on an open line", []string{private, secret, strings.Replace(open, "m2", "m1", 1)}, of(secret, strings.Replace(open, "m2", "m1", 1)), 1},
		{"a mark that is not well written", []string{strings.Replace(private, "true", `"ja"`, 1), open}, of(open), 1},
		{"a mark that says no", []string{strings.Replace(private, "true", "false", 1), secret}, of(strings.Replace(private, "true", "false", 1), secret), 0},
		{"the original", []string{open, known, `{"resourceType":"Binary","id":"b","data":"e30="}`,
			`{"resourceType":"Provenance","id":"v","target":[{"reference":"urn:uuid:s2"}],"entity":[{"role":"source","what":{"reference":"urn:uuid:b"}}]}`},
			of(open, known, `{"resourceType":"Provenance","id":"v","target":[{"reference":"urn:uuid:s2"}]}`), 0},
		{"one who signs both", []string{private, secret, open, known, `{"resourceType":"Provenance","id":"v","target":[{"reference":"urn:uuid:s1"},{"reference":"urn:uuid:s2"}]}`},
			of(open, known, `{"resourceType":"Provenance","id":"v","target":[{"reference":"urn:uuid:s2"}]}`), 1},
		{"CAVE is told", []string{private, secret, `{"resourceType":"List","id":"l","extension":[{"url":"urn:tolk:StructureDefinition:cave","valueString":"Kanarin: udslæt"}],"note":[{"text":"KANARIN virker"}]}`},
			of(`{"resourceType":"List","id":"l","extension":[{"url":"urn:tolk:StructureDefinition:cave","valueString":"Kanarin: udslæt"},{"url":"urn:tolk:StructureDefinition:withheld","valueUnsignedInt":1}],"note":[{"text":"[privatmarkeret lægemiddel] virker"}]}`), 1},
	})
}

// withholding is what goes of resources to the social side.
type withholding struct {
	name      string
	resources []string
	goes      string // what is written
	withheld  int
}

func withholds(t *testing.T, tests []withholding) {
	t.Helper()
	for _, tt := range tests {
		s, err := social(t, of(tt.resources...))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if s.Text != tt.goes || s.Withheld != tt.withheld {
			t.Errorf("%s: %d withheld\ngot  %s\nwant %s", tt.name, s.Withheld, s.Text, tt.goes)
		}
		accounted(t, tt.name, of(tt.resources...), s)
	}
}

func social(t testing.TB, text string) (*Social, error) {
	t.Helper()
	b, err := Read(parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return b.Social()
}

// A document that is marked as a whole stays; where lines are marked too, the
// mark on it sums them up.
func TestSocialRefusesWhatIsPrivateAsAWhole(t *testing.T) {
	marked := strings.Replace(list, `"id":"l"`, `"id":"l","meta":{"security":[{"code":"R"}]}`, 1)
	_, err := social(t, of(marked, open, known))
	if e, ok := err.(*mapping.Error); !ok || e.Kind != mapping.BusinessRule || e.Path != "Bundle.entry[0].resource" {
		t.Errorf("got %v", err)
	}
	if _, err := social(t, of(marked, open, known, private, secret)); err != nil {
		t.Error(err)
	}
}

// Whatever the document is: what goes is a document, and holds nothing private.
func FuzzSocial(f *testing.F) {
	for _, seed := range []string{of(list, patient, private, secret, open, known), of(list, `{"resourceType":"Binary"}`), of(`{}`), of(`[]`, list),
		`{"resourceType":"Bundle","entry":{"resource":{"resourceType":"List","entry":{"item":{"reference":"List/"}}}}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			return
		}
		b, err := Read(d)
		if err != nil {
			return
		}
		s, err := b.Social()
		if err != nil {
			return
		}
		again, err := tree.Parse(s.Text, tree.Limits{})
		if err != nil {
			t.Fatalf("%v\n%s", err, s.Text)
		}
		left, err := Read(again)
		if err != nil {
			return // nothing goes
		}
		for _, e := range left.Entries {
			if e.Type == "Binary" || e.Type == "MedicationStatement" && left.Private(e.Node) {
				t.Errorf("%s goes\n%s", e.Type, s.Text)
			}
		}
	})
}

func TestMask(t *testing.T) {
	n := newNames(map[string]bool{"kanarin": true, "kanarin depot": true, "åben øre": true, "vitamin": false, "abc": true, "privat": true})
	tests := [][2]string{
		{"Kanarin", mask},
		{"får KANARIN DEPOT og kanarin.", "får " + mask + " og " + mask + "."},
		{"kanarinkanarin", mask + mask},
		{"ÅBEN ØRE", mask},
		{"kanari", ""}, {"abc", ""}, {"", ""}, {"vitamin", ""},
		{"kanarin depotkanarin", mask + mask},
		{"kanarin depo", mask + " depo"},
		{"privatmarkeret kanarin", mask + "markeret " + mask}, // the mask itself is not looked through
	}
	for _, tt := range tests {
		if got, found := n.mask(tt[0]); found != (tt[1] != "") || found && got != tt[1] {
			t.Errorf("%q: got %q, want %q", tt[0], got, tt[1])
		}
	}
}

// What is held back is found in time that grows with the document, not faster.
func BenchmarkSocial(b *testing.B) {
	for _, lines := range []int{40, 4000} {
		text := `{"resourceType":"List","id":"l","entry":[`
		var all []string
		for i := range lines {
			if i > 0 {
				text += ","
			}
			text += fmt.Sprintf(`{"item":{"reference":"urn:uuid:s%d"}}`, i)
			extension := ""
			if i%2 == 0 {
				extension = `"extension":[{"url":"urn:tolk:StructureDefinition:private","valueBoolean":true}],`
			}
			all = append(all, fmt.Sprintf(`{"resourceType":"MedicationStatement","id":"s%d",%s"medicationReference":{"reference":"urn:uuid:m%d"}}`, i, extension, i),
				fmt.Sprintf(`{"resourceType":"Medication","id":"m%d","code":{"text":"Lægemiddel %d"}}`, i, i))
		}
		d := parse(b, of(append([]string{text + "]}"}, all...)...))
		b.Run(fmt.Sprint(lines), func(b *testing.B) {
			b.SetBytes(int64(len(d.Source())))
			for b.Loop() {
				x, err := Read(d)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := x.Social(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Who marked a drug private, and who gave it, is no further fact that is held
// back: the reader would look for what is not there.
func TestSocialOthers(t *testing.T) {
	const label = `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},`
	for name, c := range map[string]struct {
		resource string
		want     int
	}{
		"who marked it":         {`{"resourceType":"Provenance","id":"v",` + label + `"target":[{"reference":"urn:uuid:s1"}]}`, 0},
		"who gave it":           {`{"resourceType":"MedicationAdministration","id":"v",` + label + `"supportingInformation":[{"reference":"urn:uuid:s1"}]}`, 0},
		"who marked what goes":  {`{"resourceType":"Provenance","id":"v",` + label + `"target":[{"reference":"urn:uuid:s2"}]}`, 1},
		"the drug itself":       {`{"resourceType":"Medication","id":"m1",` + label + `"code":{"text":"Kanarin"}}`, 0},
		"a drug on no line":     {`{"resourceType":"Medication","id":"v",` + label + `"code":{"text":"Kanarin"}}`, 1},
		"a private measurement": {`{"resourceType":"Observation","id":"v",` + label + `"status":"final"}`, 1},
	} {
		s, err := social(t, of(list, patient, private, open, known, c.resource))
		if err != nil {
			t.Fatal(err)
		}
		if s.Withheld != 1 || s.Others != c.want {
			t.Errorf("%s: got %d withheld and %d others, want 1 and %d", name, s.Withheld, s.Others, c.want)
		}
	}
}

// A thousand names that differ in their last letters only, in a text that is the
// beginning of them all over again: a moment, or half an hour.
func TestMaskOfNamesThatAreAlike(t *testing.T) {
	marked := map[string]bool{strings.Repeat("a", 50_000) + "c": true}
	for i := range 1000 {
		marked[strings.Repeat("a", 200)+"b"+strconv.Itoa(i)] = true
	}
	n := newNames(marked)
	start := time.Now()
	if _, found := n.mask(strings.Repeat("a", 1_000_000)); found {
		t.Error("a name was found where only its beginning is")
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A document of two citizens goes to nobody: it would be attached whole, with
// what is about the other.
func TestSubjectIsOne(t *testing.T) {
	for name, resources := range map[string][]string{
		"before": {list, strings.Replace(patient, `"id":"p"`, `"id":"q"`, 1), patient},
		"after":  {list, patient, open, strings.Replace(patient, `"id":"p"`, `"id":"q"`, 1)},
	} {
		b, err := Read(parse(t, of(resources...)))
		if err != nil {
			t.Fatal(err)
		}
		l, err := b.Document("List")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Subject(l); err == nil || !strings.Contains(err.Error(), "a second citizen") || !strings.HasPrefix(err.Error(), "Bundle.entry[") {
			t.Errorf("%s: got %v, want the second citizen refused", name, err)
		}
	}
}

// A fullUrl counts before an id, wherever it stands, and a name that two resources
// have leads to neither.
func TestNames(t *testing.T) {
	doc, err := tree.Parse(`{"resourceType":"Bundle","type":"collection","entry":[
		{"fullUrl":"urn:uuid:other","resource":{"resourceType":"Organization","id":"x","name":"by its id"}},
		{"fullUrl":"urn:uuid:x","resource":{"resourceType":"Organization","id":"o1","name":"by its fullUrl"}},
		{"fullUrl":"Organization/y","resource":{"resourceType":"Organization","id":"z"}},
		{"resource":{"resourceType":"Organization","id":"y"}},
		{"fullUrl":"urn:uuid:twice","resource":{"resourceType":"Patient","id":"1"}},
		{"fullUrl":"urn:uuid:twice","resource":{"resourceType":"Patient","id":"2"}},
		{"resource":{"resourceType":"Patient","id":"same"}},
		{"resource":{"resourceType":"Organization","id":"same"}},
		{"resource":{"resourceType":"Device","id":"d"}},
		{"resource":{"resourceType":"Device","id":"d"}}]}`, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Read(doc)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{
		"urn:uuid:x": 1, "Organization/x": 0, "urn:uuid:other": 0, "Organization/o1": 1,
		"Organization/y": 2, "urn:uuid:y": 3, "Organization/z": 2,
		"urn:uuid:twice": -1, "Patient/1": 4, "Patient/2": 5,
		"urn:uuid:same": -1, "Patient/same": 6, "Organization/same": 7,
		"urn:uuid:d": -1, "Device/d": -1, "nothing": -1,
	} {
		var entry *Entry
		if want >= 0 {
			entry = b.Entries[want]
		}
		if got := b.place[name]; got != entry {
			t.Errorf("%s leads to %+v, want entry %d", name, got, want)
		}
	}
}
