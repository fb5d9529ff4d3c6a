package api

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// searchInputs are the search parameters of the three types
// (http://hl7.org/fhir/R4/search.html). name and title find what begins so, in
// any case; :exact and :contains are taken.
var searchInputs = []input{
	format, summaryInput,
	{name: "_id"}, {name: "url"}, {name: "version"}, {name: "status"},
	{name: "name"}, {name: "name:exact"}, {name: "name:contains"},
	{name: "title"}, {name: "title:exact"}, {name: "title:contains"},
	{name: "_count"}, {name: "_offset"},
}

// The page of a search that names none, and the largest.
const (
	pageSize    = 20
	largestPage = 500
)

// search answers GET of a type: the resources that are as asked, in pages.
func (s *Server) search(kind string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		content, err := s.content(c)
		if err != nil {
			return err
		}
		values, err := query(c, searchInputs...)
		if err != nil {
			return err
		}
		sum, err := summaryOf(values.Get("_summary"))
		if err != nil {
			return err
		}
		size, err := number(values, "_count", pageSize, largestPage)
		if err != nil {
			return err
		}
		offset, err := number(values, "_offset", 0, 1<<30)
		if err != nil {
			return err
		}
		var found []identified
		for _, i := range resources(content.Registry, kind, content.Forms...) {
			if i.as(values) {
				found = append(found, i)
			}
		}
		if size == 0 { // FHIR: the same as _summary=count
			sum = countOnly
		}
		base := c.BaseURL() + "/fhir/"
		b := append(make([]byte, 0, 4096), `{"resourceType":"Bundle","type":"searchset","total":`...)
		b = strconv.AppendInt(b, int64(len(found)), 10)
		if sum == countOnly {
			return c.Send(append(b, '}'))
		}
		b = appendLinks(b, base+kind, values, size, offset, len(found))
		page := found[min(offset, len(found)):min(offset+size, len(found))]
		for n, i := range page {
			b = append(b, [2]string{`,"entry":[`, `,`}[min(n, 1)]...)
			b = append(b, `{"fullUrl":`+tree.Quote(base+kind+"/"+i.id)+`,"resource":`...)
			b = append(i.render(b, sum), `,"search":{"mode":"match"}}`...)
		}
		if len(page) > 0 {
			b = append(b, ']')
		}
		return c.Send(append(b, '}'))
	}
}

// number reads a number up to a limit; a larger one means the limit.
func number(values url.Values, name string, otherwise, limit int) (int, error) {
	text := values.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, badParameter(mapping.Value, name, "expected a whole number, 0 or more")
	}
	return min(n, limit), nil
}

// appendLinks writes the links to this page and the ones beside it.
func appendLinks(b []byte, target string, values url.Values, size, offset, total int) []byte {
	link := func(relation string, offset int) string {
		q := url.Values{}
		for name, given := range values {
			q[name] = given
		}
		q.Set("_count", strconv.Itoa(size))
		q.Set("_offset", strconv.Itoa(offset))
		return `{"relation":"` + relation + `","url":` + tree.Quote(target+"?"+q.Encode()) + `}`
	}
	links := []string{link("self", offset)}
	if offset+size < total {
		links = append(links, link("next", offset+size))
	}
	if offset > 0 {
		links = append(links, link("previous", max(0, offset-size)))
	}
	return append(b, `,"link":[`+strings.Join(links, ",")+`]`...)
}

// as reports whether a resource is as the search asks. Values apart by commas
// are alternatives.
func (i identified) as(values url.Values) bool {
	for name, given := range values {
		is := func(string) bool { return true }
		name, modifier, _ := strings.Cut(name, ":")
		switch name {
		case "_id":
			is = func(w string) bool { return w == i.id }
		case "url":
			is = func(w string) bool { return w == i.URL || i.Version != "" && w == i.Canonical() }
		case "version":
			is = func(w string) bool { return w == i.Version }
		case "status":
			is = func(w string) bool { return w == i.Status }
		case "name", "title":
			own := i.Name
			if name == "title" {
				own = i.Title
			}
			is = func(w string) bool { return matches(own, w, modifier) }
		}
		any := false
		for _, w := range strings.Split(given[0], ",") {
			any = any || is(w)
		}
		if !any {
			return false
		}
	}
	return true
}

// matches compares a string as FHIR does (http://hl7.org/fhir/R4/search.html#string).
func matches(own, wanted, modifier string) bool {
	switch modifier {
	case "contains":
		return strings.Contains(strings.ToLower(own), strings.ToLower(wanted))
	case "":
		return strings.HasPrefix(strings.ToLower(own), strings.ToLower(wanted))
	}
	return own == wanted
}
