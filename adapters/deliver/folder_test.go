package deliver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const messageID = "019ac0de-0000-7000-8000-000000000001"

func parcel(body string) Parcel {
	return Parcel{ID: messageID, ContentType: "application/fhir+json", Body: []byte(body)}
}

func newFolder(t *testing.T) (*Folder, string) {
	t.Helper()
	path := t.TempDir()
	f, err := NewFolder("gp", path)
	if err != nil {
		t.Fatal(err)
	}
	return f, path
}

// names lists what is in a folder.
func names(t testing.TB, path string) (all []string) {
	t.Helper()
	list, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		all = append(all, e.Name())
	}
	return all
}

// A message is a file named after it, whole; the same again is the same, and what
// is not the same is left alone.
func TestFolder(t *testing.T) {
	f, path := newFolder(t)
	expect := func(name string, p Parcel, want Verdict) {
		t.Helper()
		if got, said := f.Send(t.Context(), p); got != want || said != nil {
			t.Errorf("%s: got %+v, %q, want %+v", name, got, said, want)
		}
	}
	file := filepath.Join(path, messageID+".json")
	expect("new", parcel("æøå"), Verdict{Delivered, Written, 0})
	expect("again", parcel("æøå"), Verdict{Delivered, Known, 0})
	expect("other content", parcel("æøx"), Verdict{Dead, Conflict, 0})
	expect("longer", parcel("æøåx"), Verdict{Dead, Conflict, 0})
	if text, err := os.ReadFile(file); string(text) != "æøå" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("everybody may read it: %v", err)
	}
	os.Remove(file) // its receiver took it
	expect("taken", parcel("æøx"), Verdict{Delivered, Written, 0})
	if got := names(t, path); len(got) != 1 {
		t.Errorf("got %q", got)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if v, _ := f.Send(gone, Parcel{ID: "x"}); v != (Verdict{Retry, NoAnswer, 0}) {
		t.Errorf("got %+v", v)
	}
	os.RemoveAll(path)
	expect("no folder", parcel("x"), Verdict{Retry, NoFolder, 0})
	if f.Close(); f.String() != "receiver gp" {
		t.Errorf("got %s", f)
	}
}

// What a broken attempt left behind is in nobody's way.
func TestFolderLeftover(t *testing.T) {
	f, path := newFolder(t)
	f.open = limited(f.open, func(op string) error { return map[string]error{"rename": syscall.EIO, "remove": syscall.EIO}[op] }, nil)
	if v, _ := f.Send(t.Context(), parcel("x")); v != (Verdict{Retry, NoFolder, 0}) {
		t.Errorf("got %+v", v)
	}
	f, _ = NewFolder("gp", path)
	f.open = limited(f.open, func(op string) error { return map[string]error{"rename": syscall.EIO}[op] }, nil)
	f.Send(t.Context(), parcel("x"))
	os.WriteFile(filepath.Join(path, tempOf(t, f, path)), []byte("half"), 0o600)
	f, _ = NewFolder("gp", path)
	if v, _ := f.Send(t.Context(), parcel("x")); v != (Verdict{Delivered, Written, 0}) {
		t.Errorf("got %+v", v)
	}
	if got := names(t, path); len(got) != 1 || got[0] != messageID+".json" {
		t.Errorf("got %q", got)
	}
}

// tempOf returns the name that a file has before it has its own.
func tempOf(t testing.TB, f *Folder, path string) (temp string) {
	t.Helper()
	seen := f.open
	defer func() { f.open = seen }()
	f.open = limited(seen, func(string) error { return nil }, func(op, name string) {
		if op == "create" {
			temp = name
		}
	})
	f.Send(t.Context(), parcel("x"))
	os.Remove(filepath.Join(path, messageID+".json"))
	return temp
}

// No name leads out of the folder, and no link is followed.
func TestFolderLinks(t *testing.T) {
	outside := t.TempDir()
	victim := filepath.Join(outside, "victim")
	for _, to := range []string{victim, "../" + filepath.Base(outside) + "/victim", outside, "loop"} {
		f, path := newFolder(t)
		os.WriteFile(victim, []byte("mine"), 0o600)
		if err := os.Symlink(to, filepath.Join(path, messageID+".json")); err != nil {
			t.Fatal(err)
		}
		if v, _ := f.Send(t.Context(), parcel("mine")); v != (Verdict{Dead, Conflict, 0}) {
			t.Errorf("%s: got %+v", to, v)
		}
		if text, _ := os.ReadFile(victim); string(text) != "mine" || len(names(t, outside)) != 1 {
			t.Errorf("%s: was written to", to)
		}
	}
	f, path := newFolder(t)
	temp := tempOf(t, f, path)
	os.Symlink(victim, filepath.Join(path, temp))
	if v, _ := f.Send(t.Context(), parcel("new")); v != (Verdict{Delivered, Written, 0}) {
		t.Errorf("got %+v", v)
	}
	if text, _ := os.ReadFile(victim); string(text) != "mine" {
		t.Errorf("got %q", text)
	}
	os.MkdirAll(filepath.Join(path, "taken.json"), 0o700)
	if v, _ := f.Send(t.Context(), Parcel{ID: "taken", ContentType: "application/json"}); v != (Verdict{Dead, Conflict, 0}) {
		t.Errorf("a folder: got %+v", v)
	}
	for _, id := range []string{"", ".", "..", "../x", "/etc/passwd", "a/b", ".hidden", "a\x00b", strings.Repeat("a", 300), "2509479989 Bruno", "a.json"} {
		name := fileName(Parcel{ID: id, ContentType: "application/xml"})
		if !strings.HasPrefix(name, "message-") || !strings.HasSuffix(name, ".xml") || len(name) != len("message-")+64+4 {
			t.Errorf("%q: got %q", id, name)
		}
	}
	if got := fileName(Parcel{ID: "a-1_B", ContentType: "text/plain"}); got != "a-1_B.txt" {
		t.Errorf("got %q", got)
	}
}

// Many messages at once, some of them twice, are each there once.
func TestFolderAtOnce(t *testing.T) {
	f, path := newFolder(t)
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			p := Parcel{ID: fmt.Sprintf("m%d", n), ContentType: "text/xml", Body: []byte(strings.Repeat("x", n*1000))}
			if v, _ := f.Send(t.Context(), p); v.Class != Delivered {
				t.Errorf("%d: got %+v", n, v)
			}
		})
	}
	all.Wait()
	if got := names(t, path); len(got) != 40 {
		t.Errorf("got %d files: %q", len(got), got)
	}
}

// limited wraps the disk of a folder: before each operation fail says how it goes,
// and seen is told of it when it went well.
func limited(open func() (disk, error), fail func(op string) error, seen func(op, name string)) func() (disk, error) {
	return func() (disk, error) {
		if err := fail("open"); err != nil {
			return nil, err
		}
		d, err := open()
		if seen == nil {
			seen = func(string, string) {}
		}
		return &faulty{d, fail, seen}, err
	}
}

type faulty struct {
	disk
	fail func(op string) error
	seen func(op, name string)
}

func (d *faulty) try(op, name string, do func() error) error {
	if err := d.fail(op); err != nil {
		return err
	}
	err := do()
	if err == nil {
		d.seen(op, name)
	}
	return err
}

func (d *faulty) Lstat(name string) (info fs.FileInfo, err error) {
	err = d.try("lstat", name, func() error { info, err = d.disk.Lstat(name); return err })
	return info, err
}

func (d *faulty) Rename(from, to string) error {
	return d.try("rename", to, func() error { return d.disk.Rename(from, to) })
}

func (d *faulty) Remove(name string) error {
	return d.try("remove", name, func() error { return d.disk.Remove(name) })
}

func (d *faulty) OpenFile(name string, flag int, perm fs.FileMode) (f file, err error) {
	op := "read"
	if flag&os.O_CREATE != 0 {
		op = "create"
	}
	err = d.try(op, name, func() error { f, err = d.disk.OpenFile(name, flag, perm); return err })
	return &faultyFile{f, name, d}, err
}

type faultyFile struct {
	file
	name string
	d    *faulty
}

func (f *faultyFile) Write(b []byte) (n int, err error) {
	if err := f.d.fail("write"); err != nil {
		n, _ = f.file.Write(b[:len(b)/2])
		return n, err
	}
	n, err = f.file.Write(b)
	f.d.seen("write", f.name)
	return n, err
}

func (f *faultyFile) Sync() error { return f.d.try("sync", f.name, f.file.Sync) }

// Whatever fails, and when, a file of the message's name is whole, the message is
// not said to be delivered before file and folder are durable, and it is in the
// end, once.
func TestFolderFaults(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	body := strings.Repeat("æ", 5000)
	for round := range 300 {
		f, path := newFolder(t)
		real := f.open
		for attempt := 1; ; attempt++ {
			var log []string
			left := random.IntN(12) // operations until the fault
			if attempt == 30 {
				left = 1000
			}
			failed := []error{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT, syscall.EACCES, errors.New("cut")}[random.IntN(5)]
			f.open = limited(real, func(op string) error {
				if left--; left < 0 { // from then on nothing works
					return failed
				}
				return nil
			}, func(op, name string) { log = append(log, op+" "+name) })
			v, _ := f.Send(t.Context(), parcel(body))
			text, err := os.ReadFile(filepath.Join(path, messageID+".json"))
			if err == nil && string(text) != body || v.Class == Delivered && err != nil {
				t.Fatalf("round %d, %+v: %d bytes, %v, after %q", round, v, len(text), err, log)
			}
			full := errors.Is(failed, syscall.ENOSPC) || errors.Is(failed, syscall.EDQUOT)
			switch done := strings.Join(log, "; "); {
			case v.Class == Retry && (v.Code == DiskFull) != full:
				t.Fatalf("round %d: %v came to %+v", round, failed, v)
			case v.Class == Retry:
				continue
			case v.Class != Delivered:
				t.Fatalf("round %d: got %+v", round, v)
			case !strings.HasSuffix(done, "sync ."),
				v.Code == Known && !strings.Contains(done, "sync "+messageID),
				v.Code == Written && !strings.Contains(done, ".part; sync .tolk-"),
				v.Code == Written && strings.Index(done, "sync .tolk-") > strings.Index(done, "rename"):
				t.Fatalf("round %d: %+v after %s", round, v, done)
			}
			break
		}
		f.open = real
		if v, _ := f.Send(t.Context(), parcel(body)); v != (Verdict{Delivered, Known, 0}) {
			t.Fatalf("round %d: got %+v", round, v)
		}
		if got := names(t, path); len(got) != 1 {
			t.Fatalf("round %d: got %q", round, got)
		}
	}
}

// A full disk keeps nothing of the message, and takes it when there is room again.
func TestFolderFull(t *testing.T) {
	f, path := newFolder(t)
	real := f.open
	f.open = limited(real, func(op string) error {
		return map[string]error{"write": &fs.PathError{Op: "write", Err: syscall.ENOSPC}}[op]
	}, nil)
	if v, _ := f.Send(t.Context(), parcel("x")); v != (Verdict{Retry, DiskFull, 0}) || len(names(t, path)) != 0 {
		t.Errorf("got %+v and %q", v, names(t, path))
	}
	f.open = real
	if v, _ := f.Send(t.Context(), parcel("x")); v != (Verdict{Delivered, Written, 0}) {
		t.Errorf("got %+v", v)
	}
}
