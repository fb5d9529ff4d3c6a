package work

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"tolk/mapping/exchange"
)

// Bounds of the shadow: how many documents may wait for it, and how many places
// are told apart. What is beyond is counted as skipped, or not at all.
const (
	shadowQueue  = 64
	shadowLeaves = 10_000
)

// shadow has the candidate translate what was translated, and counts how it
// differs. Nothing of what it writes is kept.
type shadow struct {
	w     *Work
	queue chan *shadowJob

	mu     sync.Mutex
	counts exchange.Shadowed
	leaves map[shadowPlace]*shadowCount
}

// shadowJob is a document that was translated.
type shadowJob struct {
	job
	source *source
	output []byte
}

type shadowPlace struct{ document, to, path, change string }

type shadowCount struct {
	count   int64
	example string
}

func newShadow(w *Work) *shadow {
	return &shadow{w: w, queue: make(chan *shadowJob, shadowQueue), leaves: map[shadowPlace]*shadowCount{}}
}

// offer hands over a document, or counts it as skipped where there is no time.
func (s *shadow) offer(j *shadowJob) {
	if j == nil || s.w.o.Candidate() == nil {
		return
	}
	select {
	case s.queue <- j:
	default:
		s.mu.Lock()
		s.counts.Skipped++
		s.mu.Unlock()
	}
}

// run works the queue off, one at a time and after everything else: a candidate
// takes no more than one processor from the live one.
func (s *shadow) run(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case j := <-s.queue:
			s.try(done, j)
		}
	}
}

// try has the candidate translate one document. One that does not end in time is
// refused, and left to itself.
func (s *shadow) try(done <-chan struct{}, j *shadowJob) {
	candidate := s.w.o.Candidate()
	if candidate == nil {
		return
	}
	type answer struct {
		output []byte
		ok     bool
	}
	answered := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			recover() // a panic refuses, as an error does
			answered <- a
		}()
		if r, err := j.ask(j.source, candidate); err == nil {
			a = answer{r.Output, true}
		}
	}()
	timer := time.NewTimer(s.w.o.Budget)
	defer timer.Stop()
	var a answer
	select {
	case a = <-answered:
	case <-timer.C:
	case <-done:
		return
	}
	var differ map[difference]int64
	if a.ok {
		differ = compare(j.output, a.output)
	}
	s.count(candidate, j, a.ok, differ)
}

func (s *shadow) count(candidate *Core, j *shadowJob, ok bool, differ map[difference]int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts.Candidate != candidate.Tag || s.counts.Live != j.core.Tag {
		s.counts = exchange.Shadowed{Candidate: candidate.Tag, Live: j.core.Tag, Since: s.w.o.Now(), Skipped: s.counts.Skipped}
		s.leaves = map[shadowPlace]*shadowCount{}
	}
	s.counts.Documents++
	switch {
	case !ok:
		s.counts.Refused++
		return
	case len(differ) == 0:
		s.counts.Same++
		return
	}
	s.counts.Different++
	kind := j.document
	for d, n := range differ {
		at := shadowPlace{kind, j.to.Form, d.path, d.change}
		c := s.leaves[at]
		if c == nil {
			if len(s.leaves) >= shadowLeaves {
				continue
			}
			c = &shadowCount{example: j.id}
			s.leaves[at] = c
		}
		c.count += n
	}
}

// told is Shadow.
func (s *shadow) told() *exchange.Shadowed {
	candidate := s.w.o.Candidate()
	if candidate == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.counts
	if t.Candidate != candidate.Tag {
		t = exchange.Shadowed{Candidate: candidate.Tag}
		if live := s.w.o.Core(); live != nil {
			t.Live = live.Tag
		}
		return &t
	}
	for _, at := range slices.SortedFunc(maps.Keys(s.leaves), func(a, b shadowPlace) int {
		return cmp.Or(cmp.Compare(a.document, b.document), cmp.Compare(a.to, b.to), cmp.Compare(a.path, b.path), cmp.Compare(a.change, b.change))
	}) {
		c := s.leaves[at]
		t.Leaves = append(t.Leaves, exchange.ShadowLeaf{Document: at.document, To: at.to, Path: at.path, Change: at.change, Count: c.count, Example: c.example})
	}
	return &t
}
