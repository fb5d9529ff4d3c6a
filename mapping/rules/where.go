package rules

import (
	"fmt"
	"io/fs"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Where tells where a rule of a map stands in its file, as file:line:column; with
// an empty rule, where the map does. Rules that several maps share are written once
// and stand there. What is not found is told by what is around it.
func Where(fsys fs.FS, name, of, rule string) string {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return name
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil || len(file.Docs) == 0 {
		return name
	}
	v := visitor{map[string]ast.Node{}}
	ast.Walk(v, file.Docs[0].Body)
	place := name + ":1:1"
	m := v.named(v.member(file.Docs[0].Body, "maps"), "map", of)
	if m == nil {
		return place
	}
	place = at(name, m)
	if r := v.named(v.member(m, "rules"), "id", rule); r != nil {
		return at(name, r)
	}
	return place
}

func at(name string, n ast.Node) string {
	token := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		token = m.Values[0].Key.GetToken()
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		token = m.Key.GetToken()
	}
	return fmt.Sprintf("%s:%d:%d", name, token.Position.Line, token.Position.Column)
}

// visitor collects the anchors of a file.
type visitor struct{ anchors map[string]ast.Node }

func (v visitor) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok {
		v.anchors[a.Name.GetToken().Value] = a.Value
	}
	return v
}

// plain returns what a node stands for.
func (v visitor) plain(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		return n.Value
	case *ast.AliasNode:
		return v.anchors[n.Value.GetToken().Value]
	}
	return n
}

// member returns the value of a key, nil if there is none.
func (v visitor) member(n ast.Node, key string) ast.Node {
	var values []*ast.MappingValueNode
	switch n := v.plain(n).(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	}
	for _, one := range values {
		if one.Key.GetToken().Value == key {
			return v.plain(one.Value)
		}
	}
	return nil
}

// named returns the element of a list that has this value at a key, nil if there
// is none.
func (v visitor) named(list ast.Node, key, value string) ast.Node {
	sequence, ok := list.(*ast.SequenceNode)
	if !ok || value == "" {
		return nil
	}
	for _, n := range sequence.Values {
		if found := v.member(n, key); found != nil && found.GetToken().Value == value {
			return v.plain(n)
		}
	}
	return nil
}
