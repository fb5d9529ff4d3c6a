// Package faults breaks a node of the exchange as nodes are broken in the field:
// it kills the real program under load, cuts its lines, fills its disk, turns a
// bit in its file, and hands it what nobody should. It has tests only.
//
// Every test ends before the same judge (oracle_test.go): what was acknowledged
// has arrived or lies with a reason where a person sees it, and nothing arrived
// twice as two things. go test -long takes the time that a build does not have;
// -seed repeats what chance did.
//
// The faults are those of one node: 1 and 16 killed and terminated under load and
// 11 a poison message (kill_test.go); 5 to 7 the disk (disk_test.go; an fsync that
// fails is in adapters/journal, on a file system that breaks); 8 to 10 and 15
// receivers and lines (receivers_test.go); 12 and 18 the clock, in a node of this
// process, as the program has no clock to set (clock_test.go); 13 and 14 duplicates
// (duplicates_test.go); 17 mappings and configuration replaced (swap_test.go); 19
// the soak (soak_test.go). Beside them stand the story of the exchange
// (story_test.go), the canary (paths_test.go), and who is not let in
// (strangers_test.go).
package faults

import (
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

var (
	long = flag.Bool("long", false, "take minutes: 25 kills, more flipped bits, a soak")
	seed = flag.Uint64("seed", 0, "the seed of what chance does; 0 takes a new one")
)

// program is the binary under test, built once.
var program string

// role is set for the processes that this test binary plays besides the test.
const role = "TOLK_FAULTS_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
	case "receiver":
		os.Exit(playReceiver())
	case "small disk":
		os.Exit(playSmallDisk())
	}
	flag.Parse()
	log.SetOutput(io.Discard) // net/http's own, on every line that is cut
	if p := flag.Lookup("test.parallel"); p.Value.String() == fmt.Sprint(runtime.GOMAXPROCS(0)) {
		flag.Set(p.Name, "6") // most of them wait most of the time
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tolk-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "tolk")
	if said, err := exec.Command("go", "build", "-o", program, "tolk/cmd/tolk").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", said, err)
		return 1
	}
	return m.Run()
}

// luck returns a source of random numbers whose seed is printed.
func luck(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", s)
	return rand.New(rand.NewPCG(s, s))
}

// more returns the figure of a run with time, or that of a build.
func more(build, withTime int) int {
	if *long {
		return withTime
	}
	return build
}

// until waits for something to become true.
func until(t *testing.T, what string, limit time.Duration, is func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %s still not: %s", limit, what)
		}
	}
}
