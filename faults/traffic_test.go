package faults

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// patience is how long a sender tries before it calls a node lost.
const patience = 2 * time.Minute

// traffic is senders at work: each hands over one letter after the other, and
// keeps a letter until it is acknowledged. The first lanes are of one citizen
// each, whose letters keep their order; the others are of nobody.
type traffic struct {
	stop chan struct{}
	all  sync.WaitGroup
}

// begin starts the lanes; each waits for pace between two letters.
func begin(b *book, c *client, receiver string, lanes int, pace time.Duration) *traffic {
	x := &traffic{stop: make(chan struct{})}
	for lane := range lanes {
		x.all.Go(func() {
			for number := 1; ; number++ {
				select {
				case <-x.stop:
					return
				case <-time.After(pace):
				}
				if _, err := b.hand(c, laneLetter(lane, number, receiver), patience); err != nil {
					b.fault("%v", err)
					return
				}
			}
		})
	}
	return x
}

// end lets every lane finish its letter.
func (x *traffic) end() {
	close(x.stop)
	x.all.Wait()
}

// laneLetter is a letter of a lane, to a receiver.
func laneLetter(lane, number int, receiver string) letter {
	name, who := fmt.Sprintf("fri%d", lane), (*citizen)(nil)
	if lane < len(citizens) {
		name, who = fmt.Sprintf("borger%d", lane), &citizens[lane]
	}
	l := referral(name, number, who)
	l.receiver = receiver
	return l
}

// handAll hands over letters of four citizens and of nobody, in order, and fails
// the test for one that is not acknowledged.
func handAll(t *testing.T, b *book, c *client, receiver string, lanes, each int) {
	t.Helper()
	var all sync.WaitGroup
	for lane := range lanes {
		all.Go(func() {
			for number := 1; number <= each; number++ {
				if _, err := b.hand(c, laneLetter(lane, number, receiver), patience); err != nil {
					b.fault("%v", err)
					return
				}
			}
		})
	}
	all.Wait()
	if len(b.faults) > 0 {
		t.Fatal(b.faults)
	}
}
