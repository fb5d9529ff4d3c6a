package document

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// Recognised is a form that a Bundle can be read in, and what it is in it.
type Recognised struct{ Form, Document string }

// profileBases tell a form by the profiles that the resources of a Bundle claim.
var profileBases = []struct{ base, form string }{
	{"http://fhir.kl.dk/ffb", "ffb"}, // ffbreporting, ffbmessaging
	{"http://fhir.kl.dk/gateway/", "fsiii"},
	{"http://fhir.kl.dk/prevention/", "fsiii"},
	{"http://fhir.kl.dk/ffinst/", "fsiii"},
	{"http://medcomfhir.dk/ig/homecareobservation/", "hco"},
	{"http://medcomfhir.dk/ig/carecommunication/", "carecommunication"},
}

// bundleForms are the forms that are FHIR Bundles, in the order they are tried.
var bundleForms = []string{FHIR, "ffb", "fsiii", "hco", "carecommunication"}

// Recognise returns every form that a Bundle in FHIR JSON can be read in, in the
// order fhir, ffb, fsiii, hco, carecommunication: none for what nobody knows,
// several for what only the sender can tell. It is told
//
//  1. by the profile that the Bundle claims, and if it claims none by those of
//     its resources;
//  2. by its content where no profile tells: a document of the hub by what it is
//     about, a condition record by the code systems of its facts; one with both
//     codings on its facts is the hub's.
func (g *Gateway) Recognise(doc *tree.Doc) []Recognised {
	forms := claimed(doc, doc.Root())
	if len(forms) == 0 {
		for r := range resourcesOf(doc) {
			for form := range claimed(doc, r) {
				forms[form] = true
			}
		}
	}
	if len(forms) == 0 {
		if kind := InHub(doc); kind != "" {
			return []Recognised{{FHIR, kind}}
		}
		forms = g.content(doc)
	}
	var all []Recognised
	for _, form := range bundleForms {
		if forms[form] {
			kind, err := g.kind(doc, Request{From: form})
			if err == nil {
				all = append(all, Recognised{form, kind})
			}
		}
	}
	return all
}

// claimed returns the forms that the profiles of a resource tell.
func claimed(doc *tree.Doc, resource tree.ID) map[string]bool {
	forms := map[string]bool{}
	for p := doc.Find(resource, "meta", "profile"); p != tree.None; p = doc.Next(p) {
		for _, b := range profileBases {
			if strings.HasPrefix(doc.Text(p), b.base) {
				forms[b.form] = true
			}
		}
	}
	return forms
}

// resourcesOf gives the resources of a Bundle.
func resourcesOf(doc *tree.Doc) func(func(tree.ID) bool) {
	return func(yield func(tree.ID) bool) {
		for e := doc.Find(doc.Root(), "entry"); e != tree.None; e = doc.Next(e) {
			if r := doc.Child(e, "resource"); r != tree.None && !yield(r) {
				return
			}
		}
	}
}

// content returns the forms that the content of a Bundle tells: the documents
// that a form recognises, and the code systems of a condition record.
func (g *Gateway) content(doc *tree.Doc) map[string]bool {
	if own := g.recognise["fsiii"]; own != nil && own(doc) != "" {
		return map[string]bool{"fsiii": true}
	}
	forms := map[string]bool{}
	for n := tree.ID(0); int(n) < doc.Len(); n++ {
		if doc.Key(n) != "coding" || doc.Kind(n) != tree.Array {
			continue
		}
		ffb, fsiii := g.systems(doc, n)
		forms[FHIR] = forms[FHIR] || ffb && fsiii
		forms["ffb"] = forms["ffb"] || ffb && !fsiii
		forms["fsiii"] = forms["fsiii"] || fsiii && !ffb
	}
	if forms[FHIR] { // a fact without a counterpart has one coding in the hub too
		return map[string]bool{FHIR: true}
	}
	return forms
}

// systems reports which of the two code systems the codings of a list are of.
func (g *Gateway) systems(doc *tree.Doc, list tree.ID) (ffb, fsiii bool) {
	for c := doc.First(list); c != tree.None; c = doc.Next(c) {
		if e, ok := g.terms.Lookup(doc.Text(doc.Child(c, "system")), doc.Text(doc.Child(c, "code"))); ok {
			ffb, fsiii = ffb || e.System == mapping.FFB, fsiii || e.System == mapping.FSIII
		}
	}
	return ffb, fsiii
}

// Offered refuses what is not translated, with the parameter that is at fault
// and the reason.
func Offered(document, from, to string) error {
	return offered(Request{Document: document, From: from, To: to})
}
