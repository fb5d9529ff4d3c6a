package mapping

import "strings"

// Meant asks whether one of the known words was meant, empty where none is near.
// It goes behind a message that refuses the word.
func Meant(word string, known []string) string {
	if best := Nearest(word, known); best != "" {
		return "; did you mean " + best + "?"
	}
	return ""
}

// Nearest returns the known word that is nearest to a word, empty where none is
// near: half of a short word is no slip.
func Nearest(word string, known []string) string {
	best, least := "", min(2+len(word)/3, len(word)/2+1)
	for _, k := range known {
		if len(k)-len(word) >= least || len(word)-len(k) >= least {
			continue // as far apart as that at least
		}
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to change, add, leave out or swap with the next to make
// one word the other (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, row[j]+1, last[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
