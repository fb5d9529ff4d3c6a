package work

import (
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/mapping/exchange"
)

// listen is a webhook that keeps what it gets.
func listen(t testing.TB, b *bench) (got func() []alarm) {
	var mu sync.Mutex
	var all []alarm
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		var a alarm
		if err := json.Unmarshal(text, &a); err != nil || r.Header.Get("Content-Type") != "application/json" || strings.Contains(string(text), person) {
			t.Errorf("got %s", text)
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, a)
	}))
	t.Cleanup(server.Close)
	b.config.Load().Alarms = exchange.Alarms{Webhook: server.URL, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Insecure: true, Waiting: 200 * time.Millisecond}
	return func() []alarm {
		mu.Lock()
		defer mu.Unlock()
		return append([]alarm(nil), all...)
	}
}

// Alarms of one thing are told once, by event, log and webhook.
func TestAlarms(t *testing.T) {
	box := plainReceiver("box")
	box.Folder, box.Mailbox = nil, &exchange.Mailbox{}
	b := newBench(t, plainReceiver("refuses"), plainReceiver("fails"), box)
	got := listen(t, b)
	b.world.behaves = func(to string, _ deliver.Parcel, _ int) behaviour {
		if to == "refuses" {
			return behaviour{verdict: deliver.Verdict{Class: deliver.Dead, Code: "http-400"}}
		}
		return failing
	}
	b.start()
	for range 10 {
		b.accept(b.message("", "", "refuses", "fails", "box", "nobody"))
	}
	want := map[alarmKey]bool{{alarmDead, "refuses"}: true, {alarmDown, "fails"}: true, {alarmWaiting, "fails"}: true, {alarmMailbox, "box"}: true, {alarmGone, "nobody"}: true}
	told := map[alarmKey]int{}
	b.until("alarms", func() bool {
		missing := maps.Clone(want)
		for _, a := range got() {
			delete(missing, alarmKey{a.What, a.Receiver})
		}
		return len(missing) == 0
	})
	time.Sleep(200 * time.Millisecond)
	for _, a := range got() {
		key := alarmKey{a.What, a.Receiver}
		if told[key]++; told[key] > 1 {
			t.Errorf("told twice: %+v", a)
		}
		if !want[key] && a.What != alarmWaiting { // on a machine that is busy everything waits
			t.Errorf("told what is not so: %+v", a)
		}
		delete(want, key)
		if a.Since.IsZero() || a.Count < 1 {
			t.Errorf("%+v", a)
		}
	}
	if len(want) != 0 {
		t.Errorf("not told: %v", want)
	}
}

// What lasts is told again after a while, and what came back is told at once.
func TestAlarmRepeats(t *testing.T) {
	b := newBench(t)
	b.start()
	a := b.work.alarms
	raise := func(want int) {
		t.Helper()
		a.raise(alarmDown, "gp", b.now())
		if got := b.told("alarm", alarmDown); got != want {
			t.Errorf("told %d times, want %d", got, want)
		}
	}
	raise(1)
	for i := range 20 { // it lasts
		b.clock.Store(int64(time.Duration(i) * 3 * time.Minute))
		raise(1)
	}
	b.clock.Store(int64(time.Hour + time.Second))
	raise(2)
	b.clock.Store(int64(time.Hour + 10*time.Minute)) // it had passed
	raise(3)
	a.passed(alarmDown, "gp")
	raise(4)
	b.clock.Store(int64(-24 * time.Hour)) // the clock is set back
	raise(5)
}

// A journal that has stopped is an alarm.
func TestAlarmJournal(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	b.start()
	b.journal.Close()
	b.until("alarm", func() bool { return b.told("alarm", alarmJournal) == 1 })
	b.expect = journal.ErrStopped
}

// A webhook that does not answer keeps nobody waiting.
func TestAlarmWebhookDown(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	b.config.Load().Alarms = exchange.Alarms{Webhook: "http://127.0.0.1:1/", Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Insecure: true}
	b.start()
	for i := range 100 {
		b.work.alarms.raise(alarmGone, string(rune('a'+i)), b.now())
	}
	b.reaches(b.accept(b.message("", "", "gp")), "gp", journal.Delivered)
}

// Two who raise an alarm at once tell it once: who asked for the time first may come
// second, and no clock was set back for that.
func TestAlarmsRaisedAtOnce(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var asked atomic.Int32
	second := make(chan struct{})
	told := 0
	w := &Work{o: Options{Log: slog.New(slog.DiscardHandler), Observe: func(Event) { told++ }, Now: func() time.Time {
		if asked.Add(1) > 1 {
			return noon.Add(time.Second)
		}
		select { // the first is held up with the time in his hand
		case <-second:
		case <-time.After(100 * time.Millisecond):
		}
		return noon
	}}}
	a := newAlarms(w)
	var all sync.WaitGroup
	all.Go(func() { a.raise(alarmWaiting, "gp", noon) })
	for asked.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	a.raise(alarmWaiting, "gp", noon)
	close(second)
	if all.Wait(); told != 1 {
		t.Errorf("told %d times, want once", told)
	}
}
