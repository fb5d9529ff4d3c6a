package canonical

import (
	"slices"
	"strings"

	"tolk/mapping"
)

// judgement is what is found of one coding.
type judgement struct {
	in         bool
	unresolved bool // what the value set names is not here, so that nothing can be said
	system     *CodeSystem
	concept    *Concept
	display    string
	issues     []Issue
	unknown    []string
	causes     []string
}

func (d *judgement) say(list ...Issue) { d.issues = append(d.issues, list...) }

// candidate is what one rule of the value set says of a coding.
type candidate struct {
	in         bool
	unresolved bool
	system     *CodeSystem
	concept    *Concept
	ref        *Reference
	issues     []Issue // of versions
	causes     []string
	through    []*ValueSet // the imports that lead to it, if it is in
}

// judge judges one coding.
func (v *validator) judge(c mapping.Coding, at place) (*judgement, error) {
	d := &judgement{}
	if c.System == "" {
		d.say(noSystem(at.at("")))
		v.outside(d, c, at)
		return d, nil
	}
	if canonical, ok := v.r.alias(c.System); ok && len(all(v.r, func(r *Registry) map[string][]*CodeSystem { return r.systems }, c.System)) == 0 {
		c.System = canonical
	}
	var k candidate
	var err error
	if v.valueSet == nil {
		k = v.alone(c, at)
	} else {
		var cands []candidate
		if cands, err = v.look(make([]candidate, 0, 4), v.valueSet, c, at); err != nil {
			return nil, err
		}
		k = v.choose(cands, c)
	}
	d.in, d.system, d.concept, d.unresolved = k.in, k.system, k.concept, k.unresolved
	d.causes = k.causes
	d.say(k.issues...)
	if k.unresolved {
		return d, nil
	}
	if d.system == nil && !v.membership {
		v.elsewhere(d, c, at)
	}
	if d.system != nil && d.concept == nil && !v.membership {
		d.say(unknownCode(d.system, c.Code, at.at("code")))
	}
	if d.concept != nil {
		v.state(d, k, c, at)
	}
	if !d.in {
		v.outside(d, c, at)
	}
	if d.concept != nil && !v.membership {
		v.checkDisplay(d, k, c, at)
	}
	if d.in && d.system != nil {
		v.references(d, k)
	}
	return d, nil
}

// outside says that the coding is not in the value set.
func (v *validator) outside(d *judgement, c mapping.Coding, at place) {
	if v.valueSet == nil {
		return
	}
	i := notInValueSet(c, v.valueSet.named(), at.at("code"))
	if at.inner {
		i.Severity, i.Tx, i.quiet = "information", "this-code-not-in-vs", true
	}
	d.say(i)
}

// elsewhere looks a coding up that the value set has no rule for: it may be
// wrong in itself.
func (v *validator) elsewhere(d *judgement, c mapping.Coding, at place) {
	known := v.r.CodeSystems(c.System)
	if len(known) == 0 {
		d.unknown = append(d.unknown, c.System)
		if c.Version != "" {
			d.say(unknownVersion(c.System, c.Version, nil, at.at("system")))
		} else {
			d.say(unknownSystem(c.System, at.at("system")))
		}
		return
	}
	version := c.Version
	if version == "" {
		version = v.effective(c.System, "")
	}
	cs, ok := pick(known, version)
	if !ok {
		d.causes = append(d.causes, c.System+"|"+version)
		d.say(unknownVersion(c.System, version, v.known(c.System), at.at("system")))
		return
	}
	d.system = cs
	d.concept, _ = cs.Find(c.Code)
}

// alone makes the candidate of a code system without a value set.
func (v *validator) alone(c mapping.Coding, at place) candidate {
	k := candidate{in: true}
	d := &judgement{}
	v.elsewhere(d, c, at)
	k.system, k.concept, k.issues, k.causes = d.system, d.concept, d.issues, d.causes
	if k.system == nil {
		k.in, k.unresolved = false, true
		v.out.Unknown = append(v.out.Unknown, d.unknown...)
	} else if k.concept == nil && k.system.Content != "fragment" && k.system.Content != "example" {
		k.in = false
	}
	return k
}

// choose takes the candidate that fits best: one that is in, with the display
// given if there is one.
func (v *validator) choose(cands []candidate, c mapping.Coding) candidate {
	rank := func(k *candidate) int {
		switch {
		case k.in && k.concept != nil && (c.Display == "" || v.displayed(*k, c.Display)):
			return 0
		case k.in:
			return 1
		case k.concept != nil:
			return 2
		case k.system != nil:
			return 3
		}
		return 4
	}
	best := &candidate{}
	for i := range cands {
		if k := &cands[i]; i == 0 || rank(k) < rank(best) {
			best = k
		}
	}
	return *best
}

// look appends what a value set says of a coding, rule by rule.
func (v *validator) look(cands []candidate, vs *ValueSet, c mapping.Coding, at place) ([]candidate, error) {
	if err := v.enter(vs); err != nil {
		return nil, err
	}
	defer v.leave()
	if err := v.spend(opening); err != nil {
		return nil, err
	}
	of := func(r *Rule) bool { return r.System != "" && v.sameSystem(r.System, c.System) }
	fits := func(r *Rule) bool { return covers(v.effective(r.System, r.Version), c.Version) }
	fitting := false // a rule is of the very version
	for i := range vs.Include {
		r := &vs.Include[i]
		fitting = fitting || c.Version != "" && of(r) && fits(r)
	}
	for _, i := range vs.newestFirst() {
		var err error
		before := len(cands)
		switch r := &vs.Include[i]; {
		case r.System == "":
			cands, err = v.through(cands, vs, r, c, at)
		case of(r) && (!fitting || fits(r)):
			cands, err = v.direct(cands, vs, r, c, at)
		}
		if err != nil {
			return nil, err
		}
		for j := before; j < len(cands); j++ {
			if k := &cands[j]; k.in && k.concept != nil {
				out, err := v.excluded(vs, k.system, k.concept)
				if err != nil {
					return nil, err
				}
				inactive := vs != v.valueSet && vs.Inactive != nil && !*vs.Inactive && k.system.Inactive(k.concept)
				k.in = !out && !inactive
			}
		}
	}
	return cands, nil
}

func (v *validator) sameSystem(a, b string) bool {
	return a == b || v.r.canonicalSystem(a) == v.r.canonicalSystem(b)
}

// through looks in the value sets that a rule imports: in all of them, or in
// none.
func (v *validator) through(cands []candidate, vs *ValueSet, r *Rule, c mapping.Coding, at place) ([]candidate, error) {
	before := len(cands)
	for i, canonical := range r.ValueSets {
		inner, err := v.importOf(vs, canonical)
		if err != nil {
			return nil, err
		}
		if err := v.supplement(inner.Supplement); err != nil {
			return nil, err
		}
		all, err := v.look(cands, inner, c, at)
		if err != nil {
			return nil, err
		}
		in := slices.ContainsFunc(all[len(cands):], func(k candidate) bool { return k.in })
		if i == 0 {
			cands = all
		}
		for j := before; j < len(cands); j++ {
			k := &cands[j]
			if k.in = k.in && in; k.in {
				k.through = append(k.through, inner)
			}
		}
	}
	return cands, nil
}

// direct asks one rule of the code system that the coding names.
func (v *validator) direct(cands []candidate, vs *ValueSet, r *Rule, c mapping.Coding, at place) ([]candidate, error) {
	cands = append(cands, candidate{})
	k := &cands[len(cands)-1]
	if done := v.version(k, r, c, at); done {
		return cands, nil
	}
	t, err := v.ready(vs, r, k.system)
	if err != nil {
		return nil, err
	}
	if first := &cands[0]; first.system == k.system && first.concept != nil {
		k.concept = first.concept // another rule found it already
	} else if k.concept, _ = k.system.Find(c.Code); k.concept == nil {
		k.in = (k.system.Content == "fragment" || k.system.Content == "example") && len(r.Concepts)+len(r.Filters)+len(r.ValueSets) == 0
		return cands, nil
	}
	if k.in, err = v.holds(vs, r, t, k.concept); err != nil {
		return nil, err
	}
	if last := len(cands) - 1; !k.in && last > 0 && cands[0].concept != nil {
		return cands[:last], nil // one that came before is chosen before it
	}
	if len(r.Concepts) > 0 {
		k.ref = r.reference(k.concept, k.system)
	}
	return cands, nil
}

// version settles which version of the code system a rule is asked of, and
// says where value, value set and request do not agree. It is done where no
// version is left to ask.
func (v *validator) version(k *candidate, r *Rule, c mapping.Coding, at place) (done bool) {
	system := r.System
	known := v.r.CodeSystems(system)
	effective := v.effective(system, r.Version)
	_, given := pick(known, c.Version)
	given = given && c.Version != ""
	unknownGiven := func() {
		k.issues = append(k.issues, unknownVersion(system, c.Version, v.known(system), at.at("system")))
		k.causes = append(k.causes, system+"|"+c.Version)
	}
	if len(known) == 0 {
		k.unresolved = true
		if effective == "" {
			k.issues = append(k.issues, unknownSystem(system, at.at("system")))
			k.causes = append(k.causes, system)
		} else {
			k.issues = append(k.issues, unknownVersion(system, effective, nil, at.at("system")))
			k.causes = append(k.causes, system+"|"+effective)
		}
		return true
	}
	resolved, ok := pick(known, effective)
	switch {
	case c.Version == "":
	case effective == "" && given:
		resolved, _ = pick(known, c.Version)
	case effective == "":
		k.issues = append(k.issues, versionDefault(system, resolved.Version, c.Version, at.at("version")))
		unknownGiven()
	case covers(effective, c.Version):
		if given {
			resolved, ok = pick(known, c.Version)
		} else {
			unknownGiven()
		}
	default:
		k.issues = append(k.issues, versionMismatch(system, effective, r.Version, c.Version, at.at("version")))
		if !given {
			unknownGiven()
		}
	}
	if !ok {
		k.unresolved = true
		k.issues = append(k.issues, unknownVersion(system, effective, v.known(system), at.at("system")))
		k.causes = append(k.causes, system+"|"+effective)
		return true
	}
	k.system = resolved
	if required, ok := v.check[system]; ok && !covers(required, resolved.Version) {
		k.issues = append(k.issues, versionCheck(system, resolved.Version, required, at.at("version")))
	}
	return false
}

// state says what is to be known of the state of a concept.
func (v *validator) state(d *judgement, k candidate, c mapping.Coding, at place) {
	cs, concept := d.system, d.concept
	if strings.EqualFold(concept.Code, c.Code) && concept.Code != c.Code {
		d.say(caseDifference(cs, c.Code, concept.Code, at.at("code")))
	}
	if d.in && !v.abstractOK && cs.Abstract(concept) {
		d.in = false
		d.say(abstractCode(cs.URL, c.Code, at.at("code")))
	}
	status := cs.Status(concept)
	switch {
	case cs.Inactive(concept):
		d.say(isInactive(c.Code, status, at.at("")))
		if d.in && (v.activeOnly || v.valueSet != nil && v.valueSet.Inactive != nil && !*v.valueSet.Inactive) {
			d.in = false
			d.say(notActive(c.Code, at.at("code")))
		}
	case status == "deprecated":
		d.say(isDeprecated(c.Code, at.at("code")))
	}
	if k.ref != nil && d.in {
		if extensionText(k.ref.Extensions, structure+"valueset-deprecated") == "true" || extensionText(k.ref.Extensions, standardsStatus) == "deprecated" {
			d.say(deprecatedHere(c.Code, cs.URL, v.valueSet.named(), at.at("code")))
		}
	}
}

// references says what is to be known of the state of the resources.
func (v *validator) references(d *judgement, k candidate) {
	if v.valueSet == nil {
		return
	}
	say := func(kind string, h Header) {
		for _, status := range states(kind, h, v.valueSet) {
			if i := reference(status, kind, h.Canonical()); !slices.Contains(v.out.Issues, i) && !slices.Contains(d.issues, i) {
				d.say(i)
			}
		}
	}
	say("CodeSystem", d.system.Header)
	say("ValueSet", v.valueSet.Header)
	for _, inner := range k.through {
		say("ValueSet", inner.Header)
	}
}

// texts lists the displays of a concept, those of the value set included.
func (v *validator) texts(k candidate) (conceptView, []Designation) {
	view := v.view(k.system, k.concept)
	designations := view.designations()
	if k.ref != nil {
		designations = append(slices.Clone(designations), k.ref.Designations...)
		if k.ref.Display != "" && k.ref.Display != view.Display {
			designations = append(designations, Designation{Language: v.valueSet.Language, Value: k.ref.Display})
		}
	}
	return view, designations
}

// displayed reports whether a display is right for a candidate.
func (v *validator) displayed(k candidate, display string) bool {
	view, designations := v.texts(k)
	return slices.ContainsFunc(v.langs.valid(view, designations), func(d Designation) bool { return sameText(d.Value, display) })
}

// checkDisplay compares the display that came with those of the concept.
func (v *validator) checkDisplay(d *judgement, k candidate, c mapping.Coding, at place) {
	k.system, k.concept = d.system, d.concept
	view, designations := v.texts(k)
	if d.display, _ = v.langs.display(view, designations); d.display == "" {
		d.display = view.Display
	}
	if c.Display == "" {
		return
	}
	same := func(list []Designation) int {
		return slices.IndexFunc(list, func(x Designation) bool { return sameText(x.Value, c.Display) })
	}
	valid := v.langs.valid(view, designations)
	if same(valid) >= 0 {
		return
	}
	severity := "error"
	if v.lenient {
		severity = "warning"
	}
	where := at.at("display")
	if i := same(designations); i >= 0 && retiredText(designations[i]) != "" {
		d.say(oldDisplay(c.Display, c.Code, "deprecated", []string{view.Display}, where))
		return
	}
	if len(valid) > 0 {
		d.say(wrongDisplay(severity, c.Display, k.system.URL, c.Code, valid, v.langs.text, where))
		return
	}
	if anyway := (languages{}).valid(view, designations); same(anyway) >= 0 {
		severity = "information"
	}
	d.say(noDisplayInLanguage(severity, c.Display, k.system.URL, c.Code, view.Display, v.langs.text, where))
}
