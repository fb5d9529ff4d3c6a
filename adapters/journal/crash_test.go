package journal

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/adapters/journal/faulty"
)

var (
	kills = flag.Int("kills", 5, "how often TestKill kills the process")
	seed  = flag.Uint64("seed", 0, "the seed of the tests that need luck; 0 takes a new one")
)

// luck returns a source of random numbers whose seed is printed.
func luck(t testing.TB) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", s)
	return rand.New(rand.NewPCG(s, s))
}

// victim is set for the process that TestKill kills.
const victim = "TOLK_JOURNAL_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		if err := sufferUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	flag.Parse()
	checks := flag.Lookup("rapid.checks")
	if checks.Value.String() == checks.DefValue { // each step of the laws is an fsync
		flag.Set(checks.Name, "25")
	}
	os.Exit(m.Run())
}

// sufferUntilKilled accepts and delivers without end, and prints every
// identifier once it is acknowledged, and every delivery once it is recorded.
func sufferUntilKilled(dir string) error {
	flag.Parse()
	keys, err := OpenKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		return err
	}
	ctx := context.Background()
	j, err := Open(ctx, filepath.Join(dir, "data"), Options{Keys: keys, Ballast: 4096, MaxBroken: 1000})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	say := func(what, id string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(what, id) // one write of one line: whole, or not there
	}
	for s := range 8 {
		go func() {
			for n := 0; ; n++ {
				m := letter(n)
				m.Bundle, m.Header, m.Transport = m.ID, "h"+m.ID, "t"+m.ID
				m.Patient = fmt.Sprint(s, n%7)
				if r, err := j.Accept(ctx, m); err == nil && r.Verdict == Accepted {
					say("accepted", m.ID)
				}
			}
		}()
	}
	for {
		for _, retries := range []bool{true, false} {
			list, _, err := j.Due(ctx, Queue{Destination: "gp", Retries: retries}, 20)
			if err != nil {
				return err
			}
			for _, d := range list {
				a, err := j.Attempt(ctx, d.Delivery)
				if err != nil {
					return err
				}
				say("sent", a.Message)
				if err := j.Finish(ctx, a, Outcome{State: Delivered}); err != nil {
					return err
				}
				say("delivered", a.Message)
			}
		}
	}
}

// Whatever was acknowledged before the process was killed is there afterwards,
// in one state, under an audit that verifies.
func TestKill(t *testing.T) {
	r := luck(t)
	dir := t.TempDir()
	if err := InitKeys(filepath.Join(dir, "keys.json")); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	delivered := map[string]bool{}
	for n := range *kills {
		c := exec.Command(os.Args[0], "-test.run=^$")
		c.Env = append(os.Environ(), victim+"="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var complaint strings.Builder
		c.Stderr = &complaint
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		fresh := 0
		for lines.Scan() {
			what, id, _ := strings.Cut(lines.Text(), " ")
			switch what {
			case "accepted":
				if fresh++; fresh == 1 {
					wait := time.Duration(20+r.IntN(400)) * time.Millisecond
					time.AfterFunc(wait, func() { c.Process.Kill() })
				}
				acknowledged[id] = true
			case "delivered":
				delivered[id] = true
			}
		}
		c.Wait()
		if fresh == 0 {
			t.Fatalf("kill %d: nothing was accepted: %s", n, complaint.String())
		}
	}
	keys, err := OpenKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	j := reopen(t, filepath.Join(dir, "data"), Options{Keys: keys})
	t.Logf("%d acknowledged, %d delivered, in %d lives", len(acknowledged), len(delivered), *kills)
	mustHold(t, j, acknowledged, delivered)
	if err := j.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// mustHold checks that every acknowledged message is there, some hundred of
// them with their bodies, that every delivered one is delivered, and that the
// audit verifies.
func mustHold(t testing.TB, j *Journal, acknowledged, delivered map[string]bool) (lost int) {
	t.Helper()
	states := map[string][]State{}
	err := j.read(t.Context(), func(c *conn) error {
		return c.query(`SELECT id, state FROM message m JOIN delivery d ON `+its, nil, func(r row) error {
			states[r.text(0)] = append(states[r.text(0)], State(r.int(1)))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for id := range acknowledged {
		switch s := states[id]; {
		case len(s) == 0:
			lost++
			continue
		case len(s) > 1, delivered[id] && s[0] != Delivered, s[0] == Sending:
			t.Errorf("%s: got %v", id, s)
		}
		if read++; read > 200 {
			continue
		}
		if _, err := j.Original(t.Context(), id); err != nil {
			t.Errorf("%s: got %v", id, err)
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged messages are lost", lost, len(acknowledged))
	}
	verify(t, j)
	return lost
}

// failures counts what a check complains of instead of failing.
type failures struct {
	testing.TB
	count int
}

func (f *failures) Errorf(string, ...any)     { f.count++ }
func (f *failures) Fatal(...any)              { f.count++ }
func (f *failures) Helper()                   {}
func (f *failures) Fatalf(s string, a ...any) { f.TB.Fatalf(s, a...) }

// powerCuts accepts on a disk while the power is cut again and again, and
// checks what each cut leaves.
func powerCuts(t testing.TB, d *faulty.Disk, cuts int, check func(*Journal, map[string]bool), refused func(error)) {
	t.Helper()
	r := luck(t)
	keys := testKeys(t)
	dir := t.TempDir()
	j := reopen(t, dir, Options{Keys: keys, VFS: d.Name})
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for s := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				m := letter(n)
				m.Bundle, m.Header, m.Transport = m.ID, "h"+m.ID, "t"+m.ID
				m.Patient = fmt.Sprint(s, n%7)
				if got, err := j.Accept(t.Context(), m); err != nil || got.Verdict != Accepted {
					t.Errorf("accept: got %+v, %v", got, err)
					return
				}
				mu.Lock()
				acknowledged[m.ID] = true
				mu.Unlock()
			}
		})
	}
	for range cuts {
		time.Sleep(time.Duration(5+r.IntN(60)) * time.Millisecond)
		mu.Lock()
		before := map[string]bool{}
		for id := range acknowledged {
			before[id] = true
		}
		mu.Unlock()
		left := t.TempDir()
		for path, text := range d.PowerCut(r) {
			if err := os.WriteFile(filepath.Join(left, filepath.Base(path)), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		k, err := Open(t.Context(), left, Options{Keys: keys, Ballast: 4096})
		if err != nil {
			refused(err)
			continue
		}
		check(k, before)
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	t.Logf("%d acknowledged, %d power cuts", len(acknowledged), cuts)
}

// What was acknowledged survives the loss of everything that was not synced.
func TestPowerCut(t *testing.T) {
	powerCuts(t, faulty.New(), 8,
		func(j *Journal, acknowledged map[string]bool) { mustHold(t, j, acknowledged, nil) },
		func(err error) { t.Errorf("after a power cut: %v", err) })
}

// The check of TestPowerCut can fail: on a disk that lies about its syncs,
// acknowledged messages are lost.
func TestPowerCutOfALiar(t *testing.T) {
	d := faulty.New()
	lost := 0
	f := &failures{TB: t}
	powerCuts(t, d, 3, func(j *Journal, acknowledged map[string]bool) {
		lost += mustHold(f, j, acknowledged, nil)
		d.Lie(true) // from the first cut on
	}, func(error) { lost++ })
	if lost == 0 {
		t.Error("nothing was lost on a disk that does not sync")
	}
}

// After an error of fsync the journal takes nothing more, says so, and does
// not ask for another sync; opened again, it has all it acknowledged.
func TestFsyncError(t *testing.T) {
	d := faulty.New()
	keys, dir := testKeys(t), t.TempDir()
	j := reopen(t, dir, Options{Keys: keys, VFS: d.Name})
	first := letter(1)
	accept(t, j, first)
	syncs := 0
	d.Break(func(op faulty.Op, _ string) int32 {
		if op != faulty.Sync {
			return 0
		}
		if syncs++; syncs == 1 {
			return faulty.FsyncError
		}
		return 0
	})
	if r, err := j.Accept(t.Context(), letter(2)); !errors.Is(err, ErrUnknown) {
		t.Errorf("the message whose sync broke: got %+v, %v, want ErrUnknown", r, err)
	}
	if r, err := j.Accept(t.Context(), letter(3)); !errors.Is(err, ErrStopped) {
		t.Errorf("the next: got %+v, %v, want ErrStopped", r, err)
	}
	if err := j.Ready(); !errors.Is(err, ErrStopped) {
		t.Errorf("ready: got %v", err)
	}
	if _, err := j.Life(t.Context(), first.ID); err != nil {
		t.Errorf("reading goes on: got %v", err)
	}
	select {
	case <-j.Changed("gp"):
	default:
		t.Error("a worker waits at a stopped journal")
	}
	if err := j.Close(); !errors.Is(err, ErrStopped) {
		t.Errorf("close: got %v", err)
	}
	if syncs != 1 {
		t.Errorf("syncs after the error: got %d, want none", syncs-1)
	}
	d.Break(nil)
	k := reopen(t, dir, Options{Keys: keys, VFS: d.Name})
	mustHold(t, k, map[string]bool{first.ID: true}, nil)
	again := letter(2)
	if r, err := k.Accept(t.Context(), again); err != nil || r.Verdict == Conflict {
		t.Errorf("sent again: got %+v, %v", r, err)
	}
	if r, err := k.Accept(t.Context(), again); err != nil || r.Verdict != Duplicate {
		t.Errorf("and again: got %+v, %v", r, err)
	}
}

// With a full disk nothing is accepted, attempts and reading go on, and it
// goes on by itself when there is room again.
func TestDiskFull(t *testing.T) {
	d := faulty.New()
	keys, dir := testKeys(t), t.TempDir()
	j := reopen(t, dir, Options{Keys: keys, VFS: d.Name, Ballast: 1 << 20})
	m := letter(1)
	accept(t, j, m)
	ballast := filepath.Join(dir, "ballast")
	// The disk has the room that the ballast takes, and no more.
	room := func() bool {
		_, err := os.Stat(ballast)
		return os.IsNotExist(err)
	}
	// The ballast cannot come back while the disk is full.
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d.Break(func(op faulty.Op, _ string) int32 {
		if op == faulty.Write && !room() {
			return faulty.NoSpace
		}
		return 0
	})
	if r, err := j.Accept(t.Context(), letter(2)); !errors.Is(err, ErrFull) {
		t.Fatalf("got %+v, %v, want ErrFull", r, err)
	}
	if !room() {
		t.Error("the ballast is still there")
	}
	if err := j.Ready(); !errors.Is(err, ErrFull) {
		t.Errorf("ready: got %v", err)
	}
	if _, err := j.Accept(t.Context(), letter(3)); !errors.Is(err, ErrFull) {
		t.Errorf("the next: got %v", err)
	}
	a := attempt(t, j, due(t, j, false)[0])
	finish(t, j, a, Outcome{State: Delivered})
	// Who fetches his mail gets a token for it.
	if first, err := j.Once(t.Context(), "gp", "jti-1", time.Now().Add(time.Minute)); !first || err != nil {
		t.Errorf("once: %v, %v", first, err)
	}
	if first, err := j.Once(t.Context(), "gp", "jti-1", time.Now().Add(time.Minute)); first || err != nil {
		t.Errorf("twice: %v, %v", first, err)
	}
	if p, err := j.Original(t.Context(), m.ID); err != nil || string(p.Body) != string(m.Body) {
		t.Errorf("reading: got %+v, %v", p, err)
	}
	d.Break(nil)
	for start := time.Now(); j.Ready() != nil; time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			t.Fatal("there is room again, and nothing is accepted")
		}
	}
	accept(t, j, letter(2))
	accept(t, j, letter(3))
	verify(t, j)
}
