package redact

import (
	"strings"
	"testing"
)

// gone redacts a document and looks for what must not be left in it, and for what
// must.
func gone(t *testing.T, text string, secrets, kept []string) {
	t.Helper()
	r, _ := redacted(t, text)
	for _, secret := range secrets {
		if strings.Contains(string(r.Output), secret) {
			t.Errorf("%q is left in %s", secret, r.Output)
		}
	}
	for _, k := range kept {
		if !strings.Contains(string(r.Output), k) {
			t.Errorf("%q is lost in %s", k, r.Output)
		}
	}
}

// Two phone numbers in one field are two numbers, and only the code of a country is
// kept.
func TestTwoPhones(t *testing.T) {
	for _, value := range []string{"33221100/20405060", "33221100 20405060", "+45 33221100, +45 20405060", "33 22 11 00 / 20 40 50 60", "tlf. 33221100 20405060"} {
		for _, text := range []string{
			`{"resourceType":"Patient","telecom":[{"system":"phone","value":"` + value + `"}]}`,
			`{"dokument":"tilstande","kontakt":{"telefoner":["` + value + `"]}}`,
		} {
			gone(t, text, []string{"33221100", "20405060", "33 22", "20 40", "3322", "2040"}, nil)
		}
	}
	gone(t, `{"resourceType":"Patient","telecom":[{"system":"phone","value":"0045 33221100"}]}`, []string{"33221100"}, []string{`"0045 1`})
}

// Half a number of a person says who it is, too.
func TestSplitNumber(t *testing.T) {
	halves := []string{"250947", "250948", "9989", "8240"}
	for _, text := range []string{
		`{"resourceType":"Observation","valueString":"250947","component":[{"valueString":"9989"}],"note":[{"text":"250947"},{"text":"8240"}],"code":{"text":"9989"}}`,
		`{"resourceType":"Observation","valueInteger":250947}`,
		`{"resourceType":"Observation","egen":[9989,250947,"9989","250947"],"extension":[{"url":"https://zebravang.dk/x","valueInteger":9989}]}`,
		`{"dokument":"tilstande","borger":{"foedselsdato":"250948"},"emne":"250947"}`,
		`{"resourceType":"Patient","birthDate":"250947"}`,
		`<MedicineCard><BirthDate>250947</BirthDate><LongText>9989</LongText></MedicineCard>`,
		`{"dokument":"tilstande","bemaerkning":"250947","egen":"9989","eget":[250947,8240]}`,
		`<Emessage><HospitalReferral><Anamnesis><Bold>250947</Bold>-<Bold>9989</Bold></Anamnesis></HospitalReferral></Emessage>`,
	} {
		gone(t, text, halves, nil)
	}
	gone(t, `{"resourceType":"Observation","valueString":"120","component":[{"valueString":"1500 ml","valueQuantity":{"value":4500.25,"unit":"ml"}}]}`, nil, []string{`"120"`, `"1500 ml"`, "4500.25"})
}

// A number of JSON has an exponent.
func TestExponent(t *testing.T) {
	gone(t, `{"resourceType":"Observation","valueDecimal":2.509479989e9,"component":[{"valueDecimal":250947e0},{"valueDecimal":1.5e3}]}`, []string{"2.509", "250947"}, []string{"1.5e3"})
}

// A register is no code system, and who has an identifier of his own may write what
// he likes.
func TestRegisters(t *testing.T) {
	for system, value := range map[string]string{"urn:oid:1.2.208.176.1.1": "938061000016005", "https://www.gs1.org/gln": "5790001382445", "urn:oid:1.2.208.176.1.6.1.3": "0703925VJ7",
		"urn:oid:1.2.208.176.9.9": "JensHansen", "http://unitsofmeasure.org": "{JensHansen}"} {
		gone(t, `{"resourceType":"Observation","code":{"coding":[{"system":"`+system+`","code":"`+value+`"}]},"valueString":"X"}`, []string{value, "JensHansen"}, nil)
	}
	gone(t, `{"resourceType":"Observation","valueQuantity":{"value":70,"system":"http://unitsofmeasure.org","code":"{beats}/min"}}`, nil, []string{"{beats}/min"})
}
