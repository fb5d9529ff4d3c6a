package complete

import (
	"iter"
	"slices"
	"strings"
	"time"

	"tolk/mapping/bundle"
	"tolk/mapping/lens"
	"tolk/mapping/rules"
	"tolk/mapping/tree"
)

// Demand is one thing that a document in the hub form must have. Whether
// something is there, and what it is worth, are two demands: days, is and younger
// are asked of what is there, and of nothing else.
type Demand struct {
	One   string `yaml:"one"`   // there must be such a resource, and one with an element at Path if there is a path: Type or Type[key=value]
	Each  string `yaml:"each"`  // every such resource must have an element at Path
	Path  string `yaml:"path"`  // ways to the element, one of which must lead there, with | between
	Least int    `yaml:"least"` // so many of them, not only one

	Is      []string `yaml:"is"`      // the element is one of these
	Days    int      `yaml:"days"`    // the element is a time, and no older than this
	Younger int      `yaml:"younger"` // the element is a date of birth or a CPR number, of somebody younger than this

	When   *Demand `yaml:"when"`   // it is demanded only where this is there, and is what it asks for
	Unless *Demand `yaml:"unless"` // and not where this is: it says the same in another way

	resource rules.Step
	ways     []rules.Way
}

// Document is a document in the hub form, to be judged.
type Document struct {
	*tree.Doc
	Now      time.Time                   // ages are judged at; the zero time judges none
	Overlook func(resource tree.ID) bool // resources that count for nothing; nil: none

	whole *bundle.Bundle // read once a way leads through a reference
}

// Gap is a place where a demand is not met.
type Gap struct {
	Resource tree.ID // in which it is not met; the root where no such resource is
	Place    tree.ID // the innermost element on the way that is there
	Refused  bool    // something is there, and is not what is asked for
}

// Gaps lists where a demand is not met.
func (d *Demand) Gaps(doc *Document) []Gap {
	if d.When != nil && !d.When.holds(doc) || d.Unless != nil && d.Unless.holds(doc) {
		return nil
	}
	if d.One != "" {
		return d.lacking(doc)
	}
	var gaps []Gap
	for r := range doc.resources(d.resource) {
		found, place := d.follow(doc, r)
		switch {
		case !d.tests() && len(found) < max(d.Least, 1):
			gaps = append(gaps, Gap{r, place, false})
		case !d.tests() || len(found) == 0: // that it is not there is another demand's
		case !slices.ContainsFunc(found, func(n tree.ID) bool { return d.accepts(doc, n) }):
			gaps = append(gaps, Gap{r, found[0], true})
		}
	}
	return gaps
}

// lacking tells that there are too few resources with what is demanded: of the
// document, or of the one resource that could have it.
func (d *Demand) lacking(doc *Document) []Gap {
	met, gap := 0, Gap{doc.Root(), doc.Root(), false}
	for r := range doc.resources(d.resource) {
		if found, place := d.follow(doc, r); len(found) > 0 {
			met++
		} else if gap.Resource == doc.Root() {
			gap.Resource, gap.Place = r, place
		}
	}
	if met >= max(d.Least, 1) {
		return nil
	}
	return []Gap{gap}
}

// holds reports whether something is there and is what the demand asks for.
func (d *Demand) holds(doc *Document) bool {
	for r := range doc.resources(d.resource) {
		found, _ := d.follow(doc, r)
		if slices.ContainsFunc(found, func(n tree.ID) bool { return !d.tests() || d.accepts(doc, n) }) {
			return true
		}
	}
	return false
}

// tests reports whether a demand asks what the element is.
func (d *Demand) tests() bool { return d.Days > 0 || d.Younger > 0 || len(d.Is) > 0 }

// accepts reports whether an element is what is asked for.
func (d *Demand) accepts(doc *Document, n tree.ID) bool {
	text := doc.scalar(n)
	switch {
	case len(d.Is) > 0:
		return slices.Contains(d.Is, text)
	case d.Younger > 0:
		return younger(text, doc.Now, d.Younger)
	}
	return fresh(text, doc.Now, d.Days)
}

// follow lists the elements that the ways of a demand lead to, and the innermost
// one that is there on the first of them; without a way, the resource itself.
func (d *Demand) follow(doc *Document, resource tree.ID) (found []tree.ID, place tree.ID) {
	if len(d.ways) == 0 {
		return []tree.ID{resource}, resource
	}
	place = resource
	for _, w := range d.ways {
		leads, innermost := doc.follow(resource, w)
		found = append(found, leads...)
		if place == resource {
			place = innermost
		}
	}
	return found, place
}

// resources gives the resources that a step names.
func (doc *Document) resources(s rules.Step) iter.Seq[tree.ID] {
	return func(yield func(tree.ID) bool) {
		entries := doc.Child(doc.Root(), "entry")
		if entries == tree.None || doc.Kind(entries) != tree.Array {
			return
		}
		for e := doc.First(entries); e != tree.None; e = doc.Next(e) {
			r := doc.Child(e, "resource")
			if doc.is(r, s) && (doc.Overlook == nil || !doc.Overlook(r)) && !yield(r) {
				return
			}
		}
	}
}

// is reports whether a resource is one that a step names.
func (doc *Document) is(resource tree.ID, s rules.Step) bool {
	return doc.Text(doc.Child(resource, "resourceType")) == s.Name && doc.selected(resource, s.Key, s.Value)
}

// selected reports whether one of the members of n at key has a text.
func (doc *Document) selected(n tree.ID, key []string, value string) bool {
	return value == "" || slices.ContainsFunc(all(doc.Doc, []tree.ID{n}, key), func(k tree.ID) bool { return doc.Text(k) == value })
}

// follow lists the elements at the end of a way, and the innermost one that is
// there on it.
func (doc *Document) follow(resource tree.ID, w rules.Way) (found []tree.ID, innermost tree.ID) {
	found, innermost = []tree.ID{resource}, resource
	for i, hop := range w {
		if i > 0 {
			found = doc.led(found, hop.Resource.Name)
		}
		for _, s := range hop.Steps {
			key, value := s.Key, s.Value
			if s.URL != "" {
				key, value = []string{"url"}, s.URL
			}
			found = slices.DeleteFunc(all(doc.Doc, found, []string{s.Name}), func(e tree.ID) bool { return !doc.selected(e, key, value) })
			if len(found) == 0 {
				return nil, innermost
			}
			innermost = found[0]
		}
	}
	return slices.DeleteFunc(found, doc.blank), innermost
}

// blank reports whether an element is a text that says nothing.
func (doc *Document) blank(n tree.ID) bool {
	return doc.Kind(n) == tree.String && strings.TrimSpace(doc.Text(n)) == ""
}

// led lists the resources of a type that references lead to.
func (doc *Document) led(references []tree.ID, kind string) []tree.ID {
	if doc.whole == nil {
		var err error
		if doc.whole, err = bundle.Read(doc.Doc); err != nil {
			return nil
		}
	}
	var all []tree.ID
	for _, r := range references {
		if e := doc.whole.Follow(r); e != nil && e.Type == kind && (doc.Overlook == nil || !doc.Overlook(e.Node)) {
			all = append(all, e.Node)
		}
	}
	return all
}

// scalar is the text of a string, and a number or a boolean as it is written.
func (doc *Document) scalar(n tree.ID) string {
	if doc.Kind(n) == tree.String {
		return doc.Text(n)
	}
	return doc.Raw(n)
}

// partial are the dates without a time, and how long they last.
var partial = []struct {
	layout              string
	years, months, days int
}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}}

// moment reads a FHIR dateTime. A date without a time is its end: nothing is
// called older than it is known to be.
func moment(text string, in *time.Location) (t time.Time, err error) {
	t, err = time.Parse(time.RFC3339, text)
	for _, p := range partial {
		if err == nil {
			break
		}
		if t, err = time.ParseInLocation(p.layout, text, in); err == nil {
			t = t.AddDate(p.years, p.months, p.days)
		}
	}
	return t, err
}

// fresh reports whether a FHIR dateTime is no more than some days before now.
func fresh(text string, now time.Time, days int) bool {
	if now.IsZero() {
		return true
	}
	t, err := moment(text, now.Location())
	return err != nil || now.Sub(t) <= time.Duration(days)*24*time.Hour
}

// younger reports whether who was born on a date, or has a CPR number, is not yet
// so many years old. It is not said of a number that tells no date.
func younger(text string, now time.Time, years int) bool {
	if date, ok := lens.BirthDate(text); ok {
		text = date
	}
	born, err := time.ParseInLocation(time.DateOnly, text, now.Location())
	if err != nil {
		born, err = moment(text, now.Location())
	}
	return err == nil && !now.IsZero() && born.AddDate(years, 0, 0).After(now)
}

// all follows names from some nodes, entering every element of an array.
func all(doc *tree.Doc, from []tree.ID, names []string) []tree.ID {
	for _, name := range names {
		var next []tree.ID
		for _, n := range from {
			child := doc.Child(n, name)
			switch {
			case child == tree.None:
			case doc.Kind(child) == tree.Array:
				for e := doc.First(child); e != tree.None; e = doc.Next(e) {
					next = append(next, e)
				}
			default:
				next = append(next, child)
			}
		}
		from = next
	}
	return from
}

// Found lists the elements that are there of what is demanded.
func (d *Demand) Found(doc *Document) []tree.ID {
	var all []tree.ID
	for r := range doc.resources(d.resource) {
		found, _ := d.follow(doc, r)
		all = append(all, found...)
	}
	return all
}
