// Package residue writes what gives a document back after it was translated,
// and gives it back.
package residue

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// The residue is what gives the original back: the source document with each
// leaf in place of its value saying where the value is. A carried leaf is in
// the target ({"at": path}), every other one is here ({"is": value}), and one
// that was converted remembers what it became ({"is": value, "at": path, "as":
// value}). What else stands in the target is listed as fixed ([path, value]),
// so that a change made to the target is never overlooked.
//
// Objects are written as {"o": [[key, node] ...]} and arrays as {"a": [node
// ...]}, so that no key of the sender's can be mistaken for one of ours.

// Write returns the residue of a translation: the source document, also as it
// came, the ledger, and the leaves of the target as they are written.
func Write(doc *tree.Doc, came string, l *ledger.Ledger, raws []string) []byte {
	b := append(make([]byte, 0, 2*len(doc.Source())), `{"tolk":"residue","version":1,"from":`...)
	b = append(b, tree.Quote(l.From)...)
	b = append(b, `,"to":`...)
	b = append(b, tree.Quote(l.To)...)
	b = append(b, `,"shape":`...)
	b = append(b, tree.Quote(shape(l.Origins()))...)
	if tree.IsXML(came) {
		return original(b, came, l, raws)
	}
	w := writer{doc: doc, ledger: l, raws: make(map[string]string, len(raws))}
	taken := make(map[string]bool, len(raws)) // said with the leaf that went there
	for _, line := range l.Lines() {
		if len(line.Target) > 0 {
			taken[line.Target[0]] = true
		}
	}
	b = append(b, `,"fixed":[`...)
	b = w.fixed(b, raws, taken)
	b = append(b, `],"document":`...)
	b = w.node(b, doc.Root())
	return append(b, '}')
}

// original writes the residue of an XML document: all of it, since its leaves
// cannot be put together again to the byte. Everything in the target is fixed.
func original(b []byte, came string, l *ledger.Ledger, raws []string) []byte {
	w := writer{ledger: l, raws: map[string]string{}}
	b = append(b, `,"fixed":[`...)
	b = w.fixed(b, raws, nil)
	b = append(b, `],"original":"`...)
	b = base64.StdEncoding.AppendEncode(b, []byte(came))
	return append(b, `"}`...)
}

// writer writes the parts of a residue.
type writer struct {
	doc    *tree.Doc
	ledger *ledger.Ledger
	raws   map[string]string // of the target, by path
	line   int               // of the ledger, of the leaf that comes next
}

// fixed lists what stands in the target and is not taken back from there.
func (w *writer) fixed(b []byte, raws []string, taken map[string]bool) []byte {
	first := true
	for i, o := range w.ledger.Origins() {
		w.raws[o.Path] = raws[i]
		if taken[o.Path] {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(append(append(b, '['), tree.Quote(o.Path)...), ','), value(raws[i])...), ']')
	}
	return b
}

// value is what was written, as JSON; of a container that holds nothing the raw
// value is empty, and its place in the document says enough.
func value(raw string) string {
	if raw == "" {
		return "null"
	}
	return raw
}

// shape is a hash of the paths of the target: a document whose leaves are at
// other places is not the one this residue belongs to.
func shape(target []ledger.Origin) string {
	h := sha256.New()
	for _, o := range target {
		h.Write([]byte(o.Path))
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (w *writer) node(b []byte, n tree.ID) []byte {
	d := w.doc
	if d.Leaf(n) {
		l := &w.ledger.Lines()[w.line]
		w.line++
		return w.leaf(b, n, l)
	}
	object := d.Kind(n) == tree.Object
	if object {
		b = append(b, `{"o":[`...)
	} else {
		b = append(b, `{"a":[`...)
	}
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		if c != d.First(n) {
			b = append(b, ',')
		}
		if object {
			b = append(b, '[', '"')
			b = append(b, d.RawKey(c)...)
			b = append(b, '"', ',')
		}
		b = w.node(b, c)
		if object {
			b = append(b, ']')
		}
	}
	return append(b, ']', '}')
}

// leaf writes a leaf. What was carried to one place is taken back from there;
// of two places, which may come to differ, from none.
func (w *writer) leaf(b []byte, n tree.ID, l *ledger.Line) []byte {
	carried := l.Fate == ledger.Carried.String()
	if carried && len(l.Target) == 1 {
		b = append(b, `{"at":`...)
		return append(append(b, tree.Quote(l.Target[0])...), '}')
	}
	b = w.doc.Append(append(b, `{"is":`...), n)
	if len(l.Target) > 0 {
		b = append(b, `,"at":`...)
		b = append(b, tree.Quote(l.Target[0])...)
		b = append(b, `,"as":`...)
		if carried {
			b = w.doc.Append(b, n)
		} else {
			b = append(b, value(w.raws[l.Target[0]])...)
		}
	}
	return append(b, '}')
}

// Restore gives the original back from a document and its residue, with the
// account of it. from and to are the forms of the document and of the original.
// A carried value that was changed in the document is taken over; any other
// change is refused with its path, because the residue cannot tell what it
// means.
func Restore(document, text, from, to string, limits tree.Limits) ([]byte, *ledger.Ledger, error) {
	residue, err := tree.Parse(text, tree.Limits{Depth: 256, Bytes: 64 << 20})
	if err != nil {
		return nil, nil, inResidue(err)
	}
	root := residue.Root()
	member := func(name string) string { return residue.Text(residue.Child(root, name)) }
	if member("tolk") != "residue" || member("from") != to || member("to") != from {
		return nil, nil, &mapping.Error{Kind: mapping.Invalid, Path: "residue", Message: "expected the residue of a translation from " + to + " to " + from}
	}
	doc, err := tree.Read(document, limits)
	if err != nil {
		return nil, nil, err
	}
	b := restorer{residue: residue, doc: doc, at: map[string]tree.ID{}, path: make([]string, doc.Len()), out: tree.NewOut(residue.Len())}
	b.l.From, b.l.To = from, to
	paths := make([]ledger.Origin, 0, doc.Len())
	doc.Walk(doc.Root(), func(n tree.ID, path string) {
		b.at[path], b.path[n] = n, path
		paths = append(paths, ledger.Origin{Path: path})
	})
	if shape(paths) != member("shape") {
		return nil, nil, &mapping.Error{Kind: mapping.Invalid, Path: "residue", Message: "elements were added to the document or taken from it since the residue was made; translate it without the residue"}
	}
	if err := b.fixed(residue.Child(root, "fixed")); err != nil {
		return nil, nil, err
	}
	output, err := b.rebuild(root)
	if err != nil {
		return nil, nil, err
	}
	if b.decoded != "" {
		err = ledger.Audit(document, b.decoded, &b.l)
	} else {
		err = ledger.AuditBytes(document, output, &b.l)
	}
	if err != nil {
		if _, unread := tree.Read(string(output), tree.Limits{}); b.decoded == "" && unread != nil { // a key twice, or too deep: as no residue of ours is
			err = damaged()
		}
		return nil, nil, err
	}
	return output, &b.l, nil
}

// restorer rebuilds a source document.
type restorer struct {
	residue *tree.Doc
	doc     *tree.Doc // the target document it came back as
	at      map[string]tree.ID
	path    []string // of the leaves of doc, by node: to ask the tree for each costs as many steps as its array is long
	out     *tree.Out
	l       ledger.Ledger
	decoded string // the text of an original in XML, whatever its bytes are in
	origins []ledger.Origin
}

// rebuild puts the original together, or takes it whole, and accounts for it.
func (b *restorer) rebuild(root tree.ID) ([]byte, error) {
	if o := b.residue.Child(root, "original"); o != tree.None {
		return b.original(o)
	}
	if err := b.node(b.residue.Child(root, "document"), "", tree.NoOut); err != nil {
		return nil, err
	}
	if b.out.Size() > longest { // one leaf taken back in many places, as no residue of ours does
		return nil, damaged()
	}
	b.account()
	return b.out.Append(nil, 0), nil
}

// longest is how many bytes an original has at most: as many as one that is read
// (tree.Limits).
const longest = 16 << 20

// original takes an XML document out of the residue as it was.
func (b *restorer) original(n tree.ID) ([]byte, error) {
	text, err := base64.StdEncoding.DecodeString(b.residue.Text(n))
	if err != nil {
		return nil, damaged()
	}
	if b.decoded, _, err = tree.DecodeXML(text); err != nil {
		return nil, damaged()
	}
	doc, err := tree.ParseXML(b.decoded, tree.Limits{})
	if err != nil {
		return nil, damaged()
	}
	doc.Walk(doc.Root(), func(_ tree.ID, path string) {
		b.origins = append(b.origins, ledger.Origin{Path: path, From: ledger.FromConstant, Rule: "residue"})
	})
	b.spend(nil)
	return text, nil
}

func (b *restorer) node(n tree.ID, key string, out tree.OutID) error {
	d := b.residue
	switch {
	case d.Child(n, "o") != tree.None:
		o := b.out.Object(out, key)
		for m := d.First(d.Child(n, "o")); m != tree.None; m = d.Next(m) {
			name := d.First(m)
			if d.Kind(m) != tree.Array || name == tree.None || d.Kind(name) != tree.String || d.Next(name) == tree.None {
				return damaged()
			}
			raw := d.Raw(name)
			if err := b.node(d.Next(name), raw[1:len(raw)-1], o); err != nil {
				return err
			}
		}
		return nil
	case d.Child(n, "a") != tree.None:
		a := b.out.Array(out, key)
		for e := d.First(d.Child(n, "a")); e != tree.None; e = d.Next(e) {
			if err := b.node(e, "", a); err != nil {
				return err
			}
		}
		return nil
	}
	return b.leaf(n, key, out)
}

// inResidue gives an error in the residue its path.
func inResidue(err error) error {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	moved.Path = "residue"
	return &moved
}

func damaged() error {
	return &mapping.Error{Kind: mapping.Invalid, Path: "residue", Message: "it is damaged; expected it as it was given"}
}

func (b *restorer) leaf(n tree.ID, key string, out tree.OutID) error {
	d := b.residue
	is, where, as := d.Child(n, "is"), d.Child(n, "at"), d.Child(n, "as")
	from := tree.None
	if where != tree.None {
		found, ok := b.at[d.Text(where)]
		if !ok {
			return damaged()
		}
		from = found
	}
	switch {
	case is == tree.None && from == tree.None:
		return damaged()
	case is == tree.None && b.doc.XML():
		b.out.Leaf(out, key, b.raw(from), from, restored)
	case is == tree.None:
		b.out.Copy(out, key, b.doc, from, restored)
	case as != tree.None && b.raw(from) != d.Raw(as):
		return b.changed(from)
	default:
		b.out.Constant(out, key, d, is, restored)
	}
	return nil
}

// fixed refuses a change to what stands in the target beside what is taken back:
// constants, and the second of two values made from one.
func (b *restorer) fixed(list tree.ID) error {
	d := b.residue
	if list == tree.None || d.Kind(list) != tree.Array {
		return damaged()
	}
	for f := d.First(list); f != tree.None; f = d.Next(f) {
		path := d.First(f)
		if d.Kind(f) != tree.Array || path == tree.None || d.Next(path) == tree.None {
			return damaged()
		}
		leaf, ok := b.at[d.Text(path)]
		if !ok {
			return damaged()
		}
		said := d.Raw(d.Next(path))
		if empty := said == "null" && b.doc.Kind(leaf).Container(); !empty && b.raw(leaf) != said {
			return b.changed(leaf)
		}
	}
	return nil
}

// raw is what a leaf of the document says, as JSON: in XML there are strings only.
func (b *restorer) raw(leaf tree.ID) string {
	if b.doc.XML() {
		return tree.Quote(b.doc.Text(leaf))
	}
	return b.doc.Raw(leaf)
}

func (b *restorer) changed(leaf tree.ID) error {
	return &mapping.Error{Kind: mapping.BusinessRule, Path: b.doc.Path(leaf),
		Message: "this was changed since the residue was made, and the residue cannot tell what it means; translate the document without the residue"}
}

const restored = 0

// account states that every leaf of the document either stands in the original
// or was added to it by the translation and goes again.
func (b *restorer) account() {
	used := map[string]string{} // path in doc to path in out
	b.out.Walk(0, func(leaf tree.OutID, path string) {
		o := ledger.Origin{Path: path, From: ledger.FromConstant, Rule: "residue"}
		if from, _ := b.out.Origin(leaf); from != tree.None {
			o.From, o.Source = ledger.FromSource, b.path[from]
			used[o.Source] = path
		}
		b.origins = append(b.origins, o)
	})
	b.spend(used)
}

// spend writes the lines of the document: what is in the original again, by its
// path there, and what has done its work.
func (b *restorer) spend(taken map[string]string) {
	carried, lines := 0, make([]ledger.Line, 0, b.doc.Leaves())
	b.doc.Walk(0, func(n tree.ID, path string) {
		l := ledger.Line{Path: path, Fate: ledger.Used.String(), Rule: "residue", Reason: "the residue has the original for it"}
		if target, ok := taken[path]; ok {
			l = ledger.Line{Path: path, Fate: ledger.Carried.String(), Rule: "residue", Target: []string{target}}
			carried++
		}
		lines = append(lines, l)
	})
	b.l.Spell(lines, b.origins)
	b.l.Conformance.Met = true
	b.l.Counts = map[string]int{"leaves": len(lines)}
	for _, f := range ledger.Fates() {
		b.l.Counts[f.String()] = 0
	}
	b.l.Counts[ledger.Carried.String()] = carried
	b.l.Counts[ledger.Used.String()] = len(lines) - carried
}
