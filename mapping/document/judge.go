package document

import (
	"errors"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// Codes judges the conditions and the reasons of a referral in FHIR: in the hub form,
// and conditions as FFB and FSIII have them. A code of FFB or FSIII that they do not
// have is a lack: where conditions are translated between the two such a code is
// refused; to and from the other forms it goes as it is, and its reader finds nothing
// under it. Words beside a code that are not its own are a notice.
func Codes(doc *tree.Doc, _ time.Time, terms *terminology.Terminology) (ledger.Judgement, error) {
	var j ledger.Judgement
	judgeCodes(doc, doc.Root(), terms, &j)
	for e := doc.Find(doc.Root(), "entry"); e != tree.None; e = doc.Next(e) {
		judgeCodes(doc, doc.Child(e, "resource"), terms, &j)
	}
	return j, nil
}

// judgeCodes judges the codes of what a resource is about.
func judgeCodes(doc *tree.Doc, r tree.ID, terms *terminology.Terminology, j *ledger.Judgement) {
	kind, name := doc.Text(doc.Child(r, "resourceType")), "code"
	switch kind {
	case "Condition":
	case "ServiceRequest":
		name = "reasonCode"
	default:
		return
	}
	for concept := doc.Find(r, name); concept != tree.None; concept = doc.Next(concept) {
		for n := doc.Find(concept, "coding"); n != tree.None; n = doc.Next(n) {
			code, display := doc.Child(n, "code"), doc.Child(n, "display")
			entry, err := terms.Concept(mapping.Coding{System: doc.Text(doc.Child(n, "system")), Code: doc.Text(code)})
			var e *mapping.Error
			switch {
			case errors.As(err, &e) && e.Kind == mapping.CodeInvalid:
				j.Lacks = append(j.Lacks, ledger.Lack{Path: doc.Path(code), Element: kind + "." + name + ".coding.code", Message: e.Message})
			case err == nil && display != tree.None && !sameWords(doc.Text(display), entry.Display):
				system, _ := terms.CodeSystem(entry.System)
				j.Notices = append(j.Notices, ledger.Notice{Path: doc.Path(display),
					Message: "the code is " + entry.Display + " in " + system.Name + ", and the words beside it are others; the code counts"})
			}
		}
		if name == "code" {
			break // what follows it is another element
		}
	}
}

// sameWords reports whether two names differ in blanks and capitals at most.
func sameWords(a, b string) bool {
	return a == b || strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}
