package redact

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// publishedCSV has what HL7, KL, MedCom and the others whose standards are read here
// call their profiles, extensions, code systems and namespaces, and the parts of an
// extension: what they are called under. A name is published nowhere else than there.
//
//go:embed published.csv
var publishedCSV string

// publishedNames are what published.csv says, made for looking up.
type publishedNames struct {
	paths map[string]bool // a host and a path, and every path that leads to one
	parts map[string]bool // the url of an extension in an extension
	words map[string]bool // what the names are made of, in lower case; numbers only of URNs
}

var published = sync.OnceValue(func() publishedNames {
	all := publishedNames{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, r := range rows(publishedCSV, 2) {
		for name := range strings.SplitSeq(r[1], ";") {
			if r[0] == "part" {
				all.parts[name] = true
				continue
			}
			whole := r[0] + "/" + name
			for i := range whole {
				if whole[i] == '/' {
					all.paths[whole[:i]] = true
				}
			}
			all.paths[strings.TrimSuffix(whole, "/")] = true
			for word := range pieces(whole) {
				if strings.Trim(word, "0123456789") != "" || strings.HasPrefix(whole, "urn:") {
					all.words[word] = true
				}
			}
		}
	}
	return all
})

// pieces are the words and numbers of a name, in lower case.
func pieces(text string) func(func(string) bool) {
	return strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// statistic is a kind of message as MedCom's statistics call it.
var statistic = regexp.MustCompile(`^[a-z]{4}\d{2}$`)

// worded reports whether a name in a namespace is made of nothing but words that
// published names are made of, and single digits.
func worded(text string) bool {
	for word := range pieces(text) {
		digit := len(word) == 1 && word[0] >= '0' && word[0] <= '9'
		if !digit && !published().words[word] {
			return false
		}
	}
	return true
}
