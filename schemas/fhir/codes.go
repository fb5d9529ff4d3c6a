package fhir

import (
	_ "embed"
	"strings"
	"sync"
)

// codesTable has the codes of the elements that must have one of those which R4
// lists: it is made by schemas/fhir/generate, too.
//
//go:embed codes.csv
var codesTable string

// codes are the rows of the table by the paths of their elements.
var codes = sync.OnceValue(func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	rows := strings.Split(strings.TrimSuffix(codesTable, "\n"), "\n")[1:]
	for _, row := range rows {
		elements, listed, _ := strings.Cut(row, ",")
		set := map[string]bool{}
		for code := range strings.FieldsSeq(listed) {
			set[code] = true
		}
		for path := range strings.FieldsSeq(elements) {
			all[path] = set
		}
	}
	return all
})

// Codes returns the codes of which the element at path must have one (a required
// binding), or the value of the extension that is published at the address path; nil
// where other codes are as good, or R4 does not list them: media types, languages,
// currencies. The map is shared: it is read, never written.
func Codes(path string) map[string]bool { return codes()[path] }

// systemsTable has the code systems that HL7, HL7 Denmark, MedCom and KL publish with
// all their codes, and of each the codes that are words: a number, with or without a few
// capitals, is left out.
//
//go:embed systems.csv
var systemsTable string

// systems are the rows of the table: the codes of each system, with a space around each.
var systems = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, row := range strings.Split(strings.TrimSuffix(systemsTable, "\n"), "\n")[1:] {
		url, codes, _ := strings.Cut(row, ",")
		all[url] = " " + codes + " "
	}
	return all
})

// SystemCode reports whether the code system at url is in the table, and whether code is
// one of the words that are codes in it.
func SystemCode(url, code string) (held, has bool) {
	codes, held := systems()[url]
	return held, held && code != "" && !strings.Contains(code, " ") && strings.Contains(codes, " "+code+" ")
}
