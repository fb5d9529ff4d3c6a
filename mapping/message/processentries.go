package message

import (
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// HoldsResources reports whether a Bundle of type transaction or batch is one of
// resources, which a Processor takes: its first entry creates or updates one
// (POST Type, PUT Type/id), and asks no operation.
func HoldsResources(doc *tree.Doc) bool {
	e := doc.Find(doc.Root(), "entry")
	return e != tree.None && storing(doc, e) == nil
}

// storing refuses an entry that does not create or update a resource.
func storing(doc *tree.Doc, e tree.ID) error {
	resource, request := doc.Child(e, "resource"), doc.Child(e, "request")
	method, url := doc.Text(doc.Child(request, "method")), doc.Text(doc.Child(request, "url"))
	switch {
	case method != "POST" && method != "PUT":
		return &mapping.Error{Kind: mapping.NotSupported, Path: doc.Path(e) + ".request.method", Message: "accepted: POST and PUT of the resources of one document"}
	case url == "" || hasOperation(url):
		return &mapping.Error{Kind: mapping.NotSupported, Path: doc.Path(e) + ".request.url", Message: "expected a type or a type and an id, and no operation"}
	case resource == tree.None || doc.Kind(resource) != tree.Object:
		return &mapping.Error{Kind: mapping.Required, Path: doc.Path(e) + ".resource", Message: "expected the resource of the request"}
	}
	return nil
}

// hasOperation reports whether a part of a path is an operation ($expand).
func hasOperation(url string) bool {
	for i := range len(url) {
		if url[i] == '$' && (i == 0 || url[i-1] == '/') {
			return true
		}
	}
	return false
}

// What the sender of a transaction must hear.
const (
	unstored   = "the resource is taken as part of the document that the Bundle is; nothing is stored"
	onlyLooked = "the resource is recognised as part of the document that the Bundle is; nothing is stored, and nothing is translated: say the form with to"
)

// resources answers a transaction or a batch of resources: it is taken as the
// collection of them. All of it is answered, or nothing.
func (p *Processor) resources(doc *tree.Doc, kind string, a Ask) *Outcome {
	entries := 0
	for e := doc.Find(doc.Root(), "entry"); e != tree.None; e = doc.Next(e) {
		if err := storing(doc, e); err != nil {
			return &Outcome{Err: err}
		}
		entries++
	}
	a.Body = collection(doc)
	collected, err := p.read(a.Body)
	if err != nil {
		return &Outcome{Err: err}
	}
	o := p.document(collected, a)
	if o.Err != nil {
		return o
	}
	if o.Result != nil {
		o.Result.Ledger.Notices = append(o.Result.Ledger.Notices, ledger.Notice{Path: "Bundle.type",
			Message: "the " + kind + " is taken as the collection of its resources; nothing is stored, and what it asks of a store (entry.request) is not carried"})
	}
	said := unstored
	if o.Result == nil {
		said = onlyLooked
	}
	o.Answer = answer(kind, said+" ("+o.Kind+")", entries)
	return o
}

// collection is a transaction or batch as the collection of its resources.
func collection(doc *tree.Doc) string {
	b := []byte(`{"resourceType":"Bundle"`)
	for m := doc.First(doc.Root()); m != tree.None; m = doc.Next(m) {
		switch key := doc.Key(m); {
		case key == "resourceType":
		case key == "type":
			b = append(b, `,"type":"collection"`...)
		case key == "entry" && doc.Kind(m) == tree.Array:
			b = append(b, `,"entry":[`...)
			for e := doc.First(m); e != tree.None; e = doc.Next(e) {
				if e != doc.First(m) {
					b = append(b, ',')
				}
				b = entryOf(doc, e, b)
			}
			b = append(b, ']')
		default:
			b = append(append(append(b, ',', '"'), doc.RawKey(m)...), '"', ':')
			b = doc.Append(b, m)
		}
	}
	return string(append(b, '}'))
}

// entryOf writes an entry without what it asks of a store.
func entryOf(doc *tree.Doc, e tree.ID, b []byte) []byte {
	b = append(b, '{')
	first := true
	for m := doc.First(e); m != tree.None; m = doc.Next(m) {
		if doc.Key(m) == "request" {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), doc.RawKey(m)...), '"', ':')
		b = doc.Append(b, m)
	}
	return append(b, '}')
}

// answer is the Bundle that answers every entry of a transaction or a batch.
func answer(kind, said string, entries int) []byte {
	outcome := object{
		{"resourceType", text("OperationOutcome")},
		{"issue", array{object{{"severity", text("information")}, {"code", text("informational")},
			{"details", object{{"text", text(said)}}}}}},
	}
	all := make(array, entries)
	for i := range all {
		all[i] = object{{"response", object{{"status", text("200")}, {"outcome", outcome}}}}
	}
	return object{{"resourceType", text("Bundle")}, {"type", text(kind + "-response")}, {"entry", all}}.append(nil)
}

var _ Gateway = (*document.Gateway)(nil)
