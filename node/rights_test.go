package node

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// outcome is how a method answers a caller.
type outcome string

const (
	allowed outcome = "given"
	missing outcome = "not found"
	barred  outcome = "not allowed"
)

func outcomeOf(t *testing.T, err error) outcome {
	t.Helper()
	switch {
	case err == nil:
		return allowed
	case codeOf(err) == string(mapping.NotFound):
		return missing
	case codeOf(err) == string(mapping.Security):
		return barred
	}
	t.Errorf("got %v", err)
	return ""
}

// Every method answers every client as its rights to the message say: one of the
// bosted's to psychiatry. What is not his to see is answered as what does not
// exist.
func TestObjectRights(t *testing.T) {
	w := newWorld(t, story()).open().run()
	r := w.submit("bosted", exchange.Submission{Body: referral(t), Receiver: "psykiatri-post"})
	w.take("psykiatri", "psykiatri-post", w.one("psykiatri", "psykiatri-post"))
	nothing := "01890000-0000-7000-8000-000000000000"

	part := func(name string) func(exchange.Caller, string) error {
		return func(who exchange.Caller, id string) error {
			c, err := w.Part(t.Context(), who, id, name, "")
			if (err == nil) != (len(c.Body) > 0) {
				t.Errorf("the part %s came with %v", name, err)
			}
			return err
		}
	}
	act := func(do string) func(exchange.Caller, string) error {
		return func(who exchange.Caller, id string) error {
			done, err := w.Act(t.Context(), who, exchange.Action{Do: do, IDs: []string{id}, Why: "a test", Dry: true})
			if err != nil || len(done) != 1 {
				return err
			}
			if done[0].Refused == notFound("message").(*mapping.Error).Message {
				return notFound("message")
			}
			if done[0].Did == "" && done[0].Refused != "it is delivered already" && done[0].Refused != "it is delivered; only what is dead or held is sent again" {
				return fault(mapping.Security, "", done[0].Refused)
			}
			return nil
		}
	}
	methods := []struct {
		name string
		do   func(who exchange.Caller, id string) error
	}{
		{"life", func(who exchange.Caller, id string) error { _, err := w.Life(t.Context(), who, id); return err }},
		{"list", func(who exchange.Caller, id string) error {
			lines, err := w.List(t.Context(), who, exchange.Filter{})
			if err == nil && !slices.ContainsFunc(lines, func(l exchange.Line) bool { return l.ID == id }) {
				return notFound("message")
			}
			return err
		}},
		{"original", part(exchange.Original)},
		{"ledger", part(exchange.Ledger)},
		{"translation", part(exchange.Translation)},
		{"rerun", act(exchange.Rerun)},
		{"release", act(exchange.Release)},
		{"erase", act(exchange.Erase)},
		{"audit", func(who exchange.Caller, id string) error {
			_, err := w.Audit(t.Context(), who, exchange.AuditQuery{Message: id})
			return err
		}},
		{"fetch", func(who exchange.Caller, _ string) error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_, err := w.Fetch(ctx, who, "psykiatri-post", 1)
			return err
		}},
		{"take", func(who exchange.Caller, _ string) error { return w.Take(t.Context(), who, "psykiatri-post", "1.2") }},
		{"health", func(who exchange.Caller, _ string) error { _, err := w.Health(t.Context(), who); return err }},
	}
	nobody := exchange.Caller{}
	struck := exchange.Caller{Client: &exchange.Client{ID: "bosted-2", Rights: exchange.Rights()}, Config: w.Config()}
	want := map[string][]outcome{
		//            life     list     original ledger   transl.  rerun    release  erase    audit    fetch    take     health
		"bosted":    {allowed, allowed, allowed, allowed, allowed, barred, barred, barred, barred, missing, missing, allowed},
		"psykiatri": {allowed, allowed, barred, barred, allowed, barred, barred, barred, barred, allowed, allowed, allowed},
		"laege":     {missing, missing, missing, missing, missing, barred, barred, barred, barred, missing, missing, allowed},
		"drift":     {allowed, allowed, barred, barred, barred, allowed, allowed, allowed, allowed, barred, barred, allowed},
		"kontrol":   {allowed, allowed, allowed, allowed, allowed, barred, barred, barred, barred, barred, barred, allowed},
		"fremmed":   {missing, missing, missing, missing, missing, missing, missing, missing, missing, missing, missing, allowed},
		"operator":  {allowed, allowed, allowed, allowed, allowed, allowed, allowed, allowed, allowed, missing, missing, allowed},
		"nobody":    {barred, barred, barred, barred, barred, barred, barred, barred, barred, barred, barred, barred},
		"struck":    {barred, barred, barred, barred, barred, barred, barred, barred, barred, barred, barred, barred},
	}
	for name, outcomes := range want {
		who := map[string]exchange.Caller{"operator": operator, "nobody": nobody, "struck": struck}[name]
		if c := w.Config().Client(name); c != nil {
			who = w.because(name)
		}
		for i, m := range methods {
			if got := outcomeOf(t, m.do(who, r.ID)); got != outcomes[i] {
				t.Errorf("%s, %s: got %s, want %s", name, m.name, got, outcomes[i])
			}
		}
		// What does not exist is answered as what is not his to see.
		for _, m := range methods[:9] {
			if m.name == "list" || outcomeOf(t, m.do(who, r.ID)) != missing {
				continue
			}
			theirs, none := m.do(who, r.ID), m.do(who, nothing)
			if theirs.Error() != none.Error() {
				t.Errorf("%s, %s: %q for what is there, %q for what is not", name, m.name, theirs, none)
			}
		}
	}
}

// A receiver sees nothing of the other receivers of a message, and does not find
// it by them.
func TestOtherReceivers(t *testing.T) {
	c := story()
	c.Routes = []exchange.Route{{Name: "both", To: []string{"psykiatri-svar", "laege-post"}, Residue: exchange.Return, Why: "both get it"}}
	w := newWorld(t, c).open().run()
	r := w.submit("bosted", exchange.Submission{Body: referral(t)})
	w.take("laege", "laege-post", w.one("laege", "laege-post"))
	l, err := w.Life(t.Context(), w.as("psykiatri"), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Deliveries) != 1 || l.Deliveries[0].Receiver != "psykiatri-svar" || l.Why != "" {
		t.Errorf("psychiatry sees %+v, %q", l.Deliveries, l.Why)
	}
	for _, s := range l.Steps {
		if s.Receiver == "laege-post" || s.Who == "laege" {
			t.Errorf("psychiatry sees the step %+v", s)
		}
	}
	for _, f := range []exchange.Filter{{Receiver: "laege-post"}, {State: "delivered"}} {
		if lines, err := w.List(t.Context(), w.as("psykiatri"), f); err != nil || len(lines) != 0 {
			t.Errorf("psychiatry finds %+v by %+v, %v", lines, f, err)
		}
	}
	if _, err := w.Part(t.Context(), w.as("psykiatri"), r.ID, exchange.Translation, "laege-post"); outcomeOf(t, err) != missing {
		t.Errorf("psychiatry reads what the doctor got: %v", err)
	}
	if l, err := w.Life(t.Context(), w.as("bosted"), r.ID); err != nil || len(l.Deliveries) != 2 || l.Why == "" {
		t.Errorf("the sender sees %+v, %v", l, err)
	}
}

// What is written for a receiver is its own when it was given to it: not while it
// lies there, is held or dead, and not after a person took it out.
func TestReceiverReads(t *testing.T) {
	w := newWorld(t, story()).open().run()
	reads := func(id string) outcome {
		t.Helper()
		_, err := w.Part(t.Context(), w.as("psykiatri"), id, exchange.Translation, "")
		l, e := w.Life(t.Context(), w.as("psykiatri"), id)
		if e != nil || slices.Contains(l.Parts, exchange.Translation+":psykiatri-post") != (err == nil) {
			t.Errorf("its life lists %v, %v", l, e)
		}
		return outcomeOf(t, err)
	}
	is := func(what string, got, want outcome) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	ready := w.submit("bosted", exchange.Submission{Body: referral(t), Receiver: "psykiatri-post"}).ID
	for end := time.Now().Add(10 * time.Second); len(w.life(ready).Deliveries) == 0 || w.life(ready).Deliveries[0].Code != "in-mailbox"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not lie ready")
		}
	}
	is("ready", reads(ready), missing)
	letter := w.one("psykiatri", "psykiatri-post")
	is("given out", reads(ready), allowed)
	w.take("psykiatri", "psykiatri-post", letter)
	is("taken", reads(ready), allowed)

	release := func(id string) {
		t.Helper()
		done, err := w.Act(t.Context(), operator, exchange.Action{Do: exchange.Release, IDs: []string{id}, Why: "wrong receiver"})
		if err != nil || len(done) != 1 || done[0].Did == "" {
			t.Fatalf("got %+v, %v", done, err)
		}
	}
	wrong := w.submit("bosted", exchange.Submission{Body: small(1, somebody(1)), Receiver: "psykiatri-post"}).ID
	for end := time.Now().Add(10 * time.Second); w.life(wrong).Deliveries[0].Code != "in-mailbox"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not lie ready: %+v", w.life(wrong).Deliveries[0])
		}
	}
	release(wrong)
	is("taken out", reads(wrong), missing)
	held := w.submit("bosted", unsendable(2, somebody(2))).ID
	w.state(held, "held")
	is("held", reads(held), missing)
}

// The sender of a message that is taken out, or erased, before its receiver has it
// is told so in the transaction that does it.
func TestGivenUp(t *testing.T) {
	w := newWorld(t, story()).open().run()
	for n, do := range []string{exchange.Release, exchange.Erase} {
		id := w.submit("psykiatri", exchange.Submission{Body: correspondence(t, uid(2*n), uid(2*n+1)), Receiver: "bosted-post"}).ID
		for end := time.Now().Add(10 * time.Second); w.life(id).Deliveries[0].Code != "in-mailbox"; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("it does not lie ready: %+v", w.life(id).Deliveries[0])
			}
		}
		done, err := w.Act(t.Context(), operator, exchange.Action{Do: do, IDs: []string{id}, Why: "wrong receiver"})
		if err != nil || len(done) != 1 || done[0].Did == "" {
			t.Fatalf("got %+v, %v", done, err)
		}
		l := w.one("psykiatri", "psykiatri-svar")
		if got := string(l.Body); !strings.Contains(got, `"fatal-error"`) || !strings.Contains(got, uid(2*n+1)) {
			t.Errorf("%s: got %s", do, got)
		}
		w.take("psykiatri", "psykiatri-svar", l)
	}
}
