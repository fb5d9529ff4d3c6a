package canonical

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// Param is one parameter of an operation as it came: in Parameters, or in a
// query, where it has a text and no node.
type Param struct {
	Name string
	Type string // of value[x]: Uri, Coding ...; resource; part; empty from a query
	Text string // of a primitive
	Doc  *tree.Doc
	Node tree.ID // the value, the resource or the parts
}

// Path is the place of the parameter in the body, empty from a query.
func (p Param) Path() string {
	if p.Doc == nil {
		return ""
	}
	return p.Doc.Path(p.Node)
}

// Params are the parameters in the order they came.
type Params []Param

// ReadParams reads the Parameters resource at n. What is ill-formed is refused where
// it stands: a value that is none of its type, a known parameter of another type, or
// given more often than it may be. A name that no operation knows is read like any
// other.
func ReadParams(d *tree.Doc, n tree.ID) (Params, error) {
	if kind := d.Child(n, "resourceType"); kind == tree.None || d.Kind(kind) != tree.String || d.Text(kind) != "Parameters" {
		return nil, faulty(d, n, mapping.Invalid, "expected a resource of type Parameters")
	}
	var all Params
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		var err error
		switch d.Key(m) {
		case "resourceType":
		case "id", "language":
			err = checkText(d, m)
		case "meta":
			err = checkObject(d, m)
		case "parameter":
			all, err = readList(d, m)
		default: // implicitRules too: they could change what all others mean
			err = faulty(d, m, mapping.NotSupported, "accepted in Parameters: resourceType, id, meta, language, parameter")
		}
		if err != nil {
			return nil, err
		}
	}
	return all, all.Sound()
}

// readList reads the array of parameters at n. Many senders write an empty one for
// none.
func readList(d *tree.Doc, n tree.ID) (all Params, err error) {
	if d.Kind(n) != tree.Array {
		return nil, faulty(d, n, mapping.Structure, "expected an array")
	}
	for e := d.First(n); e != tree.None; e = d.Next(e) {
		p, err := shape(d, e)
		if err == nil {
			err = checkValue(d, p)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// shape reads one parameter: its name and its one value, whatever that is.
func shape(d *tree.Doc, n tree.ID) (Param, error) {
	p := Param{Doc: d, Node: tree.None}
	if d.Kind(n) != tree.Object {
		return p, faulty(d, n, mapping.Structure, "expected an object with name and a value")
	}
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		key, err := d.Key(m), error(nil)
		value := strings.TrimPrefix(key, "value")
		switch {
		case key == "name":
			p.Name, err = d.Text(m), checkText(d, m)
		case key == "id":
			err = checkText(d, m)
		case key == "extension":
			err = checkExtensions(d, m)
		case key != "resource" && key != "part" && (value == key || value == "" || value[0] < 'A' || value[0] > 'Z'):
			err = faulty(d, m, mapping.NotSupported, "accepted in a parameter: name, value[x], resource, part")
		case p.Node != tree.None:
			err = faulty(d, n, mapping.Invalid, "has more than one of value[x], resource and part")
		default:
			p.Type, p.Node = value, m
			if k := d.Kind(m); k == tree.String {
				p.Text = d.Text(m)
			} else if !k.Container() {
				p.Text = d.Raw(m)
			}
		}
		if err != nil {
			return p, err
		}
	}
	switch {
	case p.Name == "":
		return p, &mapping.Error{Kind: mapping.Required, Path: d.Path(n) + ".name", Message: "required"}
	case p.Node == tree.None:
		return p, faulty(d, n, mapping.Required, "a value, a resource or parts: one is required")
	}
	return p, nil
}

// Find returns the first parameter of a name.
func (p Params) Find(name string) (Param, bool) {
	for _, q := range p {
		if q.Name == name {
			return q, true
		}
	}
	return Param{}, false
}

// Text returns the text of the first parameter of a name, or none.
func (p Params) Text(name string) string {
	q, _ := p.Find(name)
	return q.Text
}

// All returns the texts of every parameter of a name.
func (p Params) All(name string) (all []string) {
	for _, q := range p {
		if q.Name == name && q.Text != "" {
			all = append(all, q.Text)
		}
	}
	return all
}

// Bool reads a parameter that is true or false; given is false where it is not
// there.
func (p Params) Bool(name string) (value, given bool, err error) {
	q, ok := p.Find(name)
	if !ok {
		return false, false, nil
	}
	switch q.Text {
	case "true", "false":
		return q.Text == "true", true, nil
	}
	return false, true, p.bad(name, mapping.Value, "accepted: true, false")
}

// bad refuses a parameter by its name.
func (p Params) bad(name string, kind mapping.Kind, message string) error {
	return &mapping.Error{Kind: kind, Path: name, Message: message}
}

// unserved are parameters of FHIR R4 that no operation here can answer by.
var unserved = []string{"date", "context", "contextDirection"}

// Check refuses a parameter that is neither accepted nor Common, or is one of those
// Common ones that this operation has no use for, naming it.
func (p Params) Check(accepted []string, without ...string) error {
	for _, q := range p {
		common := slices.Contains(Common, q.Name) && !slices.Contains(without, q.Name)
		switch {
		case slices.Contains(unserved, q.Name):
			return p.bad(q.Name, mapping.NotSupported, "not supported; code systems and value sets are named by url, with their version, or sent along")
		case !slices.Contains(accepted, q.Name) && !common && q.Name != AcceptLanguage:
			others := slices.DeleteFunc(slices.Clone(Common), func(name string) bool { return slices.Contains(without, name) })
			all := append(slices.Clone(accepted), others...)
			return &mapping.Error{Kind: mapping.NotSupported, Path: q.Name, Message: "unknown parameter; accepted: " + strings.Join(all, ", ") + mapping.Meant(q.Name, all)}
		}
	}
	return nil
}

// Resource parses the resource that a parameter holds.
func (p Params) Resource(name string) (Resource, bool, error) {
	q, ok := p.Find(name)
	if !ok {
		return Resource{}, false, nil
	}
	if q.Type != "resource" {
		return Resource{}, true, p.bad(name, mapping.Invalid, "expected a resource")
	}
	r, err := Parse(q.Doc, q.Node)
	return r, true, err
}

// Overlaid returns a registry in which the resources sent along as tx-resource
// go before those of r. Resources of other types are of no use here and are
// left out; a sender often sends all that he has.
func (p Params) Overlaid(r *Registry) (*Registry, error) {
	var sent []Resource
	for _, q := range p {
		if q.Name != "tx-resource" {
			continue
		}
		if q.Type != "resource" {
			return nil, p.bad(q.Name, mapping.Invalid, "expected a resource")
		}
		switch q.Doc.Text(q.Doc.Child(q.Node, "resourceType")) {
		case "CodeSystem", "ValueSet", "ConceptMap":
			res, err := Parse(q.Doc, q.Node)
			if err != nil {
				return nil, err
			}
			sent = lastWins(sent, res)
		}
	}
	if len(sent) == 0 {
		return r, nil
	}
	return r.Overlay(sent...)
}

// lastWins adds a resource in place of one with the same type and canonical: a
// request often names one twice, and means one. Of concept maps both answer.
func lastWins(list []Resource, r Resource) []Resource {
	h := r.Header()
	for i, old := range list {
		if o := old.Header(); r.ConceptMap == nil && o.Type == h.Type && o.URL == h.URL && o.Version == h.Version {
			list[i] = r
			return list
		}
	}
	return append(list, r)
}

// coding reads a Coding.
func readCoding(d *tree.Doc, n tree.ID) mapping.Coding {
	text := func(name string) string { return d.Text(d.Child(n, name)) }
	return mapping.Coding{System: text("system"), Version: text("version"), Code: text("code"), Display: text("display")}
}

// Single leaves one of several resources with the same canonical: the last, as
// lastWins does.
func Single(all []Resource) (list []Resource) {
	for _, r := range all {
		list = lastWins(list, r)
	}
	return list
}
