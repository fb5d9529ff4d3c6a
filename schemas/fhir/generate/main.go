// Generate writes the tables of R4, schemas/fhir/elements.csv and codes.csv, from
// the snapshots of the structure definitions in the package hl7.fhir.r4.core 4.0.1
// (HL7, CC0): paths, cardinalities, type names and codes, and no text; and
// systems.csv from the code systems of that package and the Danish ones (CC0). From
// the root of the repository, with SHARED the folder that holds official/packages:
//
//	go run ./schemas/fhir/generate SHARED elements > elements.csv
//	go run ./schemas/fhir/generate SHARED codes > codes.csv
//	go run ./schemas/fhir/generate SHARED systems > systems.csv
//	mv elements.csv codes.csv systems.csv schemas/fhir/
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
	URL            string `json:"url"`
	Type           string `json:"type"`
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
	Binding struct {
		Strength string `json:"strength"`
		ValueSet string `json:"valueSet"`
	} `json:"binding"`
}

// tables are what can be written, by the name it is asked for by.
var tables = map[string]func(shared string, w io.Writer) error{"elements": generate, "codes": generateCodes, "systems": generateSystems}

func main() {
	if len(os.Args) != 3 || tables[os.Args[2]] == nil {
		fmt.Fprintln(os.Stderr, "generate: usage: go run ./schemas/fhir/generate SHARED elements|codes|systems > TABLE.csv")
		os.Exit(2)
	}
	if err := tables[os.Args[2]](os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// core is the folder of the package of R4.
func core(shared string) string {
	return filepath.Join(shared, "official", "packages", "hl7.fhir.r4.core#4.0.1", "package")
}

// generate writes the table of elements: the resource types and all types that they
// use, in the order of their names, and the elements of a type in the order of R4.
func generate(shared string, w io.Writer) error {
	definitions, err := definitions(core(shared))
	if err != nil {
		return err
	}
	csv := "path,min,max,types\n"
	for _, name := range slices.Sorted(maps.Keys(definitions)) {
		d := definitions[name]
		for _, e := range d.Snapshot.Element {
			types, err := d.types(e)
			if err != nil {
				return err
			}
			csv += fmt.Sprintf("%s,%d,%s,%s\n", e.Path, e.Min, e.Max, strings.Join(types, " "))
		}
	}
	_, err = io.WriteString(w, csv)
	return err
}

// definitions reads the resource types and all types that they use.
func definitions(dir string) (map[string]definition, error) {
	all := map[string]definition{}
	for waiting := slices.Clone(resources); len(waiting) > 0; waiting = waiting[1:] {
		name := waiting[0]
		if _, ok := all[name]; ok {
			continue
		}
		d, err := read(filepath.Join(dir, "StructureDefinition-"+name+".json"))
		if err != nil {
			return nil, err
		}
		all[name] = d
		for _, e := range d.Snapshot.Element {
			types, err := d.types(e)
			if err != nil {
				return nil, err
			}
			for _, t := range types {
				if !strings.HasPrefix(t, "#") && !strings.HasPrefix(t, "System.") {
					waiting = append(waiting, t)
				}
			}
		}
	}
	return all, nil
}

// read returns the definition in a file. It refuses one that is not of R4
// 4.0.1 or has no snapshot.
func read(file string) (definition, error) {
	var d definition
	if err := decode(file, &d); err != nil {
		return d, err
	}
	if d.FHIRVersion != "4.0.1" || len(d.Snapshot.Element) == 0 {
		return d, fmt.Errorf("%s: not a snapshot of FHIR 4.0.1", file)
	}
	return d, nil
}

// decode reads a file of JSON.
func decode(file string, into any) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
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
