// Generate writes the R4 element table, schemas/fhir/elements.csv, from the
// snapshots of the structure definitions in the package hl7.fhir.r4.core 4.0.1
// (HL7, CC0): paths, cardinalities and type names, and no text. From the root
// of the repository, with SHARED the folder that holds official/packages:
//
//	go run ./schemas/fhir/generate SHARED > elements.csv
//	mv elements.csv schemas/fhir/
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// resources are the resource types that the documents tolk carries are made
// of, and those of terminology and of the profiles it is asked about.
var resources = strings.Fields(`
	Account AllergyIntolerance AuditEvent Basic Binary Bundle CapabilityStatement CarePlan CareTeam
	ClinicalImpression CodeSystem
	Communication CommunicationRequest Composition ConceptMap Condition Consent Device
	DiagnosticReport DocumentReference Encounter EpisodeOfCare Flag Goal Group List Location Media
	Medication MedicationAdministration MedicationRequest MedicationStatement MessageHeader
	NamingSystem Observation OperationOutcome Organization Parameters Patient Practitioner
	PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson
	RiskAssessment ServiceRequest StructureDefinition Task TerminologyCapabilities ValueSet`)

// definition is what the table needs of a StructureDefinition.
type definition struct {
	FHIRVersion    string `json:"fhirVersion"`
	BaseDefinition string `json:"baseDefinition"`
	Snapshot       struct {
		Element []element `json:"element"`
	} `json:"snapshot"`
}

type element struct {
	Path             string `json:"path"`
	Min              int    `json:"min"`
	Max              string `json:"max"`
	ContentReference string `json:"contentReference"`
	Type             []struct {
		Code string `json:"code"`
	} `json:"type"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "generate: usage: go run ./schemas/fhir/generate SHARED > elements.csv")
		os.Exit(2)
	}
	if err := generate(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes the table: the resource types and all types that they use, in
// the order of their names, and the elements of a type in the order of R4.
func generate(shared string, w io.Writer) error {
	dir := filepath.Join(shared, "official", "packages", "hl7.fhir.r4.core#4.0.1", "package")
	rows := map[string][]string{}
	for waiting := slices.Clone(resources); len(waiting) > 0; waiting = waiting[1:] {
		name := waiting[0]
		if rows[name] != nil {
			continue
		}
		d, err := read(filepath.Join(dir, "StructureDefinition-"+name+".json"))
		if err != nil {
			return err
		}
		for _, e := range d.Snapshot.Element {
			types, err := d.types(e)
			if err != nil {
				return err
			}
			rows[name] = append(rows[name], fmt.Sprintf("%s,%d,%s,%s\n", e.Path, e.Min, e.Max, strings.Join(types, " ")))
			for _, t := range types {
				if !strings.HasPrefix(t, "#") && !strings.HasPrefix(t, "System.") {
					waiting = append(waiting, t)
				}
			}
		}
	}
	csv := "path,min,max,types\n"
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		csv += strings.Join(rows[name], "")
	}
	_, err := io.WriteString(w, csv)
	return err
}

// read returns the definition in a file. It refuses one that is not of R4
// 4.0.1 or has no snapshot.
func read(file string) (definition, error) {
	var d definition
	b, err := os.ReadFile(file)
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(b, &d); err != nil {
		return d, fmt.Errorf("%s: %w", file, err)
	}
	if d.FHIRVersion != "4.0.1" || len(d.Snapshot.Element) == 0 {
		return d, fmt.Errorf("%s: not a snapshot of FHIR 4.0.1", file)
	}
	return d, nil
}

// types returns what the column types says of e: its type codes, the element
// whose content it has, or for the type itself the base it specializes.
func (d definition) types(e element) ([]string, error) {
	if !strings.Contains(e.Path, ".") {
		if d.BaseDefinition == "" {
			return nil, nil // Element and Resource have no base
		}
		return []string{d.BaseDefinition[strings.LastIndexByte(d.BaseDefinition, '/')+1:]}, nil
	}
	if e.ContentReference != "" {
		return []string{e.ContentReference}, nil
	}
	var types []string
	for _, t := range e.Type {
		types = append(types, strings.TrimPrefix(t.Code, "http://hl7.org/fhirpath/"))
	}
	if len(types) == 0 {
		return nil, fmt.Errorf("%s has neither a type nor a content reference", e.Path)
	}
	return types, nil
}
