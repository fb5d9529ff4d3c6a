package canonical

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
)

// languages is what a caller wants displays in, best first (RFC 9110,
// section 12.5.4).
type languages struct {
	wanted []string // lower case, without *
	any    bool     // others than the wanted will do: no "*;q=0"
	text   string   // as written
}

func (l languages) none() bool { return len(l.wanted) == 0 && l.text == "" }

// parseLanguages reads a display language: de, or de-CH;q=0.8,en;q=0.5,*;q=0.
func parseLanguages(text string) (languages, error) {
	type range_ struct {
		tag string
		q   float64
	}
	l := languages{any: true, text: text}
	if text == "" {
		return l, nil
	}
	var room [8]range_
	all := room[:0]
	for part := range strings.SplitSeq(text, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag = strings.ToLower(strings.TrimSpace(tag))
		if tag == "" {
			continue
		}
		q := 1.0
		if weight, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(weight, 64); err != nil || q < 0 || q > 1 {
				return l, &mapping.Error{Kind: mapping.Value, Path: "displayLanguage", Message: "expected language tags with weights, as in da,en;q=0.5"}
			}
		}
		switch {
		case tag == "*":
			l.any = q > 0
		case !languageTag(tag):
			return l, &mapping.Error{Kind: mapping.Value, Path: "displayLanguage", Message: "expected language tags with weights, as in da,en;q=0.5"}
		case q > 0:
			all = append(all, range_{tag, q})
		}
	}
	slices.SortStableFunc(all, func(a, b range_) int { return cmp.Compare(b.q, a.q) })
	l.wanted = make([]string, len(all))
	for i, r := range all {
		l.wanted[i] = r.tag
	}
	return l, nil
}

// languageTag reports whether a tag in lower case has the characters of one.
func languageTag(tag string) bool {
	for i := range len(tag) {
		if c := tag[i]; c != '-' && (c < '0' || c > '9' && c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// speaks reports whether a language is the wanted one or a kind of it: de-CH is
// de.
func speaks(language, wanted string) bool {
	language = strings.ToLower(language)
	return language == wanted || strings.HasPrefix(language, wanted+"-")
}

// accepts reports whether a text in a language may be taken; one without a
// language may.
func (l languages) accepts(language string) bool {
	if len(l.wanted) == 0 || language == "" {
		return true
	}
	return slices.ContainsFunc(l.wanted, func(w string) bool { return speaks(language, w) })
}

// retiredText reports whether a designation is not to be used any more.
func retiredText(d Designation) string {
	switch s := extensionText(d.Extensions, standardsStatus); s {
	case "withdrawn", "deprecated":
		return s
	}
	return ""
}

// display chooses the display of a concept and tells which designation it is,
// -1 for the display of the code system itself and -2 for none.
func (l languages) display(v conceptView, designations []Designation) (string, int) {
	own := v.system.Language
	for _, w := range l.wanted {
		if v.Display != "" && speaks(own, w) {
			return v.Display, -1
		}
		best := -2
		for i, d := range designations {
			if retiredText(d) != "" || d.Value == "" || !speaks(d.Language, w) || !d.display() {
				continue
			}
			if best < 0 || strings.ToLower(d.Language) == w && strings.ToLower(designations[best].Language) != w {
				best = i
			}
		}
		if best >= 0 {
			return designations[best].Value, best
		}
	}
	if v.Display == "" || len(l.wanted) > 0 && !l.any && own != "" {
		return "", -2
	}
	return v.Display, -1
}

// valid lists the displays that a concept may be written with: those in the
// wanted languages.
func (l languages) valid(v conceptView, designations []Designation) (all []Designation) {
	if v.Display != "" && l.accepts(v.system.Language) {
		all = append(all, Designation{Language: v.system.Language, Value: v.Display})
	}
	for _, d := range designations {
		if d.Value != "" && retiredText(d) == "" && l.accepts(d.Language) && d.display() {
			all = append(all, d)
		}
	}
	return all
}

// displayUses are the uses of designations that are displays; others say
// something else of a concept than its name.
var displayUses = map[string]bool{
	"": true, "preferredForLanguage": true, "display": true, "synonym": true,
	"900000000000003001": true, "900000000000013009": true, // SNOMED CT's fully specified name and synonym
}

// display reports whether a designation may stand for the concept.
func (d Designation) display() bool { return displayUses[d.Use.Code] }

// sameText compares displays as people do: without case and runs of space.
func sameText(a, b string) bool {
	return a == b || strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}
