package canonical

import (
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// ValueSet is a value set: what its compose says, or an expansion it came with.
type ValueSet struct {
	Header
	Include, Exclude []Rule
	Inactive         *bool             // compose.inactive
	Parameters       map[string]string // the expansion-parameter extensions of compose
	Supplement       []string          // canonicals of the supplements it asks for
	Extensions       []Extension
	Date             string
	contained        map[string]*ValueSet
	order            []int // of Include, newest first; nil where it was not read
}

// Rule is one include or exclude. What it holds is the intersection of its
// parts.
type Rule struct {
	System, Version string
	Concepts        []Reference
	Filters         []Filter
	ValueSets       []string // canonicals; #id is contained
	Path            string   // include[0]

	index map[string]int // of Concepts by code
}

// Reference is a concept that a rule names.
type Reference struct {
	Code, Display string
	Designations  []Designation
	Extensions    []Extension
}

// Filter is one filter of a rule.
type Filter struct{ Property, Op, Value string }

const (
	expansionParameter = structure + "valueset-expansion-parameter"
	supplementOf       = structure + "valueset-supplement"
)

// parseValueSet reads a ValueSet. It may be without a url: one that comes in a
// request, or is contained in another.
func parseValueSet(d *tree.Doc, n tree.ID) (*ValueSet, error) {
	v := &ValueSet{Header: parseHeader(d, n), Date: d.Text(d.Child(n, "date")), Parameters: map[string]string{},
		Extensions: readExtensions(d, d.Child(n, "extension"))}
	for _, e := range v.Extensions {
		if e.URL == supplementOf && e.Text != "" {
			v.Supplement = append(v.Supplement, e.Text)
		}
	}
	compose := d.Child(n, "compose")
	items(d, d.Child(compose, "extension"), func(e tree.ID) {
		if d.Text(d.Child(e, "url")) == expansionParameter {
			_, _, name := readValue(d, extension(d, e, "name"))
			_, _, value := readValue(d, extension(d, e, "value"))
			v.Parameters[name] = value
		}
	})
	if inactive := d.Child(compose, "inactive"); inactive != tree.None {
		value := isTrue(d, inactive)
		v.Inactive = &value
	}
	v.Include = readRules(d, d.Child(compose, "include"), "include")
	v.Exclude = readRules(d, d.Child(compose, "exclude"), "exclude")
	for _, list := range [][]Rule{v.Include, v.Exclude} {
		for _, r := range list {
			if err := r.check(); err != nil {
				return nil, err
			}
		}
	}
	if compose == tree.None {
		v.Include = readExpansion(d, d.Find(n, "expansion", "contains"))
	}
	v.order = newestFirst(v.Include)
	var err error
	items(d, d.Child(n, "contained"), func(c tree.ID) {
		if d.Text(d.Child(c, "resourceType")) != "ValueSet" || err != nil {
			return
		}
		var inner *ValueSet
		if inner, err = parseValueSet(d, c); err == nil {
			if v.contained == nil {
				v.contained = map[string]*ValueSet{}
			}
			v.contained[inner.ID] = inner
		}
	})
	return v, err
}

func readRules(d *tree.Doc, list tree.ID, name string) (all []Rule) {
	items(d, list, func(n tree.ID) {
		r := Rule{System: d.Text(d.Child(n, "system")), Version: d.Text(d.Child(n, "version")),
			Path: name + "[" + strconv.Itoa(len(all)) + "]", index: map[string]int{}}
		items(d, d.Child(n, "concept"), func(c tree.ID) {
			ref := Reference{Code: d.Text(d.Child(c, "code")), Display: d.Text(d.Child(c, "display")),
				Designations: readDesignations(d, d.Child(c, "designation")), Extensions: readExtensions(d, d.Child(c, "extension"))}
			if _, twice := r.index[ref.Code]; !twice {
				r.index[ref.Code] = len(r.Concepts)
				r.Concepts = append(r.Concepts, ref)
			}
		})
		items(d, d.Child(n, "filter"), func(f tree.ID) {
			op := d.Text(d.Child(f, "op"))
			if op == "" { // R5's operators come to R4 by an extension
				items(d, d.Child(d.Child(f, "_op"), "extension"), func(e tree.ID) { _, _, op = readValue(d, e) })
			}
			r.Filters = append(r.Filters, Filter{Property: d.Text(d.Child(f, "property")), Op: op, Value: d.Text(d.Child(f, "value"))})
		})
		items(d, d.Child(n, "valueSet"), func(u tree.ID) { r.ValueSets = append(r.ValueSets, d.Text(u)) })
		all = append(all, r)
	})
	return all
}

// check refuses a rule that says nothing, or filters no system.
func (r *Rule) check() error {
	path := "ValueSet.compose." + r.Path
	switch {
	case r.System == "" && len(r.ValueSets) == 0:
		return &mapping.Error{Kind: mapping.Required, Path: path, Message: "system or valueSet: one is required"}
	case r.System == "" && len(r.Concepts)+len(r.Filters) > 0:
		return &mapping.Error{Kind: mapping.Required, Path: path + ".system", Message: "required with concept or filter"}
	}
	return nil
}

// readExpansion makes rules of an expansion: one per system and version, in
// the order they come.
func readExpansion(d *tree.Doc, first tree.ID) (all []Rule) {
	var walk func(tree.ID)
	walk = func(n tree.ID) {
		for ; n != tree.None; n = d.Next(n) {
			system, version, code := d.Text(d.Child(n, "system")), d.Text(d.Child(n, "version")), d.Text(d.Child(n, "code"))
			if code != "" && !isTrue(d, d.Child(n, "abstract")) {
				i := 0
				for ; i < len(all) && (all[i].System != system || all[i].Version != version); i++ {
				}
				if i == len(all) {
					all = append(all, Rule{System: system, Version: version, Path: "expansion", index: map[string]int{}})
				}
				if _, twice := all[i].index[code]; !twice {
					all[i].index[code] = len(all[i].Concepts)
					all[i].Concepts = append(all[i].Concepts, Reference{Code: code, Display: d.Text(d.Child(n, "display"))})
				}
			}
			if inner := d.Child(n, "contains"); inner != tree.None {
				walk(d.First(inner))
			}
		}
	}
	walk(first)
	return all
}

// newestFirst orders rules as they come, but versions of one code system with
// the newest first, in the places that they have together.
func newestFirst(rules []Rule) []int {
	order := make([]int, len(rules))
	places := map[string][]int{}
	for i, r := range rules {
		order[i] = i
		if r.System != "" {
			places[r.System] = append(places[r.System], i)
		}
	}
	for _, at := range places {
		sorted := slices.Clone(at)
		slices.SortStableFunc(sorted, func(a, b int) int { return compareVersions(rules[b].Version, rules[a].Version) })
		for i, place := range at {
			order[place] = sorted[i]
		}
	}
	return order
}

// newestFirst returns the order in which the includes are asked.
func (v *ValueSet) newestFirst() []int {
	if v.order == nil {
		return newestFirst(v.Include)
	}
	return v.order
}

// named returns how messages name the value set.
func (v *ValueSet) named() string {
	if v.URL == "" {
		return "(unidentified)"
	}
	return v.Canonical()
}

// extension returns the extension of n with a url, None if it has none.
func extension(d *tree.Doc, n tree.ID, url string) tree.ID {
	found := tree.None
	items(d, d.Child(n, "extension"), func(e tree.ID) {
		if found == tree.None && d.Text(d.Child(e, "url")) == url {
			found = e
		}
	})
	return found
}

// extensionValue returns the value[x] of the extension of n with a url.
func extensionValue(d *tree.Doc, n tree.ID, url string) tree.ID {
	if e := extension(d, n, url); e != tree.None {
		for m := d.First(e); m != tree.None; m = d.Next(m) {
			if strings.HasPrefix(d.Key(m), "value") {
				return m
			}
		}
	}
	return tree.None
}
