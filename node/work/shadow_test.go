package work

import (
	"maps"
	"sync/atomic"
	"testing"

	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/tree"
)

func TestCompare(t *testing.T) {
	for name, c := range map[string]struct {
		live, candidate string
		want            map[difference]int64
	}{
		"the same":     {`{"a":1}`, `{"a":1}`, nil},
		"changed":      {`{"a":1,"b":[1,2]}`, `{"a":2,"b":[1,3]}`, map[difference]int64{{"$this.a", leafChanged}: 1, {"$this.b", leafChanged}: 1}},
		"added":        {`{"a":1}`, `{"a":1,"b":{"c":[{"d":1},{"d":1}]}}`, map[difference]int64{{"$this.b.c.d", leafAdded}: 2}},
		"removed":      {`{"a":[1,2,3]}`, `{"a":[3,1]}`, map[difference]int64{{"$this.a", leafRemoved}: 1}},
		"put in front": {`{"a":[{"x":1},{"x":2}]}`, `{"a":[{"x":0},{"x":1},{"x":2}]}`, map[difference]int64{{"$this.a.x", leafAdded}: 1}},
		"swapped":      {`{"a":[1,2]}`, `{"a":[2,1]}`, map[difference]int64{{"$this.a", leafChanged}: 2}},
		"turned":       {`{"a":1,"b":2}`, `{"b":2,"a":1}`, map[difference]int64{{"$this", leafChanged}: 1}},
		"digits":       {`{"a":72.50}`, `{"a":72.5}`, map[difference]int64{{"$this.a", leafChanged}: 1}},
		"XML":          {`<a><b>1</b></a>`, `<a><b>2</b></a>`, map[difference]int64{{"a.b", leafChanged}: 1}},
		"not readable": {`{"a":1}`, `{`, map[difference]int64{{"$this", leafChanged}: 1}},
	} {
		got := compare([]byte(c.live), []byte(c.candidate))
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// The candidate translates what was translated, and only its differences are kept.
func TestShadow(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	var candidate atomic.Pointer[Core]
	candidate.Store(fakeCore("maps-2"))
	b.options.Candidate = candidate.Load
	b.start()
	if s := b.work.Shadow(); s == nil || s.Candidate != "maps-2" || s.Live != "maps-1" || s.Documents != 0 {
		t.Errorf("%+v", s)
	}
	id := b.accept(b.message("", "", "gp"))
	done := func(n int64) func() bool { return func() bool { return b.work.Shadow().Documents == n } }
	b.until("compared", done(1))
	s := b.work.Shadow()
	if s.Different != 1 || len(s.Leaves) != 1 || s.Leaves[0] != (exchange.ShadowLeaf{Document: "henvisning", To: "fsiii", Path: "$this.maps", Change: leafChanged, Count: 1, Example: id}) {
		t.Errorf("%+v", s)
	}
	b.quiet()
	if len(b.world.of("gp")) != 1 {
		t.Error("something was delivered from the shadow")
	}
	candidate.Store(&Core{Tag: "maps-3", Gateway: refusing{}})
	b.accept(b.message("", "", "gp"))
	b.until("compared", func() bool { s := b.work.Shadow(); return s.Candidate == "maps-3" && s.Refused == 1 })
	same := fakeCore("maps-4")
	same.Gateway.(*fakeGateway).tag = "maps-1"
	candidate.Store(same)
	b.accept(b.message("", "", "gp"))
	b.until("compared", func() bool { s := b.work.Shadow(); return s.Candidate == "maps-4" && s.Same == 1 && len(s.Leaves) == 0 })
	candidate.Store(nil)
	if b.work.Shadow() != nil {
		t.Error("there is no candidate")
	}
}

// refusing panics at everything.
type refusing struct{}

func (refusing) Translate(string, document.Request) (*document.Result, error) { panic(person) }

func (refusing) Recognise(*tree.Doc) []document.Recognised { return nil }

// What there is no time for is counted, and keeps nobody waiting.
func TestShadowSkips(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	b.options.Candidate = func() *Core { return fakeCore("maps-2") }
	b.start()
	b.stop() // nobody works it off
	for range shadowQueue + 10 {
		b.work.shadow.offer(&shadowJob{job: job{core: b.core.Load()}})
	}
	b.work.shadow.mu.Lock()
	defer b.work.shadow.mu.Unlock()
	if got := b.work.shadow.counts.Skipped; got != 10 {
		t.Errorf("skipped %d", got)
	}
}
