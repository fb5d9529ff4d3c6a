package node

import (
	"strings"
	"testing"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping/exchange"
	"tolk/mapping/message"
)

// fetched is a correspondence of psychiatry's that the bosted has fetched, and
// not taken yet, under the identifiers of n.
func (w *world) fetched(n int) (id, text string, l exchange.Letter) {
	w.t.Helper()
	text = correspondence(w.t, uid(2*n), uid(2*n+1))
	id = w.submit("psykiatri", exchange.Submission{Body: text, Receiver: "bosted-post"}).ID
	return id, text, w.one("bosted", "bosted-post")
}

// answers hands over an acknowledgement of the bosted's, which states nothing: it
// hands over nothing of the citizen.
func (w *world) answers(text string) (exchange.Receipt, error) {
	return w.Submit(w.t.Context(), w.as("bosted"), exchange.Submission{Body: text})
}

// told are the codes that psychiatry was told, each letter taken.
func (w *world) told() (codes []string) {
	w.t.Helper()
	for time.Sleep(150 * time.Millisecond); ; {
		lines, err := w.List(w.t.Context(), operator, exchange.Filter{Receiver: "psykiatri-svar"})
		if err != nil {
			w.t.Fatal(err)
		}
		open := false
		for _, l := range lines {
			open = open || l.Deliveries[0].State != "delivered"
		}
		if !open {
			return codes
		}
		l := w.one("psykiatri", "psykiatri-svar")
		for _, code := range []string{message.OK, message.Transient, message.Fatal} {
			if strings.Contains(string(l.Body), `"code":"`+code+`"`) {
				codes = append(codes, code)
			}
		}
		w.take("psykiatri", "psykiatri-svar", l)
	}
}

// A receiver that refuses what it fetched, before it takes it: it is dead, and its
// sender is told that alone.
func TestRefusedThenTaken(t *testing.T) {
	w := newWorld(t, story()).open().run()
	id, text, l := w.fetched(1)
	if _, err := w.answers(acknowledged(t, text, uid(3), message.Fatal, 1)); err != nil {
		t.Fatal(err)
	}
	w.take("bosted", "bosted-post", l)
	if d := w.life(id).Deliveries[0]; d.State != "dead" || d.Code != message.Fatal {
		t.Errorf("it is %s (%s)", d.State, d.Code)
	}
	if got := strings.Join(w.told(), " "); got != message.Fatal {
		t.Errorf("its sender was told %q", got)
	}
}

// One that takes it and refuses it then: the sender was told ok by the node and is
// not told the reverse; a person sees that it is dead.
func TestTakenThenRefused(t *testing.T) {
	w := newWorld(t, story()).open().run()
	id, text, l := w.fetched(1)
	w.take("bosted", "bosted-post", l)
	if got := strings.Join(w.told(), " "); got != message.OK {
		t.Fatalf("its sender was told %q", got)
	}
	if _, err := w.answers(acknowledged(t, text, uid(3), message.Fatal, 1)); err != nil {
		t.Fatal(err)
	}
	if d := w.life(id).Deliveries[0]; d.State != "dead" || d.Code != message.Fatal {
		t.Errorf("it is %s (%s)", d.State, d.Code)
	}
	if got := w.told(); len(got) != 0 {
		t.Errorf("its sender was told %q as well", got)
	}
	if w.saw("alarm") == 0 {
		t.Error("no alarm")
	}
}

// What a receiver says itself, the node does not say beside it.
func TestAcknowledgedThenTaken(t *testing.T) {
	w := newWorld(t, story()).open().run()
	_, text, l := w.fetched(2)
	if _, err := w.answers(acknowledged(t, text, uid(5), message.OK, 1)); err != nil {
		t.Fatal(err)
	}
	w.take("bosted", "bosted-post", l)
	if got := strings.Join(w.told(), " "); got != message.OK {
		t.Errorf("its sender was told %q", got)
	}
}

// What calls itself an acknowledgement and brings something along, or is not sound,
// or is of somebody else, goes nowhere.
func TestNoBareAcknowledgement(t *testing.T) {
	w := newWorld(t, story()).open().run()
	_, text, _ := w.fetched(1)
	sound := acknowledged(t, text, uid(3), message.OK, 1)
	for name, bad := range map[string]string{
		"with a citizen":       sound[:len(sound)-2] + `,{"fullUrl":"urn:uuid:` + uid(77) + `","resource":{"resourceType":"Patient","id":"` + uid(77) + `"}}]}`,
		"with what it has in":  strings.Replace(sound, `"resourceType":"Organization"`, `"resourceType":"Organization","contained":[{"resourceType":"Patient"}]`, 1),
		"of somebody else":     strings.ReplaceAll(strings.ReplaceAll(sound, bosted.SOR, doctor.SOR), bosted.GLN, doctor.GLN),
		"without its endpoint": strings.Replace(sound, `"source":{`, `"sourced":{`, 1),
		"larger than it is":    sound + strings.Repeat(" ", mostAcknowledgement),
	} {
		if bad == sound {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := w.answers(bad); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	if got := w.told(); len(got) != 0 {
		t.Errorf("psychiatry was told %q", got)
	}
	if _, err := w.answers(sound); err != nil {
		t.Errorf("the sound one: %v", err)
	}
}

// A document says whom it is from, in whatever form, and goes nowhere in the name of
// another organisation.
func TestFromAnother(t *testing.T) {
	w := newWorld(t, story()).open()
	for name, text := range map[string]string{
		"plain": strings.NewReplacer(bosted.SOR, doctor.SOR, bosted.GLN, doctor.GLN).Replace(referral(t)),
		"hub":   fixture(t, "henvisning/plain-to-fhir/bosted-til-psykiatrien/output.json"),
	} {
		_, err := w.Submit(t.Context(), w.as("bosted"), exchange.Submission{Body: text, Statement: exchange.Statement{Consent: "Consent/c-1"}})
		if codeOf(err) != "security" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// What says itself that the citizen does not consent is not handed over by consent.
func TestConsentRefused(t *testing.T) {
	w := newWorld(t, story()).open()
	hub := strings.NewReplacer("999000016001", bosted.SOR, "5790000000005", bosted.GLN, "333211000016005", psychiatr.SOR, "5790000000012", psychiatr.GLN).
		Replace(fixture(t, "henvisning/fhir-to-carecommunication/til-psykiatrien/input.json"))
	for name, text := range map[string]string{
		"plain": strings.Replace(small(1, citizenNumber), `"prioritet"`, `"samtykke":{"svar":"nej","tekst":"Borgeren vil ikke"},"prioritet"`, 1),
		"hub":   strings.Replace(strings.Replace(hub, `"type":"permit"`, `"type":"deny"`, 1), `"type": "permit"`, `"type": "deny"`, 1),
	} {
		_, err := w.Submit(t.Context(), w.as("bosted"), exchange.Submission{Body: text, Receiver: "psykiatri-post", Statement: exchange.Statement{Consent: "Consent/c-1"}})
		if codeOf(err) != "business-rule" || !strings.Contains(err.Error(), "does not consent") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// The same document with other white space is the same submission.
func TestWhiteSpace(t *testing.T) {
	w := newWorld(t, story()).open()
	text := small(1, citizenNumber)
	first := w.submit("bosted", exchange.Submission{Body: text, Receiver: "psykiatri-post"})
	again := w.submit("bosted", exchange.Submission{Body: strings.ReplaceAll(text, `,"`, ",\n  \"") + "\n", Receiver: "psykiatri-post"})
	if again.Verdict != exchange.Duplicate || again.ID != first.ID {
		t.Errorf("got %+v", again)
	}
	other := strings.Replace(strings.Replace(text, "sove", "sove  ", 1), "d-1", "d-2", 1)
	if other := w.submit("bosted", exchange.Submission{Body: other, Receiver: "psykiatri-post"}); other.Verdict != exchange.Accepted {
		t.Errorf("another document: got %+v", other)
	}
}

// Who sends a message again because its acknowledgement was lost gets the same one
// again, and its receiver nothing.
func TestAcknowledgedAgain(t *testing.T) {
	w := newWorld(t, story()).open().run()
	id, text, l := w.fetched(1)
	w.take("bosted", "bosted-post", l)
	first := w.one("psykiatri", "psykiatri-svar")
	w.take("psykiatri", "psykiatri-svar", first)
	if again := w.submit("psykiatri", exchange.Submission{Body: text, Receiver: "bosted-post"}); again.Verdict != exchange.Duplicate || again.ID != id {
		t.Fatalf("got %+v", again)
	}
	second := w.one("psykiatri", "psykiatri-svar")
	if second.Message != first.Message || string(second.Body) != string(first.Body) {
		t.Errorf("got %s", second.Body)
	}
	w.take("psykiatri", "psykiatri-svar", second)
	if d := w.life(id).Deliveries[0]; d.State != "delivered" {
		t.Errorf("the message is %+v", d)
	}
	if _, err := w.Journal().Verify(t.Context(), journal.Head{}); err != nil {
		t.Error(err)
	}
}
