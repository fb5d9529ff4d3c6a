package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tolk/fixtures/validator"
	"tolk/mapping/tree"
)

// With both parties, an author and a number to call, a medication list of FMK,
// of a social system or of the hub becomes a message of MedCom's without a
// fault, whatever it has not from the document itself.
func TestPartiesMakeAMessage(t *testing.T) {
	const (
		sender   = "sor=938061000016005,gln=5790001382445,name=Bostedet Testlunden,person=Signe Test Sørensen,role=Social- og sundhedsassistent,phone=+45 86 12 34 56"
		receiver = "sor=52581000016005,gln=5790000121526,name=Skødstrup Lægepraksis"
	)
	var files []string
	for name, from := range map[string]string{
		"fmk":   "medicinliste/fmk-to-carecommunication/til-laegen/input.xml",
		"plain": "medicinliste/plain-to-fhir/fast-og-efter-behov/input.json",
		"fhir":  "medicinliste/fhir-to-carecommunication/uden-telefon/input.json",
	} {
		var out, words bytes.Buffer
		code := run([]string{"translate", "--from", name, "--to", "carecommunication", "--sender", sender, "--receiver", receiver,
			filepath.Join(fixturesDir, filepath.FromSlash(from))}, strings.NewReader(""), &out, &words)
		if code != 0 {
			t.Errorf("%s: exit %d: %s", name, code, words.String())
			continue
		}
		d, err := tree.Parse(out.String(), tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Text(d.Child(d.Root(), "type")); got != "message" {
			t.Errorf("%s: the Bundle is of type %q: %s", name, got, words.String())
		}
		file := filepath.Join(t.TempDir(), name+".json")
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, i := range validator.Errors(validator.Find(t).Validate(t, "medcom.fhir.dk.carecommunication#5.0.2", nil, files...)) {
		t.Error(i)
	}
}

// A letter that names its parties by GLN alone gives a Bundle that is no message, and
// is valid all the same: MedCom takes no reference to an organisation without a SOR
// number. With the number that each lacks it is a message.
func TestPartiesWithoutSOR(t *testing.T) {
	var files []string
	for _, name := range []string{"mindste", "psykiatrisk-henvisning"} {
		for kind, numbers := range map[string][]string{"collection": nil, "message": {"--sender", "sor=938061000016005,person=Hanne,role=sygeplejerske,phone=86123456", "--receiver", "sor=52581000016005"}} {
			var out, words bytes.Buffer
			letter := filepath.Join(fixturesDir, "henvisning", "xref01-to-fhir", name, "input.xml")
			if code := run(append([]string{"translate", "--from", "xref01", "--to", "carecommunication", letter}, numbers...), strings.NewReader(""), &out, &words); code != 0 {
				t.Fatalf("%s: exit %d: %s", name, code, words.String())
			}
			if strings.Contains(out.String(), "SOR: </p>") || strings.Contains(out.String(), "GLN: </p>") {
				t.Errorf("%s: a narrative has a number without its digits", name)
			}
			d, err := tree.Parse(out.String(), tree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Text(d.Child(d.Root(), "type")); got != kind {
				t.Errorf("%s: the Bundle is of type %q, want %s: %s", name, got, kind, words.String())
			}
			files = append(files, filepath.Join(t.TempDir(), name+"-"+kind+".json"))
			if err := os.WriteFile(files[len(files)-1], out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, i := range validator.Errors(validator.Find(t).Validate(t, "medcom.fhir.dk.carecommunication#5.0.2", nil, files...)) {
		t.Error(i)
	}
}

// The number of an organisation of another name is not given to the one of the
// document: who has the name is not who has the number.
func TestNumberOfAnotherOrganisation(t *testing.T) {
	letter := filepath.Join(fixturesDir, "henvisning", "xref01-to-fhir", "psykiatrisk-henvisning", "input.xml")
	for sender, want := range map[string]bool{"sor=938061000016005": true, "sor=938061000016005,name=Et helt andet sted": false} {
		var out, words bytes.Buffer
		if code := run([]string{"translate", "--from", "xref01", "--to", "carecommunication", "--sender", sender, letter}, strings.NewReader(""), &out, &words); code != 0 {
			t.Fatalf("%s: exit %d: %s", sender, code, words.String())
		}
		if got := strings.Contains(out.String(), "938061000016005"); got != want {
			t.Errorf("%s: the number is written: %v; %s", sender, got, words.String())
		}
	}
}

// A receiver is an organisation, and a key that nobody knows is refused.
func TestPartiesOnTheCommandLine(t *testing.T) {
	for _, tt := range []struct{ flag, value, want string }{
		{"--receiver", "person=Anna Testesen", "--receiver: person is the sender's; a message goes to an organisation, expected sor=NUMBER,gln=NUMBER,name=NAME"},
		{"--receiver", "cvr=1", "--receiver cvr: expected sor=NUMBER,gln=NUMBER,name=NAME\n"},
		{"--sender", "cvr=1", "--sender cvr: expected sor=NUMBER,gln=NUMBER,name=NAME,person=NAME,role=ROLE,phone=NUMBER\n"},
	} {
		var out, words bytes.Buffer
		code := run([]string{"translate", "--from", "fhir", "--to", "carecommunication", tt.flag, tt.value}, strings.NewReader("{}"), &out, &words)
		if code != 2 || !strings.Contains(words.String(), tt.want) {
			t.Errorf("%s %s: exit %d: %s", tt.flag, tt.value, code, words.String())
		}
	}
}

// Every URI of ours that stands in an output is explained in doc/documents.md.
func TestURIsAreExplained(t *testing.T) {
	page, err := os.ReadFile("../../doc/documents.md")
	if err != nil {
		t.Fatal(err)
	}
	core, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	uri := regexp.MustCompile(`urn:tolk:(?:StructureDefinition|NamingSystem|CodeSystem|Questionnaire):([A-Za-z0-9-]+)`)
	found := map[string]bool{}
	for _, c := range loadFixtures(t) {
		if c.Request.Document == "tilstande" {
			continue
		}
		r, err := core.gateway.Translate(c.Input, c.Request)
		if err != nil {
			continue // a case that must be refused
		}
		for _, m := range uri.FindAllStringSubmatch(string(r.Output), -1) {
			if name := m[1]; !found[name] && !strings.Contains(string(page), "`"+name+"`") && !strings.Contains(string(page), "`"+m[0]+"`") {
				t.Errorf("%s: doc/documents.md does not say what %s is", c.Name, m[0])
			}
			found[m[1]] = true
		}
	}
	if len(found) < 50 {
		t.Errorf("%d URIs found: nothing is compared", len(found))
	}
}
