package mapping

import (
	"errors"
	"strings"
)

// Kind says what is wrong with a document or a request. The words are the
// issue types of FHIR R4 (http://hl7.org/fhir/R4/valueset-issue-type.html), so
// that an Error becomes an OperationOutcome without a table in between.
// New kinds are added at the end only.
type Kind string

// The kinds in use.
const (
	Structure    Kind = "structure"     // not well-formed: not JSON, duplicate key, bad UTF-8
	Invalid      Kind = "invalid"       // well-formed, but not what this place takes
	Required     Kind = "required"      // something that must be there is missing
	Value        Kind = "value"         // an element has a value it may not have
	CodeInvalid  Kind = "code-invalid"  // a code that its system does not have
	NotFound     Kind = "not-found"     // what was asked for is not here
	NotSupported Kind = "not-supported" // tolk does not do this, and says so
	TooLong      Kind = "too-long"      // larger or deeper than the limits
	BusinessRule Kind = "business-rule" // the target form cannot be met without inventing data
	Exception    Kind = "exception"     // ours to mend: a bug
	Security     Kind = "security"      // not authenticated or not allowed
	Timeout      Kind = "timeout"       // the time budget is spent
)

// Error is the one error of tolk. Path is a FHIRPath into the sender's
// document, Message is ours and safe anywhere, Value is theirs: it may name a
// person, goes back to the sender only, and is left out of Error(), so that
// logging an error cannot leak it.
type Error struct {
	Kind    Kind
	Path    string
	Message string
	Value   string
	Err     error
}

// Error returns path and message, never the value. A wrapped error is shown
// only when it is an Error itself: foreign error texts may quote their input.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	var inner *Error
	if errors.As(e.Err, &inner) {
		b.WriteString(": ")
		b.WriteString(inner.Error())
	}
	return b.String()
}

// Unwrap returns what e wraps, for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }
