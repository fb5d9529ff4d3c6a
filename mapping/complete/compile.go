package complete

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/rules"
	"tolk/schemas/fhir"
)

// Compile reads the paths of a demand. The error has the field of the row that
// is at fault as its path.
func (d *Demand) Compile() *mapping.Error {
	if err := d.shape(); err != nil {
		return err
	}
	steps, err := rules.ParsePath(d.One + d.Each)
	if err != nil || len(steps) != 1 {
		return fault(d.subject(), "expected a type of resource, or Type[key=value]")
	}
	d.resource = steps[0]
	if _, known := fhir.Lookup(d.resource.Name); !known {
		return fault(d.subject(), d.resource.Name+": FHIR R4 has no such resource"+mapping.Meant(d.resource.Name, types()))
	}
	for p := range strings.SplitSeq(d.Path, "|") {
		if p == "" {
			continue
		}
		w, message := parseWay(d.resource, p)
		if message != "" {
			return fault("path", message)
		}
		d.ways = append(d.ways, w)
	}
	if err := d.When.condition("when"); err != nil {
		return err
	}
	return d.Unless.condition("unless")
}

// condition compiles what a demand depends on, if it depends on anything: it may
// ask of one what only each is asked otherwise.
func (d *Demand) condition(field string) *mapping.Error {
	switch {
	case d == nil:
		return nil
	case d.One == "" || d.When != nil || d.Unless != nil || d.Least != 0:
		return fault(field, "expected one, and a path, is, days or younger that it depends on")
	case d.tests() && d.Path == "":
		return fault(field+".one", "expected a path to what is asked")
	}
	asked := *d
	asked.Is, asked.Days, asked.Younger = nil, 0, 0
	err := asked.Compile()
	d.resource, d.ways = asked.resource, asked.ways
	if err != nil {
		return fault(field+"."+err.Path, err.Message)
	}
	return nil
}

// shape refuses fields that cannot be meant together.
func (d *Demand) shape() *mapping.Error {
	tests := 0
	for _, asked := range []bool{len(d.Is) > 0, d.Days != 0, d.Younger != 0} {
		if asked {
			tests++
		}
	}
	switch {
	case (d.One == "") == (d.Each == ""):
		return fault("", "expected one, or each")
	case d.Each != "" && d.Path == "":
		return fault("each", "expected a path to what every such resource has")
	case d.Days < 0 || d.Younger < 0 || d.Least < 0:
		return fault("", "days, younger and least: expected a number above 0")
	case tests > 1:
		return fault("", "is, days and younger exclude each other")
	case tests > 0 && d.Each == "":
		return fault("one", "is, days and younger are asked of what is there; expected each in place of one")
	case tests > 0 && d.Least > 0:
		return fault("least", "least counts what is there; expected it without is, days and younger")
	}
	return nil
}

// subject is the field that says which resources a demand is for.
func (d *Demand) subject() string {
	if d.One != "" {
		return "one"
	}
	return "each"
}

// Elements lists the elements of the hub of which one is demanded, or says the
// same.
func (d *Demand) Elements() (all []string) {
	for p := range strings.SplitSeq(d.Path, "|") {
		all = append(all, strings.TrimSuffix(d.One+d.Each+"."+p, "."))
	}
	if d.Unless != nil {
		all = append(all, d.Unless.Elements()...)
	}
	return all
}

// Element names what is demanded, as the hub has it.
func (d *Demand) Element() string {
	if d.Path == "" {
		return d.One + d.Each
	}
	return d.One + d.Each + "." + d.Path
}

// Ways lists the ways that lead to what is demanded, or to what says the same.
func (d *Demand) Ways() []rules.Way {
	ways := d.ways
	if len(ways) == 0 {
		ways = []rules.Way{{{Resource: d.resource}}}
	}
	if d.Unless != nil {
		ways = slices.Concat(ways, d.Unless.Ways())
	}
	return ways
}

// parseWay reads one way from a resource.
func parseWay(resource rules.Step, text string) (w rules.Way, message string) {
	for i, part := range strings.Split(text, "->") {
		rest := part
		if i > 0 {
			var name string
			name, rest, _ = strings.Cut(part, ".")
			resource = rules.Step{Name: name}
			if _, known := fhir.Lookup(name); !known {
				return nil, "expected a type of resource after ->; FHIR R4 has no " + name + mapping.Meant(name, types())
			}
		}
		hop := rules.Hop{Resource: resource}
		if rest != "" || i == 0 {
			steps, err := rules.ParsePath(rest)
			if err != nil {
				return nil, err.Error()
			}
			if message := known(resource.Name, steps); message != "" {
				return nil, message
			}
			hop.Steps = steps
		}
		w = append(w, hop)
	}
	return w, ""
}

// known says which step of a path FHIR R4 does not have in a resource.
func known(resource string, steps []rules.Step) string {
	var names []string
	around, _ := fhir.Lookup(resource)
	for _, s := range steps {
		names = append(names, s.Name)
		e, ok := fhir.Resolve(resource, names...)
		if !ok {
			return strings.Join(names, ".") + ": FHIR R4 has no such element in " + resource + mapping.Meant(s.Name, members(around))
		}
		around = e
	}
	return ""
}

// types lists the types of FHIR R4.
func types() (all []string) {
	for _, e := range fhir.All() {
		if !strings.Contains(e.Path, ".") {
			all = append(all, e.Path)
		}
	}
	return all
}

// members lists the names of the elements in an element.
func members(of fhir.Element) (all []string) {
	for _, e := range fhir.All() {
		dot := strings.LastIndexByte(e.Path, '.')
		if dot > 0 && (e.Path[:dot] == of.Path || slices.Contains(of.Types, e.Path[:dot])) {
			all = append(all, e.Path[dot+1:])
		}
	}
	return all
}

func fault(path, message string) *mapping.Error {
	return &mapping.Error{Kind: mapping.Invalid, Path: path, Message: message}
}
