package canonical

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// ConceptMap is a concept map. It is read as FHIR R4 has it, and as FHIR R5
// where that says the same in other words (sourceScope, relationship, noMap).
type ConceptMap struct {
	Header
	SourceScope string // the value set that the map is from, url|version; may be empty
	TargetScope string
	Emit        []mapping.Equivalence // of tolk's own maps: what may be added to a record by itself
	Groups      []*MapGroup
	// Derived are answers that follow from this map after another one; they are
	// no part of the resource.
	Derived []*MapElement
	// Parts are the maps that together say what this one says, each for its
	// area: they answer for it, and it does not answer beside them.
	Parts []string
}

// MapGroup holds the mappings from one code system to another.
type MapGroup struct {
	Source, SourceVersion string
	Target, TargetVersion string
	Elements              []*MapElement
	Unmapped              *Unmapped

	nameless int // elements without a code
}

// MapElement is a source concept with what it maps to.
type MapElement struct {
	Code, Display string
	Targets       []*MapTarget

	at int // among the elements of its group
}

// MapTarget is what a source concept maps to; without a code where the map says
// that there is no match.
type MapTarget struct {
	Code, Display string
	Equivalence   mapping.Equivalence
	Comment       string
	DependsOn     []Dependency
	Products      []Dependency
	Guard         string   // the extension Guard of tolk's own maps
	Status        string   // proposed, accepted: likewise
	Via           *ViaStep // the first of two steps; nil otherwise
	Row           string   // of tolk's own maps: file:line
}

// ViaStep is the first of two steps that a derived target follows from.
type ViaStep struct {
	Map           string // url|version
	System        string
	Code, Display string
	Equivalence   mapping.Equivalence
	Comment       string
	Row           string
	Stated        mapping.Equivalence // what the second step says by itself
}

// Dependency is a dependsOn or a product: a value of another element.
type Dependency struct {
	Property string
	System   string
	Value    string
	Display  string
}

// Unmapped tells what becomes of a concept of the group that has no mapping.
type Unmapped struct {
	Mode          string // provided, fixed, other-map
	Code, Display string // of fixed
	URL           string // of other-map
	Equivalence   mapping.Equivalence
}

// The extensions in which tolk's own maps carry what FHIR has no element for.
const (
	GuardExtension  = "urn:tolk:StructureDefinition:guard"
	StatusExtension = "urn:tolk:StructureDefinition:row-status"
	EmitExtension   = "urn:tolk:StructureDefinition:emit"
)

// AreaProperty is the dependency that names the area of municipal health.
const AreaProperty = "area"

// relationships are FHIR R5's words for R4's equivalences.
var relationships = map[string]mapping.Equivalence{
	"related-to":                     mapping.RelatedTo,
	"equivalent":                     mapping.Equivalent,
	"source-is-narrower-than-target": mapping.Wider,
	"source-is-broader-than-target":  mapping.Narrower,
	"not-related-to":                 mapping.Disjoint,
}

// Relationship is FHIR R5's word for a relation, empty for unmatched, which is
// no relation there.
func Relationship(e mapping.Equivalence) string {
	switch e {
	case mapping.Equal, mapping.Equivalent:
		return "equivalent"
	case mapping.Wider, mapping.Subsumes:
		return "source-is-narrower-than-target"
	case mapping.Narrower, mapping.Specializes:
		return "source-is-broader-than-target"
	case mapping.RelatedTo, mapping.Inexact:
		return "related-to"
	case mapping.Disjoint:
		return "not-related-to"
	}
	return ""
}

// parseConceptMap reads a ConceptMap. An equivalence that is no word of FHIR is
// refused: a map is not guessed at.
func parseConceptMap(d *tree.Doc, n tree.ID) (*ConceptMap, error) {
	m := &ConceptMap{Header: parseHeader(d, n)}
	if m.URL == "" {
		return nil, &mapping.Error{Kind: mapping.Required, Path: d.Path(n) + ".url", Message: "required"}
	}
	m.SourceScope = firstText(d, n, "sourceUri", "sourceCanonical", "sourceScopeUri", "sourceScopeCanonical")
	m.TargetScope = firstText(d, n, "targetUri", "targetCanonical", "targetScopeUri", "targetScopeCanonical")
	for _, word := range strings.Fields(d.Text(extensionValue(d, n, EmitExtension))) {
		e := mapping.Equivalence(word)
		if !e.Match() {
			return nil, &mapping.Error{Kind: mapping.Value, Path: d.Path(n) + ".extension", Message: "emit: equivalences of FHIR R4 with a target, apart by spaces"}
		}
		m.Emit = append(m.Emit, e)
	}
	err := eachIn(d, n, "group", func(g tree.ID) error {
		group, err := parseGroup(d, g)
		m.Groups = append(m.Groups, group)
		return err
	})
	return m, err
}

// eachIn calls do for every element of an array; what is no array is refused.
func eachIn(d *tree.Doc, n tree.ID, name string, do func(tree.ID) error) error {
	list := d.Child(n, name)
	if list == tree.None {
		return nil
	}
	if d.Kind(list) != tree.Array {
		return &mapping.Error{Kind: mapping.Structure, Path: d.Path(list), Message: "expected an array"}
	}
	for e := d.First(list); e != tree.None; e = d.Next(e) {
		if d.Kind(e) != tree.Object {
			return &mapping.Error{Kind: mapping.Structure, Path: d.Path(e), Message: "expected an object"}
		}
		if err := do(e); err != nil {
			return err
		}
	}
	return nil
}

// firstText returns the first of the members that says something.
func firstText(d *tree.Doc, n tree.ID, names ...string) string {
	for _, name := range names {
		if text := d.Text(d.Child(n, name)); text != "" {
			return text
		}
	}
	return ""
}

func parseGroup(d *tree.Doc, n tree.ID) (*MapGroup, error) {
	g := &MapGroup{SourceVersion: d.Text(d.Child(n, "sourceVersion")), TargetVersion: d.Text(d.Child(n, "targetVersion"))}
	g.Source, g.SourceVersion = versioned(d.Text(d.Child(n, "source")), g.SourceVersion)
	g.Target, g.TargetVersion = versioned(d.Text(d.Child(n, "target")), g.TargetVersion)
	position := -1
	err := eachIn(d, n, "element", func(e tree.ID) error {
		position++
		if d.Child(e, "code") == tree.None {
			g.nameless++
			return nil // FHIR R4 lets it be left out, and then nothing is said of any concept
		}
		element, err := parseElement(d, e)
		if err != nil {
			return err
		}
		element.at = position
		g.Elements = append(g.Elements, element)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if u := d.Child(n, "unmapped"); u != tree.None {
		g.Unmapped, err = parseUnmapped(d, u)
	}
	return g, err
}

// versioned takes a canonical apart; what it says goes before the element that
// FHIR R4 has for the version.
func versioned(canonical, version string) (string, string) {
	url, own := SplitCanonical(canonical)
	if own != "" {
		version = own
	}
	return url, version
}

func parseElement(d *tree.Doc, n tree.ID) (*MapElement, error) {
	e := &MapElement{Code: d.Text(d.Child(n, "code")), Display: d.Text(d.Child(n, "display"))}
	if e.Code == "" {
		return nil, &mapping.Error{Kind: mapping.Required, Path: d.Path(n) + ".code", Message: "required"}
	}
	err := eachIn(d, n, "target", func(t tree.ID) error {
		target, err := parseTarget(d, t)
		e.Targets = append(e.Targets, target)
		return err
	})
	if none := d.Child(n, "noMap"); none != tree.None && d.Raw(none) == "true" {
		e.Targets = append(e.Targets, &MapTarget{Equivalence: mapping.Unmatched, Comment: firstText(d, n, "comment")})
	}
	return e, err
}

func parseTarget(d *tree.Doc, n tree.ID) (*MapTarget, error) {
	t := &MapTarget{
		Code: d.Text(d.Child(n, "code")), Display: d.Text(d.Child(n, "display")),
		Comment: firstText(d, n, "comment", "comments"),
		Guard:   d.Text(extensionValue(d, n, GuardExtension)), Status: d.Text(extensionValue(d, n, StatusExtension)),
	}
	var err error
	if t.Equivalence, err = parseEquivalence(d, n); err != nil {
		return nil, err
	}
	switch {
	case t.Equivalence == "":
		return nil, &mapping.Error{Kind: mapping.Required, Path: d.Path(n) + ".equivalence", Message: "required"}
	case t.Code == "" && t.Equivalence.Match():
		return nil, &mapping.Error{Kind: mapping.Required, Path: d.Path(n) + ".code", Message: "required unless the equivalence is unmatched or disjoint"}
	}
	if t.DependsOn, err = parseDependencies(d, n, "dependsOn"); err != nil {
		return nil, err
	}
	t.Products, err = parseDependencies(d, n, "product")
	return t, err
}

// parseEquivalence reads R4's equivalence, or R5's relationship in its words.
func parseEquivalence(d *tree.Doc, n tree.ID) (mapping.Equivalence, error) {
	if at := d.Child(n, "equivalence"); at != tree.None {
		if e := mapping.Equivalence(d.Text(at)); e.Valid() {
			return e, nil
		}
		return "", &mapping.Error{Kind: mapping.Value, Path: d.Path(at),
			Message: "accepted: relatedto, equivalent, equal, wider, subsumes, narrower, specializes, inexact, unmatched, disjoint", Value: d.Text(at)}
	}
	at := d.Child(n, "relationship")
	if at == tree.None {
		return "", nil
	}
	if e, ok := relationships[d.Text(at)]; ok {
		return e, nil
	}
	return "", &mapping.Error{Kind: mapping.Value, Path: d.Path(at),
		Message: "accepted: related-to, equivalent, source-is-narrower-than-target, source-is-broader-than-target, not-related-to", Value: d.Text(at)}
}

// parseDependencies reads dependsOn or product: R4's property and value, or R5's
// attribute and value[x].
func parseDependencies(d *tree.Doc, n tree.ID, name string) (list []Dependency, err error) {
	err = eachIn(d, n, name, func(e tree.ID) error {
		dep := Dependency{Property: firstText(d, e, "property", "attribute"), System: d.Text(d.Child(e, "system")),
			Value: firstText(d, e, "value", "valueCode", "valueString"), Display: d.Text(d.Child(e, "display"))}
		if c := d.Child(e, "valueCoding"); c != tree.None {
			dep.System, dep.Value, dep.Display = d.Text(d.Child(c, "system")), d.Text(d.Child(c, "code")), d.Text(d.Child(c, "display"))
		}
		if dep.Property == "" || dep.Value == "" {
			return &mapping.Error{Kind: mapping.Required, Path: d.Path(e), Message: "property and value: both required"}
		}
		list = append(list, dep)
		return nil
	})
	return list, err
}

// parseUnmapped reads what becomes of the rest. R5 has two words of its own.
func parseUnmapped(d *tree.Doc, n tree.ID) (*Unmapped, error) {
	u := &Unmapped{Mode: d.Text(d.Child(n, "mode")), Code: d.Text(d.Child(n, "code")), Display: d.Text(d.Child(n, "display")),
		URL: firstText(d, n, "url", "otherMap")}
	if u.Mode == "use-source-code" {
		u.Mode = "provided"
	}
	required := map[string]string{"fixed": u.Code, "other-map": u.URL, "provided": "-"}
	switch what, ok := required[u.Mode]; {
	case !ok:
		return nil, &mapping.Error{Kind: mapping.Value, Path: d.Path(n) + ".mode", Message: "accepted: provided, fixed, other-map", Value: u.Mode}
	case what == "":
		return nil, &mapping.Error{Kind: mapping.Required, Path: d.Path(n), Message: "fixed needs a code, other-map a url"}
	}
	var err error
	if u.Equivalence, err = parseEquivalence(d, n); u.Equivalence == "" {
		u.Equivalence = mapping.RelatedTo // FHIR R4 has no place to say more
	}
	return u, err
}

// area returns the area that a target depends on, if it depends on one.
func (t *MapTarget) area() string {
	i := slices.IndexFunc(t.DependsOn, func(d Dependency) bool { return d.Property == AreaProperty })
	if i < 0 {
		return ""
	}
	return t.DependsOn[i].Value
}
