package node

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/terminology"
)

// concepts returns the code of a condition of each area, in the order of
// mapping.Areas, and another spelling of the first.
func concepts(t *testing.T, terms *terminology.Terminology) (codes []string, spelled string) {
	t.Helper()
	for _, area := range mapping.Areas() {
		for _, e := range terms.Entries(mapping.FSIII) {
			if e.Area == area && e.Kind == terminology.Condition && !e.Heading() && len(e.Spellings) > 1 {
				codes = append(codes, e.Code)
				if spelled == "" {
					spelled = e.Spellings[1]
				}
				break
			}
		}
	}
	if len(codes) != len(mapping.Areas()) {
		t.Fatalf("the terminology has no condition in one of the areas: %v", codes)
	}
	return codes, spelled
}

// record is a condition record in FHIR with codes of a system.
func record(system string, codes ...string) string {
	var entries []string
	for i, c := range codes {
		entries = append(entries, fmt.Sprintf(`{"fullUrl":"urn:uuid:10000000-0000-4000-8000-00000000000%d","resource":{"resourceType":"Condition","id":"t%d","subject":{"identifier":{"system":"urn:oid:1.2.208.176.1.2","value":"%s"}},"code":{"coding":[{"system":"%s","code":"%s"}]},"recordedDate":"2026-03-05"}}`, i, i, citizenNumber, system, c))
	}
	return `{"resourceType":"Bundle","type":"collection","entry":[` + strings.Join(entries, ",") + `]}`
}

// plainRecord is one in plain JSON.
func plainRecord(system string, codes ...string) string {
	var list []string
	for _, c := range codes {
		list = append(list, fmt.Sprintf(`{"koder":[{"system":"%s","kode":"%s","navn":"Test"}],"status":"aktiv","registreret":"2026-03-05"}`, system, c))
	}
	return fmt.Sprintf(`{"dokument":"tilstande","version":"1.0","borger":{"cpr":"%s","fornavn":"Bruno Test","efternavn":"Elmer"},"tilstande":[%s]}`,
		citizenNumber, strings.Join(list, ","))
}

// A route by areas takes what is of its areas alone; what is of the areas of two
// routes goes to the one that has both, and where none has, to whom a route
// without areas sends it, or nowhere.
func TestAreas(t *testing.T) {
	c, err := core()
	if err != nil {
		t.Fatal(err)
	}
	codes, spelled := concepts(t, c.Terms)
	nursing, home, prevention := codes[0], codes[1], codes[2]
	aliases := c.Terms.Aliases(mapping.FSIII)
	ffb := c.Terms.Entries(mapping.FFB)
	i := slices.IndexFunc(ffb, func(e *terminology.Entry) bool { return e.Kind == terminology.Condition && !e.Heading() })
	route := func(name, to string, areas ...string) exchange.Route {
		return exchange.Route{Name: name, To: []string{to}, Areas: areas, Documents: []string{"tilstande"}, Residue: exchange.Return, Why: "by area"}
	}
	routes := []exchange.Route{route("nursing", "laege-post", "sygepleje"), route("prevention", "psykiatri-svar", "forebyggelse"),
		route("care", "bosted-post", "sygepleje", "hjemmepleje")}
	for name, tt := range map[string]struct {
		body     string
		want     string // the route, empty: nowhere
		fallback bool
	}{
		"nursing":                      {record(mapping.FSIII, nursing), "nursing", false},
		"under another name":           {record(aliases[len(aliases)-1], nursing), "nursing", false},
		"in another spelling":          {record(mapping.FSIII, spelled), "nursing", false},
		"prevention":                   {record(mapping.FSIII, prevention), "prevention", false},
		"both of care":                 {record(mapping.FSIII, nursing, home), "care", false},
		"of two routes":                {record(mapping.FSIII, nursing, prevention), "", false},
		"of two routes, and one takes": {record(mapping.FSIII, nursing, prevention), "rest", true},
		"plain":                        {plainRecord("fsiii", prevention), "prevention", false},
		"plain of two":                 {plainRecord("fsiii", prevention, nursing), "", false},
		"from FFB":                     {record(mapping.FFB, ffb[i].Code), "", false},
		"from FFB, plain":              {plainRecord("ffb", ffb[i].Code), "rest", true},
	} {
		config := story()
		if config.Routes = routes; tt.fallback {
			config.Routes = append(slices.Clone(routes), route("rest", "laege-post"))
		}
		w := newWorld(t, config).open()
		_, err := w.Submit(t.Context(), w.as("bosted"), consented(exchange.Submission{Body: tt.body}))
		lines, e := w.List(t.Context(), operator, exchange.Filter{})
		switch {
		case e != nil:
			t.Fatal(e)
		case tt.want == "":
			if codeOf(err) != string(mapping.NotFound) || !strings.Contains(err.Error(), "no route takes tilstande") {
				t.Errorf("%s: got %v", name, err)
			}
		case err != nil || len(lines) != 1 || lines[0].Route != tt.want:
			t.Errorf("%s: went by %+v, %v; want %s", name, lines, err, tt.want)
		}
		w.close()
	}
}

// Without a route by areas, and without terms, nothing is read.
func TestNoAreas(t *testing.T) {
	c, err := core()
	if err != nil {
		t.Fatal(err)
	}
	codes, _ := concepts(t, c.Terms)
	r, err := read(exchange.Submission{Body: record(mapping.FSIII, codes...)}, c.Gateway)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.areas(c.Terms); !slices.Equal(got, []string{"sygepleje", "hjemmepleje", "forebyggelse"}) {
		t.Errorf("got %v", got)
	}
	if got := r.areas(nil); got != nil {
		t.Errorf("without terms: %v", got)
	}
	if byArea(story()) {
		t.Error("no route of the story asks for areas")
	}
}
