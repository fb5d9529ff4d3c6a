// Command tolk translates between Fælles Faglige Begreber (FFB), Fællessprog III
// (FSIII) and HL7 FHIR R4, from the command line and over HTTP.
//
// Data goes to stdout, words to stderr. The exit code is 0 when it is done, 1
// when the input is at fault, 2 when the command line is.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program, as tests start it too. It returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	w := words{to: stderr}
	defer func() {
		if recover() != nil {
			// What was panicked with may quote the document; the place does not.
			w.say("internal error%s", panicPlace())
			code = 1
		}
	}()
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	started := false // until then every error is one of the command line
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	cmd, err := root.ExecuteC()
	var u usageError
	var h hindered
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSaid):
		return 1
	case errors.As(err, &h) && !errors.As(err, &u):
		w.fail(err)
		return 2
	case started && !errors.As(err, &u):
		w.fail(err)
		return 1
	}
	w.fail(err)
	w.hint("%s --help shows how it is used", cmd.CommandPath())
	return 2
}

// errSaid ends a command that has told its findings itself.
var errSaid = errors.New("the findings are told")

// usageError is a fault of the command line.
type usageError string

func (u usageError) Error() string { return string(u) }

// words is where everything goes that is not data.
type words struct {
	to    io.Writer
	quiet bool
}

// say writes one line in tolk's name.
func (w words) say(format string, args ...any) { w.line("tolk: ", format, args...) }

// hint writes what could be done next.
func (w words) hint(format string, args ...any) { w.line("hint: ", format, args...) }

func (w words) line(prefix, format string, args ...any) {
	if !w.quiet {
		fmt.Fprintf(w.to, prefix+format+"\n", args...)
	}
}

// fail writes an error, which may be a list of one a line.
func (w words) fail(err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		w.say("%s", line)
	}
}

// panicPlace tells where a panic that is being recovered began.
func panicPlace() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for panicking := false; ; {
		f, more := frames.Next()
		if panicking && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf(" at %s:%d", filepath.Base(f.File), f.Line)
		}
		panicking = panicking || f.Function == "runtime.gopanic"
		if !more {
			return ""
		}
	}
}
