package api

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// mostEntries is how many requests one batch may hold.
const mostEntries = 1000

// batch answers a Bundle of type batch that asks operations: its entries one by
// one, in order, from one content (http://hl7.org/fhir/R4/http.html#transaction).
func (s *Server) batch(c *fiber.Ctx, d *tree.Doc) error {
	if _, err := s.content(c); err != nil {
		return err
	}
	if _, err := query(c, format); err != nil {
		return err
	}
	root := d.Root()
	if err := requests(d, d.Child(root, "entry")); err != nil {
		return err
	}
	out := []byte(`{"resourceType":"Bundle","type":"batch-response"`)
	n := 0
	if list := d.Child(root, "entry"); list != tree.None {
		for e := d.First(list); e != tree.None; e = d.Next(e) {
			if n++; n > mostEntries {
				return &mapping.Error{Kind: mapping.TooLong, Path: d.Path(list), Message: "more than " + strconv.Itoa(mostEntries) + " entries"}
			}
			out = append(out, ',')
			if n == 1 {
				out = append(out, `"entry":[`...)
			}
			out = s.batchEntry(c, d, e, out)
		}
	}
	if n > 0 {
		out = append(out, ']')
	}
	return c.Send(append(out, '}'))
}

// requests refuses entries that are no list of objects.
func requests(d *tree.Doc, list tree.ID) error {
	if list == tree.None {
		return nil
	}
	if d.Kind(list) != tree.Array {
		return badBody(mapping.Structure, d.Path(list), "expected an array")
	}
	for e := d.First(list); e != tree.None; e = d.Next(e) {
		if d.Kind(e) != tree.Object {
			return badBody(mapping.Structure, d.Path(e), "expected an object with request")
		}
	}
	return nil
}

// batchEntry answers one entry as if it had come alone.
func (s *Server) batchEntry(c *fiber.Ctx, d *tree.Doc, e tree.ID, out []byte) []byte {
	status, body := s.dispatch(c, d, e)
	out = append(out, `{"resource":`...)
	out = append(out, body...)
	out = append(out, `,"response":{"status":"`...)
	out = strconv.AppendInt(out, int64(status), 10)
	return append(out, `"}}`...)
}

// dispatch routes the request of an entry.
func (s *Server) dispatch(c *fiber.Ctx, d *tree.Doc, e tree.ID) (int, []byte) {
	request := d.Child(e, "request")
	method, path := d.Text(d.Child(request, "method")), strings.TrimPrefix(d.Text(d.Child(request, "url")), "/")
	at := d.Path(e) + ".request"
	way, _, _ := strings.Cut(path, "?")
	switch {
	case method != fiber.MethodGet && method != fiber.MethodPost:
		return s.outcomeOf(badBody(mapping.NotSupported, at+".method", "accepted: GET, POST"), "en")
	case method == fiber.MethodGet && d.Child(e, "resource") != tree.None:
		return s.outcomeOf(badBody(mapping.Invalid, d.Path(e)+".resource", "a GET has no resource; use POST"), "en")
	case way == "" || strings.Contains(way, ":/") || !text(path):
		return s.outcomeOf(badBody(mapping.Invalid, at+".url", "expected a path below the base, as in ValueSet/$expand?url=..."), "en")
	}
	held, err := s.content(c)
	if err != nil {
		return s.outcomeOf(err, "en")
	}
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, c.Context().RemoteAddr(), nil)
	ctx.SetUserValue(contentKey, held)
	ctx.SetUserValue(edgeKey, true)
	ctx.SetUserValue(batchKey, true)
	ctx.SetUserValue(callerKey, c.Context().UserValue(callerKey)) // who was let in once is let in
	ctx.Request.Header.SetMethod(method)
	ctx.Request.Header.SetHost("batch")
	ctx.Request.SetRequestURI("/fhir/" + path)
	if resource := d.Child(e, "resource"); resource != tree.None && method == fiber.MethodPost {
		ctx.Request.Header.SetContentType(fhirJSON)
		ctx.Request.SetBody(d.Append(nil, resource))
	}
	s.app.Handler()(&ctx)
	body := ctx.Response.Body()
	if len(body) == 0 {
		body = []byte("null")
	}
	return ctx.Response.StatusCode(), body
}
