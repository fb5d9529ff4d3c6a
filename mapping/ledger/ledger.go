// Package ledger is the account of a translation: what became of every leaf of
// the source document, where every leaf of the target document came from, and
// the auditor that checks both again from the bytes alone.
package ledger

import (
	"crypto/sha256"
	"encoding/hex"

	"tolk/mapping"
)

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
	Site     *Site               `json:"site,omitempty"` // whose the row is
}

// Site tells of a row that a site states it, and not the map that was published.
type Site struct {
	Name     string `json:"name"`
	Replaces string `json:"replaces,omitempty"` // what the row that was replaced says; empty where one was added
	Because  string `json:"because,omitempty"`
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
	Site     *Site               `json:"site,omitempty"`
}

// CandidateID names a candidate so that a person can choose it: by the resource
// and the place in it that it is for, what proposes it, and the two concepts. It
// is stable over runs, and nothing can be read from it.
func CandidateID(resource, place, by, from, to string) string {
	sum := sha256.Sum256([]byte(resource + "\x00" + place + "\x00" + by + "\x00" + from + "\x00" + to))
	return "p-" + hex.EncodeToString(sum[:5])
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
	Site   *Site        `json:"site,omitempty"`
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

// Notice is something about the document that its sender should hear and that
// no leaf and no profile tells: it says one thing of itself and is another, or
// two of its values do not agree. Nothing was mended.
type Notice struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// Judgement is what was found in a document beside what became of it.
type Judgement struct {
	Lacks     []Lack
	Notices   []Notice
	Proposals []Proposal
}

// Lack adds what is lacking. What was said already, of the same place in the
// same words, is not said again.
func (c *Conformance) Lack(lacks ...Lack) {
	if len(lacks) == 0 {
		return
	}
	c.Met = false
	said := make(map[Lack]int, len(c.Lacks)+len(lacks))
	for i, l := range c.Lacks {
		l.Profile = ""
		if _, twice := said[l]; !twice {
			said[l] = i
		}
	}
	for _, l := range lacks {
		key := l
		key.Profile = ""
		i, twice := said[key]
		switch {
		case !twice:
			said[key] = len(c.Lacks)
			c.Lacks = append(c.Lacks, l)
		case c.Lacks[i].Profile == "":
			c.Lacks[i].Profile = l.Profile
		}
	}
}

// Notice adds what the sender should hear, once.
func (l *Ledger) Notice(notices ...Notice) {
	if len(notices) == 0 {
		return
	}
	said := make(map[Notice]bool, len(l.Notices)+len(notices))
	for _, n := range l.Notices {
		said[n] = true
	}
	for _, n := range notices {
		if !said[n] {
			said[n] = true
			l.Notices = append(l.Notices, n)
		}
	}
}

// Ledger is the whole account of one translation.
type Ledger struct {
	From        string         `json:"from"`
	To          string         `json:"to"`
	Areas       []mapping.Area `json:"areas,omitempty"`
	Counts      map[string]int `json:"counts"` // leaves, and each fate
	Conformance Conformance    `json:"conformance"`
	Notices     []Notice       `json:"notices,omitempty"`
	Proposals   []Proposal     `json:"proposals,omitempty"`
	Unmatched   []Unmatched    `json:"unmatched,omitempty"`

	// What became of every leaf: a record of it, or spelled out.
	record  *record
	lines   []Line
	origins []Origin
}
