package node

import (
	"context"
	"errors"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
)

// How long a caller is asked to wait before he comes again.
const (
	soon   = time.Second
	longer = 30 * time.Second
)

// later puts an answer of the journal that is nobody's fault into the words of
// the exchange. Anything else it returns as it is.
func later(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, journal.ErrFull):
		return &exchange.Later{After: longer, Full: true, Err: err}
	case errors.Is(err, journal.ErrStopped):
		return &exchange.Later{After: longer, Err: err}
	case is(err, journal.ErrBusy, journal.ErrUnknown, context.Canceled, context.DeadlineExceeded):
		return &exchange.Later{After: soon, Err: err}
	}
	return err
}

// notFound is the answer to what does not exist, and to what is not the caller's
// to see: the two cannot be told apart.
func notFound(what string) error {
	return &mapping.Error{Kind: mapping.NotFound, Message: "there is no such " + what}
}

func fault(kind mapping.Kind, path, message string) error {
	return &mapping.Error{Kind: kind, Path: path, Message: message}
}

// codeOf is the word for an error in the audit: the kind of what was wrong.
func codeOf(err error) string {
	var e *mapping.Error
	if errors.As(err, &e) && e.Kind != "" {
		return string(e.Kind)
	}
	return string(mapping.Exception)
}

// said is what an error says that is ours to say; the text of any other may quote
// what came in.
func said(err error) string {
	var e *mapping.Error
	if errors.As(err, &e) {
		return e.Error()
	}
	return ""
}
