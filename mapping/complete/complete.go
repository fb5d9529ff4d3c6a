// Package complete says what the reader of a document needs and does not find in
// it. The demands are data, judged on the hub form, so that they hold whatever
// form the document came in.
package complete

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/rules"
	"tolk/mapping/tree"
)

// demand is one row of a file.
type demand struct {
	One     string `yaml:"one"`     // there must be at least one such resource: Type or Type[key=value]
	Each    string `yaml:"each"`    // every such resource must have an element at Path
	Path    string `yaml:"path"`    // paths of package rules, one of which must be there, with | between
	Days    int    `yaml:"days"`    // with Path to a time: it is no older than this
	Message string `yaml:"message"` // what is missing and what would fill it

	resource rules.Step
	paths    [][]rules.Step
}

// Rules is the demands of every document. It is immutable.
type Rules struct{ demands map[string][]demand }

// Load reads every file (*.yaml) in a folder. The errors are a rules.List.
func Load(fsys fs.FS, folder string) (*Rules, error) {
	names, err := fs.Glob(fsys, path.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	r := &Rules{demands: map[string][]demand{}}
	var list rules.List
	for _, name := range names {
		var f struct {
			Document string   `yaml:"document"`
			Demands  []demand `yaml:"demands"`
		}
		if err := rules.Decode(fsys, name, &f); err != nil {
			list = append(list, err)
			continue
		}
		for i := range f.Demands {
			if message := f.Demands[i].compile(); message != "" {
				list = append(list, &mapping.Error{Kind: mapping.Invalid, Path: fmt.Sprintf("%s: demand %d", name, i+1), Message: message})
			}
		}
		r.demands[f.Document] = f.Demands
	}
	if len(list) > 0 {
		return nil, list
	}
	return r, nil
}

// compile reads the paths of a demand and returns what is wrong with it.
func (d *demand) compile() string {
	if (d.One == "") == (d.Each == "") || d.Message == "" || (d.Each == "") != (d.Path == "") {
		return "expected one and message, or each, path and message"
	}
	steps, err := rules.ParsePath(d.One + d.Each)
	if err != nil || len(steps) != 1 {
		return "expected a type of resource, or Type[key=value]"
	}
	d.resource = steps[0]
	for _, p := range strings.Split(d.Path, "|") {
		if p == "" {
			continue
		}
		steps, err := rules.ParsePath(p)
		if err != nil {
			return err.Error()
		}
		d.paths = append(d.paths, steps)
	}
	return ""
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
	var lacks []ledger.Lack
	for i := range r.demands[document] {
		d, found := &r.demands[document][i], 0
		for e := doc.First(entries); e != tree.None; e = doc.Next(e) {
			resource := doc.Child(e, "resource")
			if !d.is(doc, resource) {
				continue
			}
			found++
			if d.Each != "" && !d.met(doc, resource, now) {
				lacks = append(lacks, ledger.Lack{Path: doc.Path(resource), Element: d.Each + "." + d.Path, Message: d.Message})
			}
		}
		if d.One != "" && found == 0 {
			lacks = append(lacks, ledger.Lack{Path: doc.Path(doc.Root()), Element: d.One, Message: d.Message})
		}
	}
	return lacks
}

// is reports whether a resource is one that the demand is for.
func (d *demand) is(doc *tree.Doc, resource tree.ID) bool {
	if doc.Text(doc.Child(resource, "resourceType")) != d.resource.Name {
		return false
	}
	if d.resource.Value == "" {
		return true
	}
	return slices.ContainsFunc(all(doc, []tree.ID{resource}, d.resource.Key), func(n tree.ID) bool { return doc.Text(n) == d.resource.Value })
}

func (d *demand) met(doc *tree.Doc, resource tree.ID, now time.Time) bool {
	for _, p := range d.paths {
		for _, n := range follow(doc, resource, p) {
			if d.Days == 0 || fresh(doc.Text(n), now, d.Days) {
				return true
			}
		}
		if d.Days > 0 && len(follow(doc, resource, p)) == 0 {
			return true // that it is not there is another demand's
		}
	}
	return false
}

// partial are the dates without a time, and how long they last.
var partial = []struct {
	layout              string
	years, months, days int
}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}}

// fresh reports whether a FHIR dateTime is no more than some days before now. A
// date without a time counts from its end: nothing is called older than it is
// known to be.
func fresh(text string, now time.Time, days int) bool {
	if now.IsZero() {
		return true
	}
	t, err := time.Parse(time.RFC3339, text)
	for _, p := range partial {
		if err == nil {
			break
		}
		if t, err = time.ParseInLocation(p.layout, text, now.Location()); err == nil {
			t = t.AddDate(p.years, p.months, p.days)
		}
	}
	return err != nil || now.Sub(t) <= time.Duration(days)*24*time.Hour
}

// follow lists the elements at the end of a path.
func follow(doc *tree.Doc, n tree.ID, steps []rules.Step) []tree.ID {
	found := []tree.ID{n}
	for _, s := range steps {
		key, value := s.Key, s.Value
		if s.URL != "" {
			key, value = []string{"url"}, s.URL
		}
		found = slices.DeleteFunc(all(doc, found, []string{s.Name}), func(e tree.ID) bool {
			return value != "" && !slices.ContainsFunc(all(doc, []tree.ID{e}, key), func(k tree.ID) bool { return doc.Text(k) == value })
		})
	}
	return found
}

// all follows names from some nodes, entering every element of an array.
func all(doc *tree.Doc, from []tree.ID, names []string) []tree.ID {
	for _, name := range names {
		var next []tree.ID
		for _, n := range from {
			child := doc.Child(n, name)
			switch {
			case child == tree.None:
			case doc.Kind(child) == tree.Array:
				for e := doc.First(child); e != tree.None; e = doc.Next(e) {
					next = append(next, e)
				}
			default:
				next = append(next, child)
			}
		}
		from = next
	}
	return from
}
