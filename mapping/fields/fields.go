// Package fields runs field correspondences: which field of an outside form is
// which element of the hub's resources. They are data, written once, and run
// both ways: Forward makes the hub's Bundle of a document, Backward the
// document of a Bundle.
//
// A file is a tree of maps. A map pairs an object of the left form (an array of
// them where its path ends in []) with a resource of the right one, or with an
// element of the resource of the map around it; its rules pair single fields.
// Paths of the right are those of package rules; what a selector [key=value]
// demands is written along and looked for on the way back.
package fields

import (
	"io/fs"
	"path"
	"slices"

	"tolk/mapping/rules"
)

// File is the correspondences of one document between one outside form and
// the hub.
type File struct {
	Document string                       `yaml:"document"` // medicinliste
	Left     string                       `yaml:"left"`     // name of the outside form
	Right    string                       `yaml:"right"`    // name of the hub
	Version  string                       `yaml:"version"`
	Tables   map[string]map[string]string `yaml:"tables"` // words of the left form and codes of the right one
	Bundle   Map                          `yaml:"bundle"` // rules for the Bundle itself, with the root of the document
	Maps     []Map                        `yaml:"maps"`
	// Leave names the resources the outside form has no place for, with the
	// reason.
	Leave map[string]string `yaml:"leave"`

	Name string `yaml:"-"`
}

// Map pairs an object of the left form with a resource, or an element of one.
type Map struct {
	Map     string  `yaml:"map"`     // its name, unique in the file
	Include string  `yaml:"include"` // instead of rules and maps of its own: those of another map, as file#map
	Left    string  `yaml:"left"`    // path from the object of the map around it, with [] at the end for each of an array; empty: the same object
	Right   string  `yaml:"right"`   // a type of resource, or a path from the element of the map around it
	At      string  `yaml:"at"`      // where the resource of the map around it refers to this one
	When    string  `yaml:"when"`    // blank-separated paths from the left object: made only where one of them is there
	Fixed   []Fixed `yaml:"fixed"`   // what the right side always has, and an element is known by
	Known   string  `yaml:"known"`   // the id of a rule with a table: an element without the fixed is known by a value that is in it
	Rules   []Rule  `yaml:"rules"`
	Maps    []Map   `yaml:"maps"`

	at *where
}

// Rule pairs one field, or one array of scalars where Left ends in [].
type Rule struct {
	ID    string  `yaml:"id"`
	Left  string  `yaml:"left"`
	Right string  `yaml:"right"`
	Via   string  `yaml:"via"`  // table(name), or a lens by name
	Ref   string  `yaml:"ref"`  // in place of left: the map whose resource the element at Right refers to
	With  []Fixed `yaml:"with"` // what stands on the right along with the field, and without which it is not read back
	Drop  string  `yaml:"drop"` // why the other side has no place for it; with left or right alone

	at *where
}

// Fixed is a constant of the right side.
type Fixed struct {
	Right string `yaml:"right"`
	Is    string `yaml:"is"` // as JSON, or a plain word for a string

	at *where
}

// Load reads and checks every file (*.yaml) in a folder. The errors are a
// rules.List of *mapping.Error with file and place as path.
func Load(fsys fs.FS, folder string, lenses map[string]Lens) (*Library, error) {
	names, err := fs.Glob(fsys, path.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var list rules.List
	files := map[string]*File{}
	for _, name := range names {
		f := &File{Name: path.Base(name)}
		if err := rules.Decode(fsys, name, f); err != nil {
			list = append(list, err)
			continue
		}
		f.locate()
		files[f.Name] = f
	}
	l := &Library{books: map[key]*Book{}, stated: &stated{texts: texts(fsys, names)}}
	for _, name := range names {
		f := files[path.Base(name)]
		if f == nil || f.Document == "" { // nothing but maps for others to include
			continue
		}
		c := compiler{file: f, files: files, lenses: lenses}
		book := c.book()
		list = append(list, c.faults...)
		l.books[key{f.Document, f.Left}] = book
	}
	if len(list) > 0 {
		return nil, list
	}
	return l, nil
}

type key struct{ document, form string }

// Library is every file, ready to run. It is immutable.
type Library struct {
	books  map[key]*Book
	stated *stated
}

// Book returns the correspondences of a document between an outside form and
// the hub, nil if there are none.
func (l *Library) Book(document, form string) *Book { return l.books[key{document, form}] }

// Lens is a named algorithm on the text of one field. An error is a
// *mapping.Error without a path; the engine adds it.
type Lens struct {
	Forward, Backward func(text string) (string, error)
}

// Book is the correspondences of one document between one outside form and the
// hub, compiled. It is immutable.
type Book struct {
	Document, Left, Right, Version string

	bundle node
	maps   []*node
	leave  map[string]string
	file   *where
}

// node is a Map, compiled.
type node struct {
	name   string
	left   leftPath
	right  []step
	at     []step
	kind   string // the type of resource; empty for an element
	when   []leftPath
	fixed  []fixed
	known  *rule
	rules  []*rule
	maps   []*node
	ruleID string // by which it is made
	text   Map    // as it is written
}

// leftPath is a way through objects of the left form.
type leftPath struct {
	names []string
	each  bool // the last names an array, and each of its elements is meant
}

type fixed struct {
	right []step
	raw   string // JSON
	id    string
	text  Fixed // as it is written
}

type rule struct {
	id    string
	left  leftPath
	right []step
	lens  *Lens
	table *table
	ref   string
	with  []fixed
	drop  string
	both  bool // has a left and a right side
	text  Rule // as it is written
}

// table is words and codes, both ways.
type table struct {
	code, word map[string]string
}

// step is one step of a path into a resource, with what R4 says of it.
type step struct {
	name  string
	array bool
	key   []string // of a selector
	value string
}

// Row is one correspondence, for the reference and for the tests that ask
// whether a worked example has it.
type Row struct {
	ID    string // as on the ledger
	Left  string // path of the left form, through all maps
	Right string // path of the hub, from the type of the resource
	Via   string // how the value is changed
	Drop  string // why one side has no place for it
}

// Rows lists the correspondences, in the order of the file.
func (b *Book) Rows() []Row {
	rows := b.bundle.rows(nil, "", "Bundle")
	for _, n := range b.maps {
		rows = n.rows(rows, "", "")
	}
	return rows
}

// rows adds the correspondences of a map inside others, which stand at left and
// right.
func (n *node) rows(all []Row, left, right string) []Row {
	left = Join(left, n.text.Left)
	if n.kind != "" {
		right = n.kind
	} else if n.name != "bundle" {
		right = Join(right, n.text.Right)
	}
	for _, f := range n.fixed {
		all = append(all, Row{ID: f.id, Right: Join(right, f.text.Right) + " = " + f.text.Is})
	}
	for _, r := range n.rules {
		row := Row{ID: r.id, Via: r.text.Via, Drop: r.drop}
		if r.text.Left != "" {
			row.Left = Join(left, r.text.Left)
		}
		if r.text.Right != "" {
			row.Right = Join(right, r.text.Right)
		}
		if r.ref != "" {
			row.Via = "reference to " + r.ref
		}
		all = append(all, row)
	}
	for _, inner := range n.maps {
		all = inner.rows(all, left, right)
	}
	return all
}

// Join is a path and what a rule says follows it; $ is the element itself.
func Join(path, more string) string {
	switch {
	case more == "" || more == "$":
		return path
	case path == "":
		return more
	}
	return path + "." + more
}
