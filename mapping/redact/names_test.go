package redact

import (
	"strings"
	"testing"

	"tolk/mapping/tree"
)

// A name of an element that is replaced stands in no path: neither its own nor one
// below it, in no document inside, and in no error.
func TestNamesInPaths(t *testing.T) {
	for _, text := range []string{
		`{"dokument":"tilstande","borger":{"fornavn":"Zebravang Kanarie"},"hemmelig nøgle":{"zebravang":{"kanarie":"x"}}}`,
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","name":[{"family":"Zebravang"}]}},{"zebravang":{"tal":123456789}}]}`,
		`<Emessage><HospitalReferral><Patient><PersonSurnameName>Zebravang</PersonSurnameName></Patient><zebravang Kanarie="1"><Date>2026-01-01</Date></zebravang></HospitalReferral></Emessage>`,
	} {
		r, _ := redacted(t, text)
		named := false
		for _, p := range r.Replaced {
			named = named || p.Kind == Key && strings.Contains(p.Path, ".children()[")
			if lower := strings.ToLower(p.Path); strings.Contains(lower, "zebra") || strings.Contains(lower, "kanarie") {
				t.Errorf("the report tells the name: %s: %s", p.Path, p.Kind)
			}
		}
		if !named {
			t.Errorf("no name is told in %v", r.Replaced)
		}
	}
	for _, text := range []string{
		`{"dokument":"tilstande","zebravang":{"cpr":["2311143995","2509479989","1509819996","2512489996"]},"borger":{"zebravang":[{"cpr":"2311143995"},{"cpr":"2509479989"},{"cpr":"1509819996"},{"cpr":"2512489996"}]}}`,
		`<zebravang/>`,
	} {
		if _, err := redactor(t).Redact(text, ""); err == nil || strings.Contains(strings.ToLower(err.Error()), "zebra") {
			t.Errorf("the error tells the name: %v", err)
		}
	}
}

// In the forms that are XML of their own a name that no form has is replaced like what
// it says, alike everywhere, and the document can be read.
func TestNamesInXML(t *testing.T) {
	text := `<MedicineCard xmlns="http://www.dkma.dk/medicinecard/xml.schema/2015/06/01" xmlns:zebra='https://zebravang.dk/ns' xmlns:ns2="http://www.w3.org/2000/09/xmldsig#">` +
		`<zebra:Kanarie zebra:kajsa='x > y' Version="7"><![CDATA[<Kanarie>]]></zebra:Kanarie><zebra:Kanarie/><!-- <Kanarie> --><ns2:Signature/>` +
		`<Patient><Person><PersonIdentifier source="kajsa">1509819996</PersonIdentifier><Name kajsa="kajsa"><Surname>Hansen</Surname></Name></Person></Patient><p1234567890>a</p1234567890></MedicineCard>`
	r, d := redacted(t, text)
	out := strings.ToLower(string(r.Output))
	for _, secret := range []string{"zebra", "kanarie", "kajsa", "1234567890", "hansen"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is left in %s", secret, r.Output)
		}
	}
	for _, kept := range []string{"<MedicineCard xmlns=", "<ns2:Signature/>", "<Patient><Person><PersonIdentifier source="} {
		if !strings.Contains(string(r.Output), kept) {
			t.Errorf("%q is lost in %s", kept, r.Output)
		}
	}
	was, err := tree.Read(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if was.Leaves() != d.Leaves() {
		t.Errorf("%d leaves, want %d: %s", d.Leaves(), was.Leaves(), r.Output)
	}
	first := d.First(d.Root())
	if second := d.Next(first); d.Key(first) != d.Key(second) || d.Prefix(first) != d.Prefix(second) {
		t.Errorf("two elements of one name have two: %s", r.Output)
	}
}

// A word is kept only where it is one of the lists; a code of a code system stays.
func TestWordsOfNoList(t *testing.T) {
	gone(t, `<Emessage><HospitalReferral><Priority>kajsa</Priority><Transport>Kajsa</Transport><ReferralStatus>KAJSA</ReferralStatus><DiagnoseCode>DI109</DiagnoseCode><DiagnoseTypeCode>SKSdiagnosekode</DiagnoseTypeCode></HospitalReferral></Emessage>`,
		[]string{"kajsa", "Kajsa", "KAJSA"}, []string{">DI109<", ">SKSdiagnosekode<"})
	gone(t, `<MedicineCard><Identifier source="kajsa">77</Identifier><Egen source="kajsa" date="kajsa" kajsa="kajsa"/><Identifier source="Medicinpriser">28100123456</Identifier></MedicineCard>`,
		[]string{"kajsa"}, []string{`source="Medicinpriser"`})
	gone(t, `<VANSEnvelope><Message><Document><Format><Type>kajsa</Type><Name EndPointType="kajsa">homecareobservation-message</Name></Format></Document></Message></VANSEnvelope>`,
		[]string{"kajsa"}, []string{">homecareobservation-message<"})
	gone(t, `{"resourceType":"Patient","language":"kajsa","contained":[{"resourceType":"Binary","language":"da-DK","contentType":"text/plain"}]}`, []string{"kajsa"}, []string{`"da-DK"`})
}
