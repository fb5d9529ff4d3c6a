package tree

import "testing"

// The machine and nothing of ours: a loop over 16 KB, which fit in the innermost cache,
// without an allocation. What it takes tells in which hour another benchmark was run: on
// a shared machine it doubles while the host gives half of the core to somebody else.
func BenchmarkMachine(b *testing.B) {
	bytes := make([]byte, 16<<10)
	sum := 0
	for b.Loop() {
		for range 100 {
			for i := range bytes {
				bytes[i] = byte(i)
			}
			for i := 0; i < len(bytes); i += 8 {
				sum += int(bytes[i])
			}
		}
	}
	if sum == 0 {
		b.Error("nothing was added")
	}
}
