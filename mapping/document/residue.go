package document

import (
	"crypto/sha256"
	"encoding/hex"

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

// residue writes it.
func (r *run) residue() []byte {
	b := append(make([]byte, 0, 2*len(r.doc.Source())), `{"tolk":"residue","version":1,"from":`...)
	b = append(b, tree.Quote(r.ledger.From)...)
	b = append(b, `,"to":`...)
	b = append(b, tree.Quote(r.ledger.To)...)
	b = append(b, `,"shape":`...)
	b = append(b, tree.Quote(shape(r.ledger.Target))...)
	b = append(b, `,"fixed":[`...)
	raws := make(map[string]string, len(r.raws))
	taken := make(map[string]bool, len(r.raws)) // said with the leaf that went there
	for i := range r.ledger.Source {
		if t := r.ledger.Source[i].Target; len(t) > 0 {
			taken[t[0]] = true
		}
	}
	first := true
	for i, o := range r.ledger.Target {
		raws[o.Path] = r.raws[i]
		if taken[o.Path] {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(append(append(b, '['), tree.Quote(o.Path)...), ','), value(r.raws[i])...), ']')
	}
	b = append(b, `],"document":`...)
	line := 0
	b = r.appendResidue(b, r.doc.Root(), &line, raws)
	return append(b, '}')
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

func (r *run) appendResidue(b []byte, n tree.ID, line *int, raws map[string]string) []byte {
	if r.doc.Leaf(n) {
		l := &r.ledger.Source[*line]
		*line++
		return r.appendLeaf(b, n, l, raws)
	}
	object := r.doc.Kind(n) == tree.Object
	if object {
		b = append(b, `{"o":[`...)
	} else {
		b = append(b, `{"a":[`...)
	}
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		if c != r.doc.First(n) {
			b = append(b, ',')
		}
		if object {
			b = append(b, '[', '"')
			b = append(b, r.doc.RawKey(c)...)
			b = append(b, '"', ',')
		}
		b = r.appendResidue(b, c, line, raws)
		if object {
			b = append(b, ']')
		}
	}
	return append(b, ']', '}')
}

// appendLeaf writes a leaf. What was carried to one place is taken back from
// there; of two places, which may come to differ, from none.
func (r *run) appendLeaf(b []byte, n tree.ID, l *ledger.Line, raws map[string]string) []byte {
	carried := l.Fate == ledger.Carried.String()
	if carried && len(l.Target) == 1 {
		b = append(b, `{"at":`...)
		return append(append(b, tree.Quote(l.Target[0])...), '}')
	}
	b = r.doc.Append(append(b, `{"is":`...), n)
	if len(l.Target) > 0 {
		b = append(b, `,"at":`...)
		b = append(b, tree.Quote(l.Target[0])...)
		b = append(b, `,"as":`...)
		if carried {
			b = r.doc.Append(b, n)
		} else {
			b = append(b, value(raws[l.Target[0]])...)
		}
	}
	return append(b, '}')
}

// restore gives the original back from a target document and its residue. A
// carried value that was changed in the target is taken over; any other change
// is refused with its path, because the residue cannot tell what it means.
func (g *Gateway) restore(document string, q Request) (*Result, error) {
	residue, err := tree.Parse(q.Residue, tree.Limits{Depth: 256, Bytes: 64 << 20})
	if err != nil {
		return nil, at("residue", err)
	}
	root := residue.Root()
	member := func(name string) string { return residue.Text(residue.Child(root, name)) }
	if member("tolk") != "residue" || member("from") != q.To || member("to") != q.From {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: "residue", Message: "expected the residue of a translation from " + q.To + " to " + q.From}
	}
	doc, err := tree.Parse(document, g.limits)
	if err != nil {
		return nil, err
	}
	b := restorer{residue: residue, doc: doc, at: map[string]tree.ID{}, out: tree.NewOut(residue.Len())}
	b.l.From, b.l.To = q.From, q.To
	paths := make([]ledger.Origin, 0, doc.Len())
	doc.Walk(doc.Root(), func(n tree.ID, path string) {
		b.at[path] = n
		paths = append(paths, ledger.Origin{Path: path})
	})
	if shape(paths) != member("shape") {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: "residue", Message: "elements were added to the document or taken from it since the residue was made; translate it without the residue"}
	}
	if err := b.fixed(residue.Child(root, "fixed")); err != nil {
		return nil, err
	}
	if err := b.node(residue.Child(root, "document"), "", tree.NoOut); err != nil {
		return nil, err
	}
	output := b.out.Append(nil, 0)
	b.account()
	if err := ledger.Audit(document, string(output), &b.l); err != nil {
		return nil, err
	}
	return &Result{Output: output, Ledger: &b.l}, nil
}

// restorer rebuilds a source document.
type restorer struct {
	residue *tree.Doc
	doc     *tree.Doc // the target document it came back as
	at      map[string]tree.ID
	out     *tree.Out
	l       ledger.Ledger
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
	case is == tree.None:
		b.out.Copy(out, key, b.doc, from, restored)
	case as != tree.None && b.doc.Raw(from) != d.Raw(as):
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
		if b.doc.Raw(leaf) != d.Raw(d.Next(path)) && !b.doc.Kind(leaf).Container() {
			return b.changed(leaf)
		}
	}
	return nil
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
			o.From, o.Source = ledger.FromSource, b.doc.Path(from)
			used[o.Source] = path
		}
		b.l.Target = append(b.l.Target, o)
	})
	carried := 0
	b.doc.Walk(0, func(n tree.ID, path string) {
		l := ledger.Line{Path: path, Fate: ledger.Used.String(), Rule: "residue", Reason: "the residue has the original for it"}
		if target, ok := used[path]; ok {
			l = ledger.Line{Path: path, Fate: ledger.Carried.String(), Rule: "residue", Target: []string{target}}
			carried++
		}
		b.l.Source = append(b.l.Source, l)
	})
	b.l.Conformance.Met = true
	b.l.Counts = map[string]int{"leaves": len(b.l.Source)}
	for _, f := range ledger.Fates() {
		b.l.Counts[f.String()] = 0
	}
	b.l.Counts[ledger.Carried.String()] = carried
	b.l.Counts[ledger.Used.String()] = len(b.l.Source) - carried
}
