package kltools

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/healthcheck"
	"tolk/mapping/measure"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// outward is a health check of the hub on its way to KL's observations.
type outward struct{ *healthcheck.Copier }

// FromHub translates a health check of the hub into a Bundle of KL's
// observations. Everything goes along: what KL has no profile for goes as it
// stands in the hub, with a notice; a profile is claimed only where it is met,
// and what is missing is a lack. It returns a *mapping.Error with a path for a
// document that is no FHIR, and for a number or a date that is none.
func FromHub(doc *tree.Doc, _ document.Request) (*transcript.Written, error) {
	c, err := healthcheck.Open(doc, healthcheck.Hub, Form)
	if err != nil {
		return nil, err
	}
	if err := c.Holds(about, nothing); err != nil {
		return nil, err
	}
	o := &outward{c}
	for _, r := range c.Of("DiagnosticReport") {
		if c.OwnReport(r) {
			r.Gone = "it only holds together observations that came without a report"
		}
	}
	_, entries := c.Bundle("collection", "kl.bundle")
	said := map[string]bool{}
	for _, r := range c.Resources {
		switch {
		case r.Gone != "":
			o.LeaveReport(r, "kl.report")
		case r.Type == "Observation":
			if err := o.observation(entries, r); err != nil {
				return nil, err
			}
		case r.Type == "Patient":
			resource, meta := o.Begin(entries, r, "kl.patient")
			if o.DKPatientMet(r) {
				o.Profile(meta, "http://fhir.kl.dk/core/StructureDefinition/KLCommonCitizen", "kl.profile")
			}
			o.Meta(meta, r, "kl.profile")
			o.Persons(resource, r)
		default:
			answers := r.Type == "QuestionnaireResponse" && strings.HasPrefix(o.text(r.Node, "questionnaire"), questionnaires)
			if name := healthcheck.Called(r.Type); !answers && !own[r.Type] && !said[name] {
				said[name] = true
				o.Notice(doc.Path(r.Node), name+": KL's instruments have no profile for it; it goes as it stands")
			}
			resource, meta := o.Begin(entries, r, "kl.resource")
			if answers {
				o.answers(meta, r)
			}
			o.Meta(meta, r, "kl.profile")
			o.Rest(resource, r, nil)
		}
	}
	return o.Finish()
}

// questionnaires is where KL publishes WHO-5 and EQ-5D.
const questionnaires = "http://fhir.kl.dk/ffinst/Questionnaire/"

// own lists the types of resources that KL's profiles refer to.
var own = map[string]bool{"Practitioner": true, "PractitionerRole": true, "Organization": true}

// answers claims the profile of a QuestionnaireResponse where it is met.
func (o *outward) answers(meta tree.OutID, r *healthcheck.Resource) {
	if o.informed(r) {
		o.Profile(meta, base+"KLToolsQuestionnaireResponse", "kl.profile")
		return
	}
	o.Miss(r, "QuestionnaireResponse.extension", base+"KLToolsQuestionnaireResponse", "who informed is not said (FindingInformer); the profile is not claimed")
}

// observation writes one observation.
func (o *outward) observation(entries tree.OutID, r *healthcheck.Resource) error {
	item, known := o.Judge(r.Node)
	if err := o.Timed(r, ""); err != nil {
		return err
	}
	resource, meta := o.Begin(entries, r, "kl.observation")
	o.Meta(meta, r, "kl.profile")
	var fault error
	o.Rest(resource, r, func(key string, m tree.ID) bool {
		switch {
		case key == "code" && o.Doc.Kind(m) == tree.Object:
			o.code(resource, m, item, known, "Observation")
		case key == "category" && known && item.Category != measure.VitalSigns && o.Implied(m, item):
			o.Use(m, "kl.category")
		case key == "component" && o.Doc.Kind(m) == tree.Array:
			list := o.Out.Array(resource, key)
			for e := o.Doc.First(m); e != tree.None; e = o.Doc.Next(e) {
				o.component(list, e)
			}
		case key == "valueQuantity" && o.Doc.Kind(m) == tree.Object:
			if err := o.quantity(resource, m, item); err != nil {
				fault = err
			}
		default:
			return false
		}
		return true
	})
	if fault != nil {
		return fault
	}
	o.claim(resource, meta, r, item, known)
	return nil
}

// claim writes the profile of the item where the observation as written meets
// it, and says what is missing where it does not.
func (o *outward) claim(resource, meta tree.OutID, r *healthcheck.Resource, item measure.Item, known bool) {
	name := strings.TrimPrefix(item.ProfileKL, base)
	p, ok := profiles[name]
	switch {
	case !known || !ok:
		what := "what was measured"
		if known {
			what = item.Name
		}
		o.Notice(o.Doc.Path(r.Node), "code: KL's instruments have no profile for "+what+"; it goes as an observation that claims none")
	default:
		missing := o.missing(resource, r, p, item)
		if len(missing) == 0 {
			o.Profile(meta, item.ProfileKL, "kl.profile")
			return
		}
		o.Miss(r, "Observation", item.ProfileKL, "the profile is not claimed: "+strings.Join(missing, "; "))
	}
}

// code writes the codings of KL's profile; those that the hub adds for others
// follow from the item and are not repeated, but for its name where KL's code is
// that of several items.
func (o *outward) code(out tree.OutID, m tree.ID, item measure.Item, known bool, steps ...string) {
	const rule = "kl.code"
	concept := o.Out.Object(out, "code")
	list := o.Out.Array(concept, "coding")
	var codes []mapping.Coding
	if known {
		codes = item.Codings(measure.KL)
	}
	means, _, found := measure.Find(codes)
	again := found && means.Name == item.Name // the codes give the item back without its name
	var written []string
	for i, n := range o.List(m, "coding") {
		c := mapping.Coding{System: o.text(n, "system"), Code: o.text(n, "code"), Display: o.text(n, "display")}
		kl := slices.ContainsFunc(codes, func(k mapping.Coding) bool { return k.System == c.System && k.Code == c.Code })
		if len(codes) > 0 && !kl && o.Plain(n) && (again && healthcheck.Named(item, c) || c.System != measure.System && healthcheck.Added(item, c)) {
			o.Follows(n, rule)
			continue
		}
		written = append(written, c.System)
		o.coding(list, n, i == 0, rule, append(steps[:len(steps):len(steps)], "code", "coding")...)
	}
	for _, c := range codes {
		if !slices.Contains(written, c.System) {
			o.SayCoding(list, c, false, rule)
		}
	}
	for e := o.Doc.First(m); e != tree.None; e = o.Doc.Next(e) {
		if o.Doc.Key(e) != "coding" {
			o.Member(concept, e, append(steps[:len(steps):len(steps)], "code")...)
		}
	}
}

// coding writes a coding. The mark that the first one was the sender's is the
// hub's.
func (o *outward) coding(list tree.OutID, n tree.ID, first bool, rule string, steps ...string) {
	c := o.Out.Object(list, "")
	for m := o.Doc.First(n); m != tree.None; m = o.Doc.Next(m) {
		if first && o.Doc.Key(m) == "userSelected" && o.Doc.Raw(m) == "true" {
			o.Use(m, rule)
			continue
		}
		o.Member(c, m, steps...)
	}
}

func (o *outward) component(list tree.OutID, e tree.ID) {
	if o.Doc.Kind(e) != tree.Object {
		return
	}
	item, known := o.Judge(e)
	c := o.Out.Object(list, "")
	for n := o.Doc.First(e); n != tree.None; n = o.Doc.Next(n) {
		if o.Doc.Key(n) == "code" && o.Doc.Kind(n) == tree.Object {
			o.code(c, n, item, known, "Observation", "component")
			continue
		}
		o.Member(c, n, "Observation", "component")
	}
}

// quantity writes a value; that of a scale as the whole number it is.
func (o *outward) quantity(out tree.OutID, m tree.ID, item measure.Item) error {
	q, err := o.ReadQuantity(m)
	if err != nil {
		return err
	}
	o.Agree(q)
	score := item.Kind == measure.Integer && item.InKL() && q.Value != tree.None && q.Known && q.Measured.Code == "1"
	score = score && o.Doc.Child(o.Doc.Parent(m), "valueInteger") == tree.None
	if !score || strings.ContainsAny(o.Doc.Raw(q.Value), ".eE") || o.Doc.Child(m, "comparator") != tree.None {
		o.Member(out, m, "Observation")
		return nil
	}
	o.Carry(out, "valueInteger", q.Value, "kl.score")
	for n := o.Doc.First(m); n != tree.None; n = o.Doc.Next(n) {
		switch o.Doc.Key(n) {
		case "value":
		case "system", "code", "unit":
			o.Only(n, "kl.score", "a whole number has nothing beside it", "")
		default:
			o.Drop(n, "kl.score", "a whole number has nothing beside it")
		}
	}
	return nil
}

func (o *outward) text(n tree.ID, key string) string { return o.Doc.Text(o.Doc.Child(n, key)) }
