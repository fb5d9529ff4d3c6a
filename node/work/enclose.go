package work

import (
	"time"

	"tolk/adapters/envelope"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
	envelopes "tolk/node/enclose"
)

// enclose puts a whole message or a letter into an envelope of a kind.
func enclose(kind string, payload []byte, c ledger.Conformance, now time.Time) ([]byte, error) {
	o, err := outgoing(string(payload), c)
	if err != nil {
		return nil, err
	}
	return envelopes.Wrap(envelope.Kind(kind), o, payload, now)
}

// outgoing reads what a message or a letter says of itself.
func outgoing(text string, c ledger.Conformance) (envelope.Outgoing, error) {
	s := &source{text: text, xml: tree.IsXML(text)}
	if s.xml && !isFHIR(text) {
		_, o, err := envelopes.Letter(text)
		return o, err
	}
	if err := s.read(); err != nil {
		return envelope.Outgoing{}, err
	}
	return envelopes.Message(s.doc, s.xml, c)
}
