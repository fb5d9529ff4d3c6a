package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// bench is a workbench that answers.
type bench struct {
	*exec.Cmd
	link, base string
	log        bytes.Buffer
}

// openBench starts tolk workbench and waits for the link.
func openBench(t *testing.T, args ...string) *bench {
	t.Helper()
	b := &bench{Cmd: exec.Command("tolk", append([]string{"workbench"}, args...)...)}
	b.Env = append(os.Environ(), "GORACE="+atOnce, "TOLK_DATA=", "TOLK_LISTEN=0.0.0.0:80")
	b.Stderr = &b.log
	stdout, err := b.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Process.Kill(); b.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	link, ok := strings.CutPrefix(strings.TrimSpace(line), "open ")
	if err != nil || !ok {
		b.Process.Kill()
		b.Wait()
		t.Fatalf("the first line: got %q and %v, want open ...: %s", line, err, b.log.String())
	}
	b.link = link
	b.base, _, _ = strings.Cut(link, "/?")
	b.base = strings.TrimSuffix(b.base, "/")
	return b
}

// close asks the workbench to end and returns its log.
func (b *bench) close(t *testing.T) string {
	t.Helper()
	if err := b.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := b.Wait(); err != nil {
		t.Errorf("SIGTERM: got %v, want exit code 0", err)
	}
	return b.log.String()
}

// browser is a client that keeps cookies, and headers that its requests carry.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{DialContext: loopback}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// loopback dials as a browser does: a name under .localhost is this machine.
func loopback(ctx context.Context, network, address string) (net.Conn, error) {
	if host, port, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(host, ".localhost") {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// calls makes a request and returns status and body. Headers come in pairs; Host
// is one of them.
func calls(t *testing.T, c *http.Client, method, address, body string, headers ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	got, err := c.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(text)
}

// Without a node the pages stand on what is built in, for this machine alone.
func TestWorkbenchAlone(t *testing.T) {
	b := openBench(t)
	c := browser(t)
	for path, want := range map[string]string{"/": "tolk", "/reference": "tilstande", "/reference/tilstande/ffb/fsiii": "Condition.tilstand", "/exchange": "tolk serve --data"} {
		if code, body := calls(t, c, http.MethodGet, b.base+path, ""); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: got %d, want it with %s", path, code, want)
		}
	}
	for name, headers := range map[string][]string{
		"another host":        {"Host", "evil.example"},
		"another port":        {"Host", "127.0.0.1:1"},
		"another place":       {"Sec-Fetch-Site", "cross-site"},
		"another port's":      {"Sec-Fetch-Site", "same-site"},
		"a frame elsewhere":   {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"},
		"another origin":      {"Origin", "http://127.0.0.1:1"},
		"an origin of none":   {"Origin", "null"},
		"a name that rebinds": {"Host", "127.0.0.1.evil.example:80"},
	} {
		if code, _ := calls(t, c, http.MethodGet, b.base+"/", "", headers...); code/100 != 4 {
			t.Errorf("%s: got %d, want it refused", name, code)
		}
	}
	followed := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	if code, _ := calls(t, c, http.MethodGet, b.base+"/concepts", "", followed...); code != http.StatusOK {
		t.Errorf("a link from elsewhere: got %d", code)
	}
	if code, _ := calls(t, c, http.MethodPost, b.base+"/translate", "text=x", followed...); code != http.StatusForbidden {
		t.Errorf("a form from elsewhere: got %d", code)
	}
	for _, path := range []string{"/v1/translate", "/fhir/metadata", "/metrics", "/healthz"} {
		if code, _ := calls(t, c, http.MethodGet, b.base+path, ""); code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404: programs have tolk serve", path, code)
		}
	}
	if code, _ := calls(t, c, http.MethodDelete, b.base+"/exchange", ""); code != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: got %d, want 405", code)
	}
	if log := b.close(t); strings.Contains(log, "level") || !strings.Contains(log, "Ctrl-C") {
		t.Errorf("the log: %s", log)
	}
}

// The door to a node opens once, for the browser that has the key, and what that
// does stands in the audit in the operator's name.
func TestWorkbenchOfANode(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, "TOLK_DATA="+data)
	held := handOver(t, s)
	b := openBench(t, "--data", data)
	u, err := url.Parse(b.base)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[a-z2-7]{26}\.localhost$`).MatchString(u.Hostname()) {
		t.Fatalf("the link has no host of its own: %s", b.link)
	}
	stranger, c := browser(t), browser(t)
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "x.localhost"} {
		if code, _ := calls(t, stranger, http.MethodGet, b.link, "", "Host", host+":"+u.Port()); code != http.StatusMisdirectedRequest {
			t.Errorf("%s with the key: got %d, want 421", host, code)
		}
	}
	if code, body := calls(t, stranger, http.MethodGet, b.base+"/exchange", ""); code != http.StatusUnauthorized || strings.Contains(body, held) {
		t.Errorf("a stranger: got %d", code)
	}
	if code, _ := calls(t, stranger, http.MethodGet, b.base+"/?key=nonsense", ""); code != http.StatusUnauthorized {
		t.Errorf("a wrong key: got %d", code)
	}
	if code, body := calls(t, c, http.MethodGet, b.link, ""); code != http.StatusOK || !strings.Contains(body, "/exchange") {
		t.Fatalf("the link: got %d %s", code, body)
	}
	if code, _ := calls(t, c, http.MethodGet, b.base+"/exchange", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"); code != http.StatusForbidden {
		t.Errorf("a link from elsewhere: got %d", code)
	}
	for _, cookie := range c.Jar.Cookies(u) {
		if strings.Contains(b.link, cookie.Value) {
			t.Error("the session is the key")
		}
	}
	if len(c.Jar.Cookies(u)) == 0 {
		t.Error("there is no session")
	}
	for _, other := range []string{"http://127.0.0.1:6666/", "http://localhost:6666/", "http://x.localhost:6666/", "http://127.0.0.1:" + u.Port()} {
		place, err := url.Parse(other)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Jar.Cookies(place); len(got) > 0 {
			t.Errorf("%s is sent the session", other)
		}
	}
	if code, _ := calls(t, stranger, http.MethodGet, b.link, ""); code != http.StatusUnauthorized {
		t.Errorf("the link again: got %d, want 401", code)
	}
	code, body := calls(t, c, http.MethodGet, b.base+"/exchange/dead?lang=en", "")
	if code != http.StatusOK || !strings.Contains(body, held+" xref01") || strings.Contains(body, canary) {
		t.Fatalf("dead letters: got %d %s", code, body)
	}
	if code, body = calls(t, c, http.MethodGet, b.base+"/exchange/"+held+"?lang=en", ""); code != http.StatusOK || !strings.Contains(body, "Held") || strings.Contains(body, canary) {
		t.Errorf("its life: got %d", code)
	}
	form := url.Values{"pair": {held + " xref01"}, "do": {"release"}, "why": {"agreed by telephone"}}
	for _, place := range []string{"cross-site", "same-site"} {
		if code, _ := calls(t, c, http.MethodPost, b.base+"/exchange/act", form.Encode()+"&confirm=yes", "Sec-Fetch-Site", place); code != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", place, code)
		}
	}
	if code, body = calls(t, c, http.MethodPost, b.base+"/exchange/act", form.Encode(), "Origin", b.base, "Accept-Language", "en"); code != http.StatusOK || !strings.Contains(body, "Nothing has been done yet") {
		t.Errorf("the dry run: got %d %s", code, body)
	}
	if code, body = calls(t, c, http.MethodPost, b.base+"/exchange/act", form.Encode()+"&confirm=yes", "Origin", b.base, "Accept-Language", "en"); code != http.StatusOK || !strings.Contains(body, "Done with 1") {
		t.Errorf("done: got %d %s", code, body)
	}
	if code, body = calls(t, c, http.MethodPost, b.base+"/exchange", url.Values{"citizen": {canary}, "why": {"she asks"}}.Encode(), "Origin", b.base, "Accept-Language", "en"); code != http.StatusOK || !strings.Contains(body, held) || strings.Contains(body, canary) {
		t.Errorf("a citizen: got %d %s", code, body)
	}
	if code, body = calls(t, c, http.MethodPost, b.base+"/exchange/"+held+"/read", url.Values{"part": {"original"}, "why": {"she asks"}}.Encode(), "Origin", b.base); code != http.StatusOK || !strings.Contains(body, canary) {
		t.Errorf("the original: got %d", code)
	}
	if code, body = calls(t, c, http.MethodGet, b.base+"/exchange/"+held+"?lang=en", ""); code != http.StatusOK || !regexp.MustCompile(`by operator:\w+`).MatchString(body) || !strings.Contains(body, "agreed by telephone") || !strings.Contains(body, "she asks") {
		t.Errorf("its life does not tell who did what and why: %s", body)
	}
	if log := b.close(t); strings.Contains(log, canary) {
		t.Errorf("the log of the workbench names a citizen: %s", log)
	}
	if log := s.stop(t); strings.Contains(log, canary) || strings.Contains(log, held+" ") {
		t.Error("the log of the node names a citizen")
	}
}

// handOver gives the node a referral that cannot be translated to the form asked
// for, and waits until it is held.
func handOver(t *testing.T, s *server) string {
	t.Helper()
	const referral = `{"dokument":"henvisning","version":"1.0","dokumentId":"urn:uuid:6b1a8a52-52a5-4ad5-8df3-3f2b0b9a5b01","borger":{"cpr":"` + canary + `"},"henvisning":{"tidspunkt":"2026-11-21T09:00:00+01:00"}}`
	r, err := http.Post(s.url+"/v1/exchange?receiver=xref01&purpose=TREAT&legal-basis=samtykke&capacity=social&consent=Consent/samtykke-1", "application/json", strings.NewReader(referral))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	if r.StatusCode != http.StatusAccepted {
		t.Fatalf("got %d %s", r.StatusCode, body)
	}
	id := strings.TrimPrefix(r.Header.Get("Location"), "/v1/exchange/")
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		_, _, text := s.ask(t, http.MethodGet, "/v1/exchange?state=held", "")
		if strings.Contains(text, id) {
			return id
		}
	}
	_, _, text := s.ask(t, http.MethodGet, "/v1/exchange/"+id, "")
	t.Fatalf("it is not held: %s", text)
	return ""
}

// What cannot be opened says what to type.
func TestWorkbenchRefuses(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--data", empty}, 1, "no node runs there; expected one, started with tolk serve --data " + empty},
		{[]string{"--data", empty + "/none"}, 1, "no node runs there"},
		{[]string{"--listen", "0.0.0.0:0"}, 2, "other machines reach 0.0.0.0:0"},
		{[]string{"--listen", ":0"}, 2, "expected an address"},
		{[]string{"--listen", "nonsense"}, 2, "expected an address with a port"},
		{[]string{"--data", empty, "--overrides", empty}, 2, "--overrides"},
		{[]string{"--overrides", empty}, 1, "site.yaml"},
	} {
		var out, said bytes.Buffer
		if code := run(append([]string{"workbench"}, c.args...), strings.NewReader(""), &out, &said); code != c.code || !strings.Contains(said.String(), c.want) || out.Len() > 0 {
			t.Errorf("%v: got %d %s", c.args, code, said.String())
		}
	}
}

// A node that goes away is told of, and nothing waits for it.
func TestWorkbenchNodeGone(t *testing.T) {
	d := newDoor(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, func(context.Context) (net.Conn, error) { return nil, io.ErrUnexpectedEOF }, false, false)
	w := &recorded{header: http.Header{}}
	r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:1/exchange", nil)
	if err != nil {
		t.Fatal(err)
	}
	d.ServeHTTP(w, r)
	if w.status != http.StatusBadGateway || !strings.Contains(w.body.String(), "Was it stopped?") {
		t.Errorf("got %d %s", w.status, w.body.String())
	}
}

// recorded is an answer.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorded) Header() http.Header         { return r.header }
func (r *recorded) WriteHeader(status int)      { r.status = status }
func (r *recorded) Write(b []byte) (int, error) { return r.body.Write(b) }
