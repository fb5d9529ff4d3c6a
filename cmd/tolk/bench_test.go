package main

import (
	"fmt"
	"strings"
	"testing"

	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// ffbCondition is an FFB condition of about 5 KB, most of it narrative, as the
// conditions of real records are.
func ffbCondition(i int, size int) string {
	const head = `{"resourceType":"Condition","id":"c%d","meta":{"profile":["http://fhir.kl.dk/ffbreporting/StructureDefinition/kl-reporting-ffb-condition"]},` +
		`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">%s</div>"},` +
		`"extension":[{"url":"http://fhir.kl.dk/core/StructureDefinition/ConditionLastAssertedDate","valueDateTime":"2026-03-02"}],` +
		`"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},` +
		`"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},` +
		`"severity":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"5bdde847-2837-416b-ab63-bbff8b7aa531","display":"Moderat nedsat funktionsevne"}]},` +
		`"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"464a2ab6-a7df-4b3a-b74d-7873f4cfe668","display":"Spise"}]},` +
		`"subject":{"reference":"Patient/bruno"},"recordedDate":"2026-03-02T09:17:33+01:00"}`
	text := strings.Repeat("Bruno spiser selv, når maden er skåret ud. ", size/44+1)
	return fmt.Sprintf(head, i, text[:max(0, size-len(head))])
}

func ffbBundle(conditions int) string {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"collection","timestamp":"2026-03-02T10:00:00+01:00","entry":[` +
		`{"fullUrl":"https://example.dk/Patient/bruno","resource":{"resourceType":"Patient","id":"bruno",` +
		`"identifier":[{"use":"official","system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}],` +
		`"managingOrganization":{"identifier":{"use":"official","system":"https://www.kombit.dk/organisation","value":"d4e3f4fb-6761-4d6c-9086-74c49231f11e"}}}}`)
	for i := range conditions {
		fmt.Fprintf(&b, `,{"fullUrl":"https://example.dk/Condition/c%d","resource":%s}`, i, ffbCondition(i, 1000))
	}
	b.WriteString("]}")
	return b.String()
}

func benchmarkTranslate(b *testing.B, doc, to string) {
	c, err := wire("")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.gateway.Translate(doc, document.Request{From: "ffb", To: to}); err != nil {
			b.Fatal(err)
		}
	}
}

// One resource of 5 KB: parse, translate, ledger and audit, to the strict form
// and to the hub.
func BenchmarkTranslateResource(b *testing.B) {
	for _, to := range []string{"fsiii", "fhir"} {
		b.Run(to, func(b *testing.B) { benchmarkTranslate(b, ffbCondition(1, 5000), to) })
	}
}

// A Bundle of 200 entries, the same.
func BenchmarkTranslateBundle200(b *testing.B) {
	for _, to := range []string{"fsiii", "fhir"} {
		b.Run(to, func(b *testing.B) { benchmarkTranslate(b, ffbBundle(199), to) })
	}
}

// The cost is linear in size: the time per entry stays.
func BenchmarkTranslateEntries(b *testing.B) {
	for _, n := range []int{50, 200, 800, 3200} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			benchmarkTranslate(b, ffbBundle(n), "fsiii")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/entry")
		})
	}
}

// The auditor alone: what it adds to every translation.
func BenchmarkAudit(b *testing.B) {
	for name, doc := range map[string]string{"resource": ffbCondition(1, 5000), "bundle200": ffbBundle(199)} {
		b.Run(name, func(b *testing.B) {
			c, err := wire("")
			if err != nil {
				b.Fatal(err)
			}
			r, err := c.gateway.Translate(doc, document.Request{From: "ffb", To: "fsiii"})
			if err != nil {
				b.Fatal(err)
			}
			output := string(r.Output)
			b.ReportAllocs()
			for b.Loop() {
				if err := ledger.Audit(doc, output, r.Ledger); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Everything that is embedded, read, checked and compiled: the start.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if _, err := wire(""); err != nil {
			b.Fatal(err)
		}
	}
}

// What the benchmarks measure is what they say: the sizes, and that the strict
// profile is met.
func TestBenchmarkDocuments(t *testing.T) {
	if n := len(ffbCondition(1, 5000)); n < 4900 || n > 5200 {
		t.Errorf("the resource is %d bytes", n)
	}
	d, err := tree.Parse(ffbBundle(199), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	entries := 0
	for e := d.First(d.Child(d.Root(), "entry")); e != tree.None; e = d.Next(e) {
		entries++
	}
	if entries != 200 {
		t.Errorf("%d entries", entries)
	}
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.gateway.Translate(ffbCondition(1, 5000), document.Request{From: "ffb", To: "fsiii"})
	if err != nil || !r.Ledger.Conformance.Met || r.Ledger.Counts["unclaimed"] != 0 {
		t.Errorf("%v, %+v", err, r)
	}
}
