package node

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
)

var zeroHead journal.Head

// refused counts the rows of the audit for what was refused.
func (w *world) refused() (n int) {
	w.t.Helper()
	entries, err := w.Journal().Audit(w.t.Context(), journal.Trail{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Event == "refused" {
			n++
		}
	}
	return n
}

func consented(s exchange.Submission) exchange.Submission {
	if s.Statement.Consent == "" {
		s.Statement.Consent = "Consent/c-1"
	}
	return s
}

// What is refused is refused with its place, stands in the audit with the word for
// why, and has no effect.
func TestRefused(t *testing.T) {
	plain := small(1, citizenNumber)
	for _, c := range []struct {
		name, client string
		s            exchange.Submission
		kind         mapping.Kind
		path         string
	}{
		{"empty", "bosted", exchange.Submission{Body: " "}, mapping.Required, ""},
		{"no JSON", "bosted", exchange.Submission{Body: `{"a":`}, mapping.Structure, ""},
		{"not known", "bosted", exchange.Submission{Body: `{"a":1}`}, mapping.NotSupported, ""},
		{"not known in XML", "bosted", exchange.Submission{Body: `<a/>`}, mapping.NotSupported, ""},
		{"another form", "bosted", exchange.Submission{Body: plain, From: "ffb"}, mapping.Value, "from"},
		{"another kind", "bosted", exchange.Submission{Body: plain, Document: "tilstande"}, mapping.Value, "document"},
		{"a long key", "bosted", exchange.Submission{Body: plain, Receiver: "laege-post", Key: strings.Repeat("k", 256)}, mapping.TooLong, "Idempotency-Key"},
		{"no route", "bosted", exchange.Submission{Body: plain}, mapping.NotFound, "receiver"},
		{"nobody", "bosted", exchange.Submission{Body: plain, Receiver: "nobody"}, mapping.NotFound, "receiver"},
		{"no right", "drift", exchange.Submission{Body: plain, Receiver: "psykiatri-post"}, mapping.Security, ""},
		{"no purpose", "fremmed", exchange.Submission{Body: plain, Receiver: "psykiatri-post"}, mapping.Security, "document"},
		{"a message without its id", "psykiatri", exchange.Submission{Body: strings.Replace(correspondence(t, uid(1), uid(2)), `"id": "`+uid(1)+`",`, "", 1), Receiver: "bosted-post"}, mapping.Required, "Bundle.id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, story()).open()
			_, err := w.Submit(t.Context(), w.as(c.client), consented(c.s))
			if c.kind == mapping.Structure {
				demandKind(t, err, c.kind)
			} else {
				demand(t, err, c.kind, c.path)
			}
			if strings.Contains(err.Error(), citizenNumber) {
				t.Errorf("the error names the citizen: %v", err)
			}
			entries, _ := w.Journal().Audit(t.Context(), journal.Trail{})
			last := entries[len(entries)-1]
			if last.Event != "refused" || last.Code != string(c.kind) || last.Audit.Actor != c.client || last.Audit.Detail == "" {
				t.Errorf("the audit has %+v", last)
			}
			lines, err := w.List(t.Context(), operator, exchange.Filter{})
			if err != nil || len(lines) != 0 {
				t.Errorf("got %d messages, %v; want none", len(lines), err)
			}
			if w.saw("refused") != 1 {
				t.Errorf("nobody was told")
			}
		})
	}
}

func demandKind(t testing.TB, err error, kind mapping.Kind) {
	t.Helper()
	if got := codeOf(err); got != string(kind) {
		t.Errorf("got %v, want one of kind %s", err, kind)
	}
}

// A client that was struck off, and whoever is no client, hands over nothing.
func TestSubmitNobody(t *testing.T) {
	w := newWorld(t, story()).open()
	gone := &exchange.Client{ID: "gone", Rights: exchange.Rights()}
	for _, who := range []exchange.Caller{{}, operator, {Client: gone}} {
		_, err := w.Submit(t.Context(), who, exchange.Submission{Body: small(1, citizenNumber), Receiver: "psykiatri-post"})
		demandKind(t, err, mapping.Security)
	}
}

// The four cases of each channel, and the keys of those without identifiers.
func TestDuplicates(t *testing.T) {
	care := func(bundle, header int) exchange.Submission {
		return exchange.Submission{Body: correspondence(t, uid(bundle), uid(header)), Receiver: "bosted-post"}
	}
	plain := func(n int, receiver, key string) exchange.Submission {
		return exchange.Submission{Body: small(n, citizenNumber), Receiver: receiver, Key: key}
	}
	envelope := func(kind string, envelope, header int) exchange.Submission {
		return exchange.Submission{Body: enclosed(t, kind, uid(envelope), correspondence(t, uid(100+header), uid(header))), Receiver: "bosted-post"}
	}
	for _, c := range []struct {
		name, client  string
		first, second exchange.Submission
		want          exchange.Verdict
		code          string
	}{
		{"medcom new/new", "psykiatri", care(1, 2), care(3, 4), exchange.Accepted, ""},
		{"medcom seen/seen", "psykiatri", care(1, 2), care(1, 2), exchange.Duplicate, ""},
		{"medcom new/seen", "psykiatri", care(1, 2), care(3, 2), exchange.Conflict, journal.HeaderSeen},
		{"medcom seen/new", "psykiatri", care(1, 2), care(1, 4), exchange.Conflict, journal.BundleReused},
		{"medcom other content", "psykiatri", care(1, 2), changed(care(1, 2)), exchange.Conflict, journal.ContentDiffers},
		{"ehmi new/new", "psykiatri", envelope("ehmi", 1, 2), envelope("ehmi", 3, 4), exchange.Accepted, ""},
		{"ehmi seen/seen", "psykiatri", envelope("ehmi", 1, 2), envelope("ehmi", 1, 2), exchange.Conflict, journal.BothSeen},
		{"ehmi new/seen", "psykiatri", envelope("ehmi", 1, 2), envelope("ehmi", 3, 2), exchange.Duplicate, ""},
		{"ehmi seen/new", "psykiatri", envelope("ehmi", 1, 2), envelope("ehmi", 1, 4), exchange.Conflict, journal.BundleReused},
		{"vans new/new", "psykiatri", envelope("vans", 1, 2), envelope("vans", 3, 4), exchange.Accepted, ""},
		{"vans seen/seen", "psykiatri", envelope("vans", 1, 2), envelope("vans", 1, 2), exchange.Duplicate, ""},
		{"vans new/seen", "psykiatri", envelope("vans", 1, 2), envelope("vans", 3, 2), exchange.Duplicate, ""},
		{"vans seen/new", "psykiatri", envelope("vans", 1, 2), envelope("vans", 1, 4), exchange.Conflict, journal.BundleReused},
		{"document same", "bosted", plain(1, "psykiatri-post", ""), plain(1, "psykiatri-post", ""), exchange.Duplicate, ""},
		{"document to another", "bosted", plain(1, "psykiatri-post", ""), plain(1, "laege-post", ""), exchange.Accepted, ""},
		{"document other", "bosted", plain(1, "psykiatri-post", ""), plain(2, "psykiatri-post", ""), exchange.Accepted, ""},
		{"key same", "bosted", plain(1, "psykiatri-post", "k"), plain(1, "psykiatri-post", "k"), exchange.Duplicate, ""},
		{"key other content", "bosted", plain(1, "psykiatri-post", "k"), plain(2, "psykiatri-post", "k"), exchange.Conflict, journal.TransportReused},
		{"key to another", "bosted", plain(1, "psykiatri-post", "k"), plain(1, "laege-post", "k"), exchange.Conflict, journal.TransportReused},
		{"key other, a document with its own", "bosted", plain(1, "psykiatri-post", "k"), plain(1, "psykiatri-post", "l"), exchange.Duplicate, ""},
		{"key other, and other content", "bosted", plain(1, "psykiatri-post", "k"), changed(plain(1, "psykiatri-post", "l")), exchange.Conflict, journal.ContentDiffers},
		{"key other, a document without", "bosted", nameless(plain(1, "psykiatri-post", "k")), nameless(plain(1, "psykiatri-post", "l")), exchange.Accepted, ""},
		{"key same, a document without", "bosted", nameless(plain(1, "psykiatri-post", "k")), nameless(plain(1, "psykiatri-post", "k")), exchange.Duplicate, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, story()).open()
			a, b := w.submit(c.client, c.first), w.submit(c.client, c.second)
			if a.Verdict != exchange.Accepted || b.Verdict != c.want || b.Code != c.code {
				t.Errorf("got %s, then %s %q; want %s %q", a.Verdict, b.Verdict, b.Code, c.want, c.code)
			}
			if b.Verdict == exchange.Duplicate && (b.ID != a.ID || string(b.Answer) != string(a.Answer)) {
				t.Errorf("got %s %s, want the first answer again: %s %s", b.ID, b.Answer, a.ID, a.Answer)
			}
			if b.Verdict == exchange.Conflict && b.Answer != nil {
				t.Errorf("a conflict is answered with %s", b.Answer)
			}
		})
	}
}

// changed is a submission with one word of its content changed.
func changed(s exchange.Submission) exchange.Submission {
	s.Body = strings.NewReplacer("Psykiatrien Test", "Psykiatrien Tast", "Kan ikke sove", "Kan ikke gå").Replace(s.Body)
	return s
}

// nameless is a submission of small without the identifier of its document.
func nameless(s exchange.Submission) exchange.Submission {
	s.Body = strings.Replace(s.Body, `"dokumentId":"d-1",`, "", 1)
	return s
}

// The same push many times at once: one message, and one answer. The race detector
// sees fifty of them, and takes minutes for a thousand.
func TestManyAtOnce(t *testing.T)     { atOnce(t, 50) }
func TestThousandPushes(t *testing.T) { atOnce(t, 1000) }

func atOnce(t *testing.T, n int) {
	w := newWorld(t, story()).open()
	var accepted, duplicate atomic.Int32
	answers := make([]string, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			r, err := w.Submit(t.Context(), w.as("psykiatri"), exchange.Submission{Body: correspondence(t, uid(1), uid(2)), Receiver: "bosted-post"})
			if err != nil {
				t.Errorf("submitting: %v", err)
				return
			}
			answers[i] = string(r.Answer)
			switch r.Verdict {
			case exchange.Accepted:
				accepted.Add(1)
			case exchange.Duplicate:
				duplicate.Add(1)
			}
		})
	}
	all.Wait()
	if accepted.Load() != 1 || int(duplicate.Load()) != n-1 {
		t.Errorf("got %d accepted and %d duplicates", accepted.Load(), duplicate.Load())
	}
	for _, a := range answers {
		if a != answers[0] || a == "" {
			t.Fatalf("got the answers %q and %q", answers[0], a)
		}
	}
	lines, err := w.List(t.Context(), operator, exchange.Filter{})
	if err != nil || len(lines) != 1 {
		t.Errorf("got %d messages, %v", len(lines), err)
	}
}

// The same Bundle.id with other content is refused, and stands in the audit and in
// the life of the message that had it first.
func TestSameBundleOtherContent(t *testing.T) {
	w := newWorld(t, story()).open()
	s := exchange.Submission{Body: correspondence(t, uid(1), uid(2)), Receiver: "bosted-post"}
	first := w.submit("psykiatri", s)
	second := w.submit("psykiatri", changed(s))
	if second.Verdict != exchange.Conflict || second.Code != journal.ContentDiffers || second.ID != first.ID {
		t.Errorf("got %+v", second)
	}
	steps := w.life(first.ID).Steps
	if last := steps[len(steps)-1]; last.What != "conflict" || last.Code != journal.ContentDiffers || last.Who != "psykiatri" || last.Why == "" {
		t.Errorf("its life ends with %+v", last)
	}
	p, err := w.Part(t.Context(), operator, first.ID, exchange.Original, "")
	if err != nil || string(p.Body) != s.Body {
		t.Errorf("what is stored is not what came first: %v", err)
	}
}
