package tree

import (
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"slices"
)

// The original of a document stands in what is made of it, in base64 (RFC 4648,
// section 4), and is often the largest part of that. So it is written six bytes at a
// time, which are eight characters.

// appendBytes writes bytes to b as a JSON string that says them in base64.
func appendBytes(b []byte, bytes string) []byte {
	b = append(b, '"')
	size := base64.StdEncoding.EncodedLen(len(bytes))
	b = slices.Grow(b, size+len(`"`))
	to := b[len(b) : len(b)+size]
	for len(bytes) >= 8 && len(to) >= 8 {
		w := bits.ReverseBytes64(word(bytes)) // the first byte on top; the last two are for the next round
		eight := uint64(two[w>>52]) | uint64(two[w>>40&0xFFF])<<16 | uint64(two[w>>28&0xFFF])<<32 | uint64(two[w>>16&0xFFF])<<48
		binary.LittleEndian.PutUint64(to, eight)
		bytes, to = bytes[6:], to[8:]
	}
	base64.StdEncoding.Encode(to, []byte(bytes))
	return append(b[:len(b)+size], '"')
}

// two has the two characters of every twelve bits, the first in the low byte.
var two = func() (table [1 << 12]uint16) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for n := range table {
		table[n] = uint16(alphabet[n>>6]) | uint16(alphabet[n&63])<<8
	}
	return table
}()
