package bundle

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// confidentiality is the code system of meta.security.
const confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

// Social is a hub document without what may not go to the social side: what the
// citizen has marked private, what belongs to that alone, and the untouched
// originals, which hold it.
type Social struct {
	Text     string             // the document that may go, compact JSON
	Withheld int                // drugs held back
	Others   int                // other resources that are marked private
	Held     map[tree.ID]string // the nodes that were left out or changed, and why
}

// Why something is held back.
const (
	heldPrivate   = "privatmarkeret: the citizen has marked it private, and it never goes to the social side by itself"
	heldWith      = "it belongs to a drug that is privatmarkeret and to nothing that goes to the social side"
	heldOriginal  = "the untouched original holds what is privatmarkeret too; it does not go to the social side"
	heldNarrative = "a narrative may show what is privatmarkeret; the facts go without it"
	heldName      = "it names a drug that is privatmarkeret; the name is masked"
)

// Social takes out what may not go to the social side. A document that is
// marked private as a whole goes there not at all: that is an error.
func (b *Bundle) Social() (*Social, error) {
	w := &withholder{Bundle: b, gone: map[*Entry]string{}, held: map[tree.ID]string{}}
	w.link()
	w.private()
	if err := w.whole(); err != nil {
		return nil, err
	}
	for w.spread() {
	}
	w.count()
	w.names()
	for w.spread() {
	}
	w.mark()
	out := b.appendWithout(nil, b.Root(), w)
	return &Social{Text: string(out), Withheld: w.drugs, Others: w.others, Held: w.held}, nil
}

// withholder finds out what is held back.
type withholder struct {
	*Bundle
	gone   map[*Entry]string  // entries that go nowhere, and why
	held   map[tree.ID]string // nodes, and why
	drugs  int                // that are held
	lines  map[tree.ID]int    // of them, by the List they stand on
	others int
	secret names // of drugs, that only held lines name
	leads  map[*Entry][]reference
	led    map[*Entry][]reference
}

// reference is one reference between resources of the Bundle.
type reference struct {
	node     tree.ID // the string
	from, to *Entry
}

// link finds every reference once.
func (w *withholder) link() {
	w.leads, w.led = map[*Entry][]reference{}, map[*Entry][]reference{}
	for _, e := range w.Entries {
		for n, to := range w.references(e.Node) {
			r := reference{n, e, to}
			w.leads[e], w.led[to] = append(w.leads[e], r), append(w.led[to], r)
		}
	}
}

// Private reports whether a resource is marked private by the citizen. A mark
// that is not well written counts: what is held by mistake can be sent later.
func (b *Bundle) Private(n tree.ID) bool {
	for e := range b.Extension(n, "private") {
		if v := b.Child(e, "valueBoolean"); v == tree.None || b.Raw(v) != "false" {
			return true
		}
	}
	for s := range b.All(b.Child(n, "meta"), "security") {
		system, code := b.Text(b.Child(s, "system")), b.Text(b.Child(s, "code"))
		if (system == confidentiality || system == "") && (code == "R" || code == "V") {
			return true
		}
	}
	return false
}

// private finds what is marked, and the originals.
func (w *withholder) private() {
	for _, e := range w.Entries {
		switch {
		case e.Type == "Patient" || w.document(e):
		case e.Type == "Binary":
			w.gone[e] = heldOriginal
		case w.Private(e.Node) || w.contains(e):
			w.gone[e] = heldPrivate
		}
	}
}

// contains reports whether a resource contains one that is marked.
func (w *withholder) contains(e *Entry) bool {
	for c := range w.All(e.Node, "contained") {
		if w.Private(c) {
			return true
		}
	}
	return false
}

// count counts the drugs that are held: all, and on each List. One that stands
// on none is counted on the first.
func (w *withholder) count() {
	first := tree.None
	listed := map[*Entry]bool{}
	w.lines = map[tree.ID]int{}
	for _, e := range w.Entries {
		if e.Type != "List" {
			continue
		}
		if first == tree.None {
			first = e.Node
		}
		for _, r := range w.leads[e] {
			if w.gone[r.to] != "" && r.to.Type == "MedicationStatement" && !listed[r.to] {
				listed[r.to] = true
				w.lines[e.Node]++
			}
		}
	}
	for e, why := range w.gone {
		switch {
		case e.Type == "MedicationStatement":
			w.drugs++
			if !listed[e] && first != tree.None {
				w.lines[first]++
			}
		case why == heldPrivate && !w.accounts(e):
			w.others++
		}
	}
}

// accounts reports whether a resource is the drug of a line that is held, or says
// who marked or gave it: it is counted with the line, and is nothing more.
func (w *withholder) accounts(e *Entry) bool {
	switch e.Type {
	case "Provenance", "MedicationAdministration":
		return w.tells(e)
	case "Medication":
		return slices.ContainsFunc(w.led[e], func(r reference) bool {
			return r.from.Type == "MedicationStatement" && w.gone[r.from] != ""
		})
	}
	return false
}

// whole refuses a document that is marked as a whole. Where single lines are
// marked too the mark on the whole only sums them up.
func (w *withholder) whole() error {
	for _, n := range w.documents() {
		if w.Private(n) && !w.marked() || w.contains(&Entry{Node: n}) {
			return &mapping.Error{Kind: mapping.BusinessRule, Path: w.Path(n), Message: "the whole document is marked private, and so it does not go to the social side"}
		}
	}
	return nil
}

func (w *withholder) marked() bool {
	for _, why := range w.gone {
		if why == heldPrivate {
			return true
		}
	}
	return false
}

// documents are the Bundle and the resources that are a document of their own.
func (w *withholder) documents() []tree.ID {
	all := []tree.ID{w.Root()}
	for _, e := range w.Entries {
		if e.Type == "Patient" || w.document(e) {
			all = append(all, e.Node)
		}
	}
	return all
}

// referral is SNOMED CT's Patient referral, the category of a referral.
const referral = "3457005"

// document reports whether a resource is a document of its own, which may lose
// what it leads to and goes all the same.
func (w *withholder) document(e *Entry) bool {
	if e.Type != "ServiceRequest" {
		return e.Type == "List" || e.Type == "DiagnosticReport"
	}
	for category := range w.All(e.Node, "category") {
		for c := range w.All(category, "coding") {
			if w.Text(w.Child(c, "code")) == referral {
				return true
			}
		}
	}
	return false
}

// spread takes the resources out that only make sense with one that is out, and
// reports whether there were any.
func (w *withholder) spread() bool {
	before := len(w.gone)
	for _, e := range w.Entries {
		if w.gone[e] == "" && (w.tells(e) || w.lost(e)) {
			w.gone[e] = heldWith
		}
	}
	return len(w.gone) > before
}

// tells reports whether a resource tells of one that is held as private: it
// refers to it, or it is the giving of a drug that no line which goes names. A
// document, and an account of several resources, only loses the reference.
func (w *withholder) tells(e *Entry) bool {
	if e.Type == "Patient" || w.document(e) {
		return false
	}
	goes, held := 0, 0
	for _, r := range w.leads[e] {
		if w.gone[r.to] == "" || w.gone[r.to] == heldOriginal {
			goes += w.is(r.node, "target")
			continue
		}
		held++
	}
	return held > 0 && (e.Type != "Provenance" || goes == 0)
}

// is counts a reference that stands in the element called name.
func (w *withholder) is(n tree.ID, name string) int {
	list := w.Parent(w.Parent(n))
	if list != tree.None && w.Key(list) == name {
		return 1
	}
	return 0
}

// lost reports whether a resource stands only for others, of which one is out
// and none goes that leads to it. What gives a drug or accounts for it does not
// keep the drug here.
func (w *withholder) lost(e *Entry) bool {
	if !slices.Contains([]string{"Medication", "Practitioner", "PractitionerRole", "Organization", "Location", "Device", "RelatedPerson"}, e.Type) {
		return false
	}
	out := false
	for _, r := range w.led[e] {
		switch {
		case r.from == e:
		case w.gone[r.from] != "":
			out = out || w.gone[r.from] != heldOriginal
		case e.Type == "Medication" && r.from.Type == "MedicationAdministration":
		default:
			return false
		}
	}
	return out
}

// names collects what the drugs are called that are held, and no line that goes
// is called, and holds what is given of a drug of that name.
func (w *withholder) names() {
	goes := map[string]bool{}
	for _, e := range w.Entries {
		if w.gone[e] == "" && (e.Type == "Medication" || e.Type == "MedicationStatement") {
			for _, name := range w.called(e) {
				goes[name] = true
			}
		}
	}
	secret := map[string]bool{}
	for e := range w.gone {
		for _, name := range w.called(e) {
			secret[name] = !goes[name]
		}
	}
	w.secret = newNames(secret)
	for _, e := range w.Entries {
		if w.gone[e] == "" && slices.ContainsFunc(w.called(e), func(name string) bool { return secret[name] }) {
			w.gone[e] = heldWith
		}
	}
}

// called lists the names of the drug that a resource is, or is about. A short
// one is no name but a word.
func (w *withholder) called(e *Entry) (names []string) {
	concepts := []tree.ID{w.Child(e.Node, "medicationCodeableConcept")}
	if e.Type == "Medication" {
		concepts = append(concepts, w.Child(e.Node, "code"))
		for i := range w.All(e.Node, "ingredient") {
			concepts = append(concepts, w.Child(i, "itemCodeableConcept"))
		}
	}
	for _, c := range concepts {
		texts := []tree.ID{w.Child(c, "text")}
		for coding := range w.All(c, "coding") {
			texts = append(texts, w.Child(coding, "display"))
		}
		for _, n := range texts {
			if s := lower(strings.TrimSpace(w.Text(n))); len([]rune(s)) >= shortest {
				names = append(names, s)
			}
		}
	}
	return names
}
