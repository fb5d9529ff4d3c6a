package api

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping/canonical"
)

// expand answers ValueSet/$expand, on the type and on one value set.
func (s *Server) expand(c *fiber.Ctx) error {
	content, p, err := s.asked(c, "ValueSet")
	if err != nil {
		return err
	}
	expansion, err := canonical.Expand(content.Registry, p)
	if err != nil {
		return ill(err)
	}
	room := c.Response().SwapBody(nil)[:0]
	c.Response().SwapBody(expansion.Append(room, identifier(), time.Now().UTC().Format("2006-01-02T15:04:05.000Z")))
	return nil
}

// identifier makes a random uuid (RFC 9562, version 4).
func identifier() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return "urn:uuid:" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
