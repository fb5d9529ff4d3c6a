package canonical

import (
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// kind is what the value of a parameter may be.
type kind struct {
	types  []string // of value[x], or resource; the first is what is meant
	told   string   // in a message
	posted bool     // it cannot be written in a query
}

// Texts are one kind: senders write url as any of them, and so do the HL7
// terminology-ecosystem tests.
var (
	aText = &kind{types: []string{"String", "Uri", "Canonical", "Code", "Id", "Url", "Uuid", "Oid", "Markdown"},
		told: "a string, as valueString, valueUri, valueCanonical, valueCode"}
	aFlag     = &kind{types: []string{"Boolean"}, told: "valueBoolean"}
	aNumber   = &kind{types: []string{"Integer", "PositiveInt", "UnsignedInt"}, told: "valueInteger"}
	aDate     = &kind{types: []string{"DateTime", "Date", "Instant", "String"}, told: "a date, as valueDate, valueDateTime"}
	aCoding   = &kind{types: []string{"Coding"}, told: "valueCoding", posted: true}
	aConcept  = &kind{types: []string{"CodeableConcept"}, told: "valueCodeableConcept", posted: true}
	aResource = &kind{types: []string{"resource"}, told: "resource", posted: true}
)

// kinds are the parameters of the operations, each by its kind. What is not among
// them is for the operation to accept or to refuse.
var kinds = byName()

func byName() map[string]*kind {
	all := map[string]*kind{}
	for kind, names := range map[*kind]string{
		aText: "url valueSetVersion filter designation property context contextDirection code system version systemVersion display " +
			"codeA codeB system-version check-system-version force-system-version default-valueset-version useSupplement displayLanguage " +
			"uuid cache-id _format",
		aFlag: "includeDesignations includeDefinition activeOnly excludeNested excludeNotForUI excludePostCoordinated limitedExpansion incomplete-ok " +
			"inferSystem abstract lenient-display-validation valueset-membership-only diagnostics no-cache",
		aNumber:   "offset count",
		aDate:     "date",
		aCoding:   "coding codingA codingB",
		aConcept:  "codeableConcept",
		aResource: "valueSet codeSystem tx-resource validation",
	} {
		for name := range strings.FieldsSeq(names) {
			all[name] = kind
		}
	}
	return all
}

// several lists the parameters that may stand more than once.
var several = []string{"tx-resource", "validation", "property", "designation", "useSupplement",
	"system-version", "check-system-version", "force-system-version", "default-valueset-version"}

// Sound refuses a parameter that stands more often than it may, the text of a query
// that is none of its kind, and what no query can hold.
func (p Params) Sound() error {
	for i, q := range p {
		k := kinds[q.Name]
		if k == nil {
			continue
		}
		again := func(before Param) bool { return before.Name == q.Name }
		if !slices.Contains(several, q.Name) && slices.ContainsFunc(p[:i], again) {
			if q.Doc == nil {
				return p.bad(q.Name, mapping.Invalid, "given more than once, accepted once")
			}
			return faulty(q.Doc, q.Doc.Parent(q.Node), mapping.Invalid, q.Name+" is given more than once, accepted once")
		}
		if q.Doc != nil {
			continue // ReadParams has seen to it
		}
		switch {
		case k.posted:
			return p.bad(q.Name, mapping.Invalid, "accepted only in the Parameters of a POST")
		case k == aFlag && q.Text != "true" && q.Text != "false":
			return p.bad(q.Name, mapping.Value, "accepted: true, false")
		case k == aNumber && !whole(q.Text):
			return p.bad(q.Name, mapping.Value, "expected a whole number")
		}
	}
	return nil
}

func whole(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

func faulty(d *tree.Doc, n tree.ID, kind mapping.Kind, message string) error {
	return &mapping.Error{Kind: kind, Path: d.Path(n), Message: message}
}

// checkValue refuses a value that is none of its type, a known parameter whose value
// is of a type that it cannot have, and ill-formed codings in those that have some.
// What is in a resource its reader judges.
func checkValue(d *tree.Doc, p Param) error {
	n := p.Node
	if k := kinds[p.Name]; k != nil && !slices.Contains(k.types, p.Type) {
		return faulty(d, n, mapping.Invalid, "accepted for "+p.Name+": "+k.told)
	}
	switch p.Type {
	case "resource":
		if kind := d.Child(n, "resourceType"); d.Kind(n) != tree.Object || kind == tree.None || checkText(d, kind) != nil {
			return faulty(d, n, mapping.Structure, "expected a resource, an object with resourceType")
		}
	case "part":
		return checkParts(d, n)
	case "Coding":
		return checkCoding(d, n)
	case "CodeableConcept":
		return checkConcept(d, n)
	case "Boolean":
		return checkFlag(d, n)
	case "Integer", "PositiveInt", "UnsignedInt":
		if d.Kind(n) != tree.Number || !whole(d.Raw(n)) {
			return faulty(d, n, mapping.Value, "expected a whole number")
		}
	case "Decimal":
		if d.Kind(n) != tree.Number {
			return faulty(d, n, mapping.Value, "expected a number")
		}
	case "String", "Uri", "Canonical", "Code", "Id", "Url", "Uuid", "Oid", "Markdown", "Base64Binary",
		"Date", "DateTime", "Instant", "Time", "Integer64":
		return checkText(d, n)
	default: // every other data type has elements
		return checkObject(d, n)
	}
	return nil
}

func checkText(d *tree.Doc, n tree.ID) error {
	if d.Kind(n) != tree.String || d.Text(n) == "" {
		return faulty(d, n, mapping.Value, "expected a string that is not empty")
	}
	return nil
}

func checkFlag(d *tree.Doc, n tree.ID) error {
	if d.Kind(n) != tree.Bool {
		return faulty(d, n, mapping.Value, "accepted: true, false")
	}
	return nil
}

func checkObject(d *tree.Doc, n tree.ID) error {
	if d.Kind(n) != tree.Object || d.First(n) == tree.None {
		return faulty(d, n, mapping.Structure, "expected an object that is not empty")
	}
	return nil
}

// checkExtensions refuses extensions that are no list of objects.
func checkExtensions(d *tree.Doc, n tree.ID) error {
	sound := d.Kind(n) == tree.Array && d.First(n) != tree.None
	items(d, n, func(e tree.ID) { sound = sound && d.Kind(e) == tree.Object })
	if !sound {
		return faulty(d, n, mapping.Structure, "expected an array of objects, not empty")
	}
	return nil
}

// checkParts refuses ill-formed parts. What they are called is nobody's here.
func checkParts(d *tree.Doc, n tree.ID) error {
	if d.Kind(n) != tree.Array || d.First(n) == tree.None {
		return faulty(d, n, mapping.Structure, "expected an array of parameters, not empty")
	}
	for e := d.First(n); e != tree.None; e = d.Next(e) {
		part, err := shape(d, e)
		if err != nil {
			return err
		}
		part.Name = "" // a part is not the parameter of that name
		if err := checkValue(d, part); err != nil {
			return err
		}
	}
	return nil
}

// checkCoding refuses what is no Coding (http://hl7.org/fhir/R4/datatypes.html#Coding).
func checkCoding(d *tree.Doc, n tree.ID) error {
	if d.Kind(n) != tree.Object {
		return faulty(d, n, mapping.Structure, "expected a Coding, with system and code")
	}
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		var err error
		switch strings.TrimPrefix(d.Key(m), "_") {
		case "id", "system", "version", "code", "display":
			if d.Key(m)[0] == '_' {
				err = checkObject(d, m)
			} else {
				err = checkText(d, m)
			}
		case "userSelected":
			err = checkFlag(d, m)
		case "extension":
			err = checkExtensions(d, m)
		default:
			err = faulty(d, m, mapping.NotSupported, "not an element of Coding; accepted: system, version, code, display, userSelected")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkConcept refuses what is no CodeableConcept. One without codings the operation
// refuses, in the words of the terminology ecosystem.
func checkConcept(d *tree.Doc, n tree.ID) error {
	if d.Kind(n) != tree.Object {
		return faulty(d, n, mapping.Structure, "expected a CodeableConcept, with coding")
	}
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		var err error
		switch d.Key(m) {
		case "coding":
			err = checkCodings(d, m)
		case "id", "text":
			err = checkText(d, m)
		case "_text":
			err = checkObject(d, m)
		case "extension":
			err = checkExtensions(d, m)
		default:
			err = faulty(d, m, mapping.NotSupported, "not an element of CodeableConcept; accepted: coding, text")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkCodings(d *tree.Doc, n tree.ID) error {
	if d.Kind(n) != tree.Array || d.First(n) == tree.None {
		return faulty(d, n, mapping.Structure, "expected an array of Coding, not empty")
	}
	for e := d.First(n); e != tree.None; e = d.Next(e) {
		if err := checkCoding(d, e); err != nil {
			return err
		}
	}
	return nil
}
