package api

import (
	"strconv"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// parameter is one parameter of the Parameters resource that an operation
// answers with (http://hl7.org/fhir/R4/parameters.html).
//
// It is written by hand. fhir.ParametersParameter has one pointer for every
// data type of FHIR, some 60, and reflection visits them all for every part of
// every match: nine times the work by BenchmarkModelParameters, more than the
// whole budget of a request.
type parameter struct {
	name   string
	value  string // a member of the JSON object, ready to be written
	member string // else the name of a member, as written
	text   string // and its value, a string
	parts  []parameter
}

func boolean(name string, v bool) parameter {
	return parameter{name: name, value: `"valueBoolean":` + strconv.FormatBool(v)}
}

func str(name, v string) parameter {
	return parameter{name: name, member: `"valueString":`, text: v}
}

func code(name, v string) parameter {
	return parameter{name: name, member: `"valueCode":`, text: v}
}

func uri(name, v string) parameter {
	return parameter{name: name, member: `"valueUri":`, text: v}
}

func coding(name string, c mapping.Coding) parameter {
	v := `"valueCoding":{`
	if c.System != "" {
		v += `"system":` + tree.Quote(c.System) + `,`
	}
	if c.Version != "" {
		v += `"version":` + tree.Quote(c.Version) + `,`
	}
	v += `"code":` + tree.Quote(c.Code)
	if c.Display != "" {
		v += `,"display":` + tree.Quote(c.Display)
	}
	return parameter{name: name, value: v + "}"}
}

func group(name string, parts ...parameter) parameter { return parameter{name: name, parts: parts} }

// parameters writes a Parameters resource.
func parameters(list []parameter) []byte {
	b := append(make([]byte, 0, 2048), `{"resourceType":"Parameters","parameter":`...)
	b = appendParameters(b, list)
	return append(b, '}')
}

func appendParameters(b []byte, list []parameter) []byte {
	b = append(b, '[')
	for i, p := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":"`...)
		b = append(b, p.name...) // ours, and plain
		b = append(b, '"')
		switch {
		case p.value != "":
			b = append(b, ',')
			b = append(b, p.value...)
		case p.member != "":
			b = append(b, ',')
			b = append(b, p.member...)
			b = tree.AppendQuote(b, p.text)
		}
		if p.parts != nil {
			b = append(b, `,"part":`...)
			b = appendParameters(b, p.parts)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}
