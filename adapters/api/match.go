package api

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
	"tolk/mapping/terminology"
)

// answer asks the terminology about every coding. A coding of a system that is
// not here is no error beside one that is: records are coded more than once.
// unanswered tells what has no match, and why.
func (q question) answer(t *terminology.Terminology) (hits []hit, unanswered []string, err error) {
	var unknown error
	for i, c := range q.codings {
		found, why, err := q.one(t, c)
		if err != nil {
			err = relocate(err, q.place(i))
			var e *mapping.Error
			if q.several && errors.As(err, &e) && e.Kind == mapping.NotFound && strings.HasSuffix(e.Path, ".system") {
				unknown = err
				unanswered = append(unanswered, e.Path+": unknown code system")
				continue
			}
			return nil, nil, err
		}
		hits = append(hits, found...)
		if why != "" {
			unanswered = append(unanswered, why)
		}
	}
	if unknown != nil && len(unanswered) == len(q.codings) && len(hits) == 0 {
		return nil, nil, unknown
	}
	return hits, unanswered, nil
}

// place names where a coding stands.
func (q question) place(i int) string {
	if q.several {
		return q.path + ".coding[" + strconv.Itoa(i) + "]"
	}
	return q.path
}

// one asks about one coding.
func (q question) one(t *terminology.Terminology, c mapping.Coding) (hits []hit, why string, err error) {
	if err := systemVersion(t, c); err != nil {
		return nil, "", err
	}
	var matches []terminology.Match
	if q.reversed {
		matches, err = q.reverse(t, c)
		why = "no concept map leads to the concept"
	} else {
		var a terminology.Answer
		a, err = t.Translate(c, q.options)
		matches, why = a.Matches, a.Outside
	}
	if err != nil {
		return nil, "", err
	}
	for _, m := range matches {
		if !q.reversed && !q.keeps(m) {
			continue
		}
		s, _ := t.CodeSystem(m.Concept.System)
		hits = append(hits, hit{m, c, s.Version})
	}
	if len(hits) > 0 {
		return hits, "", nil
	}
	if why == "" {
		why = "nothing is stated about the concept in what was asked for"
	}
	return nil, why, nil
}

// reverse returns every concept that translates to c, with the relation read
// the other way. It asks each concept forwards, so that both directions agree.
func (q question) reverse(t *terminology.Terminology, c mapping.Coding) ([]terminology.Match, error) {
	target, err := t.Concept(c)
	if err != nil {
		return nil, err
	}
	// An area that nobody knows is refused as it is forwards.
	if _, err := t.Translate(c, terminology.Options{Areas: q.options.Areas}); err != nil {
		return nil, err
	}
	sources := q.sources
	if q.options.Target != "" {
		system, ok := t.CodeSystem(q.options.Target)
		if !ok {
			return nil, &mapping.Error{Kind: mapping.NotSupported, Path: "target", Message: "unknown code system; accepted: " + strings.Join(q.sources, ", ")}
		}
		sources = []string{system.URL}
	}
	var all []terminology.Match
	for _, system := range sources {
		for _, e := range t.Entries(system) {
			for _, m := range t.Matches(e.Concept, terminology.Options{Target: target.System, Areas: q.options.Areas}) {
				if m.Concept == target.Concept && q.keeps(m) {
					all = append(all, backwards(m, e))
				}
			}
		}
	}
	return all, nil
}

// backwards reads a match of e from its target. Of two steps, the last becomes
// the first.
func backwards(m terminology.Match, e *terminology.Entry) terminology.Match {
	back := m
	back.Equivalence, back.Concept, back.Display = m.Equivalence.Reverse(), e.Concept, e.Display
	if first := m.Via; first != nil {
		m.Equivalence, m.Concept, m.Display, m.Via = m.Stated.Reverse(), first.Concept, first.Display, nil
		back.Map, back.Version, back.Row, back.Reason, back.Via = first.Map, first.Version, first.Row, first.Reason, &m
	}
	return back
}

// keeps reports whether a match comes from the map and the version asked for.
func (q question) keeps(m terminology.Match) bool {
	return (q.url == "" || m.Map == q.url) && (q.version == "" || m.Version == q.version)
}

// systemVersion refuses a coding of another release than the one here.
func systemVersion(t *terminology.Terminology, c mapping.Coding) error {
	s, ok := t.CodeSystem(c.System)
	if !ok || c.Version == "" || c.Version == s.Version {
		return nil
	}
	return &mapping.Error{Kind: mapping.NotFound, Path: "Coding.version", Message: "unknown version of " + s.Name + "; accepted: " + s.Version}
}

// relocate puts the path of an error of the terminology into what the caller
// sent: a Coding at a path, or parameters of their own.
func relocate(err error, path string) error {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	switch rest, ok := strings.CutPrefix(e.Path, "Coding."); {
	case ok && path == "":
		moved.Path = rest
	case ok:
		moved.Path = path + "." + rest
	case e.Path == "target":
		moved.Path = "targetsystem"
	}
	return &moved
}

// render writes the answer as $translate does: result, message and a match for
// each hit. Beside FHIR's parts of a match stand comment (the reason), guard
// (the condition under which it may be used), via (the first step, for a
// retired concept) and, for a CodeableConcept, coding (which one it answers).
func (q question) render(hits []hit, unanswered []string) []parameter {
	result := slices.ContainsFunc(hits, func(h hit) bool { return h.Equivalence.Match() })
	list := []parameter{boolean("result", result)}
	if !result && len(unanswered) == 0 {
		unanswered = []string{"the maps say that there is no match; each reason is in the comment"}
	}
	if len(unanswered) > 0 {
		list = append(list, str("message", strings.Join(unanswered, "; ")))
	}
	for _, h := range hits {
		parts := matchParts(&h.Match, h.version)
		if h.Guard != 0 {
			parts = append(parts, str("guard", h.Guard.String()))
		}
		if h.Via != nil {
			parts = append(parts, group("via", matchParts(h.Via, "")...))
		}
		if q.several {
			parts = append(parts, coding("coding", h.coding))
		}
		list = append(list, group("match", parts...))
	}
	return list
}

// matchParts writes a match itself.
func matchParts(m *terminology.Match, version string) []parameter {
	parts := append(make([]parameter, 0, 7), code("equivalence", string(m.Equivalence)))
	if m.Concept.Code != "" {
		parts = append(parts, coding("concept", mapping.Coding{System: m.Concept.System, Version: version, Code: m.Concept.Code, Display: m.Display}))
	}
	return append(parts, uri("source", m.Map+"|"+m.Version), str("comment", m.Reason))
}
