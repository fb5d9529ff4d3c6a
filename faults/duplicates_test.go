package faults

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Fault 13, on one node: of the same push a thousand times at once one is
// accepted, and all others are answered with the same bytes.
func TestSamePushAtOnce(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	l := laneLetter(0, 1, "sygehus")
	b.offer(l)
	c := n.as(bosted)
	if _, err := c.access(n.current()); err != nil {
		t.Fatal(err)
	}
	const pushes = 1000
	var mu sync.Mutex
	first, again := 0, 0
	var one reply
	var all sync.WaitGroup
	begin := make(chan struct{})
	for range pushes {
		all.Go(func() {
			<-begin
			for tries := 0; ; tries++ {
				got, err := c.push(l)
				if (err != nil || got.status == http.StatusServiceUnavailable) && tries < 100 {
					time.Sleep(20 * time.Millisecond) // more at once than it takes; this one comes back
					continue
				}
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil || got.status != http.StatusAccepted:
					t.Errorf("it is answered with %s %v", got, err)
				case one.body == nil:
					one = got
				case !bytes.Equal(one.body, got.body) || one.header.Get("Location") != got.header.Get("Location"):
					t.Errorf("two answers: %s at %s and %s at %s", one, one.header.Get("Location"), got, got.header.Get("Location"))
				}
				if got.header.Get("Tolk-Duplicate") == "true" {
					again++
				} else {
					first++
				}
				return
			}
		})
	}
	close(begin)
	all.Wait()
	if first != 1 || again != pushes-1 {
		t.Errorf("%d were accepted and %d were duplicates, want 1 and %d", first, again, pushes-1)
	}
	b.take(l, idOf(one))
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	if got := len(hospital.arrivals()); got != 1 {
		t.Errorf("it arrived %d times", got)
	}
	n.stop()
	n.verify()
}

// Fault 14: identifiers that were used for something else are refused, nothing is
// delivered of it, and the audit knows; the same again is answered as before.
func TestSameIdentifierOtherContent(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	c := n.as(psychiatry)
	bundle, header := uuid(), uuid()
	l := care(t, bundle, header)
	l.receiver = "sygehus"
	r, err := b.hand(c, l, patience)
	if err != nil {
		t.Fatal(err)
	}
	same, err := c.push(l)
	if err != nil || same.status != http.StatusAccepted || idOf(same) != r.ID || same.header.Get("Tolk-Duplicate") != "true" {
		t.Errorf("the same again is answered with %s %v, want 202 and %s", same, err, r.ID)
	}
	other := l
	other.body = strings.Replace(l.body, "Sertralin", "Citalopram", 1)
	if other.body == l.body {
		t.Fatal("the fixture has another topic")
	}
	refused := map[string]letter{
		"the same identifiers, other content": other,
		"the same Bundle.id, a new header":    care(t, bundle, uuid()),
		"a new Bundle.id, the same header":    care(t, uuid(), header),
	}
	for name, l := range refused {
		l.receiver = "sygehus"
		got, err := c.push(l)
		if err != nil || got.status != http.StatusConflict || !bytes.Contains(got.body, []byte("OperationOutcome")) {
			t.Errorf("%s: answered with %s %v, want 409 and an OperationOutcome", name, got, err)
		}
		if what, found := findCitizen(got.body); found {
			t.Errorf("%s: the answer names a citizen: %s", name, what)
		}
	}
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	if got := len(hospital.arrivals()); got != 1 {
		t.Errorf("%d messages arrived, want the first alone", got)
	}
	events, err := n.as(overseer).do(http.MethodGet, "/v1/audit?limit=100", nil)
	if err != nil || events.status != http.StatusOK {
		t.Fatalf("the audit: %s %v", events, err)
	}
	if got := bytes.Count(events.body, []byte(`"conflict"`)); got < len(refused) {
		t.Errorf("the audit names %d conflicts, want %d: %s", got, len(refused), events.body)
	}
	n.stop()
	n.verify()
}

// ownName is what a letter calls itself.
var ownName = regexp.MustCompile(`"dokumentId":"[^"]*",`)

// An Idempotency-Key names a submission where the document has no identifier. What
// a document calls itself counts beside any key: two keys make no second referral.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	c, key := n.as(bosted), uuid()
	l := laneLetter(0, 1, "sygehus")
	first, err := c.push(l, "Idempotency-Key", key)
	if err != nil || first.status != http.StatusAccepted {
		t.Fatalf("%s %v", first, err)
	}
	again, err := c.push(l, "Idempotency-Key", key)
	if err != nil || again.status != http.StatusAccepted || !bytes.Equal(first.body, again.body) {
		t.Errorf("the same under the same key is answered with %s %v, want %s", again, err, first)
	}
	other, err := c.push(laneLetter(0, 2, "sygehus"), "Idempotency-Key", key)
	if err != nil || other.status != http.StatusConflict {
		t.Errorf("another letter under the same key is answered with %s %v, want 409", other, err)
	}
	again, err = c.push(l, "Idempotency-Key", uuid())
	if err != nil || again.status != http.StatusAccepted || !bytes.Equal(first.body, again.body) {
		t.Errorf("the same letter under another key is answered with %s %v, want %s", again, err, first)
	}
	nameless := l
	nameless.body = ownName.ReplaceAllString(l.body, "")
	ids := map[string]bool{idOf(first): true}
	for range 2 {
		each, err := c.push(nameless, "Idempotency-Key", uuid())
		if err != nil || each.status != http.StatusAccepted || ids[idOf(each)] {
			t.Errorf("a document without a name under a key of its own is answered with %s %v, want a submission of its own", each, err)
		}
		ids[idOf(each)] = true
	}
	rest(t, n.as(overseer), patience)
	if got := len(hospital.arrivals()); got != len(ids) || len(ids) != 3 {
		t.Errorf("%d messages arrived of %d, want 3", got, len(ids))
	}
	n.stop()
	n.verify()
}
