package api

import (
	"strconv"
	"testing"

	"github.com/valyala/fasthttp"
)

// fresh sends one question again and again, each time as if it were new: an
// answer is kept by its languages too.
func fresh(b *testing.B, target string) {
	h := start(b, Limits{})
	h.send(b, "GET", target, "") // builds the routes
	handle := h.app.Server().Handler
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		var ctx fasthttp.RequestCtx
		ctx.Request.SetRequestURI(target)
		ctx.Request.Header.SetHost("a")
		ctx.Request.Header.Set("Accept-Language", "da, x-"+strconv.Itoa(n))
		handle(&ctx)
		if ctx.Response.StatusCode() != 200 {
			b.Fatalf("%d %s", ctx.Response.StatusCode(), ctx.Response.Body())
		}
	}
}

func BenchmarkFreshLookup(b *testing.B)    { fresh(b, soevn) }
func BenchmarkFreshTranslate(b *testing.B) { fresh(b, large) }
func BenchmarkFreshValidate(b *testing.B) {
	fresh(b, "/fhir/CodeSystem/$validate-code?url="+ffb+"&code=83376fdb-f55d-4dd9-944e-b49631a9836f")
}
func BenchmarkRepeatedLookup(b *testing.B) { bench(b, "GET", soevn, "") }
