package plain

import (
	"slices"
	"strings"

	"tolk/mapping/tree"
)

// id writes the id of a resource that is derived, which is that of its fullUrl.
func (t *thread) id(r tree.OutID, url, rule string) {
	t.Generate(r, "id", strings.TrimPrefix(url, "urn:uuid:"), rule)
}

// once makes the resource of somebody, or finds it where the same fields say the same
// of somebody before: in whatever order, and for the same organisation.
func (t *thread) once(kind string, n tree.ID, fields []string, organisation string, fill func(r tree.OutID, key string)) string {
	key, rule := organisation, t.rule(strings.ToLower(kind))
	for _, field := range fields {
		key += "\x00" + t.Doc.Text(t.Doc.Child(n, field))
	}
	if url, ok := t.made[kind+key]; ok {
		for _, field := range fields {
			if leaf := t.Doc.Child(n, field); leaf != tree.None {
				t.Use(leaf, rule)
			}
		}
		return url
	}
	r, url := t.resource(kind, key)
	t.id(r, url, rule)
	t.made[kind+key] = url
	fill(r, key)
	return url
}

// numbered is the reference to an organisation with a SOR number, which is what
// MedCom's profiles refer to; empty for another.
func (t *thread) numbered(n tree.ID) string {
	if t.Doc.Child(n, "sor") == tree.None {
		return ""
	}
	return t.organisation(n)
}

// organisation is the reference to an organisation.
func (t *thread) organisation(n tree.ID) string {
	d, said := t.Doc, []string{"navn"}
	for _, number := range numbers {
		said = append(said, number[0])
	}
	return t.once("Organization", n, said, "", func(r tree.OutID, _ string) {
		if name := d.Child(n, "navn"); name != tree.None {
			t.Carry(r, "name", name, t.rule("organisation/navn"))
		}
		identifiers := t.Out.Array(r, "identifier")
		for _, number := range numbers {
			if leaf := d.Child(n, number[0]); leaf != tree.None {
				identifier := t.Out.Object(identifiers, "")
				t.Say(identifier, "system", number[1], t.rule("organisation/"+number[0]))
				t.Carry(identifier, "value", leaf, t.rule("organisation/"+number[0]))
			}
		}
	})
}

// person is the reference to a person in a role, for an organisation if one is
// given; empty where neither name nor role is said.
func (t *thread) person(n tree.ID, organisation string) string {
	d := t.Doc
	name, role := d.Child(n, "navn"), d.Child(n, "rolle")
	if name == tree.None && role == tree.None {
		return ""
	}
	return t.once("PractitionerRole", n, []string{"navn", "rolle"}, organisation, func(r tree.OutID, key string) {
		if name != tree.None {
			who := t.Out.Object(r, "practitioner")
			p, url := t.resource("Practitioner", key)
			t.id(p, url, t.rule("practitioner"))
			t.Carry(t.Out.Object(t.Out.Array(p, "name"), ""), "text", name, t.rule("person/navn"))
			t.Generate(who, "reference", url, t.rule("person/navn"))
		}
		if organisation != "" {
			t.Generate(t.Out.Object(r, "organization"), "reference", organisation, t.rule("person/organisation"))
		}
		if role != tree.None {
			t.role(t.Out.Object(t.Out.Array(r, "code"), ""), role)
		}
	})
}

// role writes what a person is: one of MedCom's roles as its code, other words as
// they are. MedCom takes the one or the other (medcom-careCommunication-7).
func (t *thread) role(code tree.OutID, role tree.ID) {
	rule := t.rule("person/rolle")
	system := roleSystem(t.Doc.Text(role))
	if system == "" {
		t.Carry(code, "text", role, rule)
		return
	}
	coding := t.Out.Object(t.Out.Array(code, "coding"), "")
	t.Say(coding, "system", system, rule)
	t.Carry(coding, "code", role, rule)
}

// parties writes who sends and who receives, in a header or, where there is none,
// in the Communication, and returns the reference to the sender.
func (t *thread) parties(header bool) (sender string) {
	d := t.Doc
	from, to := d.Child(t.root, "afsender"), d.Child(t.root, "modtager")
	receiver := ""
	if o := d.Child(from, "organisation"); o != tree.None {
		sender = t.organisation(o)
	}
	if o := d.Child(to, "organisation"); o != tree.None {
		receiver = t.organisation(o)
	}
	t.single(from, func(url, rule string) {
		x := t.Out.Object(t.array(t.communication, "extension"), "")
		t.Say(x, "url", senderExtension, rule)
		t.Generate(t.Out.Object(x, "valueReference"), "reference", url, rule)
	}, "afsender")
	recipient := func(url, rule string) tree.OutID {
		r := t.Out.Object(t.array(t.communication, "recipient"), "")
		t.Generate(r, "reference", url, rule)
		return r
	}
	t.single(to, func(url, rule string) { recipient(url, rule) }, "modtager")
	copies := listOf(d, d.Child(t.root, "kopimodtagere"))
	if header {
		t.header(sender, receiver, copies)
		return sender
	}
	if sender != "" {
		t.Generate(t.Out.Object(t.communication, "sender"), "reference", sender, t.rule("afsender"))
	}
	if receiver != "" {
		recipient(receiver, t.rule("modtager"))
	}
	for _, c := range copies {
		x := t.Out.Object(t.Out.Array(recipient(t.organisation(c), t.rule("kopimodtager")), "extension"), "")
		t.Say(x, "url", ourUse, t.rule("kopimodtager"))
		t.Say(x, "valueCode", carbonCopy, t.rule("kopimodtager"))
	}
	return sender
}

// single writes the person or the team of an organisation that a message is from
// or to.
func (t *thread) single(party tree.ID, write func(url, rule string), name string) {
	d := t.Doc
	organisation := t.numbered(d.Child(party, "organisation"))
	if p := d.Child(party, "person"); p != tree.None {
		write(t.person(p, organisation), t.rule(name+"/person"))
	}
	team := d.Child(party, "team")
	if team == tree.None {
		return
	}
	r, url := t.resource("CareTeam", name)
	t.id(r, url, t.rule("careteam"))
	t.Carry(r, "name", team, t.rule(name+"/team"))
	if organisation != "" {
		t.Generate(t.Out.Object(t.Out.Array(r, "managingOrganization"), ""), "reference", organisation, t.rule(name+"/team"))
	}
	write(url, t.rule(name+"/team"))
}

// array is the array of a name, begun where it is not there.
func (t *thread) array(n tree.OutID, name string) tree.OutID {
	if a := t.Out.Child(n, name); a != tree.NoOut {
		return a
	}
	return t.Out.Array(n, name)
}

// header writes the MessageHeader, the first entry of a message.
func (t *thread) header(sender, receiver string, copies []tree.ID) {
	d, rule := t.Doc, t.rule("meddelelse")
	first := t.Out.First(t.entries)
	r, _ := t.identified("MessageHeader", t.message)
	if given := d.Child(t.root, "meddelelse"); given != tree.None {
		t.Carry(r, "id", given, rule+"/id")
	} else {
		t.Generate(r, "id", t.message, rule+"/id")
	}
	event := t.Out.Object(r, "eventCoding")
	t.Say(event, "system", eventCodes, rule)
	t.Say(event, "code", careEvent, rule)
	destinations := t.Out.Array(r, "destination")
	destination := func(use, url string, organisation tree.ID) {
		to := t.Out.Object(destinations, "")
		x := t.Out.Object(t.Out.Array(to, "extension"), "")
		t.Say(x, "url", useExtension, rule)
		coding := t.Out.Object(x, "valueCoding")
		t.Say(coding, "system", destinationUse, rule)
		t.Say(coding, "code", use, rule)
		t.Generate(to, "endpoint", t.endpoint(organisation), rule)
		t.Generate(t.Out.Object(to, "receiver"), "reference", url, rule)
	}
	destination(primary, receiver, d.Child(d.Child(t.root, "modtager"), "organisation"))
	for _, c := range copies {
		destination(carbonCopy, t.organisation(c), c)
	}
	t.Generate(t.Out.Object(r, "sender"), "reference", sender, rule)
	t.Generate(t.Out.Object(r, "source"), "endpoint", t.endpoint(d.Child(d.Child(t.root, "afsender"), "organisation")), rule)
	t.Generate(t.Out.Object(t.Out.Array(r, "focus"), ""), "reference", "urn:uuid:"+t.text(t.communication, "id"), rule)
	t.Out.MoveBefore(t.Out.Parent(r), first)
}

// endpoint is where MedCom has an organisation: its number in SOR.
func (t *thread) endpoint(organisation tree.ID) string {
	return sorEndpoint + t.Doc.Text(t.Doc.Child(organisation, "sor"))
}

// roleSystem is the code system of a role of MedCom's, empty for other words. What
// both lists have is of the first.
func roleSystem(role string) string {
	for _, l := range roles {
		if slices.Contains(l.codes, role) {
			return l.system
		}
	}
	return ""
}

// roles are MedCom's roles (medcom.fhir.dk.terminology 2.0.2).
var roles = []struct {
	system string
	codes  []string
}{
	{medcomTerms + "core-PractitionerRolesSKSadministrativ", strings.Fields(`speciallaege speciallaegeipraksis cheflaege
		overlaege afdelingslaege sygehuslaege sygeplejerske sundhedsplejerske socialogsundhedsassistent
		socialogsundhedsmedhjaelper socialogsundhedsmehjaelper sygehjaelper plejer plejehjemsassistent tandlaege
		klinisktandtekniker tandplejer farmaceut apoteker psykolog pyskolog jordemoder fysioterapeut ergoterapeut
		bioanalytiker radiograf diaetist diaetistassistent audilogiassistent neurofysiologassistent kiropraktor
		zoneterapeut psykoterapeut audiologopaed laegesekretaer ledendelaegesekretaer sygeplejesekretaer
		sygeplejesekretear fodterapeut socialraadgiver ledendesocialraadgiver laerer paedagog
		beskaeftigelsesvejleder bandagist skomager optiker`)},
	{medcomTerms + "core-PractitionerRolesAutorisationsregistret", strings.Fields(`ambulancebehandler bandagist
		behandlerfarmaceut bioanalytiker ergoterapeut fodterapeut fysioterapeut jordemoder kiropraktor kliniskdiaetist
		klinisktandtekniker laege optikerogoptometrist osteopat radiograf socialogsundhedsassistent sygeplejerske
		tandlaege tandplejer`)},
}
