// Package house holds the rules of the house, tested by parsing its files: asked
// through a subprocess, a cached test would answer ok on a violation.
package house

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// maxLines is how long a Go file may be; most have 80 to 200 lines.
const maxLines = 600

// world is what the core may not import: it would see or change the machine, or
// find by chance what must come in as an argument.
var world = []string{
	"net", "os", "log", "syscall", "plugin", "database", "io/ioutil", "math/rand", "crypto/rand", "testing",
}

// harmless is what lies below world and only takes texts apart.
var harmless = []string{"net/netip", "net/url"}

// web is the HTTP server, known to the adapters that answer HTTP.
var web = []string{"github.com/gofiber", "github.com/valyala/fasthttp"}

// vague names say nothing about what a package holds.
var vague = []string{"util", "utils", "common", "models", "service", "types", "pkg", "internal", "helper", "helpers"}

var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)

// calls lists functions of the standard library that one part of the house
// leaves to another.
var calls = map[string][]string{
	"time": {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
	"os":   {"Exit"},
	"fmt":  {"Print", "Printf", "Println"},
}

// skips are the methods that skip a test.
var skips = []string{"Skip", "Skipf", "SkipNow"}

// source is one Go file of the house.
type source struct {
	path string // from the root, with slashes
	text []byte
	set  *token.FileSet
	file *ast.File
}

func parse(name string, text []byte) (*source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.ParseComments)
	return &source{name, text, set, file}, err
}

func (s *source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// generator reports whether s is a program that writes a table beside it, run
// by hand and no part of tolk.
func (s *source) generator() bool {
	return s.file.Name.Name == "main" && path.Base(path.Dir(s.path)) == "generate"
}

// under reports whether name is one of the roots or lies below one.
func under(name string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(r string) bool { return name == r || strings.HasPrefix(name, r+"/") })
}

// rules are the rules of the house; each returns what breaks it in one file.
var rules = map[string]func(*source) []string{
	"imports": func(s *source) (broken []string) {
		for _, spec := range s.file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if why := refuse(s, name); why != "" {
				broken = append(broken, name+": "+why)
			}
			if spec.Name != nil && spec.Name.Name == "." {
				broken = append(broken, name+": a dot import hides where a name comes from")
			}
		}
		return broken
	},
	"calls": func(s *source) (broken []string) {
		if s.test() || s.generator() || under(s.path, "cmd") {
			return nil
		}
		names := map[string]string{} // as the file calls a package → its path
		for _, spec := range s.file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			names[path.Base(name)] = name
			if spec.Name != nil {
				names[spec.Name.Name] = name
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				if under(s.path, "mapping") {
					broken = append(broken, "the core starts no goroutine")
				}
			case *ast.SelectorExpr:
				of, _ := n.X.(*ast.Ident)
				if of == nil || !slices.Contains(calls[names[of.Name]], n.Sel.Name) {
					break
				}
				if names[of.Name] == "time" && !under(s.path, "mapping") {
					break // adapters live in time
				}
				broken = append(broken, of.Name+"."+n.Sel.Name+": only cmd exits and prints, and the core has no clock")
			}
			return true
		})
		return broken
	},
	"length": func(s *source) []string {
		if n := bytes.Count(s.text, []byte("\n")); n > maxLines {
			return []string{fmt.Sprintf("%d lines, at most %d", n, maxLines)}
		}
		return nil
	},
	"names": func(s *source) (broken []string) {
		for _, name := range append(strings.Split(path.Dir(s.path), "/"), strings.TrimSuffix(s.file.Name.Name, "_test")) {
			if slices.Contains(vague, name) {
				broken = append(broken, name+": name the package after what it holds")
			}
		}
		return broken
	},
	"skips": func(s *source) (broken []string) {
		if !usesTesting(s) {
			return nil
		}
		if !under(s.path, "fixtures/shared") {
			if says(s.file, skips...) {
				broken = append(broken, "only fixtures/shared skips a test: ask it for what is missing")
			}
			return broken
		}
		var strict []string // the functions that fail where CI is set
		for _, f := range functions(s) {
			if says(f.Body, `"CI"`) && says(f.Body, "Fatal", "Fatalf", "FailNow") {
				strict = append(strict, f.Name.Name)
			}
		}
		for _, f := range functions(s) {
			if says(f.Body, skips...) && !slices.Contains(strict, f.Name.Name) && !says(f.Body, strict...) {
				broken = append(broken, f.Name.Name+": skips a test and does not fail it where CI is set")
			}
		}
		return broken
	},
	"unfinished": func(s *source) (broken []string) {
		for _, group := range s.file.Comments {
			if mark := unfinished.FindString(group.Text()); mark != "" {
				broken = append(broken, mark+": finish it, or file an issue")
			}
		}
		return broken
	},
}

// refuse says why the file may not import name, or nothing when it may. Imports
// point one way: cmd → node → adapters → mapping → schemas and the standard
// library.
func refuse(s *source, name string) string {
	dir := path.Dir(s.path)
	part, below, _ := strings.Cut(dir, "/")
	own, _, _ := strings.Cut(below, "/")
	first, _, _ := strings.Cut(name, "/")
	standard := first != "tolk" && !strings.Contains(first, ".")
	switch {
	case under(name, "github.com/stretchr/testify"):
		return "tests say got and want themselves"
	case s.test():
		return ""
	case under(name, "tolk/fixtures/shared", "tolk/fixtures/validator") && dir != "fixtures/validator":
		return "only tests ask for what lies beside the checkout: the binary does not"
	case part == "cmd":
		return ""
	case under(name, "tolk/cmd"):
		return "cmd imports the others, nobody imports cmd"
	case under(name, "tolk/node") && part != "node":
		return "cmd puts a node to use, nobody else imports it"
	case under(name, "tolk/fixtures") && part != "fixtures":
		return "fixtures are for tests and for cmd"
	case part == "mapping":
		yaml := under(dir, "mapping/rules") && under(name, "github.com/goccy/go-yaml")
		if !yaml && !slices.Contains(harmless, name) && (under(name, world...) || !standard && !under(name, "tolk/mapping", "tolk/schemas")) {
			return "the core imports itself, schemas and what is pure of the standard library"
		}
	case part == "schemas":
		if !standard || under(name, world...) && !s.generator() {
			return "schemas holds facts, and imports nothing"
		}
	case under(name, web...):
		if !under(dir, "adapters/api", "adapters/web") {
			return "only adapters/api and adapters/web know HTTP frames"
		}
	case under(name, "tolk/adapters"):
		if part != "node" && (part != "adapters" || !under(name, "tolk/adapters/"+own)) {
			return "adapters are imported by node and by cmd alone, never by each other"
		}
	}
	return ""
}

func usesTesting(s *source) bool {
	return slices.ContainsFunc(s.file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"testing"` })
}

// functions returns the functions and methods that s declares with a body.
func functions(s *source) (fs []*ast.FuncDecl) {
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			fs = append(fs, f)
		}
	}
	return fs
}

// says reports whether one of the names, or a literal, stands in a part of a file.
func says(part ast.Node, names ...string) (found bool) {
	ast.Inspect(part, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			found = found || slices.Contains(names, n.Name)
		case *ast.BasicLit:
			found = found || slices.Contains(names, n.Value)
		}
		return true
	})
	return found
}

func TestHouse(t *testing.T) {
	for _, s := range sources(t) {
		for rule, check := range rules {
			for _, broken := range check(s) {
				t.Errorf("%s: %s: %s", s.path, rule, broken)
			}
		}
	}
}

// sources are all Go files of the house.
func sources(t *testing.T) (all []*source) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name()[0] == '.' || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s, err := parse(name, text)
		all = append(all, s)
		return err
	})
	if err != nil || len(all) < 10 {
		t.Fatalf("%d files read: %v", len(all), err)
	}
	return all
}
