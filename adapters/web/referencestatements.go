package web

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/maps"
	"tolk/mapping/rules"
)

// statement is what is written of one rule: a row of a rule file or of the field
// correspondences, or what the engine makes of a whole map of them.
type statement struct {
	Name     string // as on the ledger
	What     string // one of the words below
	Place    string // file:line:column, empty where it cannot be told
	Document string // of field correspondences; empty for the rules of the condition record
	Map      string // the map that it is of
	Kind     string // the kind of resource of the map
	Left     statedEnd
	Right    statedEnd
	Via      string            // how the value is changed
	Why      string            // why the other side has no place for it
	Words    []wordPair        // the words of a table and their codes
	Elements []string          // that a profile has no place for; the concept maps of what is held
	Demands  []rules.Require   // what a profile demands
	Profile  map[string]string // that is claimed, by form
	Override *rules.Override   // where a site states it otherwise
	Else     []elsewhereStated // where else the same rule stands: a map may be included in several
}

// elsewhereStated are the two sides of a rule in another place.
type elsewhereStated struct{ Source, Target statedEnd }

// statedEnd is one side of a statement.
type statedEnd struct{ Form, Path, Is string }

// wordPair is a word of a table and the code that it stands for.
type wordPair struct{ Word, Code string }

// What a statement states.
const (
	statesField   = "field"   // an element of one side is an element of the other
	statesDrop    = "drop"    // an element of one side has no place on the other
	statesFixed   = "fixed"   // a constant
	statesRef     = "ref"     // a reference to another resource
	statesMap     = "map"     // a map as a whole: what it makes a resource of, or why it has no home
	statesRest    = "rest"    // what no rule names
	statesNone    = "none"    // what a profile has no place for
	statesHeld    = "held"    // a fact that waits for a person
	statesProfile = "profile" // what a resource claims to be
	statesLeave   = "leave"   // a kind of resource that has no place
)

// Lens is the key of the words for how the value is changed, empty where there are
// none.
func (s *statement) Lens() string {
	lens, _ := rules.Call(s.Via)
	if key := "lens." + lens; known(key) {
		return key
	}
	return ""
}

// ruleAnchor is a name as the id of an element: what is no letter or digit is a
// hyphen.
func ruleAnchor(kind, name string) string {
	return kind + "-" + strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		}
		return '-'
	}, name)
}

// ruleBook is everything that is stated of the rules, by name and in the order of the
// files.
type ruleBook struct {
	all    []*statement
	byName map[string]*statement
}

// find returns the statement of a rule, nil where none is written: the rule is in
// the program's code.
func (b *ruleBook) find(name string) *statement { return b.byName[name] }

func (b *ruleBook) add(s *statement) {
	first := b.byName[s.Name]
	if first == nil {
		b.byName[s.Name] = s
		b.all = append(b.all, s)
		return
	}
	again := elsewhereStated{s.Left, s.Right}
	if (again.Source != first.Left || again.Target != first.Right) && !slices.Contains(first.Else, again) {
		first.Else = append(first.Else, again)
	}
}

// builtIn is where what is built in stands.
var builtIn fs.FS = maps.FS

// newRuleBook reads what is stated: the rules in force, and the field correspondences.
func newRuleBook(files []rules.File) *ruleBook {
	b := &ruleBook{byName: map[string]*statement{}}
	at := &placeFinder{}
	for _, f := range files {
		for i := range f.Maps {
			b.rules(at, &f, i)
		}
	}
	b.fields(at)
	return b
}

// rules states one map of a rule file.
func (b *ruleBook) rules(at *placeFinder, f *rules.File, i int) {
	m := &f.Maps[i]
	base := strings.TrimSuffix(f.Name, ".yaml") + "." + m.Map
	where := fmt.Sprintf("$.maps[%d]", i)
	make := func(name, what, path string) *statement {
		return &statement{Name: name, What: what, Place: at.place(f.Name, path), Map: m.Map, Kind: m.Kind,
			Left: statedEnd{Form: f.Left}, Right: statedEnd{Form: f.Right}}
	}
	whole := make(base, statesMap, where)
	whole.Why = strings.Join(slices.Compact(nonEmpty(m.Left.Reason, m.Right.Reason)), "; ")
	whole.Demands = slices.Concat(m.Left.Require, m.Right.Require)
	whole.Demands = slices.CompactFunc(whole.Demands, func(a, b rules.Require) bool { return a == b })
	whole.Profile = map[string]string{}
	for form, side := range map[string]rules.Side{f.Left: m.Left, f.Right: m.Right} {
		if side.Profile != "" {
			whole.Profile[form] = side.Profile
		}
	}
	b.add(whole)
	for j := range m.Rules {
		r := &m.Rules[j]
		if r.Report != "" && r.Report != m.Report {
			continue
		}
		s := make(base+"/"+r.ID, statesField, fmt.Sprintf("%s.rules[%d]", where, j))
		s.Left.Path, s.Right.Path = orText(r.Left, r.Both), orText(r.Right, r.Both)
		s.Via, s.Why, s.Override = r.Via, r.Drop, r.Site
		if r.Site != nil {
			s.Place = r.Site.Site + "/rules.yaml"
		}
		switch {
		case r.Drop != "":
			s.What = statesDrop
		case r.Fixed != nil:
			s.What, s.Left.Is, s.Right.Is = statesFixed, r.Fixed.Left, r.Fixed.Right
		}
		b.add(s)
	}
	if m.Rest == "carry" {
		b.add(make(base+"/rest", statesRest, where+".rest"))
	}
	if none := strings.Fields(m.Left.None + " " + m.Right.None); len(none) > 0 {
		s := make(base+"/none", statesNone, where)
		slices.Sort(none)
		s.Elements = slices.Compact(none)
		b.add(s)
	}
	if m.Kind != "*" && m.Kind != "Bundle" { // what is a fact of its own
		s := make(base+"/held", statesHeld, where)
		s.Elements = heldBy(m)
		b.add(s)
	}
	if len(whole.Profile) > 0 {
		s := make(base+"/profile", statesProfile, where)
		s.Profile = whole.Profile
		b.add(s)
	}
}

// heldBy lists the concept maps that decide whether something of a map may be
// written: the first words of their names.
func heldBy(m *rules.Map) (all []string) {
	if m.Concept != nil {
		all = append(all, m.Concept.Map)
	}
	for _, r := range m.Rules {
		if lens, name := rules.Call(r.Via); lens == "code" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// fields states the field correspondences.
func (b *ruleBook) fields(at *placeFinder) {
	names, _ := fs.Glob(builtIn, "fields/*.yaml")
	all := map[string]*fields.File{}
	for _, name := range names {
		f := &fields.File{Name: path.Base(name)}
		if err := rules.Decode(builtIn, name, f); err == nil {
			all[f.Name] = f
		}
	}
	for _, name := range names {
		f := all[path.Base(name)]
		if f == nil || f.Document == "" {
			continue
		}
		w := &fieldWalk{ruleBook: b, at: at, files: all, of: f}
		f.Bundle.Map, f.Bundle.Right = "bundle", "Bundle"
		w.node(f, &f.Bundle, "$.bundle", "", "", 0)
		for i := range f.Maps {
			w.node(f, &f.Maps[i], fmt.Sprintf("$.maps[%d]", i), "", "", 0)
		}
		for kind, why := range f.Leave {
			b.add(&statement{Name: w.name(kind, ""), What: statesLeave, Place: at.place("fields/"+f.Name, "$.leave."+kind),
				Document: f.Document, Map: kind, Kind: kind, Left: statedEnd{Form: f.Left}, Right: statedEnd{Form: f.Right, Path: kind}, Why: why})
		}
	}
}

// fieldWalk walks the maps of one file of field correspondences.
type fieldWalk struct {
	ruleBook *ruleBook
	at       *placeFinder
	files    map[string]*fields.File
	of       *fields.File
}

// name is a rule as it stands on the ledger.
func (w *fieldWalk) name(m, rule string) string {
	name := w.of.Document + "." + w.of.Left + "/" + m
	if rule != "" {
		name += "/" + rule
	}
	return name
}

// node states a map that stands in a file at a place, inside objects at left and
// elements at right.
func (w *fieldWalk) node(in *fields.File, m *fields.Map, where, left, right string, depth int) {
	if depth > 32 {
		return // refused when it was loaded
	}
	left = fields.Join(left, m.Left)
	if m.Right != "" && m.Right[0] >= 'A' && m.Right[0] <= 'Z' {
		right = m.Right
	} else {
		right = fields.Join(right, m.Right)
	}
	kind, _, _ := strings.Cut(right, ".")
	make := func(file *fields.File, rule, what, path string) *statement {
		return &statement{Name: w.name(m.Map, rule), What: what, Place: w.at.place("fields/"+file.Name, path), Document: w.of.Document,
			Map: m.Map, Kind: kind, Left: statedEnd{Form: w.of.Left}, Right: statedEnd{Form: w.of.Right}}
	}
	whole := make(in, "", statesMap, where)
	whole.Left.Path, whole.Right.Path = left, right
	w.ruleBook.add(whole)
	fixed := 0
	inside := func(file *fields.File, m *fields.Map, where string) {
		for i, f := range m.Fixed {
			fixed++
			s := make(file, fmt.Sprintf("fixed-%d", fixed), statesFixed, fmt.Sprintf("%s.fixed[%d]", where, i))
			s.Right.Path, s.Right.Is = fields.Join(right, f.Right), f.Is
			w.ruleBook.add(s)
		}
		for i := range m.Rules {
			r, at := &m.Rules[i], fmt.Sprintf("%s.rules[%d]", where, i)
			s := make(file, r.ID, statesField, at)
			w.rule(file, s, r, left, right)
			w.ruleBook.add(s)
			for j, f := range r.With {
				s := make(file, fmt.Sprintf("%s-with-%d", r.ID, j+1), statesFixed, at)
				s.Right.Path, s.Right.Is = fields.Join(right, f.Right), f.Is
				w.ruleBook.add(s)
			}
		}
		for i := range m.Maps {
			w.node(file, &m.Maps[i], fmt.Sprintf("%s.maps[%d]", where, i), left, right, depth+1)
		}
	}
	if file, other, at := w.included(m.Include); other != nil {
		inside(file, other, at)
	}
	inside(in, m, where)
}

// included finds the map that another includes, as file#map.
func (w *fieldWalk) included(name string) (*fields.File, *fields.Map, string) {
	file, of, _ := strings.Cut(name, "#")
	if f := w.files[file]; f != nil {
		for i := range f.Maps {
			if f.Maps[i].Map == of {
				return f, &f.Maps[i], fmt.Sprintf("$.maps[%d]", i)
			}
		}
	}
	return nil, nil, ""
}

func (w *fieldWalk) rule(in *fields.File, s *statement, r *fields.Rule, left, right string) {
	s.Via, s.Why = r.Via, r.Drop
	if r.Left != "" {
		s.Left.Path = fields.Join(left, r.Left)
	}
	if r.Right != "" {
		s.Right.Path = fields.Join(right, r.Right)
	}
	switch {
	case r.Drop != "":
		s.What = statesDrop
	case r.Ref != "":
		s.What, s.Via = statesRef, r.Ref
	}
	if lens, name := rules.Call(r.Via); lens == "table" {
		for word, code := range in.Tables[name] {
			s.Words = append(s.Words, wordPair{word, code})
		}
		slices.SortFunc(s.Words, func(a, b wordPair) int { return strings.Compare(a.Word, b.Word) })
	}
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func nonEmpty(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// goes reports whether a statement says something of a step from one form to
// another.
func (s *statement) goes(name, from, to string) bool {
	if s.Document != "" && s.Document != name || s.Document == "" && name != document.Tilstande {
		return false
	}
	return s.Left.Form == from && s.Right.Form == to || s.Right.Form == from && s.Left.Form == to
}
