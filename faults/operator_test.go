package faults

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A receiver refuses everything, and a person finds it among the dead letters,
// with the reason, and has it sent again when the receiver is mended: first as a
// dry run, then all of it at once. It arrives once, in order.
func TestDeadAndSentAgain(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	hospital.behave(func(arrival) (bool, http.HandlerFunc) {
		return false, text(422, "application/fhir+json", `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported"}]}`)
	})
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	handAll(t, b, n.as(bosted), "sygehus", 6, 3)
	// The first of each citizen is dead, and the citizen's others wait behind it.
	until(t, "the dead letters lie there", patience, func() bool { return n.as(overseer).open("sygehus", "dead") >= len(citizens)+2*3 })
	list := n.tolk("exchange", "list", "--data", n.data, "--state", "dead")
	for _, want := range []string{"dead", "422", "sygehus"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list of dead letters says nothing of %s: %s", want, list)
		}
	}
	hospital.behave(takes)
	again := []string{"exchange", "rerun", "--data", n.data, "--why", "the receiver is mended", "--state", "dead", "--receiver", "sygehus"}
	n.tolk(append(again, "--dry-run")...)
	if got := hospital.different(); got != 0 {
		t.Errorf("the dry run sent %d messages", got)
	}
	n.tolk(again...)
	until(t, "all of it has arrived", patience, func() bool { return hospital.different() == b.count() })
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	if got := len(hospital.arrivals()); got != b.count() {
		t.Errorf("%d arrivals of %d messages", got, b.count())
	}
	audit, err := n.as(overseer).do(http.MethodGet, "/v1/audit?limit=1000", nil)
	if err != nil || !bytes.Contains(audit.body, []byte("the receiver is mended")) {
		t.Errorf("the audit does not say why they were sent again: %v", err)
	}
	n.stop()
	n.verify()
}

// A backup that is taken under load, restored and started, has everything that
// was acknowledged before it was asked for; what had been delivered since is
// delivered once more as what it was, and nothing else.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	load := begin(b, n.as(bosted), "sygehus", 8, 10*time.Millisecond)
	time.Sleep(time.Second)
	before := newBook()
	b.mu.Lock()
	for id, l := range b.taken {
		before.taken[id] = l
	}
	b.mu.Unlock()
	file := filepath.Join(t.TempDir(), "backup.db")
	n.tolk("backup", "--data", n.data, file)
	time.Sleep(300 * time.Millisecond)
	load.end()
	rest(t, n.as(overseer), patience)
	n.kill()

	m := newNode(t, configure(posted("sygehus", hospital.url())))
	replace(t, m.path("keys.json"), []byte(read(t, n.path("keys.json"))))
	m.tolk("restore", file, m.data)
	if found := findCitizenIn(t, filepath.Dir(file)); len(found) > 0 {
		t.Errorf("in the backup: %q", found)
	}
	m.start()
	rest(t, m.as(overseer), patience)
	before.offered = b.offered
	before.judge(t, m.as(overseer), map[string]*receiver{"sygehus": anyOrder(hospital)})
	t.Logf("%d acknowledged before the backup, %d in all, %d arrivals", before.count(), b.count(), len(hospital.arrivals()))
	m.stop()
	m.verify()
}

// anyOrder is a receiver whose arrivals are of two lives, one of which knows
// nothing of the other: each message as it came first.
func anyOrder(r *receiver) *receiver {
	once, seen := new(receiver), map[string]arrival{}
	for _, a := range r.arrivals() {
		if before, ok := seen[a.Request]; ok && before.Body == a.Body {
			continue
		}
		seen[a.Request] = a
		once.kept = append(once.kept, a)
	}
	return once
}
