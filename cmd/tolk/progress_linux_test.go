package main

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// A pseudo terminal gets progress, unless it is to be quiet or cannot erase.
func TestProgressOnTerminal(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	var number, unlock uint32
	for request, value := range map[uintptr]*uint32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &unlock} {
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(unsafe.Pointer(value))); e != 0 {
			t.Fatal(e)
		}
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	t.Setenv("TERM", "xterm")
	p := (words{to: slave}).begin("testing")
	if p == nil || (words{to: slave, quiet: true}).begin("testing") != nil {
		t.Fatal("a terminal gets no progress, or one that is to be quiet does")
	}
	p.next = p.now()
	p.at(1, 2, "a")
	p.clear()
	text := make([]byte, 100)
	n, err := master.Read(text)
	if want := "\r\x1b[Ktesting: 1 of 2 a"; err != nil || string(text[:min(n, len(want))]) != want {
		t.Errorf("got %q, %v, want %q", text[:n], err, want)
	}
	big, small := t.TempDir(), t.TempDir()
	if err := os.WriteFile(big+"/a.tgz", make([]byte, largeFiles), 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{big: true, big + "/a.tgz": true, small: false, "": false} {
		p := (words{to: slave}).reading("loading", dir)
		if got := !p.now().Before(p.next); got != want {
			t.Errorf("%s: told of at once: %v, want %v", dir, got, want)
		}
	}
	t.Setenv("TERM", "dumb")
	if (words{to: slave}).begin("testing") != nil {
		t.Error("a terminal that cannot erase gets progress")
	}
}
