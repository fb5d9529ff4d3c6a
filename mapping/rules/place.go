package rules

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"tolk/mapping"
)

// Place tells where in a YAML file the value at a path ($.demands[3].path)
// stands, as file:line:column. Where nothing stands there, it is the place of
// the nearest value around it.
func Place(fsys fs.FS, name, path string) string {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return name
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return name
	}
	for path != "$" && path != "" {
		if p, err := yaml.PathString(path); err == nil {
			if node, err := p.FilterFile(file); err == nil && node != nil {
				at := node.GetToken().Position
				return fmt.Sprintf("%s:%d:%d", name, at.Line, at.Column)
			}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return name + ":1:1"
}

// undecoded is the error of a file that does not decode into a value, with the
// place in the file as its path.
func undecoded(name string, text []byte, err error, into any) *mapping.Error {
	found := &mapping.Error{Kind: mapping.Invalid, Path: name, Message: firstLine(yaml.FormatError(err, false, false))}
	var place yaml.Error
	if !errors.As(err, &place) || place.GetToken() == nil {
		return found
	}
	at := place.GetToken().Position
	found.Path, found.Message = fmt.Sprintf("%s:%d:%d", name, at.Line, at.Column), plainly(firstLine(place.GetMessage()))
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		found.Message += instead(place.GetToken(), text, reflect.TypeOf(into))
	}
	return found
}

// plainly says in words of ours which bracket or quote is not closed.
func plainly(message string) string {
	if words, ok := unclosed[message]; ok {
		return words
	}
	return message
}

var unclosed = map[string]string{
	"',' or '}' must be specified":                       "a { above is not closed; expected , or } before this",
	"',' or ']' must be specified":                       "a [ above is not closed; expected , or ] before this",
	"could not find flow mapping end token '}'":          "a { is not closed; expected }",
	"could not find flow sequence end token ']'":         "a [ is not closed; expected ]",
	"could not find end character of double-quoted text": `the " that opens here is not closed`,
	"could not find end character of single-quoted text": "the ' that opens here is not closed",
	"could not find end character of single quoted text": "the ' that opens here is not closed",
}

// instead says what was probably meant by a field that is none; where no name is near,
// which there are at its place.
func instead(at *token.Token, text []byte, into reflect.Type) string {
	known := keys(into, nil)
	near := mapping.Nearest(at.Value, known)
	here := beside(at, text, into)
	// Of short words nearly all are near: a guess must begin alike.
	if near != "" && (len(at.Value) > 4 || near[0] == at.Value[0]) || len(here) == 0 {
		return mapping.Meant(at.Value, known)
	}
	return "; expected " + strings.Join(here, ", ")
}

// beside lists the fields of what an unknown one stands in.
func beside(at *token.Token, text []byte, into reflect.Type) []string {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil
	}
	f := keyFinder{at: at.Position.Offset}
	for _, doc := range file.Docs {
		ast.Walk(&f, doc)
	}
	t := element(into)
	steps := strings.FieldsFunc(strings.TrimPrefix(f.path, "$"), func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	for _, step := range steps[:max(len(steps)-1, 0)] {
		if field, ok := fieldNamed(t, step); ok {
			t = element(field.Type)
		} else if t.Kind() == reflect.Struct && strings.Trim(step, "0123456789") != "" {
			return nil
		}
	}
	if f.path == "" || t.Kind() != reflect.Struct {
		return nil
	}
	return own(t)
}

// keyFinder finds the path of the key that stands at a place.
type keyFinder struct {
	at   int
	path string
}

func (f *keyFinder) Visit(n ast.Node) ast.Visitor {
	if v, ok := n.(*ast.MappingValueNode); ok && v.Key.GetToken().Position.Offset == f.at {
		f.path = v.Key.GetPath()
	}
	return f
}

// element is what a list, a map or a pointer is of.
func element(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

// fieldNamed finds the field of a struct by its name in YAML.
func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	if t.Kind() != reflect.Struct {
		return reflect.StructField{}, false
	}
	for i := range t.NumField() {
		if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); tag == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// own lists the names of a struct's own fields in YAML, with those of the structs that
// are written in line with them.
func own(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		name, more, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		switch {
		case name != "" && name != "-":
			names = append(names, name)
		case more == "inline":
			names = append(names, own(element(t.Field(i).Type))...)
		}
	}
	return names
}

// keys lists the names that a type has for its fields in YAML, with those of the
// types in it.
func keys(t reflect.Type, seen []reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || slices.Contains(seen, t) {
		return nil
	}
	seen = append(seen, t)
	var all []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			all = append(all, name)
		}
		if f.IsExported() && name != "-" {
			all = append(all, keys(f.Type, seen)...)
		}
	}
	return all
}
