package node

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/message"
	"tolk/mapping/tree"
	"tolk/node/work"
)

// A referral in plain JSON comes out of the psychiatrist's mailbox as a letter, and
// the acknowledgement of the letter comes back to whom it belongs to.
func TestReferral(t *testing.T) {
	w := newWorld(t, story()).open().run()
	r := w.submit("bosted", exchange.Submission{Body: referral(t), Receiver: "psykiatri-post"})
	if r.Verdict != exchange.Accepted {
		t.Fatalf("got %+v", r)
	}
	var said struct {
		ID, Status, Why string
		Receivers       []string
	}
	if err := json.Unmarshal(r.Answer, &said); err != nil || said.ID != r.ID || said.Status != "accepted" || !slices.Equal(said.Receivers, []string{"psykiatri-post"}) || said.Why == "" {
		t.Errorf("the answer is %s", r.Answer)
	}
	l := w.one("psykiatri", "psykiatri-post")
	if l.Message != r.ID || l.Sender != "bosted" || l.Document != "henvisning" || l.Form != "xref01" || l.ContentType != "application/xml" || l.Correlation != r.ID {
		t.Errorf("the letter is %s from %s, %s in %s (%s) of %s", l.Message, l.Sender, l.Document, l.Form, l.ContentType, l.Correlation)
	}
	d, err := tree.ParseXML(string(l.Body), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	w.take("psykiatri", "psykiatri-post", l)
	w.take("psykiatri", "psykiatri-post", l) // twice is no fault
	life := w.life(r.ID)
	if len(life.Deliveries) != 1 || life.Deliveries[0].State != "delivered" || life.Deliveries[0].Why == "" {
		t.Errorf("the delivery is %+v", life.Deliveries)
	}

	number := d.Text(d.Find(d.Root(), "HospitalReferral", "Letter", "Identifier"))
	if number == "" {
		t.Fatalf("the letter has no number: %s", l.Body)
	}
	// The acknowledgement is from psychiatry: that of a message to it, with the
	// letter's number.
	ack := acknowledged(t, reversed(t, correspondence(t, uid(1), uid(2))), number, message.OK, 1)
	a := w.submit("psykiatri", exchange.Submission{Body: ack})
	back := w.one("bosted", "bosted-svar")
	if back.Message != a.ID || string(back.Body) != ack || back.Correlation != r.ID {
		t.Errorf("the acknowledgement came back as %s of %s, %d bytes", back.Message, back.Correlation, len(back.Body))
	}
	w.take("bosted", "bosted-svar", back)
	life = w.life(r.ID)
	if !slices.Equal(life.AnsweredBy, []string{a.ID}) || w.life(a.ID).Answers != r.ID {
		t.Errorf("got answered by %v, answers %q", life.AnsweredBy, w.life(a.ID).Answers)
	}
	if !slices.ContainsFunc(life.Steps, func(s exchange.Step) bool {
		return s.What == "acknowledged" && s.Code == "ok" && s.Receiver == "psykiatri-post"
	}) {
		t.Errorf("no step says that it was acknowledged: %+v", life.Steps)
	}
	for _, s := range life.Steps {
		if s.Why == "" {
			t.Errorf("the step %+v does not say why", s)
		}
	}
	if life.Steps[0].What != "accept" || life.Steps[0].LegalBasis != "samtykke" || life.Steps[0].Consent != "Consent/c-1" {
		t.Errorf("the first step is %+v", life.Steps[0])
	}
	if _, err := w.Journal().Verify(t.Context(), zeroHead); err != nil {
		t.Errorf("the audit: %v", err)
	}
}

// reversed is a message with its two organisations exchanged.
func reversed(t *testing.T, text string) string {
	t.Helper()
	const a, b, hole = `"Organization/10000000-0000-4000-8000-000000000004"`, `"Organization/10000000-0000-4000-8000-000000000006"`, `"Organization/x"`
	text = strings.ReplaceAll(text, a, hole)
	return strings.ReplaceAll(strings.ReplaceAll(text, b, a), hole, b)
}

// Whoever sends a MedCom message has its acknowledgement from the node when the
// receiver has the message, and once.
func TestAcknowledgedByTheNode(t *testing.T) {
	w := newWorld(t, story()).open().run()
	r := w.submit("psykiatri", exchange.Submission{Body: correspondence(t, uid(1), uid(2)), Receiver: "bosted-post"})
	w.take("bosted", "bosted-post", w.one("bosted", "bosted-post"))
	back := w.one("psykiatri", "psykiatri-svar")
	d, err := tree.Parse(string(back.Body), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.Read(d)
	if err != nil || m.Response == nil || m.Response.Of != uid(2) || m.Response.Code != message.OK {
		t.Errorf("the acknowledgement is %+v, %v", m, err)
	}
	life := w.life(r.ID)
	if got := life.AnsweredBy; !slices.Equal(got, []string{back.Message}) {
		t.Errorf("got answered by %v, want %s", got, back.Message)
	}
	if last := life.Steps[len(life.Steps)-1]; last.What != "acknowledged" || last.Who != self || last.Why != toldSender("ok") {
		t.Errorf("the last step is %+v", last)
	}
}

// What cannot be translated is held, and the sender of a MedCom message is told so
// in a negative acknowledgement.
func TestNegativeFromTheNode(t *testing.T) {
	c := story()
	c.Receivers = append(c.Receivers, mailbox("bosted-fhir", "bosted", "social", bosted, "fhir"))
	w := newWorld(t, c).open().run()
	broken := strings.Replace(correspondence(t, uid(1), uid(2)), `"Communication/`, `"Communication/x`, 1) // the focus leads nowhere
	r := w.submit("psykiatri", exchange.Submission{Body: broken, Receiver: "bosted-fhir"})
	if d := w.state(r.ID, "held"); d.Code != work.TranslationRefused || d.Why == "" {
		t.Errorf("it is held as %+v", d)
	}
	back := w.one("psykiatri", "psykiatri-svar")
	d, err := tree.Parse(string(back.Body), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := message.Read(d); err != nil || m.Response.Code != message.Fatal || m.Response.Of != uid(2) || len(m.Response.Issues) == 0 {
		t.Errorf("the acknowledgement is %+v, %v", m, err)
	}
	steps := w.life(r.ID).Steps
	if last := steps[len(steps)-1]; last.What != "acknowledged" || last.Code != message.Fatal || last.Why != toldSender(message.Fatal) {
		t.Errorf("the last step is %+v", last)
	}
}

// An acknowledgement that answers nothing that was sent to its sender is refused,
// and so is one of an acknowledgement; both stand in the audit.
func TestAcknowledgementOfNothing(t *testing.T) {
	w := newWorld(t, story()).open().run()
	ack := acknowledged(t, correspondence(t, uid(1), uid(2)), uid(9), message.OK, 1)
	s := exchange.Submission{Body: ack, Statement: exchange.Statement{Consent: "Consent/c-1"}}
	_, err := w.Submit(t.Context(), w.as("bosted"), s)
	demand(t, err, mapping.NotFound, "MessageHeader.response.identifier")

	// Acknowledged by its receiver, whose answer goes to psychiatry; psychiatry
	// acknowledges that.
	w.submit("psykiatri", exchange.Submission{Body: correspondence(t, uid(1), uid(2)), Receiver: "bosted-post"})
	w.take("bosted", "bosted-post", w.one("bosted", "bosted-post"))
	back := w.one("psykiatri", "psykiatri-svar")
	header := headerOf(t, string(back.Body))
	_, err = w.Submit(t.Context(), w.as("psykiatri"), exchange.Submission{Body: acknowledged(t, reversed(t, correspondence(t, uid(1), uid(2))), header, message.OK, 2)})
	demand(t, err, mapping.BusinessRule, "MessageHeader.response.identifier")
	if got := w.refused(); got != 2 {
		t.Errorf("got %d rows of refusals, want 2", got)
	}
}

func headerOf(t *testing.T, text string) string {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.Read(d)
	if err != nil {
		t.Fatal(err)
	}
	return m.Header
}

// demand checks that an error is a *mapping.Error of a kind at a path.
func demand(t testing.TB, err error, kind mapping.Kind, path string) {
	t.Helper()
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Path != path {
		t.Errorf("got %v, want one of kind %s at %q", err, kind, path)
	}
}

// A receiver that acknowledges by itself has its own acknowledgement forwarded,
// and the node makes none; a sender that takes none finds it in the life of his
// message. What is negative stands there as such.
func TestAcknowledgedByTheReceiver(t *testing.T) {
	for _, c := range []struct {
		name, answers, code string
	}{{"forwarded", "psykiatri-svar", message.OK}, {"negative", "psykiatri-svar", message.Fatal}, {"kept", "", message.OK}} {
		t.Run(c.name, func(t *testing.T) {
			config := story()
			config.Receiver("bosted-post").Acknowledges = true
			config.Client("psykiatri").Answers = c.answers
			w := newWorld(t, config).open().run()
			text := correspondence(t, uid(1), uid(2))
			r := w.submit("psykiatri", exchange.Submission{Body: text, Receiver: "bosted-post"})
			w.take("bosted", "bosted-post", w.one("bosted", "bosted-post"))
			ack := exchange.Submission{Body: acknowledged(t, text, uid(2), c.code, 1)}
			a := w.submit("bosted", ack)
			if c.answers != "" {
				back := w.one("psykiatri", c.answers)
				if back.Message != a.ID || string(back.Body) != ack.Body || back.Correlation != w.life(r.ID).Correlation {
					t.Errorf("it came back as %s of %s, %d bytes", back.Message, back.Correlation, len(back.Body))
				}
				w.take("psykiatri", c.answers, back)
			} else if l := w.life(a.ID); len(l.Deliveries) != 0 || l.Answers != r.ID {
				t.Errorf("the life of the acknowledgement is %+v", l)
			}
			l := w.life(r.ID)
			if !slices.Equal(l.AnsweredBy, []string{a.ID}) {
				t.Errorf("got answered by %v, want %s alone", l.AnsweredBy, a.ID)
			}
			last := l.Steps[len(l.Steps)-1]
			if c.code == message.Fatal {
				if last.What != "dead" || last.Code != c.code || l.Deliveries[0].State != "dead" {
					t.Errorf("it was refused; the last step is %+v, the delivery %+v", last, l.Deliveries[0])
				}
				last = l.Steps[len(l.Steps)-2]
			}
			if last.What != "acknowledged" || last.Code != c.code || last.Who != "bosted" {
				t.Errorf("the last step is %+v", last)
			}
			if again := w.submit("bosted", ack); again.Verdict != exchange.Duplicate || again.ID != a.ID {
				t.Errorf("the same again: %+v", again)
			}
			lines, err := w.List(t.Context(), operator, exchange.Filter{Document: acknowledgement})
			if err != nil || len(lines) != 1 {
				t.Errorf("there are %d acknowledgements, %v; want one", len(lines), err)
			}
		})
	}
}
