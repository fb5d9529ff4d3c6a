package explain

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/fhirxml"
	"tolk/mapping/tree"
)

// side is one of the two documents, with its leaves as the ledger counts them.
type side struct {
	name   string
	doc    *tree.Doc
	leaves []tree.ID
	paths  []string
	at     map[string]int // a leaf by its path
	hub    bool           // FHIR that was written as XML
}

// readSide reads a document whose leaves are at so many paths: JSON, XML, or FHIR in
// XML, which a ledger accounts for as the same resource in JSON.
func readSide(name, text string, count int, path func(int) string) (*side, error) {
	var first error
	for _, hub := range []bool{false, true} {
		s, err := readText(name, text, hub)
		if err == nil && s.agrees(count, path) {
			return s, nil
		}
		if first == nil {
			first = err
		}
		if !tree.IsXML(text) {
			break
		}
	}
	if first != nil {
		return nil, first
	}
	return nil, &mapping.Error{Kind: mapping.Exception, Path: name, Message: "the ledger is not of this document; expected what one translation took and gave"}
}

// readText reads a document; hub says that FHIR in XML is read as JSON.
func readText(name, text string, hub bool) (*side, error) {
	var doc *tree.Doc
	var err error
	if !tree.IsXML(text) {
		doc, err = tree.Parse(text, tree.Limits{})
	} else if text, _, err = tree.DecodeXML([]byte(text)); err == nil {
		if !hub {
			doc, err = tree.ParseXML(text, tree.Limits{})
		} else if text, err = fhirxml.ToJSON(text, tree.Limits{}); err == nil {
			doc, err = tree.Parse(text, tree.Limits{})
		}
	}
	if err != nil {
		return nil, err
	}
	s := &side{name: name, doc: doc, hub: hub, at: map[string]int{}}
	doc.Walk(doc.Root(), func(leaf tree.ID, path string) {
		s.at[path] = len(s.leaves)
		s.leaves, s.paths = append(s.leaves, leaf), append(s.paths, path)
	})
	return s, nil
}

func (s *side) agrees(count int, path func(int) string) bool {
	if len(s.paths) != count {
		return false
	}
	for i, p := range s.paths {
		if p != path(i) {
			return false
		}
	}
	return true
}

// value is leaf i as it is written.
func (s *side) value(i int) string {
	if s.doc.XML() {
		return s.doc.Text(s.leaves[i])
	}
	return string(s.doc.Append(nil, s.leaves[i]))
}

// valueAt is the value of the leaf at a path, empty where none is.
func (s *side) valueAt(path string) string {
	if i, ok := s.at[path]; ok {
		return s.value(i)
	}
	return ""
}

// values are the leaves at some paths as they are written.
func (s *side) values(paths []string) []string {
	if len(paths) == 0 {
		return nil
	}
	all := make([]string, len(paths))
	for i, p := range paths {
		all[i] = s.valueAt(p)
	}
	return all
}

// root is the name that every path begins with.
func (s *side) root() string {
	if len(s.paths) == 0 {
		return "$this"
	}
	root, _, _ := strings.Cut(s.paths[0], ".")
	root, _, _ = strings.Cut(root, "[")
	return root
}

// above is the place that a path stands in, empty for the outermost.
func above(path string) string {
	end := strings.LastIndexAny(path, ".[")
	if end < 0 {
		return ""
	}
	if rest, ok := strings.CutSuffix(path[:end], ".children()"); ok && path[end] == '[' {
		return rest
	}
	return path[:end]
}
