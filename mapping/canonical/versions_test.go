package canonical

import (
	"strings"
	"testing"
)

// matching is how a value set says whether versions count.
func matching(value string) string {
	return `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/valueset-expansion-parameter","extension":[{"url":"name","valueCode":"versionsMatch"},{"url":"value","valueBoolean":` + value + `}]}],`
}

// A code of two versions is one or two, and an exclude of one version is meant for the
// others too, as the value set says; where it says nothing, only for a version that is
// included.
func TestVersionsMatch(t *testing.T) {
	version := func(version, codes string) string {
		return `{"resourceType":"CodeSystem","url":"http://x/v","version":"` + version + `","content":"complete","concept":[` + codes + `]}`
	}
	const both, of2, not1 = `"include":[{"system":"http://x/v","version":"1"},{"system":"http://x/v","version":"2"}]`,
		`"include":[{"system":"http://x/v","version":"2"}]`, `,"exclude":[{"system":"http://x/v","version":"1","concept":[{"code":"A"}]}]`
	for _, c := range []struct {
		compose, want string
		merged        bool
	}{
		{both, "A C A B", false},
		{matching("false") + both, "A C A B", false},
		{matching("true") + both, "A C B", true},
		{both + not1, "A C B", false},
		{matching("true") + both + not1, "C B", true},
		{of2 + not1, "C", true},
		{matching("false") + of2 + not1, "A C", false},
	} {
		r := registryOf(t, version("1", `{"code":"A"},{"code":"B"}`), version("2", `{"code":"A"},{"code":"C"}`), valueSet("http://x/s", c.compose))
		e, err := Expand(r, params(t, url("s")))
		if err != nil {
			t.Errorf("%s: %v", c.compose, err)
			continue
		}
		merged := false
		for _, p := range e.Parameters {
			merged = merged || p.Name == "versionsMatch"
		}
		if got := flat(e.Contains); got != c.want || merged != c.merged {
			t.Errorf("%s: got %s, merged %t, want %s, %t", c.compose, got, merged, c.want, c.merged)
		}
	}
}

// A value set that is included brings its supplements along: their words are there, and
// one that is not to be found is refused.
func TestIncludedSupplement(t *testing.T) {
	asking := func(supplement string) string {
		return `{"resourceType":"ValueSet","url":"http://x/inner","version":"1","status":"active","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/valueset-supplement","valueCanonical":"` + supplement + `"}],
			"compose":{"include":[{"system":"http://x/body"}]}}`
	}
	const more = `{"resourceType":"CodeSystem","url":"http://x/nl","version":"1","content":"supplement","supplements":"http://x/body","concept":[{"code":"A1","designation":[{"language":"nl","value":"Reuk"}]}]}`
	outer := valueSet("http://x/outer", `"include":[{"valueSet":["http://x/inner"]}]`)
	asked := query("url", "http://x/outer", "filter", "lugt", "displayLanguage", "nl")

	e, err := Expand(registryOf(t, body, more, asking("http://x/nl"), outer), asked)
	if err != nil || len(e.Contains) != 1 || e.Contains[0].Display != "Reuk" {
		t.Errorf("got %+v, %v, want Reuk", e, err)
	}
	_, err = Expand(registryOf(t, body, more, asking("http://x/no"), outer), asked)
	if want := "supplement not found: http://x/no"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
