package xref

import (
	"slices"
	"strings"

	"tolk/mapping/ledger"
	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// additional writes how urgent the referral is, and what it asks for.
func (w *writer) additional(a tree.OutID) {
	const id = "xref.additional"
	p := w.scalar(w.sr, "priority")
	if pressing[w.said(p)] {
		w.say(a, "Priority", acute, p, id)
	} else {
		w.word(a, "Priority", "priority")
	}
	if priority := wordFor[word{"Priority", w.said(p)}]; priority != "" && w.Out.Child(a, "Priority") == tree.NoOut {
		w.say(a, "Priority", priority, p, id)
	}
	w.word(a, "ReferralStatus", "referral-status")
	w.word(a, "Transport", "transport")
	w.section(a, "Supplementary")
	w.section(a, "ClinicalReason")
}

// word writes an extension that holds a word of the format. What the format has
// no word for is told elsewhere.
func (w *writer) word(parent tree.OutID, element, name string) {
	if v := w.value(w.own(w.sr, name)); v != tree.None && known[word{element, strings.TrimSpace(w.said(v))}] {
		w.put(parent, element, v, "xref."+name)
	}
}

// reasons writes the diagnoses.
func (w *writer) reasons(l tree.OutID) {
	all := slices.DeleteFunc(w.all(w.sr, "reasonCode"), w.mute)
	if len(all) == 0 {
		w.Lack(ledger.Lack{Path: w.Doc.Path(w.sr), Element: "Referral.Refer", Message: "what the citizen is referred for is not said: a reasonCode would say it"})
	}
	main := tree.None
	for _, r := range all {
		if kind := w.text(w.own(r, "reason-kind"), "valueCode"); main == tree.None && (kind == kindReferral || kind == "") {
			main = r
		}
	}
	if main != tree.None {
		w.reason(w.Out.Object(l, "Refer"), main)
	}
	for _, r := range all {
		if r != main {
			w.reason(w.Out.Object(l, "ReferralAdditional"), r)
		}
	}
}

// mute reports whether a reason says nothing that a letter could.
func (w *writer) mute(r tree.ID) bool {
	if w.text(r, "text") != "" {
		return false
	}
	return !slices.ContainsFunc(w.all(r, "coding"), func(c tree.ID) bool { return w.says(c, "code", "display") })
}

func (w *writer) reason(p tree.OutID, r tree.ID) {
	const id = "xref.reason"
	kind := w.value(w.own(r, "reason-kind"))
	switch {
	case w.Out.Key(p) == "Refer":
		w.useSaid(kind, id)
	case w.said(kind) == kindReferral:
		w.say(p, "DiagnoseDescriptionCode", "henv_diagnose", kind, id)
	case kind != tree.None && known[word{"DiagnoseDescriptionCode", w.said(kind)}]:
		w.put(p, "DiagnoseDescriptionCode", kind, id)
	default:
		w.Say(p, "DiagnoseDescriptionCode", kindOther, id)
	}
	c := w.chosen(r)
	w.put(p, "DiagnoseCode", w.scalar(c, "code"), id)
	kindOf := w.value(w.own(c, "diagnose-type"))
	switch name := wordFor[word{"DiagnoseTypeCode", w.text(c, "system")}]; {
	case name != "":
		w.say(p, "DiagnoseTypeCode", name, w.scalar(c, "system"), id)
	case kindOf != tree.None:
		w.put(p, "DiagnoseTypeCode", kindOf, id)
	case c == tree.None:
		w.Say(p, "DiagnoseTypeCode", "uspecificeretkode", id)
	}
	texts := []tree.ID{w.scalar(r, "text"), w.scalar(c, "display")}
	for _, c := range w.all(r, "coding") {
		texts = append(texts, w.scalar(c, "display"))
	}
	w.diagnosis(p, r, texts)
}

// diagnosis writes the first text there is, behind the word for the doubt there
// is about it: whoever reads the diagnosis reads that too.
func (w *writer) diagnosis(p tree.OutID, r tree.ID, texts []tree.ID) {
	const id = "xref.reason"
	doubt := w.doubt(r)
	for _, text := range texts {
		switch {
		case text == tree.None:
		case doubt == "":
			w.put(p, "DiagnoseText", text, id)
			return
		default:
			w.say(p, "DiagnoseText", doubt+": "+w.said(text), text, id)
			return
		}
	}
	if doubt != "" {
		w.say(p, "DiagnoseText", doubt, w.value(w.own(r, "verification")), id)
	}
}

// acute is the most urgent word of the letter, and pressing what the hub has for
// something more urgent.
const acute = "akut"

var pressing = map[string]bool{"asap": true, "stat": true}

// reference writes a document that the referral refers to: the document itself
// is not in the letter.
func (w *writer) reference(l tree.OutID, n tree.ID) {
	const id = "xref.reference"
	attachment := w.Doc.Find(n, "content", "attachment")
	sup, bin := w.value(w.own(n, "reference-sup")), w.own(n, "reference-bin")
	if sup == tree.None && bin == tree.None && w.Doc.Child(attachment, "url") == tree.None && w.Doc.Child(n, "description") == tree.None {
		return
	}
	p := w.Out.Object(l, "Reference")
	title := w.scalar(attachment, "title")
	if w.put(p, "RefDescription", w.scalar(n, "description"), id) {
		if w.said(title) == w.text(n, "description") {
			w.useSaid(title, id)
		}
	} else {
		w.put(p, "RefDescription", title, id)
	}
	w.put(p, "URL", w.scalar(attachment, "url"), id)
	if w.scalar(attachment, "data") != tree.None {
		w.Notice(w.Doc.Path(n), "the letter says that this document is there; the document itself is not in it and goes another way")
	}
	w.put(p, "SUP", sup, id)
	if bin == tree.None {
		return
	}
	b := w.Out.Object(p, "BIN")
	for _, name := range order["BIN"] {
		w.put(b, name, w.value(w.extension(bin, name)), id)
	}
}

// visitation writes what the receiver wrote on the referral.
func (w *writer) visitation(p tree.OutID, e tree.ID) {
	const id = "xref.visitation"
	if code := w.value(w.extension(e, "code")); w.put(p, "InformationCode", code, id) && !known[word{"InformationCode", w.said(code)}] {
		w.Notice(w.Doc.Path(code), "a word that the list of the letter does not have; it is written as it came, known are "+words("InformationCode"))
	}
	if i := w.extension(e, "information"); i != tree.None {
		text := &prose{}
		w.note(text, i, "valueString", id)
		w.prose(p, "Information", text)
	}
}

// Why the leaves of a resource have no place in the letter.
const (
	noElement = "XREF01 has no element for it"
	ownKeep   = "where the referral is from is the hub's own account of it; the letter is a new document"
	notTold   = "XREF01 has no element for it, and the words for people do not repeat it as it stands"
)

// shape are the members that only hold a document together.
var shape = map[string]bool{"resourceType": true, "id": true, "fullUrl": true, "reference": true}

// silent are the resources that stand in the letter, or that belong to the hub.
var silent = map[string]bool{"ServiceRequest": true, "Patient": true, "Organization": true, "Practitioner": true, "PractitionerRole": true,
	"Provenance": true, "Binary": true, "DocumentReference": true}

// sweep gives what is left its fate: it is told in words, it holds the document
// together, or XREF01 has no place for it. What FHIR does not know is unclaimed.
func (w *writer) sweep() {
	d := w.Doc
	for n := d.First(d.Root()); n != tree.None; n = d.Next(n) {
		switch name := d.RawKey(n); name {
		case "entry":
		case "resourceType", "type", "timestamp", "id", "language":
			if d.Kind(n) == tree.String {
				w.Use(n, "xref.bundle")
			}
		default:
			if common("Bundle", name) {
				w.Drop(n, "xref.bundle", noElement)
			}
		}
	}
	for _, name := range []string{"status", "intent"} {
		w.useSaid(w.scalar(w.sr, name), "xref.referral")
	}
	for _, c := range w.all(w.sr, "category") {
		for _, coding := range w.all(c, "coding") {
			if w.text(coding, "code") != "3457005" {
				continue
			}
			for _, name := range []string{"system", "code", "display"} {
				w.useSaid(w.scalar(coding, name), "xref.referral")
			}
		}
	}
	all := map[string]*telling{}
	for name, p := range w.sections {
		if p != nil {
			all[name] = tellingOf(p.told())
		}
	}
	for _, r := range w.resources {
		if r.top == "" && !silent[r.kind] {
			kind := "this" // what is no type of FHIR's may be anything, and is not quoted
			if _, known := fhir.Resolve(r.kind); known {
				kind = r.kind
			}
			w.Notice(d.Path(r.node), kind+" is not in the letter: XREF01 has no place for it, and it is not told in words")
		}
		if url := d.Child(d.Parent(r.node), "fullUrl"); url != tree.None {
			w.Use(url, "xref.bundle")
		}
		for top := d.First(r.node); top != tree.None; top = d.Next(top) {
			name := strings.TrimPrefix(d.RawKey(top), "_")
			if _, ok := fhir.Lookup(r.kind + "." + name); !ok && name != "resourceType" && !common(r.kind, name) {
				continue // nobody knows it: unclaimed
			}
			for n, end := top, d.End(top); n < end; n++ {
				if d.Leaf(n) && !w.Claimed(n) {
					w.left(r, n, all[r.top])
				}
			}
		}
	}
}

// common reports whether an element is one that every resource of a kind has.
func common(kind, name string) bool {
	_, ok := fhir.Resolve(kind, name)
	return ok
}

// left gives one leaf its fate.
func (w *writer) left(r resource, n tree.ID, told *telling) {
	const id = "xref.left"
	text, key := w.said(n), w.Doc.RawKey(n)
	switch {
	case text != "" && shape[key], w.Doc.RawKey(w.Doc.Parent(n)) == "profile" && strings.Contains(text, ":"):
		w.Use(n, "xref.shape")
	case r.kind == "Binary" || r.kind == "Provenance":
		w.Drop(n, "xref.original", ownKeep)
	case r.top == "":
		w.Drop(n, id, noElement)
	case key != "system" && key != "url" && len(text) > 1 && told.repeats(text):
		w.Hold(n, id, toldIn(r.top))
	default:
		w.Drop(n, id, notTold)
	}
}
