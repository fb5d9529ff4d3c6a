package web

import (
	"maps"
	"slices"
	"strings"

	"tolk/mapping/document"
	"tolk/mapping/example"
	"tolk/mapping/ledger"
)

// sighting is a rule as it stands on the ledgers of worked examples: what it did
// there, and where. It holds paths, never values.
type sighting struct {
	Name     string
	Folders  []string       // where: DOCUMENT/FROM-to-TO
	Did      map[string]int // leaves by fate, and by origin where the rule wrote one without a source
	Examples []sight        // the first few, each of another place
	Reasons  []string       // as the ledgers give them
	cases    map[string]bool
}

// Cases is in how many worked examples the rule stands.
func (s *sighting) Cases() int { return len(s.cases) }

// Deeds lists what the rule did, most often first.
func (s *sighting) Deeds() []deed {
	var all []deed
	for _, name := range slices.Sorted(maps.Keys(s.Did)) {
		all = append(all, deed{name, s.Did[name]})
	}
	slices.SortStableFunc(all, func(a, b deed) int { return b.Leaves - a.Leaves })
	return all
}

// deed is a fate, or an origin, and how many leaves had it.
type deed struct {
	Name   string
	Leaves int
}

// sight is one place where a rule did something.
type sight struct{ Case, Source, Target string }

// The most that is kept of a rule: the point is to show it, not to list it all.
const (
	mostSights  = 3
	mostReasons = 4
)

// seen is what the worked examples of some folders show.
type seen struct {
	Cases []example.Example
	Rules map[string]*sighting
	Maps  map[string]int // leaves by concept map, url|version
}

// seenAll merges what several folders show.
func seenAll(parts ...*seen) *seen {
	all := &seen{Rules: map[string]*sighting{}, Maps: map[string]int{}}
	for _, p := range parts {
		all.Cases = append(all.Cases, p.Cases...)
		for m, n := range p.Maps {
			all.Maps[m] += n
		}
		for name, s := range p.Rules {
			all.rule(name).merge(s)
		}
	}
	return all
}

// rule returns the sighting of a rule, a new one where there is none.
func (s *seen) rule(name string) *sighting {
	r := s.Rules[name]
	if r == nil {
		r = &sighting{Name: name, Did: map[string]int{}, cases: map[string]bool{}}
		s.Rules[name] = r
	}
	return r
}

func (s *sighting) merge(other *sighting) {
	for name, n := range other.Did {
		s.Did[name] += n
	}
	for name := range other.cases {
		s.cases[name] = true
	}
	for _, f := range other.Folders {
		if !slices.Contains(s.Folders, f) {
			s.Folders = append(s.Folders, f)
		}
	}
	for _, e := range other.Examples {
		s.show(e)
	}
	for _, r := range other.Reasons {
		s.because(r)
	}
}

// show keeps an example, if there is room and it is of another place.
func (s *sighting) show(e sight) {
	place := bare(e.Source) + bare(e.Target)
	for _, other := range s.Examples {
		if bare(other.Source)+bare(other.Target) == place {
			return
		}
	}
	if len(s.Examples) < mostSights {
		s.Examples = append(s.Examples, e)
	}
}

func (s *sighting) because(reason string) {
	if reason != "" && len(s.Reasons) < mostReasons && !slices.Contains(s.Reasons, reason) {
		s.Reasons = append(s.Reasons, reason)
	}
}

// bare is a path without its indices.
func bare(path string) string {
	var b strings.Builder
	inside := false
	for _, c := range path {
		switch {
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		case !inside:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// ruleNames takes apart what a ledger says wrote a leaf: one rule, or one after
// the other.
func ruleNames(text string) []string {
	var names []string
	for name := range strings.SplitSeq(text, " > ") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// note adds what a ledger tells.
func (s *seen) note(folder, example string, l *ledger.Ledger) {
	told := func(rules, did string, where sight, reason string) {
		for _, name := range ruleNames(rules) {
			r := s.rule(name)
			if did != "" {
				r.Did[did]++
			}
			r.cases[example] = true
			if !slices.Contains(r.Folders, folder) {
				r.Folders = append(r.Folders, folder)
			}
			r.show(where)
			r.because(reason)
		}
	}
	for _, line := range l.Lines() {
		where := sight{Case: example, Source: line.Path}
		if len(line.Target) > 0 {
			where.Target = line.Target[0]
		}
		told(line.Rule, line.Fate, where, line.Reason)
		if line.Map != "" {
			s.Maps[line.Map]++
		}
	}
	for _, o := range l.Origins() {
		did := o.From
		if did == ledger.FromSource { // the line of its source counts it, perhaps by another rule
			did = ""
		}
		told(o.Rule, did, sight{Case: example, Source: o.Source, Target: o.Path}, "")
	}
}

// folderShows returns what the worked examples of a folder show. They are run once
// for a content, when somebody asks for them.
func (v *view) folderShows(name string) *seen {
	type key struct{ folder string }
	s := v.site
	return keep(s, v.content, key{name}, func() *seen {
		s.piled.Store(true)
		return runExamples(v.content.Gateway, name, examplesIn(s.cases, name))
	})
}

// allShow returns what the examples of every folder show.
func (v *view) allShow() *seen {
	type key struct{}
	return keep(v.site, v.content, key{}, func() *seen {
		var parts []*seen
		for _, name := range exampleFolders(v.site.cases) {
			parts = append(parts, v.folderShows(name))
		}
		return seenAll(parts...)
	})
}

// runExamples translates the examples of a folder. One that is refused has no ledger, and
// is an example all the same.
func runExamples(g *document.Gateway, folder string, cases []workedExample) *seen {
	s := &seen{Rules: map[string]*sighting{}, Maps: map[string]int{}}
	for _, c := range cases {
		s.Cases = append(s.Cases, c.Example) // the inputs may go
		with := g
		if len(c.Organisations) > 0 {
			var err error
			if with, err = g.WithOrganisations(c.Organisations); err != nil {
				continue
			}
		}
		if result, err := with.Translate(c.input, c.Request); err == nil {
			s.note(folder, c.Name, result.Ledger)
		}
	}
	return s
}
