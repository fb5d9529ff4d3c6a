package fsiii

import (
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// ruleList is the rule of everything in a medication list.
const ruleList = "fsiii.list"

// Steps are the translations of the hub's medication list for municipal health.
// There is none back: what comes back are the resources of the hub.
func Steps() []document.Step {
	return []document.Step{{Document: document.Medicinliste, From: document.FHIR, To: "fsiii", Run: MedicationList}}
}

// MedicationList writes a medication list of the hub for FSIII, which has no
// list of medicine of its own: the resources go as they are, private lines and
// the untouched original with them, since municipal health treats. That somebody
// gives medicine (G1.20 and G1.21) is an intervention, which is recorded by those
// who decide it, and never concluded from a list. It returns a *mapping.Error
// with a path for a document that is no list or is about nobody.
func MedicationList(s document.Source, _ document.Request) (*transcript.Written, error) {
	b, err := bundle.Read(s.Doc)
	if err != nil {
		return nil, err
	}
	list, err := b.Document("List")
	if err != nil {
		return nil, err
	}
	if _, err := b.Subject(list); err != nil {
		return nil, err
	}
	t := transcript.New(s.Doc, document.FHIR, "fsiii")
	t.Copy(tree.NoOut, "", b.Root(), ruleList)
	if b.Silent(list) {
		t.Notice(b.Path(list.Node), bundle.SilentNotice)
	}
	return t.Finish()
}
