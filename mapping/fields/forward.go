package fields

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"tolk/mapping"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// Forward begins the hub's Bundle of a document of the left form and writes
// all that the rules know. What else is to be written, the caller adds to the
// transcript before it finishes it. The errors are *mapping.Error with a path
// into the document.
func (b *Book) Forward(doc *tree.Doc) (*transcript.Transcript, error) {
	f := &forward{Transcript: transcript.New(doc, b.Left, b.Right), seed: sha256.Sum256([]byte(doc.Source())), top: &instance{}}
	root := f.Out.Object(tree.NoOut, "")
	f.Say(root, "resourceType", "Bundle", b.id("bundle"))
	if err := f.fill(&b.bundle, doc.Root(), root, f.top); err != nil {
		return nil, err
	}
	f.entries = f.Out.Array(root, "entry")
	for _, n := range b.maps {
		if err := f.run(n, doc.Root(), tree.NoOut, f.top); err != nil {
			return nil, err
		}
	}
	f.resolve()
	return f.Transcript, nil
}

func (b *Book) id(name string) string { return b.Document + "." + b.Left + "/" + name }

// forward is one run.
type forward struct {
	*transcript.Transcript
	seed    [sha256.Size]byte
	entries tree.OutID
	top     *instance // around all resources
	pending []pending
	made    int // resources
}

// instance is a resource that a map made of an object.
type instance struct {
	name   string
	url    string
	around *instance
	inside []*instance
}

// pending is a reference to a resource that may not be written yet.
type pending struct {
	rule  *rule
	from  *instance
	right tree.OutID
}

// run makes what map n says of every object it is for, below the object at left.
func (f *forward) run(n *node, left tree.ID, right tree.OutID, around *instance) error {
	for _, object := range f.objects(n, left) {
		if !f.wanted(n, object) {
			continue
		}
		if n.kind != "" {
			if err := f.resource(n, object, right, around); err != nil {
				return err
			}
			continue
		}
		element := f.element(right, n.right, true, n.ruleID)
		if err := f.fill(n, object, element, around); err != nil {
			return err
		}
		if f.Out.First(element) == tree.NoOut {
			f.Out.RemoveEmpty(element)
		}
	}
	return nil
}

// objects lists the objects of the left form that map n is for.
func (f *forward) objects(n *node, left tree.ID) []tree.ID {
	at := find(f.Doc, left, n.left)
	if at == tree.None {
		return nil
	}
	if !n.left.each {
		return []tree.ID{at}
	}
	var all []tree.ID
	if f.Doc.Kind(at) == tree.Array {
		for e := f.Doc.First(at); e != tree.None; e = f.Doc.Next(e) {
			all = append(all, e)
		}
	}
	return all
}

// wanted reports whether one of the fields that a map waits for is there.
func (f *forward) wanted(n *node, object tree.ID) bool {
	for _, w := range n.when {
		if find(f.Doc, object, w) != tree.None {
			return true
		}
	}
	return len(n.when) == 0
}

// find follows the names of a path.
func find(d *tree.Doc, n tree.ID, path leftPath) tree.ID {
	for _, name := range path.names {
		n = d.Child(n, name)
	}
	return n
}

// resource makes a resource of an object, in an entry of its own.
func (f *forward) resource(n *node, object tree.ID, right tree.OutID, around *instance) error {
	made := &instance{name: n.name, url: f.uuid(n, object), around: around}
	around.inside = append(around.inside, made)
	entry := f.Out.Object(f.entries, "")
	f.Generate(entry, "fullUrl", "urn:uuid:"+made.url, n.ruleID)
	resource := f.Out.Object(entry, "resource")
	f.Say(resource, "resourceType", n.kind, n.ruleID)
	f.Generate(resource, "id", made.url, n.ruleID)
	if n.at != nil {
		f.Generate(f.element(right, n.at, true, n.ruleID), "reference", "urn:uuid:"+made.url, n.ruleID)
	}
	return f.fill(n, object, resource, made)
}

// uuid derives the id of a resource from the document and the place in it, so
// that the same document always gives the same Bundle (RFC 9562, version 8).
func (f *forward) uuid(n *node, object tree.ID) string {
	f.made++
	sum := sha256.Sum256(fmt.Appendf(f.seed[:], "%s/%d/%d", n.name, object, f.made))
	return UUID(sum)
}

// UUID writes a hash as a UUID of version 8.
func UUID(sum [sha256.Size]byte) string {
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// fill writes what a map says of one object into a resource or an element.
func (f *forward) fill(n *node, object tree.ID, right tree.OutID, inst *instance) error {
	for _, x := range n.fixed {
		f.constant(right, x)
	}
	for _, r := range n.rules {
		if err := f.rule(r, object, right, inst); err != nil {
			return err
		}
	}
	for _, inner := range n.maps {
		if err := f.run(inner, object, right, inst); err != nil {
			return err
		}
	}
	return nil
}

func (f *forward) constant(right tree.OutID, x fixed) {
	last := len(x.right) - 1
	holder := f.element(right, x.right[:last], false, x.id)
	if key, in := f.slot(holder, x.right[last]); in != tree.NoOut {
		f.Constant(in, key, x.raw, x.id)
	}
}

// slot is where the value of a last step is written: the element itself or,
// where it repeats, its array.
func (f *forward) slot(holder tree.OutID, s step) (string, tree.OutID) {
	if !s.array {
		return s.name, holder
	}
	if list := f.Out.Child(holder, s.name); list != tree.NoOut {
		return "", list
	}
	return "", f.Out.Array(holder, s.name)
}

func (f *forward) rule(r *rule, object tree.ID, right tree.OutID, inst *instance) error {
	switch {
	case r.ref != "":
		f.pending = append(f.pending, pending{r, inst, right})
		return nil
	case r.drop != "":
		if at := find(f.Doc, object, r.left); len(r.left.names) > 0 && at != tree.None {
			f.Drop(at, r.id, r.drop)
		}
		return nil
	}
	at := find(f.Doc, object, r.left)
	if at == tree.None {
		return nil
	}
	if !r.left.each {
		return f.field(r, at, right)
	}
	for e := f.Doc.First(at); e != tree.None; e = f.Doc.Next(e) {
		if err := f.field(r, e, right); err != nil {
			return err
		}
	}
	return nil
}

// field writes one scalar of the left form.
func (f *forward) field(r *rule, from tree.ID, right tree.OutID) error {
	if f.Doc.Kind(from).Container() {
		return nil // not what the rule is for: it stays unclaimed
	}
	raw := f.Doc.Raw(from)
	switch {
	case r.table != nil:
		code, ok := r.table.code[f.Doc.Text(from)]
		if !ok {
			return nil
		}
		raw = tree.Quote(code)
	case r.lens != nil:
		text, err := r.lens.Forward(scalar(f.Doc, from))
		if err != nil {
			return place(err, f.Doc.Path(from))
		}
		raw = again(f.Doc, from, text)
	case f.Doc.XML():
		raw = tree.Quote(f.Doc.Text(from))
	}
	last := len(r.right) - 1
	key, in := f.slot(f.element(right, r.right[:last], false, r.id), r.right[last])
	f.Leaf(in, key, raw, from, r.id)
	for _, w := range r.with {
		f.constant(right, w)
	}
	return nil
}

// scalar is the text of a string, and a number or a boolean as it is written.
func scalar(d *tree.Doc, n tree.ID) string {
	if d.Kind(n) == tree.String {
		return d.Text(n)
	}
	return d.Raw(n)
}

// again writes a text as the kind of scalar that n is.
func again(d *tree.Doc, n tree.ID, text string) string {
	if d.Kind(n) == tree.String {
		return tree.Quote(text)
	}
	return text
}

// place gives an error of a lens the path of the field.
func place(err error, path string) error {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return &mapping.Error{Kind: mapping.Value, Path: path, Message: "not what this field takes", Err: err}
	}
	moved := *e
	moved.Path = path
	return &moved
}

// element returns the element at the end of a path below right, making what is
// not there. One that repeats is the one its selector demands, or the first;
// fresh asks for a new one of the last that repeats.
func (f *forward) element(right tree.OutID, path []step, fresh bool, rule string) tree.OutID {
	last := len(path) - 1
	for last > 0 && !path[last].array {
		last--
	}
	for i, s := range path {
		right = f.enter(right, s, fresh && i == last, rule)
	}
	return right
}

func (f *forward) enter(right tree.OutID, s step, fresh bool, rule string) tree.OutID {
	child := f.Out.Child(right, s.name)
	if !s.array {
		if child == tree.NoOut {
			child = f.Out.Object(right, s.name)
		}
		return child
	}
	if child == tree.NoOut {
		child = f.Out.Array(right, s.name)
	}
	if !fresh {
		for e := f.Out.First(child); e != tree.NoOut; e = f.Out.Next(e) {
			if f.selected(e, s) {
				return e
			}
		}
	}
	element := f.Out.Object(child, "")
	if s.value != "" {
		at := element
		for _, k := range s.key[:len(s.key)-1] {
			at = f.Out.Object(at, k)
		}
		f.Say(at, s.key[len(s.key)-1], s.value, rule)
	}
	return element
}

// selected reports whether an element is the one a step means.
func (f *forward) selected(e tree.OutID, s step) bool {
	for _, k := range s.key {
		if e = f.Out.Child(e, k); e == tree.NoOut {
			return false
		}
	}
	return s.value == "" || f.Out.Raw(e) == tree.Quote(s.value)
}

// resolve writes the references, now that every resource is there. To one that
// no map made there is none.
func (f *forward) resolve() {
	for _, p := range f.pending {
		if to := p.from.search(p.rule.ref); to != nil {
			f.Generate(f.element(p.right, p.rule.right, true, p.rule.id), "reference", "urn:uuid:"+to.url, p.rule.id)
		}
	}
}

// search finds the resource of a map: this one, one made inside it, or what the
// resources around it find.
func (i *instance) search(name string) *instance {
	for ; i != nil; i = i.around {
		if i.name == name {
			return i
		}
		for _, other := range i.inside {
			if other.name == name {
				return other
			}
		}
	}
	return nil
}
