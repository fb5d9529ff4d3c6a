package tree

import (
	"strings"
	"testing"
)

// largeCard is the published medicine card with its drug 300 times.
func largeCard(tb testing.TB) string {
	src := xmlFiles(tb)["fmk/GetMedicineCardResponse.xml"]
	before, rest, ok := strings.Cut(src, "    <DrugMedication>")
	drug, after, closed := strings.Cut(rest, "</DrugMedication>\n")
	if !ok || !closed {
		tb.Fatal("the card holds no drug")
	}
	return before + strings.Repeat("    <DrugMedication>"+drug+"</DrugMedication>\n", 300) + after
}

func BenchmarkParseXML(b *testing.B) {
	src := largeCard(b)
	nodes := float64(parseXML(b, src).Len())
	allocs := testing.AllocsPerRun(1, func() { parseXML(b, src) })
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseXML(src, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(allocs/nodes, "allocs/node")
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N)/(float64(len(src))/1e6), "ms/MB")
}

// A document costs allocations by its names, not by its nodes.
func TestParseXMLAllocations(t *testing.T) {
	src := largeCard(t)
	nodes := parseXML(t, src).Len()
	if allocs := testing.AllocsPerRun(5, func() { parseXML(t, src) }); allocs > 150 {
		t.Errorf("%v allocations for %d nodes, want those of its names", allocs, nodes)
	}
}
