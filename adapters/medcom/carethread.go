package medcom

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/lens"
	"tolk/mapping/message"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// CorrespondenceToCare writes a correspondence of the hub as a CareCommunication.
// One that is a message of MedCom's already goes as it stands, if its envelope is
// sound; the error is otherwise message.Faults. Any other is written with what
// MedCom demands: profiles, narratives, ids, the definition, the act of this
// message. Who sends and receives is said by the document, else by the caller. Of
// what a message demands and nobody says there is a lack, and the result is a
// Bundle of the same resources that claims no profile.
func CorrespondenceToCare(s document.Source, q document.Request) (*transcript.Written, error) {
	if strings.HasPrefix(s.Doc.Text(s.Doc.Find(s.Doc.Root(), "meta", "profile")), careMessage) {
		if _, err := message.Read(s.Doc); err != nil {
			return nil, err
		}
		return verbatim(transcript.New(s.Doc, document.FHIR, CareCommunication))
	}
	c, err := newCare(s, q, careKind{document: document.Korrespondance, resource: "Communication", from: "MessageHeader.sender",
		orTo:   ", or an Organization with both as MessageHeader.destination.receiver",
		second: "a second Communication; expected one, with all messages of the thread as its segments"})
	if err != nil {
		return nil, err
	}
	t := &thread{care: c, edits: map[tree.ID]string{}, left: map[tree.ID]bool{}, more: map[tree.ID][]func(tree.OutID){}}
	if err := t.findHeader(); err != nil {
		return nil, err
	}
	t.when()
	t.chain()
	t.parties(q, t.from(), t.to)
	for _, end := range []*careEnd{t.sender, t.receiver} {
		if end != nil && end.from != nil {
			end.id = t.url(end.from) // it is written where it stands
		}
	}
	t.author = author{code: tree.None, phone: t.officePhone(), given: clean(q.Sender)}
	t.demand()
	if t.header == nil && !t.lacking && (t.sender.from == nil || t.receiver.from == nil) {
		t.between()
	}
	t.write()
	return t.Finish()
}

// thread is a correspondence being written: a copy of the hub's, with edits that
// are planned before anything is written.
type thread struct {
	*care
	header  *bundle.Entry   // the MessageHeader of this message, nil
	act     *bundle.Entry   // the Provenance of this message, nil
	id      string          // of the MessageHeader
	earlier map[string]bool // the ids of the segments that earlier messages added
	added   map[string]bool // of those that this one says that it added
	signs   bool            // a segment is signed with the author that the caller names

	binaries []func(entries tree.OutID) // attachments that go as resources of their own

	edits map[tree.ID]string               // leaves that are written otherwise
	left  map[tree.ID]bool                 // what is not written, and why is said
	more  map[tree.ID][]func(o tree.OutID) // what is added to an object or an array
}

// findHeader finds the MessageHeader, which is the one of this message.
func (t *thread) findHeader() error {
	for _, e := range t.b.Entries {
		if e.Type != "MessageHeader" {
			continue
		}
		if t.header != nil {
			return &mapping.Error{Kind: mapping.Invalid, Path: t.Doc.Path(e.Node), Message: "a second MessageHeader; expected the one of this message, and of earlier ones the Provenance"}
		}
		t.header = e
	}
	return nil
}

// when finds out when the message is sent: as the document says, else now.
func (t *thread) when() {
	said := t.Doc.Child(t.Doc.Root(), "timestamp")
	if _, err := lens.Instant(t.Doc.Text(said)); err == nil {
		t.now = t.Doc.Text(said)
		return
	}
	if said != tree.None {
		t.leave(said, "it is no moment: a date, a time and a zone")
	}
}

// chain finds the act of this message and what the earlier ones added. Where there
// is no MessageHeader yet, it is the one act that no other act answers.
func (t *thread) chain() {
	t.earlier, t.id = map[string]bool{}, bundle.ID(t.seed, "MessageHeader")
	answered := map[string]bool{}
	var acts []*bundle.Entry
	for _, e := range t.b.Entries {
		if e.Type != "Provenance" {
			continue
		}
		acts = append(acts, e)
		for entity := range t.b.All(e.Node, "entity") {
			if t.Doc.Text(t.Doc.Child(entity, "role")) == "revision" {
				answered[headerID(t.Doc.Text(t.Doc.Find(entity, "what", "reference")))] = true
			}
		}
	}
	if t.header != nil {
		t.id = t.care.id(t.header)
	}
	for _, e := range acts {
		reference := t.Doc.Find(e.Node, "target")
		target := headerID(t.Doc.Text(t.Doc.Child(reference, "reference")))
		switch {
		case t.act == nil && t.header != nil && (target == t.id || t.b.Follow(reference) == t.header), t.act == nil && t.header == nil && !answered[target]:
			t.act = e
		default:
			for segment := range t.segmentsOf(e) {
				t.earlier[t.Doc.Text(segment)] = true
			}
		}
	}
	t.added = map[string]bool{}
	if t.act != nil {
		for segment := range t.segmentsOf(t.act) {
			t.added[t.Doc.Text(segment)] = true
		}
	}
	if t.header == nil && t.act != nil {
		target := t.Doc.Find(t.act.Node, "target")
		if id := headerID(t.Doc.Text(t.Doc.Child(target, "reference"))); id != "" && t.b.Follow(target) == nil {
			t.id = id
		}
	}
}

// between gives a message that was none yet, and that the caller addresses, ids for
// whom it goes between: the same thread to two receivers is two messages, and each
// is acknowledged by its id.
func (t *thread) between() {
	own := func(id string) string {
		return bundle.ID(id, t.sender.party.SOR, t.sender.party.GLN, t.receiver.party.SOR, t.receiver.party.GLN)
	}
	t.id = own(t.id)
	if id := t.Doc.Child(t.Doc.Root(), "id"); t.Doc.Text(id) != "" {
		t.edits[id] = own(t.Doc.Text(id))
	}
}

// url is what an entry of the document is referred to by, as it is written.
func (t *thread) url(e *bundle.Entry) string {
	if e.URL == "urn:uuid:" {
		return e.URL + t.care.id(e)
	}
	return e.URL
}

// headerID is the id in a reference to a MessageHeader.
func headerID(reference string) string {
	return reference[strings.LastIndexAny(reference, ":/")+1:]
}

// segmentsOf gives the ids of the segments that an act added, as leaves.
func (t *thread) segmentsOf(act *bundle.Entry) func(func(tree.ID) bool) {
	return func(yield func(tree.ID) bool) {
		for entity := range t.b.All(act.Node, "entity") {
			id := t.Doc.Find(entity, "what", "identifier", "value")
			if t.Doc.Text(t.Doc.Child(entity, "role")) == "source" && t.Doc.Text(id) != "" && !yield(id) {
				return
			}
		}
	}
}

// from is the organisation that the document says it is from: as the header says,
// else the Communication, else the one that gave the last segment its id.
func (t *thread) from() *bundle.Entry {
	for _, reference := range []tree.ID{t.headed("sender"), t.Doc.Child(t.source.Node, "sender"), t.lastAssigner()} {
		if o := t.organisationOf(t.b.Follow(reference)); o != nil {
			return o
		}
	}
	return nil
}

// lastAssigner is who gave the last segment its id, if this message added it.
func (t *thread) lastAssigner() tree.ID {
	last := tree.None
	for p := range t.b.All(t.source.Node, "payload") {
		last = t.Doc.Find(t.medcom(p, "identifier"), "valueIdentifier")
	}
	if !t.own(t.Doc.Text(t.Doc.Child(last, "value"))) {
		return tree.None
	}
	return t.Doc.Child(last, "assigner")
}

// own reports whether this message added the segment of an id: as its act says, else
// what no earlier one did.
func (t *thread) own(segment string) bool {
	return !t.earlier[segment] && (segment == "" || len(t.added) == 0 || t.added[segment])
}

// headed is an element of the MessageHeader.
func (t *thread) headed(name string) tree.ID {
	if t.header == nil {
		return tree.None
	}
	return t.Doc.Child(t.header.Node, name)
}

// to is the organisation that the document says it goes to: the first destination
// that is no copy.
func (t *thread) to(document.Party) *bundle.Entry {
	for d := range t.b.Each(t.headed("destination")) {
		if t.use(d) != "cc" {
			return t.organisationOf(t.b.Follow(t.Doc.Child(d, "receiver")))
		}
	}
	return nil
}

// use is what a destination is for: primary or cc.
func (t *thread) use(destination tree.ID) string {
	for x := range t.b.All(destination, "extension") {
		if t.Doc.Text(t.Doc.Child(x, "url")) == useExtension {
			return t.Doc.Text(t.Doc.Find(x, "valueCoding", "code"))
		}
	}
	return ""
}

// medcom is an extension of MedCom's core at n, None if it has none of that name.
func (t *thread) medcom(n tree.ID, name string) tree.ID {
	for x := range t.b.All(n, "extension") {
		if t.Doc.Text(t.Doc.Child(x, "url")) == coreProfiles+"medcom-core-"+name+"-extension" {
			return x
		}
	}
	return tree.None
}

// leave plans not to write n, and says why.
func (t *thread) leave(n tree.ID, why string) {
	if n != tree.None {
		t.left[n] = true
		t.Drop(n, careThread, why)
	}
}

// tell is leave for what the sender should hear.
func (t *thread) tell(n tree.ID, why string) {
	t.leave(n, why)
	t.Notice(t.Doc.Path(n), why)
}

// constant plans that what an object says of itself is what MedCom has for every
// message: as it is written where it says so already, else instead of it.
func (t *thread) constant(o, n tree.ID, key, text, why string) {
	if n != tree.None && t.Doc.Text(n) == text {
		return
	}
	t.leave(n, why)
	t.add(o, func(out tree.OutID) { t.Say(out, key, text, careEnvelope) })
}

// add plans to add something to an object or an array of the document.
func (t *thread) add(n tree.ID, what func(o tree.OutID)) { t.more[n] = append(t.more[n], what) }

// copy writes n and all below it, with the edits that are planned; nothing where
// it is None.
func (t *thread) copy(parent tree.OutID, key string, n tree.ID) {
	if n == tree.None {
		return
	}
	text, edited := t.edits[n]
	out := tree.NoOut
	switch kind := t.Doc.Kind(n); {
	case t.left[n]:
		return
	case edited:
		t.Text(parent, key, text, n, careThread)
		return
	case t.Doc.Leaf(n) && !kind.Container():
		t.Carry(parent, key, n, careThread)
		return
	case kind == tree.Object:
		out = t.Out.Object(parent, key)
		for c := t.Doc.First(n); c != tree.None; c = t.Doc.Next(c) {
			t.copy(out, t.Doc.RawKey(c), c)
		}
	default:
		out = t.Out.Array(parent, key)
		for c := t.Doc.First(n); c != tree.None; c = t.Doc.Next(c) {
			t.copy(out, "", c)
		}
	}
	if t.Doc.Leaf(n) {
		t.Drop(n, careThread, "it holds nothing")
	}
	for _, what := range t.more[n] {
		what(out)
	}
}

// urn returns a UUID as MedCom writes it, urn:uuid: and lower case, and whether a
// text is one.
func urn(text string) (string, bool) {
	id := strings.ToLower(strings.TrimPrefix(text, "urn:uuid:"))
	groups := strings.Split(id, "-")
	lengths := []int{8, 4, 4, 4, 12}
	ok := len(groups) == len(lengths) && !slices.ContainsFunc(groups, func(g string) bool { return strings.Trim(g, "0123456789abcdef") != "" })
	for i := range groups {
		ok = ok && len(groups[i]) == lengths[i]
	}
	return "urn:uuid:" + id, ok
}
