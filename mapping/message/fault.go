package message

import (
	"errors"
	"strings"

	"tolk/mapping"
)

// Fault is something that is wrong with a message, and the code that MedCom's
// acknowledgement has for it.
type Fault struct {
	*mapping.Error
	Code string // of errorCodes; empty where MedCom has none, and the text says it
}

// Faults are the faults of one message. As an error each of them is found by
// errors.As as a *mapping.Error.
type Faults []Fault

// Error names them all.
func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i := range f {
		texts[i] = f[i].Error.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns them one by one.
func (f Faults) Unwrap() []error {
	all := make([]error, len(f))
	for i := range f {
		all[i] = f[i].Error
	}
	return all
}

// FaultsOf returns an error as faults: those of a message as they are, a
// *mapping.Error as one, and anything else as a fault of ours of which nothing
// is said: its text may quote the message.
func FaultsOf(err error) Faults {
	var faults Faults
	if errors.As(err, &faults) {
		return faults
	}
	var e *mapping.Error
	if !errors.As(err, &e) {
		e = &mapping.Error{Kind: mapping.Exception, Message: "an unexpected fault of the gateway", Err: err}
	}
	return Faults{{e, codeOf[e.Kind]}}
}

// MedCom's codes for what is wrong with a message (CodeSystem
// medcom-acknowledgement-error-codes, medcom.fhir.dk.terminology 2.0.2), spelled
// as there. The value set of the acknowledgement has HL7's codes of an
// operation's outcome as well, but 1.4.0, which the acknowledgement depends on,
// and 2.0.2 do not agree on the system of those: none is told.
const (
	receiverMissing = "MSG_Receiver_Identifier_MISSING"
	receiverUnknown = "MSG_Receiver_Identifier_UNKNOWN"
	typeNotTaken    = "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"
	notInValueSet   = "MSG_VALUESET_VALUE_UNKNOWN"
	notInCodeSystem = "MSG_CodeSystem_VALUE_UNKNOWN"
	elementTooLong  = "MSG_Element_To_Long"
	datatypeWrong   = "MSG_Datatype_Wrong"
	outOfOperation  = "MSG_Mailbox_Out_Of_Operation"

	none = "" // it has no code for most of what may be missing

	errorCodes = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-acknowledgement-error-codes"
)

// codeOf is the code for a fault that the translation of the content found.
// MedCom has none for the other kinds: the text says it.
var codeOf = map[mapping.Kind]string{
	mapping.CodeInvalid:  notInCodeSystem,
	mapping.NotSupported: typeNotTaken,
	mapping.TooLong:      elementTooLong,
	mapping.Timeout:      outOfOperation,
}
