package token

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

// ErrFull is returned by Memory when it would have to forget what it must not.
var ErrFull = errors.New("no room for another used assertion")

// sweepEvery is how often Memory looks for what it may forget, at most.
const sweepEvery = 10 * time.Second

// Memory is Used for one node, in memory. Its size is bounded, for each client
// and in all: a client that asks without end stops itself and nobody else. It
// forgets everything when the node stops, and an assertion can then be used once
// more until it expires.
type Memory struct {
	each, all int

	mu      sync.Mutex
	uses    map[string]map[[sha256.Size]byte]time.Time // by client: the hash of the id, and until when
	count   int
	swept   time.Time // when it was last looked through
	horizon time.Time // until when the longest-lived of what was forgotten was to be known
}

// NewMemory returns a Memory for 10,000 assertions of each client and 200,000 of
// all: some 30 MB at the most.
func NewMemory() *Memory {
	return &Memory{each: 10_000, all: 200_000, uses: map[string]map[[sha256.Size]byte]time.Time{}}
}

// Once implements Used. What would have been forgotten already, had it come
// before, counts as seen: a clock that jumps ahead and back opens no gap.
// Returns ErrFull when there is no room.
func (m *Memory) Once(_ context.Context, use Use) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if use.Now.Sub(m.swept).Abs() >= sweepEvery {
		m.sweep(use.Now)
	}
	id := sha256.Sum256([]byte(use.ID))
	_, seen := m.uses[use.Client][id]
	switch {
	case seen || !use.Until.After(m.horizon):
		return false, nil
	case m.count >= m.all || len(m.uses[use.Client]) >= m.each:
		return false, ErrFull
	}
	if m.uses[use.Client] == nil {
		m.uses[use.Client] = map[[sha256.Size]byte]time.Time{}
	}
	m.uses[use.Client][id] = use.Until
	m.count++
	return true, nil
}

// sweep forgets what has expired.
func (m *Memory) sweep(now time.Time) {
	m.swept = now
	for client, uses := range m.uses {
		for id, until := range uses {
			if until.After(now) {
				continue
			}
			delete(uses, id)
			m.count--
			if until.After(m.horizon) {
				m.horizon = until
			}
		}
		if len(uses) == 0 {
			delete(m.uses, client)
		}
	}
}
