package message

import (
	"errors"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// Gateway is what a Processor needs of the core: document.Gateway is one.
type Gateway interface {
	document.Translator
	// Recognise returns every form that a Bundle can be read in.
	Recognise(doc *tree.Doc) []document.Recognised
}

// Processor answers whole requests: it recognises a Bundle of any type, has what
// it holds translated, and acknowledges it if it is a message. It may be shared
// by any number of goroutines.
type Processor struct {
	Gateway Gateway
	Limits  tree.Limits // of the Bundle, and of every document attached to it
}

// Ask is one request.
type Ask struct {
	Body string // a Bundle, as FHIR JSON or FHIR XML
	// From is the form of a Bundle that is no message of MedCom's; empty: as it is
	// recognised.
	From string
	// To is the form that the content is asked for in; empty: it is not
	// translated. Document is the kind of document asked for, of a message the one
	// it carries; empty: as it is recognised, of a message the message itself.
	To, Document        string
	Strict, WithResidue bool
	// Sender and Receiver are the parties of the translated document, where the
	// form asked for is a message.
	Sender, Receiver document.Party
	Unreceipted      bool // as document.Request has it
	// Own is who answers a message that does not name its receiver.
	Own Party
	Now time.Time
}

// Useful refuses, each by its name, what is asked beside the Bundle and would be
// overlooked: what is said of a translation that nobody asks for, and what
// document.Request.Useful refuses. Process refuses it, too.
func (a Ask) Useful() error {
	q := a.request(document.Recognised{Document: a.Document, Form: a.From})
	if a.To != "" {
		return q.Useful()
	}
	if a.From != "" {
		return errors.Join(parameter("from", Untranslated), q.Unsaid(Untranslated))
	}
	return q.Unsaid(Untranslated)
}

// Untranslated is why nothing is said beside a Bundle that is not to be translated.
const Untranslated = "is said of a translation; expected with the form that is asked for"

// Outcome is what came of a request.
type Outcome struct {
	Kind            string           // the event of the message, or the kind of document
	Message         *Message         // nil if the Bundle is no message
	Acknowledgement []byte           // nil if none is due, or none is possible: Err says it
	Answer          []byte           // the Bundle that answers a transaction or a batch
	Result          *document.Result // the translation; nil if it was refused or none was asked for
	Attached        []Attached       // the documents that came along in a message
	Err             error            // why it was refused; the acknowledgement says it too
}

// Attached is a document of the hub that came along in a message.
type Attached struct {
	Path     string // of the Binary
	Document string // what it is recognised as
	Body     string // the document, as it was sent
	Result   *document.Result
	// TakenBack says that it does not count any more: it has no Result, and Err says
	// why.
	TakenBack bool
	Err       error // why there is no Result; nil if no translation was asked for
}

// Process answers a request. What is wrong with the Bundle or its content is in
// the Outcome, and in the acknowledgement if it is a message; what is wrong with
// the request (a form that nobody has) is in Err alone, since the sender of the
// message has no part in it.
func (p *Processor) Process(a Ask) *Outcome {
	if err := a.Useful(); err != nil {
		return &Outcome{Err: err}
	}
	doc, err := p.read(a.Body)
	if err != nil {
		return &Outcome{Err: err}
	}
	root := doc.Root()
	switch doc.Text(doc.Child(root, "resourceType")) {
	case "Bundle":
	case "MessageHeader":
		return loose(doc)
	default:
		return &Outcome{Err: &mapping.Error{Kind: mapping.Invalid, Path: "resourceType", Message: "expected a Bundle"}}
	}
	switch kind := doc.Text(doc.Child(root, "type")); {
	case kind == "message" && !p.ofOthers(doc):
		return p.message(doc, a)
	case kind == "message" || kind == "collection" || kind == "document":
		return p.document(doc, a)
	case kind == "transaction" || kind == "batch":
		return p.resources(doc, kind, a)
	}
	return &Outcome{Err: &mapping.Error{Kind: mapping.NotSupported, Path: "Bundle.type",
		Message: "expected message, collection, document, transaction or batch"}}
}

// read parses a Bundle, in JSON or XML.
func (p *Processor) read(body string) (*tree.Doc, error) { return parseFHIR(body, p.Limits) }

// ofOthers reports whether a message is of another family than MedCom's: KL's
// order to a social service is a condition record in a message, and its own
// events and transport acknowledge it.
func (p *Processor) ofOthers(doc *tree.Doc) bool {
	if claimsMedCom(doc, doc.Root()) {
		return false
	}
	for e := doc.Find(doc.Root(), "entry"); e != tree.None; e = doc.Next(e) {
		r := doc.Child(e, "resource")
		if doc.Text(doc.Child(r, "resourceType")) == "MessageHeader" &&
			(claimsMedCom(doc, r) || doc.Text(doc.Find(r, "eventCoding", "system")) == eventCodes) {
			return false
		}
	}
	all := p.Gateway.Recognise(doc)
	for _, r := range all {
		if r.Document == document.Korrespondance || ofMedCom[r.Form] { // by its content, or by the profiles of its resources
			return false
		}
	}
	return len(all) > 0
}

// ofMedCom are the forms that are messages of MedCom's.
var ofMedCom = map[string]bool{forms[CareCommunication].Form: true, forms[HomeCareObservation].Form: true}

// claimsMedCom reports whether a resource claims a profile of MedCom's.
func claimsMedCom(doc *tree.Doc, r tree.ID) bool {
	return strings.HasPrefix(doc.Text(doc.Find(r, "meta", "profile")), "http://medcomfhir.dk/")
}

// document translates a Bundle that is a document.
func (p *Processor) document(doc *tree.Doc, a Ask) *Outcome {
	found, err := p.recognise(doc, a)
	if err != nil {
		return &Outcome{Err: err}
	}
	o := &Outcome{Kind: found.Document}
	if a.To != "" {
		o.Result, o.Err = p.translate(a.Body, found, a)
	}
	return o
}

// translate has a document translated to the form that is asked for.
func (p *Processor) translate(body string, found document.Recognised, a Ask) (*document.Result, error) {
	return p.Gateway.Translate(body, a.request(found))
}

// request is what the core is asked of a document.
func (a Ask) request(found document.Recognised) document.Request {
	return document.Request{
		Document: found.Document, From: found.Form, To: a.To, Strict: a.Strict, WithResidue: a.WithResidue,
		Now: a.Now, Sender: a.Sender, Receiver: a.Receiver, Unreceipted: a.Unreceipted,
	}
}

// recognise settles what a Bundle is: as the caller says, else as the only thing
// it can be.
func (p *Processor) recognise(doc *tree.Doc, a Ask) (document.Recognised, error) {
	if a.From != "" {
		return document.Recognised{Form: a.From, Document: a.Document}, nil
	}
	var fits []document.Recognised
	names := ""
	for _, r := range p.Gateway.Recognise(doc) {
		if a.Document == "" || a.Document == r.Document {
			fits = append(fits, r)
			names += ", " + r.Document + " from " + r.Form
		}
	}
	switch len(fits) {
	case 1:
		return fits[0], nil
	case 0:
		return document.Recognised{}, &mapping.Error{Kind: mapping.NotSupported, Path: "Bundle",
			Message: "not recognised as a document by its profiles or its content; say its form with from"}
	}
	return document.Recognised{}, &mapping.Error{Kind: mapping.Invalid, Path: "Bundle",
		Message: "it can be read as more than one thing: " + names[2:] + "; say which with from"}
}
