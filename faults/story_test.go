package faults

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tolk/mapping/exchange"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// consent is what the citizen said yes to, as every message of the story names it.
const consent = "consent=urn:uuid:5d1cbb3c-4f0a-4a4e-8d0f-0000000000aa"

// doctor is the citizen's own.
const doctor = "laegehus"

var doctorParty = party{Name: "Lægerne på Testvej", SOR: "52581000016005", GLN: "5790000121526"}

// storied is the configuration of the story: a bosted that knows nothing of
// messages, psychiatry that gets letters and messages, and a doctor who fetches.
func storied(psychiatryURL string) *configuration {
	socially := map[string]string{"purpose": "TREAT", "legalBasis": "samtykke", "capacity": "social"}
	back := map[string]string{"purpose": "COC", "legalBasis": "sundhedsloven-43", "capacity": "health"}
	at := func(path string) map[string]any {
		return map[string]any{"url": psychiatryURL + path, "networks": []string{"127.0.0.0/8"}, "insecure": true, "timeout": "5s"}
	}
	atOffice := bostedParty
	atOffice.Person, atOffice.Role, atOffice.Phone = "", "", ""
	c := configure(
		target{Name: "psykiatri-henvisning", Client: psychiatry, Sector: "health", Organisation: &psychiatryParty, Form: "xref01", HTTP: at("/xref01")},
		target{Name: "psykiatri-post", Client: psychiatry, Sector: "health", Organisation: &psychiatryParty, Form: "carecommunication", HTTP: at("/post"), Acknowledges: true},
		target{Name: doctor, Client: doctor, Sector: "health", Organisation: &doctorParty, Form: "carecommunication", Mailbox: map[string]any{"again": "10m"}},
		target{Name: "bosted-post", Client: bosted, Sector: "social", Organisation: &atOffice, Form: "plain", Mailbox: map[string]any{"again": "10m"}},
		target{Name: "bosted-kvitteringer", Client: bosted, Sector: "social", Organisation: &party{Name: bostedParty.Name}, Form: "original", Mailbox: map[string]any{"again": "10m"}},
	)
	c.Clients[0].Statement, c.Clients[0].Answers = socially, "bosted-kvitteringer"
	c.Clients[1].Statement = back
	c.Clients = append(c.Clients, clientKeys{ID: doctor, Sector: "health", Organisation: doctorParty, Rights: []string{"send", "receive"},
		Documents: []string{"*"}, Receivers: []string{"bosted-post"}, Statement: back, JWKS: keyFile(doctor)})
	c.Routes = []route{
		{Name: "henvisning", Senders: []string{bosted}, Documents: []string{"henvisning"}, To: []string{"psykiatri-henvisning"}, Why: "referrals go to the central visitation"},
		{Name: "medicinliste", Senders: []string{bosted}, Documents: []string{"medicinliste"}, To: []string{"psykiatri-post"}, Why: "psychiatry has the list before the visit"},
		{Name: "sundhedstjek", Senders: []string{bosted}, Documents: []string{"sundhedstjek"}, To: []string{doctor}, Why: "the doctor sees the health check first"},
		{Name: "svar", Senders: []string{psychiatry, doctor}, Documents: []string{"korrespondance"}, To: []string{"bosted-post"}, Why: "what the others answer lies ready for the bosted"},
	}
	return c
}

// The story of the exchange, in three processes: a bosted hands over a referral, a
// medication list and a health check about one citizen in plain JSON, each with its
// access token. Psychiatry is down when they come, and gets a letter and a message
// when it is back; the doctor fetches the health check. Psychiatry acknowledges and
// writes back, and the bosted reads it in plain JSON. Then the audit tells who saw
// what and why.
func TestStory(t *testing.T) {
	t.Parallel()
	psych := startHospital(t)
	n := started(t, storied(psych.url))
	psych.tell("/_node?url="+url.QueryEscape(n.current().url), "")
	home, watch := n.as(bosted), n.as(overseer)

	psych.tell("/_down", "")
	var sent []string
	for _, name := range []string{"henvisning/plain-to-fhir/bosted-til-psykiatrien", "medicinliste/plain-to-fhir/fast-og-efter-behov", "sundhedstjek/plain-to-fhir/helt-tjek"} {
		l := letter{lane: name, query: consent, kind: "application/json", body: fixture(t, name+"/input.json")}
		r, err := home.insist(l, patience)
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != "accepted" || len(r.Receivers) != 1 || r.Why == "" {
			t.Errorf("%s: the receipt says %+v", name, r)
		}
		sent = append(sent, r.ID)
	}
	referral, list, check := sent[0], sent[1], sent[2]

	// The doctor fetches while psychiatry is down: nobody waits for anybody.
	letters := fetched(t, n.as(doctor), doctor, 1)
	if m := read4(t, letters[0].Text); m.Event != message.CareCommunication || letters[0].Message != check {
		t.Errorf("the doctor got %s of %s, want a CareCommunication of %s", m.Event, letters[0].Message, check)
	}
	until(t, "psychiatry was tried", patience, func() bool {
		l, err := home.lifeOf(referral)
		return err == nil && l.Deliveries[0].State == "retry" && l.Deliveries[0].Attempts > 0
	})
	psych.tell("/_up", "")

	until(t, "the letter and the message have arrived", patience, func() bool { return len(psych.arrivals("/xref01")) > 0 && len(psych.arrivals("/post")) > 0 })
	xref := psych.arrivals("/xref01")[0]
	for _, want := range []string{"<Emessage", "XREF01", "2509479989", "Depressiv enkeltepisode"} {
		if !strings.Contains(xref.Body, want) {
			t.Errorf("the letter says nothing of %s: %.500s", want, xref.Body)
		}
	}
	care := psych.arrivals("/post")[0]
	if m := read4(t, []byte(care.Body)); m.Event != message.CareCommunication || m.Sender.SOR != bostedParty.SOR || care.Request != list {
		t.Errorf("psychiatry got %s from %s as %s, want a CareCommunication from %s as %s", m.Event, m.Sender.SOR, care.Request, bostedParty.SOR, list)
	}

	// Psychiatry's own acknowledgement comes back to the bosted, tied to its message.
	acks := fetched(t, home, "bosted-kvitteringer", 1)
	ack := read4(t, acks[0].Text)
	if !ack.IsAnswer || ack.Response.Code != message.OK || !ack.Response.Answers(read4(t, []byte(care.Body))) {
		t.Errorf("the bosted got %s, want an acknowledgement of what psychiatry got", acks[0].Text)
	}
	life, err := home.lifeOf(list)
	if err != nil || !slices.Contains(life.AnsweredBy, acks[0].Message) {
		t.Errorf("the list is acknowledged by %v (%v), want %s", life.AnsweredBy, err, acks[0].Message)
	}

	// And it writes back.
	reply := careLetter(t)
	if said := psych.tell("/_send", reply); !strings.HasPrefix(said, "202 ") {
		t.Fatalf("psychiatry hands over its reply and is answered %s", said)
	}
	post := fetched(t, home, "bosted-post", 1)
	var korrespondance struct {
		Dokument string `json:"dokument"`
		Borger   struct {
			CPR string `json:"cpr"`
		} `json:"borger"`
		Beskeder []struct {
			Tekst string `json:"tekst"`
		} `json:"beskeder"`
	}
	if err := json.Unmarshal(post[0].Text, &korrespondance); err != nil || korrespondance.Dokument != "korrespondance" || len(korrespondance.Beskeder) == 0 ||
		!strings.Contains(string(post[0].Text), "Sæt dosis tilbage") {
		t.Errorf("the bosted reads %s %v, want psychiatry's reply in plain JSON", post[0].Text, err)
	}
	rest(t, watch, patience)
	n.tellsWhy(sent)
	n.tellsWho(referral, check)
	n.verify()
	n.stop()
}

// careLetter is psychiatry's reply.
func careLetter(t *testing.T) string { return care(t, uuid(), uuid()).body }

// fetched empties a mailbox until it had so many letters.
func fetched(t *testing.T, c *client, mailbox string, many int) (all []note) {
	t.Helper()
	until(t, "letters in "+mailbox, patience, func() bool {
		some, err := c.fetch(mailbox)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
		return len(all) >= many
	})
	if len(all) > many {
		t.Errorf("%d letters in %s, want %d", len(all), mailbox, many)
	}
	return all
}

// read4 reads the envelope of a MedCom message.
func read4(t *testing.T, text []byte) *message.Message {
	t.Helper()
	d, err := tree.Parse(string(text), tree.Limits{})
	if err != nil {
		t.Fatalf("%v: %.300s", err, text)
	}
	m, err := message.Read(d)
	if m == nil {
		t.Fatalf("%v: %.300s", err, text)
	}
	return m
}

// tellsWhy holds the lives of messages to telling why, at every step.
func (n *node) tellsWhy(ids []string) {
	n.Helper()
	for _, id := range ids {
		life, err := n.as(bosted).lifeOf(id)
		if err != nil {
			n.Fatal(err)
		}
		if life.Why == "" || life.Route == "" || life.Version == "" {
			n.Errorf("%s: nothing says why it went where it went: %+v", id, life.Line)
		}
		for _, s := range life.Steps {
			if s.Why == "" || s.At.IsZero() {
				n.Errorf("%s: nothing says why %s: %+v", id, s.What, s)
			}
		}
		for _, d := range life.Deliveries {
			if d.State != "delivered" {
				n.Errorf("%s to %s is %s (%s)", id, d.Receiver, d.State, d.Why)
			}
		}
	}
}

// tellsWho has the overseer read a message, and holds the audit to knowing it, and
// everybody else who saw something of the citizen.
func (n *node) tellsWho(referral, check string) {
	n.Helper()
	watch := n.as(overseer)
	if got, err := n.as(doctor).do(http.MethodGet, "/v1/exchange/"+referral, nil); err != nil || got.status != http.StatusNotFound {
		n.Errorf("the doctor asks for the referral to psychiatry and is answered %s %v, want not found", got, err)
	}
	for _, part := range []string{exchange.Original + "?why=tilsyn", exchange.Ledger + "?why=tilsyn&receiver=psykiatri-henvisning"} {
		got, err := watch.do(http.MethodGet, "/v1/exchange/"+referral+"/"+part, nil)
		if err != nil || got.status != http.StatusOK || len(got.body) == 0 {
			n.Errorf("reading %s: %s %v", part, got, err)
		}
	}
	ask := func(what string, want ...string) {
		n.Helper()
		got, err := watch.do(http.MethodPost, "/v1/audit/_search", []byte(what), "Content-Type", "application/json")
		if err != nil || got.status != http.StatusOK {
			n.Fatalf("%s %v", got, err)
		}
		for _, w := range want {
			if !bytes.Contains(got.body, []byte(w)) {
				n.Errorf("the audit about %s says nothing of %s: %s", what, w, got.body)
			}
		}
	}
	ask(`{"message":"`+referral+`"}`, bosted, overseer, "tilsyn", "TREAT", "samtykke", "psykiatri-henvisning")
	ask(`{"message":"`+check+`"}`, bosted, doctor)
	ask(`{"citizen":"2509479989"}`, bosted, overseer, doctor, referral, check)
}
