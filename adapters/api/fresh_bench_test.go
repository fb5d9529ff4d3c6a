package api

import (
	"strconv"
	"testing"

	"github.com/valyala/fasthttp"
)

// nested asks of a code in a value set by way of three others.
const nested = "/fhir/ValueSet/$validate-code?url=http://fhir.kl.dk/term/ValueSet/KLConditionCodesFFB&system=" + ffb + "&code=83376fdb-f55d-4dd9-944e-b49631a9836f"

// fresh returns how to send one question again and again, each time as if it
// were new: an answer is kept by its languages too. What fasthttp uses again for
// the next request on a connection is used again here.
func fresh(t testing.TB, target string) (ask func()) {
	h := start(t, Limits{})
	h.send(t, "GET", target, "") // builds the routes
	handle := h.app.Server().Handler
	var ctx fasthttp.RequestCtx
	n := 0
	return func() {
		n++
		ctx.Request.Reset()
		ctx.Response.Reset()
		ctx.ResetUserValues()
		ctx.Request.SetRequestURI(target)
		ctx.Request.Header.SetHost("a")
		ctx.Request.Header.Set("Accept-Language", "da, x-"+strconv.Itoa(n))
		handle(&ctx)
		if ctx.Response.StatusCode() != 200 {
			t.Fatalf("%d %s", ctx.Response.StatusCode(), ctx.Response.Body())
		}
	}
}

func benchFresh(b *testing.B, target string) {
	ask := fresh(b, target)
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}

func BenchmarkFreshLookup(b *testing.B)    { benchFresh(b, soevn) }
func BenchmarkFreshTranslate(b *testing.B) { benchFresh(b, large) }
func BenchmarkFreshValidate(b *testing.B) {
	benchFresh(b, "/fhir/CodeSystem/$validate-code?url="+ffb+"&code=83376fdb-f55d-4dd9-944e-b49631a9836f")
}
func BenchmarkFreshValidateInValueSet(b *testing.B) {
	benchFresh(b, nested)
}
func BenchmarkFreshExpand(b *testing.B) {
	benchFresh(b, "/fhir/ValueSet/$expand?url=urn:tolk:ValueSet:FSIII&count=50")
}
func BenchmarkRepeatedLookup(b *testing.B) { bench(b, "GET", soevn, "") }
