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
