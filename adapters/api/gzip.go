package api

import (
	"bytes"
	"compress/gzip"
	"strconv"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// worthwhile is how many bytes an answer has before it is compressed.
const worthwhile = 1024

var compressors = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic("api: " + err.Error()) // the level is a constant of the package
	}
	return w
}}

// deflated returns a body in gzip.
func deflated(body []byte) []byte {
	w := compressors.Get().(*gzip.Writer)
	defer compressors.Put(w)
	var b bytes.Buffer
	b.Grow(len(body) / 4)
	w.Reset(&b)
	w.Write(body) // a bytes.Buffer takes everything
	w.Close()
	return b.Bytes()
}

// gzipped reports whether an Accept-Encoding header takes gzip (RFC 9110,
// section 12.5.3).
func gzipped(header string) bool {
	if header == "" {
		return false
	}
	taken := false
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "gzip" && name != "x-gzip" && name != "*" {
			continue
		}
		wanted := true
		if q, ok := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(params, " ", "")), "q="); ok {
			value, err := strconv.ParseFloat(q, 64)
			wanted = err == nil && value > 0
		}
		if name != "*" {
			return wanted
		}
		taken = wanted
	}
	return taken
}

// compress writes the answer of an operation in gzip, if the caller takes it and
// it is worth the work.
func compress(c *fiber.Ctx) {
	if body := c.Response().Body(); compressible(c, body) {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		c.Response().SetBodyRaw(deflated(body))
	}
}

// compressible reports whether an answer goes out in gzip.
func compressible(c *fiber.Ctx, body []byte) bool {
	return len(body) >= worthwhile && gzipped(c.Get(fiber.HeaderAcceptEncoding))
}
