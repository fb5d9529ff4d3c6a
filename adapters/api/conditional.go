package api

import (
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
	// Whatever of a request an answer depends on is a part of the question: a
	// search writes links with the host it was asked by.
	question := strings.Join([]string{c.BaseURL(), c.Get(fiber.HeaderAcceptLanguage), kind, string(c.Request().RequestURI())}, "\n")
	known, cached := content.answers.find(question)
	if !cached {
		known = &written{tag: etag(content.Tag, question)}
	}
	if noneMatch(c.Get(fiber.HeaderIfNoneMatch), known.tag) {
		validators(c, known.tag)
		c.Response().Header.Del(fiber.HeaderContentType)
		return c.SendStatus(fiber.StatusNotModified)
	}
	if !cached {
		if err := handle(c); err != nil {
			return err
		}
		if c.Response().StatusCode() != fiber.StatusOK {
			return nil
		}
		if own := c.GetRespHeader(fiber.HeaderETag); own != "" {
			known.tag = own // a resource that is read has a version of its own
		}
		if noneMatch(c.Get(fiber.HeaderIfNoneMatch), known.tag) {
			validators(c, known.tag)
			c.Response().ResetBody()
			return c.SendStatus(fiber.StatusNotModified)
		}
		if !content.answers.again(question) {
			validators(c, known.tag)
			compress(c)
			return nil
		}
		known.kind = string(c.Response().Header.ContentType())
		known.body = append([]byte(nil), c.Response().Body()...)
		content.answers.keep(question, known)
	}
	validators(c, known.tag)
	c.Set(fiber.HeaderContentType, known.kind)
	if len(known.body) < worthwhile {
		c.Response().SetBodyRaw(known.body)
		return nil
	}
	c.Vary(fiber.HeaderAcceptEncoding)
	if !gzipped(c.Get(fiber.HeaderAcceptEncoding)) {
		c.Response().SetBodyRaw(known.body)
		return nil
	}
	c.Set(fiber.HeaderContentEncoding, "gzip")
	c.Response().SetBodyRaw(known.compressed())
	return nil
}

// validators says how an answer may be kept and asked for again.
func validators(c *fiber.Ctx, tag string) {
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	c.Vary(fiber.HeaderAccept, fiber.HeaderAcceptLanguage)
}

// etag is the weak validator of the answer to a question under a content.
func etag(content, question string) string {
	h := fnv.New64a()
	h.Write([]byte(question))
	return `W/"` + content + "-" + strconv.FormatUint(h.Sum64(), 36) + `"`
}

// noneMatch reports whether an If-None-Match header names the tag, by the weak
// comparison. A * asks whether there is any answer at all, which is known after
// the work only: it is not taken for a match.
func noneMatch(header, tag string) bool {
	if header == "" {
		return false
	}
	for one := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(one), "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
