package main

import (
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-isatty"
)

// The pace of progress: what is done at once shows nothing, and a line that
// changes too often cannot be read.
const (
	progressAfter = 400 * time.Millisecond
	progressEvery = 100 * time.Millisecond
	progressWidth = 78
)

// progress is one line on a terminal that tells how far a long work is, and goes
// when it ends. It may be nil, and says nothing then.
type progress struct {
	to    io.Writer
	now   func() time.Time
	what  string
	next  time.Time
	shown bool
}

// begin starts the progress of a work, if these words go to a terminal and are not
// to be quiet.
func (w words) begin(what string) *progress {
	if w.quiet || !terminal(w.to) {
		return nil
	}
	return newProgress(w.to, time.Now, what)
}

func newProgress(to io.Writer, now func() time.Time, what string) *progress {
	return &progress{to: to, now: now, what: what, next: now().Add(progressAfter)}
}

// largeFiles is from how many bytes of packages on a start is told of at once: a
// package of 30 MB takes some seconds, and is one step.
const largeFiles = 4 << 20

// reading starts the progress of reading files and folders of them.
func (w words) reading(what string, names ...string) *progress {
	p := w.begin(what)
	if p == nil {
		return nil
	}
	size := int64(0)
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		entries, _ := os.ReadDir(name)
		for _, e := range entries {
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
				size += info.Size()
			}
		}
	}
	if size >= largeFiles {
		p.next = p.now()
	}
	return p
}

// terminal reports whether a person sees what is written.
func terminal(to io.Writer) bool {
	f, ok := to.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb"
}

// at tells that so many of all are done, and what is under way.
func (p *progress) at(done, all int, name string) {
	if p == nil {
		return
	}
	now := p.now()
	if now.Before(p.next) {
		return
	}
	p.next, p.shown = now.Add(progressEvery), true
	fmt.Fprint(p.to, "\r\x1b[K"+short(fmt.Sprintf("%s: %d of %d %s", p.what, done, all, name)))
}

// clear takes the line away, so that something else can be written.
func (p *progress) clear() {
	if p != nil && p.shown {
		p.shown = false
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}

// short is a text that fits on one line.
func short(text string) string {
	if utf8.RuneCountInString(text) <= progressWidth {
		return text
	}
	return string([]rune(text)[:progressWidth-1]) + "…"
}
