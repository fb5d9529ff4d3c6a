// Package rules reads the document rules: which element of one form
// corresponds to which element of another, written once for both directions.
// It knows nothing of codes and runs nothing; package document does.
package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"tolk/mapping"
)

// File is one rule file: all maps between two forms.
type File struct {
	Left    string `yaml:"left"`  // name of a form
	Right   string `yaml:"right"` // name of the other
	Version string `yaml:"version"`
	Maps    []Map  `yaml:"maps"`

	Name   string      `yaml:"-"` // file name, for errors and the ledger
	source *source     // as it was read
	site   *siteSource // what a site states in it otherwise; nil for nothing
}

// Map is the correspondence of one kind of resource.
type Map struct {
	Map     string   `yaml:"map"`     // its name, unique in the file
	Kind    string   `yaml:"kind"`    // as the forms recognise it: Condition.tilstand
	Report  string   `yaml:"report"`  // the published report of the right form it is for; empty: all
	Left    Side     `yaml:"left"`    // what the left form makes of it
	Right   Side     `yaml:"right"`   // what the right form makes of it
	Concept *Concept `yaml:"concept"` // the code that decides whether it has a home
	Rest    string   `yaml:"rest"`    // carry: what no rule names is carried; empty: it is unclaimed
	Rules   []Rule   `yaml:"rules"`
}

// Side is what one form makes of a kind of resource.
type Side struct {
	Profile string    `yaml:"profile"` // what the resource claims in meta.profile; empty: nothing
	Home    string    `yaml:"home"`    // strict (default), hub: only in the hub form, none: no place at all
	Reason  string    `yaml:"reason"`  // why the home is hub or none
	None    string    `yaml:"none"`    // elements the profile forbids, by path, separated by blanks
	Require []Require `yaml:"require"` // what the profile demands and a source may lack
}

// Require names an element that a strict profile demands.
type Require struct {
	Path    string `yaml:"path"`    // below the resource
	Message string `yaml:"message"` // what is missing and what would fill it
}

// Concept names the coded element that decides, and the concept map for it.
type Concept struct {
	Path string `yaml:"path"`
	Map  string `yaml:"map"` // the first word of the map's file name: tilstand
}

// Rule is the correspondence of one element. It names the element on both
// sides (both), or on the side that has it (left, right).
type Rule struct {
	ID    string `yaml:"id"`
	Both  string `yaml:"both"`
	Left  string `yaml:"left"`
	Right string `yaml:"right"`
	Via   string `yaml:"via"`  // a lens, with arguments: concept, scale(level)
	Drop  string `yaml:"drop"` // why the other side has no place for it
	// Report limits the rule to one report, where maps share their rules.
	Report string `yaml:"report"`
	Fixed  *Fixed `yaml:"fixed"`

	Site *Override `yaml:"-"` // whose rule it is; nil where it is the file's own
}

// Fixed is the JSON constant an element has on each side; empty where that
// side does not have the element.
type Fixed struct {
	Left  string `yaml:"left"`
	Right string `yaml:"right"`
}

// The homes of a Side.
const (
	HomeStrict = "strict"
	HomeHub    = "hub"
	HomeNone   = "none"
)

// Load reads every rule file (*.yaml) in fsys and checks it. The errors are
// *mapping.Error with file and place as path, all of them joined in a List.
func Load(fsys fs.FS) ([]File, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var files []File
	var list List
	for _, name := range names {
		var f File
		if err := Decode(fsys, name, &f); err != nil {
			list = append(list, err)
			continue
		}
		f.Name = name
		f.source = sourceOf(fsys, name, name)
		for _, p := range check(f) {
			list = append(list, fault(Where(fsys, name, p.of, p.rule), "%s", p))
		}
		files = append(files, f)
	}
	if len(list) > 0 {
		return nil, list
	}
	return files, nil
}

// Decode reads a YAML file into a value, and refuses what the value has no field
// for. The error has the place as path: file:line:column.
func Decode(fsys fs.FS, name string, into any) (fault *mapping.Error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "the file cannot be read", Err: err}
	}
	if line, column, message := mapping.Encoded(string(text)); message != "" {
		return &mapping.Error{Kind: mapping.Structure, Path: fmt.Sprintf("%s:%d:%d", name, line, column), Message: message}
	}
	defer func() {
		if recover() != nil { // the reader's panic on a list with a tag (go-yaml #735)
			fault = &mapping.Error{Kind: mapping.Structure, Path: name, Message: "expected YAML without tags (!)"}
		}
	}()
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(into); errors.Is(err, io.EOF) {
		return &mapping.Error{Kind: mapping.Required, Path: name, Message: "the file is empty"}
	} else if err != nil {
		return undecoded(name, text, err, into)
	}
	return nil
}

// DecodeForeign is Decode for a file that a stranger sent: a short one, without
// anchors and aliases, of which a few bytes may stand for more than a machine holds.
func DecodeForeign(fsys fs.FS, name string, into any) *mapping.Error {
	const bytes, tokens = 64 << 10, 2000
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "the file cannot be read", Err: err}
	}
	if len(text) > bytes {
		return &mapping.Error{Kind: mapping.TooLong, Path: name, Message: "expected at most 64 KiB"}
	}
	all := lexer.Tokenize(string(text))
	if len(all) > tokens {
		return &mapping.Error{Kind: mapping.TooLong, Path: name, Message: "expected some hundred names and values at most"}
	}
	for _, t := range all {
		if t.Type == token.AnchorType || t.Type == token.AliasType {
			return fault(fmt.Sprintf("%s:%d:%d", name, t.Position.Line, t.Position.Column), "expected no anchor (&) and no alias (*)")
		}
	}
	return Decode(fsys, name, into)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// List is several errors, one a line.
type List []*mapping.Error

// Error joins the errors, one a line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

func fault(place, format string, args ...any) *mapping.Error {
	return &mapping.Error{Kind: mapping.Invalid, Path: place, Message: fmt.Sprintf(format, args...)}
}
