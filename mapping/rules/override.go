package rules

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"tolk/mapping"
)

// Site is a site that states some rows and rules otherwise: its site.yaml.
type Site struct {
	Site    string `yaml:"site"` // its name, as it stands in a ledger: aarhus
	Title   string `yaml:"title"`
	Version string `yaml:"version"` // of what it states
}

// String names the site with its version: aarhus 1.2.0.
func (s Site) String() string { return s.Site + " " + s.Version }

// Override tells of a rule that a site states it.
type Override struct {
	Site     string
	Replaces string // the rule that was replaced; empty where one was added
	Because  string
}

// change is one entry of rules.yaml.
type change struct {
	Replaces string `yaml:"replaces"` // file.map.rule
	Adds     string `yaml:"adds"`     // file.map
	Because  string `yaml:"because"`
	Rule     Rule   `yaml:"rule"`
}

var (
	siteName    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	siteVersion = regexp.MustCompile(`^[0-9A-Za-z]+([.-][0-9A-Za-z]+)*$`)
)

// ReadSite reads site.yaml. The error has the place as path.
func ReadSite(fsys fs.FS) (Site, error) {
	const name = "site.yaml"
	var s Site
	if err := Decode(fsys, name, &s); err != nil {
		return s, err
	}
	var list List
	if !siteName.MatchString(s.Site) {
		list = append(list, fault(Place(fsys, name, "$.site"), "site: expected a name of small letters, digits and hyphens, like aarhus"))
	}
	if !siteVersion.MatchString(s.Version) {
		list = append(list, fault(Place(fsys, name, "$.version"), "version: expected a version, like 1.0.0"))
	}
	if len(list) > 0 {
		return s, list
	}
	return s, nil
}

// Overridden returns the rule files with the changes that a site states in its
// rules.yaml; without that file, as they are. A rule that is replaced must be there,
// and what comes of it is checked as Load does. The errors are a List, each with
// rules.yaml:line:column as path.
func Overridden(files []File, fsys fs.FS, site Site) ([]File, error) {
	const name = "rules.yaml"
	if _, err := fs.Stat(fsys, name); errors.Is(err, fs.ErrNotExist) {
		return files, nil
	}
	var changes []change
	if err := Decode(fsys, name, &changes); err != nil {
		return nil, List{err}
	}
	o := overriding{files: copied(files), site: site, at: map[string]int{},
		place: func(path string) string { return Place(fsys, name, path) }}
	for i, c := range changes {
		o.change(i, c)
	}
	if len(o.found) == 0 {
		o.check()
	}
	if len(o.found) > 0 {
		return nil, o.found
	}
	o.remember(fsys, name)
	return o.files, nil
}

// copied copies the files as far as they may be changed.
func copied(files []File) []File {
	files = slices.Clone(files)
	for i := range files {
		files[i].Maps = slices.Clone(files[i].Maps)
		for j := range files[i].Maps {
			files[i].Maps[j].Rules = slices.Clone(files[i].Maps[j].Rules)
		}
	}
	return files
}

// overriding is the changes going into the files.
type overriding struct {
	files []File
	site  Site
	place func(path string) string
	at    map[string]int // the change that stated a rule, by its name
	found List
}

// change takes over one entry of rules.yaml.
func (o *overriding) change(i int, c change) {
	bad := func(field, format string, args ...any) {
		o.found = append(o.found, fault(o.place(fmt.Sprintf("$[%d]%s", i, field)), format, args...))
	}
	switch {
	case (c.Replaces == "") == (c.Adds == ""):
		bad("", "expected replaces: file.map.rule, or adds: file.map")
		return
	case strings.TrimSpace(c.Because) == "":
		bad("", "because: required: why the site states the rule")
		return
	}
	field, said := ".replaces", c.Replaces
	if c.Adds != "" {
		field, said = ".adds", c.Adds
	}
	file, name, id := apart(said)
	f, m, message := o.find(file, name)
	if message != "" {
		bad(field, "%s%s", field[1:]+": ", message)
		return
	}
	if element := keptBy(c.Rule); element != "" {
		bad(".rule", "%s says what a resource is, about whom or who may see it; no site states a rule about it", element)
		return
	}
	if fixes(c.Rule) {
		bad(".rule.fixed", "fixed: expected a value that is nobody's number")
		return
	}
	site := &Override{Site: o.site.Site, Because: strings.TrimSpace(c.Because)}
	c.Rule.Site = site
	if c.Adds != "" {
		switch {
		case id != "":
			bad(field, "adds: expected the name of a map, as %s.%s", file, name)
		case c.Rule.ID == "":
			bad(".rule", "rule.id: required")
		case m.rule(c.Rule.ID) != nil:
			bad(".rule.id", "rule.id: %s has this rule already; to state it otherwise, replaces: %s.%s.%s", name, file, name, c.Rule.ID)
		default:
			f.touch(o.site)
			m.Rules = append(m.Rules, c.Rule)
			o.at[file+"."+name+"/"+c.Rule.ID] = i
		}
		return
	}
	old := m.rule(id)
	switch {
	case old == nil:
		bad(field, "replaces: %s.%s has no rule %s%s", file, name, id, mapping.Meant(id, m.ids()))
	case keptBy(*old) != "":
		bad(field, "replaces: %s says what a resource is, about whom or who may see it; no site states a rule about it", keptBy(*old))
	case old.Site != nil:
		bad(field, "replaces: an entry above states this rule already")
	case c.Rule.ID != "" && c.Rule.ID != id:
		bad(".rule.id", "rule.id: expected %s, the rule that is replaced", id)
	default:
		site.Replaces = file + "." + name + "/" + id
		c.Rule.ID = id
		if plain := c.Rule; same(plain, *old) {
			bad(field, "replaces: the rule says what is there already")
			return
		}
		f.touch(o.site)
		*old = c.Rule
		o.at[site.Replaces] = i
	}
}

// same reports whether two rules say the same, whoever states them.
func same(a, b Rule) bool {
	a.Site, b.Site = nil, nil
	return reflect.DeepEqual(a, b)
}

// apart takes the name of a rule apart, as rules.yaml or a ledger writes it:
// ffb-fsiii.condition.severity, ffb-fsiii.condition/severity.
func apart(name string) (file, of, rule string) {
	file, rest, _ := strings.Cut(name, ".")
	i := strings.IndexAny(rest, "./")
	if i < 0 {
		return file, rest, ""
	}
	return file, rest[:i], rest[i+1:]
}

// find returns a map by the names of its file and its own.
func (o *overriding) find(file, name string) (*File, *Map, string) {
	var files []string
	for i := range o.files {
		f := &o.files[i]
		short := strings.TrimSuffix(f.Name, ".yaml")
		files = append(files, short)
		if short != file {
			continue
		}
		var names []string
		for j := range f.Maps {
			if f.Maps[j].Map == name {
				return f, &f.Maps[j], ""
			}
			names = append(names, f.Maps[j].Map)
		}
		return nil, nil, file + " has no map " + name + mapping.Meant(name, names) + "; it has " + strings.Join(names, ", ")
	}
	return nil, nil, "expected a rule of " + strings.Join(files, ", ") + mapping.Meant(file, files)
}

// check refuses changes whose rules cannot all be meant.
func (o *overriding) check() {
	for i := range o.files {
		f := &o.files[i]
		for _, p := range check(*f) {
			o.found = append(o.found, fault(o.place(o.stated(f, p)), "%s", p))
		}
	}
}

// stated is the path of the change that a problem comes from.
func (o *overriding) stated(f *File, p problem) string {
	short := strings.TrimSuffix(f.Name, ".yaml")
	i, ok := o.at[short+"."+p.of+"/"+p.rule]
	if !ok { // found at another rule, or at the map: the first change of the map
		i = len(o.at)
		for name, n := range o.at {
			if strings.HasPrefix(name, short+"."+p.of+"/") || p.of == "" {
				i = min(i, n)
			}
		}
	}
	return fmt.Sprintf("$[%d].rule", i)
}

// touch notes in the version that a site changed a file.
func (f *File) touch(s Site) {
	if suffix := "+" + s.Site + "." + s.Version; !strings.HasSuffix(f.Version, suffix) {
		f.Version += suffix
	}
}

// rule returns a rule by its id, nil if there is none.
func (m *Map) rule(id string) *Rule {
	for i := range m.Rules {
		if m.Rules[i].ID == id {
			return &m.Rules[i]
		}
	}
	return nil
}

// ids lists the rules of a map.
func (m *Map) ids() (all []string) {
	for _, r := range m.Rules {
		all = append(all, r.ID)
	}
	return all
}
