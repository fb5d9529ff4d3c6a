package canonical

import (
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
)

// mostConcepts is how many concepts one expansion without a count may have.
const mostConcepts = 10_000

// Expansion is a value set opened out (http://hl7.org/fhir/R4/valueset-operation-expand.html).
type Expansion struct {
	ValueSet   *ValueSet
	Total      int
	Offset     int
	Paged      bool
	Parameters []ExpansionParameter
	Properties []PropertyDef
	Unclosed   string // why it is not all that the value set holds
	Contains   []*Contains
}

// ExpansionParameter is a parameter that the expansion was made with.
type ExpansionParameter struct{ Name, Type, Value string }

// Contains is one concept of an expansion.
type Contains struct {
	System, Version, Code, Display string
	Abstract, Inactive             bool
	Designations                   []Designation
	Properties                     []Property
	Extensions                     []Extension
	Contains                       []*Contains
}

// ExpandParams are the parameters that Expand takes beside Common.
var ExpandParams = []string{"url", "valueSet", "valueSetVersion", "filter", "offset", "count", "includeDesignations", "designation",
	"includeDefinition", "activeOnly", "excludeNested", "excludeNotForUI", "excludePostCoordinated", "property", "limitedExpansion", "incomplete-ok"}

// entry is a concept that a value set holds.
type entry struct {
	cs      *CodeSystem
	concept *Concept
	ref     *Reference
}

// expander makes one expansion.
type expander struct {
	*scope
	valueSet     *ValueSet
	text         []string // the words of the filter, folded
	activeOnly   bool
	forUI        bool
	designations bool
	wanted       []string // languages or uses of designations; all where empty
	properties   []string
	nested       bool
	count        int // -1 for all
	offset       int
	merged       bool // versions were left out of account
	several      map[string]bool
	lists        map[*ValueSet][]entry // what imported value sets hold
	out          *Expansion
}

// Expand answers $expand.
func Expand(r *Registry, p Params) (*Expansion, error) {
	if err := p.Check(ExpandParams); err != nil {
		return nil, err
	}
	e, err := newExpander(r, p)
	if err != nil {
		return nil, err
	}
	if e.valueSet, err = e.valueSetOf(p); err != nil {
		return nil, err
	}
	if err := e.open(e.valueSet); err != nil {
		return nil, err
	}
	e.out = &Expansion{ValueSet: e.valueSet, Offset: e.offset, Paged: e.count >= 0 || e.offset > 0}
	e.several = severalVersions(e.valueSet)
	e.warn("ValueSet", e.valueSet.Header)
	list, total, err := e.entries()
	if err != nil {
		return nil, err
	}
	e.out.Total = total
	e.fill(list)
	e.echo(p)
	return e.out, nil
}

func newExpander(r *Registry, p Params) (*expander, error) {
	r, err := p.Overlaid(r)
	if err != nil {
		return nil, err
	}
	e := &expander{count: -1, lists: map[*ValueSet][]entry{}, text: strings.Fields(fold(p.Text("filter"))), properties: p.All("property"), wanted: p.All("designation")}
	if e.scope, err = newScope(r, p); err != nil {
		return nil, err
	}
	flat := false
	for name, flag := range map[string]*bool{"activeOnly": &e.activeOnly, "includeDesignations": &e.designations, "excludeNested": &flat, "excludeNotForUI": &e.forUI} {
		if *flag, _, err = p.Bool(name); err != nil {
			return nil, err
		}
	}
	e.designations = e.designations || len(e.wanted) > 0
	for name, number := range map[string]*int{"count": &e.count, "offset": &e.offset} {
		if text := p.Text(name); text != "" {
			if *number, err = strconv.Atoi(text); err != nil || *number < 0 {
				return nil, p.bad(name, mapping.Value, "expected a whole number, 0 or more")
			}
		}
	}
	e.nested = !flat && e.count < 0 && e.offset == 0
	return e, nil
}

// valueSetOf finds the value set that a request names, or brings.
func (s *scope) valueSetOf(p Params) (*ValueSet, error) {
	if r, ok, err := p.Resource("valueSet"); ok {
		if err == nil && r.ValueSet == nil {
			err = p.bad("valueSet", mapping.Invalid, "expected a ValueSet")
		}
		return r.ValueSet, err
	}
	url, version := SplitCanonical(p.Text("url"))
	if v := p.Text("valueSetVersion"); v != "" {
		version = v
	}
	if url == "" {
		return nil, p.bad("url", mapping.Required, "url or valueSet: one is required")
	}
	if version == "" {
		version = s.pinned[url]
	}
	if v, ok := s.r.ValueSet(url, version); ok {
		return v, nil
	}
	if v, ok := s.implicit(url); ok && version == "" {
		return v, nil
	}
	if version != "" {
		url += "|" + version
	}
	return nil, unknownValueSet(url)
}

// severalVersions tells of which systems a value set names several versions, so
// that a code alone does not say which concept it is.
func severalVersions(v *ValueSet) map[string]bool {
	first, several := map[string]string{}, map[string]bool{}
	for _, list := range [][]Rule{v.Include, v.Exclude} {
		for _, r := range list {
			if version, ok := first[r.System]; ok && version != r.Version {
				several[r.System] = true
			} else if !ok {
				first[r.System] = r.Version
			}
		}
	}
	return several
}

// entries lists the page of concepts asked for, and how many there are in all.
func (e *expander) entries() ([]entry, int, error) {
	v := e.valueSet
	single := len(v.Include) == 1 && len(v.Exclude) == 0
	if single && v.Include[0].whole() && len(e.text) == 0 && !e.activeOnly && !e.forUI && v.Inactive == nil && !e.nested && e.count >= 0 {
		cs, err := e.system(&v.Include[0])
		if err != nil {
			return nil, 0, err
		}
		all := cs.Concepts
		page := all[min(e.offset, len(all)):min(e.offset+e.count, len(all))]
		list := make([]entry, len(page))
		for i, c := range page {
			list[i] = entry{cs, c, nil}
		}
		return list, len(all), nil
	}
	// A list stays the list it is, and what several rules make has no one
	// hierarchy; a search in a whole code system finds names, not branches.
	e.nested = e.nested && single && v.Include[0].System != "" && len(v.Include[0].Concepts) == 0 && (len(e.text) == 0 || !v.Include[0].whole())
	all, err := e.enumerate(v)
	if err != nil {
		return nil, 0, err
	}
	all = slices.DeleteFunc(all, func(n entry) bool {
		return e.activeOnly && n.cs.Inactive(n.concept) || e.forUI && n.cs.Abstract(n.concept) || !e.found(n)
	})
	total := len(all)
	if e.count < 0 && total > mostConcepts {
		return nil, 0, tooCostly("The value set '" + v.named() + "' has more than " + strconv.Itoa(mostConcepts) + " codes: ask for a part of it by count and offset, or by filter")
	}
	all = all[min(e.offset, total):]
	if e.count >= 0 {
		all = all[:min(e.count, len(all))]
	}
	return all, total, nil
}

// whole reports whether a rule holds all of a code system.
func (r *Rule) whole() bool {
	return r.System != "" && len(r.Concepts) == 0 && len(r.Filters) == 0 && len(r.ValueSets) == 0
}

// system finds the code system of a rule in the version that counts.
func (e *expander) system(r *Rule) (*CodeSystem, error) {
	version := e.effective(r.System, r.Version)
	cs, ok := e.r.CodeSystem(r.System, version)
	if !ok || cs.Content == "not-present" && len(r.Concepts) == 0 {
		return nil, notExpandable(r.System, version, e.known(r.System))
	}
	if required, ok := e.check[cs.URL]; ok && !covers(required, cs.Version) {
		return nil, &Failure{Issue: versionCheck(cs.URL, cs.Version, required, "")}
	}
	e.use("used-codesystem", cs.Canonical())
	for _, sup := range e.supplementing(cs) {
		e.use("used-supplement", sup.Canonical())
	}
	if v, ok := e.force[cs.URL]; ok {
		e.use("force-system-version", cs.URL+"|"+v)
	} else if v, ok := e.assume[cs.URL]; ok && r.Version == "" {
		e.use("system-version", cs.URL+"|"+v)
	} else if v, ok := e.check[cs.URL]; ok && r.Version == "" {
		e.use("check-system-version", cs.URL+"|"+v)
	}
	if cs.Content == "fragment" || cs.Content == "example" {
		e.use("used-fragment", cs.Canonical())
		e.out.Unclosed = "This extension is based on a fragment of the code system " + cs.URL
	}
	e.warn("CodeSystem", cs.Header)
	return cs, nil
}

// enumerate lists what a value set holds, each concept once, in the order of
// its rules.
func (e *expander) enumerate(v *ValueSet) ([]entry, error) {
	if err := e.enter(v); err != nil {
		return nil, err
	}
	defer e.leave()
	if done, ok := e.lists[v]; ok {
		return slices.Clone(done), nil
	}
	if err := e.spend(opening); err != nil {
		return nil, err
	}
	if err := e.prepareExcludes(v); err != nil {
		return nil, err
	}
	seen := map[*Concept]bool{}
	codes := map[mapping.Concept]bool{}
	merge := v.Parameters["versionsMatch"] == "true"
	var all []entry
	for _, i := range v.newestFirst() {
		list, err := e.ruleEntries(v, &v.Include[i])
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			id := mapping.Concept{System: n.cs.URL, Code: n.concept.Code}
			if seen[n.concept] || merge && codes[id] || v.Inactive != nil && !*v.Inactive && n.cs.Inactive(n.concept) {
				continue
			}
			out, err := e.excluded(v, n.cs, n.concept)
			if err != nil {
				return nil, err
			}
			if out {
				continue
			}
			seen[n.concept] = true
			if merge {
				codes[id], e.merged = true, true
			}
			all = append(all, n)
		}
	}
	if len(e.chain) > 1 {
		e.lists[v] = slices.Clone(all)
	}
	return all, nil
}

// prepareExcludes finds what the excludes of a value set name, so that one
// that names nothing is refused whatever the includes hold.
func (e *expander) prepareExcludes(v *ValueSet) error {
	for i := range v.Exclude {
		r := &v.Exclude[i]
		if r.System == "" {
			for _, canonical := range r.ValueSets {
				if _, err := e.imported(v, canonical); err != nil {
					return err
				}
			}
			continue
		}
		cs, err := e.system(r)
		if err != nil {
			return err
		}
		if _, err := e.ready(v, r, cs); err != nil {
			return err
		}
		if e.acrossVersions(v, r) {
			e.merged = true
		}
	}
	return nil
}

// ruleEntries lists what one include holds.
func (e *expander) ruleEntries(v *ValueSet, r *Rule) ([]entry, error) {
	if r.System == "" {
		return e.importEntries(v, r)
	}
	cs, err := e.system(r)
	if err != nil {
		return nil, err
	}
	t, err := e.ready(v, r, cs)
	if err != nil {
		return nil, err
	}
	var all []entry
	add := func(c *Concept, ref *Reference) error {
		ok, err := e.holds(v, r, t, c)
		if ok {
			all = append(all, entry{cs, c, ref})
		}
		return err
	}
	if len(r.Concepts) == 0 {
		all = make([]entry, 0, len(cs.Concepts))
		for _, c := range cs.Concepts {
			if err := add(c, nil); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	for i := range r.Concepts {
		if c, ok := cs.Find(r.Concepts[i].Code); ok {
			if err := add(c, &r.Concepts[i]); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// importEntries lists what is in all of the value sets that a rule imports.
func (e *expander) importEntries(v *ValueSet, r *Rule) ([]entry, error) {
	var all []entry
	for i, canonical := range r.ValueSets {
		inner, err := e.imported(v, canonical)
		if err != nil {
			return nil, err
		}
		e.warn("ValueSet", inner.Header)
		for _, url := range inner.Supplement {
			if err := e.supplement([]string{url}); err != nil {
				return nil, err
			}
		}
		if i == 0 {
			if all, err = e.enumerate(inner); err != nil {
				return nil, err
			}
			continue
		}
		kept := all[:0]
		for _, n := range all {
			ok, err := e.member(inner, n.cs, n.concept)
			if err != nil {
				return nil, err
			}
			if ok {
				kept = append(kept, n)
			}
		}
		all = kept
	}
	return all, nil
}

// found reports whether every word of the filter is somewhere in the code or
// in a display of the concept, inside of words too.
func (e *expander) found(n entry) bool {
	if len(e.text) == 0 {
		return true
	}
	v := e.view(n.cs, n.concept)
	texts := []string{fold(n.concept.Code), fold(n.concept.Display)}
	for _, d := range v.designations() {
		texts = append(texts, fold(d.Value))
	}
	if n.ref != nil && n.ref.Display != "" {
		texts = append(texts, fold(n.ref.Display))
	}
	for _, word := range e.text {
		if !slices.ContainsFunc(texts, func(text string) bool {
			return strings.Contains(text, word) || strings.Contains(short(text), word)
		}) {
			return false
		}
	}
	return true
}

// folds writes letters as they are typed where a keyboard lacks them.
var folds = strings.NewReplacer("æ", "ae", "ø", "oe", "å", "aa", "ä", "ae", "ö", "oe", "ü", "u", "é", "e", "è", "e", "ê", "e", "á", "a", "à", "a", "ó", "o", "í", "i", "ú", "u", "ñ", "n", "ç", "c")

func fold(text string) string { return folds.Replace(strings.ToLower(text)) }

// shorts leaves out what folds writes more: sovn finds søvn too.
var shorts = strings.NewReplacer("ae", "a", "oe", "o", "aa", "a")

func short(folded string) string { return shorts.Replace(folded) }
