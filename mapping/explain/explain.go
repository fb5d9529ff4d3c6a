// Package explain says of one translation, leaf by leaf, why a document became what
// it became: by which rule and which row of a concept map, what waits for a person,
// and what comes back on the way home.
package explain

import (
	"strings"
	"sync"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/ledger"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
)

// Case is one translation that was made.
type Case struct {
	Gateway document.Translator // to go the way back
	Terms   *terminology.Terminology
	Rules   []rules.File    // where document rules are stated
	Fields  *fields.Library // where the rules of the plain form are stated; nil: their names alone are told
	Request document.Request
	Input   string
	// Result is what came of it. Without one the translation is made here.
	Result *document.Result
}

// The sides of a translation, which a Leaf stands on.
const (
	Source = "source"
	Target = "target"
)

// Leaf is all that is to say about one leaf of one of the two documents.
type Leaf struct {
	Side string // Source or Target
	Path string // as on the ledger
	// Value is as it is written: JSON with its quotes, or the text of an XML leaf. It
	// is for the owner of the document, and belongs in no log. As JSON (see
	// MarshalJSON) it is the value itself.
	Value string
	// Fate is what became of a leaf of the source (carried, converted, used, residue,
	// dropped, unclaimed), and of one of the target where it came from (source,
	// constant, generated).
	Fate string
	Rule *Rule // nil where no rule knows the leaf: Reason says so
	Row  *Row  // that translated the code
	// Also are the other rows that did, where one fact became several.
	Also []Row
	// Relation is that of the row, of two rows both composed.
	Relation  mapping.Equivalence
	Reason    string
	Others    []string   // the paths at the other end
	Values    []string   // what stands there, as it is written
	Proposals []Proposal // what waits for a person here
	Unmatched []Row      // what the maps say has no code on the other side
	Back      Back

	xml, otherXML bool // whether it stands in XML, and whether the other side is XML
}

// Rule is a rule by its name on the ledger. Where two translations followed each
// other the name is that of both ("a > b"), Steps has them one by one, and the rest is
// that of the last.
type Rule struct {
	Name  string `json:"name"`
	Place string `json:"place,omitempty"` // file:line, empty for a rule that is written in Go
	Text  string `json:"text,omitempty"`  // what stands there
	Site  *Site  `json:"site,omitempty"`
	Steps []Rule `json:"steps,omitempty"`
}

// Row is a row of a concept map.
type Row struct {
	Map      string              `json:"map"`   // url|version
	Place    string              `json:"place"` // file:line
	Source   Named               `json:"source"`
	Target   Named               `json:"target,omitzero"`
	Relation mapping.Equivalence `json:"relation"` // as the row states it
	Area     string              `json:"area,omitempty"`
	Guard    string              `json:"guard,omitempty"`
	Status   string              `json:"status,omitempty"`
	Reason   string              `json:"reason"`
	Via      *Row                `json:"via,omitempty"` // the step before it, from a retired code to a current one
	Site     *Site               `json:"site,omitempty"`
}

// Named is a concept with its official display.
type Named struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display"`
}

// Site is who stated a rule or a row in place of ours, and why.
type Site struct {
	Name     string `json:"name"`
	Replaces string `json:"replaces,omitempty"`
	Because  string `json:"because"`
}

// Proposal is a code that a person may write here.
type Proposal struct {
	ID       string              `json:"id,omitempty"` // what accepts it; empty where nobody may
	Target   Named               `json:"target"`
	Relation mapping.Equivalence `json:"relation"`
	Area     string              `json:"area,omitempty"`
	Map      string              `json:"map"`
	Place    string              `json:"place"` // of the row, or of the question that proposes it
	Reason   string              `json:"reason"`
	Held     string              `json:"held"`          // why it was not written by itself
	Row      *Row                `json:"row,omitempty"` // nil where no concept map proposes it
}

// Back is what stands at the place of a leaf when the document goes home: for a leaf
// of the source at its own place, for one of the target at the places it came from.
type Back struct {
	// Offered tells whether the form is written at all; Why says why not, and where it
	// is, why this document was refused on the way home.
	Offered bool
	Why     string
	// Without is what comes back of the translated document alone, as it is written;
	// empty where nothing does. With is what the residue gives back.
	Without string
	With    string
	At      string // where Without stands, if that is another place
	Same    bool   // it comes back as it was, also without the residue: at its place, or at the same one of another element

	withoutXML, withXML bool // whether they stand in XML
}

// Account explains one translation. It is for one goroutine at a time.
type Account struct {
	c              Case
	ledger         *ledger.Ledger
	source, target *side
	rows           map[string][]row // by place
	rules          map[string]*Rule // by name
	proposals      map[string][]int // of the ledger, by path
	unmatched      map[string][]int
	home           func() *home
}

// New reads both documents of a translation, once. The errors are those of the
// translation where it has not been made, and of a ledger that is not of the
// documents.
func New(c Case) (*Account, error) {
	if c.Result == nil {
		q := c.Request
		q.WithResidue = q.Residue == ""
		result, err := c.Gateway.Translate(c.Input, q)
		if err != nil {
			return nil, err
		}
		c.Result = result
	}
	l := c.Result.Ledger
	a := &Account{c: c, ledger: l, rules: map[string]*Rule{}, proposals: map[string][]int{}, unmatched: map[string][]int{}}
	var err error
	if a.source, err = readSide(Source, c.Input, len(l.Lines()), func(i int) string { return l.Lines()[i].Path }); err != nil {
		return nil, err
	}
	if a.target, err = readSide(Target, string(c.Result.Output), len(l.Origins()), func(i int) string { return l.Origins()[i].Path }); err != nil {
		return nil, err
	}
	for i, p := range l.Proposals {
		a.proposals[p.Path] = append(a.proposals[p.Path], i)
	}
	for i, u := range l.Unmatched {
		a.unmatched[u.Path] = append(a.unmatched[u.Path], i)
	}
	a.home = sync.OnceValue(a.goHome)
	return a, nil
}

// Ledger returns the account that is explained.
func (a *Account) Ledger() *ledger.Ledger { return a.ledger }

// Sources explains every leaf of the source, in the order of the document.
func (a *Account) Sources() []Leaf { return a.all(a.source) }

// Targets explains every leaf of the target, in the order of the document.
func (a *Account) Targets() []Leaf { return a.all(a.target) }

func (a *Account) all(s *side) []Leaf {
	leaves := make([]Leaf, len(s.leaves))
	for i := range leaves {
		leaves[i] = a.leaf(s, i)
	}
	return leaves
}

func (a *Account) leaf(s *side, i int) Leaf {
	if s == a.source {
		return a.sourceLeaf(i)
	}
	return a.targetLeaf(i)
}

// sourceLeaf explains leaf i of the source.
func (a *Account) sourceLeaf(i int) Leaf {
	line := &a.ledger.Lines()[i]
	leaf := Leaf{Side: Source, Path: line.Path, Value: a.source.value(i), Fate: line.Fate, Rule: a.rule(line.Rule),
		Relation: line.Relation, Reason: line.Reason, Others: line.Target, xml: a.source.doc.XML(), otherXML: a.target.doc.XML()}
	leaf.Row = a.row(line.Row, line.Map, line.Via)
	leaf.Also = a.also(line)
	leaf.Values = a.target.values(leaf.Others)
	leaf.Proposals, leaf.Unmatched = a.waiting(line.Path)
	if leaf.Rule == nil && leaf.Reason == "" {
		leaf.Reason = "no rule knows this element"
	}
	leaf.Back = a.home().ofSource(a, i)
	return leaf
}

// also lists the rows that wrote what a leaf became, beside the one of its line.
func (a *Account) also(line *ledger.Line) (rows []Row) {
	if len(line.Target) < 2 || line.Row == "" {
		return nil
	}
	seen := map[string]bool{line.Row: true}
	for _, target := range line.Target {
		i, ok := a.target.at[target]
		if !ok {
			continue
		}
		o := a.origin(i)
		if seen[o.Row] || o.Row == "" {
			continue
		}
		seen[o.Row] = true
		if r := a.row(o.Row, "", ""); r != nil {
			rows = append(rows, *r)
		}
	}
	return rows
}

// targetLeaf explains leaf i of the target.
func (a *Account) targetLeaf(i int) Leaf {
	origin := a.origin(i)
	leaf := Leaf{Side: Target, Path: origin.Path, Value: a.target.value(i), Fate: origin.From, Rule: a.rule(origin.Rule),
		xml: a.target.doc.XML(), otherXML: a.source.doc.XML()}
	leaf.Relation = origin.Relation
	canonical, via := "", ""
	if origin.Source != "" {
		leaf.Others = []string{origin.Source}
		leaf.Values = a.source.values(leaf.Others)
		if at, ok := a.source.at[origin.Source]; ok {
			if line := &a.ledger.Lines()[at]; line.Row == origin.Row {
				canonical, via = line.Map, line.Via
			}
		}
		leaf.Proposals, leaf.Unmatched = a.waiting(origin.Source)
	}
	leaf.Row = a.row(origin.Row, canonical, via)
	switch {
	case origin.From == ledger.FromGenerated:
		leaf.Reason = "made by the translation; no leaf of the source says it"
	case origin.From == ledger.FromConstant:
		leaf.Reason = "stated by the rule; no leaf of the source says it"
	case leaf.Rule == nil:
		leaf.Reason = "carried, though no rule knows this element"
	case leaf.Row != nil:
		leaf.Reason = leaf.Row.Reason
	}
	leaf.Back = a.home().ofTarget(a, i)
	return leaf
}

// origin is where leaf i of the target came from. A system or a display has the row of
// the code beside it, which was written with it.
func (a *Account) origin(i int) ledger.Origin {
	origin := a.ledger.Origins()[i]
	if origin.Row != "" {
		return origin
	}
	for _, name := range []string{".system", ".display"} {
		if coding, ok := strings.CutSuffix(origin.Path, name); ok {
			if n, ok := a.target.at[coding+".code"]; ok {
				if code := &a.ledger.Origins()[n]; code.Rule == origin.Rule {
					origin.Row, origin.Relation = code.Row, code.Relation
				}
			}
		}
	}
	return origin
}
