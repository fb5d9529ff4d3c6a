package work

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/mapping/exchange"
)

// A document is translated, kept, sent and recorded, with the version that
// translated it.
func TestDelivered(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	m := b.message(person, "", "gp")
	m.Correlation = "thread-1"
	b.start()
	id := b.accept(m)
	b.reaches(id, "gp", journal.Delivered)
	got := b.world.of("gp")
	if len(got) != 1 || got[0].ID != id || got[0].Correlation != "thread-1" || got[0].ContentType != "application/json" {
		t.Fatalf("arrived: %+v", got)
	}
	if maps, of := was(t, got[0].Body); maps != "maps-1" || of != id {
		t.Errorf("translated by %s from %s", maps, of)
	}
	parts := b.parts(id)
	if parts["translation:gp"] != string(got[0].Body) || parts["type:gp"] != "application/json" || !strings.Contains(parts["ledger:gp"], `"leaves":3`) || parts["residue:gp"] == "" {
		t.Errorf("parts: %v", parts)
	}
	l := b.life(id)
	if e := l.Audit[len(l.Audit)-1]; e.Event != "delivered" || e.Audit.Maps != "maps-1" || e.Audit.Actor != "tolk" {
		t.Errorf("audit: %+v", e)
	}
	if b.told("translate", "translated") != 1 || b.told("send", "delivered") != 1 {
		t.Errorf("events: %+v", b.events)
	}
}

// What came is sent as it came where that is asked for.
func TestOriginal(t *testing.T) {
	r := plainReceiver("archive")
	r.Form = exchange.Original
	b := newBench(t, r)
	b.start()
	m := b.message("", "panic", "archive")
	b.reaches(b.accept(m), "archive", journal.Delivered)
	if got := b.world.of("archive"); string(got[0].Body) != string(m.Body) || b.told("translate", "verbatim") != 1 {
		t.Errorf("arrived: %s", got[0].Body)
	}
}

// A mailbox gets what is ready to be fetched, and its letters stay where they are.
func TestMailbox(t *testing.T) {
	r := plainReceiver("box")
	r.Folder, r.Mailbox = nil, &exchange.Mailbox{}
	b := newBench(t, r)
	b.start()
	id := b.accept(b.message(person, "", "box"))
	letters := func() []journal.Due {
		due, _, err := b.journal.Due(context.Background(), journal.Queue{Destination: "box", Letters: true}, 10)
		if err != nil {
			t.Fatal(err)
		}
		return due
	}
	b.until("a letter", func() bool { return len(letters()) == 1 })
	if p := b.progress(id, "box"); p.State != journal.Retry || p.Code != journal.InMailbox || p.Attempts != 1 {
		t.Errorf("%+v", p)
	}
	a, err := b.journal.Attempt(context.Background(), letters()[0].Delivery)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.work.Finish(context.Background(), a, journal.Outcome{State: journal.Delivered, Audit: journal.Audit{Actor: "gp"}}); err != nil {
		t.Fatal(err)
	}
	if p := b.progress(id, "box"); p.State != journal.Delivered || p.Attempts != 2 {
		t.Errorf("%+v", p)
	}
}

// What the core refuses is held with its reason, and nothing of it is sent.
func TestRefused(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	b.start()
	id := b.accept(b.message(person, "refuse", "gp"))
	b.reaches(id, "gp", journal.Held)
	if r := b.reason(id, "gp"); r.Code != TranslationRefused || r.Text != "cpr: expected a number" {
		t.Errorf("%+v", r)
	}
	if len(b.world.of("gp")) != 0 || b.told("translate", "held") != 1 {
		t.Error("it was sent")
	}
}

// A receiver that fails for a while gets everything when it is back, once each.
func TestDrain(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	var back atomic.Bool
	b.world.behaves = func(string, deliver.Parcel, int) behaviour {
		if !back.Load() {
			return failing
		}
		return taken
	}
	b.start()
	var all []journal.Message
	for i := range 40 {
		all = append(all, b.message(fmt.Sprint("citizen-", i%7), "", "gp"))
		b.accept(all[i])
	}
	b.until("down", func() bool {
		h, err := b.work.Health(context.Background())
		return err == nil && h[0].State == down && !h[0].Retry.IsZero() && h[0].Open["waiting"] > 0
	})
	time.Sleep(400 * time.Millisecond) // a few probes fail
	back.Store(true)
	b.quiet()
	b.oracle(all)
	if got := b.world.of("gp"); len(got) != len(all) {
		t.Errorf("%d arrived", len(got))
	}
	if b.told("alarm", alarmDown) == 0 {
		t.Error("no alarm")
	}
	if h, _ := b.work.Health(context.Background()); h[0].State != up {
		t.Errorf("health: %+v", h)
	}
}

// A receiver that takes a message and cuts the line gets the same again: the same
// key, the same bytes, also after another map is in force.
func TestCut(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	b.world.behaves = func(_ string, _ deliver.Parcel, nth int) behaviour {
		if nth <= 2 {
			b.core.Store(fakeCore(fmt.Sprint("maps-", nth+1)))
			return behaviour{takes: true, verdict: deliver.Verdict{Class: deliver.Retry, Code: deliver.NoAnswer}}
		}
		return taken
	}
	b.start()
	m := b.message(person, "", "gp")
	b.reaches(b.accept(m), "gp", journal.Delivered)
	b.oracle([]journal.Message{m})
	if got := b.world.of("gp"); len(got) != 3 {
		t.Errorf("%d arrived", len(got))
	} else if maps, _ := was(t, got[2].Body); maps != "maps-1" {
		t.Errorf("sent again as %s made it", maps)
	}
}

// A message that the translation dies of is dead after five attempts, and its
// neighbours do not wait for it.
func TestPoison(t *testing.T) {
	for _, do := range []string{"panic", "forever"} {
		t.Run(do, func(t *testing.T) {
			r := plainReceiver("gp")
			r.Concurrency = 1
			b := newBench(t, r, plainReceiver("other"))
			b.options.Budget, b.options.Patience = 300*time.Millisecond, 50*time.Millisecond
			b.start()
			neighbour := func() time.Duration {
				begun := time.Now()
				id := b.accept(b.message("", "", "gp", "other"))
				b.reaches(id, "gp", journal.Delivered)
				b.reaches(id, "other", journal.Delivered)
				return time.Since(begun)
			}
			// What the machine takes now for one message, which others share.
			alone := max(neighbour(), neighbour(), neighbour())
			poison := b.accept(b.message(person, do, "gp"))
			for i := range 5 {
				if took := neighbour(); took > time.Second+2*alone {
					t.Errorf("neighbour %d: took %v, %v alone", i, took, alone)
				}
			}
			b.reaches(poison, "gp", journal.Dead)
			if p := b.progress(poison, "gp"); p.Attempts != maxBroken || !strings.HasPrefix(p.Code, "translation-") {
				t.Errorf("%+v", p)
			}
			if calls := b.core.Load().Gateway.(*fakeGateway).calls.Load(); do == "forever" && calls != 17 {
				t.Errorf("%d translations: one that does not end was begun again", calls-16)
			}
			b.until("alarm", func() bool { return b.told("alarm", alarmDead) == 1 })
			close(b.core.Load().Gateway.(*fakeGateway).block)
		})
	}
}

// A slow receiver slows nobody else.
func TestSlowReceiver(t *testing.T) {
	measure := func(slow time.Duration) time.Duration {
		b := newBench(t, plainReceiver("slow"), plainReceiver("gp"))
		b.world.behaves = func(to string, _ deliver.Parcel, _ int) behaviour {
			if to == "slow" {
				return behaviour{takes: true, delay: slow, verdict: taken.verdict}
			}
			return taken
		}
		b.start()
		for range 20 {
			b.accept(b.message("", "", "slow"))
		}
		var took []time.Duration
		for range 60 {
			begun := time.Now()
			b.reaches(b.accept(b.message("", "", "gp")), "gp", journal.Delivered)
			took = append(took, time.Since(begun))
		}
		b.stop()
		slices.Sort(took)
		return took[len(took)*9/10]
	}
	// The machine is shared, and the wait of the test is 5 ms: what others do can
	// only make it slower, so that one round of three must show it.
	var alone, beside time.Duration
	for range 3 {
		if alone, beside = measure(0), measure(2*time.Second); beside <= alone+alone/10+10*time.Millisecond {
			return
		}
	}
	t.Errorf("p90 %v beside a slow receiver, %v without", beside, alone)
}

// A clock that is set forward or back loses nothing and keeps nothing waiting.
func TestClock(t *testing.T) {
	r := plainReceiver("gp")
	r.Until = 1000 * time.Hour // a jump of the clock makes messages old, and that is another test
	b := newBench(t, r)
	b.world.behaves = func(_ string, _ deliver.Parcel, nth int) behaviour {
		switch nth {
		case 3:
			b.clock.Store(int64(-48 * time.Hour))
		case 6:
			b.clock.Store(int64(24 * time.Hour))
		}
		if nth%3 == 0 {
			return behaviour{takes: nth%2 == 0, verdict: failing.verdict}
		}
		return taken
	}
	b.start()
	var all []journal.Message
	for i := range 20 {
		m := b.message(fmt.Sprint("c", i), "", "gp")
		id := b.accept(m)
		all = append(all, m)
		b.until("tried", func() bool { return b.progress(id, "gp").Attempts > 0 })
	}
	b.quiet()
	b.oracle(all)
}

// While maps are swapped every delivery is of one version, and its audit names it.
func TestSwap(t *testing.T) {
	b := newBench(t, plainReceiver("gp"), plainReceiver("psychiatry"))
	b.start()
	var all []journal.Message
	for i := range 60 {
		if i%5 == 0 {
			b.core.Store(fakeCore(fmt.Sprint("maps-", i)))
		}
		all = append(all, b.message("", "", "gp", "psychiatry"))
		b.accept(all[i])
	}
	b.quiet()
	b.oracle(all)
	versions := map[string]bool{}
	for _, m := range all {
		for _, name := range []string{"gp", "psychiatry"} {
			var maps []string
			for _, a := range b.world.of(name) {
				if a.ID == m.ID {
					v, _ := was(t, a.Body)
					maps = append(maps, v)
				}
			}
			i := slices.IndexFunc(b.life(m.ID).Audit, func(e journal.Entry) bool { return e.Event == "delivered" && e.Destination == name })
			if len(maps) != 1 || b.life(m.ID).Audit[i].Audit.Maps != maps[0] {
				t.Errorf("%s to %s: sent as %v, recorded otherwise", m.ID, name, maps)
				continue
			}
			versions[maps[0]] = true
		}
	}
	if len(versions) < 2 {
		t.Errorf("only %v were used", versions)
	}
}

// A configuration that changes takes effect at once: a new receiver is sent to, and
// what waits for one that is gone stays.
func TestReload(t *testing.T) {
	b := newBench(t, plainReceiver("gp"), plainReceiver("old"))
	b.world.behaves = func(to string, _ deliver.Parcel, _ int) behaviour {
		if to == "old" {
			return failing
		}
		return taken
	}
	b.start()
	stays := b.accept(b.message("", "", "old"))
	b.until("tried", func() bool { return b.progress(stays, "old").Attempts > 0 })
	waits := b.accept(b.message("", "", "new"))
	change := *b.config.Load()
	change.Version, change.Receivers = "v2", []exchange.Receiver{plainReceiver("gp"), plainReceiver("new")}
	b.config.Store(&change)
	b.work.Reload()
	b.reaches(waits, "new", journal.Delivered)
	b.until("alarm", func() bool { return b.told("alarm", alarmGone) > 0 })
	h, err := b.work.Health(context.Background())
	if err != nil || len(h) != 3 || h[2].Receiver != "old" || h[2].State != gone || h[2].Open["retry"] != 1 {
		t.Errorf("%+v, %v", h, err)
	}
	change.Receivers = append(slices.Clone(change.Receivers), plainReceiver("old"))
	back := change
	b.world.mu.Lock()
	b.world.behaves = nil
	b.world.mu.Unlock()
	b.config.Store(&back)
	b.work.Reload()
	b.reaches(stays, "old", journal.Delivered)
}

// Stopped under load, everything that is under way ends in a bounded time, and the
// next process loses nothing.
func TestShutdown(t *testing.T) {
	b := newBench(t, plainReceiver("gp"), plainReceiver("slow"))
	b.world.behaves = func(to string, _ deliver.Parcel, nth int) behaviour {
		switch {
		case to == "slow":
			return behaviour{takes: true, delay: 30 * time.Second, verdict: taken.verdict}
		case nth%4 == 0:
			return failing
		}
		return taken
	}
	b.options.Grace = 300 * time.Millisecond
	b.start()
	var all []journal.Message
	for i := range 60 {
		all = append(all, b.message(fmt.Sprint("c", i%9), "", "gp", "slow"))
		b.accept(all[i])
	}
	begun := time.Now()
	b.stop()
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	for _, m := range all {
		for _, s := range b.life(m.ID).Summary.States {
			if s.State == journal.Sending {
				t.Errorf("%s is left %s at %s", m.ID, s.State, s.Destination)
			}
		}
	}
	if err := b.journal.Close(); err != nil {
		t.Fatal(err)
	}
	b.world.behaves = nil
	b.open()
	b.start()
	b.quiet()
	b.oracle(all)
}

// A person may have it sent again, as another version of the maps makes it.
func TestRerun(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	b.options.CoreOf = func(tag string) *Core {
		if tag != "maps-0" {
			return nil
		}
		return fakeCore(tag)
	}
	b.world.behaves = func(_ string, _ deliver.Parcel, nth int) behaviour {
		if nth <= 2 {
			return behaviour{takes: nth == 2, verdict: deliver.Verdict{Class: deliver.Dead, Code: "http-422"}, said: []byte("no")}
		}
		return taken
	}
	b.start()
	id := b.accept(b.message(person, "", "gp"))
	again := func(maps string) {
		t.Helper()
		b.reaches(id, "gp", journal.Dead)
		if err := b.journal.Rerun(context.Background(), b.progress(id, "gp").Delivery, journal.Reason{Code: "asked"}, journal.Audit{Actor: "op", Maps: maps}); err != nil {
			t.Fatal(err)
		}
	}
	again("")
	b.reaches(id, "gp", journal.Dead)
	first := string(b.world.of("gp")[0].Body)
	if b.core.Load().Gateway.(*fakeGateway).calls.Load() != 1 {
		t.Error("translated again by the same version")
	}
	again("maps-9")
	b.reaches(id, "gp", journal.Held)
	if r := b.reason(id, "gp"); r.Code != MapsUnknown || !strings.Contains(r.Text, "maps-9") {
		t.Errorf("%+v", r)
	}
	if err := b.journal.Rerun(context.Background(), b.progress(id, "gp").Delivery, journal.Reason{Code: "asked"}, journal.Audit{Actor: "op", Maps: "maps-0"}); err != nil {
		t.Fatal(err)
	}
	b.reaches(id, "gp", journal.Delivered)
	got := b.world.of("gp")
	if maps, _ := was(t, got[1].Body); maps != "maps-0" || string(got[1].Body) == first {
		t.Errorf("sent as %s made it", maps)
	}
	var made struct{ Maps string }
	if json.Unmarshal([]byte(b.parts(id)["made:gp"]), &made); made.Maps != "maps-0" {
		t.Errorf("kept as made by %q", made.Maps)
	}
}

// When Run returns nothing of it is left.
func TestEnds(t *testing.T) {
	b := newBench(t, plainReceiver("a"), plainReceiver("b"))
	before := runtime.NumGoroutine()
	for range 3 {
		b.start()
		b.reaches(b.accept(b.message("", "", "a", "b")), "b", journal.Delivered)
		b.stop()
	}
	b.until("all have ended", func() bool { return runtime.NumGoroutine() <= before+1 })
}

// New says what it needs.
func TestNew(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("no error")
	}
}
