package deliver

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tolk/adapters/telemetry"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// receiver starts a receiver on this machine and returns a sender to it.
func receiver(t *testing.T, answer http.HandlerFunc, change func(*Receiver)) *Sender {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	to := Receiver{Name: "gp", URL: server.URL + "/fhir", Networks: loopback, Insecure: true, Timeout: 5 * time.Second}
	if change != nil {
		change(&to)
	}
	s, err := New(to, at(noon))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func outcome(code string) string {
	return `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"` + code + `"}]}`
}

// Every answer falls into the class that the design gives it.
func TestClasses(t *testing.T) {
	for _, tt := range []struct {
		status int
		header string // Retry-After
		body   string
		want   Verdict
	}{
		{200, "", "", Verdict{Delivered, "http-200", 0}},
		{202, "5", "nonsense", Verdict{Delivered, "http-202", 0}},
		{409, "", "", Verdict{Delivered, Known, 0}},
		{422, "", outcome("duplicate"), Verdict{Delivered, Known, 0}},
		{408, "", "", Verdict{Retry, "http-408", 0}},
		{429, "17", "", Verdict{Retry, "http-429", 17 * time.Second}},
		{429, "Sun, 22 Nov 2026 12:01:00 GMT", "", Verdict{Retry, "http-429", time.Minute}},
		{429, "Sun, 22 Nov 2026 11:00:00 GMT", "", Verdict{Retry, "http-429", 0}},
		{429, "-1", "", Verdict{Retry, "http-429", 0}},
		{429, "soon", "", Verdict{Retry, "http-429", 0}},
		{503, "", outcome("invalid"), Verdict{Retry, "http-503", 0}},
		{502, "", outcome("invalid"), Verdict{Dead, "http-502", 0}},
		{503, "99999999", "", Verdict{Retry, "http-503", longest}},
		{500, "", "<html>", Verdict{Retry, "http-500", 0}},
		{500, "", `{"resourceType":"Bundle"}`, Verdict{Retry, "http-500", 0}},
		{500, "", outcome("transient"), Verdict{Retry, "http-500", 0}},
		{500, "", outcome("invalid"), Verdict{Dead, "http-500", 0}},
		{500, "", `{"resourceType":"OperationOutcome","resourceType":"x"}`, Verdict{Retry, "http-500", 0}},
		{500, "", `{"resourceType":"OperationOutcome","issue":[{"code":7},5,null]}`, Verdict{Retry, "http-500", 0}},
		{500, "", `{"resourceType":"OperationOutcome","issue":7}`, Verdict{Retry, "http-500", 0}},
		{500, "", strings.Repeat("[", 1000), Verdict{Retry, "http-500", 0}},
		{401, "", "", Verdict{Retry, Unauthorized, 0}},
		{307, "", "", Verdict{Dead, Redirected, 0}},
		{400, "", "", Verdict{Dead, "http-400", 0}},
		{403, "", "", Verdict{Dead, "http-403", 0}},
		{404, "", "", Verdict{Dead, "http-404", 0}},
		{410, "", "", Verdict{Dead, "http-410", 0}},
		{413, "", "", Verdict{Dead, "http-413", 0}},
		{415, "", "", Verdict{Dead, "http-415", 0}},
		{422, "", outcome("invalid"), Verdict{Dead, "http-422", 0}},
	} {
		s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			if tt.header != "" {
				w.Header().Set("Retry-After", tt.header)
			}
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		}, nil)
		got, said := s.Send(t.Context(), Parcel{ID: "1"})
		if got != tt.want || string(said) != tt.body {
			t.Errorf("%d %q %.40s: got %+v, %.40q, want %+v", tt.status, tt.header, tt.body, got, said, tt.want)
		}
	}
}

// What arrives is what was to be sent, under the names of message and
// conversation, and once.
func TestRequest(t *testing.T) {
	var calls atomic.Int32
	s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		h := r.Header
		if r.Method != "POST" || r.URL.Path != "/fhir" || string(body) != "æ<&" || h.Get("X-Request-ID") != "m1" || h.Get("X-Correlation-ID") != "c1" ||
			h.Get("Content-Type") != "application/fhir+json" || h.Get("Authorization") != "" || h.Get("Accept-Encoding") != "" {
			t.Errorf("got %s %s %v %q", r.Method, r.URL, h, body)
		}
	}, nil)
	if v, _ := s.Send(t.Context(), Parcel{"m1", "c1", "application/fhir+json", []byte("æ<&")}); v.Class != Delivered || calls.Load() != 1 {
		t.Errorf("got %+v after %d calls", v, calls.Load())
	}
	if s.String() != "receiver gp" {
		t.Errorf("got %s", s)
	}
}

// What is sent belongs to the trace of its message, that whoever sees the spans of
// the node finds it by.
func TestTraceparent(t *testing.T) {
	for id, want := range map[string]string{
		"019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071":     telemetry.Traceparent("019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071"),
		"m1":                                       "",
		"019a2b3c-4d5e-7f60-8a1b-2c3d4e5f607g":     "",
		"019A2B3C-4D5E-7F60-8A1B-2C3D4E5F6071":     "", // the journal writes small letters
		"019a2b3c4d5e-7f60-8a1b-2c3d4e5f-6071":     "",
		"00000000-0000-0000-0000-000000000000":     "", // is none (W3C Trace Context, 3.2.2.3)
		"019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071\r\n": "",
	} {
		s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("traceparent"); got != want {
				t.Errorf("%q: got %q, want %q", id, got, want)
			}
		}, nil)
		if v, _ := s.Send(t.Context(), Parcel{ID: id}); v.Class != Delivered {
			t.Errorf("%q: got %+v", id, v)
		}
	}
}

// A refused token is asked for anew once.
func TestToken(t *testing.T) {
	for _, tt := range []struct {
		accepts string
		fails   bool
		want    Verdict
		calls   int32
	}{
		{"old", false, Verdict{Delivered, "http-200", 0}, 1},
		{"new", false, Verdict{Delivered, "http-200", 0}, 2},
		{"none", false, Verdict{Retry, Unauthorized, 0}, 2},
		{"new", true, Verdict{Retry, NoToken, 0}, 0},
	} {
		var calls atomic.Int32
		s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			if r.Header.Get("Authorization") != "Bearer "+tt.accepts {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}, func(to *Receiver) {
			to.Token = func(_ context.Context, refused string) (string, error) {
				switch {
				case tt.fails:
					return "", errors.New("no token")
				case refused == "old":
					return "new", nil
				}
				return "old", nil
			}
		})
		if v, _ := s.Send(t.Context(), Parcel{ID: "1"}); v != tt.want || calls.Load() != tt.calls {
			t.Errorf("%s: got %+v after %d calls, want %+v after %d", tt.accepts, v, calls.Load(), tt.want, tt.calls)
		}
	}
}

// Whatever a receiver does to the line, the message is sent again later, once
// for each attempt, and nothing waits for ever or fills the memory.
func TestBadLines(t *testing.T) {
	var calls atomic.Int32
	hijack := func(do func(net.Conn)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			do(c)
			c.Close()
		}
	}
	short := func(to *Receiver) { to.Timeout = 200 * time.Millisecond }
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		change func(*Receiver)
		want   Verdict
	}{
		"cut":             {hijack(func(net.Conn) {}), nil, Verdict{Retry, NoAnswer, 0}},
		"nonsense":        {hijack(func(c net.Conn) { io.WriteString(c, "hello\r\n\r\n") }), nil, Verdict{Retry, NoAnswer, 0}},
		"silent":          {func(w http.ResponseWriter, r *http.Request) { calls.Add(1); time.Sleep(400 * time.Millisecond) }, short, Verdict{Retry, NoAnswer, 0}},
		"refusal cut off": {hijack(func(c net.Conn) { io.WriteString(c, "HTTP/1.1 500 X\r\nContent-Length: 99\r\n\r\n{") }), nil, Verdict{Retry, NoAnswer, 0}},
		"receipt cut off": {hijack(func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{") }), nil, Verdict{Delivered, "http-200", 0}},
		"long header":     {hijack(func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nA: "+strings.Repeat("a", 1<<20)+"\r\n\r\n") }), nil, Verdict{Retry, NoAnswer, 0}},
		"long answer": {func(w http.ResponseWriter, r *http.Request) { calls.Add(1); w.Write(make([]byte, 1<<20)) }, func(to *Receiver) { to.Answer = 1000 },
			Verdict{Delivered, "http-200", 0}},
	} {
		calls.Store(0)
		v, said := receiver(t, tt.answer, tt.change).Send(t.Context(), Parcel{ID: "1", Body: []byte("x")})
		if v != tt.want || calls.Load() != 1 || len(said) > 1000 {
			t.Errorf("%s: got %+v, %d bytes, after %d calls, want %+v after 1", name, v, len(said), calls.Load(), tt.want)
		}
	}
}

// A redirect is not followed, with or without a token.
func TestRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("somebody else was called") }))
	defer elsewhere.Close()
	s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusPermanentRedirect)
	}, nil)
	if v, _ := s.Send(t.Context(), Parcel{ID: "1"}); v != (Verdict{Dead, Redirected, 0}) {
		t.Errorf("got %+v", v)
	}
}

// A receiver in a network that was not listed is not called.
func TestAddresses(t *testing.T) {
	s := receiver(t, func(http.ResponseWriter, *http.Request) { t.Error("called") },
		func(to *Receiver) { to.Networks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	if v, _ := s.Send(t.Context(), Parcel{ID: "1"}); v != (Verdict{Retry, Forbidden, 0}) {
		t.Errorf("got %+v", v)
	}
	for address, want := range map[string]bool{
		"193.162.0.1:443": true, "[2a00::1]:443": true, "10.1.2.3:443": true,
		"127.0.0.1:443": false, "192.168.0.1:443": false, "172.16.0.1:443": false, "169.254.169.254:80": false, "0.0.0.0:1": false,
		"100.64.0.1:1": false, "224.0.0.1:1": false, "255.255.255.255:1": false, "[::1]:1": false, "[fe80::1%eth0]:1": false, "[fd00::1]:1": false,
		"[::ffff:127.0.0.1]:1": false, "[::ffff:10.0.0.1]:1": true, "[64:ff9b::a00:1]:1": false, "[2002:7f00:1::]:1": false, "[::]:1": false, "x": false,
	} {
		if got := networks(s.to.Networks).permit(t.Context(), "tcp", address, nil) == nil; got != want {
			t.Errorf("%s: got %v, want %v", address, got, want)
		}
	}
	for address, want := range map[string]bool{"10.1.2.3:80": true, "193.162.0.1:80": false, "[2a00::1]:80": false, "192.168.0.1:80": false, "x": false} {
		if got := networks(s.to.Networks).permitOwn(t.Context(), "tcp", address, nil) == nil; got != want {
			t.Errorf("http to %s: got %v, want %v", address, got, want)
		}
	}
	for _, u := range []string{"", "gp", "http://gp/x", "https://a:b@gp/", "ftp://gp", "https:///x", "https://gp/#x", "https://gp:x/"} {
		if _, err := New(Receiver{URL: u}, at(noon)); err == nil {
			t.Errorf("%q: got no error", u)
		}
	}
	if _, err := New(Receiver{URL: "https://gp.example/fhir"}, at(noon)); err != nil {
		t.Errorf("got %v", err)
	}
}

// The environment's proxy is not asked.
func TestNoProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was called") }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	s := receiver(t, func(w http.ResponseWriter, r *http.Request) {}, func(to *Receiver) {
		to.URL = strings.Replace(to.URL, "127.0.0.1", "nobody.invalid", 1)
	})
	if v, _ := s.Send(t.Context(), Parcel{ID: "1"}); v != (Verdict{Retry, NoAnswer, 0}) {
		t.Errorf("got %+v", v)
	}
}

// The wait grows with the attempts up to its most, is never shorter than the
// receiver asked for, and ends with the time a message has.
func TestSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.IntRange(1, 1000).Draw(t, "attempt")
		asked := time.Duration(rapid.Int64Range(0, int64(longest)).Draw(t, "asked"))
		age := time.Duration(rapid.Int64Range(0, int64(80*time.Hour)).Draw(t, "age"))
		v := Usual.Next(Verdict{Class: Retry, Code: "x", After: asked}, attempt, age)
		if age >= 72*time.Hour {
			if v.Class != Dead || v.Code != Expired {
				t.Fatalf("got %+v", v)
			}
			return
		}
		most := 15 * time.Minute
		if attempt < 11 {
			most = min(most, time.Second<<(attempt-1))
		}
		if v.Class != Retry || v.After < asked || v.After < soonest || v.After > max(most, asked, soonest) {
			t.Fatalf("got %+v, want at most %v", v, most)
		}
	})
	for _, c := range []Class{Delivered, Dead} {
		if v := (Verdict{Class: c}); Usual.Next(v, 1, 100*time.Hour) != v {
			t.Errorf("%s: was changed", c)
		}
	}
	spread := map[time.Duration]bool{}
	for range 100 {
		spread[Usual.Next(Verdict{Class: Retry}, 20, 0).After] = true
	}
	if len(spread) < 90 {
		t.Errorf("jitter: %d different waits of 100", len(spread))
	}
}

// The breaker opens after failures in a row, lets one through after each pause,
// and closes with the first answer.
func TestBreaker(t *testing.T) {
	b, now := NewBreaker(), noon
	fail, ok, refused := Verdict{Class: Retry}, Verdict{Class: Delivered}, Verdict{Class: Dead}
	allowed := func(want bool, left time.Duration) {
		t.Helper()
		if got, wait := b.Allow(now); got != want || wait != left {
			t.Errorf("allow: got %v, %v, want %v, %v", got, wait, want, left)
		}
	}
	for range 4 {
		b.Report(now, fail)
	}
	b.Report(now, refused) // an answer
	for range 4 {
		b.Report(now, fail)
		allowed(true, 0)
	}
	allowed(true, 0)
	b.Report(now, fail)
	allowed(false, 30*time.Second)
	b.Report(now, fail) // of one that was under way
	allowed(false, 30*time.Second)
	now = now.Add(30 * time.Second)
	allowed(true, 0)
	allowed(false, 30*time.Second) // one only
	b.Report(now, fail)
	allowed(false, time.Minute)
	for range 5 {
		now = now.Add(5 * time.Minute)
		allowed(true, 0)
		b.Report(now, fail)
	}
	allowed(false, 5*time.Minute)
	now = now.Add(-72 * time.Hour) // the clock is set back
	allowed(true, 0)
	b.Report(now, Verdict{Class: Retry, After: time.Hour})
	allowed(false, b.Longest) // that message waits the hour: the others need not
	now = now.Add(b.Longest)
	allowed(true, 0)
	if !b.Open() {
		t.Error("closed before the answer")
	}
	b.Report(now, ok)
	if allowed(true, 0); b.Open() {
		t.Error("open after an answer")
	}
}
