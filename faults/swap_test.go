package faults

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

// stampTarget is a condition of FSIII.
const stampTarget = "41c201d5-6d3d-4576-b3d2-510a9b105631"

var stamps = regexp.MustCompile(`stamp (\d+)`)

// condition is the code of a condition of FFB.
func condition(t *testing.T) string {
	t.Helper()
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range terms.Entries(mapping.FFB) {
		if e.Kind == terminology.Condition && !e.Heading() {
			return e.Code
		}
	}
	t.Fatal("FFB has no conditions")
	return ""
}

// record is a condition record in FFB with one condition.
func record(code string, number int) letter {
	return letter{lane: "tilstande", number: number, receiver: "kommune", kind: "application/fhir+json", body: fmt.Sprintf(
		`{"resourceType":"Bundle","id":"tilstande-%d","meta":{"profile":["http://fhir.kl.dk/ffbreporting/StructureDefinition/kl-reporting-ffb-deliveryReport"]},"type":"collection","timestamp":"2026-03-02T09:00:00+01:00","entry":[{"fullUrl":"Patient/bruno","resource":{"resourceType":"Patient","id":"bruno"}},`+
			`{"fullUrl":"Condition/c","resource":{"resourceType":"Condition","id":"c","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"code":{"coding":[{"system":%q,"code":%q}]},"subject":{"reference":"Patient/bruno"},"recordedDate":"2026-03-02"}}]}`,
		number, mapping.FFB, code)}
}

// stamp writes a content with a concept map for a code, whose every row says which
// version it is.
func stamp(t *testing.T, dir, code string, version int) {
	t.Helper()
	replace(t, filepath.Join(dir, "ConceptMap-stamp.json"), fmt.Appendf(nil,
		`{"resourceType":"ConceptMap","url":"http://x/stamp","version":"%d","status":"active","group":[{"source":%q,"target":%q,"element":[{"code":%q,"target":[{"code":%q,"equivalence":"wider","comment":"stamp %d"}]}]}]}`,
		version, mapping.FFB, mapping.FSIII, code, stampTarget, version))
}

// Fault 17, the mappings: while they are replaced under load, every delivery is
// translated with one version of them, and names it.
func TestMapSwap(t *testing.T) {
	t.Parallel()
	code, content := condition(t), t.TempDir()
	stamp(t, content, code, 1)
	hospital := newReceiver(t)
	to := posted("kommune", hospital.url())
	to.Form = "fsiii"
	n := started(t, configure(to), "--content", content)
	stop := make(chan struct{})
	go func() {
		for version := 2; ; version++ {
			select {
			case <-stop:
				return
			case <-time.After(1500 * time.Millisecond):
				stamp(t, content, code, version)
			}
		}
	}()
	var ids []string
	versions := map[string]string{} // the version of the mappings → its stamp
	c := n.as(bosted)
	for end, i := time.Now().Add(time.Duration(more(9, 60))*time.Second), 0; time.Now().Before(end) || i < 20; i++ {
		r, err := c.insist(record(code, i), patience)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
		time.Sleep(40 * time.Millisecond)
	}
	close(stop)
	rest(t, n.as(overseer), patience)
	for _, id := range ids {
		maps, mark := n.madeWith(id, "kommune")
		if before, known := versions[maps]; known && before != mark {
			t.Errorf("%s is said to be made with %s, whose rows are stamped %s, and has those of %s", id, maps, before, mark)
		}
		versions[maps] = mark
	}
	if len(versions) < 2 {
		t.Errorf("the mappings were never replaced: %v", versions)
	}
	t.Logf("%d messages, %d versions", len(ids), len(versions))
	if got := hospital.different(); got != len(ids) {
		t.Errorf("%d of %d arrived", got, len(ids))
	}
	n.stop()
	n.verify()
}

// madeWith is the one version of the mappings that a delivery names, and the one
// stamp that its ledger has.
func (n *node) madeWith(id, to string) (maps, mark string) {
	n.Helper()
	watch := n.as(overseer)
	life, err := watch.lifeOf(id)
	if err != nil {
		n.Fatal(err)
	}
	for _, s := range life.Steps {
		switch {
		case s.Receiver != to || s.Maps == "":
		case maps == "":
			maps = s.Maps
		case maps != s.Maps:
			n.Errorf("%s names two versions of the mappings, %s and %s", id, maps, s.Maps)
		}
	}
	if maps == "" {
		n.Errorf("%s names no version of the mappings: %+v", id, life.Steps)
	}
	got, err := watch.do(http.MethodGet, "/v1/exchange/"+id+"/"+exchange.Ledger+"?why=tilsyn&receiver="+to, nil)
	if err != nil || got.status != http.StatusOK {
		n.Fatalf("the ledger: %s %v", got, err)
	}
	for _, m := range stamps.FindAllStringSubmatch(string(got.body), -1) {
		if mark != "" && mark != m[1] {
			n.Errorf("%s has rows of version %s and of %s", id, mark, m[1])
		}
		mark = m[1]
	}
	if mark == "" {
		n.Errorf("%s: no row of the map is on its ledger", id)
	}
	return maps, mark
}

// Fault 17, the configuration: while it is replaced under load, every message goes
// where the one version says that it was accepted by.
func TestConfigSwap(t *testing.T) {
	t.Parallel()
	here, there := newReceiver(t), newReceiver(t)
	receivers := map[string]*receiver{"her": here, "der": there}
	with := func(to string) *configuration {
		c := configure(posted("her", here.url()), posted("der", there.url()))
		c.Routes = []route{{Name: "alt", Documents: []string{"henvisning"}, To: []string{to}, Why: "all of it goes " + to}}
		return c
	}
	n := started(t, with("her"))
	b := newBook()
	load := begin(b, n.as(bosted), "", 6, 30*time.Millisecond)
	for i := range more(3, 20) {
		time.Sleep(1500 * time.Millisecond)
		with([]string{"der", "her"}[i%2]).write(t, n.home)
	}
	time.Sleep(1500 * time.Millisecond)
	load.end()
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), receivers)
	goes := map[string]string{} // version of the configuration → receiver
	for id, life := range b.lives(t, n.as(overseer)) {
		if len(life.Deliveries) != 1 {
			t.Errorf("%s goes to %d receivers", id, len(life.Deliveries))
			continue
		}
		to := life.Deliveries[0].Receiver
		if before, known := goes[life.Version]; known && before != to {
			t.Errorf("by configuration %s messages went to %s and to %s", life.Version, before, to)
		}
		goes[life.Version] = to
		if !strings.Contains(life.Why, to) {
			t.Errorf("%s went to %s because %q", id, to, life.Why)
		}
	}
	if len(goes) != 2 {
		t.Errorf("the versions and where they lead: %v, want two", goes)
	}
	n.stop()
	n.verify()
}
