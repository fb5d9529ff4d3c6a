package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tolk/adapters/pack"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/terminology"
)

// stamped writes a content whose every resource says which version it is: a
// concept map for the first conditions of FFB, a code system and a value set.
func stamped(t testing.TB, c *core, version int) map[string]string {
	t.Helper()
	var elements []string
	for _, e := range c.terms.Entries(mapping.FFB) {
		if e.Kind == terminology.Condition && !e.Heading() && len(elements) < 10 {
			elements = append(elements, fmt.Sprintf(`{"code":%q,"target":[{"code":"41c201d5-6d3d-4576-b3d2-510a9b105631","equivalence":"wider","comment":"stamp %d"}]}`, e.Code, version))
		}
	}
	return map[string]string{
		"ConceptMap-stamp.json": fmt.Sprintf(`{"resourceType":"ConceptMap","url":"http://x/stamp/map","version":"%d","status":"active","group":[{"source":%q,"target":%q,"element":[%s]}]}`,
			version, mapping.FFB, mapping.FSIII, strings.Join(elements, ",")),
		"CodeSystem-stamp.json": fmt.Sprintf(`{"resourceType":"CodeSystem","url":"http://x/stamp","version":"%d","name":"Stamp","status":"active","content":"complete","concept":[{"code":"a","display":"stamp %d"},{"code":"b","display":"stamp %d"}]}`, version, version, version),
		"ValueSet-stamp.json":   fmt.Sprintf(`{"resourceType":"ValueSet","url":"http://x/stamp/all","version":"%d","status":"active","compose":{"include":[{"system":"http://x/stamp"}]}}`, version),
	}
}

// put replaces what a folder of content holds, each version in a folder of its
// own name so that a look in between never sees half of it.
func put(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	fresh, err := os.MkdirTemp(dir, ".new-*")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(fresh, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := filepath.Join(dir, ".old")
	if err := os.RemoveAll(old); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "stamp"), old); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, filepath.Join(dir, "stamp")); err != nil {
		t.Fatal(err)
	}
}

// logbook collects a log.
type logbook struct {
	mu sync.Mutex
	b  strings.Builder
}

func (j *logbook) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *logbook) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// await waits until the log says something.
func (j *logbook) await(t testing.TB, want string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(j.String(), want) {
			return
		}
	}
	t.Fatalf("the log does not say %q:\n%s", want, j)
}

// served is a store with a server over it, in this process.
func served(t testing.TB, s *settings) (*store, string, *logbook) {
	t.Helper()
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	logs := &logbook{}
	log := slog.New(slog.NewJSONHandler(logs, nil))
	st, err := newStore(c, s, "test", log)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		f := &front{settings: &settings{listen: address}, contents: st, built: build{version: "test"}, log: slog.New(slog.DiscardHandler)}
		ended <- f.serve(ctx, io.Discard)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	url := "http://" + address
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if answer, err := http.Get(url + "/readyz"); err == nil {
			answer.Body.Close()
			return st, url, logs
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// get asks and returns the status and the answer.
func get(t testing.TB, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/fhir+json")
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return answer.StatusCode, string(text)
}

// conditions is a record with the conditions that stamped maps.
func conditions(c *core) string {
	var entries []string
	for _, e := range c.terms.Entries(mapping.FFB) {
		if e.Kind == terminology.Condition && !e.Heading() && len(entries) < 10 {
			entries = append(entries, fmt.Sprintf(`{"fullUrl":"Condition/c%d","resource":{"resourceType":"Condition","id":"c%d","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"code":{"coding":[{"system":%q,"code":%q}]},"subject":{"reference":"Patient/bruno"},"recordedDate":"2026-03-02"}}`,
				len(entries), len(entries), mapping.FFB, e.Code))
		}
	}
	return `{"resourceType":"Bundle","meta":{"profile":["http://fhir.kl.dk/ffbreporting/StructureDefinition/kl-reporting-ffb-deliveryReport"]},"type":"collection","timestamp":"2026-03-02T09:00:00+01:00","entry":[{"fullUrl":"Patient/bruno","resource":{"resourceType":"Patient","id":"bruno"}},` + strings.Join(entries, ",") + `]}`
}

var stamps = regexp.MustCompile(`stamp (\d+)|http://x/stamp(?:/map|/all)?\|(\d+)`)

// one returns the only version that an answer shows.
func one(t testing.TB, what, answer string, least int) string {
	t.Helper()
	found := stamps.FindAllStringSubmatch(answer, -1)
	if len(found) < least {
		t.Errorf("%s: %d stamps, want %d or more: %.600s", what, len(found), least, answer)
		return ""
	}
	first := found[0][1] + found[0][2]
	for _, f := range found {
		if f[1]+f[2] != first {
			t.Errorf("%s: versions %s and %s in one answer", what, first, f[1]+f[2])
			return ""
		}
	}
	return first
}

// While the content is replaced again and again, every request is answered,
// and from one content only.
func TestReloadIsNeverMixed(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put(t, dir, stamped(t, c, 1))
	st, url, _ := served(t, &settings{content: dir})
	record := conditions(c)
	source := c.terms.Entries(mapping.FFB)
	var first string
	for _, e := range source {
		if e.Kind == terminology.Condition && !e.Heading() {
			first = e.Code
			break
		}
	}
	questions := []struct {
		what, method, path, body string
		stamps                   int
	}{
		{"document", "POST", "/v1/translate?from=ffb&to=fsiii&area=hjemmepleje&ledger=true", record, 10},
		{"$translate", "GET", "/fhir/ConceptMap/$translate?system=" + mapping.FFB + "&code=" + first, "", 1},
		{"$lookup", "GET", "/fhir/CodeSystem/$lookup?system=http://x/stamp&code=a", "", 1},
		{"$expand", "GET", "/fhir/ValueSet/$expand?url=http://x/stamp/all", "", 2},
		{"batch", "POST", "/fhir", `{"resourceType":"Bundle","type":"batch","entry":[` + strings.Repeat(`{"request":{"method":"GET","url":"CodeSystem/$lookup?system=http://x/stamp&code=a"}},`, 5) +
			`{"request":{"method":"GET","url":"ValueSet/$expand?url=http://x/stamp/all"}}]}`, 7},
	}
	var seen sync.Map
	var done atomic.Bool
	var asked atomic.Int64
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for n := i; !done.Load(); n++ {
				q := questions[n%len(questions)]
				status, answer := get(t, q.method, url+q.path, q.body)
				if status != 200 {
					t.Errorf("%s: got %d: %.300s", q.what, status, answer)
					return
				}
				seen.Store(one(t, q.what, answer, q.stamps), true)
				asked.Add(1)
			}
		})
	}
	const versions = 12
	for v := 2; v <= versions; v++ {
		put(t, dir, stamped(t, c, v))
		if _, err := st.load(); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	done.Store(true)
	all.Wait()
	different := 0
	seen.Range(func(any, any) bool { different++; return true })
	t.Logf("%d requests over %d contents saw %d of them", asked.Load(), versions, different)
	if different < 2 {
		t.Errorf("%d contents seen; nothing was tested", different)
	}
}

// The folder is looked at: a good content comes into force by itself, a broken
// one is named in the log and changes nothing.
func TestFolderIsWatched(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	st, err := newStore(c, &settings{content: dir}, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	logs := &logbook{}
	st.log = slog.New(slog.NewJSONHandler(logs, nil))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan bool)
	go func() { st.watch(ctx, 10*time.Millisecond); close(ended) }()
	defer func() { cancel(); <-ended }()
	empty := st.current.Load()

	put(t, dir, stamped(t, c, 7))
	logs.await(t, "stamp (3)")
	good := st.current.Load()
	if good == empty || good.Tag == empty.Tag {
		t.Error("the content did not change")
	}
	if _, ok := good.Registry.CodeSystem("http://x/stamp", "7"); !ok {
		t.Error("the code system of the folder is not there")
	}

	for name, broken := range map[string]struct{ file, text, want string }{
		"not JSON":      {"CodeSystem-stamp.json", `{"resourceType":`, "stamp: CodeSystem-stamp.json: "},
		"moved a scale": {"ConceptMap-stamp.json", strings.Replace(stamped(t, c, 8)["ConceptMap-stamp.json"], "41c201d5-6d3d-4576-b3d2-510a9b105631", "5d1cbb3c-unknown", 1), "target: not a code of FSIII"},
	} {
		files := stamped(t, c, 8)
		files[broken.file] = broken.text
		put(t, dir, files)
		logs.await(t, broken.want)
		if st.current.Load() != good {
			t.Errorf("%s: the content in force changed", name)
		}
	}
	put(t, dir, stamped(t, c, 9))
	for end := time.Now().Add(10 * time.Second); st.current.Load() == good; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a good content after broken ones did not come into force")
		}
	}
	os.RemoveAll(filepath.Join(dir, "stamp"))
	for end := time.Now().Add(10 * time.Second); st.current.Load().Tag != empty.Tag; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("an emptied folder leaves the embedded content")
		}
	}
}

// A concept map of a package is used by the translation of documents, and its
// row stands on the ledger.
func TestPackageMapTranslatesDocuments(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put(t, dir, stamped(t, c, 3))
	st, err := newStore(c, &settings{packages: []string{filepath.Join(dir, "stamp")}}, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	result, err := st.current.Load().Translator.Translate(conditions(c), document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(result.Output), `"41c201d5-6d3d-4576-b3d2-510a9b105631"`); n != 10 {
		t.Errorf("got the target of the package %d times, want 10", n)
	}
	plain, err := c.gateway.Translate(conditions(c), document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}})
	if err != nil {
		t.Fatal(err)
	}
	if string(plain.Output) == string(result.Output) {
		t.Error("the package made no difference")
	}
}

// What a package states again does not hide what is embedded, and a map that
// takes the name of an embedded one is refused.
func TestPackageBesideTheEmbedded(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := c.embedded()
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) *pack.Package {
		t.Helper()
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := pack.Read(dir, pack.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	ffb, _ := c.terms.CodeSystem(mapping.FFB)
	again := read(fmt.Sprintf(`{"resourceType":"CodeSystem","url":%q,"version":%q,"status":"active","content":"complete","concept":[{"code":"a"}]}`, ffb.URL, ffb.Version))
	content, err := c.content("test", embedded, []*pack.Package{again})
	if err != nil {
		t.Fatal(err)
	}
	s, ok := content.Registry.CodeSystem(mapping.FFB, "")
	if _, spise := s.Find("464a2ab6-a7df-4b3a-b74d-7873f4cfe668"); !ok || !spise {
		t.Error("FFB lost its codes to a package")
	}
	gender := read(`{"resourceType":"CodeSystem","url":"http://hl7.org/fhir/administrative-gender","version":"4.0.1","status":"active","content":"complete","concept":[{"code":"male","definition":"Male."}]}`)
	if content, err = c.content("test", embedded, []*pack.Package{gender}); err != nil {
		t.Fatal(err)
	}
	if s, ok := content.Registry.CodeSystem("http://hl7.org/fhir/administrative-gender", ""); !ok || len(s.Concepts) != 1 {
		t.Error("the code system of FHIR did not give way to HL7's own file")
	}
	own := c.terms.ConceptMaps()[0]
	taken := read(fmt.Sprintf(`{"resourceType":"ConceptMap","url":%q,"version":%q,"status":"active"}`, own.URL, own.Version))
	if _, err := c.content("test", embedded, []*pack.Package{taken}); err == nil || !strings.Contains(err.Error(), "is embedded; a changed map needs a version of its own") {
		t.Errorf("got %v", err)
	}
	if _, err := c.content("test", embedded, []*pack.Package{gender, gender}); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("the same package twice: got %v", err)
	}
}
