package readable

import (
	"slices"
	"strings"

	"tolk/mapping/tree"
)

// Thread is a correspondence: its messages, the newest first, as a mail client
// shows what has come.
type Thread struct {
	Letters []*Letter
	Private bool // the correspondence is marked private
}

// Letter is one message of a thread, with the texts and attachments that it added.
type Letter struct {
	When  string
	From  string
	Marks []Mark // what it is, and what a later message did to it
	Texts []Said
	Files []Enclosure
	Void  bool // a later message took it back
	This  bool // it is the message that the document is

	at      moment
	header  string // the id of its header
	answers string // that of the message before it
	act     string // the code of what it does
}

// Said is one text, and who wrote it.
type Said struct{ Text, By string }

// Enclosure is one attachment: what it is called, and what it is.
type Enclosure struct{ Title, Kind, By string }

// Bare says that a message has neither text nor attachment here.
func (l *Letter) Bare() string {
	if len(l.Texts)+len(l.Files) > 0 {
		return ""
	}
	return "Meddelelsens tekst er ikke med i dokumentet."
}

const (
	coreExtension   = "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-"
	messageHeader   = "MessageHeader/"
	careCategory    = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes"
	retract, modify = "retract-message", "modified-message"
)

// letters is the Communication of a correspondence, the first entry or the one after
// the header of its message; None where the document is none.
func (h *hub) letters() tree.ID {
	if first := h.entries[0]; first.kind != "Communication" && first.kind != "MessageHeader" {
		return tree.None
	}
	for _, e := range h.entries {
		if e.kind == "Communication" {
			return e.node
		}
	}
	return tree.None
}

// thread reads a correspondence.
func (h *hub) thread(communication tree.ID) {
	h.fact("Emne", h.text(communication, "topic", "text"))
	for c := range h.all(communication, "category") {
		name := h.concept(c)
		if code := h.coded(c, careCategory); code != "" {
			name = said(categoryWords, code)
		}
		h.fact("Kategori", name)
	}
	h.fact("Prioritet", said(priorityWords, h.text(communication, "priority")))
	header := h.parties(communication)
	h.fact("Sendt", parseMoment(h.text(h.d.Root(), "timestamp")).String())
	if encounter, kind := h.follow(h.d.Child(communication, "encounter")); kind == "Encounter" {
		h.fact("Behandlingsforløb", h.text(encounter, "episodeOfCare", "identifier", "value"))
	}
	t := &Thread{Private: h.private(communication)}
	h.page.Thread = t
	if t.Private {
		h.warn("Privatmarkeret: korrespondancen må ikke gives videre uden borgerens samtykke.")
	}
	added := map[string]*Letter{} // by the id of a segment
	for i := range h.entries {
		if e := &h.entries[i]; e.kind == "Provenance" {
			h.modified(e.node, "en meddelelse")
			t.Letters = append(t.Letters, h.letter(e.node, header, added))
		}
	}
	for s := range h.all(communication, "payload") {
		h.segment(t, s, added)
	}
	t.arrange()
	for _, l := range t.Letters {
		l.share()
		if l.This && l.act == retract {
			h.warn(t.takenBack(l))
		}
	}
}

// takenBack says where the message stands that a letter takes back.
func (t *Thread) takenBack(by *Letter) string {
	for _, l := range t.Letters {
		if l != by && l.header != "" && l.header == by.answers {
			return "Afsenderen har trukket en meddelelse tilbage. Se hvilken nedenfor."
		}
	}
	return "Afsenderen har trukket en meddelelse tilbage. Den er ikke med her som en meddelelse for sig: det kan ikke ses, hvilke af teksterne den gælder."
}

// parties says who sends and receives, and returns the id of the header.
func (h *hub) parties(communication tree.ID) (header string) {
	from, to, copies := []string{}, []string{}, []string{}
	for i := range h.entries {
		e := &h.entries[i]
		if e.kind != "MessageHeader" {
			continue
		}
		e.shown, header = true, h.text(e.node, "id")
		h.modified(e.node, "meddelelsen")
		from = append(from, h.party(h.d.Child(e.node, "sender")))
		for n := range h.all(e.node, "destination") {
			who := h.party(h.d.Child(n, "receiver"))
			if h.text(n, "extension", "valueCoding", "code") == "cc" {
				copies = append(copies, who)
			} else {
				to = append(to, who)
			}
		}
		break
	}
	for x := range h.all(communication, "extension") {
		if h.text(x, "url") == coreExtension+"sender-extension" {
			from = append(from, h.author(h.d.Child(x, "valueReference")))
		}
	}
	from = append(from, h.party(h.d.Child(communication, "sender")))
	for n := range h.all(communication, "recipient") {
		if h.extended(n, "destination-use", "valueCode") == "cc" {
			copies = append(copies, h.party(n))
		} else {
			to = append(to, h.author(n))
		}
	}
	h.fact("Fra", join(" · ", from...))
	h.fact("Til", join(" · ", to...))
	h.fact("Kopi til", join("; ", copies...))
	return header
}

// party names who a Reference leads to; an organisation without a name by its
// number in SOR.
func (h *hub) party(reference tree.ID) string {
	if reference == tree.None {
		return ""
	}
	if name := h.who(reference); name != "" {
		return name
	}
	n, kind := h.follow(reference)
	if kind != "Organization" {
		return ""
	}
	for id := range h.all(n, "identifier") {
		if h.text(id, "system") == "urn:oid:1.2.208.176.1.1" {
			return prefix("SOR ", h.text(id, "value"))
		}
	}
	return ""
}

// letter reads what one message did, and notes the segments that it added.
func (h *hub) letter(p tree.ID, header string, added map[string]*Letter) *Letter {
	l := &Letter{at: parseMoment(h.text(p, "occurredDateTime"))}
	if l.at.written == "" {
		l.at = parseMoment(h.text(p, "recorded"))
	}
	l.When = l.at.String()
	l.header = headerOf(h.text(p, "target", "reference"))
	if n, kind := h.follow(h.d.Find(p, "target")); kind == "MessageHeader" {
		l.header = h.text(n, "id")
	}
	l.This = l.header != "" && l.header == header
	for agent := range h.all(p, "agent") {
		l.From = join("; ", l.From, h.party(h.d.Child(agent, "who")))
	}
	for c := range h.all(h.d.Child(p, "activity"), "coding") {
		if l.act = h.text(c, "code"); l.act != "" {
			l.Marks = append(l.Marks, Mark{"note", said(actWords, l.act)})
			break
		}
	}
	for e := range h.all(p, "entity") {
		switch h.text(e, "role") {
		case "source":
			if id := h.text(e, "what", "identifier", "value"); id != "" {
				added[id] = l
			}
		case "revision":
			l.answers = headerOf(h.text(e, "what", "reference"))
		}
	}
	return l
}

// headerOf is the id of a MessageHeader in a reference to it.
func headerOf(reference string) string {
	if i := strings.LastIndex(reference, messageHeader); i >= 0 {
		return reference[i+len(messageHeader):]
	}
	return strings.TrimPrefix(reference, "urn:uuid:")
}

// segment reads one text or attachment into the message that added it. Of one that
// no message says it added, only when it was written is known.
func (h *hub) segment(t *Thread, s tree.ID, added map[string]*Letter) {
	values := map[string]tree.ID{}
	for x := range h.all(s, "extension") {
		name, _ := strings.CutPrefix(h.text(x, "url"), coreExtension)
		values[strings.TrimSuffix(name, "-extension")] = x
	}
	value := func(name, of string) tree.ID {
		if x, ok := values[name]; ok {
			return h.d.Child(x, of)
		}
		return tree.None
	}
	identifier := value("identifier", "valueIdentifier")
	written := parseMoment(h.text(value("datetime", "valueDateTime")))
	l := added[h.text(identifier, "value")]
	if l == nil {
		l = &Letter{at: written, When: written.String(), From: h.assigner(identifier)}
		t.Letters = append(t.Letters, l)
	}
	when := ""
	if written.written != l.at.written && written.String() != l.When {
		when = written.beside(l.at)
	}
	organisation := h.assigner(identifier)
	if organisation == l.From {
		organisation = ""
	}
	by := join(" · ", h.author(value("practitioner", "valueReference")), organisation,
		prefix("tlf. ", h.text(value("contact", "valueContactPoint"), "value")), when)
	if text := h.text(s, "contentString"); text != "" {
		l.Texts = append(l.Texts, Said{text, by})
		return
	}
	if f := h.enclosure(s); f.Title != "" {
		f.By = by
		l.Files = append(l.Files, f)
	}
}

// assigner names whom the author of a segment writes for: where we wrote it and the
// organisation has no SOR number, it stands beside, and the words that MedCom's
// element then has are no name.
func (h *hub) assigner(identifier tree.ID) string {
	n := h.d.Child(identifier, "assigner")
	if name := h.party(h.extension(n, "author-organisation", "valueReference")); name != "" {
		return name
	}
	if name := h.party(n); name != "Organisationen er ikke angivet med SOR-kode" {
		return name
	}
	return ""
}

// author names a person and their role, or whoever else a Reference leads to. The
// organisation stands beside.
func (h *hub) author(reference tree.ID) string {
	n, kind := h.follow(reference)
	if kind != "PractitionerRole" {
		return h.party(reference)
	}
	role := ""
	if c := h.d.Find(n, "code"); c != tree.None {
		role = said(roleWords, h.concept(c))
	}
	return join(", ", h.roleOf(n, "practitioner"), role)
}

// enclosure says what is attached, and not what is in it.
func (h *hub) enclosure(s tree.ID) Enclosure {
	if r := h.d.Child(s, "contentReference"); r != tree.None {
		kind := "dokument i struktureret form"
		if n, _ := h.follow(r); n == tree.None {
			kind += ", indholdet er ikke med"
		}
		return Enclosure{Title: titled(h.text(r, "display")), Kind: kind}
	}
	a := h.d.Child(s, "contentAttachment")
	if a == tree.None {
		return Enclosure{}
	}
	kind := said(mediaWords, h.text(a, "contentType"))
	data, url := h.text(a, "data"), h.text(a, "url")
	size := ""
	switch {
	case data != "":
		size = kilobytes(len(data) / 4 * 3)
	case url != "":
		size = "hentes på " + url
	default:
		size = "indholdet er ikke med"
	}
	return Enclosure{Title: titled(h.text(a, "title")), Kind: join(", ", kind, size, prefix("lavet ", parseMoment(h.text(a, "creation")).String()))}
}

func titled(title string) string {
	if title == "" {
		return "Bilag uden titel"
	}
	return title
}

// kilobytes writes a size as people read one.
func kilobytes(n int) string {
	if n < 1024 {
		return whole(n) + " byte"
	}
	return whole((n+512)/1024) + " kB"
}

// share leaves the author of an attachment out who wrote a text of the message.
func (l *Letter) share() {
	for i, f := range l.Files {
		if slices.ContainsFunc(l.Texts, func(s Said) bool { return s.By == f.By }) {
			l.Files[i].By = ""
		}
	}
}

// arrange puts the newest message first, and marks what a later one took back or
// corrected.
func (t *Thread) arrange() {
	slices.Reverse(t.Letters) // of two at the same time the one that stands last is the newest
	slices.SortStableFunc(t.Letters, func(a, b *Letter) int {
		switch {
		case b.at.before(a.at):
			return -1
		case a.at.before(b.at):
			return 1
		}
		return 0
	})
	for _, later := range t.Letters {
		for _, l := range t.Letters {
			if l == later || l.header == "" || l.header != later.answers {
				continue
			}
			switch later.act {
			case retract:
				l.Void = true
				l.Marks = append(l.Marks, Mark{"alert", join(" ", "Trukket tilbage", later.When)})
			case modify:
				l.Marks = append(l.Marks, Mark{"warn", join(" ", "Rettet", later.When, "– læs rettelsen")})
			}
		}
	}
}

// thread writes a correspondence.
func (w *plain) thread(t *Thread) {
	if len(t.Letters) == 0 {
		w.say("", "\nDer er ingen beskeder i korrespondancen.")
	}
	for _, l := range t.Letters {
		when := l.When
		if when == "" {
			when = "Uden tidspunkt"
		}
		w.head(join(" · ", when, l.From))
		for _, m := range l.Marks {
			w.say("", "["+m.Text+"]")
		}
		for _, s := range l.Texts {
			by := s.By
			if by == "" {
				by = "Forfatteren er ikke oplyst"
			}
			w.say("", by)
			w.say("  ", s.Text)
		}
		for _, f := range l.Files {
			w.hang("", "  ", "Bilag: "+join(", ", f.Title, f.Kind, f.By))
		}
		w.say("", l.Bare())
	}
}
