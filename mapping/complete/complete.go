// Package complete says what the reader of a document needs and does not find in
// it. The demands are data, judged on the hub form, so that they hold whatever
// form the document came in.
package complete

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/rules"
	"tolk/mapping/tree"
)

// row is one row of a file.
type row struct {
	Demand  `yaml:",inline"`
	Message string `yaml:"message"` // what is missing and what would fill it
}

// Rules is the demands of every document. It is immutable.
type Rules struct{ demands map[string][]row }

// Load reads every file (*.yaml) in a folder. The errors are a rules.List.
func Load(fsys fs.FS, folder string) (*Rules, error) {
	names, err := fs.Glob(fsys, path.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	r := &Rules{demands: map[string][]row{}}
	var list rules.List
	for _, name := range names {
		var f struct {
			Document string `yaml:"document"`
			Demands  []row  `yaml:"demands"`
		}
		if err := rules.Decode(fsys, name, &f); err != nil {
			list = append(list, err)
			continue
		}
		for i := range f.Demands {
			at := fmt.Sprintf("$.demands[%d]", i)
			if err := f.Demands[i].Compile(); err != nil {
				list = append(list, &mapping.Error{Kind: mapping.Invalid, Path: rules.Place(fsys, name, at+"."+err.Path), Message: err.Message})
			}
			if f.Demands[i].Message == "" {
				list = append(list, &mapping.Error{Kind: mapping.Invalid, Path: rules.Place(fsys, name, at), Message: "expected a message: what is missing and what would fill it"})
			}
		}
		r.demands[f.Document] = f.Demands
	}
	if len(list) > 0 {
		return nil, list
	}
	return r, nil
}

// Knows reports whether anything is demanded of a kind of document.
func (r *Rules) Knows(document string) bool { return r != nil && len(r.demands[document]) > 0 }

// Lacks lists what a hub document of this kind lacks. The paths are those of
// the hub document. now is the moment ages are judged at; the zero time judges
// none.
func (r *Rules) Lacks(document string, doc *tree.Doc, now time.Time) []ledger.Lack {
	entries := doc.Child(doc.Root(), "entry")
	if !r.Knows(document) || entries == tree.None || doc.Kind(entries) != tree.Array {
		return nil
	}
	d := &Document{Doc: doc, Now: now, Overlook: overlook(doc, entries)}
	var lacks []ledger.Lack
	for i := range r.demands[document] {
		row := &r.demands[document][i]
		for _, gap := range row.Gaps(d) {
			lacks = append(lacks, ledger.Lack{Path: doc.Path(gap.Resource), Element: row.Element(), Message: row.Message})
		}
	}
	return lacks
}

// overlook tells which resources of a document are not there, though they stand in
// it: measurements and lines that their sender has marked as mistakes. Nothing is
// asked of them. Where the report is one itself, all of it is, and none of its
// measurements is missing.
func overlook(doc *tree.Doc, entries tree.ID) func(tree.ID) bool {
	mistaken := func(r tree.ID) bool { return doc.Text(doc.Child(r, "status")) == "entered-in-error" }
	for e := doc.First(entries); e != tree.None; e = doc.Next(e) {
		if r := doc.Child(e, "resource"); doc.Text(doc.Child(r, "resourceType")) == "DiagnosticReport" && mistaken(r) {
			return nil
		}
	}
	return func(r tree.ID) bool {
		switch doc.Text(doc.Child(r, "resourceType")) {
		case "Observation", "MedicationStatement":
			return mistaken(r)
		}
		return false
	}
}
