package token

import (
	"context"
	"fmt"
	"testing"
)

// What every call costs before anything is done for it.
func BenchmarkAuthenticate(b *testing.B) {
	w := newWorld(b)
	call := Call{Authorization: []string{"Bearer " + w.token(b, Request{})}, Now: start}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Authenticate(call); err != nil {
			b.Fatal(err)
		}
	}
}

// What a token costs, with each kind of signature.
func BenchmarkToken(b *testing.B) {
	for _, s := range []signer{rs(), ps(), es()} {
		b.Run(s.alg, func(b *testing.B) {
			w := newWorld(b)
			assertions := make([]string, 500)
			for i := range assertions {
				assertions[i] = s.sign(header(s, nil), claims(changes{"jti": fmt.Sprint(i)}))
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%len(assertions) == 0 {
					w.options.Used = NewMemory()
				}
				out := w.Token(context.Background(), Request{Form: form(assertions[i%len(assertions)]), Now: start})
				if out.Refusal != nil {
					b.Fatal(out.Refusal)
				}
			}
		})
	}
}
