package healthcheck

import (
	"errors"
	"slices"

	"tolk/mapping"
	"tolk/mapping/measure"
	"tolk/mapping/tree"
)

// UCUM is the system of the units of the hub.
const UCUM = "http://unitsofmeasure.org"

// Codings reads the codings of a CodeableConcept.
func (c *Copier) Codings(concept tree.ID) (codings []mapping.Coding) {
	list := c.Doc.Child(concept, "coding")
	if list == tree.None || c.Doc.Kind(list) != tree.Array {
		return nil
	}
	for e := c.Doc.First(list); e != tree.None; e = c.Doc.Next(e) {
		codings = append(codings, c.coding(e))
	}
	return codings
}

func (c *Copier) coding(n tree.ID) mapping.Coding {
	return mapping.Coding{System: c.Doc.Text(c.Doc.Child(n, "system")),
		Code: c.Doc.Text(c.Doc.Child(n, "code")), Display: c.Doc.Text(c.Doc.Child(n, "display"))}
}

// Item finds what the code of an observation, or of a component, means.
func (c *Copier) Item(holder tree.ID) (measure.Item, bool) {
	item, _, ok := measure.Find(c.Codings(c.Doc.Child(holder, "code")))
	return item, ok
}

// Judge finds the item of an observation and tells the sender where its codes
// contradict each other, or a display is not that of its code.
func (c *Copier) Judge(holder tree.ID) (measure.Item, bool) {
	code := c.Doc.Child(holder, "code")
	item, others, ok := measure.Find(c.Codings(code))
	for _, o := range others {
		if ok {
			c.Notice(c.Doc.Path(code), "code: a coding means "+o.Name+", the others "+item.Name+"; it goes over as it stands, and what was measured is taken to be "+item.Name)
		}
	}
	if !ok && len(others) > 0 {
		c.Notice(c.Doc.Path(code), "code: the codings mean different things; they go over as they stand, and no other coding is added")
	}
	if ok {
		c.displays(code, item)
		c.Placed(holder)
	}
	return item, ok
}

// displays reports a display that is not the one its code was published with.
// The code counts, and never the display.
func (c *Copier) displays(code tree.ID, item measure.Item) {
	list := c.Doc.Child(code, "coding")
	if list == tree.None || c.Doc.Kind(list) != tree.Array {
		return
	}
	published := slices.Concat(item.Codings(measure.Hub), item.Codings(measure.HCO), item.Codings(measure.KL))
	for e := c.Doc.First(list); e != tree.None; e = c.Doc.Next(e) {
		own := c.coding(e)
		i := slices.IndexFunc(published, func(p mapping.Coding) bool { return p.Code == own.Code && p.Display != "" })
		if i >= 0 && own.Display != "" && own.Display != published[i].Display {
			c.Notice(c.Doc.Path(e), "display: not the one that "+own.Code+" was published with; the code counts")
		}
	}
}

// AddCode writes the code of the source for the hub: its codings as they stand,
// the first marked as the sender's own choice, and beside them the other
// codings of the item, one for each system that the sender did not use.
func (c *Copier) AddCode(out tree.OutID, m tree.ID, item measure.Item, known bool, steps ...string) {
	const rule = "sundhedstjek.code"
	d := c.Doc
	if d.Kind(m) != tree.Object {
		return
	}
	concept := c.Out.Object(out, d.RawKey(m))
	list := tree.NoOut
	for e := d.First(m); e != tree.None; e = d.Next(e) {
		if d.Key(e) != "coding" {
			c.member(concept, e, append(steps[:len(steps):len(steps)], d.Key(m)))
		}
		if d.Key(e) != "coding" || d.Kind(e) != tree.Array {
			continue
		}
		list = c.Out.Array(concept, "coding")
		chosen := c.chosen(e)
		for n := d.First(e); n != tree.None; n = d.Next(n) {
			c.value(list, "", n, append(steps[:len(steps):len(steps)], d.Key(m), "coding"))
			if n == d.First(e) && !chosen && c.coding(n).Code != "" {
				c.Constant(c.Out.Last(list), "userSelected", "true", rule)
			}
		}
	}
	if !known {
		return
	}
	if list == tree.NoOut {
		list = c.Out.Array(concept, "coding")
	}
	fits, elsewhere := c.Fits(d.Parent(m), item), c.Elsewhere(d.Parent(m))
	c.others(list, c.Codings(m), item, func(o mapping.Coding) bool {
		return (fits || !measure.Defined(o)) && !(elsewhere && measure.Sited(o))
	}, rule)
}

// chosen reports whether the sender marked a choice itself.
func (c *Copier) chosen(list tree.ID) bool {
	for n := c.Doc.First(list); n != tree.None; n = c.Doc.Next(n) {
		if c.Doc.Child(n, "userSelected") != tree.None {
			return true
		}
	}
	return false
}

// Fits reports whether what an observation or a component was measured in is a
// unit of the item: then its number is one of the codes that say the unit.
func (c *Copier) Fits(holder tree.ID, item measure.Item) bool {
	n := c.Doc.Child(holder, "valueQuantity")
	if n == tree.None || c.Doc.Child(n, "value") == tree.None {
		return true
	}
	q, err := c.ReadQuantity(n)
	return err == nil && item.Fits(c.Doc.Raw(q.Value), c.named(q))
}

// Elsewhere reports whether an observation, or that of a component, says that it was
// measured on another place than the arm.
func (c *Copier) Elsewhere(holder tree.ID) bool {
	site := c.site(holder)
	return site != tree.None && !measure.AtArm(c.Codings(site), c.Doc.Text(c.Doc.Child(site, "text")))
}

// site is the place on the body of an observation, or of that which n stands in.
func (c *Copier) site(n tree.ID) tree.ID {
	for n != tree.None && c.Doc.Child(n, "resourceType") == tree.None {
		n = c.Doc.Parent(n)
	}
	if n == tree.None {
		return n
	}
	return c.Doc.Child(n, "bodySite")
}

// Placed tells the sender of a code that says the arm, where the site is another.
func (c *Copier) Placed(holder tree.ID) {
	if !c.Elsewhere(holder) {
		return
	}
	for _, own := range c.Codings(c.Doc.Child(holder, "code")) {
		if measure.Sited(own) {
			c.Notice(c.Doc.Path(c.site(holder)), "bodySite: it is not known to be the arm, which "+own.Code+" says; both go over as they stand, and whoever measured should be asked")
		}
	}
}

// named returns how a Quantity names its unit, its code before its text.
func (c *Copier) named(q Quantity) string {
	if q.Known {
		return q.Measured.Code
	}
	return c.Doc.Text(q.Unit)
}

// others writes the codings of the item that the source has no equal of and that are
// true of the observation: those that say the unit are not of a value that is in no
// unit of the item, nor those that say the arm of another place.
func (c *Copier) others(list tree.OutID, own []mapping.Coding, item measure.Item, holds func(mapping.Coding) bool, rule string) {
	for _, other := range item.Codings(measure.Hub) {
		if !holds(other) {
			continue
		}
		if !slices.ContainsFunc(own, func(o mapping.Coding) bool { return o.System == other.System || o.Code == other.Code }) {
			c.SayCoding(list, other, false, rule)
		}
	}
}

// SayCoding writes a coding that a rule states into a list of codings.
func (c *Copier) SayCoding(list tree.OutID, coding mapping.Coding, chosen bool, rule string) {
	o := c.Out.Object(list, "")
	c.Say(o, "system", coding.System, rule)
	c.Say(o, "code", coding.Code, rule)
	if coding.Display != "" {
		c.Say(o, "display", coding.Display, rule)
	}
	if chosen {
		c.Constant(o, "userSelected", "true", rule)
	}
}

// Added reports whether a coding is one that AddCode writes beside the
// sender's: it follows from the item, and a form that has its own says no less
// without it.
func Added(item measure.Item, coding mapping.Coding) bool {
	for _, h := range item.Codings(measure.Hub) {
		if h.System == coding.System && h.Code == coding.Code && (coding.Display == "" || coding.Display == h.Display) {
			return true
		}
	}
	return false
}

// Named reports whether a coding is the item's name in our own code system.
func Named(item measure.Item, coding mapping.Coding) bool {
	return coding.System == measure.System && coding.Code == item.Name
}

// Category writes the category of the item where the source has none.
func (c *Copier) Category(out tree.OutID, r *Resource, item measure.Item, known bool) {
	if !known || c.Doc.Child(r.Node, "category") != tree.None {
		return
	}
	const rule = "sundhedstjek.category"
	concept := c.Out.Object(c.Out.Array(out, "category"), "")
	coding := c.Out.Object(c.Out.Array(concept, "coding"), "")
	c.Say(coding, "system", categories, rule)
	c.Say(coding, "code", string(item.Category), rule)
}

const categories = "http://terminology.hl7.org/CodeSystem/observation-category"

// Implied reports whether a category says no more than the item does: one
// concept with the one coding that Category writes.
func (c *Copier) Implied(list tree.ID, item measure.Item) bool {
	return c.Canonical(list) == `[{"coding":[{"code":`+tree.Quote(string(item.Category))+`,"system":`+tree.Quote(categories)+`},]},]`
}

// Quantity is a Quantity of the source, read.
type Quantity struct {
	Node, Value, Unit, System, Code tree.ID
	Measured                        measure.Unit // the unit it names, the code before the text
	Known                           bool         // whether the table of units has that
}

// ReadQuantity reads a Quantity. It is an Invalid error where the value is not
// a number as JSON writes one.
func (c *Copier) ReadQuantity(n tree.ID) (Quantity, error) {
	d := c.Doc
	q := Quantity{Node: n, Value: d.Child(n, "value"), Unit: d.Child(n, "unit"), System: d.Child(n, "system"), Code: d.Child(n, "code")}
	if q.Value != tree.None && d.Kind(q.Value) != tree.Number {
		return q, &mapping.Error{Kind: mapping.Invalid, Path: d.Path(q.Value), Message: "value: expected a number as JSON has it, with a point and without quotes, as in 1.5"}
	}
	if q.Value != tree.None {
		if _, err := measure.Number(d.Raw(q.Value)); err != nil {
			return q, c.at(q.Value, err)
		}
	}
	for _, n := range []*tree.ID{&q.Unit, &q.System, &q.Code} {
		if *n != tree.None && d.Kind(*n) != tree.String {
			*n = tree.None
		}
	}
	name := d.Text(q.Unit)
	if code := d.Text(q.Code); code != "" && d.Text(q.System) == UCUM {
		name = code
	}
	q.Measured, q.Known = measure.UnitOf(name)
	return q, nil
}

// Agree tells the sender of a unit whose text is another unit than its code. The
// code counts.
func (c *Copier) Agree(q Quantity) {
	printed, ok := measure.UnitOf(c.Doc.Text(q.Unit))
	if ok && q.Known && printed.Code != q.Measured.Code {
		c.Notice(c.Doc.Path(q.Node), "unit: its text is "+printed.Code+" and its code "+q.Measured.Code+"; the code counts, and whoever measured should be asked")
	}
}

// AddQuantity writes a Quantity for the hub: in the unit of the item where that
// is an exact conversion, with the unit's UCUM code beside its text.
func (c *Copier) AddQuantity(out tree.OutID, n tree.ID, item measure.Item, known bool, steps ...string) error {
	const rule = "sundhedstjek.unit"
	d := c.Doc
	q, err := c.ReadQuantity(n)
	if err != nil {
		return err
	}
	c.plausible(q, item, known)
	c.Agree(q)
	if unit, ok := measure.UnitOf(item.Unit); known && ok && item.Unit != "" && q.Known && q.Measured.Code != unit.Code {
		if q.Measured.Dimension == unit.Dimension && q.Value != tree.None {
			if value, err := measure.Convert(d.Raw(q.Value), q.Measured.Code, unit.Code); err == nil {
				c.inUnit(out, q, value, unit, rule, steps...)
				return nil
			}
			c.Notice(d.Path(n), "value: it cannot be said exactly in "+unit.Symbol+"; it goes over as it stands")
		} else {
			c.Notice(d.Path(n), "unit: "+q.Measured.Code+" is no unit of "+item.Name+"; the value goes over as it stands")
		}
	}
	steps = append(steps[:len(steps):len(steps)], c.Doc.Key(n))
	quantity := c.Out.Object(out, c.Doc.RawKey(n))
	for m := c.Doc.First(n); m != tree.None; m = c.Doc.Next(m) {
		c.member(quantity, m, steps)
	}
	if q.Known && d.Child(n, "system") == tree.None && d.Child(n, "code") == tree.None {
		c.Say(quantity, "system", UCUM, rule)
		c.Text(quantity, "code", q.Measured.Code, q.Unit, rule)
	}
	return nil
}

// inUnit writes a Quantity in another unit, in which its value is this.
func (c *Copier) inUnit(out tree.OutID, q Quantity, value string, unit measure.Unit, rule string, steps ...string) {
	d := c.Doc
	steps = append(steps[:len(steps):len(steps)], d.Key(q.Node))
	quantity := c.Out.Object(out, d.RawKey(q.Node))
	c.Leaf(quantity, "value", value, q.Value, rule)
	for m := d.First(q.Node); m != tree.None; m = d.Next(m) {
		if key := d.Key(m); key != "value" && key != "unit" && key != "system" && key != "code" {
			c.member(quantity, m, steps)
		}
	}
	from := q.Unit
	if from == tree.None {
		from = q.Code
	}
	c.Text(quantity, "unit", unit.Symbol, from, rule)
	c.Said(quantity, "system", UCUM, q.System, rule)
	if q.Code != tree.None {
		from = q.Code
	}
	c.Text(quantity, "code", unit.Code, from, rule)
}

// Said writes a string from a leaf of the source, or as the rule states it
// where the source has none.
func (c *Copier) Said(out tree.OutID, key, text string, from tree.ID, rule string) {
	if from == tree.None {
		c.Say(out, key, text, rule)
		return
	}
	c.Text(out, key, text, from, rule)
}

// plausible tells the sender of a value that is more likely a slip than a
// finding. The value stays.
func (c *Copier) plausible(q Quantity, item measure.Item, known bool) {
	if !known || !q.Known || q.Value == tree.None {
		return
	}
	if warning, err := measure.Plausible(item, c.Doc.Raw(q.Value), q.Measured.Code); err == nil && warning != "" {
		c.Notice(c.Doc.Path(q.Value), warning)
	}
}

// at gives an error of a value its place.
func (c *Copier) at(n tree.ID, err error) error {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return err
	}
	placed := *e
	placed.Path = c.Doc.Path(n)
	return &placed
}
