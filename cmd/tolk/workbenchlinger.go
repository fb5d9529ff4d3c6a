package main

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// The bounds of waiting for the end of what is sent after its answer, as the node
// has them: how much, how long, and how long for who falls silent. How many wait at a
// time needs no bound of its own: only programs on this machine come to the door, and
// each may hold a connection for longer than that by asking slowly.
const (
	mostAfter  = 40 << 20
	afterTime  = 5 * time.Second
	afterQuiet = time.Second
)

// ServeHTTP answers, and where the answer came before the end of what is sent, waits
// for that: a connection that is closed with unread bytes is reset, and who is still
// sending loses the answer that tells him why.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		d.answer(w, r)
		return
	}
	b := &sending{ReadCloser: r.Body}
	asked := r.WithContext(r.Context()) // the server knows its own body by its type
	asked.Body = b
	d.answer(w, asked)
	b.end(http.NewResponseController(w))
}

// sending is the body of a request. A proxy closes it with its answer; what comes
// then is read to be thrown away.
type sending struct {
	io.ReadCloser
	over, closed atomic.Bool // all was read; nobody reads it any more
}

func (b *sending) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.read(p)
}

func (b *sending) read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.over.Store(true)
	}
	return n, err
}

// Close leaves the body to end.
func (b *sending) Close() error { b.closed.Store(true); return nil }

// end sends the answer off and throws away what still comes, within bounds.
func (b *sending) end(c *http.ResponseController) {
	if b.over.Load() || c.Flush() != nil {
		return
	}
	piece, until := make([]byte, 64<<10), time.Now().Add(afterTime)
	for left := mostAfter; left > 0 && !b.over.Load(); {
		now := time.Now()
		if !now.Before(until) {
			return
		}
		late := now.Add(afterQuiet)
		if until.Before(late) {
			late = until
		}
		if c.SetReadDeadline(late) != nil {
			return
		}
		n, _ := b.read(piece)
		left -= n
	}
}
