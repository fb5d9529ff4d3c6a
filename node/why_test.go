package node

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tolk/mapping"
)

// written are the words that the sources of a folder write into the journal: the
// codes and the events of composite literals, by constants of the folder or as
// they stand, and the constants of the files that hold nothing but codes.
type written struct {
	constants     map[string]string
	codes, events map[string]string // by the word: where
}

// files returns the sources of a folder, the tests apart.
func files(t *testing.T, dir string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no sources in %s: %v", dir, err)
	}
	var all []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.Name.Name = filepath.ToSlash(path)
		all = append(all, f)
	}
	return all
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

func (w *written) declare(f *ast.File, codes bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		d, ok := n.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			return true
		}
		for _, s := range d.Specs {
			v := s.(*ast.ValueSpec)
			for i, name := range v.Names {
				if i >= len(v.Values) || v.Type != nil {
					continue
				}
				if text, ok := literal(v.Values[i]); ok {
					w.constants[name.Name] = text
					if codes && name.IsExported() {
						w.codes[text] = f.Name.Name
					}
				}
			}
		}
		return true
	})
}

func (w *written) collect(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		key, ok := kv.Key.(*ast.Ident)
		if !ok {
			return true
		}
		text, ok := literal(kv.Value)
		if id, isName := kv.Value.(*ast.Ident); isName {
			text, ok = w.constants[id.Name]
		}
		if !ok || text == "" {
			return true
		}
		switch strings.ToLower(key.Name) {
		case "code":
			w.codes[text] = f.Name.Name
		case "event":
			w.events[text] = f.Name.Name
		}
		return true
	})
}

// Every code and every event that is written into the journal has a sentence, and
// so has every kind of error at the door.
func TestSentences(t *testing.T) {
	w := &written{constants: map[string]string{}, codes: map[string]string{}, events: map[string]string{}}
	onlyCodes := map[string]bool{"work/refusal.go": true, "../adapters/deliver/verdict.go": true, "../adapters/deliver/folder.go": true}
	var all []*ast.File
	for _, dir := range []string{".", "work", "../adapters/journal", "../adapters/deliver"} {
		all = append(all, files(t, dir)...)
	}
	for _, f := range all {
		w.declare(f, onlyCodes[f.Name.Name])
	}
	for _, f := range all {
		w.collect(f)
	}
	if len(w.codes) < 30 || len(w.events) < 5 {
		t.Fatalf("found %d codes and %d events", len(w.codes), len(w.events))
	}
	for code, where := range w.codes {
		if reasons[code] == "" {
			t.Errorf("%s: the code %s has no sentence", where, code)
		}
	}
	for event, where := range w.events {
		if happened[event] == "" {
			t.Errorf("%s: the event %s has no sentence", where, event)
		}
	}
	for _, kind := range []mapping.Kind{mapping.Structure, mapping.Invalid, mapping.Required, mapping.Value, mapping.CodeInvalid, mapping.NotFound,
		mapping.NotSupported, mapping.TooLong, mapping.BusinessRule, mapping.Exception, mapping.Security, mapping.Timeout} {
		if reasons[string(kind)] == "" {
			t.Errorf("the kind %s has no sentence", kind)
		}
	}
	for _, state := range []string{"waiting", "retry", "sending", "dead", "held", "delivered", "released"} {
		if happened[state] == "" {
			t.Errorf("the state %s has no sentence", state)
		}
	}
}

func TestSentence(t *testing.T) {
	for _, c := range []struct{ event, code, want string }{
		{"delivered", "taken", "the receiver has it: the receiver fetched it and said that it arrived"},
		{"dead", "http-400", "no attempt will help; a person must decide: the receiver answered 400: it refuses the message"},
		{"retry", "http-503", "it is sent again later: the receiver answered 503: it cannot take it now"},
		{"retry", "in-mailbox", "it lies ready in the mailbox and waits to be fetched"},
		{"configured", "abc", "another configuration is in force: abc"},
		{"read", "", "somebody read it"},
	} {
		if got := sentence(c.event, c.code); got != c.want {
			t.Errorf("sentence(%s, %s) = %q, want %q", c.event, c.code, got, c.want)
		}
	}
}
