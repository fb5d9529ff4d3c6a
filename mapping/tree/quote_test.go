package tree

import (
	"strings"
	"testing"
)

// Eight bytes are looked at together: each of them, with every value, alone among
// letters and among bytes beyond ASCII, is found where it stands.
func TestUnescapedLooksAtEveryByte(t *testing.T) {
	for _, around := range []string{"a", "\xff", "\x80", " ", "~"} {
		for length := range 20 {
			for at := range length {
				for c := range 256 {
					text := []byte(strings.Repeat(around, length))
					text[at] = byte(c)
					want := length
					if c < 0x20 || c == '"' || c == '\\' {
						want = at
					}
					if got := unescaped(string(text)); got != want {
						t.Fatalf("%q: got %d, want %d", text, got, want)
					}
				}
			}
		}
	}
}

func BenchmarkAppendQuote(b *testing.B) {
	text := strings.Repeat("Problemer med søvn og hvile, ", 5)
	room := make([]byte, 0, 200)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		AppendQuote(room, text)
	}
}
