package faults

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"
)

// usage is what a process holds.
type usage struct {
	memory      int64
	descriptors int
	goroutines  int
}

func (u usage) String() string {
	return fmt.Sprintf("%d MB, %d descriptors, %d goroutines", u.memory>>20, u.descriptors, u.goroutines)
}

var goroutines = regexp.MustCompile(`(?m)^go_goroutines (\d+)`)

// uses looks at the process of a node.
func (n *node) uses() usage {
	n.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", n.current().cmd.Process.Pid))
	if err != nil {
		n.Fatal(err)
	}
	found := goroutines.FindStringSubmatch(n.metrics())
	if found == nil {
		n.Fatal("/metrics does not tell go_goroutines")
	}
	count, _ := strconv.Atoi(found[1])
	return usage{n.memory(), len(open), count}
}

// Fault 19, bounded: under steady load with a receiver that fails now and then, a
// mailbox that is polled and clients that come and go, a node holds no more at the
// end than when it was warm.
func TestSoak(t *testing.T) {
	r := luck(t)
	hospital := newReceiver(t)
	hospital.behave(careless(r.Uint64()))
	n := started(t, configure(posted("sygehus", hospital.url()),
		target{Name: "postkasse", Client: psychiatry, Sector: "health", Form: "original", Mailbox: map[string]any{"again": "1m"}}))
	b := newBook()
	fast := begin(b, n.as(bosted), "sygehus", 8, 15*time.Millisecond)
	letters := begin(newBook(), n.as(bosted), "postkasse", 6, 400*time.Millisecond) // one of each citizen at a time
	stop := make(chan struct{})
	var polls sync.WaitGroup
	for range 2 {
		polls.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := n.as(psychiatry).fetch("postkasse"); err != nil {
					t.Errorf("fetching: %v", err)
					return
				}
				n.http.CloseIdleConnections()
			}
		})
	}
	time.Sleep(time.Duration(more(6, 60)) * time.Second)
	warm := n.uses()
	time.Sleep(time.Duration(more(12, 600)) * time.Second)
	under := n.uses()
	fast.end()
	letters.end()
	rest(t, n.as(overseer), patience)
	close(stop)
	polls.Wait()
	n.http.CloseIdleConnections()
	var after usage
	until(t, "what was held for the load is given back", 30*time.Second, func() bool {
		after = n.uses()
		return after.goroutines <= warm.goroutines+10 && after.descriptors <= warm.descriptors+10
	})
	t.Logf("warm %s; at the end of the load %s; after it %s; %d messages", warm, under, after, b.count())
	if under.memory > warm.memory*3/2+32<<20 {
		t.Errorf("memory grew from %d to %d MB", warm.memory>>20, under.memory>>20)
	}
	if under.goroutines > 2*warm.goroutines+50 || under.descriptors > 2*warm.descriptors+50 {
		t.Errorf("under the load it grew from %s to %s", warm, under)
	}
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	n.stop()
	n.verify()
}

// A node with a backlog is ready soon after it was killed, and in bounded memory:
// what waits stands on the disk.
func TestBacklog(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	hospital.behave(stumbles)
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	waiting := more(3_000, 100_000)
	begun := time.Now()
	handAll(t, b, n.as(bosted), "sygehus", 64, waiting/64+1)
	t.Logf("%d accepted in %s, memory %d MB", b.count(), time.Since(begun), n.memory()>>20)
	n.kill()
	begun = time.Now()
	n.start()
	if took := time.Since(begun); took > 2*time.Second && *long {
		t.Errorf("ready after %s, want 2 s", took)
	} else {
		t.Logf("ready again after %s", took)
	}
	if most := n.memory(); most > 400<<20 {
		t.Errorf("%d MB with %d waiting", most>>20, b.count())
	}
	until(t, "all of it is there", patience, func() bool {
		c := n.as(overseer)
		return c.open("sygehus", "waiting")+c.open("sygehus", "retry")+c.open("sygehus", "sending") == b.count()
	})
	n.stop()
	n.verify()
}
