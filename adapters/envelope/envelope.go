// Package envelope takes messages out of the two envelopes of the Danish health
// data network, and puts them in: VANSEnvelope, of the VANS network, and
// ehmiSBDH, of EHMI's eDelivery. It knows what an envelope says of its message,
// and nothing of the message.
//
// Sources, all public. VANSEnvelope: its schema 1.0.4, as it stands in MedCom's
// test rules for OIOXML (urn:oio:medcom:vans-envelope:1.0.4); what it says of a
// FHIR message, https://medcomdk.github.io/MedCom-FHIR-Communication/assets/documents/FHIRMessages_NetworkEnvelopes_EN.html;
// when it is acknowledged, 032_Reliable_Messaging-VANSEnvelope.html beside it.
// ehmiSBDH: the schemas, the text and the examples in
// https://github.com/medcomdk/dk-ehmi-sbdh, input/pagecontent
// (https://build.fhir.org/ig/medcomdk/dk-ehmi-sbdh/ehmiSBDH.html), and of
// receipts the signals of ebBP 2.0.4
// (http://docs.oasis-open.org/ebxml-bp/2.0.4/ebbp-signals-2.0.4.xsd).
package envelope

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// Kind is one of the two envelopes.
type Kind string

// The envelopes.
const (
	VANS Kind = "vans" // VANSEnvelope
	EHMI Kind = "ehmi" // ehmiSBDH, a StandardBusinessDocument
)

// Envelope is an envelope with one message in it, or one receipt.
type Envelope struct {
	Kind             Kind
	Sender, Receiver Endpoint
	ID               string // its own; another is never sent under the same
	Sent             string // when, as written
	Content                 // what it says of its message
	Payload          []byte // the message, byte for byte; nil beside a receipt
	Receipt          *Receipt
	// Notices tell what the envelope says of its message that is not so. The
	// message counts.
	Notices []string
}

// Endpoint is where an envelope comes from or goes to.
type Endpoint struct {
	Type string // EAN, a location number (GLN); in a VANSEnvelope also CVR, VANS
	ID   string
	SOR  string // of the organisation; a VANSEnvelope has no place for it
}

// Content is what an envelope says of its message.
type Content struct {
	Message string // its id; of a FHIR message the MessageHeader's in ehmiSBDH
	Bundle  string // of a FHIR message the Bundle's; a VANSEnvelope has no place for it
	// Type and Version are its standard: MCM:FDIS91#other and 3.0.0 in a
	// VANSEnvelope, acknowledgement-message and 2.0 in ehmiSBDH.
	Type, Version string
	Format        string // of a VANSEnvelope: XML, EDIFACT, HL7, Binary, Other
	MIME          string // application/fhir+json, application/fhir+xml, application/xml
	Encoding      string // of the payload, where ehmiSBDH says it: UTF-8, ISO-8859-1
	Size          int    // bytes of the payload, where a VANSEnvelope says it
	Reliable      bool   // a receipt for the envelope is asked for
	Transform     bool   // the network may rewrite the message, in a VANSEnvelope
	// Provider and Service are whom a VANSEnvelope wants the message processed by.
	Provider, Service string
	// Tags are what else is said: service tags, and scopes of ehmiSBDH. One of
	// them, PATIENTID, is the citizen's number.
	Tags []Tag
}

// Tag is a name with a value.
type Tag struct{ Name, Value string }

// Tag returns the value of the first tag of a name.
func (c *Content) Tag(name string) string {
	for _, t := range c.Tags {
		if t.Name == name {
			return t.Value
		}
	}
	return ""
}

// Receipt says what became of an envelope on its way. It is not MedCom's
// acknowledgement, which answers the message.
type Receipt struct {
	Positive bool
	Network  bool     // the network refused it; its receiver has not seen it
	Envelope string   // the id of the envelope that it is for
	Sent     string   // when that one was sent, as written; a VANSEnvelope has no place for it
	Original *Content // what that one said of its message, as far as it is repeated
	// Code and Reason say why it was refused, in the words of who refused.
	Code, Reason string
}

// mostPayload is how many bytes a message in an envelope may have, unless a
// caller says otherwise.
const mostPayload = 16 << 20

// reader is how one kind of envelope is read.
type reader struct {
	space string
	shape *shape
	read  func(d *tree.Doc, e *Envelope, most int) error
}

// readers are the envelopes, by the name of their root.
var readers = map[string]reader{
	"VANSEnvelope":             {vansSpace, vansShape, readVANS},
	"StandardBusinessDocument": {sbdhSpace, sbdhShape, readSBDH},
}

// Is reports whether a text is meant as an envelope: XML whose root has the name
// of one.
func Is(text string) bool {
	rest := strings.TrimPrefix(text, "\ufeff")
	for {
		rest = strings.TrimLeft(rest, " \t\r\n")
		switch {
		case strings.HasPrefix(rest, "<?"):
			_, rest, _ = strings.Cut(rest, "?>")
		case strings.HasPrefix(rest, "<!--"):
			_, rest, _ = strings.Cut(rest, "-->")
		default:
			name, tag := strings.CutPrefix(rest, "<")
			if i := strings.IndexAny(name, " \t\r\n/>"); i >= 0 {
				name = name[:i]
			}
			_, known := readers[name[strings.IndexByte(name, ':')+1:]]
			return tag && known
		}
	}
}

// Unwrap reads an envelope strictly: what its schema does not have is refused,
// by name. A message of more than most bytes is refused too; 0 is 16 MiB. Errors
// are *mapping.Error, with a path into the envelope and without a value.
func Unwrap(data []byte, most int) (*Envelope, error) {
	if most == 0 {
		most = mostPayload
	}
	text, misdeclared, err := tree.DecodeXML(data)
	if err != nil {
		return nil, err
	}
	d, err := tree.ParseXML(text, tree.Limits{Bytes: 2 * most}) // base64, and room for the header
	if err != nil {
		return nil, err
	}
	root := d.Root()
	r, known := readers[d.Key(root)]
	switch {
	case !known:
		return nil, fault(mapping.NotSupported, d, root, "no envelope that is known here; accepted: VANSEnvelope, StandardBusinessDocument")
	case d.Space(root) != r.space:
		return nil, fault(mapping.NotSupported, d, root, "another namespace, so another version; accepted: "+r.space)
	}
	if err := r.shape.check(d, root, r.space); err != nil {
		return nil, err
	}
	e := &Envelope{}
	if misdeclared != "" {
		e.Notices = append(e.Notices, string(misdeclared))
	}
	if err := r.read(d, e, most); err != nil {
		return nil, err
	}
	e.compare()
	return e, nil
}

// Wrap writes an envelope in UTF-8. What Unwrap would refuse is not written: the
// error is that of Unwrap.
func Wrap(e *Envelope) ([]byte, error) {
	var o *tree.Out
	var err error
	switch e.Kind {
	case VANS:
		o = writeVANS(e)
	case EHMI:
		o, err = writeSBDH(e)
	default:
		err = &mapping.Error{Kind: mapping.NotSupported, Path: "envelope", Message: "accepted: vans, ehmi"}
	}
	if err != nil {
		return nil, err
	}
	b := append(o.Append(make([]byte, 0, o.Size()), 0), '\n')
	if _, err := Unwrap(b, max(len(e.Payload), 1<<20)); err != nil {
		return nil, err
	}
	return b, nil
}

// compare tells where the envelope says of its message what is not so.
func (e *Envelope) compare() {
	if e.Receipt != nil {
		return
	}
	p := string(e.Payload)
	xml, valid := tree.IsXML(p), utf8.ValidString(p)
	if e.Size > 0 && e.Size != len(p) {
		e.notice("the envelope says that the message has %d bytes, it has %d", e.Size, len(p))
	}
	if said := strings.HasSuffix(e.MIME, "xml"); e.MIME != "" && said != xml {
		is := "JSON"
		if xml {
			is = "XML"
		}
		e.notice("the envelope says that the message is %s, read as %s, which it is", e.MIME, is)
	}
	switch {
	case e.Encoding == utf8Name && !valid:
		e.notice("the envelope says that the message is in UTF-8, its bytes are not")
	case e.Encoding == latin1Name && valid && !ascii(p):
		e.notice("the envelope says that the message is in ISO-8859-1, but its bytes are UTF-8: read as UTF-8")
	}
}

func (e *Envelope) notice(format string, args ...any) {
	e.Notices = append(e.Notices, fmt.Sprintf(format, args...))
}

// Strange tells where an envelope goes between other location numbers than its
// message does. It is for one of the receivers of the message; a number that is
// not known is not compared.
func (e *Envelope) Strange(m *message.Message) (notices []string) {
	if from := m.Sender.GLN; e.Sender.Type == endpointEAN && from != "" && from != e.Sender.ID {
		notices = append(notices, "the envelope comes from another location number than its message")
	}
	meant := func(p message.Party) bool { return p.GLN == "" || p.GLN == e.Receiver.ID }
	if e.Receiver.Type == endpointEAN && len(m.Receivers) > 0 && !slices.ContainsFunc(m.Receivers, meant) {
		notices = append(notices, "the envelope goes to another location number than its message")
	}
	return notices
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Text returns the message for whoever reads it next. It is the payload byte for
// byte, unless nothing but the envelope says what the bytes are in: then, and
// only of ISO-8859-1, it is that text in UTF-8.
func (e *Envelope) Text() string {
	p := string(e.Payload)
	if e.Encoding != latin1Name || utf8.ValidString(p) {
		return p
	}
	if tree.IsXML(p) {
		if _, _, err := tree.DecodeXML(e.Payload); err == nil {
			return p // it says so itself
		}
	}
	runes := make([]rune, len(e.Payload))
	for i, c := range e.Payload {
		runes[i] = rune(c)
	}
	return string(runes)
}
