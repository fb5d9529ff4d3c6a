package rules

import (
	"strings"
	"testing"
	"testing/fstest"
)

// What others rely on, no site takes away, by whichever of its rules.
func TestSiteKeepsWhatOthersRelyOn(t *testing.T) {
	files := []File{{Name: "a-b.yaml", Left: "a", Right: "b", Version: "1", Maps: []Map{{Map: "condition", Kind: "Condition", Rules: []Rule{
		{ID: "type", Both: "resourceType"}, {ID: "id", Both: "id"}, {ID: "marking", Both: "meta.security"}, {ID: "subject", Both: "subject"},
		{ID: "code", Both: "code", Via: "concept"}, {ID: "note", Both: "note"}}}}}}
	for name, c := range map[string]struct{ change, want string }{
		"the marking":     {`{replaces: a-b.condition.marking, because: b, rule: {both: meta.security, drop: "not needed"}}`, "meta.security says"},
		"by another path": {`{replaces: a-b.condition.marking, because: b, rule: {both: note}}`, "meta.security says"},
		"the citizen":     {`{replaces: a-b.condition.subject, because: b, rule: {both: subject, drop: "no"}}`, "subject says"},
		"the kind":        {`{replaces: a-b.condition.type, because: b, rule: {both: resourceType, drop: "no"}}`, "resourceType says"},
		"a part":          {`{adds: a-b.condition, because: b, rule: {id: x, left: meta.security.code, drop: "no"}}`, "meta.security says"},
		"all of meta":     {`{adds: a-b.condition, because: b, rule: {id: x, left: meta, drop: "no"}}`, "meta says"},
		"a number":        {`{replaces: a-b.condition.note, because: b, rule: {both: note, fixed: {right: "\"2509479989\""}}}`, "nobody's number"},
		"no harm":         {`{replaces: a-b.condition.note, because: b, rule: {both: note, drop: "we tell it on the phone"}}`, ""},
	} {
		_, err := Overridden(files, fstest.MapFS{"rules.yaml": {Data: []byte("- " + c.change + "\n")}}, Site{Site: "s", Version: "1"})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: got %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// Each of them, whole, by a part and by one of several.
func TestSiteKeepsEach(t *testing.T) {
	for _, element := range []string{"resourceType", "id", "implicitRules", "modifierExtension", "meta.security", "meta.profile", "identifier", "subject",
		"patient", "code", "status", "clinicalStatus", "verificationStatus", "type", "entry", "deceasedBoolean"} {
		for _, path := range []string{element, element + ".x", element + "[x=y]"} {
			for _, r := range []Rule{{Both: path}, {Left: path}, {Right: path}} {
				if got := keptBy(r); got != element {
					t.Errorf("%+v: got %q, want %q", r, got, element)
				}
			}
		}
		if got := keptBy(Rule{Both: element + "Of"}); got != "" {
			t.Errorf("%sOf is kept as %s", element, got)
		}
	}
	for _, path := range []string{"note", "meta.tag", "severity.coding.code", ""} {
		if got := keptBy(Rule{Both: path}); got != "" {
			t.Errorf("%s is kept as %s", path, got)
		}
	}
}

// A number is one with and without its hyphen, and on either side.
func TestSiteStatesNobodysNumber(t *testing.T) {
	for text, want := range map[string]bool{"2509479989": true, "250947-9989": true, "CPR 2509479989.": true, "250947": false, "": false} {
		if got := fixes(Rule{Fixed: &Fixed{Left: text}}); got != want {
			t.Errorf("left %q: got %t", text, got)
		}
		if got := fixes(Rule{Fixed: &Fixed{Right: text}}); got != want {
			t.Errorf("right %q: got %t", text, got)
		}
	}
	if fixes(Rule{}) {
		t.Error("a rule that states nothing states a number")
	}
}
