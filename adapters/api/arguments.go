package api

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// input declares an input parameter of a FHIR operation.
type input struct {
	name    string
	types   []string // its value[x] in Parameters, or "part"
	many    bool
	refused string // what to do instead, for a parameter of FHIR R4 that is not served
}

// argument is one input parameter as a caller gave it.
type argument struct {
	name    string
	path    string // of its value in the body; empty in a query
	text    string
	codings []mapping.Coding // of a Coding, one; of a CodeableConcept, all
	parts   []argument
	doc     *tree.Doc // of a resource
	node    tree.ID
}

// arguments are the input parameters in the order they were given.
type arguments []argument

// find returns the first argument of this name.
func (a arguments) find(name string) (argument, bool) {
	for i := range a {
		if a[i].name == name {
			return a[i], true
		}
	}
	return argument{}, false
}

// text returns the text of the first argument of this name, or none.
func (a arguments) text(name string) string {
	for i := range a {
		if a[i].name == name {
			return a[i].text
		}
	}
	return ""
}

// arguments reads the input of an operation: from the query of a GET, from the
// Parameters in the body of a POST. What is not declared is refused by name.
func (s *Server) arguments(c *fiber.Ctx, declared []input) (arguments, error) {
	if c.Method() != fiber.MethodPost {
		return fromQuery(c, declared)
	}
	if _, err := query(c, format); err != nil {
		return nil, err
	}
	d, err := s.resourceBody(c, "Parameters")
	if err != nil {
		return nil, err
	}
	return fromParameters(d, declared)
}

// fromQuery reads the query. FHIR lets only primitive parameters stand there.
func fromQuery(c *fiber.Ctx, declared []input) (arguments, error) {
	given, err := declaredPairs(c, formatOnly, declared)
	if err != nil {
		return nil, err
	}
	args := make(arguments, 0, len(given))
	for _, p := range given {
		if p.name == format.name {
			continue
		}
		if in, _ := declaration(p.name, declared); !primitive(in.types[0]) {
			return nil, badParameter(mapping.Invalid, p.name, "accepted only in the Parameters of a POST")
		}
		args = append(args, argument{name: p.name, text: p.value})
	}
	return args, nil
}

func primitive(kind string) bool {
	return kind != "Coding" && kind != "CodeableConcept" && kind != "part" && kind != "resource"
}

// fromParameters reads a Parameters resource.
func fromParameters(d *tree.Doc, declared []input) (arguments, error) {
	root := d.Root()
	if d.Text(d.Child(root, "resourceType")) != "Parameters" {
		return nil, badBody(mapping.Invalid, d.Path(root), "expected a resource of type Parameters")
	}
	var args arguments
	for n := d.First(root); n != tree.None; n = d.Next(n) {
		switch d.Key(n) {
		case "resourceType", "id", "meta", "language":
		case "parameter":
			if d.Kind(n) != tree.Array {
				return nil, badBody(mapping.Structure, d.Path(n), "expected an array")
			}
			var err error
			if args, err = readArguments(d, n, declared); err != nil {
				return nil, err
			}
		default:
			return nil, badBody(mapping.NotSupported, d.Path(n), "accepted in Parameters: resourceType, id, meta, language, parameter")
		}
	}
	return args, nil
}

// manyArguments is how many parameters one call may have.
const manyArguments = 100

// readArguments reads an array of parameters, or of the parts of one.
func readArguments(d *tree.Doc, array tree.ID, declared []input) (arguments, error) {
	var args arguments
	for n := d.First(array); n != tree.None; n = d.Next(n) {
		if len(args) == manyArguments {
			return nil, &mapping.Error{Kind: mapping.TooLong, Path: d.Path(array), Message: "more than 100 parameters"}
		}
		arg, err := readArgument(d, n, args, declared)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return args, nil
}

// readArgument reads one parameter; before it stand the ones already read.
func readArgument(d *tree.Doc, n tree.ID, before arguments, declared []input) (argument, error) {
	name := d.Text(d.Child(n, "name"))
	if name == "" {
		return argument{}, badBody(mapping.Required, d.Path(n)+".name", "required")
	}
	in, err := declaration(name, declared)
	if err != nil {
		return argument{}, err
	}
	if _, again := before.find(name); again && !in.many {
		return argument{}, badBody(mapping.Invalid, d.Path(n), name+" is given more than once, accepted once")
	}
	arg := argument{name: name}
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		switch key := d.Key(m); {
		case key == "name":
		case key == "id":
			if _, err := readText(d, m); err != nil {
				return argument{}, err
			}
		case key == "extension":
			if d.Kind(m) != tree.Array {
				return argument{}, badBody(mapping.Structure, d.Path(m), "expected an array")
			}
		case arg.path != "" || !slices.Contains(in.types, strings.TrimPrefix(key, "value")):
			return argument{}, badBody(mapping.Invalid, d.Path(m), "accepted for "+name+": one of value"+strings.Join(in.types, ", value"))
		default:
			arg.path = d.Path(m)
			if err := arg.read(d, m, strings.TrimPrefix(key, "value")); err != nil {
				return argument{}, err
			}
		}
	}
	if arg.path == "" {
		return argument{}, badBody(mapping.Required, d.Path(n), "a value of "+name+" is required")
	}
	return arg, nil
}

// read takes the value at n.
func (a *argument) read(d *tree.Doc, n tree.ID, kind string) (err error) {
	switch kind {
	case "Coding":
		var c mapping.Coding
		c, err = readCoding(d, n)
		a.codings = []mapping.Coding{c}
	case "CodeableConcept":
		a.codings, err = readConcept(d, n)
	case "part":
		if d.Kind(n) != tree.Array {
			return badBody(mapping.Structure, d.Path(n), "expected an array")
		}
		a.parts, err = readArguments(d, n, dependencyParts)
	case "resource":
		if d.Kind(n) != tree.Object {
			return badBody(mapping.Structure, d.Path(n), "expected a resource")
		}
		a.doc, a.node = d, n
	case "Boolean":
		if d.Kind(n) != tree.Bool {
			return badBody(mapping.Value, d.Path(n), "accepted: true, false")
		}
		a.text = d.Raw(n)
	default:
		a.text, err = readText(d, n)
	}
	return err
}

// readText reads a string that says something.
func readText(d *tree.Doc, n tree.ID) (string, error) {
	if d.Kind(n) != tree.String || d.Text(n) == "" {
		return "", badBody(mapping.Value, d.Path(n), "expected a string that is not empty")
	}
	return d.Text(n), nil
}

// readCoding reads a Coding (http://hl7.org/fhir/R4/datatypes.html#Coding).
func readCoding(d *tree.Doc, n tree.ID) (c mapping.Coding, err error) {
	if d.Kind(n) != tree.Object {
		return c, badBody(mapping.Structure, d.Path(n), "expected a Coding")
	}
	for m := d.First(n); m != tree.None && err == nil; m = d.Next(m) {
		switch d.Key(m) {
		case "system":
			c.System, err = readText(d, m)
		case "version":
			c.Version, err = readText(d, m)
		case "code":
			c.Code, err = readText(d, m)
		case "display":
			c.Display, err = readText(d, m)
		case "id", "extension":
		case "userSelected":
			if d.Kind(m) != tree.Bool {
				err = badBody(mapping.Value, d.Path(m), "accepted: true, false")
			}
		default:
			err = badBody(mapping.NotSupported, d.Path(m), "not an element of Coding; accepted: system, version, code, display, userSelected")
		}
	}
	return c, err
}

// manyCodings is how many codings one CodeableConcept may have.
const manyCodings = 50

// readConcept reads the codings of a CodeableConcept.
func readConcept(d *tree.Doc, n tree.ID) ([]mapping.Coding, error) {
	if d.Kind(n) != tree.Object {
		return nil, badBody(mapping.Structure, d.Path(n), "expected a CodeableConcept")
	}
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		if !slices.Contains([]string{"coding", "text", "id", "extension"}, d.Key(m)) {
			return nil, badBody(mapping.NotSupported, d.Path(m), "not an element of CodeableConcept; accepted: coding, text")
		}
	}
	array := d.Child(n, "coding")
	if array == tree.None || d.Kind(array) != tree.Array || d.First(array) == tree.None {
		return nil, badBody(mapping.Required, d.Path(n)+".coding", "required, an array: a concept is never found by its text")
	}
	var all []mapping.Coding
	for m := d.First(array); m != tree.None; m = d.Next(m) {
		if len(all) == manyCodings {
			return nil, &mapping.Error{Kind: mapping.TooLong, Path: d.Path(array), Message: "more than 50 codings"}
		}
		c, err := readCoding(d, m)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}
