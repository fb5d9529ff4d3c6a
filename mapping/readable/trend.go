package readable

import (
	"slices"
	"strings"

	"tolk/mapping/tree"
)

// item is what the document has of one thing measured.
type item struct {
	group    int
	readings []reading
}

// reading is one Observation.
type reading struct {
	node   tree.ID
	name   string
	at     moment
	row    Measurement
	values []value // of each part of row
}

// value is a number as it was written, with what must be the same for two of
// them to be compared.
type value struct {
	number string // empty: nothing to compare
	basis  string // unit, and which component
	shown  string
}

// value reads what can be compared of an Observation or a component.
func (h *hub) value(n tree.ID) value {
	if i := h.text(n, "valueInteger"); i != "" {
		return value{number: i, basis: "integer\x00" + h.codings(h.d.Child(n, "code")), shown: i}
	}
	q := h.d.Child(n, "valueQuantity")
	v := value{shown: h.quantity(q, comma)}
	if q == tree.None || !decimal(h.text(q, "value")) || !h.only(q, quantityKeys) {
		return v
	}
	unit := h.text(q, "system") + "|" + h.text(q, "code")
	if h.text(q, "code") == "" {
		unit = "text|" + h.text(q, "unit")
	}
	v.number, v.basis = h.text(q, "value"), unit+"\x00"+h.codings(h.d.Child(n, "code"))
	return v
}

// identity tells what an observation measures, so that two of one item stand
// together: all its codes, the place on the body, the method, the device and
// the extensions (lying, standing). One that has no code is like no other: a
// name is no identity.
func (h *hub) identity(o tree.ID) string {
	codes := h.codings(h.d.Child(o, "code"))
	if codes == "" {
		return ""
	}
	for _, name := range []string{"bodySite", "method", "extension"} {
		codes += "\x00"
		if at := h.d.Child(o, name); at != tree.None {
			codes += string(h.d.Append(nil, at))
		}
	}
	return codes
}

// codings returns the codes of a concept in one order, without displays.
func (h *hub) codings(concept tree.ID) string {
	var all []string
	for c := range h.all(concept, "coding") {
		if code := h.text(c, "code"); code != "" {
			all = append(all, h.text(c, "system")+"|"+code)
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "\x01")
}

// rows returns what is shown of an item: the latest reading, with what came
// before it. Where the order in time is not sure, every reading is a row of its
// own and nothing is compared.
func (it *item) rows() (rows []*Measurement) {
	r := slices.Clone(it.readings)
	slices.SortStableFunc(r, func(a, b reading) int { return b.at.at.Compare(a.at.at) })
	for i := range r[1:] {
		if r[i+1].at.before(r[i].at) {
			continue
		}
		for k := range it.readings {
			rows = append(rows, &it.readings[k].row)
		}
		return rows
	}
	latest := &r[0]
	for i := range latest.row.Parts {
		p := &latest.row.Parts[i]
		for _, older := range r[1:] {
			if old, ok := older.like(i, latest); ok {
				if p.Past = append(p.Past, Past{old.shown, older.at.beside(latest.at)}); len(p.Past) == 1 {
					p.Trend = trend(latest.values[i], old)
				}
			}
		}
	}
	rows = append(rows, &latest.row)
	for k := range r[1:] {
		if older := &r[k+1]; !older.told(latest) {
			rows = append(rows, &older.row)
		}
	}
	return rows
}

// like returns the value of r that stands where part i of latest stands.
func (r *reading) like(i int, latest *reading) (value, bool) {
	if i >= len(r.values) || len(r.values) != len(latest.values) || r.row.Parts[i].Name != latest.row.Parts[i].Name || r.values[i].shown == "" {
		return value{}, false
	}
	return r.values[i], true
}

// told reports whether the values of r are told in the row of latest, and there
// is nothing more to tell of it.
func (r *reading) told(latest *reading) bool {
	for i := range r.values {
		if _, ok := r.like(i, latest); !ok {
			return false
		}
	}
	remarked := slices.ContainsFunc(r.row.Small, func(f Fact) bool { return f.Name == remark })
	return len(r.values) == len(latest.values) && len(r.row.Marks) == 0 && !remarked
}

// trend tells which way a value went, with the value before: only where both
// are plain numbers in the same unit. No direction is good or bad.
func trend(now, before value) string {
	if now.number == "" || before.number == "" || now.basis != before.basis {
		return ""
	}
	sign, ok := compare(now.number, before.number)
	if !ok {
		return ""
	}
	return arrows[sign]
}
