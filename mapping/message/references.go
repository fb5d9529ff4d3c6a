package message

import (
	"encoding/base64"
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/tree"
)

// references checks every reference that was not judged where it stands.
func (r *reader) references() {
	for _, e := range r.Entries {
		var contained map[string]bool // of the entry, once it is asked for
		for n := e.Node; n < r.End(e.Node); n++ {
			if r.Key(n) != "reference" || r.Kind(n) != tree.String || r.followed[r.Parent(n)] {
				continue
			}
			name, inside := strings.CutPrefix(r.Text(n), "#")
			if !inside {
				r.reference(n)
				continue
			}
			if contained == nil {
				contained = r.contained(e)
			}
			if !contained[name] {
				r.fail(mapping.NotFound, n, "", "expected a resource that is contained with this id; the reference leads nowhere", none)
			}
		}
	}
}

// contained returns the ids of the resources that an entry contains; the empty
// one is its own.
func (r *reader) contained(e *bundle.Entry) map[string]bool {
	ids := map[string]bool{"": true}
	for c := range r.All(e.Node, "contained") {
		ids[r.Text(r.Child(c, "id"))] = true
	}
	return ids
}

// reference checks that a reference leads to an entry, or may lead outside.
func (r *reader) reference(n tree.ID) {
	text := r.Text(n)
	bundled := strings.HasPrefix(text, "urn:uuid:") || strings.HasPrefix(text, "urn:oid:")
	if !bundled && strings.Contains(text, ":") {
		return // outside, or the fullUrl of an entry
	}
	name, _, _ := strings.Cut(text, "/_history/") // a version of a resource that is here
	if r.Follow(r.Parent(n)) == nil && !r.names[name] {
		r.fail(mapping.NotFound, n, "", "expected a reference to a resource in the Bundle; it leads nowhere", none)
	}
}

// base64 checks what is said to be base64: data of a Binary, an Attachment and a
// Signature, and values of that type.
func (r *reader) base64() {
	for _, e := range r.Entries {
		for n := e.Node; n < r.End(e.Node); n++ {
			key := r.Key(n)
			if r.Kind(n) != tree.String || key != "data" && key != "valueBase64Binary" || sampled(r.Doc, n) {
				continue
			}
			if !isBase64(r.Text(n)) {
				r.fail(mapping.Value, n, "", "expected base64; it is not, or was cut short", datatypeWrong)
			}
		}
	}
}

// sampled reports whether data is that of a SampledData, which are numbers.
func sampled(d *tree.Doc, n tree.ID) bool { return d.Child(d.Parent(n), "dimensions") != tree.None }

// isBase64 reports whether a text is base64.
func isBase64(text string) bool {
	_, err := decode(text)
	return err == nil
}

// decode reads base64 as FHIR R4 has it: padded, white space allowed, and some.
func decode(text string) (string, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(text), ""))
	if err == nil && len(b) == 0 {
		err = &mapping.Error{Kind: mapping.Value, Message: "expected base64"}
	}
	return string(b), err
}

// bare are the resources that have no narrative.
var bare = map[string]bool{"Binary": true, "Bundle": true, "Parameters": true}

// HasNarrative reports whether a resource of a type has a text for people.
func HasNarrative(kind string) bool { return !bare[kind] }

// narratives tells which resources say nothing to people: MedCom wants the text
// in every resource of a message.
func (r *reader) narratives() {
	for _, e := range r.Entries {
		if HasNarrative(e.Type) && r.Text(r.Find(e.Node, "text", "div")) == "" {
			r.tell(mapping.Required, e.Node, ".text.div", "expected the text for people (narrative)", none)
		}
	}
}
