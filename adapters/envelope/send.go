package envelope

import (
	"slices"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/message"
)

// Outgoing is what a message says of itself that its envelope repeats.
type Outgoing struct {
	// Event is what it is: the event of a FHIR message, the TypeCode of a letter.
	Event string
	// Version is the version in MessageHeader.definition, the VersionCode of a
	// letter.
	Version          string
	Category         string // of a CareCommunication
	Citizen          string // the CPR number, which ehmiSBDH repeats
	Message, Bundle  string // ids of the MessageHeader and the Bundle; the Identifier of a letter
	Sender, Receiver message.Party
	MIME             string // of a FHIR message
}

// XREF01 is the TypeCode of a referral to a hospital (OIOXML).
const XREF01 = "XREF01"

// standard is how an envelope names a message: what is published of it, and
// nothing else.
type standard struct {
	format   string
	name     string
	versions []string
	// categories may follow the name, after #; nil: none does.
	categories []string
}

// standards are the messages that go in each envelope.
//
// In a VANSEnvelope the name is MCM: and the number of MedCom's catalogue, the
// version that of the catalogue. Of CareCommunication 5.0 they stand in the
// Danish page of MedCom's network envelopes (FHIRMessages_NetworkEnvelopes_DA;
// the English one still has 3.0.0); name and category together are a code of
// CodeSystem medcom-messaging-statisticalCodes 2.0.0 (medcom.fhir.dk.terminology
// 2.0.2). Of a letter they are its TypeCode and its VersionCode, as in the
// VANSEnvelope of MedCom's test rules for OIOXML (MCM:XDIS22, XD2230L).
//
// In ehmiSBDH a message is named by its event and the version of its definition,
// and by a document id of the register of addresses. Those that are published
// are HomeCareObservation's (https://github.com/medcomdk/dk-ehmi-eer,
// Endpoint.payloadType).
var standards = map[Kind]map[string]standard{
	VANS: {
		message.CareCommunication: {format: "HL7", name: "MCM:FDIS91", versions: []string{"5.0"}, categories: []string{
			"acute-ambulant", "alcohol-and-drug-treatment", "assistive-devices", "carecoordination", "decease", "discharge",
			"examination-results", "extended-care-responsibility", "healthcare", "home-care-assessment", "medicine", "nursing", "other",
			"outpatient", "psychiatry-social-disability", "regarding-referral", "telemedicine", "training"}},
		XREF01: {format: "XML", name: "MCM:XREF01", versions: []string{"XH0130R"}},
	},
	EHMI: {
		message.HomeCareObservation: {name: message.HomeCareObservation, versions: []string{"1.1", "1.2"}},
	},
}

// unpublished says why a message does not go in an envelope.
var unpublished = map[Kind]map[string]string{
	VANS: {message.HomeCareObservation: "MedCom has published no name of a HomeCareObservation in a VANSEnvelope; accepted for it: ehmi"},
	EHMI: {
		message.CareCommunication: "MedCom has published no document id of a CareCommunication in ehmiSBDH; accepted for it: vans",
		XREF01:                    "ehmiSBDH leaves letters in OIOXML to a later version of it; accepted for them: vans",
	},
}

// Takes tells whether a message of an event goes in an envelope of a kind, and
// if not why.
func Takes(kind Kind, event string) error {
	_, known := standards[kind]
	_, published := standards[kind][event]
	switch {
	case !known:
		return unsent(mapping.NotSupported, "accepted: vans, ehmi")
	case published:
		return nil
	case unpublished[kind][event] != "":
		return unsent(mapping.NotSupported, unpublished[kind][event])
	}
	return unsent(mapping.NotSupported, "accepted for a CareCommunication, a HomeCareObservation and an XREF01")
}

func unsent(kind mapping.Kind, why string) error {
	return &mapping.Error{Kind: kind, Path: "envelope", Message: why}
}

// Enclose returns the envelope in which a message is sent for the first time,
// from its sender to its (primary) receiver. Its id is made of the message and
// the moment. What the envelope must repeat and the message does not say is
// refused by name.
func Enclose(kind Kind, o Outgoing, payload []byte, now time.Time) (*Envelope, error) {
	if err := Takes(kind, o.Event); err != nil {
		return nil, err
	}
	s := standards[kind][o.Event]
	if err := s.complete(kind, o); err != nil {
		return nil, err
	}
	sent := now.Format(time.RFC3339)
	e := &Envelope{
		Kind: kind, Sent: sent, Payload: payload,
		ID:       bundle.ID("envelope", string(kind), o.Message, o.Bundle, o.Sender.GLN, sent),
		Sender:   Endpoint{Type: endpointEAN, ID: o.Sender.GLN},
		Receiver: Endpoint{Type: endpointEAN, ID: o.Receiver.GLN},
		Content:  Content{Message: o.Message, Type: s.name, Version: o.Version, MIME: o.MIME, Reliable: true},
	}
	switch kind {
	case VANS:
		e.Format = s.format
		if s.categories != nil {
			e.Type += "#" + o.Category
		}
		if uuid(e.Message) != "" {
			e.Message = bundle.ID("envelope", "message", o.Message, o.Sender.GLN)
		}
	case EHMI:
		e.Bundle, e.Encoding = o.Bundle, utf8Name
		e.Sender.SOR, e.Receiver.SOR = o.Sender.SOR, o.Receiver.SOR
		e.Tags = []Tag{
			{"DOCUMENTID", "urn:dk:healthcare:medcom:messaging:fhir:structuredefinition::" + o.Event + "##urn:dk:medcom:fhir:" + o.Event + "::" + o.Version},
			e.process(),
			{"PATIENTID", o.Citizen},
			{"StatisticalInformation", "MCM:" + o.Event},
		}
	}
	return e, nil
}

// complete tells what the message does not say, or says otherwise than anything
// published.
func (s standard) complete(kind Kind, o Outgoing) error {
	switch {
	case !slices.Contains(s.versions, o.Version):
		return unsent(mapping.NotSupported, "MedCom has published how "+o.Event+" is named for the versions "+strings.Join(s.versions, ", ")+"; the message is of another")
	case s.categories != nil && !slices.Contains(s.categories, o.Category):
		return unsent(mapping.CodeInvalid, "the name of the message has its category; accepted: "+strings.Join(s.categories, ", "))
	case gln(o.Sender.GLN) != "":
		return unsent(mapping.Required, "the sender of the message has no location number (GLN) with its check digit")
	case gln(o.Receiver.GLN) != "":
		return unsent(mapping.Required, "the receiver of the message has no location number (GLN) with its check digit")
	case kind == EHMI && (o.Sender.SOR == "" || o.Receiver.SOR == ""):
		return unsent(mapping.Required, "ehmiSBDH names sender and receiver by SOR too; the message lacks one of them")
	case kind == EHMI && o.Citizen == "":
		return unsent(mapping.Required, "ehmiSBDH names the citizen by CPR number; the message has none")
	}
	return nil
}
