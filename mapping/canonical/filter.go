package canonical

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// longestPattern bounds a regular expression. Go's run in time linear in the
// text whatever they say (RE2), so that only their size is to be bounded.
const longestPattern = 1000

// filterPlace is where a filter stands: a rule, and which one of it.
type filterPlace struct {
	rule   *Rule
	filter int
}

func (p filterPlace) String() string {
	return "ValueSet.compose." + p.rule.Path + ".filter[" + strconv.Itoa(p.filter) + "]"
}

// compile makes a test of one filter over a code system
// (http://hl7.org/fhir/R4/valueset-filter-operator.html).
func (s *scope) compile(cs *CodeSystem, f Filter, at filterPlace) (func(*Concept) bool, error) {
	if f.Property == "" || f.Op == "" {
		return nil, badFilter(cs.URL, f, at, "property and op are both required")
	}
	if f.Value == "" {
		return nil, filterWithoutValue(cs.URL, f, at)
	}
	if f.hierarchical() {
		return hierarchical(cs, f, at)
	}
	values, ok := s.values(cs, f.Property)
	if !ok {
		return nil, badFilter(cs.URL, f, at, "the code system has no such property")
	}
	some := func(test func(string) bool) func(*Concept) bool {
		return func(c *Concept) bool { return slices.ContainsFunc(values(c), test) }
	}
	switch f.Op {
	case "=":
		return some(func(v string) bool { return v == f.Value }), nil
	case "in", "not-in":
		set := map[string]bool{}
		for v := range strings.SplitSeq(f.Value, ",") {
			set[strings.TrimSpace(v)] = true
		}
		in := some(func(v string) bool { return set[v] })
		if f.Op == "in" {
			return in, nil
		}
		return func(c *Concept) bool { return !in(c) }, nil
	case "exists":
		want, err := strconv.ParseBool(f.Value)
		if err != nil {
			return nil, badFilter(cs.URL, f, at, "the value is true or false")
		}
		return func(c *Concept) bool { return (len(values(c)) > 0) == want }, nil
	case "regex":
		if len(f.Value) > longestPattern {
			return nil, badFilter(cs.URL, Filter{f.Property, f.Op, f.Value[:40] + "..."}, at, "the regular expression is longer than "+strconv.Itoa(longestPattern)+" characters")
		}
		re, err := regexp.Compile("^(?:" + f.Value + ")$")
		if err != nil {
			return nil, badFilter(cs.URL, f, at, "the regular expression cannot be read; look-ahead, look-behind and references back are not supported")
		}
		return some(re.MatchString), nil
	}
	return nil, badFilter(cs.URL, f, at, "accepted operators: =, is-a, descendent-of, is-not-a, generalizes, child-of, descendent-leaf, regex, in, not-in, exists")
}

// hierarchical reports whether the operator follows the hierarchy.
func (f Filter) hierarchical() bool {
	switch f.Op {
	case "is-a", "descendent-of", "is-not-a", "generalizes", "child-of", "descendent-leaf":
		return true
	}
	return false
}

// hierarchical compiles the operators that follow the hierarchy.
func hierarchical(cs *CodeSystem, f Filter, at filterPlace) (func(*Concept) bool, error) {
	if f.Property != "concept" && f.Property != "code" {
		return nil, badFilter(cs.URL, f, at, "the operator goes with the property concept")
	}
	top, ok := cs.Find(f.Value)
	if !ok && cs.Content == "fragment" {
		return func(*Concept) bool { return false }, nil
	}
	if !ok {
		return nil, badFilter(cs.URL, f, at, "the code is not in the code system")
	}
	below := under(cs, top)
	switch f.Op {
	case "is-a":
		return below, nil
	case "descendent-of":
		return func(c *Concept) bool { return c != top && below(c) }, nil
	case "is-not-a":
		return func(c *Concept) bool { return !below(c) }, nil
	case "generalizes":
		return func(c *Concept) bool { return Below(top, c) }, nil
	case "child-of":
		return func(c *Concept) bool { return slices.Contains(c.Parents, top) }, nil
	}
	return func(c *Concept) bool { return len(c.Children) == 0 && c != top && below(c) }, nil
}

// under makes a test whether a concept of the code system is top or stands under
// it. Where there is no tree, it looks upwards from each of a few concepts; for
// many it goes down from top once.
func under(cs *CodeSystem, top *Concept) func(*Concept) bool {
	if cs.tree {
		return func(c *Concept) bool { return top.from <= c.from && c.from < top.to }
	}
	return (&subtree{top: top}).has
}

// subtree is a concept with those under it.
type subtree struct {
	top   *Concept
	asked int
	all   map[*Concept]bool // once many are asked about
}

func (t *subtree) has(c *Concept) bool {
	if t.asked++; t.asked <= 32 {
		return Below(c, t.top)
	}
	if t.all == nil {
		t.all = map[*Concept]bool{t.top: true}
		for todo := []*Concept{t.top}; len(todo) > 0; {
			next := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			for _, child := range next.Children {
				if !t.all[child] {
					t.all[child] = true
					todo = append(todo, child)
				}
			}
		}
	}
	return t.all[c]
}

// values returns how to read the values of a property of a concept, and
// whether the code system has the property.
func (s *scope) values(cs *CodeSystem, property string) (func(*Concept) []string, bool) {
	switch property {
	case "concept", "code":
		return func(c *Concept) []string { return []string{c.Code} }, true
	case "display":
		return func(c *Concept) []string { return []string{c.Display} }, true
	case "definition":
		return func(c *Concept) []string { return []string{c.Definition} }, true
	case "designation":
		return func(c *Concept) (all []string) {
			for _, d := range s.view(cs, c).designations() {
				all = append(all, d.Value)
			}
			return all
		}, true
	case "parent":
		return func(c *Concept) []string { return codes(c.Parents) }, true
	case "child":
		return func(c *Concept) []string { return codes(c.Children) }, true
	case "inactive":
		if !cs.uses(inactiveRole) {
			return func(c *Concept) []string { return []string{strconv.FormatBool(cs.Inactive(c))} }, true
		}
	}
	declared := func(s *CodeSystem) bool {
		return s.used[property] || slices.ContainsFunc(s.PropertyDefs, func(p PropertyDef) bool { return p.Code == property })
	}
	_, standard := roleOf[conceptProperties+property]
	if !standard && !declared(cs) && !slices.ContainsFunc(s.supplementing(cs), declared) {
		return nil, false
	}
	return func(c *Concept) (all []string) {
		for _, p := range s.view(cs, c).properties() {
			if p.Code == property {
				all = append(all, p.Text)
			}
		}
		return all
	}, true
}

func codes(list []*Concept) []string {
	all := make([]string, len(list))
	for i, c := range list {
		all[i] = c.Code
	}
	return all
}
