package deliver

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tolk/mapping/exchange"
)

// bad is a receiver that keeps what comes, and misbehaves while it is bad.
type bad struct {
	mu     sync.Mutex
	random *rand.Rand
	left   int                 // how many more requests it is bad to
	kept   map[string][]string // by message: what came, each time that it was kept
	order  []string            // in the order that it was first kept
}

func (b *bad) keep(id, body string) (known bool) {
	known = len(b.kept[id]) > 0
	b.kept[id] = append(b.kept[id], body)
	if !known {
		b.order = append(b.order, id)
	}
	return known
}

func (b *bad) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	id := r.Header.Get("X-Request-ID")
	b.mu.Lock()
	defer b.mu.Unlock()
	kind := 9
	if b.left--; b.left >= 0 {
		kind = b.random.IntN(9)
	}
	switch kind {
	case 0:
		w.WriteHeader(http.StatusInternalServerError)
	case 1: // kept, and the line is cut
		b.keep(id, string(body))
		panic(http.ErrAbortHandler)
	case 2: // kept, and the answer does not end
		b.keep(id, string(body))
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, "{")
		panic(http.ErrAbortHandler)
	case 3:
		w.Header().Set("Retry-After", []string{"garbage", "-1", "1e9", "99999999999999999999", "", "3", "Sun, 22 Nov 2026 12:01:00 GMT", "\x00"}[b.random.IntN(8)])
		w.WriteHeader(http.StatusTooManyRequests)
	case 4:
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write(bytes.Repeat([]byte("x"), 100_000))
	case 5:
		w.WriteHeader(http.StatusBadGateway)
		io.WriteString(w, outcome("timeout"))
	case 6:
		panic(http.ErrAbortHandler)
	case 7: // it says what is wrong, and nobody else can mend it
		w.WriteHeader(http.StatusUnprocessableEntity)
		io.WriteString(w, outcome("invalid"))
	default:
		if b.keep(id, string(body)) {
			w.WriteHeader(http.StatusConflict)
		}
	}
}

// A receiver misbehaves for a long time in every way, the clock jumps, and whatever was
// accepted is there in the end or dead with a reason: kept with the same bytes each
// time, and in the order of each citizen. What decides is tried here with the
// smallest scheduler there can be; the real ones are beside the journal.
func TestNothingIsLost(t *testing.T) {
	for _, jumps := range []bool{false, true} {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 2))
		now := noon
		var clock sync.Mutex
		tell := func() time.Time { clock.Lock(); defer clock.Unlock(); return now }
		move := func(d time.Duration) { clock.Lock(); defer clock.Unlock(); now = now.Add(d) }
		b := &bad{random: rand.New(rand.NewPCG(seed, 3)), left: 400, kept: map[string][]string{}}
		s := receiver(t, b.ServeHTTP, nil)
		s.now = tell
		breaker, schedule := NewBreaker(), Usual
		schedule.Draw = func(span time.Duration) time.Duration { return time.Duration(random.Int64N(int64(span))) }

		type open struct {
			id, citizen string
			accepted    time.Time
			next        time.Time
			attempts    int
		}
		var queue []*open
		citizens := map[string]string{}
		for n := range 120 {
			m := &open{id: fmt.Sprintf("m%03d", n), citizen: fmt.Sprint(random.IntN(20)), accepted: noon, next: noon}
			queue, citizens[m.id] = append(queue, m), m.citizen
		}
		delivered, dead := map[string]bool{}, map[string]string{}
		for steps := 0; len(queue) > 0; steps++ {
			if steps > 50_000 {
				t.Fatalf("%d messages never end", len(queue))
			}
			heads := map[string]bool{}
			var first *open
			for _, m := range queue {
				if !heads[m.citizen] && (first == nil || m.next.Before(first.next)) {
					first = m
				}
				heads[m.citizen] = true
			}
			if wait := first.next.Sub(tell()); wait > 0 {
				move(wait)
			}
			if ok, left := breaker.Allow(tell()); !ok {
				move(left)
				continue
			}
			first.attempts++
			v, _ := s.Send(t.Context(), Parcel{ID: first.id, Body: []byte("body of " + first.id)})
			breaker.Report(tell(), v)
			if jumps && random.IntN(20) == 0 {
				move(time.Duration(random.Int64N(int64(20*time.Hour))) - 10*time.Hour)
			}
			v = schedule.Next(v, first.attempts, tell().Sub(first.accepted))
			first.next = tell().Add(v.After)
			switch v.Class {
			case Delivered:
				delivered[first.id] = true
			case Dead:
				dead[first.id] = v.Code
			default:
				continue
			}
			queue = slices.DeleteFunc(queue, func(m *open) bool { return m == first })
		}
		for n := range 120 {
			id := fmt.Sprintf("m%03d", n)
			switch kept := b.kept[id]; {
			case delivered[id] == (dead[id] != ""):
				t.Errorf("%s is delivered %v, dead %q", id, delivered[id], dead[id])
			case delivered[id] && len(kept) == 0:
				t.Errorf("%s is lost", id)
			case slices.ContainsFunc(kept, func(body string) bool { return body != "body of "+id }):
				t.Errorf("%s: kept as %q", id, kept)
			}
		}
		last := map[string]string{}
		for _, id := range b.order {
			if whose := citizens[id]; id < last[whose] {
				t.Errorf("%s came after %s", id, last[whose])
			} else {
				last[whose] = id
			}
		}
		if len(delivered) == 0 || len(dead) == 0 || len(b.order) < len(delivered) {
			t.Errorf("%d delivered, %d dead: the receiver was not bad enough, or too bad", len(delivered), len(dead))
		}
	}
}

// hosts answers every question for a name with addresses, and counts them.
func hosts(t *testing.T, addresses func() []string) *atomic.Int32 {
	t.Helper()
	asked := &atomic.Int32{}
	serve := func(c net.Conn) {
		defer c.Close()
		for {
			head := make([]byte, 2)
			if _, err := io.ReadFull(c, head); err != nil {
				return
			}
			question := make([]byte, binary.BigEndian.Uint16(head))
			if _, err := io.ReadFull(c, question); err != nil {
				return
			}
			end := 12 + bytes.IndexByte(question[12:], 0) + 5 // name, type and class
			reply := slices.Clone(question[:end])
			reply[2], reply[3] = 0x81, 0x80
			copy(reply[6:12], make([]byte, 6))
			if question[end-3] == 1 { // type A
				asked.Add(1)
				for _, a := range addresses() {
					reply[7]++
					reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
					reply = append(reply, net.ParseIP(a).To4()...)
				}
			}
			c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
		}
	}
	usual := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = usual })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go serve(theirs)
		return ours, nil
	}}
	return asked
}

// A name is asked for once in an attempt, and what it means then is what is called,
// if it may be.
func TestNames(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if !strings.HasPrefix(r.Host, "gp.example.dk:") {
			t.Errorf("got host %s", r.Host)
		}
	}))
	defer server.Close()
	url := strings.Replace(server.URL, "127.0.0.1", "gp.example.dk", 1)
	for _, tt := range []struct {
		name      string
		addresses []string
		allowed   bool
		want      string
	}{
		{"listed", []string{"127.0.0.1"}, true, "http-200"},
		{"not listed", []string{"127.0.0.1"}, false, Forbidden},
		{"private ones only", []string{"192.168.0.1", "169.254.169.254", "10.0.0.1"}, true, Forbidden},
		{"nobody", nil, true, NoAnswer},
	} {
		asked := hosts(t, func() []string { return tt.addresses })
		calls.Store(0)
		to := Receiver{URL: url, Networks: loopback, Insecure: true, Timeout: 5 * time.Second}
		if !tt.allowed {
			to.Networks = loopback[1:] // ::1
		}
		s, err := New(to, at(noon))
		if err != nil {
			t.Fatal(err)
		}
		v, _ := s.Send(t.Context(), Parcel{ID: "1"})
		if v.Code != tt.want || (calls.Load() == 1) != (tt.want == "http-200") || tt.addresses != nil && asked.Load() != 1 {
			t.Errorf("%s: got %+v after %d calls and %d questions", tt.name, v, calls.Load(), asked.Load())
		}
		s.Close()
	}
	n := 0
	hosts(t, func() []string { n++; return []string{[]string{"127.0.0.1", "10.0.0.1"}[min(n-1, 1)]} }) // means another the second time
	s, err := New(Receiver{URL: url, Networks: loopback, Insecure: true}, at(noon))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"http-200", Forbidden} {
		if v, _ := s.Send(t.Context(), Parcel{ID: "1"}); v.Code != want {
			t.Errorf("got %+v, want %s", v, want)
		}
		s.Close() // of what is open nothing is asked
	}
}

// A request is made once, whatever becomes of its line: over HTTP/2, on a line that
// was used before, and with an answer that comes by the drop.
func TestOnce(t *testing.T) {
	var calls atomic.Int32
	drip := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			w.WriteHeader(status)
			for range 500 {
				if _, err := io.WriteString(w, " "); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}
	}
	short := func(to *Receiver) { to.Timeout = 200 * time.Millisecond }
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		change func(*Receiver)
		want   Verdict
	}{
		"a receipt by the drop": {drip(200), short, Verdict{Delivered, "http-200", 0}},
		"a refusal by the drop": {drip(400), short, Verdict{Retry, NoAnswer, 0}},
		"a token that hangs": {func(http.ResponseWriter, *http.Request) { t.Error("called") }, func(to *Receiver) {
			short(to)
			to.Token = func(ctx context.Context, _ string) (string, error) { <-ctx.Done(); calls.Add(1); return "", ctx.Err() }
		}, Verdict{Retry, NoToken, 0}},
	} {
		calls.Store(0)
		began := time.Now()
		v, _ := receiver(t, tt.answer, tt.change).Send(t.Context(), Parcel{ID: "1"})
		if took := time.Since(began); v != tt.want || calls.Load() != 1 || took > 2*time.Second {
			t.Errorf("%s: got %+v after %d calls and %v, want %+v", name, v, calls.Load(), took, tt.want)
		}
	}

	calls.Store(0)
	s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) > 1 {
			panic(http.ErrAbortHandler) // the line was good a moment ago
		}
	}, nil)
	for n, want := range []Verdict{{Delivered, "http-200", 0}, {Retry, NoAnswer, 0}} {
		if v, _ := s.Send(t.Context(), Parcel{ID: "1", Body: []byte("x")}); v != want || int(calls.Load()) != n+1 {
			t.Errorf("used line: got %+v after %d calls, want %+v", v, calls.Load(), want)
		}
	}

	calls.Store(0)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1); r.ProtoMajor != 2 {
			t.Errorf("got %s", r.Proto)
		}
		panic(http.ErrAbortHandler)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	two, err := New(Receiver{URL: server.URL, Networks: loopback, TLS: server.Client().Transport.(*http.Transport).TLSClientConfig}, at(noon))
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := two.Send(t.Context(), Parcel{ID: "1", Body: []byte("x")}); v != (Verdict{Retry, NoAnswer, 0}) || calls.Load() != 1 {
		t.Errorf("HTTP/2: got %+v after %d calls", v, calls.Load())
	}
}

// What cannot stand in a header is left out of it, and the message is sent.
func TestHeaders(t *testing.T) {
	for _, value := range []string{"a\r\nX-Evil: 1", "æ", "\x00", strings.Repeat("a", 2000)} {
		s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			if h := r.Header; h.Get("X-Evil") != "" || h.Get("X-Correlation-ID") != "" || h.Get("X-Request-ID") != "m1" {
				t.Errorf("%.20q: got %v", value, h)
			}
		}, nil)
		if v, _ := s.Send(t.Context(), Parcel{ID: "m1", Correlation: value, ContentType: value}); v.Class != Delivered {
			t.Errorf("%.20q: got %+v", value, v)
		}
	}
}

// A schedule is as long as its receiver allows, draws where it is told to, and
// takes what a clock says that was set back or forth.
func TestScheduleOf(t *testing.T) {
	if s := For(&exchange.Receiver{}); s.Until != Usual.Until || s.First != Usual.First || s.Most != Usual.Most {
		t.Errorf("got %+v", s)
	}
	s := For(&exchange.Receiver{Until: time.Hour})
	s.Draw = func(span time.Duration) time.Duration { return span - 1 }
	for attempt, want := range map[int]time.Duration{1: time.Second, 3: 4 * time.Second, 11: 15 * time.Minute, 1 << 40: 15 * time.Minute} {
		if v := s.Next(Verdict{Class: Retry, Code: "x"}, attempt, 0); v.After != want-1 {
			t.Errorf("%d: got %v, want %v", attempt, v.After, want-1)
		}
	}
	for _, age := range []time.Duration{-1000 * time.Hour, 0, time.Hour - 1} { // before it was accepted: the clock was set back
		if v := s.Next(Verdict{Class: Retry, Code: "x"}, 1, age); v.Class != Retry || v.Code != "x" {
			t.Errorf("%v: got %+v", age, v)
		}
	}
	if v := s.Next(Verdict{Class: Retry}, 1, time.Hour); v != (Verdict{Dead, Expired, 0}) {
		t.Errorf("got %+v", v)
	}
	if v := s.Next(Verdict{Class: Delivered, Code: Known}, 9, 1000*time.Hour); v != (Verdict{Delivered, Known, 0}) {
		t.Errorf("got %+v", v)
	}
	if v := (Schedule{Most: time.Hour, Until: time.Hour}).Next(Verdict{Class: Retry}, 1<<40, 0); v.After > time.Hour {
		t.Errorf("no first wait: got %+v", v)
	}
	if v := (Schedule{Until: time.Hour}).Next(Verdict{Class: Retry}, -5, 0); v.After != soonest {
		t.Errorf("the empty schedule: got %+v", v)
	}
}
