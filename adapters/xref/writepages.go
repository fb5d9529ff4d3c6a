package xref

import (
	"slices"

	"tolk/mapping/readable"
	"tolk/mapping/tree"
)

// pages tells the medication lists and the health checks, a line for each drug
// and each measurement, and what they say to beware of.
func (w *writer) pages() error {
	for _, r := range w.resources {
		switch r.kind {
		case "DiagnosticReport":
			w.bewares(r.node, "Sundhedstjek")
		case "List":
			w.bewares(r.node, "Medicinliste")
		}
	}
	inside := map[tree.ID]bool{} // lists that a health check tells
	for _, r := range w.resources {
		if r.kind != "DiagnosticReport" {
			continue
		}
		kinds := [][]string{people, measures}
		for _, e := range w.extensions(r.node, own+"medicinliste") {
			if n, kind := w.follow(w.Doc.Child(e, "valueReference")); kind == "List" {
				inside[n] = true
				kinds = append(kinds, medicine)
			}
		}
		if err := w.page(r.node, kinds...); err != nil {
			return err
		}
	}
	for _, r := range w.resources {
		if r.kind == "List" && !inside[r.node] {
			if err := w.page(r.node, people, medicine); err != nil {
				return err
			}
		}
	}
	return nil
}

// people are the resources that every page needs, measures and medicine those
// that a page of the one or the other does.
var (
	people   = []string{"Patient", "Practitioner", "PractitionerRole", "Organization"}
	measures = []string{"Observation"}
	medicine = []string{"List", "MedicationStatement", "Medication", "MedicationAdministration"}
)

// page reads one document of the hub by itself, with resources of some kinds, as
// the readable page has it.
func (w *writer) page(document tree.ID, kinds ...[]string) error {
	p, err := readable.Options{Now: w.request.Now, Name: w.request.Name, Kept: true}.Part(w.Doc, document, slices.Concat(kinds...)...)
	if err != nil {
		return err
	}
	w.generated("Examination", "xref.measurements", readable.MeasurementLines(p))
	w.generated("ActualMedicine", "xref.medicine", readable.MedicineLines(p))
	return nil
}
