package fields

import (
	"slices"

	"tolk/mapping"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// Backward writes a document of the left form from a hub's Bundle, and leaves
// it to the caller to finish the transcript. What the left form has no place
// for is dropped where the file says why, and unclaimed otherwise. The errors
// are *mapping.Error with a path into the Bundle.
func (b *Book) Backward(doc *tree.Doc) (*transcript.Transcript, error) {
	w := &backward{Transcript: transcript.New(doc, b.Right, b.Left), book: b, refs: map[string]*resource{}}
	if err := w.read(); err != nil {
		return nil, err
	}
	root := w.Out.Object(tree.NoOut, "")
	top := &instance{}
	if err := w.fill(&b.bundle, doc.Root(), root, top); err != nil {
		return nil, err
	}
	w.Use(doc.Child(doc.Root(), "resourceType"), b.id("bundle"))
	for _, n := range b.maps {
		if err := w.roots(n, root, top); err != nil {
			return nil, err
		}
	}
	if err := w.verify(); err != nil {
		return nil, err
	}
	w.rest()
	return w.Transcript, nil
}

// backward is one run.
type backward struct {
	*transcript.Transcript
	book      *Book
	resources []*resource
	refs      map[string]*resource // by fullUrl and Type/id
	met       []met
}

// resource is one resource of the Bundle.
type resource struct {
	entry, node tree.ID
	kind        string
	by          []*instance // the maps that read it: who two lines name is read for each
}

// How far a document may grow by what is written for each that names it.
const growth, spare = 2, 10_000

// met is a reference on the way, to be compared with what the map says of it.
type met struct {
	rule *rule
	from *instance
	leaf tree.ID
}

// read lists the resources of the Bundle.
func (w *backward) read() error {
	d := w.Doc
	if d.Kind(d.Root()) != tree.Object || d.Text(d.Child(d.Root(), "resourceType")) != "Bundle" {
		return &mapping.Error{Kind: mapping.Structure, Path: d.Path(d.Root()), Message: "expected a FHIR Bundle"}
	}
	entries := d.Child(d.Root(), "entry")
	if entries == tree.None || d.Kind(entries) != tree.Array {
		return &mapping.Error{Kind: mapping.Required, Path: "Bundle.entry", Message: "expected an array of entries"}
	}
	citizens := 0
	for e := d.First(entries); e != tree.None; e = d.Next(e) {
		r := &resource{entry: e, node: d.Child(e, "resource")}
		r.kind = d.Text(d.Child(r.node, "resourceType"))
		if r.kind == "" {
			return &mapping.Error{Kind: mapping.Required, Path: d.Path(e) + ".resource", Message: "expected a FHIR resource with resourceType"}
		}
		for _, name := range []string{d.Text(d.Child(e, "fullUrl")), r.kind + "/" + d.Text(d.Child(r.node, "id"))} {
			if other := w.refs[name]; name != "" && name != r.kind+"/" && other != nil && other != r {
				return &mapping.Error{Kind: mapping.Invalid, Path: d.Path(e), Message: "another entry of the Bundle has the same fullUrl, or the same type and id"}
			}
			w.refs[name] = r
		}
		if citizens += isCitizen(r.kind); citizens > 1 {
			return &mapping.Error{Kind: mapping.Invalid, Path: d.Path(e), Message: secondCitizen}
		}
		w.resources = append(w.resources, r)
	}
	return nil
}

const secondCitizen = "a second citizen; a document is about one, expected one document for each"

func isCitizen(kind string) int {
	if kind == "Patient" {
		return 1
	}
	return 0
}

// roots reads the resources that a map of the document itself is for: those of
// its type that no other map has read.
func (w *backward) roots(n *node, left tree.OutID, top *instance) error {
	for _, r := range w.resources {
		if r.kind != n.kind || len(r.by) > 0 {
			continue
		}
		if err := w.resource(n, r, left, top); err != nil {
			return err
		}
		if !n.left.each {
			return nil
		}
	}
	return nil
}

// resource reads one resource into an object of the left form. A document that
// leads to a large one again and again is refused before it is written out: a
// thousand lines with a thousand notes are a million.
func (w *backward) resource(n *node, r *resource, left tree.OutID, around *instance) error {
	if len(r.by) > 0 && w.Out.Len() > growth*w.Doc.Len()+spare {
		return &mapping.Error{Kind: mapping.TooLong, Path: w.Doc.Path(r.entry), Message: "the document leads to this resource so often that it would be many times as long; expected one reference to each statement"}
	}
	made := &instance{name: n.name, around: around}
	around.inside = append(around.inside, made)
	r.by = append(r.by, made)
	d := w.Doc
	for _, leaf := range []tree.ID{d.Child(r.entry, "fullUrl"), d.Child(r.node, "id"), d.Child(r.node, "resourceType")} {
		if leaf != tree.None && d.Kind(leaf) == tree.String {
			w.Use(leaf, n.ruleID)
		}
	}
	return w.object(n, r.node, left, made)
}

// object reads an element into an object of the left form.
func (w *backward) object(n *node, right tree.ID, left tree.OutID, inst *instance) error {
	object := w.place(left, n.left)
	if err := w.fill(n, right, object, inst); err != nil {
		return err
	}
	if n.left.each && w.Out.Kind(object).Container() && w.Out.First(object) == tree.NoOut {
		w.Out.Remove(object) // and no more: its list may get another
	}
	return nil
}

// place makes the object a map is for.
func (w *backward) place(left tree.OutID, path leftPath) tree.OutID {
	for i, name := range path.names {
		child := w.Out.Child(left, name)
		if i == len(path.names)-1 && path.each {
			if child == tree.NoOut {
				child = w.Out.Array(left, name)
			}
			return w.Out.Object(child, "")
		}
		if child == tree.NoOut {
			child = w.Out.Object(left, name)
		}
		left = child
	}
	return left
}

// fill reads what a map says of one resource or element.
func (w *backward) fill(n *node, right tree.ID, left tree.OutID, inst *instance) error {
	for _, x := range n.fixed {
		w.constant(right, x)
	}
	for _, r := range n.rules {
		if err := w.rule(r, right, left, inst); err != nil {
			return err
		}
	}
	taken := map[tree.ID]bool{}
	for _, inner := range n.maps {
		if err := w.inner(inner, right, left, inst, taken); err != nil {
			return err
		}
	}
	return nil
}

// constant says that a constant has done its work. Another value in its place
// stays unclaimed.
func (w *backward) constant(right tree.ID, x fixed) bool {
	found := false
	for _, n := range w.all(right, x.right) {
		if w.Doc.Leaf(n) && w.Doc.Raw(n) == x.raw {
			w.Use(n, x.id)
			found = true
		}
	}
	return found
}

// inner reads the elements or the resources of a map inside another. taken are
// the references that a map beside it has followed.
func (w *backward) inner(n *node, right tree.ID, left tree.OutID, inst *instance, taken map[tree.ID]bool) error {
	if n.kind == "" {
		for _, element := range w.all(right, n.right) {
			if !w.holds(n, element) {
				continue
			}
			w.selectors(element, n.right, n.ruleID)
			if err := w.object(n, element, left, inst); err != nil {
				return err
			}
			if !n.left.each {
				return nil
			}
		}
		return nil
	}
	if n.at == nil {
		return w.roots(n, left, inst)
	}
	for _, element := range w.all(right, n.at) {
		leaf := w.Doc.Child(element, "reference")
		r := w.refs[w.Doc.Text(leaf)]
		if leaf == tree.None || r == nil || r.kind != n.kind || taken[element] {
			continue
		}
		taken[element] = true
		w.Use(leaf, n.ruleID)
		w.selectors(element, n.at, n.ruleID)
		if err := w.resource(n, r, left, inst); err != nil {
			return err
		}
		if !n.left.each {
			return nil
		}
	}
	return nil
}

// holds reports whether an element has what the map's fixed elements say, or a value
// that it is known by, so that one list may be read by several maps.
func (w *backward) holds(n *node, element tree.ID) bool {
	if n.known != nil {
		for _, leaf := range w.all(element, n.known.right) {
			if _, ok := n.known.table.word[scalar(w.Doc, leaf)]; ok {
				return true
			}
		}
	}
	for _, x := range n.fixed {
		met := false
		for _, leaf := range w.all(element, x.right) {
			met = met || w.Doc.Leaf(leaf) && w.Doc.Raw(leaf) == x.raw
		}
		if !met {
			return false
		}
	}
	return true
}

func (w *backward) rule(r *rule, right tree.ID, left tree.OutID, inst *instance) error {
	if len(r.right) == 0 {
		return nil // dropped on the way to the hub
	}
	for _, n := range w.all(right, r.right) {
		switch {
		case r.drop != "":
			w.Drop(n, r.id, r.drop)
		case r.ref != "":
			if leaf := w.Doc.Child(n, "reference"); leaf != tree.None {
				w.met = append(w.met, met{r, inst, leaf})
			}
		case w.Doc.Kind(n).Container():
		default:
			if err := w.field(r, n, right, left); err != nil {
				return err
			}
			if !r.left.each {
				return nil
			}
		}
	}
	return nil
}

// field writes one scalar of the left form.
func (w *backward) field(r *rule, n, right tree.ID, left tree.OutID) error {
	for _, x := range r.with {
		if !w.says(right, x) {
			return nil
		}
	}
	raw := w.Doc.Raw(n)
	switch {
	case r.table != nil:
		word, ok := r.table.word[scalar(w.Doc, n)]
		if !ok {
			return nil // the left form has no word for it: it stays unclaimed
		}
		raw = tree.Quote(word)
	case r.lens != nil:
		text, err := r.lens.Backward(scalar(w.Doc, n))
		if err != nil {
			return place(err, w.Doc.Path(n))
		}
		raw = again(w.Doc, n, text)
	}
	if !w.write(r, left, raw, n) {
		return nil
	}
	w.selectors(n, r.right, r.id)
	for _, x := range r.with {
		w.constant(right, x)
	}
	return nil
}

// write puts a scalar at the field of a rule. A field that is written already
// is left as it is.
func (w *backward) write(r *rule, left tree.OutID, raw string, from tree.ID) bool {
	last := len(r.left.names) - 1
	if last < 0 {
		return w.itself(r, left, raw, from)
	}
	holder := w.place(left, leftPath{names: r.left.names[:last]})
	name := r.left.names[last]
	child := w.Out.Child(holder, name)
	switch {
	case r.left.each && child == tree.NoOut:
		w.Leaf(w.Out.Array(holder, name), "", raw, from, r.id)
	case r.left.each:
		w.Leaf(child, "", raw, from, r.id)
	case child != tree.NoOut:
		return false
	default:
		w.Leaf(holder, name, raw, from, r.id)
	}
	return true
}

// itself writes a scalar in place of the object a map has made for it, in an
// array of scalars.
func (w *backward) itself(r *rule, left tree.OutID, raw string, from tree.ID) bool {
	list := w.Out.Parent(left)
	if list == tree.NoOut || w.Out.Kind(list) != tree.Array || w.Out.First(left) != tree.NoOut {
		return false
	}
	w.Out.Remove(left)
	w.Leaf(list, "", raw, from, r.id)
	return true
}

// says reports whether a constant stands where it should.
func (w *backward) says(right tree.ID, x fixed) bool {
	for _, n := range w.all(right, x.right) {
		if w.Doc.Leaf(n) && w.Doc.Raw(n) == x.raw {
			return true
		}
	}
	return false
}

// all lists the elements at the end of a path below right.
func (w *backward) all(right tree.ID, path []step) []tree.ID {
	found := []tree.ID{right}
	for _, s := range path {
		var next []tree.ID
		for _, n := range found {
			child := w.Doc.Child(n, s.name)
			switch {
			case child == tree.None:
			case w.Doc.Kind(child) != tree.Array:
				next = append(next, child)
			default:
				for e := w.Doc.First(child); e != tree.None; e = w.Doc.Next(e) {
					if w.selected(e, s) {
						next = append(next, e)
					}
				}
			}
		}
		found = next
	}
	return found
}

// selected reports whether an element is one that a step means.
func (w *backward) selected(e tree.ID, s step) bool {
	return s.value == "" || w.Doc.Text(w.Doc.Find(e, s.key...)) == s.value
}

// selectors says of the texts that selected the elements on the way to n that
// they have done their work. n is the element at the end of the path, or a leaf.
func (w *backward) selectors(n tree.ID, path []step, id string) {
	for i := len(path) - 1; i >= 0 && n != tree.None; i-- {
		if path[i].value != "" {
			if leaf := w.Doc.Find(n, path[i].key...); leaf != tree.None && w.Doc.Leaf(leaf) {
				w.Use(leaf, id)
			}
		}
		n = w.Doc.Parent(n)
		if n != tree.None && w.Doc.Kind(n) == tree.Array {
			n = w.Doc.Parent(n)
		}
	}
}

// verify compares the references that maps speak of with where they lead. One
// that leads elsewhere stays unclaimed; to another citizen, it is refused.
func (w *backward) verify() error {
	for _, m := range w.met {
		to := w.refs[w.Doc.Text(m.leaf)]
		switch expected := m.from.search(m.rule.ref); {
		case to != nil && expected != nil && slices.Contains(to.by, expected):
			w.Use(m.leaf, m.rule.id)
		case to != nil && to.kind == "Patient":
			return &mapping.Error{Kind: mapping.Invalid, Path: w.Doc.Path(m.leaf), Message: secondCitizen}
		}
	}
	return nil
}

// rest drops the resources that the left form has no place for, as the file
// says why.
func (w *backward) rest() {
	for _, r := range w.resources {
		if reason := w.book.leave[r.kind]; reason != "" && len(r.by) == 0 {
			w.Drop(r.entry, w.book.id(r.kind), reason)
		}
	}
}
