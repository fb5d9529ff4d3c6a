package rules

import (
	"regexp"
	"slices"
	"strings"
)

// kept are the elements about which no site states a rule of its own: they say what a
// resource is, about whom, whether it still holds and who may see it. Receivers and the
// policies of the exchange rely on them.
var kept = []string{
	"resourceType", "id", "implicitRules", "modifierExtension", "meta.security", "meta.profile",
	"identifier", "subject", "patient", "code", "status", "clinicalStatus", "verificationStatus",
	"type", "entry", "deceasedBoolean",
}

// personal is what a person's number looks like.
var personal = regexp.MustCompile(`\d{6}-?\d{4}`)

// keptBy returns the element that a rule is about and no site may state otherwise,
// empty if there is none.
func keptBy(r Rule) string {
	for _, path := range []string{r.Both, r.Left, r.Right} {
		for _, element := range kept {
			if path == element || strings.HasPrefix(path, element+".") || strings.HasPrefix(path, element+"[") {
				return element
			}
		}
		if path == "meta" {
			return path
		}
	}
	return ""
}

// fixes reports whether a rule states what could be somebody's number.
func fixes(r Rule) bool {
	return r.Fixed != nil && slices.ContainsFunc([]string{r.Fixed.Left, r.Fixed.Right}, personal.MatchString)
}
