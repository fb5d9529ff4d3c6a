package tree

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
)

// Limits bounds what Parse accepts. The zero value of a field means its
// default: 64 levels, 16 MiB, 2,000,000 nodes.
type Limits struct {
	Depth int
	Bytes int
	Nodes int
}

func (l Limits) withDefaults() Limits {
	if l.Depth == 0 {
		l.Depth = 64
	}
	if l.Bytes == 0 {
		l.Bytes = 16 << 20
	}
	if l.Nodes == 0 {
		l.Nodes = 2_000_000
	}
	return l
}

// Parse reads one JSON document (RFC 8259), strictly: duplicate keys (also
// when they are spelled with escapes), invalid UTF-8, lone surrogates, text
// after the document and anything past the limits are refused. The error is a
// *mapping.Error of kind Structure or TooLong with the path to the fault.
func Parse(src string, l Limits) (*Doc, error) { return readJSON(src, l, nil) }

// readJSON is Parse with memory for the nodes, which may be too little, nil for none.
func readJSON(src string, l Limits, nodes []node) (*Doc, error) {
	l = l.withDefaults()
	if len(src) > l.Bytes {
		return nil, &mapping.Error{Kind: mapping.TooLong,
			Message: "the document is larger than " + strconv.Itoa(l.Bytes) + " bytes"}
	}
	if nodes == nil {
		nodes = make([]node, 0, room(src))
	}
	d := &Doc{src: src, nodes: nodes[:0]}
	p := parser{doc: d, src: src, limits: l}
	if message := marked(src); message != "" {
		return nil, p.fault(0, message)
	}
	if !utf8.ValidString(src) {
		return nil, p.utf8Fault()
	}
	p.space()
	if err := p.value(None, None, 0, 0, false); err != nil {
		return nil, err
	}
	p.space()
	if p.pos != len(src) {
		return nil, p.fault(0, "text after the document, expected its end")
	}
	return d, nil
}

// marked says what the first bytes tell of another encoding than JSON between
// systems has (RFC 8259, section 8.1), "" if nothing. A byte order mark is not read
// past: the tree keeps values, and could not give back what stands before them.
func marked(src string) string {
	switch {
	case strings.HasPrefix(src, "\uFEFF"):
		return "the document begins with a byte order mark, expected UTF-8 without one"
	case strings.HasPrefix(src, "\xFE\xFF") || strings.HasPrefix(src, "\xFF\xFE") || len(src) > 1 && (src[0] == 0) != (src[1] == 0):
		return "the document is in UTF-16, expected UTF-8"
	}
	return ""
}

// room returns how many nodes src has at most, or if that is too many to believe,
// as many as fit in text where values are long.
func room(src string) int {
	most := 1 + strings.Count(src, ",") + strings.Count(src, "{") + strings.Count(src, "[")
	return min(most, len(src)/16+8)
}

type parser struct {
	doc   *Doc
	src   string
	pos   int
	depth int
	// escaped tells that the string consumed last has an escape.
	escaped bool
	limits  Limits
}

func (p *parser) space() {
	if p.pos < len(p.src) && p.src[p.pos] <= ' ' {
		p.spaces()
	}
}

func (p *parser) spaces() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\n', '\r', '\t':
			p.pos++
		default:
			return
		}
	}
}

// value reads one value and links it after last in parent.
func (p *parser) value(parent, last ID, key, keyEnd uint32, escaped bool) error {
	if len(p.doc.nodes) >= p.limits.Nodes {
		return &mapping.Error{Kind: mapping.TooLong,
			Message: "the document has more than " + strconv.Itoa(p.limits.Nodes) + " nodes"}
	}
	id := ID(len(p.doc.nodes))
	n := p.doc.node()
	n.key, n.keyEnd, n.escaped, n.start, n.parent = key, keyEnd, escaped, uint32(p.pos), parent
	if last != None {
		p.doc.nodes[last].next = id
	} else if parent != None {
		p.doc.nodes[parent].holds = true
	}
	if p.pos >= len(p.src) {
		return p.fault(id, "the document ends here, expected a value")
	}
	var err error
	switch p.src[p.pos] {
	case '"':
		err = p.text(id)
		n.kind, n.verbatim = String, !p.escaped
	case '{':
		return p.container(id, Object)
	case '[':
		return p.container(id, Array)
	default:
		n.kind, err = p.literal(id)
	}
	n.end = uint32(p.pos)
	return err
}

// container reads what is in an object or array.
func (p *parser) container(id ID, kind Kind) error {
	p.doc.nodes[id].kind = kind
	p.pos++
	if p.depth++; p.depth > p.limits.Depth {
		return &mapping.Error{Kind: mapping.TooLong, Path: p.doc.Path(id),
			Message: "nested deeper than " + strconv.Itoa(p.limits.Depth) + " levels"}
	}
	var err error
	if kind == Object {
		err = p.members(id)
	} else {
		err = p.elements(id)
	}
	p.depth--
	p.doc.nodes[id].end = uint32(p.pos)
	return err
}

// literal reads a number, a truth value or null.
func (p *parser) literal(id ID) (Kind, error) {
	rest := p.src[p.pos:]
	switch c := rest[0]; {
	case c == '-' || c >= '0' && c <= '9':
		return Number, p.number(id)
	case strings.HasPrefix(rest, "true"):
		p.pos += len("true")
		return Bool, nil
	case strings.HasPrefix(rest, "false"):
		p.pos += len("false")
		return Bool, nil
	case strings.HasPrefix(rest, "null"):
		p.pos += len("null")
		return Null, nil
	}
	return Null, p.fault(id, "expected a JSON value")
}

func (p *parser) elements(id ID) error {
	p.space()
	if p.at(']') {
		return nil
	}
	last := None
	for {
		p.space()
		next := ID(len(p.doc.nodes))
		if err := p.value(id, last, 0, 0, false); err != nil {
			return err
		}
		last = next
		p.space()
		if p.at(']') {
			return nil
		}
		if !p.at(',') {
			return p.fault(id, "expected ',' or ']'")
		}
	}
}

func (p *parser) members(id ID) error {
	p.space()
	if p.at('}') {
		return nil
	}
	last := None
	keys := keySet{doc: p.doc, object: id}
	for {
		p.space()
		if p.pos >= len(p.src) || p.src[p.pos] != '"' {
			return p.fault(id, "expected a key in double quotes")
		}
		start := p.pos + 1
		if err := p.text(id); err != nil {
			return err
		}
		end := p.pos - 1
		escaped := p.escaped
		if !keys.add(p.src[start:end], escaped) {
			p.pos = start - 1
			return p.fault(id, "the same key stands twice")
		}
		p.space()
		if !p.at(':') {
			return p.fault(id, "expected ':' after the key")
		}
		p.space()
		next := ID(len(p.doc.nodes))
		if err := p.value(id, last, uint32(start), uint32(end), escaped); err != nil {
			return err
		}
		last = next
		p.space()
		if p.at('}') {
			return nil
		}
		if !p.at(',') {
			return p.fault(id, "expected ',' or '}'")
		}
	}
}

// at consumes c if it is next.
func (p *parser) at(c byte) bool {
	if p.pos < len(p.src) && p.src[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// text consumes a string, its escapes checked.
func (p *parser) text(id ID) error {
	p.escaped = false
	for p.pos = plainEnd(p.src, p.pos+1); p.pos < len(p.src); p.pos = plainEnd(p.src, p.pos+1) {
		switch c := p.src[p.pos]; {
		case c == '"':
			p.pos++
			return nil
		case c == '\\':
			p.escaped = true
			if err := p.escape(id); err != nil {
				return err
			}
		default:
			return p.fault(id, "a control character in a string, expected an escape")
		}
	}
	return p.fault(id, "the document ends inside a string")
}

// plainEnd returns the first position from i on that holds a quote, a
// backslash or a control character, or the end of s. It looks at eight bytes
// at a time: most of a record is narrative.
func plainEnd(s string, i int) int {
	for ; i+8 <= len(s); i += 8 {
		if found := special(word(s[i : i+8])); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c == '"' || c == '\\' || c < 0x20 {
			break
		}
	}
	return i
}

// special has the high bit of the first of eight bytes that is a quote, a backslash or a
// control character, and may have it of others after that one.
func special(w uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	// With '"' and 0x20 in one another's place (they differ in one bit), the control
	// characters and the quote are what is below 0x21. Of what is, or is zero,
	// subtracting borrows into the high bit; only after it another can seem to be so.
	quote, backslash := w^(ones*('"'^0x20)), w^(ones*'\\')
	return ((quote - ones*0x21) | (backslash - ones)) &^ w & highs
}

// word is the eight bytes of s as one number.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// escape checks the escape at pos and leaves pos on its last byte.
func (p *parser) escape(id ID) error {
	p.pos++
	if p.pos >= len(p.src) {
		return p.fault(id, "the document ends inside an escape")
	}
	switch p.src[p.pos] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
	default:
		return p.fault(id, `expected one of " \ / b f n r t u after a backslash`)
	}
	r, ok := hex4(p.src, p.pos+1)
	if !ok {
		return p.fault(id, `expected four hexadecimal digits after \u`)
	}
	p.pos += 4
	switch {
	case r >= 0xdc00 && r < 0xe000:
		return p.fault(id, "a lone low surrogate, expected a pair")
	case r >= 0xd800 && r < 0xdc00:
		if p.pos+2 >= len(p.src) || p.src[p.pos+1] != '\\' || p.src[p.pos+2] != 'u' {
			return p.fault(id, "a lone high surrogate, expected a pair")
		}
		low, ok := hex4(p.src, p.pos+3)
		if !ok || low < 0xdc00 || low >= 0xe000 {
			return p.fault(id, "a lone high surrogate, expected a pair")
		}
		p.pos += 6
	}
	return nil
}

func (p *parser) number(id ID) error {
	p.at('-')
	if !p.at('0') && !p.digits() {
		return p.fault(id, "expected a digit")
	}
	if p.at('.') && !p.digits() {
		return p.fault(id, "expected a digit after the decimal point")
	}
	if p.pos < len(p.src) && p.src[p.pos]|0x20 == 'e' {
		p.pos++
		if !p.at('+') {
			p.at('-')
		}
		if !p.digits() {
			return p.fault(id, "expected a digit in the exponent")
		}
	}
	return nil
}

func (p *parser) digits() bool {
	start := p.pos
	for p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		p.pos++
	}
	return p.pos > start
}

// fault is a Structure error at pos, with the path of the node it is in.
func (p *parser) fault(id ID, message string) error {
	e := &mapping.Error{Kind: mapping.Structure, Message: message + " (" + p.where(p.pos) + ")"}
	if int(id) < len(p.doc.nodes) {
		e.Path = p.doc.Path(id)
	}
	return e
}

func (p *parser) where(pos int) string {
	line := 1 + strings.Count(p.src[:pos], "\n")
	column := pos - strings.LastIndexByte(p.src[:pos], '\n')
	return "line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column)
}

func (p *parser) utf8Fault() error {
	pos := 0
	for pos < len(p.src) {
		r, size := utf8.DecodeRuneInString(p.src[pos:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		pos += size
	}
	return &mapping.Error{Kind: mapping.Structure,
		Message: "the document is not UTF-8 (" + p.where(pos) + ")"}
}
