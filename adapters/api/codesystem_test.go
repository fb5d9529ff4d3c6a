package api

import (
	"strings"
	"testing"

	"tolk/mapping/tree"
)

const lookup = "/fhir/CodeSystem/$lookup"

// told reads an answer of $lookup: the plain parameters by name, the values of
// properties by "property." and their code.
func told(t testing.TB, a answer) map[string][]string {
	t.Helper()
	d, err := tree.Parse(a.body, tree.Limits{})
	if err != nil || a.status != 200 {
		t.Errorf("got %d %s: %v", a.status, a.body, err)
		return nil
	}
	value := func(n tree.ID) string {
		for _, kind := range []string{"valueString", "valueCode", "valueUri"} {
			if v := d.Child(n, kind); v != tree.None {
				return d.Text(v)
			}
		}
		return ""
	}
	all := map[string][]string{}
	for p := d.First(d.Child(d.Root(), "parameter")); p != tree.None; p = d.Next(p) {
		name, text := d.Text(d.Child(p, "name")), value(p)
		if part := d.Child(p, "part"); part != tree.None {
			first := d.First(part)
			name, text = name+"."+value(first), value(d.Next(first))
		}
		all[name] = append(all[name], text)
	}
	return all
}

func TestLookup(t *testing.T) {
	h := start(t, Limits{})
	const post = `{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"urn:oid:1.2.208.176.2.21","code":"I12.2","version":"20240530"}}]}`
	for name, a := range map[string]answer{
		"short":       h.send(t, "GET", lookup+"?system="+fsiii+"&code=I12.2", ""),
		"uuid":        h.send(t, "GET", lookup+"?system="+fsiii+"&code=116ff724-09b7-45c0-bee5-8bbf1d500c63&displayLanguage=da", ""),
		"alias, POST": h.send(t, "POST", lookup, strings.Replace(post, "urn:oid:1.2.208.176.2.21", "http://kl.dk/fhir/common/caresocial/CodeSystem/FSIII", 1)),
		"POST":        h.send(t, "POST", lookup, post),
	} {
		got := told(t, a)
		for key, want := range map[string]string{
			"name": "FSIII", "version": "20240530", "display": "Problemer med vandladning",
			"system": "urn:oid:1.2.208.176.2.21", "code": "116ff724-09b7-45c0-bee5-8bbf1d500c63", "designation.da": "Problemer med vandladning",
			"property.parent": "045fa500-35b0-46b7-97dd-adb60888a8ea", "property.status": "retired", "property.area": "sygepleje",
			"property.kind": "condition", "property.spelling": "I12.2", "property.successor": "ae911e37-1ed5-4c30-9622-c73640f1c606",
		} {
			if len(got[key]) != 1 || got[key][0] != want {
				t.Errorf("%s: %s: got %q, want %q", name, key, got[key], want)
			}
		}
	}
	got := told(t, h.send(t, "GET", lookup+"?system="+fsiii+"&code=045fa500-35b0-46b7-97dd-adb60888a8ea&property=child&property=display", ""))
	if len(got["property.child"]) < 3 || len(got["property.parent"]) != 0 || len(got["designation.da"]) != 0 || len(got["display"]) != 1 {
		t.Errorf("asked for children: got %v", got)
	}
	if got := told(t, h.send(t, "GET", lookup+"?system="+ffb+"&code="+let, "")); got["property.icf"][0] != ".1" || len(got["property.successor"])+len(got["property.spelling"]) != 0 {
		t.Errorf("a step of the scale: got %v", got)
	}
}

// A subproperty tells how the successor relates to what it succeeds.
func TestSuccessorCarriesItsRelation(t *testing.T) {
	h := start(t, Limits{})
	a := h.send(t, "GET", lookup+"?system="+fsiii+"&code=I12.2&property=successor", "")
	const want = `{"name":"subproperty","part":[{"name":"code","valueCode":"equivalence"},{"name":"value","valueCode":"wider"}]}`
	if !strings.Contains(a.body, want) {
		t.Errorf("got %s\nwant %s", a.body, want)
	}
}

func TestLookupRefuses(t *testing.T) {
	h := start(t, Limits{})
	for query, want := range map[string]string{
		"":                                                "code: nothing is asked about; accepted: code with system, coding",
		"code=B2":                                         "system: required with code",
		"code=B2&system=" + ffb:                           "code: unknown in FFB 20240530; it is a code of FSIII",
		"code=" + canary + "&system=" + ffb:               "code: unknown in FFB 20240530",
		"code=B2&system=x":                                "A definition for CodeSystem 'x' could not be found",
		"code=B2&system=" + fsiii + "&version=1":          "version: unknown version of FSIII; accepted: 20240530",
		"code=B2&system=" + fsiii + "&date=2024":          "date: there is one release of each code system here; leave it out",
		"code=B2&system=" + fsiii + "&property=x":         "property: accepted: designation, parent, ",
		"code=B2&system=" + fsiii + "&display=1":          "display: unknown parameter; accepted: _format, code, system, version, coding, property, displayLanguage",
		"code=B2&system=" + fsiii + "&displayLanguage=en": "displayLanguage: accepted: da, da-DK",
		"code=Problemer+med+vandladning&system=" + fsiii:  "code: unknown in FSIII 20240530",
	} {
		a := h.send(t, "GET", lookup+"?"+query, "")
		if got := textOf(a, "details", "text"); a.status < 400 || a.status > 422 || !strings.HasPrefix(got, want) || strings.Contains(a.body, canary) {
			t.Errorf("%s:\ngot  %d %s\nwant %s", query, a.status, got, want)
		}
	}
}
