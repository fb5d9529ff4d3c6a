// Package deliver takes messages to their receivers, over HTTP or into a folder,
// and says what came of it: delivered, to be sent again, or dead. It keeps
// nothing: the journal records what it says.
package deliver

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tolk/mapping/message"
)

// Class says what follows from an attempt.
type Class string

// The classes.
const (
	Delivered Class = "delivered"
	Retry     Class = "retry" // again, with the same identifiers
	Dead      Class = "dead"  // no attempt will help; a person must decide
)

// Verdict is what an attempt came to.
type Verdict struct {
	Class Class
	Code  string        // why, in one word, such as "http-503" or "no-answer"
	After time.Duration // the receiver asked to be left alone for so long
}

// The words for what is not a status of HTTP.
const (
	NoAnswer     = "no-answer"    // not reached, cut off, or too late
	Untrusted    = "untrusted"    // TLS: the one does not trust the certificate of the other
	Known        = "known"        // the receiver has it already
	Unauthorized = "unauthorized" // refused with a fresh token too
	NoToken      = "no-token"     // the token endpoint gave none
	TokenRefused = "token-refused"
	Redirected   = "redirected" // a receiver is where the configuration says, or nowhere
	Expired      = "expired"    // tried for as long as it may be
	Forbidden    = "forbidden-address"
)

// The words for what a receiver's own answer says, whatever its status. With the
// first three, what it said is an acknowledgement of this message.
const (
	Acknowledged   = "acknowledged"
	TransientError = message.Transient // it cannot take it now
	FatalError     = message.Fatal     // it will not take it
	// Unacknowledged is a receipt of the transport with something else in it than an
	// acknowledgement of this message.
	Unacknowledged = "unacknowledged"
	Refused        = "refused" // a status of success, and an error in it
)

// answer is what came back from a receiver.
type answer struct {
	status int
	header http.Header
	said
}

// passing are the issue types of an OperationOutcome that say: not now
// (http://hl7.org/fhir/R4/valueset-issue-type.html, the children of transient).
var passing = []string{"transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"}

// judge puts an answer into its class. An acknowledgement of the message that was
// sent decides first, then the status with the issues of an OperationOutcome:
//
//   - transient-error is sent again only to a receiver that allows it (Resend).
//     Otherwise it is dead, and a person sends it again: where MedCom's table of
//     duplicates holds, the same identifiers only bring the same answer, and new
//     ones are not ours to give.
//   - 2xx is a receipt of the transport. What is in it beside it takes nothing back:
//     an acknowledgement of another message, or nonsense where one was expected, is
//     no reason to send again what was taken, and the receiver's own acknowledgement
//     may still come by itself. It is delivered, under a code of its own. Only an
//     OperationOutcome with an error, or an entry of a batch that was not taken,
//     contradicts the status, and a person decides.
//   - 5xx with an OperationOutcome is not among what is sent again by itself: the
//     receiver looked at the message and says what is wrong. It is dead, unless the
//     receiver says that it will pass: 503, Retry-After, or nothing but issue types
//     of what is transient.
//   - 409 says that an earlier attempt arrived, unless its OperationOutcome says that
//     it is in conflict with something else.
func (s *Sender) judge(a answer, sent []byte, now time.Time) Verdict {
	good := a.status >= 200 && a.status < 300
	wait := retryAfter(a.header, now)
	of := ""
	if a.response != nil && a.response.Answers(idsOf(sent)) {
		of = a.response.Code
	}
	switch {
	case of == message.Fatal:
		return Verdict{Class: Dead, Code: FatalError}
	case of == message.Transient && s.to.Resend:
		return Verdict{Class: Retry, Code: TransientError, After: wait}
	case of == message.Transient:
		return Verdict{Class: Dead, Code: TransientError}
	case of == message.OK && good:
		return Verdict{Class: Delivered, Code: Acknowledged}
	case !good:
		return byStatus(a, wait)
	case a.duplicate():
		return Verdict{Class: Delivered, Code: Known}
	case len(a.issues) > 0:
		return Verdict{Class: Dead, Code: Refused}
	case a.response != nil, s.to.Acknowledges && !a.empty && a.issues == nil:
		return Verdict{Class: Delivered, Code: Unacknowledged}
	}
	return Verdict{Class: Delivered, Code: "http-" + strconv.Itoa(a.status)}
}

// byStatus puts an answer that is not 2xx into its class.
func byStatus(a answer, wait time.Duration) Verdict {
	code := "http-" + strconv.Itoa(a.status)
	final := func(issue string) bool { return !slices.Contains(passing, issue) }
	switch s := a.status; {
	case s < 400:
		return Verdict{Class: Dead, Code: Redirected}
	case a.duplicate(), s == http.StatusConflict && !slices.Contains(a.issues, "conflict"):
		return Verdict{Class: Delivered, Code: Known}
	case s == http.StatusUnauthorized: // ours to mend: no message is given up for it
		return Verdict{Class: Retry, Code: Unauthorized, After: wait}
	case s == http.StatusRequestTimeout, s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable,
		s >= 500 && (wait > 0 || !slices.ContainsFunc(a.issues, final)):
		return Verdict{Class: Retry, Code: code, After: wait}
	}
	return Verdict{Class: Dead, Code: code}
}

// longest is the longest that a receiver may ask to be left alone.
const longest = 6 * time.Hour

// retryAfter reads Retry-After in both its forms (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longest)
}
