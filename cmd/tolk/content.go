package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"tolk/adapters/api"
	"tolk/adapters/pack"
	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/message"
	"tolk/mapping/published"
	"tolk/mapping/screening"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// embedded is what the program brings along, as canonical resources.
func (c *core) embedded() ([]canonical.Resource, error) {
	var all []canonical.Resource
	for _, text := range published.Resources(c.terms) {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			return nil, err
		}
		r, err := canonical.Parse(d, d.Root())
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	maps, err := canonical.OwnMaps(c.terms)
	return append(all, maps...), err
}

// content makes one content version of the embedded resources and those of
// packages. Whatever is wrong with a package refuses the content as a whole.
//
// The packages stand before the embedded, so that their concept maps answer
// first. Where a package states again what is embedded, with the same url and
// version: KL's code systems and value sets stay as they are here, because it is
// the same publication and ours says more of it; the few code systems of FHIR
// give way, because HL7's own files say more; a ConceptMap is refused, because
// one that was changed needs a version of its own.
func (c *core) content(release string, embedded []canonical.Resource, packages []*pack.Package) (*api.Content, error) {
	if err := pack.Distinct(packages...); err != nil {
		return nil, err
	}
	tag := sha256.New()
	fmt.Fprintf(tag, "%s\n", release)
	if c.overlay != nil {
		fmt.Fprintf(tag, "overrides %s\n", c.overlay.sum)
	}
	ours := map[string]bool{}
	for _, r := range embedded {
		ours[key(r)] = true
		tag.Write([]byte(r.Header().Text))
	}
	var all []canonical.Resource
	replaced := map[string]bool{}
	for _, p := range packages {
		fmt.Fprintf(tag, "%q %x\n", p.Name, p.Sum)
		for _, r := range p.Resources {
			fhirs := strings.HasPrefix(r.Header().URL, "http://hl7.org/fhir/")
			switch {
			case !ours[key(r.Resource)] || fhirs:
				all = append(all, r.Resource)
				replaced[key(r.Resource)] = true
			case r.ConceptMap != nil:
				return nil, &mapping.Error{Kind: mapping.Invalid, Path: p.Name + ": " + r.File,
					Message: key(r.Resource) + " is embedded; a changed map needs a version of its own"}
			}
		}
	}
	for _, r := range embedded {
		if !replaced[key(r)] {
			all = append(all, r)
		}
	}
	registry, err := canonical.New(all...)
	if err != nil {
		return nil, err
	}
	form, err := screening.Questionnaire(c.terms)
	if err != nil {
		return nil, err
	}
	tag.Write([]byte(form))
	terms, err := c.terms.With(c.foreign(registry, packages)...)
	if err != nil {
		return nil, err
	}
	gateway := c.gateway.WithTerminology(terms)
	return &api.Content{
		Tag:         hex.EncodeToString(tag.Sum(nil)[:8]),
		Translator:  gateway,
		Messages:    &message.Processor{Gateway: gateway},
		Checker:     c.checks(gateway),
		Terminology: terms,
		Registry:    registry.WithAliases(c.aliases()),
		Forms: []*canonical.Header{{Type: "Questionnaire", ID: screening.ID, URL: screening.URL, Version: screening.Version,
			Name: screening.Name, Title: screening.Title, Status: "active", Language: "da", Text: form}},
	}, nil
}

// key names a resource among all others.
func key(r canonical.Resource) string { return r.Header().Type + " " + r.Header().Canonical() }

// aliases lists the further names of the code systems whose codes are embedded.
func (c *core) aliases() map[string]string {
	all := map[string]string{}
	for _, s := range c.terms.CodeSystems() {
		for _, alias := range c.terms.Aliases(s.URL)[1:] {
			all[alias] = s.URL
		}
	}
	return all
}

// foreign lists what the packages say about the translation of documents: the
// groups of their concept maps that lead where a map of ours leads. Only the
// newest version of a map counts, and only one that is active and no
// experiment; the others answer $translate and nothing else.
func (c *core) foreign(registry *canonical.Registry, packages []*pack.Package) []terminology.Foreign {
	var all []terminology.Foreign
	for _, p := range packages {
		for _, r := range p.Resources {
			m := r.ConceptMap
			if m == nil || m.Status != "active" || m.Experimental || registry.ConceptMaps(m.URL)[0] != m {
				continue
			}
			all = append(all, c.groups(m, p.Name+": "+r.File)...)
		}
	}
	return all
}

// groups reads the groups of a concept map that lead where a map of ours leads,
// those of the same two code systems together.
func (c *core) groups(m *canonical.ConceptMap, place string) []terminology.Foreign {
	var all []terminology.Foreign
	at := map[[2]string]int{}
	for i, g := range m.Groups {
		pair := [2]string{c.system(g.Source), c.system(g.Target)}
		if !c.leads(pair[0], pair[1]) {
			continue
		}
		j, ok := at[pair]
		if !ok {
			j = len(all)
			at[pair] = j
			all = append(all, terminology.Foreign{URL: m.URL, Version: m.Version, Title: m.Title, Source: pair[0], Target: pair[1]})
		}
		for k, e := range g.Elements {
			for n, t := range e.Targets {
				row := terminology.ForeignRow{
					Place:  fmt.Sprintf("%s: ConceptMap.group[%d].element[%d].target[%d]", place, i, k, n),
					Source: e.Code, Target: t.Code, Equivalence: t.Equivalence, Guard: t.Guard, Reason: t.Comment, Status: t.Status,
				}
				for _, d := range t.DependsOn {
					if d.Property == canonical.AreaProperty {
						row.Area = mapping.Area(d.Value)
					}
				}
				all[j].Rows = append(all[j].Rows, row)
			}
		}
	}
	return all
}

// system returns the canonical name of a code system, as it is where it is not
// here.
func (c *core) system(uri string) string {
	if canonical, ok := c.terms.CanonicalSystem(uri); ok {
		return canonical
	}
	return uri
}

// leads reports whether an embedded map leads from one code system to the other.
func (c *core) leads(source, target string) bool {
	for _, m := range c.terms.ConceptMaps() {
		if m.Source == source && m.Target == target {
			return true
		}
	}
	return false
}

// told lists the packages of a content for the log.
func told(packages []*pack.Package) string {
	var names []string
	for _, p := range packages {
		names = append(names, fmt.Sprintf("%s (%d)", p.Name, len(p.Resources)))
	}
	return strings.Join(names, ", ")
}
