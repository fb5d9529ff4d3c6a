package tree

import "strings"

// Strings keeps many short strings in few pieces of memory: the paths of a
// ledger, the texts of a document being written. The zero value is ready. A
// string stays as it is for as long as anybody holds it.
type Strings struct {
	piece strings.Builder
	size  int // of the next piece
}

const (
	firstPiece = 1 << 10
	lastPiece  = 32 << 10
)

// room makes sure that n bytes more can be written without moving the others.
func (s *Strings) room(n int) {
	if s.piece.Cap()-s.piece.Len() >= n {
		return
	}
	s.size = min(max(2*s.size, firstPiece), lastPiece)
	s.piece.Reset()
	s.piece.Grow(max(s.size, n))
}

// Grow says how many bytes are about to be added, as near as is known.
func (s *Strings) Grow(n int) {
	s.size = min(n, lastPiece)/2 + 1
	s.room(2 * s.size)
}

// Add returns b as a string.
func (s *Strings) Add(b []byte) string {
	s.room(len(b))
	start := s.piece.Len()
	s.piece.Write(b)
	return s.piece.String()[start:]
}

// Quote returns text as a JSON string, as Quote does.
func (s *Strings) Quote(text string) string {
	if len(text) > lastPiece/8 || unescaped(text) < len(text) {
		return Quote(text)
	}
	s.room(len(text) + 2)
	start := s.piece.Len()
	s.piece.WriteByte('"')
	s.piece.WriteString(text)
	s.piece.WriteByte('"')
	return s.piece.String()[start:]
}
