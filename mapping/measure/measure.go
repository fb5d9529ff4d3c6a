// Package measure knows what a health check measures: the items with the codes
// that published material proves for them, the units with their exact factors,
// and the arithmetic that is needed of them, without floating point.
//
// Four tables are embedded. units.csv is a closed table of UCUM units.
// measures.csv has one row for each item. codings.csv has one row for each code
// of an item, with the published file that proves it and what it is used for.
// answers.csv has the coded answers of KL's tools. A wrong code is worse than no
// code: where nothing published could be pointed at, there is none, outside.csv
// says why, and the item goes by its name in a code system of ours.
package measure

import (
	"slices"

	"tolk/mapping"
)

// System is the code system of the item names themselves. An item whose
// published codes do not tell it from every other carries its name as well, so
// that it is known again.
const System = "urn:tolk:CodeSystem:maaling"

// Use says where a coding is written.
type Use string

// The forms that observations are written in.
const (
	Hub Use = "hub" // ours: one LOINC, SNOMED CT and NPU coding at most, as dk-core takes
	KL  Use = "kl"  // KL's tools (kl.dk.fhir.ffinst)
	HCO Use = "hco" // MedCom's HomeCareObservation
)

// Category is the category that an observation of the item has in FHIR.
type Category string

// The categories in use (http://terminology.hl7.org/CodeSystem/observation-category).
const (
	VitalSigns    Category = "vital-signs"
	Laboratory    Category = "laboratory"
	SocialHistory Category = "social-history"
	Survey        Category = "survey"
)

// Kind says what the value of an item is.
type Kind string

// The kinds of values. A String item may come with a number as well.
const (
	Quantity Kind = "quantity"
	Integer  Kind = "integer"
	Codeable Kind = "codeable"
	String   Kind = "string"
	Panel    Kind = "panel" // no value, but components
)

// Item is something that is measured, asked or assessed.
type Item struct {
	Name     string // the key in plain JSON, ASCII
	Display  string // in Danish
	Category Category
	Kind     Kind
	Panel    string // the item that it is a part of, empty for most
	Broader  string // the item that it is a more exact kind of, empty for most

	Unit    string // UCUM, in the hub; empty where the value has none
	UnitKL  string // UCUM, in KL's tools; empty where they lack the item or it has none
	UnitHCO string // as MedCom's code defines it, in print; empty likewise

	ProfileKL string // the profile of KL's tools, empty where they have none

	// Low and High are in Unit, and ours: beyond them a value is more likely a
	// slip than a finding. They are no reference range and judge nobody.
	Low, High string

	codings []coding
}

// coding is a row of codings.csv.
type coding struct {
	mapping.Coding
	uses []string
}

// All lists the items, in the order of the table.
func All() []Item { return slices.Clone(tables().items) }

// ByName returns the item that plain JSON names.
func ByName(name string) (Item, bool) {
	i, ok := tables().byName[name]
	if !ok {
		return Item{}, false
	}
	return tables().items[i], true
}

// ByCoding returns the item that a code means, under any alias of its system.
// The display plays no part: NPU02636 has been published as leukocytes and as
// lymphocytes. A code that means more than one item means none.
func ByCoding(c mapping.Coding) (Item, bool) {
	i, ok := tables().byCode[mapping.Concept{System: canonical(c.System), Code: c.Code}]
	if !ok {
		return Item{}, false
	}
	return tables().items[i], true
}

// Same reports whether two codings are the same code of the same system, under
// any alias of it.
func Same(a, b mapping.Coding) bool {
	return a.Code == b.Code && canonical(a.System) == canonical(b.System)
}

// ByProfile returns the item that a profile of KL's tools is about, false also
// for a profile that several items share.
func ByProfile(url string) (Item, bool) {
	i, ok := tables().byProfile[url]
	if !ok {
		return Item{}, false
	}
	return tables().items[i], true
}

// Find returns the item that the codings of one observation mean together. A
// more exact item goes before the broader one that stands beside it. SNOMED CT
// is asked last, because its codes say how or where rather than what, and are
// the ones that real observations get wrong (KL's own example of a weight has
// the code of a core temperature): where nothing else decides, it does.
//
// The others are the items that some coding means and that Find did not take.
// With ok they are to be reported; without it they contradict each other and
// none is taken.
func Find(codings []mapping.Coding) (item Item, others []Item, ok bool) {
	decided := meant(codings, false)
	said := meant(codings, true)
	if len(decided) == 0 {
		decided, said = said, nil
	}
	if decided = narrowest(decided); len(decided) != 1 {
		return Item{}, decided, false
	}
	item = decided[0]
	for _, o := range said {
		if o.Name != item.Name && o.Name != item.Broader {
			others = append(others, o)
		}
	}
	return item, others, true
}

// meant lists the items that the codings of SNOMED CT, or those of the other
// systems, mean.
func meant(codings []mapping.Coding, snomed bool) (items []Item) {
	for _, c := range codings {
		i, ok := ByCoding(c)
		if ok && (c.System == "http://snomed.info/sct") == snomed && !has(items, i.Name) {
			items = append(items, i)
		}
	}
	return items
}

func has(items []Item, name string) bool {
	return slices.ContainsFunc(items, func(i Item) bool { return i.Name == name })
}

// narrowest drops the items that another one is a more exact kind of.
func narrowest(items []Item) []Item {
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool {
		return slices.ContainsFunc(items, func(o Item) bool { return o.Broader == i.Name })
	})
}

// Codings lists the codings that an observation of the item is written with in
// a form, with the system under the URI that the form's profile fixes. In the
// hub the name of the item is the last where the others do not give the item
// back.
func (i Item) Codings(use Use) []mapping.Coding {
	var all []mapping.Coding
	again := false
	for _, c := range i.codings {
		if !slices.Contains(c.uses, string(use)) {
			continue
		}
		again = again || slices.Contains(c.uses, "read")
		if use == Hub {
			c.System = hubSystem(c.Coding)
		}
		all = append(all, c.Coding)
	}
	if use == Hub && !again {
		all = append(all, mapping.Coding{System: System, Code: i.Name, Display: i.Display})
	}
	return all
}

// InHCO reports whether MedCom's value sets of HomeCareObservation have the item.
func (i Item) InHCO() bool { return len(i.Codings(HCO)) > 0 }

// InKL reports whether KL's tools have a profile for the item. A component
// (systolic pressure) has none of its own: its panel has.
func (i Item) InKL() bool { return i.ProfileKL != "" }

// NPU has two spellings in profiles that tolk writes: dk-core-observation 3.7.0
// fixes the second, KL and MedCom the first, and MedCom publishes the national
// DNK codes under the first only.
const (
	npu     = "urn:oid:1.2.208.176.2.1"
	npuCore = "http://npu-terminology.org"
)

func hubSystem(c mapping.Coding) string {
	if c.System == npu && c.Code[:3] == "NPU" {
		return npuCore
	}
	return c.System
}
