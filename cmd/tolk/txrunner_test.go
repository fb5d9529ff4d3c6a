package main

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// findRunner returns the Python that runs the terminology tests. Where it or
// they are missing the test is skipped; with CI set it fails.
func findRunner(t *testing.T, files ...string) string {
	t.Helper()
	missing := ""
	for _, f := range files {
		if _, err := os.Stat(f); err != nil {
			missing = "the terminology tests are not there: put the folder shared beside the repository"
		}
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		missing = "python3 is not on the PATH: the terminology tests come with a runner in Python"
	}
	if missing != "" {
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return python
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
