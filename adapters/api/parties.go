package api

import (
	"net/url"

	"tolk/mapping/document"
)

// partyInputs are the parameters that say who sends and who receives what is
// written. Which form writes which of them is the core's to say.
var partyInputs = func() (all []input) {
	for _, f := range document.PartyFields() {
		all = append(all, input{name: f.Name()})
	}
	return all
}()

// parties reads who sends and who receives a message: which is told besides the
// document, and names no citizen.
func parties(values url.Values) (sender, receiver document.Party) {
	for _, f := range document.PartyFields() {
		*f.Of(&sender, &receiver) = values.Get(f.Name())
	}
	return sender, receiver
}
