package api

import (
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/fhirxml"
	"tolk/mapping/tree"
)

// toJSON is an answer in XML as the JSON it says.
func toJSON(t *testing.T, a answer) string {
	t.Helper()
	text, err := fhirxml.ToJSON(a.body, tree.Limits{})
	if err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return text
}

// What is asked for in XML says what it says in JSON, whoever asks and however.
func TestAnswersInXML(t *testing.T) {
	h := start(t, Limits{})
	for _, path := range []string{
		"/fhir/metadata", "/fhir/metadata?mode=terminology", "/fhir/$versions", "/fhir/ConceptMap?_count=3", "/fhir/Questionnaire",
		"/fhir/CodeSystem/$lookup?system=" + ffb + "&code=" + let,
		"/fhir/ConceptMap/$translate?system=" + ffb + "&code=" + let,
		"/fhir/CodeSystem/$lookup?system=" + ffb + "&code=x",
	} {
		want := h.send(t, "GET", path, "", "Accept", "application/fhir+json")
		for _, header := range []string{"application/fhir+xml", "application/xml", "text/xml"} {
			got := h.send(t, "GET", path, "", "Accept", header)
			if kind := got.header.Get("Content-Type"); got.status != want.status || !strings.HasPrefix(kind, header) {
				t.Errorf("%s: got %d %q, want %d %q", path, got.status, kind, want.status, header)
				continue
			}
			if !strings.Contains(path, "metadata") && !sameDocument(t, toJSON(t, got), want.body) {
				t.Errorf("%s:\ngot  %s\nwant %s", path, toJSON(t, got), want.body)
			}
			toJSON(t, got)
		}
	}
	asked := "?system=" + ffb + "&code=" + let + "&_format=xml"
	if a := h.send(t, "GET", "/fhir/CodeSystem/$lookup"+asked, "", "Accept", "application/fhir+json"); !strings.HasPrefix(a.body, "<?xml") {
		t.Errorf("_format goes before Accept: got %s", a.body)
	}
	// Kept answers are kept in the syntax they were asked for.
	for range 4 {
		for _, kind := range []string{"xml", "json"} {
			a := h.send(t, "GET", "/fhir/CodeSystem/$lookup?system="+ffb+"&code="+let, "", "Accept", "application/fhir+"+kind)
			if got := tree.IsXML(a.body); got != (kind == "xml") {
				t.Errorf("asked for %s: got %s", kind, a.body)
			}
		}
	}
}

// sameDocument compares two JSON documents but for the order of members, which
// XML has its own of, and for what differs with each request.
func sameDocument(t *testing.T, got, want string) bool {
	t.Helper()
	xml, err := fhirxml.ToXML(want, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := fhirxml.ToJSON(string(xml), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return got == again
}

func TestBodiesInXML(t *testing.T) {
	h := start(t, Limits{})
	parameters := `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="system"/><valueUri value="` + mapping.FFB + `"/></parameter>` +
		`<parameter><name value="code"/><valueCode value="` + let + `"/></parameter></Parameters>`
	a := h.send(t, "POST", "/fhir/CodeSystem/$lookup", parameters, "Content-Type", "application/fhir+xml")
	b := h.send(t, "GET", "/fhir/CodeSystem/$lookup?system="+ffb+"&code="+let, "")
	if a.status != 200 || a.body != b.body {
		t.Errorf("got %d %s, want %s", a.status, a.body, b.body)
	}
	for body, want := range map[string]string{
		`<!DOCTYPE Parameters><Parameters xmlns="http://hl7.org/fhir"/>`: "doctype",
		`<Parameters/>`: "http://hl7.org/fhir",
		`<Parameters xmlns="http://hl7.org/fhir"><x:y/></Parameters>`: "prefix",
		`<Parameters xmlns="http://hl7.org/fhir">`:                    "end",
	} {
		a := h.send(t, "POST", "/fhir/CodeSystem/$lookup", body, "Content-Type", "application/fhir+xml")
		if a.status != 400 || !strings.Contains(strings.ToLower(a.body), want) {
			t.Errorf("%s: got %d %s, want 400 %s", body, a.status, a.body, want)
		}
	}
	for _, query := range []string{"&to=plain", "&to=fhir&ledger=true", "&to=fhir&residue=true"} {
		if a := h.send(t, "POST", "/v1/translate?from=fmk"+query, "<a/>", "Content-Type", "application/xml", "Accept", "application/fhir+xml"); a.status != 406 || !strings.Contains(a.body, "accept: this answer is JSON; expected application/json") {
			t.Errorf("%s in XML: got %d %s, want 406", query, a.status, a.body)
		}
	}
}

func TestEntriesOfABatchAreJSON(t *testing.T) {
	h := start(t, Limits{})
	batch := `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"CodeSystem/$lookup?system=` + ffb + `&code=` + let + `&_format=xml"}}]}`
	if a := h.send(t, "POST", "/fhir", batch); a.status != 200 || strings.Contains(a.body, "<?xml") || !strings.Contains(a.body, `"status":"406"`) {
		t.Errorf("got %d %s", a.status, a.body)
	}
	a := h.send(t, "POST", "/fhir", `<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/><entry><request><method value="GET"/><url value="CodeSystem/$lookup?system=`+ffb+`&amp;code=`+let+`"/></request></entry></Bundle>`,
		"Content-Type", "application/fhir+xml", "Accept", "application/fhir+xml")
	if a.status != 200 || !strings.Contains(toJSON(t, a), `"status":"200"`) {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestLanguageOfFaults(t *testing.T) {
	for header, want := range map[string]string{
		"": "en", "da": "da", "da-DK, en;q=0.5": "da", "en, da": "en", "de": "en", "de, da;q=0.1": "da", "da;q=0": "en", "da;q=x": "en", "DA": "da",
	} {
		if got := language(header); got != want {
			t.Errorf("%q: got %s, want %s", header, got, want)
		}
	}
}
