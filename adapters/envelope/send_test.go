package envelope

import (
	"encoding/base64"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/message"
)

var (
	bosted = message.Party{SOR: "938061000016005", GLN: "5790001382445"}
	clinic = message.Party{SOR: "52581000016005", GLN: "5790000121526"}
)

// outgoing is what messages say of themselves, by kind and event.
func outgoing(event string) Outgoing {
	o := Outgoing{Event: event, Version: "5.0", Category: "medicine", Citizen: canary, Sender: bosted, Receiver: clinic,
		Message: "b9a1a9be-3f0e-4d4e-8a38-6b0a5ce3f902", Bundle: "7d0c2c0e-6a6f-4a55-9a0b-0d6c2f5f7a11", MIME: "application/fhir+json"}
	switch event {
	case message.HomeCareObservation:
		o.Version = "1.1"
	case XREF01:
		o.Version, o.Message, o.Bundle, o.MIME = "XH0130R", "HnvBrv5678", "", ""
	}
	return o
}

// A message that is sent has the names that are published for it.
func TestEnclose(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 16, 0, 0, time.FixedZone("", 3600))
	const homecare = "urn:dk:healthcare:medcom:messaging:fhir:structuredefinition::homecareobservation-message##urn:dk:medcom:fhir:homecareobservation-message::1.1"
	for _, c := range []struct {
		kind  Kind
		event string
		want  Content
	}{
		{VANS, message.CareCommunication, Content{Message: "b9a1a9be-3f0e-4d4e-8a38-6b0a5ce3f902", Type: "MCM:FDIS91#medicine", Version: "5.0", Format: "HL7",
			MIME: "application/fhir+json", Size: 5, Reliable: true}},
		{VANS, XREF01, Content{Type: "MCM:XREF01", Version: "XH0130R", Format: "XML", Size: 5, Reliable: true}},
		{EHMI, message.HomeCareObservation, Content{Message: "b9a1a9be-3f0e-4d4e-8a38-6b0a5ce3f902", Bundle: "7d0c2c0e-6a6f-4a55-9a0b-0d6c2f5f7a11",
			Type: "homecareobservation-message", Version: "1.1", MIME: "application/fhir+json", Encoding: "UTF-8", Reliable: true,
			Tags: []Tag{{"DOCUMENTID", homecare}, {"PROCESSID", "urn:ehmi:sdn-emergence"}, {"PATIENTID", canary}, {"StatisticalInformation", "MCM:homecareobservation-message"}}}},
	} {
		o := outgoing(c.event)
		e, err := Enclose(c.kind, o, []byte("{\"æ\""), now)
		if err != nil {
			t.Errorf("%s in %s: %v", c.event, c.kind, err)
			continue
		}
		text, err := Wrap(e)
		if err != nil {
			t.Errorf("%s in %s: %v", c.event, c.kind, err)
			continue
		}
		got, err := Unwrap(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		if c.event == XREF01 { // whose own id is no UUID
			if uuid(got.Message) != "" || got.Message == got.ID {
				t.Errorf("the id is %s", got.Message)
			}
			got.Message = ""
		}
		if !reflect.DeepEqual(got.Content, c.want) {
			t.Errorf("%s in %s:\ngot  %+v\nwant %+v", c.event, c.kind, got.Content, c.want)
		}
		if got.Sender.ID != bosted.GLN || got.Receiver.ID != clinic.GLN || string(got.Payload) != "{\"æ\"" || got.Sent != "2026-03-02T09:16:00+01:00" || c.kind == EHMI && got.Receiver.SOR != clinic.SOR {
			t.Errorf("%s in %s: got %+v", c.event, c.kind, got)
		}
		again, _ := Enclose(c.kind, o, nil, now)
		later, _ := Enclose(c.kind, o, nil, now.Add(time.Second))
		if again.ID != e.ID || later.ID == e.ID {
			t.Errorf("%s: ids %s, %s, %s", c.event, e.ID, again.ID, later.ID)
		}
	}
}

// What is not published, or not said, is refused in words, and no number of a
// citizen is in them.
func TestNotEnclosed(t *testing.T) {
	with := func(event string, change func(*Outgoing)) Outgoing {
		o := outgoing(event)
		change(&o)
		return o
	}
	same := func(*Outgoing) {}
	for says, c := range map[string]struct {
		kind Kind
		o    Outgoing
	}{
		"accepted: vans, ehmi":                          {"post", outgoing(message.CareCommunication)},
		"no name of a HomeCareObservation":              {VANS, with(message.HomeCareObservation, same)},
		"no document id of a CareCommunication":         {EHMI, with(message.CareCommunication, same)},
		"letters in OIOXML to a later version":          {EHMI, with(XREF01, same)},
		"accepted for a CareCommunication":              {VANS, with(message.HospitalNotification, same)},
		"versions 5.0; the message is of another":       {VANS, with(message.CareCommunication, func(o *Outgoing) { o.Version = "3.0" })},
		"versions 1.1, 1.2; ":                           {EHMI, with(message.HomeCareObservation, func(o *Outgoing) { o.Version = "" })},
		"the name of the message has its category":      {VANS, with(message.CareCommunication, func(o *Outgoing) { o.Category = canary })},
		"the sender of the message has no location":     {VANS, with(XREF01, func(o *Outgoing) { o.Sender.GLN = canary })},
		"the receiver of the message has no location":   {VANS, with(XREF01, func(o *Outgoing) { o.Receiver.GLN = "" })},
		"names sender and receiver by SOR":              {EHMI, with(message.HomeCareObservation, func(o *Outgoing) { o.Receiver.SOR = "" })},
		"names the citizen by CPR number; the message ": {EHMI, with(message.HomeCareObservation, func(o *Outgoing) { o.Citizen = "" })},
	} {
		_, err := Enclose(c.kind, c.o, []byte("{}"), time.Now())
		var e *mapping.Error
		if !errors.As(err, &e) || e.Path != "envelope" || !strings.Contains(e.Message, says) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: got %v", says, err)
		}
	}
}

// A letter in an ehmiSBDH is read, though none is written: what its header calls
// it is open yet.
func TestLetterInSBDH(t *testing.T) {
	text := example(t, "ehmi-fhir.xml")
	data := text[strings.Index(text, "<BinaryContent"):]
	data = data[strings.Index(data, ">")+1 : strings.Index(data, "</BinaryContent>")]
	text = strings.NewReplacer("<Type>Bundle", "<Type>XREF01", "application/fhir+json", "application/xml",
		data, base64.StdEncoding.EncodeToString([]byte("<Emessage/>"))).Replace(text)
	e, err := Unwrap([]byte(text), 0)
	if err != nil || e.Receipt != nil || e.Text() != "<Emessage/>" || len(e.Notices) > 0 {
		t.Errorf("got %+v, %v", e, err)
	}
	if _, err := Unwrap([]byte(strings.Replace(text, "<Type>XREF01", "<Type>AcceptanceAcknowledgement", 1)), 0); refused(err) != mapping.NotSupported {
		t.Errorf("a signal that is not used: %v", err)
	}
}
