package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary be tolk where a test starts tolk.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"tolk": main}) }

// atOnce lets a program that was built with the race detector end without the
// second it waits by default.
const atOnce = "atexit_sleep_ms=0"

// Every script in testdata holds.
func TestScripts(t *testing.T) {
	maps, err := filepath.Abs("../../mapping/maps")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("MAPS", maps)
			e.Setenv("GORACE", atOnce)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"answers": answers,
			"becomes": becomes,
			"await":   await,
			"exits":   exits,
			"free":    free,
			"give":    give,
			"id":      id,
			"jwks":    jwks,
			"logged":  logged,
			"refused": refused,
			"nest":    nest,
			"fill":    fill,
			"zip":     zipFolder,
		},
	})
}

// exits CODE COMMAND... runs a command that must end with the exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code: got %d, want %d", got, want)
	}
}

// refused PATTERN COMMAND... runs a command that must refuse its input: exit
// code 1, nothing on stdout, and one line on stderr, which matches from its
// beginning after "tolk: ".
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: refused PATTERN COMMAND...")
	}
	exits(ts, false, append([]string{"1"}, args[1:]...))
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("stdout: got %q, want nothing", out)
	}
	line := ts.ReadFile("stderr")
	if !regexp.MustCompile(`\Atolk: (` + args[0] + `)[^\n]*\n\z`).MatchString(line) {
		ts.Fatalf("stderr: got %q, want one line: tolk: %s", line, args[0])
	}
}

// nest FILE LEVELS writes a Condition that is so many levels deep.
func nest(ts *testscript.TestScript, _ bool, args []string) {
	levels, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := `{"resourceType":"Condition","a":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + "}"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// fill FILE MEGABYTES writes a large Condition.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"resourceType":"Condition","note":[{"text":"%s"}]}`, bytes.Repeat([]byte("æ"), size<<19))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}
