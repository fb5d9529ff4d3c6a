package node

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// state waits until the first delivery of a message is in a state.
func (w *world) state(id, state string) exchange.Delivery {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if d := w.life(id).Deliveries[0]; d.State == state {
			return d
		}
	}
	w.t.Fatalf("the delivery is %+v, want it %s", w.life(id).Deliveries[0], state)
	return exchange.Delivery{}
}

// unsendable is a referral that cannot be read when it is to be translated: its
// priority is none.
func unsendable(n int, citizen string) exchange.Submission {
	return exchange.Submission{Body: strings.Replace(small(n, citizen), `"rutine"`, `"snarest"`, 1), Receiver: "psykiatri-post"}
}

// What cannot be translated is held and says why; a person has it sent again, or
// takes it out; bulk tells of each, and a dry run does nothing.
func TestAct(t *testing.T) {
	w := newWorld(t, story()).open().run()
	var ids []string
	for n := range 3 {
		r := w.submit("bosted", unsendable(n, somebody(n)))
		if d := w.state(r.ID, "held"); d.Why == "" || d.Code == "" {
			t.Errorf("it is held as %+v", d)
		}
		ids = append(ids, r.ID)
	}
	act := func(a exchange.Action) []exchange.Done {
		t.Helper()
		done, err := w.Act(t.Context(), w.as("drift"), a)
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	held := &exchange.Filter{State: "held"}
	dry := act(exchange.Action{Do: exchange.Release, Filter: held, Why: "sent by hand", Dry: true})
	if len(dry) != 3 || slices.ContainsFunc(dry, func(d exchange.Done) bool { return d.Did != exchange.Release || d.Receiver != "psykiatri-post" }) {
		t.Errorf("the dry run says %+v", dry)
	}
	w.state(ids[0], "held")

	again := act(exchange.Action{Do: exchange.Rerun, IDs: ids[:1], Why: "the map was mended", Maps: "test"})
	if len(again) != 1 || again[0].Did != exchange.Rerun {
		t.Errorf("got %+v", again)
	}
	w.state(ids[0], "held") // tried, and held again
	life := w.life(ids[0])
	i := slices.IndexFunc(life.Steps, func(s exchange.Step) bool { return s.What == "rerun" })
	if i < 0 || life.Steps[i].Who != "drift" || life.Steps[i].Why != "the map was mended" || life.Steps[i].Maps != "test" || life.Deliveries[0].Attempts != 2 {
		t.Errorf("its life is %+v", life)
	}

	done := act(exchange.Action{Do: exchange.Release, Filter: held, Why: "sent by hand"})
	if len(done) != 3 {
		t.Errorf("got %+v", done)
	}
	w.state(ids[1], "released")
	mixed := act(exchange.Action{Do: exchange.Release, IDs: []string{ids[0], "01890000-0000-7000-8000-000000000000", ids[0]}, Why: "again"})
	if len(mixed) != 2 || mixed[0].Refused != "it is released already" || mixed[1].Refused != "there is no such message" {
		t.Errorf("got %+v", mixed)
	}
	other := act(exchange.Action{Do: exchange.Release, IDs: ids[:1], Receiver: "laege-post", Why: "again"})
	if len(other) != 1 || other[0].Refused != "it has no such delivery" {
		t.Errorf("got %+v", other)
	}
}

// An action that is none does nothing.
func TestActRefused(t *testing.T) {
	w := newWorld(t, story()).open()
	id := w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"}).ID
	for _, c := range []struct {
		a    exchange.Action
		kind mapping.Kind
		path string
	}{
		{exchange.Action{Do: "burn", IDs: []string{id}, Why: "x"}, mapping.Value, "do"},
		{exchange.Action{Do: exchange.Erase, IDs: []string{id}}, mapping.Required, "why"},
		{exchange.Action{Do: exchange.Erase, IDs: []string{id}, Why: "asked by 250947-9989"}, mapping.Value, "why"},
		{exchange.Action{Do: exchange.Erase, IDs: []string{id}, Why: strings.Repeat("x", 1001)}, mapping.Value, "why"},
		{exchange.Action{Do: exchange.Erase, Why: "x"}, mapping.Required, "ids"},
		{exchange.Action{Do: exchange.Erase, IDs: []string{id}, Filter: &exchange.Filter{}, Why: "x"}, mapping.Value, "filter"},
		{exchange.Action{Do: exchange.Erase, IDs: make([]string, 10_001), Why: "x"}, mapping.TooLong, "ids"},
		{exchange.Action{Do: exchange.Erase, IDs: []string{id}, Receiver: "laege-post", Why: "x"}, mapping.Value, "receiver"},
		{exchange.Action{Do: exchange.Erase, IDs: []string{id}, Maps: "test", Why: "x"}, mapping.Value, "maps"},
		{exchange.Action{Do: exchange.Rerun, IDs: []string{id}, Maps: "never", Why: "x"}, mapping.NotFound, "maps"},
		{exchange.Action{Do: exchange.Release, Filter: &exchange.Filter{State: "lost"}, Why: "x"}, mapping.Value, "state"},
		{exchange.Action{Do: exchange.Release, Filter: &exchange.Filter{Citizen: "x"}, Why: "x"}, mapping.Value, "citizen"},
	} {
		_, err := w.Act(t.Context(), operator, c.a)
		demand(t, err, c.kind, c.path)
	}
	if d := w.life(id).Deliveries[0]; d.State != "waiting" {
		t.Errorf("the delivery is %+v", d)
	}
}

// The log is given in pages, newest first, by every filter there is.
func TestList(t *testing.T) {
	w := newWorld(t, story()).open()
	var ids []string
	for n := range 7 {
		to := []string{"laege-post", "psykiatri-svar"}[n%2]
		ids = append(ids, w.submit("bosted", exchange.Submission{Body: small(n, somebody(n/4)), Receiver: to}).ID)
	}
	w.submit("psykiatri", exchange.Submission{Body: correspondence(t, uid(1), uid(2)), Receiver: "bosted-post"})
	var paged []string
	f := exchange.Filter{Limit: 3, Sender: "bosted"}
	for {
		lines, err := w.List(t.Context(), operator, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			paged = append(paged, l.ID)
			f.Before = l.Seq
		}
		if len(lines) < f.Limit {
			break
		}
	}
	slices.Reverse(paged)
	if !slices.Equal(paged, ids) {
		t.Errorf("got %v, want %v", paged, ids)
	}
	for _, c := range []struct {
		name string
		who  exchange.Caller
		f    exchange.Filter
		want int
	}{
		{"all", operator, exchange.Filter{}, 8},
		{"a channel", operator, exchange.Filter{Channel: "medcom"}, 1},
		{"a kind", operator, exchange.Filter{Document: "henvisning"}, 7},
		{"a receiver", operator, exchange.Filter{Receiver: "laege-post"}, 4},
		{"a state", operator, exchange.Filter{State: "waiting"}, 8},
		{"another state", operator, exchange.Filter{State: "dead"}, 0},
		{"receiver and state", operator, exchange.Filter{Receiver: "laege-post", State: "waiting"}, 4},
		{"a citizen", operator, exchange.Filter{Citizen: somebody(0)}, 4},
		{"a citizen with a hyphen", w.as("bosted"), exchange.Filter{Citizen: somebody(1)[:6] + "-" + somebody(1)[6:]}, 3},
		{"a citizen of others", w.as("fremmed"), exchange.Filter{Citizen: somebody(0)}, 0},
		{"what goes to the doctor", w.as("laege"), exchange.Filter{}, 4},
		{"what the doctor's filter hides", w.as("laege"), exchange.Filter{Receiver: "psykiatri-svar"}, 0},
		{"a tenant", w.as("drift"), exchange.Filter{}, 8},
		{"later", operator, exchange.Filter{From: time.Now().Add(time.Hour)}, 0},
		{"earlier", operator, exchange.Filter{To: time.Now().Add(time.Hour)}, 8},
	} {
		lines, err := w.List(t.Context(), c.who, c.f)
		if err != nil || len(lines) != c.want {
			t.Errorf("%s: got %d, %v; want %d", c.name, len(lines), err, c.want)
		}
	}
	for _, f := range []exchange.Filter{{Limit: -1}, {Limit: 1001}, {Before: -1}, {State: "lost"}, {Citizen: "1"}} {
		_, err := w.List(t.Context(), operator, f)
		demandKind(t, err, mapping.Value)
	}
}
