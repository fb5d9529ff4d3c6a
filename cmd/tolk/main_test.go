package main

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

// panicking is an input that panics with what it holds.
type panicking struct{ text string }

func (p panicking) Read([]byte) (int, error) { panic(p.text) }

// A panic ends in one line that names the place, without what was panicked with.
func TestPanicIsOneLine(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run([]string{"translate", "--from", "ffb", "--to", "fsiii", "-"}, panicking{"2509479989"}, &stdout, &stderr)
	if code != 1 || stdout.Len() > 0 {
		t.Errorf("exit code %d and stdout %q, want 1 and nothing", code, &stdout)
	}
	want := regexp.MustCompile(`^tolk: internal error at main_test\.go:\d+\n$`)
	if got := stderr.String(); !want.MatchString(got) {
		t.Errorf("stderr: got %q, want %s", got, want)
	}
}

// closed is an output that nobody reads, or an input that breaks off.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errors.New("2509479989 is gone") }
func (closed) Read([]byte) (int, error)  { return 0, errors.New("2509479989 is gone") }

func TestBrokenPipes(t *testing.T) {
	for _, c := range []struct {
		args   []string
		stdin  io.Reader
		stdout io.Writer
		want   string
	}{
		{[]string{"version"}, strings.NewReader(""), closed{}, "tolk: stdout: writing stopped before the end\n"},
		{[]string{"translate", "--from", "ffb", "--to", "fsiii"}, closed{}, io.Discard, "tolk: stdin: reading stopped before the end\n"},
	} {
		var stderr bytes.Buffer
		if code := run(c.args, c.stdin, c.stdout, &stderr); code != 1 || stderr.String() != c.want {
			t.Errorf("%v: got %d and %q, want 1 and %q", c.args, code, &stderr, c.want)
		}
	}
}
