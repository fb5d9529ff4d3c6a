package faults

import (
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Fault 1: a node that is killed again and again under load, over all three
// channels, loses nothing of what it acknowledged, delivers nothing altered and
// nothing out of order, and its audit goes on where it was.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	r := luck(t)
	hospital, folder := newReceiver(t), t.TempDir()
	hospital.behave(careless(r.Uint64()))
	n := started(t, configure(posted("sygehus", hospital.url()),
		target{Name: "postkasse", Client: psychiatry, Sector: "health", Form: "original", Mailbox: map[string]any{"again": "10s"}},
		target{Name: "mappe", Sector: "health", Form: "original", Folder: map[string]any{"path": folder}}))
	b := newBook()
	post := collect(n, "postkasse")
	var loads []*traffic
	for to, lanes := range map[string]int{"sygehus": 8, "postkasse": 4, "mappe": 4} {
		loads = append(loads, begin(b, n.as(bosted), to, lanes, 20*time.Millisecond))
	}
	kills := more(5, 25)
	for range kills {
		before := b.count()
		until(t, "something is acknowledged", patience, func() bool { return b.count() > before })
		time.Sleep(time.Duration(50+r.IntN(900)) * time.Millisecond)
		n.kill()
		n.start()
	}
	for _, x := range loads {
		x.end()
	}
	rest(t, n.as(overseer), patience)
	all := map[string]*receiver{"sygehus": hospital, "postkasse": post.end(), "mappe": filed(t, folder)}
	b.judge(t, n.as(overseer), all)
	for name, r := range all {
		t.Logf("%d kills, %d acknowledged: %d arrivals at %s", kills, b.count(), len(r.arrivals()), name)
	}
	n.verify()
	n.stop()
	n.verify()
}

// collecting is a system that empties its mailbox, whatever happens to the node.
type collecting struct {
	stop chan struct{}
	all  sync.WaitGroup
	got  receiver
}

// collect begins to empty a mailbox of psychiatry's. What was fetched is kept
// before it is said that it arrived, as who loses nothing does.
func collect(n *node, mailbox string) *collecting {
	x := &collecting{stop: make(chan struct{})}
	c := n.as(psychiatry)
	x.all.Go(func() {
		for {
			select {
			case <-x.stop:
				return
			default:
			}
			if _, err := c.fetchInto(mailbox, &x.got); err != nil {
				time.Sleep(20 * time.Millisecond)
			}
		}
	})
	return x
}

// end stops it and returns what it got.
func (x *collecting) end() *receiver {
	close(x.stop)
	x.all.Wait()
	return &x.got
}

// filed is what lies in a folder, by our identifiers. In which order it came does
// not show.
func filed(t *testing.T, folder string) *receiver {
	t.Helper()
	all, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	got := new(receiver)
	for _, e := range all {
		id := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))
		if strings.HasPrefix(id, ".") { // half a file of a life that was ended
			continue
		}
		got.kept = append(got.kept, arrival{Request: id, Body: read(t, filepath.Join(folder, e.Name()))})
	}
	slices.SortFunc(got.kept, func(a, b arrival) int {
		_, i, _ := place(a.Body)
		_, j, _ := place(b.Body)
		return i - j
	})
	return got
}

// careless is a receiver that now and then fails, or keeps a message and cuts the
// line before it says so.
func careless(seed uint64) manner {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 1))
	return func(a arrival) (bool, http.HandlerFunc) {
		mu.Lock()
		luck := r.IntN(100)
		mu.Unlock()
		switch {
		case luck == 0:
			return stumbles(a)
		case luck == 1:
			return keepsAndCuts(a)
		}
		return takes(a)
	}
}

// Fault 11: a message on which the process ends every time is dead after five
// times, with its reason, and its neighbours arrive. What ends the process here is
// this test, as soon as the message is on its way.
func TestPoison(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	swallowed := make(chan struct{}, 16)
	hospital.behave(func(a arrival) (bool, http.HandlerFunc) {
		if lane, _, _ := place(a.Body); lane != "borger0" {
			return takes(a)
		}
		swallowed <- struct{}{}
		return false, func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() }
	})
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	poison, err := b.hand(n.as(bosted), laneLetter(0, 1, "sygehus"), patience)
	if err != nil {
		t.Fatal(err)
	}
	const deaths = 5
	var lives atomic.Int32
	neighbours := 0
	for lives.Load() < deaths {
		select {
		case <-swallowed:
		case <-time.After(patience):
			t.Fatalf("after %d lives the poison is sent no more", lives.Load())
		}
		// The neighbours of this life, while the poison is on its way.
		begun := time.Now()
		for lane := 1; lane < 6; lane++ {
			neighbours++
			if _, err := b.hand(n.as(bosted), laneLetter(lane, neighbours, "sygehus"), patience); err != nil {
				t.Fatal(err)
			}
		}
		until(t, "the neighbours have arrived", 5*time.Second, func() bool { return hospital.different() == neighbours })
		t.Logf("life %d: five neighbours were acknowledged and arrived within %s", lives.Load()+1, time.Since(begun))
		until(t, "their arrival is recorded", 5*time.Second, func() bool { return n.as(overseer).open("sygehus", "sending") == 1 })
		lives.Add(1)
		n.kill()
		n.start()
	}
	rest(t, n.as(overseer), patience)
	life, err := n.as(overseer).lifeOf(poison.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := life.Deliveries[0]; d.State != "dead" || d.Attempts != deaths || d.Why == "" {
		t.Errorf("the poison is %s after %d attempts (%s: %s), want dead after %d", d.State, d.Attempts, d.Code, d.Why, deaths)
	}
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	n.stop()
	n.verify()
}

// Fault 16: a node that is asked to end under load answers every request that it
// has taken, with no 5xx, and has ended within ten seconds; what it acknowledged
// is there when it starts again.
func TestTerminatedUnderLoad(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	hospital.behave(func(a arrival) (bool, http.HandlerFunc) {
		time.Sleep(5 * time.Millisecond)
		return takes(a)
	})
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	var wrong sync.Map
	for range more(2, 10) {
		var all sync.WaitGroup
		stop := make(chan struct{})
		for lane := range 16 {
			c := n.as(bosted)
			all.Go(func() {
				for number := b.count()*100 + 1; ; number++ {
					select {
					case <-stop:
						return
					default:
					}
					l := laneLetter(lane+len(citizens), number, "sygehus")
					b.offer(l)
					got, err := c.push(l)
					switch {
					case err != nil: // the connection was not taken any more
						time.Sleep(time.Millisecond)
					case got.status == http.StatusAccepted:
						b.take(l, idOf(got))
					case got.status >= 500:
						wrong.Store(got.String(), l.name())
					}
				}
			})
		}
		time.Sleep(700 * time.Millisecond)
		took := n.stop()
		close(stop)
		all.Wait()
		if took > 10*time.Second {
			t.Errorf("it ended after %s, want less than 10 s", took)
		}
		t.Logf("%d acknowledged, ended after %s", b.count(), took)
		n.start()
	}
	wrong.Range(func(said, name any) bool {
		t.Errorf("%s was answered with %s", name, said)
		return true
	})
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	n.stop()
	n.verify()
}
