// Package ffb recognises the condition record of the social side: FFB, Fælles
// Faglige Begreber, as KL publishes it in kl-ffb-reporting (delivery report)
// and kl-ffb-messaging (order).
package ffb

import (
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/terminology"
)

// Codes of CareSocialCodes by which KL tells the uses of a resource apart.
const (
	indsatsmaal   = "0bb3daef-538d-45dc-b444-abdbcb63f6bc" // FFB indsatsmål
	delmaal       = "6746d4af-145a-4bfd-a672-05c0cf11b53b" // FFB delmål
	stoettebehov  = "effe55c7-572c-4a99-8fb4-2a9dda2f6572" // FFB støttebehovsvurdering
	opfoelgning   = "9f03dfbb-7a97-45a5-94db-d4c3501714a9" // contact: opfølgning
	opfoelgningCT = "712744002"                            // SNOMED CT: follow-up
)

// Form is the form ffb.
func Form() document.Form {
	return document.Form{Name: "ffb", System: mapping.FFB, Kind: kind}
}

// kind recognises the resources of both published forms.
func kind(r document.Resource) string {
	switch r.Type {
	case "Condition":
		return condition(r)
	case "Goal":
		code := r.Text(r.Find(r.Node, "category", "coding", "code"))
		if code == indsatsmaal || code == delmaal {
			return "Goal.maal"
		}
		return "Goal.formaal"
	case "CarePlan":
		if e := r.Coding(mapping.FFB, "activity", "detail", "code"); e != nil && e.Kind == terminology.Intervention {
			return "CarePlan.indsats"
		}
		return "CarePlan.plan"
	case "Observation":
		switch r.Text(r.Find(r.Node, "code", "coding", "code")) {
		case stoettebehov:
			return "Observation.stoettebehov"
		case opfoelgningCT:
			return "Observation.opfoelgning"
		}
		return "Observation.oplysning"
	case "Encounter":
		if r.Text(r.Find(r.Node, "type", "coding", "code")) == opfoelgning && r.Text(r.Child(r.Node, "status")) == "planned" {
			return "Encounter.opfoelgning"
		}
		return "Encounter.kontakt"
	case "Patient", "ServiceRequest", "ClinicalImpression", "CareTeam", "Organization", "MessageHeader",
		"Consent", "RelatedPerson", "Account", "DocumentReference", "Procedure":
		return r.Type
	}
	return ""
}

// condition tells a condition found from the target group of an order. A target
// group may be coded with a condition, so the profile speaks first.
func condition(r document.Resource) string {
	for p := r.Find(r.Node, "meta", "profile"); p >= 0; p = r.Next(p) {
		switch r.Text(p) {
		case "http://fhir.kl.dk/ffbreporting/StructureDefinition/kl-reporting-ffb-targetGroup",
			"http://fhir.kl.dk/ffbmessaging/StructureDefinition/kl-messaging-ffb-targetGroup":
			return "Condition.maalgruppe"
		}
	}
	if e := r.Coding(mapping.FFB, "code"); e != nil {
		if e.Kind == terminology.TargetGroup {
			return "Condition.maalgruppe"
		}
		return "Condition.tilstand"
	}
	if r.Coding(mapping.FSIII, "code") != nil {
		return "Condition.tilstand"
	}
	return "Condition.diagnose"
}
