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
// near.
func Nearest(word string, known []string) string {
	best, least := "", 2+len(word)/3
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

// distance counts the letters to change, add or leave out to make one word the
// other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, before+1)
		}
	}
	return row[len(b)]
}
