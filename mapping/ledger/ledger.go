// Package ledger is the account of a translation: what became of every leaf of
// the source document, where every leaf of the target document came from, and
// the auditor that checks both again from the bytes alone.
package ledger

import "tolk/mapping"

// Fate is what became of a leaf of the source. Every leaf ends with exactly
// one, set when a value is written and never when it is read.
type Fate uint8

// The fates. Unclaimed is the zero value: the default is that nobody cared.
const (
	Unclaimed Fate = iota // no rule knew it; its value is in the residue
	Carried               // the same value stands at the target path
	Converted             // a concept map or a lens wrote another value for it
	Used                  // it chose a rule, whose constant stands in the target
	Residue               // it has a place in the target form, but may not go there by itself
	Dropped               // the target form has no place for it; a rule says so
	fates
)

var fateNames = [fates]string{"unclaimed", "carried", "converted", "used", "residue", "dropped"}

// String returns the word of the ledger.
func (f Fate) String() string { return fateNames[f] }

// Fates lists the fates in the order counts are given.
func Fates() []Fate { return []Fate{Carried, Converted, Used, Residue, Dropped, Unclaimed} }

// Line is the fate of one leaf of the source document. It holds paths, rules
// and relations, never values.
type Line struct {
	Path     string              `json:"path"`
	Fate     string              `json:"fate"`
	Rule     string              `json:"rule,omitempty"`
	Target   []string            `json:"target,omitempty"`   // paths into the target document
	Relation mapping.Equivalence `json:"relation,omitempty"` // of a converted code, read from source to target
	Map      string              `json:"map,omitempty"`      // url|version of the concept map
	Row      string              `json:"row,omitempty"`      // file:line in the map
	Via      string              `json:"via,omitempty"`      // file:line of the step before it, from a retired code to a current one
	Reason   string              `json:"reason,omitempty"`
}

// Origin is where one leaf of the target document came from: a source leaf and
// a rule, a rule's constant, or something generated (an id).
type Origin struct {
	Path   string `json:"path"`
	From   string `json:"from"` // source, constant or generated
	Source string `json:"source,omitempty"`
	Rule   string `json:"rule"`
	// Of a translated code, the row that wrote it: where one fact became
	// several, each has its own.
	Relation mapping.Equivalence `json:"relation,omitempty"`
	Row      string              `json:"row,omitempty"`
}

// The origins of a target leaf.
const (
	FromSource    = "source"
	FromConstant  = "constant"
	FromGenerated = "generated"
)

// Candidate is one thing a person may choose for a Proposal.
type Candidate struct {
	ID       string              `json:"id"` // what --accept takes to choose it
	Area     mapping.Area        `json:"area,omitempty"`
	System   string              `json:"system"`
	Code     string              `json:"code"`
	Display  string              `json:"display"`
	Relation mapping.Equivalence `json:"relation"`
	Map      string              `json:"map"`
	Row      string              `json:"row"`
	Via      string              `json:"via,omitempty"` // file:line of the step before it, from a retired code to a current one
	Reason   string              `json:"reason"`
	Held     string              `json:"held"` // why it was not written by itself
}

// Proposal is a fact that waits for a person: codes that could stand for it
// but may not be written unasked.
type Proposal struct {
	Path       string      `json:"path"` // of the coded element in the source
	Candidates []Candidate `json:"candidates"`
}

// Unmatched is a fact for which the maps say, in so many words, that the other
// side has no code.
type Unmatched struct {
	Path   string       `json:"path"`
	Area   mapping.Area `json:"area,omitempty"`
	Map    string       `json:"map"`
	Row    string       `json:"row"`
	Reason string       `json:"reason"`
}

// Lack is something a strict profile demands and the source does not say. The
// resource is then delivered in the open form, or in the hub form where the
// target form has no shape for it.
type Lack struct {
	Path    string `json:"path"`    // of the resource in the source
	Element string `json:"element"` // of the target profile
	Profile string `json:"profile,omitempty"`
	Message string `json:"message"` // what is missing and what would fill it
}

// Conformance tells whether the output meets the strict profile of the target
// form, and if not, every place and what would mend it.
type Conformance struct {
	Profile string `json:"profile,omitempty"` // what the document claims; empty if nothing
	Met     bool   `json:"met"`
	Lacks   []Lack `json:"lacks,omitempty"`
}

// Ledger is the whole account of one translation.
type Ledger struct {
	From        string         `json:"from"`
	To          string         `json:"to"`
	Areas       []mapping.Area `json:"areas,omitempty"`
	Counts      map[string]int `json:"counts"` // leaves, and each fate
	Conformance Conformance    `json:"conformance"`
	Proposals   []Proposal     `json:"proposals,omitempty"`
	Unmatched   []Unmatched    `json:"unmatched,omitempty"`
	Source      []Line         `json:"source"`
	Target      []Origin       `json:"target"`
}
