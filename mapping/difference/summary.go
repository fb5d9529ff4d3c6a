package difference

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// Summary counts what is other about many documents.
type Summary struct {
	Documents    int `json:"documents"`
	Translations int `json:"translations"` // of them, to one form or to several
	Different    int `json:"different"`    // documents of which one is other
	// Of the translations:
	Refused  int    `json:"refused"`  // that were translated before
	Accepted int    `json:"accepted"` // that were refused before
	Neither  int    `json:"neither"`  // refused before and after, in the same words
	Codes    []Code `json:"codes,omitempty"`
	Places   []Spot `json:"places,omitempty"`

	last, other string // the document of the last translation, and the last one that differs
}

// Translation names one translation of a document.
type Translation struct {
	Document string
	To       string // the form; empty where it goes without saying
}

// String is the name for people.
func (t Translation) String() string {
	if t.To == "" {
		return t.Document
	}
	return t.Document + " to " + t.To
}

// Code is one way in which a concept is decided otherwise.
type Code struct {
	Source    Named        `json:"source"`
	Area      mapping.Area `json:"area,omitempty"`
	Was       []Decision   `json:"was"`
	Is        []Decision   `json:"is"`
	Documents int          `json:"documents"`
	Example   string       `json:"example"` // the name of one of them

	last string // the last document that was counted
}

// Spot is a place of the documents that is other, and not because of a code.
type Spot struct {
	Side      string `json:"side"`
	Path      string `json:"path"` // without indices
	Kind      string `json:"kind"`
	Was       string `json:"was,omitempty"` // the rule, or of a fate the fate
	Is        string `json:"is,omitempty"`
	Documents int    `json:"documents"`
	Example   string `json:"example"`

	last string
}

// Add counts one more translation. Those of one document come one after the other:
// it counts once.
func (s *Summary) Add(t Translation, d *Difference) {
	s.Translations++
	if s.Documents == 0 || t.Document != s.last {
		s.Documents, s.last = s.Documents+1, t.Document
	}
	if d.both {
		s.Neither++
	}
	if d.None() {
		return
	}
	if s.Different == 0 || t.Document != s.other {
		s.Different, s.other = s.Different+1, t.Document
	}
	switch {
	case d.Before == "" && d.After != "":
		s.Refused++
	case d.Before != "" && d.After == "":
		s.Accepted++
	}
	for _, f := range d.Facts {
		s.code(t, f)
	}
	for _, l := range d.Leaves {
		if l.Fact == "" {
			s.spot(t, l)
		}
	}
}

// code counts a fact that is decided otherwise.
func (s *Summary) code(t Translation, f Fact) {
	i := slices.IndexFunc(s.Codes, func(c Code) bool {
		return c.Source == f.Source && c.Area == f.Area && slices.EqualFunc(c.Was, f.Was, Decision.same) && slices.EqualFunc(c.Is, f.Is, Decision.same)
	})
	if i < 0 {
		i, s.Codes = len(s.Codes), append(s.Codes, Code{Source: f.Source, Area: f.Area, Was: f.Was, Is: f.Is, Example: t.String()})
	}
	if c := &s.Codes[i]; c.Documents == 0 || c.last != t.Document {
		c.Documents, c.last = c.Documents+1, t.Document
	}
}

// spot counts a leaf that follows from no code.
func (s *Summary) spot(t Translation, l Leaf) {
	at := Spot{Side: l.Side, Path: tree.WithoutIndices(l.Path), Kind: l.Kind, Was: l.Then.Rule, Is: l.Now.Rule}
	if l.Kind == Fate {
		at.Was, at.Is = l.Was, l.Is
	}
	i := slices.IndexFunc(s.Places, func(p Spot) bool {
		p.Documents, p.Example, p.last = 0, "", ""
		return p == at
	})
	if i < 0 {
		at.Example = t.String()
		i, s.Places = len(s.Places), append(s.Places, at)
	}
	if p := &s.Places[i]; p.Documents == 0 || p.last != t.Document {
		p.Documents, p.last = p.Documents+1, t.Document
	}
}

// Sort puts what is said of most documents first.
func (s *Summary) Sort() {
	slices.SortStableFunc(s.Codes, func(a, b Code) int {
		return cmp.Or(cmp.Compare(b.Documents, a.Documents), strings.Compare(a.Source.Display, b.Source.Display), cmp.Compare(a.Area, b.Area))
	})
	slices.SortStableFunc(s.Places, func(a, b Spot) int {
		return cmp.Or(cmp.Compare(b.Documents, a.Documents), strings.Compare(a.Path, b.Path), strings.Compare(a.Kind, b.Kind))
	})
}

// String is a decision in words: wider than "Spise og drikke" (J1.1).
func (d Decision) String() string {
	if d.How == Unmatched {
		return "no counterpart"
	}
	text := fmt.Sprintf("%s %s", d.Relation, d.Target)
	if d.How == Proposed {
		text += " (proposed)"
	}
	return text
}

// longCode is how long a code may be before it is shortened for people.
const longCode = 12

// String is a concept in words. A long code is shortened.
func (n Named) String() string {
	code := n.Code
	if len(code) > longCode {
		code = code[:8] + "…"
	}
	return cmp.Or(strings.TrimSpace(n.Display+" "+code), "nothing")
}

// Change tells what was decided and what is, in one line.
func Change(was, is []Decision) string {
	if len(was) == 1 && len(is) == 1 && was[0].Target == is[0].Target && was[0].How == is[0].How && was[0].Relation != is[0].Relation {
		return fmt.Sprintf("%s → %s", was[0].Relation, is[0])
	}
	if a, b := Words(was), Words(is); a != b {
		return a + " → " + b
	}
	return Words(is) + ", for another reason"
}

// Words tells decisions in one line.
func Words(all []Decision) string {
	if len(all) == 0 {
		return "nothing"
	}
	texts := make([]string, len(all))
	for i, d := range all {
		texts[i] = d.String()
	}
	return strings.Join(texts, " and ")
}
