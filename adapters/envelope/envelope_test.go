package envelope

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tolk/mapping"
	"tolk/mapping/message"
)

const content = `{"resourceType":"Bundle","id":"7d0c2c0e-6a6f-4a55-9a0b-0d6c2f5f7a11","type":"message","timestamp":"2026-03-02T09:15:00+01:00"}`

// canary is the CPR number of MedCom's public test person Bruno Test Elmer.
const canary = "2509479989"

func example(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var care = Content{Message: "b9a1a9be-3f0e-4d4e-8a38-6b0a5ce3f902", Type: "MCM:FDIS91#other", Version: "3.0.0", Format: "HL7",
	MIME: "application/fhir+json", Size: 126, Reliable: true, Tags: []Tag{{"MCM:STATISTIC", "manual"}}}

// Every envelope in testdata says what it says, and written again it says the
// same.
func TestExamples(t *testing.T) {
	left, right := Endpoint{Type: "EAN", ID: "5790000121526"}, Endpoint{Type: "EAN", ID: "5790000201389"}
	leftSOR, rightSOR := Endpoint{"EAN", left.ID, "8851000016006"}, Endpoint{"EAN", right.ID, "263001000016001"}
	repeated := &Content{Message: care.Message, Type: care.Type, Version: care.Version, Format: "HL7", Size: 118, Reliable: true}
	const (
		answered = "3e0b7c52-7a3d-4a8e-9d55-1c0f6f1f2a01"
		homecare = "urn:dk:healthcare:medcom:messaging:fhir:structuredefinition::homecareobservation-message##urn:dk:medcom:fhir:homecareobservation-message::1.2"
	)
	vansReceipt := func(from Endpoint, r Receipt) Envelope {
		return Envelope{Kind: VANS, Sender: from, Receiver: left, ID: "f1c6b1d0-4c3a-4fd4-8df0-7f9c7f0b5a03", Sent: "2026-03-02T09:15:09+01:00", Receipt: &r}
	}
	ehmiReceipt := func(r Receipt) Envelope {
		r.Envelope, r.Sent, r.Original = "1b6a7a0e-5a93-4f0d-8a7c-3f3c2f1e9d04", "2026-03-02T09:15:04+01:00", &Content{Type: homecare}
		return Envelope{Kind: EHMI, Sender: rightSOR, Receiver: leftSOR, ID: "0c9f3c5e-0a6e-4a8f-8a1b-9a3c5d7e1f06", Sent: "2026-03-02T09:15:09+01:00",
			Content: Content{Type: "ehmisbdh-acknowledgement", Version: "ebbp-signals-2.0", MIME: "application/xml", Encoding: "UTF-8",
				Tags: []Tag{{"ORIGINALMESSAGEIDENTIFIER", care.Message}}}, Receipt: &r}
	}
	for name, want := range map[string]Envelope{
		"vans-fhir.xml": {Kind: VANS, Sender: left, Receiver: right, ID: answered, Sent: "2026-03-02T09:15:04+01:00", Content: care, Payload: []byte(content)},
		"vans-oioxml.xml": {Kind: VANS, Sender: left, Receiver: right, ID: "5d7f1f5c-90f9-4f61-8a9a-0a6a2a5a8c02", Sent: "2026-03-02T09:15:04",
			Content: Content{Message: "5d7f1f5c-90f9-4f61-8a9a-0a6a2a5a8c02", Type: "MCM:XREF01", Format: "XML", Size: 191, Reliable: true, Provider: "vans", Service: "konvertering"},
			Payload: []byte("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<Emessage xmlns=\"http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/\"><Envelope><Identifier>S\xe5 meget</Identifier></Envelope></Emessage>\n")},
		"vans-receipt-positive.xml": vansReceipt(right, Receipt{Positive: true, Envelope: answered, Original: repeated}),
		"vans-receipt-negative.xml": vansReceipt(right, Receipt{Envelope: answered, Original: repeated, Code: "2", Reason: "Ukendt meddelelsestype"}),
		"vans-receipt-network.xml":  vansReceipt(Endpoint{Type: "VANS", ID: "VANS-1"}, Receipt{Network: true, Envelope: answered, Reason: "Ukendt modtager"}),
		"ehmi-fhir.xml": {Kind: EHMI, Sender: leftSOR, Receiver: rightSOR, ID: "1b6a7a0e-5a93-4f0d-8a7c-3f3c2f1e9d04", Sent: "2026-03-02T09:15:04+01:00",
			Content: Content{Message: care.Message, Bundle: "7d0c2c0e-6a6f-4a55-9a0b-0d6c2f5f7a11", Type: "homecareobservation-message", Version: "1.2",
				MIME: "application/fhir+json", Encoding: "UTF-8", Reliable: true,
				Tags: []Tag{{"DOCUMENTID", homecare}, {"PROCESSID", "urn:ehmi:sdn-emergence"}, {"PATIENTID", canary}, {"StatisticalInformation", "MCM:homecareobservation-message"}}},
			Payload: []byte(content)},
		"ehmi-latin1.xml": {Kind: EHMI, Sender: leftSOR, Receiver: right, ID: "1b6a7a0e-5a93-4f0d-8a7c-3f3c2f1e9d05", Sent: "2026-03-02T09:15:04+01:00",
			Content: Content{Message: care.Message, Type: "homecareobservation-message", Version: "1.2", MIME: "application/fhir+xml", Encoding: "ISO-8859-1",
				Tags: []Tag{{"XDS-METADATA", "<DocumentReference/>"}}},
			Payload: []byte("<Bundle xmlns=\"http://hl7.org/fhir\"><id value=\"s\xe5\"/></Bundle>")},
		"ehmi-receipt-positive.xml":            ehmiReceipt(Receipt{Positive: true}),
		"ehmi-receipt-negative.xml":            ehmiReceipt(Receipt{Code: "Syntax", Reason: "Kuverten kan ikke læses"}),
		"ehmi-receipt-negative-as-example.xml": ehmiReceipt(Receipt{Code: "Syntax", Reason: "Kuverten kan ikke læses"}),
	} {
		text := example(t, name)
		if !Is(text) {
			t.Errorf("%s: not taken for an envelope", name)
		}
		got, err := Unwrap([]byte(text), 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(&want, got) {
			t.Errorf("%s: got %+v\nwant %+v", name, show(got), show(&want))
		}
		again, err := Wrap(got)
		if name == "ehmi-receipt-negative.xml" || name == "ehmi-receipt-negative-as-example.xml" {
			if refused(err) != mapping.NotSupported {
				t.Errorf("%s: written as %s, %v", name, again, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same, err := Unwrap(again, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, same) {
			t.Errorf("%s: written again it is %+v\nand was %+v", name, show(same), show(got))
		}
	}
}

// show is an envelope with all that it points to.
func show(e *Envelope) string {
	text := fmt.Sprintf("%+v %q", *e, e.Payload)
	if e.Receipt != nil {
		text += fmt.Sprintf(" receipt %+v of %+v", *e.Receipt, e.Receipt.Original)
	}
	return text
}

// refused returns the kind of an error, empty for none.
func refused(err error) mapping.Kind {
	var e *mapping.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// What no schema has is refused with a place and without a value.
func TestRefused(t *testing.T) {
	vans, receipt, ehmi := example(t, "vans-fhir.xml"), example(t, "vans-receipt-positive.xml"), example(t, "ehmi-fhir.xml")
	data := base64.StdEncoding.EncodeToString([]byte(content))
	cut := func(text, from, to string) string {
		i := strings.Index(text, from)
		j := i + strings.Index(text[i:], to) + len(to)
		return text[:i] + text[j:]
	}
	whole := func(text, element string) string {
		return text[strings.Index(text, "<"+element+">"):][:strings.Index(text, "</"+element+">")-strings.Index(text, "<"+element+">")+len(element)+3]
	}
	for name, c := range map[string]struct {
		text, path string
		kind       mapping.Kind
		says       string
	}{
		"not XML":               {"{}", "$this", mapping.Structure, ""},
		"a DOCTYPE":             {`<!DOCTYPE a [<!ENTITY b "x">]><VANSEnvelope>&b;</VANSEnvelope>`, "$this", mapping.Structure, "DOCTYPE"},
		"another root":          {`<Envelope xmlns="` + vansSpace + `"/>`, "Envelope", mapping.NotSupported, "VANSEnvelope, StandardBusinessDocument"},
		"another version":       {strings.Replace(vans, "1.0.4", "1.1.0", 1), "VANSEnvelope", mapping.NotSupported, vansSpace},
		"no namespace":          {strings.Replace(vans, ` xmlns="`+vansSpace+`"`, "", 1), "VANSEnvelope", mapping.NotSupported, vansSpace},
		"a namespace within":    {strings.Replace(vans, "<Message>", `<Message xmlns="urn:x">`, 1), "VANSEnvelope.Message", mapping.NotSupported, vansSpace},
		"another header":        {strings.Replace(ehmi, "<HeaderVersion>1.0", "<HeaderVersion>2.0", 1), "StandardBusinessDocument.StandardBusinessDocumentHeader.HeaderVersion", mapping.Value, "accepted: 1.0"},
		"two messages":          {strings.Replace(vans, "</Message>", "</Message>"+whole(vans, "Message"), 1), "VANSEnvelope.Message[1]", mapping.Invalid, "accepted: once"},
		"two contents":          {strings.Replace(ehmi, "</BinaryContent>", "</BinaryContent>"+ehmi[strings.Index(ehmi, "<BinaryContent"):strings.Index(ehmi, "</StandardBusinessDocument>")], 1), "StandardBusinessDocument.BinaryContent[1]", mapping.Invalid, "accepted: once"},
		"a message and receipt": {strings.Replace(vans, "</Message>", "</Message>"+whole(receipt, "Receipt"), 1), "VANSEnvelope.Receipt", mapping.Invalid, "one of"},
		"two receipts":          {strings.Replace(receipt, "</PositiveMessage>", "</PositiveMessage><NegativeVans/>", 1), "VANSEnvelope.Receipt.NegativeVans", mapping.Invalid, "one of"},
		"no receipt":            {cut(receipt, "<PositiveMessage>", "</PositiveMessage>"), "VANSEnvelope.Receipt", mapping.Required, "one of"},
		"neither":               {cut(vans, "<Message>", "</Message>"), "VANSEnvelope", mapping.Required, "one of Message, Receipt"},
		"no data":               {strings.Replace(cut(vans, "<Data>", "</Data>"), "</Message>", "<Data/></Message>", 1), "VANSEnvelope.Message.Data", mapping.Required, "base64"},
		"base64 that is not":    {strings.Replace(vans, data[:12], data[:11]+"*", 1), "VANSEnvelope.Message.Data", mapping.Value, "base64"},
		"to nobody":             {strings.Replace(vans, ">5790000201389<", "><", 1), "VANSEnvelope.ReceiverID", mapping.Value, "1 to 18"},
		"no receiver":           {cut(vans, "<ReceiverID", "</ReceiverID>"), "VANSEnvelope.ReceiverID", mapping.Required, "required"},
		"a wrong check digit":   {strings.Replace(vans, "5790000201389", "5790000201380", 1), "VANSEnvelope.ReceiverID", mapping.Value, "check digit"},
		"a CPR as receiver":     {strings.Replace(vans, "5790000201389", canary, 1), "VANSEnvelope.ReceiverID", mapping.Value, "check digit"},
		"a type of its own":     {strings.Replace(vans, `"EAN"`, `"GLN"`, 1), "VANSEnvelope.SenderID.@EndPointType", mapping.Value, "EAN, CVR, VANS"},
		"no type":               {strings.Replace(vans, ` EndPointType="EAN"`, "", 1), "VANSEnvelope.SenderID", mapping.Required, "EndPointType"},
		"an attribute":          {strings.Replace(vans, "<SentDateTime>", `<SentDateTime x="`+canary+`">`, 1), "", mapping.NotSupported, "attribute"},
		"no date":               {cut(vans, "<SentDateTime>", "</SentDateTime>"), "VANSEnvelope.SentDateTime", mapping.Required, ""},
		"out of order":          {strings.Replace(cut(vans, "<SenderID", "</SenderID>"), "</ReceiverID>", "</ReceiverID>"+`<SenderID EndPointType="EAN">5790000121526</SenderID>`, 1), "VANSEnvelope.SenderID", mapping.Invalid, "in this order"},
		"an id":                 {strings.Replace(vans, "3e0b7c52", canary, 1), "VANSEnvelope.EnvelopeIdentifier", mapping.Value, "UUID"},
		"a date":                {strings.Replace(vans, "2026-03-02T09:15:04", "2026-02-31T09:15:04", 1), "VANSEnvelope.SentDateTime", mapping.Value, "date"},
		"a size":                {strings.Replace(vans, "<SizeInBytes>126", "<SizeInBytes>-1", 1), "VANSEnvelope.Message.MetaInformation.Document.SizeInBytes", mapping.Value, "whole number"},
		"six tags":              {strings.Replace(vans, "</Transport>", strings.Repeat(`<ServiceTag name="a">b</ServiceTag>`, 4)+"</Transport>", 1), "", mapping.Invalid, "5 times"},
		"an unknown element":    {strings.Replace(vans, "</Transport>", "</Transport><Content/>", 1), "VANSEnvelope.Message.MetaInformation.Content", mapping.NotSupported, "Identifier, Processing, Document, Transport"},
		"text between":          {strings.Replace(vans, "<Message>", canary+"<Message>", 1), "", mapping.Invalid, "text between elements"},
		"elements in a text":    {strings.Replace(vans, "<Format>HL7</Format>", "<Format>HL7<b/></Format>", 1), "", mapping.Invalid, "only text"},
		"text for elements":     {"<VANSEnvelope xmlns='" + vansSpace + "'>" + canary + "</VANSEnvelope>", "VANSEnvelope", mapping.Invalid, "holds text"},
		"no zone":               {strings.Replace(ehmi, "2026-03-02T09:15:04+01:00</Creation", "2026-03-02T09:15:04</Creation", 1), "", mapping.Value, "zone"},
		"no prefix":             {strings.Replace(ehmi, "0088:", "0184:", 1), "StandardBusinessDocument.StandardBusinessDocumentHeader.Sender.Identifier", mapping.Value, "0088:"},
		"many":                  {strings.Replace(ehmi, "<MultipleType>false", "<MultipleType>true", 1), "", mapping.Value, "accepted: false, 0"},
		"neither kind":          {strings.Replace(ehmi, "<Type>Bundle", "<Type>AcceptanceAcknowledgement", 1), "", mapping.NotSupported, "accepted: Bundle"},
		"a receipt that is not": {strings.Replace(ehmi, "<Type>Bundle", "<Type>ReceiptAcknowledgement", 1), "StandardBusinessDocument.BinaryContent: $this", mapping.Structure, ""},
		"an encoding":           {strings.Replace(ehmi, `encoding="UTF-8">`, `encoding="UTF-16">`, 1), "", mapping.Value, "UTF-8, ISO-8859-1"},
		"another signal":        {strings.Replace(example(t, "ehmi-receipt-negative.xml"), "<Type>ReceiptException", "<Type>ReceiptAcknowledgement", 1), "StandardBusinessDocument.BinaryContent: Exception", mapping.Invalid, "ReceiptAcknowledgement"},
	} {
		_, err := Unwrap([]byte(c.text), 0)
		var e *mapping.Error
		switch {
		case !errors.As(err, &e):
			t.Errorf("%s: %v", name, err)
			continue
		case e.Kind != c.kind || !strings.Contains(e.Message, c.says) || c.path != "" && e.Path != c.path:
			t.Errorf("%s: got %s at %s: %s", name, e.Kind, e.Path, e.Message)
		}
		if text := err.Error(); strings.Contains(text, canary) || e.Value != "" || e.Path == "" {
			t.Errorf("%s: quotes the envelope or names no place: %s", name, text)
		}
	}
	if _, err := Unwrap([]byte(vans), 100); refused(err) != mapping.TooLong {
		t.Errorf("a long message: %v", err)
	}
	if _, err := Wrap(&Envelope{}); refused(err) != mapping.NotSupported {
		t.Errorf("no kind: %v", err)
	}
	if _, err := Wrap(&Envelope{Kind: VANS}); refused(err) == "" {
		t.Error("an envelope from nobody was written")
	}
}

// What an envelope says of its message that is not so is told, and the message
// is what it is.
func TestLies(t *testing.T) {
	vans, ehmi := example(t, "vans-fhir.xml"), example(t, "ehmi-latin1.xml")
	holding := func(text, payload string) string {
		i := strings.Index(text, `envelope/1.0">`) + len(`envelope/1.0">`)
		return text[:i] + base64.StdEncoding.EncodeToString([]byte(payload)) + "</BinaryContent></StandardBusinessDocument>"
	}
	for name, c := range map[string]struct {
		text, says, payload string
	}{
		"size":               {strings.Replace(vans, "<SizeInBytes>126", "<SizeInBytes>7", 1), "7 bytes, it has 126", content},
		"XML":                {strings.Replace(vans, "fhir+json", "fhir+xml", 1), "application/fhir+xml, read as JSON", content},
		"JSON":               {strings.Replace(ehmi, "fhir+xml", "fhir+json", 1), "application/fhir+json, read as XML", "<Bundle xmlns=\"http://hl7.org/fhir\"><id value=\"så\"/></Bundle>"},
		"UTF-8":              {strings.Replace(ehmi, `"ISO-8859-1"`, `"UTF-8"`, 1), "in UTF-8, its bytes are not", "<Bundle xmlns=\"http://hl7.org/fhir\"><id value=\"s\xe5\"/></Bundle>"},
		"ISO-8859-1":         {holding(ehmi, "<a>så</a>"), "its bytes are UTF-8", "<a>så</a>"},
		"ISO-8859-1, plain":  {holding(ehmi, "<a>s</a>"), "", "<a>s</a>"},
		"in its own words":   {holding(ehmi, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>s\xe5</a>"), "", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>s\xe5</a>"},
		"the envelope":       {strings.Replace(ehmi, `encoding="UTF-8"`, `encoding="ISO-8859-1"`, 1) + "<!-- æ -->", "its bytes are UTF-8: read as UTF-8", "<Bundle xmlns=\"http://hl7.org/fhir\"><id value=\"så\"/></Bundle>"},
		"JSON in ISO-8859-1": {strings.Replace(holding(ehmi, "{\"a\":\"s\xe5\"}"), "fhir+xml", "fhir+json", 1), "", `{"a":"så"}`},
	} {
		e, err := Unwrap([]byte(c.text), 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if told := strings.Join(e.Notices, "; "); (c.says == "") != (told == "") || !strings.Contains(told, c.says) {
			t.Errorf("%s: told %q, want %q", name, told, c.says)
		}
		if got := e.Text(); got != c.payload {
			t.Errorf("%s: got %q, want %q", name, got, c.payload)
		}
	}
}

// An acknowledgement goes back in the same kind of envelope, and so does a
// receipt; two moments are two envelopes.
func TestBack(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 16, 0, 0, time.FixedZone("", 3600))
	ack := Acknowledgement{Header: "0c3b1f6a-1d5e-4f0b-9a57-6e1f6f0a7b07", Bundle: "8c3b1f6a-1d5e-4f0b-9a57-6e1f6f0a7b08", Code: "fatal-error", MIME: "application/fhir+xml"}
	for name, want := range map[string]Content{
		"vans-fhir.xml": {Message: ack.Header, Type: "MCM:FCTL#fatal-error", Version: "2.0.0", Format: "HL7", MIME: ack.MIME, Size: 9, Reliable: true},
		"ehmi-fhir.xml": {Message: ack.Header, Bundle: ack.Bundle, Type: "acknowledgement-message", Version: "2.0", MIME: ack.MIME, Encoding: "UTF-8", Reliable: true,
			Tags: []Tag{
				{"DOCUMENTID", "urn:dk:healthcare:medcom:messaging:fhir:structuredefinition::acknowledgement-message##urn:dk:medcom:fhir:acknowledgement-message::2.0"},
				{"PROCESSID", "urn:ehmi:sdn-emergence"}, {"ORIGINALMESSAGEIDENTIFIER", care.Message},
				{"ORIGINALMESSAGEENVELOPEIDENTIFIER", "7d0c2c0e-6a6f-4a55-9a0b-0d6c2f5f7a11"}, {"StatisticalInformation", "MCM:acknowledgement-message"},
			}},
	} {
		e, err := Unwrap([]byte(example(t, name)), 0)
		if err != nil {
			t.Fatal(err)
		}
		back := e.Acknowledge(ack, []byte("<Bundle/>"), now)
		text, err := Wrap(back)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := Unwrap(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got.Sender != e.Receiver || got.Receiver != e.Sender || got.Sent != "2026-03-02T09:16:00+01:00" || string(got.Payload) != "<Bundle/>" || len(got.Notices) > 0 {
			t.Errorf("%s: got %+v", name, got)
		}
		if !reflect.DeepEqual(want, got.Content) {
			t.Errorf("%s: got %+v\nwant %+v", name, got.Content, want)
		}
		if strings.Contains(string(text), canary) {
			t.Errorf("%s: an acknowledgement names the citizen", name)
		}
		if later := e.Acknowledge(ack, nil, now.Add(time.Second)); later.ID == got.ID || got.ID == e.ID || e.Acknowledge(ack, nil, now).ID != got.ID {
			t.Errorf("%s: ids %s, %s, %s", name, e.ID, got.ID, later.ID)
		}
		confirmed, err := Wrap(e.Confirm(now))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		receipt, err := Unwrap(confirmed, 0)
		if err != nil || receipt.Receipt == nil || !receipt.Receipt.Positive || receipt.Receipt.Envelope != e.ID || receipt.Sender != e.Receiver {
			t.Errorf("%s: %v: %s", name, err, confirmed)
		}
		if strings.Contains(string(confirmed), canary) {
			t.Errorf("%s: a receipt names the citizen", name)
		}
	}
}

// An envelope that goes between others than its message is told of.
func TestStrange(t *testing.T) {
	e, err := Unwrap([]byte(example(t, "vans-fhir.xml")), 0)
	if err != nil {
		t.Fatal(err)
	}
	from, to := e.Sender.ID, e.Receiver.ID
	for want, c := range map[string][]string{"": {from, from, to}, "unknown": {"", from, ""}, "none": {from}, "from": {to, to}, "goes": {from, from}, "from, goes": {to, from}} {
		m := &message.Message{Sender: message.Party{GLN: c[0]}}
		for _, gln := range c[1:] {
			m.Receivers = append(m.Receivers, message.Party{GLN: gln})
		}
		told := strings.Join(e.Strange(m), "; ")
		if strings.Contains(told, "comes from another") != strings.Contains(want, "from") || strings.Contains(told, "goes to another") != strings.Contains(want, "goes") {
			t.Errorf("%v: told %q, want %q", c, told, want)
		}
	}
}

// Whatever is wrapped comes out again, byte for byte.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringOfN(rapid.RuneFrom([]rune(`aæØ1 <>&"'#:`+"\t")), 1, 30, -1).Filter(func(s string) bool { return strings.TrimSpace(s) == s })
		e := &Envelope{
			Kind: rapid.SampledFrom([]Kind{VANS, EHMI}).Draw(t, "kind"), ID: "3e0b7c52-7a3d-4a8e-9d55-1c0f6f1f2a01", Sent: "2026-03-02T09:15:04.25+01:00",
			Sender: Endpoint{Type: "EAN", ID: "5790000121526"}, Receiver: Endpoint{Type: "EAN", ID: "5790000201389"},
			Content: Content{Message: care.Message, Type: words.Draw(t, "type"), Version: words.Draw(t, "version"), Reliable: rapid.Bool().Draw(t, "reliable"),
				MIME: rapid.SampledFrom([]string{"application/fhir+json", "application/fhir+xml"}).Draw(t, "mime")},
			Payload: rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "payload"),
		}
		for _, value := range rapid.SliceOfN(words, 0, 4).Draw(t, "tags") {
			e.Tags = append(e.Tags, Tag{"T" + strings.Trim(value, "\t"), value})
		}
		if e.Kind == VANS {
			e.Format, e.Transform = rapid.SampledFrom([]string{"XML", "EDIFACT", "HL7", "Binary", "Other"}).Draw(t, "format"), rapid.Bool().Draw(t, "transform")
		} else {
			e.Bundle, e.Encoding = words.Draw(t, "bundle"), rapid.SampledFrom([]string{"", "UTF-8", "ISO-8859-1"}).Draw(t, "encoding")
		}
		text, err := Wrap(e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Unwrap(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Payload, e.Payload) {
			t.Fatalf("got %q, want %q", got.Payload, e.Payload)
		}
		got.Notices = nil
		if e.Kind == VANS {
			e.Size = len(e.Payload)
		}
		if !reflect.DeepEqual(e, got) {
			t.Fatalf("got %+v\nwant %+v\n%s", show(got), show(e), text)
		}
	})
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		"<VANSEnvelope>": true, "\ufeff <?xml version='1.0'?> <!-- <a> --> <v:VANSEnvelope xmlns:v=''>": true, "<StandardBusinessDocument/>": true,
		"": false, "{": false, "<": false, "<Bundle>": false, "<VANSEnvelopes>": false, "<!-- <VANSEnvelope> -->": false, "<?xml": false, "VANSEnvelope": false,
	} {
		if got := Is(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

// Whatever comes is read or refused; what is read can be written, and is then
// read as the same.
func FuzzUnwrap(f *testing.F) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) < 10 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Unwrap(data, 1<<16)
		if err != nil {
			if refused(err) == "" {
				t.Fatalf("no error of ours: %v", err)
			}
			return
		}
		text, err := Wrap(e)
		if e.Kind == EHMI && e.Receipt != nil && !e.Receipt.Positive {
			return
		}
		if err != nil {
			t.Fatalf("%v of %+v", err, e)
		}
		again, err := Unwrap(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		if string(again.Payload) != string(e.Payload) || again.ID != e.ID || again.Sender != e.Sender || (again.Receipt == nil) != (e.Receipt == nil) {
			t.Fatalf("got %+v, want %+v", again, e)
		}
	})
}
