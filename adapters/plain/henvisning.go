package plain

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/fields"
	"tolk/mapping/tree"
)

// henvisning is the referral, in mapping/maps/fields/henvisning.plain-fhir.yaml.
const henvisning = "henvisning"

// base64Pattern is the schema's word for base64 (RFC 4648 §4).
const base64Pattern = `^([0-9A-Za-z+/]{4})*([0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=|[0-9A-Za-z+/]{4})$`

// sksDiagnoses is the part of SKS that dk-core has in its reasons and conditions.
const sksDiagnoses = "urn:oid:1.2.208.176.2.4.12"

// diagnosisURI is uri for the reasons of a referral, where sks is the
// classification of diagnoses.
func diagnosisURI(text string) (string, error) {
	switch text {
	case "sks":
		return sksDiagnoses, nil
	case systems["sks"]:
		return text, nil
	case sksDiagnoses:
		return "", &mapping.Error{Kind: mapping.Value, Message: "expected the name of this code system, sks"}
	}
	return uri(text)
}

func diagnosisName(text string) (string, error) {
	switch text {
	case sksDiagnoses:
		return "sks", nil
	case systems["sks"]:
		return text, nil
	}
	return systemName(text)
}

// referrers is the lens of who refers: the A codes of FSIII (kl-term 2.3.0), short
// in the plain form and as UUIDs in the hub. On the way back either is known.
func referrers() (fields.Lens, error) {
	rows, err := table("fsiii.csv")
	if err != nil {
		return fields.Lens{}, err
	}
	codes, words := map[string]string{}, map[string]string{}
	for _, row := range rows {
		if row["root"] == "Henvendelse/henvisning fra" && row["parent"] != "" {
			word := row["second_spelling"]
			codes[word], words[row["code"]], words[word] = row["code"], word, word
		}
	}
	unknown := &mapping.Error{Kind: mapping.CodeInvalid, Message: "expected an A code of FSIII, such as A9"}
	return fields.Lens{Forward: lookup(codes, unknown), Backward: lookup(words, unknown)}, nil
}

// dkReferral is the profile of dk-core that a referral claims where it meets it.
const dkReferral = "http://hl7.dk/fhir/core/StructureDefinition/dk-core-person-servicerequest"

const (
	structure    = "urn:tolk:StructureDefinition:"
	noteSection  = structure + "note-section"
	flagCategory = "http://terminology.hl7.org/CodeSystem/flag-category"
	clinical     = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
)

// referral adds to the Bundle of a referral what no rule can say: what the form
// leaves out because it is so in every referral, the notes of no section, and a
// Flag for each CAVE, beside its note.
func (f finisher) referral() {
	if f.name != henvisning {
		return
	}
	request := f.resources("ServiceRequest")[0]
	if !f.Out.Has(request, "status") {
		f.Say(request, "status", "active", f.rule("henvisning/status"))
	}
	if !f.Out.Has(request, "intent") {
		f.Say(request, "intent", "order", f.rule("henvisning/hensigt"))
	}
	for _, a := range f.resources("AllergyIntolerance") {
		if !f.Out.Has(a, "clinicalStatus") {
			coding := f.Out.Object(f.Out.Array(f.Out.Object(a, "clinicalStatus"), "coding"), "")
			f.Say(coding, "system", clinical, f.rule("allergi/status"))
			f.Say(coding, "code", "active", f.rule("allergi/status"))
		}
	}
	f.notes(request)
	f.flags(request)
	if f.meetsReferral(request) {
		f.claim(request, dkReferral)
	}
}

// notes writes the notes of no section.
func (f finisher) notes(request tree.OutID) {
	d := f.Doc
	list := d.Child(d.Root(), "bemaerkninger")
	if list == tree.None {
		return
	}
	notes := f.Out.Child(request, "note")
	if notes == tree.NoOut {
		notes = f.Out.Array(request, "note")
	}
	for n := d.First(list); n != tree.None; n = d.Next(n) {
		f.Carry(f.Out.Object(notes, ""), "text", n, f.rule("bemaerkning/tekst"))
	}
}

// flags writes a Flag for each CAVE: to a reader of FHIR a note is no warning.
func (f finisher) flags(request tree.OutID) {
	d, rule := f.Doc, f.rule("cave/flag")
	list := d.Child(d.Root(), "cave")
	if list == tree.None {
		return
	}
	entries := f.Out.Child(0, "entry")
	for n := d.First(list); n != tree.None; n = d.Next(n) {
		flag := f.entry(entries, "Flag", sha256.Sum256(fmt.Appendf(nil, "%d\n%s", n, d.Source())), rule)
		f.Say(flag, "status", "active", rule)
		category := f.Out.Object(f.Out.Array(f.Out.Object(f.Out.Array(flag, "category"), ""), "coding"), "")
		f.Say(category, "system", flagCategory, rule)
		f.Say(category, "code", "safety", rule)
		f.Carry(f.Out.Object(flag, "code"), "text", n, rule)
		f.Generate(f.Out.Object(flag, "subject"), "reference", f.text(f.Out.Child(request, "subject"), "reference"), rule)
	}
}

// meetsReferral reports whether a referral meets dk-core's profile: its value set
// of priorities leaves out urgent and stat, sender and receivers have a number
// in SOR or CVR, a reason has one code from each system, and the conditions it
// refers to meet theirs.
func (f finisher) meetsReferral(request tree.OutID) bool {
	if p := f.text(request, "priority"); p == "urgent" || p == "stat" {
		return false
	}
	d := f.Doc
	numbered := func(n tree.ID) bool {
		return n == tree.None || d.Child(n, "sor") != tree.None || d.Child(n, "cvr") != tree.None
	}
	if !numbered(d.Find(d.Root(), "afsender", "organisation")) {
		return false
	}
	if receivers := d.Child(d.Root(), "modtagere"); receivers != tree.None {
		for n := d.First(receivers); n != tree.None; n = d.Next(n) {
			if !numbered(n) {
				return false
			}
		}
	}
	if reasons := f.Out.Child(request, "reasonCode"); reasons != tree.NoOut {
		for r := f.Out.First(reasons); r != tree.NoOut; r = f.Out.Next(r) {
			if !f.single(r) {
				return false
			}
		}
	}
	if f.Out.Has(request, "reasonReference") {
		for _, c := range f.resources("Condition") {
			if !f.single(f.Out.Child(c, "code")) {
				return false
			}
		}
	}
	return true
}

// single reports whether a concept has at most one code from each system.
func (f finisher) single(concept tree.OutID) bool {
	seen := map[string]bool{}
	codings := f.Out.Child(concept, "coding")
	if codings == tree.NoOut {
		return true
	}
	for c := f.Out.First(codings); c != tree.NoOut; c = f.Out.Next(c) {
		system := f.text(c, "system")
		if seen[system] {
			return false
		}
		seen[system] = true
	}
	return true
}

// healthCheck is where the health check stands in what is written: it is the
// document, or comes along with a referral.
func (r reader) healthCheck() tree.OutID {
	if r.name == henvisning {
		return r.Out.Child(0, "sundhedstjek")
	}
	return 0
}

// referral reads from the Bundle of a referral what no rule can say.
func (r reader) referral() {
	if r.name != henvisning {
		return
	}
	d := r.Doc
	bundle.Misnumbered(d, func(value tree.ID, expected string) {
		r.Notice(d.Path(value), expected+"; it goes over as it stands")
	})
	var flags []tree.ID
	entries := d.Child(d.Root(), "entry")
	told := map[string]bool{} // the texts of CAVE
	for e := d.First(entries); e != tree.None; e = d.Next(e) {
		n := d.Child(e, "resource")
		switch d.Text(d.Child(n, "resourceType")) {
		case "ServiceRequest":
			if r.Claimed(d.Child(n, "resourceType")) {
				r.always(n, "status", "active", "henvisning/status")
				r.always(n, "intent", "order", "henvisning/hensigt")
				r.notes(n, told)
			}
		case "AllergyIntolerance":
			status := d.Find(n, "clinicalStatus", "coding")
			if r.Claimed(d.Child(n, "resourceType")) && d.Text(d.Child(status, "code")) == "active" && d.Text(d.Child(status, "system")) == clinical {
				r.uses("allergi/status", status, "system", "code")
			}
		case "DiagnosticReport":
			r.along(n)
		case "Flag":
			flags = append(flags, e)
		}
	}
	for _, e := range flags {
		r.flag(e, told)
	}
	for n := range tree.ID(d.Len()) {
		if d.Text(n) == dkReferral {
			r.Use(n, r.rule("profil"))
		}
	}
}

// uses says of members of an object that they chose a rule.
func (r reader) uses(rule string, n tree.ID, names ...string) {
	for _, name := range names {
		if leaf := r.Doc.Child(n, name); leaf != tree.None && r.Doc.Leaf(leaf) {
			r.Use(leaf, r.rule(rule))
		}
	}
}

// always says of an element that it is as the form takes it to be where it says
// nothing.
func (r reader) always(n tree.ID, name, value, rule string) {
	if leaf := r.Doc.Child(n, name); leaf != tree.None && r.Doc.Text(leaf) == value {
		r.Use(leaf, r.rule(rule))
	}
}

// notes reads the notes that no section of the form takes, and learns what is told of CAVE.
func (r reader) notes(request tree.ID, told map[string]bool) {
	d := r.Doc
	list := d.Child(request, "note")
	if list == tree.None || d.Kind(list) != tree.Array {
		return
	}
	into := tree.NoOut
	for n := d.First(list); n != tree.None; n = d.Next(n) {
		text := d.Child(n, "text")
		extension := r.sectionOf(n)
		section, said := d.Text(d.Child(extension, "valueCode")), extension != tree.None
		switch {
		case text == tree.None || d.Kind(text) != tree.String:
		case said && r.Claimed(text): // a section that the form has
			r.uses("oplysninger/afsnit", extension, "url", "valueCode")
			told[d.Text(text)] = told[d.Text(text)] || section == "cave"
		default: // of no section, or of one that the form has no place for, which stays on the ledger
			if into == tree.NoOut {
				into = r.Out.Array(0, "bemaerkninger")
			}
			r.Carry(into, "", text, r.rule("bemaerkning/tekst"))
		}
	}
}

// sectionOf is the extension of a note that says its section.
func (r reader) sectionOf(note tree.ID) tree.ID {
	d := r.Doc
	list := d.Child(note, "extension")
	if list == tree.None || d.Kind(list) != tree.Array {
		return tree.None
	}
	for e := d.First(list); e != tree.None; e = d.Next(e) {
		if d.Text(d.Child(e, "url")) == noteSection {
			return e
		}
	}
	return tree.None
}

// along leaves out what a health check refers to that stands in the referral.
func (r reader) along(report tree.ID) {
	d := r.Doc
	list := d.Child(report, "extension")
	if list == tree.None || d.Kind(list) != tree.Array {
		return
	}
	for e := d.First(list); e != tree.None; e = d.Next(e) {
		switch url, _ := strings.CutPrefix(d.Text(d.Child(e, "url")), structure); url {
		case "medicinliste", "screening", "tilstand":
			r.Drop(e, r.rule("tjek/"+url), "stands in the referral, and not again in the health check that comes along")
		}
	}
}

// flag reads a warning that no note tells as CAVE.
func (r reader) flag(entry tree.ID, told map[string]bool) {
	d, rule := r.Doc, r.rule("cave/flag")
	n := d.Child(entry, "resource")
	text, status := d.Find(n, "code", "text"), d.Child(n, "status")
	if d.Text(text) == "" || d.Text(status) != "active" {
		return
	}
	if !told[d.Text(text)] {
		list := r.Out.Child(0, "cave")
		if list == tree.NoOut {
			list = r.Out.Array(0, "cave")
		}
		r.Carry(list, "", text, rule)
	}
	if c := d.Find(n, "category", "coding"); d.Text(d.Child(c, "system")) == flagCategory && d.Text(d.Child(c, "code")) == "safety" {
		r.uses("cave/flag", c, "system", "code", "display")
	}
	// The citizen is the only one in the document.
	for _, used := range []tree.ID{text, status, d.Child(entry, "fullUrl"), d.Child(n, "resourceType"), d.Child(n, "id"), d.Find(n, "subject", "reference")} {
		if used != tree.None {
			r.Use(used, rule)
		}
	}
}
