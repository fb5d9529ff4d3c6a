package document

import (
	"strconv"
	"strings"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/terminology"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// fate is what became of one source leaf so far.
type fate struct {
	fate   ledger.Fate
	rule   int32
	match  *terminology.Match
	reason string
}

// run is one translation under way.
type run struct {
	*Gateway
	*options
	doc       *tree.Doc
	out       *tree.Out
	fates     []fate // by source node
	resources []*resource
	refs      map[string]*resource      // by Type/id and by fullUrl
	resting   map[*resource][]*resource // emitted interventions by the care plan they rest on
	raws      func() []string           // of the target's leaves, in order
	notes     []*terminology.Match      // the rows that wrote a code, by the note of its leaf, from 1
	ledger    ledger.Ledger
}

// resource is one resource of the source document and what becomes of it.
type resource struct {
	Resource
	entry tree.ID // the Bundle entry, None for a loose resource
	path  string  // of the resource in the source
	kind  string
	id    string
	plan  *plan // in the target form, strict or open; nil where no rule knows the kind
	hub   *plan // in the hub form
	code  tree.ID
	// concept is the canonical code that decides, of the sender's system.
	concept string
	emits   []*emission
	why     string // why there is no emission
	fate    ledger.Fate
}

// form is how far a target resource goes to meet the strict profile.
type form uint8

const (
	// strict is the target's published profile.
	strict form = iota
	// open has the shape of the strict profile, so that nothing goes out that
	// the target form has no place for, but claims nothing: it lacks something,
	// or has both codings where the profile takes one.
	open
	// hub carries everything: the target form has no shape for the resource.
	hub
)

// emission is one target resource to be written from a resource.
type emission struct {
	match  *terminology.Match // nil where no code decides
	exists bool               // the source itself has the target's coding
	form   form               // in which it is written
	suffix string             // on the id, where one fact becomes several
	lacks  []ledger.Lack
	claim  tree.OutID  // meta.profile as written, NoOut where nothing is claimed
	refs   []*emission // what it refers to

	added   bool     // codings stand in it beside the sender's
	demands []demand // extensions that demand a profile of what they refer to
}

// conditions translates a condition record between the published forms and the
// hub. A record in the hub has the codings of both sides and is read as the one
// it is not asked for.
func (g *Gateway) conditions(s Source, q Request) (*transcript.Written, error) {
	if q.From == FHIR {
		q.From = "ffb"
		if q.To == q.From {
			q.From = "fsiii"
		}
	}
	r, err := g.start(s.Doc, q)
	if err != nil {
		return nil, err
	}
	if err := r.write(); err != nil {
		return nil, err
	}
	output := r.out.Append(make([]byte, 0, len(s.Source())), 0)
	r.account()
	if err := ledger.AuditBytes(s.Source(), output, &r.ledger); err != nil {
		return nil, err
	}
	return &transcript.Written{Doc: r.doc, Output: output, Ledger: &r.ledger, Raws: r.raws}, nil
}

// start recognises the resources of a document and decides what each becomes.
func (g *Gateway) start(doc *tree.Doc, q Request) (*run, error) {
	o, err := g.check(q)
	if err != nil {
		return nil, err
	}
	r := &run{Gateway: g, options: o, doc: doc, fates: make([]fate, doc.Len()), refs: map[string]*resource{}}
	r.ledger.From, r.ledger.To = q.From, q.To
	for _, a := range mapping.Areas() {
		if o.from.System == mapping.FFB && o.areas[a] {
			r.ledger.Areas = append(r.ledger.Areas, a)
		}
	}
	if err := r.recognise(); err != nil {
		return nil, err
	}
	if err := r.codes(); err != nil {
		return nil, err
	}
	for _, res := range r.resources {
		if res.entry == tree.None && r.private(res) {
			return nil, &mapping.Error{Kind: mapping.BusinessRule, Path: res.path + ".meta.security", Message: privat}
		}
		r.decide(res)
	}
	for _, res := range r.resources {
		r.anchor(res)
	}
	return r, nil
}

// recognise lists the resources of the document with their kinds.
func (r *run) recognise() error {
	root := r.doc.Root()
	if r.doc.Kind(root) != tree.Object {
		return &mapping.Error{Kind: mapping.Structure, Path: "$this", Message: "expected a FHIR resource, a JSON object with resourceType"}
	}
	kind := r.doc.Text(r.doc.Child(root, "resourceType"))
	if kind == "" {
		return &mapping.Error{Kind: mapping.Required, Path: "resourceType", Message: "the type of the resource is missing, expected Bundle or a resource of the condition record"}
	}
	if kind != "Bundle" {
		res := r.resource(root, tree.None, r.doc.Path(root))
		if res.kind == "" {
			return &mapping.Error{Kind: mapping.Value, Path: "resourceType", Message: "form " + r.from.Name + " has no such resource, expected Bundle, Patient, Condition, Goal, CarePlan, Procedure, Encounter, Observation, ServiceRequest, ClinicalImpression, CareTeam or Organization"}
		}
		return nil
	}
	entries := r.doc.Child(root, "entry")
	if entries == tree.None {
		return nil
	}
	if r.doc.Kind(entries) != tree.Array {
		return &mapping.Error{Kind: mapping.Structure, Path: "Bundle.entry", Message: "expected an array"}
	}
	citizens := 0
	for e, i := r.doc.First(entries), 0; e != tree.None; e, i = r.doc.Next(e), i+1 {
		node := r.doc.Child(e, "resource")
		if node == tree.None || r.doc.Kind(node) != tree.Object || r.doc.Text(r.doc.Child(node, "resourceType")) == "" {
			return &mapping.Error{Kind: mapping.Required, Path: r.doc.Path(e) + ".resource", Message: "expected a FHIR resource with resourceType"}
		}
		res := r.resource(node, e, "Bundle.entry["+strconv.Itoa(i)+"].resource")
		if res.Type == "Patient" {
			if citizens++; citizens > 1 {
				return &mapping.Error{Kind: mapping.Invalid, Path: res.path, Message: "a second citizen; a record is about one, expected one document for each"}
			}
		}
		if err := r.register(res); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) resource(node, entry tree.ID, path string) *resource {
	d := r.doc
	res := &resource{entry: entry, path: path, id: d.Text(d.Child(node, "id")), code: tree.None,
		Resource: Resource{Doc: d, Node: node, Type: d.Text(d.Child(node, "resourceType")), Terms: r.terms}}
	res.kind = r.from.Kind(res.Resource)
	res.plan = r.Gateway.plan(r.from.Name, r.to.Name, r.report, res.kind)
	res.hub = r.Gateway.plan(r.from.Name, FHIR, "", res.kind)
	if res.hub == nil {
		res.hub = r.Gateway.plan(r.from.Name, FHIR, "", "*")
	}
	if r.to.Name == FHIR {
		res.plan = res.hub
	}
	r.resources = append(r.resources, res)
	return res
}

// register makes the resource known by what others may refer to it by. Two of
// one name are refused (FHIR R4, bdl-7): a reference to them could lead to
// somebody else.
func (r *run) register(res *resource) error {
	names := []string{r.doc.Text(r.doc.Child(res.entry, "fullUrl"))}
	if res.id != "" {
		names = append(names, res.Type+"/"+res.id)
	}
	for _, name := range names {
		if other := r.refs[name]; other != nil && other != res {
			return &mapping.Error{Kind: mapping.Invalid, Path: res.path, Message: "another entry of the Bundle has the same fullUrl, or the same type and id"}
		}
		if name != "" {
			r.refs[name] = res
		}
	}
	return nil
}

// path returns the place of node n of a resource. It asks the tree for the way
// below the resource only: the way to an entry is as long as the Bundle.
func (r *run) path(res *resource, n tree.ID) string {
	if n == tree.None {
		return res.path
	}
	return res.path + r.doc.PathBelow(res.Node, n)
}

// name reports whether a key could be a name of FHIR's. Written with escapes it
// would slip past every rule that knows it.
func name(key string) bool {
	return key != "" && strings.Trim(key, "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// codes checks every coding of the systems that are here: an unknown code is
// an error, wherever it stands.
func (r *run) codes() error {
	d := r.doc
	for n := tree.ID(1); int(n) < d.Len(); n++ {
		if strings.IndexByte(d.RawKey(n), '\\') >= 0 && name(d.Key(n)) {
			return &mapping.Error{Kind: mapping.Structure, Path: d.Path(n), Message: "an element name written with escapes, expected plain letters"}
		}
		if d.RawKey(n) != "system" || d.Kind(n) != tree.String {
			continue
		}
		system, ok := r.terms.CanonicalSystem(d.Text(n))
		if !ok || system != mapping.FFB && system != mapping.FSIII && system != mapping.CareSocialCodes {
			continue
		}
		code := d.Child(d.Parent(n), "code")
		if code == tree.None {
			continue // an identifier, or a coding without a code: nothing to check
		}
		if _, ok := r.terms.Lookup(system, d.Text(code)); ok {
			continue
		}
		_, err := r.terms.Concept(mapping.Coding{System: system, Code: d.Text(code)})
		return at(d.Path(code), err)
	}
	return nil
}

// at gives an error the path of the document in place of its own.
func at(path string, err error) error {
	e, ok := err.(*mapping.Error)
	if !ok {
		return err
	}
	moved := *e
	moved.Path = path
	return &moved
}

// rank orders fates: what reached the target counts before what did not.
var rank = [...]uint8{ledger.Unclaimed: 0, ledger.Dropped: 1, ledger.Residue: 2, ledger.Used: 3, ledger.Converted: 4, ledger.Carried: 5}

// mark sets the fate of leaf n, unless it has a better one from another
// resource written from the same source.
func (r *run) mark(n tree.ID, f fate) {
	if old := &r.fates[n]; rank[f.fate] > rank[old.fate] || old.rule == 0 && old.fate == ledger.Unclaimed {
		if f.match == nil {
			f.match = old.match
		}
		*old = f
	}
}

// markAll sets the fate of every leaf of n.
func (r *run) markAll(n tree.ID, f fate) {
	for end := r.doc.End(n); n < end; n++ {
		if r.doc.Leaf(n) {
			r.mark(n, f)
		}
	}
}
