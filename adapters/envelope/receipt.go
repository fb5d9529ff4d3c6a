package envelope

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// signalSpace is the namespace of the signals of ebBP 2.0.
const signalSpace = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"

// The signals that EHMI uses, as DocumentIdentification.Type names them.
const (
	receiptAcknowledgement = "ReceiptAcknowledgement"
	receiptException       = "ReceiptException"
)

var signals = map[string]bool{receiptAcknowledgement: true, receiptException: true}

// signalRoots are the roots that a signal of a kind may have: an exception has
// one name in its schema and another in MedCom's example.
var signalRoots = map[string][]string{
	receiptAcknowledgement: {"ReceiptAcknowledgement"},
	receiptException:       {"Exception", "ReceiptException"},
}

// signalShape is what every signal says of what it is for, and of an exception
// why.
var signalShape = &shape{elements: []particle{
	one("OriginalMessageIdentifier", leaf(upTo(255))),
	some("OriginalDocumentIdentifier", leaf(upTo(255))),
	one("OriginalMessageDateTime", leaf(dateTime)),
	one("ThisMessageDateTime", leaf(dateTime)),
	some("FromPartyInfo", signalParty),
	some("ToPartyInfo", signalParty),
	some("FromRole", &shape{open: true}),
	some("ToRole", &shape{open: true}),
	some("ProcessSpecificationInfo", &shape{open: true}),
	some("CollaborationIdentifier", leaf(upTo(255))),
	some("BusinessActivityIdentifier", leaf(upTo(255))),
	some("ExceptionType", &shape{choice: true, elements: []particle{
		some("ReceiptException", leaf(oneOf("Syntax", "Authorization", "Signature", "Sequence"))),
		some("AcceptanceException", leaf(oneOf("Business", "Performance"))),
		some("GeneralException", leaf(anyText)),
	}}),
	some("Reason", leaf(upTo(4000))),
	some("ExceptionMessage", leaf(upTo(4000))),
	some("NonRepudiationInformation", &shape{open: true}),
	{name: "Signature", most: 1, shape: &shape{open: true}, space: []string{"http://www.w3.org/2000/09/xmldsig#"}},
}}

var signalParty = &shape{attributes: map[string]value{"type": optional(upTo(255))}, text: upTo(255)}

// readSignal reads the signal in an envelope whose header calls it of a kind.
func readSignal(payload []byte, kind string) (*Receipt, error) {
	text, _, err := tree.DecodeXML(payload)
	if err != nil {
		return nil, inside(err)
	}
	d, err := tree.ParseXML(text, tree.Limits{Bytes: 1 << 20})
	if err != nil {
		return nil, inside(err)
	}
	root, known := d.Root(), false
	for _, name := range signalRoots[kind] {
		known = known || d.Key(root) == name
	}
	if !known || d.Space(root) != signalSpace {
		return nil, inside(fault(mapping.Invalid, d, root, "the header calls it a "+kind+"; accepted: "+strings.Join(signalRoots[kind], ", ")+" in "+signalSpace))
	}
	if err := signalShape.check(d, root, signalSpace); err != nil {
		return nil, inside(err)
	}
	r := &Receipt{Positive: kind == receiptAcknowledgement, Envelope: at(d, root, "OriginalMessageIdentifier"), Sent: at(d, root, "OriginalMessageDateTime")}
	if why := d.Child(root, "ExceptionType"); why != tree.None {
		for _, name := range []string{"ReceiptException", "AcceptanceException", "GeneralException"} {
			r.Code += at(d, why, name)
		}
	}
	r.Reason = at(d, root, "Reason")
	r.Original = &Content{Type: at(d, root, "OriginalDocumentIdentifier")}
	return r, nil
}

// inside says that an error is in the receipt in an envelope.
func inside(err error) error {
	e, ok := err.(*mapping.Error)
	if !ok {
		return err
	}
	within := *e
	within.Path = strings.TrimSuffix("StandardBusinessDocument.BinaryContent: "+e.Path, ": ")
	return &within
}

// writeSignal writes the positive receipt that an envelope of ehmiSBDH holds.
func writeSignal(e *Envelope) []byte {
	w, root := newWriter(signalSpace, receiptAcknowledgement)
	w.text(root, "OriginalMessageIdentifier", e.Receipt.Envelope)
	if e.Receipt.Original != nil {
		w.text(root, "OriginalDocumentIdentifier", e.Receipt.Original.Type)
	}
	w.text(root, "OriginalMessageDateTime", e.Receipt.Sent)
	w.text(root, "ThisMessageDateTime", e.Sent)
	w.element(root, "FromPartyInfo", "type", authority, glnPrefix+e.Sender.ID)
	w.element(root, "ToPartyInfo", "type", authority, glnPrefix+e.Receiver.ID)
	return w.Append(nil, 0)
}
