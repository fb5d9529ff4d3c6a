package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// session is what is known while one document is redacted.
type session struct {
	Redactor
	pass  int
	shift int // days, whole weeks, back

	persons  []string          // the numbers of persons, in the order they were met
	others   map[string]string // replacement numbers of persons
	idents   map[string]bool   // the identifiers that stand in the document
	phrases  []string          // what is said in few words, the longest first
	keeps    map[string]bool   // those of them that are kept
	words    map[string]bool   // what stands in the document, in lower case: no substitute is one of these
	stands   map[string]string // what stands for what, by its kind and the original
	taken    map[string]bool   // the substitutes that are given
	digests  map[string]string // of the documents inside, and what became of them
	inside   map[string][]byte // the documents inside
	depth    int               // of documents in documents
	above    string            // the path of the document that this one stands in
	replaced []Replacement
	hidden   map[*tree.Doc]map[tree.ID]bool // whose names stand in no path
	wordy    Form                           // one that has enumerations, whose words are listed
}

func newSession(r Redactor) *session {
	s := &session{Redactor: r, others: map[string]string{}, idents: map[string]bool{}, keeps: map[string]bool{}, words: map[string]bool{}, digests: map[string]string{}}
	s.shift = -7 * (nearest + int(s.stream("shift").next()%(farthest-nearest)))
	return s
}

// How many weeks a document is moved back, at least and less than: half a year to
// ten years.
const nearest, farthest = 26, 520

// begin begins a pass. What was chosen before all words were known is chosen anew.
func (s *session) begin(pass int) {
	s.pass, s.replaced, s.inside, s.hidden = pass, nil, map[string][]byte{}, map[*tree.Doc]map[tree.ID]bool{}
	slices.SortStableFunc(s.phrases, func(a, b string) int { return len(b) - len(a) })
	if pass <= reading+1 {
		s.stands, s.taken = map[string]string{}, map[string]bool{}
	}
}

// tell notes that what stands at a path was replaced.
func (s *session) tell(path string, kind Kind) {
	if s.above != "" {
		path = s.above + " " + path
	}
	s.replaced = append(s.replaced, Replacement{path, kind})
}

// meet remembers the words of a text.
func (s *session) meet(text string) {
	if s.pass != reading {
		return
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		s.words[word] = true
		for part := range strings.FieldsFuncSeq(word, unicode.IsDigit) {
			s.words[part] = true
		}
	}
}

// fault is an error at a node. It has no value: the document is one that nobody
// else may see.
func (s *session) fault(kind mapping.Kind, d *tree.Doc, n tree.ID, message string) error {
	return &mapping.Error{Kind: kind, Path: s.place(d, n), Message: message}
}

// standIn returns what stands for an original of a kind: what was chosen before, or
// the first that choose makes which is free. Choose is asked a few hundred times,
// and whatever it makes last is taken.
func (s *session) standIn(kind, original string, choose func(*stream) string) string {
	key := kind + "\x00" + original
	if before, ok := s.stands[key]; ok {
		return before
	}
	from := s.stream(key)
	chosen := ""
	for range 400 {
		chosen = choose(from)
		if !s.taken[kind+"\x00"+chosen] && !s.words[strings.ToLower(chosen)] {
			break
		}
	}
	s.stands[key], s.taken[kind+"\x00"+chosen] = chosen, true
	return chosen
}

// stream is a sequence of numbers that the key and a label make.
type stream struct {
	key, label []byte
	block      []byte
	count      uint32
}

func (s *session) stream(label string) *stream {
	return &stream{key: s.Key, label: []byte(label)}
}

// bytes returns the next n bytes.
func (s *stream) bytes(n int) []byte {
	for len(s.block) < n {
		h := hmac.New(sha256.New, s.key)
		h.Write(binary.BigEndian.AppendUint32(nil, s.count))
		h.Write(s.label)
		s.block = h.Sum(s.block)
		s.count++
	}
	b := s.block[:n:n]
	s.block = s.block[n:]
	return b
}

func (s *stream) next() uint32 { return binary.BigEndian.Uint32(s.bytes(4)) }

// below returns a number from 0 to n-1.
func (s *stream) below(n int) int { return int(s.next() % uint32(n)) }
