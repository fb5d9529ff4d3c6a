package fmk

import (
	"tolk/mapping/measure"
	"tolk/mapping/tree"
)

// medicinpriser is the source of the codes of Danish drugs, the price list of
// Lægemiddelstyrelsen; whatever FMK names as another source has no system here.
const medicinpriser = "Medicinpriser"

// coded are the rules for an element with Code and Text: the code with the
// system of its source and the date of the list as its version, the words
// beside it.
func coded(id, at, to, system string) []rule {
	return append(code(id, at+"/Code", to+".coding[c]", system), rule{id: id + ".text", at: at + "/Text", to: to + ".text"})
}

// code are the rules for a code and its source.
func code(id, at, to, system string) []rule {
	systems := map[string]string{medicinpriser: system}
	return []rule{
		{id: id + ".source", at: at + "/@source", to: to + ".system", how: among(systems)},
		{id: id + ".source", at: at + "/@source", to: to + ".^source.valueString", say: outside(systems)},
		{id: id + ".date", at: at + "/@date", to: to + ".version"},
		{id: id + ".date", at: at + "/@yearAndWeek", to: to + ".version"},
		{id: id, at: at, to: to + ".code", say: token},
	}
}

var drug = compile(join(
	code("fmk.drug.identifier", "Identifier", "code.coding[drugid]", "urn:tolk:NamingSystem:drugid"),
	[]rule{
		{id: "fmk.drug.name", at: "Name", to: "code.text"},
		{id: "fmk.drug.additional-name", at: "AdditionalName", via: nested("additional-name")},
		{id: "fmk.drug.atc.source", at: "ATC/Code/@source", to: "code.coding[atc].^source.valueString", say: outside(map[string]string{medicinpriser: ""})},
		{id: "fmk.drug.atc.source", at: "ATC/Code/@source", use: true},
		{id: "fmk.drug.atc.date", at: "ATC/Code/@date", to: "code.coding[atc].version"},
		{id: "fmk.drug.atc.date", at: "ATC/Code/@yearAndWeek", to: "code.coding[atc].version"},
		{id: "fmk.drug.atc", at: "ATC/Code", to: "code.coding[atc].code", say: token},
		{id: "fmk.drug.atc.text", at: "ATC/Text", to: "code.coding[atc].display"},
	},
	coded("fmk.drug.form", "Form", "form", "urn:tolk:NamingSystem:lms22"),
	[]rule{
		{id: "fmk.drug.strength", at: "Strength", via: strength},
		{id: "fmk.drug.composition", at: "Composition/Part", via: part},
		{id: "fmk.drug.reference", at: "Reference", via: nested("reference")},
	},
), constant{"code.coding[atc]", "system", "http://www.whocc.no/atc"})

func join(all ...[]rule) (rules []rule) {
	for _, r := range all {
		rules = append(rules, r...)
	}
	return rules
}

var strengthText = compile([]rule{
	{id: "fmk.drug.strength.text", at: "Text", to: "^strength-text.valueString"},
	{id: "fmk.drug.strength.source", at: "Text/@source", to: "^strength-source.valueString"},
	{id: "fmk.drug.strength.date", at: "Text/@date", to: "^strength-version.valueString"},
	{id: "fmk.drug.strength.date", at: "Text/@yearAndWeek", to: "^strength-version.valueString"},
})

var strengthItem = compile([]rule{
	{id: "fmk.drug.strength.value", at: "Value", to: "numerator.value", how: number},
	{id: "fmk.drug.strength.unit", at: "UnitText", to: "numerator.unit"},
	{id: "fmk.drug.strength.code", at: "UnitCode", to: "numerator.code", say: ucum},
	{id: "fmk.drug.strength.code", at: "UnitCode", to: "numerator.^unit-code.valueString"},
	{id: "fmk.drug.strength.source", at: "UnitCode/@source", to: "numerator.^source.valueString"},
	{id: "fmk.drug.strength.date", at: "UnitCode/@date", to: "numerator.^version.valueString"},
	{id: "fmk.drug.strength.date", at: "UnitCode/@yearAndWeek", to: "numerator.^version.valueString"},
}, constant{"numerator", "system", "http://unitsofmeasure.org"})

// ucum is the code of UCUM for a code of FMK's units.
func ucum(text string) (string, string) {
	if u, ok := measure.StrengthUnit(text); ok {
		return u.Code, ""
	}
	return "", ""
}

// strength writes the words of a strength, and the one strength of a drug as a
// number where FMK's unit is one of UCUM's. Several, or one in another unit,
// stay as FMK has them.
func strength(f *filling, n tree.ID, id string) {
	if f.doc.Kind(n) != tree.Object {
		return
	}
	f.fill(strengthText, n, f.slots[0])
	var items []tree.ID
	for c := f.doc.First(n); c != tree.None; c = f.doc.Next(c) {
		if f.doc.RawKey(c) == "StrengthItem" && f.doc.Space(c) == space {
			items = append(items, c)
		}
	}
	if len(items) == 1 && f.known(items[0]) {
		i := f.out.Object(f.array(f.slots[0], "ingredient"), "")
		f.ingredient(i, id)
		s := f.out.Object(i, "strength")
		f.fill(strengthItem, items[0], s)
		f.tx.Constant(f.out.Object(s, "denominator"), "value", "1", id)
		return
	}
	for _, item := range items {
		nested("fmk-strength")(f, item, id)
	}
}

// known reports whether a strength has a value and a unit of UCUM.
func (w *writer) known(item tree.ID) bool {
	code, value := w.text(w.doc.Child(item, "UnitCode")), w.text(w.doc.Child(item, "Value"))
	if code == tree.None || value == tree.None {
		return false
	}
	_, ok := measure.StrengthUnit(w.doc.Text(code))
	return ok
}

// ingredient names what an ingredient is: the substance of the ATC code, or the
// drug itself.
func (f *filling) ingredient(i tree.OutID, id string) {
	item := f.out.Object(i, "itemCodeableConcept")
	drug := f.drug
	text := f.text(f.doc.Find(drug, "ATC", "Text"))
	if text == tree.None || blank(f.doc.Text(text)) {
		text = f.text(f.doc.Child(drug, "Name"))
	}
	if text == tree.None || blank(f.doc.Text(text)) {
		f.tx.Say(item, "text", "ikke oplyst", id)
		return
	}
	f.tx.Carry(item, "text", text, id)
}

var partActive = map[string]string{"Aktiv": "true", "Solvens": "false", "Andet": "false"}

var component = compile(join(
	[]rule{
		{id: "fmk.drug.part.type", at: "Type", to: "isActive", how: func(text string) (string, string) { return partActive[text], "" }},
		{id: "fmk.drug.part.type", at: "Type", to: "^type.valueString"},
		{id: "fmk.drug.part.drug", at: "Drug/Name", to: "itemCodeableConcept.text"},
	},
	code("fmk.drug.part.drug", "Drug/Identifier", "itemCodeableConcept.coding[drugid]", "urn:tolk:NamingSystem:drugid"),
	code("fmk.drug.part.substance", "Substance/Code", "itemCodeableConcept.coding[c]", "urn:tolk:NamingSystem:fmk-substans"),
	[]rule{
		{id: "fmk.drug.part.substance", at: "Substance/Text", to: "itemCodeableConcept.text"},
		{id: "fmk.drug.part.substance", at: "Substance/FreeText", to: "itemCodeableConcept.text"},
		{id: "fmk.drug.part.substance", at: "Substance/SubstanceText", to: "itemCodeableConcept.text"},
		{id: "fmk.drug.part.substance.source", at: "Substance/SubstanceText/@source", to: "itemCodeableConcept.^source.valueString"},
		{id: "fmk.drug.part.substance.date", at: "Substance/SubstanceText/@date", to: "itemCodeableConcept.^version.valueString"},
		{id: "fmk.drug.part.substance.date", at: "Substance/SubstanceText/@yearAndWeek", to: "itemCodeableConcept.^version.valueString"},
		{id: "fmk.drug.part.drug", at: "Drug", why: "of a drug that is part of another, its name and its identifier have a place"},
		{id: "fmk.drug.part.amount", at: "Amount", via: nested("fmk-amount")},
		{id: "fmk.drug.part.amount", at: "Ratio", via: nested("fmk-ratio")},
	},
))

// part writes one part of a drug that is put together of several.
func part(f *filling, n tree.ID, id string) {
	if f.doc.Kind(n) != tree.Object {
		return
	}
	i := f.out.Object(f.array(f.slots[0], "ingredient"), "")
	f.fill(component, n, i)
	if f.out.Child(i, "itemCodeableConcept") == tree.NoOut {
		f.tx.Say(f.out.Object(i, "itemCodeableConcept"), "text", "ikke oplyst", id)
	}
}
