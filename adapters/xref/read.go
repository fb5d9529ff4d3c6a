package xref

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/lens"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// The names of our own in the hub.
const (
	own          = "urn:tolk:StructureDefinition:"
	letterSystem = "urn:tolk:NamingSystem:brev"
	threadSystem = "urn:tolk:NamingSystem:forloeb"
	glnSystem    = "https://www.gs1.org/gln"
	cprSystem    = "urn:oid:1.2.208.176.1.2"
	speciality   = "urn:tolk:CodeSystem:medcom-speciale"
	relation     = "urn:tolk:CodeSystem:medcom-relation"
	kindOther    = "uspec_diagnose"
	kindReferral = "henvisningsdiagnose"
)

// reader reads one letter into one Bundle.
type reader struct {
	*transcript.Transcript
	letter
	bytes   string
	sum     [sha256.Size]byte
	entries tree.OutID
	request tree.OutID // the ServiceRequest
	patient string     // reference to the Patient
	self    string     // reference to the ServiceRequest
	sent    string     // when the letter was sent, empty if it is not known to the minute
	sender  string     // reference to the sender's Organization
	made    int
	err     error // the first fault
}

// toHub translates a letter. Its errors are *mapping.Error with the place in the
// letter.
func toHub(s document.Source, q document.Request) (*transcript.Written, error) {
	l, root, err := recognise(s.Doc)
	if err != nil {
		return nil, err
	}
	if q.From != "" && q.From != l.form {
		return nil, unsupported(s.Doc, s.Doc.Find(root, "Letter", "TypeCode"), "the letter is "+l.kind+"; expected from="+l.form)
	}
	r := &reader{Transcript: transcript.New(s.Doc, l.form, document.FHIR), letter: l, bytes: s.Bytes, sum: sha256.Sum256([]byte(s.Bytes))}
	if err := r.demand(root); err != nil {
		return nil, err
	}
	r.read(root)
	if r.err != nil {
		return nil, r.err
	}
	return r.Finish()
}

// demand refuses a letter without what makes it one.
func (r *reader) demand(root tree.ID) error {
	for _, path := range [][]string{{"Letter", "Identifier"}, {"Sender"}, {"Sender", "EANIdentifier"}, {"Receiver"}, {"Patient"}} {
		if n := r.Doc.Find(root, path...); n == tree.None || r.Doc.Kind(n) == tree.String && blank(r.Doc.Text(n)) {
			return required(r.Doc, root, strings.Join(path, ".")+": required")
		}
	}
	p := r.Doc.Child(root, "Patient")
	if r.Doc.Child(p, "CivilRegistrationNumber") == tree.None && r.Doc.Child(p, "AlternativeIdentifier") == tree.None {
		return required(r.Doc, p, "expected CivilRegistrationNumber or AlternativeIdentifier")
	}
	return nil
}

// read writes the Bundle: the referral first, then who and what it is about, in
// the order of the letter, and last the original.
func (r *reader) read(root tree.ID) {
	bundle := r.Out.Object(tree.NoOut, "")
	r.Say(bundle, "resourceType", "Bundle", "xref.bundle")
	r.Say(bundle, "type", "collection", "xref.bundle")
	r.entries = r.Out.Array(bundle, "entry")
	r.request, r.self = r.resource("ServiceRequest")
	patient, ref := r.resource("Patient")
	r.patient = ref
	r.begin(root)
	if !r.proven() {
		r.Notice(r.Doc.Path(r.Doc.Find(root, "Letter", "VersionCode")), "the version code of "+r.kind+" is taken for a version that is read; no published document proves it")
	}
	r.each(r.Doc.Root(), taking{"Envelope": r.envelope, r.root: func(n tree.ID) {
		r.each(n, taking{
			"Letter": r.head, "Sender": r.from, "Receiver": r.to, "AnswerCCReceiver": r.copyTo,
			"Patient": func(n tree.ID) { r.citizen(n, patient) }, "Relative": func(n tree.ID) { r.relative(n, patient) },
			"AdditionalInformation": r.additional, "Referral": r.referral, "RelevantClinicalInformation": r.clinical,
			"Reference": r.reference, "HospitalVisitation": r.visitation, "MunicipalityVisitation": r.visitation,
		})
	}})
	r.original()
}

// begin writes what every referral is. It claims dk-core's profile where that is
// met: dk-core has no urgent priority, and wants SOR, CVR or KOMBIT of the
// parties, of which a letter can state SOR.
func (r *reader) begin(root tree.ID) {
	const id = "xref.referral"
	sr := r.request
	code := func(party string) string { return stated(r.Doc, r.Doc.Find(root, party, "IdentifierCode")) }
	urgent := r.coded("Priority", r.Doc.Find(root, "AdditionalInformation", "Priority")) == "urgent"
	if code("Sender") == "sorkode" && code("Receiver") == "sorkode" && !urgent {
		r.Say(r.Out.Array(r.Out.Object(sr, "meta"), "profile"), "", "http://hl7.dk/fhir/core/StructureDefinition/dk-core-person-servicerequest", id)
	}
	r.Say(sr, "status", "active", id)
	r.Say(sr, "intent", "order", id)
	category := r.Out.Object(r.Out.Array(r.Out.Object(r.Out.Array(sr, "category"), ""), "coding"), "")
	r.Say(category, "system", "http://snomed.info/sct", id)
	r.Say(category, "code", "3457005", id)
	r.Say(category, "display", "Patient referral", id)
	r.Generate(r.Out.Object(sr, "subject"), "reference", r.patient, id)
}

// taking is what takes the elements of an element, by their names.
type taking map[string]func(n tree.ID)

// each gives the elements in n to what takes them. What the letter does not have
// there, or has once and stands there again, nobody takes: it is unclaimed.
func (r *reader) each(n tree.ID, takes taking) {
	if r.Doc.Kind(n) != tree.Object {
		r.empty(n)
		return
	}
	parent, seen := r.Doc.RawKey(n), map[string]bool{}
	for c := r.Doc.First(n); c != tree.None; c = r.Doc.Next(c) {
		name := r.Doc.RawKey(c)
		switch {
		case name == tree.CommentKey || name == tree.InstructionKey:
			r.Drop(c, "xref.comment", "a comment or a processing instruction is no part of the letter")
			continue
		case name == "@schemaLocation":
			r.Drop(c, "xref.schema", "where the sender keeps the schema is no part of the letter")
			continue
		}
		ok, many := r.holds(parent, name)
		take := takes[name]
		if !ok || take == nil || r.Doc.Space(c) != r.space {
			continue
		}
		if seen[name] && !many {
			r.Notice(r.Doc.Path(c), name+" stands here once; the second is not read, and is in the original only")
			continue
		}
		seen[name] = true
		take(c)
	}
}

// empty gives an element that holds nothing its fate.
func (r *reader) empty(n tree.ID) {
	if n != tree.None && r.Doc.Kind(n) == tree.String && blank(r.Doc.Text(n)) {
		r.Drop(n, "xref.empty", "it holds nothing")
	}
}

// put takes an element that holds text only and writes it as a string.
func (r *reader) put(parent tree.OutID, key, id string) func(n tree.ID) {
	return func(n tree.ID) { r.write(parent, key, n, id) }
}

func (r *reader) write(parent tree.OutID, key string, n tree.ID, id string) {
	if t := r.text(n); t != tree.None {
		r.Carry(parent, key, t, id)
	}
}

// text returns the node that holds the text of an element, None where it holds
// none, which is then accounted for.
func (r *reader) text(n tree.ID) tree.ID {
	if n == tree.None {
		return n
	}
	if r.Doc.Kind(n) == tree.Object {
		n = r.Doc.Child(n, tree.TextKey)
	}
	if n == tree.None || blank(r.Doc.Text(n)) {
		r.empty(n)
		return tree.None
	}
	return n
}

// coded is a word of a list of ours: what it means in the hub, "" for one that
// is not in the list.
func (r *reader) coded(list string, n tree.ID) string {
	return means[word{list, stated(r.Doc, n)}]
}

// code writes a code, which in FHIR has no white space around it.
func (r *reader) code(parent tree.OutID, key string, n tree.ID, id string) {
	if t := r.text(n); t != tree.None {
		r.Text(parent, key, strings.Join(strings.Fields(r.Doc.Text(t)), " "), t, id)
	}
}

// checked writes a number of a register, as the sender spells it; a number that
// the register cannot have is refused.
func (r *reader) checked(parent tree.OutID, system string, n tree.ID, id string) {
	t := r.text(n)
	if t == tree.None {
		return
	}
	if check, ok := lens.Register(system); ok {
		if _, err := check(strings.TrimSpace(r.Doc.Text(t))); err != nil {
			r.fail(at(r.Doc.Path(t), err))
			return
		}
	}
	r.Text(parent, "value", strings.TrimSpace(r.Doc.Text(t)), t, id)
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// moment writes a Date and a Time in n as a dateTime under key. Where the zone
// cannot be told the day is written, and the time stands beside it as it came.
func (r *reader) moment(parent tree.OutID, key string, n tree.ID, id string) (written string) {
	date, clock := tree.None, tree.None
	r.each(n, taking{"Date": func(n tree.ID) { date = r.text(n) }, "Time": func(n tree.ID) { clock = r.text(n) }})
	if date == tree.None {
		return ""
	}
	day := strings.TrimSpace(r.Doc.Text(date))
	if _, err := lens.Date(day); err != nil || len(day) != 10 {
		r.fail(&mapping.Error{Kind: mapping.Value, Path: r.Doc.Path(date), Message: "expected a day that the calendar has, such as 2026-01-10"})
		return ""
	}
	if clock == tree.None {
		r.Text(parent, key, day, date, id)
		return ""
	}
	if moment, ok := zoned(day, strings.TrimSpace(r.Doc.Text(clock))); ok {
		r.Text(parent, key, moment, date, id)
		r.Use(clock, id)
		return moment
	}
	r.Text(parent, key, day, date, id)
	e := r.Out.Object(r.Out.Array(r.Out.Object(parent, "_"+key), "extension"), "")
	r.Say(e, "url", own+"time", id)
	r.Carry(e, "valueString", clock, id)
	r.Notice(r.Doc.Path(clock), "expected a time of day such as 14:05 that the clock in Denmark passes once on that day; it is kept as it came")
	return ""
}

// array returns the array of this name, begun if it is not there.
func (r *reader) array(parent tree.OutID, key string) tree.OutID {
	if a := r.Out.Child(parent, key); a != tree.NoOut {
		return a
	}
	return r.Out.Array(parent, key)
}

// extend writes a text as an extension of ours.
func (r *reader) extend(parent tree.OutID, name string, n tree.ID, id string) {
	if t := r.text(n); t != tree.None {
		r.Carry(r.extension(parent, name, id), "valueString", t, id)
	}
}

func (r *reader) extending(parent tree.OutID, name, id string) func(n tree.ID) {
	return func(n tree.ID) { r.extend(parent, name, n, id) }
}

func (r *reader) extension(parent tree.OutID, name, id string) tree.OutID {
	e := r.Out.Object(r.array(parent, "extension"), "")
	r.Say(e, "url", own+name, id)
	return e
}

// part begins an extension in an extension.
func (r *reader) part(parent tree.OutID, name, id string) tree.OutID {
	e := r.Out.Object(r.array(parent, "extension"), "")
	r.Say(e, "url", name, id)
	return e
}

// resource begins an entry. Its id is made of the letter and its place in it.
func (r *reader) resource(kind string) (resource tree.OutID, ref string) {
	r.made++
	uuid := fields.UUID(sha256.Sum256(fmt.Appendf(r.sum[:len(r.sum):len(r.sum)], "%s/%d", kind, r.made)))
	entry := r.Out.Object(r.entries, "")
	r.Generate(entry, "fullUrl", "urn:uuid:"+uuid, "xref.id")
	resource = r.Out.Object(entry, "resource")
	r.Say(resource, "resourceType", kind, "xref.resource")
	r.Generate(resource, "id", uuid, "xref.id")
	return resource, "urn:uuid:" + uuid
}

// original writes the bytes of the sender, and that the referral is made of
// them.
func (r *reader) original() {
	const id = "xref.original"
	p, _ := r.resource("Provenance")
	r.Generate(r.Out.Object(r.Out.Array(p, "target"), ""), "reference", r.self, id)
	if r.sent != "" {
		r.Generate(p, "recorded", r.sent, id)
	} else {
		e := r.Out.Object(r.Out.Array(r.Out.Object(p, "_recorded"), "extension"), "")
		r.Say(e, "url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason", id)
		r.Say(e, "valueCode", "unknown", id)
	}
	r.Generate(r.Out.Object(r.Out.Object(r.Out.Array(p, "agent"), ""), "who"), "reference", r.sender, id)
	entity := r.Out.Object(r.Out.Array(p, "entity"), "")
	r.Generate(r.extension(entity, "sha256", id), "valueString", hex.EncodeToString(r.sum[:]), id)
	r.Say(entity, "role", "source", id)
	b, ref := r.resource("Binary")
	r.Generate(r.Out.Object(entity, "what"), "reference", ref, id)
	r.Say(b, "contentType", "application/xml", id)
	r.Generate(b, "data", base64.StdEncoding.EncodeToString([]byte(r.bytes)), id)
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }

// words lists the words of a list, for a message.
func words(list string) string {
	var all []string
	for w := range known {
		if w.list == list {
			all = append(all, w.word)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
