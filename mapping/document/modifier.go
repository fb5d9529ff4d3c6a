package document

import (
	"slices"

	"tolk/mapping"
	"tolk/mapping/rules"
	"tolk/mapping/tree"
)

// turned says what may turn the meaning of a resource in a way that the target
// form cannot say, "" if nothing does (FHIR R4, section 2.4.2: who does not know
// a modifier may not ignore it).
func (r *run) turned(res *resource) string {
	d := r.doc
	for n, end := res.Node+1, d.End(res.Node); n < end; n++ {
		switch d.Key(n) {
		case "modifierExtension":
			if !d.Leaf(n) {
				return "a modifier extension may turn its meaning, and no rule knows it"
			}
		case "doNotPerform":
			if d.Kind(n) != tree.Bool || d.Raw(n) != "false" {
				return "it says what is not to be done, and the target form has no place for the not"
			}
		case "implicitRules":
			return "it was made under implicit rules, and no rule here knows them"
		}
	}
	if res.Type == "Condition" {
		for _, name := range []string{"clinicalStatus", "verificationStatus"} {
			if c := d.Child(res.Node, name); c != tree.None && !d.Leaf(c) && res.status(name) == "" {
				return "its " + name + " has no code of FHIR's: it may turn its meaning"
			}
		}
	}
	return ""
}

// several reports whether the element that holds the deciding code stands more
// than once. The published reports take one activity in an intervention; the
// others would go out without their code.
func (r *run) several(res *resource) bool {
	if r.to.Name == FHIR || res.plan.home != rules.HomeStrict || len(res.plan.path) < 2 {
		return false
	}
	list := r.doc.Child(res.Node, res.plan.path[0])
	return list != tree.None && r.doc.Kind(list) == tree.Array && !r.doc.Leaf(list) && r.doc.Next(r.doc.First(list)) != tree.None
}

// statuses are the systems of the modifiers of Condition (FHIR R4, required
// bindings). KL's profiles leave the system out in places.
var statuses = []string{"", "http://terminology.hl7.org/CodeSystem/condition-clinical", "http://terminology.hl7.org/CodeSystem/condition-ver-status"}

// status returns the first code of a status element that is FHIR's, "" if none
// is.
func (res *resource) status(name string) string {
	for c := res.codings(res.Child(res.Node, name)); c != tree.None; c = res.Next(c) {
		if code := res.Text(res.Child(c, "code")); code != "" && slices.Contains(statuses, res.Text(res.Child(c, "system"))) {
			return code
		}
	}
	return ""
}

// privat says why a resource marked private stays with its sender.
const privat = "it is marked private (meta.security), and by itself nothing private goes to the social side"

// private reports whether a resource may not go where the target form is read:
// privatmarkering, R or V of HL7's Confidentiality, keeps what the health side
// knows from the social side by default (domain.md §6). The mark of a Bundle is
// one of all that is in it.
func (r *run) private(res *resource) bool {
	if r.to.Name == FHIR || r.to.System != mapping.FFB {
		return false
	}
	for _, n := range []tree.ID{r.doc.Root(), res.Node} {
		for c := r.doc.Find(n, "meta", "security"); c != tree.None; c = r.doc.Next(c) {
			if code := r.doc.Text(r.doc.Child(c, "code")); code == "R" || code == "V" {
				return true
			}
		}
	}
	return false
}
