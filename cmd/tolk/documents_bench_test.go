package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/mapping/document"
)

// medicineCard is a card of FMK of so many drugs, with the kinds of dosage that
// the fixtures have, as FMK sends it: without white space between the elements.
func medicineCard(tb testing.TB, drugs int) string {
	tb.Helper()
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "medicinliste", "fmk-to-fhir", name, "input.xml"))
		if err != nil {
			tb.Fatal(err)
		}
		return string(b)
	}
	var lines []string
	for _, name := range []string{"morgen-middag-aften-nat", "klokkeslaet", "gange-daglig", "fast-og-pn", "perioder-i-traek",
		"pn-med-udloeser", "ugedage", "mindste-interval"} {
		text := read(name)
		lines = append(lines, text[strings.Index(text, "    <DrugMedication>"):strings.Index(text, "  </MedicineCard>")])
	}
	empty := read("tomt-kort")
	at := strings.Index(empty, "  </MedicineCard>")
	var b strings.Builder
	b.WriteString(empty[:at])
	for i := range drugs {
		b.WriteString(strings.Replace(lines[i%len(lines)], "13143641280998", fmt.Sprint(13143641281000+i), 1))
	}
	b.WriteString(empty[at:])
	var compact strings.Builder
	for _, line := range strings.Split(b.String(), "\n") {
		compact.WriteString(strings.TrimSpace(line))
	}
	return strings.Replace(compact.String(), "?>", "?>\n", 1)
}

// A medication list of forty drugs on its ways: parse, translation, ledger,
// judgement and audit, of both steps where there are two.
func BenchmarkMedicationList(b *testing.B) {
	c, err := wire("")
	if err != nil {
		b.Fatal(err)
	}
	translate := func(tb testing.TB, text, from, to string) string {
		r, err := c.gateway.Translate(text, document.Request{Document: document.Medicinliste, From: from, To: to})
		if err != nil {
			tb.Fatal(err)
		}
		return string(r.Output)
	}
	card := medicineCard(b, 40)
	plain := strings.Replace(translate(b, card, "fmk", "plain"), `{"fmkVersion"`, `{"laestFraFmk":"2026-03-02T10:00:00+01:00","fmkVersion"`, 1)
	sources := map[string]string{"fmk": card, "plain": plain, "fhir": translate(b, plain, "plain", "fhir")}
	for _, way := range [][2]string{{"fmk", "fhir"}, {"plain", "fhir"}, {"fhir", "plain"}, {"fhir", "carecommunication"},
		{"plain", "carecommunication"}, {"fmk", "carecommunication"}} {
		b.Run(way[0]+"-"+way[1], func(b *testing.B) {
			text := sources[way[0]]
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				translate(b, text, way[0], way[1])
			}
		})
	}
}

// A referral with all its fields on its ways.
func BenchmarkReferral(b *testing.B) {
	c, err := wire("")
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "fixtures", document.Henvisning, "plain-to-fhir", "alle-felter", "input.json"))
	if err != nil {
		b.Fatal(err)
	}
	translate := func(text, from, to string) string {
		r, err := c.gateway.Translate(text, asSaid(document.Request{Document: document.Henvisning, From: from, To: to, Sender: parties[0], Receiver: parties[1]}))
		if err != nil {
			b.Fatal(err)
		}
		return string(r.Output)
	}
	hub := translate(string(text), "plain", "fhir")
	sources := map[string]string{"plain": string(text), "fhir": hub, "xref01": translate(hub, "fhir", "xref01")}
	for _, way := range [][2]string{{"plain", "fhir"}, {"fhir", "plain"}, {"fhir", "xref01"}, {"xref01", "fhir"}, {"plain", "xref01"}} {
		b.Run(way[0]+"-"+way[1], func(b *testing.B) {
			source := sources[way[0]]
			b.SetBytes(int64(len(source)))
			b.ReportAllocs()
			for b.Loop() {
				translate(source, way[0], way[1])
			}
		})
	}
}
