package journal

import "sync"

// bells tell those who wait at a destination that there may be something new.
type bells struct {
	mu   sync.Mutex
	open map[string]chan struct{}
}

func newBells() *bells { return &bells{open: map[string]chan struct{}{}} }

// Changed returns a channel that is closed at the next change of what waits
// for a destination, and when the journal stops or closes. Ask for it first,
// then for Due, and wait only when that was empty: nothing is missed between.
func (j *Journal) Changed(destination string) <-chan struct{} {
	b := j.bells
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.open[destination]
	if c == nil {
		c = make(chan struct{})
		if j.Ready() != nil && !j.full.Load() {
			close(c) // it will not ring again
			return c
		}
		b.open[destination] = c
	}
	return c
}

func (b *bells) ring(destination string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.open[destination]; c != nil {
		close(c)
		delete(b.open, destination)
	}
}

func (b *bells) ringAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for d, c := range b.open {
		close(c)
		delete(b.open, d)
	}
}
