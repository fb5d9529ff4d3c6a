package xref

import "strings"

// telling is what a section tells people. Most values of a referral are codes, numbers
// of resources and days that it does not hold, which is seen by two letters in a row
// that stand nowhere in it.
type telling struct {
	text  string
	pairs [1 << 6]uint64 // of letters in a row, a bit each by pair
}

func tellingOf(text string) *telling {
	t := &telling{text: text}
	for i := 1; i < len(text); i++ {
		n := pair(text, i)
		t.pairs[n>>6] |= 1 << (n & 63)
	}
	return t
}

// pair is the number of the two letters that end at i, below 4,096.
func pair(text string, i int) uint32 {
	return (uint32(text[i-1])*61 ^ uint32(text[i])) & (1<<12 - 1)
}

// holds reports whether a text stands in it.
func (t *telling) holds(text string) bool {
	for i := 1; i < len(text); i++ {
		if n := pair(text, i); t.pairs[n>>6]&(1<<(n&63)) == 0 {
			return false
		}
	}
	return strings.Contains(t.text, text)
}

// repeats reports whether the words for people hold a value as it stands, or a
// number with a Danish comma.
func (t *telling) repeats(text string) bool {
	if t == nil {
		return false
	}
	return t.holds(text) || strings.Contains(text, ".") && t.holds(strings.Replace(text, ".", ",", 1))
}
