package journal

import (
	"errors"
	"testing"
	"time"
)

// letters returns the letters that lie ready at the GP.
func letters(t *testing.T, j *Journal) []Due {
	t.Helper()
	list, _, err := j.Due(t.Context(), Queue{Destination: "gp", Letters: true}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A letter lies ready apart from what is tried again, is given out with a row of
// the audit, comes back when it was not taken, and may then be taken late.
func TestLetters(t *testing.T) {
	j, c := start(t)
	m := letter(1)
	accept(t, j, m)
	finish(t, j, attempt(t, j, due(t, j, false)[0]), Outcome{State: Retry, Reason: Reason{Code: InMailbox}})
	if n := len(due(t, j, true)); n != 0 {
		t.Errorf("%d letters are among what is tried again", n)
	}
	ready := letters(t, j)
	if len(ready) != 1 || ready[0].Attempts != 1 {
		t.Fatalf("got %+v", ready)
	}
	first, err := j.GiveOut(t.Context(), ready[0].Delivery, Audit{Actor: "gp-1", Purpose: "TREAT"})
	if err != nil || first.Number != 2 || first.Message != m.ID || first.Destination != "gp" {
		t.Fatalf("got %+v, %v", first, err)
	}
	l, err := j.Life(t.Context(), m.ID)
	if last := l.Audit[len(l.Audit)-1]; err != nil || last.Event != "fetch" || last.Audit.Actor != "gp-1" || last.Destination != "gp" || last.Patient == nil {
		t.Errorf("the audit has %+v, %v", last, err)
	}
	if _, err := j.GiveOut(t.Context(), ready[0].Delivery, Audit{}); !errors.Is(err, ErrState) {
		t.Errorf("given out twice: %v", err)
	}
	finish(t, j, first, Outcome{State: Retry, Reason: Reason{Code: NotTaken}})
	c.add(time.Second)
	again, err := j.Resume(t.Context(), first.Delivery, first.Number)
	if err != nil || again != first {
		t.Fatalf("got %+v, %v; want %+v", again, err, first)
	}
	if err := j.Finish(t.Context(), again, Outcome{State: Dead, Reason: Reason{Code: "x"}}); !errors.Is(err, ErrState) {
		t.Errorf("it is decided about late as %v", err)
	}
	finish(t, j, again, Outcome{State: Delivered})
	if err := j.Finish(t.Context(), again, Outcome{State: Delivered}); !errors.Is(err, ErrState) {
		t.Errorf("it is delivered twice: %v", err)
	}
	for _, number := range []int{0, 3} {
		if _, err := j.Resume(t.Context(), first.Delivery, number); !errors.Is(err, ErrNotFound) {
			t.Errorf("attempt %d: %v", number, err)
		}
	}
	verify(t, j)
}

// A letter that was given out again is taken by its last attempt alone, and what
// is tried again for another reason is not taken at all.
func TestLateIsTooLate(t *testing.T) {
	j, _ := start(t)
	accept(t, j, letter(1))
	a := attempt(t, j, due(t, j, false)[0])
	finish(t, j, a, Outcome{State: Retry, Reason: Reason{Code: "no-answer"}})
	if err := j.Finish(t.Context(), a, Outcome{State: Delivered}); !errors.Is(err, ErrState) {
		t.Errorf("what is tried again is taken: %v", err)
	}
	finish(t, j, attempt(t, j, due(t, j, true)[0]), Outcome{State: Retry, Reason: Reason{Code: InMailbox}})
	first, err := j.GiveOut(t.Context(), a.Delivery, Audit{})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, j, first, Outcome{State: Retry, Reason: Reason{Code: NotTaken}})
	if _, err := j.GiveOut(t.Context(), a.Delivery, Audit{}); err != nil {
		t.Fatal(err)
	}
	if err := j.Finish(t.Context(), first, Outcome{State: Delivered}); !errors.Is(err, ErrState) {
		t.Errorf("the first one who fetched it takes it: %v", err)
	}
}

// However often the process ends while a letter is out, the letter is not the
// cause.
func TestLetterIsNoPoison(t *testing.T) {
	dir, keys := t.TempDir(), testKeys(t)
	j := reopen(t, dir, Options{Keys: keys})
	accept(t, j, letter(1))
	finish(t, j, attempt(t, j, due(t, j, false)[0]), Outcome{State: Retry, Reason: Reason{Code: InMailbox}})
	for range 7 {
		ready := letters(t, j)
		if len(ready) != 1 {
			t.Fatalf("got %+v", ready)
		}
		if _, err := j.GiveOut(t.Context(), ready[0].Delivery, Audit{}); err != nil {
			t.Fatal(err)
		}
		j.Close()
		j = reopen(t, dir, Options{Keys: keys})
	}
	if len(letters(t, j)) != 1 {
		t.Error("the letter is gone")
	}
}

// What is used once is the first time for one only, is forgotten when its time is
// up, and a clock that jumps ahead and back opens no gap.
func TestOnce(t *testing.T) {
	j, c := start(t)
	once := func(client, id string, life time.Duration) bool {
		t.Helper()
		first, err := j.Once(t.Context(), client, id, c.Now().Add(life))
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	results := make(chan bool, 50)
	for range cap(results) {
		go func() {
			first, err := j.Once(t.Context(), "a", "same", c.Now().Add(time.Minute))
			results <- first && err == nil
		}()
	}
	firsts := 0
	for range cap(results) {
		if <-results {
			firsts++
		}
	}
	if firsts != 1 {
		t.Errorf("%d of %d were the first", firsts, cap(results))
	}
	if !once("b", "same", time.Minute) || !once("a", "other", 5*time.Minute) || once("a", "past", -time.Second) {
		t.Error("another client's, another one or one that is past is told wrongly")
	}
	c.add(10 * time.Minute)
	if !once("a", "new", time.Minute) {
		t.Error("a new one is not the first")
	}
	if n := rows(t, j, "used"); n != 1 {
		t.Errorf("%d are remembered, want the new one alone", n)
	}
	c.add(-10 * time.Minute)
	if once("a", "other", 4*time.Minute) {
		t.Error("what was forgotten is the first again when the clock is set back")
	}
	if !once("a", "third", 20*time.Minute) {
		t.Error("a new one is not the first when the clock was set back")
	}
	if _, err := j.Once(t.Context(), "a", "", c.Now().Add(time.Minute)); err == nil {
		t.Error("one without a name is used")
	}
}

func rows(t *testing.T, j *Journal, table string) (n int64) {
	t.Helper()
	err := j.read(t.Context(), func(c *conn) (err error) {
		n, err = c.number("SELECT count(*) FROM " + table)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A client has room for so many, and its fullness is no other's.
func TestOnceIsBounded(t *testing.T) {
	j, c := start(t)
	until := c.Now().Add(time.Minute)
	err := j.write(t.Context(), small, func(x *tx) error {
		for i := range usedEach {
			if err := x.exec(`INSERT INTO used VALUES(?,?,?)`, []byte{1, byte(i >> 8), byte(i)}, "a", until.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if first, err := j.Once(t.Context(), "a", "x", until); first || !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, %v", first, err)
	}
	if first, err := j.Once(t.Context(), "b", "x", until); !first || err != nil {
		t.Errorf("another client: got %v, %v", first, err)
	}
}

// The eyes of a client see its tenant, what it sent and what goes to its
// destinations, and a citizen is found with the keys of every tenant asked for.
func TestEyesAndTenants(t *testing.T) {
	j, _ := start(t)
	other := letter(2)
	other.Tenant, other.Sender, other.Destinations = "region", "psychiatry-1", []Destination{{Name: "bosted-1"}}
	accept(t, j, letter(1))
	accept(t, j, other)
	for _, c := range []struct {
		name string
		f    Filter
		want int
	}{
		{"all", Filter{}, 2},
		{"nobody", Filter{Eyes: &Eyes{}}, 0},
		{"a tenant", Filter{Eyes: &Eyes{Tenant: "region"}}, 1},
		{"a sender", Filter{Eyes: &Eyes{Sender: "bosted-1"}}, 1},
		{"sender and receiver", Filter{Eyes: &Eyes{Sender: "bosted-1", Destinations: []string{"bosted-1", "x"}}}, 2},
		{"a citizen of one tenant", Filter{Patient: canary, Tenant: "region"}, 1},
		{"a citizen of two", Filter{Patient: canary, Tenants: []string{"kommune", "region"}}, 2},
		{"a citizen of none", Filter{Patient: canary}, 0},
	} {
		list, err := j.List(t.Context(), c.f)
		if err != nil || len(list) != c.want {
			t.Errorf("%s: got %d, %v; want %d", c.name, len(list), err, c.want)
		}
	}
	if rows, err := j.Audit(t.Context(), Trail{Patient: canary, Tenants: []string{"kommune", "region"}}); err != nil || len(rows) != 2 {
		t.Errorf("the audit of the citizen has %d rows, %v", len(rows), err)
	}
	if rows, err := j.Audit(t.Context(), Trail{Tenant: "region"}); err != nil || len(rows) != 1 {
		t.Errorf("the audit of a tenant has %d rows, %v", len(rows), err)
	}
}

// Many are erased together, each with its own answer.
func TestEraseAll(t *testing.T) {
	j, _ := start(t)
	a, b := letter(1), letter(2)
	b.Patient = ""
	accept(t, j, a)
	accept(t, j, b)
	attempt(t, j, due(t, j, false)[0])
	errs, err := j.EraseAll(t.Context(), []string{a.ID, b.ID, NewID(time.Now())}, Audit{Actor: "anna"}, nil)
	if err != nil || !errors.Is(errs[0], ErrState) || errs[1] != nil || !errors.Is(errs[2], ErrNotFound) {
		t.Errorf("got %v, %v", errs, err)
	}
}

// What lay in a mailbox that is none any more is tried like everything else.
func TestSendLetters(t *testing.T) {
	j, _ := start(t)
	for n := range 2 {
		m := letter(n)
		m.Patient = ""
		accept(t, j, m)
	}
	waits := due(t, j, false)
	finish(t, j, attempt(t, j, waits[0]), Outcome{State: Retry, Reason: Reason{Code: InMailbox}})
	bell := j.Changed("gp")
	for _, want := range []int64{1, 0} {
		if n, err := j.SendLetters(t.Context(), "gp"); err != nil || n != want {
			t.Errorf("got %d, %v; want %d", n, err, want)
		}
	}
	select {
	case <-bell:
	default:
		t.Error("nobody is told")
	}
	if got := due(t, j, true); len(got) != 1 || got[0] != waits[0] || len(letters(t, j)) != 0 {
		t.Errorf("got %v, want %d alone", got, waits[0])
	}
}
