package api

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/terminology"
)

// noValueSets is why the parameters that name a value set are refused.
const noValueSets = "value sets are not served; the code systems are given by system and targetsystem"

// translateInputs are those of ConceptMap/$translate
// (http://hl7.org/fhir/R4/conceptmap-operation-translate.html), and area, which
// names the parts of municipal health to answer for.
var translateInputs = []input{
	{name: "code", types: []string{"Code", "String"}},
	{name: "system", types: []string{"Uri", "Canonical", "String"}},
	{name: "version", types: []string{"String", "Code"}},
	{name: "coding", types: []string{"Coding"}},
	{name: "codeableConcept", types: []string{"CodeableConcept"}},
	{name: "url", types: []string{"Uri", "Canonical", "Url", "String"}},
	{name: "conceptMapVersion", types: []string{"String"}},
	{name: "targetsystem", types: []string{"Uri", "Canonical", "String"}},
	{name: "area", types: []string{"Code", "String"}},
	{name: "dependency", types: []string{"part"}, many: true},
	{name: "reverse", types: []string{"Boolean"}},
	{name: "source", refused: noValueSets},
	{name: "target", refused: noValueSets},
	{name: "conceptMap", refused: "a map of your own is not taken; name one of tolk's by url"},
}

// dependencyParts are the parts of a dependency. The one there is, is the area.
var dependencyParts = []input{
	{name: "element", types: []string{"Uri", "String"}},
	{name: "concept", types: []string{"CodeableConcept"}},
}

// question is what $translate is asked.
type question struct {
	codings  []mapping.Coding
	path     string // where the codings stand; empty in a query
	several  bool   // they are those of a CodeableConcept
	url      string // the one map to answer from; empty for all
	version  string // of the maps
	options  terminology.Options
	sources  []string // the systems to look in, for reverse
	reversed bool
}

// hit is a match with the coding it answers.
type hit struct {
	terminology.Match
	coding  mapping.Coding
	version string // of the system of the concept found
}

// translateConcept answers ConceptMap/$translate: every match of every coding,
// each with its relation, its map and its reason. No match is an answer.
func (s *Server) translateConcept(c *fiber.Ctx) error {
	t, err := s.snapshot()
	if err != nil {
		return err
	}
	args, err := s.arguments(c, translateInputs)
	if err != nil {
		return err
	}
	q, err := readQuestion(t, args)
	if err != nil {
		return err
	}
	hits, unanswered, err := q.answer(t)
	if err != nil {
		return err
	}
	return c.Send(parameters(q.render(hits, unanswered)))
}

// readQuestion reads the arguments of $translate.
func readQuestion(t *terminology.Terminology, args arguments) (question, error) {
	q := question{url: args.text("url"), version: args.text("conceptMapVersion")}
	var err error
	if q.codings, q.path, err = source(args, "coding", "codeableConcept"); err != nil {
		return q, err
	}
	_, q.several = args.find("codeableConcept")
	switch args.text("reverse") {
	case "true":
		q.reversed = true
	case "", "false":
	default:
		return q, badParameter(mapping.Value, "reverse", "accepted: true, false")
	}
	q.options.Target = args.text("targetsystem")
	if q.options.Areas, err = areas(args); err != nil {
		return q, err
	}
	return q, q.narrow(t)
}

// source returns the codings that an operation is asked about: those of one of
// code with system, a Coding, or a CodeableConcept, and where they stand.
func source(args arguments, complex ...string) ([]mapping.Coding, string, error) {
	var given []string
	var codings []mapping.Coding
	path := ""
	if _, ok := args.find("code"); ok {
		given = append(given, "code")
		codings = []mapping.Coding{{System: args.text("system"), Version: args.text("version"), Code: args.text("code")}}
	}
	for _, name := range complex {
		if arg, ok := args.find(name); ok {
			given = append(given, name)
			codings, path = arg.codings, arg.path
		}
	}
	accepted := "accepted: code with system, " + strings.Join(complex, ", ")
	switch {
	case len(given) == 0:
		return nil, "", badParameter(mapping.Required, "code", "nothing is asked about; "+accepted)
	case len(given) > 1:
		return nil, "", badParameter(mapping.Invalid, given[1], "given beside "+given[0]+"; "+accepted+", one of them")
	case given[0] == "code" && args.text("system") == "":
		return nil, "", badParameter(mapping.Required, "system", "required with code")
	case given[0] != "code" && args.text("system")+args.text("version") != "":
		return nil, "", badParameter(mapping.Invalid, "system", "system and version go with code; a Coding has its own")
	}
	return codings, path, nil
}

// areas returns the areas asked for by area, or by a dependency on it.
func areas(args arguments) (asked []mapping.Area, err error) {
	for _, a := range list(args.text("area")) {
		asked = append(asked, mapping.Area(a))
	}
	for _, arg := range args {
		if arg.name != "dependency" {
			continue
		}
		parts := arguments(arg.parts)
		concept, ok := parts.find("concept")
		if parts.text("element") != "area" || !ok {
			return nil, badParameter(mapping.NotSupported, "dependency", "accepted: element area, with a concept whose coding.code names the area")
		}
		for _, c := range concept.codings {
			asked = append(asked, mapping.Area(c.Code))
		}
	}
	return asked, nil
}

// narrow keeps to one concept map, or to one version of them, if that is asked.
func (q *question) narrow(t *terminology.Terminology) error {
	for _, s := range t.CodeSystems() {
		q.sources = append(q.sources, s.URL)
	}
	maps := t.ConceptMaps()
	if q.url != "" {
		url, version, ok := strings.Cut(q.url, "|") // a canonical may carry its version
		if q.url = url; ok {
			q.version = version
		}
		i := slices.IndexFunc(maps, func(m *terminology.ConceptMap) bool { return m.URL == url })
		if i < 0 {
			return &mapping.Error{Kind: mapping.NotFound, Path: "url", Message: "no concept map has this url"}
		}
		maps = maps[i : i+1]
		q.sources = []string{maps[0].Source}
		if !q.reversed && q.options.Target == "" {
			q.options.Target = maps[0].Target
		}
	}
	if q.version == "" || slices.ContainsFunc(maps, func(m *terminology.ConceptMap) bool { return m.Version == q.version }) {
		return nil
	}
	return &mapping.Error{Kind: mapping.NotFound, Path: "conceptMapVersion", Message: "no concept map has this version"}
}
