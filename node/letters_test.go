package node

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
)

// One call gives out as many letters as are not too much together, and one however
// large it is.
func TestTogether(t *testing.T) {
	const mb = 1 << 20
	for _, tt := range []struct {
		sizes []int64
		want  int
	}{
		{nil, 0}, {[]int64{100 * mb}, 1}, {[]int64{15 * mb, mb, 1}, 2}, {[]int64{17 * mb, 1}, 1}, {[]int64{1, 17 * mb, 1}, 1}, {[]int64{0, 0, 0}, 3},
	} {
		var due []journal.Due
		for _, n := range tt.sizes {
			due = append(due, journal.Due{Bytes: n})
		}
		if got := len(together(due)); got != tt.want {
			t.Errorf("%v: got %d, want %d", tt.sizes, got, tt.want)
		}
	}
}

// Of letters that are large, one call gives out some, and the next the others.
func TestFetchIsBounded(t *testing.T) {
	w := newWorld(t, story()).open().run()
	pad := strings.Repeat(" ", 6<<20)
	want := map[string]bool{}
	for n := range 5 {
		r := w.submit("bosted", exchange.Submission{Body: small(n, somebody(n)) + pad, Receiver: "laege-post"})
		want[r.ID] = true
	}
	for id := range want {
		for w.life(id).Deliveries[0].Code != journal.InMailbox {
			time.Sleep(5 * time.Millisecond)
		}
	}
	for _, many := range []int{2, 2, 1} {
		letters := w.fetch("laege", "laege-post", 100)
		if len(letters) != many {
			t.Fatalf("got %d letters, want %d", len(letters), many)
		}
		for _, l := range letters {
			delete(want, l.Message)
		}
	}
	if len(want) != 0 {
		t.Errorf("%d were not given out", len(want))
	}
}

// Of a letter that was fetched and not taken yet, its life says just that.
func TestFetchedNotTaken(t *testing.T) {
	w := newWorld(t, story()).open().run()
	r := w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"})
	l := w.one("laege", "laege-post")
	d := w.life(r.ID).Deliveries[0]
	if d.State != "sending" || d.Code != fetched || d.Why != "the receiver fetched it and has not said yet that it arrived" {
		t.Errorf("got %+v", d)
	}
	// It is named with its message too, and not with another.
	other := w.submit("bosted", exchange.Submission{Body: small(2, somebody(1)), Receiver: "laege-post"})
	demandKind(t, w.Take(t.Context(), w.as("laege"), "laege-post", other.ID+"."+l.ID), mapping.NotFound)
	demandKind(t, w.Take(t.Context(), w.as("laege"), "laege-post", "."+l.ID), mapping.NotFound)
	if err := w.Take(t.Context(), w.as("laege"), "laege-post", l.Message+"."+l.ID); err != nil {
		t.Error(err)
	}
	if d := w.life(r.ID).Deliveries[0]; d.State != "delivered" || d.Code != taken {
		t.Errorf("got %+v", d)
	}
}

// What the route keeps in escrow is for the right content and a reason, the
// sender's too; what the node keeps for itself is nobody's.
func TestEscrow(t *testing.T) {
	c := story()
	c.Routes[0].Residue = exchange.Escrow
	w := newWorld(t, c).open().run()
	r := w.submit("bosted", exchange.Submission{Body: referral(t), Receiver: "psykiatri-post"})
	w.take("psykiatri", "psykiatri-post", w.one("psykiatri", "psykiatri-post"))
	kept := exchange.Residue + ":psykiatri-post"
	for id, want := range map[string]bool{"bosted": false, "psykiatri": false, "drift": false, "kontrol": true} {
		l, err := w.Life(t.Context(), w.as(id), r.ID)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if slices.Contains(l.Parts, kept) != want {
			t.Errorf("%s sees %v", id, l.Parts)
		}
		for _, part := range l.Parts {
			if name, _, _ := strings.Cut(part, ":"); name == "made" || name == escrowPart || name == typePart {
				t.Errorf("%s sees %s", id, part)
			}
		}
		_, err = w.Part(t.Context(), w.because(id), r.ID, exchange.Residue, "psykiatri-post")
		if (err == nil) != want {
			t.Errorf("%s reads it: %v", id, err)
		}
	}
	_, err := w.Part(t.Context(), w.as("kontrol"), r.ID, exchange.Residue, "psykiatri-post")
	demand(t, err, mapping.Required, "why")
	_, err = w.Part(t.Context(), operator, r.ID, "escrow", "psykiatri-post")
	demand(t, err, mapping.Value, "part")
	if got := w.rows("read"); len(got) != 1 || got[0].Code != escrowPart || got[0].Audit.Detail != "a complaint" {
		t.Errorf("the audit has %+v", got)
	}
}
