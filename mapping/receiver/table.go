// Package receiver says what a receiver demands before a document is sent to
// it, in words a case worker understands. What a receiver demands, and who may
// refer to it, are tables: data, judged on the hub form, so that they hold
// whatever form the document is in.
package receiver

import (
	"maps"
	"slices"

	"tolk/mapping/complete"
	"tolk/mapping/terminology"
)

// Table is what one receiver demands.
type Table struct {
	ID        string     `yaml:"id"`        // as a caller names it: psykiatri
	Status    string     `yaml:"status"`    // Example, or empty for the table of a receiver that stands for it
	Replaces  bool       `yaml:"replaces"`  // it takes the place of the table of that id that is built in
	Title     Words      `yaml:"title"`     // who the receiver is
	Documents []string   `yaml:"documents"` // what it takes
	Referrers *Referrers `yaml:"referrers"` // who may refer to it; nil: everybody
	Demands   []Demand   `yaml:"demands"`

	File string `yaml:"-"`
}

// Example is the status of a table that shows how one is written, and is of no
// receiver that stands for it.
const Example = "eksempel"

// Demand is one thing that a receiver demands.
type Demand struct {
	complete.Demand `yaml:",inline"`

	ID        string   `yaml:"id"`        // its name in the table
	Level     Level    `yaml:"level"`     // whether the document can go without
	Documents []string `yaml:"documents"` // of the table's, those it is for; empty: all
	Words     Words    `yaml:"words"`     // what is demanded
	Refused   Words    `yaml:"refused"`   // what is said where something is there that is not accepted; empty: Words
	Why       Words    `yaml:"why"`       // what the receiver needs it for
	Instead   Words    `yaml:"instead"`   // what to do where no other answer will do, since it is not to be sent; then no field is named
}

// Referrers is who may refer to a receiver. What the document itself says that
// the referrer is (FSIII, "Henvendelse/henvisning fra") counts before the numbers
// of the referring organisation.
type Referrers struct {
	Level    Level    `yaml:"level"`
	Words    Words    `yaml:"words"`   // what is demanded; who they are is told after it
	Refused  Words    `yaml:"refused"` // what is said of a referrer who may not; who may is told after it
	Why      Words    `yaml:"why"`
	Accepted []Accept `yaml:"accepted"`
}

// Accept is one kind of referrer.
type Accept struct {
	Words `yaml:",inline"`
	Types []string `yaml:"types"` // codes of FSIII: A9, in any spelling
	Path  string   `yaml:"path"`  // from the ServiceRequest to what only this kind has: its number

	number complete.Demand
}

// Level is how much a receiver wants something.
type Level string

// The levels: without what is demanded the document cannot be sent, without what
// is advised it can.
const (
	Demanded Level = "kraeves"
	Advised  Level = "boer"
)

// Words is a text in both languages.
type Words struct {
	DA string `yaml:"da"`
	EN string `yaml:"en"`
}

// The languages of an answer.
const (
	Danish  = "da"
	English = "en"
)

// In is the text in a language, Danish unless it is English.
func (w Words) In(language string) string {
	if language == English {
		return w.EN
	}
	return w.DA
}

// Tables is the tables of all receivers. It is immutable.
type Tables struct {
	terms  *terminology.Terminology
	tables map[string]*Table
}

// Names lists the receivers, in alphabetical order.
func (t *Tables) Names() []string { return slices.Sorted(maps.Keys(t.tables)) }

// Table returns the table of a receiver. The error names those there are.
func (t *Tables) Table(name string) (*Table, error) {
	if table := t.tables[name]; table != nil {
		return table, nil
	}
	return nil, unknown(name, t.Names())
}

// All lists the tables in the order of their names.
func (t *Tables) All() []*Table {
	var all []*Table
	for _, name := range t.Names() {
		all = append(all, t.tables[name])
	}
	return all
}

// takes reports whether a demand is for a kind of document.
func (d *Demand) takes(document string) bool {
	return len(d.Documents) == 0 || slices.Contains(d.Documents, document)
}
