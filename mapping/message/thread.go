package message

import (
	"slices"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/tree"
)

// Thread checks what a correspondence must be whoever reads it, in a message or
// without one: one Communication about one citizen, which is not taken back as an
// error, with no extension that may change what is read, whose message does one
// thing, and whose segments say each one thing. What is more than one would be lost
// without a word. The error is Faults.
func Thread(b *bundle.Bundle, communication tree.ID) error {
	r := &reader{Bundle: b, m: &Message{Focus: communication}, followed: map[tree.ID]bool{}}
	known := events[CareCommunication]
	r.once(known)
	r.subject(known)
	r.thread(communication)
	r.modifiers()
	r.act()
	if len(r.faults) > 0 {
		return r.faults
	}
	return nil
}

// once checks that there is no second resource of a type of which the event has
// one: it would be read by nobody.
func (r *reader) once(of event) {
	seen := map[string]bool{}
	for _, e := range r.Entries {
		if slices.Contains(of.once, e.Type) && twice(seen, e.Type) {
			r.fail(mapping.Invalid, e.Node, "", "a second "+e.Type+"; expected one in the message", none)
		}
	}
}

// act checks that no two acts are told of the message that is here, or in one.
func (r *reader) act() {
	var own *bundle.Entry
	for _, e := range r.Entries {
		if e.Type != "Provenance" {
			continue
		}
		if list := r.Find(e.Node, "activity", "coding"); list != tree.None && r.Next(list) != tree.None {
			r.fail(mapping.Invalid, r.Next(list), "", secondAct, none)
		}
		if header := r.Follow(r.Find(e.Node, "target")); header == nil || header.Type != "MessageHeader" {
			continue
		}
		if own != nil {
			r.fail(mapping.Invalid, e.Node, "", secondProvenance, none)
		}
		own = e
	}
}

// subject checks that what the message is about is about a citizen in it: of one
// about nobody, nobody can say whose it is.
func (r *reader) subject(of event) {
	if !of.citizen || r.m.Focus == tree.None {
		return
	}
	if s := r.member(r.m.Focus, "subject", tree.Object, none); s != tree.None {
		r.follow(s, "Patient", none)
	}
}

// contents are what a segment may hold, and what that is.
var contents = []struct {
	name string
	kind tree.Kind
}{{"contentString", tree.String}, {"contentAttachment", tree.Object}, {"contentReference", tree.Object}}

// inContent are the texts of an Attachment and of a Reference that are read.
var inContent = []string{"contentType", "data", "url", "title", "creation", "reference", "display"}

// thread checks a Communication and its segments. A message has one at least.
func (r *reader) thread(c tree.ID) {
	if status := r.Child(c, "status"); r.Text(status) == "entered-in-error" {
		r.fail(mapping.BusinessRule, status, "", "the correspondence is marked as entered in error: what it says does not count", none)
	}
	list := r.Child(c, "payload")
	if list != tree.None || r.header != nil {
		list = r.member(c, "payload", tree.Array, none)
	}
	for s := range r.Each(list) {
		r.content(s)
	}
}

// content checks that a segment holds one thing, of the kind that FHIR has.
func (r *reader) content(s tree.ID) {
	if r.Kind(s) != tree.Object {
		r.fail(mapping.Value, s, "", "expected an object with something in it", datatypeWrong)
		return
	}
	held := 0
	for _, c := range contents {
		if r.Child(s, c.name) == tree.None {
			continue
		}
		held++
		n := r.member(s, c.name, c.kind, none)
		for _, name := range inContent {
			if text := r.Child(n, name); c.kind == tree.Object && text != tree.None && r.Kind(text) != tree.String {
				r.fail(mapping.Value, text, "", "expected a text", datatypeWrong)
			}
		}
	}
	switch {
	case held == 0:
		r.fail(mapping.Required, s, "", "expected contentString, contentAttachment or contentReference: the segment says nothing", none)
	case held > 1:
		r.fail(mapping.Invalid, s, "", "expected one of contentString, contentAttachment and contentReference", none)
	}
}

// modifiers refuses an extension that may change what an element means: FHIR
// demands it of whoever does not know it, and none is known here. What a Binary
// holds is not read as part of the message.
func (r *reader) modifiers() {
	for _, e := range r.Entries {
		for n := e.Node; n < r.End(e.Node); n++ {
			if r.Key(n) == "modifierExtension" {
				r.fail(mapping.NotSupported, n, "", "it may change what the element means, and is not known here", typeNotTaken)
			}
		}
	}
}
