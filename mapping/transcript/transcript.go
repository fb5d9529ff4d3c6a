// Package transcript writes one document from another and keeps the account
// while it does: every write says which leaf of the source it came from, by
// which rule, or that a rule states it. What nobody wrote or left out with a
// reason is unclaimed.
package transcript

import (
	"unsafe"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// Transcript is one document being written from another. It is for one
// goroutine, and for one use.
type Transcript struct {
	Doc *tree.Doc // the source
	Out *tree.Out // the target: containers are begun here, leaves written by the methods below

	from, to    string
	fates       []fate  // by source node
	pairs       []pair  // by number
	numbers     []int32 // of pairs and 1, or 0: by pair.slot, or next to it where that is taken
	recent      [256]seen
	relations   map[tree.ID]relation
	lacks       []ledger.Lack
	notices     []ledger.Notice
	proposals   []ledger.Proposal
	unmatched   []ledger.Unmatched
	conformance string
	printable   bool
}

// fate is what became of a leaf of the source so far, by which pair.
type fate struct {
	fate ledger.Fate
	pair int32
}

// pair is two texts that are met together again and again: the rule that wrote a
// leaf of the target and where from, the rule that decided about a leaf of the
// source and its reason.
type pair struct{ rule, text string }

// slot returns where among so many places, a power of two, a pair is looked for
// first. Rules begin alike, so it looks at their middle and their end.
func (p pair) slot(places int) int {
	const odd = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio: it spreads what it multiplies
	h, n := uint64(len(p.rule)+len(p.text)<<8), len(p.rule)
	if n >= 8 {
		h = (h^eight(p.rule[n/2-4:]))*odd ^ eight(p.rule[n-8:])
	} else {
		for _, c := range []byte(p.rule) {
			h = h<<8 ^ uint64(c)
		}
	}
	return int(h*odd>>40) & (places - 1)
}

// eight is the first eight bytes of s as one number.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// relation is what Relate said of a leaf.
type relation struct {
	by                     mapping.Equivalence
	canonical, row, reason string
}

// New begins a transcript of doc from one form to another.
func New(doc *tree.Doc, from, to string) *Transcript {
	return begin(doc, from, to, 2*doc.Len())
}

// begin is New for a target of so many nodes, as near as is known.
func begin(doc *tree.Doc, from, to string, nodes int) *Transcript {
	t := &Transcript{Doc: doc, Out: tree.NewOut(nodes), from: from, to: to,
		fates: make([]fate, doc.Len()), pairs: make([]pair, 0, 64), numbers: make([]int32, 1024)}
	t.number(to, ledger.FromConstant) // of a document that holds nothing
	return t
}

// seen is a pair by where its texts stand, which is the same for the same constants of
// the program, and so spares reading them.
type seen struct {
	rule, text *byte
	number     int32
}

// number returns the number of a rule and what it wrote from, for Out, or of a
// rule and a reason.
func (t *Transcript) number(rule, text string) int32 {
	at := seen{rule: unsafe.StringData(rule), text: unsafe.StringData(text)}
	s := &t.recent[(uintptr(unsafe.Pointer(at.rule))>>3^uintptr(unsafe.Pointer(at.text))>>4)%uintptr(len(t.recent))]
	if s.rule != nil && s.rule == at.rule && s.text == at.text {
		if p := &t.pairs[s.number]; len(p.rule) == len(rule) && len(p.text) == len(text) {
			return s.number
		}
	}
	at.number = t.read(rule, text)
	*s = at
	return at.number
}

// read is number by what the texts say.
func (t *Transcript) read(rule, text string) int32 {
	p := pair{rule, text}
	at := p.slot(len(t.numbers))
	for ; t.numbers[at] != 0; at = (at + 1) & (len(t.numbers) - 1) {
		if n := t.numbers[at] - 1; t.pairs[n] == p {
			return n
		}
	}
	n := int32(len(t.pairs))
	t.pairs = append(t.pairs, p)
	t.numbers[at] = n + 1
	if 2*len(t.pairs) > len(t.numbers) {
		t.spread()
	}
	return n
}

// spread gives the pairs twice as many places.
func (t *Transcript) spread() {
	t.numbers = make([]int32, 2*len(t.numbers))
	for n, p := range t.pairs {
		at := p.slot(len(t.numbers))
		for t.numbers[at] != 0 {
			at = (at + 1) & (len(t.numbers) - 1)
		}
		t.numbers[at] = int32(n + 1)
	}
}

// Leaf writes a scalar, as it will stand in the JSON, from a leaf of the source
// by a rule. The leaf of the source is carried if the value is the same and
// converted otherwise.
func (t *Transcript) Leaf(parent tree.OutID, key, raw string, from tree.ID, rule string) tree.OutID {
	n := t.number(rule, ledger.FromConstant)
	leaf := t.Out.Leaf(parent, key, raw, from, n)
	t.reached(from, ledger.Same(t.Doc, from, t.Out, leaf), n)
	return leaf
}

// reached marks a leaf of the source that reached the target, as the same or not.
func (t *Transcript) reached(from tree.ID, same bool, number int32) {
	if same {
		t.mark(from, ledger.Carried, number)
	} else {
		t.mark(from, ledger.Converted, number)
	}
}

// Carry writes a leaf of the source as it stands: from JSON to the byte, from or
// to XML, which has no kinds, its text as a string.
func (t *Transcript) Carry(parent tree.OutID, key string, from tree.ID, rule string) tree.OutID {
	if t.Doc.XML() || t.Out.XML() {
		return t.Text(parent, key, t.Doc.Text(from), from, rule)
	}
	return t.Leaf(parent, key, t.Doc.Raw(from), from, rule)
}

// Text writes a string from a leaf of the source by a rule.
func (t *Transcript) Text(parent tree.OutID, key, text string, from tree.ID, rule string) tree.OutID {
	n := t.number(rule, ledger.FromConstant)
	leaf := t.Out.Text(parent, key, text, from, n)
	if t.Doc.XML() {
		t.reached(from, text == t.Doc.Text(from), n) // which spares reading it back
	} else {
		t.reached(from, ledger.Same(t.Doc, from, t.Out, leaf), n)
	}
	return leaf
}

// Copy writes n and all below it as it stands. The source is a JSON document.
func (t *Transcript) Copy(parent tree.OutID, key string, n tree.ID, rule string) tree.OutID {
	if t.Doc.Leaf(n) && t.Doc.Kind(n).Container() {
		number := t.number(rule, ledger.FromConstant)
		out := t.Out.Copy(parent, key, t.Doc, n, number)
		t.mark(n, ledger.Carried, number)
		return out
	}
	switch t.Doc.Kind(n) {
	case tree.Object:
		out := t.Out.Object(parent, key)
		for c := t.Doc.First(n); c != tree.None; c = t.Doc.Next(c) {
			t.Copy(out, t.Doc.RawKey(c), c, rule)
		}
		return out
	case tree.Array:
		out := t.Out.Array(parent, key)
		for c := t.Doc.First(n); c != tree.None; c = t.Doc.Next(c) {
			t.Copy(out, "", c, rule)
		}
		return out
	}
	return t.Carry(parent, key, n, rule)
}

// Constant writes a scalar, as it will stand in the JSON, that a rule states.
func (t *Transcript) Constant(parent tree.OutID, key, raw, rule string) tree.OutID {
	return t.Out.Leaf(parent, key, raw, tree.None, t.number(rule, ledger.FromConstant))
}

// Say is Constant for a string.
func (t *Transcript) Say(parent tree.OutID, key, text, rule string) tree.OutID {
	return t.Out.Text(parent, key, text, tree.None, t.number(rule, ledger.FromConstant))
}

// Generate writes a string that is made for this document: an id, a text for
// people.
func (t *Transcript) Generate(parent tree.OutID, key, text, rule string) tree.OutID {
	return t.Out.Text(parent, key, text, tree.None, t.number(rule, ledger.FromGenerated))
}

// Encode writes a string that says bytes in base64.
func (t *Transcript) Encode(parent tree.OutID, key, bytes, rule string) tree.OutID {
	return t.Out.Base64(parent, key, bytes, tree.None, t.number(rule, ledger.FromGenerated))
}

// Make is Generate for a scalar as it will stand in the JSON.
func (t *Transcript) Make(parent tree.OutID, key, raw, rule string) tree.OutID {
	return t.Out.Leaf(parent, key, raw, tree.None, t.number(rule, ledger.FromGenerated))
}

// Relate says of a leaf that was converted which row of which concept map did
// it.
func (t *Transcript) Relate(from tree.ID, by mapping.Equivalence, canonical, row, reason string) {
	if t.relations == nil {
		t.relations = map[tree.ID]relation{}
	}
	t.relations[from] = relation{by, canonical, row, reason}
}

// Use says that n and all below it chose a rule, whose constant stands in the
// target or whose shape the target has.
func (t *Transcript) Use(n tree.ID, rule string) { t.each(n, ledger.Used, rule, "") }

// Drop says that the target form has no place for n and all below it, and why.
func (t *Transcript) Drop(n tree.ID, rule, reason string) { t.each(n, ledger.Dropped, rule, reason) }

// Hold says that n and all below it could stand in the target but may not go
// there by itself, or is kept elsewhere, and why.
func (t *Transcript) Hold(n tree.ID, rule, reason string) { t.each(n, ledger.Residue, rule, reason) }

// Like says of n, which is the same as m to the letter, what was said of m: where
// m reached the target n has chosen the rule, and what nobody claimed of m
// nobody claims of n. Of two that are not built alike it says nothing.
func (t *Transcript) Like(n, m tree.ID, rule string) {
	if t.Doc.End(n)-n != t.Doc.End(m)-m {
		return
	}
	number := t.number(rule, "")
	for end := t.Doc.End(n); n < end; n, m = n+1, m+1 {
		if !t.Doc.Leaf(n) {
			continue
		}
		switch f := t.fates[m]; f.fate {
		case ledger.Unclaimed:
		case ledger.Dropped, ledger.Residue:
			t.mark(n, f.fate, f.pair)
		default:
			t.mark(n, ledger.Used, number)
		}
	}
}

// each marks every leaf of n that has no better fate.
func (t *Transcript) each(n tree.ID, fate ledger.Fate, rule, reason string) {
	number := t.number(rule, reason)
	for end := t.Doc.End(n); n < end; n++ {
		if t.Doc.Leaf(n) {
			t.mark(n, fate, number)
		}
	}
}

// rank orders fates: what reached the target counts before what did not.
var rank = [...]uint8{ledger.Unclaimed: 0, ledger.Dropped: 1, ledger.Residue: 2, ledger.Used: 3, ledger.Converted: 4, ledger.Carried: 5}

func (t *Transcript) mark(n tree.ID, f ledger.Fate, number int32) {
	if rank[f] > rank[t.fates[n].fate] {
		t.fates[n] = fate{f, number}
	}
}

// Claimed reports whether n, or every leaf below it, has a fate.
func (t *Transcript) Claimed(n tree.ID) bool {
	for end := t.Doc.End(n); n < end; n++ {
		if t.Doc.Leaf(n) && t.fates[n].fate == ledger.Unclaimed {
			return false
		}
	}
	return true
}

// Lack says what the target form demands, or its reader needs, and the source
// does not say. A document with lacks is delivered, but not in strict mode.
func (t *Transcript) Lack(l ledger.Lack) { t.lacks = append(t.lacks, l) }

// Notice says something of the document that its sender should hear.
func (t *Transcript) Notice(path, message string) {
	t.notices = append(t.notices, ledger.Notice{Path: path, Message: message})
}

// Propose adds a fact that waits for a person.
func (t *Transcript) Propose(p ...ledger.Proposal) { t.proposals = append(t.proposals, p...) }

// Claim says which profile the target document claims as a whole.
func (t *Transcript) Claim(profile string) { t.conformance = profile }

// How large a document may be that is written: as large as one that is read
// (tree.Limits), or nobody could check it.
const longest, most = 16 << 20, 2_000_000

// Written is a document with its account.
type Written struct {
	Doc    *tree.Doc // the source
	Output []byte    // compact JSON, or XML
	Ledger *ledger.Ledger
	Raws   func() []string // the leaves of Output as they are written, in order
}

// Finish closes the transcript: the document as bytes, the ledger, audited.
func (t *Transcript) Finish() (*Written, error) {
	w := &Written{Doc: t.Doc, Ledger: &ledger.Ledger{From: t.from, To: t.to,
		Conformance: ledger.Conformance{Profile: t.conformance, Met: len(t.lacks) == 0, Lacks: t.lacks},
		Notices:     t.notices, Proposals: t.proposals, Unmatched: t.unmatched}}
	t.Out.Prune()
	if t.Out.Size() > longest || t.Out.Len() > most {
		return nil, &mapping.Error{Kind: mapping.TooLong, Path: "$this", Message: "the " + t.to + " document would be larger than a document may be (16 MiB, 2,000,000 nodes)"}
	}
	if err := t.characters(); err != nil {
		return nil, err
	}
	w.Output = t.Out.Append(make([]byte, 0, t.Out.Size()), 0)
	w.Raws = w.Ledger.Account(t.Doc, t.Out, t.fate, t.line, func(_ tree.OutID, number int32, o *ledger.Origin) {
		o.From, o.Rule = t.pairs[number].text, t.pairs[number].rule
	})
	if err := w.Ledger.Settle(t.Doc.Source(), w.Output); err != nil {
		return nil, err
	}
	return w, nil
}

// fate is the fate of leaf n.
func (t *Transcript) fate(n tree.ID) ledger.Fate { return t.fates[n].fate }

// line writes what became of leaf n.
func (t *Transcript) line(n tree.ID, l *ledger.Line) {
	f := t.fates[n]
	l.Fate = f.fate.String()
	switch f.fate {
	case ledger.Unclaimed:
		l.Reason = "no rule knows this element"
		return
	case ledger.Dropped, ledger.Residue:
		l.Reason = t.pairs[f.pair].text
	}
	l.Rule = t.pairs[f.pair].rule
	if len(t.relations) > 0 {
		if r, ok := t.relations[n]; ok {
			l.Relation, l.Map, l.Row, l.Reason = r.by, r.canonical, r.row, r.reason
		}
	}
}
