package journal

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// sent attempts the first delivery that is due, and keeps what it is sent as.
func sent(t *testing.T, j *Journal, ids ...string) Attempt {
	t.Helper()
	a := attempt(t, j, due(t, j, false)[0])
	if err := j.Store(t.Context(), a, []Part{{"translation:gp", []byte("x")}}, ids...); err != nil {
		t.Fatal(err)
	}
	return a
}

// acknowledging is a message of the GP's that answers a delivery.
func acknowledging(n int, s Sent, code string) Message {
	m := letter(n)
	m.Tenant, m.Sender, m.Patient = "praksis", "gp-1", ""
	m.Destinations = []Destination{{Name: "bosted-1"}}
	m.Answers = Answered{Message: s.Message, Tenant: s.Tenant, Destination: s.Destination, Delivery: s.Delivery, Code: code}
	return m
}

// What was sent is found by every identifier that it was sent under, at its own
// destination, before and after the attempt has ended.
func TestFindSent(t *testing.T) {
	j, _ := start(t)
	m := letter(1)
	accept(t, j, m)
	a := sent(t, j, "header-9", "bundle-9", "")
	for _, id := range []string{"header-9", "bundle-9"} {
		s, err := j.FindSent(t.Context(), "gp", id)
		if err != nil || s.Message != m.ID || s.Delivery != a.Delivery || s.Tenant != "kommune" || s.Sender != "bosted-1" || s.Correlation != m.Correlation || s.Header != m.Header {
			t.Errorf("%s: got %+v, %v", id, s, err)
		}
	}
	finish(t, j, a, Outcome{State: Delivered, SentAs: []string{"letter-9"}})
	for _, f := range []struct{ destination, id string }{{"psychiatry", "header-9"}, {"gp", "header-8"}, {"gp", ""}, {"gp", m.Header}} {
		if s, err := j.FindSent(t.Context(), f.destination, f.id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%+v: got %+v, %v", f, s, err)
		}
	}
	if _, err := j.FindSent(t.Context(), "gp", "letter-9"); err != nil {
		t.Errorf("what the outcome said: %v", err)
	}
	if err := j.Erase(t.Context(), m.ID, Audit{}); err != nil {
		t.Fatal(err)
	}
	if s, err := j.FindSent(t.Context(), "gp", "letter-9"); err != nil || s.Message != m.ID || s.Correlation != "" {
		t.Errorf("after erasing: got %+v, %v", s, err)
	}
}

// An acknowledgement stands in the life of what it answers, in the same
// transaction, and what waited to be sent again waits no more.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		code string
		want State
	}{{"ok", Delivered}, {"fatal-error", Dead}, {"transient-error", Retry}, {"", Retry}} {
		t.Run(c.code, func(t *testing.T) {
			j, _ := start(t)
			m := letter(1)
			accept(t, j, m)
			a := sent(t, j, "header-9")
			finish(t, j, a, Outcome{State: Retry, Reason: Reason{Code: "no-answer"}, After: time.Hour})
			s, err := j.FindSent(t.Context(), "gp", "header-9")
			if err != nil {
				t.Fatal(err)
			}
			answer := acknowledging(2, s, c.code)
			accept(t, j, answer)
			l, err := j.Life(t.Context(), m.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.Summary.States[0].State; got != c.want || !slices.Equal(l.AnsweredBy, []string{answer.ID}) {
				t.Errorf("got %s, answered by %v; want %s", got, l.AnsweredBy, c.want)
			}
			if !slices.ContainsFunc(l.Audit, func(e Entry) bool {
				return e.Event == "acknowledged" && e.Code == c.code && e.Destination == "gp" && e.Audit.Actor == "bosted-1" && e.Patient != nil
			}) {
				t.Errorf("the audit is %+v", l.Audit)
			}
			if other, err := j.Life(t.Context(), answer.ID); err != nil || !slices.Equal(other.Answers, []string{m.ID}) {
				t.Errorf("the answer answers %v, %v", other.Answers, err)
			}
			verify(t, j)
		})
	}
}

// What is being sent stays as it is, whatever is answered. What was delivered and is
// refused then is dead, and stands before what the patient has behind it.
func TestAnswerRefusesLate(t *testing.T) {
	j, _ := start(t)
	accept(t, j, letter(1))
	a := sent(t, j, "header-9")
	s, err := j.FindSent(t.Context(), "gp", "header-9")
	if err != nil {
		t.Fatal(err)
	}
	accept(t, j, acknowledging(2, s, "ok")) // faster than the receiver's answer
	finish(t, j, a, Outcome{State: Delivered})
	accept(t, j, acknowledging(3, s, "fatal-error"))
	l, err := j.Life(t.Context(), s.Message)
	if err != nil || l.Summary.States[0].State != Dead || !l.Summary.States[0].First || len(l.AnsweredBy) != 2 {
		t.Errorf("got %+v, %v", l.Summary.States, err)
	}
	if yes, err := j.Answered(t.Context(), s.Message); err != nil || !yes {
		t.Errorf("answered: got %v, %v", yes, err)
	}
	if err := j.Rerun(t.Context(), s.Delivery, Reason{Code: "asked"}, Audit{Actor: "anna"}); err != nil {
		t.Error(err)
	}
	verify(t, j)
	bad := acknowledging(4, s, "ok")
	bad.Answers.Message = "x"
	if _, err := j.Accept(t.Context(), bad); err == nil {
		t.Error("an answer to what is no identifier was taken")
	}
}

// Links and what was sent are forgotten with their messages.
func TestLinksAreForgotten(t *testing.T) {
	j, c := start(t)
	accept(t, j, letter(1))
	finish(t, j, sent(t, j, "header-9"), Outcome{State: Delivered})
	s, err := j.FindSent(t.Context(), "gp", "header-9")
	if err != nil {
		t.Fatal(err)
	}
	answer := acknowledging(2, s, "ok")
	answer.Destinations = nil
	accept(t, j, answer)
	c.add(100 * 24 * time.Hour)
	if swept, err := j.Sweep(t.Context()); err != nil || swept.Messages != 2 {
		t.Fatalf("swept %+v, %v", swept, err)
	}
	err = j.read(t.Context(), func(c *conn) error {
		for _, table := range []string{"sent", "answered"} {
			if n, err := c.number("SELECT count(*) FROM " + table); n != 0 || err != nil {
				t.Errorf("%s has %d rows, %v", table, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Other bytes or another request under the same identifiers are told apart, and
// the same message in another envelope is not.
func TestContent(t *testing.T) {
	base := letter(1)
	for _, c := range []struct {
		name   string
		change func(m *Message)
		want   Verdict
	}{
		{"the same", func(*Message) {}, Duplicate},
		{"another request", func(m *Message) { m.Asked = "psychiatry" }, Conflict},
		{"another envelope", func(m *Message) { m.Body = []byte("another envelope") }, Duplicate},
		{"another content", func(m *Message) { m.Content = [32]byte{2} }, Conflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, _ := start(t)
			m := base
			m.ID, m.Asked, m.Content = NewID(time.Now()), "gp", [32]byte{1}
			accept(t, j, m)
			m.ID = NewID(time.Now())
			c.change(&m)
			if r, err := j.Accept(t.Context(), m); err != nil || r.Verdict != c.want {
				t.Errorf("got %+v, %v; want %s", r, err, c.want)
			}
		})
	}
}

// What follows from a decision of a person is written with it, and once; an
// acknowledgement that was delivered goes out again, as often as it is asked for.
func TestRepliesAndAgain(t *testing.T) {
	j, _ := start(t)
	m := letter(1)
	accept(t, j, m)
	reply := letter(2)
	reply.Sender, reply.Patient, reply.Destinations = "tolk", "", []Destination{{Name: "bosted-1"}}
	reply.Answers = Answered{Code: "fatal-error"}
	if err := j.Release(t.Context(), 1, Reason{Code: "asked"}, Audit{Actor: "anna"}, &reply); err != nil {
		t.Fatal(err)
	}
	if _, err := j.EraseAll(t.Context(), []string{m.ID}, Audit{Actor: "anna"}, func(string) *Message { return &reply }); err != nil {
		t.Fatal(err)
	}
	l, err := j.Life(t.Context(), m.ID)
	if err != nil || !slices.Equal(l.AnsweredBy, []string{reply.ID}) {
		t.Fatalf("got %v, %v", l.AnsweredBy, err)
	}
	other := letter(3)
	accept(t, j, other)
	second := reply
	second.ID, second.Bundle, second.Header = NewID(time.Now()), "bundle-s", "header-s"
	if errs, err := j.EraseAll(t.Context(), []string{other.ID}, Audit{}, func(string) *Message { return &second }); err != nil || errs[0] != nil {
		t.Fatal(errs, err)
	}
	if l, err := j.Life(t.Context(), other.ID); err != nil || !slices.Equal(l.AnsweredBy, []string{second.ID}) {
		t.Errorf("erased: got %v, %v", l.AnsweredBy, err)
	}

	deliveries, _, err := j.Due(t.Context(), Queue{Destination: "bosted-1"}, 10)
	if err != nil || len(deliveries) != 2 {
		t.Fatalf("due: %v, %v", deliveries, err)
	}
	d := deliveries[0].Delivery
	again := func(want int) {
		t.Helper()
		if err := j.Again(t.Context(), d, Audit{Actor: "tolk"}); err != nil {
			t.Fatal(err)
		}
		if due, _, err := j.Due(t.Context(), Queue{Destination: "bosted-1"}, 10); err != nil || len(due) != want {
			t.Errorf("due: %v, %v; want %d", due, err, want)
		}
	}
	again(2) // it waits already
	for range 2 {
		finish(t, j, attempt(t, j, d), Outcome{State: Delivered})
		again(2)
	}
	finish(t, j, attempt(t, j, d), Outcome{State: Delivered})
	if err := j.Erase(t.Context(), reply.ID, Audit{}); err != nil {
		t.Fatal(err)
	}
	again(1) // there is nothing to send
	verify(t, j)
}
