package journal

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// benchmarkAccept accepts b.N messages of size bytes from that many senders,
// each of whom waits for his acknowledgement before he sends the next.
func benchmarkAccept(b *testing.B, senders, size int) {
	j := reopen(b, b.TempDir(), Options{Keys: testKeys(b)})
	body := make([]byte, size)
	warm := letter(-1)
	accept(b, j, warm)
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range senders {
		wg.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= b.N {
					return
				}
				m := letter(n)
				m.Body, m.Patient = body, fmt.Sprint(n)
				start := time.Now()
				if r, err := j.Accept(b.Context(), m); err != nil || r.Verdict != Accepted {
					b.Errorf("got %+v, %v", r, err)
					return
				}
				took[n] = time.Since(start)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "accepts/s")
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
}

func BenchmarkAccept(b *testing.B) {
	b.Run("2KB/64", func(b *testing.B) { benchmarkAccept(b, 64, 2<<10) })
	b.Run("2KB/1", func(b *testing.B) { benchmarkAccept(b, 1, 2<<10) })
	b.Run("20KB/64", func(b *testing.B) { benchmarkAccept(b, 64, 20<<10) })
}
