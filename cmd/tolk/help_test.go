package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Every command says what it does, and shows it by examples that the command line
// takes: each is a command there is, with flags it has and as many arguments.
func TestHelp(t *testing.T) {
	examples := 0
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, child := range c.Commands() {
			walk(child)
		}
		if c.Name() == "help" || c.Name() == "completion" || c.HasParent() && c.Parent().Name() == "completion" {
			return // cobra's own
		}
		if c.Short == "" || !c.HasAvailableSubCommands() && (len(c.Long) < 80 || c.Example == "") {
			t.Errorf("%s: expected a Short, a Long that teaches and an Example", c.CommandPath())
		}
		for _, line := range exampleLines(c.Example) {
			examples++
			parses(t, c, line)
		}
	}
	walk(rootCommand())
	if examples < 40 {
		t.Errorf("only %d examples", examples)
	}
}

// exampleLines are the commands of an Example, with what goes on on the next line.
func exampleLines(text string) (all []string) {
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

// parses takes one line of the examples of a command.
func parses(t *testing.T, of *cobra.Command, line string) {
	words := shellWords(line)
	if len(words) == 0 || words[0] != "tolk" {
		if !strings.Contains(line, "tolk ") && !strings.HasPrefix(line, "curl ") {
			t.Errorf("%s: example %q is no command of tolk", of.CommandPath(), line)
		}
		return
	}
	root := rootCommand() // flags keep what they were given
	c, args, err := root.Find(words[1:])
	if err != nil || c == root && len(words) > 1 {
		t.Errorf("%s: example %q: there is no such command: %v", of.CommandPath(), line, err)
		return
	}
	if err := c.ParseFlags(args); err != nil {
		t.Errorf("%s: example %q: %v", of.CommandPath(), line, err)
		return
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		t.Errorf("%s: example %q: %v", of.CommandPath(), line, err)
	}
}

// shellWords splits the first command of a line as a shell does: with quotes, and
// up to a comment, a pipe or a redirection.
func shellWords(line string) (words []string) {
	var word strings.Builder
	begun, quote, depth := false, rune(0), 0
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case depth > 0 || r == '(' && strings.HasSuffix(word.String(), "$"): // $(what a command says)
			if word.WriteRune(r); r == '(' {
				depth++
			} else if r == ')' {
				depth--
			}
		case r == '\'' || r == '"':
			quote, begun = r, true
		case r == ' ':
			end()
		case strings.ContainsRune("|<>&;", r) || r == '#' && !begun:
			end()
			return words
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	end()
	return words
}

func TestShellWords(t *testing.T) {
	for line, want := range map[string]string{
		"tolk test a b":             "tolk,test,a,b",
		"tolk test --run 'a|b' x":   "tolk,test,--run,a|b,x",
		"tolk show a > b":           "tolk,show,a",
		"tolk show a   # why":       "tolk,show,a",
		`tolk show "a b" '' | less`: "tolk,show,a b,",
		"tolk show - < a":           "tolk,show,-",
		"tolk show $(cat a | b) c":  "tolk,show,$(cat a | b),c",
	} {
		if got := strings.Join(shellWords(line), ","); got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
	}
}
