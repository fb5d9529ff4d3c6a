package tree

import (
	"strconv"
	"strings"
)

// AsXML makes o a document in XML whose elements are in the namespace. It is
// written with the shape that ParseXML gives what it reads: an object is an
// element, its members under @name are attributes, a string is an element that
// holds text only, and the text of an element that holds more stands under
// text(). The root has the key that is the name of its element.
//
// What ParseXML would read otherwise is a fault of the caller: an element with
// one text() and nothing else, a text() that is white space only, two in a row.
func (o *Out) AsXML(space string) { o.xml, o.space = true, space }

// XML reports whether o is a document in XML.
func (o *Out) XML() bool { return o.xml }

// prolog begins every document in XML. It says what is true: the bytes are
// UTF-8.
const prolog = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func (o *Out) appendXML(b []byte, n OutID) []byte {
	name, text := o.Key(n), ""
	if o.nodes[n].kind == String {
		text = o.Said(n)
	}
	if name == TextKey {
		return appendXMLText(b, text, false)
	}
	root := o.nodes[n].parent == NoOut
	if root {
		b = append(b, prolog...)
	}
	b = append(append(b, '<'), name...)
	if root && o.space != "" {
		b = append(appendXMLText(append(b, ` xmlns="`...), o.space, true), '"')
	}
	inside := false
	for c := o.nodes[n].first; c != NoOut; c = o.nodes[c].next {
		key := o.Key(c)
		if key[0] != '@' {
			inside = true
			continue
		}
		b = append(append(append(b, ' '), key[1:]...), '=', '"')
		b = append(appendXMLText(b, o.Said(c), true), '"')
	}
	if !inside && text == "" {
		return append(b, '/', '>')
	}
	b = appendXMLText(append(b, '>'), text, false)
	for c := o.nodes[n].first; c != NoOut; c = o.nodes[c].next {
		if o.Key(c)[0] != '@' {
			b = o.appendXML(b, c)
		}
	}
	return append(append(append(b, '<', '/'), name...), '>')
}

// appendXMLText writes text so that ParseXML reads it again: a carriage return
// would become a line feed (XML 1.0, section 2.11), and in an attribute all
// white space a space (section 3.3.3).
func appendXMLText(b []byte, text string, attribute bool) []byte {
	special := "&<>\r"
	if attribute {
		special = "&<>\r\n\t\""
	}
	for {
		i := strings.IndexAny(text, special)
		if i < 0 {
			return append(b, text...)
		}
		b = append(b, text[:i]...)
		switch c := text[i]; c {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '"':
			b = append(b, "&quot;"...)
		default:
			b = append(strconv.AppendInt(append(b, '&', '#'), int64(c), 10), ';')
		}
		text = text[i+1:]
	}
}

// XMLText reports whether XML 1.0 has every character of a text.
func XMLText(text string) bool {
	for _, r := range text {
		if !character(r) {
			return false
		}
	}
	return true
}

// XMLTexts reports whether XML 1.0 has every character of every text written so far,
// what was taken out with it.
func (o *Out) XMLTexts() bool {
	for n := range o.nodes {
		c := &o.nodes[n]
		if c.kind != String || c.apart() && o.apart[OutID(n)].base64 {
			continue
		}
		if !XMLText(o.Said(OutID(n))) {
			return false
		}
	}
	return true
}

// walkXML is walk with the paths that ParseXML gives the document.
func (o *Out) walkXML(n OutID, path []byte, visit func(OutID, []byte)) {
	if o.nodes[n].first == NoOut {
		visit(n, path)
		return
	}
	var known [16]keyCount // few names stand in one element, some of them many times
	keys := known[:0]
	for c := o.nodes[n].first; c != NoOut; c = o.nodes[c].next {
		keys = count(keys, o.Key(c))
	}
	position := 0
	for c := o.nodes[n].first; c != NoOut; c = o.nodes[c].next {
		o.walkXML(c, appendOutStep(path, o.Key(c), keys, position), visit)
		position++
	}
}

// keyCount is how many children have a key, and how many of them were visited.
type keyCount struct {
	key         string
	all, before int
}

func count(keys []keyCount, key string) []keyCount {
	for i := range keys {
		if keys[i].key == key {
			keys[i].all++
			return keys
		}
	}
	return append(keys, keyCount{key: key, all: 1})
}

func appendOutStep(b []byte, key string, keys []keyCount, position int) []byte {
	i := 0
	for keys[i].key != key {
		i++
	}
	k := &keys[i]
	k.before++
	if key != TextKey && !plain(strings.TrimPrefix(key, "@")) {
		b = strconv.AppendInt(append(b, ".children()["...), int64(position), 10)
		return append(b, ']')
	}
	b = append(append(b, '.'), key...)
	if k.all == 1 {
		return b
	}
	b = strconv.AppendInt(append(b, '['), int64(k.before-1), 10)
	return append(b, ']')
}

// Key returns the key of n as it will be written.
func (o *Out) Key(n OutID) string { return o.key(&o.nodes[n]) }
