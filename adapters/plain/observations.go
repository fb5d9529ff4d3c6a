package plain

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/measure"
	"tolk/mapping/tree"
)

const (
	categories = "http://terminology.hl7.org/CodeSystem/observation-category"
	ucum       = "http://unitsofmeasure.org"
	other      = "andet" // what the plain form calls a measurement that no table knows
)

// observation adds to an Observation what the table of measurements says of the
// item: its codes beside the sender's word, its category, the code of its unit.
func (f finisher) observation(o tree.OutID) {
	rule := f.rule("maaling/koder")
	code := f.Out.Child(o, "code")
	codings := f.Out.Child(code, "coding")
	own := f.Out.First(codings)
	if item, ok := measure.ByName(f.text(own, "code")); ok {
		f.Say(own, "display", item.Display, rule)
		f.Constant(own, "userSelected", "true", rule)
		f.codings(o, item, f.fits(o, item))
		category := f.Out.Object(f.Out.Array(f.Out.Object(f.Out.Array(o, "category"), ""), "coding"), "")
		f.Say(category, "system", categories, rule)
		f.Say(category, "code", string(item.Category), rule)
	}
	if f.Out.Child(o, "status") == tree.NoOut {
		f.Say(o, "status", "final", f.rule("maaling/status"))
	}
	q := f.Out.Child(o, "valueQuantity")
	if q != tree.NoOut {
		f.unit(q)
	}
	if (q == tree.NoOut || f.Out.Has(q, "unit")) && f.registered(o) { // dk-core takes no number without a unit
		f.claim(o, dkObservation)
	}
	components := f.Out.Child(o, "component")
	if components == tree.NoOut {
		return
	}
	for c := f.Out.First(components); c != tree.NoOut; c = f.Out.Next(c) {
		first := f.Out.First(f.Out.Child(f.Out.Child(c, "code"), "coding"))
		part, _ := measure.ByCoding(mapping.Coding{System: f.text(first, "system"), Code: f.text(first, "code")})
		f.codings(c, part, true)
		f.Say(f.Out.Child(c, "valueQuantity"), "unit", "mmHg", f.rule("maaling/enhed"))
	}
}

// registered reports whether the organisation that measured is known by a number
// that dk-core takes, or none is named.
func (f finisher) registered(o tree.OutID) bool {
	when, _ := f.Out.Origin(f.Out.Child(o, "effectiveDateTime")) // which every measurement has
	organisation := f.Doc.Find(f.Doc.Parent(when), "maaltAf", "organisation")
	return organisation == tree.None || f.Doc.Child(organisation, "sor") != tree.None || f.Doc.Child(organisation, "cvr") != tree.None
}

// fits reports whether what was measured is in a unit of the item.
func (f finisher) fits(o tree.OutID, item measure.Item) bool {
	q := f.Out.Child(o, "valueQuantity")
	if q == tree.NoOut {
		return true
	}
	value, unit := "", ""
	if leaf := f.Out.Child(q, "value"); leaf != tree.NoOut {
		from, _ := f.Out.Origin(leaf)
		value = f.Doc.Raw(from)
	}
	if leaf := f.Out.Child(q, "unit"); leaf != tree.NoOut {
		from, _ := f.Out.Origin(leaf)
		unit = f.Doc.Text(from)
	}
	return item.Fits(value, unit)
}

// atArm reports whether an observation, or that of a component, is of the arm, or
// nothing is said of it.
func (f finisher) atArm(holder tree.OutID) bool {
	for !f.Out.Has(holder, "resourceType") {
		holder = f.Out.Parent(holder)
	}
	site := f.Out.Child(holder, "bodySite")
	if site == tree.NoOut {
		return true
	}
	from, _ := f.Out.Origin(f.Out.Child(site, "text"))
	return measure.AtArm(nil, f.Doc.Text(from))
}

// codings adds to an observation, or a component, the codings of its item that are not
// there yet: those that say the unit of a value only where it fits, those that say the
// arm of no other place.
func (f finisher) codings(holder tree.OutID, item measure.Item, fits bool) {
	to := f.Out.Child(f.Out.Child(holder, "code"), "coding")
	rule, first, arm := f.rule("maaling/koder"), f.Out.First(to), f.atArm(holder)
	for _, c := range item.Codings(measure.Hub) {
		if !fits && measure.Defined(c) || !arm && measure.Sited(c) {
			continue
		}
		if c.System == f.text(first, "system") && c.Code == f.text(first, "code") {
			continue
		}
		coding := f.Out.Object(to, "")
		f.Say(coding, "system", c.System, rule)
		f.Say(coding, "code", c.Code, rule)
		if c.Display != "" {
			f.Say(coding, "display", c.Display, rule)
		}
	}
}

// unit adds UCUM's code to a quantity whose unit is in UCUM.
func (f finisher) unit(q tree.OutID) {
	leaf := f.Out.Child(q, "unit")
	if leaf == tree.NoOut {
		return
	}
	from, _ := f.Out.Origin(leaf)
	if u, ok := measure.UnitOf(f.Doc.Text(from)); ok {
		f.Say(q, "system", ucum, f.rule("maaling/enhed"))
		f.Say(q, "code", u.Code, f.rule("maaling/enhed"))
	}
}

// observations reads of every measurement what its codes mean.
func (r reader) observations() {
	check := r.healthCheck()
	if check == tree.NoOut {
		return
	}
	all := r.Out.Child(check, "maalinger")
	if all == tree.NoOut {
		return
	}
	for m := r.Out.First(all); m != tree.NoOut; m = r.Out.Next(m) {
		if o := r.resource(m, "Observation"); o != tree.None {
			r.observation(o, m)
		}
	}
}

// observation reads one Observation into one measurement.
func (r reader) observation(o tree.ID, m tree.OutID) {
	d, rule := r.Doc, r.rule("maaling/koder")
	code := d.Child(o, "code")
	item, ok := r.item(code, m, rule)
	if ok {
		r.known(code, item, rule)
		r.category(o, item, rule)
	}
	r.status(d.Child(o, "status"), m)
	r.quantity(d.Child(o, "valueQuantity"), m)
	r.position(o, m)
	r.notInterpreted(o)
	if n := r.scalar(d.Child(o, "valueInteger")); n != tree.None && !r.Out.Has(m, "vaerdi") {
		r.Leaf(m, "vaerdi", d.Raw(n), n, r.rule("maaling/vaerdi"))
	}
	if r.Out.Has(m, "tekst") {
		// one value, and it is read
	} else if n := r.scalar(d.Child(d.Child(o, "valueCodeableConcept"), "text")); n != tree.None {
		r.Leaf(m, "tekst", d.Raw(n), n, r.rule("maaling/tekst"))
	} else if n := r.scalar(d.Find(o, "valueCodeableConcept", "coding", "display")); n != tree.None {
		r.Leaf(m, "tekst", d.Raw(n), n, r.rule("maaling/tekst"))
	}
	components := d.Child(o, "component")
	if components == tree.None || d.Kind(components) != tree.Array {
		return
	}
	for c := d.First(components); c != tree.None; c = d.Next(c) {
		if part, _, ok := measure.Find(r.listed(d.Child(c, "code"))); ok && part.Panel == item.Name {
			r.known(d.Child(c, "code"), part, rule)
		}
		r.notInterpreted(c)
		r.part(c)
	}
}

// statuses are the words of the plain form for what it has no word of its own for.
// One without a word would be read as final: what is not final yet, or nobody knows
// to be, is not, and what was cancelled is no measurement.
var statuses = map[string]string{"amended": `"rettet"`, "registered": `"foreloebig"`, "unknown": `"foreloebig"`, "cancelled": `"fejlregistreret"`}

// status reads the status of a measurement that the rules have not.
func (r reader) status(n tree.ID, m tree.OutID) {
	status, rule := r.Doc.Text(n), r.rule("maaling/status")
	if status == "final" {
		r.Use(n, rule)
		return
	}
	word, ok := statuses[status]
	if !ok || r.Out.Has(m, "status") {
		return
	}
	r.Leaf(m, "status", word, n, rule)
	if status != "amended" { // which is the hub's other word for it
		r.Notice(r.Doc.Path(n), "status: "+status+" has no word in the plain form; it is told as "+strings.Trim(word, `"`)+", since a measurement without a status is read as final")
	}
}

// item is what was measured: as the rules have read it, or as the codings mean.
func (r reader) item(code tree.ID, m tree.OutID, rule string) (measure.Item, bool) {
	if leaf := r.Out.Child(m, "hvad"); leaf != tree.NoOut {
		from, _ := r.Out.Origin(leaf)
		return measure.ByName(r.Doc.Text(from))
	}
	item, _, ok := measure.Find(r.listed(code))
	if !ok {
		r.Say(m, "hvad", other, rule)
		return item, r.other(code, m, rule)
	}
	for c := r.first(code); c != tree.None; c = r.Doc.Next(c) {
		if i, ok := measure.ByCoding(r.coding(c)); ok && i.Name == item.Name {
			r.Leaf(m, "hvad", tree.Quote(item.Name), r.Doc.Child(c, "code"), rule)
			break
		}
	}
	return item, true
}

// other names what no table knows, by the text or the first display of its code.
// It is never an item of the table.
func (r reader) other(code tree.ID, m tree.OutID, rule string) bool {
	for c := r.first(code); c != tree.None && r.Out.Child(m, "navn") == tree.NoOut; c = r.Doc.Next(c) {
		if display := r.scalar(r.Doc.Child(c, "display")); display != tree.None {
			r.Leaf(m, "navn", r.Doc.Raw(display), display, rule)
		}
	}
	return false
}

// known says of the codings that mean the item that they have been read.
func (r reader) known(code tree.ID, item measure.Item, rule string) {
	for c := r.first(code); c != tree.None; c = r.Doc.Next(c) {
		coding := r.coding(c)
		i, ok := measure.ByCoding(coding)
		if coding.System == measure.System || ok && (i.Name == item.Name || i.Name == item.Broader) {
			r.members(c, rule, "system", "code", "display", "userSelected")
		}
	}
}

// members says of single members of n that a rule has read them; what else
// stands there stays unclaimed.
func (r reader) members(n tree.ID, rule string, names ...string) {
	for _, name := range names {
		if leaf := r.Doc.Child(n, name); leaf != tree.None && !r.Doc.Kind(leaf).Container() {
			r.Use(leaf, rule)
		}
	}
}

// category says of the category that the item has it.
func (r reader) category(o tree.ID, item measure.Item, rule string) {
	d := r.Doc
	coding := d.Find(o, "category", "coding")
	if coding != tree.None && d.Text(d.Child(coding, "system")) == categories && d.Text(d.Child(coding, "code")) == string(item.Category) {
		r.members(coding, rule, "system", "code", "display")
	}
}

// quantity reads the code of a unit: it says what the unit says, or stands in
// for one.
func (r reader) quantity(q tree.ID, m tree.OutID) {
	d := r.Doc
	code, unit := r.scalar(d.Child(q, "code")), d.Child(q, "unit")
	if code == tree.None || d.Text(d.Child(q, "system")) != ucum {
		return
	}
	if unit == tree.None {
		r.Leaf(m, "enhed", d.Raw(code), code, r.rule("maaling/enhed"))
	} else if u, ok := measure.UnitOf(d.Text(unit)); !ok || u.Code != d.Text(code) {
		return // they differ: that is not for us to settle
	}
	r.members(q, r.rule("maaling/enhed"), "system", "code")
}

func (r reader) first(code tree.ID) tree.ID {
	list := r.Doc.Child(code, "coding")
	if list == tree.None || r.Doc.Kind(list) != tree.Array {
		return tree.None
	}
	return r.Doc.First(list)
}

func (r reader) coding(c tree.ID) mapping.Coding {
	return mapping.Coding{System: r.Doc.Text(r.Doc.Child(c, "system")), Code: r.Doc.Text(r.Doc.Child(c, "code"))}
}

func (r reader) listed(code tree.ID) (all []mapping.Coding) {
	for c := r.first(code); c != tree.None; c = r.Doc.Next(c) {
		all = append(all, r.coding(c))
	}
	return all
}
