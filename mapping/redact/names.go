package redact

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"tolk/mapping/tree"
)

// stated are the names of elements and attributes that the forms have which are XML of
// their own: those of classes.csv, and those of vocabulary.csv that hold nothing but
// others.
var stated = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, form := range []Form{FMK, XREF, Envelope} {
		for key := range classes[string(form)] {
			for name := range strings.SplitSeq(key, "/") {
				all[strings.TrimPrefix(name, "@")] = true
			}
		}
	}
	for name := range vocabulary["element"] {
		all[name] = true
	}
	return all
})

// prefixShape is a prefix that nobody chose, or that is too short to say anything.
var prefixShape = regexp.MustCompile(`^([A-Za-z]{1,2}|ns)\d{0,3}$`)

// elementName returns what stands for the local name of an element or an attribute: a
// name that no form has is replaced by one that neither the document nor a form has.
func (s *session) elementName(old string) string {
	if stated()[old] {
		return old
	}
	s.meet(old)
	return s.standIn("element", old, func(from *stream) string {
		for {
			letters := []byte(s.letters(6+from.below(7), from))
			if unicode.IsUpper([]rune(old)[0]) {
				letters[0] -= 'a' - 'A'
			}
			if !stated()[string(letters)] {
				return string(letters)
			}
		}
	})
}

// prefix returns what stands for a prefix.
func (s *session) prefix(old string) string {
	if prefixShape.MatchString(old) || vocabulary["prefix"][old] {
		return old
	}
	s.meet(old)
	return s.standIn("prefix", old, func(from *stream) string { return s.letters(8, from) })
}

var (
	skipShape = regexp.MustCompile(`(?s)^(<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>)`)
	tagShape  = regexp.MustCompile(`(?s)^</?([^\s/>="'<]+)((?:\s*[^\s/>="'<]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*/?>`)
	attribute = regexp.MustCompile(`([^\s/>="'<]+)\s*=\s*(?:"[^"]*"|'[^']*')`)
)

// names writes the names in the tags of a document in XML, which can be read, otherwise
// where no form has them.
func (w *walk) names() {
	src := w.d.Source()
	for at := 0; ; {
		next := strings.IndexByte(src[at:], '<')
		if next < 0 {
			return
		}
		at += next
		if skip := skipShape.FindString(src[at:]); skip != "" {
			at += len(skip)
			continue
		}
		tag := tagShape.FindStringSubmatchIndex(src[at:])
		if tag == nil {
			at++
			continue
		}
		w.rename(at+tag[2], at+tag[3])
		for _, a := range attribute.FindAllStringSubmatchIndex(src[at+tag[4]:at+tag[5]], -1) {
			w.rename(at+tag[4]+a[2], at+tag[4]+a[3])
		}
		at += tag[1]
	}
}

// rename writes one name in a tag otherwise, if it must be.
func (w *walk) rename(start, end int) {
	prefix, local, split := strings.Cut(w.d.Source()[start:end], ":")
	switch {
	case !split && prefix == "xmlns":
		return
	case !split:
		prefix, local = "", prefix
	}
	if prefix == "xmlns" { // the declaration of a prefix
		if new := w.prefix(local); new != local {
			w.rewrite(end-len(local), end, new)
			w.tell("xmlns", Key)
		}
		return
	}
	w.rewrite(start, start+len(prefix), w.prefix(prefix))
	w.rewrite(end-len(local), end, w.elementName(local))
}

// unstated notes which name of an element or an attribute no form has: it stands in no
// path.
func (w *walk) unstated(n tree.ID) {
	switch name := w.d.Key(n); name {
	case tree.TextKey, tree.CommentKey, tree.InstructionKey:
	default:
		if !stated()[strings.TrimPrefix(name, "@")] {
			w.hide(w.d, n)
			w.tell(w.place(w.d, n), Key)
		}
	}
}

// hide keeps the name of a node, or of the resource that it is, out of every path.
func (s *session) hide(d *tree.Doc, n tree.ID) {
	if s.hidden[d] == nil {
		s.hidden[d] = map[tree.ID]bool{}
	}
	s.hidden[d][n] = true
}

// place is the path of a node, in which a name that is replaced stands as the place that
// it has: children()[2].
func (s *session) place(d *tree.Doc, n tree.ID) string {
	hidden := s.hidden[d]
	if len(hidden) == 0 {
		return d.Path(n)
	}
	above := d.Parent(n)
	switch {
	case above == tree.None && hidden[n]:
		return "$this"
	case above == tree.None:
		return d.Path(n)
	case hidden[n]:
		index := 0
		for c := d.First(above); c != n; c = d.Next(c) {
			index++
		}
		return s.place(d, above) + ".children()[" + strconv.Itoa(index) + "]"
	}
	return s.place(d, above) + d.PathBelow(above, n)
}
