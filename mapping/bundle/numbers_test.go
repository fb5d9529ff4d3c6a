package bundle

import (
	"strings"
	"testing"

	"tolk/mapping/tree"
)

// Every register of domain.md §5 is asked, whatever the spelling of its system;
// a system that has no register, and a number with its hyphen, is as it is.
func TestMisnumbered(t *testing.T) {
	for _, c := range []struct{ system, value, want string }{
		{"urn:oid:1.2.208.176.1.2", "2509479989", ""},
		{"urn:oid:1.2.208.176.1.2", "250947-9989", ""},
		{"urn:oid:1.2.208.176.1.2", "3109479989", "CPR number"},
		{"urn:oid:1.2.208.176.1.6.1.1", "0703921VJ4", ""},
		{"urn:oid:1.2.208.176.1.6.1.1", "0703925VJ4", "X-eCPR"},
		{"urn:oid:1.2.208.176.1.6.1.3.177", "0703925VJ4", ""},
		{"urn:oid:1.2.208.176.1.6.1.3.177", "0703921VJ4", "D-eCPR"},
		{"urn:oid:1.2.208.176.1.1", "938061000016005", ""},
		{"urn:oid:1.2.208.176.1", "93806", "SOR"},
		{"https://www.gs1.org/gln", "5790001382445", ""},
		{"http://www.gs1.org/gln", "5790001382446", "modulus 10"},
		{"http://cvr.dk", "12345678", "modulus 11"},
		{"urn:oid:1.2.208.176.1.4", "061654", ""},
		{"urn:oid:1.2.208.176.1.4", "61654", "ydernummer"},
		{"urn:example", "x", ""},
	} {
		got, at := "", ""
		d := parse(t, of(`{"resourceType":"Patient","identifier":[{"system":"`+c.system+`","value":"`+c.value+`"}]}`))
		Misnumbered(d, func(value tree.ID, expected string) { got, at = expected, d.Path(value) })
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) || strings.Contains(got, c.value) {
			t.Errorf("%s %s: got %q, want %q", c.system, c.value, got, c.want)
		}
		if got != "" && at != "Bundle.entry[0].resource.identifier[0].value" {
			t.Errorf("%s: at %s", c.system, at)
		}
	}
}
