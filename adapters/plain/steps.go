package plain

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
	"tolk/schemas"
)

// Form is the name of the plain form.
const Form = "plain"

// Recogniser tells which document of the plain form a text is.
func Recogniser() document.Recogniser {
	return document.Recogniser{Form: Form, Recognise: Recognise,
		Syntax: func(text string, err error) error { return Syntax(text, err) }}
}

// Steps are the translations between the plain form and the hub, both ways, for
// every document that the library has rules for.
func Steps(v *Validator, library *fields.Library) []document.Step {
	var all []document.Step
	for _, name := range schemas.Documents() {
		book := library.Book(name, Form)
		if book == nil {
			continue
		}
		w := way{v, book, name}
		all = append(all,
			document.Step{Document: name, From: Form, To: document.FHIR, Run: w.forward},
			document.Step{Document: name, From: document.FHIR, To: Form, Run: w.backward})
	}
	return all
}

// way is one document, both ways.
type way struct {
	*Validator
	book *fields.Book
	name string
}

// rule names what is done here for the ledger, as the rules of the file are
// named.
func (w way) rule(name string) string { return w.name + "." + Form + "/" + name }

// forward validates a plain document and writes the hub's Bundle.
func (w way) forward(s document.Source, _ document.Request) (*transcript.Written, error) {
	if faults := w.Validate(s.Doc); len(faults) > 0 {
		return nil, faults
	}
	t, err := w.book.Forward(s.Doc)
	if err != nil {
		return nil, err
	}
	f := finisher{Transcript: t, way: w}
	f.emptyList()
	f.incomplete()
	f.citizen()
	f.told()
	observations := f.resources("Observation")
	for _, o := range observations {
		f.observation(o)
	}
	f.derived(observations)
	for _, c := range f.resources("Condition") {
		f.condition(c)
	}
	for _, q := range f.resources("QuestionnaireResponse") {
		f.answers(q)
	}
	f.referral()
	if err := f.correspondence(); err != nil {
		return nil, err
	}
	if w.name != document.Tilstande && w.name != document.Korrespondance {
		f.original(s.Bytes)
	}
	return t.Finish()
}

// finisher adds to a Bundle what no rule can say.
type finisher struct {
	*transcript.Transcript
	way
}

// resources lists the resources of a type that are written.
func (f finisher) resources(kind string) (found []tree.OutID) {
	entries := f.Out.Child(0, "entry")
	for e := f.Out.First(entries); e != tree.NoOut; e = f.Out.Next(e) {
		r := f.Out.Child(e, "resource")
		if f.Out.Raw(f.Out.Child(r, "resourceType")) == tree.Quote(kind) {
			found = append(found, r)
		}
	}
	return found
}

// emptyList says of an empty list that emptyReason stands for it.
func (f finisher) emptyList() {
	d := f.Doc
	for n := range tree.ID(d.Len()) {
		if d.Kind(n) == tree.Array && d.Leaf(n) && d.Key(n) == "laegemidler" {
			f.Use(n, f.rule("liste/tom"))
		}
	}
}

// incomplete marks the list when the dosage of any of its lines is not whole,
// so that nobody computes from the list.
func (f finisher) incomplete() {
	const url = "urn:tolk:StructureDefinition:dosage-incomplete"
	found := false
	for n := range tree.ID(f.Doc.Len()) {
		found = found || f.Doc.Key(n) == "ufuldstaendig"
	}
	lists := f.resources("List")
	if !found || len(lists) == 0 {
		return
	}
	extensions := f.Out.Child(lists[0], "extension")
	if extensions == tree.NoOut {
		extensions = f.Out.Array(lists[0], "extension")
	}
	e := f.Out.Object(extensions, "")
	f.Say(e, "url", url, f.rule("liste/ufuldstaendig"))
	f.Constant(e, "valueBoolean", "true", f.rule("liste/ufuldstaendig"))
}

// The profiles of dk-core that a resource claims where it meets them.
const (
	dkCondition   = "http://hl7.dk/fhir/core/StructureDefinition/dk-core-condition"
	dkObservation = "http://hl7.dk/fhir/core/StructureDefinition/dk-core-observation"
)

// claim says that a resource meets a profile.
func (f finisher) claim(resource tree.OutID, profile string) {
	meta := f.Out.Child(resource, "meta")
	if meta == tree.NoOut {
		meta = f.Out.Object(resource, "meta")
	}
	f.Say(f.Out.Array(meta, "profile"), "", profile, f.rule("profil"))
}

// condition claims dk-core's profile, which takes one code from each system.
func (f finisher) condition(c tree.OutID) {
	seen := map[string]bool{}
	codings := f.Out.Child(f.Out.Child(c, "code"), "coding")
	for n := f.Out.First(codings); n != tree.NoOut; n = f.Out.Next(n) {
		system := f.text(n, "system")
		if seen[system] {
			return
		}
		seen[system] = true
	}
	f.claim(c, dkCondition)
}

// original adds the sender's bytes and where they came from.
func (f finisher) original(bytes string) {
	rule := f.rule("original")
	sum := sha256.Sum256([]byte(bytes))
	entries := f.Out.Child(0, "entry")
	head := f.Out.Child(f.Out.First(entries), "resource")

	provenance := f.entry(entries, "Provenance", sum, rule)
	target := f.Out.Object(f.Out.Array(provenance, "target"), "")
	f.Generate(target, "reference", "urn:uuid:"+f.text(head, "id"), rule)
	if when := f.when(); when != tree.None {
		f.Leaf(provenance, "recorded", f.Doc.Raw(when), when, rule)
	} else {
		unknown := f.Out.Object(f.Out.Array(f.Out.Object(provenance, "_recorded"), "extension"), "")
		f.Say(unknown, "url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason", rule)
		f.Say(unknown, "valueCode", "unknown", rule)
	}
	who := f.Out.Object(f.Out.Object(f.Out.Array(provenance, "agent"), ""), "who")
	if sender := f.sender(head); sender != "" {
		f.Generate(who, "reference", sender, rule)
	} else {
		f.Generate(who, "display", "Afsenderen er ikke angivet", rule)
	}
	entity := f.Out.Object(f.Out.Array(provenance, "entity"), "")
	hash := f.Out.Object(f.Out.Array(entity, "extension"), "")
	f.Say(hash, "url", "urn:tolk:StructureDefinition:sha256", rule)
	f.Generate(hash, "valueString", hex.EncodeToString(sum[:]), rule)
	f.Say(entity, "role", "source", rule)
	what := f.Out.Object(entity, "what")

	binary := f.entry(entries, "Binary", sum, rule)
	f.Generate(what, "reference", "urn:uuid:"+f.text(binary, "id"), rule)
	f.Say(binary, "contentType", "application/json", rule)
	f.Generate(binary, "data", base64.StdEncoding.EncodeToString([]byte(bytes)), rule)
}

// entry begins a resource whose id is derived from the document.
func (f finisher) entry(entries tree.OutID, kind string, sum [sha256.Size]byte, rule string) tree.OutID {
	id := fields.UUID(sha256.Sum256(append([]byte(kind), sum[:]...)))
	e := f.Out.Object(entries, "")
	f.Generate(e, "fullUrl", "urn:uuid:"+id, rule)
	r := f.Out.Object(e, "resource")
	f.Say(r, "resourceType", kind, rule)
	f.Generate(r, "id", id, rule)
	return r
}

// when is the time the document is of.
func (f finisher) when() tree.ID {
	for _, name := range []string{"tidspunkt", "udfoert", "laestFraFmk", "henvist"} {
		if n := f.Doc.Child(f.Doc.Root(), name); n != tree.None && strings.Contains(f.Doc.Text(n), "T") {
			return n
		}
	}
	return tree.None
}

// sender is the reference to who sent the document, empty if that is not said.
func (f finisher) sender(head tree.OutID) string {
	if f.Doc.Child(f.Doc.Root(), "afsender") == tree.None {
		return ""
	}
	if requester := f.Out.Child(head, "requester"); requester != tree.NoOut {
		return f.text(requester, "reference")
	}
	if source := f.Out.Child(head, "source"); source != tree.NoOut {
		return f.text(source, "reference")
	}
	if performers := f.Out.Child(head, "performer"); performers != tree.NoOut {
		return f.text(f.Out.First(performers), "reference")
	}
	return ""
}

// text is a plain text that was written: a name of ours, an id.
func (f finisher) text(n tree.OutID, key string) string {
	leaf := f.Out.Child(n, key)
	if leaf == tree.NoOut {
		return ""
	}
	raw := f.Out.Raw(leaf)
	return raw[1 : len(raw)-1]
}

// backward writes a plain document from the hub's Bundle. What the form demands
// and the Bundle does not say is a lack; what is marked private, and what only
// looks like a condition, is kept back first, and names are joined.
func (w way) backward(s document.Source, _ document.Request) (*transcript.Written, error) {
	doc := s.Doc
	var whole *transcript.Written
	for _, step := range []func(*tree.Doc) (*transcript.Written, error){w.social, w.conditions, w.names, w.read} {
		written, err := step(doc)
		if err != nil {
			return nil, theirs(err, whole)
		}
		if written == nil {
			continue // nothing to keep back
		}
		if whole = transcript.Join(whole, written); written.Ledger.To == Form {
			break
		}
		if doc, err = tree.Parse(string(written.Output), tree.Limits{}); err != nil {
			return nil, err
		}
	}
	return whole, nil
}

// theirs gives an error of a later step its place in the sender's Bundle, which held
// more.
func theirs(err error, before *transcript.Written) error {
	var e *mapping.Error
	if before == nil || !errors.As(err, &e) {
		return err
	}
	placed := *e
	for path := e.Path; path != ""; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		if placed.Path = before.Ledger.Back(path); strings.Contains(placed.Path, ".") {
			break // what is at it, or what it would stand in
		}
	}
	return &placed
}

// read writes a plain document from a Bundle.
func (w way) read(d *tree.Doc) (*transcript.Written, error) {
	t, err := w.book.Backward(d)
	if err != nil {
		return nil, err
	}
	r := reader{Transcript: t, way: w, named: named(d)}
	r.head()
	r.source()
	r.referral()
	if err := r.correspondence(); err != nil {
		return nil, err
	}
	r.lists()
	r.dosages()
	r.withdrawn()
	r.told()
	r.observations()
	r.derived()
	r.answers()
	r.check()
	return t.Finish()
}

// reader reads from a Bundle what no rule can say.
type reader struct {
	*transcript.Transcript
	way
	named map[string]tree.ID // the resources of the Bundle, by fullUrl
}

// named lists the resources of a Bundle by their names.
func named(d *tree.Doc) map[string]tree.ID {
	all := map[string]tree.ID{}
	entries := d.Child(d.Root(), "entry")
	for e := d.First(entries); e != tree.None; e = d.Next(e) {
		if url := d.Text(d.Child(e, "fullUrl")); url != "" {
			all[url] = d.Child(e, "resource")
		}
	}
	return all
}

// referred is the resource that a Reference leads to, None if it is not here.
func (r reader) referred(reference tree.ID) tree.ID {
	if to, ok := r.named[r.Doc.Text(r.Doc.Child(reference, "reference"))]; ok {
		return to
	}
	return tree.None
}

// scalar is n, None where something else stands in the place of a value.
func (r reader) scalar(n tree.ID) tree.ID {
	if n == tree.None || r.Doc.Kind(n).Container() {
		return tree.None
	}
	return n
}

// kind is the type of a resource.
func (r reader) kind(resource tree.ID) string {
	return r.Doc.Text(r.Doc.Child(resource, "resourceType"))
}

// resource returns the resource of a type that an object of ours was read from.
func (r reader) resource(m tree.OutID, kind string) tree.ID {
	for leaf := r.Out.First(m); leaf != tree.NoOut; leaf = r.Out.Next(leaf) {
		if r.Out.Kind(leaf).Container() {
			continue
		}
		from, _ := r.Out.Origin(leaf)
		for n := from; n != tree.None; n = r.Doc.Parent(n) {
			if r.Doc.Key(n) != "resource" {
				continue
			}
			if r.kind(n) == kind {
				return n
			}
			break
		}
	}
	return tree.None
}

// head says which document it is, where the Bundle does not.
func (r reader) head() {
	if r.Out.Child(0, "dokument") == tree.NoOut {
		r.Say(0, "dokument", r.name, r.rule("bundt/dokument"))
	}
	if r.Out.Child(0, "version") == tree.NoOut {
		r.Say(0, "version", version, r.rule("bundt/version"))
	}
}

// source names who made the list, where the Bundle has no more than the name.
func (r reader) source() {
	list := r.Doc.Find(r.Doc.Root(), "entry", "resource")
	name := r.scalar(r.Doc.Child(r.Doc.Child(list, "source"), "display"))
	if r.name != document.Medicinliste || name == tree.None || r.Out.Child(0, "afsender") != tree.NoOut {
		return
	}
	organisation := r.Out.Object(r.Out.Object(0, "afsender"), "organisation")
	r.Leaf(organisation, "navn", r.Doc.Raw(name), name, r.rule("liste/afsender"))
}

// lists writes the lines of a list that has none.
func (r reader) lists() {
	list := tree.OutID(0)
	if r.name == document.Sundhedstjek || r.name == henvisning {
		list = r.Out.Child(0, "medicinliste")
	}
	if r.name != document.Tilstande && r.name != document.Korrespondance && list != tree.NoOut && r.Out.Child(list, "laegemidler") == tree.NoOut {
		r.Constant(list, "laegemidler", "[]", r.rule("liste/tom"))
	}
	for n := range tree.ID(r.Doc.Len()) {
		if text := r.Doc.Text(n); (text == dkCondition || text == dkObservation) && r.Doc.Key(r.Doc.Parent(n)) == "profile" {
			r.Use(n, r.rule("profil"))
		}
		if r.Doc.Key(n) == "url" && r.Doc.Text(n) == "urn:tolk:StructureDefinition:dosage-incomplete" {
			r.members(r.Doc.Parent(n), r.rule("liste/ufuldstaendig"), "url", "valueBoolean")
		}
	}
}

// check compares what is written with the schema.
func (r reader) check() {
	d, err := tree.Parse(string(r.Out.Append(nil, 0)), tree.Limits{})
	if err != nil {
		return // Finish reads it again, and says so
	}
	for _, f := range r.Validate(d) {
		r.Lack(ledger.Lack{Path: "Bundle", Element: f.Path, Profile: schemas.ID(r.name), Message: f.English})
	}
}

// records reads a table into maps by column.
func records(from io.Reader) ([]map[string]string, error) {
	rows, err := csv.NewReader(from).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, &mapping.Error{Kind: mapping.Exception, Message: "expected a table", Err: err}
	}
	var all []map[string]string
	for _, cells := range rows[1:] {
		row := map[string]string{}
		for i, column := range rows[0] {
			row[column] = cells[i]
		}
		all = append(all, row)
	}
	return all, nil
}
