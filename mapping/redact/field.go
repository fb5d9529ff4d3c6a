package redact

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// elementsOf are the names of the elements of FHIR, wherever they stand, those of a
// choice with each of its types.
var elementsOf = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{"resourceType": true}
	for _, e := range fhir.All() {
		i := strings.LastIndexByte(e.Path, '.')
		if i < 0 {
			continue
		}
		name, choice := strings.CutSuffix(e.Path[i+1:], "[x]")
		if !choice {
			all[name] = true
			continue
		}
		for _, t := range e.Types {
			all[name+strings.ToUpper(t[:1])+t[1:]] = true
		}
	}
	return all
})

// knows reports whether a name of a member of JSON is one that something here knows: an element of FHIR or a member of the plain form, whichever may stand there.
func (w *walk) knows(name string) bool {
	if _, planned := planned()[name]; planned && w.form != FHIR {
		return true
	}
	return w.form != Plain && elementsOf()[strings.TrimPrefix(name, "_")]
}

// key replaces the name of an element that nobody knows: it may say who somebody is as
// well as what stands in it.
func (w *walk) key(n tree.ID) {
	key := w.d.Key(n)
	if key == "" || w.knows(key) {
		return
	}
	w.hide(w.d, n)
	w.tell(n, Key)
	start, end := w.d.KeySpan(n)
	beside := ""
	if w.form != Plain && len(key) > 1 && key[0] == '_' {
		beside, key = "_", key[1:]
	}
	w.rewrite(start, end, beside+w.field(key))
}

// field returns what stands for the name of an element or an attribute that nobody
// knows, the same everywhere: felt and a number, Felt where the name has a capital. The
// document has no such name.
func (s *session) field(old string) string {
	s.meet(old)
	return s.standIn("field", old, func(from *stream) string {
		s.fields++
		digits := max(4, len(strconv.Itoa(s.fields))+1) // so many that few are taken
		name := "felt" + strconv.Itoa(1+from.below(int(math.Pow10(digits))-1))
		if unicode.IsUpper([]rune(old)[0]) {
			name = "F" + name[1:]
		}
		return name
	})
}
