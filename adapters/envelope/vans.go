package envelope

import (
	"encoding/base64"
	"strconv"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// vansSpace is the namespace of VANSEnvelope, and says its version.
const vansSpace = "urn:oio:medcom:vans-envelope:1.0.4"

// mimeTag is the service tag that says which syntax a FHIR message is in.
const mimeTag = "MCM:MIME"

// vansShape is the schema of VANSEnvelope 1.0.4.
var vansShape = &shape{elements: []particle{
	one("SenderID", vansEndpoint),
	one("ReceiverID", vansEndpoint),
	one("EnvelopeIdentifier", leaf(uuid)),
	one("SentDateTime", leaf(dateTime)),
	some("Message", &shape{elements: []particle{one("MetaInformation", vansContent), one("Data", leaf(anyText))}}),
	some("Receipt", &shape{choice: true, elements: []particle{
		some("NegativeVans", vansReceipt(one("Error", vansError), some("OriginalMessage", vansContent))),
		some("NegativeMessage", vansReceipt(one("Error", vansError), one("OriginalMessage", vansContent))),
		some("PositiveMessage", vansReceipt(one("OriginalMessage", vansContent))),
	}}),
}}

var (
	vansEndpoint = &shape{attributes: map[string]value{"EndPointType": oneOf(endpointEAN, "CVR", "VANS")}, text: upTo(18)}

	vansContent = &shape{elements: []particle{
		one("Identifier", leaf(uuid)),
		some("Processing", &shape{elements: []particle{one("ProviderIdentifier", leaf(upTo(255))), one("ServiceIdentifier", leaf(upTo(255)))}}),
		one("Document", &shape{elements: []particle{
			one("Format", leaf(oneOf("XML", "EDIFACT", "HL7", "Binary", "Other"))),
			one("Name", leaf(upTo(255))),
			some("Version", leaf(upTo(255))),
			one("SizeInBytes", leaf(number)),
		}}),
		some("Transport", &shape{elements: []particle{
			some("Type", leaf(oneOf("reliable", "unreliable"))),
			one("TransformMessage", leaf(oneOf("false", "true", "0", "1"))),
			{name: "ServiceTag", most: 5, shape: &shape{attributes: map[string]value{"name": upTo(70)}, text: upTo(70)}},
		}}),
	}}

	vansError = &shape{elements: []particle{some("Code", leaf(number)), one("Description", leaf(upTo(512)))}}
)

// vansReceipt is the shape of a receipt: what it is for stands after the error
// and before what the envelope said of its message.
func vansReceipt(around ...particle) *shape {
	last := len(around) - 1
	elements := append(around[:last:last], one("OriginalEnvelopeIdentifier", leaf(uuid)), around[last])
	return &shape{elements: elements}
}

// endpointEAN is the type of an end that is a location number.
const endpointEAN = "EAN"

// readVANS reads a VANSEnvelope of the right shape.
func readVANS(d *tree.Doc, e *Envelope, most int) (err error) {
	root := d.Root()
	message, receipt := d.Child(root, "Message"), d.Child(root, "Receipt")
	switch {
	case message == tree.None && receipt == tree.None:
		return fault(mapping.Required, d, root, "the envelope is empty; expected one of Message, Receipt")
	case message != tree.None && receipt != tree.None:
		return fault(mapping.Invalid, d, receipt, "a receipt beside a message; accepted: one of Message, Receipt")
	}
	e.Kind, e.ID, e.Sent = VANS, at(d, root, "EnvelopeIdentifier"), at(d, root, "SentDateTime")
	if e.Sender, err = readEndpoint(d, d.Child(root, "SenderID")); err != nil {
		return err
	}
	if e.Receiver, err = readEndpoint(d, d.Child(root, "ReceiverID")); err != nil {
		return err
	}
	if receipt != tree.None {
		e.Receipt = readVANSReceipt(d, receipt)
		return nil
	}
	e.Content = readContent(d, d.Child(message, "MetaInformation"))
	e.Payload, err = decoded(d, d.Child(message, "Data"), most)
	return err
}

// readEndpoint reads where an envelope comes from or goes to. A location number
// is checked: one with a wrong digit is nobody's.
func readEndpoint(d *tree.Doc, n tree.ID) (Endpoint, error) {
	p := Endpoint{Type: strings.TrimSpace(d.Text(d.Child(n, "@EndPointType"))), ID: text(d, n)}
	if want := gln(p.ID); p.Type == endpointEAN && want != "" {
		return p, fault(mapping.Value, d, n, "accepted: "+want)
	}
	return p, nil
}

// readContent reads the MetaInformation of a message. Where it is not said how
// it is sent, it is sent reliably.
func readContent(d *tree.Doc, n tree.ID) Content {
	size, _ := strconv.Atoi(at(d, n, "Document", "SizeInBytes")) // which the shape has looked at
	transport := d.Child(n, "Transport")
	c := Content{
		Message: at(d, n, "Identifier"), Type: at(d, n, "Document", "Name"), Version: at(d, n, "Document", "Version"),
		Format: at(d, n, "Document", "Format"), Size: size,
		Provider: at(d, n, "Processing", "ProviderIdentifier"), Service: at(d, n, "Processing", "ServiceIdentifier"),
		Reliable:  at(d, transport, "Type") != "unreliable",
		Transform: strings.Contains("true 1", at(d, transport, "TransformMessage")) && transport != tree.None,
	}
	if transport == tree.None || d.Kind(transport) == tree.String {
		return c
	}
	for t := d.First(transport); t != tree.None; t = d.Next(t) {
		if d.Key(t) != "ServiceTag" {
			continue
		}
		tag := Tag{strings.TrimSpace(d.Text(d.Child(t, "@name"))), text(d, t)}
		if tag.Name == mimeTag && c.MIME == "" {
			c.MIME = tag.Value
		} else {
			c.Tags = append(c.Tags, tag)
		}
	}
	return c
}

// The receipts of a VANSEnvelope.
const (
	negativeVANS    = "NegativeVans"
	negativeMessage = "NegativeMessage"
	positiveMessage = "PositiveMessage"
)

func readVANSReceipt(d *tree.Doc, n tree.ID) *Receipt {
	said := d.First(n)
	for strings.HasSuffix(d.Key(said), "()") { // a comment
		said = d.Next(said)
	}
	r := &Receipt{
		Positive: d.Key(said) == positiveMessage, Network: d.Key(said) == negativeVANS,
		Envelope: at(d, said, "OriginalEnvelopeIdentifier"),
		Code:     at(d, said, "Error", "Code"), Reason: at(d, said, "Error", "Description"),
	}
	if original := d.Child(said, "OriginalMessage"); original != tree.None {
		c := readContent(d, original)
		r.Original = &c
	}
	return r
}

// writer writes an envelope. A text that is empty is not written.
type writer struct{ *tree.Out }

func newWriter(space, root string) (writer, tree.OutID) {
	w := writer{tree.NewOut(64)}
	w.AsXML(space)
	return w, w.Object(tree.NoOut, root)
}

func (w writer) text(parent tree.OutID, name, text string) {
	if text != "" {
		w.Leaf(parent, name, tree.Quote(text), tree.None, 0)
	}
}

// element writes an element that has one attribute and a text.
func (w writer) element(parent tree.OutID, name, attribute, value, text string) {
	o := w.Object(parent, name)
	w.text(o, "@"+attribute, value)
	w.text(o, tree.TextKey, text)
}

// writeVANS writes a VANSEnvelope.
func writeVANS(e *Envelope) *tree.Out {
	w, root := newWriter(vansSpace, "VANSEnvelope")
	w.element(root, "SenderID", "EndPointType", e.Sender.Type, e.Sender.ID)
	w.element(root, "ReceiverID", "EndPointType", e.Receiver.Type, e.Receiver.ID)
	w.text(root, "EnvelopeIdentifier", e.ID)
	w.text(root, "SentDateTime", e.Sent)
	if e.Receipt != nil {
		w.vansReceipt(root, e.Receipt)
		return w.Out
	}
	message := w.Object(root, "Message")
	c := e.Content
	c.Size = len(e.Payload)
	w.content(w.Object(message, "MetaInformation"), &c)
	w.text(message, "Data", base64.StdEncoding.EncodeToString(e.Payload))
	return w.Out
}

func (w writer) content(o tree.OutID, c *Content) {
	w.text(o, "Identifier", c.Message)
	if c.Provider != "" || c.Service != "" {
		processing := w.Object(o, "Processing")
		w.text(processing, "ProviderIdentifier", c.Provider)
		w.text(processing, "ServiceIdentifier", c.Service)
	}
	document := w.Object(o, "Document")
	w.text(document, "Format", c.Format)
	w.text(document, "Name", c.Type)
	w.text(document, "Version", c.Version)
	w.text(document, "SizeInBytes", strconv.Itoa(c.Size))
	transport := w.Object(o, "Transport")
	w.text(transport, "Type", map[bool]string{true: "reliable", false: "unreliable"}[c.Reliable])
	w.text(transport, "TransformMessage", strconv.FormatBool(c.Transform))
	if c.MIME != "" {
		w.element(transport, "ServiceTag", "name", mimeTag, c.MIME)
	}
	for _, t := range c.Tags {
		w.element(transport, "ServiceTag", "name", t.Name, t.Value)
	}
}

func (w writer) vansReceipt(root tree.OutID, r *Receipt) {
	name := positiveMessage
	switch {
	case r.Network:
		name = negativeVANS
	case !r.Positive:
		name = negativeMessage
	}
	o := w.Object(w.Object(root, "Receipt"), name)
	if !r.Positive {
		e := w.Object(o, "Error")
		w.text(e, "Code", r.Code)
		w.text(e, "Description", r.Reason)
	}
	w.text(o, "OriginalEnvelopeIdentifier", r.Envelope)
	if r.Original != nil {
		w.content(w.Object(o, "OriginalMessage"), r.Original)
	}
}
