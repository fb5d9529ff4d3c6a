package node

import (
	"slices"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// byArea reports whether a route asks for the areas of a message.
func byArea(c *exchange.Config) bool {
	return slices.ContainsFunc(c.Routes, func(r exchange.Route) bool { return len(r.Areas) > 0 })
}

// areas are the areas of municipal health that a document is of: those of the
// concepts of FSIII in it, in the order of mapping.Areas. Read is every coding of
// a FHIR document, the form fsiii and the hub alike, and every code of a plain one,
// with their systems under any of their names and the codes in any spelling.
//
// A document that has no concept of FSIII, as one from FFB, has no area before it
// is translated, and neither has what says of its codes only that they are
// somebody's own.
func (r *reading) areas(terms *terminology.Terminology) []string {
	if terms == nil || r.doc == nil {
		return nil
	}
	found := map[mapping.Area]bool{}
	for n := range tree.ID(r.doc.Len()) {
		var system string
		switch r.doc.RawKey(n) {
		case "code":
			system = r.doc.Text(r.doc.Child(r.doc.Parent(n), "system"))
		case "kode":
			if system = r.doc.Text(r.doc.Child(r.doc.Parent(n), "system")); system == "fsiii" {
				system = mapping.FSIII
			}
		}
		if system == "" {
			continue
		}
		if e, ok := terms.Lookup(system, r.doc.Text(n)); ok && e.System == mapping.FSIII && e.Area != "" {
			found[e.Area] = true
		}
	}
	var areas []string
	for _, a := range mapping.Areas() {
		if found[a] {
			areas = append(areas, string(a))
		}
	}
	return areas
}
