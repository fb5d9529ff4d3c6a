package token

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func once(t testing.TB, m *Memory, use Use) bool {
	t.Helper()
	first, err := m.Once(context.Background(), use)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

// Of many at once one is the first.
func TestMemoryOnce(t *testing.T) {
	m := NewMemory()
	var first atomic.Int32
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			ok, err := m.Once(context.Background(), Use{"a", "x", start, start.Add(time.Minute)})
			if err != nil {
				t.Error(err)
			}
			if ok {
				first.Add(1)
			}
		})
	}
	group.Wait()
	if first.Load() != 1 {
		t.Errorf("%d were the first", first.Load())
	}
	if !once(t, m, Use{"b", "x", start, start.Add(time.Minute)}) {
		t.Error("the id of another client counts")
	}
}

// To look through what there is costs, and is done now and then.
func TestMemorySweepsNowAndThen(t *testing.T) {
	m := NewMemory()
	for _, tt := range []struct{ at, want time.Duration }{
		{0, 0}, {9 * time.Second, 0}, {10 * time.Second, 10 * time.Second}, {time.Second, 10 * time.Second}, {0, 0},
	} {
		now := start.Add(tt.at)
		if once(t, m, Use{"a", fmt.Sprint(len(m.uses["a"])), now, now.Add(time.Minute)}); !m.swept.Equal(start.Add(tt.want)) {
			t.Errorf("at %v: looked through at %v, want %v", tt.at, m.swept.Sub(start), tt.want)
		}
	}
}

// A client that asks without end stops itself, until its assertions expire; all
// together are bounded too.
func TestMemoryIsBounded(t *testing.T) {
	m := NewMemory()
	m.each, m.all = 10, 25
	use := func(client string, i int, now time.Time) Use {
		return Use{client, fmt.Sprint(i), now, now.Add(time.Minute)}
	}
	fill := func(client string, now time.Time) (n int, err error) {
		for err == nil {
			_, err = m.Once(context.Background(), use(client, n, now))
			n++
		}
		return n - 1, err
	}
	for _, tt := range []struct {
		client string
		want   int
	}{{"a", 10}, {"b", 10}, {"c", 5}, {"d", 0}} {
		if n, err := fill(tt.client, start); n != tt.want || !errors.Is(err, ErrFull) {
			t.Errorf("%s: %d, %v, want %d", tt.client, n, err, tt.want)
		}
	}
	if once(t, m, use("a", 3, start)) {
		t.Error("what is full has forgotten")
	}
	later := start.Add(time.Minute)
	if !once(t, m, use("d", 0, later)) || m.count != 1 || len(m.uses) != 1 {
		t.Errorf("%d of %d clients left after all expired", m.count, len(m.uses))
	}
}

// A clock that jumps ahead and back lets nothing in twice, and what is new is
// let in again at once.
func TestMemoryAndTheClock(t *testing.T) {
	m := NewMemory()
	use := func(i int, now time.Time) Use {
		return Use{"a", fmt.Sprint(i), now, start.Add(time.Minute + time.Duration(i)*time.Second)}
	}
	for i := range 100 {
		if !once(t, m, use(i, start)) {
			t.Fatalf("%d is not the first", i)
		}
	}
	tomorrow := start.Add(24 * time.Hour)
	once(t, m, Use{"a", "y", tomorrow, tomorrow.Add(time.Minute)})
	if m.count != 1 {
		t.Fatalf("%d are known after all but one expired", m.count)
	}
	for i := range 100 {
		if once(t, m, use(i, start.Add(time.Second))) {
			t.Errorf("%d is used again after the clock jumped", i)
		}
	}
	if !once(t, m, use(100, start.Add(2*time.Second))) {
		t.Error("a new assertion is refused")
	}
}

// Against a memory that forgets nothing: no assertion is first twice, wherever
// the clock jumps; while it runs on, a new id is first, and one in use is not.
func TestMemoryForgetsNothingTooSoon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, all, last := NewMemory(), map[string]bool{}, map[string]time.Time{}
		now, steady := start, true
		for range rapid.IntRange(1, 60).Draw(t, "uses") {
			step := rapid.IntRange(-400, 400).Draw(t, "seconds")
			steady = steady && step >= 0
			now = now.Add(time.Duration(step) * time.Second)
			id := fmt.Sprint(rapid.IntRange(0, 8).Draw(t, "id"))
			until := start.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "until")) * time.Second)
			if !until.After(now) || until.After(now.Add(longest+2*mostSkew)) {
				continue // refused before the memory is asked
			}
			first, err := m.Once(context.Background(), Use{"a", id, now, until})
			key := id + until.String()
			known, is := last[id]
			switch {
			case err != nil:
				t.Fatal(err)
			case first && all[key]:
				t.Fatalf("%s is first again", key)
			case steady && !is && !first:
				t.Fatalf("%s is new and not first", key)
			case steady && known.After(now) && first:
				t.Fatalf("%s is in use and first", key)
			}
			if first {
				all[key], last[id] = true, until
			}
		}
	})
}
