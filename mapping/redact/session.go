package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// keyed makes numbers of the key and of what is written to it.
type keyed interface {
	Write([]byte) (int, error)
	Sum([]byte) []byte
	Reset()
}

// session is what is known while one document is redacted.
type session struct {
	Redactor
	pass  int
	shift int // days, whole weeks, back

	persons  []string             // the numbers of persons, in the order they were met
	others   map[string]string    // replacement numbers of persons
	idents   map[string]bool      // the identifiers that stand in the document
	phrases  []string             // what is said in few words, the longest first
	mentions map[string]bool      // the same
	spoken   map[string][]phrase  // which of them are said so, in lower case from the first word to the last
	retold   map[int]string       // what stands for one of them, in this pass
	keeps    map[string]bool      // those of them that are kept
	small    []string             // the numbers that are kept though nobody knows what they are, in order
	split    map[int]bool         // which of them are pieces of the number of a person
	met      int                  // of them, in this pass
	words    map[string]bool      // what stands in the document, in lower case: no substitute is one of these
	stands   map[string]string    // what stands for what, by its kind and the original
	taken    map[string]bool      // the substitutes that are given
	patience map[string]*patience // of a kind and a length, how often one was looked for
	mac      keyed                // HMAC-SHA256 of the key
	looked   int                  // members that were looked at, to find one
	drawn    int                  // blocks of numbers, in all
	hashed   int                  // bytes of labels that they are made of
	heard    int                  // stretches of texts that were looked up among the phrases
	fields   int                  // names of elements that were replaced
	digests  map[string]string    // of the documents inside, and what became of them
	inside   map[string][]byte    // the documents inside
	depth    int                  // of documents in documents
	above    string               // the path of the document that this one stands in
	replaced []Replacement
	hidden   map[*tree.Doc]map[tree.ID]bool // whose names stand in no path
	ranks    map[*tree.Doc][]int32          // which of its siblings a node is
	nodes    int                            // of the documents inside, in this pass
	wordy    Form                           // one that has enumerations, whose words are listed
}

func newSession(r Redactor) *session {
	if r.Limits.Nodes == 0 {
		r.Limits.Nodes = maxNodes
	}
	s := &session{Redactor: r, others: map[string]string{}, idents: map[string]bool{}, keeps: map[string]bool{}, mentions: map[string]bool{}, words: map[string]bool{}, digests: map[string]string{}, mac: hmac.New(sha256.New, r.Key)}
	s.shift = -7 * (nearest + int(s.stream("shift").next()%(farthest-nearest)))
	return s
}

// How many weeks a document is moved back, at least and less than: half a year to
// ten years.
const nearest, farthest = 26, 520

// begin begins a pass. What was chosen before all words were known is chosen anew.
func (s *session) begin(pass int) {
	s.pass, s.replaced, s.inside, s.hidden = pass, nil, map[string][]byte{}, map[*tree.Doc]map[tree.ID]bool{}
	s.ranks, s.nodes = map[*tree.Doc][]int32{}, 0
	s.rank()
	s.met, s.fields = 0, 0
	if pass == reading+1 {
		s.split = together(s.small)
	}
	if pass <= reading+1 {
		s.stands, s.taken, s.patience = map[string]string{}, map[string]bool{}, map[string]*patience{}
	}
}

// within counts the nodes of a document inside: all of them together may have as many as
// one that comes by itself.
func (s *session) within(d *tree.Doc, above string) error {
	if above == "" {
		return nil
	}
	if s.nodes += d.Len(); s.nodes <= s.Limits.Nodes {
		return nil
	}
	return &mapping.Error{Kind: mapping.TooLong, Path: above, Message: "the documents inside have more than " + strconv.Itoa(s.Limits.Nodes) + " nodes together"}
}

// tell notes that what stands at a node was replaced. Its place is only looked for when
// it is to be told.
func (w *walk) tell(n tree.ID, kind Kind) {
	if w.pass < passes-1 {
		w.note("", kind)
		return
	}
	w.note(w.place(w.d, n), kind)
}

// note notes that what stands at a path was replaced.
func (s *session) note(path string, kind Kind) {
	s.replaced = append(s.replaced, Replacement{s.below(path), kind})
}

// below is a path in the document that is being redacted, after the path that this one
// stands at.
func (s *session) below(path string) string {
	if s.above == "" {
		return path
	}
	return s.above + " " + path
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

// patience is how often something was looked for, and how often it was tried. A document
// can have so many short words that hardly any is free: then there are few tries for
// each, so that all of them together cost as much for each as where most are free.
type patience struct{ asked, tried int }

// tries returns how often to try now, most at most.
func (p *patience) tries(most int) int {
	p.asked++
	return max(2, min(most, 2000+4*p.asked-p.tried))
}

// patient returns how often was tried for what is of a kind and a length.
func (s *session) patient(kind string, length int) *patience {
	key := kind + strconv.Itoa(length)
	if s.patience[key] == nil {
		s.patience[key] = &patience{}
	}
	return s.patience[key]
}

// standIn returns what stands for an original of a kind: what was chosen before, or
// the first that choose makes which is free. Choose is asked a few hundred times, less
// often where that was often in vain, and whatever it makes last is taken, if it is not
// the original.
func (s *session) standIn(kind, original string, choose func(*stream) string) string {
	key := kind + "\x00" + original
	if before, ok := s.stands[key]; ok {
		return before
	}
	from := s.stream(key)
	chosen := ""
	p := s.patient(kind, len(original))
	for range p.tries(400) {
		p.tried++
		chosen = choose(from)
		if !s.taken[kind+"\x00"+chosen] && !s.words[strings.ToLower(chosen)] {
			break
		}
	}
	for tries := 0; tries < 50 && strings.EqualFold(chosen, original); tries++ {
		chosen = choose(from)
	}
	s.stands[key], s.taken[kind+"\x00"+chosen] = chosen, true
	return chosen
}

// stream is a sequence of numbers that the key and a label make.
type stream struct {
	session *session
	label   []byte
	block   []byte
	count   uint32
}

// longestLabel is how long a label is written into every block: a longer one is made a
// short one first, or the stand-in of a long text would cost its square.
const longestLabel = 1000

func (s *session) stream(label string) *stream {
	if len(label) > longestLabel {
		s.hashed += len(label)
		s.mac.Reset()
		s.mac.Write([]byte(label))
		label = "long\x00" + string(s.mac.Sum(nil))
	}
	return &stream{session: s, label: []byte(label)}
}

// bytes returns the next n bytes.
func (s *stream) bytes(n int) []byte {
	for len(s.block) < n {
		h := s.session.mac
		h.Reset()
		h.Write(binary.BigEndian.AppendUint32(nil, s.count))
		h.Write(s.label)
		s.block = h.Sum(s.block)
		s.count++
		s.session.drawn++
		s.session.hashed += len(s.label)
	}
	b := s.block[:n:n]
	s.block = s.block[n:]
	return b
}

func (s *stream) next() uint32 { return binary.BigEndian.Uint32(s.bytes(4)) }

// below returns a number from 0 to n-1.
func (s *stream) below(n int) int { return int(s.next() % uint32(n)) }
