package work

import (
	"time"

	"tolk/adapters/deliver"
	"tolk/mapping/exchange"
)

// dial is what Options.Dial is where nothing else is said.
func dial(r *exchange.Receiver, now func() time.Time) (Sender, error) { return deliver.Open(r, now) }

// dialWebhook is what Options.Webhook is where nothing else is said: it is called
// by the rules of a receiver.
func dialWebhook(a exchange.Alarms, now func() time.Time) (Sender, error) {
	return deliver.New(deliver.Receiver{Name: "alarms", URL: a.Webhook, Networks: a.Networks, Insecure: a.Insecure, Timeout: 10 * time.Second}, now)
}
