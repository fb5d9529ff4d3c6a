package faults

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Who is not let in is told so in the words of OAuth, nothing happens, and the
// node stays.
func TestStrangers(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	key, now := signingKey(bosted), time.Now()
	change := func(how func(*claims)) string {
		c := sound(bosted)
		how(&c)
		return assertion(key, c)
	}
	spent := assertion(key, sound(bosted))
	if got, err := n.ask(spent); err != nil || got.status != http.StatusOK {
		t.Fatalf("an assertion that is sound: %s %v", got, err)
	}
	wrong := map[string]string{
		"of an unknown client": assertion(key, sound("nobody")),
		"of another's key":     assertion(signingKey("thief"), sound(bosted)),
		"expired":              change(func(c *claims) { c.Issued, c.Expires = now.Unix()-900, now.Unix()-600 }),
		"of the future":        change(func(c *claims) { c.Issued, c.Expires = now.Unix()+600, now.Unix()+800 }),
		"for ever":             change(func(c *claims) { c.Expires = now.Unix() + 86400 }),
		"for another audience": change(func(c *claims) { c.Audience = "https://other.example.dk/token" }),
		"without a name":       change(func(c *claims) { c.ID = "" }),
		"of two":               change(func(c *claims) { c.Subject = psychiatry }),
		"replayed":             spent,
		"unsigned":             spent[:strings.LastIndexByte(spent, '.')+1],
		"nonsense":             "x.y.z",
		"empty":                "",
	}
	for name, text := range wrong {
		got, err := n.ask(text)
		if err != nil || got.status < 400 || got.status >= 500 || !bytes.Contains(got.body, []byte(`"error"`)) || bytes.Contains(got.body, []byte("access_token")) {
			t.Errorf("an assertion %s: %s %v, want an error of OAuth", name, got, err)
		}
	}
	token, err := n.as(bosted).access(n.current())
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(laneLetter(0, 1, "sygehus").body)
	for name, header := range map[string]string{
		"none": "", "another's": "Bearer " + strings.Repeat("A", len(token)), "a changed one": "Bearer " + flipped(token),
		"half of one": "Bearer " + token[:len(token)/2], "an assertion": "Bearer " + spent, "no bearer": "Basic " + token, "two": "Bearer " + token + "," + token,
	} {
		got, err := n.call(n.current(), "POST", "/v1/exchange?receiver=sygehus", body, "Content-Type", "application/json", "Authorization", header)
		if err != nil || got.status != http.StatusUnauthorized || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("with %s token: %s %v %v, want 401 and a challenge", name, got, got.header, err)
		}
	}
	// An assertion that was used stays used when the node starts again.
	n.kill()
	n.start()
	if got, err := n.ask(spent); err != nil || got.status < 400 || got.status >= 500 {
		t.Errorf("replayed after a start: %s %v", got, err)
	}
	// What a client may not do or reach.
	for name, one := range map[string]struct {
		who            string
		method, path   string
		body           string
		least, highest int
	}{
		"a route to nowhere":       {bosted, "POST", "/v1/exchange?receiver=ingen", string(body), 400, 422},
		"no receiver at all":       {bosted, "POST", "/v1/exchange", string(body), 400, 422},
		"no right to the log":      {bosted, "GET", "/v1/receivers", "", 403, 403},
		"no right to erase":        {bosted, "POST", "/v1/exchange/_act", `{"do":"erase","ids":["019ab000-0000-7000-8000-000000000000"],"why":"x"}`, 403, 404},
		"no right to the audit":    {bosted, "GET", "/v1/audit", "", 403, 403},
		"no mailbox of one's own":  {bosted, "GET", "/v1/mailbox/sygehus", "", 403, 404},
		"a message that is none":   {overseer, "GET", "/v1/exchange/019ab000-0000-7000-8000-000000000000", "", 404, 404},
		"a purpose that is none":   {bosted, "POST", "/v1/exchange?receiver=sygehus&purpose=FUN", string(body), 400, 422},
		"a basis that is not hers": {bosted, "POST", "/v1/exchange?receiver=sygehus&legal-basis=serviceloven-108", string(body), 400, 422},
		"a document that is none":  {bosted, "POST", "/v1/exchange?receiver=sygehus", `{"dokument":"digt"}`, 400, 422},
	} {
		got, err := n.as(one.who).do(one.method, one.path, []byte(one.body), contentType(one.body)...)
		if err != nil || got.status < one.least || got.status > one.highest || !bytes.Contains(got.body, []byte("OperationOutcome")) {
			t.Errorf("%s: %s %v, want %d to %d and an OperationOutcome", name, got, err, one.least, one.highest)
		}
	}
	n.nothingHappened(hospital)
	n.stop()
	n.verify()
}

func contentType(body string) []string {
	if body == "" {
		return nil
	}
	return []string{"Content-Type", "application/json"}
}

// flipped is a token with another letter in the middle.
func flipped(token string) string {
	b := []byte(token)
	b[len(b)/2] ^= 1
	return string(b)
}

// nothingHappened fails the test where a node took a message or is down.
func (n *node) nothingHappened(receivers ...*receiver) {
	n.Helper()
	var said struct {
		Messages []json.RawMessage `json:"messages"`
	}
	if err := n.as(overseer).get("/v1/exchange", &said); err != nil || len(said.Messages) > 0 {
		n.Errorf("%d messages were taken: %v", len(said.Messages), err)
	}
	for _, r := range receivers {
		if r.asked() > 0 {
			n.Errorf("a receiver was asked %d times", r.asked())
		}
	}
	if !n.up() {
		n.Error("the node is down")
	}
}

// A body of 100 MB is refused before it is read, whether its length is said or
// not, and costs the node no memory.
func TestHugeBody(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	token, err := n.as(bosted).access(n.current())
	if err != nil {
		t.Fatal(err)
	}
	for name, framing := range map[string]string{"its length is said": "Content-Length: 104857600", "its length is not said": "Transfer-Encoding: chunked"} {
		c, err := net.Dial("tcp", strings.TrimPrefix(n.current().url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(30 * time.Second))
		fmt.Fprintf(c, "POST /v1/exchange?receiver=sygehus HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n", token, framing)
		for range 100 { // it may stop listening before the end
			if _, err = io.WriteString(c, megabyte(framing)); err != nil {
				break
			}
		}
		got, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Errorf("%s: no answer: %v", name, err)
			continue
		}
		text, _ := io.ReadAll(got.Body)
		c.Close()
		if got.StatusCode != http.StatusRequestEntityTooLarge || !bytes.Contains(text, []byte("OperationOutcome")) {
			t.Errorf("%s: %d %.300s, want 413 and an OperationOutcome", name, got.StatusCode, text)
		}
	}
	if most := n.memory(); most > 400<<20 {
		t.Errorf("it took %d MB of memory", most>>20)
	}
	n.nothingHappened(hospital)
}

// megabyte is one of blanks, as a chunk where the body has those.
func megabyte(framing string) string {
	blanks := strings.Repeat(" ", 1<<20)
	if strings.HasPrefix(framing, "Transfer") {
		return "100000\r\n" + blanks + "\r\n"
	}
	return blanks
}

// memory is what the process has in memory.
func (n *node) memory() int64 { return n.status("VmRSS:") << 10 }

// status reads a figure from what the system tells of the process.
func (n *node) status(name string) (figure int64) {
	n.Helper()
	for line := range strings.Lines(read(n.T, fmt.Sprintf("/proc/%d/status", n.current().cmd.Process.Pid))) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			fmt.Sscan(rest, &figure)
		}
	}
	return figure
}

// halfOpen is how many connections TestHalfOpen opens, if there are descriptors
// for so many.
const halfOpen = 10_000

// Ten thousand connections that begin a request and never end it keep nobody
// out for long: the node stays, and answers who asks a whole question within the
// time that it gives such connections.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	b := newBook()
	many := halfOpen
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur < halfOpen+1000 {
		many = int(limit.Cur) - 500
	}
	address := strings.TrimPrefix(n.current().url, "http://")
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	refused := 0
	for i := range many {
		c, err := net.DialTimeout("tcp", address, 2*time.Second)
		if err != nil {
			refused++
			if refused > 100 {
				break
			}
			continue
		}
		open = append(open, c)
		if i%2 == 0 {
			fmt.Fprintf(c, "POST /v1/exchange?receiver=sygehus HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
		} else {
			io.WriteString(c, "POST /v1/exchange HTTP/1.1\r\nHo")
		}
	}
	t.Logf("%d half-open connections (the limit is %d descriptors), %d refused", len(open), limit.Cur, refused)
	if !alive(n.current()) {
		t.Fatal("the node is down")
	}
	begun := time.Now()
	handAll(t, b, n.as(bosted), "sygehus", 2, 2)
	t.Logf("a sender who ends his requests was acknowledged after %s", time.Since(begun))
	for _, c := range open {
		c.Close()
	}
	open = nil
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": hospital})
	n.stop()
	n.verify()
}

// alive reports whether a process has not ended.
func alive(l *life) bool {
	select {
	case <-l.ended:
		return false
	default:
		return true
	}
}

// A configuration with a typo refuses the start, by file, line and column; one
// that is put in the place of a sound one is refused as a whole, and the sound one
// stays in force.
func TestTypo(t *testing.T) {
	t.Parallel()
	hospital, other := newReceiver(t), newReceiver(t)
	sound := configure(posted("sygehus", hospital.url()))
	n := newNode(t, sound)
	name := n.path("config.yaml")
	good := read(t, name)
	for what, text := range map[string]string{
		"a key":       strings.Replace(good, `"concurrency"`, `"concurency"`, 1),
		"a receiver":  strings.Replace(good, `"to": [`+"\n        \"sygehus\"", `"to": [`+"\n        \"sygehuset\"", 1),
		"a right":     strings.Replace(good, `"send"`, `"sent"`, 1),
		"the grammar": good[:len(good)-3],
	} {
		if text == good {
			t.Fatalf("%s: nothing was changed in %s", what, good)
		}
		replace(t, name, []byte(text))
		if err := n.tryStart(); err == nil {
			t.Errorf("with a typo in %s it starts", what)
			n.kill()
		}
		_, said, err := tolk("", "serve", "--check", "--data", n.path("data"), "--keys", n.path("keys.json"), "--config", name)
		if err == nil || !positioned(said) {
			t.Errorf("with a typo in %s --check says %q %v, want file:line:column", what, said, err)
		}
	}
	replace(t, name, []byte(good))
	n.start()
	b := newBook()
	handAll(t, b, n.as(bosted), "sygehus", 2, 1)
	said := len(n.said.bytes())
	replace(t, name, []byte(strings.Replace(good, `"concurrency"`, `"concurency"`, 1)))
	until(t, "the log names what is wrong", 15*time.Second, func() bool { return positioned(string(n.said.bytes()[said:])) })
	handAll(t, b, n.as(bosted), "sygehus", 2, 2)
	configure(posted("sygehus", other.url())).write(t, n.home)
	moved := 2
	until(t, "a sound one is in force", 15*time.Second, func() bool {
		moved++
		handAll(t, b, n.as(bosted), "sygehus", 1, moved)
		return other.different() > 0
	})
	rest(t, n.as(overseer), patience)
	b.judge(t, n.as(overseer), map[string]*receiver{"sygehus": merged(hospital, other)})
	n.stop()
	n.verify()
}

// positioned reports whether a text names a place of the configuration.
func positioned(text string) bool {
	i := strings.Index(text, "config.yaml:")
	if i < 0 {
		return false
	}
	var line, column int
	n, _ := fmt.Sscanf(text[i:], "config.yaml:%d:%d", &line, &column)
	return n == 2
}

// merged is a receiver that moved: what came to the one place and then to the
// other.
func merged(before, after *receiver) *receiver {
	return &receiver{kept: append(before.arrivals(), after.arrivals()...)}
}

// What no client of HTTP sends is answered or cut off, and the node stays.
func TestRawNonsense(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	r := luck(t)
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(r.IntN(256))
	}
	for name, text := range map[string]string{
		"noise":          string(noise),
		"two lengths":    "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
		"both framings":  "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a huge header":  "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 1<<20) + "\r\n\r\n",
		"a huge path":    "GET /" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"a NUL":          "GET /v1/exchange\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
		"TLS":            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"HTTP/2":         "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"no end":         "GET / HTTP/1.1\r\n",
		"a dotted path":  "GET /v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"another method": "BREW /v1/exchange HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(n.current().url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(3 * time.Second))
		io.WriteString(c, text)
		if got, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil && (got.StatusCode < 400 || got.StatusCode >= 600 || got.StatusCode == 500) {
			t.Errorf("%s: answered with %s", name, got.Status)
		}
		c.Close()
	}
	n.nothingHappened(hospital)
}
