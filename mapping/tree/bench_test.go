package tree

import (
	"slices"
	"strings"
	"testing"
)

// realDocument is the published Danish examples as one JSON array.
func realDocument(tb testing.TB) string {
	files := jsonFiles(tb, "examples")
	var names, docs []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		docs = append(docs, files[name])
	}
	return "[" + strings.Join(docs, ",") + "]"
}

func BenchmarkParse(b *testing.B) {
	src := realDocument(b)
	nodes := float64(parse(b, src).Len())
	allocs := testing.AllocsPerRun(1, func() { parse(b, src) })
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(src, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(allocs/nodes, "allocs/node")
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N)/(float64(len(src))/1e6), "ms/MB")
}

func BenchmarkAppend(b *testing.B) {
	src := realDocument(b)
	d := parse(b, src)
	out := d.Append(nil, d.Root())
	b.SetBytes(int64(len(out)))
	b.ReportAllocs()
	for b.Loop() {
		out = d.Append(out[:0], d.Root())
	}
}
