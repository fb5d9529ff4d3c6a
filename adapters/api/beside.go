package api

import (
	"cmp"
	"slices"

	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/tree"
)

// This file refuses what a terminology operation would overlook beside what it
// answers from: whoever gave it would take the answer for one about it.

// asks are the three ways to say what $validate-code is asked about.
var asks = []string{"codeableConcept", "coding", "code"}

// besideCode refuses a second way to ask of $validate-code, and what goes with a
// code alone.
func besideCode(p canonical.Params, goWithCode ...string) error {
	way := ""
	for _, name := range asks {
		switch _, given := p.Find(name); {
		case given && way != "":
			return badParameter(mapping.Invalid, name, "given beside "+way+"; accepted: code with system, coding, codeableConcept, one of them")
		case given:
			way = name
		}
	}
	if way == "" || way == "code" {
		return nil
	}
	for _, name := range goWithCode {
		if _, given := p.Find(name); given {
			return badParameter(mapping.Invalid, name, "goes with code; a Coding has its own")
		}
	}
	return nil
}

// besideValue is besideCode for ValueSet/$validate-code.
func besideValue(p canonical.Params) error {
	return besideCode(p, "system", "systemVersion", "display", "inferSystem")
}

// besideSystem is the same for CodeSystem/$validate-code, where a coding must be of
// the code system that is named.
func besideSystem(content *Content, p canonical.Params) error {
	if err := besideCode(p, "version", "systemVersion", "display"); err != nil {
		return err
	}
	for _, pair := range [][2]string{{"url", "system"}, {"codeSystem", "url"}, {"codeSystem", "system"}, {"version", "systemVersion"}} {
		if err := apart(p, pair[0], pair[1]); err != nil {
			return err
		}
	}
	return within(content, p, cmp.Or(p.Text("url"), p.Text("system")), "coding", "codeableConcept")
}

// apart refuses two parameters that say the same: one of them would be overlooked.
func apart(p canonical.Params, one, other string) error {
	_, first := p.Find(one)
	if _, second := p.Find(other); first && second {
		return badParameter(mapping.Invalid, other, "given beside "+one+", which says the same; accepted: one of them")
	}
	return nil
}

// besideCodes refuses what $subsumes would overlook. A code system in the path is
// the url.
func besideCodes(content *Content, p canonical.Params) error {
	for _, letter := range []string{"A", "B"} {
		_, code := p.Find("code" + letter)
		if _, coding := p.Find("coding" + letter); code && coding {
			return badParameter(mapping.Invalid, "coding"+letter, "given beside code"+letter+"; accepted: one of them")
		}
	}
	for _, name := range canonical.SubsumesWithout {
		if _, given := p.Find(name); given {
			return badParameter(mapping.NotSupported, name, "has no say in which code subsumes which; expected none")
		}
	}
	_, a := p.Find("codeA")
	if _, b := p.Find("codeB"); !a && !b {
		for _, name := range []string{"system", "version"} {
			if _, given := p.Find(name); given {
				return badParameter(mapping.Invalid, name, "goes with codeA and codeB; a Coding has its own")
			}
		}
	}
	return within(content, p, cmp.Or(p.Text("url"), p.Text("system")), "codingA", "codingB")
}

// within refuses a coding of another code system than the one that is named. Of
// a CodeableConcept one coding must be of it.
func within(content *Content, p canonical.Params, named string, names ...string) error {
	if named == "" {
		return nil
	}
	system := content.system(named)
	for _, name := range names {
		q, given := p.Find(name)
		if !given || q.Doc == nil {
			continue
		}
		if !slices.ContainsFunc(systems(q), func(of string) bool { return of == "" || content.system(of) == system }) {
			return badParameter(mapping.Invalid, name, "is of another code system than the one that is named; expected a code of it")
		}
	}
	return nil
}

// systems lists the code systems of a Coding, or of all of a CodeableConcept.
func systems(q canonical.Param) (all []string) {
	system := func(coding tree.ID) string { return q.Doc.Text(q.Doc.Child(coding, "system")) }
	if q.Type == "Coding" {
		return []string{system(q.Node)}
	}
	for n := q.Doc.Find(q.Node, "coding"); n != tree.None; n = q.Doc.Next(n) {
		all = append(all, system(n))
	}
	return all
}

// system is the one name of a code system that has several.
func (c *Content) system(named string) string {
	url, _ := canonical.SplitCanonical(named)
	if c.Terminology != nil {
		if one, ok := c.Terminology.CanonicalSystem(url); ok {
			return one
		}
	}
	return url
}
