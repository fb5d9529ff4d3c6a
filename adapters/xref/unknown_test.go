package xref

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// Each of these was found by a mutant.

// without is a hub document without the sender's original, which is another for
// every letter, and without what is made of its hash.
func essence(t *testing.T, w *transcript.Written) string {
	t.Helper()
	d, err := tree.Parse(string(w.Output), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for n := range tree.ID(d.Len()) {
		switch d.Key(n) {
		case "id", "fullUrl", "reference", "data":
		default:
			if text := d.Text(n); d.Leaf(n) && len(text) != 64 {
				all = append(all, d.Key(n)+"="+text)
			}
		}
	}
	return strings.Join(all, "\n")
}

// An attribute that nobody knows changes nothing of what its element says.
func TestUnknownAttributes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "fixtures", Document, "xref01-to-fhir", "psykiatrisk-henvisning", "input.xml"))
	if err != nil {
		t.Fatal(err)
	}
	before, err := hub(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"TypeCode", "VersionCode", "StatusCode", "Priority", "DiagnoseTypeCode", "IdentifierCode", "Break"} {
		changed := strings.Replace(string(text), "<"+name+">", "<"+name+` ukendt="7">`, 1)
		changed = strings.Replace(changed, "<"+name+"/>", "<"+name+` ukendt="7"/>`, 1)
		if changed == string(text) {
			t.Fatalf("%s is not in the letter", name)
		}
		after, err := hub(changed)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if essence(t, before) != essence(t, after) {
			t.Errorf("%s: it says something else:\n%s\n%s", name, essence(t, before), essence(t, after))
		}
		unclaimed := 0
		for _, l := range after.Ledger.Lines() {
			if l.Fate == ledger.Unclaimed.String() && strings.HasSuffix(l.Path, ".@ukendt") {
				unclaimed++
			}
		}
		if unclaimed != 1 {
			t.Errorf("%s: the attribute is not unclaimed", name)
		}
	}
}

// What stands where a text is expected and is none is not in the letter, and
// nobody takes it for what it is not.
func TestWhatIsNoText(t *testing.T) {
	for _, c := range []struct{ was, is, path, letter string }{
		{`"given":["Bruno","Test"]`, `"given":["Bruno",7351]`, "Bundle.entry[1].resource.name[0].given[1]", "<PersonGivenName>Bruno</PersonGivenName>"},
		{`"given":["Bruno","Test"]`, `"given":["Bruno",null]`, "Bundle.entry[1].resource.name[0].given[1]", "<PersonGivenName>Bruno</PersonGivenName>"},
		{`"name":[{"family"`, `"address":[{"line":["Testvej 1",null]}],"name":[{"family"`, "Bundle.entry[1].resource.address[0].line[1]", "<StreetName>Testvej 1</StreetName></Patient>"},
		{`"intent":"order"`, `"intent":"order","reasonCode":[{"text":"Uro"},{}]`, "Bundle.entry[0].resource.reasonCode[1]", "<Referral><Refer><DiagnoseTypeCode>uspecificeretkode</DiagnoseTypeCode><DiagnoseText>Uro</DiagnoseText></Refer></Referral>"},
		{`"name":[{"family"`, `"contact":[7351],"name":[{"family"`, "Bundle.entry[1].resource.contact[0]", "</Patient><AdditionalInformation>"},
		{`"intent":"order"`, `"intent":"order","reasonCode":[{"coding":[{"system":"http://snomed.info/sct","code":"1"},"x"],"text":"Uro"}]`, "Bundle.entry[0].resource.reasonCode[0].coding[1]", "<DiagnoseText>Uro</DiagnoseText>"},
	} {
		text := strings.Replace(smallest, c.was, c.is, 1)
		if text == smallest {
			t.Fatalf("%s is not there", c.was)
		}
		w, err := letterOf(strings.Replace(text, `"status":"active"`, `"status":"active","priority":"routine"`, 1))
		if err != nil {
			t.Errorf("%s: %v", c.is, err)
			continue
		}
		if !strings.Contains(string(w.Output), c.letter) {
			t.Errorf("%s: want %s in %s", c.is, c.letter, w.Output)
		}
		for _, l := range w.Ledger.Lines() {
			if l.Path == c.path && l.Fate != ledger.Dropped.String() && l.Fate != ledger.Unclaimed.String() {
				t.Errorf("%s: it is %s", c.path, l.Fate)
			}
		}
	}
}

// What is to beware of and says nothing is no line of CAVE, and what is no text is
// not taken for one that stands there already.
func TestBewareOfNothing(t *testing.T) {
	for value, fate := range map[string]string{
		``:                       "",
		`,"valueString":"Latex"`: ledger.Converted.String(),
		`,"valueString":7351`:    ledger.Converted.String(),
		`,"valueString":" "`:     ledger.Dropped.String(),
		`,"valueCodeableConcept":{"text":"Latex"}`: ledger.Dropped.String(),
	} {
		w, err := letterOf(strings.Replace(smallest, `"entry":[`, `"entry":[{"fullUrl":"urn:uuid:9","resource":{"resourceType":"List","id":"9","status":"current","mode":"snapshot",
			"code":{"coding":[{"system":"http://loinc.org","code":"10160-0"}]},"extension":[{"url":"urn:tolk:StructureDefinition:cave"`+value+`}]}},`, 1))
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		got := ""
		for _, l := range w.Ledger.Lines() {
			if strings.HasPrefix(l.Path, "Bundle.entry[0].resource.extension[0].value") {
				got = l.Fate
			}
		}
		if got != fate {
			t.Errorf("%s: it is %s, want %s", value, got, fate)
		}
	}
}

// A number that stands for a CPR number must be one that its register can have.
func TestReplacementNumbers(t *testing.T) {
	for _, c := range []struct {
		system, value string
		ok            bool
	}{
		{"urn:oid:1.2.208.176.1.6.1.1", "0703921VJ4", true},
		{"urn:oid:1.2.208.176.1.6.1.1", "0703925VJ4", false},
		{"urn:oid:1.2.208.176.1.6.1.3.177", "0703925VJ4", true},
		{"urn:oid:1.2.208.176.1.6.1.3.177", "0703921VJ4", false},
	} {
		text := strings.Replace(strings.Replace(smallest, "urn:oid:1.2.208.176.1.2", c.system, 1), "2509479989", c.value, 1)
		w, err := letterOf(text)
		var e *mapping.Error
		switch {
		case c.ok && (err != nil || !strings.Contains(string(w.Output), "<AlternativeIdentifier>"+c.value+"<")):
			t.Errorf("%s: got %v", c.system, err)
		case !c.ok && (!errors.As(err, &e) || e.Kind != mapping.Value || e.Path != "Bundle.entry[1].resource.identifier[0].value" || strings.Contains(e.Error(), c.value)):
			t.Errorf("%s %s: got %v, want it refused at its place", c.system, c.value, err)
		}
	}
}

// An element that is no letter is the one too many, wherever it stands.
func TestNoLetterBeside(t *testing.T) {
	const codes = `<HospitalReferral><Letter><VersionCode>XH0130R</VersionCode><TypeCode>XREF01</TypeCode></Letter></HospitalReferral>`
	for _, inside := range []string{`<Ukendt/>` + codes, codes + `<Ukendt/>`} {
		_, err := hub(`<Emessage xmlns="` + space01 + `">` + inside + `</Emessage>`)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Path != "Emessage.Ukendt" {
			t.Errorf("%s: got %v, want it refused at Emessage.Ukendt", inside, err)
		}
	}
}

// The bytes decide about the encoding, and a declaration that lies is told; the
// original is kept as it came.
func TestEncodings(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "fixtures", Document, "xref01-to-fhir", "latin-1", "input.xml"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := hub(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(w.Output), base64.StdEncoding.EncodeToString(text)) {
		t.Error("the original in ISO-8859-1 is not kept to the byte")
	}
	for lie, told := range map[string]bool{"ISO-8859-1": true, "UTF-8": false} {
		utf8, _, err := tree.DecodeXML(text)
		if err != nil {
			t.Fatal(err)
		}
		_, notice, err := tree.DecodeXML([]byte(strings.Replace(utf8, "ISO-8859-1", lie, 1)))
		if err != nil || (notice != "") != told {
			t.Errorf("%s, and it is UTF-8: %q, %v", lie, notice, err)
		}
	}
}
