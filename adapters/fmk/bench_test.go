package fmk

import (
	"fmt"
	"strings"
	"testing"

	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// forty is a card of forty drugs, of the kinds of dosage that the fixtures
// have, as FMK sends it: without white space between the elements.
func forty(tb testing.TB) string {
	tb.Helper()
	all := cards(tb)
	var lines []string
	for _, name := range []string{"morgen-middag-aften-nat", "klokkeslaet", "gange-daglig", "fast-og-pn", "perioder-i-traek",
		"pn-med-udloeser", "ugedage", "mindste-interval"} {
		text := all[name]
		lines = append(lines, text[strings.Index(text, "    <DrugMedication>"):strings.Index(text, "  </MedicineCard>")])
	}
	empty := all["tomt-kort"]
	var b strings.Builder
	at := strings.Index(empty, "  </MedicineCard>")
	b.WriteString(empty[:at])
	for i := range 40 {
		b.WriteString(strings.Replace(lines[i%len(lines)], "13143641280998", fmt.Sprint(13143641281000+i), 1))
	}
	b.WriteString(empty[at:])
	var compact strings.Builder
	for _, line := range strings.Split(b.String(), "\n") {
		compact.WriteString(strings.TrimSpace(line))
	}
	return strings.Replace(compact.String(), "?>", "?>\n", 1)
}

// received translates what came over the wire.
func received(came []byte) (*transcript.Written, error) {
	text, _, err := tree.DecodeXML(came)
	if err != nil {
		return nil, err
	}
	doc, err := tree.ParseXML(text, tree.Limits{})
	if err != nil {
		return nil, err
	}
	return Translate(doc, text)
}

func BenchmarkForty(b *testing.B) {
	came := []byte(forty(b))
	b.SetBytes(int64(len(came)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := received(came); err != nil {
			b.Fatal(err)
		}
	}
}

// A card of forty drugs becomes a list of forty lines, each with its own ids.
func TestForty(t *testing.T) {
	h := translated(t, forty(t))
	lines := 0
	for e := h.First(h.Child(h.resources("List")[0], "entry")); e != tree.None; e = h.Next(e) {
		lines++
	}
	ids := map[string]bool{}
	entries := 0
	for e := h.First(h.Child(h.Root(), "entry")); e != tree.None; e = h.Next(e) {
		ids[h.Text(h.Child(e, "fullUrl"))] = true
		entries++
	}
	if lines != 40 || len(h.resources("MedicationStatement")) != 40 || len(ids) != entries {
		t.Errorf("%d lines, %d entries, %d ids", lines, entries, len(ids))
	}
	if n := len(h.resources("Practitioner")); n != 1 {
		t.Errorf("the one doctor is written %d times", n)
	}
}

// The auditor alone: what it adds to the translation of a card of forty drugs.
func BenchmarkFortyAudit(b *testing.B) {
	text := forty(b)
	w, err := translate(text)
	if err != nil {
		b.Fatal(err)
	}
	source, target := w.Doc.Source(), string(w.Output)
	b.ReportAllocs()
	for b.Loop() {
		if err := ledger.Audit(source, target, w.Ledger); err != nil {
			b.Fatal(err)
		}
	}
}
