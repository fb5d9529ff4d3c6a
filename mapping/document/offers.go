package document

import (
	"slices"
	"strings"

	"tolk/mapping"
)

// Offer tells whether a form is read as a kind of document and written as one.
// Every translation goes through the hub, so that a pair of forms is offered
// where the one is read and the other written.
type Offer struct {
	Document, Form string
	// Read and Write say why not; empty where it is offered.
	Read, Write string
}

// Offers lists what is offered, and why the rest is not.
func Offers() []Offer { return slices.Clone(offers) }

const (
	onlyMedicine = "FMK is the medication card and nothing else"
	onlyMeasures = "HomeCareObservation carries measurements and nothing else"
	onlyReferral = "it is a referral and nothing else"
	noReferral   = "FFB has no referral; the conditions that come along with one are translated from fhir as tilstande"
	noLetters    = "it has no correspondence: that is exchanged as MedCom's CareCommunication"
	oneReferral  = "it is a referral and nothing else; a correspondence about one is a CareCommunication of the category regarding-referral"
)

var offers = []Offer{
	{Document: Tilstande, Form: "plain"},
	{Document: Tilstande, Form: "ffb"},
	{Document: Tilstande, Form: "fsiii"},
	{Document: Tilstande, Form: FHIR},
	{Tilstande, "fmk", onlyMedicine, onlyMedicine},
	{Tilstande, "hco", onlyMeasures, onlyMeasures},
	{Tilstande, "xref01", onlyReferral, onlyReferral},
	{Tilstande, "xref15", onlyReferral, onlyReferral},
	{Tilstande, "carecommunication", "conditions come with a health check or a referral that a message carries, and are translated with it", "conditions go to a doctor with a health check or a referral, not as a message of their own"},

	{Document: Medicinliste, Form: "plain"},
	{Document: Medicinliste, Form: "fmk", Write: "FMK is the master of the medication card: it is changed there, by those who may; the residue gives the original card back"},
	{Document: Medicinliste, Form: FHIR},
	{Document: Medicinliste, Form: "ffb", Read: "FFB has no code for medicine and no list of it: the list is attached, and is translated from fhir"},
	{Document: Medicinliste, Form: "fsiii", Read: "FSIII has no medication list of its own: what it exchanges are the resources of the hub, translated from fhir"},
	{Medicinliste, "hco", onlyMeasures, onlyMeasures},
	{Medicinliste, "xref01", onlyReferral, onlyReferral},
	{Medicinliste, "xref15", onlyReferral, onlyReferral},
	{Document: Medicinliste, Form: "carecommunication"},

	{Document: Sundhedstjek, Form: "plain"},
	{Sundhedstjek, "fmk", onlyMedicine, onlyMedicine},
	{Document: Sundhedstjek, Form: FHIR},
	{Document: Sundhedstjek, Form: "ffb", Read: "FFB has no codes for measurements: the health check is attached, and is translated from fhir"},
	{Document: Sundhedstjek, Form: "fsiii"},
	{Document: Sundhedstjek, Form: "hco"},
	{Sundhedstjek, "xref01", onlyReferral, onlyReferral},
	{Sundhedstjek, "xref15", onlyReferral, onlyReferral},
	{Document: Sundhedstjek, Form: "carecommunication"},

	{Document: Henvisning, Form: "plain"},
	{Document: Henvisning, Form: FHIR},
	{Document: Henvisning, Form: "fsiii"},
	{Document: Henvisning, Form: "xref01"},
	{Document: Henvisning, Form: "xref15", Write: "the version code that such a letter must state could not be proven"},
	{Henvisning, "ffb", noReferral, noReferral},
	{Henvisning, "fmk", onlyMedicine, onlyMedicine},
	{Henvisning, "hco", onlyMeasures, onlyMeasures},
	{Document: Henvisning, Form: "carecommunication"},

	{Document: Korrespondance, Form: "plain"},
	{Document: Korrespondance, Form: FHIR},
	{Document: Korrespondance, Form: "carecommunication"},
	{Korrespondance, "ffb", noLetters, noLetters},
	{Korrespondance, "fsiii", noLetters, noLetters},
	{Korrespondance, "fmk", onlyMedicine, onlyMedicine},
	{Korrespondance, "hco", onlyMeasures, onlyMeasures},
	{Korrespondance, "xref01", oneReferral, oneReferral},
	{Korrespondance, "xref15", oneReferral, oneReferral},
}

// offered refuses a pair of forms that is not translated, with the reason.
func offered(q Request) error {
	from, to := offer(q.Document, q.From), offer(q.Document, q.To)
	switch {
	case from == nil:
		return parameter("from", expectedForm(q.From, Readable(q.Document)))
	case to == nil:
		return parameter("to", expectedForm(q.To, Writable(q.Document, q.From)))
	case q.From == q.To:
		return parameter("to", "the document is in that form already, expected another than from")
	case from.Read != "":
		return &mapping.Error{Kind: mapping.NotSupported, Path: "from", Message: q.Document + " is not read from " + q.From + ": " + from.Read}
	case to.Write != "":
		return &mapping.Error{Kind: mapping.NotSupported, Path: "to", Message: q.Document + " is not written to " + q.To + ": " + to.Write}
	}
	return nil
}

func offer(document, form string) *Offer {
	for i := range offers {
		if offers[i].Document == document && offers[i].Form == form {
			return &offers[i]
		}
	}
	return nil
}

// Readable lists the forms that a kind of document is read from; of all kinds where it
// is empty.
func Readable(document string) []string {
	return forms(func(o Offer) bool { return o.Read == "" && (document == "" || o.Document == document) })
}

// Writable lists the forms that a kind of document is written to, of all kinds where it
// is empty. Of what comes from a form only those kinds count that are read from it, and
// it is not written to the same form again.
func Writable(document, from string) []string {
	return forms(func(o Offer) bool {
		if o.Write != "" || o.Form == from || document != "" && o.Document != document {
			return false
		}
		source := offer(o.Document, from)
		return from == "" || source != nil && source.Read == ""
	})
}

// forms lists the forms of the offers that a test holds for, each once.
func forms(of func(Offer) bool) []string {
	var names []string
	for _, o := range offers {
		if of(o) && !slices.Contains(names, o.Form) {
			names = append(names, o.Form)
		}
	}
	return names
}

// expectedForm says which forms there are in place of one that there is not: ffb,
// fsiii or fhir.
func expectedForm(form string, names []string) string {
	last := len(names) - 1
	if last < 1 {
		return "expected " + strings.Join(names, "")
	}
	return "expected " + strings.Join(names[:last], ", ") + " or " + names[last] + mapping.Meant(form, names)
}
