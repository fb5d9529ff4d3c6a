// Package healthcheck copies a health check from one shape in FHIR R4 to
// another: what stands the same in both goes over leaf for leaf, and only what
// must change is changed. The outside forms that are FHIR themselves (MedCom's
// HomeCareObservation, KL's tools) are written with it, to the hub and from it.
package healthcheck

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/fields"
	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// Hub is the name of the hub's form.
const Hub = "fhir"

// same is the rule of everything that goes over as it stands.
const same = "sundhedstjek.same"

// Copier is a document of FHIR resources being copied into a Bundle. It is for
// one goroutine, and for one use.
type Copier struct {
	*transcript.Transcript
	Resources []*Resource // of the source, in the order they are written in

	bundle  tree.ID // the source, if it is a Bundle
	places  map[string]*Resource
	unknown map[string]bool // references that were reported
	seed    [sha256.Size]byte
	made    int
}

// Resource is one resource of the source.
type Resource struct {
	Node  tree.ID
	Entry tree.ID // the entry of the Bundle that it stands in, None for a document of its own
	Type  string
	ID    string // in the target
	// Gone says why the target form has no place for it; empty: it goes over.
	Gone string
	// Joined is the resource that stands for this one in the target, nil for most.
	Joined *Resource
}

// Open begins to copy a document: a Bundle, or a single resource. It returns an
// Invalid or Required error with a path for a document that is neither, and for
// one of two citizens.
func Open(doc *tree.Doc, from, to string) (*Copier, error) {
	c := &Copier{Transcript: transcript.New(doc, from, to), bundle: tree.None,
		places: map[string]*Resource{}, unknown: map[string]bool{}, seed: sha256.Sum256([]byte(doc.Source()))}
	root := doc.Root()
	kind := doc.Text(doc.Child(root, "resourceType"))
	switch {
	case doc.XML():
		return nil, &mapping.Error{Kind: mapping.NotSupported, Message: "expected FHIR in JSON, or FHIR XML read as the same resources in JSON"}
	case kind == "":
		return nil, &mapping.Error{Kind: mapping.Required, Path: "resourceType", Message: "resourceType: required; expected a Bundle, or a resource of a health check"}
	case kind != "Bundle":
		c.Resources = []*Resource{{Node: root, Entry: tree.None, Type: kind}}
	default:
		c.bundle = root
		if err := c.entries(); err != nil {
			return nil, err
		}
	}
	c.name()
	return c, nil
}

// entries lists the resources of a Bundle.
func (c *Copier) entries() error {
	list := c.Doc.Child(c.bundle, "entry")
	if list == tree.None || c.Doc.Kind(list) != tree.Array || c.Doc.First(list) == tree.None {
		return &mapping.Error{Kind: mapping.Required, Path: "Bundle.entry", Message: "entry: required; a health check is in the resources of the Bundle"}
	}
	citizens := 0
	for e := c.Doc.First(list); e != tree.None; e = c.Doc.Next(e) {
		n := c.Doc.Child(e, "resource")
		kind := c.Doc.Text(c.Doc.Child(n, "resourceType"))
		if kind == "" {
			return &mapping.Error{Kind: mapping.Required, Path: c.Doc.Path(e), Message: "resource.resourceType: required in every entry"}
		}
		if kind == "Patient" {
			citizens++
		}
		if citizens > 1 {
			return &mapping.Error{Kind: mapping.Invalid, Path: c.Doc.Path(n), Message: "a second citizen; a document is about one, expected one document for each"}
		}
		c.Resources = append(c.Resources, &Resource{Node: n, Entry: e, Type: kind})
	}
	return nil
}

// name gives every resource its id in the target and its places, by which
// references find it. An id that is a UUID stays; another one is made from the
// document and the place, so that the same document always gives the same.
func (c *Copier) name() {
	taken := map[string]bool{}
	for _, r := range c.Resources {
		url := c.Doc.Text(c.Doc.Child(r.Entry, "fullUrl"))
		id := c.Doc.Text(c.Doc.Child(r.Node, "id"))
		r.ID = id
		if u, ok := strings.CutPrefix(url, "urn:uuid:"); ok && !IsUUID(id) {
			r.ID = u
		}
		if !IsUUID(r.ID) || taken[r.ID] {
			r.ID = c.UUID(r.Type)
		}
		taken[r.ID] = true
		for _, place := range []string{url, r.Type + "/" + id} {
			if _, ok := c.places[place]; !ok && place != "" && place != r.Type+"/" {
				c.places[place] = r
			}
		}
	}
}

// UUID makes an id for something the source has none for.
func (c *Copier) UUID(what string) string {
	c.made++
	return fields.UUID(sha256.Sum256(fmt.Appendf(c.seed[:], "%s/%d", what, c.made)))
}

// Derived makes an id for something that stands for resources of the source: it
// is the same wherever they are.
func Derived(what string, from ...*Resource) string {
	h := sha256.New()
	h.Write([]byte(what))
	for _, r := range from {
		h.Write([]byte("/" + r.ID))
	}
	return fields.UUID([sha256.Size]byte(h.Sum(nil)))
}

// IsUUID reports whether an id is a UUID as RFC 9562 writes it.
func IsUUID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}

// Of lists the resources of a type.
func (c *Copier) Of(kind string) (found []*Resource) {
	for _, r := range c.Resources {
		if r.Type == kind {
			found = append(found, r)
		}
	}
	return found
}

// Holds returns a Required error where none of the resources that go over is of
// one of the types: the document is something else.
func (c *Copier) Holds(types map[string]bool, message string) error {
	for _, r := range c.Resources {
		if types[r.Type] && r.Gone == "" {
			return nil
		}
	}
	return &mapping.Error{Kind: mapping.Required, Path: c.Doc.Path(c.Doc.Root()), Message: message}
}

// Target returns the resource that a Reference points to, nil if it is not in
// the document.
func (c *Copier) Target(reference tree.ID) *Resource {
	text := c.Doc.Text(c.Doc.Child(reference, "reference"))
	if text == "" || text[0] == '#' {
		return nil
	}
	if r := c.places[text]; r != nil {
		return r
	}
	text, _, _ = strings.Cut(text, "/_history/")
	steps := strings.Split(text, "/")
	if len(steps) < 2 {
		return nil
	}
	return c.places[strings.Join(steps[len(steps)-2:], "/")]
}

// Bundle begins the target: a Bundle of a type, with the timestamp of the
// source. It returns the Bundle and its entries.
func (c *Copier) Bundle(kind, rule string) (bundle, entries tree.OutID) {
	bundle = c.Out.Object(tree.NoOut, "")
	c.Say(bundle, "resourceType", "Bundle", rule)
	if c.bundle == tree.None {
		c.Say(bundle, "type", kind, rule)
		return bundle, c.Out.Array(bundle, "entry")
	}
	for m := c.Doc.First(c.bundle); m != tree.None; m = c.Doc.Next(m) {
		switch c.Doc.Key(m) {
		case "resourceType":
			c.Use(m, rule)
		case "type":
			c.BundleType(bundle, kind, m, rule)
		case "timestamp":
			c.Copy(bundle, "timestamp", m, same)
		case "id", "meta", "identifier", "language", "implicitRules":
			c.Drop(m, rule, "it belongs to the Bundle that came, not to what the Bundle holds")
		case "link", "signature", "total":
			c.Drop(m, rule, "it is about the Bundle as it came, and would not be true of another one")
		}
	}
	if c.Out.Child(bundle, "type") == tree.NoOut {
		c.Say(bundle, "type", kind, rule)
	}
	return bundle, c.Out.Array(bundle, "entry")
}

// BundleType writes the type of a Bundle, which has one in the source: carried
// where it is the same, and otherwise stated.
func (c *Copier) BundleType(bundle tree.OutID, kind string, m tree.ID, rule string) {
	switch text := c.Doc.Text(m); {
	case text == kind:
		c.Text(bundle, "type", kind, m, rule)
		return
	case slices.Contains([]string{"batch", "batch-response", "collection", "document", "history", "message", "searchset", "transaction", "transaction-response"}, text):
		c.Use(m, rule)
	default:
		c.Drop(m, rule, "no type of a Bundle; the one that is written has its own")
	}
	c.Say(bundle, "type", kind, rule)
}

// Begin begins a resource in an entry of its own: its type, its id, and a meta
// in which Profile writes a profile at the end. What else is in the entry of the
// source speaks of the Bundle that came.
func (c *Copier) Begin(entries tree.OutID, r *Resource, rule string) (resource, meta tree.OutID) {
	entry := c.Out.Object(entries, "")
	url := "urn:uuid:" + r.ID
	if from := c.Doc.Child(r.Entry, "fullUrl"); from != tree.None && c.Doc.Kind(from) == tree.String {
		c.Text(entry, "fullUrl", url, from, rule)
	} else {
		c.Generate(entry, "fullUrl", url, rule)
	}
	c.Passed(r, rule)
	resource = c.Out.Object(entry, "resource")
	c.Carry(resource, "resourceType", c.Doc.Child(r.Node, "resourceType"), same)
	if id := c.Doc.Child(r.Node, "id"); id != tree.None && c.Doc.Kind(id) == tree.String {
		c.Text(resource, "id", r.ID, id, rule)
	} else {
		c.Generate(resource, "id", r.ID, rule)
	}
	return resource, c.Out.Object(resource, "meta")
}

// Passed gives the parts of an entry that are not its resource a fate.
func (c *Copier) Passed(r *Resource, rule string) {
	for _, key := range []string{"search", "request", "response", "link"} {
		if m := c.Doc.Child(r.Entry, key); m != tree.None {
			c.Drop(m, rule, "it is about the Bundle as it came, and would not be true of another one")
		}
	}
}

// Made begins a resource that the source has not.
func (c *Copier) Made(entries tree.OutID, kind, id, rule string) (resource, meta tree.OutID) {
	entry := c.Out.Object(entries, "")
	c.Generate(entry, "fullUrl", "urn:uuid:"+id, rule)
	resource = c.Out.Object(entry, "resource")
	c.Say(resource, "resourceType", kind, rule)
	c.Generate(resource, "id", id, rule)
	return resource, c.Out.Object(resource, "meta")
}

// Profile writes a profile that the resource meets.
func (c *Copier) Profile(meta tree.OutID, profile, rule string) {
	list := c.Out.Child(meta, "profile")
	if list == tree.NoOut {
		list = c.Out.Array(meta, "profile")
	}
	c.Say(list, "", profile, rule)
}

// Meta writes what meta says besides its profiles. A profile is of the form it
// was written in: which one the copy claims is found out anew.
func (c *Copier) Meta(meta tree.OutID, r *Resource, rule string) {
	n := c.Doc.Child(r.Node, "meta")
	if n == tree.None || c.Doc.Kind(n) != tree.Object {
		return
	}
	for m := c.Doc.First(n); m != tree.None; m = c.Doc.Next(m) {
		if c.Doc.Key(m) == "profile" {
			c.Drop(m, rule, "a profile of the form that came; what the copy claims is found out anew")
			continue
		}
		c.member(meta, m, []string{r.Type, "meta"})
	}
}

// Rest writes the members of a resource that Begin and Meta did not. The
// function tells which of them it took care of; the others go as they stand.
func (c *Copier) Rest(out tree.OutID, r *Resource, own func(key string, m tree.ID) bool) {
	for m := c.Doc.First(r.Node); m != tree.None; m = c.Doc.Next(m) {
		switch key := c.Doc.Key(m); key {
		case "resourceType", "id", "meta":
		default:
			if own == nil || !own(key, m) {
				c.member(out, m, []string{r.Type})
			}
		}
	}
}

// Member writes one member of an element as it stands, references put right.
// The steps are the type of the resource and the names down to the element.
func (c *Copier) Member(out tree.OutID, m tree.ID, steps ...string) { c.member(out, m, steps) }

// Element writes one element of a list as it stands, references put right. The
// steps are the type of the resource and the names down to the list.
func (c *Copier) Element(list tree.OutID, e tree.ID, steps ...string) { c.value(list, "", e, steps) }

// member leaves what R4 does not know where it is: nobody claims it.
func (c *Copier) member(out tree.OutID, m tree.ID, steps []string) {
	key := c.Doc.Key(m)
	below := append(steps[:len(steps):len(steps)], key)
	if key == "resourceType" && len(steps) > 2 && steps[len(steps)-2] == "contained" {
		c.Carry(out, key, m, same)
		return
	}
	if _, ok := fhir.Resolve(below[0], below[1:]...); !ok {
		return
	}
	c.value(out, c.Doc.RawKey(m), m, below)
}

func (c *Copier) value(out tree.OutID, key string, n tree.ID, steps []string) {
	d := c.Doc
	switch {
	case d.Leaf(n):
		c.leaf(out, key, n, steps[len(steps)-1])
	case d.Kind(n) == tree.Array:
		list := c.Out.Array(out, key)
		for e := d.First(n); e != tree.None; e = d.Next(e) {
			c.value(list, "", e, steps)
		}
	default:
		for _, reference := range []tree.ID{n, d.Child(n, "valueReference")} { // an extension says nothing without its value
			if r := c.Target(reference); r != nil && r.Gone != "" {
				c.Drop(n, same, "it refers to a resource that the target form has no place for")
				return
			}
		}
		o := c.Out.Object(out, key)
		if kind := d.Text(d.Child(n, "resourceType")); kind != "" {
			steps = append(steps[:len(steps):len(steps)], kind)
		}
		for m := d.First(n); m != tree.None; m = d.Next(m) {
			c.member(o, m, steps)
		}
	}
}

// leaf writes a scalar; a reference to a resource of the document by the place
// that the resource has in the copy.
func (c *Copier) leaf(out tree.OutID, key string, n tree.ID, name string) {
	if name != "reference" || c.Doc.Kind(n) != tree.String {
		c.Copy(out, key, n, same)
		return
	}
	r := c.Target(c.Doc.Parent(n))
	if r == nil {
		if text := c.Doc.Text(n); text != "" && text[0] != '#' && !c.unknown[text] {
			c.unknown[text] = true
			c.Notice(c.Doc.Path(n), "reference: what it refers to is not in the document; it goes over as it stands")
		}
		c.Carry(out, key, n, same)
		return
	}
	if r.Joined != nil {
		r = r.Joined
	}
	c.Text(out, key, "urn:uuid:"+r.ID, n, "sundhedstjek.reference")
}

// Miss is a Lack of the target form about a resource.
func (c *Copier) Miss(r *Resource, element, profile, message string) {
	path := ""
	if r != nil {
		path = c.Doc.Path(r.Node)
	}
	c.Lack(ledger.Lack{Path: path, Element: element, Profile: profile, Message: message})
}
