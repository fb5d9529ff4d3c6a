package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	lib "modernc.org/sqlite/lib"
)

// The binding of this package to SQLite. database/sql over the same driver
// compiles every statement again each time it runs, which was half the cost of
// an accept; here a statement is compiled once and kept, and every result code
// of SQLite is seen as it is.

// fault is an error of SQLite: its code, and its own words for the code, which
// quote no content.
type fault struct {
	code int32 // extended
	text string
}

func (f *fault) Error() string { return fmt.Sprintf("sqlite: %s (%d)", f.text, f.code) }

// primary is the code of err without its extension, 0 for what SQLite did not
// say.
func primary(err error) int32 {
	var f *fault
	if errors.As(err, &f) {
		return f.code & 0xff
	}
	return 0
}

// conn is one connection, used by one goroutine at a time.
type conn struct {
	tls   *libc.TLS
	db    uintptr
	cell  uintptr // where SQLite puts what it returns through a pointer
	stmts map[string]*stmt
	wrote int // rows changed by statements of exec, for the writer
}

// pin keeps a piece of memory of every size in use, for good: the allocator gives
// its pages back to the system with the last piece in them, and SQLite takes and
// frees such a piece at almost every insert.
var pin = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	for size := types.Size_t(16); size <= 16<<10; size *= 2 {
		libc.Xmalloc(tls, size)
	}
})

// connect opens the file at path through the VFS of that name; the empty name
// is the operating system's own.
func connect(path, vfs string, flags int32) (*conn, error) {
	pin()
	c := &conn{tls: libc.NewTLS(), stmts: map[string]*stmt{}}
	c.cell = libc.Xcalloc(c.tls, 2, 8)
	name, err := libc.CString(path)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, name)
	var system uintptr
	if vfs != "" {
		if system, err = libc.CString(vfs); err != nil {
			return nil, err
		}
		defer libc.Xfree(c.tls, system)
	}
	rc := lib.Xsqlite3_open_v2(c.tls, name, c.cell, flags|lib.SQLITE_OPEN_NOMUTEX, system)
	c.db = *at[uintptr](c.cell)
	if rc == lib.SQLITE_OK {
		rc = lib.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	}
	if rc == lib.SQLITE_OK {
		rc = lib.Xsqlite3_busy_timeout(c.tls, c.db, 5000)
	}
	if rc == lib.SQLITE_OK {
		// The last connection to close would move the log into the file and sync
		// it, also after a sync has failed.
		list := libc.NewVaList(int32(1), uintptr(0))
		rc = lib.Xsqlite3_db_config(c.tls, c.db, lib.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, list)
		libc.Xfree(c.tls, list)
	}
	if rc != lib.SQLITE_OK {
		err := c.fault(rc)
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *conn) fault(rc int32) error {
	return &fault{rc, libc.GoString(lib.Xsqlite3_errstr(c.tls, rc))}
}

// close ends the connection and its statements.
func (c *conn) close() error {
	for _, s := range c.stmts {
		lib.Xsqlite3_finalize(c.tls, s.handle)
		for _, b := range s.bound {
			libc.Xfree(c.tls, b.start)
		}
	}
	c.stmts = nil
	rc := lib.Xsqlite3_close_v2(c.tls, c.db)
	libc.Xfree(c.tls, c.cell)
	c.tls.Close()
	if rc != lib.SQLITE_OK {
		return &fault{rc, "closing"}
	}
	return nil
}

// stmt is a compiled statement with the memory its parameters stand in.
type stmt struct {
	handle uintptr
	bound  []memory
}

// memory is a piece outside Go's heap.
type memory struct {
	start uintptr
	size  int
}

// spacious is the largest parameter whose memory is kept for the next run.
const spacious = 256 << 10

// at is the value of SQLite's memory at p.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

func bytesAt(p uintptr, n int) []byte { return unsafe.Slice(at[byte](p), n) }

func (c *conn) prepare(sql string) (*stmt, error) {
	if s := c.stmts[sql]; s != nil {
		return s, nil
	}
	text, err := libc.CString(sql)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, text)
	if rc := lib.Xsqlite3_prepare_v3(c.tls, c.db, text, -1, lib.SQLITE_PREPARE_PERSISTENT, c.cell, 0); rc != lib.SQLITE_OK {
		return nil, c.fault(rc)
	}
	s := &stmt{handle: *at[uintptr](c.cell)}
	s.bound = make([]memory, lib.Xsqlite3_bind_parameter_count(c.tls, s.handle))
	c.stmts[sql] = s
	return s, nil
}

// put copies b to the memory of parameter i, which stays until the next run.
func (c *conn) put(s *stmt, i int, b string) uintptr {
	m := &s.bound[i]
	if m.size < len(b) || m.size > spacious || m.size == 0 {
		libc.Xfree(c.tls, m.start)
		m.size = len(b) + 64
		m.start = libc.Xmalloc(c.tls, types.Size_t(m.size))
	}
	copy(bytesAt(m.start, m.size), b)
	return m.start
}

func (c *conn) bind(s *stmt, args []any) error {
	if len(args) != len(s.bound) {
		panic(fmt.Sprintf("journal: %d arguments for %d parameters", len(args), len(s.bound)))
	}
	for i, a := range args {
		var rc int32
		n := int32(i + 1)
		switch a := a.(type) {
		case nil:
			rc = lib.Xsqlite3_bind_null(c.tls, s.handle, n)
		case int:
			rc = lib.Xsqlite3_bind_int64(c.tls, s.handle, n, int64(a))
		case int64:
			rc = lib.Xsqlite3_bind_int64(c.tls, s.handle, n, a)
		case bool:
			v := int64(0)
			if a {
				v = 1
			}
			rc = lib.Xsqlite3_bind_int64(c.tls, s.handle, n, v)
		case string:
			rc = lib.Xsqlite3_bind_text(c.tls, s.handle, n, c.put(s, i, a), int32(len(a)), 0)
		case []byte:
			if a == nil {
				rc = lib.Xsqlite3_bind_null(c.tls, s.handle, n)
				break
			}
			rc = lib.Xsqlite3_bind_blob(c.tls, s.handle, n, c.put(s, i, unsafe.String(unsafe.SliceData(a), len(a))), int32(len(a)), 0)
		default:
			panic(fmt.Sprintf("journal: a parameter of type %T", a))
		}
		if rc != lib.SQLITE_OK {
			return c.fault(rc)
		}
	}
	return nil
}

// row is one row of an answer; what it returns is the caller's to keep.
type row struct {
	c *conn
	s *stmt
}

func (r row) int(i int32) int64 { return lib.Xsqlite3_column_int64(r.c.tls, r.s.handle, i) }

func (r row) text(i int32) string { return string(r.blob(i)) }

// blob returns the bytes of a column, nil for NULL.
func (r row) blob(i int32) []byte {
	if lib.Xsqlite3_column_type(r.c.tls, r.s.handle, i) == lib.SQLITE_NULL {
		return nil
	}
	p := lib.Xsqlite3_column_blob(r.c.tls, r.s.handle, i)
	n := lib.Xsqlite3_column_bytes(r.c.tls, r.s.handle, i)
	return append(make([]byte, 0, n), bytesAt(p, int(n))...)
}

// query runs a statement and calls each for every row, until each returns an
// error.
func (c *conn) query(sql string, args []any, each func(row) error) error {
	s, err := c.prepare(sql)
	if err != nil {
		return err
	}
	if err := c.bind(s, args); err != nil {
		return err
	}
	defer lib.Xsqlite3_reset(c.tls, s.handle)
	for {
		switch rc := lib.Xsqlite3_step(c.tls, s.handle); rc {
		case lib.SQLITE_DONE:
			return nil
		case lib.SQLITE_ROW:
			if err := each(row{c, s}); err != nil {
				return err
			}
		default:
			return c.fault(rc)
		}
	}
}

// exec runs a statement whose rows nobody asks for.
func (c *conn) exec(sql string, args ...any) error {
	c.wrote++
	return c.query(sql, args, func(row) error { return nil })
}

// one calls each for the first row, and reports whether there was one.
func (c *conn) one(sql string, args []any, each func(row)) (found bool, err error) {
	err = c.query(sql, args, func(r row) error {
		if !found {
			each(r)
		}
		found = true
		return nil
	})
	return found, err
}

// until runs do, and interrupts what it asks of SQLite when the context ends.
func (c *conn) until(ctx context.Context, do func() error) error {
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		tls := libc.NewTLS() // c's own is the goroutine's that runs do
		defer tls.Close()
		lib.Xsqlite3_interrupt(tls, c.db)
	})
	err := do()
	if !stop() {
		<-ended // so that it interrupts nobody else
	}
	if primary(err) == lib.SQLITE_INTERRUPT {
		return busy(ctx.Err())
	}
	return err
}

// number returns the first column of the first row, 0 when there is none.
func (c *conn) number(sql string, args ...any) (n int64, err error) {
	_, err = c.one(sql, args, func(r row) { n = r.int(0) })
	return n, err
}

// script runs statements in order, none of which takes a parameter.
func (c *conn) script(statements ...string) error {
	for _, sql := range statements {
		if err := c.exec(sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// written is how many pages this connection has written so far.
func (c *conn) written() int64 {
	lib.Xsqlite3_db_status(c.tls, c.db, lib.SQLITE_DBSTATUS_CACHE_WRITE, c.cell, c.cell+8, 0)
	return int64(*at[int32](c.cell))
}
