package node

import (
	"testing"

	"tolk/mapping/exchange"
)

// Without a configuration file everything goes to the mailbox of the form that is
// asked for.
func TestTry(t *testing.T) {
	w := newWorld(t, exchange.Try()).open().run()
	for _, form := range []string{"xref01", "fhir", "plain", exchange.Original} {
		s := exchange.Submission{Body: referral(t), Receiver: form,
			Statement: exchange.Statement{Purpose: "TREAT", LegalBasis: "samtykke", Capacity: "social", Consent: "Consent/c-1"}}
		r, err := w.Submit(t.Context(), w.as(exchange.Local), s)
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		l := w.one(exchange.Local, form)
		if l.Message != r.ID || l.Form != form || len(l.Body) == 0 {
			t.Errorf("%s: got the letter of %s in %s, %d bytes", form, l.Message, l.Form, len(l.Body))
		}
		w.take(exchange.Local, form, l)
	}
}
