package medcom

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/healthcheck"
	"tolk/mapping/measure"
	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// longest is how many characters a value has at most in a HomeCareObservation.
const longest = 12

// component is one component of a panel that becomes an observation.
type component struct {
	node tree.ID
	id   string
	gone string // why it has no place
}

// home finds out whether an observation has a place in the form, and why not.
// It returns an error for a number that is none.
func (o *outward) home(r *healthcheck.Resource) error {
	item, known := o.Judge(r.Node)
	if !known || item.Name != pressure {
		gone, err := o.place(r.Node)
		o.homeless(r.Node, gone)
		r.Gone = gone
		return err
	}
	stays, seen := false, map[string]bool{} // the halves, by what they are of
	for _, n := range o.List(r.Node, "component") {
		c := component{node: n, id: o.text(n, "id")}
		part, _ := o.Item(n)
		if !healthcheck.IsUUID(c.id) {
			c.id = healthcheck.Derived(part.Name, r)
		}
		gone, err := o.place(n)
		if err != nil {
			return err
		}
		o.homeless(n, gone)
		if gone == "" {
			o.Placed(n)
		}
		c.gone = gone
		if gone == "" && seen[part.Name] {
			delete(o.halves, r)
			r.Gone = "a blood pressure with more than one value of one kind; which of them counts is not said"
			o.homeless(r.Node, r.Gone)
			return nil
		}
		seen[part.Name] = seen[part.Name] || gone == ""
		stays = stays || gone == ""
		o.halves[r] = append(o.halves[r], c)
	}
	if !stays {
		r.Gone = "a blood pressure without a component that a HomeCareObservation has a code for"
	}
	return nil
}

// homeless tells the sender of a measurement that stays behind.
func (o *outward) homeless(n tree.ID, why string) {
	if why != "" {
		o.Notice(o.Doc.Path(n), "left out: "+why)
	}
}

// place tells why an observation or a component has no place: no code of the
// form says what was measured, or its value cannot stand there.
func (o *outward) place(n tree.ID) (string, error) {
	item, known := o.Item(n)
	own, coding, ok := o.choose(n, item, known)
	if !ok {
		what := "what was measured"
		if known {
			what = item.Display
		}
		return "MedCom's codes of a HomeCareObservation have none for " + what, nil
	}
	if own == tree.None && measure.Sited(coding) && o.Elsewhere(n) {
		return "MedCom's code says that it was measured on the arm, and the site is not known to be it", nil
	}
	for m := o.Doc.First(n); m != tree.None; m = o.Doc.Next(m) {
		switch key := o.Doc.Key(m); {
		case key == "valueQuantity" && o.Doc.Kind(m) == tree.Object:
			value, gone, err := o.number12(m, item)
			if err != nil || gone != "" {
				return gone, err
			}
			if q, _ := o.ReadQuantity(m); value != "" && !o.Fits(n, item) && (own == tree.None || q.Known) {
				return "its unit is none that " + item.Display + " is measured in, and MedCom's code says another", nil
			}
			if len(value) > longest {
				return tooLong, nil
			}
		case key == "valueString":
			if utf8.RuneCountInString(o.Doc.Text(m)) > longest {
				return tooLong, nil
			}
		case key == "valueInteger":
			if len(o.Doc.Raw(m)) > longest {
				return tooLong, nil
			}
		case strings.HasPrefix(key, "value") && inR4(key):
			return "a HomeCareObservation has a number with a unit or a text as value, and no " + key, nil
		}
	}
	return "", nil
}

// inR4 reports whether R4 knows an element of an observation. What it does not
// know is the sender's word.
func inR4(key string) bool {
	_, ok := fhir.Resolve("Observation", key)
	return ok
}

const tooLong = "the value has more than the 12 characters that a HomeCareObservation takes"

// number12 returns the number of a Quantity as it will be written, or why it cannot
// be.
func (o *outward) number12(n tree.ID, item measure.Item) (value, gone string, err error) {
	q, err := o.ReadQuantity(n)
	if err != nil || q.Value == tree.None {
		return "", "", err
	}
	o.Agree(q)
	value = o.Doc.Raw(q.Value)
	if unit, ok := defined(q, item); ok {
		if value, err = measure.Convert(value, q.Measured.Code, unit.Code); err != nil {
			return "", "the value cannot be said exactly in " + unit.Symbol + ", the unit of MedCom's code, and is not rounded", nil
		}
	}
	return value, "", nil
}

// defined returns the unit that MedCom's code of the item is defined in, if the
// value can be said in it.
func defined(q healthcheck.Quantity, item measure.Item) (measure.Unit, bool) {
	unit, ok := measure.UnitOf(item.UnitHCO)
	return unit, ok && item.UnitHCO != "" && q.Known && q.Measured.Dimension == unit.Dimension
}

// choose returns the coding by which MedCom knows an item: one that stands in
// the record, or the one that follows from the item.
func (o *outward) choose(holder tree.ID, item measure.Item, known bool) (node tree.ID, coding mapping.Coding, ok bool) {
	if !known {
		return tree.None, coding, false
	}
	codes := item.Codings(measure.HCO)
	for _, n := range o.List(o.Doc.Child(holder, "code"), "coding") {
		i := slices.IndexFunc(codes, func(c mapping.Coding) bool {
			return measure.Same(c, mapping.Coding{System: o.text(n, "system"), Code: o.text(n, "code")})
		})
		if i >= 0 {
			return n, codes[i], true
		}
	}
	if len(codes) != 1 || !healthcheck.Added(item, codes[0]) && !added(item, codes[0]) {
		return tree.None, coding, false
	}
	return tree.None, codes[0], true
}

// added reports whether a coding of MedCom is one of the hub's under the other
// URI of its system.
func added(item measure.Item, coding mapping.Coding) bool {
	return slices.ContainsFunc(item.Codings(measure.Hub), func(h mapping.Coding) bool { return h.Code == coding.Code })
}

// observation writes an observation, of a panel one for each half.
func (o *outward) observation(entries tree.OutID, r *healthcheck.Resource) {
	halves, split := o.halves[r]
	if !split {
		resource, meta := o.Begin(entries, r, "hco.observation")
		o.claim(meta, r)
		o.Rest(resource, r, func(key string, m tree.ID) bool { return o.member(resource, key, m, r.Node) })
		o.narrate(resource, r)
		return
	}
	for _, c := range halves {
		if c.gone != "" {
			o.Drop(c.node, panelRule, c.gone)
			continue
		}
		o.half(entries, r, c)
	}
	o.divided(r)
}

// divided gives what only the panel says of itself its fate: the two halves are
// what it was.
func (o *outward) divided(r *healthcheck.Resource) {
	o.Passed(r, panelRule)
	for _, m := range []tree.ID{o.Scalar(r.Entry, "fullUrl"), o.Scalar(r.Node, "resourceType"), o.Scalar(r.Node, "id")} {
		if m != tree.None {
			o.Use(m, panelRule)
		}
	}
	item, _ := measure.ByName(pressure)
	code := o.Doc.Child(r.Node, "code")
	for _, n := range o.List(code, "coding") {
		own := mapping.Coding{System: o.text(n, "system"), Code: o.text(n, "code"), Display: o.text(n, "display")}
		if o.Plain(n) && (healthcheck.Added(item, own) || healthcheck.Named(item, own)) {
			o.Follows(n, panelRule)
		} else {
			o.Drop(n, panelRule, "it is the code of the panel, and each half of the blood pressure has its own")
		}
	}
	for _, m := range []tree.ID{o.Doc.Child(code, "text"), o.Doc.Child(code, "id"), o.Doc.Child(code, "extension")} {
		if m != tree.None {
			o.Drop(m, panelRule, "it is of the code of the panel, and each half of the blood pressure has its own")
		}
	}
}

func (o *outward) claim(meta tree.OutID, r *healthcheck.Resource) {
	if o.meets(r) {
		o.Profile(meta, hcoObservation, "hco.profile")
	}
	o.Meta(meta, r, "hco.profile")
}

// half writes one component as an observation of its own, which says everything
// that the panel said of both.
func (o *outward) half(entries tree.OutID, r *healthcheck.Resource, c component) {
	resource, meta := o.Made(entries, "Observation", c.id, panelRule)
	own := map[string]bool{}
	for n := o.Doc.First(c.node); n != tree.None; n = o.Doc.Next(n) {
		own[o.Doc.Key(n)] = true
	}
	if id := o.Doc.Child(c.node, "id"); id != tree.None && o.Doc.Kind(id) == tree.String {
		o.Out.Remove(o.Out.Child(resource, "id"))
		o.Text(resource, "id", c.id, id, panelRule)
	}
	o.claim(meta, r)
	o.Rest(resource, r, func(key string, m tree.ID) bool {
		switch {
		case key == "code":
			o.component(resource, c)
		case key == "component":
		case own[key]:
			o.Drop(m, panelRule, "each half of the blood pressure says its own")
		case key == "text" && generated[o.text(m, "status")]:
			o.Drop(m, panelRule, "the narrative that was generated for the panel; it is two observations now")
		default:
			return o.member(resource, key, m, r.Node)
		}
		return true
	})
	o.narrate(resource, r)
}

// component writes what a component says as members of its observation.
func (o *outward) component(resource tree.OutID, c component) {
	for n := o.Doc.First(c.node); n != tree.None; n = o.Doc.Next(n) {
		if key := o.Doc.Key(n); key != "id" && !o.member(resource, key, n, c.node) {
			o.Member(resource, n, "Observation")
		}
	}
}

// member writes the members of an observation that the form has its own way
// with, and tells whether it did.
func (o *outward) member(out tree.OutID, key string, m, holder tree.ID) bool {
	item, known := o.Item(holder)
	switch {
	case key == "code":
		o.code(out, m, holder, item, known)
	case key == "category" && known && o.Implied(m, item):
		o.Use(m, "hco.category")
	case key == "interpretation" && o.Doc.Kind(m) == tree.Array:
		o.interpretation(out, m)
	case key == "valueQuantity" && o.Doc.Kind(m) == tree.Object:
		o.quantity(out, m, item)
	case key == "valueInteger" && o.Doc.Kind(m) == tree.Number && o.Doc.Child(holder, "valueQuantity") == tree.None:
		q := o.Out.Object(out, "valueQuantity")
		o.Carry(q, "value", m, "hco.value")
		o.Say(q, "system", healthcheck.UCUM, "hco.value")
		o.Say(q, "code", "1", "hco.value")
	case (key == "derivedFrom" || key == "hasMember") && o.Doc.Kind(m) == tree.Array:
		o.related(out, key, m)
	default:
		return false
	}
	return true
}

// related leaves out what refers to a panel: it is no resource of its own now.
func (o *outward) related(out tree.OutID, key string, m tree.ID) {
	list := o.Out.Array(out, key)
	for e := o.Doc.First(m); e != tree.None; e = o.Doc.Next(e) {
		if r := o.Target(e); r != nil && o.halves[r] != nil {
			o.Drop(e, panelRule, "it refers to a blood pressure, which is two observations now")
			continue
		}
		o.Element(list, e, "Observation", key)
	}
}

// code writes MedCom's coding first. Those that the hub adds beside the
// sender's follow from it and are not repeated.
func (o *outward) code(out tree.OutID, m, holder tree.ID, item measure.Item, known bool) {
	const rule = "hco.code"
	chosen, coding, _ := o.choose(holder, item, known)
	concept := o.Out.Object(out, "code")
	list := o.Out.Array(concept, "coding")
	if chosen == tree.None {
		o.SayCoding(list, coding, false, rule)
	} else {
		o.chosen(list, chosen, coding, rule)
	}
	for n := o.Doc.First(m); n != tree.None; n = o.Doc.Next(n) {
		if o.Doc.Key(n) != "coding" {
			o.Member(concept, n, "Observation", "code")
		}
	}
	for i, n := range o.List(m, "coding") {
		own := mapping.Coding{System: o.text(n, "system"), Code: o.text(n, "code"), Display: o.text(n, "display")}
		switch {
		case n == chosen:
		case (healthcheck.Added(item, own) || healthcheck.Named(item, own)) && o.Plain(n):
			o.Follows(n, rule)
		case i == 0 && o.Doc.Kind(n) == tree.Object:
			o.first(list, n, rule)
		default:
			o.Element(list, n, "Observation", "code", "coding")
		}
	}
}

// first writes the coding that the hub has first, without the hub's mark that it
// was the sender's.
func (o *outward) first(list tree.OutID, n tree.ID, rule string) {
	c := o.Out.Object(list, "")
	for m := o.Doc.First(n); m != tree.None; m = o.Doc.Next(m) {
		if o.Doc.Key(m) == "userSelected" && o.Doc.Raw(m) == "true" {
			o.Use(m, rule)
			continue
		}
		o.Member(c, m, "Observation", "code", "coding")
	}
}

// chosen writes the coding that MedCom knows, under the URI that its profile
// fixes. The mark of the hub that it was the sender's is not needed where it
// stands first.
func (o *outward) chosen(list tree.OutID, n tree.ID, coding mapping.Coding, rule string) {
	c := o.Out.Object(list, "")
	for m := o.Doc.First(n); m != tree.None; m = o.Doc.Next(m) {
		switch key := o.Doc.Key(m); {
		case key == "system" && o.Doc.Kind(m) == tree.String:
			o.Text(c, "system", coding.System, m, rule)
		case key == "userSelected" && o.Doc.Raw(m) == "true":
			o.Use(m, rule)
		default:
			o.Member(c, m, "Observation", "code", "coding")
		}
	}
}

const uninterpreted = "a HomeCareObservation is not interpreted (NI): the receiver judges, and must be told otherwise of a value that is critical"

// interpretation writes "not interpreted", the one thing that the form says. Of what
// somebody has judged the sender is told: it may be that the value is critical.
func (o *outward) interpretation(out tree.OutID, m tree.ID) {
	written := false
	for e := o.Doc.First(m); e != tree.None; e = o.Doc.Next(e) {
		codings := o.Codings(e)
		if !written && len(codings) == 1 && codings[0].Code == "NI" {
			o.Element(o.Out.Array(out, "interpretation"), e, "Observation", "interpretation")
			written = true
			continue
		}
		o.Drop(e, "hco.interpretation", uninterpreted)
		o.Notice(o.Doc.Path(e), "interpretation: left out: "+uninterpreted)
	}
}

// quantity writes a value in the unit that MedCom's code is defined in. A code
// of UCUM that says what the unit's text says is not repeated.
func (o *outward) quantity(out tree.OutID, m tree.ID, item measure.Item) {
	const rule = "hco.unit"
	q, _ := o.ReadQuantity(m) // looked at by place
	unit, ok := defined(q, item)
	if ok && q.Measured.Code != unit.Code && q.Value != tree.None {
		o.redefine(out, q, unit, item.UnitHCO)
		return
	}
	implied := q.Known && q.Unit != tree.None && o.text(m, "system") == healthcheck.UCUM
	quantity := o.Out.Object(out, "valueQuantity")
	for n := o.Doc.First(m); n != tree.None; n = o.Doc.Next(n) {
		switch {
		case n == q.Unit && ok && item.UnitHCO != "1":
			o.Text(quantity, "unit", item.UnitHCO, n, rule)
		case (n == q.System || n == q.Code) && implied && (ok && item.UnitHCO != "1" || o.names(q)):
			o.Use(n, rule)
		default:
			o.Member(quantity, n, "Observation", "valueQuantity")
		}
	}
}

// names reports whether the text of a unit alone says its code.
func (o *outward) names(q healthcheck.Quantity) bool {
	u, ok := measure.UnitOf(o.Doc.Text(q.Unit))
	return ok && u.Code == q.Measured.Code
}

// redefine writes a value in another unit: by its text alone, as MedCom writes
// units, or by UCUM's code where there is nothing to print.
func (o *outward) redefine(out tree.OutID, q healthcheck.Quantity, unit measure.Unit, symbol string) {
	const rule = "hco.unit"
	value, _ := measure.Convert(o.Doc.Raw(q.Value), q.Measured.Code, unit.Code) // looked at by place
	quantity := o.Out.Object(out, "valueQuantity")
	o.Leaf(quantity, "value", value, q.Value, rule)
	for n := o.Doc.First(q.Node); n != tree.None; n = o.Doc.Next(n) {
		switch o.Doc.Key(n) {
		case "value", "unit", "system", "code":
		default:
			o.Member(quantity, n, "Observation", "valueQuantity")
		}
	}
	named, key := q.Unit, "unit"
	if named == tree.None {
		named = q.Code
	}
	if unit.Code == "1" {
		key, symbol = "code", unit.Code
		o.Said(quantity, "system", healthcheck.UCUM, q.System, rule)
	}
	o.Text(quantity, key, symbol, named, rule)
	for _, n := range []tree.ID{q.Unit, q.System, q.Code} {
		if n != tree.None {
			o.Use(n, rule)
		}
	}
}
