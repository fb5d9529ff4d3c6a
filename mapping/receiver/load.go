package receiver

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
)

// Load reads the tables (*.yaml) in a folder of what is built in. The errors are
// a rules.List with file, line and column as path.
func Load(fsys fs.FS, folder string, terms *terminology.Terminology) (*Tables, error) {
	t := &Tables{terms: terms}
	return t.add(fsys, folder, "")
}

// With returns the tables with those of a configured folder beside them. label
// stands in front of the names of its files, in errors and in Table.File. A table
// of a receiver that is there already must say that it replaces it.
func (t *Tables) With(fsys fs.FS, label string) (*Tables, error) { return t.add(fsys, ".", label) }

// add reads the tables of a folder.
func (t *Tables) add(fsys fs.FS, folder, label string) (*Tables, error) {
	names, err := fs.Glob(fsys, path.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: label, Message: "expected a folder with at least one table of a receiver (*.yaml)"}
	}
	slices.Sort(names)
	with := &Tables{terms: t.terms, tables: map[string]*Table{}}
	maps.Copy(with.tables, t.tables)
	var list rules.List
	for _, name := range names {
		l := loader{fsys: fsys, name: name, label: label, terms: t.terms}
		table := l.read()
		if table != nil && l.placed(table, t.tables, with.tables) {
			with.tables[table.ID] = table
		}
		list = append(list, l.faults...)
	}
	if len(list) > 0 {
		return nil, list
	}
	return with, nil
}

// loader reads one file.
type loader struct {
	fsys        fs.FS
	name, label string
	terms       *terminology.Terminology
	faults      rules.List
}

// read reads and checks a table, nil if it cannot be decoded.
func (l *loader) read() *Table {
	t := &Table{File: path.Join(l.label, l.name)}
	if err := rules.Decode(l.fsys, l.name, t); err != nil {
		err.Path = path.Join(l.label, err.Path)
		l.faults = append(l.faults, err)
		return nil
	}
	l.head(t)
	if t.Referrers != nil {
		l.referrers(t.Referrers)
	}
	seen := map[string]bool{}
	for i := range t.Demands {
		d, at := &t.Demands[i], fmt.Sprintf("$.demands[%d]", i)
		if !plain(d.ID) || seen[d.ID] {
			l.fault(at+".id", "expected an id of its own, of small letters, digits and hyphens")
		}
		seen[d.ID] = true
		l.demand(t, d, at)
	}
	return t
}

// placed reports whether a table may stand beside the others.
func (l *loader) placed(t *Table, before, now map[string]*Table) bool {
	built, own := before[t.ID] != nil, now[t.ID] != nil && now[t.ID] != before[t.ID]
	switch {
	case own:
		l.fault("$.id", "another table of this folder has the id "+t.ID)
	case built && !t.Replaces:
		l.fault("$.id", t.ID+" is built in; a table that takes its place says replaces: true")
	case t.Replaces && !built:
		l.fault("$.replaces", "no table called "+t.ID+" is built in"+mapping.Meant(t.ID, slices.Sorted(maps.Keys(before))))
	}
	return len(l.faults) == 0
}

// fault notes what is wrong at a path of the file.
func (l *loader) fault(at, message string) {
	l.faults = append(l.faults, &mapping.Error{Kind: mapping.Invalid, Path: path.Join(l.label, rules.Place(l.fsys, l.name, at)), Message: message})
}

// head checks what a table says of itself.
func (l *loader) head(t *Table) {
	if !plain(t.ID) {
		l.fault("$.id", "expected an id of small letters, digits and hyphens")
	}
	if t.Status != "" && t.Status != Example {
		l.fault("$.status", "expected eksempel, or no status for a table that its receiver stands for")
	}
	l.words(t.Title, "$.title")
	if len(t.Documents) == 0 {
		l.fault("$.documents", "expected what the receiver takes: "+strings.Join(document.Documents(), ", "))
	}
	if len(t.Demands) == 0 {
		l.fault("$.demands", "expected at least one demand")
	}
	l.documents(t.Documents, document.Documents(), "$.documents")
}

// documents checks that documents are among those that can be meant.
func (l *loader) documents(all, known []string, at string) {
	for i, d := range all {
		if !slices.Contains(known, d) {
			l.fault(fmt.Sprintf("%s[%d]", at, i), "expected "+strings.Join(known, ", ")+mapping.Meant(d, known))
		}
	}
}

// demand checks one demand.
func (l *loader) demand(t *Table, d *Demand, at string) {
	if err := d.Compile(); err != nil {
		l.fault(strings.TrimSuffix(at+"."+err.Path, "."), err.Message)
	}
	l.documents(d.Documents, t.Documents, at+".documents")
	l.level(d.Level, at)
	l.words(d.Words, at+".words")
	l.words(d.Why, at+".why")
	if d.Refused != (Words{}) {
		l.words(d.Refused, at+".refused")
	}
	if d.Instead != (Words{}) {
		l.words(d.Instead, at+".instead")
	}
}

func (l *loader) level(level Level, at string) {
	if level != Demanded && level != Advised {
		l.fault(at+".level", "expected kraeves or boer"+mapping.Meant(string(level), []string{string(Demanded), string(Advised)}))
	}
}

func (l *loader) words(w Words, at string) {
	if strings.TrimSpace(w.DA) == "" || strings.TrimSpace(w.EN) == "" {
		l.fault(at, "expected words in both languages, da and en")
	}
}

// referrers checks who may refer.
func (l *loader) referrers(r *Referrers) {
	l.level(r.Level, "$.referrers")
	l.words(r.Words, "$.referrers.words")
	l.words(r.Refused, "$.referrers.refused")
	l.words(r.Why, "$.referrers.why")
	if len(r.Accepted) == 0 {
		l.fault("$.referrers", "expected at least one who may refer, in accepted; a table without referrers takes everybody's")
	}
	for i := range r.Accepted {
		a, at := &r.Accepted[i], fmt.Sprintf("$.referrers.accepted[%d]", i)
		l.words(a.Words, at)
		if len(a.Types) == 0 && a.Path == "" {
			l.fault(at, "expected types of referrer, or a path to what only this one has")
		}
		for j, code := range a.Types {
			l.referrerType(code, fmt.Sprintf("%s.types[%d]", at, j))
		}
		if a.Path == "" {
			continue
		}
		a.number.Each, a.number.Path = "ServiceRequest", a.Path
		if err := a.number.Compile(); err != nil {
			l.fault(at+".path", err.Message)
		}
	}
}

// referrerType checks a code of FSIII's chapter of referrers.
func (l *loader) referrerType(code, at string) {
	if e, ok := l.terms.Lookup(mapping.FSIII, code); ok && referrer(e) {
		return
	}
	l.fault(at, "expected a code of FSIII, Henvendelse/henvisning fra: A1 to A15")
}

// referrer reports whether a concept is one of those that a referral comes from.
func referrer(e *terminology.Entry) bool {
	return slices.ContainsFunc(e.Ancestors(), func(a *terminology.Entry) bool { return a.Code == comesFrom })
}

const comesFrom = "95851822-5a33-4349-a1f2-9b1245369bf5" // FSIII: Henvendelse/henvisning fra

// plain reports whether a name can stand in a URL and on a command line as it is.
func plain(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// unknown refuses the name of a receiver, and names those there are.
func unknown(name string, known []string) error {
	return &mapping.Error{Kind: mapping.NotFound, Path: "receiver",
		Message: "there is no such receiver; expected " + strings.Join(known, ", ") + mapping.Meant(name, known)}
}
