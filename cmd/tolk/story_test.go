package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"tolk/adapters/envelope"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// story is a correspondence between a bosted and psychiatry, every step of which
// is one translation.
type story struct {
	*testing.T
	core  *core
	clock time.Time
	steps []string
	sums  map[string]int // of all ledgers together
}

// bosted and visitation are who writes to whom.
var (
	bosted = document.Party{Name: "Bostedet Solsikken", SOR: "999000016001", GLN: "5790000000005",
		Person: "Lone Sygeplejerske", Role: "sygeplejerske", Phone: "48302223"}
	visitation = document.Party{Name: "Psykiatrisk Center Test", SOR: "333211000016005", GLN: "5790000000012",
		Person: "Vibeke Test", Role: "overlæge", Phone: "38640000"}
)

// atOffice is a party as a receiver: an organisation, and nobody in it.
func atOffice(p document.Party) document.Party {
	return document.Party{Name: p.Name, SOR: p.SOR, GLN: p.GLN}
}

// translate takes a step, and holds it to the promise: every leaf of both
// documents is on the ledger once, what no rule knew is in the residue, and the
// residue gives the document back.
func (s *story) translate(kind, from, to, text string, sender, receiver document.Party) string {
	s.Helper()
	s.clock = s.clock.Add(time.Hour)
	q := document.Request{Document: kind, From: from, To: to, Now: s.clock, WithResidue: true, Sender: sender, Receiver: atOffice(receiver)}
	r, err := s.core.gateway.Translate(text, asSaid(q))
	if err != nil {
		s.Fatalf("%s %s to %s: %v", kind, from, to, err)
	}
	s.hold(kind+" "+from+" to "+to, text, r)
	back, err := s.core.gateway.Translate(string(r.Output), document.Request{From: to, To: from, Residue: string(r.Residue)})
	if err != nil {
		s.Fatalf("%s, back again: %v", s.steps[len(s.steps)-1], err)
	}
	if got, want := string(back.Output), text; got != want && (tree.IsXML(text) || compacted(s.T, got) != compacted(s.T, want)) {
		s.Errorf("%s: what comes back is not what went in: %s", s.steps[len(s.steps)-1], firstDifference(got, want))
	}
	return string(r.Output)
}

// hold checks an account from its bytes and adds it to the others.
func (s *story) hold(step, text string, r *document.Result) {
	s.Helper()
	s.steps = append(s.steps, step)
	if err := ledger.Audit(text, string(r.Output), r.Ledger); err != nil {
		s.Errorf("%s: %v", step, err)
	}
	sum := 0
	for _, f := range ledger.Fates() {
		sum += r.Ledger.Counts[f.String()]
	}
	if leaves := countLeaves(s.T, text); sum != leaves || r.Ledger.Counts["leaves"] != leaves {
		s.Errorf("%s: %d fates for %d leaves", step, sum, leaves)
	}
	if r.Ledger.Counts["unclaimed"]+r.Ledger.Counts["residue"] > 0 && len(r.Residue) == 0 {
		s.Errorf("%s: leaves that no rule knew, and no residue", step)
	}
	for name, n := range r.Ledger.Counts {
		s.sums[name] += n
	}
}

// receive takes a message at the door of its receiver, in an envelope of the
// network, and has the sender read what is answered.
func (s *story) receive(text, to string) *message.Outcome {
	s.Helper()
	s.clock = s.clock.Add(time.Minute)
	sealed := sealed(s.T, envelope.VANS, "application/fhir+json", "", text)
	opened, err := openEnvelope(sealed, documentLimit)
	if err != nil {
		s.Fatal(err)
	}
	if opened.Message != text {
		s.Error("the envelope changed the message")
	}
	o := (&message.Processor{Gateway: s.core.gateway}).Process(message.Ask{Body: opened.Message, To: to, WithResidue: true, Now: s.clock})
	if o.Err != nil {
		s.Fatal(o.Err)
	}
	if o.Result != nil {
		s.hold("received, to "+to, text, o.Result)
	}
	answer, err := opened.Acknowledge(o.Acknowledgement, s.clock)
	if err != nil {
		s.Fatal(err)
	}
	back, err := openEnvelope(string(answer), documentLimit)
	if err != nil {
		s.Fatal(err)
	}
	if r := readAcknowledgement(s.T, back.Message).Response; r.Code != message.OK || !r.Answers(o.Message) {
		s.Errorf("the sender reads %+v of its message %s", r, o.Message.Header)
	}
	return o
}

// A bosted refers a citizen to psychiatry, with conditions, medicine and a health
// check, by letter and by message; psychiatry answers, and the bosted reads the
// answer in the thread that it began. Nothing is lost on the way.
func TestStory(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	s := &story{T: t, core: c, clock: time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("", 3600)), sums: map[string]int{}}
	written, err := os.ReadFile("../../fixtures/henvisning/plain-to-fhir/bosted-til-psykiatrien/input.json")
	if err != nil {
		t.Fatal(err)
	}
	referral := string(written)

	letter := s.translate(document.Henvisning, "plain", "xref01", referral, bosted, visitation)
	s.tells("the letter", letter, []string{"2509479989", "Elmer", "Bostedet Solsikken", "DF32", "livet ikke er værd at leve",
		"Penicillin", "sertralin", "Panodil", "84,5 kg"})
	read := s.translate(document.Henvisning, "xref01", "plain", letter, visitation, bosted)
	s.tells("the letter as psychiatry's system reads it", read, []string{"DF32", "livet ikke er værd at leve", "Penicillin", "Panodil"})

	sent := s.translate(document.Henvisning, "plain", "carecommunication", referral, bosted, visitation)
	got := s.receive(sent, "plain")
	s.tells("the message", string(got.Result.Output), []string{"Bruno Test", "livet ikke er værd at leve", "Lone Sygeplejerske"})
	if len(got.Attached) != 1 || got.Attached[0].Err != nil || got.Attached[0].Document != document.Henvisning {
		t.Fatalf("what came along: %+v", got.Attached)
	}
	s.hold("attached, to plain", got.Attached[0].Body, got.Attached[0].Result)
	s.tells("the referral in the message", string(got.Attached[0].Result.Output), []string{"4977ce08-df4d-4c09-8e03-c2a563862e68", "DF32",
		"N02BE01", "1789", "84.5", "132", "livet ikke er værd at leve", "videregivelse"})

	const reply = "Tak for henvisningen. Bruno er indkaldt til samtale den 3. december kl. 10.\nRing straks, hvis tankerne om døden tager til."
	answer := replying(t, string(got.Result.Output), got.Message.Header, reply, s.clock)
	back := s.translate(document.Korrespondance, "plain", "carecommunication", answer, visitation, bosted)
	thread := s.receive(back, "plain")
	s.tells("the thread as the bosted reads it", string(thread.Result.Output), []string{"livet ikke er værd at leve",
		`tankerne om døden tager til`, "Vibeke Test", "Lone Sygeplejerske", `"svar"`, got.Message.Header})
	if a := thread.Message.Act; a == nil || a.Code != "reply-message" || a.Answers.Header != got.Message.Header {
		t.Errorf("the reply is %+v, expected one to %s", a, got.Message.Header)
	}
	s.ordered(string(thread.Result.Output), "livet ikke er værd at leve", "tankerne om døden tager til")

	if sum := s.sums["carried"] + s.sums["converted"] + s.sums["used"] + s.sums["residue"] + s.sums["dropped"] + s.sums["unclaimed"]; sum != s.sums["leaves"] || len(s.steps) != 7 {
		t.Errorf("all ledgers together: %v", s.sums)
	}
	t.Logf("%d translations: %v", len(s.steps), s.sums)
}

// replying is what the system of psychiatry makes of a thread to answer it: one
// text more, and the parties the other way round.
func replying(t *testing.T, thread, to, text string, now time.Time) string {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal([]byte(thread), &d); err != nil {
		t.Fatal(err)
	}
	moment := now.Format(time.RFC3339)
	d["forloeb"] = append(asList(d["forloeb"]), map[string]any{"haendelse": d["haendelse"], "tidspunkt": d["tidspunkt"],
		"organisation": d["afsender"].(map[string]any)["organisation"], "meddelelse": d["meddelelse"], "dele": d["dele"]})
	d["haendelse"], d["paa"], d["tidspunkt"] = "svar", to, moment
	delete(d, "meddelelse")
	delete(d, "dele")
	delete(d, "dokumentId")
	d["afsender"], d["modtager"] = d["modtager"], d["afsender"]
	d["beskeder"] = append(asList(d["beskeder"]), map[string]any{"tidspunkt": moment, "tekst": text,
		"forfatter": map[string]any{"navn": "Vibeke Test", "rolle": "overlaege", "telefon": "38640000"}})
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// tells checks that a reader finds all of this in a document.
func (s *story) tells(what, text string, words []string) {
	s.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			s.Errorf("%s does not tell %q:\n%.3000s", what, w, text)
		}
	}
}

// ordered checks that the one stands before the other, each once.
func (s *story) ordered(text, first, second string) {
	s.Helper()
	if strings.Count(text, second) != 1 || strings.Index(text, first) > strings.Index(text, second) {
		s.Errorf("expected %q, then %q once", first, second)
	}
}

// countLeaves counts the leaves of a document.
func countLeaves(t *testing.T, text string) int {
	t.Helper()
	if !tree.IsXML(text) {
		return parsed(t, text).Leaves()
	}
	d, err := tree.ParseXML(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return d.Leaves()
}
