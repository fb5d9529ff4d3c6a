package xref

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// writer writes one referral of the hub as one letter.
type writer struct {
	*transcript.Transcript
	letter
	request   document.Request
	resources []resource
	places    map[string]int // fullUrl and Type/id → resource
	sr        tree.ID        // the ServiceRequest
	patient   tree.ID
	sections  map[string]*prose // by the element they are written in
	held      bool              // something is marked private, and is not here
	err       error             // the first fault
}

// resource is one resource of the hub.
type resource struct {
	node tree.ID
	kind string
	top  string // the element it is told in, if it is told in words
}

// fromHub writes an XREF01. Its errors are *mapping.Error with the place in the
// hub document. The letter has no place for a private mark, so what the citizen
// has marked private is held back first.
func fromHub(s document.Source, q document.Request) (*transcript.Written, error) {
	b, err := bundle.Read(s.Doc)
	if err != nil || !b.AnyPrivate() {
		return written(s.Doc, q, false) // what is no Bundle is refused there
	}
	open, err := b.WithoutPrivate("xref.private")
	if err != nil {
		return nil, held(err)
	}
	d, err := tree.Parse(string(open.Output), tree.Limits{})
	if err != nil {
		return nil, err
	}
	w, err := written(d, q, true)
	if err != nil {
		return nil, err
	}
	return transcript.Join(open, w), nil
}

// held says of a referral that is marked private as a whole why it is refused.
func held(err error) error {
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.BusinessRule {
		return err
	}
	return &mapping.Error{Kind: mapping.BusinessRule, Path: e.Path,
		Message: "all of it is marked private, and the letter has no place for the mark; expected a referral of which a part may go"}
}

// written writes the letter; some of the referral may be held back.
func written(d *tree.Doc, q document.Request, held bool) (*transcript.Written, error) {
	l := letters[0]
	w := &writer{Transcript: transcript.NewXML(d, document.FHIR, l.form, l.space), letter: l, request: q, held: held,
		places: map[string]int{}, sr: tree.None, patient: tree.None, sections: map[string]*prose{}}
	if err := w.open(); err != nil {
		return nil, err
	}
	if err := w.gather(); err != nil {
		return nil, err
	}
	w.write()
	if w.err != nil {
		return nil, w.err
	}
	w.sweep()
	return w.Finish()
}

// open finds the resources, the referral and the citizen.
func (w *writer) open() error {
	d := w.Doc
	if d.XML() || w.text(d.Root(), "resourceType") != "Bundle" {
		return &mapping.Error{Kind: mapping.Invalid, Path: "resourceType", Message: "expected a Bundle, the hub document of a referral"}
	}
	for _, e := range w.all(d.Root(), "entry") {
		n := d.Child(e, "resource")
		kind := w.text(n, "resourceType")
		if kind == "" {
			return required(d, e, "resource.resourceType: required in every entry")
		}
		for _, name := range []string{w.text(e, "fullUrl"), "urn:uuid:" + w.text(n, "id"), kind + "/" + w.text(n, "id")} {
			if _, taken := w.places[name]; !taken && name != "" {
				w.places[name] = len(w.resources)
			}
		}
		if kind == "ServiceRequest" {
			if w.sr != tree.None {
				return unsupported(d, n, "a second ServiceRequest; a letter is one referral, send them one by one")
			}
			w.sr = n
		}
		w.resources = append(w.resources, resource{node: n, kind: kind})
	}
	if w.sr == tree.None {
		return required(d, d.Root(), "expected a ServiceRequest, the referral")
	}
	if err := w.sendable(); err != nil {
		return err
	}
	p, kind := w.follow(d.Child(w.sr, "subject"))
	if kind != "Patient" {
		return required(d, w.sr, "subject: expected a reference to a Patient in the Bundle")
	}
	w.patient = p
	return nil
}

// sendable refuses a referral that a new letter would say the opposite of, and an
// extension that could change what an element means.
func (w *writer) sendable() error {
	d := w.Doc
	if n := d.Child(w.sr, "status"); n != tree.None && w.said(n) != "active" {
		return &mapping.Error{Kind: mapping.BusinessRule, Path: d.Path(n), Message: "expected active: a letter is a new referral, and there is none that takes one back"}
	}
	if n := d.Child(w.sr, "doNotPerform"); n != tree.None && w.said(n) != "false" {
		return &mapping.Error{Kind: mapping.BusinessRule, Path: d.Path(n), Message: "expected false: a letter asks for something to be done"}
	}
	for n := range tree.ID(d.Len()) {
		if d.RawKey(n) == "modifierExtension" {
			return unsupported(d, n, "it may change what the element means, and the letter cannot say how")
		}
	}
	return nil
}

// write writes the letter, in the order of elements.csv.
func (w *writer) write() {
	root := w.Out.Object(tree.NoOut, emessage)
	w.envelope(w.Out.Object(root, "Envelope"))
	l := w.Out.Object(root, w.root)
	w.head(w.Out.Object(l, "Letter"))
	w.parties(l)
	w.citizen(w.Out.Object(l, "Patient"))
	for _, c := range w.all(w.patient, "contact") {
		if w.says(c, "name", "relationship", "extension") {
			w.relative(w.Out.Object(l, "Relative"), c)
		}
	}
	w.additional(w.Out.Object(l, "AdditionalInformation"))
	w.reasons(w.Out.Object(l, "Referral"))
	c := w.Out.Object(l, "RelevantClinicalInformation")
	for _, name := range []string{"Cave", "Anamnesis", "Examination", "ActualMedicine"} {
		w.section(c, name)
	}
	for _, s := range w.all(w.sr, "supportingInfo") {
		if n, kind := w.follow(s); kind == "DocumentReference" {
			w.reference(l, n)
		}
	}
	for _, e := range w.extensions(w.sr, own+"visitation") {
		w.visitation(w.Out.Object(l, "HospitalVisitation"), e)
	}
}

// receipts are the words for whether a positive receipt is asked for (MedCom's
// AcknowledgementCodeType, UNB 0031 in EDIFACT: 1 and 0). A negative one comes all
// the same.
var receipts = map[bool]string{false: "pluspositivkvitt", true: "minuspositivkvitt"}

// envelope writes what the letter is sent with.
func (w *writer) envelope(e tree.OutID) {
	const id = "xref.envelope"
	from := tree.None
	for _, x := range w.extensions(w.sr, own+"envelope") {
		from = x
	}
	sent := w.Out.Object(e, "Sent")
	switch s := w.extension(from, "sent"); {
	case s != tree.None:
		w.moment(sent, s, "valueDateTime", id)
	case !w.request.Now.IsZero():
		date, clock, _, _ := unzoned(w.request.Now.Format("2006-01-02T15:04:05Z07:00"))
		w.Generate(sent, "Date", date, id)
		w.Generate(sent, "Time", clock, id)
	default:
		w.moment(sent, w.sr, "authoredOn", id)
	}
	if i := w.value(w.extension(from, "identifier")); i != tree.None {
		w.put(e, "Identifier", i, id)
	} else {
		w.Generate(e, "Identifier", w.derived("envelope"), id)
	}
	if a := w.value(w.extension(from, "acknowledgement-code")); a != tree.None {
		w.put(e, "AcknowledgementCode", a, id)
	} else {
		w.Say(e, "AcknowledgementCode", receipts[w.request.Unreceipted], id)
	}
}

// derived is a number for what the hub has none for: always the same of the same
// document, and no longer than the numbers that MedCom's letters have.
func (w *writer) derived(what string) string {
	h := sha256.New()
	var part [4096]byte // of the source, which is not copied as a whole
	for text := w.Doc.Source(); text != ""; {
		n := copy(part[:], text)
		h.Write(part[:n])
		text = text[n:]
	}
	h.Write([]byte("/" + what))
	return "T" + hex.EncodeToString(h.Sum(nil))[:13]
}

// head writes the Letter.
func (w *writer) head(l tree.OutID) {
	const id = "xref.letter"
	number := tree.None
	for _, i := range w.all(w.sr, "identifier") {
		if w.text(i, "system") == letterSystem && number == tree.None {
			number = w.scalar(i, "value")
			w.Use(w.scalar(i, "system"), id)
			w.useSaid(w.Doc.Find(i, "assigner", "identifier", "system"), id)
			w.useSaid(w.Doc.Find(i, "assigner", "identifier", "value"), id)
		}
	}
	if !w.put(l, "Identifier", number, id) {
		w.Generate(l, "Identifier", w.derived("letter"), id)
	}
	w.Say(l, "VersionCode", w.version, id)
	if !w.put(l, "StatisticalCode", w.value(w.own(w.sr, "statistical-code")), id) && w.own(w.sr, "envelope") == tree.None {
		w.Say(l, "StatisticalCode", "REF01", id) // a letter that came without one goes without one
	}
	a := w.Out.Object(l, "Authorisation")
	if !w.moment(a, w.sr, "authoredOn", id) {
		w.Lack(ledger.Lack{Path: w.Doc.Path(w.sr), Element: "Letter.Authorisation", Message: "when the referral was made is not said to the minute: authoredOn with a time and a zone would say it"})
	}
	w.Say(l, "TypeCode", w.kind, id)
	if !w.put(l, "StatusCode", w.value(w.own(w.sr, "letter-status")), id) {
		w.Say(l, "StatusCode", "nytbrev", id)
	}
	if q := w.Doc.Child(w.sr, "requisition"); w.text(q, "system") == threadSystem && w.put(l, "EpisodeOfCareIdentifier", w.scalar(q, "value"), id) {
		w.Use(w.scalar(q, "system"), id)
	}
}

// moment writes a dateTime as Date and Time, and reports whether it has both.
func (w *writer) moment(parent tree.OutID, n tree.ID, key, id string) bool {
	leaf := w.scalar(n, key)
	if leaf == tree.None {
		return false
	}
	date, clock, exact, ok := unzoned(w.Doc.Text(leaf))
	if !ok {
		w.fail(&mapping.Error{Kind: mapping.Value, Path: w.Doc.Path(leaf), Message: "expected a day, or a day with a time and a zone, such as 2026-01-10T09:30:00+01:00"})
		return false
	}
	w.Text(parent, "Date", date, leaf, id)
	if e := w.own(w.Doc.Child(n, "_"+key), "time"); e != tree.None {
		w.put(parent, "Time", w.value(e), id)
		return true
	}
	if clock == "" {
		return false
	}
	w.Text(parent, "Time", clock, leaf, id)
	if !exact {
		w.Notice(w.Doc.Path(leaf), "XREF01 states the minute: the seconds are not in the letter")
	}
	return true
}

// put writes a text as an element and reports whether there was one. A text
// that is longer than what the element takes is refused: it is never cut.
func (w *writer) put(parent tree.OutID, name string, from tree.ID, id string) bool {
	if from == tree.None || w.Doc.Kind(from) != tree.String || blank(w.Doc.Text(from)) {
		return false
	}
	w.fits(parent, name, from, w.Doc.Text(from))
	w.Carry(parent, name, from, id)
	return true
}

// say writes a text made of a leaf.
func (w *writer) say(parent tree.OutID, name, text string, from tree.ID, id string) {
	w.fits(parent, name, from, text)
	w.Text(parent, name, text, from, id)
}

func (w *writer) fits(parent tree.OutID, name string, from tree.ID, text string) {
	limit := elements[in{w.Out.Key(parent), name}].limit
	if limit == 0 || utf8.RuneCountInString(text) <= limit {
		return
	}
	e := &mapping.Error{Kind: mapping.TooLong, Message: name + " in " + w.Out.Key(parent) + ": expected at most " + strconv.Itoa(limit) + " characters; nothing is cut, shorten it at the source"}
	if from != tree.None {
		e.Path = w.Doc.Path(from)
	}
	w.fail(e)
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// said is what a scalar says.
func (w *writer) said(n tree.ID) string {
	if n == tree.None {
		return ""
	}
	switch w.Doc.Kind(n) {
	case tree.String:
		return w.Doc.Text(n)
	case tree.Number, tree.Bool:
		return w.Doc.Raw(n)
	}
	return ""
}

// scalar is the value at a path below n, None where there is none that says
// anything.
func (w *writer) scalar(n tree.ID, path ...string) tree.ID {
	if at := w.Doc.Find(n, path...); !blank(w.said(at)) {
		return at
	}
	return tree.None
}

func (w *writer) text(n tree.ID, path ...string) string { return w.said(w.Doc.Find(n, path...)) }

// all lists the elements of an array.
func (w *writer) all(n tree.ID, key string) []tree.ID {
	list := w.Doc.Child(n, key)
	if list == tree.None || w.Doc.Kind(list) != tree.Array {
		return nil
	}
	var all []tree.ID
	for c := w.Doc.First(list); c != tree.None; c = w.Doc.Next(c) {
		all = append(all, c)
	}
	return all
}

// follow returns the resource that a Reference leads to.
func (w *writer) follow(reference tree.ID) (tree.ID, string) {
	if i, ok := w.places[w.text(reference, "reference")]; ok && reference != tree.None {
		return w.resources[i].node, w.resources[i].kind
	}
	return tree.None, ""
}

// extensions lists the extensions of n with a url, whose url is then used.
func (w *writer) extensions(n tree.ID, url string) []tree.ID {
	var all []tree.ID
	for _, e := range w.all(n, "extension") {
		if w.text(e, "url") == url {
			w.Use(w.scalar(e, "url"), "xref.extension")
			all = append(all, e)
		}
	}
	return all
}

// own is the first extension of n with a name of ours, extension the first with
// a url, None if there is none.
func (w *writer) own(n tree.ID, name string) tree.ID { return w.extension(n, own+name) }

func (w *writer) extension(n tree.ID, url string) tree.ID {
	for _, e := range w.all(n, "extension") {
		if w.text(e, "url") == url {
			w.Use(w.scalar(e, "url"), "xref.extension")
			return e
		}
	}
	return tree.None
}

// value is the value of an extension.
func (w *writer) value(e tree.ID) tree.ID {
	if e == tree.None {
		return e
	}
	for c := w.Doc.First(e); c != tree.None; c = w.Doc.Next(c) {
		if key := w.Doc.RawKey(c); len(key) > 5 && key[:5] == "value" {
			return c
		}
	}
	return tree.None
}

// says reports whether n has any of these members.
func (w *writer) says(n tree.ID, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return w.Doc.Child(n, name) != tree.None })
}

// useSaid uses a scalar that says something.
func (w *writer) useSaid(n tree.ID, id string) {
	if !blank(w.said(n)) {
		w.Use(n, id)
	}
}
