package api

import (
	"bytes"
	"strings"

	"github.com/valyala/fasthttp"
)

// single lists the headers that decide where a message ends or how its body is
// read. A second one is a second opinion, and two servers in a row would each
// follow another.
var single = []string{"host", "content-length", "transfer-encoding", "content-type", "content-encoding", "expect"}

// framing refuses a request that another server could read as a different
// request (RFC 9112, sections 2.2, 5 and 6): Content-Length together with
// Transfer-Encoding, any transfer coding but exactly chunked, one on HTTP/1.0,
// folded or nameless headers, spaces in a name, lines that do not end in CRLF.
// What fasthttp refuses by itself (no Host, a length that is no number) has not
// come this far; the probes in wire_test.go hold for both.
func framing(h *fasthttp.RequestHeader) error {
	version := string(h.Protocol())
	if version != "HTTP/1.1" && version != "HTTP/1.0" {
		return illFramed("the HTTP version is not supported; accepted: HTTP/1.1")
	}
	var seen [6]bool
	var coding []byte
	for line := range bytes.SplitSeq(h.RawHeaders(), []byte("\n")) {
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			continue // the end of the headers
		}
		name, value, err := field(line)
		if err != nil {
			return err
		}
		for i, s := range single {
			if len(name) != len(s) || !strings.EqualFold(string(name), s) {
				continue
			}
			if seen[i] {
				return illFramed(s + ": given twice")
			}
			seen[i] = true
			if s == "transfer-encoding" {
				coding = value
			}
		}
	}
	const length, transfer = 1, 2
	switch {
	case seen[transfer] && seen[length]:
		return illFramed("content-length together with transfer-encoding: give one of them")
	case seen[transfer] && version != "HTTP/1.1":
		return illFramed("transfer-encoding: needs HTTP/1.1")
	case seen[transfer] && string(coding) != "chunked":
		return illFramed("transfer-encoding: accepted: chunked")
	}
	return nil
}

// field splits one header line.
func field(line []byte) (name, value []byte, err error) {
	line, ok := bytes.CutSuffix(line, []byte("\r"))
	switch {
	case !ok:
		return nil, nil, illFramed("a header line does not end in CRLF")
	case len(line) > 0 && (line[0] == ' ' || line[0] == '\t'):
		return nil, nil, illFramed("a header is folded over two lines")
	}
	name, value, ok = bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 {
		return nil, nil, illFramed("a header line has no name")
	}
	for _, c := range name {
		if !token(c) {
			return nil, nil, illFramed("a header name has a character that no name may have")
		}
	}
	if bytes.ContainsAny(value, "\r\x00") {
		return nil, nil, illFramed("a header value has a character that no value may have")
	}
	return name, bytes.Trim(value, " \t"), nil
}

// token reports whether c may stand in a header name (RFC 9110, section 5.6.2).
func token(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' ||
		strings.IndexByte("!#$%&'*+.^_`|~", c) >= 0
}
