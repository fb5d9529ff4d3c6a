package rules

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

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
func undecoded(name string, err error, into any) *mapping.Error {
	found := &mapping.Error{Kind: mapping.Invalid, Path: name, Message: firstLine(yaml.FormatError(err, false, false))}
	var place yaml.Error
	if !errors.As(err, &place) || place.GetToken() == nil {
		return found
	}
	at := place.GetToken().Position
	found.Path, found.Message = fmt.Sprintf("%s:%d:%d", name, at.Line, at.Column), firstLine(place.GetMessage())
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		found.Message += Meant(place.GetToken().Value, keys(reflect.TypeOf(into), nil))
	}
	return found
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

// Meant asks whether one of the known words was meant, empty where none is near.
func Meant(word string, known []string) string { return mapping.Meant(word, known) }
