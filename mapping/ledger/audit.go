package ledger

import (
	"fmt"
	"slices"
	"unsafe"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// Audit checks a ledger against the bytes of the two documents it accounts
// for, and against nothing else: it parses both again and shares no state with
// what wrote them. It returns an Exception, a bug of ours, if a leaf of the
// source is not there exactly once, a leaf of the target has no origin, or a
// carried value is not the same at both ends. A document that fails it is
// never sent.
func Audit(source, target string, l *Ledger) error {
	_, err := audit(source, target, l, nil)
	return err
}

// audit is Audit. The target is read with reader and returned with its leaves; nil is
// a reader whose memory serves the next audit, so that nothing is returned.
func audit(source, target string, l *Ledger, reader *tree.Reader) (reading, error) {
	var a *auditor
	select {
	case a = <-auditors:
	default:
		a = new(auditor)
	}
	defer a.rest()
	a.account, a.counted = l.account(), l.Counts
	a.lines, a.origins = a.account.size()
	if reader == nil {
		return reading{}, a.check(source, target, &a.targetReader)
	}
	kept := a.targets
	a.targets = make([]tree.ID, 0, a.origins)
	err := a.check(source, target, reader)
	read := reading{a.target, a.targets}
	a.targets = kept
	return read, err
}

// check reads the two documents and checks the account.
func (a *auditor) check(source, target string, reader *tree.Reader) (err error) {
	if a.source, err = a.sourceReader.Read(source, tree.Limits{}); err != nil {
		return err
	}
	if a.target, err = reader.Read(target, tree.Limits{}); err != nil {
		return bug("", "the target document is not well-formed")
	}
	for _, check := range []func() error{a.everyLine, a.everyOrigin, a.citations, a.fates} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// reading is a document as an auditor has read it, with its leaves in order.
type reading struct {
	doc    *tree.Doc
	leaves []tree.ID
}

// auditors are a few who have nothing to do. An audit takes as much memory as its
// two documents do, and leaves nothing behind but a verdict. The collector does not
// take them, as it would out of a sync.Pool, twice in the time of a large document.
var auditors = make(chan *auditor, 4)

// mostKept is how many nodes of the two documents are worth keeping; hardly two
// documents have more.
const mostKept = 1 << 16

// rest lets go of the documents and the account. The next audit writes over what is
// kept: numbers, which say nothing of what stood anywhere.
func (a *auditor) rest() {
	a.sourceReader.Forget()
	a.targetReader.Forget()
	*a = auditor{memory: a.memory}
	if a.sourceReader.Size()+a.targetReader.Size() > mostKept {
		return
	}
	select {
	case auditors <- a:
	default:
	}
}

// AuditBytes is Audit for a target as it was written. Nobody may write on in it
// meanwhile: it is looked at where it stands, without a copy of it.
func AuditBytes(source string, target []byte, l *Ledger) error {
	return Audit(source, asItStands(target), l)
}

// asItStands is bytes that nobody writes in any more as a text, without a copy.
func asItStands(bytes []byte) string { return unsafe.String(unsafe.SliceData(bytes), len(bytes)) }

type auditor struct {
	memory
	source, target *tree.Doc
	account        account
	counted        map[string]int
	lines, origins int
}

// memory is what an auditor keeps from one audit to the next.
type memory struct {
	sourceReader, targetReader tree.Reader

	sources, targets []tree.ID // leaf by index in the ledger
	cites            []int32   // by origin, the line it cites, or nowhere
	// The origins that cite a line: those of line i are cited[ends[i-1]:ends[i]],
	// as indexes in the ledger and in its order.
	cited []int32
	ends  []int32
	named []int32 // the origins that one line names
}

// everyLine checks that the lines are the leaves of the source, in order, each
// once.
func (a *auditor) everyLine() error {
	if a.sources = leaves(a.source, a.sources); len(a.sources) != a.lines {
		return bug("", fmt.Sprintf("%d lines for %d leaves of the source", a.lines, len(a.sources)))
	}
	if stray := a.account.lined(a.source); stray != tree.None {
		return bug(a.source.Path(stray), "a leaf of the source without a line of its own")
	}
	return nil
}

// everyOrigin checks that the origins are the leaves of the target, in order,
// each once.
func (a *auditor) everyOrigin() error {
	if a.targets = leaves(a.target, a.targets); len(a.targets) != a.origins {
		return bug("", fmt.Sprintf("%d origins for %d leaves of the target", a.origins, len(a.targets)))
	}
	if stray := a.account.originated(a.target); stray != tree.None {
		return bug(a.target.Path(stray), "invented: a leaf of the target without an origin of its own")
	}
	return nil
}

// leaves returns the leaves of a document in order, in this memory if it is enough.
func leaves(doc *tree.Doc, all []tree.ID) []tree.ID {
	all = all[:0]
	for n := range tree.ID(doc.Len()) {
		if doc.Leaf(n) {
			all = append(all, n)
		}
	}
	return all
}

// citations checks that every origin is a leaf of the source, or a rule, and
// lists by line the origins that cite it.
func (a *auditor) citations() error {
	a.cites = zeros(a.cites, a.origins)
	a.ends = zeros(a.ends, a.lines+1)
	cites := a.cites
	var o Origin
	for i := range cites {
		o.From, o.Rule, o.Source = "", "", ""
		a.account.origin(i, &o)
		cites[i] = a.account.cited(i)
		switch o.From {
		case FromSource:
			if cites[i] == nowhere {
				return bug(a.target.Path(a.targets[i]), "invented: its origin is no leaf of the source")
			}
			a.ends[cites[i]+1]++
		case FromConstant, FromGenerated:
			if o.Rule == "" || o.Source != "" || cites[i] != nowhere {
				return bug(a.target.Path(a.targets[i]), "invented: a constant without a rule, or with a source")
			}
		default:
			return bug(a.target.Path(a.targets[i]), "invented: no origin")
		}
	}
	for i := range a.lines {
		a.ends[i+1] += a.ends[i] // now where those of line i+1 begin, and below where they end
	}
	a.cited = zeros(a.cited, int(a.ends[a.lines]))
	for i, line := range cites {
		if line != nowhere {
			a.cited[a.ends[line]] = int32(i)
			a.ends[line]++
		}
	}
	return nil
}

// zeros returns so many zeros, in this memory if it is enough.
func zeros(memory []int32, n int) []int32 {
	memory = slices.Grow(memory[:0], n)[:n]
	clear(memory)
	return memory
}

// fates checks that every leaf of the source ended as its line says, and that the
// fates add up.
func (a *auditor) fates() error {
	var counts [fates]int
	var line Line
	begin := int32(0)
	for i := range a.lines {
		line = Line{}
		a.account.line(i, &line)
		f := fateOf(line.Fate)
		if f == fates {
			return bug(a.source.Path(a.sources[i]), "a fate that is none")
		}
		counts[f]++
		citing := a.cited[begin:a.ends[i]]
		begin = a.ends[i]
		a.named = a.account.named(i, &line, citing, a.named[:0])
		if fault := a.line(i, f, &line, citing, a.named); fault != "" {
			return bug(a.source.Path(a.sources[i]), fault)
		}
	}
	return a.counts(counts)
}

// line returns what is wrong with line i, citing being the origins that cite it and
// named those it names.
func (a *auditor) line(i int, fate Fate, line *Line, citing, named []int32) string {
	carried := fate == Carried
	reached := carried || fate == Converted
	for _, origin := range named {
		switch {
		case origin == nowhere:
			return "it names a target that comes from elsewhere"
		case carried && !a.same(a.sources[i], a.targets[origin]):
			return "carried, but not the same value at both ends"
		}
	}
	switch {
	case len(named) > len(citing) || len(named) < len(citing) && fate == Converted:
		return "the targets it names are not those that come from it"
	case reached && len(named) == 0:
		return "its fate says that it reached the target, and it did not"
	case !reached && len(citing) > 0:
		return "its fate says that it did not reach the target, and it did"
	case !reached && fate != Used && line.Reason == "":
		return "left out without a reason"
	}
	return ""
}

// same compares two leaves as they are written; of an empty container the
// white space does not count.
func (a *auditor) same(source, target tree.ID) bool {
	if a.source.XML() {
		return a.target.Kind(target).Container() || said(a.target, target) == a.source.Text(source)
	}
	if a.target.XML() {
		return !a.source.Kind(source).Container() && said(a.source, source) == a.target.Text(target)
	}
	if kind := a.source.Kind(source); kind.Container() {
		return kind == a.target.Kind(target)
	}
	return a.source.Raw(source) == a.target.Raw(target)
}

// said is what a scalar says as a text: XML has nothing else.
func said(doc *tree.Doc, n tree.ID) string {
	if doc.Kind(n) == tree.String {
		return doc.Text(n)
	}
	return doc.Raw(n)
}

// counts checks that the fates add up to what is stated.
func (a *auditor) counts(counts [fates]int) error {
	if a.counted["leaves"] != a.lines || len(a.counted) != int(fates)+1 {
		return bug("", "the counts do not add up: leaves")
	}
	for _, f := range Fates() {
		if n, ok := a.counted[f.String()]; !ok || n != counts[f] {
			return bug("", "the counts do not add up: "+f.String())
		}
	}
	return nil
}

// fateOf returns the fate with this word, fates if there is none.
func fateOf(word string) Fate {
	for f, name := range fateNames {
		if name == word {
			return Fate(f)
		}
	}
	return fates
}

func bug(path, message string) error {
	return &mapping.Error{Kind: mapping.Exception, Path: path, Message: "the ledger does not hold: " + message}
}
