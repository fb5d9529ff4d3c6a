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

// ReadParams reads the Parameters resource at n.
func ReadParams(d *tree.Doc, n tree.ID) (Params, error) {
	if d.Text(d.Child(n, "resourceType")) != "Parameters" {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: d.Path(n), Message: "expected a resource of type Parameters"}
	}
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		switch d.Key(m) {
		case "resourceType", "id", "meta", "language", "implicitRules":
		case "parameter":
			if d.Kind(m) != tree.Array {
				return nil, &mapping.Error{Kind: mapping.Structure, Path: d.Path(m), Message: "expected an array"}
			}
		default:
			return nil, &mapping.Error{Kind: mapping.NotSupported, Path: d.Path(m), Message: "accepted in Parameters: resourceType, id, meta, language, parameter"}
		}
	}
	var all Params
	list := d.Child(n, "parameter")
	if list == tree.None {
		return nil, nil
	}
	for e := d.First(list); e != tree.None; e = d.Next(e) {
		p, err := readParam(d, e)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func readParam(d *tree.Doc, n tree.ID) (Param, error) {
	p := Param{Name: d.Text(d.Child(n, "name")), Doc: d, Node: tree.None}
	if p.Name == "" {
		return p, &mapping.Error{Kind: mapping.Required, Path: d.Path(n) + ".name", Message: "required"}
	}
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		key := d.Key(m)
		switch {
		case key == "name" || key == "id" || key == "extension":
			continue
		case p.Node != tree.None:
			return p, &mapping.Error{Kind: mapping.Invalid, Path: d.Path(n), Message: "has more than one of value[x], resource and part"}
		case key == "resource", key == "part":
			p.Type, p.Node = key, m
		case strings.HasPrefix(key, "value"):
			p.Type, p.Node = key[len("value"):], m
			if k := d.Kind(m); k == tree.String {
				p.Text = d.Text(m)
			} else if !k.Container() {
				p.Text = d.Raw(m)
			}
		default:
			return p, &mapping.Error{Kind: mapping.NotSupported, Path: d.Path(m), Message: "accepted in a parameter: name, value[x], resource, part"}
		}
	}
	if p.Node == tree.None {
		return p, &mapping.Error{Kind: mapping.Required, Path: d.Path(n), Message: "a value, a resource or parts: one is required"}
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

// Check refuses a parameter that is neither accepted nor Common, naming it.
func (p Params) Check(accepted []string) error {
	for _, q := range p {
		if !slices.Contains(accepted, q.Name) && !slices.Contains(Common, q.Name) && q.Name != AcceptLanguage {
			all := strings.Join(append(slices.Clone(accepted), Common...), ", ")
			return &mapping.Error{Kind: mapping.NotSupported, Path: q.Name, Message: "unknown parameter; accepted: " + all}
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
