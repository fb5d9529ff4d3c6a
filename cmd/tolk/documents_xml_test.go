package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tolk/mapping/tree"
)

// tag is a piece of an XML text, as encoding/xml finds it: a reader that is not
// ours.
type tag struct {
	start, end int
	kind       byte // '<' start, '/' end, 't' text, '!' anything else
	close      int  // of a start tag: the index of its end tag
	leaf       bool // of a start tag: no element is inside
}

// tagsOf finds the pieces of an XML text, none where it is not well-formed.
func tagsOf(text string) []tag {
	d := xml.NewDecoder(strings.NewReader(text))
	var all []tag
	var open []int
	for {
		start := int(d.InputOffset())
		token, err := d.RawToken()
		if err == io.EOF {
			return all
		}
		if err != nil {
			return nil
		}
		p := tag{start: start, end: int(d.InputOffset()), kind: '!', close: -1}
		switch token.(type) {
		case xml.StartElement:
			p.kind, p.leaf = '<', true
			if len(open) > 0 {
				all[open[len(open)-1]].leaf = false
			}
			open = append(open, len(all))
		case xml.EndElement:
			p.kind = '/'
			all[open[len(open)-1]].close = len(all)
			open = open[:len(open)-1]
		case xml.CharData:
			p.kind = 't'
		}
		all = append(all, p)
	}
}

// mark is a text that no document holds.
const mark = "ukendt-7351"

var attributes = regexp.MustCompile(`\s[A-Za-z:]+="[^"]*"`)

// mutateXML changes an XML document and says what it did, and where.
func mutateXML(t *testing.T, r *rand.Rand, text string, kind int) (changed, what, path string) {
	tags := tagsOf(text)
	if len(tags) == 0 {
		return "", "", "" // in another encoding
	}
	switch kind {
	case addLeaf:
		changed, what = addXML(r, text, tags)
	case dropLeaf:
		return deleteXML(t, r, text, tags)
	case shuffleMembers:
		return shuffleXML(r, text, tags)
	case changeLeaf:
		p, ok := pickTag(r, tags, func(p tag) bool { return p.kind == 't' && strings.TrimSpace(text[p.start:p.end]) != "" })
		if !ok {
			return "", "", ""
		}
		changed, what = text[:p.end]+"-"+mark+text[p.end:], "change"
	default:
		changed, what = wildXML(r, text, tags)
		return changed, what, ""
	}
	path = pathOfMark(t, changed)
	return changed, what + " " + path, path
}

func pickTag(r *rand.Rand, tags []tag, fits func(tag) bool) (tag, bool) {
	all := slices.DeleteFunc(slices.Clone(tags), func(p tag) bool { return !fits(p) })
	if len(all) == 0 {
		return tag{}, false
	}
	return all[r.IntN(len(all))], true
}

// addXML adds what nobody knows: an element, an attribute, a text between
// elements, a comment or a processing instruction.
func addXML(r *rand.Rand, text string, tags []tag) (string, string) {
	inner := func(p tag) bool { return p.kind == '<' && !p.leaf }
	switch r.IntN(5) {
	case 0:
		p, _ := pickTag(r, tags, inner)
		return text[:p.end] + "<Ukendt7351>" + mark + "</Ukendt7351>" + text[p.end:], "element"
	case 1:
		p, _ := pickTag(r, tags, func(p tag) bool { return p.kind == '<' && !strings.HasSuffix(text[p.start:p.end], "/>") })
		return text[:p.end-1] + ` ukendt="` + mark + `">` + text[p.end:], "attribute"
	case 2:
		p, _ := pickTag(r, tags, inner)
		return text[:p.end] + mark + text[p.end:], "text"
	case 3:
		p, _ := pickTag(r, tags, inner)
		return text[:p.end] + "<!--" + mark + "-->" + text[p.end:], "comment"
	default:
		p, _ := pickTag(r, tags, inner)
		return text[:p.end] + "<?ukendt " + mark + "?>" + text[p.end:], "instruction"
	}
}

// deleteXML deletes an element that holds no other, or an attribute.
func deleteXML(t *testing.T, r *rand.Rand, text string, tags []tag) (changed, what, path string) {
	p, ok := pickTag(r, tags, func(p tag) bool { return p.kind == '<' && p.leaf })
	if !ok {
		return "", "", ""
	}
	start := text[p.start:p.end]
	if all := attributes.FindAllStringIndex(start, -1); len(all) > 0 && !strings.Contains(start, "xmlns") && r.IntN(3) == 0 {
		a := all[r.IntN(len(all))]
		value := p.start + a[1] - 1
		path = pathOfMark(t, text[:value]+mark+text[value:])
		return text[:p.start+a[0]] + text[p.start+a[1]:], "delete " + path, path
	}
	if p.close < 0 {
		return "", "", ""
	}
	end := tags[p.close]
	if end.start == p.end { // an empty element has no text to mark
		return "", "", ""
	}
	path = pathOfMark(t, text[:end.start]+mark+text[end.start:])
	return text[:p.start] + text[end.end:], "delete " + path, path
}

// shuffleXML changes the order of attributes.
func shuffleXML(r *rand.Rand, text string, tags []tag) (changed, what, path string) {
	for i := len(tags) - 1; i >= 0; i-- {
		p := tags[i]
		if p.kind != '<' {
			continue
		}
		start := text[p.start:p.end]
		all := attributes.FindAllString(start, -1)
		if len(all) < 2 {
			continue
		}
		at := attributes.FindStringIndex(start)[0]
		last := attributes.FindAllStringIndex(start, -1)
		rest := start[last[len(last)-1][1]:]
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		text = text[:p.start] + start[:at] + strings.Join(all, "") + rest + text[p.end:]
		what = "shuffle the attributes"
	}
	return text, what, ""
}

// wildXML duplicates, deletes or moves whole elements, or writes something else
// for a text.
func wildXML(r *rand.Rand, text string, tags []tag) (changed, what string) {
	a, ok := pickTag(r, tags, func(p tag) bool { return p.kind == '<' && p.close > 0 && p.start > tags[0].end+200 })
	if !ok {
		return "", ""
	}
	end := tags[a.close].end
	whole := text[a.start:end]
	switch r.IntN(4) {
	case 0:
		return text[:end] + whole + text[end:], "duplicate an element"
	case 1:
		return text[:a.start] + text[end:], "delete an element"
	case 2:
		b, _ := pickTag(r, tags, func(p tag) bool { return p.kind == '<' && !p.leaf && (p.start < a.start || p.start >= end) })
		if b.end <= a.start {
			return text[:b.end] + whole + text[b.end:a.start] + text[end:], "move an element"
		}
		return text[:a.start] + text[end:b.end] + whole + text[b.end:], "move an element"
	default:
		p, _ := pickTag(r, tags, func(p tag) bool { return p.kind == 't' && strings.TrimSpace(text[p.start:p.end]) != "" })
		other := []string{"", " ", "0", "-1", "1,5", "1e400", "2026-02-30", "true", "Ukendt", "æøå", "&#x10FFFF;", "2509479989", "99999999999999999999"}[r.IntN(13)]
		return text[:p.start] + other + text[p.end:], fmt.Sprintf("change %.40q to %q", text[p.start:p.end], other)
	}
}

// pathOfMark is the path of the leaf that holds the mark.
func pathOfMark(t *testing.T, text string) string {
	t.Helper()
	d := scanned(t, text)
	found := ""
	d.Walk(d.Root(), func(n tree.ID, path string) {
		if strings.Contains(d.Text(n), mark) || strings.Contains(d.Raw(n), mark) {
			found = path
		}
	})
	if found == "" {
		t.Fatalf("the mark is not there: %.3000s", text)
	}
	return found
}
