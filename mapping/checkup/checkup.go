// Package checkup reads the health check in the hub form and says what its
// sender and its reader should hear: a value that is hardly possible, an index
// that does not follow from weight and height, an answer that cannot wait, and
// the conditions that answers of the screening propose. Nothing is mended and
// nothing asserted.
package checkup

import (
	"errors"
	"fmt"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/measure"
	"tolk/mapping/screening"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// Examine reads a Bundle in the hub form. The paths are those of the Bundle.
func Examine(doc *tree.Doc, terms *terminology.Terminology) (ledger.Judgement, error) {
	x := examiner{doc: doc, terms: terms, body: map[string][]value{}, at: map[string]value{}}
	entries := doc.Child(doc.Root(), "entry")
	if entries == tree.None || doc.Kind(entries) != tree.Array {
		return x.Judgement, nil
	}
	var answers []tree.ID
	for e := doc.First(entries); e != tree.None; e = doc.Next(e) {
		r := doc.Child(e, "resource")
		switch doc.Text(doc.Child(r, "resourceType")) {
		case "Observation":
			x.observation(r, doc.Text(doc.Child(e, "fullUrl")))
		case "QuestionnaireResponse":
			answers = append(answers, r)
		}
	}
	x.index()
	for _, r := range answers {
		if err := x.answers(r); err != nil {
			return x.Judgement, err
		}
	}
	return x.Judgement, nil
}

type examiner struct {
	ledger.Judgement
	doc   *tree.Doc
	terms *terminology.Terminology
	body  map[string][]value // of weight, height and BMI, by the name of the item
	at    map[string]value   // the same, by the fullUrl of the Observation
}

// value is a quantity as it stands in the document.
type value struct {
	path, text, unit string
	item             string
	derived          []string // the Observations it says it comes from
	when             string
}

func (x *examiner) notice(path, format string, args ...any) {
	x.Notices = append(x.Notices, ledger.Notice{Path: path, Message: fmt.Sprintf(format, args...)})
}

// observation judges the quantities of an Observation and of its components. One
// that is marked as a mistake is not judged, and nothing is reckoned from it.
func (x *examiner) observation(r tree.ID, url string) {
	if x.doc.Text(x.doc.Child(r, "status")) == "entered-in-error" {
		return
	}
	item, ok := x.item(r)
	if ok {
		if v, found := x.quantity(r, item); found {
			v.when = x.doc.Text(x.doc.Child(r, "effectiveDateTime"))
			v.derived = x.references(x.doc.Child(r, "derivedFrom"))
			x.body[item.Name] = append(x.body[item.Name], v)
			if url != "" {
				x.at[url] = v
			}
		}
	}
	components := x.doc.Child(r, "component")
	if components == tree.None || x.doc.Kind(components) != tree.Array {
		return
	}
	parts := map[string]value{}
	for c := x.doc.First(components); c != tree.None; c = x.doc.Next(c) {
		if part, ok := x.item(c); ok {
			if v, found := x.quantity(c, part); found {
				parts[part.Name] = v
			}
		}
	}
	x.pressure(parts["blodtryk_systolisk"], parts["blodtryk_diastolisk"])
}

// item is what the codings of a resource or a component mean together.
func (x *examiner) item(n tree.ID) (measure.Item, bool) {
	list := x.doc.Find(n, "code")
	codings := x.doc.Child(list, "coding")
	if codings == tree.None || x.doc.Kind(codings) != tree.Array {
		return measure.Item{}, false
	}
	var all []mapping.Coding
	for c := x.doc.First(codings); c != tree.None; c = x.doc.Next(c) {
		all = append(all, mapping.Coding{System: x.doc.Text(x.doc.Child(c, "system")), Code: x.doc.Text(x.doc.Child(c, "code"))})
	}
	item, others, ok := measure.Find(all)
	switch {
	case ok && len(others) > 0:
		x.notice(x.doc.Path(codings), "one of the codes means something else (%s); read as %s", others[0].Name, item.Name)
	case !ok && len(others) > 0:
		x.notice(x.doc.Path(codings), "the codes contradict each other (%s and others); read as neither", others[0].Name)
	}
	return item, ok
}

// quantity reads valueQuantity and warns of what is hardly possible.
func (x *examiner) quantity(n tree.ID, item measure.Item) (value, bool) {
	q := x.doc.Child(n, "valueQuantity")
	number := x.doc.Child(q, "value")
	if number == tree.None {
		return value{}, false
	}
	v := value{path: x.doc.Path(number), text: x.doc.Raw(number), item: item.Name, unit: x.doc.Text(x.doc.Child(q, "code"))}
	if v.unit == "" {
		v.unit = x.doc.Text(x.doc.Child(q, "unit"))
	}
	warning, err := measure.Plausible(item, v.text, v.unit)
	var e *mapping.Error
	switch {
	case errors.As(err, &e):
		x.notice(v.path, "%s: %s", item.Name, e.Message)
		return v, false
	case warning != "":
		x.notice(v.path, "%s", warning)
	}
	return v, true
}

// pressure warns of the two pressures the wrong way round.
func (x *examiner) pressure(systolic, diastolic value) {
	high, errHigh := measure.Number(systolic.text)
	low, errLow := measure.Number(diastolic.text)
	if errHigh == nil && errLow == nil && systolic.unit == diastolic.unit && high.Cmp(low) <= 0 {
		x.notice(systolic.path, "the systolic pressure is not above the diastolic one")
	}
}

func (x *examiner) references(list tree.ID) (all []string) {
	if list == tree.None || x.doc.Kind(list) != tree.Array {
		return nil
	}
	for e := x.doc.First(list); e != tree.None; e = x.doc.Next(e) {
		all = append(all, x.doc.Text(x.doc.Child(e, "reference")))
	}
	return all
}

// index recomputes each BMI from the weight and the height it says it comes
// from, or from those of the same moment where there is one of each. One that
// does not agree is told, and left.
func (x *examiner) index() {
	for _, bmi := range x.body["bmi"] {
		weight, height := x.basis(bmi, "vaegt"), x.basis(bmi, "hoejde")
		if weight == nil || height == nil {
			continue
		}
		kg, err := measure.Convert(weight.text, weight.unit, "kg")
		if err != nil {
			continue // told with the value itself
		}
		m, err := measure.Convert(height.text, height.unit, "m")
		if err != nil {
			continue
		}
		computed, err := measure.BMI(kg, m)
		if err != nil {
			continue
		}
		if same, err := measure.SameBMI(bmi.text, computed); err == nil && !same {
			x.notice(bmi.path, "the BMI does not follow from the weight and the height told with it; it is left as it is")
		}
	}
}

// basis is the weight or the height that a BMI was made of.
func (x *examiner) basis(bmi value, item string) *value {
	for _, url := range bmi.derived {
		if v, ok := x.at[url]; ok && v.item == item {
			return &v
		}
	}
	var found []value
	for _, v := range x.body[item] {
		if v.when == bmi.when {
			found = append(found, v)
		}
	}
	if len(bmi.derived) > 0 || len(found) != 1 {
		return nil
	}
	return &found[0]
}

// answers tells what a screening says that cannot wait, and proposes what its
// answers suggest. A response to another form is left as it is.
func (x *examiner) answers(r tree.ID) error {
	response, err := screening.Read(x.doc, r)
	if err != nil {
		_, faults, foreign := screening.Tool(x.doc, r)
		if foreign != nil { // a form that is not known here says nothing
			return nil
		}
		for _, f := range faults {
			x.notice(f.Path, "%s", f.Message)
		}
		return nil
	}
	x.Notices = append(x.Notices, response.Told()...)
	proposals, err := response.Proposals(x.terms)
	x.Proposals = append(x.Proposals, proposals...)
	return err
}
