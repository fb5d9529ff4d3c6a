package fields

import (
	"io/fs"
	"path"
	"sync"

	"tolk/mapping/rules"
)

// where is the place of a map, a rule or a constant in the file that states it: a
// member of the thing around it, or an element of such a member. A map that
// includes another keeps what it took at the place where it is written.
type where struct {
	file  string
	above *where
	key   string
	index int // -1 where the member is no list
}

// steps are the way there from the top of the file.
func (w *where) steps() []any {
	if w == nil || w.key == "" {
		return nil
	}
	steps := append(w.above.steps(), w.key)
	if w.index >= 0 {
		steps = append(steps, w.index)
	}
	return steps
}

// locate gives everything in a file its place.
func (f *File) locate() {
	top := &where{file: f.Name, index: -1}
	f.Bundle.locate(top.member("bundle", -1))
	for i := range f.Maps {
		f.Maps[i].locate(top.member("maps", i))
	}
}

func (w *where) member(key string, index int) *where {
	return &where{file: w.file, above: w, key: key, index: index}
}

func (m *Map) locate(at *where) {
	m.at = at
	for i := range m.Fixed {
		m.Fixed[i].at = at.member("fixed", i)
	}
	for i := range m.Rules {
		r := &m.Rules[i]
		r.at = at.member("rules", i)
		for j := range r.With {
			r.With[j].at = r.at.member("with", j)
		}
	}
	for i := range m.Maps {
		m.Maps[i].locate(at.member("maps", i))
	}
}

// stated tells where the rules of a library are written, read once somebody asks.
type stated struct {
	texts map[string]string // of the files, by name
	once  sync.Once
	files map[string]*rules.Statements
	rules map[string]*where // by the name of the rule on the ledger
}

func texts(fsys fs.FS, names []string) map[string]string {
	all := map[string]string{}
	for _, name := range names {
		if text, err := fs.ReadFile(fsys, name); err == nil {
			all[path.Base(name)] = string(text)
		}
	}
	return all
}

// Stated tells where a rule is stated, by its name on the ledger:
// medicinliste.plain/laegemiddel/status. Of a rule that is written in Go it knows
// nothing.
func (l *Library) Stated(rule string) (rules.Statement, bool) {
	s := l.stated
	s.once.Do(func() { s.read(l.books) })
	at, ok := s.rules[rule]
	if !ok {
		return rules.Statement{}, false
	}
	return s.files[at.file].At(at.steps()...)
}

func (s *stated) read(books map[key]*Book) {
	s.files, s.rules = map[string]*rules.Statements{}, map[string]*where{}
	for name, text := range s.texts {
		s.files[name] = rules.ReadStatements(name, text)
	}
	for _, b := range books {
		s.node(&b.bundle)
		for _, n := range b.maps {
			s.node(n)
		}
		for kind := range b.leave {
			s.add(b.Document+"."+b.Left+"/"+kind, b.file.member("leave", -1).member(kind, -1))
		}
	}
}

func (s *stated) node(n *node) {
	s.add(n.ruleID, n.text.at)
	for _, f := range n.fixed {
		s.add(f.id, f.text.at)
	}
	for _, r := range n.rules {
		s.add(r.id, r.text.at)
		for _, w := range r.with {
			s.add(w.id, w.text.at)
		}
	}
	for _, inner := range n.maps {
		s.node(inner)
	}
}

// add keeps the first place of a name: a map that is made in several places of a
// document has its name once.
func (s *stated) add(rule string, at *where) {
	if _, twice := s.rules[rule]; !twice {
		s.rules[rule] = at
	}
}
