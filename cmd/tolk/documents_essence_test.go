package main

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"tolk/mapping/tree"
)

// The essence of a document of ours is the document but for what is derived from
// the bytes it was made of: ids, which are numbered in the order they come, the
// attached original, and its hash. Keys are in order. What is attached as FHIR
// is looked into.

var (
	uuidText   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	numberText = regexp.MustCompile(`^"T[0-9a-f]{13}"$`) // of a letter, by the hash of what it is made of
	sha256Text = regexp.MustCompile(`^"[0-9a-f]{64}"$`)
)

// essence writes documents without what is derived.
type essence struct {
	masked bool // all ids are one
	sealed bool // attachments are not looked into
	names  map[string]string
}

func essenceOf(text string) string {
	return (&essence{names: map[string]string{}}).of(growText(text))
}

// growText reads a JSON text of ours.
func growText(text string) *value {
	d, err := tree.Read(text, tree.Limits{})
	if err != nil {
		panic(err) // what the gateway wrote, and the auditor read
	}
	return grow(d, d.Root())
}

func (e *essence) of(root *value) string {
	root.respelled().sorted()
	root.each(nil, func(parent, v *value) {
		if v.kind == tree.String {
			v.raw = e.leaf(parent, v)
		}
	})
	return root.text()
}

// respelled writes every string with the escapes of our own: XML has no others.
func (v *value) respelled() *value {
	v.each(nil, func(_, s *value) {
		if s.kind == tree.String {
			s.raw = tree.Quote(tree.Unquote(s.raw[1 : len(s.raw)-1]))
		}
	})
	return v
}

// leaf is the value of a string without what is derived.
func (e *essence) leaf(parent, v *value) string {
	switch {
	case sha256Text.MatchString(v.raw):
		return `"hash"`
	case numberText.MatchString(v.raw):
		return `"number"`
	case v.key == "code" || v.key == "system":
		return v.raw // FSIII's and FFB's codes are UUIDs
	case v.key == "data":
		return e.attached(parent, v)
	}
	return uuidText.ReplaceAllStringFunc(v.raw, func(id string) string {
		if e.masked {
			return "uuid"
		}
		if e.names[id] == "" {
			e.names[id] = fmt.Sprint("uuid-", len(e.names))
		}
		return e.names[id]
	})
}

// attached is what an attachment holds, if that is a document of ours, and a
// word for an original.
func (e *essence) attached(parent, v *value) string {
	if e.masked || e.sealed || parent.says("resourceType") == "Binary" {
		return `"original"`
	}
	text, err := base64.StdEncoding.DecodeString(strings.Trim(v.raw, `"`))
	if err != nil {
		return v.raw
	}
	d, err := tree.Read(string(text), tree.Limits{})
	if err != nil || d.XML() {
		return v.raw
	}
	return tree.Quote(e.of(grow(d, d.Root())))
}

// says is the text of a member.
func (v *value) says(key string) string {
	for _, k := range v.kids {
		if k.key == key {
			return strings.Trim(k.raw, `"`)
		}
	}
	return ""
}
