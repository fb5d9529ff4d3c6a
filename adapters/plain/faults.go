package plain

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// most is how many faults are told: whoever has more reads no further.
const most = 50

// Fault is one thing that is wrong with a document: where, and what was
// expected there, in both languages. It never holds the sender's value.
type Fault struct {
	Kind    mapping.Kind
	Path    string
	Danish  string
	English string
	node    tree.ID
	member  string // of node, where what is wrong is not there
}

// Message returns the words in the language asked for: Danish for da, English
// otherwise.
func (f Fault) Message(language string) string {
	if language == "da" || strings.HasPrefix(language, "da-") {
		return f.Danish
	}
	return f.English
}

// Faults are the faults of one document, in its order.
type Faults []Fault

// Error returns the first fault in English, and how many more there are.
func (fs Faults) Error() string {
	if len(fs) == 0 {
		return "no fault"
	}
	s := fs.Issues("en")[0].Error()
	if len(fs) > 1 {
		s += " (and " + strconv.Itoa(len(fs)-1) + " more)"
	}
	return s
}

// Unwrap returns the faults as errors of tolk in English.
func (fs Faults) Unwrap() []error {
	var all []error
	for _, e := range fs.Issues("en") {
		all = append(all, e)
	}
	return all
}

// Issues returns the faults as errors of tolk in a language.
func (fs Faults) Issues(language string) []*mapping.Error {
	var all []*mapping.Error
	for _, f := range fs {
		all = append(all, &mapping.Error{Kind: f.Kind, Path: f.Path, Message: f.Message(language)})
	}
	return all
}

func index(i int) string { return strconv.Itoa(i) }

// unrecognised says what a document must begin with to be one of ours.
func unrecognised(d *tree.Doc) Fault {
	at := d.Child(d.Root(), "dokument")
	f := Fault{Kind: mapping.Value, node: at,
		Danish:  "forventet tilstande, medicinliste, sundhedstjek, henvisning eller korrespondance",
		English: "expected tilstande, medicinliste, sundhedstjek, henvisning or korrespondance"}
	switch {
	case d.Kind(d.Root()) != tree.Object:
		f.Kind, f.Path = mapping.Structure, d.Path(d.Root())
		f.Danish, f.English = "forventet et JSON-objekt med feltet dokument", "expected a JSON object with the field dokument"
	case at == tree.None:
		f.Kind, f.Path = mapping.Required, d.Path(d.Root())+".dokument"
		f.Danish, f.English = "feltet mangler; "+f.Danish, "the field is missing; "+f.English
	default:
		f.Path = d.Path(at)
	}
	return f
}

// reporter turns what the validator says into faults.
type reporter struct {
	v        *Validator
	doc      *tree.Doc
	faults   Faults
	elements map[tree.ID][]tree.ID // of the arrays on the way, so that a long one is walked once
}

// result returns the faults in document order, one for each place and reason,
// and how many were left out.
func (r *reporter) result() Faults {
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(a.member, b.member), cmp.Compare(a.English, b.English))
	})
	faults := slices.CompactFunc(r.faults, func(a, b Fault) bool {
		return a.node == b.node && a.member == b.member && a.English == b.English
	})
	more := len(faults) - most
	faults = faults[:min(len(faults), most)]
	for i, f := range faults {
		faults[i].Path = r.doc.Path(f.node)
		if f.member != "" {
			faults[i].Path += "." + f.member
		}
	}
	if more > 0 {
		n := strconv.Itoa(more)
		faults = append(faults, Fault{Kind: mapping.TooLong, Path: r.doc.Path(r.doc.Root()),
			Danish: "der er " + n + " fejl mere", English: "there are " + n + " more faults"})
	}
	return faults
}

// report walks down to what is wrong. A choice none of which was made is told
// as a choice, not as all that is missing for each.
func (r *reporter) report(e *jsonschema.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf:
		if names := alternatives(e.Causes); names != nil {
			r.add(e, mapping.Required, r.words(e, words{"mindst ét af felterne skal være her: " + list(names, "og"), "expected at least one of the fields " + list(names, "and")}))
			return
		}
	case *kind.Required:
		for _, name := range k.Missing {
			r.missing(e, name, r.words(e, words{"feltet mangler", "the field is missing"}))
		}
		return
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			r.missing(e, name, words{"feltet mangler: " + k.Prop + " kræver det", "the field is missing: " + k.Prop + " demands it"})
		}
		return
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			r.unknown(e, name)
		}
		return
	}
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			r.report(cause)
		}
		return
	}
	issue, w := explain(e.ErrorKind)
	switch e.ErrorKind.(type) {
	case *kind.FalseSchema:
		w = together(e.SchemaURL)
	case *kind.Const, *kind.Enum:
		w = because(e.SchemaURL, w)
	}
	r.add(e, issue, r.words(e, w))
}

// add notes a fault at the place of e.
func (r *reporter) add(e *jsonschema.ValidationError, issue mapping.Kind, w words) {
	r.fault(issue, r.node(e.InstanceLocation), "", w)
}

// missing notes that a member is not there. The name is ours.
func (r *reporter) missing(e *jsonschema.ValidationError, name string, w words) {
	r.fault(mapping.Required, r.node(e.InstanceLocation), name, w)
}

func (r *reporter) fault(issue mapping.Kind, n tree.ID, member string, w words) {
	r.faults = append(r.faults, Fault{Kind: issue, Danish: w.danish, English: w.english, node: n, member: member})
}

// unknown notes a member that the form does not have, and the one that may
// have been meant.
func (r *reporter) unknown(e *jsonschema.ValidationError, name string) {
	n := r.doc.Child(r.node(e.InstanceLocation), name)
	names := r.v.read().notes[e.SchemaURL].properties
	w := words{"formen har ikke dette felt her; forventet " + list(names, "eller"), "the form has no such field here; expected " + list(names, "or")}
	if near := nearest(name, names); near != "" {
		w = words{"formen har ikke dette felt her; mente du " + near + "?", "the form has no such field here; did you mean " + near + "?"}
	}
	r.fault(mapping.Structure, n, "", w)
}

// node follows the place the validator names.
func (r *reporter) node(location []string) tree.ID {
	n := r.doc.Root()
	for _, step := range location {
		if r.doc.Kind(n) == tree.Object {
			n = r.doc.Child(n, step)
			continue
		}
		elements, ok := r.elements[n]
		if !ok {
			for e := r.doc.First(n); e != tree.None; e = r.doc.Next(e) {
				elements = append(elements, e)
			}
			r.elements[n] = elements
		}
		i, _ := strconv.Atoi(step)
		n = elements[i]
	}
	return n
}

// words returns what the schema itself says of a rule of ours, or w.
func (r *reporter) words(e *jsonschema.ValidationError, w words) words {
	at := e.SchemaURL
	for range 5 { // a rule is at most so deep: allOf/0/then/properties/x
		if n := r.v.read().notes[at]; n.danish != "" {
			return words{n.danish, n.english}
		}
		cut := strings.LastIndexByte(at, '/')
		if cut < 0 {
			break
		}
		at = at[:cut]
	}
	return w
}

// alternatives returns the names of a choice of required fields, nil if the
// causes are anything else.
func alternatives(causes []*jsonschema.ValidationError) (names []string) {
	for _, c := range causes {
		k, ok := c.ErrorKind.(*kind.Required)
		if !ok || len(k.Missing) != 1 {
			return nil
		}
		names = append(names, k.Missing[0])
	}
	return names
}

// Syntax tells in both languages what the reader of JSON says of a document
// that is no JSON or is too large, and how a decimal number is written where
// that is the likely slip.
func Syntax(text string, err error) Faults { return Faults{syntax(text, err)} }

func syntax(text string, err error) Fault {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return Fault{Kind: mapping.Exception, Danish: "dokumentet kan ikke læses", English: "the document cannot be read"}
	}
	f := Fault{Kind: e.Kind, Path: e.Path, English: e.Message, Danish: danish(e.Message)}
	if strings.HasPrefix(e.Message, "expected a key") && comma.MatchString(text) {
		f.Danish += "; et decimaltal skrives med punktum: 1.5"
		f.English += "; a decimal number is written with a point: 1.5"
	}
	return f
}
