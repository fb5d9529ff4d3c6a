package envelope

import (
	"strings"
	"time"

	"tolk/mapping/bundle"
)

// Acknowledgement is what is told of a MedCom acknowledgement when it is put in
// an envelope.
type Acknowledgement struct {
	Header, Bundle string // its own ids
	Code           string // ok, transient-error, fatal-error
	MIME           string // of the payload
}

// Acknowledge returns the envelope for the acknowledgement of the message in e:
// of the same kind, from whom e was for to whom it came from. Its id is made of
// the acknowledgement and the moment, so that an envelope that is sent again at
// another moment is another envelope, as both networks demand.
func (e *Envelope) Acknowledge(a Acknowledgement, payload []byte, now time.Time) *Envelope {
	answer := e.back(now, a.Header, a.Bundle)
	answer.Payload = payload
	answer.Content = Content{Message: a.Header, MIME: a.MIME, Reliable: true}
	switch e.Kind {
	case VANS:
		// FCTL is the number of Acknowledgement in MedCom's catalogue, and after it
		// the code that is counted: together codes of CodeSystem
		// medcom-messaging-statisticalCodes 2.0.0. The English page of the network
		// envelopes has FCTL1, and wants that the name is one of those codes.
		answer.Format, answer.Type, answer.Version = "HL7", "MCM:FCTL#"+a.Code, "2.0.0"
		if uuid(a.Header) != "" {
			answer.Message = bundle.ID("envelope", "message", a.Header)
		}
	case EHMI:
		answer.Bundle, answer.Type, answer.Version, answer.Encoding = a.Bundle, "acknowledgement-message", "2.0", utf8Name
		answer.Tags = append(answer.Tags,
			Tag{"DOCUMENTID", "urn:dk:healthcare:medcom:messaging:fhir:structuredefinition::acknowledgement-message##urn:dk:medcom:fhir:acknowledgement-message::2.0"},
			e.process())
		for _, t := range []Tag{{"ORIGINALMESSAGEIDENTIFIER", e.Message}, {"ORIGINALMESSAGEENVELOPEIDENTIFIER", e.Bundle}} {
			if t.Value != "" {
				answer.Tags = append(answer.Tags, t)
			}
		}
		answer.Tags = append(answer.Tags, Tag{"StatisticalInformation", "MCM:acknowledgement-message"})
	}
	return answer
}

// Confirm returns the positive receipt for e: that it came, and nothing of what
// became of the message in it. A receipt is never given a receipt.
func (e *Envelope) Confirm(now time.Time) *Envelope {
	receipt := e.back(now, "receipt", e.ID)
	receipt.Receipt = &Receipt{Positive: true, Envelope: e.ID}
	switch e.Kind {
	case VANS:
		original := e.Content
		receipt.Receipt.Original = &original
	case EHMI:
		receipt.Type, receipt.Version = "ehmisbdh-acknowledgement", "ebbp-signals-2.0"
		receipt.Message = receipt.ID
		receipt.Receipt.Sent = e.Sent
		receipt.Receipt.Original = &Content{Type: e.Tag("DOCUMENTID")}
		receipt.Tags = []Tag{
			{"DOCUMENTID", "urn:dk:healthcare:messaging:oasis:ebxml:schema:xsd::ehmisbdh-acknowledgement##urn:dk:ehmi:sbdh:ehmisbdh-acknowledgement::1.0"},
			e.process(),
			{"ORIGINALMESSAGEIDENTIFIER", e.Message}, {"ORIGINALMESSAGEENVELOPEIDENTIFIER", e.Bundle},
			{"ORIGINALMESSAGESTANDARD", e.Type}, {"ORIGINALMESSAGEVERSION", e.Version}, {"ORIGINALENVELOPEIDENTIFIER", e.ID},
			{"StatisticalInformation", receiptAcknowledgement},
		}
	}
	return receipt
}

// back returns an envelope of the same kind that goes back, with an id of its
// own.
func (e *Envelope) back(now time.Time, of ...string) *Envelope {
	sent := now.Format(time.RFC3339)
	return &Envelope{Kind: e.Kind, Sender: e.Receiver, Receiver: e.Sender, Sent: sent,
		ID: bundle.ID("envelope", string(e.Kind), strings.Join(of, " "), sent)}
}

// process is the process that an envelope belongs to in the register of
// addresses: what comes on the health data network goes back on it.
func (e *Envelope) process() Tag {
	const name = "PROCESSID"
	if p := e.Tag(name); p != "" {
		return Tag{name, p}
	}
	return Tag{name, "urn:ehmi:sdn-emergence"}
}
