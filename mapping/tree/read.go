package tree

import "strings"

// IsXML reports whether a text is meant as XML: its first character that is no
// white space opens a tag, in UTF-8 or UTF-16.
func IsXML(src string) bool {
	src = strings.TrimPrefix(src, "\uFEFF")
	blank := " \t\r\n"
	if strings.HasPrefix(src, "\xFE\xFF") || strings.HasPrefix(src, "\xFF\xFE") {
		src, blank = src[2:], blank+"\x00"
	}
	src = strings.TrimLeft(src, blank)
	return strings.HasPrefix(src, "<") || strings.HasPrefix(src, "\x00<")
}

// Read parses a text as what it is: XML or JSON.
func Read(src string, limits Limits) (*Doc, error) {
	return new(Reader).Read(src, limits)
}

// Reader reads documents one after another into the same memory, for who is done
// with one before the next. The zero value is ready.
type Reader struct {
	nodes []node
	last  *Doc
}

// NewReader returns a Reader with memory for a document of n nodes.
func NewReader(n int) *Reader { return &Reader{nodes: make([]node, 0, n)} }

// Read is the function Read. The document that r has read before is no more.
func (r *Reader) Read(src string, limits Limits) (d *Doc, err error) {
	r.Forget()
	if IsXML(src) {
		d, err = readXML(src, limits, r.nodes)
	} else {
		d, err = readJSON(src, limits, r.nodes)
	}
	if err == nil {
		r.nodes, r.last = d.nodes, d
	}
	return d, err
}

// Forget ends the document that was read last and lets go of its text. What is
// kept, to be written over, is where things stood in it, and nothing it said.
func (r *Reader) Forget() {
	if r.last != nil {
		*r.last, r.last = Doc{}, nil
	}
}

// Size returns how many nodes there is memory for.
func (r *Reader) Size() int { return cap(r.nodes) }

// reserve returns memory for n nodes: this, or more where it is too little.
func reserve(nodes []node, n int) []node {
	if cap(nodes) >= n {
		return nodes[:0]
	}
	return make([]node, 0, n)
}
