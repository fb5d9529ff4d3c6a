package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tolk/fixtures/shared"
)

// session plays a page: one shell, at most one node, in a folder of its own that
// looks like the root of a checkout.
//
// A line of four blanks and "$ " is a command, and what follows is what it says,
// on stdout and stderr. A line that is only … stands for any lines, and … in a line
// for anything. Times, identifiers and hashes are of the day the page was written;
// an identifier that a command names is the one that was answered in its place.
// Comments of HTML say what a reader does not have to be told: "file: NAME" before
// a block makes it a file, "part of: FILE" says where the block is from, "not run:
// WHY" that nobody runs it, and "stop" ends the node.
type session struct {
	t        *testing.T
	dir      string
	port     string
	shell    *exec.Cmd
	in       io.WriteCloser
	out      *bufio.Reader
	node     *exec.Cmd
	ids      map[string]string // of the page → of this run
	commands int
}

// onPage is the address that the pages show.
const onPage = "127.0.0.1:8080"

func newSession(t *testing.T) *session {
	for _, tool := range []string{"sh", "curl", "openssl", "basenc", "sed"} {
		shared.Program(t, tool)
	}
	s := &session{t: t, dir: t.TempDir(), ids: map[string]string{}}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fixtures", "mapping", "examples", "schemas"} {
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	s.shell = s.command("sh")
	if s.in, err = s.shell.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.shell.Stderr = s.shell.Stdout
	s.out = bufio.NewReader(out)
	if err := s.shell.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// command is a command in the folder, in an environment that says nothing of its
// own.
func (s *session) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Dir = s.dir
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "LC_ALL=C.UTF-8", "GORACE=" + atOnce, "TOLK_LISTEN=127.0.0.1:" + s.port}
	return c
}

// stop ends the shell, and the node.
func (s *session) stop() {
	s.in.Close()
	s.shell.Wait()
	s.end()
}

// play runs a page and returns it with the answers of this run, where they are
// others.
func (s *session) play(page string) string {
	lines := strings.Split(page, "\n")
	var after []string
	note := ""
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		after = append(after, line)
		if comment, ok := strings.CutPrefix(line, "<!-- "); ok {
			if note = strings.TrimSuffix(comment, " -->"); note == "stop" {
				s.end()
			}
			if !aboutBlock.MatchString(note) {
				note = ""
			}
			continue
		}
		block := line
		for note != "" && strings.HasPrefix(line, "    ") && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "    ") {
			i++
			after = append(after, lines[i])
			block += "\n" + lines[i]
		}
		if note != "" && strings.HasPrefix(line, "    ") {
			s.block(note, block)
			note = ""
			continue
		}
		command, ok := strings.CutPrefix(line, "    $ ")
		if !ok {
			continue
		}
		for strings.HasSuffix(command, "\\") && i+1 < len(lines) {
			i++
			after = append(after, lines[i])
			command += "\n" + strings.TrimPrefix(lines[i], "    ")
		}
		if here := heredoc.FindStringSubmatch(command); here != nil {
			for i+1 < len(lines) && lines[i+1] != "    "+here[1] {
				i++
				after = append(after, lines[i])
				command += "\n" + strings.TrimPrefix(lines[i], "    ")
			}
			i++
			after = append(after, "    "+here[1])
			command += "\n" + here[1]
		}
		var want []string
		for answer(lines, i+1) || i+1 < len(lines) && lines[i+1] == "" && answer(lines, i+2) {
			i++
			want = append(want, strings.TrimPrefix(lines[i], "    "))
		}
		for _, said := range s.check(command, want) {
			after = append(after, strings.TrimRight("    "+said, " "))
		}
	}
	return strings.Join(after, "\n")
}

// aboutBlock are the comments about the block under them.
var aboutBlock = regexp.MustCompile(`^(file|part of|not run): `)

// heredoc is the end of a command that lines are for, up to a word.
var heredoc = regexp.MustCompile(`<<'([A-Z]+)'$`)

// answer reports whether a line is of what a command says.
func answer(lines []string, i int) bool {
	return i < len(lines) && strings.HasPrefix(lines[i], "    ") && !strings.HasPrefix(lines[i], "    $ ")
}

// block does what a comment says with the block under it.
func (s *session) block(note, block string) {
	what, name, _ := strings.Cut(note, ": ")
	text := strings.ReplaceAll(strings.TrimPrefix(block, "    "), "\n    ", "\n") + "\n"
	switch what {
	case "file":
		text = strings.ReplaceAll(text, onPage, "127.0.0.1:"+s.port)
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	case "part of":
		whole, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			s.t.Fatal(err)
		}
		if !bytes.Contains(whole, []byte(text)) {
			s.t.Errorf("this does not stand in %s:\n%s", name, text)
		}
	}
}

// measures are the commands that run tests or benchmarks.
var measures = regexp.MustCompile(`^([A-Z]+=\S+ )*go test `)

// stays is a command that answers until it is stopped.
var stays = regexp.MustCompile(`^tolk (serve( --[a-z]+ [^ -]\S*)*|workbench .*)$`)

// looks are the commands that only look, and may be given again until what they
// look for is there.
var looks = regexp.MustCompile(`^(tolk exchange (list|show|receivers|shadow)|grep) `)

// check runs a command, which must say what the page says, and returns what the
// page should say. What only looks is asked again until it is so.
func (s *session) check(command string, want []string) []string {
	s.commands++
	switch {
	case command == "go build -o tolk ./cmd/tolk": // the program under test is that
		return want
	case measures.MatchString(command):
		s.tests(command)
		return want
	}
	expected, ids := pattern(want)
	for before, now := range s.ids {
		command = strings.ReplaceAll(command, before, now)
	}
	command = strings.ReplaceAll(command, onPage, "127.0.0.1:"+s.port)
	got, well := "", true
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if stays.MatchString(command) {
			got = s.serve(command)
		} else {
			got, well = s.run(command)
		}
		got = strings.ReplaceAll(trailing.ReplaceAllString(got, ""), "127.0.0.1:"+s.port, onPage)
		if found := expected.FindStringSubmatch(got); found != nil {
			if !well && !slices.ContainsFunc(want, fails) {
				s.t.Errorf("$ %s\nended with a fault that the page does not show:\n%s", command, got)
			}
			for i, id := range ids {
				if had := s.ids[id]; had != "" && had != found[i+1] {
					s.t.Errorf("%s\n%s was %s and is %s", command, id, had, found[i+1])
				}
				s.ids[id] = found[i+1]
			}
			return want
		}
		if *update && time.Now().After(end.Add(2*time.Second-patience)) || !looks.MatchString(command) || time.Now().After(end) {
			break
		}
	}
	if *update {
		for _, id := range uuids.FindAllString(got, -1) {
			if s.ids[id] == "" {
				s.ids[id] = id
			}
		}
		return strings.Split(got, "\n")
	}
	s.t.Errorf("$ %s\ngot:\n%s\nwant:\n%s", command, got, strings.Join(want, "\n"))
	return want
}

// fails reports whether a line shows that a command did not end well.
func fails(line string) bool {
	return strings.HasPrefix(line, "tolk: ") || strings.HasPrefix(line, "FAIL")
}

var (
	trailing = regexp.MustCompile(`(?m)[ ]+$|\n+\z`)
	uuids    = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	// passing is what is another thing each time: identifiers, times, hashes, keys.
	passing = regexp.MustCompile(uuids.String() + `|20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?|\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b|\b[0-9a-f]{12}\b|…`)
)

// pattern makes an expression of what a page shows, with the identifiers in the
// order of its groups.
func pattern(want []string) (*regexp.Regexp, []string) {
	var ids []string
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for i, line := range want {
		if strings.TrimSpace(line) == "…" {
			b.WriteString(`.*`)
			continue
		}
		if i > 0 && strings.TrimSpace(want[i-1]) != "…" {
			b.WriteString("\n")
		}
		rest := line
		for at := passing.FindStringIndex(rest); at != nil; at = passing.FindStringIndex(rest) {
			b.WriteString(regexp.QuoteMeta(rest[:at[0]]))
			switch found := rest[at[0]:at[1]]; {
			case found == "…":
				b.WriteString(`[^\n]*`)
			case uuids.MatchString(found):
				ids = append(ids, found)
				b.WriteString("(" + uuids.String() + ")")
			case strings.HasPrefix(found, "20") && strings.Contains(found, ":"):
				b.WriteString(`20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?`)
			default:
				fmt.Fprintf(&b, `[0-9a-f]{%d}`, len(found))
			}
			rest = rest[at[1]:]
		}
		b.WriteString(regexp.QuoteMeta(rest))
	}
	b.WriteString(`\z`)
	return regexp.MustCompile(b.String()), ids
}

// slowest is how long a command may take, many at once under the race detector.
const slowest = 3 * time.Minute

// run has the shell run a command, and returns what it says and whether it ended well.
func (s *session) run(command string) (said string, well bool) {
	const mark = "\x01ended\x01"
	if _, err := fmt.Fprintf(s.in, "{ %s\n} </dev/null\nprintf '\\001ended\\001%%d\\n' $?\n", command); err != nil {
		s.t.Fatal(err)
	}
	late := time.AfterFunc(slowest, func() { s.shell.Process.Kill() })
	defer late.Stop()
	var b strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		text, code, done := strings.Cut(line, mark)
		b.WriteString(text)
		if done {
			return b.String(), strings.TrimSpace(code) == "0"
		}
		if err != nil {
			s.t.Fatalf("$ %s\nthe shell ended: %s", command, b.String())
		}
	}
}

// serve starts a node in place of the one that runs, and returns its first line.
func (s *session) serve(command string) string {
	s.end()
	log, err := os.OpenFile(filepath.Join(s.dir, "node.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	where, _ := s.run("pwd")
	s.node = s.command("sh", "-c", "exec "+command)
	s.node.Dir = strings.TrimSpace(where)
	s.node.Stderr = log
	out, err := s.node.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.node.Start(); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		s.node.Wait()
		s.node = nil
		s.t.Errorf("$ %s\n%s", command, text[max(0, len(text)-1000):])
	}
	return line
}

// end stops the node as an operator does, which must end well.
func (s *session) end() {
	if s.node == nil {
		return
	}
	s.node.Process.Signal(syscall.SIGTERM)
	if err := s.node.Wait(); err != nil {
		s.t.Errorf("the node: %v", err)
	}
	s.node = nil
}
