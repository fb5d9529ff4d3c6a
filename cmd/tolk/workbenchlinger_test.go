package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// heard sends a request whole to an address, and only then listens, as a browser
// may. It returns the answer.
func heard(t *testing.T, address, header, body string) (int, string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, header+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for rest := body; rest != ""; {
		n := min(len(rest), 64<<10)
		if _, err := io.WriteString(c, rest[:n]); err != nil {
			t.Errorf("%.40s: %d bytes before the end: %v", header, len(rest), err)
			return 0, ""
		}
		rest = rest[n:]
	}
	r := bufio.NewReader(c)
	a, err := http.ReadResponse(r, nil)
	for err == nil && a.StatusCode == http.StatusContinue {
		a, err = http.ReadResponse(r, nil)
	}
	if err != nil {
		t.Errorf("%.40s: no answer: %v", header, err)
		return 0, ""
	}
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Errorf("%.40s: %v after %.100s", header, err, text)
	}
	return a.StatusCode, string(text)
}

// Who pastes more than is taken hears why, through the door as without it, also
// when he listens only after he has sent it all.
func TestWorkbenchTooLarge(t *testing.T) {
	b := openBench(t, "--listen", "127.0.0.1:0")
	host := strings.TrimPrefix(b.base, "http://")
	large := strings.Repeat(" ", 24<<20)
	post := "POST /translate HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	length := fmt.Sprintf("Content-Length: %d", len(large))
	chunked := "Transfer-Encoding: chunked"
	chunks := strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", 1<<20, large[:1<<20]), len(large)>>20) + "0\r\n\r\n"
	for name, c := range map[string]struct {
		header, body string
		status       int
		want         string
	}{
		"a length":           {post + length, large, 413, "<html"},
		"chunks":             {post + chunked, chunks, 413, "16777216"},
		"without waiting":    {post + "Expect: 100-continue\r\n" + length, large, 413, "<html"},
		"from another place": {post + "Sec-Fetch-Site: cross-site\r\n" + length, large, 403, "another place"},
		"to another host":    {strings.Replace(post, host, "evil.example", 1) + chunked, chunks, 421, "not answered to"},
		"what is no page":    {strings.Replace(post, "/translate", "/v1/translate", 1) + length, large, 404, "only pages"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, text := heard(t, host, c.header, c.body); status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("got %d %.300s, want %d with %s", status, text, c.status, c.want)
			}
		})
	}
}

// Who asks first whether to send at all is told no by what is behind the door.
func TestWorkbenchExpectation(t *testing.T) {
	b := openBench(t, "--listen", "127.0.0.1:0")
	host := strings.TrimPrefix(b.base, "http://")
	const post = "POST /translate HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
	for length, want := range map[int]int{24 << 20: 413, 8: 100} {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		fmt.Fprintf(c, post, host, length)
		if a, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || a.StatusCode != want {
			t.Errorf("%d bytes: got %+v, %v, want %d", length, a, err, want)
		}
	}
}

// boundless is a body of somebody who never stops sending or, silent, never goes on,
// and the answer to him.
type boundless struct {
	recorded
	silent, flushed bool
	read            int
	until           time.Time
}

func (b *boundless) Read(p []byte) (int, error) {
	if b.silent || !time.Now().Before(b.until) {
		return 0, os.ErrDeadlineExceeded
	}
	b.read += len(p)
	return len(p), nil
}
func (b *boundless) Close() error                      { return nil }
func (b *boundless) Flush()                            { b.flushed = true }
func (b *boundless) SetReadDeadline(t time.Time) error { b.until = t; return nil }

// Nobody holds the workbench by sending on or by falling silent.
func TestWorkbenchWaitIsBounded(t *testing.T) {
	for name, b := range map[string]*boundless{"sends on": {}, "silent": {silent: true}} {
		(&sending{ReadCloser: b}).end(http.NewResponseController(b))
		if most := mostAfter + 64<<10; !b.flushed || b.read > most || b.until.IsZero() {
			t.Errorf("%s: got %d bytes, answered first %v, until %v, want at most %d", name, b.read, b.flushed, b.until, most)
		}
		if left := time.Until(b.until); left > afterQuiet {
			t.Errorf("%s: would wait %s more for the next byte", name, left)
		}
	}
	read := &sending{ReadCloser: io.NopCloser(strings.NewReader("x"))}
	if _, err := io.Copy(io.Discard, read); err != nil {
		t.Fatal(err)
	}
	b := &boundless{recorded: recorded{header: http.Header{}}}
	if read.end(http.NewResponseController(b)); b.flushed || !b.until.IsZero() {
		t.Error("what was read to its end is waited for")
	}
}
