package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tolk/fixtures/shared"
)

// conformance is where the number of the tests that pass is published, and the
// README says the same.
var (
	conformance = filepath.Join("..", "..", "doc", "conformance.md")
	readme      = filepath.Join("..", "..", "README.md")
)

// pinned finds the number in it; counted, the one that the runner ends with.
var (
	pinned  = regexp.MustCompile(`\*\*(\d+) of (\d+)\*\*`)
	counted = regexp.MustCompile(`(?m)^(\d+) passed, (\d+) failed$`)
)

// The HL7 terminology-ecosystem tests pass as doc/conformance.md says, no fewer
// and no more: what it says is true on the day it is read.
func TestTerminologyEcosystem(t *testing.T) {
	runner, tests := shared.Path(t, "tools", "tx_runner.py"), shared.Path(t, "official", "tx-tests")
	python := shared.Program(t, "python3")
	text, err := os.ReadFile(conformance)
	if err != nil {
		t.Fatal(err)
	}
	want := pinned.FindStringSubmatch(string(text))
	if want == nil {
		t.Fatalf("%s states no number of passed tests, as in **400 of 400**", conformance)
	}
	front, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	if said := pinned.FindString(string(front)); said != want[0] {
		t.Errorf("%s says %q, %s %q", readme, said, conformance, want[0])
	}
	s := start(t)
	out, err := exec.Command(python, runner, "--base", s.url+"/fhir", "--tests", tests, "--fails", "-1").CombinedOutput()
	got := counted.FindStringSubmatch(string(out))
	if got == nil {
		t.Fatalf("the runner ended without a count: %v\n%s", err, out)
	}
	passed, failed := got[1], got[2]
	if passed != want[1] {
		t.Errorf("%s passed and %s failed; %s says %s of %s. If more pass than it says, say so there\n%s",
			passed, failed, conformance, want[1], want[2], failures(string(out)))
	}
	if total := sum(t, passed, failed); total != want[2] {
		t.Errorf("%s tests were run; %s speaks of %s", total, conformance, want[2])
	}
	if log := s.stop(t); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("the log has an error:\n%s", log)
	}
}

// failures are the lines of the runner's output that tell of a failure.
func failures(out string) string {
	var lines []string
	for line := range strings.SplitSeq(out, "\n") {
		if strings.HasPrefix(line, "  FAIL") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// sum adds two numbers of the runner's.
func sum(t *testing.T, a, b string) string {
	t.Helper()
	x, errA := strconv.Atoi(a)
	y, errB := strconv.Atoi(b)
	if errA != nil || errB != nil {
		t.Fatalf("%q and %q are not both numbers", a, b)
	}
	return strconv.Itoa(x + y)
}
