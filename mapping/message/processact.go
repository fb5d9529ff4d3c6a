package message

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/tree"
)

// The acts that change what was sent before (medcom-messaging-activityCodes).
const retracts, modifies = "retract-message", "modified-message"

// Counts returns nil if a document that came along in a thread still counts. It
// does not where this message takes one back, or where one of the thread takes back
// the message that brought the document; the error is then a *mapping.Error at the
// act that says so.
func Counts(b *bundle.Bundle, binary *bundle.Entry) error {
	brought, own := bringers(b, binary), ownAct(b)
	for _, p := range b.Entries {
		if p.Type != "Provenance" || !does(b, p, retracts) {
			continue
		}
		if before := revises(b, p); p == own || before != "" && brought[before] {
			return &mapping.Error{Kind: mapping.BusinessRule, Path: b.Path(p.Node) + ".activity",
				Message: "the message is taken back (retract-message): the document that came with it does not count any more, and is not read; the message itself can be read as korrespondance"}
		}
	}
	return nil
}

// Corrects says which message this one replaces, and its document with it; empty
// and tree.None of one that corrects nothing.
func Corrects(b *bundle.Bundle) (notice string, act tree.ID) {
	own := ownAct(b)
	if own == nil || !does(b, own, modifies) {
		return "", tree.None
	}
	before := "an earlier message, which it does not name"
	if id := revises(b, own); id != "" {
		before = headerPrefix + id
	}
	return "the message is a correction (modified-message): the document replaces what came with " + before, own.Node
}

const headerPrefix = "MessageHeader/"

// ownAct is the Provenance of this message: the one of the header that is here or,
// where none is, the last.
func ownAct(b *bundle.Bundle) (last *bundle.Entry) {
	headed := false
	for _, e := range b.Entries {
		headed = headed || e.Type == "MessageHeader"
	}
	for _, e := range b.Entries {
		if e.Type != "Provenance" {
			continue
		}
		if header := b.Follow(b.Find(e.Node, "target")); header != nil && header.Type == "MessageHeader" {
			return e
		}
		if !headed {
			last = e
		}
	}
	return last
}

// does reports whether a Provenance tells of an act.
func does(b *bundle.Bundle, p *bundle.Entry, act string) bool {
	for c := range b.All(b.Child(p.Node, "activity"), "coding") {
		if b.Text(b.Child(c, "code")) == act {
			return true
		}
	}
	return false
}

// revises is the id of the message that an act is on, empty if it names none.
func revises(b *bundle.Bundle, p *bundle.Entry) string {
	for e := range b.All(p.Node, "entity") {
		if b.Text(b.Child(e, "role")) == "revision" {
			return lastPart(b.Text(b.Find(e, "what", "reference")))
		}
	}
	return ""
}

// bringers are the ids of the messages that added a segment which refers to a
// Binary.
func bringers(b *bundle.Bundle, binary *bundle.Entry) map[string]bool {
	segments, messages := map[string]bool{}, map[string]bool{}
	for _, e := range b.Entries {
		for p := range b.All(e.Node, "payload") {
			if b.Follow(b.Child(p, "contentReference")) != binary {
				continue
			}
			for x := range b.All(p, "extension") {
				segments[b.Text(b.Find(x, "valueIdentifier", "value"))] = true
			}
		}
	}
	delete(segments, "")
	for _, p := range b.Entries {
		for e := range b.All(p.Node, "entity") {
			if b.Text(b.Child(e, "role")) == "source" && segments[b.Text(b.Find(e, "what", "identifier", "value"))] {
				messages[lastPart(b.Text(b.Find(p.Node, "target", "reference")))] = true
			}
		}
	}
	return messages
}

// lastPart is the id in a reference to a message: relative, absolute or a UUID.
func lastPart(reference string) string {
	return reference[strings.LastIndexAny(reference, "/:")+1:]
}
