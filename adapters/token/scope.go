package token

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"tolk/mapping"
)

// Actions are what may be done with a kind of resource, as a set.
type Actions uint8

// The actions of SMART App Launch 2, in the order in which a scope has them.
const (
	Create Actions = 1 << iota
	Read
	Update
	Delete
	Search
)

const letters = "cruds"

// everyAction maps the words of SMART App Launch 1 to what they mean in 2.
var everyAction = map[string]Actions{
	"read":  Read | Search,
	"write": Create | Update | Delete,
	"*":     Create | Read | Update | Delete | Search,
}

// Scopes are the actions by resource type; "*" is every type. A program has no
// user and no patient at hand, so system/ is the only context there is.
type Scopes map[string]Actions

var resourceType = regexp.MustCompile(`^(\*|[A-Z][A-Za-z]{1,63})$`)

// maxScopes bounds how many scopes one request may name.
const maxScopes = 100

// ParseScopes reads scopes with a space between them, like
// "system/Bundle.c system/AuditEvent.rs", and also the older words read, write
// and *. Search parameters behind a scope are not supported.
func ParseScopes(text string) (Scopes, error) {
	fault := func(message string) (Scopes, error) {
		return nil, &mapping.Error{Kind: mapping.Value, Path: "scope", Message: message, Value: text}
	}
	tokens := strings.Split(text, " ")
	if len(tokens) > maxScopes {
		return fault("names more than 100 scopes")
	}
	scopes := Scopes{}
	for _, token := range tokens {
		below, system := strings.CutPrefix(token, "system/")
		resource, word, dot := strings.Cut(below, ".")
		actions, ok := parseActions(word)
		if !system || !dot || !ok || !resourceType.MatchString(resource) {
			return fault("is not made of scopes like system/Bundle.c: a resource type or *, and some of cruds in this order")
		}
		scopes[resource] |= actions
	}
	return scopes.least(), nil
}

// parseActions reads the part behind the dot.
func parseActions(word string) (set Actions, ok bool) {
	if set, ok = everyAction[word]; ok {
		return set, true
	}
	for i, letter := range letters {
		if rest, has := strings.CutPrefix(word, string(letter)); has {
			set, word = set|1<<i, rest
		}
	}
	return set, word == "" && set != 0
}

// least takes away what another scope says already.
func (s Scopes) least() Scopes {
	out := Scopes{}
	for resource, actions := range s {
		if resource != "*" {
			actions &^= s["*"]
		}
		if actions != 0 {
			out[resource] = actions
		}
	}
	return out
}

// May reports whether s allows every one of actions with a type of resource. The
// type "*" asks for all of them at once.
func (s Scopes) May(actions Actions, resource string) bool {
	return (s[resource]|s["*"])&actions == actions
}

// Meet returns what both s and t allow, and nothing else.
func (s Scopes) Meet(t Scopes) Scopes {
	both := Scopes{}
	for _, side := range []Scopes{s, t} {
		for resource := range side {
			both[resource] = (s[resource] | s["*"]) & (t[resource] | t["*"])
		}
	}
	return both.least()
}

// String writes s as scopes, in the order of the alphabet.
func (s Scopes) String() string {
	var tokens []string
	for _, resource := range slices.Sorted(maps.Keys(s)) {
		word := ""
		for i, letter := range letters {
			if s[resource]&(1<<i) != 0 {
				word += string(letter)
			}
		}
		tokens = append(tokens, "system/"+resource+"."+word)
	}
	return strings.Join(tokens, " ")
}
