package web

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
)

// translateParty is the sender or the receiver of a message, as the form has it.
type translateParty struct {
	Who    string
	Fields []translateField
}

// translateField is a field of a party. Its name is that of the parameter.
type translateField struct {
	Name, Key, Value string
	Digits           bool // a keypad is enough to write it
}

// Parties are the sender and the receiver, filled in.
func (f translateForm) Parties() (all []translateParty) {
	for _, field := range document.PartyFields() {
		if n := len(all); n == 0 || all[n-1].Who != field.Who {
			all = append(all, translateParty{Who: field.Who})
		}
		p := &all[len(all)-1]
		p.Fields = append(p.Fields, translateField{Name: field.Name(), Key: field.Key,
			Value: *field.Of(&f.Sender, &f.Receiver), Digits: field.Value == "NUMBER"})
	}
	return all
}

// unsaid leaves out what the form asked for does not write of the parties of a
// fixture: they are as they stand in it, and nobody has said them for this form.
func (a *translateAsk) unsaid(sender, receiver document.Party) {
	for _, f := range document.PartyFields() {
		if value := f.Of(&a.Sender, &a.Receiver); !f.WrittenTo(a.To) && *value == *f.Of(&sender, &receiver) {
			*value = ""
		}
	}
}

// translateNamed is what the page calls the parameter that an error is about, empty
// where it is about a place of the document.
func (v *view) translateNamed(path string) string {
	for _, f := range document.PartyFields() {
		if f.Name() == path {
			return v.say("translate."+f.Who) + ", " + v.say("translate."+f.Key)
		}
	}
	if name := "translate." + path; document.IsParameter(path) && known(name) {
		return v.say(name)
	}
	return ""
}

// translateSays is an error in the words of the page: of a party that is not written, and
// of a setting that has another value than those to choose from, in the reader's language.
func (v *view) translateSays(a *translateAsk, e *mapping.Error) string {
	for _, f := range document.PartyFields() {
		if f.Name() == e.Path && !f.WrittenTo(a.To) {
			var forms []string
			for _, form := range f.Forms() {
				forms = append(forms, v.say("translate.form."+form))
			}
			return v.say("refused.party", v.say("translate.form."+a.To), strings.Join(forms, ", "))
		}
	}
	if names, ok := strings.CutPrefix(e.Message, "expected "); ok && v.lang == "da" && document.IsParameter(e.Path) {
		names, meant, more := strings.Cut(names, "; did you mean ")
		if choice.MatchString(names) {
			said := "forventet " + strings.Replace(names, " or ", " eller ", 1)
			if more {
				said += "; mente du " + meant
			}
			return said
		}
	}
	return v.told(e.Message)
}
