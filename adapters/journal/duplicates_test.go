package journal

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// The four cases, and what the transport and the bytes add to them: each line
// is sent after first, on the channel named.
func TestDuplicates(t *testing.T) {
	type ids struct{ transport, bundle, header, body string }
	first := ids{"t1", "b1", "h1", "x"}
	for _, tt := range []struct {
		name    string
		channel string
		first   ids
		second  ids
		want    Verdict
		code    string
	}{
		{"new, new", "fhir", first, ids{"t2", "b2", "h2", "y"}, Accepted, ""},
		{"same bytes under new ids", "fhir", first, ids{"t2", "b2", "h2", "x"}, Accepted, ""},
		{"seen, seen", "fhir", first, first, Duplicate, ""},
		{"seen, seen, by another transport", "fhir", first, ids{"t2", "b1", "h1", "x"}, Duplicate, ""},
		{"seen, seen, other content", "fhir", first, ids{"t2", "b1", "h1", "y"}, Conflict, ContentDiffers},
		{"new, seen", "fhir", first, ids{"t2", "b2", "h1", "x"}, Conflict, HeaderSeen},
		{"seen, new", "fhir", first, ids{"t2", "b1", "h2", "x"}, Conflict, BundleReused},
		{"transport seen", "fhir", first, ids{"t1", "b2", "h2", "y"}, Conflict, TransportReused},
		{"bundle alone, seen", "fhir", ids{"", "b1", "", "x"}, ids{"", "b1", "", "x"}, Duplicate, ""},
		{"bundle alone, other content", "fhir", ids{"", "b1", "", "x"}, ids{"", "b1", "", "y"}, Conflict, ContentDiffers},
		{"seen, seen", "ehmi", first, first, Conflict, BothSeen},
		{"new, seen", "ehmi", first, ids{"t2", "b2", "h1", "x"}, Duplicate, ""},
		{"new, seen, other content", "ehmi", first, ids{"t2", "b2", "h1", "y"}, Conflict, ContentDiffers},
		{"seen, new", "ehmi", first, ids{"t2", "b1", "h2", "x"}, Conflict, BundleReused},
		{"new, seen", "again", first, ids{"t2", "b2", "h1", "x"}, Accepted, ""},
		{"transport alone, seen", "plain", ids{"t1", "", "", "x"}, ids{"t1", "", "", "x"}, Duplicate, ""},
		{"transport alone, other content", "plain", ids{"t1", "", "", "x"}, ids{"t1", "", "", "y"}, Conflict, TransportReused},
		{"transport alone, new", "plain", ids{"t1", "", "", "x"}, ids{"t2", "", "", "x"}, Accepted, ""},
		{"nothing but the bytes, same", "plain", ids{"", "", "", "x"}, ids{"", "", "", "x"}, Duplicate, ""},
		{"nothing but the bytes, other", "plain", ids{"", "", "", "x"}, ids{"", "", "", "y"}, Accepted, ""},
	} {
		t.Run(tt.channel+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			j := reopen(t, t.TempDir(), Options{Keys: testKeys(t), Channels: map[string]Duplicates{
				"ehmi":  EHMI,
				"again": {{false, false}: Process, {false, true}: Process},
			}})
			make := func(i ids) Message {
				m := letter(1)
				m.Channel, m.Transport, m.Bundle, m.Header, m.Body = tt.channel, i.transport, i.bundle, i.header, []byte(i.body)
				m.Answer = []byte("answer to " + m.ID)
				return m
			}
			m := make(tt.first)
			accept(t, j, m)
			r, err := j.Accept(t.Context(), make(tt.second))
			if err != nil || r.Verdict != tt.want || r.Code != tt.code {
				t.Fatalf("got %+v, %v, want %s %s", r, err, tt.want, tt.code)
			}
			if r.Verdict != Accepted && r.ID != m.ID {
				t.Errorf("of: got %s, want %s", r.ID, m.ID)
			}
			if r.Verdict == Duplicate && string(r.Answer) != string(m.Answer) {
				t.Errorf("answer: got %s, want the stored one", r.Answer)
			}
			if r.Verdict == Conflict && r.Answer != nil {
				t.Errorf("answer to a conflict: got %s", r.Answer)
			}
			trail, err := j.Audit(t.Context(), Trail{})
			if last := trail[len(trail)-1]; err != nil || len(trail) != 2 || last.Event != string(tt.want) || last.Code != tt.code {
				t.Errorf("audit: got %+v, %v", trail, err)
			}
			if n := len(due(t, j, false)); tt.want != Accepted && n > 1 {
				t.Errorf("deliveries: got %d, want 1", n)
			}
			verify(t, j)
		})
	}
}

// Identifiers hold for one sender, on one channel, of one tenant.
func TestNobodyIsAnsweredForAnother(t *testing.T) {
	j, _ := start(t)
	accept(t, j, letter(1))
	for name, change := range map[string]func(*Message){
		"sender":  func(m *Message) { m.Sender = "bosted-2" },
		"channel": func(m *Message) { m.Channel = "ehmi" },
		"tenant":  func(m *Message) { m.Tenant = "region" },
	} {
		m := letter(1)
		change(&m)
		if r, err := j.Accept(t.Context(), m); err != nil || r.Verdict != Accepted {
			t.Errorf("another %s: got %+v, %v", name, r, err)
		}
	}
}

// The same message a thousand times at once is one message, and 999 times the
// same answer.
func TestThousandAtOnce(t *testing.T) {
	j, _ := start(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	verdicts, answers, of := map[Verdict]int{}, map[string]int{}, map[string]int{}
	body := letter(1)
	for range 1000 {
		wg.Go(func() {
			m := body
			m.ID = NewID(time.Now())
			m.Answer = []byte("answer of " + m.ID)
			r, err := j.Accept(t.Context(), m)
			for errors.Is(err, ErrBusy) {
				r, err = j.Accept(t.Context(), m)
			}
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			verdicts[r.Verdict]++
			answers[string(r.Answer)]++
			of[r.ID]++
		})
	}
	wg.Wait()
	if verdicts[Accepted] != 1 || verdicts[Duplicate] != 999 || len(answers) != 1 || len(of) != 1 {
		t.Errorf("got %v, %d answers, %d messages", verdicts, len(answers), len(of))
	}
	if n := len(due(t, j, false)); n != 1 {
		t.Errorf("deliveries: got %d, want 1", n)
	}
	verify(t, j)
}

// Identifiers are kept ninety days and then forgotten.
func TestIDsAreForgotten(t *testing.T) {
	j, c := start(t)
	first := letter(1)
	first.Destinations = nil
	accept(t, j, first)
	for day, want := range map[int]Verdict{0: Duplicate, 89: Duplicate} {
		c.add(time.Duration(day) * 24 * time.Hour)
		again := letter(1)
		if r, err := j.Accept(t.Context(), again); err != nil || r.Verdict != want {
			t.Errorf("after %d days: got %+v, %v, want %s", day, r, err, want)
		}
	}
	c.add(48 * time.Hour)
	second := letter(1)
	second.Destinations = nil
	accept(t, j, second) // also before a sweep
	if r, err := j.Accept(t.Context(), letter(1)); err != nil || r.Verdict != Duplicate || r.ID != second.ID {
		t.Errorf("after it was forgotten: got %+v, %v, want the second one", r, err)
	}
	swept, err := j.Sweep(t.Context())
	if err != nil || swept != (Swept{Bodies: 1, Messages: 1}) {
		t.Errorf("sweep: got %+v, %v", swept, err)
	}
	if r, err := j.Accept(t.Context(), letter(1)); err != nil || r.Verdict != Duplicate || r.ID != second.ID {
		t.Errorf("after the sweep: got %+v, %v, want the second one", r, err)
	}
	if _, err := j.Life(t.Context(), first.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the first: got %v, want not found", err)
	}
	verify(t, j)
}

func TestNewID(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	seen := map[string]bool{}
	for n := range 1000 {
		id := NewID(now.Add(time.Duration(n) * time.Millisecond))
		if !uuid.MatchString(id) || id[14] != '7' || seen[id] || fmt.Sprintf("%x", now.UnixMilli()+int64(n)) != (id[:8] + id[9:13])[1:] {
			t.Fatalf("got %s", id)
		}
		seen[id] = true
	}
}
