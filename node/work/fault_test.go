package work

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/mapping/exchange"
)

// A receiver over HTTP that commits and cuts the line gets the same request again,
// and no third one after its receipt; one that fails for a while gets everything.
func TestHTTP(t *testing.T) {
	type request struct{ id, kind, correlation, body string }
	var mu sync.Mutex
	var got []request
	tries := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		tries++
		switch {
		case tries%5 == 2:
			w.WriteHeader(http.StatusInternalServerError)
			return
		case tries%7 == 3:
			got = append(got, request{r.Header.Get("X-Request-ID"), r.Header.Get("Content-Type"), r.Header.Get("X-Correlation-ID"), string(body)})
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
			return
		}
		got = append(got, request{r.Header.Get("X-Request-ID"), r.Header.Get("Content-Type"), r.Header.Get("X-Correlation-ID"), string(body)})
	}))
	defer server.Close()
	to := plainReceiver("gp")
	to.Folder, to.HTTP = nil, &exchange.HTTP{URL: server.URL, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Insecure: true}
	b := newBench(t, to)
	b.options.Dial = dial
	b.start()
	var all []journal.Message
	for i := range 30 {
		m := b.message(fmt.Sprint("c", i%5), "", "gp")
		m.Correlation = fmt.Sprint("thread-", i)
		b.accept(m)
		all = append(all, m)
	}
	b.quiet()
	first := map[string]request{}
	twice := 0
	for _, r := range got {
		if before, again := first[r.id]; again {
			if twice++; before != r {
				t.Errorf("%s came again as another request", r.id)
			}
		}
		first[r.id] = r
	}
	if len(first) != len(all) || twice == 0 {
		t.Errorf("%d of %d arrived, %d twice", len(first), len(all), twice)
	}
	for _, m := range all {
		if p := b.progress(m.ID, "gp"); p.State != journal.Delivered || first[m.ID].correlation != m.Correlation {
			t.Errorf("%+v", p)
		}
	}
}

// A flipped bit is found, and what has one is never sent.
func TestFlippedBit(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	bad := b.accept(b.message("", "", "gp"))
	good := b.accept(b.message("", "", "gp"))
	if err := b.journal.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", b.dir+"/journal.db")
	if err != nil {
		t.Fatal(err)
	}
	var sealed []byte
	if err := db.QueryRow(`SELECT sealed FROM body WHERE message=1 AND part='original'`).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	sealed[len(sealed)/2] ^= 4
	if _, err := db.Exec(`UPDATE body SET sealed=? WHERE message=1 AND part='original'`, sealed); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// A file that was closed and is another one now is not even opened.
	if err := os.Remove(b.dir + "/head"); err != nil {
		t.Fatal(err)
	}
	b.open()
	b.start()
	b.reaches(good, "gp", journal.Delivered)
	b.reaches(bad, "gp", journal.Dead)
	if p := b.progress(bad, "gp"); p.Code != Corrupt || len(b.world.of("gp")) != 1 {
		t.Errorf("%+v", p)
	}
}

// A sender that panics ends an attempt, and no process.
func TestSenderPanics(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	b.world.behaves = func(string, deliver.Parcel, int) behaviour { return taken }
	calls := 0
	b.options.Dial = func(to *exchange.Receiver, now func() time.Time) (Sender, error) {
		s, err := b.world.dial(to, now)
		return &panicking{Sender: s, calls: &calls}, err
	}
	b.start()
	b.reaches(b.accept(b.message("", "", "gp")), "gp", journal.Delivered)
	if calls != 3 {
		t.Errorf("%d calls", calls)
	}
}

type panicking struct {
	Sender
	calls *int
}

func (p *panicking) Send(ctx context.Context, parcel deliver.Parcel) (deliver.Verdict, []byte) {
	if *p.calls++; *p.calls < 3 {
		panic(person)
	}
	return p.Sender.Send(ctx, parcel)
}

// A receiver that cannot be called as it is configured is tried again, and is
// called when it can.
func TestNotConfigured(t *testing.T) {
	b := newBench(t, plainReceiver("gp"))
	var mu sync.Mutex
	ready := false
	b.options.Dial = func(to *exchange.Receiver, now func() time.Time) (Sender, error) {
		mu.Lock()
		defer mu.Unlock()
		if !ready {
			return nil, io.ErrUnexpectedEOF
		}
		return b.world.dial(to, now)
	}
	b.start()
	id := b.accept(b.message("", "", "gp"))
	b.until("tried", func() bool { return b.progress(id, "gp").Code == NotConfigured })
	mu.Lock()
	ready = true
	mu.Unlock()
	b.reaches(id, "gp", journal.Delivered)
}
