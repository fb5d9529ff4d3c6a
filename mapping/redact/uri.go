package redact

import (
	"net/url"
	"regexp"
	"strings"

	"tolk/schemas/fhir"
)

var (
	oidShape     = regexp.MustCompile(`^[0-2](\.\d{1,7}){1,30}$`)
	oidArcs      = regexp.MustCompile(`\d{7,}`)
	segmentShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,80}$|^[Rrv]?\d{1,4}(\.\d{1,4}){0,3}$`)
	versionShape = regexp.MustCompile(`^[0-9]{1,8}([.-][0-9A-Za-z]{1,10}){0,4}$`)
	mailShape    = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
)

// definitions are the resources that are about no person: what they are called is
// published.
var definitions = map[string]bool{"StructureDefinition": true, "ValueSet": true, "CodeSystem": true, "ConceptMap": true,
	"NamingSystem": true, "Questionnaire": true, "SearchParameter": true, "OperationDefinition": true,
	"ActivityDefinition": true, "PlanDefinition": true, "CapabilityStatement": true, "ImplementationGuide": true, "MessageDefinition": true}

// uri returns what stands for a URI, and whether it is kept: it is that of a
// standard, by its host or its namespace, and no part of it could be somebody's.
func (s *session) uri(old string) (new string, kept bool) {
	s.meet(old)
	new = s.address(old)
	return new, new == old
}

func (s *session) address(old string) string {
	lower := strings.ToLower(old)
	switch {
	case strings.HasPrefix(lower, "urn:oid:"):
		if oidShape.MatchString(old[len("urn:oid:"):]) {
			return old
		}
		return old[:len("urn:oid:")] + oidArcs.ReplaceAllStringFunc(s.onlyDigits(old[len("urn:oid:"):]), s.token)
	case strings.HasPrefix(lower, "urn:uuid:"):
		return old[:len("urn:uuid:")] + s.identifier(old[len("urn:uuid:"):])
	case strings.HasPrefix(lower, "urn:"):
		return s.urn(old)
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
		return s.web(old)
	case strings.HasPrefix(lower, "mailto:"):
		return old[:len("mailto:")] + s.mail(old[len("mailto:"):])
	case strings.HasPrefix(lower, "tel:"):
		return old[:len("tel:")] + s.phone(old[len("tel:"):])
	case oidShape.MatchString(old) && strings.Count(old, ".") > 2:
		return old
	}
	return s.path(old, false)
}

// onlyDigits is an object identifier that is none, made of tokens.
func (s *session) onlyDigits(text string) string {
	if strings.Trim(text, "0123456789.") == "" {
		return text
	}
	return s.identifier(text)
}

// urn returns what stands for a name in a namespace: it is kept in those of
// standards, part by part.
func (s *session) urn(old string) string {
	parts := strings.Split(old, ":")
	known := vocabulary["urn"][strings.ToLower(parts[1])]
	for i := range parts[1:] {
		p := parts[i+1]
		if !known || p != "" && !segments(p) {
			parts[i+1] = s.identifier(p)
		}
	}
	return strings.Join(parts, ":")
}

// segments reports whether every part of a part is what standards use: words and
// short numbers.
func segments(text string) bool {
	for _, p := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("#|/@-_. ", r) }) {
		if !segmentShape.MatchString(p) && !versionShape.MatchString(p) || personal(p) || longNumber.MatchString(p) {
			return false
		}
	}
	return !uuidShape.MatchString(text)
}

// web returns what stands for an address of the web: a host that is no standard's
// is replaced, and every part of the path that is not known.
func (s *session) web(old string) string {
	scheme, rest, _ := strings.Cut(old, "://")
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	known := vocabulary["host"][strings.ToLower(host)]
	if !known {
		host = s.standIn("host", strings.ToLower(host), func(from *stream) string { return s.letters(8, from) + ".example" })
	}
	return scheme + "://" + host + s.path(path, known)
}

// path returns what stands for a path of resources: types are kept, and of a
// standard its words; what follows a type of which there are instances is an id.
func (s *session) path(old string, known bool) string {
	main, version, canonical := strings.Cut(old, "|")
	parts := strings.Split(main, "/")
	id, resource := false, false
	for i, p := range parts {
		base, fragment, split := strings.Cut(p, "#")
		switch _, isType := fhir.Lookup(base); {
		case base == "":
		case isType && base[0] >= 'A' && base[0] <= 'Z' && !id:
			id, resource = !definitions[base] || !known, true
			parts[i] = base + s.fragment(fragment, split)
			continue
		case base == "_history" && resource:
			id = true
			continue
		case !id && known && segments(base) && !strings.ContainsAny(base, "?=&"):
		default:
			if un, err := url.PathUnescape(base); err == nil {
				base = un
			}
			base = s.identifier(base)
		}
		id = false
		parts[i] = base + s.fragment(fragment, split)
	}
	if !canonical {
		return strings.Join(parts, "/")
	}
	if !versionShape.MatchString(version) || personal(version) {
		version = s.identifier(version)
	}
	return strings.Join(parts, "/") + "|" + version
}

func (s *session) fragment(old string, there bool) string {
	if !there {
		return ""
	}
	if number, ok := strings.CutPrefix(old, "id="); ok { // the register of organisations
		return "#id=" + s.identifier(number)
	}
	return "#" + s.identifier(old)
}

// mail returns an address that goes nowhere.
func (s *session) mail(old string) string {
	s.meet(old)
	return s.standIn("mail", strings.ToLower(old), func(from *stream) string { return s.letters(8, from) + "@example.org" })
}

// contact returns what stands for a phone number, a mail address or an address of
// the web.
func (s *session) contact(old string) string {
	switch {
	case mailShape.MatchString(old):
		return s.mail(old)
	case strings.Contains(old, "://"):
		new, _ := s.uri(old)
		return new
	}
	return s.phone(old)
}
