package web

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// placeFinder tells where in the built-in files something stands. Each file is read
// once: there are a thousand rules.
type placeFinder struct{ read map[string]*ast.File }

// place tells where the value at a path ($.maps[3].rules[0]) of a file stands, as
// file:line:column; where nothing stands there, it is the nearest value around it,
// and nothing for a file that is not built in.
func (f *placeFinder) place(name, path string) string {
	file, known := f.read[name]
	if !known {
		if text, err := fs.ReadFile(builtIn, name); err == nil {
			file, _ = parser.ParseBytes(text, 0)
		}
		if f.read == nil {
			f.read = map[string]*ast.File{}
		}
		f.read[name] = file
	}
	if file == nil {
		return ""
	}
	for path != "$" && path != "" {
		if p, err := yaml.PathString(path); err == nil {
			if node, err := p.FilterFile(file); err == nil && node != nil && node.GetToken() != nil {
				at := node.GetToken().Position
				return fmt.Sprintf("%s:%d:%d", name, at.Line, at.Column)
			}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return name + ":1:1"
}
