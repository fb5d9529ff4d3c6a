// Package faulty is a file system for SQLite that breaks when it is told to,
// for tests: a sync or a write that reports an error, and the power that goes
// off in the middle. It stands on the operating system's own and passes
// everything else on to it.
package faulty

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	lib "modernc.org/sqlite/lib"
)

// Op is what a file is asked to do.
type Op string

// The operations that can break.
const (
	Write    Op = "write"
	Sync     Op = "sync"
	Truncate Op = "truncate"
)

// The codes of SQLite with which an operation usually breaks.
const (
	FsyncError int32 = lib.SQLITE_IOERR_FSYNC
	WriteError int32 = lib.SQLITE_IOERR_WRITE
	NoSpace    int32 = lib.SQLITE_FULL
)

// Disk is a file system by a name of its own.
type Disk struct {
	Name string
	// breaks decides whether an operation breaks.
	breaks atomic.Pointer[func(Op, string) int32]
	lies   atomic.Bool

	mu    sync.Mutex
	files map[string]*file // by path
}

// file is what is known of a file: what a power cut leaves of it for certain,
// and what was written since.
type file struct {
	durable []byte
	pending []change
}

// change is a write, or with nil data a truncation to size.
type change struct {
	at   int64
	data []byte
}

// The tables of C functions and files that SQLite knows by address.
var (
	mu      sync.Mutex
	open    = map[uintptr]opened{}      // by the address of SQLite's file
	ours    = map[uintptr]uintptr{}     // the system's methods → ours
	theirs  = map[uintptr]methods{}     // our methods → the system's
	disks   = map[uintptr]*Disk{}       // by the address of the VFS
	made    atomic.Int64                // for names
	tls     = libc.NewTLS()             // for what is set up once
	system  = lib.Xsqlite3_vfs_find     // the operating system's VFS
	account = lib.Xsqlite3_vfs_register // where a VFS is made known
)

type methods = lib.Tsqlite3_io_methods

type opened struct {
	disk *Disk
	path string
}

// New makes a disk that does not break yet.
func New() *Disk {
	mu.Lock()
	defer mu.Unlock()
	d := &Disk{Name: fmt.Sprintf("faulty-%d", made.Add(1)), files: map[string]*file{}}
	base := system(tls, 0)
	vfs := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(lib.Tsqlite3_vfs{})))
	*at[lib.Tsqlite3_vfs](vfs) = *at[lib.Tsqlite3_vfs](base)
	name, err := libc.CString(d.Name)
	if err != nil {
		panic(err)
	}
	v := at[lib.Tsqlite3_vfs](vfs)
	v.FzName, v.FpNext, v.FxOpen, v.FxDelete = name, 0, pointer(xOpen), pointer(xDelete)
	disks[vfs] = d
	if rc := account(tls, vfs, 0); rc != lib.SQLITE_OK {
		panic(fmt.Sprintf("faulty: registering: %d", rc))
	}
	return d
}

// Break makes every operation break with the code that decide returns for it
// and the name of its file; 0 lets it be, and nil ends it.
func (d *Disk) Break(decide func(Op, string) int32) {
	if decide == nil {
		d.breaks.Store(nil)
		return
	}
	d.breaks.Store(&decide)
}

// Lie makes every sync answer that it has synced without having done so.
func (d *Disk) Lie(lies bool) { d.lies.Store(lies) }

// PowerCut returns what would be found in each file if the power went off now:
// everything that was synced, and of what was written since, any part: whole
// writes, none, or the first sectors of one.
func (d *Disk) PowerCut(r *rand.Rand) map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := map[string][]byte{}
	for path, f := range d.files {
		image := append([]byte(nil), f.durable...)
		for _, c := range f.pending {
			switch r.IntN(4) {
			case 0: // lost
			case 1:
				if c.data != nil {
					c.data = c.data[:len(c.data)/512/2*512]
				}
				fallthrough
			default:
				image = c.apply(image)
			}
		}
		found[path] = image
	}
	return found
}

func (c change) apply(image []byte) []byte {
	if c.data == nil {
		return image[:min(int64(len(image)), c.at)]
	}
	if end := c.at + int64(len(c.data)); end > int64(len(image)) {
		image = append(image, make([]byte, end-int64(len(image)))...)
	}
	copy(image[c.at:], c.data)
	return image
}

// at is SQLite's memory at p.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// pointer is the address by which SQLite calls a Go function; function is the
// inverse.
func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

type (
	openFunc   = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	closeFunc  = func(*libc.TLS, uintptr) int32
	writeFunc  = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	deleteFunc = func(*libc.TLS, uintptr, uintptr, int32) int32
	sizeFunc   = func(*libc.TLS, uintptr, int64) int32
	syncFunc   = func(*libc.TLS, uintptr, int32) int32
)

// xOpen opens a file of the system's and puts our methods into it.
func xOpen(t *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	base := system(t, 0)
	rc := function[openFunc](at[lib.Tsqlite3_vfs](base).FxOpen)(t, base, name, file, flags, out)
	if rc != lib.SQLITE_OK {
		return rc
	}
	mu.Lock()
	defer mu.Unlock()
	d := disks[vfs]
	if name != 0 && d != nil {
		f := at[lib.Tsqlite3_file](file)
		open[file] = opened{d, libc.GoString(name)}
		f.FpMethods = wrapped(f.FpMethods)
	}
	return rc
}

// xDelete takes a file away, for good: whoever relies on that syncs the folder.
func xDelete(t *libc.TLS, vfs, name uintptr, sync int32) int32 {
	mu.Lock()
	d := disks[vfs]
	mu.Unlock()
	d.mu.Lock()
	delete(d.files, libc.GoString(name))
	d.mu.Unlock()
	base := system(t, 0)
	return function[deleteFunc](at[lib.Tsqlite3_vfs](base).FxDelete)(t, base, name, sync)
}

// wrapped returns our methods over the system's.
func wrapped(base uintptr) uintptr {
	if p := ours[base]; p != 0 {
		return p
	}
	p := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(methods{})))
	m := at[methods](p)
	*m = *at[methods](base)
	theirs[p] = *m
	m.FxClose, m.FxWrite, m.FxSync, m.FxTruncate = pointer(xClose), pointer(xWrite), pointer(xSync), pointer(xTruncate)
	ours[base] = p
	return p
}

// of returns the disk and path of a file, and the system's methods for it.
func of(file uintptr) (opened, methods) {
	mu.Lock()
	defer mu.Unlock()
	return open[file], theirs[at[lib.Tsqlite3_file](file).FpMethods]
}

func (o opened) breaks(op Op) int32 {
	if decide := o.disk.breaks.Load(); decide != nil {
		return (*decide)(op, o.path)
	}
	return lib.SQLITE_OK
}

// note writes down a change of a file, or with settle that all of them are on
// the disk for good.
func (o opened) note(c change, settle bool) {
	o.disk.mu.Lock()
	defer o.disk.mu.Unlock()
	f := o.disk.files[o.path]
	if f == nil {
		f = &file{}
		o.disk.files[o.path] = f
	}
	if !settle {
		f.pending = append(f.pending, c)
		return
	}
	for _, c := range f.pending {
		f.durable = c.apply(f.durable)
	}
	f.pending = nil
}

func xClose(t *libc.TLS, file uintptr) int32 {
	_, base := of(file)
	mu.Lock()
	delete(open, file)
	mu.Unlock()
	return function[closeFunc](base.FxClose)(t, file)
}

func xWrite(t *libc.TLS, file, from uintptr, n int32, offset int64) int32 {
	o, base := of(file)
	if rc := o.breaks(Write); rc != lib.SQLITE_OK {
		return rc
	}
	o.note(change{offset, append([]byte{}, unsafe.Slice(at[byte](from), n)...)}, false)
	return function[writeFunc](base.FxWrite)(t, file, from, n, offset)
}

func xTruncate(t *libc.TLS, file uintptr, size int64) int32 {
	o, base := of(file)
	if rc := o.breaks(Truncate); rc != lib.SQLITE_OK {
		return rc
	}
	o.note(change{at: size}, false)
	return function[sizeFunc](base.FxTruncate)(t, file, size)
}

func xSync(t *libc.TLS, file uintptr, flags int32) int32 {
	o, base := of(file)
	if rc := o.breaks(Sync); rc != lib.SQLITE_OK {
		return rc
	}
	rc := function[syncFunc](base.FxSync)(t, file, flags)
	if rc == lib.SQLITE_OK && !o.disk.lies.Load() {
		o.note(change{}, true)
	}
	return rc
}
