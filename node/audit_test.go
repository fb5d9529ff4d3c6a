package node

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tolk/adapters/token"
	"tolk/mapping/exchange"
)

// events are the events of an export, oldest first.
func (w *world) export(who exchange.Caller, q exchange.AuditQuery) (text string, events []string) {
	w.t.Helper()
	out, err := w.Audit(w.t.Context(), who, q)
	if err != nil {
		w.t.Fatal(err)
	}
	var b struct {
		Entry []struct {
			Resource struct {
				Subtype []struct{ System, Code string }
			}
		}
	}
	if err := json.Unmarshal(out, &b); err != nil {
		w.t.Fatal(err)
	}
	for _, e := range b.Entry {
		for _, s := range e.Resource.Subtype {
			if strings.HasSuffix(s.System, "audit-event") {
				events = append(events, s.Code)
			}
		}
	}
	return string(out), events
}

// The audit of a citizen has everything that happened to the messages about him,
// who read them, and that the audit was read; and his number where it was asked
// for by it, and nowhere else.
func TestAuditOfCitizen(t *testing.T) {
	w := newWorld(t, story()).open().run()
	r := w.submit("bosted", exchange.Submission{Body: referral(t), Receiver: "psykiatri-post"})
	w.submit("bosted", exchange.Submission{Body: small(1, somebody(1)), Receiver: "laege-post"})
	w.take("psykiatri", "psykiatri-post", w.one("psykiatri", "psykiatri-post"))
	if _, err := w.Part(t.Context(), w.because("kontrol"), r.ID, exchange.Original, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.List(t.Context(), w.as("drift"), exchange.Filter{Citizen: citizenNumber}); err != nil {
		t.Fatal(err)
	}
	text, events := w.export(w.as("drift"), exchange.AuditQuery{Citizen: "250947 9989"})
	want := "accept ready fetch delivered read search audit"
	if got := strings.Join(events, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !strings.Contains(text, citizenNumber) || !strings.Contains(text, "kontrol") || !strings.Contains(text, "samtykke") {
		t.Errorf("the export lacks the citizen, who read it or by what right: %s", text)
	}
	if strings.Contains(text, "sundhedsloven-43") {
		t.Errorf("what psychiatry fetched stands there by what was agreed for what it hands over itself: %s", text)
	}
	if text, events = w.export(operator, exchange.AuditQuery{}); strings.Contains(text, citizenNumber) || len(events) < 8 {
		t.Errorf("an export of %d rows, with the number: %v", len(events), strings.Contains(text, citizenNumber))
	}
	if _, events = w.export(w.as("fremmed"), exchange.AuditQuery{Citizen: citizenNumber}); strings.Join(events, " ") != "audit" {
		t.Errorf("another tenant reads %v", events)
	}
	// Before it leaves: a caller that is gone while it is written has it in there.
	if _, events = w.export(operator, exchange.AuditQuery{Message: r.ID, Limit: 2}); strings.Join(events, " ") != "accept ready" {
		t.Errorf("the first two rows are %v", events)
	}
}

// A citizen is found, and erased, under a tenant that has left the configuration.
func TestTenantThatLeft(t *testing.T) {
	w := newWorld(t, story()).open().run()
	r := w.submit("bosted", exchange.Submission{Body: referral(t), Receiver: "psykiatri-post"})
	w.one("psykiatri", "psykiatri-post")
	next := story()
	next.Version = "abcdef012345"
	for i := range next.Clients {
		next.Clients[i].Tenant = "nu"
	}
	if err := w.Reload(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	lines, err := w.List(t.Context(), operator, exchange.Filter{Citizen: citizenNumber})
	if err != nil || len(lines) != 1 || lines[0].ID != r.ID {
		t.Errorf("the log has %v of the citizen, %v", lines, err)
	}
	if _, events := w.export(operator, exchange.AuditQuery{Citizen: citizenNumber}); len(events) == 0 || events[0] != "accept" {
		t.Errorf("the audit has %v of the citizen", events)
	}
}

// Another configuration is in force as a whole, and stands in the audit.
func TestReload(t *testing.T) {
	w := newWorld(t, story()).open().run()
	next := story()
	next.Version = "abcdef012345"
	next.Clients = next.Clients[1:] // the bosted is struck off
	who := w.as("bosted")
	if err := w.Reload(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if w.Config() != next {
		t.Error("another configuration is in force")
	}
	if _, err := w.List(t.Context(), who, exchange.Filter{}); outcomeOf(t, err) != barred {
		t.Errorf("who was struck off sees the log: %v", err)
	}
	text, events := w.export(operator, exchange.AuditQuery{})
	if events[0] != "configured" || !strings.Contains(text, "abcdef012345") {
		t.Errorf("got %v: %s", events, text)
	}
	w.close()
	w.config = story()
	w.open()
	w.Node.Close()
	if err := w.Reload(t.Context(), next); err == nil || w.Config() == next {
		t.Errorf("a configuration that could not be written is in force: %v", err)
	}
	if w.Ready() == nil {
		t.Error("a closed node says that it is ready")
	}
}

// What was used once is used after a start, too.
func TestUsedAfterRestart(t *testing.T) {
	w := newWorld(t, story()).open()
	var _ token.Used = w.Node
	use := token.Use{Client: "bosted", ID: "jti-1", Now: time.Now(), Until: time.Now().Add(time.Minute)}
	for i, want := range []bool{true, false, false} {
		if first, err := w.Once(t.Context(), use); first != want || err != nil {
			t.Errorf("use %d: got %v, %v", i, first, err)
		}
		if i == 1 {
			w.close()
			w.open()
		}
	}
	use.Client = "laege"
	if first, err := w.Once(t.Context(), use); !first || err != nil {
		t.Errorf("another client's: got %v, %v", first, err)
	}
}
