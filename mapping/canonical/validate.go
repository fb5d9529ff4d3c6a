package canonical

import (
	"errors"
	"slices"
	"strconv"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// Validation is the answer of $validate-code
// (http://hl7.org/fhir/R4/valueset-operation-validate-code.html).
type Validation struct {
	Result          bool
	Coding          mapping.Coding // what the answer is of; without a code where no coding of a concept is the one
	Normalized      string         // the code as its system writes it, where that differs
	Inactive        bool
	Status          string
	CodeableConcept string // as it came, JSON
	Issues          []Issue
	Unknown         []string // code systems of the value that are not here
	Causes          []string // code systems that the value set needs and that are not here
}

// ValidateParams are the parameters that ValidateValueSet takes beside Common.
var ValidateParams = []string{"url", "valueSet", "valueSetVersion", "code", "system", "systemVersion", "display", "coding", "codeableConcept",
	"inferSystem", "abstract", "activeOnly", "lenient-display-validation", "valueset-membership-only"}

// ValidateSystemParams are those of ValidateCodeSystem.
var ValidateSystemParams = []string{"url", "system", "codeSystem", "code", "version", "systemVersion", "display", "coding", "codeableConcept", "abstract",
	"lenient-display-validation", "activeOnly", "valueset-membership-only"}

// validator judges the codings of one request.
type validator struct {
	*scope
	valueSet   *ValueSet // nil against a code system alone
	abstractOK bool
	activeOnly bool
	lenient    bool
	membership bool
	out        Validation
}

// place tells where in the request a coding stands.
type place struct {
	base  string // Coding, CodeableConcept.coding[0]; empty for code and system
	inner bool   // one of several codings
}

func (p place) at(part string) string {
	switch {
	case p.base == "" && part == "":
		return "code"
	case p.base == "":
		return part
	case part == "":
		return p.base
	}
	return p.base + "." + part
}

func newValidator(r *Registry, p Params) (*validator, error) {
	r, err := p.Overlaid(r)
	if err != nil {
		return nil, err
	}
	v := &validator{abstractOK: true}
	if v.scope, err = newScope(r, p); err != nil {
		return nil, err
	}
	for _, flag := range [...]struct {
		name string
		is   *bool
	}{{"activeOnly", &v.activeOnly}, {"lenient-display-validation", &v.lenient}, {"valueset-membership-only", &v.membership}} {
		if *flag.is, _, err = p.Bool(flag.name); err != nil {
			return nil, err
		}
	}
	if ok, given, err := p.Bool("abstract"); err != nil {
		return nil, err
	} else if given {
		v.abstractOK = ok
	}
	return v, nil
}

// ValidateValueSet answers ValueSet/$validate-code.
func ValidateValueSet(r *Registry, p Params) (*Validation, error) {
	if err := p.checkValidation(ValidateParams); err != nil {
		return nil, err
	}
	v, err := newValidator(r, p)
	if err != nil {
		return nil, err
	}
	if v.valueSet, err = v.valueSetOf(p); err != nil {
		return nil, err
	}
	if err := v.open(v.valueSet); err != nil {
		return nil, err
	}
	out, err := v.validate(p, p.Text("system"), p.Text("systemVersion"))
	var f *Failure
	if errors.As(err, &f) && f.missing != "" {
		return v.uncheckable(p, f), nil
	}
	return out, err
}

// uncheckable is the answer where the value set imports one that is not here:
// the request is right, and nothing can be said of the code.
func (v *validator) uncheckable(p Params, f *Failure) *Validation {
	out := &Validation{Coding: mapping.Coding{System: p.Text("system"), Code: p.Text("code")}}
	if q, ok := p.Find("coding"); ok && q.Doc != nil {
		c := readCoding(q.Doc, q.Node)
		out.Coding = mapping.Coding{System: c.System, Code: c.Code}
	}
	if q, ok := p.Find("codeableConcept"); ok && q.Doc != nil {
		out.CodeableConcept = string(q.Doc.Append(nil, q.Node))
	}
	var unknown *Failure
	errors.As(unknownValueSet(f.missing), &unknown)
	out.Issues = []Issue{unknown.Issue, notCheckable(v.valueSet.named(), f.missing)}
	return out
}

// ValidateCodeSystem answers CodeSystem/$validate-code.
func ValidateCodeSystem(r *Registry, p Params) (*Validation, error) {
	if err := p.checkValidation(ValidateSystemParams); err != nil {
		return nil, err
	}
	sent, ok, err := p.Resource("codeSystem")
	if err != nil {
		return nil, err
	}
	url, version := SplitCanonical(p.Text("url"))
	if url == "" {
		url = p.Text("system")
	}
	if ok {
		if sent.CodeSystem == nil {
			return nil, p.bad("codeSystem", mapping.Invalid, "expected a CodeSystem")
		}
		url, version = sent.CodeSystem.URL, sent.CodeSystem.Version
		if r, err = r.Overlay(sent); err != nil {
			return nil, err
		}
	}
	v, err := newValidator(r, p)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"version", "systemVersion"} {
		if text := p.Text(name); text != "" {
			version = text
		}
	}
	if err := v.supplement(v.useSupplements); err != nil {
		return nil, err
	}
	return v.validate(p, url, version)
}

// checkValidation refuses a request that asks of nothing, and then one with a
// parameter that is not known: what is missing is the worse fault.
func (p Params) checkValidation(accepted []string) error {
	for _, name := range []string{"code", "coding", "codeableConcept"} {
		if _, ok := p.Find(name); ok {
			return p.Check(accepted)
		}
	}
	return nothingToValidate()
}

// validate judges what the request asks of.
func (v *validator) validate(p Params, system, version string) (*Validation, error) {
	given := func(name string) (Param, bool) {
		q, ok := p.Find(name)
		return q, ok && q.Doc != nil
	}
	var err error
	if q, ok := given("codeableConcept"); ok {
		err = v.concept(q, system)
	} else if q, ok := given("coding"); ok {
		c := readCoding(q.Doc, q.Node)
		if v.valueSet == nil && c.System == "" {
			c.System = system
		}
		err = v.one(c, place{base: "Coding"})
	} else if code := p.Text("code"); code != "" {
		c := mapping.Coding{System: system, Version: version, Code: code, Display: p.Text("display")}
		infer, _, bad := p.Bool("inferSystem")
		if bad != nil {
			return nil, bad
		}
		if c.System == "" && (!infer || v.valueSet == nil) {
			return nil, nothingToValidate()
		}
		err = v.one(c, place{})
	} else {
		return nil, nothingToValidate()
	}
	if err != nil {
		return nil, err
	}
	return &v.out, nil
}

func nothingToValidate() error {
	return &Failure{Issue: Issue{Severity: "error", Code: "invalid",
		Text: "Unable to find code to validate (looked for coding | codeableConcept | code+system | code+inferSystem in parameters"}}
}

// one judges a code or a Coding.
func (v *validator) one(c mapping.Coding, at place) error {
	if c.System == "" && at.base == "" {
		systems, err := v.infer(c)
		if err != nil {
			return err
		}
		if len(systems) != 1 {
			name := v.valueSet.named()
			v.out.Coding = mapping.Coding{Code: c.Code}
			v.out.Issues = []Issue{notInValueSet(c, name, at.at("code")), notInferred(c.Code, name, systems, at.at("code"))}
			return nil
		}
		c.System = systems[0]
	}
	d, err := v.judge(c, at)
	if err != nil {
		return err
	}
	v.take(d, c)
	if v.out.Coding.Code == "" {
		v.out.Coding.Code, v.out.Coding.System = c.Code, c.System
	}
	v.finish(d.in)
	return nil
}

// maxCodings is how many codings one CodeableConcept may have.
const maxCodings = 50

// concept judges all codings of a CodeableConcept: it is in the value set if
// one of them is, and right if none of them is wrong.
func (v *validator) concept(q Param, system string) error {
	v.out.CodeableConcept = string(q.Doc.Append(nil, q.Node))
	var codings []mapping.Coding
	items(q.Doc, q.Doc.Child(q.Node, "coding"), func(n tree.ID) { codings = append(codings, readCoding(q.Doc, n)) })
	if len(codings) == 0 {
		return nothingToValidate()
	}
	if len(codings) > maxCodings {
		return &mapping.Error{Kind: mapping.TooLong, Path: q.Path() + ".coding", Message: "more than " + strconv.Itoa(maxCodings) + " codings"}
	}
	in, unresolved := false, false
	for i, c := range codings {
		if v.valueSet == nil && c.System == "" {
			c.System = system
		}
		d, err := v.judge(c, place{base: "CodeableConcept.coding[" + strconv.Itoa(i) + "]", inner: true})
		if err != nil {
			return err
		}
		unresolved = unresolved || d.unresolved
		if d.in && !in {
			v.take(d, c)
		} else {
			v.issues(d)
		}
		in = in || d.in
	}
	if !in && !unresolved && v.valueSet != nil {
		v.out.Issues = append(v.out.Issues, noValidCoding(v.valueSet.named()))
	}
	v.finish(in)
	return nil
}

// issues takes over what a judgement has to say.
func (v *validator) issues(d *judgement) {
	v.out.Issues = append(v.out.Issues, d.issues...)
	for _, u := range d.unknown {
		if !slices.Contains(v.out.Unknown, u) {
			v.out.Unknown = append(v.out.Unknown, u)
		}
	}
	for _, u := range d.causes {
		if !slices.Contains(v.out.Causes, u) {
			v.out.Causes = append(v.out.Causes, u)
		}
	}
}

// take makes a judgement the answer.
func (v *validator) take(d *judgement, c mapping.Coding) {
	v.issues(d)
	v.out.Coding = mapping.Coding{System: c.System, Code: c.Code}
	if d.system == nil {
		return
	}
	v.out.Coding.Version = d.system.Version
	if d.concept == nil {
		return
	}
	v.out.Coding.Display = d.display
	if d.concept.Code != c.Code {
		v.out.Normalized = d.concept.Code
	}
	if v.out.Inactive = d.system.Inactive(d.concept); v.out.Inactive || d.system.Status(d.concept) == "deprecated" {
		v.out.Status = d.system.Status(d.concept)
		if v.out.Status == "inactive" {
			v.out.Status = ""
		}
	}
}

// finish settles the result.
func (v *validator) finish(in bool) {
	v.out.Result = in && !slices.ContainsFunc(v.out.Issues, func(i Issue) bool { return i.Severity == "error" })
}

// Message joins what the issues say, but for what is only by the way.
func (v *Validation) Message() string {
	text := ""
	for _, i := range v.Issues {
		if i.quiet {
			continue
		}
		if text != "" {
			text += "; "
		}
		text += i.Text
	}
	return text
}

// infer lists the code systems in which the value set holds a code.
func (v *validator) infer(c mapping.Coding) (systems []string, err error) {
	for _, system := range v.systems(v.valueSet, nil) {
		c.System = system
		cands, err := v.look(nil, v.valueSet, c, place{})
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(cands, func(k candidate) bool { return k.in && k.concept != nil }) {
			systems = append(systems, system)
		}
	}
	return systems, nil
}

// systems lists the code systems that a value set includes from.
func (s *scope) systems(v *ValueSet, found []string) []string {
	if s.enter(v) != nil || s.spend(opening) != nil {
		return found
	}
	defer s.leave()
	for i := range v.Include {
		r := &v.Include[i]
		if r.System != "" {
			found = addNew(found, r.System)
			continue
		}
		for _, canonical := range r.ValueSets {
			if inner, err := s.imported(v, canonical); err == nil {
				found = s.systems(inner, found)
			}
		}
	}
	return found
}
