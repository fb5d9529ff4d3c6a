package plain

import (
	"strconv"
	"strings"
	"time"

	"tolk/mapping/ledger"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// letterPattern is the schema's word for what a message answers.
const letterPattern = `^([A-Za-z0-9.-]{1,64}|[^\s#]+#[0-9]{13})$`

// nobody stands where FHIR demands who sent a message, and the form does not say.
const nobody = "Afsenderen er ikke angivet"

// chain writes a Provenance for each message of the thread, this one last.
func (t *thread) chain(sender string, header bool) {
	d := t.Doc
	for i, n := range listOf(d, d.Child(t.root, "forloeb")) {
		p, url := t.resource("Provenance", "forloeb/"+strconv.Itoa(i))
		t.id(p, url, t.rule("provenance"))
		id := d.Child(n, "meddelelse")
		t.Text(t.Out.Object(t.Out.Array(p, "target"), ""), "reference", headerPrefix+d.Text(id), id, t.rule("led/meddelelse"))
		who := ""
		if o := d.Child(n, "organisation"); o != tree.None {
			who = t.organisation(o)
		}
		t.account(p, n, who, "led")
	}
	p, url := t.resource("Provenance", "denne")
	t.id(p, url, t.rule("provenance"))
	t.target(p, header)
	t.account(p, t.root, sender, "denne")
	if d.Child(t.root, "dele") != tree.None {
		return
	}
	for _, id := range t.ids {
		if !t.earlier[id] {
			t.Generate(t.entity(p, "source", "identifier"), "value", id, t.rule("denne/dele"))
		}
	}
}

// untold marks the segments of which nobody says whether this message added them:
// its answer to another comes with texts of that one, and forloeb does not say which.
// What has no id yet is written now, and what is as late as the message is of it; an
// old text is not credited to whoever answers it.
func (t *thread) untold(earlier map[string]bool) {
	d := t.Doc
	act := d.Text(d.Child(t.root, "haendelse"))
	if act == "ny" || d.Child(t.root, "dele") != tree.None || t.accounted() {
		return
	}
	texts, attachments := listOf(d, d.Child(t.root, "beskeder")), listOf(d, d.Child(t.root, "bilag"))
	if len(texts)+len(attachments) == 1 && act != "tilbagetraekning" {
		return // a message adds something
	}
	for _, n := range append(texts, attachments...) {
		id := d.Text(d.Child(n, "id"))
		if id == "" || earlier[inHub(id)] || t.asLate(n) {
			continue
		}
		earlier[inHub(id)] = true
		t.Lack(ledger.Lack{Path: d.Path(n), Element: "Provenance.entity:payload", Profile: provenanceProfile,
			Message: "which message added it is not said; forloeb names the messages before this one, with dele what each added"})
	}
}

const provenanceProfile = "http://medcomfhir.dk/ig/carecommunication/StructureDefinition/medcom-careCommunication-provenance"

// accounted reports whether forloeb names the messages before this one, and of each
// what it added.
func (t *thread) accounted() bool {
	before := listOf(t.Doc, t.Doc.Child(t.root, "forloeb"))
	for _, n := range before {
		if t.Doc.Child(n, "dele") == tree.None {
			return false
		}
	}
	return len(before) > 0
}

// asLate reports whether a segment is not older than this message.
func (t *thread) asLate(n tree.ID) bool {
	sent, err := time.Parse(time.RFC3339, t.Doc.Text(t.Doc.Child(t.root, "tidspunkt")))
	if err != nil {
		return false
	}
	written, err := time.Parse(time.RFC3339, t.Doc.Text(t.Doc.Child(n, "tidspunkt")))
	return err == nil && !written.Before(sent)
}

// headerPrefix stands before the id of a message in a reference to it.
const headerPrefix = "MessageHeader/"

// target refers to the header of this message: by its fullUrl where it is in the
// Bundle, else by its id.
func (t *thread) target(p tree.OutID, header bool) {
	to, rule := t.Out.Object(t.Out.Array(p, "target"), ""), t.rule("denne/meddelelse")
	given := t.Doc.Child(t.root, "meddelelse")
	switch {
	case header:
		t.Generate(to, "reference", t.text(t.Out.First(t.entries), "fullUrl"), rule)
	case given != tree.None:
		t.Text(to, "reference", headerPrefix+t.message, given, rule)
	default:
		t.Generate(to, "reference", headerPrefix+t.message, rule)
	}
}

// account writes what a message did, when, by whom, on which message and with
// which segments.
func (t *thread) account(p tree.OutID, n tree.ID, who, name string) {
	d, rule := t.Doc, t.rule(name)
	if at := d.Child(n, "tidspunkt"); at != tree.None {
		t.Carry(p, "occurredDateTime", at, rule+"/tidspunkt")
		t.Carry(p, "recorded", at, rule+"/tidspunkt")
	} else {
		unknown := t.Out.Object(t.Out.Array(t.Out.Object(p, "_recorded"), "extension"), "")
		t.Say(unknown, "url", absentReason, rule+"/tidspunkt")
		t.Say(unknown, "valueCode", "unknown", rule+"/tidspunkt")
	}
	act := d.Child(n, "haendelse")
	coding := t.Out.Object(t.Out.Array(t.Out.Object(p, "activity"), "coding"), "")
	t.Say(coding, "system", activityCodes, rule+"/haendelse")
	t.Text(coding, "code", acts.hub(d.Text(act)), act, rule+"/haendelse")
	agent := t.Out.Object(t.Out.Object(t.Out.Array(p, "agent"), ""), "who")
	if who != "" {
		t.Generate(agent, "reference", who, rule+"/organisation")
	} else {
		t.Generate(agent, "display", nobody, rule+"/organisation")
	}
	if on := d.Child(n, "paa"); on != tree.None {
		if letter := d.Text(on); strings.Contains(letter, "#") { // of EDIFACT or OIOXML
			t.Carry(t.entity(p, "revision", "identifier"), "value", on, rule+"/paa")
		} else {
			t.Text(t.entity(p, "revision", ""), "reference", headerPrefix+letter, on, rule+"/paa")
		}
	}
	for _, part := range listOf(d, d.Child(n, "dele")) {
		t.identifier(t.entity(p, "source", "identifier"), "value", part, rule+"/dele")
	}
}

const absentReason = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

// entity begins an entity of a Provenance and returns its what, or the element of
// that name in it.
func (t *thread) entity(p tree.OutID, role, inside string) tree.OutID {
	e := t.Out.Object(t.array(p, "entity"), "")
	t.Say(e, "role", role, t.rule("provenance"))
	what := t.Out.Object(e, "what")
	if inside == "" {
		return what
	}
	return t.Out.Object(what, inside)
}

// answered is the message that an entity of a Provenance refers to, as the plain
// form has it, and the leaf that says so: the id of its header or, of a letter of
// EDIFACT or OIOXML, its id, # and the sender's GLN. MedCom's example has the two
// in that order and its text in the other; both are read.
func answered(d *tree.Doc, what tree.ID) (string, tree.ID) {
	if leaf := d.Child(what, "reference"); leaf != tree.None {
		return headerID(d.Text(leaf)), leaf
	}
	leaf := d.Child(d.Child(what, "identifier"), "value")
	before, after, letter := strings.Cut(d.Text(leaf), "#")
	if !letter {
		return strings.TrimPrefix(d.Text(leaf), "urn:uuid:"), leaf
	}
	if isGLN(before) && !isGLN(after) {
		return after + "#" + before, leaf
	}
	return d.Text(leaf), leaf
}

func isGLN(text string) bool {
	_, err := lens.GLN(text)
	return err == nil
}

// headerID is the id of a MessageHeader in a reference: relative, absolute, or the
// UUID of its fullUrl.
func headerID(reference string) string {
	if i := strings.LastIndex(reference, headerPrefix); i >= 0 {
		return reference[i+len(headerPrefix):]
	}
	return strings.TrimPrefix(reference, "urn:uuid:")
}
