package api

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/fhirxml"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// Processor answers messages, and the Bundles that are documents.
type Processor interface {
	Process(message.Ask) *message.Outcome
}

// Opened is a network envelope, opened.
type Opened struct {
	Message string   // what is in it; empty for a receipt
	Receipt string   // what a receipt says, in our words; empty for a message
	Notices []string // what the envelope says of its message that is not so
	// Parties reads from whom and for whom the message in it is, nil where it does
	// not say.
	Parties func() *message.Message
	// Strange tells where the envelope goes between others than its message.
	Strange func(*message.Message) []string
	// Acknowledge puts an acknowledgement, FHIR JSON, into the envelope that it
	// goes back in: of the same kind, to whom the first one came from.
	Acknowledge func(acknowledgement []byte, now time.Time) ([]byte, error)
}

// processPath is where messages are answered.
const processPath = "/fhir/$process-message"

// messageInputs are the parameters of $process-message, and of a Bundle at the
// base that is no batch of operations: two are FHIR's
// (http://hl7.org/fhir/R4/operation-messageheader-process-message.html), the
// others those of POST /v1/translate.
var messageInputs = slices.Concat([]input{{name: "document"}, {name: "from"}, {name: "to"}, {name: "strict"}, {name: "residue"}, {name: "envelope"},
	{name: "async"}, {name: "response-url", refused: "a message is answered at once, where it came from"}, format}, partyInputs)

// messageQuery is what the query asks of a message.
type messageQuery struct {
	message.Ask
	bare bool // the answer to an envelope goes without one
}

// readMessageQuery reads the query. Which forms there are, and what counts for which
// of them, is the core's to say.
func readMessageQuery(c *fiber.Ctx) (q messageQuery, err error) {
	values, err := query(c, messageInputs...)
	if err != nil {
		return q, err
	}
	q.Document, q.From, q.To = values.Get("document"), values.Get("from"), values.Get("to")
	q.Sender, q.Receiver = parties(values)
	q.Now = time.Now()
	if q.Strict, err = flag(values, "strict"); err != nil {
		return q, err
	}
	if q.WithResidue, err = flag(values, "residue"); err != nil {
		return q, err
	}
	if _, err = flag(values, "async"); err != nil { // with true, acceptLater has it
		return q, err
	}
	if e := values.Get("envelope"); e != "" && e != "none" {
		return q, badParameter(mapping.Value, "envelope", "accepted: none, for an answer without the envelope")
	}
	q.bare = values.Get("envelope") == "none"
	return q, q.Useful()
}

// received is a body with a message or another Bundle in it.
type received struct {
	body   string    // what the core is given: the text as it came, in JSON or XML
	doc    *tree.Doc // the same, in JSON
	opened *Opened   // the envelope that it came in, nil for none
}

// receive reads the body, and opens the envelope that it may be.
func (s *Server) receive(c *fiber.Ctx) (in received, err error) {
	if in.body, err = s.body(c, "a Bundle"); err != nil {
		return in, err
	}
	if s.open != nil {
		if in.opened, err = s.open(in.body, s.limits.Body); err != nil {
			return in, err
		}
	}
	if in.opened != nil {
		if in.body = in.opened.Message; in.body == "" {
			return in, nil
		}
	}
	limits := tree.Limits{Bytes: s.limits.Body}
	text, err := jsonOf(in.body, limits)
	if err != nil {
		if in.opened != nil && tree.IsXML(in.body) && !fhirxml.Is(in.body) {
			err = badBody(mapping.NotSupported, "$this", "there is no FHIR in the envelope; what is in it, a letter or a card, is translated by POST "+translatePath)
		}
		return in, err
	}
	in.doc, err = tree.Parse(text, limits)
	return in, err
}

// processMessage answers POST /fhir/$process-message: a Bundle of type message,
// or Parameters that hold one as content, in an envelope or without. It is
// answered at once, unless it is to be delivered (later).
func (s *Server) processMessage(c *fiber.Ctx) error {
	if later(c) {
		return s.acceptLater(c)
	}
	if err := s.mayTranslate(c); err != nil {
		return err
	}
	q, err := readMessageQuery(c)
	if err != nil {
		return err
	}
	in, err := s.receive(c)
	if err != nil {
		return err
	}
	if in.doc != nil {
		if err := in.unpack(); err != nil {
			return err
		}
		root := in.doc.Root()
		if in.doc.Text(in.doc.Child(root, "resourceType")) != "Bundle" || in.doc.Text(in.doc.Child(root, "type")) != "message" {
			return badBody(mapping.Invalid, in.doc.Path(root), "expected a Bundle of type message; other Bundles are taken at the base, POST /fhir")
		}
	}
	return s.process(c, in, q)
}

// contentInputs are the parameters that may stand in the Parameters of the
// operation. FHIR has the message as the body itself; both are taken.
var contentInputs = []input{{name: "content", types: []string{"resource"}}}

// unpack takes the message out of Parameters, if that is where it is.
func (in *received) unpack() error {
	root := in.doc.Root()
	if in.doc.Text(in.doc.Child(root, "resourceType")) != "Parameters" {
		return nil
	}
	args, err := fromParameters(in.doc, contentInputs)
	if err != nil {
		return err
	}
	content, ok := args.find("content")
	if !ok {
		return badParameter(mapping.Required, "content", "required: the message")
	}
	in.body = in.doc.Raw(content.node)
	in.doc, err = tree.Parse(in.body, tree.Limits{Bytes: len(in.body)})
	return err
}

// base answers POST /fhir: a batch of operations entry by entry, and any other
// Bundle as a message or a document; what is to be delivered goes to the exchange
// (later).
func (s *Server) base(c *fiber.Ctx) error {
	if later(c) {
		return s.acceptLater(c)
	}
	if err := s.mayTranslate(c); err != nil {
		return err
	}
	in, err := s.receive(c)
	if err != nil {
		return err
	}
	if d := in.doc; d != nil {
		root := d.Root()
		kind := d.Text(d.Child(root, "type"))
		switch {
		case d.Text(d.Child(root, "resourceType")) != "Bundle":
			return badBody(mapping.Invalid, d.Path(root), "expected a Bundle: "+strings.Join(bundleTypes, ", "))
		case !slices.Contains(bundleTypes, kind):
			return badBody(mapping.NotSupported, d.Path(root)+".type", "accepted: "+strings.Join(bundleTypes, ", "))
		case kind == "batch" && in.opened == nil && !message.HoldsResources(d):
			return s.batch(c, d)
		}
	}
	q, err := readMessageQuery(c)
	if err != nil {
		return err
	}
	return s.process(c, in, q)
}

// bundleTypes are the Bundles that are taken at the base.
var bundleTypes = []string{"message", "collection", "document", "transaction", "batch"}

// process has what was received processed, and answers.
func (s *Server) process(c *fiber.Ctx, in received, q messageQuery) error {
	if in.opened != nil {
		in.opened.tell(c, nil)
		if in.opened.Receipt != "" {
			return inform(c, in.opened.Receipt+"; nothing is answered to a receipt")
		}
	}
	content, err := s.content(c)
	if err != nil {
		return err
	}
	if content.Messages == nil {
		return notReady()
	}
	q.Body, q.Own = in.body, s.own
	o, err := inTime(s, func() (*message.Outcome, error) { return content.Messages.Process(q.Ask), nil })
	if err != nil {
		if o = late(in.doc, err, q.Ask); o == nil {
			return err
		}
	}
	if in.opened != nil {
		in.opened.tell(c, o.Message)
	}
	return s.answerMessage(c, in, q, o)
}

// tell puts into a header what is not right with the envelope.
func (o *Opened) tell(c *fiber.Ctx, m *message.Message) {
	notices := o.Notices
	if m != nil {
		notices = append(slices.Clone(notices), o.Strange(m)...)
	}
	if len(notices) > 0 {
		c.Set("Tolk-Envelope", ascii(strings.Join(notices, "; ")))
	}
}

// late is the outcome for a message that there was no time for: its sender hears
// that it may be sent again, in his own words. It is nil where the error is
// another, or there is nobody to tell.
func late(doc *tree.Doc, err error, a message.Ask) *message.Outcome {
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.Timeout {
		return nil
	}
	m, fault := message.Read(doc)
	if m == nil {
		return nil
	}
	if fault != nil { // which will be wrong the next time too
		err = fault
	}
	text, none := message.Acknowledge(m, message.AnswerTo(err, a.Now, a.Own))
	if none != nil {
		return nil
	}
	return &message.Outcome{Kind: m.Event, Message: m, Acknowledgement: text, Err: err}
}
