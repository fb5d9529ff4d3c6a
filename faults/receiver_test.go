package faults

import (
	"crypto/sha256"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// arrival is one message as a receiver got it.
type arrival struct {
	At          time.Time
	Path        string
	Request     string // X-Request-ID: which message it is
	Correlation string
	Kind        string
	Body        string
	Before      int // how often the same message was posted before
}

func (a arrival) sum() [32]byte { return sha256.Sum256([]byte(a.Body)) }

// manner is how a receiver treats what is posted to it: whether it keeps it, and
// what it answers.
type manner func(a arrival) (keep bool, answer http.HandlerFunc)

// status answers with a status alone.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// text answers with a text.
func text(code int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

// cut ends the connection without an answer, as a lost line does.
func cut(w http.ResponseWriter, _ *http.Request) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

// The manners.
func takes(arrival) (bool, http.HandlerFunc)        { return true, status(http.StatusOK) }
func stumbles(arrival) (bool, http.HandlerFunc)     { return false, status(http.StatusInternalServerError) }
func keepsAndCuts(arrival) (bool, http.HandlerFunc) { return true, cut }

// receiver is the system at the other end. It may be asked by many at once.
type receiver struct {
	server *httptest.Server

	mu     sync.Mutex
	manner manner
	kept   []arrival
	posted map[string]int // how often each message was posted
	now    int            // requests that are being answered
	most   int            // the most of them at a time
}

// newReceiver opens a receiver on loopback.
func newReceiver(t *testing.T) *receiver {
	r := listening()
	t.Cleanup(r.server.Close)
	return r
}

func listening() *receiver {
	r := &receiver{manner: takes, posted: map[string]int{}}
	r.server = httptest.NewServer(r)
	return r
}

func (r *receiver) url() string { return r.server.URL + "/in" }

// behave changes what it does from now on.
func (r *receiver) behave(m manner) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.manner = m
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return // half a message is none
	}
	a := arrival{At: time.Now(), Path: q.URL.Path, Request: q.Header.Get("X-Request-ID"), Correlation: q.Header.Get("X-Correlation-ID"),
		Kind: q.Header.Get("Content-Type"), Body: string(body)}
	r.mu.Lock()
	a.Before = r.posted[a.Request]
	r.posted[a.Request]++
	r.now++
	r.most = max(r.most, r.now)
	m := r.manner
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.now--
		r.mu.Unlock()
	}()
	keep, answer := m(a)
	if keep {
		r.mu.Lock()
		r.kept = append(r.kept, a)
		r.mu.Unlock()
	}
	answer(w, q)
}

// arrivals returns what was kept, in the order of arrival.
func (r *receiver) arrivals() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.kept)
}

// different is how many different messages were kept.
func (r *receiver) different() int {
	ids := map[string]bool{}
	for _, a := range r.arrivals() {
		ids[a.Request] = true
	}
	return len(ids)
}

// asked is how many requests there were, kept or not.
func (r *receiver) asked() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, times := range r.posted {
		n += times
	}
	return n
}

// line is a connection between the node and a receiver that can be cut: what is
// under way goes, and nothing new is let through until it is mended.
type line struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
}

// newLine stretches a line to a receiver.
func newLine(t *testing.T, to *receiver) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &line{listener: l, to: strings.TrimPrefix(to.server.URL, "http://"), conns: map[net.Conn]bool{}}
	t.Cleanup(func() { l.Close(); x.cut() })
	go x.carry()
	return x
}

func (x *line) url() string { return "http://" + x.listener.Addr().String() + "/in" }

func (x *line) carry() {
	for {
		near, err := x.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", x.to)
		if err != nil || !x.hold(near, far) {
			near.Close()
			continue
		}
		go func() { io.Copy(far, near); x.drop(near, far) }()
		go func() { io.Copy(near, far); x.drop(near, far) }()
	}
}

// hold takes two ends into use, unless the line is down.
func (x *line) hold(ends ...net.Conn) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range ends {
		if x.down {
			c.Close()
		} else {
			x.conns[c] = true
		}
	}
	return !x.down
}

func (x *line) drop(ends ...net.Conn) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range ends {
		c.Close()
		delete(x.conns, c)
	}
}

// cut takes the line down, in the middle of whatever it carries.
func (x *line) cut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.down = true
	for c := range x.conns {
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
		delete(x.conns, c)
	}
}

// mend takes it into use again.
func (x *line) mend() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.down = false
}
