package message

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// mostFaults is how many faults of one message are told.
const mostFaults = 100

// Read checks the envelope of a message, a Bundle of type message, and returns
// what it says. The error is Faults, one for each element that MedCom's profiles
// demand (min 1) and that is missing or not as they say, with the path to it; a
// nil error is a sound envelope. What is only less than MedCom wants stands in
// Message.Told. A message with faults is returned too, as far as it could be
// read, for the acknowledgement.
//
// A document that is no Bundle of type message is no message: nil and a
// *mapping.Error.
//
// A reference is followed within the Bundle if it is written as Type/id or as
// urn:uuid or urn:oid, and then it must lead to an entry; one to a contained
// resource (#id), within its own. Written as a URL of another scheme it leads to
// an entry with that fullUrl, or outside, where nothing is asked of it. The
// target and the entities of a Provenance may lead to earlier messages of the
// thread, which are not in the Bundle.
func Read(doc *tree.Doc) (*Message, error) {
	root := doc.Root()
	if doc.XML() || doc.Text(doc.Child(root, "resourceType")) != "Bundle" || doc.Text(doc.Child(root, "type")) != "message" {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: "Bundle.type", Message: "expected a Bundle of type message"}
	}
	r := &reader{m: &Message{Focus: tree.None}, names: map[string]bool{}, parties: map[partyKey]Party{}, followed: map[tree.ID]bool{}}
	b, err := bundle.Read(doc)
	if err != nil { // there is no entry with a resource
		r.m.Bundle = doc.Text(doc.Child(root, "id"))
		return r.m, Faults{{&mapping.Error{Kind: mapping.Required, Path: "Bundle.entry", Message: "expected the entries of a message, the MessageHeader first"}, none}}
	}
	r.Bundle = b
	r.bundle(root)
	if r.header = r.findHeader(); r.header != nil {
		r.readHeader(r.header.Node)
		r.provenances()
	}
	r.m.IsAnswer = r.isAnswer()
	r.modifiers()
	r.references()
	r.base64()
	r.narratives()
	r.m.Told = r.told
	if len(r.faults) > 0 {
		return r.m, r.faults
	}
	return r.m, nil
}

// ReadHeader returns what a MessageHeader says that stands alone, as MedCom
// publishes its examples: no message, but it tells what it answers. The parties
// are not known from it. The error is Faults, or a *mapping.Error for what is no
// MessageHeader.
func ReadHeader(doc *tree.Doc) (*Message, error) {
	root := doc.Root()
	if doc.XML() || doc.Text(doc.Child(root, "resourceType")) != "MessageHeader" {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: "resourceType", Message: "expected a MessageHeader"}
	}
	r := &reader{Bundle: &bundle.Bundle{Doc: doc}, m: &Message{Focus: tree.None}}
	r.m.Header = r.value(root, "id", none, datatypeWrong, isID)
	r.m.Definition = r.Text(r.Child(root, "definition"))
	r.event(root)
	r.response(root)
	r.m.IsAnswer = r.m.Event == Acknowledgement || r.Child(root, "response") != tree.None
	if len(r.faults) > 0 {
		return r.m, r.faults
	}
	return r.m, nil
}

// reader reads one message.
type reader struct {
	*bundle.Bundle
	m            *Message
	header       *bundle.Entry
	faults, told Faults
	names        map[string]bool    // Type/id of every resource
	parties      map[partyKey]Party // that were read
	followed     map[tree.ID]bool   // the references that were judged where they stand
}

// fail reports what the message may not be without, or may not be: at n, or at
// what should stand below it.
func (r *reader) fail(kind mapping.Kind, n tree.ID, below, message, code string) {
	r.faults = r.report(r.faults, kind, n, below, message, code)
}

// tell reports what MedCom wants otherwise, and what stops nothing.
func (r *reader) tell(kind mapping.Kind, n tree.ID, below, message, code string) {
	r.told = r.report(r.told, kind, n, below, message, code)
}

// report adds a fault, if there are not enough of them: to tell the place of one
// of many entries takes time.
func (r *reader) report(faults Faults, kind mapping.Kind, n tree.ID, below, message, code string) Faults {
	if len(faults) >= mostFaults {
		return faults
	}
	return append(faults, Fault{&mapping.Error{Kind: kind, Path: r.Path(n) + below, Message: message}, code})
}

// member returns the member of an object called key if it is of a kind, and
// reports it otherwise: with the code missing where it is not there.
func (r *reader) member(n tree.ID, key string, kind tree.Kind, missing string) tree.ID {
	c := r.Child(n, key)
	switch {
	case c == tree.None:
		r.fail(mapping.Required, n, "."+key, "expected it: MedCom demands it", missing)
	case r.Kind(c) != kind || kind.Container() && r.First(c) == tree.None:
		r.fail(mapping.Value, c, "", "expected "+kindNames[kind], datatypeWrong)
		return tree.None
	}
	return c
}

var kindNames = map[tree.Kind]string{tree.String: "a text", tree.Object: "an object with something in it", tree.Array: "an array with something in it"}

// value returns the text of a member that must be there and pass a check.
func (r *reader) value(n tree.ID, key, missing, wrong string, check func(string) (string, error)) string {
	c := r.member(n, key, tree.String, missing)
	if c == tree.None {
		return ""
	}
	text, err := check(r.Text(c))
	if err != nil {
		fault := FaultsOf(err)[0]
		r.fail(fault.Kind, c, "", fault.Message, wrong)
	}
	return text
}

// some takes any text but an empty one.
func some(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", &mapping.Error{Kind: mapping.Value, Message: "expected a text that is not empty"}
	}
	return text, nil
}

// isID checks an id of FHIR R4.
func isID(text string) (string, error) {
	letters := strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.")
	if text == "" || len(text) > 64 || letters != "" {
		return "", &mapping.Error{Kind: mapping.Value, Message: "expected an id: letters A to Z, digits, - and ., 64 at most"}
	}
	return text, nil
}

// bundle checks the Bundle and what every entry must have.
func (r *reader) bundle(root tree.ID) {
	r.m.Bundle = r.value(root, "id", none, datatypeWrong, isID)
	r.m.Sent = r.value(root, "timestamp", none, datatypeWrong, lens.Instant)
	r.member(root, "entry", tree.Array, none)
	ids := map[string]bool{}
	urls := r.urls(root)
	for e := range r.All(root, "entry") {
		resource := r.member(e, "resource", tree.Object, none)
		if resource == tree.None {
			continue
		}
		kind := r.value(resource, "resourceType", none, none, some)
		if url := r.Text(r.Child(e, "fullUrl")); url == "" {
			r.tell(mapping.Required, e, ".fullUrl", "expected it: references are resolved by it", none)
		} else if urls[url] != e {
			r.fail(mapping.Invalid, e, ".fullUrl", "another entry has the same fullUrl", none)
		}
		id := r.Text(r.Child(resource, "id"))
		switch {
		case id == "":
			r.tell(mapping.Required, resource, ".id", "expected it: MedCom's references are written with it", none)
		case twice(r.names, kind+"/"+id):
			r.fail(mapping.Invalid, resource, ".id", "another resource of the type has the same id", none)
		case crossed(urls, e, "urn:uuid:"+id, kind+"/"+id):
			r.fail(mapping.Invalid, resource, ".id", "the fullUrl of another entry says this id: a reference to it may be meant for either", none)
		case ids[id]:
			r.tell(mapping.Invalid, resource, ".id", "a resource of another type has the same id", none)
		}
		ids[id] = true
	}
}

// crossed reports whether a name of an entry is the fullUrl of another.
func crossed(urls map[string]tree.ID, e tree.ID, names ...string) bool {
	for _, name := range names {
		if other, is := urls[name]; is && other != e {
			return true
		}
	}
	return false
}

// urls are the entries by their fullUrl, the first of those that have one; of one
// on a server also by the Type/id that it ends in.
func (r *reader) urls(root tree.ID) map[string]tree.ID {
	all := map[string]tree.ID{}
	add := func(name string, e tree.ID) {
		if _, taken := all[name]; !taken {
			all[name] = e
		}
	}
	for e := range r.All(root, "entry") {
		if url := r.Text(r.Child(e, "fullUrl")); url != "" {
			add(url, e)
		}
	}
	for e := range r.All(root, "entry") {
		if parts := strings.Split(r.Text(r.Child(e, "fullUrl")), "/"); len(parts) > 2 {
			add(strings.Join(parts[len(parts)-2:], "/"), e)
		}
	}
	return all
}

// twice reports whether a name was seen, and has seen it then.
func twice(seen map[string]bool, name string) bool {
	was := seen[name]
	seen[name] = true
	return was
}

// findHeader returns the MessageHeader: the first entry, or the first that there
// is, which is then a fault.
func (r *reader) findHeader() *bundle.Entry {
	var header *bundle.Entry
	for _, e := range r.Entries {
		switch {
		case e.Type != "MessageHeader":
		case header == nil:
			header = e
		default:
			r.tell(mapping.Invalid, e.Node, "", "a second MessageHeader; the first one counts", none)
		}
	}
	first := r.Find(r.Root(), "entry", "resource")
	switch {
	case header == nil:
		r.fail(mapping.Required, r.Root(), ".entry", "expected a MessageHeader as the first entry", none)
	case header.Node != first:
		r.fail(mapping.Invalid, header.Node, "", "expected the MessageHeader as the first entry", none)
	}
	return header
}
