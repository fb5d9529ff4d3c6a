package medcom

import (
	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/message"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// CareToCorrespondence takes a received CareCommunication into the hub as it
// stands, every leaf of it. The envelope of a message is checked first, and the
// error is then message.Faults. A Bundle of the same resources that is no message
// is taken too, and that it is none is a lack.
func CareToCorrespondence(s document.Source, _ document.Request) (*transcript.Written, error) {
	t, err := received(s)
	if err != nil {
		return nil, err
	}
	b, err := bundle.Read(t.Doc)
	if err != nil {
		return nil, err
	}
	if err := whose(t, b, message.Carries(b)); err != nil {
		return nil, err
	}
	return verbatim(t)
}

// verbatim writes a document as it stands.
func verbatim(t *transcript.Transcript) (*transcript.Written, error) {
	t.Copy(tree.NoOut, "", t.Doc.Root(), careVerbatim)
	t.Claim(t.Doc.Text(t.Doc.Find(t.Doc.Root(), "meta", "profile")))
	return t.Finish()
}

// received begins to read a CareCommunication, whose envelope must be sound if it
// is a message.
func received(s document.Source) (*transcript.Transcript, error) {
	t := transcript.New(s.Doc, CareCommunication, document.FHIR)
	if s.Doc.Text(s.Doc.Child(s.Doc.Root(), "type")) != "message" {
		if !document.IsCorrespondence(s.Doc) {
			return nil, &mapping.Error{Kind: mapping.Invalid, Path: "Bundle", Message: "expected a CareCommunication: a Bundle of type message with a MessageHeader of the event care-communication-message"}
		}
		t.Lack(ledger.Lack{Path: "Bundle.type", Element: "Bundle.type", Profile: careMessage, Message: "it is no message: who sends it to whom is not said; expected type message, and the MessageHeader first"})
		return t, nil
	}
	m, err := message.Read(s.Doc)
	switch {
	case m != nil && m.Event != "" && m.Event != message.CareCommunication:
		return nil, &mapping.Error{Kind: mapping.CodeInvalid, Path: "Bundle.entry[0].resource.eventCoding", Message: "expected a CareCommunication, the event care-communication-message"}
	case err != nil:
		return nil, err
	}
	for _, told := range m.Told {
		t.Notice(told.Path, told.Message)
	}
	return t, nil
}

// read takes the document that a CareCommunication carries out of it, as the
// sender's system wrote it. What stands in the message around it is kept in the
// residue.
func (kind careKind) read(s document.Source, _ document.Request) (*transcript.Written, error) {
	t, err := received(s)
	if err != nil {
		return nil, err
	}
	b, err := bundle.Read(t.Doc)
	if err != nil {
		return nil, err
	}
	carried := message.Carries(b)
	data, attached, err := kind.find(b, carried)
	if err != nil {
		return nil, err
	}
	if err := whose(t, b, carried); err != nil {
		return nil, err
	}
	if notice, act := message.Corrects(b); act != tree.None {
		t.Notice(t.Doc.Path(act)+".activity", notice)
	}
	take(t, tree.NoOut, "", attached, attached.Root(), data)
	t.Hold(t.Doc.Root(), careAttached, "it stands in the message around the document, and is read with it as "+document.Korrespondance)
	return t.Finish()
}

// find returns the document of the kind that a Binary of the message holds, and
// the leaf that it is written in. One that has been taken back is refused, unless
// another stands in its place.
func (kind careKind) find(b *bundle.Bundle, carried []message.Carried) (data tree.ID, attached *tree.Doc, err error) {
	var gone error
	data = tree.None
	for _, c := range carried {
		if c.Err != nil {
			return tree.None, nil, c.Err
		}
		if !kind.is(c.Doc) {
			continue
		}
		switch back := message.Counts(b, c.Binary); {
		case back != nil:
			gone = back
			continue
		case data != tree.None:
			return tree.None, nil, &mapping.Error{Kind: mapping.Invalid, Path: b.Path(c.Data), Message: "a second " + kind.document + "; expected one in a message"}
		}
		data, attached = c.Data, c.Doc
	}
	switch {
	case data != tree.None:
		return data, attached, nil
	case gone != nil:
		return tree.None, nil, gone
	}
	return tree.None, nil, &mapping.Error{Kind: mapping.NotFound, Path: "Bundle.entry", Message: "no " + kind.document + " is attached; expected a Binary of application/fhir+json that holds one"}
}

// whose refuses a message with a document about another citizen. Where nobody can
// tell whom the document is about, the sender hears it, and strictness refuses it.
func whose(t *transcript.Transcript, b *bundle.Bundle, carried []message.Carried) error {
	if err := message.Foreign(b, carried); err != nil {
		return err
	}
	for _, c := range carried {
		if c.Whose(b) == bundle.Unsaid {
			path := b.Path(c.Data)
			t.Notice(path, message.UnsaidCitizen)
			t.Lack(ledger.Lack{Path: path, Element: "Patient.identifier", Message: message.UnsaidCitizen})
		}
	}
	return nil
}

// is reports whether a document is of the kind.
func (kind careKind) is(d *tree.Doc) bool { return document.InHub(d) == kind.document }

// take writes n of the attached document and all below it; every leaf of it stood
// in the one leaf of the message.
func take(t *transcript.Transcript, parent tree.OutID, key string, attached *tree.Doc, n, from tree.ID) {
	if attached.Leaf(n) { // a container that holds nothing is one too
		t.Leaf(parent, key, string(attached.Append(nil, n)), from, careAttached)
		return
	}
	out := tree.NoOut
	object := attached.Kind(n) == tree.Object
	if object {
		out = t.Out.Object(parent, key)
	} else {
		out = t.Out.Array(parent, key)
	}
	for c := attached.First(n); c != tree.None; c = attached.Next(c) {
		name := ""
		if object {
			name = attached.RawKey(c)
		}
		take(t, out, name, attached, c, from)
	}
}
