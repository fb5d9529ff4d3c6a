package kltools

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/healthcheck"
	"tolk/mapping/measure"
	"tolk/mapping/tree"
)

// missing names what an observation as written lacks of its profile.
func (o *outward) missing(resource tree.OutID, r *healthcheck.Resource, p profile, item measure.Item) (missing []string) {
	d := o.Doc
	lack := func(met bool, what string) {
		if !met {
			missing = append(missing, what)
		}
	}
	lack(d.Child(r.Node, "status") != tree.None, "the status")
	lack(d.Child(r.Node, "subject") != tree.None, "whom it is about")
	for _, c := range item.Codings(measure.KL) {
		lack(o.coded(resource, c), "the code "+c.Code)
	}
	lack(!p.alone || o.alone(resource, item), "a code of KL's alone")
	lack(p.condition == "" || o.associated(r, p.condition), "what the finding belongs to (AssociatedConditions "+p.condition+")")
	lack(!p.informer || o.informed(r), "who informed (FindingInformer)")
	lack(!p.method || o.method(r), "how it went (method, KLtechniquesCodes)")
	lack(p.vital == nil || o.vital(resource, r, p.vital), "a time, the category vital-signs and a value in "+strings.Join(p.vital, " or "))
	lack(p.value == "" || o.Out.Has(resource, p.value), p.value)
	lack(p.unit == "" || o.unit(resource, []string{p.unit}, false), "a value in "+p.unit)
	lack(p.answers == "" || o.answered(r, p), "an answer of "+p.answers+" with its SNOMED CT code")
	lack(!p.derived || len(o.List(r.Node, "derivedFrom")) == 1, "the QuestionnaireResponse it was read out of")
	return missing
}

// coded reports whether a coding stands in the code of a resource, or for a
// system that several codes may stand for, another one of it.
func (o *outward) coded(holder tree.OutID, c mapping.Coding) bool {
	return slices.ContainsFunc(o.codings(holder), func(w mapping.Coding) bool {
		return w.System == c.System && (w.Code == c.Code || w.System == snomed)
	})
}

// codings reads the codings of a code as written.
func (o *outward) codings(holder tree.OutID) (codings []mapping.Coding) {
	code := o.Out.Child(holder, "code")
	if code == tree.NoOut {
		return nil
	}
	list := o.Out.Child(code, "coding")
	if list == tree.NoOut {
		return nil
	}
	for e := o.Out.First(list); e != tree.NoOut; e = o.Out.Next(e) {
		codings = append(codings, mapping.Coding{System: o.Written(e, "system"), Code: o.Written(e, "code")})
	}
	return codings
}

func (o *outward) alone(holder tree.OutID, item measure.Item) bool {
	codes := item.Codings(measure.KL)
	return !slices.ContainsFunc(o.codings(holder), func(w mapping.Coding) bool {
		return !slices.ContainsFunc(codes, func(c mapping.Coding) bool { return c.System == w.System && c.Code == w.Code })
	})
}

func (o *outward) associated(r *healthcheck.Resource, condition string) bool {
	found := 0
	for _, e := range o.List(r.Node, "extension") {
		if o.text(e, "url") != associated {
			continue
		}
		found++
		codings := o.Codings(o.Doc.Child(e, "valueCodeableConcept"))
		if !slices.ContainsFunc(codings, func(c mapping.Coding) bool { return c.System == snomed && c.Code == condition }) {
			return false
		}
	}
	return found == 1
}

// informed reports whether it is said who informed, once.
func (o *outward) informed(r *healthcheck.Resource) bool {
	found := 0
	for _, e := range o.List(r.Node, "extension") {
		if o.text(e, "url") != informer {
			continue
		}
		found++
		if !o.one(o.Codings(o.Doc.Child(e, "valueCodeableConcept")), toolsCodes, sets["FindingInformerCodes"]) {
			return false
		}
	}
	return found == 1
}

// method reports whether it is said how the measurement went.
func (o *outward) method(r *healthcheck.Resource) bool {
	return o.one(o.Codings(o.Doc.Child(r.Node, "method")), toolsCodes, sets["KLtechniquesCodes"])
}

// one reports whether there is one coding of a system, and it is of the set.
func (o *outward) one(codings []mapping.Coding, system string, set []string) bool {
	found := 0
	for _, c := range codings {
		if c.System == system {
			found++
			if !slices.Contains(set, c.Code) {
				return false
			}
		}
	}
	return found == 1
}

func (o *outward) answered(r *healthcheck.Resource, p profile) bool {
	codings := o.Codings(o.Doc.Child(r.Node, "valueCodeableConcept"))
	return o.one(codings, toolsCodes, sets[p.answers]) && o.one(codings, snomed, p.findings)
}

// vital checks what R4 demands of a vital sign.
func (o *outward) vital(resource tree.OutID, r *healthcheck.Resource, units []string) bool {
	out := o.Out
	if !out.Has(resource, "effectiveDateTime") && !out.Has(resource, "effectivePeriod") || !o.categorised(r) {
		return false
	}
	components := out.Child(resource, "component")
	if components == tree.NoOut {
		return o.unit(resource, units, true)
	}
	halves := map[string]bool{}
	for e := out.First(components); e != tree.NoOut; e = out.Next(e) {
		for _, c := range o.codings(e) {
			halves[c.Code] = true
		}
		if !o.unit(e, units, true) {
			return false
		}
	}
	return halves["8480-6"] && halves["8462-4"]
}

// unit checks a value: a number in one of the units of UCUM, or for a vital sign
// the reason why there is none.
func (o *outward) unit(holder tree.OutID, units []string, vital bool) bool {
	q := o.Out.Child(holder, "valueQuantity")
	if q == tree.NoOut {
		return vital && o.Out.Has(holder, "dataAbsentReason")
	}
	return o.Out.Has(q, "value") && (!vital || o.Out.Has(q, "unit")) && o.Written(q, "system") == healthcheck.UCUM && slices.Contains(units, o.Written(q, "code"))
}

func (o *outward) categorised(r *healthcheck.Resource) bool {
	for _, c := range o.List(r.Node, "category") {
		for _, coding := range o.Codings(c) {
			if coding.Code == string(measure.VitalSigns) {
				return true
			}
		}
	}
	return false
}
