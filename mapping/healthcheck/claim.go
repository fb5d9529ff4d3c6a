package healthcheck

import (
	"strings"

	"tolk/mapping/lens"
	"tolk/mapping/measure"
	"tolk/mapping/tree"
)

// The profiles of the hub (hl7.fhir.dk.core 3.7.0).
const (
	DKObservation = "http://hl7.dk/fhir/core/StructureDefinition/dk-core-observation"
	DKPatient     = "http://hl7.dk/fhir/core/StructureDefinition/dk-core-patient"
)

const npu = "urn:oid:1.2.208.176.2.1"

// sliced lists the systems that dk-core takes one coding of at most, 3.4.0 and
// 3.7.0 together: NPU has another URI in each.
var sliced = []string{"http://loinc.org", "http://snomed.info/sct", npu, "http://npu-terminology.org",
	"urn:iso:std:iso:11073:10101", "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-observation-codes", "urn:oid:1.2.208.176.2.4"}

// ClaimObservation writes dk-core-observation where the observation as written
// meets it, and its subject does.
func (c *Copier) ClaimObservation(resource, meta tree.OutID, patient bool, rule string) {
	if patient && c.DKObservation(resource) {
		c.Profile(meta, DKObservation, rule)
	}
}

// DKObservation reports whether an observation as written meets dk-core of
// 3.4.0 and of 3.7.0, apart from what it refers to.
func (c *Copier) DKObservation(resource tree.OutID) bool {
	o := c.Out
	if !o.Has(resource, "subject", "reference") || !o.Has(resource, "status") || !c.code(resource) || !c.measured(resource) {
		return false
	}
	components := o.Child(resource, "component")
	if components == tree.NoOut {
		return true
	}
	for e := o.First(components); e != tree.NoOut; e = o.Next(e) {
		if !c.code(e) || !c.measured(e) {
			return false
		}
	}
	return true
}

// code checks the codings of an observation or a component.
func (c *Copier) code(holder tree.OutID) bool {
	o := c.Out
	concept := o.Child(holder, "code")
	if concept == tree.NoOut {
		return false
	}
	list := o.Child(concept, "coding")
	if list == tree.NoOut {
		return true
	}
	seen := map[string]bool{}
	for e := o.First(list); e != tree.NoOut; e = o.Next(e) {
		system := c.Written(e, "system")
		for _, s := range sliced {
			if s == system && (seen[s] || c.Written(e, "code") == "") {
				return false
			}
		}
		seen[system] = true
	}
	return true
}

// measured checks the value of an observation or a component.
func (c *Copier) measured(holder tree.OutID) bool {
	o := c.Out
	q := o.Child(holder, "valueQuantity")
	if q == tree.NoOut {
		return true
	}
	if system := c.Written(q, "system"); system != "" && system != UCUM {
		return false
	}
	return !o.Has(q, "value") || o.Has(q, "unit") || o.Has(q, "code")
}

// Written returns a string as it was written, empty if it was not.
func (c *Copier) Written(holder tree.OutID, key string) string {
	n := c.Out.Child(holder, key)
	if n == tree.NoOut || c.Out.Kind(n) != tree.String {
		return ""
	}
	raw := c.Out.Raw(n)
	return tree.Unquote(raw[1 : len(raw)-1])
}

// The systems of the numbers that a person in Denmark goes by.
const (
	CPR   = "urn:oid:1.2.208.176.1.2"
	XECPR = "urn:oid:1.2.208.176.1.6.1.1"
)

// DKPatientMet reports whether a patient of the source meets dk-core-patient:
// an identifier, the official name with a family name, and numbers that are
// what they say they are.
func (c *Copier) DKPatientMet(r *Resource) bool {
	d := c.Doc
	identifiers := c.list(r.Node, "identifier")
	seen := map[string]bool{}
	for _, i := range identifiers {
		system, value := d.Text(d.Child(i, "system")), d.Text(d.Child(i, "value"))
		use := d.Text(d.Child(i, "use"))
		var err error
		switch system {
		case CPR:
			_, err = lens.CPRNumber(value)
		case XECPR:
			_, err = lens.XECPR(value)
		default:
			continue
		}
		official := map[string]string{CPR: "official", XECPR: "temp"}[system]
		if err != nil || seen[system] || use != "" && use != official {
			return false
		}
		seen[system] = true
	}
	officials := 0
	for _, n := range c.list(r.Node, "name") {
		if d.Text(d.Child(n, "use")) == "official" {
			officials++
			if d.Text(d.Child(n, "family")) == "" {
				return false
			}
		}
	}
	return len(identifiers) > 0 && officials <= 1
}

// list returns the elements of an array.
func (c *Copier) list(n tree.ID, key string) (found []tree.ID) {
	l := c.Doc.Child(n, key)
	if l == tree.None || c.Doc.Kind(l) != tree.Array {
		return nil
	}
	for e := c.Doc.First(l); e != tree.None; e = c.Doc.Next(e) {
		found = append(found, e)
	}
	return found
}

// List returns the elements of an array, none where there is no array.
func (c *Copier) List(n tree.ID, key string) []tree.ID { return c.list(n, key) }

// Patient writes a patient for the hub: as it stands, but for a CPR number with
// a hyphen, which is written without.
func (c *Copier) Patient(entries tree.OutID, r *Resource, rule string) {
	resource, meta := c.Begin(entries, r, rule)
	if c.DKPatientMet(r) {
		c.Profile(meta, DKPatient, rule)
	}
	c.Meta(meta, r, rule)
	c.Persons(resource, r)
}

// Persons writes the members of a patient.
func (c *Copier) Persons(resource tree.OutID, r *Resource) {
	c.Rest(resource, r, func(key string, m tree.ID) bool {
		if key != "identifier" || c.Doc.Kind(m) != tree.Array {
			return false
		}
		list := c.Out.Array(resource, key)
		for e := c.Doc.First(m); e != tree.None; e = c.Doc.Next(e) {
			c.identifier(list, e)
		}
		return true
	})
}

func (c *Copier) identifier(list tree.OutID, n tree.ID) {
	d := c.Doc
	if d.Kind(n) != tree.Object {
		c.value(list, "", n, []string{"Patient", "identifier"})
		return
	}
	o := c.Out.Object(list, "")
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		if d.Key(m) == "value" && d.Text(d.Child(n, "system")) == CPR {
			if plain, err := lens.CPRNumber(d.Text(m)); err == nil {
				c.Text(o, "value", plain, m, "sundhedstjek.cpr")
				continue
			}
			c.Notice(d.Path(m), "identifier.value: not a CPR number: expected ten digits beginning with a date; it goes over as it stands")
		}
		c.member(o, m, []string{"Patient", "identifier"})
	}
}

// Timed checks when an observation was made. A moment that there is not, 31
// February, is an error of the kind Value; where none is said it is a lack: the
// moment of a measurement, or its zone, is never guessed.
func (c *Copier) Timed(r *Resource, profile string) error {
	d := c.Doc
	for _, key := range []string{"effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming"} {
		m := d.Child(r.Node, key)
		if m == tree.None {
			continue
		}
		if key == "effectiveDateTime" {
			if _, err := lens.DateTime(d.Text(m)); err != nil {
				return c.at(m, err)
			}
		}
		return nil
	}
	c.Miss(r, "Observation.effectiveDateTime", profile, "when this was measured is not said; effectiveDateTime with a zone would say it")
	return nil
}

// Valueless tells what an observation lacks where it has neither a value nor
// the reason why not.
func (c *Copier) Valueless(r *Resource, item measure.Item) {
	d := c.Doc
	for m := d.First(r.Node); m != tree.None; m = d.Next(m) {
		switch key := d.Key(m); {
		case strings.HasPrefix(key, "value"), key == "dataAbsentReason", key == "component", key == "hasMember":
			return
		}
	}
	if item.Kind != measure.Panel {
		c.Miss(r, "Observation.value[x]", "", "neither a value nor dataAbsentReason, which would say why there is none")
	}
}
