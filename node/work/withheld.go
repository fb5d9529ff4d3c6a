package work

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"tolk/adapters/envelope"
	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

func enveloped(body []byte) bool { return envelope.Is(string(body)) }

// What a route says of what the receiver's form has no place for.
const (
	residueAttach = "attach"
	residueEscrow = "escrow"
	residueRefuse = "refuse"
)

// residue does with what has no place in the receiver's form what the route says:
// the sender can have it back (return, where nothing else is said), it is attached,
// it is kept where neither sees it, or the message is not sent.
func (j *job) residue(t *translated, r *document.Result) error {
	left := r.Ledger.Counts[ledger.Unclaimed.String()] + r.Ledger.Counts[ledger.Residue.String()]
	switch j.route.Residue {
	case residueRefuse:
		if left > 0 {
			return held(ResidueRefused, fmt.Sprintf("%d of %d leaves have no place in %s, and the route refuses that; the ledger of a translation names them",
				left, r.Ledger.Counts["leaves"], j.to.Form))
		}
		return nil
	case residueEscrow:
		t.parts = append(t.parts, part(partEscrow, j.to.Name, r.Residue))
		return nil
	case residueAttach:
		if left > 0 {
			body, err := attach(t.body, r.Residue)
			if err != nil {
				return heldBy(ResidueNoPlace, err)
			}
			t.body = body
		}
	}
	t.parts = append(t.parts, part(exchange.Residue, j.to.Name, r.Residue))
	return nil
}

// attach puts a residue as a Binary at the end of a Bundle that is a collection:
// any other form would have to say what it is, and has no words for it.
func attach(body, residue []byte) ([]byte, error) {
	refused := unsupported("residue", "it can be attached to a FHIR collection only; the route may say return, escrow or refuse")
	if tree.IsXML(string(body)) {
		return nil, refused
	}
	d, err := tree.Parse(string(body), tree.Limits{Bytes: len(body)})
	if err != nil {
		return nil, err
	}
	root := d.Root()
	entries := d.Child(root, "entry")
	if d.Text(d.Child(root, "resourceType")) != "Bundle" || d.Text(d.Child(root, "type")) != "collection" || entries == tree.None || d.First(entries) == tree.None {
		return nil, refused
	}
	id := bundle.ID("residue", string(residue))
	binary, err := json.Marshal(map[string]any{"fullUrl": "urn:uuid:" + id,
		"resource": map[string]string{"resourceType": "Binary", "id": id, "contentType": "application/json", "data": base64.StdEncoding.EncodeToString(residue)}})
	if err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for m := d.First(root); m != tree.None; m = d.Next(m) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), d.RawKey(m)...), `":`...)
		if m != entries {
			out = d.Append(out, m)
			continue
		}
		list := d.Append(nil, m)
		out = append(append(append(append(out, list[:len(list)-1]...), ','), binary...), ']')
	}
	return append(out, '}'), nil
}

// private refuses to send what is marked private to the social side, unless the
// route says why it may go there. The forms of the social side leave such content
// out by themselves and say so on the ledger; here stands what they do not.
func (j *job) private(s *source, t *translated) error {
	if j.to.Sector != "social" || j.route.Private != "" || s.answer() {
		return nil
	}
	text := "what is marked private (meta.security R, privatmarkering) does not go to the social side; the route does not say why it should"
	if t.verbatim {
		hub, err := j.hub(s)
		if err != nil {
			return &refusal{state: journal.Held, code: PrivateUnknown, text: "it cannot be read whether anything in it is marked private: " + safe(err), reason: err}
		}
		if marked(hub) {
			return held(PrivateContent, text)
		}
		return nil
	}
	if tree.IsXML(string(t.body)) {
		return nil // a letter: it is written without
	}
	d, err := tree.Parse(string(t.body), tree.Limits{Bytes: len(t.body)})
	if err != nil {
		return heldBy(TranslationFault, err)
	}
	if d.Text(d.Child(d.Root(), "resourceType")) == "Bundle" && marked(d) {
		return held(PrivateContent, text)
	}
	return nil
}

// hub is what goes on as it came, in FHIR: a form of its own is translated to be
// looked at.
func (j *job) hub(s *source) (*tree.Doc, error) {
	if s.bundled() {
		return s.doc, nil
	}
	if s.form == "" {
		return nil, &mapping.Error{Kind: mapping.NotSupported, Path: "from", Message: "the form is not recognised"}
	}
	r, err := j.core.Gateway.Translate(s.text, document.Request{Document: s.document, From: s.form, To: document.FHIR, Now: j.now})
	if err != nil {
		return nil, err
	}
	return tree.Parse(string(r.Output), tree.Limits{Bytes: len(r.Output)})
}
