// Package journal is the durable record of the exchange on one node: what was
// accepted, where it goes, what was tried, and who did what and why.
//
// The acknowledgement point is the return of Accept. Before it returns, the
// message, its sealed body, its identifiers, the route decision, one delivery
// for each destination, a row of the audit and the answer stand in one
// transaction of SQLite whose write-ahead log has been synced to the disk. A
// sender is acknowledged after that and never before; whatever else Accept
// returns, the sender keeps the message.
//
// One goroutine writes. It takes what waits, up to 256 requests, into one
// transaction and one fsync (group commit); readers stand beside it. When the
// disk reports that it did not write, the journal stops and must be opened
// again: what is then found is what is really there.
//
// Bodies are sealed with AES-256-GCM under a key of their own, wrapped by the
// tenant's (Keys). Nothing of a citizen stands in any file in plain, and
// erasing a message is erasing its key.
package journal

import (
	"context"
	"crypto/cipher"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	lib "modernc.org/sqlite/lib"

	"tolk/mapping"
)

// Options say how a journal is opened. Keys is required, the rest has
// defaults.
type Options struct {
	Keys Keys
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Channels has the table of duplicates of each channel; MedCom's holds for
	// those it does not name.
	Channels map[string]Duplicates
	// KeepIDs is how long identifiers and answers are kept; 90 days.
	KeepIDs time.Duration
	// KeepBodies is how long the body of a message is kept after the last of
	// its deliveries ended; 30 days.
	KeepBodies time.Duration
	// MaxBody is the largest body in bytes; 64 MB.
	MaxBody int
	// MaxBroken is how many attempts in a row may end with the process before
	// the message is taken for the cause and is dead; 5.
	MaxBroken int
	// Ballast is the size of a file that is given up when the disk is full, so
	// that the outcomes of attempts can still be written; 16 MB.
	Ballast int64
	// VFS names the SQLite file system the journal stands on; empty is the
	// operating system's. Tests put one there that breaks.
	VFS string
	// Log is told of an index that was made anew; nil is slog.Default.
	Log *slog.Logger
}

func (o *Options) defaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	for _, d := range []struct {
		value *time.Duration
		days  time.Duration
	}{{&o.KeepIDs, 90}, {&o.KeepBodies, 30}} {
		if *d.value == 0 {
			*d.value = d.days * 24 * time.Hour
		}
	}
	if o.MaxBody == 0 {
		o.MaxBody = 64 << 20
	}
	if o.MaxBroken == 0 {
		o.MaxBroken = 5
	}
	if o.Ballast == 0 {
		o.Ballast = 16 << 20
	}
}

// Journal is an open journal. Its methods may be called by many goroutines.
type Journal struct {
	dir     string
	options Options
	keys    Keys
	limit   int

	lock    *conn         // held as long as the journal is open
	readers chan *conn    // read-only, each used by one goroutine at a time
	asked   chan struct{} // one for each reader that somebody looks with
	tenants sync.Map      // tenant → cipher.AEAD, for answers and audit

	queue   chan *job
	waiting atomic.Int64  // bytes in the queue
	quit    chan struct{} // closed when no more is taken
	ended   chan struct{} // closed when the writer has gone
	full    atomic.Bool
	seen    atomic.Int64          // the time at which Due was last asked, in ms
	cause   atomic.Pointer[error] // why the journal stopped
	checks  atomic.Pointer[conn]  // that runs the check beside the use
	closing sync.Once
	closed  error

	bells *bells
	keep  struct{ ids, bodies atomic.Int64 } // how long, in ms
}

const (
	fileName = "journal.db"
	readers  = 4
	pageSize = 4096
)

// Open opens the journal in the folder dir and makes it when it is not there.
// What was being sent when the last process ended is to be sent again, with
// the same identifiers. Returns an error when another process has it open,
// when the file is damaged, or when the keys are not the ones it was written
// with.
func Open(ctx context.Context, dir string, o Options) (*Journal, error) {
	o.defaults()
	if o.Keys == nil {
		return nil, &mapping.Error{Kind: mapping.Required, Path: "Keys", Message: "a journal needs keys"}
	}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	j := &Journal{
		dir: dir, options: o, keys: o.Keys, limit: o.MaxBody,
		readers: make(chan *conn, readers), asked: make(chan struct{}, readers/2), queue: make(chan *job, 4*batchJobs),
		quit: make(chan struct{}), ended: make(chan struct{}), bells: newBells(),
	}
	j.Keep(o.KeepBodies, o.KeepIDs)
	if err := j.open(ctx); err != nil {
		return nil, err
	}
	return j, nil
}

func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &mapping.Error{Kind: mapping.Invalid, Message: "the folder of the journal cannot be made", Err: err}
	}
	return syncDir(filepath.Dir(dir))
}

func (j *Journal) open(ctx context.Context) (err error) {
	if j.lock, err = lockDir(j.dir); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			j.lock.close()
		}
	}()
	if err := j.unchanged(); err != nil {
		return err
	}
	c, err := connectFile(filepath.Join(j.dir, fileName), j.options.VFS)
	if err != nil {
		return opened(err)
	}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if err := j.ready(ctx, c); err != nil {
		return opened(err)
	}
	w, err := newWriter(j, c)
	if err != nil {
		return opened(err)
	}
	for range readers {
		r, err := connect(filepath.Join(j.dir, fileName), j.options.VFS, lib.SQLITE_OPEN_READWRITE)
		if err == nil {
			err = r.script("PRAGMA query_only=ON", "PRAGMA cache_size=-4096")
		}
		if err != nil {
			return opened(err)
		}
		j.readers <- r
	}
	m, err := connect(filepath.Join(j.dir, fileName), j.options.VFS, lib.SQLITE_OPEN_READWRITE)
	if err == nil {
		w.mover = newMover(m)
		err = m.script("PRAGMA synchronous=FULL", "PRAGMA checkpoint_fullfsync=ON", "PRAGMA busy_timeout=0")
	}
	if err == nil {
		err = c.script("PRAGMA busy_timeout=0") // it waits for nobody
	}
	if err != nil {
		return opened(err)
	}
	w.ballast()
	// The rollback journal under which the file was made is gone for good, and
	// would otherwise come back after a power cut and take everything with it.
	if err := syncDir(j.dir); err != nil {
		return err
	}
	go w.loop()
	go w.mover.loop()
	go j.checkLater(context.WithoutCancel(ctx))
	return nil
}

// opened is an error that kept the journal from opening.
func opened(err error) error {
	if primary(err) == 0 {
		return err
	}
	return fmt.Errorf("opening the journal: %w", class(err))
}

// lockDir keeps a second process away: SQLite's lock on a file of its own,
// which the system takes back when the process ends, however it ends.
func lockDir(dir string) (*conn, error) {
	c, err := connectFile(filepath.Join(dir, "lock.db"), "")
	if err != nil {
		return nil, err
	}
	if err := c.script("PRAGMA busy_timeout=100", "PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE"); err != nil {
		c.close()
		return nil, problem(mapping.Invalid, ErrBusy, "another process has the journal open", err)
	}
	return c, nil
}

// connectFile opens a file that its owner alone may read, and makes it.
func connectFile(path, vfs string) (*conn, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &mapping.Error{Kind: mapping.Invalid, Message: "the files of the journal cannot be made", Err: err}
	}
	f.Close()
	return connect(path, vfs, lib.SQLITE_OPEN_READWRITE|lib.SQLITE_OPEN_CREATE)
}

// ready makes the file what the rest of the package relies on.
func (j *Journal) ready(ctx context.Context, c *conn) error {
	err := c.script(fmt.Sprintf("PRAGMA page_size=%d", pageSize), "PRAGMA secure_delete=ON", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
		"PRAGMA fullfsync=ON", "PRAGMA checkpoint_fullfsync=ON", "PRAGMA wal_autocheckpoint=0",
		"PRAGMA temp_store=MEMORY", "PRAGMA cache_size=-32768", "PRAGMA trusted_schema=OFF")
	if err != nil {
		return err
	}
	if err := migrate(c); err != nil {
		return err
	}
	if err := j.checkNow(ctx, c); err != nil {
		return err
	}
	return j.sameKeys(ctx, c)
}

// Prove tells whether a start would take the journal in the folder dir, by its version
// and these keys. It changes nothing, and a node may be running there. Where there is
// no journal yet, nothing is to be proved.
func Prove(ctx context.Context, dir string, keys Keys) error {
	path := filepath.Join(dir, fileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	c, err := connect(path, "", lib.SQLITE_OPEN_READONLY)
	if err != nil {
		return opened(err)
	}
	defer c.close()
	version, err := known(c)
	if err != nil || version == 0 {
		return opened(err)
	}
	j := Journal{keys: keys}
	_, _, err = j.markOfKeys(ctx, c)
	return opened(err)
}

// sameKeys refuses keys that hash otherwise than those the file was made with, and
// marks a file that is new.
func (j *Journal) sameKeys(ctx context.Context, c *conn) error {
	mark, found, err := j.markOfKeys(ctx, c)
	if err != nil || found {
		return err
	}
	return c.exec(`INSERT INTO meta VALUES('keys', ?)`, mark)
}

// markOfKeys returns how these keys mark a file, and whether it is marked. A file with
// the mark of others is refused: no duplicate would be found, and no body read.
func (j *Journal) markOfKeys(ctx context.Context, c *conn) (mark []byte, found bool, err error) {
	if mark, err = j.hash(ctx, "tolk", "journal", "the keys of this journal"); err != nil {
		return nil, false, err
	}
	var kept []byte
	found, err = c.one(`SELECT value FROM meta WHERE name='keys'`, nil, func(r row) { kept = r.blob(0) })
	if err == nil && found && subtle.ConstantTimeCompare(mark, kept) == 0 {
		err = &mapping.Error{Kind: mapping.Security, Message: "the journal was written with other keys"}
	}
	return mark, found, err
}

// Close writes what was taken and closes the journal. What is handed over
// after it is refused.
func (j *Journal) Close() error {
	j.closing.Do(func() {
		close(j.quit)
		j.leaveOff()
		<-j.ended
		for range readers {
			(<-j.readers).close()
		}
		if err := j.lock.close(); j.closed == nil {
			j.closed = err
		}
		j.bells.ringAll()
	})
	return j.closed
}

// Ready reports why the journal takes no messages, nil when it does: ErrFull
// or ErrStopped.
func (j *Journal) Ready() error {
	select {
	case <-j.quit:
		return stopped(nil)
	default:
	}
	if cause := j.cause.Load(); cause != nil {
		return stopped(*cause)
	}
	if j.full.Load() {
		return full(nil)
	}
	return nil
}

// read lends a connection that cannot write.
func (j *Journal) read(ctx context.Context, do func(*conn) error) error {
	select {
	case <-j.ended:
		return stopped(nil)
	default:
	}
	select {
	case c := <-j.readers:
		defer func() { j.readers <- c }()
		return class(do(c))
	case <-ctx.Done():
		return busy(ctx.Err())
	case <-j.ended:
		return stopped(nil)
	}
}

// ask reads for somebody who looks. However many look at once, half of the
// connections are left to the work; and what is asked ends with its context.
func (j *Journal) ask(ctx context.Context, do func(*conn) error) error {
	select {
	case j.asked <- struct{}{}:
		defer func() { <-j.asked }()
	case <-ctx.Done():
		return busy(ctx.Err())
	case <-j.ended:
		return stopped(nil)
	}
	return j.read(ctx, func(c *conn) error { return c.until(ctx, func() error { return do(c) }) })
}

// tenantKey returns the key of a tenant for what outlives a message, and makes
// it the first time.
func (j *Journal) tenantKey(ctx context.Context, tenant string) (cipher.AEAD, error) {
	if a, ok := j.tenants.Load(tenant); ok {
		return a.(cipher.AEAD), nil
	}
	w, err := j.storedKey(ctx, tenant)
	if err == nil && w.Bytes == nil {
		var made Wrapped
		if made, err = j.keys.Wrap(ctx, tenant, fresh(32)); err == nil {
			err = j.write(ctx, small, func(x *tx) error {
				return x.exec(`INSERT OR IGNORE INTO tenant VALUES(?,?,?)`, tenant, made.KeyID, made.Bytes)
			})
		}
		if err == nil {
			w, err = j.storedKey(ctx, tenant) // another one may have been first
		}
	}
	if err != nil {
		return nil, err
	}
	key, err := j.keys.Unwrap(ctx, tenant, w)
	if err != nil {
		return nil, err
	}
	a, err := gcm(key)
	if err == nil {
		j.tenants.Store(tenant, a)
	}
	return a, err
}

func (j *Journal) storedKey(ctx context.Context, tenant string) (w Wrapped, err error) {
	err = j.read(ctx, func(c *conn) error {
		_, err := c.one(`SELECT keyid, wrapped FROM tenant WHERE name=?`, []any{tenant}, func(r row) {
			w = Wrapped{r.text(0), r.blob(1)}
		})
		return err
	})
	return w, err
}

// Tenants returns every tenant that something was ever sealed for, those among them
// that no configuration names any more.
func (j *Journal) Tenants(ctx context.Context) (names []string, err error) {
	err = j.read(ctx, func(c *conn) error {
		return c.query(`SELECT name FROM tenant ORDER BY name`, nil, func(r row) error {
			names = append(names, r.text(0))
			return nil
		})
	})
	return names, err
}

// now is the time, as the file has it.
func (j *Journal) now() int64 { return j.options.Now().UnixMilli() }

// moment is a time as the file has it.
func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// page is the number of rows to return when limit was asked for.
func page(limit int) int {
	if limit <= 0 || limit > 1000 {
		return 1000
	}
	return limit
}
