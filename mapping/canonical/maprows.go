package canonical

import (
	"encoding/csv"
	"fmt"
	"strings"

	"tolk/mapping"
)

// Rows writes the map as rows of mapping/maps: csv with the columns of our own
// maps. What a row has no column for is refused with its place.
func (m *ConceptMap) Rows() (string, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"source", "source_display", "area", "target", "target_display", "equivalence", "guard", "reason", "status"}}
	for i, g := range m.Groups {
		at := fmt.Sprintf("ConceptMap.group[%d]", i)
		switch {
		case g.Source != m.Groups[0].Source || g.Target != m.Groups[0].Target:
			return "", noColumn(at, "rows are of one source and one target system")
		case g.nameless > 0:
			return "", &mapping.Error{Kind: mapping.Required, Path: at + ".element.code", Message: "required in every element"}
		case g.Unmapped != nil:
			return "", noColumn(at+".unmapped", "every concept has its own rows")
		}
		for j, e := range g.Elements {
			at := fmt.Sprintf("%s.element[%d]", at, j)
			if len(e.Targets) == 0 {
				return "", &mapping.Error{Kind: mapping.Required, Path: at + ".target", Message: "required: that there is no match is a target with equivalence unmatched and a comment"}
			}
			for k, t := range e.Targets {
				row, err := t.row(e, fmt.Sprintf("%s.target[%d]", at, k))
				if err != nil {
					return "", err
				}
				rows = append(rows, row)
			}
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return "", &mapping.Error{Kind: mapping.Exception, Message: "the rows cannot be written", Err: err}
	}
	return b.String(), nil
}

// row writes one target.
func (t *MapTarget) row(e *MapElement, at string) ([]string, error) {
	status := t.Status
	if status == "" {
		status = "proposed"
	}
	for _, d := range t.DependsOn {
		if d.Property != AreaProperty || d.Value != t.area() {
			return nil, noColumn(at+".dependsOn", "a row depends on one area")
		}
	}
	switch {
	case len(t.Products) > 0:
		return nil, noColumn(at+".product", "a row has one target")
	case t.Comment == "":
		return nil, &mapping.Error{Kind: mapping.Required, Path: at + ".comment", Message: "required: it is the reason"}
	case strings.ContainsAny(t.Comment, "\r\n"):
		return nil, noColumn(at+".comment", "a reason is one line")
	}
	switch t.Equivalence {
	case mapping.Equivalent, mapping.Wider, mapping.Narrower, mapping.Inexact, mapping.Unmatched:
	default:
		return nil, &mapping.Error{Kind: mapping.Value, Path: at + ".equivalence", Message: "accepted: equivalent, wider, narrower, inexact, unmatched", Value: string(t.Equivalence)}
	}
	return []string{e.Code, e.Display, t.area(), t.Code, t.Display, string(t.Equivalence), t.Guard, t.Comment, status}, nil
}

func noColumn(path, message string) *mapping.Error {
	return &mapping.Error{Kind: mapping.NotSupported, Path: path, Message: "no column for it; " + message}
}
