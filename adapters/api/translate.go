package api

import (
	"errors"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// documentInputs are the parameters of POST /v1/translate.
var documentInputs = slices.Concat([]input{{name: "document"}, {name: "from"}, {name: "to"}, {name: "area"}, {name: "accept"},
	{name: "strict"}, {name: "ledger"}, {name: "residue"}, {name: "restore"}, {name: "envelope"}, format}, partyInputs)

// translatePath is where documents are translated.
const translatePath = "/v1/translate"

// translation is what the query of POST /v1/translate asks for.
type translation struct {
	document.Request
	ledger   bool   // to be answered beside the document, as the residue is
	restore  bool   // the body is an earlier answer with its residue
	envelope string // the kind of network envelope that the document is to go in
}

// Enclose puts a translated document into a network envelope: FHIR in XML or in
// JSON, anything else as it is. What is no whole message is refused.
type Enclose func(r *document.Result, xml bool, now time.Time) ([]byte, error)

// translate answers POST /v1/translate: a document in, the document in the
// other form out, with the sums of the ledger in the headers. Where the ledger
// or the residue is asked for, the answer is an object that holds them beside
// the document; the same object comes back with restore=true on the way home. A
// document that comes in a network envelope is taken out of it first, and one
// that is asked for in an envelope is put into it last: neither is a part of the
// ledger.
func (s *Server) translate(c *fiber.Ctx) error {
	ask, err := readTranslation(c)
	if err != nil {
		return err
	}
	body, err := s.body(c, "the document to translate")
	if err != nil {
		return err
	}
	if ask.restore {
		if body, ask.Residue, err = s.unwrap(body); err != nil {
			return err
		}
	}
	if body, err = s.opened(c, body); err != nil {
		return err
	}
	enclose, err := s.enclosing(ask)
	if err != nil {
		return err
	}
	content, err := s.content(c)
	if err != nil {
		return err
	}
	result, err := inTime(s, func() (*document.Result, error) { return content.Translator.Translate(body, ask.Request) })
	if err != nil && ask.restore {
		return inBody(err)
	}
	if err != nil {
		return err
	}
	if enclose != nil {
		letter := *result
		if letter.Output, err = enclose(result, xmlKinds[string(c.Response().Header.ContentType())], ask.Now); err != nil {
			return err
		}
		result = &letter
	}
	account(c, result.Ledger)
	if !ask.ledger && !ask.WithResidue {
		if tree.IsXML(string(result.Output)) { // in a form that is XML of its own, whatever is accepted
			c.Set(fiber.HeaderContentType, plainXML)
		} else if ask.To == "plain" { // which is no FHIR
			c.Set(fiber.HeaderContentType, plainJSON)
		}
		return c.Send(result.Output)
	}
	c.Set(fiber.HeaderContentType, plainJSON)
	return c.Send(wrap(result, ask))
}

// opened takes a document out of the network envelope that it may be in, and
// tells what the envelope says wrongly.
func (s *Server) opened(c *fiber.Ctx, body string) (string, error) {
	if s.open == nil {
		return body, nil
	}
	o, err := s.open(body, s.limits.Body)
	switch {
	case err != nil:
		return "", err
	case o == nil:
		return body, nil
	case o.Receipt != "":
		return "", badBody(mapping.Invalid, "$this", o.Receipt+"; there is no document in it")
	}
	o.tell(c, o.Parties())
	return o.Message, nil
}

// enclosing returns what puts the answer into the envelope that is asked for, nil
// where none is.
func (s *Server) enclosing(ask translation) (Enclose, error) {
	switch {
	case ask.envelope == "":
		return nil, nil
	case s.enclose == nil:
		return nil, badParameter(mapping.NotSupported, "envelope", "none is written here")
	}
	enclose, err := s.enclose(ask.envelope, ask.To)
	var e *mapping.Error
	if errors.As(err, &e) {
		return nil, badParameter(e.Kind, e.Path, e.Message)
	}
	return enclose, err
}

// readTranslation reads the query. Which forms, areas and relations there are, and
// what counts for which of them, is the core's to say.
func readTranslation(c *fiber.Ctx) (translation, error) {
	var ask translation
	values, err := query(c, documentInputs...)
	if err != nil {
		return ask, err
	}
	ask.Document, ask.From, ask.To, ask.Accept = values.Get("document"), values.Get("from"), values.Get("to"), list(values.Get("accept"))
	ask.Sender, ask.Receiver = parties(values)
	ask.Now, ask.envelope = time.Now(), values.Get("envelope")
	for _, a := range list(values.Get("area")) {
		ask.Areas = append(ask.Areas, mapping.Area(a))
	}
	for _, f := range []struct {
		name string
		to   *bool
	}{{"strict", &ask.Strict}, {"ledger", &ask.ledger}, {"residue", &ask.WithResidue}, {"restore", &ask.restore}} {
		if *f.to, err = flag(values, f.name); err != nil {
			return ask, err
		}
	}
	switch {
	case ask.From == "":
		return ask, badParameter(mapping.Required, "from", "required: the form of the document")
	case ask.To == "":
		return ask, badParameter(mapping.Required, "to", "required: the form asked for")
	case xmlKinds[string(c.Response().Header.ContentType())] && (ask.ledger || ask.WithResidue || ask.To == "plain"):
		return ask, notAcceptable(mediaBy(c), false) // an answer around a document, and the plain form, are JSON
	case ask.restore:
		return ask, ask.Unsaid(document.Restored)
	}
	return ask, ask.Useful()
}

// unwrap takes apart an earlier answer. Its parts are passed on as they were written.
func (s *Server) unwrap(body string) (output, residue string, err error) {
	const levels = 1 // the object around the document
	d, err := tree.Parse(body, tree.Limits{Depth: 64 + levels, Bytes: s.limits.Body})
	if err != nil {
		return "", "", err
	}
	if d.Kind(d.Root()) != tree.Object {
		return "", "", badBody(mapping.Invalid, d.Path(d.Root()), `expected {"output": the document, "residue": its residue}`)
	}
	for n := d.First(d.Root()); n != tree.None; n = d.Next(n) {
		switch d.Key(n) {
		case "output":
			output = d.Raw(n)
			if d.Kind(n) == tree.String { // a document in XML
				output = d.Text(n)
			}
		case "residue":
			residue = d.Raw(n)
		case "ledger": // part of the answer as it came; it says nothing that is needed here
			if d.Kind(n) != tree.Object {
				return "", "", badBody(mapping.Structure, d.Path(n), "expected the ledger of the answer, an object")
			}
		default:
			return "", "", badBody(mapping.NotSupported, d.Path(n), "accepted with restore=true: output, residue, ledger")
		}
	}
	switch {
	case output == "":
		return "", "", badBody(mapping.Required, d.Path(d.Root())+".output", "required with restore=true: the document")
	case residue == "" || residue == "null": // without one it would be translated anew, and not given back
		return "", "", badBody(mapping.Required, d.Path(d.Root())+".residue", "required with restore=true: what the earlier translation gave back beside its output, with residue=true")
	}
	return output, residue, nil
}

// inBody gives what is wrong with a residue the place where it stands: there is a
// parameter of that name too.
func inBody(err error) error {
	var e *mapping.Error
	if !errors.As(err, &e) || e.Path != "residue" {
		return err
	}
	moved := *e
	moved.Path = "$this.residue"
	return &moved
}

// wrap writes the document, byte for byte, with what was asked for beside it. A
// document in XML stands as a string.
func wrap(result *document.Result, ask translation) []byte {
	output := result.Output
	if text := string(output); tree.IsXML(text) {
		output = []byte(tree.Quote(text))
	}
	b := append([]byte(`{"output":`), output...)
	if ask.ledger {
		b = append(b, `,"ledger":`...)
		b = append(b, encode(result.Ledger)...)
	}
	if ask.WithResidue {
		b = append(b, `,"residue":`...)
		b = append(b, result.Residue...)
	}
	return append(b, '}')
}

// account puts the sums of the ledger into headers, for callers that read no
// more than that.
func account(c *fiber.Ctx, l *ledger.Ledger) {
	c.Set("Tolk-Leaves", strconv.Itoa(l.Counts["leaves"]))
	for _, f := range ledger.Fates() {
		name := f.String()
		c.Set("Tolk-"+strings.ToUpper(name[:1])+name[1:], strconv.Itoa(l.Counts[name]))
	}
	c.Set("Tolk-Notices", strconv.Itoa(len(l.Notices)))
	c.Set("Tolk-Proposals", strconv.Itoa(len(l.Proposals)))
	c.Set("Tolk-Conformance", conformance(l.Conformance))
}

// manyLacks is how long the list of lacks in a header may become; the ledger
// has them all.
const manyLacks = 900

// conformance writes whether the strict profile is met, and if not, which of
// its elements are lacking.
func conformance(f ledger.Conformance) string {
	if f.Met {
		return "met"
	}
	text, more := "lacking", 0
	said := map[string]bool{}
	for _, lack := range f.Lacks {
		element := ascii(lack.Element)
		if said[element] {
			continue
		}
		said[element] = true
		if len(text)+len(element) > manyLacks {
			more++
			continue
		}
		if len(said) == 1 {
			text += "; element="
		} else {
			text += ", "
		}
		text += `"` + element + `"`
	}
	if more > 0 {
		text += "; more=" + strconv.Itoa(more)
	}
	return text
}

// ascii leaves out what may not stand in a quoted string of a header.
func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, text)
}

// inTime runs a translation inside the time budget. One that does not come back
// in time is left to end by itself: it holds no part of the request, and keeps
// its slot, so that such translations cannot pile up.
func inTime[T any](s *Server, work func() (T, error)) (T, error) {
	var none T
	timer := time.NewTimer(s.limits.Budget)
	defer timer.Stop()
	select {
	case s.slots <- struct{}{}:
	case <-timer.C:
		return none, overBudget()
	}
	return until(timer, func() (T, error) {
		defer func() { <-s.slots }()
		return work()
	}, overBudget())
}

// until answers with what work comes to, or with late where the time is over
// first. Work then goes on by itself: it must hold no part of the request.
func until[T any](timer *time.Timer, work func() (T, error), late error) (T, error) {
	type answer struct {
		result T
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if v := recover(); v != nil {
				a = answer{err: panicked(v, debug.Stack())}
			}
			done <- a
		}()
		a.result, a.err = work()
	}()
	select {
	case a := <-done:
		return a.result, a.err
	case <-timer.C:
		var none T
		return none, late
	}
}
