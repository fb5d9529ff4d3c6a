// Package deliver sends messages to their receivers over HTTP and says what
// their answers mean: delivered, to be sent again, or dead. It keeps nothing:
// the journal records what it says.
package deliver

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tolk/mapping/tree"
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
	Known        = "known"        // the receiver has it already
	Unauthorized = "unauthorized" // refused with a fresh token too
	Redirected   = "redirected"   // a receiver is where the configuration says, or nowhere
	Expired      = "expired"      // tried for as long as it may be
	Forbidden    = "forbidden-address"
)

// answer is what came back from a receiver.
type answer struct {
	status int
	header http.Header
	issues []string // issue codes of an OperationOutcome, nil when it is none
}

// passing are the issue types of an OperationOutcome that say: not now
// (http://hl7.org/fhir/R4/valueset-issue-type.html, the children of transient).
var passing = []string{"transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"}

// judge puts an answer into its class: 408, 429 and 5xx are sent again, unless
// an OperationOutcome says that it is the message's fault; 409 and the issue
// duplicate say that an earlier attempt arrived; the rest is dead at once.
func judge(a answer, now time.Time) Verdict {
	code := "http-" + strconv.Itoa(a.status)
	switch s := a.status; {
	case s >= 200 && s < 300:
		return Verdict{Class: Delivered, Code: code}
	case s == http.StatusConflict, slices.Contains(a.issues, "duplicate"):
		return Verdict{Class: Delivered, Code: Known}
	case s == http.StatusRequestTimeout, s == http.StatusTooManyRequests,
		s >= 500 && (a.issues == nil || !slices.ContainsFunc(a.issues, final)):
		return Verdict{Class: Retry, Code: code, After: retryAfter(a.header, now)}
	case s == http.StatusUnauthorized: // ours to mend: no message is given up for it
		return Verdict{Class: Retry, Code: Unauthorized, After: retryAfter(a.header, now)}
	case s >= 300 && s < 400:
		return Verdict{Class: Dead, Code: Redirected}
	}
	return Verdict{Class: Dead, Code: code}
}

func final(issue string) bool { return !slices.Contains(passing, issue) }

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

// issuesOf returns the issue codes of an OperationOutcome in JSON, nil for
// anything else. A receiver may answer any nonsense.
func issuesOf(body []byte) []string {
	d, err := tree.Parse(string(body), tree.Limits{Nodes: 10_000})
	if err != nil {
		return nil
	}
	if kind := d.Child(d.Root(), "resourceType"); kind == tree.None || d.Text(kind) != "OperationOutcome" {
		return nil
	}
	codes := []string{}
	list := d.Child(d.Root(), "issue")
	if list == tree.None {
		return codes
	}
	for i := d.First(list); i != tree.None; i = d.Next(i) {
		if c := d.Child(i, "code"); c != tree.None && d.Kind(c) == tree.String {
			codes = append(codes, d.Text(c))
		}
	}
	return codes
}

// Schedule says when a message is sent again, and when no more.
type Schedule struct {
	First time.Duration // after the first attempt, at most; doubles with each
	Most  time.Duration
	Until time.Duration // from when it was accepted
}

// Usual waits up to a second after the first attempt and up to a quarter of an
// hour later on, for three days.
var Usual = Schedule{First: time.Second, Most: 15 * time.Minute, Until: 72 * time.Hour}

// soonest keeps a retry from following at once.
const soonest = 100 * time.Millisecond

// Next says what follows an attempt that came to v, counted from 1, of a
// message that is age old. The wait is drawn from the whole of its span (full
// jitter), so that those who failed together do not come back together.
func (s Schedule) Next(v Verdict, attempt int, age time.Duration) Verdict {
	if v.Class != Retry {
		return v
	}
	if age >= s.Until {
		return Verdict{Class: Dead, Code: Expired}
	}
	span := s.First
	for n := 1; n < attempt && span < s.Most; n++ {
		span *= 2
	}
	span = min(span, s.Most)
	v.After = max(v.After, soonest, rand.N(span))
	return v
}
