package journal

import (
	"errors"
	"fmt"

	lib "modernc.org/sqlite/lib"

	"tolk/mapping"
)

// What the journal answers when it did not do what was asked; errors.Is finds
// them. Of the first four the sender is told to come back later and keeps the
// message (503 with Retry-After, 507 where the caller prefers it for ErrFull).
var (
	// ErrBusy: nothing was stored; more came at once than may wait.
	ErrBusy = errors.New("busy")
	// ErrUnknown: it may or may not be stored. Sent again, it meets the
	// duplicate table.
	ErrUnknown = errors.New("outcome unknown")
	// ErrFull: the disk is full and nothing was stored; reading, attempts and
	// their outcomes go on.
	ErrFull = errors.New("disk full")
	// ErrStopped: the disk did not do what it was told, or the journal is
	// closed. It must be opened again, which reads back what is really there;
	// an fsync is never tried twice, as the second may answer for nothing.
	ErrStopped = errors.New("stopped")
	// ErrCorrupt: what was read is not what was written.
	ErrCorrupt = errors.New("corrupt")
	// ErrNotFound: no such message, delivery or body.
	ErrNotFound = errors.New("not found")
	// ErrState: the delivery is not in a state in which this can be done to it.
	ErrState = errors.New("other state")
	// ErrErased: the content was erased.
	ErrErased = errors.New("erased")
)

// transient is the issue type for what is right the next time
// (http://hl7.org/fhir/R4/valueset-issue-type.html).
const transient mapping.Kind = "transient"

// problem joins one of the errors above with its words and its cause. The
// cause is kept for errors.As and never shown.
func problem(kind mapping.Kind, class error, message string, cause error) error {
	if cause != nil {
		class = fmt.Errorf("%w: %w", class, cause)
	}
	return &mapping.Error{Kind: kind, Message: message, Err: class}
}

func corrupt(message string, cause error) error {
	return problem(mapping.Exception, ErrCorrupt, message, cause)
}

func stopped(cause error) error {
	return problem(transient, ErrStopped, "the journal has stopped and must be opened again", cause)
}

func unknown(cause error) error {
	return problem(transient, ErrUnknown, "it is not known whether the message was stored; send it again unchanged", cause)
}

func full(cause error) error {
	return problem(transient, ErrFull, "the disk is full and nothing was stored; send it again later", cause)
}

func busy(cause error) error {
	return problem(transient, ErrBusy, "more arrives than can be stored and nothing was stored; send it again later", cause)
}

func notFound(what string) error {
	return problem(mapping.NotFound, ErrNotFound, "the journal has no such "+what, nil)
}

// fatal reports whether err says that the file can no longer be trusted to
// hold what was committed.
func fatal(err error) bool {
	switch primary(err) {
	case 0, lib.SQLITE_FULL, lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_CONSTRAINT, lib.SQLITE_TOOBIG, lib.SQLITE_NOMEM:
		return false
	}
	return true
}

// class puts an error of SQLite into the words above.
func class(err error) error {
	switch {
	case primary(err) == 0:
		return err
	case primary(err) == lib.SQLITE_FULL:
		return full(err)
	case primary(err) == lib.SQLITE_BUSY, primary(err) == lib.SQLITE_LOCKED, primary(err) == lib.SQLITE_NOMEM:
		return busy(err)
	case primary(err) == lib.SQLITE_CORRUPT, primary(err) == lib.SQLITE_NOTADB:
		return corrupt("the journal's file is damaged", err)
	case fatal(err):
		return problem(transient, ErrStopped, "the disk does not do what it is told", err)
	}
	return problem(mapping.Exception, err, "the journal refused a row of its own", nil)
}
