// Package document translates a whole document: bytes to tree, tree to the
// dual-coded hub, hub to the target form, and the ledger beside it.
package document

import (
	"time"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/terminology"
)

// Request is what a caller asks of one translation.
type Request struct {
	// Document is the kind of document: Tilstande, Medicinliste, Sundhedstjek,
	// Henvisning, Korrespondance; empty: as it is recognised.
	Document string
	From     string         // the form of the document: ffb, fsiii
	To       string         // the form asked for: ffb, fsiii, fhir (the dual-coded hub)
	Areas    []mapping.Area // of FSIII, for a document from ffb; empty: all
	Accept   []string       // relations (narrower, inexact ...) and proposal ids a person stands for
	Strict   bool           // refuse instead of delivering a document that is not wholly conformant or leaves a leaf unclaimed
	// Now is the moment of the translation, for what depends on the age of a
	// document; the zero time where nothing is said of ages.
	Now time.Time
	// Sender and Receiver are the parties of a message, for a form that is one.
	// Where the document names the sender wholly, that one counts. What the form does
	// not write is refused (Useful).
	Sender, Receiver Party
	// Unreceipted says that nobody takes a positive receipt of the letter that is
	// written: none is asked for where the document does not ask for one.
	Unreceipted bool
	// WithResidue asks for Result.Residue.
	WithResidue bool
	// Residue is what an earlier translation the other way gave back. With it
	// the original is restored leaf for leaf.
	Residue string

	// known collects the ids of the proposals that Accept may name, where it names any.
	known map[string]bool
	// terms are the gateway's, for a step.
	terms *terminology.Terminology
}

// Name is the name that the code systems of the gateway have for a code, empty where
// they have none. A step of a way may ask it.
func (q Request) Name(system, code string) string { return nameOf(q.terms, system, code) }

// Name is the name that the code systems here have for a code, empty where they have
// none.
func (g *Gateway) Name(system, code string) string { return nameOf(g.terms, system, code) }

func nameOf(terms *terminology.Terminology, system, code string) string {
	if terms == nil {
		return ""
	}
	e, ok := terms.Lookup(system, code)
	if !ok {
		return ""
	}
	return e.Display
}

// Party is an organisation that sends or receives messages. MedCom knows it by
// both numbers.
type Party struct {
	Name string `yaml:"name"`
	SOR  string `yaml:"sor"`
	GLN  string `yaml:"gln"`
	// Of a sender alone: who writes for the organisation, as what, and the
	// number to call. They name an employee, and stand in no log.
	Person string `yaml:"person"`
	Role   string `yaml:"role"`
	Phone  string `yaml:"phone"`
}

// The kinds of document.
const (
	Tilstande    = "tilstande"    // condition record
	Medicinliste = "medicinliste" // medication list
	Sundhedstjek = "sundhedstjek" // health check
	Henvisning   = "henvisning"   // referral

	Korrespondance = "korrespondance" // correspondence: a thread of messages about one citizen
)

// Result is a translated document with its account.
type Result struct {
	Output  []byte         // the target document, compact JSON
	Ledger  *ledger.Ledger // the fate of every leaf, the origin of every leaf
	Residue []byte         // JSON, if asked for; gives the original back, together with Output
}

// Organisation is one holding organisation in the two registers that the
// strict profiles demand: KOMBIT's (a UUID) and SOR's.
type Organisation struct {
	KOMBIT string // the value of https://www.kombit.dk/organisation
	SOR    string // the value of urn:oid:1.2.208.176.1.1
}

// Translator is what a front (command, API) needs of the core. Translate
// returns a *mapping.Error with a path into the sender's document when the
// document cannot be read, names a code that its system does not have, or, in
// strict mode, cannot be translated wholly.
type Translator interface {
	Translate(document string, request Request) (*Result, error)
}
