package document

import (
	"maps"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// FHIR is the name of the hub form: FHIR R4 with both codings side by side.
const FHIR = "fhir"

// Form is an outside form of the condition record. What the form is made of is
// in the rules; the form itself only recognises.
type Form struct {
	Name   string // as a caller names it: ffb
	System string // the code system of its facts
	// Kind recognises a resource: its type, and after a dot what it is used
	// for (Condition.tilstand); empty for a resource the form does not have.
	Kind func(Resource) string
}

// Resource is one resource of a document, for a Form to recognise.
type Resource struct {
	*tree.Doc
	Node  tree.ID
	Type  string // resourceType
	Terms *terminology.Terminology
}

// Coding returns the entry of the first coding at the path below the resource
// that stands in a system, nil if there is none.
func (r Resource) Coding(system string, path ...string) *terminology.Entry {
	_, e := r.inSystem(r.Find(r.Node, path...), system)
	return e
}

// inSystem returns the first coding of CodeableConcept n that stands in a
// system, with its entry; None and nil if there is none.
func (r Resource) inSystem(n tree.ID, system string) (tree.ID, *terminology.Entry) {
	for c := r.codings(n); c != tree.None; c = r.Next(c) {
		e, ok := r.Terms.Lookup(r.Text(r.Child(c, "system")), r.Text(r.Child(c, "code")))
		if ok && e.System == system {
			return c, e
		}
	}
	return tree.None, nil
}

// codings returns the first coding of the CodeableConcept n.
func (r Resource) codings(n tree.ID) tree.ID {
	list := r.Child(n, "coding")
	if list == tree.None || r.Kind(list) != tree.Array {
		return tree.None
	}
	return r.First(list)
}

// Gateway translates documents. It is immutable and may be shared by any
// number of goroutines.
type Gateway struct {
	terms  *terminology.Terminology
	plans  *catalogue
	forms  map[string]Form
	kombit map[string]string // SOR number by KOMBIT UUID
	sor    map[string]string // KOMBIT UUID by SOR number
	limits tree.Limits

	steps     map[wayKey]Step                      // of the other documents and forms
	recognise map[string]func(*tree.Doc) string    // by form
	xml       map[string]bool                      // the forms that are XML of their own
	syntax    map[string]func(string, error) error // the forms that tell in their words what is no JSON
	carries   map[string][]string                  // the kinds a document of a form may hold, by form
	judges    map[string][]Judge                   // by kind of document
}

// maxNodes bounds a document. A node costs about 1.3 kB of memory while it is
// translated, so that the largest document takes some 500 MB; a Bundle of 200
// entries has 9,000.
const maxNodes = 400_000

// New wires a Gateway from the terminology, the document rules, the forms and
// the table of holding organisations, which may be empty.
func New(terms *terminology.Terminology, files []rules.File, forms []Form, table []Organisation) (*Gateway, error) {
	plans, err := compile(files)
	if err != nil {
		return nil, err
	}
	g := &Gateway{terms: terms, plans: plans, forms: map[string]Form{}, limits: tree.Limits{Nodes: maxNodes}}
	for _, f := range forms {
		g.forms[f.Name] = f
	}
	if err := g.complete(); err != nil {
		return nil, err
	}
	return g.WithOrganisations(table)
}

// complete refuses rules that leave a document without a way: every resource
// has one to the hub, and a Bundle one in every direction.
func (g *Gateway) complete() error {
	for from := range g.forms {
		if g.plan(from, FHIR, "", "*") == nil {
			return &mapping.Error{Kind: mapping.Required, Path: from + "-" + FHIR, Message: "expected a map of kind * (every resource)"}
		}
		for _, to := range append(slices.Sorted(maps.Keys(g.forms)), FHIR) {
			for _, report := range []string{"care", "119"} {
				if report == "119" && from != "ffb" {
					continue // never asked for: compile leaves it out
				}
				if to != from && g.plan(from, to, report, "Bundle") == nil {
					return &mapping.Error{Kind: mapping.Required, Path: from + "-" + to, Message: "expected a map of kind Bundle for report " + report}
				}
			}
		}
	}
	return nil
}

// WithOrganisations returns a Gateway that is as g but for its table of holding
// organisations. An organisation that stands twice in the table, or has no number
// in one of the registers, is an error.
func (g *Gateway) WithOrganisations(table []Organisation) (*Gateway, error) {
	with := *g
	with.kombit, with.sor = map[string]string{}, map[string]string{}
	for _, o := range table {
		key := kombitKey(o.KOMBIT)
		if key == "" || o.SOR == "" {
			return nil, &mapping.Error{Kind: mapping.Required, Path: "organisations", Message: "an organisation has one number only; expected its KOMBIT UUID and its SOR number"}
		}
		if with.kombit[key] != "" || with.sor[o.SOR] != "" {
			return nil, &mapping.Error{Kind: mapping.Invalid, Path: "organisations", Message: "an organisation stands twice"}
		}
		with.kombit[key], with.sor[o.SOR] = o.SOR, o.KOMBIT
	}
	return &with, nil
}

// WithTerminology returns a Gateway that is as g but for the concept maps: the
// terminology must have the code systems of the one it was made with.
func (g *Gateway) WithTerminology(terms *terminology.Terminology) *Gateway {
	with := *g
	with.terms = terms
	return &with
}

// kombitKey is a KOMBIT organisation UUID as the table finds it: it is written
// with and without urn:uuid:, in either case.
func kombitKey(value string) string {
	return strings.TrimPrefix(strings.ToLower(value), "urn:uuid:")
}

// options is a Request, checked.
type options struct {
	from, to Form
	report   string // of the fsiii side: care or 119
	areas    map[mapping.Area]bool
	relation map[mapping.Equivalence]bool
	ids      map[string]bool
	known    map[string]bool // of Request
}

// check reads a Request; the errors name the parameter and what it takes.
func (g *Gateway) check(q Request) (*options, error) {
	o := &options{areas: map[mapping.Area]bool{}, relation: map[mapping.Equivalence]bool{}, ids: map[string]bool{}, known: q.known}
	var ok bool
	if o.from, ok = g.forms[q.From]; !ok {
		return nil, parameter("from", "expected ffb or fsiii")
	}
	if o.to, ok = g.forms[q.To]; !ok {
		o.to = Form{Name: FHIR, System: other(o.from.System)}
	}
	if err := o.setAreas(q.Areas); err != nil {
		return nil, err
	}
	for _, a := range q.Accept {
		switch e := mapping.Equivalence(a); {
		case e == mapping.Wider || e == mapping.Narrower || e == mapping.Inexact || e == mapping.Equivalent:
			o.relation[e] = true
		case strings.HasPrefix(a, "p-"):
			o.ids[a] = true
		default:
			return nil, parameter("accept", "expected equivalent, wider, narrower, inexact or the id of a proposal (p-...)")
		}
	}
	return o, nil
}

func other(system string) string {
	if system == mapping.FFB {
		return mapping.FSIII
	}
	return mapping.FFB
}

// setAreas settles which areas are answered for, and which published report of
// FSIII that is: nursing and home care share one, prevention has its own.
func (o *options) setAreas(areas []mapping.Area) error {
	if len(areas) > 0 && o.from.System != mapping.FFB {
		return parameter("area", "only a document from ffb is translated for an area; one from fsiii has its own")
	}
	for _, a := range areas {
		if a != mapping.Sygepleje && a != mapping.Hjemmepleje && a != mapping.Forebyggelse {
			return parameter("area", "expected sygepleje, hjemmepleje or forebyggelse")
		}
		o.areas[a] = true
	}
	if len(areas) == 0 {
		for _, a := range mapping.Areas() {
			o.areas[a] = true
		}
	}
	o.report = "care"
	if o.areas[mapping.Forebyggelse] && len(o.areas) == 1 {
		o.report = "119"
	}
	return nil
}

func parameter(name, message string) error {
	return &mapping.Error{Kind: mapping.Invalid, Path: name, Message: message}
}

// plan finds the rules for a kind of resource, nil if there are none.
func (g *Gateway) plan(from, to, report, kind string) *plan {
	if p, ok := g.plans.plans[planKey{from, to, "", kind}]; ok {
		return p
	}
	return g.plans.plans[planKey{from, to, report, kind}]
}
