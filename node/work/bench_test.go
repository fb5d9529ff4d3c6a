package work

import "testing"

// BenchmarkWork is a message from its acceptance to its delivery, many at a time:
// translation by a fake, a receiver that answers at once, and a real journal.
func BenchmarkWork(b *testing.B) {
	bench := newBench(b, plainReceiver("gp"))
	bench.config.Load().Receivers[0].Concurrency = 16
	bench.start()
	for b.Loop() {
		bench.accept(bench.message("", "", "gp"))
	}
	bench.quiet()
}
