package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Progress is one line that changes, not too soon and not too often, and is gone
// at the end.
func TestProgress(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := newProgress(&out, func() time.Time { return now }, "testing")
	p.at(1, 9, "a")
	if out.Len() > 0 {
		t.Errorf("at once: got %q", out.String())
	}
	p.clear()
	if out.Len() > 0 {
		t.Errorf("nothing was shown, and is cleared: got %q", out.String())
	}
	now = now.Add(progressAfter)
	p.at(2, 9, "b")
	p.at(3, 9, "c")
	if got, want := out.String(), "\r\x1b[Ktesting: 2 of 9 b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	now = now.Add(progressEvery)
	p.at(4, 9, strings.Repeat("æ", 200))
	line := out.String()[strings.LastIndex(out.String(), "\x1b[K")+3:]
	if utf8.RuneCountInString(line) != progressWidth || !strings.HasSuffix(line, "…") {
		t.Errorf("got %q", line)
	}
	p.clear()
	p.clear()
	if !strings.HasSuffix(out.String(), "…\r\x1b[K") {
		t.Errorf("got %q", out.String())
	}
}

// Progress is for a person at a terminal who did not ask for quiet: a file, a pipe
// and a device that is none get nothing.
func TestProgressIsForTerminals(t *testing.T) {
	var none *progress
	none.at(1, 2, "a")
	none.clear()
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	if (words{to: &bytes.Buffer{}}).begin("a") != nil || (words{to: device}).begin("a") != nil || (words{to: device, quiet: true}).begin("a") != nil {
		t.Error("something that is no terminal gets progress")
	}
}
