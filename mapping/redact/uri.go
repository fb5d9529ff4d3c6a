package redact

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"tolk/schemas/fhir"
)

var (
	oidShape     = regexp.MustCompile(`^[0-2](\.\d{1,7}){1,30}$`)
	oidArcs      = regexp.MustCompile(`\d{6,}`)
	spaced       = regexp.MustCompile(`\S+`)
	versionShape = regexp.MustCompile(`^\d{1,8}([.-](\d{1,8}|[a-z]{1,2}\d{0,2}|alpha|beta|ballot|draft|snapshot|trial-use|rc\d?)){0,4}$`)
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
	case strings.ContainsAny(old, " \t\r\n"): // several, as schemaLocation has
		return spaced.ReplaceAllStringFunc(old, s.address)
	case strings.HasPrefix(lower, "urn:oid:"):
		if oid(old[len("urn:oid:"):]) {
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
	case oid(old) && strings.Count(old, ".") > 2:
		return old
	}
	return s.path(old, "")
}

// oid reports whether a text is an object identifier, with no part of it a date as
// numbers of persons begin with.
func oid(text string) bool {
	return oidShape.MatchString(text) && !slices.ContainsFunc(strings.Split(text, "."), birthLike)
}

// onlyDigits is an object identifier that is none, made of tokens.
func (s *session) onlyDigits(text string) string {
	if strings.Trim(text, "0123456789.") == "" {
		return text
	}
	return s.identifier(text)
}

// urn returns what stands for a name in a namespace: of those of standards every part
// is kept that is made of words which published names have.
func (s *session) urn(old string) string {
	parts := strings.Split(old, ":")
	known := vocabulary["urn"][strings.ToLower(parts[1])]
	for i := range parts[1:] {
		if p := parts[i+1]; !known || !worded(p) {
			parts[i+1] = s.identifier(p)
		}
	}
	return strings.Join(parts, ":")
}

// web returns what stands for an address of the web: a host that is no standard's
// is replaced, and of one that is, every part of the path that is not published.
func (s *session) web(old string) string {
	scheme, rest, _ := strings.Cut(old, "://")
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#|"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	known := strings.ToLower(host)
	if !vocabulary["host"][known] {
		host = s.standIn("host", known, func(from *stream) string { return s.letters(8, from) + ".example" })
		known = ""
	}
	return scheme + "://" + host + s.path(path, known)
}

// path returns what stands for a path of resources: types are kept, and on the host of
// a standard what is published there; what follows a type of which there are instances
// is an id.
func (s *session) path(old, host string) string {
	main, version, canonical := strings.Cut(old, "|")
	parts := strings.Split(main, "/")
	id, resource, at := false, false, host
	for i, p := range parts {
		base, fragment, split := strings.Cut(p, "#")
		at += "/" + base
		switch _, isType := fhir.Lookup(base); {
		case base == "":
			at = strings.TrimSuffix(at, "/")
		case isType && base[0] >= 'A' && base[0] <= 'Z' && !id:
			id, resource = !definitions[base] || host == "", true
			parts[i] = base + s.fragment(fragment, split)
			continue
		case base == "_history" && resource:
			id = true
			continue
		case !id && (published().paths[at] || tables.MatchString(at)):
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

// tables is where the tables of HL7's second version are.
var tables = regexp.MustCompile(`^terminology\.hl7\.org/CodeSystem/v2-\d{4}$`)

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
