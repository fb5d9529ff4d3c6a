package tree

import (
	"strconv"
	"strings"

	"tolk/mapping"
)

// xmlParser reads XML. What it shares with the reader of JSON is the place it
// is at and how it says that something is wrong there.
type xmlParser struct {
	parser
	byName     map[xmlKey]uint32
	recent     [1024]uint32      // names seen lately, by xmlKey.slot, so that most nodes need no map
	byKey      map[string]uint32 // a key → the first name that has it
	bySpace    map[string]int32
	bindings   []binding      // the prefixes in scope, innermost last
	scope      uint32         // the number of these bindings, which no others have
	scopes     uint32         // how many were in scope so far
	expected   [1024]expected // by next.slot
	attributes []xmlAttribute // of the tag being read
	loose      []xmlLeaf      // the comments and instructions of the run just read
	verbatim   bool           // the run just read says what is written in it
}

type binding struct {
	prefix string
	space  int32
}

type xmlLeaf struct {
	name       uint32
	start, end int
}

// document reads the whole: declaration, what stands before the root, the
// root, and what stands after it.
func (p *xmlParser) document() error {
	if strings.HasPrefix(p.src, "\uFEFF") {
		p.pos = len("\uFEFF")
	}
	if err := p.declaration(); err != nil {
		return err
	}
	if err := p.outside(); err != nil {
		return err
	}
	if p.pos >= len(p.src) {
		return p.fault(None, "the document ends here, expected an element")
	}
	root := None
	if err := p.element(None, &root); err != nil {
		return err
	}
	if err := p.outside(); err != nil {
		return err
	}
	if p.pos < len(p.src) {
		return p.fault(0, "a tag after the root element, expected the end of the document")
	}
	return p.trail()
}

// outside reads what may stand outside the root element.
func (p *xmlParser) outside() error {
	at := p.pos
	text, err := p.run(None)
	if err == nil && text {
		p.pos = at
		p.parser.space()
		return p.fault(None, "text outside the root element")
	}
	return err
}

// trail hangs what stood after the root below it, as its last children.
func (p *xmlParser) trail() error {
	if len(p.loose) == 0 {
		return nil
	}
	last := p.doc.First(0)
	for last != None && p.doc.nodes[last].next != None {
		last = p.doc.nodes[last].next
	}
	if root := p.doc.nodes[0]; root.kind == String {
		whole := p.doc.Element(0)
		start := strings.Index(p.src, whole)
		p.doc.nodes[0].kind = Object
		p.doc.nodes[0].start, p.doc.nodes[0].end = uint32(start), uint32(start+len(whole))
		if root.start < root.end {
			if _, err := p.add(0, &last, textName, int(root.start), int(root.end)); err != nil {
				return err
			}
		}
	}
	return p.addLoose(0, &last)
}

// add links a node after last in parent.
func (p *xmlParser) add(parent ID, last *ID, name uint32, start, end int) (ID, error) {
	if len(p.doc.nodes) >= p.limits.Nodes {
		return None, &mapping.Error{Kind: mapping.TooLong,
			Message: "the document has more than " + strconv.Itoa(p.limits.Nodes) + " nodes"}
	}
	id := ID(len(p.doc.nodes))
	n := p.doc.node()
	n.kind, n.key, n.start, n.end, n.parent = String, name, uint32(start), uint32(end), parent
	p.link(parent, last, id)
	return id, nil
}

// link makes a node the one after last in parent.
func (p *xmlParser) link(parent ID, last *ID, id ID) {
	if *last != None {
		p.doc.nodes[*last].next = id
	} else if parent != None {
		p.doc.nodes[parent].holds = true
	}
	*last = id
}

func (p *xmlParser) addLoose(parent ID, last *ID) error {
	for _, l := range p.loose {
		if _, err := p.add(parent, last, l.name, l.start, l.end); err != nil {
			return err
		}
	}
	return nil
}

// element reads one element, pos being on its '<', and links it after last.
func (p *xmlParser) element(parent ID, last *ID) error {
	start, bindings, scope := p.pos, len(p.bindings), p.scope
	at := p.place(parent, *last)
	name, end := p.expects(at, p.pos+1)
	if name != textName && p.plainElement(parent, last, name, end) {
		return nil
	}
	if p.depth++; p.depth > p.limits.Depth {
		return p.tooDeep(parent)
	}
	if name != textName && (nameByte[p.src[end]] != 0 || p.src[end] == ':') { // it goes on
		name = textName
	}
	written, open, err := p.tag(parent, name, end)
	if err != nil {
		return err
	}
	if name == textName || p.scope != scope {
		if name != textName {
			written = p.nameAt(start + 1)
		}
		if name, err = p.resolve(parent, written, false); err != nil {
			return err
		}
	}
	if p.scope == scope {
		p.stood(at, name)
	}
	id, err := p.add(parent, last, name, start, p.pos)
	if err != nil {
		return err
	}
	within := None
	if parent == None {
		if err := p.addLoose(id, &within); err != nil {
			return err
		}
	}
	if err := p.addAttributes(id, &within, p.scope != scope); err != nil {
		return err
	}
	begin := p.pos
	end = begin
	p.verbatim = true
	if open {
		if end, err = p.content(id, &within); err != nil {
			return err
		}
		if err := p.endTag(id, p.doc.xml.names[name].written); err != nil {
			return err
		}
	}
	n := &p.doc.nodes[id]
	if !n.holds {
		n.start, n.end, n.verbatim = uint32(begin), uint32(end), p.verbatim
	} else {
		n.kind, n.end = Object, uint32(p.pos)
	}
	p.bindings, p.scope = p.bindings[:bindings], scope
	p.depth--
	return nil
}

func (p *xmlParser) tooDeep(parent ID) error {
	e := &mapping.Error{Kind: mapping.TooLong, Message: "nested deeper than " + strconv.Itoa(p.limits.Depth) + " levels"}
	if parent != None {
		e.Path = p.doc.Path(parent)
	}
	return e
}

// content reads up to the end tag of id and returns where it begins.
func (p *xmlParser) content(id ID, last *ID) (int, error) {
	for {
		from := p.pos
		text, plain := p.plainRun()
		var err error
		if !plain {
			if text, err = p.run(id); err != nil {
				return 0, err
			}
			if p.pos >= len(p.src) {
				return 0, p.fault(id, "the document ends inside an element")
			}
		}
		closing := p.pos+1 < len(p.src) && p.src[p.pos+1] == '/'
		switch {
		case !text && len(p.loose) > 0:
			err = p.addLoose(id, last)
		case !text:
		case !closing || *last != None:
			var n ID
			if n, err = p.add(id, last, textName, from, p.pos); err == nil {
				p.doc.nodes[n].verbatim = p.verbatim
			}
		}
		if err != nil {
			return 0, err
		}
		if closing {
			return p.pos, nil
		}
		if err := p.element(id, last); err != nil {
			return 0, err
		}
	}
}

func (p *xmlParser) endTag(id ID, name string) error {
	p.pos += len("</")
	if !strings.HasPrefix(p.src[p.pos:], name) {
		return p.fault(id, "expected the end tag of this element")
	}
	p.pos += len(name)
	p.parser.space()
	if !p.at('>') {
		return p.fault(id, "expected the end tag of this element")
	}
	return nil
}

// run reads up to the next tag, or the end of the document: text, references,
// CDATA, comments and processing instructions. It reports whether there is
// text in it that is not all white space, and leaves the comments and
// instructions in p.loose.
func (p *xmlParser) run(id ID) (text bool, err error) {
	p.loose, p.verbatim = p.loose[:0], true
	for {
		if written, err := p.characterData(id); err != nil {
			return false, err
		} else if written {
			text = true
		}
		rest := p.src[p.pos:]
		if len(rest) < 2 || rest[1] != '!' && rest[1] != '?' {
			return text, nil
		}
		p.verbatim = false
		switch {
		case strings.HasPrefix(rest, "<!--"):
			err = p.comment(id)
		case strings.HasPrefix(rest, "<![CDATA["):
			text = true
			err = p.cdata(id)
		case strings.HasPrefix(rest, "<?"):
			err = p.instruction(id)
		case len(rest) > len("<!DOCTYPE") && strings.EqualFold(rest[:len("<!DOCTYPE")], "<!DOCTYPE"):
			return false, p.fault(id, "a DOCTYPE is not read: it can name files and multiply text; leave it out")
		default:
			return false, p.fault(id, "expected a comment or CDATA after <!")
		}
		if err != nil {
			return false, err
		}
	}
}

// characterData reads text up to the next '<', or the end of the document, and
// reports whether it is more than white space.
func (p *xmlParser) characterData(id ID) (bool, error) {
	size := indexMark(p.src[p.pos:], inRun|opensTag)
	verbatim := size < 0 || p.src[p.pos+size] == '<'
	if !verbatim {
		size = strings.IndexByte(p.src[p.pos:], '<')
	}
	end := p.pos + size
	if size < 0 {
		end = len(p.src)
	}
	p.verbatim = p.verbatim && verbatim
	for p.pos < end && white(p.src[p.pos]) {
		p.pos++
	}
	if p.pos == end {
		return false, nil
	}
	if s := p.src[p.pos:end]; !verbatim {
		if i := strings.Index(s, "]]>"); i >= 0 {
			p.pos += i
			return false, p.fault(id, "]]> in text, expected ]]&gt;")
		}
		if err := p.references(id, s); err != nil {
			return false, err
		}
	}
	p.pos = end
	return true, nil
}

func white(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// references checks the references in s, which begins at pos.
func (p *xmlParser) references(id ID, s string) error {
	for i := strings.IndexByte(s, '&'); i >= 0; {
		_, size := reference(s[i:])
		if size == 0 {
			p.pos += i
			return p.fault(id, "expected &amp; &lt; &gt; &quot; &apos; or a character reference after &")
		}
		next := strings.IndexByte(s[i+size:], '&')
		if next < 0 {
			break
		}
		i += size + next
	}
	return nil
}

func (p *xmlParser) comment(id ID) error {
	start := p.pos + len("<!--")
	size := strings.Index(p.src[start:], "--")
	if size < 0 {
		return p.fault(id, "the document ends inside a comment")
	}
	p.pos = start + size
	if !strings.HasPrefix(p.src[p.pos:], "-->") {
		return p.fault(id, "-- in a comment, expected --> at its end only")
	}
	p.loose = append(p.loose, xmlLeaf{commentName, start, p.pos})
	p.pos += len("-->")
	return nil
}

func (p *xmlParser) cdata(id ID) error {
	size := strings.Index(p.src[p.pos:], "]]>")
	if size < 0 {
		return p.fault(id, "the document ends inside CDATA")
	}
	p.pos += size + len("]]>")
	return nil
}

func (p *xmlParser) instruction(id ID) error {
	start := p.pos + len("<?")
	name := nameEnd(p.src, start)
	if name == start {
		return p.fault(id, "expected a name after <?")
	}
	if strings.EqualFold(p.src[start:name], "xml") {
		return p.fault(id, "an XML declaration, expected at the very beginning only")
	}
	size := strings.Index(p.src[name:], "?>")
	if size < 0 {
		return p.fault(id, "the document ends inside a processing instruction")
	}
	if size > 0 && !white(p.src[name]) {
		p.pos = name
		return p.fault(id, "expected white space after the name of a processing instruction")
	}
	p.pos = name + size + len("?>")
	p.loose = append(p.loose, xmlLeaf{instructionName, start, name + size})
	return nil
}

// declaration reads the XML declaration if there is one. What it says of the
// encoding is of no concern here: src is text.
func (p *xmlParser) declaration() error {
	rest := p.src[p.pos:]
	if !strings.HasPrefix(rest, "<?xml") || len(rest) == len("<?xml") || !white(rest[len("<?xml")]) {
		return nil
	}
	end := strings.Index(rest, "?>")
	if end < 0 {
		return p.fault(None, "the document ends inside the XML declaration")
	}
	stated, ok := declared(rest[len("<?xml"):end])
	switch {
	case !ok:
		return p.fault(None, "expected version, encoding and standalone, in this order, in the XML declaration")
	case stated.version != "1.0":
		return p.fault(None, "expected version 1.0 in the XML declaration")
	}
	p.pos += end + len("?>")
	return nil
}

// fault is a Structure error at pos in the element id, None outside any.
func (p *xmlParser) fault(id ID, message string) *mapping.Error {
	e := &mapping.Error{Kind: mapping.Structure, Message: message + " (" + p.where(p.pos) + ")"}
	if id != None {
		e.Path = p.doc.Path(id)
	}
	return e
}
