package rules

import (
	"strings"

	"tolk/mapping"
)

// Step is one step of a path into a resource. Arrays need no step of their
// own: a step that names an array means each of its elements.
type Step struct {
	Name   string // element name; "extension" for an extension by URL
	Choice bool   // value[x]: any element whose name begins with Name and a capital
	URL    string // of an extension
	Key    []string
	Value  string // with Key: only elements whose member at Key has this text
}

// Hop is steps in a resource; without a step, it is the resource itself.
type Hop struct {
	Resource Step // its type, and with Key which of them
	Steps    []Step
}

// Way is a way to an element of a document: steps in a resource, and where the
// last of them is a reference, the steps in the resource it leads to, and so on.
type Way []Hop

// ParsePath reads a path of rules: names joined by dots, value[x] for a
// choice, extension(URL) for an extension, name[key.key=value] for the
// elements of an array that a text selects.
func ParsePath(path string) ([]Step, error) {
	var steps []Step
	for rest := path; rest != ""; {
		var step Step
		end := strings.IndexAny(rest, ".[(")
		if end < 0 {
			end = len(rest)
		}
		step.Name, rest = rest[:end], rest[end:]
		if !name(step.Name) {
			return nil, pathFault(path, "expected an element name")
		}
		switch {
		case strings.HasPrefix(rest, "[x]"):
			step.Choice, rest = true, rest[3:]
		case strings.HasPrefix(rest, "["):
			selector, after, ok := strings.Cut(rest[1:], "]")
			key, value, eq := strings.Cut(selector, "=")
			if !ok || !eq || key == "" || value == "" {
				return nil, pathFault(path, "expected [key=value]")
			}
			step.Key, step.Value, rest = strings.Split(key, "."), value, after
		case strings.HasPrefix(rest, "("):
			url, after, ok := strings.Cut(rest[1:], ")")
			if !ok || url == "" || step.Name != "extension" && step.Name != "modifierExtension" {
				return nil, pathFault(path, "expected extension(URL)")
			}
			step.URL, rest = url, after
		}
		if rest != "" {
			if rest[0] != '.' || len(rest) == 1 {
				return nil, pathFault(path, "expected a dot and a name")
			}
			rest = rest[1:]
		}
		steps = append(steps, step)
	}
	if len(steps) == 0 {
		return nil, pathFault(path, "the path is empty")
	}
	return steps, nil
}

func name(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9') {
			return false
		}
	}
	return s != ""
}

func pathFault(path, message string) error {
	return &mapping.Error{Kind: mapping.Invalid, Path: path, Message: message}
}

// Call reads "lens" or "lens(argument)".
func Call(via string) (lens, argument string) {
	lens, argument, _ = strings.Cut(via, "(")
	return lens, strings.TrimSuffix(argument, ")")
}
