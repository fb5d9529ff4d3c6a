package xref

import (
	_ "embed"
	"encoding/csv"
	"strconv"
	"strings"
	"sync"

	facts "tolk/schemas/terminology"
)

// The facts of the format are in three tables.
//
// letters.csv: by which root, TypeCode, VersionCode and namespace a letter is
// known. A # in a version is a digit. XREF01 is as MedCom's test referral has it;
// of XREF15 the root, the namespace and the sections are as MedCom's own
// stylesheets show them, and its version code only follows the way they are all
// made: no document of it was at hand.
//
// elements.csv: which element stands in which, in their order, whether it stands
// there once or n times, in which letters, and the longest text it takes. No
// document at hand states a longest text, so the column is empty; a number in it
// makes a longer text an error that names the field. It is never cut.
//
// words.csv: the words of the coded elements and what they mean in the hub, and
// the words that the sections of a referral are labelled with. The lists are those
// of MedCom's stylesheets between OIOXML and EDIFACT; that elektiv is routine and
// akut is urgent was decided here.
var (
	//go:embed letters.csv
	lettersCSV string
	//go:embed elements.csv
	elementsCSV string
	//go:embed words.csv
	wordsCSV string
)

// publishedNames are the names of the codes of FSIII and FFB, whose codes are
// UUIDs, by code.
var publishedNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for file, display := range map[string]int{"fsiii.csv": 2, "ffb.csv": 1} {
		text, err := facts.FS.ReadFile(file)
		if err != nil {
			panic("xref: " + err.Error()) // it is part of the program
		}
		for _, r := range records(string(text)) {
			names[r[0]] = r[display]
		}
	}
	return names
})

// letter is one kind of letter.
type letter struct{ form, root, kind, version, space string }

// element is what is known of an element in another.
type element struct {
	many  bool
	forms string
	limit int // characters; 0: none is known
}

type in struct{ parent, name string }

type word struct{ list, word string }

var (
	letters  []letter
	elements = map[in]element{}
	order    = map[string][]string{} // of the elements in one
	means    = map[word]string{}     // what a word means in the hub
	wordFor  = map[word]string{}     // the word for what it means
	known    = map[word]bool{}       // every word
)

func init() {
	for _, r := range records(lettersCSV) {
		letters = append(letters, letter{r[0], r[1], r[2], r[3], r[4]})
	}
	for _, r := range records(elementsCSV) {
		limit, _ := strconv.Atoi(r[4])
		elements[in{r[0], r[1]}] = element{r[2] == "n", r[3], limit}
		order[r[0]] = append(order[r[0]], r[1])
	}
	for _, r := range records(wordsCSV) {
		known[word{r[0], r[1]}] = true
		if r[2] != "" {
			means[word{r[0], r[1]}] = r[2]
			wordFor[word{r[0], r[2]}] = r[1]
		}
	}
}

// records reads a table of ours without its head. A fault in it is a bug and
// stops the program at its start.
func records(text string) [][]string {
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic("xref: " + err.Error())
	}
	return all[1:]
}

// versioned reports whether a version code is that of the letter.
func (l letter) versioned(code string) bool {
	if len(code) != len(l.version) {
		return false
	}
	for i := range len(code) {
		if l.version[i] == '#' && code[i] >= '0' && code[i] <= '9' {
			continue
		}
		if l.version[i] != code[i] {
			return false
		}
	}
	return true
}

// proven reports whether a letter's version code is known from a document.
func (l letter) proven() bool { return !strings.Contains(l.version, "#") }

// holds reports whether the letter has an element in another, and whether it
// may stand there more than once.
func (l letter) holds(parent, name string) (ok, many bool) {
	e, found := elements[in{parent, name}]
	return found && (e.forms == "both" || e.forms == l.form), e.many
}
