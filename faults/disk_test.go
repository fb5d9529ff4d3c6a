package faults

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"tolk/fixtures/shared"
	"tolk/mapping/exchange"
)

// Fault 7: a bit that turned in a file of the journal is found out, in the file of
// a node that was stopped as in the log of one that was killed. Either the node does
// not start and says why, or every message arrives as it was sent or lies with its
// reason; nothing altered is ever delivered, and none is gone without a word.
func TestFlippedBit(t *testing.T) {
	t.Parallel()
	r := luck(t)
	stop := func(n *node) { n.stop() }
	for name, c := range map[string]struct {
		end    func(*node)
		goesOn bool // somebody removed what says how the file was left
	}{"stopped": {stop, false}, "killed": {(*node).kill, false}, "stopped, and told to go on": {stop, true}} {
		t.Run(name, func(t *testing.T) {
			hospital := newReceiver(t)
			hospital.behave(stumbles) // so that everything waits
			n := started(t, configure(posted("sygehus", hospital.url())))
			b := newBook()
			handAll(t, b, n.as(bosted), "sygehus", 8, 4)
			until(t, "it has been tried", patience, func() bool { return n.as(overseer).open("sygehus", "sending") == 0 })
			time.Sleep(1500 * time.Millisecond) // the journal notes every second how far it came
			c.end(n)
			if c.goesOn {
				if err := os.Remove(filepath.Join(n.data, "head")); err != nil {
					t.Fatal(err)
				}
			}
			told := map[string]int{}
			for flip := range more(4, 60) {
				told[b.flip(t, n, r.Uint64(), flip, c.goesOn)]++
			}
			t.Logf("of %d flips: %v", more(4, 60), told)
		})
	}
}

// flip turns a bit in a copy of what a node left behind, starts another one with
// it, and returns what became of it. Where somebody told the node to go on with
// what is there, what nothing seals (an order, a row of an index) may be lost, and
// still nothing altered is delivered.
func (b *book) flip(t *testing.T, n *node, chance uint64, flip int, goesOn bool) string {
	t.Helper()
	hospital := newReceiver(t)
	m := newNode(t, configure(posted("sygehus", hospital.url())))
	replace(t, m.path("keys.json"), []byte(read(t, n.path("keys.json"))))
	copyFolder(t, n.data, m.data)
	name := anyFile(t, m.data, chance)
	text := []byte(read(t, name))
	bit := chance % uint64(8*len(text))
	text[bit/8] ^= 1 << (bit % 8)
	replace(t, name, text)
	if err := m.tryStart(); err != nil {
		if said := m.said.tail(2000); !strings.Contains(said, "journal") || strings.Contains(said, "panic") {
			t.Errorf("flip %d of %s: it does not start, and does not say why: %s", flip, filepath.Base(name), said)
		}
		return "start refused"
	}
	c := m.as(overseer)
	if goesOn {
		for end := time.Now().Add(2 * time.Second); time.Now().Before(end) && hospital.different() < b.count(); {
			time.Sleep(20 * time.Millisecond)
		}
	} else {
		b.comesToRest(t, m, c)
	}
	_, faults := b.arrived("sygehus", hospital.arrivals())
	if goesOn {
		faults = slices.DeleteFunc(faults, func(f string) bool { return strings.HasSuffix(f, "backwards") })
	}
	report(t, faults)
	arrived := hospital.different()
	if arrived == b.count() {
		return "everything arrived"
	}
	known := c.listed(t, b)
	switch {
	case goesOn:
		return "not everything arrived"
	case known == b.count() || !m.up():
		return "some lie with a reason"
	}
	t.Errorf("flip %d of %s: %d of %d messages are gone, and it starts as if nothing were wrong", flip, filepath.Base(name), b.count()-known, b.count())
	return "some are gone"
}

// comesToRest waits until what can be delivered is delivered.
func (b *book) comesToRest(t *testing.T, n *node, c *client) {
	t.Helper()
	until(t, "what can be delivered is delivered", patience, func() bool {
		all, err := c.health()
		if err != nil {
			return !n.up() // a journal that is found to be damaged stops
		}
		open := 0
		for _, h := range all {
			open += h.Open["waiting"] + h.Open["retry"] + h.Open["sending"]
			if dead := h.Open["dead"] + h.Open["held"]; dead > 0 {
				open -= b.count() // behind a dead one the citizen's others wait
			}
		}
		return open <= 0
	})
}

// listed is how many of the messages that were acknowledged the node lists.
func (c *client) listed(t *testing.T, b *book) (known int) {
	t.Helper()
	var said struct {
		Messages []exchange.Line `json:"messages"`
	}
	if err := c.get("/v1/exchange?limit=1000", &said); err != nil {
		return 0
	}
	for _, l := range said.Messages {
		if _, ok := b.taken[l.ID]; ok {
			known++
		}
	}
	return known
}

// anyFile is one of the files in which something stands, a large one rather than
// a small one.
func anyFile(t *testing.T, dir string, chance uint64) string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var sizes []uint64
	total := uint64(0)
	for _, e := range all {
		name := e.Name()
		i, err := e.Info()
		if err != nil || i.Size() == 0 || !strings.HasPrefix(name, "journal.db") || strings.HasSuffix(name, "-shm") {
			continue // locks, the ballast, and what is made anew
		}
		names, sizes, total = append(names, filepath.Join(dir, name)), append(sizes, uint64(i.Size())), total+uint64(i.Size())
	}
	if total == 0 {
		t.Fatalf("there is no journal in %v", all)
	}
	at := chance >> 16 % total
	for i := range names {
		if at < sizes[i] {
			return names[i]
		}
		at -= sizes[i]
	}
	return names[0]
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Fault 6: a disk that does not write what it was told (here: files that may grow
// no further, which the system answers as an error of the write) ends the node.
// It does not acknowledge what it could not write, and what it acknowledged is
// there when it starts again.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	load := begin(b, n.as(bosted), "sygehus", 8, 5*time.Millisecond)
	for range more(2, 10) {
		before := b.count()
		until(t, "something is acknowledged", patience, func() bool { return b.count() > before+20 })
		l := n.current()
		if err := limitFiles(l.cmd.Process.Pid, 4096); err != nil {
			t.Fatal(err)
		}
		select {
		case <-l.ended:
		case <-time.After(20 * time.Second):
			got, err := n.as(bosted).push(laneLetter(7, 1_000_000, "sygehus"))
			t.Errorf("it goes on after its disk failed; it answers %s %v", got, err)
			n.kill()
		}
		if n.leave() != nil && l.err == nil {
			t.Error("it ended as if nothing were wrong")
		}
		n.start()
	}
	load.end()
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	n.stop()
	n.verify()
}

// limitFiles sets how large a file a process may write, from now on.
func limitFiles(pid int, size uint64) error {
	limit := syscall.Rlimit{Cur: size, Max: size}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// The small disk: this test binary, in a name space of its own, hangs a file
// system of a few megabytes in the place of the data folder and becomes tolk.
const (
	smallAt   = "TOLK_FAULTS_SMALL_AT"
	smallSize = 48 << 20
)

func playSmallDisk() int {
	err := syscall.Mount("tolk", os.Getenv(smallAt), "tmpfs", 0, "mode=700,size="+strconv.Itoa(smallSize))
	if err == nil {
		err = syscall.Exec(program0(), append([]string{"tolk"}, os.Args[1:]...), os.Environ())
	}
	fmt.Fprintln(os.Stderr, "the small disk cannot be made:", err)
	return 1
}

func program0() string { return os.Getenv("TOLK_FAULTS_PROGRAM") }

// onSmallDisk has a node started on a small disk.
func (n *node) onSmallDisk() {
	self, err := os.Executable()
	if err != nil {
		n.Fatal(err)
	}
	at := n.path("data")
	if err := os.MkdirAll(at, 0o700); err != nil {
		n.Fatal(err)
	}
	n.wrap = func(c *exec.Cmd) {
		c.Path = self
		c.Env = append(c.Env, role+"=small disk", smallAt+"="+at, "TOLK_FAULTS_PROGRAM="+program)
		c.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
	}
}

// unprivileged skips where the system lets nobody make a file system of his own,
// as some distributions do; where CI is set that is a fault of the machine.
func unprivileged(t *testing.T, err error) {
	t.Helper()
	shared.Missing(t, fmt.Sprintf("this machine lets nobody make a small file system: %v", err))
}

// Fault 5: a full disk stops what comes in and nothing else. The node stays up and
// says that it is full, delivers what it has, and takes messages again when there
// is room.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	filled := make(chan struct{})
	hospital.behave(func(arrival) (bool, http.HandlerFunc) { // it answers when the disk is full
		return true, func(w http.ResponseWriter, _ *http.Request) { <-filled }
	})
	to := posted("sygehus", hospital.url())
	to.HTTP["timeout"] = "1m"
	n := newNode(t, configure(to))
	n.onSmallDisk()
	if err := n.tryStart(); errors.Is(err, syscall.EPERM) || strings.Contains(n.said.tail(500), "small disk cannot be made") {
		unprivileged(t, err)
	} else if err != nil {
		t.Fatalf("%v %s", err, n.said.tail(2000))
	}
	inside := fmt.Sprintf("/proc/%d/root%s", n.current().cmd.Process.Pid, n.path("data"))
	n.data = inside
	b := newBook()
	c, watch := n.as(bosted), n.as(overseer)
	handAll(t, b, c, "sygehus", 8, 5)
	if watch.open("sygehus", "waiting") == 0 {
		t.Error("nothing waits")
	}
	filler := filepath.Join(inside, "andres")
	fill(t, filler)
	told := map[int]int{}
	for number := range 200 {
		l := referral("fuld", number, nil)
		l.receiver = "sygehus"
		l.body += strings.Repeat(" ", 200_000)
		b.offer(l)
		got, err := c.push(l)
		if err != nil {
			t.Fatalf("on a full disk it does not answer: %v", err)
		}
		told[got.status]++
		if got.status == http.StatusAccepted {
			b.take(l, idOf(got))
		} else if got.header.Get("Retry-After") == "" {
			t.Errorf("%s without Retry-After", got)
		}
	}
	for status := range told {
		if !slices.Contains([]int{http.StatusAccepted, http.StatusServiceUnavailable, http.StatusInsufficientStorage}, status) {
			t.Errorf("on a full disk it answers %d", status)
		}
	}
	if told[http.StatusServiceUnavailable]+told[http.StatusInsufficientStorage] == 0 {
		t.Errorf("the disk was never full: %v", told)
	}
	if !n.up() {
		t.Fatal("the node is down")
	}
	// What it had goes on, on the full disk.
	close(filled)
	hospital.behave(takes)
	rest(t, watch, patience)
	b.judge(t, watch, map[string]*receiver{"sygehus": hospital})
	if got := hospital.different(); got != b.count() {
		t.Errorf("%d of %d arrived while the disk was full", got, b.count())
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	handAll(t, b, c, "sygehus", 8, 8)
	rest(t, watch, patience)
	b.judge(t, watch, map[string]*receiver{"sygehus": hospital})
	t.Logf("answers on a full disk: %v", told)
	n.verify()
	n.stop()
}

// fill takes all the room that there is.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := io.Copy(f, strings.NewReader(strings.Repeat("x", size))); err != nil {
			size /= 2
		}
	}
}
