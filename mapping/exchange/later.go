package exchange

import "time"

// Later is an error that is not the caller's fault: nothing happened, or nobody
// knows whether it did; the same sent again later is safe.
type Later struct {
	After time.Duration
	Full  bool // the disk is
	Err   error
}

// Error says why, in words that are safe anywhere.
func (l *Later) Error() string {
	if l.Full {
		return "the disk of this node is full; the sender keeps the message and sends it again later"
	}
	return "not accepted now; the sender keeps the message and sends it again later"
}

// Unwrap returns what stood in the way.
func (l *Later) Unwrap() error { return l.Err }
