package ledger

import (
	"errors"
	"strings"
	"testing"

	"tolk/mapping"
)

// A translation with one leaf of every fate and one of every origin.
const (
	auditedSource = `{"resourceType":"Condition","id":"a","code":{"coding":[{"system":"urn:s","code":"c"}]},` +
		`"intent":"order","note":"n","text":"t","shoe":42}`
	auditedTarget = `{"resourceType":"Condition","id":"a-1","code":{"coding":[{"system":"urn:s","code":"C","display":"D"}]},` +
		`"intent":"plan","meta":{"tag":"x"}}`
)

func audited() *Ledger {
	source := func(path, source string) Origin {
		return Origin{Path: path, From: FromSource, Source: source, Rule: "r"}
	}
	return &Ledger{From: "ffb", To: "fsiii",
		Counts: map[string]int{"leaves": 8, "carried": 2, "converted": 2, "used": 1, "residue": 1, "dropped": 1, "unclaimed": 1},
		lines: []Line{
			{Path: "Condition.resourceType", Fate: "carried", Rule: "r", Target: []string{"Condition.resourceType"}},
			{Path: "Condition.id", Fate: "converted", Rule: "r", Target: []string{"Condition.id"}},
			{Path: "Condition.code.coding[0].system", Fate: "carried", Rule: "r", Target: []string{"Condition.code.coding[0].system"}},
			{Path: "Condition.code.coding[0].code", Fate: "converted", Rule: "r", Relation: mapping.Wider,
				Target: []string{"Condition.code.coding[0].code", "Condition.code.coding[0].display"}},
			{Path: "Condition.intent", Fate: "used", Rule: "r"},
			{Path: "Condition.note", Fate: "residue", Rule: "r", Reason: "it waits"},
			{Path: "Condition.text", Fate: "dropped", Rule: "r", Reason: "no place"},
			{Path: "Condition.shoe", Fate: "unclaimed", Reason: "no rule"},
		},
		origins: []Origin{
			source("Condition.resourceType", "Condition.resourceType"),
			source("Condition.id", "Condition.id"),
			source("Condition.code.coding[0].system", "Condition.code.coding[0].system"),
			source("Condition.code.coding[0].code", "Condition.code.coding[0].code"),
			source("Condition.code.coding[0].display", "Condition.code.coding[0].code"),
			{Path: "Condition.intent", From: FromConstant, Rule: "r"},
			{Path: "Condition.meta.tag", From: FromGenerated, Rule: "r"},
		},
	}
}

func TestAuditAcceptsTheHonest(t *testing.T) {
	if err := Audit(auditedSource, auditedTarget, audited()); err != nil {
		t.Fatal(err)
	}
}

// A leaf that was carried may have other values made of it, which it does not name.
func TestAuditAcceptsMoreOfWhatIsCarried(t *testing.T) {
	l := audited()
	l.origins[4].Source = l.lines[lineSystem].Path
	l.lines[lineCode].Target = l.lines[lineCode].Target[:1]
	if err := Audit(auditedSource, auditedTarget, l); err != nil {
		t.Fatal(err)
	}
}

// What does not hold is told with its place: of a line that in the source, of an
// origin that in the target.
func TestAuditTellsWhere(t *testing.T) {
	for _, c := range []struct {
		lie           func(l *Ledger)
		path, message string
	}{
		{func(l *Ledger) { l.lines[lineShoe].Path = "Condition.hat" }, "Condition.shoe", "without a line"},
		{func(l *Ledger) { l.lines[lineText].Fate = "lost" }, "Condition.text", "a fate that is none"},
		{func(l *Ledger) { l.lines[lineText].Reason = "" }, "Condition.text", "without a reason"},
		{func(l *Ledger) { l.lines[lineType].Target = []string{"Condition.id"} }, "Condition.resourceType", "comes from elsewhere"},
		{func(l *Ledger) { l.origins[6].Path = "Condition.hat" }, "Condition.meta.tag", "invented"},
		{func(l *Ledger) { l.origins[3].Source = "Condition.hat" }, "Condition.code.coding[0].code", "no leaf of the source"},
		{func(l *Ledger) { l.origins[5].Rule = "" }, "Condition.intent", "without a rule"},
		{func(l *Ledger) { l.origins[6].From = "" }, "Condition.meta.tag", "no origin"},
		{func(l *Ledger) { l.Counts["leaves"]++ }, "", "leaves"},
		{func(l *Ledger) { l.Counts["dropped"]++ }, "", "dropped"},
	} {
		l := audited()
		c.lie(l)
		var e *mapping.Error
		if err := Audit(auditedSource, auditedTarget, l); !errors.As(err, &e) || e.Path != c.path || !strings.Contains(e.Message, c.message) {
			t.Errorf("got %v, want %q at %s", err, c.message, c.path)
		}
	}
}

// In XML every value is a text, and the same text is the same value; a text that is
// another is not.
func TestAuditOfXML(t *testing.T) {
	const xml = `<list><name>a &amp; b</name><count>2</count></list>`
	name, count := "list.name", "list.count"
	for _, c := range []struct {
		what, source, target string
		honest               bool
	}{
		{"out of XML", xml, `{"resourceType":"list","name":"a & b","count":2}`, true},
		{"out of XML, escaped", xml, `{"resourceType":"list","name":"a \u0026 b","count":"2"}`, true},
		{"out of XML, as it was escaped", xml, `{"resourceType":"list","name":"a &amp; b","count":2}`, false},
		{"out of XML, another number", xml, `{"resourceType":"list","name":"a & b","count":2.0}`, false},
		{"into XML", `{"resourceType":"list","name":"a & b","count":2}`, xml, true},
		{"into XML, a text", `{"resourceType":"list","name":"a & b","count":"2"}`, xml, true},
		{"into XML, another text", `{"resourceType":"list","name":"a &amp; b","count":2}`, xml, false},
		{"into XML, an empty list", `{"resourceType":"list","name":"a & b","count":[]}`, xml, false},
	} {
		l := &Ledger{Counts: map[string]int{"leaves": 0, "carried": 0, "converted": 0, "used": 0, "residue": 0, "dropped": 0, "unclaimed": 0}}
		if !strings.HasPrefix(c.source, "<") {
			l.lines = append(l.lines, Line{Path: "list.resourceType", Fate: "used", Rule: "r"})
		} else {
			l.origins = append(l.origins, Origin{Path: "list.resourceType", From: FromConstant, Rule: "r"})
		}
		for _, path := range []string{name, count} {
			l.lines = append(l.lines, Line{Path: path, Fate: "carried", Rule: "r", Target: []string{path}})
			l.origins = append(l.origins, Origin{Path: path, From: FromSource, Source: path, Rule: "r"})
		}
		l.Counts["leaves"], l.Counts["carried"], l.Counts["used"] = len(l.lines), 2, len(l.lines)-2
		if err := Audit(c.source, c.target, l); c.honest && err != nil {
			t.Errorf("%s: %v", c.what, err)
		} else if !c.honest && (err == nil || !strings.Contains(err.Error(), "not the same value")) {
			t.Errorf("%s: got %v", c.what, err)
		}
	}
}

// An empty container is the same however it is spaced, and is not the other kind.
func TestAuditOfWhatIsEmpty(t *testing.T) {
	const root, path = "Basic.resourceType", "Basic.x"
	for empty, honest := range map[string]bool{`{ }`: true, `[]`: false, `"{}"`: false} {
		l := &Ledger{Counts: map[string]int{"leaves": 2, "carried": 2, "converted": 0, "used": 0, "residue": 0, "dropped": 0, "unclaimed": 0}}
		for _, p := range []string{root, path} {
			l.lines = append(l.lines, Line{Path: p, Fate: "carried", Rule: "r", Target: []string{p}})
			l.origins = append(l.origins, Origin{Path: p, From: FromSource, Source: p, Rule: "r"})
		}
		err := Audit(`{"resourceType":"Basic","x":{}}`, `{"resourceType":"Basic","x":`+empty+`}`, l)
		if honest && err != nil {
			t.Errorf("%s: %v", empty, err)
		} else if !honest && (err == nil || !strings.Contains(err.Error(), "not the same value")) {
			t.Errorf("%s: got %v", empty, err)
		}
	}
}

// Indices into audited().
const (
	lineType = iota
	lineID
	lineSystem
	lineCode
	lineIntent
	lineNote
	lineText
	lineShoe
)

// Each of these is a lie the ledger could tell, one at a time.
func TestAuditRefusesEveryBrokenLedger(t *testing.T) {
	lies := map[string]func(l *Ledger){
		"a leaf of the source without a fate":         func(l *Ledger) { l.lines = l.lines[:lineShoe]; l.Counts["unclaimed"] = 0 },
		"the same, and the sums hide it":              func(l *Ledger) { l.lines = l.lines[:lineShoe]; l.Counts["unclaimed"]--; l.Counts["leaves"]-- },
		"a leaf of the source with two fates":         func(l *Ledger) { l.lines[lineNote] = l.lines[lineText] },
		"one fate too many":                           func(l *Ledger) { l.lines = append(l.lines, l.lines[lineShoe]) },
		"a fate for no leaf":                          func(l *Ledger) { l.lines[lineShoe].Path = "Condition.hat" },
		"a fate for a container":                      func(l *Ledger) { l.lines[lineShoe].Path = "Condition.code" },
		"a fate that is none":                         func(l *Ledger) { l.lines[lineText].Fate = "lost"; l.Counts["dropped"] = 0; l.Counts["lost"] = 1 },
		"no fate":                                     func(l *Ledger) { l.lines[lineText].Fate = ""; l.Counts["dropped"] = 0 },
		"carried to nowhere":                          func(l *Ledger) { l.lines[lineType].Target = nil },
		"carried to a leaf that is not there":         func(l *Ledger) { l.lines[lineType].Target = []string{"Condition.hat"} },
		"carried to a leaf of another origin":         func(l *Ledger) { l.lines[lineType].Target = []string{"Condition.id"} },
		"carried, and the value is another":           func(l *Ledger) { l.lines[lineID].Fate = "carried"; l.Counts["carried"]++; l.Counts["converted"]-- },
		"converted to nowhere":                        func(l *Ledger) { l.lines[lineCode].Target = nil },
		"converted to a constant":                     func(l *Ledger) { l.lines[lineCode].Target = []string{"Condition.intent"} },
		"dropped, and it reached the target":          func(l *Ledger) { turn(l, lineSystem, "dropped") },
		"residue, and it reached the target":          func(l *Ledger) { turn(l, lineCode, "residue") },
		"used, and it reached the target":             func(l *Ledger) { turn(l, lineCode, "used") },
		"unclaimed, and it reached the target":        func(l *Ledger) { turn(l, lineID, "unclaimed") },
		"dropped without a reason":                    func(l *Ledger) { l.lines[lineText].Reason = "" },
		"in the residue without a reason":             func(l *Ledger) { l.lines[lineNote].Reason = "" },
		"unclaimed without a reason":                  func(l *Ledger) { l.lines[lineShoe].Reason = "" },
		"dropped, said to be carried":                 func(l *Ledger) { l.lines[lineText].Fate = "carried"; l.Counts["carried"]++; l.Counts["dropped"]-- },
		"used, said to be converted":                  func(l *Ledger) { l.lines[lineIntent].Fate = "converted"; l.Counts["converted"]++; l.Counts["used"]-- },
		"a leaf of the target without an origin":      func(l *Ledger) { l.origins = l.origins[:6] },
		"one origin too many":                         func(l *Ledger) { l.origins = append(l.origins, l.origins[6]) },
		"a leaf of the target with two origins":       func(l *Ledger) { l.origins[6] = l.origins[5] },
		"an origin for no leaf":                       func(l *Ledger) { l.origins[6].Path = "Condition.hat" },
		"an origin for a container":                   func(l *Ledger) { l.origins[6].Path = "Condition.meta" },
		"an origin of no kind":                        func(l *Ledger) { l.origins[6].From = "" },
		"an origin of a kind of its own":              func(l *Ledger) { l.origins[6].From = "guessed" },
		"a constant without a rule":                   func(l *Ledger) { l.origins[5].Rule = "" },
		"something generated without a rule":          func(l *Ledger) { l.origins[6].Rule = "" },
		"a constant with a source":                    func(l *Ledger) { l.origins[5].Source = "Condition.intent" },
		"a constant with a source that is not there":  func(l *Ledger) { l.origins[5].Source = "Condition.hat" },
		"a constant that is said to be carried over":  func(l *Ledger) { l.origins[5].From = FromSource },
		"something generated of a leaf that is none":  func(l *Ledger) { l.origins[6].From, l.origins[6].Source = FromSource, "Condition.hat" },
		"a source that is not there":                  func(l *Ledger) { l.origins[3].Source = "Condition.hat" },
		"a source that is a container":                func(l *Ledger) { l.origins[3].Source = "Condition.code" },
		"no source":                                   func(l *Ledger) { l.origins[3].Source = "" },
		"the source of another leaf":                  func(l *Ledger) { l.origins[2].Source = "Condition.shoe" },
		"a carried leaf called a constant":            func(l *Ledger) { l.origins[2] = Origin{Path: l.origins[2].Path, From: FromConstant, Rule: "r"} },
		"one leaf too many in the counts":             func(l *Ledger) { l.Counts["leaves"]++ },
		"a fate miscounted":                           func(l *Ledger) { l.Counts["dropped"]++ },
		"a fate left out of the counts":               func(l *Ledger) { delete(l.Counts, "carried") },
		"the counts of two fates exchanged by a fate": func(l *Ledger) { l.Counts["carried"], l.Counts["used"] = l.Counts["used"], l.Counts["carried"] },
		"a count of what is no fate":                  func(l *Ledger) { l.Counts["lost"] = 0 },
		"nothing at all":                              func(l *Ledger) { *l = Ledger{} },
		"the fates of two leaves exchanged":           func(l *Ledger) { l.lines[0].Path, l.lines[1].Path = l.lines[1].Path, l.lines[0].Path },
		"the origins of two leaves exchanged":         func(l *Ledger) { l.origins[0].Source, l.origins[1].Source = l.origins[1].Source, l.origins[0].Source },
		"a value claimed by the leaf beside its own": func(l *Ledger) {
			l.lines[lineSystem].Target = append(l.lines[lineSystem].Target, "Condition.code.coding[0].display")
		},
		"a used leaf that names the constant as its own": func(l *Ledger) { l.lines[lineIntent].Target = []string{"Condition.intent"} },
		"a conversion that keeps quiet about a target":   func(l *Ledger) { l.lines[lineCode].Target = l.lines[lineCode].Target[:1] },
		"a target named twice": func(l *Ledger) {
			l.lines[lineType].Target = []string{"Condition.resourceType", "Condition.resourceType"}
		},
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			l := audited()
			lie(l)
			refused(t, Audit(auditedSource, auditedTarget, l))
		})
	}
}

// turn gives a leaf another fate, with a reason and right sums, and leaves its
// target where it is.
func turn(l *Ledger, line int, fate string) {
	l.Counts[l.lines[line].Fate]--
	l.Counts[fate]++
	l.lines[line].Fate, l.lines[line].Target, l.lines[line].Reason = fate, nil, "none"
}

// An honest ledger does not cover a document that is another.
func TestAuditRefusesEveryOtherDocument(t *testing.T) {
	documents := []struct{ name, side, old, new string }{
		{"a carried value was changed", "target", `"Condition"`, `"Goal"`},
		{"a carried value was spelled otherwise", "target", `"urn:s"`, `"urn\u003as"`},
		{"a leaf was added", "target", `"intent":`, `"hat":1,"intent":`},
		{"a leaf was taken out", "target", `,"display":"D"`, ``},
		{"a leaf became empty", "target", `{"tag":"x"}`, `{}`},
		{"a leaf was renamed", "target", `"tag"`, `"tug"`},
		{"the output is cut off", "target", `}}`, ``},
		{"the output has a key twice", "target", `"intent":"plan"`, `"intent":"plan","intent":"plan"`},
		{"the sender said more", "source", `"shoe":42`, `"shoe":42,"hat":1`},
		{"the sender said less", "source", `,"shoe":42`, ``},
		{"the sender said it elsewhere", "source", `"note"`, `"hat"`},
		{"the sender meant another", "source", `"Condition"`, `"Goal"`},
		{"the source is cut off", "source", `42}`, ``},
	}
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			source, target := auditedSource, auditedTarget
			if d.side == "source" {
				source = strings.Replace(source, d.old, d.new, 1)
			} else {
				target = strings.Replace(target, d.old, d.new, 1)
			}
			if source == auditedSource && target == auditedTarget {
				t.Fatal("the document is the same")
			}
			if err := Audit(source, target, audited()); err == nil {
				t.Error("the auditor passed it")
			}
		})
	}
}

// refused checks that an audit failed as a bug of ours, which is never sent.
func refused(t *testing.T, err error) {
	t.Helper()
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.Exception {
		t.Errorf("got %v, want an exception", err)
	}
}
