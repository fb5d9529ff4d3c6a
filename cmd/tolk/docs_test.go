package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fewest is how many commands are at least in a page: a session that is no longer
// found would pass otherwise.
var fewest = map[string]int{"README.md": 8, "doc/exchange.md": 20, "doc/operations.md": 15}

// Every command in the documentation is run, and says what the page says.
func TestDocumentedSessions(t *testing.T) {
	for _, name := range documentation(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("../..", name)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, command := range unplayed(string(text)) {
				t.Errorf("nobody runs this; begin it with $, or say <!-- not run: WHY --> before it:\n%s", command)
			}
			if !strings.Contains(string(text), "\n    $ ") {
				if fewest[name] > 0 {
					t.Errorf("no command, want at least %d", fewest[name])
				}
				return
			}
			s := newSession(t)
			defer s.stop()
			after := s.play(string(text))
			if s.commands < fewest[name] {
				t.Errorf("%d commands, want at least %d", s.commands, fewest[name])
			}
			if *update && after != string(text) {
				if err := os.WriteFile(file, []byte(after), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// documentation lists the pages of the documentation, from the root.
func documentation(t *testing.T) (all []string) {
	t.Helper()
	root := os.DirFS("../..")
	for _, at := range []string{"README.md", "CONTRIBUTING.md", "doc", "examples"} {
		err := fs.WalkDir(root, at, func(name string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(name, ".md") {
				all = append(all, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 15 {
		t.Fatalf("%d pages, want at least 15", len(all))
	}
	return all
}

// commands begins what is a command, with or without what is set for it.
var commands = regexp.MustCompile(`^(    |\t)?([A-Z]+=\S+ )*(tolk|curl|go|git|sh|bash|cat|wrk|taskset|docker|java|javac|npm|\./\S+) `)

// unplayed lists the lines that look like commands and are none of a session.
func unplayed(page string) (all []string) {
	note, fenced, answered := "", false, false
	for line := range strings.SplitSeq(page, "\n") {
		block := strings.HasPrefix(line, "    ")
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case strings.HasPrefix(line, "<!-- "):
			note = line
		case strings.HasPrefix(line, "    $ "):
			answered = true
		case line == "":
		case !block && !fenced:
			note, answered = "", false
		case note == "" && !answered && commands.MatchString(line+" "):
			all = append(all, line)
		}
		if line == "" && !strings.HasPrefix(note, "<!-- not run") {
			note = ""
		}
	}
	return all
}

// tests holds a command that runs tests or measures to the tests there are: they
// are run elsewhere, or take their time.
func (s *session) tests(command string) {
	words := strings.Fields(command)
	at := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "./") })
	if at < 0 {
		s.t.Errorf("%s: names no package", command)
		return
	}
	var text strings.Builder
	files, err := filepath.Glob(filepath.Join("../..", words[at], "*_test.go"))
	if err != nil || words[at] != "./..." && len(files) == 0 {
		s.t.Errorf("%s: no tests are there", command)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			s.t.Fatal(err)
		}
		text.Write(b)
	}
	for i, w := range words[:len(words)-1] {
		kind, ok := map[string]string{"-run": "Test", "-bench": "Benchmark", "-fuzz": "Fuzz"}[w]
		if !ok || words[i+1] == "xxx" || words[i+1] == "." {
			continue
		}
		for name := range strings.SplitSeq(strings.Trim(words[i+1], "'"), "|") {
			name = strings.Trim(strings.TrimPrefix(name, kind), "^$")
			if !regexp.MustCompile(`func ` + kind + `\w*` + regexp.QuoteMeta(name)).MatchString(text.String()) {
				s.t.Errorf("%s: no %s is there", command, name)
			}
		}
	}
}

// A line that looks like a command is found unless it is played or said not to be.
func TestUnplayed(t *testing.T) {
	page := strings.Join([]string{"Text", "", "    $ tolk version", "    tolk 1", "", "    tolk test x", "", "    GOGC=1 go test ./x", "", "and", "",
		"    tolk show", "", "<!-- not run: it is long -->", "    ./test", "", "    go run x", "and", "    curl x", "```", "tolk y", "```"}, "\n")
	want := []string{"    tolk show", "    curl x", "tolk y"}
	if got := unplayed(page); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
