// Package plain reads the plain JSON form of the documents (schemas/): strictly
// parsed, checked against the JSON Schema of the document, and refused with
// every fault at its place, in Danish and in English.
package plain

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tolk/mapping"
	"tolk/mapping/tree"
	"tolk/schemas"
)

// Validator checks documents of the form. It may be shared by any number of
// goroutines.
type Validator struct {
	// read compiles the schemas for the first document of the form that comes: a
	// start is not the time for it. They are in the binary, so one that does not
	// compile is a broken build, and a panic.
	read    func() ready
	targets map[string]bool // the codes of FFB's target groups
}

// ready is the schemas, compiled.
type ready struct {
	schemas map[string]*jsonschema.Schema // by document
	notes   map[string]note               // by the location of a schema
}

// note is what a schema says beside what it demands: the names of its
// properties, and the words for a rule of ours.
type note struct {
	properties []string
	danish     string
	english    string
}

// New makes a validator.
func New() (*Validator, error) {
	targets, err := targetGroups()
	if err != nil {
		return nil, err
	}
	return &Validator{read: sync.OnceValue(compile), targets: targets}, nil
}

// compile reads the schemas.
func compile() ready {
	all := ready{schemas: map[string]*jsonschema.Schema{}, notes: map[string]note{}}
	c := jsonschema.NewCompiler()
	c.UseLoader(nowhere{})
	c.AssertFormat()
	for _, f := range formats {
		c.RegisterFormat(f)
	}
	for _, name := range schemas.Documents() {
		text, err := schemas.FS.ReadFile(name + ".schema.json")
		if err != nil {
			panic(fault(name, err))
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		if err != nil {
			panic(fault(name, err))
		}
		if err := c.AddResource(schemas.ID(name), doc); err != nil {
			panic(fault(name, err))
		}
		all.annotate(schemas.ID(name)+"#", doc)
	}
	for _, name := range schemas.Documents() {
		all.schemas[name] = c.MustCompile(schemas.ID(name))
	}
	return all
}

// targetGroups are the codes below FFB's concept Målgruppe.
func targetGroups() (map[string]bool, error) {
	rows, err := table("ffb.csv")
	if err != nil {
		return nil, err
	}
	groups := map[string]bool{"cda90d67-f65a-4a34-b8d8-168ee9ff0949": true}
	for more := true; more; {
		more = false
		for _, row := range rows {
			if groups[row["parent"]] && !groups[row["code"]] {
				groups[row["code"]], more = true, true
			}
		}
	}
	return groups, nil
}

func fault(name string, err error) error {
	return &mapping.Error{Kind: mapping.Exception, Path: name + ".schema.json", Message: "the schema does not compile", Err: err}
}

// nowhere loads nothing: the schemas are whole in themselves.
type nowhere struct{}

func (nowhere) Load(url string) (any, error) {
	return nil, &mapping.Error{Kind: mapping.NotFound, Path: url, Message: "no schema is loaded from outside"}
}

// annotate notes the property names and the words of every schema below node.
func (v ready) annotate(at string, node any) {
	switch node := node.(type) {
	case map[string]any:
		var n note
		if properties, ok := node["properties"].(map[string]any); ok {
			for name := range properties {
				n.properties = append(n.properties, name)
			}
			slices.Sort(n.properties)
		}
		if words, ok := node["x-fejl"].(map[string]any); ok {
			n.danish, _ = words["da"].(string)
			n.english, _ = words["en"].(string)
		}
		if n.properties != nil || n.danish != "" {
			v.notes[at] = n
		}
		for key, child := range node {
			v.annotate(at+"/"+key, child)
		}
	case []any:
		for i, child := range node {
			v.annotate(at+"/"+index(i), child)
		}
	}
}

// Recognise returns which document of the plain form d is, empty if it is none.
func Recognise(d *tree.Doc) string {
	name := d.Text(d.Child(d.Root(), "dokument"))
	if slices.Contains(schemas.Documents(), name) {
		return name
	}
	return ""
}

// Read parses a plain document and validates it. The error is Faults, all of
// them in the order of the document, at most 50.
func (v *Validator) Read(text string, limits tree.Limits) (*tree.Doc, error) {
	d, err := tree.Parse(text, limits)
	if err != nil {
		return nil, Syntax(text, err)
	}
	if faults := v.Validate(d); len(faults) > 0 {
		return nil, faults
	}
	return d, nil
}

// maxNodes bounds a plain document: every node may be wrong, and what is wrong is
// costlier than what is right. A health check with 40 drugs has 4,000.
const maxNodes = 100_000

// Validate checks a parsed document against the schema it names.
func (v *Validator) Validate(d *tree.Doc) Faults {
	if d.Len() > maxNodes {
		return Faults{{Kind: mapping.TooLong, Path: d.Path(d.Root()),
			Danish:  "dokumentet har for mange felter; forventet højst " + strconv.Itoa(maxNodes),
			English: "the document has too many fields; expected at most " + strconv.Itoa(maxNodes)}}
	}
	name := Recognise(d)
	if name == "" {
		return Faults{unrecognised(d)}
	}
	c := converter{doc: d}
	value := c.value(d.Root())
	if len(c.faults) > 0 {
		return c.faults
	}
	err := v.read().schemas[name].Validate(value)
	if err == nil {
		return nil
	}
	r := reporter{v: v, doc: d, elements: map[tree.ID][]tree.ID{}}
	r.report(err.(*jsonschema.ValidationError))
	return r.result()
}

// converter makes of the tree what the validator reads. Numbers stay text.
type converter struct {
	doc    *tree.Doc
	faults Faults
}

func (c *converter) value(n tree.ID) any {
	switch c.doc.Kind(n) {
	case tree.Bool:
		return c.doc.Raw(n) == "true"
	case tree.Number:
		raw := c.doc.Raw(n)
		if !bounded(raw) {
			if len(c.faults) < most {
				c.faults = append(c.faults, Fault{Kind: mapping.TooLong, Path: c.doc.Path(n), node: n,
					Danish:  "tallet er for langt; forventet højst 40 tegn og en eksponent fra -99 til 99",
					English: "the number is too long; expected at most 40 characters and an exponent from -99 to 99"})
			}
		}
		return json.Number(raw)
	case tree.String:
		return c.doc.Text(n)
	case tree.Object:
		object := make(map[string]any, 8)
		for m := c.doc.First(n); m != tree.None; m = c.doc.Next(m) {
			object[c.doc.Key(m)] = c.value(m)
		}
		return object
	case tree.Array:
		array := make([]any, 0, 4)
		for e := c.doc.First(n); e != tree.None; e = c.doc.Next(e) {
			array = append(array, c.value(e))
		}
		return array
	}
	return nil
}

// bounded reports whether a JSON number may be computed with: 1e999999999 is
// ten characters, and a gigabyte as a rational.
func bounded(raw string) bool {
	if len(raw) > 40 {
		return false
	}
	_, exponent, _ := strings.Cut(strings.ToLower(raw), "e")
	return len(strings.TrimLeft(strings.TrimLeft(exponent, "+-"), "0")) <= 2
}
