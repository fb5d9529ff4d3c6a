package document

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/rules"
	"tolk/mapping/tree"
)

// action is what a step does with the element it names.
type action uint8

const (
	inherit action = iota // as the step above says
	carry                 // copy it as written
	drop                  // the target has no place for it
	fixed                 // a constant stands in its place
	viaLens               // a lens writes what becomes of it
)

// step is one node of a plan: a rule, or the way to one.
type step struct {
	rules.Step
	act    action
	rule   int32 // index of the rule's name
	wrote  int32 // of the rule for values a lens makes, which are not the source's
	reason string
	lens   lensFunc
	arg    string
	fixed  string // JSON
	kids   []*step
}

// plan is everything the rules say of one kind of resource in one direction.
type plan struct {
	kind    string
	home    string
	reason  string
	profile string
	require []rules.Require
	concept *rules.Concept
	path    []string // of the concept
	root    step
	noHome  int32 // the rule that says so
	held    int32 // the rule by which a fact waits
	claims  int32 // the rule that writes meta.profile
}

// planKey finds a plan. Kind "*" is for what every resource has.
type planKey struct {
	from, to, report, kind string
}

// catalogue is all plans, and the names of the rules by index.
type catalogue struct {
	plans map[planKey]*plan
	names []string
	from  []string // what a leaf without a source comes from, by rule
}

func (c *catalogue) name(s, origin string) int32 {
	c.names = append(c.names, s)
	c.from = append(c.from, origin)
	return int32(len(c.names) - 1)
}

// compile turns the rule files into plans, both ways.
func compile(files []rules.File) (*catalogue, error) {
	c := &catalogue{plans: map[planKey]*plan{}}
	c.name("unclaimed", ledger.FromSource) // index 0
	for _, f := range files {
		for _, m := range f.Maps {
			for _, left := range []bool{true, false} {
				if !left && m.Report == "119" {
					continue // what comes from the prevention report is read as all of FSIII is
				}
				if err := c.add(f, m, left); err != nil {
					return nil, err
				}
			}
		}
	}
	// First what has a place in the target form but can never meet its profile:
	// it is carried as in the hub, but for what the form has no place for.
	for key, p := range c.plans {
		if hub := c.plans[planKey{key.from, FHIR, "", key.kind}]; p.home == rules.HomeHub && hub != nil {
			p.root.merge(&hub.root)
		}
	}
	for _, p := range c.plans {
		c.common(p)
	}
	return c, nil
}

// add compiles one map in one direction: from its left to its right form, or
// back.
func (c *catalogue) add(f rules.File, m rules.Map, leftToRight bool) error {
	from, to, target := f.Left, f.Right, m.Right
	if !leftToRight {
		from, to, target = f.Right, f.Left, m.Left
	}
	id := strings.TrimSuffix(f.Name, ".yaml") + "." + m.Map
	p := &plan{kind: m.Kind, home: target.Home, reason: target.Reason, profile: target.Profile,
		require: target.Require, concept: m.Concept}
	if p.home == "" {
		p.home = rules.HomeStrict
	}
	p.noHome, p.held, p.claims = c.name(id, ""), c.name(id+"/held", ""), c.name(id+"/profile", ledger.FromConstant)
	if m.Rest == "carry" {
		p.root.act, p.root.rule = carry, c.name(id+"/rest", ledger.FromSource)
	}
	if m.Concept != nil {
		p.path = strings.Split(m.Concept.Path, ".")
	}
	for _, r := range m.Rules {
		if r.Report != "" && r.Report != m.Report || p.home == rules.HomeHub {
			continue // the hub's home carries what the report does not forbid
		}
		path := r.Both
		if leftToRight && r.Left != "" {
			path = r.Left
		} else if !leftToRight && r.Right != "" {
			path = r.Right
		}
		if path == "" {
			continue
		}
		if err := c.rule(&p.root, path, r, id, leftToRight); err != nil {
			return err
		}
	}
	for _, path := range strings.Fields(target.None) {
		s, err := p.root.at(path)
		if err != nil {
			return err
		}
		if s.act == inherit {
			s.act, s.rule = drop, c.name(id+"/none", "")
			s.reason = "the target form has no place for it"
			if target.Profile != "" {
				s.reason = last(target.Profile) + " has no place for it"
			}
		}
	}
	key := planKey{from, to, m.Report, m.Kind}
	if _, ok := c.plans[key]; ok {
		return &mapping.Error{Kind: mapping.Invalid, Path: f.Name, Message: "two maps for " + m.Kind + " in one direction"}
	}
	c.plans[key] = p
	return nil
}

func last(url string) string { return url[strings.LastIndexByte(url, '/')+1:] }

// rule puts one rule at its place.
func (c *catalogue) rule(root *step, path string, r rules.Rule, id string, leftToRight bool) error {
	s, err := root.at(path)
	if err != nil {
		return err
	}
	if s.act != inherit {
		return &mapping.Error{Kind: mapping.Invalid, Path: id + "/" + r.ID, Message: "another rule is for " + path}
	}
	name := id + "/" + r.ID
	if r.Site != nil {
		name += "@" + r.Site.Site
	}
	s.rule = c.name(name, ledger.FromConstant)
	switch {
	case r.Drop != "":
		s.act, s.reason = drop, r.Drop
	case r.Fixed != nil:
		s.act, s.fixed = fixed, r.Fixed.Right
		if !leftToRight {
			s.fixed = r.Fixed.Left
		}
		if s.fixed != "" && strings.IndexByte(`{["`, s.fixed[0]) < 0 {
			s.fixed = tree.Quote(s.fixed)
		}
		if s.fixed == "" {
			s.act, s.reason = drop, "the target form fixes nothing here"
		}
	case r.Via != "":
		called, arg := rules.Call(r.Via)
		l, ok := lensNamed(called)
		if !ok {
			return &mapping.Error{Kind: mapping.Invalid, Path: id + "/" + r.ID, Message: "no lens is called " + called + mapping.Meant(called, lensNames()), Value: called}
		}
		s.act, s.lens, s.arg = viaLens, l, arg
		origin := ledger.FromConstant
		if called == "id" || called == "full-url" {
			origin = ledger.FromGenerated
		}
		s.wrote = c.name(name, origin)
	default:
		s.act = carry
	}
	return nil
}

// at finds the step for a path, making the way to it.
func (s *step) at(path string) (*step, error) {
	steps, err := rules.ParsePath(path)
	if err != nil {
		return nil, err
	}
	for _, want := range steps {
		s = s.kid(want)
	}
	return s, nil
}

func (s *step) kid(want rules.Step) *step {
	for _, k := range s.kids {
		if k.Name == want.Name && k.Choice == want.Choice && k.URL == want.URL && k.Value == want.Value {
			return k
		}
	}
	k := &step{Step: want}
	// What selects comes before what takes all.
	if want.URL != "" || want.Value != "" {
		s.kids = append([]*step{k}, s.kids...)
	} else {
		s.kids = append(s.kids, k)
	}
	return k
}

// common adds the steps that every resource has ("*") where the plan of the
// kind does not say otherwise.
func (c *catalogue) common(p *plan) {
	for key, other := range c.plans {
		if other != p {
			continue
		}
		all, ok := c.plans[planKey{key.from, key.to, "", "*"}]
		if !ok || all == p {
			return
		}
		p.root.merge(&all.root)
	}
}

// clone copies a step with all below it: plans are merged into, never shared.
func (s *step) clone() *step {
	c := *s
	c.kids = make([]*step, len(s.kids))
	for i, k := range s.kids {
		c.kids[i] = k.clone()
	}
	return &c
}

// merge takes over from other what s itself does not say.
func (s *step) merge(other *step) {
	if s.act == inherit {
		s.act, s.rule, s.wrote, s.reason, s.lens, s.arg, s.fixed = other.act, other.rule, other.wrote, other.reason, other.lens, other.arg, other.fixed
	}
	for _, k := range other.kids {
		mine := s.kid(k.Step)
		if mine.act == inherit && len(mine.kids) == 0 {
			*mine = *k.clone()
			continue
		}
		mine.merge(k)
	}
}

// find returns the step for a member called key, nil if no rule is on the way.
// The caller asks the step whether it selects among the elements of an array.
func (s *step) find(key string) *step {
	if s == nil {
		return nil
	}
	for _, k := range s.kids {
		if k.Name == key {
			return k
		}
		if k.Choice && len(key) > len(k.Name) && strings.HasPrefix(key, k.Name) && key[len(k.Name)] >= 'A' && key[len(k.Name)] <= 'Z' {
			return k
		}
	}
	// The extensions and id of a primitive go where the primitive goes.
	if len(key) > 1 && key[0] == '_' {
		return s.find(key[1:])
	}
	return nil
}

// selects reports whether any step of this name chooses among elements.
func (s *step) selects(name string) bool {
	for _, k := range s.kids {
		if k.Name == name && (k.URL != "" || k.Value != "") {
			return true
		}
	}
	return false
}

// choose returns the step for element n of the array called name.
func (s *step) choose(d *tree.Doc, name string, n tree.ID) *step {
	for _, k := range s.kids {
		switch {
		case k.Name != name:
		case k.URL != "":
			if d.Text(d.Child(n, "url")) == k.URL {
				return k
			}
		case k.Value != "":
			if d.Text(d.Find(n, k.Key...)) == k.Value {
				return k
			}
		default:
			return k
		}
	}
	return nil
}
