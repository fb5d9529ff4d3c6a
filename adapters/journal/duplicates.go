package journal

// Seen says which identifiers of an incoming message the journal has had from
// the same sender on the same channel.
type Seen struct {
	Bundle bool // Bundle.id, or the identifier of the envelope where that is the channel's outer one
	Header bool // MessageHeader.id, or the identifier of the document in it
}

// Action is what is done with a message whose identifiers were seen so.
type Action string

// The actions. Resend holds for equal content only; other content under
// identifiers that were seen is refused on every channel.
const (
	Process Action = "process" // it is a new message
	Resend  Action = "resend"  // the stored answer is sent again, nothing is stored
	Refuse  Action = "refuse"  // nothing is stored, and the sender is told why
)

// Duplicates is the table of the four cases for one channel. A case that it
// does not name is refused.
type Duplicates map[Seen]Action

// MedCom is the table of MedCom FHIR Messaging
// (https://medcomdk.github.io/MedCom-FHIR-Communication/assets/documents/043_Reliable_Messaging-FHIR.html).
// For a seen header in a new Bundle it leaves the choice between reprocessing
// and rejecting: a second referral of the same patient harms, an answer that
// tells of the first does not.
var MedCom = Duplicates{
	{Bundle: false, Header: false}: Process,
	{Bundle: true, Header: true}:   Resend,
	{Bundle: false, Header: true}:  Refuse,
	{Bundle: true, Header: false}:  Refuse,
}

// EHMI is the table of the EHMI envelope
// (https://build.fhir.org/ig/medcomdk/dk-ehmi-sbdh/ehmiSBDHReliableMessaging.html),
// where Bundle stands for EnvelopeIdentifier and Header for MessageIdentifier.
// It resends for a seen message in a new envelope, and leaves the choice
// between reprocessing and rejecting where both were seen.
var EHMI = Duplicates{
	{Bundle: false, Header: false}: Process,
	{Bundle: true, Header: true}:   Refuse,
	{Bundle: false, Header: true}:  Resend,
	{Bundle: true, Header: false}:  Refuse,
}

// Why a message was refused: the words of Receipt.Code.
const (
	ContentDiffers  = "content-differs"  // other bytes under identifiers that were seen
	BundleReused    = "bundle-id-reused" // the Bundle.id was used for another MessageHeader.id
	HeaderSeen      = "header-id-seen"   // the MessageHeader.id came before, in another Bundle
	BothSeen        = "both-ids-seen"    // the channel does not answer a repeated message
	TransportReused = "transport-reused" // the identifier of the transport was used for another message
	IdsOfTwo        = "ids-of-two"       // the identifiers belong to two different messages
)

// earlier is a message that had one of the identifiers first; zero is none.
type earlier struct {
	seq  int64
	same bool // its content has the same bytes
}

// sightings are the earlier messages by kind of identifier.
type sightings struct {
	bundle, header, transport, content earlier
}

// decide says what is done with a message that has the identifiers named in
// has, and which earlier message it repeats.
func (d Duplicates) decide(has identifiers, s sightings) (action Action, code string, of int64) {
	if has.bundle == nil && has.header == nil {
		return decideWithout(has, s)
	}
	seen := Seen{s.bundle.seq != 0, s.header.seq != 0}
	if has.bundle == nil || has.header == nil {
		seen = Seen{seen.Bundle || seen.Header, seen.Bundle || seen.Header} // one alone stands for both
	}
	first := s.header
	if has.header == nil || !seen.Header {
		first = s.bundle
	}
	action, known := d[seen]
	switch {
	case s.bundle.seq != 0 && s.header.seq != 0 && s.bundle.seq != s.header.seq:
		return Refuse, IdsOfTwo, s.bundle.seq
	case !known, action == Refuse:
		return Refuse, refusedAs(seen, first), first.seq
	case action == Resend && first.seq == 0:
		return Refuse, ContentDiffers, 0
	case action == Resend && !first.same:
		return Refuse, ContentDiffers, first.seq
	case action == Resend:
		return Resend, "", first.seq
	case s.transport.seq != 0 && first.seq == 0:
		return Refuse, TransportReused, s.transport.seq
	}
	return Process, "", 0
}

// refusedAs names the case in which a message was refused.
func refusedAs(seen Seen, first earlier) string {
	switch {
	case seen.Bundle && seen.Header && first.same:
		return BothSeen
	case seen.Bundle && seen.Header:
		return ContentDiffers
	case seen.Bundle:
		return BundleReused
	}
	return HeaderSeen
}

// decideWithout decides for a message without FHIR's identifiers: the
// transport's tells, and where there is none, the bytes themselves.
func decideWithout(has identifiers, s sightings) (Action, string, int64) {
	switch {
	case has.transport == nil && s.content.seq != 0:
		return Resend, "", s.content.seq
	case has.transport == nil || s.transport.seq == 0:
		return Process, "", 0
	case s.transport.same:
		return Resend, "", s.transport.seq
	}
	return Refuse, TransportReused, s.transport.seq
}
