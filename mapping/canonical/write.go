package canonical

import (
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

func quote(s string) string { return tree.Quote(s) }

// In FHIR R4 an expansion has its properties in these extensions.
const (
	expansionProperty = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.property"
	containsProperty  = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property"
)

// Append writes the expansion as a ValueSet. Identifier and timestamp are the
// caller's: nothing here knows the time.
func (e *Expansion) Append(b []byte, identifier, timestamp string) []byte {
	v := e.ValueSet
	b = append(b, `{"resourceType":"ValueSet"`...)
	text := func(name, value string) {
		if value != "" {
			b = append(append(append(b, `,"`...), name...), `":`...)
			b = tree.AppendQuote(b, value)
		}
	}
	text("id", v.ID)
	text("language", v.Language)
	b = appendExtensions(b, slices.DeleteFunc(slices.Clone(v.Extensions), func(x Extension) bool { return x.URL == standardsStatus }), "")
	text("url", v.URL)
	text("version", v.Version)
	text("name", v.Name)
	text("title", v.Title)
	status := v.Status
	if status == "" {
		status = "unknown"
	}
	text("status", status)
	if strings.Contains(v.Text, `"experimental":`) {
		b = append(b, `,"experimental":`+strconv.FormatBool(v.Experimental)...)
	}
	text("date", v.Date)
	b = append(b, `,"expansion":{`...)
	var more []string
	if e.Unclosed != "" {
		more = append(more, `{"url":"`+structure+`valueset-unclosed","valueBoolean":true}`,
			`{"url":"`+structure+`valueset-unclosed-reason","valueString":`+quote(e.Unclosed)+`}`)
	}
	for _, p := range e.Properties {
		x := `{"url":"` + expansionProperty + `","extension":[{"url":"code","valueCode":` + quote(p.Code) + `}`
		if p.URI != "" {
			x += `,{"url":"uri","valueUri":` + quote(p.URI) + `}`
		}
		more = append(more, x+"]}")
	}
	if len(more) > 0 {
		b = append(b, `"extension":[`+strings.Join(more, ",")+`],`...)
	}
	b = append(b, `"identifier":`+quote(identifier)+`,"timestamp":`+quote(timestamp)+`,"total":`+strconv.Itoa(e.Total)...)
	if e.Paged {
		b = append(b, `,"offset":`+strconv.Itoa(e.Offset)...)
	}
	for i, p := range e.Parameters {
		b = append(b, separator(i, `,"parameter":[`)...)
		b = append(b, `{"name":"`+p.Name+`","value`+p.Type+`":`+p.Value+`}`...)
	}
	if len(e.Parameters) > 0 {
		b = append(b, ']')
	}
	b = appendContains(b, e.Contains)
	return append(b, "}}"...)
}

// separator opens a list before its first item and parts the others.
func separator(i int, open string) string {
	if i == 0 {
		return open
	}
	return ","
}

func appendContains(b []byte, list []*Contains) []byte {
	for i, c := range list {
		b = append(b, separator(i, `,"contains":[`)...)
		b = append(b, '{')
		b = appendProperties(b, c)
		b = tree.AppendQuote(append(b, `"system":`...), c.System)
		if c.Abstract {
			b = append(b, `,"abstract":true`...)
		}
		if c.Inactive {
			b = append(b, `,"inactive":true`...)
		}
		if c.Version != "" {
			b = tree.AppendQuote(append(b, `,"version":`...), c.Version)
		}
		b = tree.AppendQuote(append(b, `,"code":`...), c.Code)
		if c.Display != "" {
			b = tree.AppendQuote(append(b, `,"display":`...), c.Display)
		}
		for j, d := range c.Designations {
			b = append(b, separator(j, `,"designation":[`)...)
			b = appendDesignation(b, d)
		}
		if len(c.Designations) > 0 {
			b = append(b, ']')
		}
		b = appendContains(b, c.Contains)
		b = append(b, '}')
	}
	if len(list) > 0 {
		b = append(b, ']')
	}
	return b
}

// appendProperties writes the extensions of one concept, its properties among
// them.
func appendProperties(b []byte, c *Contains) []byte {
	if len(c.Extensions)+len(c.Properties) == 0 {
		return b
	}
	b = append(b, `"extension":[`...)
	for i, x := range c.Extensions {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, x.Raw...)
	}
	for i, p := range c.Properties {
		if i+len(c.Extensions) > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"url":"`+containsProperty+`","extension":[{"url":"code","valueCode":`+quote(p.Code)+`},{"url":"value","`+p.Name+`":`+p.Value+`}]}`...)
	}
	return append(b, "],"...)
}

func appendExtensions(b []byte, list []Extension, after string) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, `,"extension":`...)
	for i, x := range list {
		b = append(b, separator(i, "[")...)
		b = append(b, x.Raw...)
	}
	return append(b, "]"+after...)
}

func appendDesignation(b []byte, d Designation) []byte {
	b = append(b, '{')
	if len(d.Extensions) > 0 {
		b = append(b, appendExtensions(nil, d.Extensions, ",")[1:]...)
	}
	if d.Language != "" {
		b = append(tree.AppendQuote(append(b, `"language":`...), d.Language), ',')
	}
	if d.Use.Code != "" {
		b = append(append(append(b, `"use":`...), codingJSON(d.Use)...), ',')
	}
	return append(tree.AppendQuote(append(b, `"value":`...), d.Value), '}')
}

// codingJSON writes a Coding.
func codingJSON(c mapping.Coding) string {
	var parts []string
	for _, m := range [][2]string{{"system", c.System}, {"version", c.Version}, {"code", c.Code}, {"display", c.Display}} {
		if m[1] != "" {
			parts = append(parts, `"`+m[0]+`":`+quote(m[1]))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}
