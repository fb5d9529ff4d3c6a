package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	lib "modernc.org/sqlite/lib"
)

const (
	batchJobs    = 256      // requests in one transaction
	batchBytes   = 16 << 20 // and their bytes
	queueBytes   = 96 << 20 // bytes that may wait for the writer
	walPages     = 8192     // pages in the log before they are moved into the file beside the writing
	walTooLong   = 8 * walPages
	small        = 512              // bytes of a request without a body
	linger       = time.Millisecond // how long a transaction waits for those who are usually there
	ballastEvery = time.Second
)

// job is one request to the writer: a part of a transaction.
type job struct {
	// do may run twice: when another part of the transaction was at fault, it
	// is rolled back and run alone. What it returns an error for before it has
	// written anything is refused; its neighbours are not touched.
	do     func(*tx) error
	size   int64
	accept bool // new work: refused while the disk is full
	alone  bool // not a part of a transaction, but a command to SQLite
	done   chan error
	state  atomic.Int32 // waiting, taken, given up
}

const (
	waits int32 = iota
	taken
	givenUp
)

// write runs do in a transaction and returns when it is durable.
func (j *Journal) write(ctx context.Context, size int, do func(*tx) error) error {
	return j.submit(ctx, &job{do: do, size: int64(size)})
}

// told is write for what finds something. While the outcome is unknown the writer
// may still be at it, and what it finds is nobody's.
func told[T any](ctx context.Context, j *Journal, do func(*tx) (T, error)) (T, error) {
	found := new(T)
	err := j.write(ctx, small, func(x *tx) (err error) {
		*found, err = do(x)
		return err
	})
	if err != nil {
		var nothing T
		return nothing, err
	}
	return *found, nil
}

func (j *Journal) submit(ctx context.Context, b *job) error {
	if err := j.Ready(); err != nil && !(errors.Is(err, ErrFull) && !b.accept) {
		return err
	}
	if before := j.waiting.Add(b.size) - b.size; before > 0 && before+b.size > queueBytes {
		j.waiting.Add(-b.size)
		return busy(nil)
	}
	defer j.waiting.Add(-b.size)
	b.done = make(chan error, 1)
	select {
	case j.queue <- b:
	case <-ctx.Done():
		return busy(ctx.Err())
	case <-j.quit:
		return stopped(nil)
	}
	select {
	case err := <-b.done:
		return err
	case <-ctx.Done():
		if b.state.CompareAndSwap(waits, givenUp) {
			return busy(ctx.Err())
		}
		return unknown(ctx.Err())
	case <-j.ended:
		if b.state.CompareAndSwap(waits, givenUp) {
			return stopped(nil)
		}
		return <-b.done
	}
}

// writer is the one goroutine that writes. It alone touches what it holds.
type writer struct {
	*conn
	j      *Journal
	state  state
	broken error // set for good once the disk did not do what it was told
	next   *job  // taken from the queue, for a turn of its own
	moved  int64 // conn.written when the log last began anew
	mover  *mover
	moving bool
	crowds [2]int // how many the last two transactions had
	tight  bool   // what the disk was too full for is run again
	borne  Head   // what the witness says
}

// state is what the next transaction starts from.
type state struct {
	head     Head
	message  int64 // the last one's number
	delivery int64
}

// tx is a transaction that the writer runs.
type tx struct {
	*conn
	state
	j    *Journal
	now  int64           // in ms
	ring map[string]bool // destinations where there may be something to do
}

func newWriter(j *Journal, c *conn) (*writer, error) {
	w := &writer{conn: c, j: j}
	_, err := c.one(`SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`, nil, func(r row) {
		w.state.head.Seq = r.int(0)
		copy(w.state.head.Hash[:], r.blob(1))
	})
	if err == nil {
		err = w.confirm()
	}
	if err == nil {
		w.state.message, err = c.number(`SELECT max(seq) FROM message`)
	}
	if err == nil {
		w.state.delivery, err = c.number(`SELECT max(seq) FROM delivery`)
	}
	if err == nil {
		var refused []error
		if refused, err, _ = w.transact([]*job{{do: (*tx).recover}}); err == nil {
			err = refused[0]
		}
	}
	return w, err
}

func (w *writer) loop() {
	defer close(w.j.ended)
	tick := time.NewTicker(ballastEvery)
	defer tick.Stop()
	for {
		select {
		case b := <-w.j.queue:
			w.serve(b)
			w.keepShort()
		case <-tick.C:
			w.makeRoom()
			w.bearOn()
		case <-w.j.quit:
			w.finish()
			return
		}
	}
}

// serve runs b with what else waits.
func (w *writer) serve(b *job) {
	for b != nil {
		w.next = nil
		w.run(w.take(b))
		b = w.next
	}
}

// take returns first and what else waits, as much as goes into a transaction.
// Where many came at once the last times, it waits a moment for most of them:
// those who were just answered are about to ask again, and two crowds that take
// turns would cost twice the syncs. Who comes alone does not wait.
func (w *writer) take(first *job) []*job {
	var batch []*job
	bytes := int64(0)
	crowd := max(w.crowds[0], w.crowds[1]) * 3 / 4
	var patience <-chan time.Time
	defer func() { w.crowds = [2]int{w.crowds[1], len(batch)} }()
	for b := first; ; {
		if b.alone && len(batch) > 0 {
			w.next = b
			return batch
		}
		if b.state.CompareAndSwap(waits, taken) {
			batch = append(batch, b)
			bytes += b.size
		}
		if b.alone || len(batch) == batchJobs || bytes >= batchBytes {
			return batch
		}
		select {
		case b = <-w.j.queue:
			continue
		default:
		}
		if len(batch) >= crowd {
			return batch
		}
		if patience == nil {
			patience = time.After(linger)
		}
		select {
		case b = <-w.j.queue:
		case <-patience:
			return batch
		}
	}
}

// run answers every job of the batch.
func (w *writer) run(batch []*job) {
	if len(batch) == 0 {
		return
	}
	if w.broken != nil {
		answer(batch, stopped(w.broken))
		return
	}
	if batch[0].alone {
		err := batch[0].do(&tx{conn: w.conn, j: w.j})
		if fatal(err) {
			w.stop(err)
		}
		answer(batch, class(err))
		return
	}
	errs, err, committing := w.transact(batch)
	switch {
	case err == nil:
		for i, b := range batch {
			b.done <- errs[i]
		}
	case fatal(err):
		w.stop(err)
		if committing {
			answer(batch, unknown(err))
		} else {
			answer(batch, stopped(err))
		}
	case primary(err) == lib.SQLITE_FULL && !w.tight:
		// The ballast goes, the first time, and what is already on its way gets
		// its room. Moved into the file, the log has room for more of it: it is
		// written over.
		if !w.j.full.Swap(true) {
			os.Remove(w.ballastPath())
		}
		w.move()
		w.tight = true
		for _, b := range batch {
			if b.accept {
				b.done <- full(err)
			} else {
				w.run([]*job{b})
			}
		}
		w.tight = false
	case len(batch) > 1 && primary(err) != lib.SQLITE_FULL:
		for _, b := range batch {
			w.run([]*job{b})
		}
	default:
		answer(batch, class(err))
	}
}

func answer(batch []*job, err error) {
	for _, b := range batch {
		b.done <- err
	}
}

// transact runs the batch as one transaction. It returns what each job was
// refused for, or the error for which nothing of the batch was stored; while
// committing, an error may also mean that all of it was.
func (w *writer) transact(batch []*job) (errs []error, err error, committing bool) {
	x := &tx{conn: w.conn, state: w.state, j: w.j, now: w.j.now(), ring: map[string]bool{}}
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return nil, err, false
	}
	errs = make([]error, len(batch))
	for i, b := range batch {
		before := w.wrote
		errs[i] = b.do(x)
		if errs[i] != nil && (w.wrote != before || primary(errs[i]) != 0) {
			w.exec("ROLLBACK")
			return nil, errs[i], false
		}
	}
	if err := w.exec("COMMIT"); err != nil {
		w.exec("ROLLBACK") // SQLite may have done so itself
		return nil, err, true
	}
	w.state = x.state
	w.j.sees(x.now)
	for destination := range x.ring {
		w.j.bells.ring(destination)
	}
	return errs, nil, true
}

// stop ends all writing, for good.
func (w *writer) stop(err error) {
	w.broken = err
	w.j.cause.Store(&w.broken)
	w.j.bells.ringAll()
}

// mover moves the log into the file beside the writer, on a connection of its
// own. What was written meanwhile is little, and the writer moves it after.
type mover struct {
	*conn
	asked chan struct{}
	moved chan error
}

func newMover(c *conn) *mover {
	return &mover{c, make(chan struct{}, 1), make(chan error, 1)}
}

func (m *mover) loop() {
	for range m.asked {
		_, err := m.checkpoint("PASSIVE")
		m.moved <- err
	}
	m.close()
	close(m.moved)
}

// checkpoint moves the log into the file, and reports whether all of it is
// there: a reader may need old pages, or the other one is at it.
func (c *conn) checkpoint(mode string) (all bool, err error) {
	_, err = c.one("PRAGMA wal_checkpoint("+mode+")", nil, func(r row) { all = r.int(0) == 0 && r.int(1) == r.int(2) })
	return all, err
}

// keepShort sees to it that the log does not grow for ever. SQLite would do so
// by itself, and not tell when it could not.
func (w *writer) keepShort() {
	if w.broken != nil {
		return
	}
	long := w.written() - w.moved
	select {
	case err := <-w.mover.moved:
		w.moving = false
		if fatal(err) {
			w.stop(err)
			return
		}
		w.move()
	default:
		if !w.moving && long >= walPages {
			w.moving = true
			w.mover.asked <- struct{}{}
		} else if long >= walTooLong {
			w.move()
		}
	}
}

// move moves what is in the log now, and lets it begin anew if that was all.
func (w *writer) move() {
	written := w.written()
	switch all, err := w.checkpoint("PASSIVE"); {
	case fatal(err):
		w.stop(err)
	case err == nil && all:
		w.moved = written
	default: // a little later
		w.moved += walPages / 8
	}
}

// finish runs what was taken before the journal was closed.
func (w *writer) finish() {
	for {
		select {
		case b := <-w.j.queue:
			w.serve(b)
		default:
			close(w.mover.asked)
			for range w.mover.moved { // until it has ended
			}
			whole := false
			if w.broken == nil {
				var err error
				if whole, err = w.checkpoint("TRUNCATE"); fatal(err) {
					w.stop(err)
				}
			}
			err := w.conn.close()
			if w.broken == nil {
				w.bearLast(whole && err == nil)
			}
			if w.broken != nil {
				err = stopped(w.broken)
			}
			w.j.closed = err
			return
		}
	}
}

func (w *writer) ballastPath() string { return filepath.Join(w.j.dir, "ballast") }

// makeRoom looks from time to time whether a full disk has room again: there
// is when the ballast fits.
func (w *writer) makeRoom() {
	if w.broken == nil && w.j.full.Load() && w.ballast() {
		w.j.full.Store(false)
	}
}

// ballast makes the file that is given up when the disk is full, and reports
// whether it could.
func (w *writer) ballast() bool {
	path, size := w.ballastPath(), w.j.options.Ballast
	if info, err := os.Stat(path); err == nil && info.Size() == size {
		return true
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return false
	}
	zeros := make([]byte, 1<<20)
	for n := int64(0); n < size && err == nil; n += int64(len(zeros)) {
		_, err = f.Write(zeros[:min(int64(len(zeros)), size-n)])
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(path) // half a ballast takes room and gives none
	}
	return err == nil
}
