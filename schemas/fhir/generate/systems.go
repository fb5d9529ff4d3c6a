package main

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// publishers are the packages whose code systems are written: of R4, of HL7 Denmark, of
// MedCom and of KL but for the systems that are in schemas/terminology.
var publishers = []string{"hl7.fhir.r4.core#4.0.1", "hl7.fhir.dk.core#3.7.0", "medcom.fhir.dk.terminology#2.0.2", "kl.dk.fhir.ffinst#1.0.0", "kl.dk.fhir.ffbmessaging#1.0.0"}

// large are code systems that no document here has codes of.
var large = map[string]bool{"http://dicom.nema.org/resources/ontology/DCM": true, "http://hl7.org/fhir/spdx-license": true}

// numbered are codes that cannot be a word: they are left out.
var numbered = regexp.MustCompile(`^([A-Z]{2}-)?[A-Z]{0,4}[0-9]{1,6}[A-Z]{0,2}([.+-][A-Z]{0,3}[0-9]{1,5}){0,4}$`)

// generateSystems writes the table of code systems: of every one that is published with
// all its codes those that are words.
func generateSystems(shared string, w io.Writer) error {
	systems := map[string][]string{}
	for _, publisher := range publishers {
		files, err := filepath.Glob(filepath.Join(shared, "official", "packages", publisher, "package", "CodeSystem-*.json"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("%s: %d code systems: %v", publisher, len(files), err)
		}
		for _, file := range files {
			var s codeSystem
			if err := decode(file, &s); err != nil {
				return err
			}
			if s.Content != "complete" || large[s.URL] || strings.Contains(s.URL, ",") {
				continue
			}
			for _, code := range flat(s.Concept) {
				if !numbered.MatchString(code) && !strings.ContainsAny(code, " \n") {
					systems[s.URL] = append(systems[s.URL], code)
				}
			}
		}
	}
	csv := "system,codes\n"
	for _, url := range slices.Sorted(maps.Keys(systems)) {
		csv += url + "," + strings.Join(slices.Compact(slices.Sorted(slices.Values(systems[url]))), " ") + "\n"
	}
	_, err := io.WriteString(w, csv)
	return err
}
