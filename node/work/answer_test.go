package work

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tolk/adapters/deliver"
	"tolk/adapters/envelope"
	"tolk/adapters/journal"
	"tolk/mapping/exchange"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// care is MedCom's message of the tests.
func care(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../../mapping/message/testdata/care.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// answered is a bench whose client gets acknowledgements in answers.
func answered(t testing.TB, receive ...exchange.Receiver) *bench {
	answers := plainReceiver("answers")
	answers.Form = exchange.Original
	b := newBench(t, append(receive, answers)...)
	b.config.Load().Clients[0].Answers = "answers"
	return b
}

func (b *bench) medcom(text string, to ...string) journal.Message {
	m := b.message("", "", to...)
	m.Channel, m.Document, m.Body = "medcom", "korrespondance", []byte(text)
	m.Bundle, m.Header = m.ID+"-b", m.ID+"-h"
	return m
}

func acknowledgement(t testing.TB, body []byte) *message.Message {
	t.Helper()
	d, err := tree.Parse(string(body), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.Read(d)
	if err != nil || m.Response == nil {
		t.Fatalf("no acknowledgement: %v", err)
	}
	return m
}

func wanted(name, form string) exchange.Receiver {
	r := plainReceiver(name)
	r.Form = form
	return r
}

// A message goes to a receiver of its own form as it came, and its sender hears
// that it arrived.
func TestAnswerOK(t *testing.T) {
	b := answered(t, wanted("gp", "carecommunication"))
	b.start()
	id := b.accept(b.medcom(care(t), "gp"))
	b.until("an answer", func() bool { return len(b.world.of("answers")) == 1 })
	if got := b.world.of("gp")[0]; string(got.Body) != care(t) || got.ContentType != "application/fhir+json" {
		t.Errorf("arrived as %s %s", got.ContentType, got.Body)
	}
	m := acknowledgement(t, b.world.of("answers")[0].Body)
	if m.Response.Code != message.OK || m.Response.Of != "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0002" {
		t.Errorf("%+v", m.Response)
	}
	l := b.life(id)
	if len(l.AnsweredBy) != 1 || l.AnsweredBy[0] != answerID(id) {
		t.Errorf("answered by %v", l.AnsweredBy)
	}
	if of := b.life(l.AnsweredBy[0]); of.Envelope.Document != answerDocument || of.Envelope.Sender != actor || !slices.Equal(of.Answers, []string{id}) {
		t.Errorf("%+v", of.Envelope)
	}
	s, err := b.journal.FindSent(context.Background(), "gp", "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0002")
	if err != nil || s.Message != id {
		t.Errorf("sent as: %+v, %v", s, err)
	}
}

// What stops is answered with fatal-error once, in the transaction that stops it,
// and never with ok after that.
func TestAnswerFatal(t *testing.T) {
	b := answered(t, wanted("gp", "carecommunication"))
	b.world.behaves = func(to string, _ deliver.Parcel, nth int) behaviour {
		if to == "gp" && nth == 1 {
			return behaviour{verdict: deliver.Verdict{Class: deliver.Dead, Code: "http-422"}}
		}
		return taken
	}
	b.start()
	id := b.accept(b.medcom(care(t), "gp"))
	b.reaches(id, "gp", journal.Dead)
	b.until("an answer", func() bool { return len(b.world.of("answers")) == 1 })
	if m := acknowledgement(t, b.world.of("answers")[0].Body); m.Response.Code != message.Fatal || !strings.Contains(m.Response.Issues[0].Text, "http-422") {
		t.Errorf("%+v", m.Response)
	}
	if err := b.journal.Rerun(context.Background(), b.progress(id, "gp").Delivery, journal.Reason{Code: "asked"}, journal.Audit{Actor: "op"}); err != nil {
		t.Fatal(err)
	}
	b.reaches(id, "gp", journal.Delivered)
	time.Sleep(50 * time.Millisecond)
	if l := b.life(id); len(l.AnsweredBy) != 1 || len(b.world.of("answers")) != 1 {
		t.Errorf("answered %d times", len(b.world.of("answers")))
	}
}

// Of several receivers the last one brings ok, and the first that stops fatal-error.
func TestAnswerSeveral(t *testing.T) {
	b := answered(t, wanted("a", "carecommunication"), wanted("b", "carecommunication"), wanted("c", "hco"))
	b.start()
	for range 10 {
		id := b.accept(b.medcom(care(t), "a", "b"))
		b.reaches(id, "a", journal.Delivered)
		b.reaches(id, "b", journal.Delivered)
		b.until("an answer", func() bool { return len(b.life(id).AnsweredBy) == 1 })
	}
	id := b.accept(b.medcom(care(t), "a", "c"))
	b.reaches(id, "c", journal.Held)
	b.reaches(id, "a", journal.Delivered)
	b.until("all answers", func() bool { return len(b.world.of("answers")) == 11 })
	if m := acknowledgement(t, b.world.of("answers")[10].Body); m.Response.Code != message.Fatal {
		t.Errorf("%+v", m.Response)
	}
}

// A receiver that acknowledges by itself says ok by itself, unless it did so in
// the answer that only the node heard.
func TestAnswerOfReceiver(t *testing.T) {
	r := wanted("gp", "carecommunication")
	r.Acknowledges = true
	b := answered(t, r)
	code := "http-200"
	b.world.behaves = func(to string, _ deliver.Parcel, _ int) behaviour {
		if to == "gp" {
			return behaviour{takes: true, verdict: deliver.Verdict{Class: deliver.Delivered, Code: code}}
		}
		return taken
	}
	b.start()
	silent := b.accept(b.medcom(care(t), "gp"))
	b.reaches(silent, "gp", journal.Delivered)
	b.world.mu.Lock()
	code = deliver.Acknowledged
	b.world.mu.Unlock()
	said := b.accept(b.medcom(care(t), "gp"))
	b.until("an answer", func() bool { return len(b.life(said).AnsweredBy) == 1 })
	if l := b.life(silent); len(l.AnsweredBy) != 0 {
		t.Error("answered for a receiver that does so itself")
	}
}

// An acknowledgement goes on as it came, whatever its receiver reads, and is never
// acknowledged; one in an envelope is answered in one.
func TestAnswerEnvelope(t *testing.T) {
	b := answered(t, wanted("gp", exchange.Original))
	b.start()
	vans := []byte(nil)
	if s, err := readSource(nil, []byte(care(t)), "", "any"); err != nil || s.message == nil {
		t.Fatal(err)
	} else if vans, err = enclose("vans", []byte(care(t)), noConformance, time.Now()); err != nil {
		t.Fatal(err)
	}
	id := b.accept(b.medcom(string(vans), "gp"))
	b.until("an answer", func() bool { return len(b.world.of("answers")) == 1 })
	if got := b.world.of("gp")[0]; string(got.Body) != string(vans) || got.ContentType != "application/xml" {
		t.Errorf("arrived as %s", got.ContentType)
	}
	back := b.world.of("answers")[0].Body
	e, err := envelope.Unwrap(back, len(back))
	if err != nil || e.Kind != envelope.VANS {
		t.Fatalf("not in an envelope: %v", err)
	}
	if m := acknowledgement(t, e.Payload); m.Response.Code != message.OK {
		t.Errorf("%+v", m.Response)
	}
	if ids := b.life(b.life(id).AnsweredBy[0]).AnsweredBy; len(ids) != 0 {
		t.Error("an acknowledgement was acknowledged")
	}
}

// A message whose envelope is not sound, or that brings the document of another
// citizen, goes nowhere as it came either, and is never answered with ok.
func TestAnswerUnsound(t *testing.T) {
	b := answered(t, wanted("gp", "carecommunication"), wanted("as-it-came", exchange.Original))
	b.start()
	for n, name := range []string{"afvist-anden-borger", "afvist-til-ingen", "afvist-hoved-ikke-foerst", "afvist-uden-fokus", "afvist-uden-gln",
		"afvist-to-ens-id", "afvist-bilag-ikke-base64", "afvist-reference-ingen-steder"} {
		text, err := os.ReadFile("../../fixtures/korrespondance/carecommunication-to-fhir/" + name + "/input.json")
		if err != nil {
			t.Fatal(err)
		}
		m := b.medcom(string(text), []string{"gp", "as-it-came"}[n%2])
		m.Form = "carecommunication"
		id := b.accept(m)
		b.reaches(id, m.Destinations[0].Name, journal.Held)
		if got := b.reason(id, m.Destinations[0].Name); got.Code != TranslationRefused || got.Text == "" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	withdrawn := b.accept(b.medcom(strings.Replace(care(t), `"status": "unknown"`, `"status": "entered-in-error"`, 1), "gp"))
	b.reaches(withdrawn, "gp", journal.Held)
	sound := b.accept(b.medcom(care(t), "as-it-came"))
	b.reaches(sound, "as-it-came", journal.Delivered)
	b.until("ok for what is sound", func() bool { return len(b.life(sound).AnsweredBy) == 1 })
	b.quiet()
	for _, a := range b.world.of("answers") {
		if m := acknowledgement(t, a.Body); (m.Response.Code == message.OK) != (a.ID == answerID(sound)) {
			t.Errorf("%s: answered %s", a.ID, m.Response.Code)
		}
	}
	if len(b.world.of("gp")) != 0 || len(b.world.of("as-it-came")) != 1 {
		t.Error("what is not sound was delivered")
	}
}

// ok is said of what all receivers have, never of what a person took out: its
// sender hears fatal-error then, once, whichever comes first.
func TestAnswerReleased(t *testing.T) {
	b := answered(t, wanted("a", "carecommunication"), wanted("b", "carecommunication"), wanted("c", "carecommunication"))
	stuck := atomic.Bool{}
	stuck.Store(true)
	b.world.behaves = func(to string, _ deliver.Parcel, _ int) behaviour {
		if (to == "b" || to == "c") && stuck.Load() {
			return failing
		}
		return taken
	}
	b.start()
	release := func(id, receiver string, reply *journal.Message) {
		t.Helper()
		b.until("released", func() bool {
			err := b.journal.Release(t.Context(), b.progress(id, receiver).Delivery, journal.Reason{Code: "asked", Text: "wrong receiver"}, journal.Audit{Actor: "op"}, reply)
			if err != nil && !errors.Is(err, journal.ErrState) {
				t.Fatal(err)
			}
			return err == nil
		})
	}
	id := b.accept(b.medcom(care(t), "a", "b"))
	b.reaches(id, "a", journal.Delivered)
	release(id, "b", b.work.GivenUp(t.Context(), id, "it was taken out"))
	b.until("an answer", func() bool { return len(b.world.of("answers")) == 1 })
	if m := acknowledgement(t, b.world.of("answers")[0].Body); m.Response.Code != message.Fatal || m.Response.Issues[0].Text != "it was taken out" {
		t.Errorf("%+v", m.Response)
	}
	if l := b.life(id); !slices.Equal(l.AnsweredBy, []string{answerID(id)}) {
		t.Errorf("answered by %v", l.AnsweredBy)
	}

	// Released where nobody told the sender, as by a version before: no ok follows.
	quiet := b.accept(b.medcom(care(t), "b", "c"))
	release(quiet, "b", nil)
	stuck.Store(false)
	b.reaches(quiet, "c", journal.Delivered)
	time.Sleep(50 * time.Millisecond)
	if l := b.life(quiet); len(l.AnsweredBy) != 0 {
		t.Error("ok was said of what one receiver never got")
	}
}
