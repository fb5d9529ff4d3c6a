package canonical

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// CodeSystem is a code system, or a fragment or a supplement of one.
type CodeSystem struct {
	Header
	CaseSensitive bool
	Content       string // complete, fragment, example, not-present, supplement
	Supplements   string // url|version of what a supplement adds to
	Hierarchy     string // hierarchyMeaning
	ValueSet      string // the canonical of the value set of all its codes
	LanguagePack  bool   // a supplement that is for every use of its language
	PropertyDefs  []PropertyDef
	Concepts      []*Concept // all, in document order
	Roots         []*Concept

	byCode map[string]*Concept
	folded map[string]*Concept // by lower case, where case does not matter
	used   map[string]bool     // property codes that a concept has
	roles  map[string]role     // by property code
	quiet  bool                // no concept is inactive, abstract or has a status
	tree   bool                // no concept has two parents, and from and to are set
}

// PropertyDef declares a property.
type PropertyDef struct{ Code, URI, Type string }

// Concept is a code with what its system says of it.
type Concept struct {
	Code         string
	Display      string
	Definition   string
	Parents      []*Concept
	Children     []*Concept
	Designations []Designation
	Properties   []Property
	Extensions   []Extension

	// In a tree, those below a concept and itself are numbered from, up to but
	// without to.
	from, to int32
}

// Designation is another way to say a concept.
type Designation struct {
	Language   string
	Use        mapping.Coding
	Value      string
	Extensions []Extension
	Source     string // canonical of the supplement it comes from
}

// Extension is an extension with the value[x] it has.
type Extension struct {
	URL   string
	Raw   string // the whole extension as JSON
	Name  string // valueCode, valueString ...
	Value string // as JSON
	Text  string
}

// Property is a value of a property; Name is its element: valueCode, valueCoding ...
type Property struct {
	Code  string
	Name  string
	Value string // as JSON
	Text  string // of a Coding its code
	role  role   // in the code system it was read with
}

// role is what a property means to the operations, whatever its code
// (http://hl7.org/fhir/R4/codesystem-concept-properties.html).
type role uint8

const (
	plain role = iota
	statusRole
	inactiveRole
	selectableRole
	parentRole
	childRole
	spellingRole
)

// SpellingURI declares the property that holds another spelling of a code: a
// concept is found by it as by its code.
const SpellingURI = "urn:tolk:property:spelling"

const conceptProperties = "http://hl7.org/fhir/concept-properties#"

var roleOf = map[string]role{
	conceptProperties + "status": statusRole, conceptProperties + "inactive": inactiveRole,
	conceptProperties + "notSelectable": selectableRole, conceptProperties + "parent": parentRole,
	conceptProperties + "child": childRole, SpellingURI: spellingRole,
}

const (
	standardsStatus = "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status"
	structure       = "http://hl7.org/fhir/StructureDefinition/"
)

// Find returns the concept that a code, in any of its spellings, names.
func (s *CodeSystem) Find(code string) (*Concept, bool) {
	c, ok := s.byCode[code]
	if !ok && !s.CaseSensitive {
		c, ok = s.folded[strings.ToLower(code)]
	}
	return c, ok
}

// Property returns the first value that a concept has of a property that means
// what the role says.
func (s *CodeSystem) property(c *Concept, r role) string {
	if s.quiet && r < parentRole {
		return ""
	}
	for i := range c.Properties {
		if p := &c.Properties[i]; p.role == r {
			return p.Text
		}
	}
	return ""
}

// Status returns the status of a concept, "" where none is stated.
func (s *CodeSystem) Status(c *Concept) string {
	if v := s.property(c, statusRole); v != "" {
		return v
	}
	return extensionText(c.Extensions, standardsStatus)
}

// Inactive reports whether a concept is no longer to be used.
func (s *CodeSystem) Inactive(c *Concept) bool {
	if v := s.property(c, inactiveRole); v != "" {
		return v == "true"
	}
	v := s.property(c, statusRole)
	return v == "retired" || v == "inactive" || v == "withdrawn"
}

// Abstract reports whether a concept stands for those below it only.
func (s *CodeSystem) Abstract(c *Concept) bool { return s.property(c, selectableRole) == "true" }

// parseCodeSystem reads a CodeSystem.
func parseCodeSystem(d *tree.Doc, n tree.ID) (*CodeSystem, error) {
	text := func(name string) string { return d.Text(d.Child(n, name)) }
	s := &CodeSystem{
		Header: parseHeader(d, n), Content: text("content"), Supplements: text("supplements"),
		Hierarchy: text("hierarchyMeaning"), ValueSet: text("valueSet"),
		CaseSensitive: isTrue(d, d.Child(n, "caseSensitive")),
		LanguagePack:  isTrue(d, extensionValue(d, n, structure+"codesystem-globalLangPack")),
		byCode:        map[string]*Concept{}, used: map[string]bool{},
		roles: map[string]role{"status": statusRole, "inactive": inactiveRole, "notSelectable": selectableRole, "parent": parentRole, "child": childRole},
	}
	if s.URL == "" {
		return nil, &mapping.Error{Kind: mapping.Required, Path: d.Path(n) + ".url", Message: "required: a code system is found by its url"}
	}
	items(d, d.Child(n, "property"), func(p tree.ID) {
		def := PropertyDef{Code: d.Text(d.Child(p, "code")), URI: d.Text(d.Child(p, "uri")), Type: d.Text(d.Child(p, "type"))}
		s.PropertyDefs = append(s.PropertyDefs, def)
		if r, ok := roleOf[def.URI]; ok {
			s.roles[def.Code] = r
		}
	})
	if err := s.readConcepts(d, d.Child(n, "concept"), nil); err != nil {
		return nil, err
	}
	if err := s.link(); err != nil {
		return nil, err
	}
	s.number()
	s.quiet = !s.uses(statusRole) && !s.uses(inactiveRole) && !s.uses(selectableRole)
	if !s.CaseSensitive {
		s.folded = make(map[string]*Concept, len(s.byCode))
		for _, c := range s.Concepts {
			if key := strings.ToLower(c.Code); s.folded[key] == nil {
				s.folded[key] = c
			}
		}
	}
	return s, nil
}

func (s *CodeSystem) uses(r role) bool {
	for code := range s.used {
		if s.roles[code] == r {
			return true
		}
	}
	return false
}

// readConcepts reads a list of concepts and those nested in them.
func (s *CodeSystem) readConcepts(d *tree.Doc, list tree.ID, parent *Concept) error {
	if list == tree.None {
		return nil
	}
	for n := d.First(list); n != tree.None; n = d.Next(n) {
		c := &Concept{}
		var nested tree.ID = tree.None
		for m := d.First(n); m != tree.None; m = d.Next(m) {
			switch d.Key(m) {
			case "code":
				c.Code = d.Text(m)
			case "display":
				c.Display = d.Text(m)
			case "definition":
				c.Definition = d.Text(m)
			case "designation":
				c.Designations = readDesignations(d, m)
			case "property":
				c.Properties = s.readProperties(d, m)
			case "extension":
				c.Extensions = readExtensions(d, m)
			case "concept":
				nested = m
			}
		}
		if c.Code == "" {
			return &mapping.Error{Kind: mapping.Required, Path: d.Path(n) + ".code", Message: "required"}
		}
		if s.byCode[c.Code] != nil {
			return &mapping.Error{Kind: mapping.Invalid, Path: d.Path(n) + ".code", Message: "given twice in " + s.Canonical() + ": " + c.Code}
		}
		s.byCode[c.Code] = c
		s.Concepts = append(s.Concepts, c)
		if parent != nil {
			c.Parents = append(c.Parents, parent)
			parent.Children = append(parent.Children, c)
		}
		if err := s.readConcepts(d, nested, c); err != nil {
			return err
		}
	}
	return nil
}

// link joins concepts by the properties that state parents and children, adds
// the spellings, and refuses a hierarchy with a cycle, naming it.
func (s *CodeSystem) link() error {
	join := func(parent, child *Concept) {
		if parent != nil && child != nil && !slices.Contains(child.Parents, parent) {
			child.Parents = append(child.Parents, parent)
			parent.Children = append(parent.Children, child)
		}
	}
	parents, children, spellings := s.uses(parentRole), s.uses(childRole), s.uses(spellingRole)
	if parents || children || spellings {
		for _, c := range s.Concepts {
			for _, p := range c.Properties {
				switch s.roles[p.Code] {
				case parentRole:
					join(s.byCode[p.Text], c)
				case childRole:
					join(c, s.byCode[p.Text])
				case spellingRole:
					if s.byCode[p.Text] == nil {
						s.byCode[p.Text] = c
					}
				}
			}
		}
	}
	for _, c := range s.Concepts {
		if len(c.Parents) == 0 {
			s.Roots = append(s.Roots, c)
		}
	}
	if !parents && !children {
		return nil
	}
	return s.acyclic()
}

// acyclic walks the hierarchy once, without recursion: a chain of a million
// parents is a chain, not a crash.
func (s *CodeSystem) acyclic() error {
	left := make(map[*Concept]int, len(s.Concepts))
	queue := slices.Clone(s.Roots)
	for _, c := range s.Concepts {
		left[c] = len(c.Parents)
	}
	seen := len(queue)
	for len(queue) > 0 {
		c := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, child := range c.Children {
			if left[child]--; left[child] == 0 {
				queue = append(queue, child)
				seen++
			}
		}
	}
	if seen == len(s.Concepts) {
		return nil
	}
	for _, c := range s.Concepts {
		if left[c] > 0 {
			return &mapping.Error{Kind: mapping.Invalid, Path: "CodeSystem.concept", Message: "the hierarchy of " + s.Canonical() + " has a cycle: " + cycle(c, left)}
		}
	}
	return nil
}

// number numbers the concepts of a tree, so that it is one comparison whether one
// stands below another. It is without recursion, as acyclic is.
func (s *CodeSystem) number() {
	if slices.ContainsFunc(s.Concepts, func(c *Concept) bool { return len(c.Parents) > 1 }) {
		return
	}
	s.tree = true
	next := int32(0)
	for todo := slices.Clone(s.Roots); len(todo) > 0; {
		c := todo[len(todo)-1]
		if c.to != 0 { // all below it are numbered
			c.to = next
			todo = todo[:len(todo)-1]
			continue
		}
		c.from = next
		next++
		c.to = next
		todo = append(todo, c.Children...)
	}
}

// cycle names the codes of a cycle above c.
func cycle(c *Concept, left map[*Concept]int) string {
	place := map[*Concept]int{}
	var chain []string
	for {
		if i, ok := place[c]; ok {
			return strings.Join(append(chain[i:], c.Code), " → ")
		}
		place[c] = len(chain)
		chain = append(chain, c.Code)
		i := slices.IndexFunc(c.Parents, func(p *Concept) bool { return left[p] > 0 })
		if i < 0 || len(chain) > 20 {
			return strings.Join(chain, " → ")
		}
		c = c.Parents[i]
	}
}

// Below reports whether c stands under above, or is it.
func Below(c, above *Concept) bool {
	if c == above {
		return true
	}
	if len(c.Parents) == 1 { // the usual case, without a set
		for ; len(c.Parents) == 1; c = c.Parents[0] {
			if c.Parents[0] == above {
				return true
			}
		}
	}
	if len(c.Parents) == 0 {
		return false
	}
	seen := map[*Concept]bool{c: true}
	todo := []*Concept{c}
	for len(todo) > 0 {
		top := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, p := range top.Parents {
			if p == above {
				return true
			}
			if !seen[p] {
				seen[p] = true
				todo = append(todo, p)
			}
		}
	}
	return false
}

func (s *CodeSystem) readProperties(d *tree.Doc, list tree.ID) (all []Property) {
	items(d, list, func(n tree.ID) {
		p := Property{Code: d.Text(d.Child(n, "code"))}
		p.Name, p.Value, p.Text = readValue(d, n)
		if p.Code != "" && p.Name != "" {
			p.role = s.roles[p.Code]
			s.used[p.Code] = true
			all = append(all, p)
		}
	})
	return all
}

func readDesignations(d *tree.Doc, list tree.ID) (all []Designation) {
	items(d, list, func(n tree.ID) {
		use := d.Child(n, "use")
		all = append(all, Designation{
			Language: d.Text(d.Child(n, "language")), Value: d.Text(d.Child(n, "value")),
			Use:        mapping.Coding{System: d.Text(d.Child(use, "system")), Code: d.Text(d.Child(use, "code")), Display: d.Text(d.Child(use, "display"))},
			Extensions: readExtensions(d, d.Child(n, "extension")),
		})
	})
	return all
}

func readExtensions(d *tree.Doc, list tree.ID) (all []Extension) {
	items(d, list, func(n tree.ID) {
		e := Extension{URL: d.Text(d.Child(n, "url")), Raw: string(d.Append(nil, n))}
		e.Name, e.Value, e.Text = readValue(d, n)
		all = append(all, e)
	})
	return all
}

// readValue reads the value[x] of n.
func readValue(d *tree.Doc, n tree.ID) (name, raw, text string) {
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		key := d.Key(m)
		if !strings.HasPrefix(key, "value") {
			continue
		}
		switch d.Kind(m) {
		case tree.String:
			return key, d.Raw(m), d.Text(m)
		case tree.Object:
			return key, string(d.Append(nil, m)), d.Text(d.Child(m, "code"))
		case tree.Bool, tree.Number:
			return key, d.Raw(m), d.Raw(m)
		}
	}
	return "", "", ""
}

func extensionText(list []Extension, url string) string {
	for _, e := range list {
		if e.URL == url {
			return e.Text
		}
	}
	return ""
}

// items visits the elements of an array.
func items(d *tree.Doc, list tree.ID, visit func(tree.ID)) {
	if list == tree.None || d.Kind(list) != tree.Array {
		return
	}
	for n := d.First(list); n != tree.None; n = d.Next(n) {
		visit(n)
	}
}

func isTrue(d *tree.Doc, n tree.ID) bool { return n != tree.None && d.Raw(n) == "true" }
