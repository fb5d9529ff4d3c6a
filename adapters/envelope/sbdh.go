package envelope

import (
	"encoding/base64"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// The namespaces of ehmiSBDH. Its schema has BinaryContent in that of the header;
// some of MedCom's examples have it in PEPPOL's, which is read too.
const (
	sbdhSpace   = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
	peppolSpace = "http://peppol.eu/xsd/ticc/envelope/1.0"
)

// The words of ehmiSBDH.
const (
	authority    = "iso6523-actorid-upis"
	glnPrefix    = "0088:" // GLN among the schemes of ISO 6523
	scopeOwner   = "dk-medcom-messaging"
	xdsScope     = "XDS-METADATA"
	xdsOwner     = "dk-medcom-DocumentReference"
	receiptScope = "EHMI-ReceiptAcknowledgement"
	request      = "Request"
	response     = "Response"
	fhirType     = "Bundle" // of the document, where it is a FHIR message
	utf8Name     = "UTF-8"
	latin1Name   = "ISO-8859-1"
	signalMIME   = "application/xml" // of a receipt
	unusedSignal = "AcceptanceAcknowledgement"
)

// responseTime is how long the receiver of an envelope has to send a receipt.
const responseTime = 10 * time.Minute

// sbdhShape is the schema of ehmiSBDH: a StandardBusinessDocument of GS1's
// header 1.0 as MedCom profiles it. What DocumentIdentification and Scope may
// name is left open: the published versions name different sets.
var sbdhShape = &shape{elements: []particle{
	one("StandardBusinessDocumentHeader", &shape{elements: []particle{
		one("HeaderVersion", leaf(oneOf("1.0"))),
		one("Sender", sbdhPartner),
		one("Receiver", sbdhPartner),
		one("DocumentIdentification", &shape{elements: []particle{
			one("Standard", leaf(upTo(255))),
			one("TypeVersion", leaf(upTo(255))),
			one("InstanceIdentifier", leaf(upTo(255))),
			one("Type", leaf(upTo(255))),
			some("MultipleType", leaf(oneOf("false", "0"))),
			one("CreationDateAndTime", leaf(zoned)),
		}}),
		one("BusinessScope", &shape{elements: []particle{{name: "Scope", most: mostScopes, shape: sbdhScope}}}),
	}}),
	{name: "BinaryContent", least: 1, most: 1, space: []string{peppolSpace}, shape: &shape{
		attributes: map[string]value{
			"mimeType": oneOf("application/fhir+json", "application/fhir+xml", signalMIME),
			"encoding": optional(oneOf(utf8Name, latin1Name)),
		},
		text: anyText,
	}},
}}

// mostScopes is how many scopes a header may have; published ones have a dozen.
const mostScopes = 100

var (
	sbdhPartner = &shape{elements: []particle{
		one("Identifier", &shape{attributes: map[string]value{"Authority": optional(oneOf(authority))}, text: sbdhGLN}),
	}}

	sbdhScope = &shape{elements: []particle{
		one("Type", leaf(upTo(255))),
		one("InstanceIdentifier", leaf(anyText)),
		one("Identifier", leaf(upTo(255))),
		some("CorrelationInformation", &shape{elements: []particle{
			some("RequestingDocumentCreationDateTime", leaf(zoned)),
			some("RequestingDocumentInstanceIdentifier", leaf(upTo(255))),
			some("ExpectedResponseDateTime", leaf(zoned)),
		}}),
		some("BusinessService", &shape{elements: []particle{
			one("BusinessServiceName", leaf(upTo(255))),
			one("ServiceTransaction", &shape{open: true}),
		}}),
	}}
)

func sbdhGLN(text string) string {
	number, ok := strings.CutPrefix(text, glnPrefix)
	if want := gln(number); !ok || want != "" {
		return glnPrefix + " and a location number (GLN) with its check digit"
	}
	return ""
}

// readSBDH reads a StandardBusinessDocument of the right shape.
func readSBDH(d *tree.Doc, e *Envelope, most int) error {
	header := d.Child(d.Root(), "StandardBusinessDocumentHeader")
	is := d.Child(header, "DocumentIdentification")
	e.Kind, e.ID, e.Sent = EHMI, at(d, is, "InstanceIdentifier"), at(d, is, "CreationDateAndTime")
	e.Type, e.Version = at(d, is, "Standard"), at(d, is, "TypeVersion")
	e.Sender = Endpoint{Type: endpointEAN, ID: strings.TrimPrefix(at(d, header, "Sender", "Identifier"), glnPrefix)}
	e.Receiver = Endpoint{Type: endpointEAN, ID: strings.TrimPrefix(at(d, header, "Receiver", "Identifier"), glnPrefix)}
	answered := ""
	if scopes := d.Child(header, "BusinessScope"); d.Kind(scopes) == tree.Object {
		for s := d.First(scopes); s != tree.None; s = d.Next(s) {
			if d.Key(s) == "Scope" {
				answered += e.scope(d, s)
			}
		}
	}
	content := d.Child(d.Root(), "BinaryContent")
	e.MIME, e.Encoding = strings.TrimSpace(d.Text(d.Child(content, "@mimeType"))), strings.TrimSpace(d.Text(d.Child(content, "@encoding")))
	payload, err := decoded(d, content, most)
	if err != nil {
		return err
	}
	kind := at(d, is, "Type")
	if !signals[kind] {
		letter := e.MIME == signalMIME && kind != unusedSignal // in OIOXML, of which ehmiSBDH says nothing yet
		if kind != fhirType && !letter {
			return fault(mapping.NotSupported, d, d.Child(is, "Type"), "accepted: "+fhirType+" of a FHIR message, "+receiptAcknowledgement+" and "+receiptException+" of a receipt")
		}
		e.Payload = payload
		return nil
	}
	e.Receipt, err = readSignal(payload, kind)
	if err == nil && answered != "" && e.Receipt.Envelope != answered {
		e.notice("the header and the receipt in it name different envelopes: the receipt counts")
	}
	return err
}

// scope takes one of the names with values that the header is extended by. Of
// the scope of a response it returns the envelope that is answered.
func (e *Envelope) scope(d *tree.Doc, s tree.ID) (answered string) {
	name, value := at(d, s, "Type"), at(d, s, "InstanceIdentifier")
	switch name {
	case "SENDERID":
		e.Sender.SOR = value
	case "RECEIVERID":
		e.Receiver.SOR = value
	case "MESSAGEIDENTIFIER":
		e.Message = value
	case "MESSAGEENVELOPEIDENTIFIER":
		e.Bundle = value
	case receiptScope:
		if e.Reliable = value == request; value == response {
			return at(d, s, "CorrelationInformation", "RequestingDocumentInstanceIdentifier")
		}
	default:
		e.Tags = append(e.Tags, Tag{name, value})
	}
	return ""
}

// writeSBDH writes an ehmiSBDH.
func writeSBDH(e *Envelope) (*tree.Out, error) {
	if e.Receipt != nil && !e.Receipt.Positive {
		// The schema of the signal calls its root Exception, MedCom's example
		// ReceiptException: what is right cannot be told.
		return nil, &mapping.Error{Kind: mapping.NotSupported, Path: "envelope", Message: "a negative receipt of ehmiSBDH is read, and not written"}
	}
	w, root := newWriter(sbdhSpace, "StandardBusinessDocument")
	header := w.Object(root, "StandardBusinessDocumentHeader")
	w.text(header, "HeaderVersion", "1.0")
	w.partner(header, "Sender", e.Sender)
	w.partner(header, "Receiver", e.Receiver)
	kind, payload, mime, encoding := fhirType, e.Payload, e.MIME, e.Encoding
	if e.Receipt != nil {
		kind, mime, encoding = receiptAcknowledgement, signalMIME, utf8Name
		payload = writeSignal(e)
	}
	is := w.Object(header, "DocumentIdentification")
	w.text(is, "Standard", e.Type)
	w.text(is, "TypeVersion", e.Version)
	w.text(is, "InstanceIdentifier", e.ID)
	w.text(is, "Type", kind)
	w.text(is, "MultipleType", "false")
	w.text(is, "CreationDateAndTime", e.Sent)
	w.scopes(w.Object(header, "BusinessScope"), e)
	content := w.Object(root, "BinaryContent")
	w.text(content, "@mimeType", mime)
	w.text(content, "@encoding", encoding)
	w.text(content, tree.TextKey, base64.StdEncoding.EncodeToString(payload))
	return w.Out, nil
}

func (w writer) partner(header tree.OutID, name string, p Endpoint) {
	w.element(w.Object(header, name), "Identifier", "Authority", authority, glnPrefix+p.ID)
}

// scopes writes the scopes in the order of the examples: what is looked up in
// the register of addresses, who, what, and the receipt that is asked for or
// given.
func (w writer) scopes(o tree.OutID, e *Envelope) {
	for _, t := range e.Tags {
		w.scope(o, t.Name, t.Value)
	}
	for _, t := range []Tag{{"SENDERID", e.Sender.SOR}, {"RECEIVERID", e.Receiver.SOR}, {"MESSAGEIDENTIFIER", e.Message}, {"MESSAGEENVELOPEIDENTIFIER", e.Bundle}} {
		if t.Value != "" {
			w.scope(o, t.Name, t.Value)
		}
	}
	switch {
	case e.Receipt != nil:
		s := w.scope(o, receiptScope, response)
		c := w.Object(s, "CorrelationInformation")
		w.text(c, "RequestingDocumentCreationDateTime", e.Receipt.Sent)
		w.text(c, "RequestingDocumentInstanceIdentifier", e.Receipt.Envelope)
		w.service(s, response, "RespondingServiceTransaction", "0")
	case e.Reliable:
		s := w.scope(o, receiptScope, request)
		c := w.Object(s, "CorrelationInformation")
		w.text(c, "RequestingDocumentCreationDateTime", e.Sent)
		w.text(c, "RequestingDocumentInstanceIdentifier", e.ID)
		if sent, err := time.Parse(time.RFC3339Nano, e.Sent); err == nil { // another is refused by the shape
			w.text(c, "ExpectedResponseDateTime", sent.Add(responseTime).Format(time.RFC3339Nano))
		}
		w.service(s, request, "RequestingServiceTransaction", "600000")
	}
}

func (w writer) scope(o tree.OutID, name, value string) tree.OutID {
	s := w.Object(o, "Scope")
	w.text(s, "Type", name)
	w.Leaf(s, "InstanceIdentifier", tree.Quote(value), tree.None, 0)
	owner := scopeOwner
	if name == xdsScope {
		owner = xdsOwner
	}
	w.text(s, "Identifier", owner)
	return s
}

// service writes which transaction of reliable messaging an envelope is a part
// of. All but its kind and the time to answer, in milliseconds, is always the
// same.
func (w writer) service(s tree.OutID, what, kind, wait string) {
	o := w.Object(s, "BusinessService")
	w.text(o, "BusinessServiceName", receiptScope+"-"+what)
	t := w.Object(o, "ServiceTransaction")
	w.text(t, "@TypeOfServiceTransaction", kind)
	for _, never := range []string{"IsNonRepudiationRequired", "IsAuthenticationRequired", "IsNonRepudiationOfReceiptRequired",
		"IsIntelligibleCheckRequired", "IsApplicationErrorResponseRequested"} {
		w.text(t, "@"+never, "false")
	}
	w.text(t, "@TimeToAcknowledgeReceipt", wait)
	for _, unused := range []string{"TimeToAcknowledgeAcceptance", "TimeToPerform", "Recurrence"} {
		w.text(t, "@"+unused, "0")
	}
}
