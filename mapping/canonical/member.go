package canonical

// ruleTest is a rule made ready for one code system: what is left to ask of a
// concept.
type ruleTest struct {
	system  *CodeSystem
	filters []func(*Concept) bool
	imports []*ValueSet
}

// ruleOf is a rule over a version of its code system.
type ruleOf struct {
	rule   *Rule
	system *CodeSystem
}

// test returns what is compiled of a rule for all requests, nil for nothing.
func (r *Registry) test(rule *Rule, cs *CodeSystem) *ruleTest {
	for ; r != nil; r = r.under {
		if t := r.tests[ruleOf{rule, cs}]; t != nil {
			return t
		}
	}
	return nil
}

// ready compiles a rule over a version of its code system.
func (s *scope) ready(in *ValueSet, r *Rule, cs *CodeSystem) (*ruleTest, error) {
	if len(r.Filters)+len(r.ValueSets) == 0 {
		return &ruleTest{system: cs}, nil
	}
	if t := s.r.test(r, cs); t != nil {
		return t, nil
	}
	if t := s.compiled[r]; t != nil && t.system == cs {
		return t, nil
	}
	t := &ruleTest{system: cs}
	if len(r.Filters) > 0 {
		t.filters = make([]func(*Concept) bool, 0, len(r.Filters))
	}
	for i, f := range r.Filters {
		test, err := s.compile(cs, f, filterPlace{r, i})
		if err != nil {
			return nil, err
		}
		t.filters = append(t.filters, test)
	}
	for _, canonical := range r.ValueSets {
		v, err := s.imported(in, canonical)
		if err != nil {
			return nil, err
		}
		t.imports = append(t.imports, v)
	}
	if s.compiled == nil {
		s.compiled = map[*Rule]*ruleTest{}
	}
	s.compiled[r] = t
	return t, nil
}

// holds reports whether a rule holds a concept of the code system it is ready
// for.
func (s *scope) holds(in *ValueSet, r *Rule, t *ruleTest, c *Concept) (bool, error) {
	if err := s.spend(1 + len(t.filters)); err != nil {
		return false, err
	}
	if len(r.Concepts) > 0 && r.reference(c, t.system) == nil {
		return false, nil
	}
	for _, test := range t.filters {
		if !test(c) {
			return false, nil
		}
	}
	for _, v := range t.imports {
		ok, err := s.member(v, t.system, c)
		if !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// reference returns what a rule says of a concept it names, nil for others.
func (r *Rule) reference(c *Concept, cs *CodeSystem) *Reference {
	if i, ok := r.index[c.Code]; ok {
		return &r.Concepts[i]
	}
	if len(cs.byCode) > len(cs.Concepts) || !cs.CaseSensitive { // another spelling, another case
		for i := range r.Concepts {
			if found, ok := cs.Find(r.Concepts[i].Code); ok && found == c {
				return &r.Concepts[i]
			}
		}
	}
	return nil
}

// member reports whether a value set holds a concept of a code system in the
// version given. Whether it is active is not asked here, unless the value set
// itself asks it.
func (s *scope) member(v *ValueSet, cs *CodeSystem, c *Concept) (bool, error) {
	asked := membership{v, cs, c}
	if in, ok := s.members[asked]; ok {
		return in, nil
	}
	in, err := s.holdsMember(v, cs, c)
	if err == nil {
		if s.members == nil {
			s.members = map[membership]bool{}
		}
		s.members[asked] = in
	}
	return in, err
}

func (s *scope) holdsMember(v *ValueSet, cs *CodeSystem, c *Concept) (bool, error) {
	if err := s.enter(v); err != nil {
		return false, err
	}
	defer s.leave()
	in := false
	for i := range v.Include {
		ok, err := s.ruleHolds(v, &v.Include[i], cs, c)
		if err != nil {
			return false, err
		}
		if in = ok; in {
			break
		}
	}
	if !in || v.Inactive != nil && !*v.Inactive && cs.Inactive(c) {
		return false, nil
	}
	out, err := s.excluded(v, cs, c)
	return !out, err
}

// excluded reports whether a value set excludes a concept.
func (s *scope) excluded(v *ValueSet, cs *CodeSystem, c *Concept) (bool, error) {
	for i := range v.Exclude {
		ok, err := s.excludes(v, &v.Exclude[i], cs, c)
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// excludes reports whether one exclude holds a concept. An exclude of a version
// that the value set does not include is meant for the code whatever its
// version: else it would exclude nothing.
func (s *scope) excludes(v *ValueSet, r *Rule, cs *CodeSystem, c *Concept) (bool, error) {
	if r.System == cs.URL && s.acrossVersions(v, r) {
		other, ok := s.r.CodeSystem(r.System, s.effective(r.System, r.Version))
		if !ok {
			return false, notExpandable(r.System, r.Version, s.known(r.System))
		}
		s.use("used-codesystem", other.Canonical())
		same, ok := other.Find(c.Code)
		if !ok {
			return false, nil
		}
		return s.ruleHolds(v, r, other, same)
	}
	return s.ruleHolds(v, r, cs, c)
}

// acrossVersions reports whether versions are left out of account for an
// exclude: the value set says so, or includes no such version.
func (s *scope) acrossVersions(v *ValueSet, r *Rule) bool {
	if match, ok := v.Parameters["versionsMatch"]; ok {
		return match == "true"
	}
	if r.Version == "" {
		return false
	}
	for i := range v.Include {
		if in := &v.Include[i]; in.System == r.System && (in.Version == r.Version || in.Version == "") {
			return false
		}
	}
	return true
}

// ruleHolds reports whether a rule holds a concept of the code system given.
func (s *scope) ruleHolds(v *ValueSet, r *Rule, cs *CodeSystem, c *Concept) (bool, error) {
	if r.System != "" {
		found, ok := s.r.CodeSystem(r.System, s.effective(r.System, r.Version))
		if !ok {
			if r.System == cs.URL {
				return false, notExpandable(r.System, r.Version, s.known(r.System))
			}
			return false, nil
		}
		if found.URL != cs.URL {
			return false, nil
		}
		if found != cs && r.Version != "" && !covers(s.effective(r.System, r.Version), cs.Version) {
			return false, nil
		}
	}
	t, err := s.ready(v, r, cs)
	if err != nil {
		return false, err
	}
	return s.holds(v, r, t, c)
}
