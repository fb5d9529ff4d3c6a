package fhirxml

import (
	"testing"

	"tolk/mapping/tree"
)

// large is the largest published example as JSON and as XML.
func large(b *testing.B) (json, xml string) {
	for _, src := range official(b, "examples") {
		if len(src) > len(json) {
			json = src
		}
	}
	x, err := ToXML(json, tree.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	return json, string(x)
}

func perMB(b *testing.B, size int) {
	b.SetBytes(int64(size))
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N)/(float64(size)/1e6), "ms/MB")
}

func BenchmarkToJSON(b *testing.B) {
	_, xml := large(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ToJSON(xml, tree.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
	perMB(b, len(xml))
}

func BenchmarkFromJSON(b *testing.B) {
	json, _ := large(b)
	d, err := tree.Parse(json, tree.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := FromJSON(d); err != nil {
			b.Fatal(err)
		}
	}
	perMB(b, len(json))
}
