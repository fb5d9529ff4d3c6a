package api

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/canonical"
)

// translateInputs are those of ConceptMap/$translate in FHIR R4
// (http://hl7.org/fhir/R4/conceptmap-operation-translate.html) and R5
// (http://hl7.org/fhir/R5/conceptmap-operation-translate.html), and area, which
// names the parts of municipal health to answer for.
var translateInputs = []input{
	{name: "code", types: codeTypes},
	{name: "system", types: uriTypes},
	{name: "version", types: []string{"String", "Code"}},
	{name: "coding", types: []string{"Coding"}},
	{name: "codeableConcept", types: []string{"CodeableConcept"}},
	{name: "url", types: uriTypes},
	{name: "conceptMap", types: []string{"resource"}},
	{name: "conceptMapVersion", types: []string{"String", "Code"}},
	{name: "source", types: uriTypes},
	{name: "target", types: uriTypes},
	{name: "targetsystem", types: uriTypes},
	{name: "area", types: codeTypes},
	{name: "dependency", types: []string{"part"}, many: true},
	{name: "reverse", types: []string{"Boolean"}},
	{name: "sourceCode", types: codeTypes},
	{name: "sourceSystem", types: uriTypes},
	{name: "sourceCoding", types: []string{"Coding"}},
	{name: "sourceCodeableConcept", types: []string{"CodeableConcept"}},
	{name: "sourceScope", types: uriTypes},
	{name: "targetCode", types: codeTypes},
	{name: "targetCoding", types: []string{"Coding"}},
	{name: "targetCodeableConcept", types: []string{"CodeableConcept"}},
	{name: "targetScope", types: uriTypes},
	{name: "targetSystem", types: uriTypes},
	{name: "tx-resource", types: []string{"resource"}, many: true},
	{name: "uuid", types: []string{"Uuid", "Uri", "String"}},
}

var (
	codeTypes = []string{"Code", "String"}
	uriTypes  = []string{"Uri", "Canonical", "Url", "String"}
)

// dependencyParts are the parts of a dependency: R4's names and R5's.
var dependencyParts = []input{
	{name: "element", types: []string{"Uri", "String"}},
	{name: "attribute", types: []string{"Uri", "String"}},
	{name: "concept", types: []string{"CodeableConcept"}},
	{name: "value", types: []string{"CodeableConcept", "Coding", "Code", "String"}},
}

// askedBy are the ways to say what is asked about; those of R5 tell the
// direction.
var askedBy = []struct {
	name      string
	r5        bool
	backwards bool
}{
	{"code", false, false}, {"coding", false, false}, {"codeableConcept", false, false},
	{"sourceCode", true, false}, {"sourceCoding", true, false}, {"sourceCodeableConcept", true, false},
	{"targetCode", true, true}, {"targetCoding", true, true}, {"targetCodeableConcept", true, true},
}

// question is what $translate is asked, and in which words it is answered.
type question struct {
	canonical.Question
	r5     bool // asked in the words of R5
	target bool // about a target of the maps, in the words of R5
}

// translateConcept answers ConceptMap/$translate, on the type or on one concept
// map: every match of every coding, each with its relation, its map and its
// reason. No match is an answer.
func (s *Server) translateConcept(c *fiber.Ctx) error {
	content, err := s.content(c)
	if err != nil {
		return err
	}
	if content.Registry == nil {
		return notReady()
	}
	args, err := s.arguments(c, translateInputs)
	if err != nil {
		return err
	}
	q, registry, err := readQuestion(content.Registry, args, c.Params("id"))
	if err != nil {
		return err
	}
	q.Outside = content.outside
	answer, err := registry.Translate(q.Question)
	if err != nil {
		return ofParameter(err, translateInputs)
	}
	w := begin(c)
	q.render(&w, &answer)
	return w.send(c)
}

// outside tells why no map of ours has a concept.
func (c *Content) outside(concept mapping.Concept, system string) string {
	if c.Terminology == nil {
		return ""
	}
	return c.Terminology.Outside(concept, system)
}

// readQuestion reads the arguments of $translate, and returns what to ask with
// what was sent along. The id is that of the concept map in the path.
func readQuestion(registry *canonical.Registry, args arguments, id string) (q question, r *canonical.Registry, err error) {
	if err := q.asked(args); err != nil {
		return q, nil, err
	}
	if r, err = q.which(registry, args, id); err != nil {
		return q, nil, err
	}
	switch args.text("reverse") {
	case "true":
		if q.Reverse = true; q.r5 {
			return q, nil, badParameter(mapping.Invalid, "reverse", "of FHIR R4; with R5's names targetCode asks backwards")
		}
	case "", "false":
	default:
		return q, nil, badParameter(mapping.Value, "reverse", "accepted: true, false")
	}
	q.FoundScope, q.AskedScope = args.either("target", "targetScope"), args.either("source", "sourceScope")
	q.System = args.either("targetsystem", "targetSystem")
	if q.target {
		q.FoundScope, q.AskedScope = q.AskedScope, q.FoundScope
		q.System = args.text("sourceSystem")
		if q.System == "" && args.text("targetSystem") != "" {
			q.System = args.text("system")
		}
	}
	return q, r, q.depends(args)
}

// sameSaid are the parameters that R4 and R5 call by two names, and the parts of a
// dependency.
var sameSaid = [][2]string{{"source", "sourceScope"}, {"target", "targetScope"}, {"targetsystem", "targetSystem"},
	{"element", "attribute"}, {"concept", "value"}}

// once refuses what is said by two names: only one of them would be read.
func (a arguments) once() error {
	for _, pair := range sameSaid {
		_, one := a.find(pair[0])
		if _, other := a.find(pair[1]); one && other {
			return badParameter(mapping.Invalid, pair[1], "given beside "+pair[0]+", which says the same; accepted: one of them")
		}
	}
	return nil
}

// either returns the text of the first of the names that is given.
func (a arguments) either(names ...string) string {
	for _, name := range names {
		if text := a.text(name); text != "" {
			return text
		}
	}
	return ""
}

// asked reads what is asked about: a code with its system, a Coding or a
// CodeableConcept, in the words of R4 or of R5.
func (q *question) asked(args arguments) error {
	if err := args.once(); err != nil {
		return err
	}
	var given []string
	for _, by := range askedBy {
		arg, ok := args.find(by.name)
		if !ok {
			continue
		}
		given = append(given, by.name)
		q.r5, q.target, q.Reverse = by.r5, by.backwards, by.backwards
		q.Codings, q.Path = arg.codings, arg.path
		q.Several = strings.HasSuffix(by.name, "odeableConcept")
		if strings.HasSuffix(by.name, "ode") {
			system := args.either("system", "sourceSystem")
			if by.backwards {
				system = args.either("targetSystem", "system")
			}
			q.Path = ""
			q.Codings = []mapping.Coding{{System: system, Version: args.text("version"), Code: arg.text}}
		}
	}
	accepted := "accepted: code with system, coding, codeableConcept, or R5's sourceCode, targetCode and the like"
	switch {
	case len(given) == 0:
		return badParameter(mapping.Required, "code", "nothing is asked about; "+accepted)
	case len(given) > 1:
		return badParameter(mapping.Invalid, given[1], "given beside "+given[0]+"; "+accepted+", one of them")
	case !strings.HasSuffix(given[0], "ode") && args.text("system")+args.text("version") != "":
		return badParameter(mapping.Invalid, "system", "system and version go with code; a Coding has its own")
	case !strings.HasSuffix(given[0], "ode") && !q.target && args.text("sourceSystem") != "":
		return badParameter(mapping.Invalid, "sourceSystem", "goes with sourceCode; a Coding has its own")
	case !strings.HasSuffix(given[0], "ode") && q.target && args.text("targetSystem") != "":
		return badParameter(mapping.Invalid, "targetSystem", "goes with targetCode; a Coding has its own")
	case !q.target && args.text("system") != "" && args.text("sourceSystem") != "":
		return badParameter(mapping.Invalid, "sourceSystem", "given beside system, which says the same; accepted: one of them")
	case q.target && args.text("targetsystem") != "":
		return badParameter(mapping.Invalid, "targetsystem", "is R4's name for the code system to answer in; with "+given[0]+" that is sourceSystem")
	case q.target && args.text("system") != "" && args.text("targetSystem") != "" && args.text("sourceSystem") != "":
		return badParameter(mapping.Invalid, "system", "given beside targetSystem and sourceSystem, which say both systems; expected none")
	case strings.HasSuffix(given[0], "ode") && q.Codings[0].System == "":
		return badParameter(mapping.Required, "system", "required with "+given[0])
	}
	return nil
}

// which reads which concept maps are to answer, and lays what was sent along
// over the registry.
func (q *question) which(registry *canonical.Registry, args arguments, id string) (*canonical.Registry, error) {
	q.URL, q.Version = args.text("url"), args.text("conceptMapVersion")
	var sent []canonical.Resource
	for _, arg := range args {
		if arg.name != "tx-resource" && arg.name != "conceptMap" {
			continue
		}
		kind := arg.doc.Text(arg.doc.Child(arg.node, "resourceType"))
		if kind != "ConceptMap" && (arg.name == "conceptMap" || kind != "CodeSystem" && kind != "ValueSet") {
			if arg.name == "conceptMap" {
				return nil, badBody(mapping.Invalid, arg.path, "expected a ConceptMap")
			}
			continue // of no use here
		}
		res, err := canonical.Parse(arg.doc, arg.node)
		if err != nil {
			return nil, err
		}
		if arg.name == "conceptMap" {
			q.Map = res.ConceptMap
		}
		sent = append(sent, res)
	}
	switch {
	case id != "" && (q.URL != "" || q.Map != nil || q.Version != ""):
		return nil, badParameter(mapping.Invalid, "url", "the path names the concept map; url, conceptMap and conceptMapVersion are for the type")
	case q.Map != nil && (q.URL != "" || q.Version != ""):
		return nil, badParameter(mapping.Invalid, "url", "given beside conceptMap, which is the map to answer from")
	case id != "":
		found, ok := byID(registry, "ConceptMap", id)
		if !ok {
			return nil, notHere()
		}
		q.URL, q.Version = found.URL, found.Version
	}
	if len(sent) == 0 {
		return registry, nil
	}
	return registry.Overlay(canonical.Single(sent)...)
}

// depends reads area and the dependencies: what is known of other elements. The
// area is the element called area.
func (q *question) depends(args arguments) error {
	for _, area := range list(args.text("area")) {
		q.Depends = append(q.Depends, canonical.Dependency{Property: canonical.AreaProperty, Value: area})
	}
	for _, arg := range args {
		if arg.name != "dependency" {
			continue
		}
		parts := arguments(arg.parts)
		if err := parts.once(); err != nil {
			return err
		}
		element := parts.either("element", "attribute")
		value, ok := parts.find("concept")
		if !ok {
			value, _ = parts.find("value")
		}
		if value.text != "" {
			value.codings = []mapping.Coding{{Code: value.text}}
		}
		if element == "" || len(value.codings) == 0 {
			return badParameter(mapping.Required, "dependency", "accepted: element "+canonical.AreaProperty+" or another one, with a concept whose coding.code says what it is")
		}
		for _, c := range value.codings {
			q.Depends = append(q.Depends, canonical.Dependency{Property: element, System: c.System, Value: c.Code})
		}
	}
	return nil
}
