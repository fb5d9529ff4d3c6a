package redact

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/maps"
	"tolk/mapping/measure"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

// attached is a document that others stand in, each in base64.
func attached(all ...string) string {
	var b strings.Builder
	b.WriteString(`{"resourceType":"DocumentReference","content":[`)
	for i, one := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"attachment":{"data":"` + base64.StdEncoding.EncodeToString([]byte(one)) + `"}}`)
	}
	return b.String() + "]}"
}

// became is what the attachments of a document became.
func became(t *testing.T, text string) (all []string) {
	t.Helper()
	_, d := redacted(t, text)
	at := leaves(d)
	for i := 0; ; i++ {
		data, ok := at["DocumentReference.content["+strconv.Itoa(i)+"].attachment.data"]
		if !ok {
			return all
		}
		b, err := base64.StdEncoding.DecodeString(data)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
}

// Bytes become the smallest of their type, a text in the encoding of a letter stays one,
// and of anything else nothing is left.
func TestKindsOfAttachments(t *testing.T) {
	all := became(t, attached("GIF89a Zebravang", "\xff\xd8\xff Zebravang", "%PDF-1.7 Zebravang", "S\xf8ren Zebravang", "\x00\x01 Zebravang", "\x80\x01 Zebravang"))
	for i, one := range all {
		if strings.Contains(one, "Zebravang") || strings.Contains(one, "S\xf8ren") {
			t.Errorf("attachment %d became %q", i, one)
		}
	}
	for i, want := range []string{"gif", "jpeg"} {
		if dot, kind, err := image.Decode(strings.NewReader(all[i])); err != nil || kind != want || dot.Bounds().Dx() != 1 || dot.Bounds().Dy() != 1 {
			t.Errorf("the %s became a %s: %v", want, kind, err)
		}
	}
	pdf := all[2]
	entry := regexp.MustCompile(`(?m)^(\d{10}) 00000 n `)
	objects := entry.FindAllStringSubmatch(pdf, -1)
	if !strings.HasPrefix(pdf, "%PDF-1.4\n") || !strings.HasSuffix(pdf, "%%EOF\n") || len(objects) != 3 {
		t.Fatalf("the PDF became %q", pdf)
	}
	for i, o := range objects {
		if at, _ := strconv.Atoi(o[1]); !strings.HasPrefix(pdf[at:], strconv.Itoa(i+1)+" 0 obj<<") {
			t.Errorf("object %d of the PDF is not at %d", i+1, at)
		}
	}
	_, after, _ := strings.Cut(pdf, "startxref\n")
	if at, _ := strconv.Atoi(strings.Fields(after)[0]); !strings.HasPrefix(pdf[at:], "xref\n0 4\n") {
		t.Errorf("the table of the PDF is not at %d", at)
	}
	if letter := all[3]; len([]rune(letter)) != len("S.ren Zebravang") || !strings.Contains(letter, "\xf8") {
		t.Errorf("the letter became %q", letter)
	}
	if all[4] != "redacted\n" || all[5] != "redacted\n" {
		t.Errorf("bytes of nobody's type became %q and %q", all[4], all[5])
	}
	gone(t, `{"resourceType":"Binary","data":"Zebravang!!"}`, []string{"Zebravang"}, nil)
	if spaced := became(t, attached("S\xf8ren\xa0Zebravang\r\n\tKajsa")); spaced[0] == "redacted\n" || strings.Contains(spaced[0], "Zebravang") || strings.Contains(spaced[0], "Kajsa") {
		t.Errorf("a letter with a hard space became %q", spaced[0])
	}
	_, d := redacted(t, `{"resourceType":"DocumentReference","content":[{"attachment":{"data":"S2Fqc2E=","hash":"YWJjZGVmZ2hpamtsbW5vcHFyc3Q="}}]}`)
	at := leaves(d)
	data, _ := decode(at["DocumentReference.content[0].attachment.data"])
	if sum := sha1.Sum(data); at["DocumentReference.content[0].attachment.hash"] != base64.StdEncoding.EncodeToString(sum[:]) || string(data) == "Kajsa" {
		t.Errorf("the hash of %q became %s", data, at["DocumentReference.content[0].attachment.hash"])
	}
}

// Documents may stand in documents, and what is refused in one is told where it is.
func TestDocumentsInDocuments(t *testing.T) {
	nested := func(deep int) string {
		text := `{"resourceType":"Patient","name":[{"family":"Zebravang"}]}`
		for range deep {
			text = attached(text)
		}
		return text
	}
	if _, err := redactor(t).Redact(nested(deepest), ""); err != nil {
		t.Errorf("%d deep: %v", deepest, err)
	}
	if _, err := redactor(t).Redact(attached(`{"resourceType":"Patient"}`, nested(deepest)), ""); err == nil {
		t.Errorf("%d deep, after another: taken", deepest+1)
	}
	_, err := redactor(t).Redact(nested(deepest+1), "")
	var e *mapping.Error
	at := strings.TrimSuffix(strings.Repeat("DocumentReference.content[0].attachment.data ", deepest+1), " ")
	if !errors.As(err, &e) || e.Kind != mapping.TooLong || e.Path != at || !strings.Contains(e.Message, "more than 6 deep") {
		t.Errorf("%d deep: %#v", deepest+1, err)
	}
	person := func(cpr string) string {
		return `{"resourceType":"Patient","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"` + cpr + `"}]}`
	}
	_, err = redactor(t).Redact(attached(person("2509479989"), person("1509819996"), person("2311143995"), attached(person("2512489996"))), "")
	const fourth = "DocumentReference.content[3].attachment.data DocumentReference.content[0].attachment.data Patient.identifier[0].value"
	if !errors.As(err, &e) || e.Kind != mapping.NotSupported || e.Path != fourth || strings.Contains(err.Error(), "2512489996") {
		t.Errorf("a fourth person in an attachment: %v, want it at %s", err, fourth)
	}
	_, err = redactor(t).Redact(attached(`<Patient xmlns="http://hl7.org/fhir"/>`, `<Foo xmlns="http://hl7.org/fhir"/>`), "")
	if !errors.As(err, &e) || e.Kind != mapping.NotSupported || e.Path != "DocumentReference.content[1].attachment.data children()" {
		t.Errorf("a resource in an attachment that is none: %v", err)
	}
	r, err := redactor(t).Redact(attached(attached(person("1509819996"))), "")
	if err != nil {
		t.Fatal(err)
	}
	const data = "DocumentReference.content[0].attachment.data "
	if want := (Replacement{data + data + "Patient.identifier[0].value", Person}); !slices.Contains(r.Replaced, want) || r.Count(Person) != 1 {
		t.Errorf("got %v, want %v", r.Replaced, want)
	}
}

// Ten digits, eight, or six and four are those of somebody, wherever they begin and end.
func TestPersonalNumbers(t *testing.T) {
	for text, want := range map[string]bool{
		"2509479989": true, "250947-9989": true, "250947 9989": true, "x250947-9989": true, "61009000": true, "0100500000": true, "tlf 61999997": true,
		"0703921VJ4": true, "a 0703925VJ4.": true,
		"250947": false, "25094799": true, "250947998": false, "25094799891": false, "250947-998": false, "250947.9989": false, "9989": false, "": false,
	} {
		if got := personal(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
	for text, want := range map[string]bool{"0101500000": true, "3112500000": true, "6101500000": true, "9112500000": true,
		"3201500000": false, "0113500000": false, "0001500000": false, "0100500000": false, "9212500000": false, "010150": false} {
		if got := cprLike(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

// The displays that are kept are those of the codes that they are published for, of the
// code systems of FHIR and of what is measured, too.
func TestPublishedDisplays(t *testing.T) {
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	r := Known(terms, testKey)
	tried := 0
	official := func(c mapping.Coding) {
		tried++
		if !r.Official(c) {
			t.Errorf("%+v is not known to be published", c)
		}
		if c.Display += "s"; r.Official(c) {
			t.Errorf("%+v is taken for published", c)
		}
	}
	for _, s := range terms.Standards() {
		for _, c := range s.Codes {
			official(mapping.Coding{System: s.URL, Code: c.Code, Display: c.Display})
		}
	}
	for _, i := range measure.All() {
		for _, c := range i.Codings(measure.Hub) {
			official(c)
			if _, held := terms.Lookup(c.System, c.Code); held {
				continue // by its own display alone
			}
			if c.Display = i.Display; !r.Official(c) {
				t.Errorf("%+v is not known to be published", c)
			}
		}
		for _, a := range i.Answers() {
			official(a.Coding)
		}
	}
	if tried < 100 {
		t.Errorf("%d displays were tried", tried)
	}
}

// A code is kept by its shape in a system that a standard has, and in no other: not in a
// register, of whatever it is, and not where it is that of a hospital.
func TestCodesByShape(t *testing.T) {
	coding := func(system, code string) string {
		return `{"resourceType":"Observation","code":{"coding":[{"system":"` + system + `","code":"` + code + `"}]}}`
	}
	for _, system := range []string{"urn:oid:1.2.208.176.1.1", "urn:oid:1.2.208.176.1.3", "urn:oid:1.2.208.176.1.4", "https://www.gs1.org/gln", "http://www.gs1.org/gln", "https://www.gs1.org",
		"http://www.gs1.org", "www.gs1.org", "http://cvr.dk", "https://cvr.dk", "urn:tolk:NamingSystem:kommunekode",
		"http://hl7.dk/fhir/core/CodeSystem/dk-core-municipality-codes", "http://hl7.dk/fhir/core/CodeSystem/dk-core-municipality-codes-greenland"} {
		if !registers[system] {
			t.Errorf("%s is no register", system)
		}
		gone(t, coding(system, "AB123"), []string{"AB123"}, nil)
	}
	gone(t, coding("https://zebravang.dk/codes", "AB123"), []string{"AB123"}, nil)
	gone(t, coding("urn:oid:1.2.208.176.1.2", "AB123"), []string{"AB123"}, nil)
	gone(t, coding(sks, "662001"), []string{"662001"}, nil)
	gone(t, coding(sks, "9901"), []string{`"9901"`}, nil)
	gone(t, coding(sks, "066201"), []string{`"066201"`}, nil)
	gone(t, coding(sks, "DI109"), nil, []string{`"DI109"`})
	for _, code := range strings.Fields("73211009 22298006 38341003 195967001 44054006 84114007 56265001 13645005 49601007 1144649008 712744002 267036007 386661006") {
		if !snomed(code) {
			t.Errorf("%s is no code of SNOMED CT", code)
		}
		for i := range len(code) { // one digit that is another, and two that stand the other way
			for digit := byte('0'); digit <= '9'; digit++ {
				if other := code[:i] + string(digit) + code[i+1:]; other != code && snomed(other) {
					t.Errorf("%s is a code of SNOMED CT", other)
				}
			}
			if i > 0 && code[i] != code[i-1] && snomed(code[:i-1]+code[i:i+1]+code[i-1:i]+code[i+1:]) {
				t.Errorf("%s with digits the other way is a code of SNOMED CT", code)
			}
		}
	}
	gone(t, coding(mapping.FSIII, "Problemer_med_soevn_og_hvile"), nil, []string{`"Problemer_med_soevn_og_hvile"`})
	gone(t, coding(mapping.FSIII, "Problemer_med_zebravang"), []string{"zebravang"}, nil)
}

// A scope of an envelope is what its type says: of a document and a process the published
// names are kept, a patient becomes a test person, and any other is an identifier.
func TestScopes(t *testing.T) {
	scope := func(kind, instance string) string {
		return `<Scope><Type>` + kind + `</Type><InstanceIdentifier>` + instance + `</InstanceIdentifier></Scope>`
	}
	gone(t, `<StandardBusinessDocument><StandardBusinessDocumentHeader><BusinessScope>`+
		scope("DOCUMENTID", "urn:dk:healthcare:medcom:messaging:fhir:structuredefinition:homecareobservation:request:1.1")+scope("PATIENTID", "1509819996")+scope("ZEBRA", "AB-12345")+scope("PROCESSID", "kajsa:zebravang")+
		`</BusinessScope></StandardBusinessDocumentHeader></StandardBusinessDocument>`,
		[]string{"1509819996", "AB-12345", "kajsa", "zebravang"}, []string{">2509479989<", ">urn:dk:healthcare:medcom:messaging:fhir:structuredefinition:"})
}

// The name of a type is kept where a type can stand, and no other word there; a part of a
// published extension is one, and of no other.
func TestTypesAndParts(t *testing.T) {
	gone(t, `{"resourceType":"Patient","name":[{"resourceType":"Zebravang"}],"contained":[{"resourceType":"Zebravang"},{"resourceType":7}]}`, []string{"Zebravang"}, []string{`"resourceType":"Patient"`})
	const nested = `{"resourceType":"Patient","extension":[{"url":"%","extension":[{"url":"code","valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"73211009"}]}}]}]}`
	gone(t, strings.Replace(nested, "%", "http://hl7.org/fhir/StructureDefinition/patient-nationality", 1), nil, []string{`"url":"code"`, "73211009"})
	gone(t, strings.Replace(nested, "%", "https://zebravang.dk/x", 1), []string{"73211009", "zebravang"}, nil)
}

// A member of the plain form is what the one above it says, and a word for a code system
// is that system.
func TestMembersByTheOneAbove(t *testing.T) {
	gone(t, `{"dokument":"henvisning","afsender":{"enhed":"IE"},"modtager":{"enhed":"mg"},"felt":{"enhed":"mg"}}`, []string{`"afsender":{"enhed":"IE"`, `"modtager":{"enhed":"mg"`}, []string{`{"enhed":"mg"}`})
	for _, c := range []struct {
		system, code string
		kept         bool
	}{{"fsiii", "Problemer_med_soevn_og_hvile", true}, {"fsiii", "Problemer_med_zebravang", false}, {"snomed", "73211009", true}, {"snomed", "73211008", false}, {"sks", "DI109", true}, {"zebra", "AB123", false}} {
		_, d := redacted(t, `{"dokument":"henvisning","tilstande":[{"koder":[{"system":"`+c.system+`","kode":"`+c.code+`"}]}]}`)
		at := leaves(d)
		if got := at["$this.tilstande[0].koder[0].kode"]; (got == c.code) != c.kept {
			t.Errorf("%s of %s became %q: %s", c.code, c.system, got, d.Source())
		}
	}
}

// A name of a member is known by the whole of it, and a resource may have so many that one
// is found by its name.
func TestManyMembers(t *testing.T) {
	gone(t, `{"resourceType":"Patient","zgender":{"id":"a"},"_gender":{"id":"a"}}`, []string{"zgender"}, []string{`"_gender"`})
	w := &walk{form: FHIR}
	for name, want := range map[string]bool{"valueQuantity": true, "_valueQuantity": true, "birthDate": true, "resourceType": true, "value": true, "valueZebra": false, "value[x]": false, "_": false, "birthdate": false} {
		if got := w.knows(name); got != want {
			t.Errorf("%q is known: %t", name, got)
		}
	}
	var many strings.Builder
	for i := range 2 * few {
		many.WriteString(`"m` + strconv.Itoa(i) + `":1,`)
	}
	_, d := redacted(t, `{"resourceType":"Patient",`+many.String()+`"birthDate":"1981-09-15","identifier":[{`+many.String()+`"system":"urn:oid:1.2.208.176.1.2","value":"1509819996"}]}`)
	at := leaves(d)
	if at["Patient.birthDate"] != "1947-09-25" || at["Patient.identifier[0].value"] != testPersons[0] {
		t.Errorf("the person became %q, born %q", at["Patient.identifier[0].value"], at["Patient.birthDate"])
	}
}

// A display that is kept is kept in a text that mentions it, too.
func TestKeptMentions(t *testing.T) {
	_, d := redacted(t, `{"resourceType":"Condition","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"4977ce08-df4d-4c09-8e03-c2a563862e68","display":"Gå og bevæge sig"}],"text":"Gå og bevæge sig"},"note":[{"text":"Zebravang vil Gå og bevæge sig, siger Kajsa"}]}`)
	note := leaves(d)["Condition.note[0].text"]
	if !strings.Contains(note, " Gå og bevæge sig") || strings.Contains(note, "Zebravang") || strings.Contains(note, "Kajsa") {
		t.Errorf("the note became %q", note)
	}
}

// What stands for a name is no word of the document, and nobody else's name in it.
func TestSubstitutesAreNew(t *testing.T) {
	for _, left := range []string{"Vinding", "Alma", ""} {
		others := slices.DeleteFunc(slices.Clone(given), func(name string) bool { return name == left })
		_, d := redacted(t, `{"resourceType":"Patient","name":[{"family":"Zebravang"}],"text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">`+strings.Join(others, " ")+`</div>"}}`)
		if got := leaves(d)["Patient.name[0].family"]; slices.Contains(others, got) || left != "" && got != left {
			t.Errorf("where only %q is left, the name became %q", left, got)
		}
	}
}

// A document of XML that cannot be redacted says where, by the names that its form has.
func TestPathsOfForms(t *testing.T) {
	r, _ := redacted(t, `<Emessage><HospitalReferral><Patient><PersonSurnameName>Zebravang</PersonSurnameName></Patient></HospitalReferral></Emessage>`)
	if want := (Replacement{"Emessage.HospitalReferral.Patient.PersonSurnameName", Name}); len(r.Replaced) != 1 || r.Replaced[0] != want {
		t.Errorf("got %v, want %v", r.Replaced, want)
	}
	r, _ = redacted(t, `<Emessage><HospitalReferral><!-- Kajsa --></HospitalReferral></Emessage>`)
	if r.Count(Remark) != 1 || bytes.Contains(r.Output, []byte("Kajsa")) {
		t.Errorf("a comment became %s: %v", r.Output, r.Replaced)
	}
	r, err := redactor(t).Redact(`{"resourceType":"Zebravang","a":"Kajsa"}`, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Replaced {
		if strings.Contains(p.Path, "Zebra") {
			t.Errorf("the report tells the name: %s", p.Path)
		}
	}
	if bytes.Contains(r.Output, []byte("Zebra")) || bytes.Contains(r.Output, []byte("Kajsa")) {
		t.Errorf("got %s", r.Output)
	}
}

// A text goes out in the encoding that it came in, to the last letter that ISO-8859-1
// has; what it does not have is written as its number.
func TestEncoded(t *testing.T) {
	for original, want := range map[string]string{
		"g\xe5r":        "\xc5\xfe\xff&#256;&#8211;",
		"går":           "Åþÿ\u0100–",
		"\ufeffgår":     "\ufeffÅþÿ\u0100–",
		"\xFE\xFF\x00g": "\xFE\xFF\x00\xC5\x00\xFE\x00\xFF\x01\x00\x20\x13",
		"\xFF\xFEg\x00": "\xFF\xFE\xC5\x00\xFE\x00\xFF\x00\x00\x01\x13\x20",
	} {
		if got := encoded("Åþÿ\u0100–", original); got != want {
			t.Errorf("as %q: got %q, want %q", original, got, want)
		}
	}
}
