package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"

	"tolk/mapping/exchange"
)

// making is something that is made once for all who ask for it. It is made beside
// the requests: one that is given up takes nothing from the others, and a panic is
// told to those who wait and to nobody after them.
type making[T any] struct {
	done  chan struct{}
	value T
	fault any // what make panicked with
}

// begin has something made. end is called before those who wait for it go on.
func begin[T any](produce func() T, end func(*making[T])) *making[T] {
	m := &making[T]{done: make(chan struct{})}
	go func() {
		defer close(m.done)
		defer func() {
			m.fault = recover()
			end(m)
		}()
		m.value = produce()
	}()
	return m
}

// wait returns what was made.
func (m *making[T]) wait() T {
	<-m.done
	if m.fault != nil {
		panic(m.fault)
	}
	return m.value
}

// keep returns what produce makes for a key of a content, made once: the next
// content has its own. A part of the pages calls it for what takes long; who asks
// while it is made waits for it, and nobody else does.
func keep[K comparable, T any](s *Site, c Content, key K, produce func() T) T {
	s.mu.Lock()
	if s.shared == nil || s.of != c.Tag {
		s.shared, s.of = map[any]any{}, c.Tag
	}
	shared := s.shared
	m, ok := shared[key].(*making[T])
	if !ok {
		m = begin(produce, func(m *making[T]) {
			if m.fault != nil {
				s.mu.Lock()
				delete(shared, key)
				s.mu.Unlock()
			}
		})
		shared[key] = m
	}
	s.mu.Unlock()
	return m.wait()
}

// mostKept is how many bytes of pages are kept, in gzip.
const mostKept = 4 << 20

// shelf keeps pages that are the same for everybody, as they go out.
type shelf struct {
	mu    sync.Mutex
	tag   string // of the content that they are of
	pages map[keptKey]*making[keptPage]
	order []keptKey // those that are made, oldest first
	size  int       // bytes of them
	most  int       // of size; 0 for mostKept
}

// keptKey is what a page is kept by.
type keptKey struct{ path, lang string }

// keptPage is a page as it goes out, or why there is none.
type keptPage struct {
	zipped []byte
	err    error
}

// kept is a page that is made once for a content and a language: it is the same for
// everybody who asks for it without the parameters besides. Others change nothing of
// it. htmx is answered anew, with the part that it asks for.
func kept(serve func(*view) error, besides ...string) func(*view) error {
	return func(v *view) error {
		q := v.r.URL.Query()
		if v.partial() || slices.ContainsFunc(besides, func(name string) bool { return q.Get(name) != "" }) {
			return serve(v)
		}
		p := v.site.shelf.page(v.content.Tag, keptKey{v.r.URL.Path, v.lang}, func() keptPage { return v.alone(serve) })
		if p.err != nil {
			return p.err
		}
		v.pageHeaders()
		v.w.WriteHeader(http.StatusOK)
		return sendZipped(v.w, p.zipped)
	}
}

// alone makes a page that is nobody's: of what was asked there is the path alone.
func (v *view) alone(serve func(*view) error) keptPage {
	r := v.r.Clone(context.Background())
	r.Header, r.URL.RawQuery, r.Body = http.Header{}, "", http.NoBody
	w := &gathered{header: http.Header{}}
	v.site.piled.Store(true)
	err := serve(&view{w: w, r: r, site: v.site, who: exchange.Caller{}, lang: v.lang, content: v.content})
	if err != nil {
		return keptPage{err: err}
	}
	return keptPage{zipped: zipped(w.body.Bytes())}
}

// page returns a page, made if it is not there.
func (s *shelf) page(tag string, key keptKey, produce func() keptPage) keptPage {
	s.mu.Lock()
	if s.pages == nil || s.tag != tag {
		s.tag, s.pages, s.order, s.size = tag, map[keptKey]*making[keptPage]{}, nil, 0
	}
	m := s.pages[key]
	if m == nil {
		pages := s.pages
		m = begin(produce, func(m *making[keptPage]) {
			s.mu.Lock()
			defer s.mu.Unlock()
			switch {
			case m.fault != nil || m.value.err != nil:
				delete(pages, key)
			case s.pages[key] == m: // there is no other content meanwhile
				s.put(key, len(m.value.zipped))
			}
		})
		s.pages[key] = m
	}
	s.mu.Unlock()
	return m.wait()
}

// put counts a page that was made, and throws the oldest out where there are too
// many.
func (s *shelf) put(key keptKey, size int) {
	most := s.most
	if most == 0 {
		most = mostKept
	}
	s.order, s.size = append(s.order, key), s.size+size
	for s.size > most && len(s.order) > 0 {
		oldest := s.order[0]
		s.size -= len(s.pages[oldest].value.zipped)
		delete(s.pages, oldest)
		s.order = s.order[1:]
	}
}

// sendZipped answers with a text that is in gzip already. The server knows whether
// the browser takes it so.
func sendZipped(w http.ResponseWriter, text []byte) error {
	if z, ok := w.(interface{ WriteZipped([]byte) }); ok {
		z.WriteZipped(text)
		return nil
	}
	r, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return broken(err)
	}
	if _, err := io.Copy(w, r); err != nil {
		return broken(err)
	}
	return nil
}

// gathered is an answer that is kept.
type gathered struct {
	header http.Header
	body   bytes.Buffer
}

func (g *gathered) Header() http.Header         { return g.header }
func (g *gathered) WriteHeader(int)             {}
func (g *gathered) Write(b []byte) (int, error) { return g.body.Write(b) }
