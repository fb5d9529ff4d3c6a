package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/node/work"
)

// A token that gives fewer rights than the client has gives no more here; one that
// says it gives more does not.
func TestNarrowedRights(t *testing.T) {
	w := newWorld(t, story()).open()
	r := w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"})
	less := func(id string, rights ...exchange.Right) exchange.Caller {
		c := *w.Config().Client(id)
		c.Rights = rights
		return exchange.Caller{Client: &c, Config: w.Config(), Why: "a test"}
	}
	_, err := w.Submit(t.Context(), less("bosted", exchange.Receive), consented(exchange.Submission{Body: small(2, citizenNumber), Receiver: "laege-post"}))
	demandKind(t, err, mapping.Security)
	_, err = w.Fetch(t.Context(), less("laege", exchange.Send), "laege-post", 1)
	demandKind(t, err, mapping.Security)
	_, err = w.Part(t.Context(), less("kontrol", exchange.Log), r.ID, exchange.Original, "")
	demandKind(t, err, mapping.Security)
	_, err = w.Life(t.Context(), less("kontrol"), r.ID)
	demandKind(t, err, mapping.NotFound)
	_, err = w.Audit(t.Context(), less("drift", exchange.Log), exchange.AuditQuery{})
	demandKind(t, err, mapping.Security)
	_, err = w.Act(t.Context(), less("drift", exchange.Log, exchange.Delete), exchange.Action{Do: exchange.Release, IDs: []string{r.ID}, Why: "a test"})
	demandKind(t, err, mapping.Security)
	_, err = w.Audit(t.Context(), less("bosted", exchange.Rights()...), exchange.AuditQuery{})
	demandKind(t, err, mapping.Security)
	if _, err := w.Part(t.Context(), less("kontrol", exchange.Read, exchange.Log), r.ID, exchange.Original, ""); err != nil {
		t.Errorf("with all its rights: %v", err)
	}
	if len(w.Config().Client("bosted").Rights) != 2 {
		t.Error("the configuration was narrowed itself")
	}
}

// Whoever reads what is neither from nor to him says why, and it stands in the
// audit; who sent it or gets it need not.
func TestWhy(t *testing.T) {
	w := newWorld(t, story()).open().run()
	r := w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"})
	w.take("laege", "laege-post", w.one("laege", "laege-post"))
	silent := exchange.Caller{Operator: "anna"}
	for name, tt := range map[string]struct {
		who  exchange.Caller
		part string
		kind mapping.Kind // empty: given
	}{
		"the sender":                 {w.as("bosted"), exchange.Original, ""},
		"the receiver":               {w.as("laege"), exchange.Translation, ""},
		"the right content":          {w.as("kontrol"), exchange.Translation, mapping.Required},
		"the operator":               {silent, exchange.Original, mapping.Required},
		"the operator with a reason": {operator, exchange.Original, ""},
		"the right with a reason":    {w.because("kontrol"), exchange.Original, ""},
		"a stranger":                 {w.as("fremmed"), exchange.Original, mapping.NotFound},
	} {
		_, err := w.Part(t.Context(), tt.who, r.ID, tt.part, "")
		if tt.kind == "" && err != nil || tt.kind != "" && codeOf(err) != string(tt.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, why := range []string{"about " + citizenNumber, strings.Repeat("x", 1001)} {
		_, err := w.Part(t.Context(), exchange.Caller{Operator: "anna", Why: why}, r.ID, exchange.Original, "")
		demand(t, err, mapping.Value, "why")
	}
	said := 0
	for _, s := range w.life(r.ID).Steps {
		if s.What == "read" && s.Why == "a complaint" && s.Who == "kontrol" || s.Why == operator.Why && s.Who == "operator:anna" {
			said++
		}
	}
	if said != 2 {
		t.Errorf("%d of 2 reasons stand in the audit", said)
	}
}

// rows are the audit's of some events.
func (w *world) rows(events ...string) (list []journal.Entry) {
	w.t.Helper()
	all, err := w.journal.Audit(w.t.Context(), journal.Trail{})
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(e journal.Entry) bool { return !slices.Contains(events, e.Event) })
}

// A refusal at the front is a row of the audit; of a flood the first have one each
// and the rest one together, and whoever floods takes no row from another.
func TestRefusedAtTheDoor(t *testing.T) {
	var clock hand
	w := newWorld(t, story())
	w.now = clock.now
	w.open().run()
	refuse := func(who exchange.Caller, code string, times int) {
		for range times {
			err := w.Refused(t.Context(), who, exchange.Refusal{Code: code, Why: "the token has expired", Route: "GET /v1/exchange/:id", Request: "r-1"})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	refuse(exchange.Caller{}, exchange.Unknown, 1000)
	refuse(w.as("laege"), exchange.Forbidden, 1)
	rows := w.rows(callRefused)
	if len(rows) != barredRows+1 {
		t.Fatalf("%d rows", len(rows))
	}
	if first := rows[0]; first.Code != exchange.Unknown || first.Tenant != ours || first.Audit.Actor != "" || first.Audit.Request != "r-1" ||
		first.Audit.Detail != "GET /v1/exchange/:id: the token has expired" {
		t.Errorf("got %+v", first)
	}
	if last := rows[barredRows]; last.Audit.Actor != "laege" || last.Tenant != "praksis" || last.Code != exchange.Forbidden {
		t.Errorf("got %+v", last)
	}
	clock.add(2 * barredWhile)
	refuse(exchange.Caller{}, exchange.Unknown, 12)
	if rows := w.rows(callsRefused); len(rows) != 1 || !strings.HasPrefix(rows[0].Audit.Detail, "990 more calls were refused from ") {
		t.Errorf("got %+v", rows)
	}
	clock.add(-time.Hour) // a clock that is set back is another while
	refuse(exchange.Caller{}, exchange.Unknown, 1)
	if rows := w.rows(callsRefused); len(rows) != 2 || !strings.HasPrefix(rows[1].Audit.Detail, "2 more calls") {
		t.Errorf("got %+v", rows)
	}
	refuse(exchange.Caller{}, exchange.Unknown, 20)
	w.end() // what was counted is told at the end
	w.end = nil
	if rows := w.rows(callsRefused); len(rows) != 3 || !strings.HasPrefix(rows[2].Audit.Detail, "11 more calls") {
		t.Errorf("got %+v", rows)
	}
	text, _ := w.export(operator, exchange.AuditQuery{})
	if !strings.Contains(text, "the token has expired") {
		t.Error("the export does not say why")
	}
	if err := w.Refused(t.Context(), exchange.Caller{}, exchange.Refusal{Code: exchange.Unknown, Why: "of " + citizenNumber, Route: "GET /"}); err != nil {
		t.Error(err)
	}
	if rows := w.rows(callRefused); strings.Contains(fmt.Sprint(rows), citizenNumber) {
		t.Error("a row names the citizen")
	}
}

// What a caller says of his own trace is told to who listens.
func TestTrace(t *testing.T) {
	w := newWorld(t, story()).open()
	w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post", Trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
	i := slices.IndexFunc(w.events, func(e work.Event) bool { return e.What == "accept" })
	if i < 0 || !strings.HasPrefix(w.events[i].Trace, "00-4bf9") {
		t.Errorf("got %+v", w.events)
	}
}

// lost are keys that cannot read what they wrapped once it is gone.
type lost struct {
	journal.Keys
	gone atomic.Bool
}

func (l *lost) Unwrap(ctx context.Context, tenant string, w journal.Wrapped) ([]byte, error) {
	if l.gone.Load() {
		return nil, &mapping.Error{Kind: mapping.Exception, Message: "the key is not as it was written", Err: journal.ErrCorrupt}
	}
	return l.Keys.Unwrap(ctx, tenant, w)
}

// A life is told though what is sealed of it was damaged; its content is not.
func TestLifeOfDamaged(t *testing.T) {
	w := newWorld(t, story())
	keys := &lost{Keys: w.keys}
	w.keys = keys
	w.open()
	r := w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"})
	keys.gone.Store(true)
	w.run()
	d := w.state(r.ID, "dead")
	if d.Code != work.Corrupt || d.Why == "" {
		t.Errorf("got %+v", d)
	}
	l := w.life(r.ID)
	if l.Sender != "bosted" || len(l.Steps) < 2 || len(l.Parts) != 0 || !strings.Contains(l.Why, "not as it was written") {
		t.Errorf("got %+v", l)
	}
	if _, err := w.Part(t.Context(), operator, r.ID, exchange.Original, ""); err == nil {
		t.Error("its content was given out")
	}
	if _, err := w.Life(context.Background(), w.as("bosted"), r.ID); err != nil {
		t.Error(err)
	}
}
