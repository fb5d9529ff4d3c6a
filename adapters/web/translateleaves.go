package web

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/explain"
	"tolk/mapping/ledger"
)

const (
	// leafValue is how many characters of a value stand on the page: what is
	// longer is an attachment, and is in the download.
	leafValue = 160
	// leafOpen is up to how many leaves of a side every group of it is open.
	leafOpen = 300
	// leafGroups is up to how many groups a long side is a list of them; one of more is
	// a list of tens. A browser pays for each part that can be opened.
	leafGroups = 20
	// leafListed is how many leaves are named below one entry of the ledger; the
	// rest of them are found in the columns.
	leafListed = 40
)

// leafTwin is a translated document as the page shows it: the two documents leaf by
// leaf, and the ledger they share.
type leafTwin struct {
	Source, Target leafSide
	Entries        []*leafEntry
	Counts         []leafTally
}

// leafSide is one of the two documents.
type leafSide struct {
	Name   string // source or target
	Form   string
	Leaves int
	Groups []*leafGroup
	Tens   []leafTen // all of the groups, where there are too many
}

// leafGroup is the leaves of one resource, or of one part of a document that has no
// resources.
type leafGroup struct {
	ID    string
	Path  string // Bundle.entry[3]
	Title string // what it is: Condition
	Note  string // which one it is: its first display or name
	Open  bool
	Kept  bool // its leaves are made when it is opened
	Lines []leafLine
}

// leafLine is one leaf. Its two ends know each other by their ids.
type leafLine struct {
	ID, Tail, Value string
	Cut             int  // characters of the value that are not shown
	Resource        bool // resource. is left out before Tail
	Fate            leafFate
	Ends            []string
	Entry           int // of the ledger: e and this number
	Proposal        int // that waits for a person here; 0 is none
}

// leafFate is what became of a source leaf, or where a target leaf came from.
type leafFate string

// The words of a target leaf that no source leaf wrote.
const (
	leafConstant  leafFate = ledger.FromConstant
	leafGenerated leafFate = ledger.FromGenerated
)

// leafMarks are what the fates are shown by beside their colours.
var leafMarks = map[leafFate]string{
	"carried": "=", "converted": "≈", "used": "•", "residue": "↩", "dropped": "×", "unclaimed": "?",
	leafConstant: "§", leafGenerated: "+",
}

// Mark is the sign of a fate.
func (f leafFate) Mark() string { return leafMarks[f] }

// leafUrgency is the order the entries of the ledger stand in: first what a reader
// has to know about.
var leafUrgency = map[leafFate]int{"unclaimed": 0, "dropped": 1, "residue": 2, "converted": 3, "used": 4, "carried": 5, leafConstant: 6, leafGenerated: 7}

// leafTally is how many leaves have a fate.
type leafTally struct {
	Fate leafFate
	N    int
}

// leafEntry is one entry of the ledger: everything that has the same rule, row and
// reason, with the leaves it holds for.
type leafEntry struct {
	ID   int
	Side string
	Fate leafFate
	Rule *explain.Rule
	Row  *explain.Row
	// Relation is that of the row, of two rows both composed.
	Relation mapping.Equivalence
	Reason   string
	Back     string // the key of the words that tell what the way back gives
	Why      string // why there is no way back
	Leaves   []leafMention
	More     int // leaves that are not among Leaves
}

// Stated lists the rules of the entry that are stated in a file, one by one where
// two translations followed each other.
func (e *leafEntry) Stated() (all []explain.Rule) {
	if e.Rule == nil {
		return nil
	}
	rules := e.Rule.Steps
	if len(rules) == 0 {
		rules = []explain.Rule{*e.Rule}
	}
	for _, r := range rules {
		if r.Place != "" {
			all = append(all, r)
		}
	}
	return all
}

// leafMention is a leaf that is named elsewhere.
type leafMention struct{ ID, Path string }

// Count is how many leaves the entry is of.
func (e *leafEntry) Count() int { return len(e.Leaves) + e.More }

// newTwin lays the leaves of an account out. The proposals are those of the
// ledger: a leaf at or below the place of one waits for a person.
func newLeafTwin(from, to string, xml [2]bool, sources, targets []explain.Leaf, proposals []ledger.Proposal) *leafTwin {
	b := &leafBinder{ids: [2]map[string]string{{}, {}}, entries: map[string]*leafEntry{}, waits: map[string]int{}, fates: map[string]leafFate{}, of: map[string]*leafEntry{}}
	for i, p := range proposals {
		if b.waits[p.Path] == 0 {
			b.waits[p.Path] = i + 1
		}
	}
	for i, l := range sources {
		b.ids[0][l.Path] = "s" + strconv.Itoa(i)
		b.fates[l.Path] = leafFate(l.Fate)
	}
	for i, l := range targets {
		b.ids[1][l.Path] = "t" + strconv.Itoa(i)
	}
	t := &leafTwin{Source: b.side("source", from, xml[0], sources), Target: b.side("target", to, xml[1], targets)}
	t.Entries = b.all
	counts := map[leafFate]int{}
	for _, l := range sources {
		counts[leafFate(l.Fate)]++
	}
	for _, l := range targets {
		if f := leafFate(l.Fate); f == leafConstant || f == leafGenerated {
			counts[f]++
		}
	}
	for _, f := range ledger.Fates() {
		t.Counts = append(t.Counts, leafTally{leafFate(f.String()), counts[leafFate(f.String())]})
	}
	t.Counts = append(t.Counts, leafTally{leafConstant, counts[leafConstant]}, leafTally{leafGenerated, counts[leafGenerated]})
	slices.SortStableFunc(t.Entries, func(a, b *leafEntry) int { return cmp.Compare(leafUrgency[a.Fate], leafUrgency[b.Fate]) })
	return t
}

// leafBinder makes the two sides and the entries they refer to.
type leafBinder struct {
	ids     [2]map[string]string  // path → id, of the sources and of the targets
	fates   map[string]leafFate   // of the source leaves
	waits   map[string]int        // path of a proposal → its number
	of      map[string]*leafEntry // path of a source leaf → its entry
	entries map[string]*leafEntry
	all     []*leafEntry
}

func (b *leafBinder) side(name, form string, xml bool, leaves []explain.Leaf) leafSide {
	s := leafSide{Name: name, Form: form, Leaves: len(leaves)}
	which := 0
	if name == "target" {
		which = 1
	}
	var g *leafGroup
	at := map[string]*leafGroup{}
	for _, l := range leaves {
		place := leafGroupOf(l.Path, xml)
		if g == nil || g.Path != place {
			if g = at[place]; g == nil {
				g = &leafGroup{ID: name[:1] + "g" + strconv.Itoa(len(s.Groups)), Path: place, Open: len(leaves) <= leafOpen, Kept: len(leaves) > leafOpen}
				at[place] = g
				s.Groups = append(s.Groups, g)
			}
		}
		line := b.line(which, l)
		line.Tail, line.Resource = leafTail(l.Path, place)
		g.Lines = append(g.Lines, line)
		g.name(line)
	}
	s.Tens = leafTens(s.Groups)
	return s
}

// line is one leaf of a side: 0 the source, 1 the target.
func (b *leafBinder) line(which int, l explain.Leaf) leafLine {
	line := leafLine{ID: b.ids[which][l.Path], Fate: leafFate(l.Fate)}
	line.Value, line.Cut = leafShown(l.Value)
	for _, o := range l.Others {
		if id := b.ids[1-which][o]; id != "" {
			line.Ends = append(line.Ends, id)
		}
	}
	if which == 1 && line.Fate == ledger.FromSource {
		line.Fate = leafFate(ledger.Converted.String()) // as long as nothing else is known
		if len(l.Others) > 0 && b.fates[l.Others[0]] != "" {
			line.Fate = b.fates[l.Others[0]]
		}
	}
	if which == 0 {
		for path := l.Path; path != "" && line.Proposal == 0; path = leafAbove(path) {
			line.Proposal = b.waits[path]
		}
	}
	e := b.shared(which, l)
	if e == nil {
		e = b.entry(which, line.Fate, l)
	}
	line.Entry = e.ID
	if which == 0 {
		b.of[l.Path] = e
	} else if e.Side == "source" {
		return line // the entry is of the leaf at the other end
	}
	if len(e.Leaves) < leafListed {
		e.Leaves = append(e.Leaves, leafMention{line.ID, l.Path})
	} else {
		e.More++
	}
	return line
}

// shared is the entry of the leaf that a target leaf was made of, where the same
// rule and row hold for both; nil where there is none.
func (b *leafBinder) shared(which int, l explain.Leaf) *leafEntry {
	if which == 0 || len(l.Others) != 1 {
		return nil
	}
	e := b.of[l.Others[0]]
	if e == nil || l.Row != nil && (e.Row == nil || e.Row.Place != l.Row.Place) || !sameLeafRule(e.Rule, l.Rule) {
		return nil
	}
	return e
}

func sameLeafRule(a, b *explain.Rule) bool {
	return a == b || a != nil && b != nil && a.Name == b.Name
}

// entry finds the entry of the ledger that says of l what is to be said, or
// begins it.
func (b *leafBinder) entry(which int, f leafFate, l explain.Leaf) *leafEntry {
	back := ""
	if which == 0 || len(l.Others) > 0 {
		back = leafBack(l.Back)
	}
	side := [2]string{"source", "target"}[which]
	var rule, row string
	if l.Rule != nil {
		rule = l.Rule.Name
	}
	if l.Row != nil {
		row = l.Row.Place
	}
	key := strings.Join([]string{side, string(f), rule, row, l.Reason, back, l.Back.Why}, "\x00")
	e := b.entries[key]
	if e == nil {
		e = &leafEntry{ID: len(b.all), Side: side, Fate: f, Rule: l.Rule, Row: l.Row, Relation: l.Relation, Reason: l.Reason, Back: back, Why: l.Back.Why}
		b.entries[key] = e
		b.all = append(b.all, e)
	}
	return e
}

// Head is what a group is: its resource, or the last part of its place; empty for
// the whole of a document.
func (g *leafGroup) Head() string {
	if g.Title != "" || g.Path == "$this" {
		return g.Title
	}
	return g.Path[strings.LastIndexByte(g.Path, '.')+1:]
}

// name calls a group by what its leaves say of it.
func (g *leafGroup) name(l leafLine) {
	key := l.Tail
	if dot := strings.LastIndexByte(key, '.'); dot >= 0 {
		key = key[dot+1:]
	}
	switch {
	case l.Tail == "resourceType":
		g.Title = l.Value
	case l.Tail == "code.coding[0].display" && l.Cut == 0:
		g.Note = l.Value // before the level or the status, which may stand first
	case g.Note != "" || l.Value == "" || l.Cut > 0:
	case slices.Contains([]string{"display", "text", "family", "navn", "name", "titel", "title", "efternavn", "Name", "PersonSurnameName"}, key):
		g.Note = l.Value
	}
}

// leafGroupOf is the part of a document that a leaf is shown with: an entry of a
// Bundle, a member of the plain form, the third level of a document in XML, and
// otherwise the whole of it.
func leafGroupOf(path string, xml bool) string {
	parts := leafSplit(path)
	depth := 1
	switch {
	case xml:
		depth = 3
	case parts[0] == "Bundle" || parts[0] == "$this":
		depth = 2
	}
	if depth >= len(parts) {
		depth = max(1, len(parts)-1)
	}
	return strings.Join(parts[:depth], ".")
}

// leafTail is what is left of a path below a group of leaves, and whether the
// resource of an entry, which nearly all of its leaves are in, is left out of it.
func leafTail(path, place string) (tail string, resource bool) {
	rest := strings.TrimPrefix(strings.TrimPrefix(path, place), ".")
	rest, resource = strings.CutPrefix(rest, "resource.")
	if rest == "" {
		return path, false
	}
	return rest, resource
}

// leafSplit takes a path apart at its dots.
func leafSplit(path string) []string { return strings.Split(path, ".") }

// leafAbove is the path of what a place stands in, empty for the outermost. An
// element of a list stands in the list.
func leafAbove(path string) string {
	cut := strings.LastIndexAny(path, ".[")
	if cut < 0 {
		return ""
	}
	return path[:cut]
}

// leafShown is a value as it stands on the page, and how many characters of it do
// not: a string of JSON without its quotes and escapes.
func leafShown(value string) (text string, cut int) {
	if strings.HasPrefix(value, `"`) {
		var s string
		if err := json.Unmarshal([]byte(value), &s); err == nil {
			value = s
		}
	}
	n := utf8.RuneCountInString(value)
	if n <= leafValue+20 {
		return value, 0
	}
	end := 0
	for range leafValue {
		_, size := utf8.DecodeRuneInString(value[end:])
		end += size
	}
	return value[:end], n - leafValue
}

// leafBack is the key of what the way back gives: the same by itself, the same
// with the residue, another value, or no way. The residue also goes back where
// nobody offers to.
func leafBack(b explain.Back) string {
	switch {
	case !b.Offered && b.With != "":
		return "back.only"
	case !b.Offered:
		return "back.none"
	case b.Same:
		return "back.same"
	case b.With != "":
		return "back.residue"
	}
	return "back.other"
}

// leafFinder finds the leaves of a document that are at a path or below it.
type leafFinder struct {
	leaves []explain.Leaf
	begin  map[string]int // path → the first leaf at it or below it
}

func newLeafFinder(leaves []explain.Leaf) *leafFinder {
	f := &leafFinder{leaves, make(map[string]int, 2*len(leaves))}
	for i, l := range leaves {
		for path := l.Path; path != ""; path = leafAbove(path) {
			if _, known := f.begin[path]; known {
				break // and what is above it
			}
			f.begin[path] = i
		}
	}
	return f
}

// first is the id of the first leaf at a path or below it, and what the place
// says: its display, where it has one.
func (f *leafFinder) first(path string) (id, value string) {
	begin, ok := f.begin[path]
	if !ok {
		return "", ""
	}
	value, _ = leafShown(f.leaves[begin].Value)
	for _, l := range f.leaves[begin:] {
		if !strings.HasPrefix(l.Path, path) {
			break // they stand together
		}
		key := l.Path[strings.LastIndexByte(l.Path, '.')+1:]
		if key == "code" || key == "kode" || key == "display" || key == "navn" {
			value, _ = leafShown(l.Value)
		}
		if key == "display" || key == "navn" {
			break
		}
	}
	return "s" + strconv.Itoa(begin), value
}
