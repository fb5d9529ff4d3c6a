// Package fsiii recognises the condition record of municipal health: FSIII,
// Fællessprog III, as KL publishes it in kl-gateway (nursing and home care) and
// kl-gateway-prevention (sundhedsloven § 119).
package fsiii

import (
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/terminology"
)

const (
	tilstandsmaal = "ca552020-6ed1-4cdc-b0d4-32697f1f27ad" // CareSocialCodes: FSIII tilstandsmål
	opfoelgning   = "9f03dfbb-7a97-45a5-94db-d4c3501714a9" // CareSocialCodes: contact: opfølgning
	opfoelgningCT = "712744002"                            // SNOMED CT: follow-up
)

// Form is the form fsiii.
func Form() document.Form {
	return document.Form{Name: "fsiii", System: mapping.FSIII, Kind: kind}
}

func kind(r document.Resource) string {
	switch r.Type {
	case "Condition":
		if r.Coding(mapping.FSIII, "code") != nil || r.Coding(mapping.FFB, "code") != nil {
			return "Condition.tilstand"
		}
		return "Condition.diagnose"
	case "Goal":
		if r.Text(r.Find(r.Node, "category", "coding", "code")) == tilstandsmaal {
			return "Goal.maal"
		}
		return "Goal.formaal"
	case "CarePlan":
		if e := r.Coding(mapping.FSIII, "activity", "detail", "code"); e != nil && e.Kind == terminology.Intervention {
			return "CarePlan.indsats"
		}
		return "CarePlan.plan"
	case "Observation":
		return observation(r)
	case "Encounter":
		if r.Text(r.Find(r.Node, "type", "coding", "code")) == opfoelgning && r.Text(r.Child(r.Node, "status")) == "planned" {
			return "Encounter.opfoelgning"
		}
		return "Encounter.kontakt"
	case "Patient", "Procedure", "ServiceRequest", "Organization":
		return r.Type
	}
	return ""
}

// observation tells the follow-up, the citizen's own view (FSIII C and D) and
// the matters of interest apart.
func observation(r document.Resource) string {
	if r.Text(r.Find(r.Node, "code", "coding", "code")) == opfoelgningCT {
		return "Observation.opfoelgning"
	}
	if e := r.Coding(mapping.FSIII, "code"); e != nil && (e.Kind == terminology.Performance || e.Kind == terminology.Significance) {
		return "Observation.borger"
	}
	return "Observation.oplysning"
}
