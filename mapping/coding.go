// Package mapping is the pure core of tolk: what a code, a match and an error
// are. It does no I/O, reads no clock and starts no goroutines; what it needs
// of the world comes in as arguments.
package mapping

// Coding is a FHIR R4 Coding: a code as somebody wrote it, with the display
// they wrote beside it. It is not an identity: use Concept for that.
type Coding struct {
	System  string
	Version string
	Code    string
	Display string
}

// Concept is the identity of a concept: its canonical system and its canonical
// code. Two spellings of one concept are one Concept.
type Concept struct {
	System string
	Code   string
}

// The canonical systems tolk maps between (kl-term 2.3.0).
const (
	FFB             = "urn:oid:1.2.208.176.2.22"
	FSIII           = "urn:oid:1.2.208.176.2.21"
	CareSocialCodes = "http://fhir.kl.dk/term/CodeSystem/CareSocialCodes"
)

// Area is a part of municipal health in FSIII, named as KL names it. A concept
// map from FFB answers per area; the zero value means that the map has none.
type Area string

// The areas a condition record is translated for, in the order answers are
// given.
const (
	Sygepleje    Area = "sygepleje"    // nursing, chapter I
	Hjemmepleje  Area = "hjemmepleje"  // home care, chapter J
	Forebyggelse Area = "forebyggelse" // health promotion and prevention, sundhedsloven § 119
)

// Areas lists the three areas in the order answers are given.
func Areas() []Area { return []Area{Sygepleje, Hjemmepleje, Forebyggelse} }
