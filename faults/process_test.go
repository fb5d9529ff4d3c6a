package faults

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// starting is how long a start may take, on a machine that does other things too.
const starting = 30 * time.Second

// node is a node of the exchange: the program, a folder, and one life after the
// other.
type node struct {
	*testing.T
	home  string   // config.yaml, keys.json, data
	data  string   // the data folder, as this process reaches it
	flags []string // besides those that every node is started with
	env   []string // besides that of the test
	// wrap changes how the program is started; nil starts it as it is.
	wrap func(*exec.Cmd)
	http *http.Client
	said *sink // the log of all lives

	mu   sync.Mutex
	life *life
}

// life is one process.
type life struct {
	cmd   *exec.Cmd
	url   string // empty until it listens
	ended chan struct{}
	err   error // how it ended
}

// newNode makes a folder for a node with a configuration, and starts nothing.
func newNode(t *testing.T, c *configuration, flags ...string) *node {
	t.Helper()
	n := &node{T: t, home: t.TempDir(), flags: flags, said: &sink{}}
	n.data = filepath.Join(n.home, "data")
	n.http = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	c.write(t, n.home)
	n.tolk("keys", "init", n.path("keys.json"))
	t.Cleanup(func() {
		n.kill()
		n.http.CloseIdleConnections()
		if at, found := findCitizen(n.said.bytes()); found {
			t.Errorf("the log names a citizen: %s", at)
		}
		if t.Failed() {
			t.Logf("the log of the node ends: %s", n.said.tail(8000))
		}
	})
	return n
}

// started is newNode and start.
func started(t *testing.T, c *configuration, flags ...string) *node {
	t.Helper()
	n := newNode(t, c, flags...)
	n.start()
	return n
}

func (n *node) path(name string) string { return filepath.Join(n.home, name) }

// start starts the program and waits until it answers.
func (n *node) start() {
	n.Helper()
	if err := n.tryStart(); err != nil {
		n.Fatalf("the node does not start: %v\n%s", err, n.said.tail(3000))
	}
}

// tryStart is start for a program that may end instead of listening.
func (n *node) tryStart() error {
	args := append([]string{"serve", "--listen", "127.0.0.1:0", "--data", n.path("data"),
		"--keys", n.path("keys.json"), "--config", n.path("config.yaml")}, n.flags...)
	l := &life{cmd: exec.Command(program, args...), ended: make(chan struct{})}
	l.cmd.Stderr, l.cmd.Env = n.said, append(os.Environ(), n.env...)
	if n.wrap != nil {
		n.wrap(l.cmd)
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := l.cmd.Start(); err != nil {
		return err
	}
	listening := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			n.said.Write(append(lines.Bytes(), '\n'))
			if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
				listening <- url
			}
		}
		io.Copy(io.Discard, out)
		l.err = l.cmd.Wait()
		close(l.ended)
	}()
	select {
	case url := <-listening:
		l.url = url
	case <-l.ended:
		return fmt.Errorf("it ended: %w", either(l.err, errors.New("without a fault")))
	case <-time.After(starting):
		l.cmd.Process.Kill()
		<-l.ended
		return fmt.Errorf("it does not listen after %s", starting)
	}
	n.mu.Lock()
	n.life = l
	n.mu.Unlock()
	return nil
}

func either(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// current is the life that answers; nil between two.
func (n *node) current() *life {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.life
}

// leave takes the current life out of use, so that nobody calls it any more.
func (n *node) leave() *life {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.life
	n.life = nil
	return l
}

// kill ends the program as a power cut does. It may be called twice.
func (n *node) kill() {
	if l := n.leave(); l != nil {
		l.cmd.Process.Kill()
		<-l.ended
	}
}

// stop asks the program to end and returns how long that took. It must end by
// itself, without a fault.
func (n *node) stop() time.Duration {
	n.Helper()
	l := n.current()
	begun := time.Now()
	l.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-l.ended:
	case <-time.After(starting):
		n.kill()
		n.Fatalf("still there %s after SIGTERM", starting)
	}
	n.leave()
	if l.err != nil {
		n.Errorf("after SIGTERM it ended with %v", l.err)
	}
	return time.Since(begun)
}

// up reports whether the program runs and answers.
func (n *node) up() bool {
	l := n.current()
	if l == nil {
		return false
	}
	got, err := n.http.Get(l.url + "/healthz")
	if err != nil {
		return false
	}
	io.Copy(io.Discard, got.Body)
	got.Body.Close()
	return got.StatusCode == http.StatusOK
}

// tolk runs a command that must succeed, and returns what it wrote to stdout.
func (n *node) tolk(args ...string) string {
	n.Helper()
	out, said, err := tolk("", args...)
	if err != nil {
		n.Fatalf("tolk %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return out
}

// tolk runs a command.
func tolk(stdin string, args ...string) (out, said string, err error) {
	c := exec.Command(program, args...)
	var o, e bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &o, &e
	err = c.Run()
	return o.String(), e.String(), err
}

// metrics returns what Prometheus would read.
func (n *node) metrics() string {
	n.Helper()
	got, err := n.http.Get(n.current().url + "/metrics")
	if err != nil {
		n.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK {
		n.Fatalf("/metrics: %d %v", got.StatusCode, err)
	}
	return string(text)
}

// sink keeps what a program says; several may write.
type sink struct {
	mu   sync.Mutex
	text []byte
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, p...)
	return len(p), nil
}

func (s *sink) bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.text)
}

func (s *sink) tail(size int) string {
	text := s.bytes()
	return string(text[max(0, len(text)-size):])
}

// copyFolder copies the files of a folder that nobody writes in; a socket that was
// left behind is none.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Type().IsRegular() {
			replace(t, filepath.Join(to, e.Name()), []byte(read(t, filepath.Join(from, e.Name()))))
		}
	}
}
