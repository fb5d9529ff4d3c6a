package canonical

import (
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
)

// Question is what Translate is asked. The side asked about is that of the
// codings, the side of the answer the other, whichever way the maps are read.
type Question struct {
	Codings []mapping.Coding
	Path    string // where they stand, for errors; empty for parameters
	Several bool   // they are the codings of one CodeableConcept
	Reverse bool   // read the maps from target to source

	Map     *ConceptMap // answer from this one only; it is in the registry
	URL     string      // answer from the map of this url
	Version string      // of the maps

	AskedScope string       // the value set the codings were chosen from
	FoundScope string       // the value set to answer in
	System     string       // the code system to answer in
	Depends    []Dependency // what is known of other elements

	// Outside tells why a concept is in no map, if somebody has said so.
	Outside func(concept mapping.Concept, system string) string

	maps    map[string]bool // by url: those of URL, or its parts
	visited map[string]bool // the maps asked by way of other-map: each is asked once
	fault   *mapping.Error  // of a value set
}

// Hit is one answer to one coding.
type Hit struct {
	Coding      mapping.Coding      // the one it answers, as it was asked
	Concept     mapping.Coding      // what was found; no code where there is no match
	Equivalence mapping.Equivalence // read from Coding to Concept
	Map         string              // url|version of the map that says so
	Row         string              // of the map: file:line of our own, a path in others
	Comment     string
	Guard       string
	DependsOn   []Dependency
	Products    []Dependency
	Unmapped    string   // the mode by which an unmapped concept is answered
	Via         *ViaStep // the other of two steps; nil otherwise
}

// Answer is what Translate found, and for every coding without a hit, why.
type Answer struct {
	Hits []Hit
	Why  []string
}

// Result reports whether there is a match.
func (a *Answer) Result() bool {
	return slices.ContainsFunc(a.Hits, func(h Hit) bool { return h.Equivalence.Match() })
}

// Translate answers what the concept maps say about the codings
// (http://hl7.org/fhir/R4/conceptmap-operation-translate.html). Every map that
// applies answers: those sent with the request first, then the others in the
// order of the registry, each in the order of its rows; then what follows in two
// steps, and last what becomes of concepts that a map leaves unmapped. Of a map
// that is here in several versions the newest answers, unless one is asked for.
//
// A coding of an unknown system, or without a system or a code, is an error,
// unless another one of the same CodeableConcept is answered. An unknown code is an error where its system is
// here in full and no map has it.
func (r *Registry) Translate(q Question) (Answer, error) {
	var a Answer
	if err := r.settle(&q); err != nil {
		return a, err
	}
	var unknown error
	for i, c := range q.Codings {
		path := q.Path
		if q.Several {
			path += ".coding[" + strconv.Itoa(i) + "]"
		}
		q.visited = nil
		hits, why, err := r.translateOne(&q, c)
		if err != nil {
			passed := passedOver(err)
			err = within(path, err)
			if !q.Several || passed == "" {
				return Answer{}, err
			}
			unknown, why = err, err.Path+": "+passed
		}
		switch {
		case len(hits) == 0:
			a.Why = append(a.Why, why)
		case len(a.Hits) == 0:
			a.Hits = hits
		default:
			a.Hits = append(a.Hits, hits...)
		}
	}
	if unknown != nil && len(a.Hits) == 0 {
		return Answer{}, unknown
	}
	return a, nil
}

// passedOver says why a coding has nothing to answer, where another one of the
// same CodeableConcept may; it is empty for an error in every case.
func passedOver(e *mapping.Error) string {
	switch {
	case e.Path == "Coding.system" && e.Kind == mapping.NotFound:
		return "unknown code system"
	case (e.Path == "Coding.system" || e.Path == "Coding.code") && e.Kind == mapping.Required:
		return "missing"
	}
	return ""
}

// within puts the path of an error into what the caller sent: a Coding at a
// path, or parameters of their own.
func within(path string, e *mapping.Error) *mapping.Error {
	rest, ok := strings.CutPrefix(e.Path, "Coding.")
	if !ok {
		return e
	}
	moved := *e
	moved.Path = rest
	if path != "" {
		moved.Path = path + "." + rest
	}
	return &moved
}

// settle finds the maps and the value sets that the question names.
func (r *Registry) settle(q *Question) error {
	if q.URL != "" {
		url, version := SplitCanonical(q.URL) // a canonical may carry its version
		if q.URL = url; version != "" {
			q.Version = version
		}
		found := r.ConceptMaps(url)
		if len(found) == 0 {
			return notFound("url", "no concept map has this url")
		}
		q.maps = map[string]bool{url: true}
		for _, m := range found {
			for _, part := range m.Parts {
				q.maps[part] = true
			}
		}
	}
	if q.Version != "" && !r.anyMap(func(m *ConceptMap) bool {
		return m.Version == q.Version && (q.maps == nil || q.maps[m.URL])
	}) {
		return notFound("conceptMapVersion", "no concept map has this version")
	}
	for _, scope := range []struct{ name, url string }{{"source", q.AskedScope}, {"target", q.FoundScope}} {
		if scope.url != "" && !r.knowsScope(scope.url) {
			return notFound(scope.name, "unknown value set")
		}
	}
	return nil
}

func notFound(path, message string) *mapping.Error {
	return &mapping.Error{Kind: mapping.NotFound, Path: path, Message: message}
}

// anyMap reports whether a map of any layer is as asked.
func (r *Registry) anyMap(is func(*ConceptMap) bool) bool {
	for o := r; o != nil; o = o.under {
		if slices.ContainsFunc(o.index().maps, is) {
			return true
		}
	}
	return false
}

// knowsScope reports whether a value set is here, or a map says it is from or to
// it.
func (r *Registry) knowsScope(canonical string) bool {
	if _, ok := r.valueSetOf(canonical); ok {
		return true
	}
	return r.anyMap(func(m *ConceptMap) bool {
		return sameCanonical(m.SourceScope, canonical) || sameCanonical(m.TargetScope, canonical)
	})
}

// sameCanonical reports whether two canonicals name the same: one without a
// version names every version.
func sameCanonical(a, b string) bool {
	x, v := SplitCanonical(a)
	y, w := SplitCanonical(b)
	return x != "" && x == y && (v == "" || w == "" || v == w)
}

// translateOne answers one coding.
func (r *Registry) translateOne(q *Question, c mapping.Coding) (hits []Hit, why string, fault *mapping.Error) {
	unknownCode, fault := r.resolve(q, c)
	if fault != nil {
		return nil, "", fault
	}
	if fault := r.answerable(q); fault != nil {
		return nil, "", fault
	}
	for o := r; o != nil; o = o.under {
		index := o.index().forward
		if q.Reverse {
			index = o.index().back
		}
		rows := index[o.concept(c.System, c.Code)]
		hits = slices.Grow(hits, len(rows))
		for i := range rows {
			if one := &rows[i]; r.applies(q, c, one) {
				hits = appendHit(hits, q, c, one)
			}
		}
	}
	if !q.Reverse {
		hits = r.catch(q, c, hits)
	}
	switch {
	case q.fault != nil:
		return nil, "", q.fault
	case len(hits) > 0:
		return hits, "", nil
	case unknownCode != nil:
		return nil, "", unknownCode
	case q.Reverse:
		return nil, "no concept map leads to the concept", nil
	}
	if q.Outside != nil {
		why = q.Outside(r.concept(c.System, c.Code), r.canonicalSystem(q.System))
	}
	if why == "" {
		why = "nothing is stated about the concept in what was asked for"
	}
	return nil, why, nil
}

// applies reports whether a row answers the question: its map, its versions, its
// systems, the scope of its map and what it depends on.
func (r *Registry) applies(q *Question, c mapping.Coding, one *row) bool {
	if !r.inForce(q, one.in) {
		return false
	}
	g := one.group
	asked, version, found := g.Source, g.SourceVersion, g.Target
	if q.Reverse {
		asked, version, found = g.Target, g.TargetVersion, g.Source
	}
	switch {
	case c.Version != "" && version != "" && c.Version != version && asked != "":
		return false
	case q.System != "" && r.canonicalSystem(found) != r.canonicalSystem(q.System):
		return false
	case one.target != nil && !holds(one.target.DependsOn, q.Depends):
		return false
	case q.AskedScope != "" || q.FoundScope != "":
		return r.inScope(q, c, one)
	}
	return true
}

// inForce reports whether a map is among those that answer: the one asked for,
// or the newest version of each.
func (r *Registry) inForce(q *Question, m *ConceptMap) bool {
	switch {
	case q.Map != nil:
		return m == q.Map
	case q.maps != nil && !q.maps[m.URL], q.Version != "" && m.Version != q.Version:
		return false
	case r.under != nil && !m.Sent && slices.ContainsFunc(r.maps[m.URL], func(o *ConceptMap) bool { return o.Version == m.Version }):
		return false // one that was sent stands for it
	case q.Version == "":
		newest := r.ConceptMaps(m.URL)
		return len(newest) > 0 && newest[0].Version == m.Version
	}
	return true
}

// holds reports whether what a row depends on may be so: an element that nothing
// is known of may.
func holds(depends, known []Dependency) bool {
	for _, d := range depends {
		given, met := false, false
		for _, k := range known {
			if k.Property == d.Property {
				given = true
				met = met || k.Value == d.Value && (k.System == "" || d.System == "" || k.System == d.System)
			}
		}
		if given && !met {
			return false
		}
	}
	return true
}

// inScope reports whether a row is between the value sets asked for. A map that
// names a value set is from or to that one and no other; for one that names
// none, the concept must be in the value set.
func (r *Registry) inScope(q *Question, c mapping.Coding, one *row) bool {
	askedScope, foundScope := one.in.SourceScope, one.in.TargetScope
	asked := c
	var found mapping.Coding
	if q.Reverse {
		askedScope, foundScope = foundScope, askedScope
		found = mapping.Coding{System: one.group.Source, Code: one.element.Code}
	} else if one.target != nil {
		found = mapping.Coding{System: one.group.Target, Code: one.target.Code}
	} else if u := one.group.Unmapped; u.Mode == "fixed" {
		found = mapping.Coding{System: one.group.Target, Code: u.Code}
	} else {
		found = mapping.Coding{System: one.group.Target, Code: c.Code}
	}
	asked.Version = ""
	within := func(wanted, declared string, c mapping.Coding) bool {
		switch {
		case wanted == "":
			return true
		case declared != "":
			return sameCanonical(declared, wanted)
		case c.Code == "":
			return true // that there is no match is said of every value set
		}
		return r.inValueSet(q, wanted, c)
	}
	return within(q.AskedScope, askedScope, asked) && within(q.FoundScope, foundScope, found)
}

// appendHit reads a row as an answer.
func appendHit(hits []Hit, q *Question, c mapping.Coding, one *row) []Hit {
	t := one.target
	h := Hit{Coding: c, Equivalence: t.Equivalence, Map: one.in.Canonical(), Row: one.place(), Comment: t.Comment, Guard: t.Guard,
		DependsOn: t.DependsOn, Products: t.Products, Via: t.Via}
	if !q.Reverse {
		if t.Code != "" {
			h.Concept = mapping.Coding{System: one.group.Target, Version: one.group.TargetVersion, Code: t.Code, Display: t.Display}
		}
		return append(hits, h)
	}
	h.Equivalence = t.Equivalence.Reverse()
	h.Concept = mapping.Coding{System: one.group.Source, Version: one.group.SourceVersion, Code: one.element.Code, Display: one.element.Display}
	if v := t.Via; v != nil { // of two steps, the last becomes the first
		h.Map, h.Row, h.Comment = v.Map, v.Row, v.Comment
		h.Via = &ViaStep{Map: one.in.Canonical(), Row: t.Row, System: v.System, Code: v.Code, Display: v.Display,
			Equivalence: v.Stated.Reverse(), Comment: t.Comment, Stated: v.Equivalence.Reverse()}
	}
	return append(hits, h)
}

// catch answers for the maps that have no mapping for the coding and say what
// becomes of it then. Where a map says that there is no match, that is a mapping.
func (r *Registry) catch(q *Question, c mapping.Coding, hits []Hit) []Hit {
	for o := r; o != nil; o = o.under {
		rows := o.index().catches[o.canonicalSystem(c.System)]
		for i := range rows {
			one := &rows[i]
			if o.mapsIn(one, c) || !r.applies(q, c, one) || !r.catches(q, one, c) {
				continue
			}
			u := one.group.Unmapped
			h := Hit{Coding: c, Equivalence: u.Equivalence, Map: one.in.Canonical(), Unmapped: u.Mode}
			switch u.Mode {
			case "fixed":
				h.Concept = mapping.Coding{System: one.group.Target, Version: one.group.TargetVersion, Code: u.Code, Display: u.Display}
			case "provided":
				h.Concept = mapping.Coding{System: one.group.Target, Version: one.group.TargetVersion, Code: c.Code, Display: c.Display}
			default:
				for _, other := range r.otherMap(q, c, one) {
					if !slices.ContainsFunc(hits, other.same) { // it may answer by itself
						hits = append(hits, other)
					}
				}
				continue
			}
			hits = append(hits, h)
		}
	}
	return hits
}

// same reports whether two hits to one coding are the same row.
func (h Hit) same(o Hit) bool { return h.Map == o.Map && h.Row == o.Row && h.Concept == o.Concept }

// mapsIn reports whether the group has a mapping for the coding.
func (r *Registry) mapsIn(one *row, c mapping.Coding) bool {
	return slices.ContainsFunc(r.index().forward[r.concept(c.System, c.Code)], func(o row) bool { return o.group == one.group })
}

// catches reports whether the map is for the coding at all: in the value set it
// is from, where that one is here.
func (r *Registry) catches(q *Question, one *row, c mapping.Coding) bool {
	if _, here := r.valueSetOf(one.in.SourceScope); !here {
		return true
	}
	return r.inValueSet(q, one.in.SourceScope, c)
}

// otherMap asks the map that stands in. Each is asked once for a coding: maps
// may lead to each other in circles, and along more ways than could be walked.
func (r *Registry) otherMap(q *Question, c mapping.Coding, one *row) []Hit {
	url, version := SplitCanonical(one.group.Unmapped.URL)
	if q.visited == nil {
		q.visited = map[string]bool{}
	}
	if q.visited[one.in.URL] = true; q.visited[url] {
		return nil
	}
	q.visited[url] = true
	next := *q
	next.Map, next.URL, next.Version = nil, url, version
	if r.settle(&next) != nil {
		return nil // it is not here: nobody can say
	}
	hits, _, _ := r.translateOne(&next, c)
	return hits
}
