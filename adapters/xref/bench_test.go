package xref

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tolk/mapping/document"
)

// large is a referral with ten conditions, fifteen drugs and twenty observations.
func large(tb testing.TB) string {
	tb.Helper()
	type entry struct {
		FullURL  string         `json:"fullUrl"`
		Resource map[string]any `json:"resource"`
	}
	read := func(name string) (b struct{ Entry []entry }) {
		text, err := os.ReadFile(filepath.Join("..", "..", "fixtures", Document, "fhir-to-xref01", name, "input.json"))
		if err == nil {
			err = json.Unmarshal(text, &b)
		}
		if err != nil {
			tb.Fatal(err)
		}
		return b
	}
	count := map[string]int{}
	var all []entry
	most := map[string]int{"Observation": 20, "MedicationStatement": 15, "Medication": 15}
	add := func(e entry) {
		kind := e.Resource["resourceType"].(string)
		if n, ok := most[kind]; ok && count[kind] == n {
			return
		}
		count[kind]++
		all = append(all, e)
	}
	check, medicine := read("alt-med"), read("privatmarkeret-medicin")
	subject := ""
	for _, e := range check.Entry {
		switch e.Resource["resourceType"] {
		case "Patient":
			subject = e.FullURL
			add(e)
		case "MedicationStatement", "Medication", "List", "QuestionnaireResponse":
		case "Condition":
			for range 5 {
				copied := map[string]any{}
				for k, v := range e.Resource {
					copied[k] = v
				}
				copied["id"] = strings.Replace(e.Resource["id"].(string), e.Resource["id"].(string)[:2], string(rune('0'+count["Condition"]))+"0", 1)
				add(entry{"urn:uuid:" + copied["id"].(string), copied})
			}
		default:
			add(e)
		}
	}
	for _, e := range medicine.Entry {
		switch e.Resource["resourceType"] {
		case "MedicationStatement", "Medication", "List":
			delete(e.Resource, "meta") // nothing private: what is held back is another matter
			delete(e.Resource, "extension")
			if e.Resource["subject"] != nil {
				e.Resource["subject"] = map[string]any{"reference": subject}
			}
			add(e)
		}
	}
	for kind, want := range map[string]int{"Observation": 20, "MedicationStatement": 15, "Condition": 10} {
		if count[kind] != want {
			tb.Fatalf("%d of %s, want %d", count[kind], kind, want)
		}
	}
	text, err := json.Marshal(map[string]any{"resourceType": "Bundle", "type": "collection", "entry": all})
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

var asked = document.Request{From: document.FHIR, To: XREF01, Now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}

func BenchmarkLarge(b *testing.B) {
	text := large(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := translate(text, asked); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	text := official(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := hub(text); err != nil {
			b.Fatal(err)
		}
	}
}
