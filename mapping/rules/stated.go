package rules

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Statement is a thing as it is stated in a YAML file.
type Statement struct {
	Place string    // file:line
	Text  string    // on one line, without the lists in it
	Site  *Override // whose rule it is; nil where it is the file's own
}

// Statements is a YAML file as it was read, which tells where the things in it are
// stated.
type Statements struct {
	name string
	root ast.Node
	// meant are the nodes that an alias stands for.
	meant map[*ast.AliasNode]ast.Node
}

// ReadStatements reads the text of a file, which has been decoded: of a text that
// is no YAML it knows nothing.
func ReadStatements(name, text string) *Statements {
	s := &Statements{name: name, meant: map[*ast.AliasNode]ast.Node{}}
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil || len(file.Docs) == 0 {
		return s
	}
	s.root = file.Docs[0].Body
	ast.Walk(&anchors{of: s, named: map[string]ast.Node{}}, s.root)
	return s
}

// anchors finds what the aliases of a file stand for: an alias means the last
// anchor of its name before it.
type anchors struct {
	of    *Statements
	named map[string]ast.Node
}

// Visit implements ast.Visitor.
func (a *anchors) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.AnchorNode:
		a.named[n.Name.String()] = n.Value
	case *ast.AliasNode:
		a.of.meant[n] = a.named[n.Value.String()]
	}
	return a
}

// At returns what is stated at some steps from the top: the key of a member, or the
// number of an element.
func (s *Statements) At(steps ...any) (Statement, bool) {
	n, key := s.root, ast.Node(nil)
	for _, step := range steps {
		key = nil
		switch step := step.(type) {
		case string:
			m := s.member(n, step)
			if m == nil {
				return Statement{}, false
			}
			n, key = m.Value, m.Key
		case int:
			list, ok := s.settled(n).(*ast.SequenceNode)
			if !ok || step >= len(list.Values) {
				return Statement{}, false
			}
			n = list.Values[step]
		}
	}
	if n == nil {
		return Statement{}, false
	}
	first := s.settled(n)
	if key != nil {
		first = key
	} else if m, ok := first.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		first = m.Values[0].Key
	}
	text := s.text(n, 0)
	if key != nil {
		text = key.String() + ": " + text
	}
	return Statement{Place: fmt.Sprintf("%s:%d", s.name, first.GetToken().Position.Line), Text: text}, true
}

// settled is a node without its anchor, and what an alias stands for.
func (s *Statements) settled(n ast.Node) ast.Node {
	for {
		switch at := n.(type) {
		case *ast.AnchorNode:
			n = at.Value
		case *ast.AliasNode:
			n = s.meant[at]
		default:
			return n
		}
	}
}

func (s *Statements) member(n ast.Node, key string) *ast.MappingValueNode {
	for _, m := range s.members(n) {
		if m.Key.GetToken().Value == key {
			return m
		}
	}
	return nil
}

func (s *Statements) members(n ast.Node) []*ast.MappingValueNode {
	switch n := s.settled(n).(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// text writes a node on one line. A list of maps says what others state, and is
// left out.
func (s *Statements) text(n ast.Node, depth int) string {
	switch n := s.settled(n).(type) {
	case nil:
		return "null"
	case *ast.MappingNode, *ast.MappingValueNode:
		var all []string
		for _, m := range s.members(n) {
			if key := m.Key.GetToken().Value; depth < 8 && !s.lists(m.Value) {
				all = append(all, key+": "+s.text(m.Value, depth+1))
			}
		}
		return "{" + strings.Join(all, ", ") + "}"
	case *ast.SequenceNode:
		var all []string
		for _, e := range n.Values {
			all = append(all, s.text(e, depth+1))
		}
		return "[" + strings.Join(all, ", ") + "]"
	default:
		return strings.TrimSpace(n.String())
	}
}

// lists reports whether a node is a list of maps.
func (s *Statements) lists(n ast.Node) bool {
	list, ok := s.settled(n).(*ast.SequenceNode)
	return ok && len(list.Values) > 0 && len(s.members(list.Values[0])) > 0
}

// Stated tells where a rule of the file is stated, by its name on the ledger:
// ffb-fsiii.condition/severity. What a side of a map says of itself has a name too
// (none, profile, held, rest, and the map alone where a resource has no home);
// rightward tells which side was written.
func (f File) Stated(rule string, rightward bool) (Statement, bool) {
	head, id, _ := strings.Cut(rule, "/")
	name, ok := strings.CutPrefix(head, strings.TrimSuffix(f.Name, ".yaml")+".")
	if !ok {
		return Statement{}, false
	}
	for i, m := range f.Maps {
		if m.Map == name {
			return f.statedIn(i, m, id, rightward)
		}
	}
	return Statement{}, false
}

// statedIn is Stated for a rule of map i.
func (f File) statedIn(i int, m Map, id string, rightward bool) (Statement, bool) {
	s := f.source.statements()
	id, _, _ = strings.Cut(id, "@") // the site whose rule it is
	for n, r := range m.Rules {
		switch {
		case r.ID != id:
		case r.Site != nil && f.site != nil:
			found, ok := f.site.statements().At(f.site.at[strings.TrimSuffix(f.Name, ".yaml")+"."+m.Map+"/"+id], "rule")
			found.Text, found.Site = strings.TrimPrefix(found.Text, "rule: "), r.Site
			return found, ok
		default:
			return s.At("maps", i, "rules", n)
		}
	}
	side := "left"
	if rightward {
		side = "right"
	}
	steps := map[string][]any{"": {side}, "none": {side, "none"}, "profile": {side, "profile"}, "held": {"concept"}, "rest": {"rest"}}[id]
	if found, ok := s.At(append([]any{"maps", i}, steps...)...); ok && len(steps) > 0 {
		return found, true
	}
	if len(steps) == 0 {
		return Statement{}, false
	}
	return s.At("maps", i)
}

// source is the text of a file as it was loaded, read once somebody asks where a
// rule is stated.
type source struct {
	name, text string
	once       sync.Once
	read       *Statements
}

// statements reads the text of a file; of one that was made by hand there is none.
func (s *source) statements() *Statements {
	if s == nil {
		return &Statements{}
	}
	s.once.Do(func() { s.read = ReadStatements(s.name, s.text) })
	return s.read
}

// sourceOf is the text of a file, nil where it cannot be read.
func sourceOf(fsys fs.FS, file, name string) *source {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil
	}
	return &source{name: name, text: string(text)}
}

// siteSource is the text in which a site states its rules, and which entry of it
// states which.
type siteSource struct {
	*source
	at map[string]int
}

// remember gives the files the text that their changed rules stand in.
func (o *overriding) remember(fsys fs.FS, name string) {
	text := &siteSource{sourceOf(fsys, name, o.site.Site+"/"+name), o.at}
	for i := range o.files {
		o.files[i].site = text
	}
}
