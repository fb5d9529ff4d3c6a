// Package bundle reads a document in the hub form as what it is, a Bundle of
// resources that refer to each other: which resource stands where, where a
// reference leads, and which resources may not go to the social side.
package bundle

import (
	"crypto/sha256"
	"iter"
	"strings"

	"tolk/mapping"
	"tolk/mapping/fields"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// Prefix stands before the names of the extensions of the hub.
const Prefix = "urn:tolk:StructureDefinition:"

// Identifier systems of Denmark.
const (
	SOR = "urn:oid:1.2.208.176.1.1"
	GLN = "https://www.gs1.org/gln"
)

// Bundle is a Bundle that was read.
type Bundle struct {
	*tree.Doc
	Entries []*Entry          // at least one
	place   map[string]*Entry // by what a reference may say; nil for what two resources are called
}

// Entry is one resource of a Bundle.
type Entry struct {
	Node tree.ID // the resource
	Type string  // resourceType
	ID   string
	URL  string // fullUrl as written, or urn:uuid: and the id where there is none
}

// Read finds the resources of a hub document. The error is a *mapping.Error for
// a document that is no Bundle or holds nothing.
func Read(d *tree.Doc) (*Bundle, error) {
	if d.XML() || d.Text(d.Child(d.Root(), "resourceType")) != "Bundle" {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: "resourceType", Message: "expected a Bundle, the hub document"}
	}
	b := &Bundle{Doc: d, place: map[string]*Entry{}}
	for e := range b.Each(d.Child(d.Root(), "entry")) {
		r := d.Child(e, "resource")
		if r == tree.None || d.Kind(r) != tree.Object {
			continue
		}
		b.Entries = append(b.Entries, &Entry{Node: r, Type: d.Text(d.Child(r, "resourceType")), ID: d.Text(d.Child(r, "id")), URL: d.Text(d.Child(e, "fullUrl"))})
	}
	if len(b.Entries) == 0 {
		return nil, &mapping.Error{Kind: mapping.Required, Path: "Bundle.entry", Message: "expected the resources of the document"}
	}
	b.name()
	return b, nil
}

// name gives every resource the names that a reference may have for it: its
// fullUrl and, where that is the fullUrl of no other, urn:uuid: and its id, and
// its type and id. A name that two resources have leads to neither.
func (b *Bundle) name() {
	for _, x := range b.Entries {
		if x.URL == "" {
			continue
		}
		if _, twice := b.place[x.URL]; twice {
			b.place[x.URL] = nil
		} else {
			b.place[x.URL] = x
		}
	}
	for _, x := range b.Entries {
		for _, name := range []string{"urn:uuid:" + x.ID, x.Type + "/" + x.ID} {
			if other, taken := b.place[name]; !taken {
				b.place[name] = x
			} else if other != nil && other != x && other.URL != name {
				b.place[name] = nil
			}
		}
	}
	for _, x := range b.Entries {
		if x.URL == "" {
			x.URL = "urn:uuid:" + x.ID
		}
	}
}

// Document returns the resource that the document is: its first List of
// medication, or its DiagnosticReport.
func (b *Bundle) Document(kind string) (*Entry, error) {
	for _, e := range b.Entries {
		if e.Type == kind {
			return e, nil
		}
	}
	return nil, &mapping.Error{Kind: mapping.Required, Path: "Bundle.entry", Message: "expected an entry with a " + kind}
}

// Subject returns whom a document is about. A document about nobody goes
// nowhere.
func (b *Bundle) Subject(document *Entry) (*Entry, error) {
	p := b.Follow(b.Child(document.Node, "subject"))
	if p == nil || p.Type != "Patient" {
		return nil, &mapping.Error{Kind: mapping.Required, Path: b.Path(document.Node) + ".subject", Message: "expected a reference to the Patient in the Bundle: a document about nobody is not sent on"}
	}
	for _, e := range b.Entries { // the document is attached whole
		if e.Type == "Patient" && e != p {
			return nil, &mapping.Error{Kind: mapping.Invalid, Path: b.Path(e.Node), Message: "a second citizen; a document is about one, expected one document for each"}
		}
	}
	return p, nil
}

// Follow returns the resource that a Reference leads to, nil if none is here or it
// cannot be told which.
func (b *Bundle) Follow(reference tree.ID) *Entry {
	return b.place[b.Text(b.Child(reference, "reference"))]
}

// Each gives the elements of an array, the one element that stands alone, or
// nothing for None.
func (b *Bundle) Each(n tree.ID) iter.Seq[tree.ID] {
	return func(yield func(tree.ID) bool) { b.visit(n, yield) }
}

// visit is Each, for functions as small as that: they stand where they are called, and
// nothing has to be allocated for them.
func (b *Bundle) visit(n tree.ID, yield func(tree.ID) bool) {
	switch {
	case n == tree.None:
	case b.Kind(n) != tree.Array:
		yield(n)
	default:
		for c := b.First(n); c != tree.None; c = b.Next(c) {
			if !yield(c) {
				return
			}
		}
	}
}

// All gives the elements called name of n.
func (b *Bundle) All(n tree.ID, name string) iter.Seq[tree.ID] {
	return func(yield func(tree.ID) bool) { b.visitAll(n, name, yield) }
}

func (b *Bundle) visitAll(n tree.ID, name string, yield func(tree.ID) bool) {
	b.visit(b.Child(n, name), yield)
}

// Extension gives the extensions of the hub with a name at n.
func (b *Bundle) Extension(n tree.ID, name string) iter.Seq[tree.ID] {
	return func(yield func(tree.ID) bool) { b.visitExtensions(n, name, yield) }
}

func (b *Bundle) visitExtensions(n tree.ID, name string, yield func(tree.ID) bool) {
	for e := range b.All(n, "extension") {
		if url, own := strings.CutPrefix(b.Text(b.Child(e, "url")), Prefix); own && url == name && !yield(e) {
			return
		}
	}
}

// Identifier returns the identifier of n in a system, None if it has none.
func (b *Bundle) Identifier(n tree.ID, system string) tree.ID {
	for i := range b.All(n, "identifier") {
		if b.Text(b.Child(i, "system")) == system {
			return i
		}
	}
	return tree.None
}

// references gives the strings below n that lead to a resource of the Bundle,
// each with that resource.
func (b *Bundle) references(n tree.ID) iter.Seq2[tree.ID, *Entry] {
	return func(yield func(tree.ID, *Entry) bool) {
		for end := b.End(n); n < end; n++ {
			if b.Kind(n) != tree.String || b.Key(n) != "reference" {
				continue
			}
			if to := b.place[b.Text(n)]; to != nil && !yield(n, to) {
				return
			}
		}
	}
}

// Compact writes the document without white space, each value as it is.
func (b *Bundle) Compact() []byte { return b.Append(nil, b.Root()) }

// ID derives an id from what it is for: the same document gives the same ids,
// and no clock and no chance is in them.
func ID(parts ...string) string {
	return fields.UUID(sha256.Sum256([]byte(strings.Join(parts, "\x00"))))
}

// uses is the use that dk-core fixes for the number of a person in a register.
var uses = map[string]string{"urn:oid:1.2.208.176.1.2": "official", "urn:oid:1.2.208.176.1.6.1.1": "temp"} // CPR, X-eCPR

// Identified reports whether a citizen is known as dk-core demands: by a number
// that its register can have, each once, and by one name of use official with a
// family name.
func (b *Bundle) Identified(citizen tree.ID) bool {
	seen := map[string]bool{}
	for i := range b.All(citizen, "identifier") {
		system := b.Text(b.Child(i, "system"))
		if check, ok := lens.Register(system); ok {
			_, err := check(b.Text(b.Child(i, "value")))
			use := b.Text(b.Child(i, "use"))
			if err != nil || seen[system] || use != "" && uses[system] != "" && use != uses[system] {
				return false
			}
		}
		seen[system] = true
	}
	official := 0
	for name := range b.All(citizen, "name") {
		if b.Text(b.Child(name, "use")) == "official" {
			official++
			if b.Text(b.Child(name, "family")) == "" {
				return false
			}
		}
	}
	return official == 1 && len(seen) > 0
}

// SilentNotice is what the sender of a Silent list should hear.
const SilentNotice = "the list is empty and does not say why; give emptyReason"

// Silent reports whether a list is empty and does not say why. Nothing taken and
// nothing known look the same then.
func (b *Bundle) Silent(list *Entry) bool {
	return list.Type == "List" && b.Find(list.Node, "entry") == tree.None && b.Child(list.Node, "emptyReason") == tree.None
}
