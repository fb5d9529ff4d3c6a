package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"tolk/mapping"
	"tolk/schemas"
)

// apiPage is what /reference/api shows: the OpenAPI document that is published, in
// its own words.
type apiPage struct {
	Title, Version, Description string
	Security                    []apiScheme
	Groups                      []apiGroup
	Schemas                     []apiSchema
}

// Text is the description, laid out.
func (p apiPage) Text() []textBlock { return textBlocks(p.Description) }

// Text is the description, laid out.
func (o apiOperation) Text() []textBlock { return textBlocks(o.Description) }

// ID is the group's anchor.
func (g apiGroup) ID() string { return ruleAnchor("group", g.Name) }

// apiGroup is the operations of one tag.
type apiGroup struct {
	Name, Description string
	Operations        []apiOperation
}

// apiOperation is one method of one path.
type apiOperation struct {
	Method, Path, Summary, Description string
	Open                               bool     // no access token is needed
	Scopes                             []string // one of them is, otherwise
	Parameters                         []apiParameter
	Body                               []apiContent
	BodyText                           string
	Answers                            []apiAnswer
}

// ID is the operation's anchor: post-v1-translate.
func (o apiOperation) ID() string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(o.Method+" "+o.Path), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	}), "-")
}

// apiParameter is a parameter, or a header of an answer.
type apiParameter struct {
	Name, In, Type, Description, Example string
	Required                             bool
	Values                               []string
}

// apiContent is a body of one content type.
type apiContent struct {
	Type, Schema string
	Examples     []apiExample
}

// apiExample is an example, as it is sent.
type apiExample struct{ Name, Text string }

// apiAnswer is an answer of one status.
type apiAnswer struct {
	Status, Description string
	Headers             []apiParameter
	Content             []apiContent
}

// apiScheme is a way to say who calls.
type apiScheme struct{ Name, Type, Description string }

// apiSchema is a schema that others refer to.
type apiSchema struct {
	Name, Type, Description string
	Properties              []apiParameter
}

// ID is the schema's anchor.
func (s apiSchema) ID() string { return "schema-" + s.Name }

// referenceAPI answers GET /reference/api.
func referenceAPI(v *view) error {
	type of struct{}
	read := keep(v.site, v.content, of{}, func() func() (*apiPage, error) {
		page, err := readAPI(schemas.OpenAPI)
		return func() (*apiPage, error) { return page, err }
	})
	page, err := read()
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "referenceapi", page)
}

// Spans are the description.
func (p apiParameter) Spans() []textSpan { return textSpans(p.Description) }

// Spans are the description.
func (a apiAnswer) Spans() []textSpan { return textSpans(a.Description) }

// Spans are the description.
func (s apiScheme) Spans() []textSpan { return textSpans(s.Description) }

// Spans are the description.
func (s apiSchema) Spans() []textSpan { return textSpans(s.Description) }

// Spans are the description.
func (g apiGroup) Spans() []textSpan { return textSpans(g.Description) }

// BodySpans are the description of the body.
func (o apiOperation) BodySpans() []textSpan { return textSpans(o.BodyText) }

// readAPI reads an OpenAPI document.
func readAPI(text []byte) (*apiPage, error) {
	var root yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text, &root, yaml.UseOrderedMap()); err != nil {
		return nil, &mapping.Error{Kind: mapping.Exception, Path: "openapi.yaml", Message: "it cannot be read", Err: err}
	}
	d := apiDocument{root}
	info := d.member(root, "info")
	page := &apiPage{Title: d.text(info, "title"), Version: d.text(info, "version"), Description: d.text(info, "description")}
	for _, m := range d.members(root, "components", "securitySchemes") {
		page.Security = append(page.Security, apiScheme{apiName(m), d.text(m.Value, "type"), d.text(m.Value, "description")})
	}
	d.groups(page)
	for _, m := range d.members(root, "components", "schemas") {
		s := apiSchema{Name: apiName(m), Type: d.typed(m.Value), Description: d.text(m.Value, "description"), Properties: d.properties(m.Value)}
		page.Schemas = append(page.Schemas, s)
	}
	return page, nil
}

// apiDocument finds its way in an OpenAPI document.
type apiDocument struct{ root yaml.MapSlice }

var apiMethods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// groups reads the operations, by tag in the order of the tags.
func (d apiDocument) groups(page *apiPage) {
	at := map[string]int{}
	group := func(name string) *apiGroup {
		i, ok := at[name]
		if !ok {
			i = len(page.Groups)
			at[name] = i
			page.Groups = append(page.Groups, apiGroup{Name: name})
		}
		return &page.Groups[i]
	}
	for _, t := range d.list(d.root, "tags") {
		group(d.text(t, "name")).Description = d.text(t, "description")
	}
	for _, p := range d.members(d.root, "paths") {
		item := d.resolve(p.Value)
		for _, m := range d.members(item) {
			if !slices.Contains(apiMethods, apiName(m)) {
				continue
			}
			o := d.operation(apiName(p), apiName(m), item, m.Value)
			tag := ""
			if tags := d.list(m.Value, "tags"); len(tags) > 0 {
				tag = fmt.Sprint(tags[0])
			}
			g := group(tag)
			g.Operations = append(g.Operations, o)
		}
	}
	page.Groups = slices.DeleteFunc(page.Groups, func(g apiGroup) bool { return len(g.Operations) == 0 })
}

func (d apiDocument) operation(path, method string, item, n any) apiOperation {
	o := apiOperation{Method: strings.ToUpper(method), Path: path, Summary: d.text(n, "summary"), Description: d.text(n, "description")}
	if own := d.member(n, "security"); own != nil {
		o.Open = true
		for _, one := range d.list(n, "security") {
			for _, scheme := range d.members(one) {
				o.Open = false
				scopes, _ := scheme.Value.([]any)
				for _, scope := range scopes {
					if text := fmt.Sprint(scope); !slices.Contains(o.Scopes, text) {
						o.Scopes = append(o.Scopes, text)
					}
				}
			}
		}
	} else {
		o.Open = d.member(d.root, "security") == nil
	}
	for _, p := range slices.Concat(d.list(item, "parameters"), d.list(n, "parameters")) {
		p = d.resolve(p)
		one := d.parameter(d.text(p, "name"), p)
		one.In = d.text(p, "in")
		o.Parameters = append(o.Parameters, one)
	}
	body := d.resolve(d.member(n, "requestBody"))
	o.Body, o.BodyText = d.contents(body), d.text(body, "description")
	for _, r := range d.members(n, "responses") {
		answer := d.resolve(r.Value)
		a := apiAnswer{Status: apiName(r), Description: d.text(answer, "description"), Content: d.contents(answer)}
		for _, h := range d.members(answer, "headers") {
			a.Headers = append(a.Headers, d.parameter(apiName(h), d.resolve(h.Value)))
		}
		o.Answers = append(o.Answers, a)
	}
	return o
}

// parameter reads a parameter, a header or a property of a schema.
func (d apiDocument) parameter(name string, n any) apiParameter {
	schema := d.member(n, "schema")
	if schema == nil {
		schema = n
	}
	p := apiParameter{Name: name, Type: d.typed(schema), Description: d.text(n, "description"), Required: d.text(n, "required") == "true"}
	whole := d.resolve(schema)
	if p.Description == "" {
		p.Description = d.text(whole, "description")
	}
	for _, v := range d.list(whole, "enum") {
		p.Values = append(p.Values, fmt.Sprint(v))
	}
	for _, from := range []any{n, whole} {
		if e := d.member(from, "example"); e != nil && p.Example == "" {
			p.Example = apiValue(e)
		}
		for _, e := range d.list(from, "examples") {
			if p.Example == "" {
				p.Example = apiValue(e)
			}
		}
		for _, e := range d.members(from, "examples") {
			if p.Example == "" {
				p.Example = apiValue(d.member(d.resolve(e.Value), "value"))
			}
		}
	}
	return p
}

// contents reads bodies by their content type.
func (d apiDocument) contents(n any) (all []apiContent) {
	for _, c := range d.members(n, "content") {
		one := apiContent{Type: apiName(c), Schema: d.typed(d.member(c.Value, "schema"))}
		if e := d.member(c.Value, "example"); e != nil {
			one.Examples = append(one.Examples, apiExample{Text: apiShown(e)})
		}
		for _, e := range d.members(c.Value, "examples") {
			e.Value = d.resolve(e.Value)
			told := d.text(e.Value, "summary")
			if told == "" {
				told = apiName(e)
			}
			if value := d.member(e.Value, "value"); value != nil {
				one.Examples = append(one.Examples, apiExample{told, apiShown(value)})
			}
		}
		all = append(all, one)
	}
	return all
}

// properties lists the members of an object's schema.
func (d apiDocument) properties(n any) (all []apiParameter) {
	var required []string
	for _, r := range d.list(n, "required") {
		required = append(required, fmt.Sprint(r))
	}
	for _, m := range d.members(n, "properties") {
		p := d.parameter(apiName(m), m.Value)
		p.Required = slices.Contains(required, p.Name)
		all = append(all, p)
	}
	return all
}

// typed tells what a schema takes: the name of the one it refers to, or its type.
func (d apiDocument) typed(n any) string {
	if ref := d.text(n, "$ref"); ref != "" {
		return ref[strings.LastIndexByte(ref, '/')+1:]
	}
	for _, several := range []string{"oneOf", "anyOf", "allOf"} {
		var names []string
		for _, one := range d.list(n, several) {
			names = append(names, d.typed(one))
		}
		if len(names) > 0 {
			return strings.Join(names, " | ")
		}
	}
	kind := d.text(n, "type")
	if kinds := d.list(n, "type"); len(kinds) > 0 {
		var names []string
		for _, k := range kinds {
			names = append(names, fmt.Sprint(k))
		}
		kind = strings.Join(names, " | ")
	}
	if kind == "array" {
		return d.typed(d.member(n, "items")) + "[]"
	}
	if format := d.text(n, "format"); format != "" {
		return kind + " (" + format + ")"
	}
	return kind
}

// resolve follows a $ref inside the document.
func (d apiDocument) resolve(n any) any {
	for range 8 { // a document that refers in a circle is not worth more
		ref := d.text(n, "$ref")
		path, ok := strings.CutPrefix(ref, "#/")
		if !ok {
			return n
		}
		n = any(d.root)
		for part := range strings.SplitSeq(path, "/") {
			n = d.member(n, strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
		}
	}
	return n
}

// member is the value of a name in an object, nil for none.
func (d apiDocument) member(n any, key string) any {
	object, _ := n.(yaml.MapSlice)
	for _, m := range object {
		if apiName(m) == key {
			return m.Value
		}
	}
	return nil
}

// members lists what stands in an object, or in the one at a path in it.
func (d apiDocument) members(n any, path ...string) yaml.MapSlice {
	for _, key := range path {
		n = d.member(n, key)
	}
	object, _ := n.(yaml.MapSlice)
	return object
}

func (d apiDocument) list(n any, key string) []any {
	list, _ := d.member(n, key).([]any)
	return list
}

// text is a scalar as it is written.
func (d apiDocument) text(n any, key string) string {
	switch value := d.member(n, key).(type) {
	case nil, yaml.MapSlice, []any:
		return ""
	default:
		return strings.TrimSpace(fmt.Sprint(value))
	}
}

func apiName(m yaml.MapItem) string { return fmt.Sprint(m.Key) }

// apiValue is an example of a parameter, which is written with commas where it is
// several.
func apiValue(value any) string {
	several, ok := value.([]any)
	if !ok {
		return apiShown(value)
	}
	var all []string
	for _, one := range several {
		all = append(all, apiShown(one))
	}
	return strings.Join(all, ",")
}

// apiShown is an example as it is sent: a text as it is, anything else as JSON.
func apiShown(value any) string {
	if text, ok := value.(string); ok {
		return strings.TrimRight(text, "\n")
	}
	text, err := yaml.MarshalWithOptions(value, yaml.JSON())
	if err != nil {
		return fmt.Sprint(value)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(text), "", "  "); err != nil {
		return strings.TrimSpace(string(text))
	}
	return b.String()
}
