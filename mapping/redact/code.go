package redact

import (
	"maps"
	"regexp"
	"strings"
	"sync"

	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// ownCodes are the codes of tolk's own extensions: the words that any member of the plain
// form may say, and those of vocabulary.csv.
var ownCodes = sync.OnceValue(func() map[string]bool {
	all := maps.Clone(vocabulary["tolk"])
	for _, words := range planned() {
		for word := range words {
			all[word] = true
		}
	}
	return all
})

// anyCode reports whether a code is one of those that R4 binds any element to, or of one of
// the code systems of HL7 that are not always said.
func anyCode(code string) bool {
	for name := range vocabulary["implied"] {
		if _, has := fhir.SystemCode("http://terminology.hl7.org/CodeSystem/"+name, code); has {
			return true
		}
	}
	return boundCodes()[code]
}

// boundCodes are the codes that R4 binds any element to.
var boundCodes = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, e := range fhir.All() {
		maps.Copy(all, fhir.Codes(e.Path))
	}
	return all
})

// listed reports whether what an element of type code says is published for it: as one
// of the codes that R4 binds it to, wherever it stands; as one of an extension that is
// published; as a code of a value set, of its system. That it looks like a code is no
// reason: so does many a name.
func (w *walk) listed(n, beside tree.ID, e fhir.Element, trusted bool) bool {
	text := w.d.Text(n)
	switch of := fhir.Codes(e.Path); {
	case of != nil:
		return of[text]
	case !trusted:
		return false
	}
	switch e.Path {
	case "Extension.value[x]":
		url := w.d.Text(w.child(beside, "url"))
		if c := classes["fhir"][url]; c != "" {
			return open(c, text)
		}
		return fhir.Codes(url)[text] || strings.HasPrefix(url, "urn:tolk:") && ownCodes()[text]
	case "ValueSet.expansion.contains.code":
		return w.codeOf(w.coding(beside))
	case "ValueSet.compose.include.concept.code":
		c := w.coding(beside)
		include := w.d.Parent(beside)
		if include != tree.None && w.d.Kind(include) == tree.Array {
			include = w.d.Parent(include)
		}
		c.System = w.d.Text(w.child(include, "system"))
		return w.codeOf(c)
	}
	return false
}

// mediaParameter are the parameters of a media type that say nothing of anybody.
var mediaParameter = regexp.MustCompile(`^ ?(charset=([A-Za-z0-9-]{1,20})|fhirVersion=\d\.\d)$`)

// open reports whether a word is in the lists of what R4 leaves open: the media types of
// IANA that documents have, the languages of ISO 639-1, alone or with a country of ISO
// 3166, the currencies of ISO 4217. A word that is a name, too, is in none of them.
func open(c class, text string) bool {
	switch c {
	case media:
		name, parameter, more := strings.Cut(text, ";")
		if !vocabulary["media"][name] {
			return false
		}
		m := mediaParameter.FindStringSubmatch(parameter)
		return !more || m != nil && (m[2] == "" || vocabulary["encoding"][strings.ToLower(m[2])])
	case language:
		name, region, more := strings.Cut(text, "-")
		return vocabulary["language"][name] && (!more || vocabulary["region"][region])
	case currency:
		return vocabulary["currency"][text]
	}
	return false
}

// unlisted returns what stands for a code that is in no list. It was none that R4 lets
// stand there, and so is this; of a media type, which any may be, what it is a type of is
// kept.
func (s *session) unlisted(c class, text string) string {
	if kind, name, ok := strings.Cut(text, "/"); c == media && ok && vocabulary["media top"][kind] {
		return kind + "/" + s.identifier(name)
	}
	return s.identifier(text)
}
