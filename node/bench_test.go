package node

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tolk/mapping/exchange"
)

// benchmarkSubmit hands over b.N messages, made by body, from that many senders,
// each of whom waits for his answer before he sends the next.
func benchmarkSubmit(b *testing.B, senders int, client, receiver string, body func(n int) string) {
	w := newWorld(b, story()).open()
	w.submit(client, exchange.Submission{Body: body(-1), Receiver: receiver})
	bodies := make([]string, b.N)
	for n := range bodies {
		bodies[n] = body(n)
	}
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	var all sync.WaitGroup
	who := w.as(client)
	b.ReportAllocs()
	b.ResetTimer()
	used := cpu(b)
	for range senders {
		all.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= b.N {
					return
				}
				start := time.Now()
				s := exchange.Submission{Body: bodies[n], Receiver: receiver, Statement: exchange.Statement{Consent: "Consent/c-1"}}
				if r, err := w.Submit(b.Context(), who, s); err != nil || r.Verdict != exchange.Accepted {
					b.Errorf("got %+v, %v", r, err)
					return
				}
				took[n] = time.Since(start)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric((cpu(b)-used).Seconds()*1e6/float64(b.N), "cpu-µs/op")
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "accepts/s")
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
}

// cpu is the time this process has had of the processors, which says more than the
// clock on a machine that others use too.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSubmit hands over plain documents of 2 KB and 20 KB, and MedCom
// messages of 9 KB.
func BenchmarkSubmit(b *testing.B) {
	plain := func(size int) func(int) string {
		return func(n int) string {
			text := small(n, somebody(n+1))
			return strings.Replace(text, `"Kan ikke sove"`, `"`+strings.Repeat("Kan ikke sove om natten. ", (size-len(text))/25)+`"`, 1)
		}
	}
	care := correspondence(b, "BUNDLE", "HEADER")
	message := func(n int) string {
		return strings.NewReplacer("BUNDLE", uid(2*n+2), "HEADER", uid(2*n+3)).Replace(care)
	}
	for _, senders := range []int{1, 64} {
		b.Run(fmt.Sprintf("2KB/%d", senders), func(b *testing.B) { benchmarkSubmit(b, senders, "bosted", "laege-post", plain(2<<10)) })
		b.Run(fmt.Sprintf("20KB/%d", senders), func(b *testing.B) { benchmarkSubmit(b, senders, "bosted", "laege-post", plain(20<<10)) })
		b.Run(fmt.Sprintf("medcom/%d", senders), func(b *testing.B) { benchmarkSubmit(b, senders, "psykiatri", "bosted-post", message) })
	}
}
