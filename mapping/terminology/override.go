package terminology

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"tolk/mapping"
)

// Overrides are the rows that one site states otherwise than the maps do, or
// beside them.
type Overrides struct {
	Site    string // its name: aarhus
	Version string // of its rows
	// Tables are files of rows, named as the files of the maps and with their
	// columns, and two more: replaces says what the row of the map says that is
	// replaced (wider CODE, or unmatched; several apart by ';'), empty where the
	// row is added; because says why the site does.
	Tables fs.FS
}

// Override tells of a row that a site states it, and not the map.
type Override struct {
	Site     string
	Replaces string // what the row that was replaced says; empty where one was added
	Because  string
}

// Text says whose row it is, what it replaces and why.
func (o *Override) Text() string {
	text := "site " + o.Site + " adds this row"
	if o.Replaces != "" {
		text = "site " + o.Site + " replaces " + o.Replaces
	}
	if o.Because != "" {
		text += ", because " + o.Because
	}
	return text
}

// Comment is why a row is so; where it is a site's, that too.
func (m *Match) Comment() string {
	if m.Site == nil {
		return m.Reason
	}
	return m.Reason + " (" + m.Site.Text() + ")"
}

// Overridden builds a snapshot as New does, in which a site's rows stand in the
// place of those they replace.
//
// A row that is replaced must be there as the site names it: a map that changed is
// noticed and never silently overridden. The rows are held to the rules of their
// map, its line in index.csv. Guards can only be added: where a source never
// travels as a general code alone, or is never left out, a site's row about it has
// that guard too, and so has one in place of a row that wants a problem.
//
// The errors are those of New and LintOverrides.
func Overridden(facts, maps fs.FS, o Overrides) (*Terminology, error) {
	base, err := New(facts, maps)
	if err != nil {
		return nil, err
	}
	t, plans, found := load(facts, maps)
	if len(found) == 0 {
		found = t.override(base, plans, o)
	}
	if len(found) == 0 {
		found = t.lint(plans)
	}
	if len(found) > 0 {
		return nil, joined(found)
	}
	t.precompute(plans)
	return t, nil
}

// LintOverrides returns everything that is wrong with a site's rows over the maps,
// each with file:line:column as its path.
func LintOverrides(facts, maps fs.FS, o Overrides) []*mapping.Error {
	base, err := New(facts, maps)
	if err != nil {
		return Lint(facts, maps)
	}
	t, plans, _ := load(facts, maps)
	if found := t.override(base, plans, o); len(found) > 0 {
		return found
	}
	return t.lint(plans)
}

func joined(found []*mapping.Error) error {
	all := make([]error, len(found))
	for i, e := range found {
		all[i] = e
	}
	return errors.Join(all...)
}

// override puts a site's rows into the plans.
func (t *Terminology) override(base *Terminology, plans []*plan, o Overrides) (found []*mapping.Error) {
	names, err := fs.Glob(o.Tables, "*.csv")
	if err != nil {
		return []*mapping.Error{{Kind: mapping.Invalid, Path: "*.csv", Message: "the tables cannot be listed", Err: err}}
	}
	for _, name := range names {
		i := slices.IndexFunc(plans, func(p *plan) bool { return p.file == name })
		if i < 0 {
			found = append(found, &mapping.Error{Kind: mapping.NotFound, Path: name, Message: noMap(name, plans)})
			continue
		}
		rows, faults := overrideRows(plans[i], o)
		if found = append(found, faults...); len(rows) == 0 {
			continue
		}
		m := &merge{base: base, plan: plans[i], replaced: map[*mapRow]*mapRow{}}
		found = append(found, m.all(rows)...)
		plans[i].touched = map[mapping.Area]string{}
		for _, r := range rows {
			plans[i].touched[r.area] = "+" + o.Site + "." + o.Version
			if r.source != nil {
				t.overridden[question{r.source.Concept, plans[i].target.URL, r.area}] = r.at()
			}
		}
	}
	return found
}

// noMap tells which file a table may be named as.
func noMap(name string, plans []*plan) string {
	var files []string
	for _, p := range plans {
		files = append(files, p.file)
	}
	if name == "index.csv" || name == "outside.csv" {
		return "cannot be overridden; expected the rows of a map: " + strings.Join(files, ", ")
	}
	return "no map is called so; expected " + strings.Join(files, ", ") + mapping.Meant(name, files)
}

// overrideRows reads a site's table.
func overrideRows(p *plan, o Overrides) ([]mapRow, []*mapping.Error) {
	rows, found := read(o.Tables, p.file, append(slices.Clone(rowColumns), "replaces", "because")...)
	all := make([]mapRow, len(rows))
	for i, r := range rows {
		all[i] = p.row(r)
		all[i].site = &Override{Site: o.Site, Replaces: strings.TrimSpace(r.cells[9]), Because: strings.TrimSpace(r.cells[10])}
	}
	return all, found
}

// merge is a site's rows going into a plan.
type merge struct {
	base     *Terminology
	plan     *plan
	rows     []*mapRow           // what the plan has, in its order
	replaced map[*mapRow]*mapRow // the map's own rows that are gone, and what stands in their place
}

// all merges the rows, and refuses those that cannot be meant.
func (m *merge) all(rows []mapRow) (found []*mapping.Error) {
	for i := range m.plan.rows {
		m.rows = append(m.rows, &m.plan.rows[i])
	}
	var sound []*mapRow
	for i := range rows {
		faults := m.faults(&rows[i])
		for _, message := range faults {
			found = append(found, rows[i].bad(mapping.Value, message))
		}
		if len(faults) == 0 {
			sound = append(sound, &rows[i])
		}
	}
	sound = slices.DeleteFunc(sound, func(r *mapRow) bool { // first all that is replaced: the order of the rows says nothing
		message := m.replace(r)
		if message != "" {
			found = append(found, r.bad(mapping.NotFound, message))
		}
		return message != ""
	})
	for _, r := range sound {
		if message := m.beside(r, sound); message != "" {
			found = append(found, r.bad(mapping.Invalid, message))
		}
	}
	if len(found) > 0 {
		return found
	}
	m.plan.rows = m.merged(sound)
	return nil
}

// faults lists what is wrong with a row by itself.
func (m *merge) faults(r *mapRow) []string {
	faults := m.plan.faults(*r)
	if r.site.Replaces != "" && r.site.Because == "" {
		faults = append(faults, "because: required: why the site replaces the row")
	}
	if len(faults) > 0 {
		return faults
	}
	var must Guard
	for _, match := range m.base.answers[question{r.source.Concept, m.plan.target.URL, ""}] {
		must |= match.Guard & (WithOriginal | Always)
	}
	guard, _ := parseGuard(r.guard)
	if !guard.Has(must) {
		faults = append(faults, "guard: "+(must&^guard).String()+" cannot be taken away from "+r.source.Display+"; expected "+(guard|must).String())
	}
	return faults
}

// replace takes the rows that a row replaces out of the plan.
func (m *merge) replace(r *mapRow) (fault string) {
	if r.site.Replaces == "" {
		return ""
	}
	var said []string
	for one := range strings.SplitSeq(r.site.Replaces, ";") {
		words := strings.Fields(one)
		if len(words) == 0 || len(words) > 2 || len(words) == 1 != (words[0] == string(mapping.Unmatched)) {
			return "replaces: expected what the row says, as wider CODE, or unmatched" + mapping.Meant(strings.Join(words, " "), m.now(r))
		}
		said = append(said, strings.Join(words, " "))
	}
	for _, phrase := range said {
		old := m.find(r, phrase)
		if old == nil {
			return "replaces: the map has no row " + phrase + " for " + r.source.Display + in(r.area) + "; it has " + strings.Join(m.now(r), ", ") + mapping.Meant(phrase, m.now(r))
		}
		if by, ok := m.replaced[old]; ok {
			return "replaces: " + by.place() + " replaces this row already"
		}
		guard, _ := parseGuard(r.guard)
		if before, _ := parseGuard(old.guard); r.target != nil && before.Has(Problem) && !guard.Has(Problem) {
			return "guard: problem cannot be taken away; expected " + (guard | Problem).String()
		}
		if len(said) == 1 && slices.Equal(old.cells, r.cells[:len(old.cells)]) {
			return "replaces: the row says what the map says already"
		}
		m.replaced[old] = r
	}
	r.site.Replaces = strings.Join(said, "; ")
	return ""
}

// find returns the row of the map that says this of the same source and area.
func (m *merge) find(r *mapRow, phrase string) *mapRow {
	for _, old := range m.rows {
		if old.about(r) && old.says() == phrase {
			return old
		}
	}
	return nil
}

// now lists what the map says of the source and area of a row.
func (m *merge) now(r *mapRow) (all []string) {
	for _, old := range m.rows {
		if old.about(r) {
			all = append(all, old.says())
		}
	}
	if len(all) == 0 {
		return []string{"none"}
	}
	return all
}

// beside tells what stands in the way of a row among those that are left and the
// site's own.
func (m *merge) beside(r *mapRow, sound []*mapRow) (fault string) {
	for _, old := range m.rows {
		if _, gone := m.replaced[old]; gone || !old.about(r) {
			continue
		}
		switch {
		case old.targetCode == r.targetCode:
			return "target: the map has it in this area already, " + old.place() + "; to state it otherwise, replaces: " + old.says()
		case old.targetCode == "" || r.targetCode == "":
			return "equivalence: unmatched stands alone for its source and area, and the map says " + strings.Join(m.now(r), ", ") +
				"; to state it otherwise, replaces: " + strings.Join(m.now(r), "; ")
		}
	}
	for _, other := range sound {
		if other == r {
			break
		}
		switch {
		case !other.about(r):
		case other.targetCode == r.targetCode:
			return "target: " + other.place() + " states the same already"
		case other.targetCode == "" || r.targetCode == "":
			return "equivalence: unmatched stands alone for its source and area, and " + other.place() + " is about them too"
		}
	}
	return ""
}

// merged returns the rows of the map with the site's: in the place of the first
// that is replaced, or behind the last of the same source and area.
func (m *merge) merged(sound []*mapRow) []mapRow {
	behind := map[*mapRow][]*mapRow{}
	var rest []*mapRow
	for _, r := range sound {
		var at *mapRow
		for _, old := range m.rows {
			by, gone := m.replaced[old]
			if gone && by == r {
				at = old
				break
			}
			if old.about(r) && r.site.Replaces == "" {
				at = old
			}
		}
		if at == nil {
			rest = append(rest, r)
			continue
		}
		behind[at] = append(behind[at], r)
	}
	var all []mapRow
	for _, old := range m.rows {
		if _, gone := m.replaced[old]; !gone {
			all = append(all, *old)
		}
		for _, r := range behind[old] {
			all = append(all, *r)
		}
	}
	for _, r := range rest {
		all = append(all, *r)
	}
	return all
}

// about reports whether two rows are about the same source in the same area.
func (r *mapRow) about(other *mapRow) bool { return r.source == other.source && r.area == other.area }

// says writes what a row says, as the column replaces names it.
func (r *mapRow) says() string {
	if r.targetCode == "" {
		return string(r.equivalence)
	}
	return string(r.equivalence) + " " + r.targetCode
}

// at names the row for people: file:line, and of a site's with its name before.
func (r *mapRow) at() string {
	if r.site != nil {
		return r.site.Site + "/" + r.place()
	}
	return r.place()
}

func in(area mapping.Area) string {
	if area == "" {
		return ""
	}
	return " in " + string(area)
}
