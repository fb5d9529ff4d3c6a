package api

import (
	"net/url"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
)

// partyInputs are the parameters that say who sends and who receives what is
// written.
var partyInputs = []input{{name: "sender-sor"}, {name: "sender-gln"}, {name: "sender-name"},
	{name: "sender-person"}, {name: "sender-role"}, {name: "sender-phone"},
	{name: "receiver-sor"}, {name: "receiver-gln"}, {name: "receiver-name"}}

// addressed are the forms that say who sends and who receives, with what of that
// the caller may say: a letter knows organisations by GLN alone, and a
// HomeCareObservation finds them in the document by their numbers.
var addressed = []struct {
	form  string
	takes []string
}{
	{"carecommunication", names(partyInputs)},
	{"hco", []string{"sender-sor", "sender-gln", "receiver-sor", "receiver-gln"}},
	{"xref01", []string{"sender-gln", "sender-name", "receiver-gln", "receiver-name"}},
}

func names(inputs []input) (all []string) {
	for _, in := range inputs {
		all = append(all, in.name)
	}
	return all
}

// Addressed lists the forms that what a parameter says of a sender or a receiver,
// sender-sor and the like, is written to. To all others it would be lost.
func Addressed(parameter string) (forms []string) {
	for _, a := range addressed {
		if slices.Contains(a.takes, parameter) {
			forms = append(forms, a.form)
		}
	}
	return forms
}

// party reads who sends or receives a message: which is told besides the
// document, and names no citizen. A receiver has no person, role or phone: they
// are no parameters.
func party(values url.Values, who string) document.Party {
	return document.Party{Name: values.Get(who + "-name"), SOR: values.Get(who + "-sor"), GLN: values.Get(who + "-gln"),
		Person: values.Get(who + "-person"), Role: values.Get(who + "-role"), Phone: values.Get(who + "-phone")}
}

// useful refuses what is said of a sender or a receiver to a form that does not
// say it. A form that there is not is for the core to refuse.
func useful(values url.Values, to string) error {
	if !slices.ContainsFunc(document.Offers(), func(o document.Offer) bool { return o.Form == to }) {
		return nil
	}
	for _, in := range partyInputs {
		if forms := Addressed(in.name); values.Has(in.name) && !slices.Contains(forms, to) {
			return badParameter(mapping.Invalid, in.name, "is not written to "+to+"; accepted with to: "+strings.Join(forms, ", "))
		}
	}
	return nil
}
