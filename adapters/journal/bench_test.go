package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
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
	used := cpu(b)
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
	b.ReportMetric((cpu(b)-used).Seconds()*1e6/float64(b.N), "cpu-µs/op")
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "accepts/s")
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
}

// cpu is the time this process has had of the processors, which says more than
// the clock on a machine that others use too.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkAccept(b *testing.B) {
	b.Run("2KB/64", func(b *testing.B) { benchmarkAccept(b, 64, 2<<10) })
	b.Run("2KB/1", func(b *testing.B) { benchmarkAccept(b, 1, 2<<10) })
	b.Run("20KB/64", func(b *testing.B) { benchmarkAccept(b, 64, 20<<10) })
}

// BenchmarkOpen opens a journal with 100,000 messages waiting as kill -9 leaves
// it: the log not moved into the file, attempts under way, the file's pages not
// in this process.
func BenchmarkOpen(b *testing.B) {
	const n = 100_000
	keys, dir := testKeys(b), b.TempDir()
	waiting(b, dir, n, Options{Keys: keys})
	j := reopen(b, dir, Options{Keys: keys})
	for i := range 2000 { // what a log of some size has
		accept(b, j, letter(n+i))
	}
	list, _, err := j.Due(b.Context(), Queue{Destination: "gp"}, 16)
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range list {
		attempt(b, j, d.Delivery)
	}
	left := files(b, dir)
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	held := uint64(len(left[fileName]) + len(left[fileName+"-wal"]) + len(left["ballast"]))
	var heap uint64
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		dir := b.TempDir()
		for _, name := range []string{fileName, fileName + "-wal"} {
			if err := os.WriteFile(filepath.Join(dir, name), left[name], 0o600); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		j, err := Open(b.Context(), dir, Options{Keys: keys})
		if err != nil {
			b.Fatal(err)
		}
		if got := due(b, j, false); len(got) != 1000 {
			b.Fatalf("due: got %d", len(got))
		}
		b.StopTimer()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		heap = m.HeapAlloc - held
		j.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(heap)/1e6, "heap-MB")
	b.ReportMetric(float64(len(left[fileName]))/1e6, "file-MB")
	b.ReportMetric(float64(len(left[fileName+"-wal"]))/1e6, "log-MB")
}
