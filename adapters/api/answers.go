package api

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// The bounds of the answers that a content keeps: larger ones are written anew,
// and where a generation is full the older one is let go.
const (
	largestKept    = 256 << 10
	generationSize = 4 << 20
)

// written is an answer as it goes out. It is not changed after it is kept.
type written struct {
	kind, tag string
	body      []byte

	once sync.Once
	zip  []byte
}

// compressed returns the body in gzip, made once.
func (w *written) compressed() []byte {
	w.once.Do(func() { w.zip = deflated(w.body) })
	return w.zip
}

// answers keeps the answers of one content by their question, in two
// generations: what is asked again moves to the young one, and what is not is
// forgotten with the old. The zero value is ready.
type answers struct {
	mu         sync.RWMutex
	young, old map[string]*written
	size       int // bytes of the young generation

	// asked remembers questions of late, one in each place: an answer is worth
	// keeping when its question comes again.
	asked [1 << 12]atomic.Uint64
}

var seed = maphash.MakeSeed()

// again reports whether a question was asked before, not long ago.
func (a *answers) again(question []byte) bool {
	sum := maphash.Bytes(seed, question)
	return a.asked[sum%uint64(len(a.asked))].Swap(sum) == sum
}

// find returns the answer to a question, if it is kept.
func (a *answers) find(question []byte) (*written, bool) {
	a.mu.RLock()
	w, ok := a.young[string(question)]
	late := false
	if !ok {
		w, ok = a.old[string(question)]
		late = ok
	}
	a.mu.RUnlock()
	if late {
		a.keep(string(question), w)
	}
	return w, ok
}

// keep keeps an answer.
func (a *answers) keep(question string, w *written) {
	if len(w.body) > largestKept {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.young == nil || a.size > generationSize {
		a.old, a.young, a.size = a.young, map[string]*written{}, 0
	}
	if _, twice := a.young[question]; !twice {
		a.young[question] = w
		a.size += len(question) + 2*len(w.body) // as it is, and perhaps in gzip
	}
}
