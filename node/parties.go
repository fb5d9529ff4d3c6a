package node

import (
	"iter"
	"strings"

	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// cvrSystem is the register of companies and authorities.
const cvrSystem = "http://cvr.dk"

// plainAddressed returns whom a plain document is for: the first of them who is
// named, and all others, copies too.
func plainAddressed(d *tree.Doc) (first document.Party, others []document.Party) {
	root := d.Root()
	first = plainParty(d, d.Child(root, "modtager"))
	for p := range list(d, d.Child(root, "modtagere")) {
		others = append(others, plainParty(d, p))
	}
	first, others = foremost(first, others)
	for p := range list(d, d.Child(root, "kopimodtagere")) {
		others = append(others, plainParty(d, p))
	}
	return first, others
}

// foremost takes the first of the others where there is no first. One alone who has
// neither a name nor a number that routes know may be anybody.
func foremost(first document.Party, others []document.Party) (document.Party, []document.Party) {
	for i, p := range others {
		if first == (document.Party{}) && p != first {
			return p, append(others[:i:i], others[i+1:]...)
		}
	}
	if len(others) == 1 && others[0] == (document.Party{}) {
		return first, nil
	}
	return first, others
}

// plainSender returns whom a plain document says that it is from, and his CVR
// number.
func plainSender(d *tree.Doc) (from document.Party, cvr string) {
	p := d.Child(d.Root(), "afsender")
	return plainParty(d, p), company(d.Text(d.Find(p, "organisation", "cvr")))
}

func plainParty(d *tree.Doc, p tree.ID) document.Party {
	if o := d.Child(p, "organisation"); o != tree.None {
		p = o
	}
	return document.Party{Name: d.Text(d.Child(p, "navn")), SOR: spelled.Replace(d.Text(d.Child(p, "sor"))), GLN: spelled.Replace(d.Text(d.Child(p, "gln")))}
}

// company is a CVR number in the one spelling that is compared.
func company(text string) string {
	return strings.TrimPrefix(strings.ToUpper(spelled.Replace(text)), "DK")
}

// hubParties returns whom a FHIR document that is no message is from, with his CVR
// number, and whom it is for: of a referral requester and performer, of a letter
// sender and recipient. Where a person is named, his organisation counts.
func hubParties(d *tree.Doc) (from document.Party, cvr string, to []document.Party) {
	b, err := bundle.Read(d)
	if err != nil {
		return from, "", nil
	}
	for _, e := range b.Entries {
		at, whom := "requester", "performer"
		switch e.Type {
		case "ServiceRequest":
		case "Communication":
			at, whom = "sender", "recipient"
		default:
			continue
		}
		if p, number, ok := hubParty(b, b.Child(e.Node, at)); ok && from == (document.Party{}) {
			from, cvr = p, number
		}
		for reference := range list(d, b.Child(e.Node, whom)) {
			if p, _, ok := hubParty(b, reference); ok {
				to = append(to, p)
			}
		}
	}
	return from, cvr, to
}

// hubParty reads the organisation that a reference leads to, or that it names by an
// identifier alone.
func hubParty(b *bundle.Bundle, reference tree.ID) (p document.Party, cvr string, ok bool) {
	who := b.Follow(reference)
	if who != nil && who.Type == "PractitionerRole" {
		reference = b.Child(who.Node, "organization")
		who = b.Follow(reference)
	}
	var identifiers iter.Seq[tree.ID]
	switch i := b.Child(reference, "identifier"); {
	case who != nil && who.Type == "Organization":
		p.Name = b.Text(b.Child(who.Node, "name"))
		identifiers = list(b.Doc, b.Child(who.Node, "identifier"))
	case who == nil && i != tree.None:
		identifiers = func(yield func(tree.ID) bool) { yield(i) }
	default:
		return p, "", false
	}
	for i := range identifiers {
		value := spelled.Replace(b.Text(b.Child(i, "value")))
		switch b.Text(b.Child(i, "system")) {
		case bundle.SOR:
			p.SOR = value
		case bundle.GLN, "http://www.gs1.org/gln":
			p.GLN = value
		case cvrSystem:
			cvr = company(value)
		}
	}
	return p, cvr, who != nil || p != (document.Party{})
}
