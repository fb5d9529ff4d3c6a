package canonical

import (
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
)

// scope is what one operation works with: the content, what the request says
// of versions, languages and supplements, and what was used on the way.
type scope struct {
	r                    *Registry
	force, check, assume map[string]string // code system versions by url: force-, check- and system-version
	pinned               map[string]string // value set versions by url: default-valueset-version
	useSupplements       []string
	langs                languages
	header               languages     // of Accept-Language
	supplements          []*CodeSystem // in force
	chain                []string      // the value sets being opened
	used                 []Used
	compiled             map[*Rule]*ruleTest
	members              map[membership]bool // what was asked of imports before
	work                 int                 // tests of concepts, and value sets opened
}

// membership is a question whether a value set holds a concept.
type membership struct {
	valueSet *ValueSet
	system   *CodeSystem
	concept  *Concept
}

// The bounds of one request: how deep value sets may include each other, and
// how many tests of concepts an answer may take.
const (
	deepest  = 100
	mostWork = 30_000_000
	opening  = 3_000 // what opening a value set counts as
)

// spend counts work, and refuses what is too much of it.
func (s *scope) spend(work int) error {
	if s.work += work; s.work > mostWork {
		return tooCostly("The value set asks for more work than one request may cost: include fewer value sets, filters or codes")
	}
	return nil
}

// Used is a resource that an answer rests on, for the expansion parameters.
type Used struct{ Name, Canonical string }

// AcceptLanguage is the parameter that carries the header of this name: it
// counts where neither the request nor the value set names a language.
const AcceptLanguage = "Accept-Language"

// Common lists the parameters that every operation on code systems and value
// sets takes beside its own.
var Common = []string{"tx-resource", "system-version", "check-system-version", "force-system-version", "default-valueset-version",
	"useSupplement", "displayLanguage", "uuid", "cache-id", "diagnostics", "no-cache", "_format"}

// newScope reads the common parameters.
func newScope(r *Registry, p Params) (*scope, error) {
	s := &scope{r: r, useSupplements: p.All("useSupplement"), chain: make([]string, 0, 8)}
	var err error
	if s.force, err = versions(p, "force-system-version"); err != nil {
		return nil, err
	}
	if s.check, err = versions(p, "check-system-version"); err != nil {
		return nil, err
	}
	if s.assume, err = versions(p, "system-version"); err != nil {
		return nil, err
	}
	if s.pinned, err = versions(p, "default-valueset-version"); err != nil {
		return nil, err
	}
	if s.langs, err = parseLanguages(p.Text("displayLanguage")); err != nil {
		return nil, err
	}
	if header, bad := parseLanguages(p.Text(AcceptLanguage)); bad == nil {
		s.header = header
	}
	return s, nil
}

// versions reads the canonicals url|version of a parameter.
func versions(p Params, name string) (map[string]string, error) {
	var all map[string]string
	for _, canonical := range p.All(name) {
		url, version := SplitCanonical(canonical)
		if url == "" || version == "" {
			return nil, p.bad(name, mapping.Value, "expected url|version")
		}
		if all == nil {
			all = map[string]string{}
		}
		all[url] = version
	}
	return all, nil
}

func (s *scope) use(name, canonical string) {
	u := Used{name, canonical}
	if !slices.Contains(s.used, u) {
		s.used = append(s.used, u)
	}
}

// open prepares the scope for a value set: its supplements, its languages. A
// language that the request names goes before one that the value set asks for,
// that before the header, and that before the language of the value set.
func (s *scope) open(v *ValueSet) error {
	if !s.sound(v) {
		if err := s.circles(v, map[*ValueSet]bool{}); err != nil {
			return err
		}
	}
	if s.langs.none() {
		var err error
		if s.langs, err = parseLanguages(v.Parameters["displayLanguage"]); err != nil {
			return err
		}
	}
	if s.langs.none() {
		s.langs = s.header
	}
	if s.langs.none() {
		s.langs, _ = parseLanguages(v.Language) // one that is no language is none
	}
	return s.supplement(append(slices.Clone(v.Supplement), s.useSupplements...))
}

// sound reports whether a value set is known to have no circle: it was looked at
// when the content came in force, and the request sends nothing along and pins no
// versions.
func (s *scope) sound(v *ValueSet) bool { return len(s.pinned) == 0 && s.r.sound[v] }

// circles refuses a value set that comes back to itself, through whatever it
// includes or excludes.
func (s *scope) circles(v *ValueSet, done map[*ValueSet]bool) error {
	if err := s.enter(v); err != nil {
		return err
	}
	defer s.leave()
	if done[v] {
		return nil
	}
	for _, list := range [][]Rule{v.Include, v.Exclude} {
		for i := range list {
			for _, canonical := range list[i].ValueSets {
				if inner, err := s.importOf(v, canonical); err == nil {
					if err := s.circles(inner, done); err != nil {
						return err
					}
				}
			}
		}
	}
	done[v] = true
	return nil
}

// supplement puts supplements in force by their canonicals.
func (s *scope) supplement(canonicals []string) error {
	for _, canonical := range canonicals {
		url, version := SplitCanonical(canonical)
		found, ok := pick(s.r.Supplements(url), version)
		if !ok {
			return missingSupplement(canonical)
		}
		if !slices.Contains(s.supplements, found) {
			s.supplements = append(s.supplements, found)
		}
	}
	return nil
}

// supplementing returns the supplements in force that add to a code system:
// those that are asked for, and the global language packs of the languages that
// are (http://hl7.org/fhir/extensions/StructureDefinition-codesystem-globalLangPack.html).
func (s *scope) supplementing(cs *CodeSystem) (all []*CodeSystem) {
	for _, sup := range s.supplements {
		url, version := SplitCanonical(sup.Supplements)
		if url == cs.URL && (version == "" || covers(version, cs.Version)) {
			all = append(all, sup)
		}
	}
	for _, pack := range s.r.languagePacks(cs.URL) {
		_, version := SplitCanonical(pack.Supplements)
		asked := slices.ContainsFunc(s.langs.wanted, func(w string) bool { return pack.Language != "" && speaks(pack.Language, w) })
		if asked && (version == "" || covers(version, cs.Version)) && !slices.Contains(all, pack) {
			all = append(all, pack)
		}
	}
	return all
}

// effective returns the version of a code system that counts for an include
// that states one, or none.
func (s *scope) effective(system, stated string) string {
	if v, ok := s.force[system]; ok {
		return v
	}
	if stated != "" {
		return stated
	}
	if v, ok := s.assume[system]; ok {
		return v
	}
	return s.check[system]
}

// known lists the versions of a code system, oldest first.
func (s *scope) known(system string) (all []string) {
	for _, cs := range s.r.CodeSystems(system) {
		if cs.Version != "" {
			all = append(all, cs.Version)
		}
	}
	slices.Reverse(all)
	return all
}

// concept is a concept with what the supplements in force add to it.
type conceptView struct {
	system *CodeSystem
	*Concept
	extra []supplementedConcept
}

type supplementedConcept struct {
	supplement *CodeSystem
	*Concept
}

func (s *scope) view(cs *CodeSystem, c *Concept) conceptView {
	v := conceptView{system: cs, Concept: c}
	for _, sup := range s.supplementing(cs) {
		if e, ok := sup.Find(c.Code); ok {
			v.extra = append(v.extra, supplementedConcept{sup, e})
		}
	}
	return v
}

// designations lists those of the code system and then those of supplements.
func (v conceptView) designations() []Designation {
	if len(v.extra) == 0 {
		return v.Designations
	}
	all := slices.Clone(v.Designations)
	for _, e := range v.extra {
		for _, d := range e.Designations {
			d.Source = e.supplement.Canonical()
			if d.Language == "" {
				d.Language = e.supplement.Language
			}
			all = append(all, d)
		}
		if e.Display != "" && e.Display != v.Display {
			all = append(all, Designation{Language: e.supplement.Language, Value: e.Display, Source: e.supplement.Canonical()})
		}
	}
	return all
}

// extensions lists those of the code system and then those of supplements.
func (v conceptView) extensions() []Extension {
	if len(v.extra) == 0 {
		return v.Extensions
	}
	all := slices.Clone(v.Extensions)
	for _, e := range v.extra {
		all = append(all, e.Extensions...)
	}
	return all
}

// properties lists those of the code system and then those of supplements.
func (v conceptView) properties() []Property {
	if len(v.extra) == 0 {
		return v.Properties
	}
	all := slices.Clone(v.Properties)
	for _, e := range v.extra {
		all = append(all, e.Properties...)
	}
	return all
}

// imported finds a value set that a rule imports, and notes that it was used.
func (s *scope) imported(in *ValueSet, canonical string) (*ValueSet, error) {
	v, err := s.importOf(in, canonical)
	if err == nil && v.Text != "" && !strings.HasPrefix(canonical, "#") {
		s.use("used-valueset", v.Canonical())
	}
	return v, err
}

func (s *scope) importOf(in *ValueSet, canonical string) (*ValueSet, error) {
	if id, ok := strings.CutPrefix(canonical, "#"); ok {
		if v := in.contained[id]; v != nil {
			return v, nil
		}
		return nil, unknownImport(canonical, false)
	}
	url, version := SplitCanonical(canonical)
	_, pinned := s.pinned[url]
	if pinned = pinned && version == ""; pinned {
		version = s.pinned[url]
		canonical = url + "|" + version
	}
	if v, ok := s.r.ValueSet(url, version); ok {
		return v, nil
	}
	if v, ok := s.implicit(url); ok {
		return v, nil
	}
	return nil, unknownImport(canonical, pinned)
}

// implicit makes the value set of all codes of a code system, by the url that
// the code system gives it, or url?fhir_vs
// (http://hl7.org/fhir/R4/codesystem.html#implicit).
func (s *scope) implicit(url string) (*ValueSet, bool) {
	system, ok := strings.CutSuffix(url, "?fhir_vs")
	if !ok {
		system, ok = s.r.systemOf(url)
	}
	if !ok || len(s.r.CodeSystems(system)) == 0 {
		return nil, false
	}
	return &ValueSet{Header: Header{Type: "ValueSet", URL: url, Status: "active", Sent: true},
		Include: []Rule{{System: system, Path: "include[0]"}}}, true
}

// enter notes that a value set is being opened, and refuses a circle.
func (s *scope) enter(v *ValueSet) error {
	name := v.named()
	if v.URL == "" {
		name = "#" + v.ID
	}
	if slices.Contains(s.chain, name) {
		return circular(append(slices.Clone(s.chain), name))
	}
	if len(s.chain) == deepest {
		return tooCostly("Value sets include each other deeper than " + strconv.Itoa(deepest) + " levels, from " + s.chain[0] + " to " + name)
	}
	s.chain = append(s.chain, name)
	return nil
}

func (s *scope) leave() { s.chain = s.chain[:len(s.chain)-1] }
