package api

import (
	"bytes"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// repeatable answers a GET under /fhir. Such an answer follows from the content
// and the request alone, so that its ETag is known before the work: who has it
// already is told so (304, RFC 9110, section 13), and what was answered before
// is answered again as it was written.
//
// The answers tell nothing of a citizen. They may be kept by the caller, but not
// by a proxy that others use: which code somebody asks about is theirs.
func (s *Server) repeatable(c *fiber.Ctx, kind string, handle fiber.Handler) error {
	content, err := s.content(c)
	if err != nil {
		return handle(c) // which may do without
	}
	var room [512]byte
	question := asking(room[:0], c, kind)
	have := c.Get(fiber.HeaderIfNoneMatch)
	if known, cached := content.answers.find(question); cached {
		return again(c, known, have)
	}
	tag := etag(content.Tag, question)
	if !whatever(have) && noneMatch(have, tag) {
		return unchanged(c, tag)
	}
	if err := handle(c); err != nil {
		return err
	}
	answer := c.Response()
	if answer.StatusCode() != fiber.StatusOK {
		return nil
	}
	if own := answer.Header.Peek(fiber.HeaderETag); len(own) > 0 {
		tag = string(own) // a resource that is read has a version of its own
	}
	if noneMatch(have, tag) {
		answer.ResetBody()
		return unchanged(c, tag)
	}
	if content.answers.again(question) {
		known := &written{tag: tag, kind: string(answer.Header.ContentType()), body: bytes.Clone(answer.Body())}
		content.answers.keep(string(question), known)
	}
	validators(c, tag)
	compress(c)
	return nil
}

// asking appends whatever of a request an answer depends on. A search writes links
// with the host it was asked by; an operation writes none.
func asking(b []byte, c *fiber.Ctx, kind string) []byte {
	if !strings.Contains(c.Route().Path, "/$") {
		b = append(b, c.BaseURL()...)
	}
	b = append(b, '\n')
	b = append(append(b, c.Request().Header.Peek(fiber.HeaderAcceptLanguage)...), '\n')
	b = append(append(b, kind...), '\n')
	return append(b, c.Request().Header.RequestURI()...)
}

// again answers with what was written before.
func again(c *fiber.Ctx, known *written, have string) error {
	if noneMatch(have, known.tag) {
		return unchanged(c, known.tag)
	}
	validators(c, known.tag)
	c.Response().Header.SetContentType(known.kind)
	c.Response().SetBodyRaw(known.body)
	if compressible(c, known.body) {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		c.Response().SetBodyRaw(known.compressed())
	}
	return nil
}

// unchanged tells the caller that he has the answer already.
func unchanged(c *fiber.Ctx, tag string) error {
	validators(c, tag)
	c.Response().Header.Del(fiber.HeaderContentType)
	return c.SendStatus(fiber.StatusNotModified)
}

// The names of the headers of validators, as HTTP writes them.
var (
	tagName   = []byte("Etag")
	cacheName = []byte(fiber.HeaderCacheControl)
	private   = []byte("private, no-cache")
)

// validators says how an answer may be kept and asked for again.
func validators(c *fiber.Ctx, tag string) {
	h := &c.Response().Header
	h.SetCanonical(tagName, []byte(tag))
	h.SetCanonical(cacheName, private)
}

// etag is the weak validator of the answer to a question under a content.
func etag(content string, question []byte) string {
	h := fnv.New64a()
	h.Write(question)
	return `W/"` + content + "-" + strconv.FormatUint(h.Sum64(), 36) + `"`
}

// whatever reports whether an If-None-Match header is a *, which every answer
// matches. Whether there is one is known after the work only.
func whatever(header string) bool { return strings.TrimSpace(header) == "*" }

// noneMatch reports whether an If-None-Match header names the tag of an answer, by
// the weak comparison, or is a *.
func noneMatch(header, tag string) bool {
	if header == "" {
		return false
	}
	if whatever(header) {
		return true
	}
	for one := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(one), "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
