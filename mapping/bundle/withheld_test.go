package bundle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// However names overlap, begin and end alike: a letter is masked if and only if it
// stands in a name.
func TestMaskFindsEveryName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		marked := map[string]bool{}
		for _, name := range rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("abæ")), 3, 7, -1), 1, 6).Draw(t, "names") {
			marked[name] = rapid.IntRange(0, 4).Draw(t, "secret") > 0
		}
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abæABÆ ")), 0, 40, -1).Draw(t, "text")
		n := newNames(marked)
		got, found := n.mask(text)
		want := masked(text, marked)
		if found != (want != text) || got != want {
			t.Fatalf("%q without %v: got %q, want %q", text, marked, got, want)
		}
	})
}

// masked is names.mask by looking for every name at every letter.
func masked(text string, marked map[string]bool) string {
	letters, small := []rune(text), []rune(lower(text))
	name := make([]int, len(letters)) // of those that begin at a letter, how long the longest is
	for word, secret := range marked {
		length := len([]rune(word))
		for i := 0; secret && length >= shortest && i+length <= len(small); i++ {
			if string(small[i:i+length]) == word {
				name[i] = max(name[i], length)
			}
		}
	}
	var b strings.Builder
	for i, end := 0, 0; i < len(letters); i++ {
		if i >= end {
			if name[i] == 0 {
				b.WriteRune(letters[i])
				continue
			}
			b.WriteString(mask)
		}
		end = max(end, i+name[i])
	}
	return b.String()
}

// The beginning of one name may hold another, and end with the beginning of a third.
func TestMaskOfNamesInNames(t *testing.T) {
	n := newNames(map[string]bool{"depotkanarin forte": true, "kanarin": true, "narinette": true, "etter": true})
	for text, want := range map[string]string{
		"depotkanarin": "depot" + mask, "depotkanarin fort": "depot" + mask + " fort", "kanarinette": mask, "depotkanarinetten": "depot" + mask + "n",
		"kanarinetter": mask, "depotkanarin forte": mask, "depotkanari": "depotkanari", "narinett": "narinett",
	} {
		if got, _ := n.mask(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// Which names are learnt first is left to chance, and is nothing to what is found: of
// three, each in the one before but for its beginning and its end.
func TestMaskInWhateverOrder(t *testing.T) {
	for range 30 {
		n := newNames(map[string]bool{"xabcdeg": true, "abcdeh": true, "bcde": true})
		if got, _ := n.mask("xabcdef"); got != "xa"+mask+"f" {
			t.Fatalf("got %s", got)
		}
	}
}

const (
	listed   = `{"resourceType":"List","id":"l"`
	restrict = `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}`
	observed = `{"resourceType":"Observation","id":"o",` + restrict
)

// What a private resource is told by elsewhere stays here with it, and nothing more.
func TestSocialHoldsWhatTells(t *testing.T) {
	note := func(text string) string { return listed + `,"note":[{"text":"` + text + `"}]}` }
	drug := func(id, code string) string {
		return `{"resourceType":"Medication","id":"` + id + `","code":{` + code + `}}`
	}
	one := "," + fmt.Sprintf(withheld, "1")
	withholds(t, []withholding{
		{"the mark is on the drug", []string{list, strings.Replace(secret, `"code"`, restrict+`,"code"`, 1), strings.Replace(private, "true", "false", 1), open, known},
			of(`{"resourceType":"List","id":"l","subject":{"reference":"urn:uuid:p"},"entry":[{"item":{"reference":"MedicationStatement/s2"}}]`+one+`}`, open, known), 1},
		{"the mark is two steps away", []string{listed + `,"entry":[{"item":{"reference":"urn:uuid:s2"}}]}`, open,
			`{"resourceType":"Medication","id":"m2","manufacturer":{"reference":"Organization/o"}}`, `{"resourceType":"Organization","id":"o",` + restrict + `}`},
			of(listed + one + "," + emptied + `}`), 1},
		{"the line says when", []string{listed + `,"entry":[{"date":"2026-01-01","item":{"reference":"urn:uuid:s1"}},{"date":"2026-01-02","item":{"reference":"urn:uuid:s2"}}]}`, private, secret, open, known},
			of(listed+`,"entry":[{"date":"2026-01-02","item":{"reference":"urn:uuid:s2"}}]`+one+`}`, open, known), 1},
		{"an extension leads there", []string{listed + `,"extension":[{"url":"urn:x","valueReference":{"reference":"urn:uuid:s1","display":"K"}},{"url":"urn:y","valueString":"z"}]}`, private, secret},
			of(listed + `,"extension":[{"url":"urn:y","valueString":"z"},{"url":"urn:tolk:StructureDefinition:withheld","valueUnsignedInt":1}]}`), 1},
		{"named by a coding", []string{private, drug("m1", `"coding":[{"display":"Kanarin"}]`), note("kanarin virker")},
			of(listed + `,"note":[{"text":"` + mask + ` virker"}]` + one + `}`), 1},
		{"named by what is in it", []string{private, `{"resourceType":"Medication","id":"m1","ingredient":[{"itemCodeableConcept":{"text":"Kanarin"}}]}`, note("kanarin virker")},
			of(listed + `,"note":[{"text":"` + mask + ` virker"}]` + one + `}`), 1},
		{"a name of four letters", []string{private, drug("m1", `"text":"Kana"`), note("kana virker")},
			of(listed + `,"note":[{"text":"` + mask + ` virker"}]` + one + `}`), 1},
		{"an open line has the name", []string{private, secret, open, drug("m2", `"text":"KANARIN"`), note("kanarin virker")},
			of(open, drug("m2", `"text":"KANARIN"`), listed+`,"note":[{"text":"kanarin virker"}]`+one+`}`), 1},
		{"an open line has the name by itself", []string{private, secret, `{"resourceType":"MedicationStatement","id":"s2","medicationCodeableConcept":{"text":"Kanarin"}}`, note("kanarin virker")},
			of(`{"resourceType":"MedicationStatement","id":"s2","medicationCodeableConcept":{"text":"Kanarin"}}`, listed+`,"note":[{"text":"kanarin virker"}]`+one+`}`), 1},
		{"a text in XHTML", []string{private, secret, listed + `,"text":{"status":"generated","div":"<div/>"}}`}, of(listed + one + `}`), 1},
		{"a text in XHTML, and nothing private", []string{open, listed + `,"text":{"status":"generated","div":"<div/>"}}`}, of(open, listed+`,"text":{"status":"generated","div":"<div/>"}}`), 0},
		{"an attachment", []string{private, secret, listed + `,"x":{"contentType":"text/plain","data":"S2FuYXJpbg==","title":"t"},"y":{"data":"1"}}`},
			of(listed + `,"x":{"contentType":"text/plain","title":"t"},"y":{"data":"1"}` + one + `}`), 1},
		{"two lists, and a line on none", []string{listed + `}`, `{"resourceType":"List","id":"k"}`, private, secret}, of(listed+one+`}`, `{"resourceType":"List","id":"k"}`), 1},
		{"a line of the second list", []string{listed + `}`, `{"resourceType":"List","id":"k","entry":[{"item":{"reference":"urn:uuid:s1"}},{"item":{"reference":"urn:uuid:s2"}}]}`, private, secret, open},
			of(listed+`}`, `{"resourceType":"List","id":"k","entry":[{"item":{"reference":"urn:uuid:s2"}}]`+one+`}`, open), 1},
		{"a line of two lists", []string{listed + `,"entry":[{"item":{"reference":"urn:uuid:s1"}}]}`, `{"resourceType":"List","id":"k","entry":[{"item":{"reference":"urn:uuid:s1"}},{"item":{"reference":"urn:uuid:s2"}}]}`, private, open},
			of(listed+one+`,`+emptied+`}`, `{"resourceType":"List","id":"k","entry":[{"item":{"reference":"urn:uuid:s2"}}]}`, open), 1},
		{"a line that is no drug", []string{listed + `,"entry":[{"item":{"reference":"urn:uuid:o"}},{"item":{"reference":"urn:uuid:s2"}}]}`, observed + `}`, open},
			of(listed+`,"entry":[{"item":{"reference":"urn:uuid:s2"}}]}`, open), 0},
		{"a request that is no referral", []string{private, open, `{"resourceType":"ServiceRequest","id":"q","category":[{"coding":[{"code":"1"}]}],"supportingInfo":[{"reference":"urn:uuid:s1"}]}`}, of(open), 1},
		{"a referral", []string{private, open, `{"resourceType":"ServiceRequest","id":"q","category":[{"coding":[{"code":"3457005"}]}],"supportingInfo":[{"reference":"urn:uuid:s1"}]}`},
			of(open, `{"resourceType":"ServiceRequest","id":"q","category":[{"coding":[{"code":"3457005"}]}]}`), 1},
		{"what tells of what was given by name", []string{private, secret, open, `{"resourceType":"MedicationAdministration","id":"g","medicationCodeableConcept":{"text":"Kanarin"}}`,
			`{"resourceType":"Provenance","id":"v","target":[{"reference":"urn:uuid:g"}]}`}, of(open), 1},
		{"many before", []string{listed + "," + fmt.Sprintf(withheld, "10") + `}`, private}, of(listed + "," + fmt.Sprintf(withheld, "11") + `}`), 1},
		{"before, a number that is none", []string{listed + "," + fmt.Sprintf(withheld, "1.5") + `}`, private}, of(listed + one + `}`), 1},
		{"before, less than nothing", []string{listed + "," + fmt.Sprintf(withheld, "-3") + `}`, private}, of(listed + one + `}`), 1},
		{"the mark stands second", []string{strings.Replace(private, `[{`, `[{"url":"urn:x","valueString":"y"},{`, 1), open}, of(open), 1},
		{"a label that says normal", []string{strings.Replace(open, `"id"`, `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}]},"id"`, 1)},
			of(strings.Replace(open, `"id"`, `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}]},"id"`, 1)), 0},
		{"a label of another system", []string{strings.Replace(open, `"id"`, `"meta":{"security":[{"system":"urn:x","code":"R"}]},"id"`, 1)},
			of(strings.Replace(open, `"id"`, `"meta":{"security":[{"system":"urn:x","code":"R"}]},"id"`, 1)), 0},
	})
}

// accounted checks that WithoutPrivate writes the same, with an account in which
// nothing is unclaimed and every leaf that stays has its reason.
func accounted(t *testing.T, name, text string, s *Social) {
	t.Helper()
	b, err := Read(parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	w, err := b.WithoutPrivate("the.rule")
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if string(w.Output) != s.Text {
		t.Errorf("%s, with its account\ngot  %s\nwant %s", name, w.Output, s.Text)
	}
	held := false
	for _, line := range w.Ledger.Lines() {
		held = held || line.Fate == "residue"
		if line.Rule != "the.rule" || line.Fate == "unclaimed" || line.Fate == "residue" && !strings.Contains(line.Reason, "privatmarkeret") {
			t.Errorf("%s: got %+v", name, line)
		}
	}
	if s.Withheld+s.Others > 0 && !held {
		t.Errorf("%s: something is held back, and every leaf went", name)
	}
}

// A report goes, and the citizen, and lose only what leads to what is private. Who and
// what stands for that alone stays here; who stands for something else too goes, and so
// does a fact of its own.
func TestSocialHoldsWhoIsThereForIt(t *testing.T) {
	for _, kind := range []string{"Medication", "Practitioner", "PractitionerRole", "Organization", "Location", "Device", "RelatedPerson", "Condition", "Observation"} {
		who := `{"resourceType":"` + kind + `","id":"w"}`
		held := observed + `,"performer":[{"reference":"` + kind + `/w"}]}`
		report := `{"resourceType":"DiagnosticReport","id":"r","result":[{"reference":"urn:uuid:o"}]}`
		citizen := `{"resourceType":"Patient","id":"p","link":[{"other":{"reference":"urn:uuid:o"}}],"active":true}`
		ours := `{"resourceType":"Observation","id":"o2","performer":[{"reference":"urn:uuid:w"}]}`
		others := []string{`{"resourceType":"DiagnosticReport","id":"r"}`, `{"resourceType":"Patient","id":"p","active":true}`}
		alone := others
		if kind == "Condition" || kind == "Observation" {
			alone = append(slices.Clip(others), who)
		}
		for _, c := range []struct {
			all, goes []string
		}{
			{[]string{report, citizen, held, who}, alone},
			{[]string{report, citizen, held, who, ours}, append(slices.Clip(others), who, ours)},
		} {
			s, err := social(t, of(c.all...))
			if err != nil {
				t.Fatal(err)
			}
			if want := of(c.goes...); s.Text != want || s.Others != 1 {
				t.Errorf("%s: %d others\ngot  %s\nwant %s", kind, s.Others, s.Text, want)
			}
		}
	}
}

// What is masked is converted, what says how many are held is the rule's, and what is
// held has the reason it is held for.
func TestWithoutPrivateSaysWhy(t *testing.T) {
	b, err := Read(parse(t, of(private, secret, open, `{"resourceType":"Binary","id":"b","data":"e30="}`, listed+`,"text":{"div":"<div/>"},"note":[{"text":"kanarin virker"}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	w, err := b.WithoutPrivate("the.rule")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]string{
		"Bundle.entry[0].resource.id":           {"residue", heldPrivate},
		"Bundle.entry[1].resource.code.text":    {"residue", heldWith},
		"Bundle.entry[2].resource.id":           {"carried", ""},
		"Bundle.entry[3].resource.data":         {"residue", heldOriginal},
		"Bundle.entry[4].resource.text.div":     {"residue", heldNarrative},
		"Bundle.entry[4].resource.note[0].text": {"converted", ""},
	}
	for _, line := range w.Ledger.Lines() {
		if said, ok := want[line.Path]; ok && (line.Fate != said[0] || line.Reason != said[1]) {
			t.Errorf("got %+v, want %s", line, said)
		}
		delete(want, line.Path)
	}
	if len(want) > 0 {
		t.Errorf("not on the ledger: %v", want)
	}
	for _, o := range w.Ledger.Origins() {
		if strings.HasSuffix(o.Path, ".valueUnsignedInt") && o.From != ledger.FromConstant {
			t.Errorf("got %+v", o)
		}
	}
	b, err = Read(parse(t, of(listed+`,`+restrict+`}`, patient)))
	if err != nil {
		t.Fatal(err)
	}
	if w, err := b.WithoutPrivate("the.rule"); w != nil || err == nil {
		t.Errorf("a document that is private as a whole is written: %v", err)
	}
}

// An account of several resources goes with what is left of them; one that only says
// what was done to the one that stays, stays too.
func TestSocialOfAccounts(t *testing.T) {
	of2 := func(targets string) string {
		return `{"resourceType":"Provenance","id":"v","target":[` + targets + `],"agent":[{"who":{"reference":"urn:uuid:s2"}}]}`
	}
	for targets, goes := range map[string]string{
		`{"reference":"urn:uuid:s1"}`:                             "",
		`{"reference":"urn:uuid:s1"},{"reference":"urn:uuid:s2"}`: of2(`{"reference":"urn:uuid:s2"}`),
		`{"reference":"urn:uuid:s2"}`:                             of2(`{"reference":"urn:uuid:s2"}`),
	} {
		s, err := social(t, of(private, open, of2(targets)))
		if err != nil {
			t.Fatal(err)
		}
		want := of(open)
		if goes != "" {
			want = of(open, goes)
		}
		if s.Text != want {
			t.Errorf("got  %s\nwant %s", s.Text, want)
		}
	}
}

// A mark counts wherever it may stand: on the Bundle, on a resource, on one within it;
// as R and as V, and as an extension that says nothing.
func TestAnyPrivate(t *testing.T) {
	label := func(code string) string {
		return `"meta":{"security":[{"system":"` + confidentiality + `","code":"` + code + `"}]}`
	}
	for text, want := range map[string]bool{
		of(open): false, of(open, private): true,
		of(`{"resourceType":"Observation",` + label("R") + `}`):                            true,
		of(`{"resourceType":"Observation",` + label("V") + `}`):                            true,
		of(`{"resourceType":"Observation",` + label("N") + `}`):                            false,
		of(`{"resourceType":"Observation","meta":{"security":[{"code":"V"}]}}`):            true,
		of(`{"resourceType":"Observation","contained":[` + open + `]}`):                    false,
		of(`{"resourceType":"Observation","contained":[` + open + `,` + private + `]}`):    true,
		of(`{"resourceType":"Observation","extension":[{"url":"` + Prefix + `private"}]}`): true,
		strings.Replace(of(open), `"type"`, label("R")+`,"type"`, 1):                       true,
	} {
		b, err := Read(parse(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if got := b.AnyPrivate(); got != want {
			t.Errorf("%s: got %t", text, got)
		}
	}
	s, err := social(t, of(`{"resourceType":"Observation","id":"o","contained":[`+private+`]}`, open))
	if err != nil || s.Text != of(open) {
		t.Errorf("what contains something private goes: %v %v", s, err)
	}
}

// What is no Bundle, or holds nothing, is refused with its place.
func TestReadRefuses(t *testing.T) {
	for text, path := range map[string]string{
		`{"resourceType":"List","entry":[{"resource":{"resourceType":"List"}}]}`: "resourceType",
		`{"entry":[{"resource":{"resourceType":"List"}}]}`:                       "resourceType",
		`<Bundle><resourceType>Bundle</resourceType></Bundle>`:                   "resourceType",
		`{"resourceType":"Bundle"}`:                                              "Bundle.entry",
		`{"resourceType":"Bundle","entry":[{}]}`:                                 "Bundle.entry",
	} {
		d, err := tree.Read(text, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := Read(d)
		var e *mapping.Error
		kind := mapping.Invalid
		if path == "Bundle.entry" {
			kind = mapping.Required
		}
		if b != nil || !errors.As(err, &e) || e.Path != path || e.Kind != kind {
			t.Errorf("%s: got %v", text, err)
		}
	}
	b, err := Read(parse(t, of(list, patient)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Document("DiagnosticReport")
	var e *mapping.Error
	if !errors.As(err, &e) || e.Path != "Bundle.entry" || e.Kind != mapping.Required || !strings.Contains(e.Message, "DiagnosticReport") {
		t.Errorf("got %v", err)
	}
	if d, err := b.Document("Patient"); err != nil || d != b.Entries[1] {
		t.Errorf("got %v, %v", d, err)
	}
	if i := b.Identifier(b.Entries[1].Node, "urn:oid:1.2.208.176.1.2"); b.Path(i) != "Bundle.entry[1].resource.identifier[0]" {
		t.Errorf("got %s", b.Path(i))
	}
	if i := b.Identifier(b.Entries[1].Node, "urn:x"); i != tree.None {
		t.Errorf("got %s", b.Path(i))
	}
}

// A mark on the citizen, on the Bundle or on what a list contains is one on the whole.
func TestSocialRefusesTheWhole(t *testing.T) {
	for path, resources := range map[string]string{
		"Bundle.entry[1].resource": of(listed+`}`, strings.Replace(patient, `"id"`, restrict+`,"id"`, 1)),
		"Bundle.entry[0].resource": of(listed+`,"contained":[`+strings.Replace(open, `"id"`, restrict+`,"id"`, 1)+`]}`, patient),
		"Bundle":                   strings.Replace(of(listed+`}`, patient), `"type"`, restrict+`,"type"`, 1),
	} {
		_, err := social(t, resources)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != mapping.BusinessRule || e.Path != path {
			t.Errorf("got %v, want it refused at %s", err, path)
		}
	}
	if _, err := social(t, of(listed+`,"contained":[`+open+`]}`, patient)); err != nil {
		t.Error(err)
	}
}

// A document about nobody, or about what is no citizen, is not sent on.
func TestSubjectIsACitizen(t *testing.T) {
	for name, subject := range map[string]string{
		"nobody": ``, "nobody here": `,"subject":{"reference":"Patient/q"}`, "no reference": `,"subject":{"display":"Bruno"}`,
		"an organisation": `,"subject":{"reference":"Organization/o"}`,
	} {
		b, err := Read(parse(t, of(listed+subject+`}`, patient, `{"resourceType":"Organization","id":"o"}`)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := b.Subject(b.Entries[0])
		var e *mapping.Error
		if p != nil || !errors.As(err, &e) || e.Kind != mapping.Required || e.Path != "Bundle.entry[0].resource.subject" {
			t.Errorf("%s: got %v, %v", name, p, err)
		}
	}
}

// An entry without a resource is none, one alone stands without a list, and a name is
// the fullUrl where there is one.
func TestReadOfEntries(t *testing.T) {
	b, err := Read(parse(t, `{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:x"},{"resource":"Patient"},{"fullUrl":"urn:uuid:y","resource":{"resourceType":"Patient","id":"p"}},{"resource":{"resourceType":"List"}}]}`))
	if err != nil || len(b.Entries) != 2 || b.Entries[0].URL != "urn:uuid:y" || b.Entries[1].URL != "urn:uuid:" {
		t.Fatalf("got %v, %v", b, err)
	}
	if got := b.Follow(tree.None); got != nil {
		t.Errorf("a reference that is not there leads to %v", got)
	}
	b, err = Read(parse(t, `{"resourceType":"Bundle","entry":{"resource":{"resourceType":"List","id":"l","emptyReason":{"text":"?"}}}}`))
	if err != nil || len(b.Entries) != 1 || b.Silent(b.Entries[0]) {
		t.Errorf("got %v, %v", b, err)
	}
	b, err = Read(parse(t, of(listed+`}`, `{"resourceType":"DiagnosticReport","id":"r"}`, `{"resourceType":"Patient","id":"p","name":[{"use":"official","family":"Elmer"}]}`)))
	if err != nil || !b.Silent(b.Entries[0]) || b.Silent(b.Entries[1]) {
		t.Errorf("a list that is empty and does not say why is silent, and a report is not: %v", err)
	}
	if b.Identified(b.Entries[2].Node) {
		t.Error("a citizen without a number is known")
	}
}
