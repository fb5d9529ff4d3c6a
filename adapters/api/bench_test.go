package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"
	"github.com/valyala/fasthttp"
)

// bench sends one request again and again, without a network.
func bench(b *testing.B, method, target, body string) {
	h := start(b, Limits{})
	h.send(b, method, target, body) // builds the routes
	handle := h.app.Server().Handler
	b.ReportAllocs()
	for b.Loop() {
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.SetMethod(method)
		ctx.Request.SetRequestURI(target)
		ctx.Request.Header.SetHost("a")
		ctx.Request.SetBodyString(body)
		handle(&ctx)
		if ctx.Response.StatusCode() != 200 {
			b.Fatalf("%d %s", ctx.Response.StatusCode(), ctx.Response.Body())
		}
	}
}

func BenchmarkTranslateConcept(b *testing.B) {
	bench(b, "GET", operation+"?system="+ffb+"&code=83376fdb-f55d-4dd9-944e-b49631a9836f", "")
}

func BenchmarkTranslateConceptReverse(b *testing.B) {
	bench(b, "GET", operation+"?system="+fsiii+"&code=f5a9fb78-bd27-4d98-821a-757cd65fab53&reverse=true&targetsystem="+ffb, "")
}

func BenchmarkTranslateConceptPost(b *testing.B) {
	bench(b, "POST", operation, `{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"urn:oid:1.2.208.176.2.22","code":"83376fdb-f55d-4dd9-944e-b49631a9836f"}}]}`)
}

func BenchmarkLookup(b *testing.B) {
	bench(b, "GET", lookup+"?system="+fsiii+"&code=I12.2", "")
}

// BenchmarkParameters writes the answer of ten matches as the server does,
// BenchmarkModelParameters as golang-fhir-models does.
func BenchmarkParameters(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var w writer
		w.start()
		w.boolean("result", true)
		for range 10 {
			w.group("match")
			w.code("equivalence", "wider")
			w.uri("source", "urn:x|1")
			w.str("comment", "why")
			w.end()
		}
		w.finish()
	}
}

func BenchmarkModelParameters(b *testing.B) {
	wider, source, comment, yes := "wider", "urn:x|1", "why", true
	b.ReportAllocs()
	for b.Loop() {
		list := []fhir.ParametersParameter{{Name: "result", ValueBoolean: &yes}}
		for range 10 {
			list = append(list, fhir.ParametersParameter{Name: "match", Part: []fhir.ParametersParameter{
				{Name: "equivalence", ValueCode: &wider}, {Name: "source", ValueUri: &source}, {Name: "comment", ValueString: &comment}}})
		}
		if _, err := json.Marshal(fhir.Parameters{Parameter: list}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSubmit hands over 2 KB to a node that does nothing.
func BenchmarkSubmit(b *testing.B) {
	n := startNode(b, nil)
	const target = "/v1/exchange?purpose=TREAT&legal-basis=sundhedsloven-41&capacity=health&receiver=gp"
	n.as(b, "owner", "POST", target, "{}") // builds the routes
	handle := n.app.Server().Handler
	body := `{"text":"` + strings.Repeat("x", 2000) + `"}`
	b.ReportAllocs()
	for b.Loop() {
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.SetMethod("POST")
		ctx.Request.SetRequestURI(target)
		ctx.Request.Header.SetHost("a")
		ctx.Request.Header.SetContentType("application/json")
		ctx.Request.Header.Set("Authorization", "Bearer owner")
		ctx.Request.Header.Set("Idempotency-Key", "4f9c2b1e-4d5e-4f60-8a1b-2c3d4e5f6071")
		ctx.Request.SetBodyString(body)
		handle(&ctx)
		if ctx.Response.StatusCode() != 202 {
			b.Fatalf("%d %s", ctx.Response.StatusCode(), ctx.Response.Body())
		}
		n.node.handed, n.node.callers, n.door.calls = n.node.handed[:0], n.node.callers[:0], n.door.calls[:0]
	}
}
