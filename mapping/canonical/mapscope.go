package canonical

import (
	"errors"

	"tolk/mapping"
)

// valueSetOf returns the value set that a canonical names, also one that stands
// for a whole code system.
func (r *Registry) valueSetOf(canonical string) (*ValueSet, bool) {
	url, version := SplitCanonical(canonical)
	if v, ok := r.ValueSet(url, version); ok {
		return v, true
	}
	return (&scope{r: r}).implicit(url)
}

// inValueSet reports whether a coding is in a value set that is here; what is
// wrong with the value set itself is noted as the fault of the question. Of a
// code system that is not here only the codes are known that are named one by
// one.
func (r *Registry) inValueSet(q *Question, canonical string, c mapping.Coding) bool {
	v, ok := r.valueSetOf(canonical)
	if !ok {
		return false
	}
	for _, cs := range r.CodeSystems(c.System) {
		found, ok := cs.Find(c.Code)
		if !ok {
			continue
		}
		s := &scope{r: r}
		in, err := s.member(v, cs, found)
		if err != nil && q.fault == nil {
			q.fault = scopeFault(err)
		}
		if in {
			return true
		}
	}
	return len(r.CodeSystems(c.System)) == 0 && named(v.Include, c) && !named(v.Exclude, c)
}

// named reports whether a rule names the code itself.
func named(rules []Rule, c mapping.Coding) bool {
	for i := range rules {
		if _, ok := rules[i].index[c.Code]; ok && rules[i].System == c.System {
			return true
		}
	}
	return false
}

// scopeFault is an error of a value set as one of the core: an issue code that
// is none of its kinds is that the value set cannot be opened.
func scopeFault(err error) *mapping.Error {
	var f *Failure
	var e *mapping.Error
	switch {
	case errors.As(err, &f) && f.NotFound:
		return &mapping.Error{Kind: mapping.NotFound, Message: f.Text}
	case errors.As(err, &f):
		return &mapping.Error{Kind: mapping.Invalid, Message: f.Text}
	case errors.As(err, &e):
		return e
	}
	return &mapping.Error{Kind: mapping.Invalid, Message: "the value set cannot be opened", Err: err}
}
