package tree

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"
)

// What is written in base64 is what the standard library writes, of every length and
// of every byte.
func TestBase64(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	bytes := make([]byte, 5000)
	_, _ = random.Read(bytes)
	for n := 0; n < len(bytes); n += 1 + n/100 {
		o := NewOut(4)
		root := o.Object(NoOut, "")
		o.Leaf(root, "before", `1`, None, 0)
		leaf := o.Base64(root, "data", string(bytes[:n]), None, 0)
		o.Leaf(root, "after", `2`, None, 0)
		want := `"` + base64.StdEncoding.EncodeToString(bytes[:n]) + `"`
		if got := o.Raw(leaf); got != want {
			t.Fatalf("%d bytes: got %s, want %s", n, got, want)
		}
		if got, want := string(o.Append(nil, root)), `{"before":1,"data":`+want+`,"after":2}`; got != want {
			t.Fatalf("%d bytes: got %s, want %s", n, got, want)
		}
		if got := o.Size(); got < len(want) {
			t.Fatalf("%d bytes: a size of %d for %d", n, got, len(want))
		}
	}
}

func BenchmarkBase64(b *testing.B) {
	bytes := string(make([]byte, 100_000))
	into := make([]byte, 0, 140_000)
	b.SetBytes(int64(len(bytes)))
	for b.Loop() {
		into = appendBytes(into[:0], bytes)
	}
}
