package journal

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Every step between two states is either in the table or refused.
func TestStates(t *testing.T) {
	for from := Waiting; from <= Released; from++ {
		for to := Waiting; to <= Released; to++ {
			want := from < Delivered && slices.Contains(follows[from], to)
			if got := from.may(to); got != want {
				t.Errorf("%v to %v: got %v, want %v", from, to, got, want)
			}
		}
	}
	if got := State(9).String(); got != "state(9)" {
		t.Errorf("got %s", got)
	}
}

// modelled is what the model knows of a delivery.
type modelled struct {
	seq         int64
	destination string
	patient     string
	state       State
	at          time.Time
	attempt     Attempt
	number      int
}

// model is a journal as it should be: the laws of order and state, in the
// simplest form.
type model struct {
	deliveries []*modelled
}

// first reports whether nothing open of d's patient stands before d.
func (m *model) first(d *modelled) bool {
	for _, o := range m.deliveries {
		if o == d {
			return true
		}
		if o.patient != "" && o.patient == d.patient && o.destination == d.destination && !o.state.Final() {
			return false
		}
	}
	return true
}

func (m *model) due(q Queue, now time.Time) (seqs []int64) {
	for _, d := range m.deliveries {
		state := Waiting
		if q.Retries {
			state = Retry
		}
		if d.destination == q.Destination && d.state == state && !d.at.After(now) && m.first(d) {
			seqs = append(seqs, d.seq)
		}
	}
	return seqs
}

// Whatever is done in whatever order, what is due is what the laws say, no
// state is left that is final, and a restart changes nothing but to give back
// what was being sent.
func TestDeliveryLaws(t *testing.T) {
	c := newClock()
	options := Options{Keys: testKeys(t), Now: c.Now, MaxBroken: 1 << 30}
	j := reopen(t, t.TempDir(), options)
	defer func() { j.Close() }()
	ctx := t.Context()
	run, letters, seq := 0, 0, int64(0)
	rapid.Check(t, func(t *rapid.T) {
		run++
		m := &model{}
		destinations := []string{fmt.Sprint("gp-", run), fmt.Sprint("psychiatry-", run)}
		pick := func() *modelled { return rapid.SampledFrom(m.deliveries).Draw(t, "delivery") }
		// refused compares an error with what the table of states says.
		refused := func(err error, may bool) bool {
			if may != (err == nil) || err != nil && !errors.Is(err, ErrState) {
				t.Fatalf("got %v, want it done: %v", err, may)
			}
			return err != nil
		}
		decide := func(to State, do func(int64) error) func(*rapid.T) {
			return func(t *rapid.T) {
				d := pick()
				// How an attempt ends, nobody decides but who made it.
				if refused(do(d.seq), d.state != Sending && d.state.may(to)) {
					return
				}
				d.state, d.at = to, c.Now()
			}
		}
		why, audit := Reason{Code: "test"}, Audit{Actor: "test"}
		accepts := func(t *rapid.T) {
			letters++
			l := letter(letters)
			l.Patient = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "patient")
			if l.Patient != "" {
				l.Patient += fmt.Sprint(run)
			}
			l.Destinations = nil
			for range rapid.IntRange(1, 2).Draw(t, "destinations") {
				d := Destination{Name: rapid.SampledFrom(destinations).Draw(t, "destination")}
				state := Waiting
				if rapid.IntRange(0, 5).Draw(t, "held") == 0 {
					d.Held, state = why, Held
				}
				l.Destinations = append(l.Destinations, d)
				seq++
				m.deliveries = append(m.deliveries, &modelled{seq: seq, destination: d.Name, patient: l.Patient, state: state, at: c.Now()})
			}
			if r, err := j.Accept(ctx, l); err != nil || r.Verdict != Accepted {
				t.Fatalf("got %+v, %v", r, err)
			}
		}
		accepts(t)
		t.Repeat(map[string]func(*rapid.T){
			"accept": accepts,
			"attempt": func(t *rapid.T) {
				d := pick()
				a, err := j.Attempt(ctx, d.seq)
				if refused(err, d.state.may(Sending) && m.first(d)) {
					return
				}
				d.number++
				d.state, d.attempt = Sending, a
				if a.Number != d.number {
					t.Fatalf("attempt: got %d, want %d", a.Number, d.number)
				}
			},
			"finish": func(t *rapid.T) {
				d := pick()
				o := Outcome{State: rapid.SampledFrom(follows[Sending]).Draw(t, "outcome"), Reason: why}
				if o.State == Retry {
					o.After = time.Duration(rapid.IntRange(0, 100).Draw(t, "after")) * time.Second
				}
				if d.number == 0 {
					return
				}
				if refused(j.Finish(ctx, d.attempt, o), d.state == Sending && d.attempt.Number == d.number) {
					return
				}
				d.state, d.at = o.State, c.Now().Add(o.After)
			},
			"rerun":   decide(Waiting, func(n int64) error { return j.Rerun(ctx, n, why, audit) }),
			"release": decide(Released, func(n int64) error { return j.Release(ctx, n, why, audit, nil) }),
			"hold":    decide(Held, func(n int64) error { return j.Hold(ctx, n, why, audit) }),
			"time": func(t *rapid.T) {
				c.add(time.Duration(rapid.IntRange(0, 200).Draw(t, "seconds")) * time.Second)
			},
			"restart": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "really") != 0 {
					return // it takes long
				}
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
				var err error
				if j, err = Open(ctx, j.dir, options); err != nil {
					t.Fatal(err)
				}
				for _, d := range m.deliveries {
					if d.state == Sending {
						d.state, d.at = Retry, c.Now()
					}
				}
			},
			"": func(t *rapid.T) {
				for _, destination := range destinations {
					for _, retries := range []bool{false, true} {
						q := Queue{Destination: destination, Retries: retries}
						list, _, err := j.Due(ctx, q, 0)
						var got []int64
						for _, d := range list {
							got = append(got, d.Delivery)
						}
						slices.Sort(got)
						if want := m.due(q, c.Now()); err != nil || !slices.Equal(got, want) {
							t.Fatalf("due %v: got %v, %v, want %v", q, got, err, want)
						}
					}
				}
			},
		})
		// What this run leaves open is not the next one's.
		for _, d := range m.deliveries {
			if d.state == Sending {
				if err := j.Finish(ctx, d.attempt, Outcome{State: Delivered}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	verify(t, j)
}

// A dead head blocks its patient at its destination, and nobody else anywhere.
func TestDeadHead(t *testing.T) {
	j, _ := start(t)
	for n, patient := range []string{"a", "a", "b", ""} {
		m := letter(n)
		m.Patient = patient
		m.Destinations = []Destination{{Name: "gp"}, {Name: "psychiatry"}}
		accept(t, j, m)
	}
	a := attempt(t, j, 1)
	finish(t, j, a, Outcome{State: Dead, Reason: Reason{Code: "refused"}})
	if got, want := due(t, j, false), []int64{5, 7}; !slices.Equal(got, want) {
		t.Errorf("at the GP: got %v, want %v", got, want)
	}
	list, _, err := j.Due(t.Context(), Queue{Destination: "psychiatry"}, 0)
	if err != nil || len(list) != 3 {
		t.Errorf("at psychiatry: got %v, %v, want three", list, err)
	}
	counts, err := j.Counts(t.Context())
	if err != nil || !slices.ContainsFunc(counts, func(c Counts) bool { return c.Destination == "gp" && c.State == Dead && c.Deliveries == 1 }) {
		t.Errorf("counts: got %+v, %v", counts, err)
	}
	if err := j.Release(t.Context(), 1, Reason{"sent-by-post", "called the GP"}, Audit{Actor: "nurse"}, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := due(t, j, false), []int64{3, 5, 7}; !slices.Equal(got, want) {
		t.Errorf("after the release: got %v, want %v", got, want)
	}
	if err := j.Release(t.Context(), 1, Reason{}, Audit{}, nil); !errors.Is(err, ErrState) {
		t.Errorf("released twice: got %v", err)
	}
}

// What ends the process again and again is taken out of the way.
func TestPoison(t *testing.T) {
	c := newClock()
	o := Options{Keys: testKeys(t), Now: c.Now, MaxBroken: 3}
	j := reopen(t, t.TempDir(), o)
	m := letter(1)
	accept(t, j, m)
	accept(t, j, letter(2))
	for n := range 3 {
		a := attempt(t, j, due(t, j, n > 0)[0])
		if a.Message != m.ID || a.Number != n+1 {
			t.Fatalf("attempt %d: got %+v", n, a)
		}
		j.Close() // with the attempt under way, as a crash leaves it
		j = reopen(t, j.dir, o)
	}
	l, err := j.Life(t.Context(), m.ID)
	if s := l.Summary.States[0]; err != nil || s.State != Dead || s.Code != interrupted || s.Attempts != 3 {
		t.Errorf("got %+v, %v", s, err)
	}
	if len(l.Tries) != 3 || l.Tries[0].State != Retry || l.Tries[2].State != Dead || l.Tries[2].Ended.IsZero() {
		t.Errorf("tries: got %+v", l.Tries)
	}
	if err := j.Rerun(t.Context(), 1, Reason{}, Audit{Actor: "tester"}); err != nil {
		t.Fatal(err)
	}
	a := attempt(t, j, due(t, j, false)[0])
	j.Close()
	j = reopen(t, j.dir, o)
	if got := due(t, j, true); len(got) != 1 || got[0] != a.Delivery {
		t.Errorf("a person sent it again, and the count began anew: got %v", got)
	}
	verify(t, j)
}

// When the clock is set back, nothing waits longer than it was told to.
func TestClockSetBack(t *testing.T) {
	j, c := start(t)
	accept(t, j, letter(1))
	a := attempt(t, j, due(t, j, false)[0])
	finish(t, j, a, Outcome{State: Retry, Reason: Reason{Code: "no-answer"}, After: time.Minute})
	due(t, j, true)
	c.add(-72 * time.Hour)
	due(t, j, true)
	c.add(time.Minute)
	if got := due(t, j, true); len(got) != 1 {
		t.Errorf("a minute later: got %v", got)
	}
	accept(t, j, letter(2))
	c.add(-72 * time.Hour)
	j.Close()
	j = reopen(t, j.dir, j.options)
	c.add(time.Minute)
	if got := due(t, j, true); len(got) != 1 {
		t.Errorf("a minute after a restart: got %v", got)
	}
}

// Whoever waits at a destination is woken by what comes there, and by the end.
func TestChanged(t *testing.T) {
	j, _ := start(t)
	rings := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	gp, other := j.Changed("gp"), j.Changed("psychiatry")
	accept(t, j, letter(1))
	if !rings(gp) || rings(other) {
		t.Errorf("after a message to the GP: got %v, %v, want true, false", rings(gp), rings(other))
	}
	accept(t, j, letter(2)) // stands behind the first
	a := attempt(t, j, due(t, j, false)[0])
	gp = j.Changed("gp")
	finish(t, j, a, Outcome{State: Delivered})
	if !rings(gp) {
		t.Error("the next may go, and nobody is told")
	}
	j.Close()
	if !rings(other) || !rings(j.Changed("gp")) {
		t.Error("whoever waits is not told that the journal closed")
	}
}

// An answer that follows from an attempt is stored with its outcome or not at
// all.
func TestReply(t *testing.T) {
	j, _ := start(t)
	accept(t, j, letter(1))
	a := attempt(t, j, due(t, j, false)[0])
	reply := letter(1) // the same identifiers: ours, and never taken for a duplicate
	reply.Sender, reply.Patient = "tolk", ""
	reply.Destinations = []Destination{{Name: "bosted-1"}}
	o := Outcome{State: Held, Reason: Reason{"unmappable", "no code"}, Reply: &reply}
	stale := a
	stale.Number = 7
	if err := j.Finish(t.Context(), stale, o); !errors.Is(err, ErrState) {
		t.Errorf("a stale attempt: got %v", err)
	}
	if _, err := j.Life(t.Context(), reply.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the reply of a stale attempt: got %v", err)
	}
	used := reply
	used.ID = a.Message
	if err := j.Finish(t.Context(), a, Outcome{State: Held, Reason: Reason{Code: "x"}, Reply: &used}); err == nil {
		t.Error("a reply under an identifier in use: got no error")
	}
	finish(t, j, a, o) // nothing of the outcome before was stored
	list, _, err := j.Due(t.Context(), Queue{Destination: "bosted-1"}, 0)
	if err != nil || len(list) != 1 {
		t.Errorf("the reply: got %v, %v", list, err)
	}
	bad := reply
	bad.ID = "1"
	if err := j.Finish(t.Context(), a, Outcome{State: Held, Reason: Reason{Code: "x"}, Reply: &bad}); err == nil {
		t.Error("a reply that cannot be stored: got no error")
	}
	for _, o := range []Outcome{{State: Waiting}, {State: Released}, {State: Dead}, {State: Retry}} {
		if err := j.Finish(t.Context(), a, o); err == nil {
			t.Errorf("%v without a reason: got no error", o.State)
		}
	}
}

// waiting fills a journal with n messages that wait.
func waiting(t testing.TB, dir string, n int, o Options) {
	t.Helper()
	j := reopen(t, dir, o)
	done := make(chan error)
	for s := range 64 {
		go func() {
			var err error
			for i := s; i < n && err == nil; i += 64 {
				m := letter(i)
				m.Patient = fmt.Sprint(i / 2)
				m.Body = append(m.Body, make([]byte, 2000)...)
				_, err = j.Accept(t.Context(), m)
			}
			done <- err
		}()
	}
	for range 64 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// What waits stands in the file and not in memory: with thousands waiting, the
// heap has grown by less than they would take as a list.
func TestWaitingIsNotInMemory(t *testing.T) {
	dir, o := t.TempDir(), Options{Keys: testKeys(t)}
	const n = 1000
	waiting(t, dir, n, o)
	heap := func() uint64 {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	before := heap()
	j := reopen(t, dir, o)
	if got := due(t, j, false); len(got) != n/2 {
		t.Errorf("first of their patients: got %d, want %d", len(got), n/2)
	}
	if grown := int64(heap()) - int64(before); grown > n*128 {
		t.Errorf("the heap grew by %d bytes for %d that wait", grown, n)
	}
	counts, err := j.Counts(t.Context())
	if err != nil || len(counts) != 1 || counts[0].Deliveries != n {
		t.Errorf("counts: got %+v, %v", counts, err)
	}
}

// Who finds that the clock was set back may be gone before it is written what
// follows: the next one who asks finds it again.
func TestClockSetBackWhileLeaving(t *testing.T) {
	j, c := start(t)
	accept(t, j, letter(1))
	a := attempt(t, j, due(t, j, false)[0])
	if err := j.Finish(t.Context(), a, Outcome{State: Retry, Reason: Reason{Code: "http-503"}, After: time.Second}); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // the writer may have taken it all the same
		c.add(-time.Hour)
		j.Due(gone, Queue{Destination: "gp", Retries: true}, 0)
		due(t, j, true)
		c.add(2 * time.Second)
		if got := due(t, j, true); len(got) != 1 {
			t.Fatalf("due after the wait that it was told: got %d, want 1", len(got))
		}
	}
}
