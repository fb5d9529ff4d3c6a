package faults

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// Fault 9: a receiver that answers 500 for a while gets everything afterwards, in
// order, and is not asked without end meanwhile.
func TestRefusedThenDrained(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	hospital.behave(stumbles)
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	handAll(t, b, n.as(bosted), "sygehus", 8, 10)
	time.Sleep(time.Duration(more(4, 120)) * time.Second)
	if asked := hospital.asked(); asked == 0 || asked > 80 {
		t.Errorf("it was asked %d times while it was down, want a few", asked)
	}
	hospital.behave(takes)
	rest(t, n.as(overseer), 8*time.Minute)
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	if got := hospital.different(); got != b.count() {
		t.Errorf("%d of %d arrived", got, b.count())
	}
	n.stop()
	n.verify()
}

// Fault 10: a receiver that keeps every message and cuts the line before it says
// so gets each again as what it is: the same identifier, the same bytes.
func TestKeptAndCut(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	hospital.behave(func(a arrival) (bool, http.HandlerFunc) {
		if a.Before == 0 {
			return keepsAndCuts(a)
		}
		return takes(a)
	})
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	handAll(t, b, n.as(bosted), "sygehus", 4, 1)
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	if got, want := len(hospital.arrivals()), 2*b.count(); got != want {
		t.Errorf("%d arrivals of %d messages, want each twice", got, b.count())
	}
	n.stop()
	n.verify()
}

// Fault 15: a line that is cut in the middle of what it carries, and mended,
// again and again, costs no message and alters none.
func TestLineCut(t *testing.T) {
	t.Parallel()
	r := luck(t)
	hospital := newReceiver(t)
	x := newLine(t, hospital)
	n := started(t, configure(posted("sygehus", x.url())))
	b := newBook()
	load := begin(b, n.as(bosted), "sygehus", 8, 30*time.Millisecond)
	for range more(2, 10) {
		time.Sleep(time.Duration(300+r.IntN(700)) * time.Millisecond)
		x.cut()
		time.Sleep(time.Duration(100+r.IntN(400)) * time.Millisecond)
		x.mend()
	}
	load.end()
	rest(t, n.as(overseer), 8*time.Minute)
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	if got := hospital.different(); got != b.count() {
		t.Errorf("%d of %d arrived", got, b.count())
	}
	n.stop()
	n.verify()
}

// Fault 8: a receiver that does not answer holds what is for it and nothing else.
// It is shown by counting: while it sits on as many requests as it may have, all
// that is for the other one arrives. -long also takes the time.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	slow, quick := newReceiver(t), newReceiver(t)
	wake := make(chan struct{})
	slow.behave(func(a arrival) (bool, http.HandlerFunc) {
		return true, func(w http.ResponseWriter, _ *http.Request) { <-wake }
	})
	const atOnce = 3
	to := posted("langsom", slow.url())
	to.Concurrency, to.HTTP["timeout"] = atOnce, "2m"
	n := started(t, configure(to, posted("hurtig", quick.url())))
	b := newBook()
	each := more(40, 500)
	alone := measure(t, b, n, quick, "fri", each)
	handAll(t, b, n.as(bosted), "langsom", 16, 5)
	until(t, "it sits on all it may have", patience, func() bool { return slow.busy() == atOnce })
	beside := measure(t, b, n, quick, "andre", each)
	if got := slow.busy(); got != atOnce {
		t.Errorf("the slow one had %d requests, want %d", got, atOnce)
	}
	if len(slow.arrivals()) != atOnce {
		t.Errorf("the slow one got %d messages before it answered one, want %d", len(slow.arrivals()), atOnce)
	}
	t.Logf("from acknowledged to arrived, 99 of 100: %s alone, %s beside a slow one", alone, beside)
	if *long && beside > alone+alone/10+2*time.Millisecond {
		t.Errorf("the other one waits %s, alone %s: more than 10 %% longer", beside, alone)
	}
	close(wake)
	slow.behave(takes)
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), map[string]*receiver{"langsom": slow, "hurtig": quick})
	if slow.most > atOnce {
		t.Errorf("the slow one had %d requests at a time, want at most %d", slow.most, atOnce)
	}
	n.stop()
	n.verify()
}

// measure hands letters to a quick receiver, one at a time, and returns how long
// 99 of 100 of them took from when they were handed over until they arrived.
func measure(t *testing.T, b *book, n *node, to *receiver, lane string, each int) time.Duration {
	t.Helper()
	var took []time.Duration
	for number := range each {
		l := referral(lane, number, nil)
		l.receiver = "hurtig"
		before, begun := to.different(), time.Now()
		if _, err := b.hand(n.as(bosted), l, patience); err != nil {
			t.Fatal(err)
		}
		for to.different() == before {
			if time.Since(begun) > 10*time.Second {
				t.Fatalf("%s has not arrived after 10 s", l.name())
			}
			time.Sleep(100 * time.Microsecond)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

// busy is how many requests it has now.
func (r *receiver) busy() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// A receiver that answers what nobody can make sense of, without end, or from
// somewhere else changes nothing for the node: each message ends with its reason.
func TestNonsenseAnswers(t *testing.T) {
	t.Parallel()
	elsewhere := newReceiver(t)
	answers := map[string]struct {
		answer http.HandlerFunc
		state  string
	}{
		"nonsense":   {text(200, "application/fhir+json", "\x00\xff{{{not a bundle"), "delivered"},
		"huge":       {huge, "delivered"},
		"redirect":   {text(307, "text/plain", ""), "dead"},
		"not wanted": {text(422, "application/fhir+json", `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","diagnostics":"2509479989 er ukendt"}]}`), "dead"},
		"known":      {text(409, "text/plain", ""), "delivered"},
		"gone":       {text(410, "text/html", "<html>"), "dead"},
	}
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	number := 0
	for name, one := range answers {
		number++
		answer := one.answer
		if name == "redirect" {
			answer = func(w http.ResponseWriter, q *http.Request) {
				http.Redirect(w, q, elsewhere.url(), http.StatusTemporaryRedirect)
			}
		}
		hospital.behave(func(arrival) (bool, http.HandlerFunc) { return true, answer })
		l := referral("svar", number, nil)
		l.receiver = "sygehus"
		r, err := b.hand(n.as(bosted), l, patience)
		if err != nil {
			t.Fatal(err)
		}
		rest(t, n.as(overseer), patience)
		life, err := n.as(overseer).lifeOf(r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d := life.Deliveries[0]; d.State != one.state {
			t.Errorf("%s: the delivery is %s (%s: %s), want %s", name, d.State, d.Code, d.Why, one.state)
		} else if what, found := findCitizen([]byte(d.Code + d.Why)); found {
			t.Errorf("%s: the reason names a citizen: %s", name, what)
		}
	}
	if got := elsewhere.asked(); got != 0 {
		t.Errorf("a redirect was followed %d times", got)
	}
	if !n.up() {
		t.Error("the node is down")
	}
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	n.stop()
	n.verify()
}

// huge answers without end, until nobody reads any more.
func huge(w http.ResponseWriter, _ *http.Request) {
	block := make([]byte, 1<<20)
	for range 200 {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// Every receiver of a node that is slow has its own place: none of many waits for
// another (a lane that is full is not a node that is full).
func TestManyReceivers(t *testing.T) {
	t.Parallel()
	var targets []target
	receivers := map[string]*receiver{}
	for i := range 12 {
		r := newReceiver(t)
		name := "modtager-" + string(rune('a'+i))
		receivers[name] = r
		targets = append(targets, posted(name, r.url()))
		if i%3 == 0 {
			r.behave(careless(uint64(i)))
		}
	}
	n := started(t, configure(targets...))
	b := newBook()
	var all sync.WaitGroup
	for name := range receivers {
		all.Go(func() { handAll(t, b, n.as(bosted), name, 2, 10) })
	}
	all.Wait()
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), receivers)
	n.stop()
	n.verify()
}
