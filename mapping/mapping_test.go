package mapping

import (
	"errors"
	"strings"
	"testing"
)

var all = []Equivalence{Equal, Equivalent, Subsumes, Wider, Specializes, Narrower, RelatedTo, Inexact, Unmatched, Disjoint}

// The zero value and R5's words are no equivalence: a map that uses them is
// refused, not guessed at.
func TestEquivalenceValid(t *testing.T) {
	for _, e := range all {
		if !e.Valid() {
			t.Errorf("%q is a word of FHIR R4", e)
		}
	}
	for _, e := range []Equivalence{"", "source-is-narrower-than-target", "related-to", "Wider"} {
		if e.Valid() {
			t.Errorf("%q is no word of FHIR R4", e)
		}
	}
}

func TestEquivalenceReverse(t *testing.T) {
	for _, e := range all {
		if got := e.Reverse().Reverse(); got != e {
			t.Errorf("%s reversed twice is %s", e, got)
		}
	}
	if Wider.Reverse() != Narrower || Subsumes.Reverse() != Specializes || Inexact.Reverse() != Inexact {
		t.Error("what is wider one way is narrower the other")
	}
}

func TestEquivalenceCompose(t *testing.T) {
	tests := []struct{ first, next, want Equivalence }{
		{Wider, Wider, Wider},
		{Narrower, Narrower, Narrower},
		{Equivalent, Wider, Wider},
		{Narrower, Equal, Narrower},
		{Equal, Equivalent, Equivalent},
		{Inexact, Wider, Inexact},
		{Wider, Inexact, Inexact},
		{Narrower, Wider, Inexact},
		{Wider, Narrower, Unmatched}, // smell is a sense, sight is a sense, smell is not sight
		{Wider, Unmatched, Unmatched},
		{Unmatched, Equal, Unmatched},
		{Disjoint, Wider, Unmatched},
	}
	for _, tt := range tests {
		if got := tt.first.Compose(tt.next); got != tt.want {
			t.Errorf("%s, then %s: got %s, want %s", tt.first, tt.next, got, tt.want)
		}
	}
	// No two steps ever claim more than either does.
	for _, a := range all {
		for _, b := range all {
			if c := a.Compose(b); c.Exact() && (!a.Exact() || !b.Exact()) {
				t.Errorf("%s, then %s claims %s", a, b, c)
			}
		}
	}
}

// What the sender wrote never stands in an error's text, however it is wrapped.
func TestErrorHidesValue(t *testing.T) {
	const cpr = "2509479989"
	inner := &Error{Kind: Value, Path: "Patient.identifier[0].value", Message: "expected a CPR number", Value: cpr, Err: errors.New("cannot read " + cpr)}
	outer := &Error{Kind: Invalid, Message: "reading the citizen", Err: inner}
	if got := outer.Error(); strings.Contains(got, cpr) {
		t.Errorf("the text names the citizen: %s", got)
	} else if want := "reading the citizen: Patient.identifier[0].value: expected a CPR number"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var found *Error
	if !errors.As(outer, &found) || !errors.Is(outer, inner) {
		t.Error("a wrapped error is not found")
	}
}

func TestAreas(t *testing.T) {
	if got := Areas(); len(got) != 3 || got[0] != Sygepleje || got[1] != Hjemmepleje || got[2] != Forebyggelse {
		t.Errorf("got %v", got)
	}
}
