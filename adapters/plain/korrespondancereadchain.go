package plain

import "tolk/mapping/tree"

// chain reads what the messages of the thread did: this one, whose Provenance is of
// the header that is here or, where none is, the last, and those before it.
func (t *threadReader) chain() {
	d := t.Doc
	var all []tree.ID
	for _, e := range t.b.Entries {
		if e.Type == "Provenance" && d.Text(d.Find(e.Node, "target", "reference")) != "" {
			all = append(all, e.Node)
		}
	}
	this := tree.None
	for _, p := range all {
		if e := t.b.Follow(d.Find(p, "target")); e != nil && e.Node == t.header {
			this = p
			break
		}
	}
	if this == tree.None && t.header == tree.None && len(all) > 0 {
		this = all[len(all)-1]
	}
	for _, p := range all {
		target := d.Find(p, "target", "reference")
		if p == this {
			if t.header != tree.None {
				t.Use(target, t.rule("denne/meddelelse"))
			} else {
				t.Text(0, "meddelelse", headerID(d.Text(target)), target, t.rule("denne/meddelelse"))
			}
			t.account(0, p, "denne")
			continue
		}
		list := t.Out.Child(0, "forloeb")
		if list == tree.NoOut {
			list = t.Out.Array(0, "forloeb")
		}
		to := t.Out.Object(list, "")
		t.Text(to, "meddelelse", headerID(d.Text(target)), target, t.rule("led/meddelelse"))
		t.account(to, p, "led")
	}
}

// account reads what a message did, when, by whom, on which message and with which
// segments.
func (t *threadReader) account(to tree.OutID, p tree.ID, name string) {
	d, rule := t.Doc, t.rule(name)
	t.took(p, rule)
	for c := t.first(d.Child(p, "activity")); c != tree.None; c = d.Next(c) {
		is := t.coding(c)
		if act := acts.plain(is.Code); act != "" && is.System == activityCodes && !t.Out.Has(to, "haendelse") {
			t.Text(to, "haendelse", act, d.Child(c, "code"), rule+"/haendelse")
			t.members(c, rule+"/haendelse", "system", "display")
		}
	}
	t.when(to, p, name)
	for a := range t.b.All(p, "agent") {
		who := d.Child(a, "who")
		if name == "led" {
			t.organisation(to, "organisation", who, rule+"/organisation")
		} else {
			t.same(t.Out.Child(0, "afsender"), who, rule+"/organisation")
		}
		if display := d.Child(who, "display"); d.Text(display) == nobody {
			t.Use(display, rule+"/organisation")
		}
	}
	for e := range t.b.All(p, "entity") {
		t.entity(to, e, rule)
	}
}

// when reads when a message was sent. Of this one it is the time of the document.
func (t *threadReader) when(to tree.OutID, p tree.ID, name string) {
	d, rule := t.Doc, t.rule(name+"/tidspunkt")
	occurred, recorded := d.Child(p, "occurredDateTime"), d.Child(p, "recorded")
	said := d.Text(d.Child(d.Root(), "timestamp"))
	if name == "led" {
		said = d.Text(occurred)
		if said == "" {
			said, occurred, recorded = d.Text(recorded), recorded, tree.None
		}
		t.carry(to, "tidspunkt", occurred, rule)
	}
	for _, leaf := range []tree.ID{occurred, recorded} {
		switch {
		case t.scalar(leaf) == tree.None:
		case d.Text(leaf) == said:
			t.Use(leaf, rule)
		default:
			t.Drop(leaf, rule, "the plain form has one time of a message")
		}
	}
	unknown := d.Find(p, "_recorded", "extension")
	if d.Text(d.Child(unknown, "url")) == absentReason && d.Text(d.Child(unknown, "valueCode")) == "unknown" {
		t.members(unknown, rule, "url", "valueCode")
	}
}

// entity reads a segment that a message added, or the message that it answers.
func (t *threadReader) entity(to tree.OutID, e tree.ID, rule string) {
	d := t.Doc
	role, what := d.Child(e, "role"), d.Child(e, "what")
	switch d.Text(role) {
	case "source":
		leaf := d.Child(d.Child(what, "identifier"), "value")
		if d.Text(leaf) == "" {
			return
		}
		list := t.Out.Child(to, "dele")
		if list == tree.NoOut {
			list = t.Out.Array(to, "dele")
		}
		t.identifier(list, "", leaf, rule+"/dele")
	case "revision":
		on, leaf := answered(d, what)
		if on == "" || t.Out.Has(to, "paa") {
			return
		}
		t.Text(to, "paa", on, leaf, rule+"/paa")
	default:
		return
	}
	t.Use(role, t.rule("provenance"))
}

// envelope says why the plain form does not tell the rest of what makes a Bundle a
// message.
func (t *threadReader) envelope() {
	d := t.Doc
	root := d.Root()
	t.without(root, t.rule("bundt/id"), "the plain form names the message, by the id of its header", "id")
	if kind := d.Text(d.Child(root, "type")); kind == "message" || kind == "collection" {
		t.members(root, t.rule("bundt/slags"), "type")
	}
	t.profile(root)
	for _, e := range t.b.Entries {
		t.profile(e.Node)
		t.narrative(e.Node)
	}
	if t.header == tree.None {
		return
	}
	rule := t.rule("meddelelse")
	if event := d.Child(t.header, "eventCoding"); d.Text(d.Child(event, "code")) == careEvent {
		t.members(event, rule, "system", "code", "display")
	}
	t.without(t.header, rule, "the version of MedCom's message is of the message, not of the correspondence", "definition")
	t.address(d.Child(d.Child(t.header, "source"), "endpoint"), d.Child(t.header, "sender"), rule)
	for f := range t.b.All(t.header, "focus") {
		if e := t.b.Follow(f); e != nil && e.Node == t.communication {
			t.members(f, rule, "reference")
		}
	}
}

// profile leaves the claims of a resource out.
func (t *threadReader) profile(n tree.ID) {
	for p := range t.b.All(t.Doc.Child(n, "meta"), "profile") {
		if t.scalar(p) != tree.None {
			t.Drop(p, t.rule("profil"), "the plain form claims no profile")
		}
	}
}

// narrative leaves the text of a resource out that was made of its data and their
// extensions. One that says more stays on the account.
func (t *threadReader) narrative(n tree.ID) {
	text := t.Doc.Child(n, "text")
	if status := t.Doc.Text(t.Doc.Child(text, "status")); status == "generated" || status == "extensions" {
		t.without(text, t.rule("fortaelling"), "it says what the data say, for a reader of FHIR", "status", "div")
	}
}
