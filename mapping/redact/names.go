package redact

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

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

// local returns what stands for the local name of an element or an attribute in the
// document: one that its form does not have is replaced.
func (w *walk) local(name string) string {
	if w.states(name) {
		return name
	}
	return w.field(name)
}

// states reports whether the form of the document has an element or an attribute of a
// local name.
func (w *walk) states(name string) bool {
	if w.form == page {
		return vocabulary["xhtml"][name]
	}
	return stated()[name]
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
	w.declaration()
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

var (
	declared   = regexp.MustCompile(`(?s)^<\?xml\s.*?\?>`)
	usual      = regexp.MustCompile(`^<\?xml\s+version\s*=\s*["']1\.[01]["'](\s+encoding\s*=\s*["'][^"']*["'])?(\s+standalone\s*=\s*["'](yes|no)["'])?\s*\?>$`)
	encodingIn = regexp.MustCompile(`encoding\s*=\s*["']([^"']*)["']`)
)

// declaration writes the declaration of a document in XML otherwise where it has more in
// it than is known.
func (w *walk) declaration() {
	old := declared.FindString(w.d.Source())
	of := ""
	if m := encodingIn.FindStringSubmatch(old); m != nil {
		of = m[1]
	}
	known := vocabulary["encoding"][strings.ToLower(of)]
	if old == "" || usual.MatchString(old) && (of == "" || known) {
		return
	}
	if !known {
		of = "UTF-8" // which it is, if it could be read
	}
	w.rewrite(0, len(old), `<?xml version="1.0" encoding="`+of+`"?>`)
	w.note("xml", Key)
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
			w.note("xmlns", Key)
		}
		return
	}
	w.rewrite(start, start+len(prefix), w.prefix(prefix))
	w.rewrite(end-len(local), end, w.local(local))
}

// unstated notes which name of an element or an attribute no form has: it stands in no
// path.
func (w *walk) unstated(n tree.ID) {
	switch name := w.d.Key(n); name {
	case tree.TextKey, tree.CommentKey, tree.InstructionKey:
	default:
		if !w.states(strings.TrimPrefix(name, "@")) {
			w.hide(w.d, n)
			w.tell(n, Key)
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
	above := d.Parent(n)
	switch {
	case above == tree.None && s.hidden[d][n]:
		return "$this"
	case above == tree.None:
		return d.Path(n)
	case s.hidden[d][n]:
		return s.place(d, above) + ".children()[" + strconv.Itoa(s.nth(d, n)) + "]"
	case d.Kind(above) == tree.Array:
		return s.place(d, above) + "[" + strconv.Itoa(s.nth(d, n)) + "]"
	}
	return s.place(d, above) + d.PathBelow(above, n)
}

// nth returns which of the nodes beside it a node is. All are counted at once: there may
// be a hundred thousand.
func (s *session) nth(d *tree.Doc, n tree.ID) int {
	all, ok := s.ranks[d]
	if !ok {
		all = make([]int32, d.Len())
		for above := range tree.ID(d.Len()) {
			rank := int32(0)
			for c := d.First(above); c != tree.None; c = d.Next(c) {
				all[c] = rank
				rank++
			}
		}
		s.ranks[d] = all
	}
	return int(all[n])
}
