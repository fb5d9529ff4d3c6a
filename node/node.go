// Package node is one node of the exchange put together: a journal, what works
// it off, and the configuration in force. It is what a front, HTTP or the
// command line, calls an exchange.Node.
//
// A message is acknowledged to its sender when Submit returns, and then it is
// durable; it is translated and sent afterwards. Whatever a caller may not see
// is answered as what does not exist.
package node

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/node/work"
)

// Options say what a node is made of. Dir, Keys and Config are required, and
// Core for a node that accepts or runs.
type Options struct {
	Dir    string // of the journal
	Keys   journal.Keys
	Config *exchange.Config
	// Core returns what translates now; it may be another one at every call.
	Core func() *work.Core
	// CoreOf returns what translates with a version of the mappings, nil where it
	// is not known; nil knows none but that of Core.
	CoreOf func(tag string) *work.Core
	// Candidate returns what runs in the shadow of Core; nil: nothing does.
	Candidate func() *work.Core
	// Observe is told what happens, in words of the configuration; it must not
	// wait. It may be nil.
	Observe func(work.Event)
	Log     *slog.Logger     // nil: slog.Default
	Now     func() time.Time // nil: time.Now
	VFS     string           // of SQLite, for tests; journal.Options
	// Tune changes how the work is done, for tests: what replaces the network,
	// waits that are shorter. It may be nil.
	Tune func(*work.Options)
}

// Node is one node of the exchange. It is an exchange.Node; its methods may be
// called by many goroutines.
type Node struct {
	options Options
	journal *journal.Journal
	config  atomic.Pointer[exchange.Config]
	work    *work.Work
	given   *given       // letters that were given out and not taken yet
	ended   atomic.Int64 // stations of earlier configurations
	doors   doors
	closing sync.Once
	closed  error
}

var _ exchange.Node = (*Node)(nil)

// Open opens the journal in Options.Dir and makes it where there is none, and
// starts nothing: messages are accepted and people served, and what waits goes
// on waiting until Run. Returns an error where another process has it open.
func Open(ctx context.Context, o Options) (*Node, error) {
	for _, needed := range []struct {
		name string
		is   bool
	}{{"Dir", o.Dir != ""}, {"Keys", o.Keys != nil}, {"Config", o.Config != nil}} {
		if !needed.is {
			return nil, &mapping.Error{Kind: mapping.Required, Path: needed.name, Message: "a node needs a folder, keys and a configuration"}
		}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return open(ctx, o)
}

// Run works until ctx ends: it translates, sends, sweeps and watches. It
// returns when what was under way has ended, within a bounded time.
func (n *Node) Run(ctx context.Context) error { return n.run(ctx) }

// Reload puts another configuration in force, as a whole, and writes it into
// the audit first; when that cannot be written the old one stays. What was
// accepted keeps the decision it was accepted with.
func (n *Node) Reload(ctx context.Context, c *exchange.Config) error { return n.reload(ctx, c) }

// Close writes what was taken and closes the journal. Run must have returned.
func (n *Node) Close() error {
	n.closing.Do(func() { n.closed = n.journal.Close() })
	return n.closed
}

// Journal is the journal of the node, for what is done with the file as a
// whole: Verify, Backup, Counts, OldestBody.
func (n *Node) Journal() *journal.Journal { return n.journal }

// Config implements exchange.Node.
func (n *Node) Config() *exchange.Config { return n.config.Load() }
