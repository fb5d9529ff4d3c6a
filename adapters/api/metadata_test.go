package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// statement is what the tests read of a CapabilityStatement.
type statement struct {
	URL, Version, Name, Title, Status, Date, Kind, FHIRVersion string
	Software                                                   struct{ Name, Version, ReleaseDate string }
	Rest                                                       []struct {
		Resource []struct {
			Type                                string
			Interaction, SearchParam, Operation []struct{ Name, Code, Type, Definition string }
		}
		Interaction, Operation []struct{ Name, Code, Definition string }
	}
}

func capabilities(t *testing.T, h *harness) (s statement) {
	t.Helper()
	a := h.send(t, "GET", "/fhir/metadata", "")
	if err := json.Unmarshal([]byte(a.body), &s); err != nil || len(s.Rest) != 1 {
		t.Fatalf("%v: %s", err, a.body)
	}
	return s
}

func TestCapabilityStatement(t *testing.T) {
	s := capabilities(t, start(t, Limits{}))
	if s.URL == "" || s.Version != "1.2.3" || s.Name != "tolk" || s.Status != "active" || s.Date != "2026-01-02" || s.Kind != "instance" ||
		s.FHIRVersion != "4.0.1" || s.Software.Name != "tolk" || s.Software.Version != "1.2.3" || s.Software.ReleaseDate != "2026-01-02" {
		t.Errorf("got %+v", s)
	}
	for version, want := range map[string]string{"(devel)": "devel", "v1.2.3-0.2026+x": "v1.2.3-0.2026-x", "": ""} {
		if got := tokenised(version); got != want {
			t.Errorf("%q: got %q, want %q", version, got, want)
		}
	}
}

// What is advertised answers, and what answers is advertised.
func TestAdvertisedIsServed(t *testing.T) {
	h := start(t, Limits{})
	s := capabilities(t, h)
	served := func(method, target, body string) {
		t.Helper()
		a := h.send(t, method, target, body)
		if a.status == 405 || a.status >= 500 || a.status == 404 && strings.Contains(a.body, "nothing is at this path") {
			t.Errorf("%s %s: got %d %s", method, target, a.status, a.body)
		}
	}
	var said []string
	for _, r := range s.Rest[0].Resource {
		for _, i := range r.Interaction {
			said = append(said, r.Type+" "+i.Code)
		}
		for _, o := range r.Operation {
			said = append(said, r.Type+" $"+o.Name)
			if o.Definition != base+"OperationDefinition/"+r.Type+"-"+o.Name {
				t.Errorf("definition of %s: %s", o.Name, o.Definition)
			}
			served("POST", "/fhir/"+r.Type+"/$"+o.Name, `{"resourceType":"Parameters"}`)
		}
		for _, p := range r.SearchParam {
			if a := h.send(t, "GET", "/fhir/"+r.Type+"?"+p.Name+"=x", ""); a.status != 200 || !strings.Contains(a.body, `"total":0`) {
				t.Errorf("%s by %s: got %s", r.Type, p.Name, a.body)
			}
		}
	}
	for _, want := range []string{"ConceptMap $translate", "CodeSystem $lookup", "ConceptMap read", "ConceptMap vread", "ConceptMap search-type",
		"CodeSystem read", "ValueSet search-type"} {
		if !slices.Contains(said, want) {
			t.Errorf("%s is not advertised: %v", want, said)
		}
	}
	for _, o := range s.Rest[0].Operation {
		method := "GET"
		if o.Name == "process-message" {
			method = "POST"
		}
		served(method, "/fhir/$"+o.Name, "")
		if !strings.HasSuffix(o.Definition, "-"+o.Name) {
			t.Errorf("definition of %s: %s", o.Name, o.Definition)
		}
	}
	if !strings.Contains(h.send(t, "GET", "/fhir/metadata", "").body, `"messaging":[{"documentation":`) {
		t.Error("no messages are advertised")
	}
	for _, r := range h.served {
		kind, operation, ok := strings.Cut(strings.TrimPrefix(r.path, "/fhir/"), "/$")
		if ok && !strings.Contains(kind, ":") && !slices.Contains(said, kind+" $"+operation) {
			t.Errorf("%s is served and not advertised", r.path)
		}
	}
}

func TestTerminologyCapabilities(t *testing.T) {
	h := start(t, Limits{})
	var s struct {
		ResourceType, Kind, CodeSearch string
		CodeSystem                     []struct {
			URI         string
			Version     []struct{ Code string }
			Subsumption bool
		}
		Expansion struct{ Parameter []struct{ Name string } }
	}
	a := h.send(t, "GET", "/fhir/metadata?mode=terminology", "")
	if err := json.Unmarshal([]byte(a.body), &s); err != nil || s.ResourceType != "TerminologyCapabilities" || s.Kind != "instance" {
		t.Fatalf("%v: %s", err, a.body)
	}
	words, _ := snapshot()
	for _, system := range words.CodeSystems() {
		found := false
		for _, c := range s.CodeSystem {
			found = found || c.URI == system.URL && len(c.Version) == 1 && c.Version[0].Code == system.Version && c.Subsumption
		}
		if !found {
			t.Errorf("%s is missing in %s", system.URL, a.body)
		}
	}
	if !strings.Contains(a.body, `{"name":"tx-resource"}`) || !strings.Contains(a.body, `{"name":"count"}`) {
		t.Errorf("no parameters of $expand in %s", a.body)
	}
	outcomeText(t, h.send(t, "GET", "/fhir/metadata?mode=x", ""), 400, "value")
	outcomeText(t, h.send(t, "GET", "/fhir/metadata?mod=terminology", ""), 400, "not-supported")
}

func TestVersions(t *testing.T) {
	h := start(t, Limits{})
	if a := h.send(t, "GET", "/fhir/$versions", ""); a.status != 200 || !strings.Contains(a.body, `{"name":"default","valueCode":"4.0"}`) {
		t.Errorf("got %s", a.body)
	}
	if a := h.send(t, "GET", "/fhir/$versions?_format=json", ""); a.status != 200 {
		t.Errorf("got %s", a.body)
	}
}

// A resource is read, read in its version, and found by what it says of itself.
func TestReadAndSearch(t *testing.T) {
	h := start(t, Limits{})
	const id = "tilstand.ffb-fsiii.sygepleje"
	a := h.send(t, "GET", "/fhir/ConceptMap/"+id, "")
	var m struct {
		ResourceType, ID, URL string
		Meta                  struct{ VersionID string }
		Group                 []struct {
			Element []struct {
				Code   string
				Target []struct{ Code, Equivalence, Comment string }
			}
		}
	}
	if err := json.Unmarshal([]byte(a.body), &m); err != nil || m.ID != id || m.URL != "urn:tolk:ConceptMap:"+id || len(m.Group) != 1 || len(m.Group[0].Element) != 67 {
		t.Fatalf("%v: %.300s", err, a.body)
	}
	unmatched := 0
	for _, e := range m.Group[0].Element {
		for _, target := range e.Target {
			if target.Comment == "" || (target.Code == "") != (target.Equivalence == "unmatched") {
				t.Errorf("%s: %+v", e.Code, target)
			}
			if target.Code == "" {
				unmatched++
			}
		}
	}
	if unmatched == 0 || a.header.Get("ETag") != `W/"`+m.Meta.VersionID+`"` {
		t.Errorf("%d unmatched, ETag %s", unmatched, a.header.Get("ETag"))
	}
	if again := h.send(t, "GET", "/fhir/ConceptMap/"+id+"/_history/"+m.Meta.VersionID, ""); again.body != a.body {
		t.Errorf("the version is another: %.300s", again.body)
	}
	outcomeText(t, h.send(t, "GET", "/fhir/ConceptMap/"+id+"/_history/1", ""), 404, "not-found")
	outcomeText(t, h.send(t, "GET", "/fhir/CodeSystem/"+id, ""), 404, "not-found")
	for query, want := range map[string]int{
		"url=" + m.URL:              1,
		"url=" + m.URL + "%7C0.1.0": 1,
		"url=" + m.URL + "%7C0.2":   0,
		"_id=" + id:                 1,
		"_id=" + id + ",maaltype.ffb-fsiii&version=0.1.0": 2,
		"version=9":               0,
		"name=tolkmaaltype":       2,
		"name:exact=tolkmaaltype": 0,
		"name:contains=maaltype":  2,
		"title:contains=goal":     2,
		"title=goal":              0,
		"status=draft&title:exact=" + "FFB%20goal%20types%20to%20FSIII%20goal%20types": 1,
	} {
		a := h.send(t, "GET", "/fhir/ConceptMap?"+query, "")
		if n := strings.Count(a.body, `"fullUrl":`); a.status != 200 || n != want || !strings.Contains(a.body, fmt.Sprintf(`"total":%d,`, want)) {
			t.Errorf("%s: got %d of %.200s", query, n, a.body)
		}
	}
	outcomeText(t, h.send(t, "GET", "/fhir/ConceptMap?publisher=x", ""), 400, "not-supported")
	outcomeText(t, h.send(t, "GET", "/fhir/ConceptMap?_count=x", ""), 400, "value")
	outcomeText(t, h.send(t, "GET", "/fhir/ConceptMap?_summary=x", ""), 400, "value")
}

func TestSearchPagesAndSummaries(t *testing.T) {
	h := start(t, Limits{})
	if a := h.send(t, "GET", "/fhir/ConceptMap?_summary=count", ""); strings.Contains(a.body, "entry") || !strings.Contains(a.body, `"total":`) {
		t.Errorf("got %.200s", a.body)
	}
	seen, target := map[string]bool{}, "/fhir/ConceptMap?_summary=true&_count=7"
	for pages := 0; target != ""; pages++ {
		a := h.send(t, "GET", target, "")
		var b struct {
			Total int
			Link  []struct{ Relation, URL string }
			Entry []struct {
				FullURL  string
				Resource map[string]any
			}
		}
		if err := json.Unmarshal([]byte(a.body), &b); err != nil || pages > 20 {
			t.Fatalf("%v: %.200s", err, a.body)
		}
		for _, e := range b.Entry {
			if seen[e.FullURL] || e.Resource["group"] != nil || e.Resource["url"] == nil || !strings.Contains(fmt.Sprint(e.Resource["meta"]), "SUBSETTED") {
				t.Errorf("got %v", e)
			}
			seen[e.FullURL] = true
		}
		target = ""
		for _, l := range b.Link {
			if l.Relation == "next" {
				target = l.URL[strings.Index(l.URL, "/fhir/"):]
			}
		}
		if target == "" && len(seen) != b.Total {
			t.Errorf("%d of %d seen", len(seen), b.Total)
		}
	}
}
