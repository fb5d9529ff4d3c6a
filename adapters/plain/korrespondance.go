package plain

import (
	"strconv"
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/tree"
)

// MedCom's words of a correspondence (medcom.fhir.dk.carecommunication 5.0.2,
// .messaging 4.0.2, .core 3.0.1, .terminology 2.0.2).
const (
	medcomCore      = "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-"
	medcomTerms     = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-"
	eventCodes      = medcomTerms + "messaging-eventCodes"
	careEvent       = "care-communication-message"
	activityCodes   = medcomTerms + "messaging-activityCodes"
	destinationUse  = medcomTerms + "messaging-destinationUse"
	useExtension    = "http://medcomfhir.dk/ig/messaging/StructureDefinition/medcom-messaging-destinationUseExtension"
	senderExtension = medcomCore + "sender-extension"
	sorEndpoint     = "https://sor2.sum.dsdn.dk/#id=" // and the SOR number
	sorSystem       = "urn:oid:1.2.208.176.1.1"
)

// ourUse says of a recipient of a correspondence that is no message yet that it
// gets a copy: a message says so of its destination.
const ourUse = structure + "destination-use"

// carbonCopy and primary are MedCom's uses of a destination.
const carbonCopy, primary = "cc", "primary"

// pairs are words of the plain form and what they are in the hub.
type pairs [][2]string

// other returns what a word stands for, or the word that stands for it.
func (p pairs) other(word string, from, to int) string {
	for _, pair := range p {
		if pair[from] == word {
			return pair[to]
		}
	}
	return ""
}

func (p pairs) hub(word string) string   { return p.other(word, 0, 1) }
func (p pairs) plain(code string) string { return p.other(code, 1, 0) }

// acts are what a message does in its thread (medcom-messaging-activityCodes
// 1.8.1).
var acts = pairs{
	{"ny", "new-message"},
	{"svar", "reply-message"},
	{"videresendelse", "forward-message"},
	{"rettelse", "modified-message"},
	{"tilbagetraekning", "retract-message"},
	{"kopi", "carboncopy-message"},
}

// numbers are the registers that an organisation has a number in.
var numbers = pairs{
	{"sor", sorSystem},
	{"gln", "https://www.gs1.org/gln"},
	{"cvr", "http://cvr.dk"},
	{"ydernummer", "urn:oid:1.2.208.176.1.4"},
}

// attachment are the fields of an attachment that are elements of an Attachment.
var attachment = pairs{
	{"filtype", "contentType"},
	{"indhold", "data"},
	{"adresse", "url"},
	{"titel", "title"},
	{"dannet", "creation"},
}

// uuids is the lens of MedCom's identifiers: a UUID is written with urn:uuid: in
// the hub, and without it here.
func uuids() fields.Lens {
	return fields.Lens{
		Forward:  func(text string) (string, error) { return inHub(text), nil },
		Backward: func(text string) (string, error) { return inPlain(text), nil },
	}
}

func inHub(id string) string {
	if isUUID(id) {
		return "urn:uuid:" + id
	}
	return id
}

func inPlain(id string) string {
	if bare, cut := strings.CutPrefix(id, "urn:uuid:"); cut && isUUID(bare) {
		return bare
	}
	return id
}

// isUUID reports whether a text is a UUID in small letters (RFC 9562 §4).
func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(text) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdef", rune(c)) {
			return false
		}
	}
	return true
}

// thread writes what no rule can say of a correspondence.
type thread struct {
	finisher
	root          tree.ID
	seed          string // what every id is derived from
	entries       tree.OutID
	communication tree.OutID
	message       string            // the id of the message
	made          map[string]string // the fullUrls of persons and organisations, by what is said of them
	ids           []string          // of the segments, as in the hub
	earlier       map[string]bool   // those that this message did not add, as far as is known
}

// correspondence adds to the Bundle of a correspondence its segments, the chain of
// its messages and, where it is known who sends it to whom and when, the header
// of a message.
func (f finisher) correspondence() error {
	if f.name != document.Korrespondance {
		return nil
	}
	t := &thread{finisher: f, root: f.Doc.Root(), seed: bundle.ID(f.Doc.Source()), entries: f.Out.Child(0, "entry"),
		communication: f.resources("Communication")[0], made: map[string]string{}}
	if faults := t.twice(); len(faults) > 0 {
		return faults
	}
	t.message = f.Doc.Text(f.Doc.Child(t.root, "meddelelse"))
	if t.message == "" {
		t.message = t.derived("meddelelse")
	}
	t.Generate(0, "id", t.derived("Bundle"), t.rule("bundt/id"))
	if !f.Out.Has(t.communication, "identifier") {
		t.Generate(f.Out.Object(f.Out.Array(t.communication, "identifier"), ""), "value", "urn:uuid:"+t.derived("korrespondance"), t.rule("korrespondance/id"))
	}
	t.earlier = t.before()
	if err := t.segments(); err != nil {
		return err
	}
	header := t.addressed()
	if header {
		t.Say(0, "type", "message", t.rule("bundt/slags"))
	} else {
		t.Say(0, "type", "collection", t.rule("bundt/slags"))
	}
	t.chain(t.parties(header), header)
	return nil
}

// before is the segments that the messages before this one added.
func (t *thread) before() map[string]bool {
	all := map[string]bool{}
	for _, n := range listOf(t.Doc, t.Doc.Child(t.root, "forloeb")) {
		for _, part := range listOf(t.Doc, t.Doc.Child(n, "dele")) {
			all[inHub(t.Doc.Text(part))] = true
		}
	}
	t.beside(all)
	t.untold(all)
	return all
}

// beside marks the segments that this message did not add, where it says which it
// did: somebody else wrote them.
func (t *thread) beside(earlier map[string]bool) {
	d := t.Doc
	added := d.Child(t.root, "dele")
	if added == tree.None {
		return
	}
	own := map[string]bool{}
	for _, part := range listOf(d, added) {
		own[inHub(d.Text(part))] = true
	}
	for _, n := range append(listOf(d, d.Child(t.root, "beskeder")), listOf(d, d.Child(t.root, "bilag"))...) {
		if id := d.Text(d.Child(n, "id")); id != "" && !own[inHub(id)] {
			earlier[inHub(id)] = true
		}
	}
}

// derived is an id that the document gives: the same document gives the same.
func (t *thread) derived(of string) string { return bundle.ID(t.seed, of) }

// addressed reports whether the correspondence can be a message: FHIR demands the
// address of whoever sends and receives one, which is the SOR number, and MedCom
// the time.
func (t *thread) addressed() bool {
	d := t.Doc
	if d.Child(t.root, "tidspunkt") == tree.None {
		return false
	}
	for _, party := range []string{"afsender", "modtager"} {
		if d.Child(d.Child(d.Child(t.root, party), "organisation"), "sor") == tree.None {
			return false
		}
	}
	for c := d.Find(t.root, "kopimodtagere"); c != tree.None; c = d.Next(c) {
		if d.Child(c, "sor") == tree.None {
			return false
		}
	}
	return true
}

// segments writes the texts and attachments in their order.
func (t *thread) segments() error {
	d := t.Doc
	texts := listOf(d, d.Child(t.root, "beskeder"))
	attachments := listOf(d, d.Child(t.root, "bilag"))
	if len(texts)+len(attachments) == 0 {
		return nil
	}
	payload := t.Out.Array(t.communication, "payload")
	last := 0
	for i := range len(texts) + 1 {
		for len(attachments) > 0 {
			place, err := t.place(attachments[0], last, len(texts))
			if err != nil {
				return err
			}
			if place > i {
				break
			}
			last = place
			t.segment(payload, attachments[0], "bilag")
			attachments = attachments[1:]
		}
		if i < len(texts) {
			t.segment(payload, texts[i], "besked")
		}
	}
	return nil
}

// listOf is the elements of an array, none for None.
func listOf(d *tree.Doc, array tree.ID) (all []tree.ID) {
	for e := elements(d, array); e != tree.None; e = d.Next(e) {
		all = append(all, e)
	}
	return all
}

// place is how many texts stand before an attachment, all of them where that is
// not said. None stands before the one above it: so each order has one spelling.
func (t *thread) place(n tree.ID, last, texts int) (int, error) {
	at := t.Doc.Child(n, "efterBesked")
	if at == tree.None {
		return texts, nil
	}
	place, err := strconv.Atoi(t.Doc.Raw(at))
	switch {
	case err != nil || place > texts:
		return 0, Faults{{Kind: mapping.Value, Path: t.Doc.Path(at), node: at,
			Danish:  "så mange beskeder er der ikke; forventet højst " + strconv.Itoa(texts),
			English: "there are not so many texts; expected at most " + strconv.Itoa(texts)}}
	case place < last:
		return 0, Faults{{Kind: mapping.Value, Path: t.Doc.Path(at), node: at,
			Danish:  "bilagene skrives i den rækkefølge, de står i tråden",
			English: "expected the attachments in the order in which they stand in the thread"}}
	}
	t.Use(at, t.rule("bilag/plads"))
	return place, nil
}

// segment writes one text or attachment with when and by whom it was written.
func (t *thread) segment(payload tree.OutID, n tree.ID, kind string) {
	d, rule := t.Doc, t.rule(kind)
	s := t.Out.Object(payload, "")
	extensions := t.Out.Array(s, "extension")
	extension := func(name string) tree.OutID {
		x := t.Out.Object(extensions, "")
		t.Say(x, "url", medcomCore+name+"-extension", rule)
		return x
	}
	if at := d.Child(n, "tidspunkt"); at != tree.None {
		t.Carry(extension("datetime"), "valueDateTime", at, rule+"/tidspunkt")
	}
	identifier := t.Out.Object(extension("identifier"), "valueIdentifier")
	id := t.identifier(identifier, "value", d.Child(n, "id"), rule+"/id")
	if id == "" {
		id = "urn:uuid:" + t.derived(d.Path(n))
		t.Generate(identifier, "value", id, rule+"/id")
	}
	t.ids = append(t.ids, id)
	author := d.Child(n, "forfatter")
	t.assigner(identifier, d.Child(author, "organisation"), id, rule+"/organisation")
	if url := t.person(author, ""); url != "" {
		t.Generate(t.Out.Object(extension("practitioner"), "valueReference"), "reference", url, rule+"/forfatter")
	}
	if phone := d.Child(author, "telefon"); phone != tree.None {
		contact := t.Out.Object(extension("contact"), "valueContactPoint")
		t.Say(contact, "system", "phone", rule+"/telefon")
		t.Carry(contact, "value", phone, rule+"/telefon")
	}
	t.content(s, n, rule)
}

// assigner writes whom the author of a segment writes for: of a new one the sender
// of the message, where nothing else is said. MedCom demands it of every segment,
// with a SOR number: an organisation without one stands beside.
func (t *thread) assigner(identifier tree.OutID, n tree.ID, id, rule string) {
	d := t.Doc
	to := t.Out.Object(identifier, "assigner")
	sender := d.Child(d.Child(t.root, "afsender"), "organisation")
	switch {
	case n != tree.None && d.Child(n, "sor") != tree.None:
		t.Generate(to, "reference", t.organisation(n), rule)
		return
	case n != tree.None:
		x := t.Out.Object(t.Out.Array(to, "extension"), "")
		t.Say(x, "url", ourAssigner, rule)
		t.Generate(t.Out.Object(x, "valueReference"), "reference", t.organisation(n), rule)
	case d.Child(sender, "sor") != tree.None && !t.earlier[id]:
		t.Generate(to, "reference", t.organisation(sender), rule)
		return
	}
	t.Say(to, "display", noSOR, rule)
}

// ourAssigner is whom an author writes for where MedCom takes no reference to it.
const ourAssigner = structure + "author-organisation"

// noSOR stands where MedCom demands an organisation with a SOR number.
const noSOR = "Organisationen er ikke angivet med SOR-kode"

// content writes what a segment says.
func (t *thread) content(s tree.OutID, n tree.ID, rule string) {
	d := t.Doc
	if text := d.Child(n, "tekst"); text != tree.None {
		t.Carry(s, "contentString", text, rule+"/tekst")
		return
	}
	if kind := d.Child(n, "dokument"); kind != tree.None {
		extension := t.Out.Object(t.Out.Child(s, "extension"), "")
		t.Say(extension, "url", attachedDocument, rule+"/dokument")
		t.Carry(extension, "valueCode", kind, rule+"/dokument")
		reference := t.Out.Object(s, "contentReference")
		t.Say(reference, "type", "Binary", rule+"/dokument")
		if title := d.Child(n, "titel"); title != tree.None {
			t.Carry(reference, "display", title, rule+"/titel")
		}
		return
	}
	content := t.Out.Object(s, "contentAttachment")
	for _, f := range attachment {
		if leaf := d.Child(n, f[0]); leaf != tree.None {
			t.Carry(content, f[1], leaf, rule+"/"+f[0])
		}
	}
}

// attachedDocument names a document that a segment brought and does not hold.
const attachedDocument = structure + "attached-document"

// identifier writes an id as MedCom does, and returns it as it is written; empty
// for None.
func (t *thread) identifier(to tree.OutID, key string, from tree.ID, rule string) string {
	if from == tree.None {
		return ""
	}
	id := inHub(t.Doc.Text(from))
	t.Text(to, key, id, from, rule)
	return id
}

// resource begins a resource with an id derived from the document.
func (t *thread) resource(kind, of string) (r tree.OutID, url string) {
	return t.identified(kind, t.derived(kind+"\x00"+of))
}

func (t *thread) identified(kind, id string) (r tree.OutID, url string) {
	rule := t.rule(strings.ToLower(kind))
	url = "urn:uuid:" + id
	if !isUUID(id) {
		url = "urn:uuid:" + t.derived(kind+"\x00"+id)
	}
	e := t.Out.Object(t.entries, "")
	t.Generate(e, "fullUrl", url, rule)
	r = t.Out.Object(e, "resource")
	t.Say(r, "resourceType", kind, rule)
	return r, url
}
