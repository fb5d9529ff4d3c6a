// Package canonical holds the CodeSystems, ValueSets and ConceptMaps of one
// snapshot, by canonical URL and version, and answers the terminology
// operations of FHIR R4 over them: Expand, ValidateCode, Lookup, Subsumes and
// Translate (http://hl7.org/fhir/R4/terminology-service.html).
//
// A Registry is immutable once it is built and may be shared by any number of
// goroutines. What one request brings along (tx-resource) stands in an overlay
// that goes before the snapshot and ends with the request.
package canonical

import (
	"cmp"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// Header is what every canonical resource tells of itself.
type Header struct {
	Type     string // CodeSystem, ValueSet, ConceptMap
	ID       string
	URL      string
	Version  string
	Name     string
	Title    string
	Status   string
	Language string
	// Standards is the standards-status extension: draft, trial-use, withdrawn,
	// deprecated ...
	Standards    string
	Experimental bool
	// Text is the resource as it came, compact JSON, for a read.
	Text string
	// Sent says that it came with the request.
	Sent bool

	canonical string // url|version, for one that was read
}

// Canonical returns url|version, or the url where there is no version.
func (h *Header) Canonical() string {
	switch {
	case h.canonical != "":
		return h.canonical
	case h.Version == "":
		return h.URL
	}
	return h.URL + "|" + h.Version
}

// Resource is one canonical resource: exactly one of the three is set.
type Resource struct {
	CodeSystem *CodeSystem
	ValueSet   *ValueSet
	ConceptMap *ConceptMap
}

// Header returns the header of whichever resource it is.
func (r Resource) Header() *Header {
	switch {
	case r.CodeSystem != nil:
		return &r.CodeSystem.Header
	case r.ValueSet != nil:
		return &r.ValueSet.Header
	}
	return &r.ConceptMap.Header
}

// Parse reads the resource at n of a document. A resource of another type, one
// without a url and one that contradicts itself are refused with the place.
func Parse(d *tree.Doc, n tree.ID) (Resource, error) {
	var r Resource
	var err error
	switch kind := d.Text(d.Child(n, "resourceType")); kind {
	case "CodeSystem":
		r.CodeSystem, err = parseCodeSystem(d, n)
	case "ValueSet":
		r.ValueSet, err = parseValueSet(d, n)
	case "ConceptMap":
		r.ConceptMap, err = parseConceptMap(d, n)
	default:
		err = &mapping.Error{Kind: mapping.NotSupported, Path: d.Path(n) + ".resourceType",
			Message: "accepted: CodeSystem, ValueSet, ConceptMap", Value: kind}
	}
	return r, err
}

// parseHeader reads what the three types have in common.
func parseHeader(d *tree.Doc, n tree.ID) Header {
	text := func(name string) string { return d.Text(d.Child(n, name)) }
	h := Header{
		Type: text("resourceType"), ID: text("id"), URL: text("url"), Version: text("version"), Name: text("name"),
		Title: text("title"), Status: text("status"), Language: text("language"),
		Experimental: d.Child(n, "experimental") != tree.None && d.Raw(d.Child(n, "experimental")) == "true",
	}
	h.Standards = d.Text(extensionValue(d, n, standardsStatus))
	h.Text = string(d.Append(nil, n))
	h.canonical = h.Canonical()
	return h
}

// Registry finds canonical resources. The zero value is empty.
type Registry struct {
	under       *Registry // an overlay's snapshot
	systems     map[string][]*CodeSystem
	valueSets   map[string][]*ValueSet
	maps        map[string][]*ConceptMap
	supplements map[string][]*CodeSystem // by the url of what they supplement, or their own
	order       []Resource
	packs       map[string][]*CodeSystem // global language packs by the url of what they supplement
	aliases     map[string]string
	mapped      *mapIndex

	// Of a snapshot only, what requests would else find out each for itself.
	sound map[*ValueSet]bool // those that include themselves by no way
	tests map[ruleOf]*ruleTest
}

// New builds a registry of resources. Two of one type, url and version are
// refused, naming them.
func New(resources ...Resource) (*Registry, error) { return (*Registry)(nil).Overlay(resources...) }

// WithAliases returns r with further names of code systems: alias → canonical.
func (r *Registry) WithAliases(aliases map[string]string) *Registry {
	c := *r
	c.aliases = aliases
	c.indexMaps(c.order)
	return &c
}

// Overlay returns a registry in which the resources go before those of r.
func (r *Registry) Overlay(resources ...Resource) (*Registry, error) {
	o := &Registry{under: r, systems: map[string][]*CodeSystem{}, valueSets: map[string][]*ValueSet{},
		maps: map[string][]*ConceptMap{}, supplements: map[string][]*CodeSystem{}, order: resources}
	for _, res := range resources {
		h := res.Header()
		if sent := r != nil; h.Sent != sent { // a resource in force is read by others now
			h.Sent = sent
		}
		var twice bool
		switch {
		case res.CodeSystem != nil && res.CodeSystem.Content == "supplement":
			o.supplements[h.URL], twice = insert(o.supplements[h.URL], res.CodeSystem)
			if url, _ := SplitCanonical(res.CodeSystem.Supplements); res.CodeSystem.LanguagePack {
				if o.packs == nil {
					o.packs = map[string][]*CodeSystem{}
				}
				o.packs[url] = append(o.packs[url], res.CodeSystem)
			}
		case res.CodeSystem != nil:
			o.systems[h.URL], twice = insert(o.systems[h.URL], res.CodeSystem)
		case res.ValueSet != nil:
			o.valueSets[h.URL], twice = insert(o.valueSets[h.URL], res.ValueSet)
		default:
			o.maps[h.URL], twice = insert(o.maps[h.URL], res.ConceptMap)
			twice = twice && r == nil // sent twice, both answer
		}
		if twice {
			return nil, &mapping.Error{Kind: mapping.Invalid, Path: h.Type + ".url", Message: "given twice: " + h.Canonical()}
		}
	}
	o.indexMaps(resources)
	if r == nil {
		o.prepare()
	}
	return o, nil
}

// prepare finds out once for all requests which value sets of a snapshot have no
// circle, and compiles the rules that mean the same whatever a request says:
// those that ask for a place in a tree.
func (r *Registry) prepare() {
	r.sound, r.tests = map[*ValueSet]bool{}, map[ruleOf]*ruleTest{}
	s := &scope{r: r}
	for _, versions := range r.valueSets {
		for _, v := range versions {
			_ = s.circles(v, r.sound) // who asks for it is told
			for _, rules := range [][]Rule{v.Include, v.Exclude} {
				for i := range rules {
					r.prepareRule(s, v, &rules[i])
				}
			}
		}
	}
}

func (r *Registry) prepareRule(s *scope, v *ValueSet, rule *Rule) {
	other := func(f Filter) bool { return !f.hierarchical() }
	if len(rule.ValueSets) > 0 || len(rule.Filters) == 0 || slices.ContainsFunc(rule.Filters, other) {
		return
	}
	for _, cs := range r.systems[rule.System] {
		if !cs.tree {
			continue
		}
		if t, err := s.ready(v, rule, cs); err == nil { // who asks for it is told
			r.tests[ruleOf{rule, cs}] = t
		}
	}
}

// headed is any of the three types.
type headed interface{ header() *Header }

func (s *CodeSystem) header() *Header { return &s.Header }
func (v *ValueSet) header() *Header   { return &v.Header }
func (m *ConceptMap) header() *Header { return &m.Header }

// insert keeps the newest version first and tells whether the version was there.
func insert[T headed](list []T, item T) ([]T, bool) {
	i, found := slices.BinarySearchFunc(list, item, func(a, b T) int {
		return compareVersions(b.header().Version, a.header().Version)
	})
	if found && list[i].header().Version == item.header().Version {
		return list, true
	}
	return slices.Insert(list, i, item), false
}

// all collects what an index has for a url, the overlay before what is under
// it; a version of the overlay hides the same one below.
func all[T headed](r *Registry, index func(*Registry) map[string][]T, url string) []T {
	if r == nil {
		return nil
	}
	own := index(r)[url]
	if r.under == nil {
		return own
	}
	below := all(r.under, index, url)
	if len(own) == 0 {
		return below
	}
	for _, b := range below {
		if !slices.ContainsFunc(own, func(o T) bool { return o.header().Version == b.header().Version }) {
			own, _ = insert(slices.Clone(own), b)
		}
	}
	return own
}

// CodeSystems lists the versions of a code system, the newest first. The url
// may be an alias.
func (r *Registry) CodeSystems(url string) []*CodeSystem {
	index := func(r *Registry) map[string][]*CodeSystem { return r.systems }
	if found := all(r, index, url); len(found) > 0 {
		return found
	}
	if canonical, ok := r.alias(url); ok {
		return all(r, index, canonical)
	}
	return nil
}

func (r *Registry) alias(url string) (string, bool) {
	for ; r != nil; r = r.under {
		if canonical, ok := r.aliases[url]; ok {
			return canonical, true
		}
	}
	return "", false
}

// ValueSets lists the versions of a value set, the newest first.
func (r *Registry) ValueSets(url string) []*ValueSet {
	return all(r, func(r *Registry) map[string][]*ValueSet { return r.valueSets }, url)
}

// ConceptMaps lists the versions of a concept map, the newest first.
func (r *Registry) ConceptMaps(url string) []*ConceptMap {
	return all(r, func(r *Registry) map[string][]*ConceptMap { return r.maps }, url)
}

// Supplements lists the versions of a supplement by its own url.
func (r *Registry) Supplements(url string) []*CodeSystem {
	return all(r, func(r *Registry) map[string][]*CodeSystem { return r.supplements }, url)
}

// Resources lists everything, what the request brought first, in the order it
// was given.
func (r *Registry) Resources() []Resource {
	if r == nil {
		return nil
	}
	return append(slices.Clone(r.order), r.under.Resources()...)
}

// pick returns the version asked for of a list that is sorted newest first: an
// exact one, the newest that a pattern (1.x, 1.0.x) covers, the newest for "".
func pick[T headed](list []T, version string) (T, bool) {
	for _, item := range list {
		if version == "" || item.header().Version == version {
			return item, true
		}
	}
	for _, item := range list {
		if covers(version, item.header().Version) {
			return item, true
		}
	}
	var none T
	return none, false
}

// CodeSystem returns a version of a code system; see pick for what version may be.
func (r *Registry) CodeSystem(url, version string) (*CodeSystem, bool) {
	return pick(r.CodeSystems(url), version)
}

// ValueSet returns a version of a value set.
func (r *Registry) ValueSet(url, version string) (*ValueSet, bool) {
	return pick(r.ValueSets(url), version)
}

// ConceptMap returns a version of a concept map.
func (r *Registry) ConceptMap(url, version string) (*ConceptMap, bool) {
	return pick(r.ConceptMaps(url), version)
}

// SplitCanonical takes url|version apart.
func SplitCanonical(canonical string) (url, version string) {
	url, version, _ = strings.Cut(canonical, "|")
	return url, version
}

// wildcard reports whether a version is a pattern.
func wildcard(version string) bool {
	return slices.ContainsFunc(strings.Split(version, "."), func(p string) bool { return p == "x" || p == "X" || p == "*" })
}

// covers reports whether a version covers another: it is the same, or a
// pattern with x in place of numbers (1.x, 1.0.x, 1.x.x) that it fits.
func covers(pattern, version string) bool {
	if pattern == version {
		return true
	}
	if !wildcard(pattern) || version == "" {
		return false
	}
	p, v := strings.Split(pattern, "."), strings.Split(version, ".")
	for i := range p {
		any := p[i] == "x" || p[i] == "X" || p[i] == "*"
		if i >= len(v) || p[i] != v[i] && !any {
			return false
		}
	}
	return len(p) == len(v) || len(p) < len(v) && p[len(p)-1] != v[len(p)-1]
}

// compareVersions orders versions: numbers by value, the rest as text.
func compareVersions(a, b string) int {
	x, y := strings.FieldsFunc(a, versionSeparator), strings.FieldsFunc(b, versionSeparator)
	for i := 0; i < len(x) && i < len(y); i++ {
		p, q := strings.TrimLeft(x[i], "0"), strings.TrimLeft(y[i], "0")
		c := cmp.Compare(p, q)
		if digits(x[i]) && digits(y[i]) {
			c = cmp.Or(cmp.Compare(len(p), len(q)), c)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

func versionSeparator(r rune) bool { return r == '.' || r == '-' || r == '+' }

func digits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// systemOf returns the code system whose valueSet element names a value set.
func (r *Registry) systemOf(valueSet string) (string, bool) {
	for ; r != nil; r = r.under {
		for _, list := range r.systems {
			for _, s := range list {
				if s.ValueSet != "" && s.ValueSet == valueSet {
					return s.URL, true
				}
			}
		}
	}
	return "", false
}

// languagePacks lists the global language packs of a code system.
func (r *Registry) languagePacks(url string) (all []*CodeSystem) {
	for ; r != nil; r = r.under {
		all = append(all, r.packs[url]...)
	}
	return all
}
