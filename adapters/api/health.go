package api

import "github.com/gofiber/fiber/v2"

// healthy answers GET /healthz: the process runs.
func (s *Server) healthy(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, plainText)
	return c.SendString("ok\n")
}

// ready answers GET /readyz: it can answer requests, and accept messages where
// there is an exchange.
func (s *Server) ready(c *fiber.Ctx) error {
	if s.inForce() == nil {
		return notReady()
	}
	if s.exchange != nil {
		if err := s.exchange.Ready(); err != nil {
			return refuse(fiber.StatusServiceUnavailable, transient, "messages are not accepted: "+ours(err))
		}
	}
	return s.healthy(c)
}
