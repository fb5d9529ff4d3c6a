package canonical

import "tolk/mapping"

// SubsumesParams are the parameters that Subsumes takes beside Common.
var SubsumesParams = []string{"codeA", "codeB", "system", "version", "codingA", "codingB"}

// SubsumesWithout are those of Common that have no say in which code subsumes which.
var SubsumesWithout = []string{"default-valueset-version", "useSupplement", "displayLanguage"}

// Subsumes answers $subsumes: equivalent, subsumes, subsumed-by or
// not-subsumed (http://hl7.org/fhir/R4/codesystem-operation-subsumes.html).
func Subsumes(r *Registry, p Params) (string, error) {
	if err := p.Check(SubsumesParams, SubsumesWithout...); err != nil {
		return "", err
	}
	r, err := p.Overlaid(r)
	if err != nil {
		return "", err
	}
	s, err := newScope(r, p)
	if err != nil {
		return "", err
	}
	a, err := p.side("A")
	if err != nil {
		return "", err
	}
	b, err := p.side("B")
	if err != nil {
		return "", err
	}
	csA, first, err := s.find(a)
	if err != nil {
		return "", err
	}
	csB, second, err := s.find(b)
	if err != nil {
		return "", err
	}
	switch {
	case csA.URL != csB.URL:
		return "", &mapping.Error{Kind: mapping.Invalid, Path: "codingB", Message: "its system is not that of codingA: subsumption is asked within one code system"}
	case csA != csB:
		return "", &mapping.Error{Kind: mapping.Invalid, Path: "codingB", Message: "its version is not that of codingA: subsumption is asked within one version"}
	case first == second:
		return "equivalent", nil
	case csA.Hierarchy != "" && csA.Hierarchy != "is-a" && csA.Hierarchy != "grouped-by" && csA.Hierarchy != "part-of" && csA.Hierarchy != "classified-with":
		return "", &mapping.Error{Kind: mapping.NotSupported, Path: "system", Message: "the hierarchyMeaning of the code system is not one of FHIR R4's"}
	case Below(second, first):
		return "subsumes", nil
	case Below(first, second):
		return "subsumed-by", nil
	}
	return "not-subsumed", nil
}

// side reads one of the two concepts.
func (p Params) side(letter string) (mapping.Coding, error) {
	if q, ok := p.Find("coding" + letter); ok {
		if q.Doc == nil || q.Type != "Coding" {
			return mapping.Coding{}, p.bad(q.Name, mapping.Invalid, "expected a Coding, in the Parameters of a POST")
		}
		return readCoding(q.Doc, q.Node), nil
	}
	code := p.Text("code" + letter)
	if code == "" {
		return mapping.Coding{}, p.bad("code"+letter, mapping.Required, "required, or coding"+letter)
	}
	return mapping.Coding{System: p.Text("system"), Version: p.Text("version"), Code: code}, nil
}
