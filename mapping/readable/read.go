package readable

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// hub is a Bundle being read.
type hub struct {
	Options
	d       *tree.Doc
	entries []entry
	place   map[string]int // fullUrl and Type/id → entry
	patient tree.ID        // the citizen of the page
	subject string         // the reference to them, where no Patient is here
	page    *Page
	read    int // nodes of the resources that references led to
}

// entry is one resource of the Bundle.
type entry struct {
	node  tree.ID
	kind  string
	shown bool
}

// Read makes the page of a hub document: a Bundle whose first entry is a List
// (medication list), a DiagnosticReport (health check) or a Communication or its
// MessageHeader (correspondence), or which holds Conditions. The error is a
// *mapping.Error naming what stands in the way.
func (o Options) Read(d *tree.Doc) (*Page, error) {
	if o.StaleAfter == 0 {
		o.StaleAfter = StaleAfter
	}
	h := &hub{Options: o, d: d, place: map[string]int{}, patient: tree.None, page: &Page{}}
	switch kind := h.text(d.Root(), "resourceType"); kind {
	case "Bundle":
		h.index(func(tree.ID, string) bool { return true })
	case "Condition":
		h.entries = []entry{{node: d.Root(), kind: kind}}
	default:
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: "resourceType", Message: "expected a Bundle, the hub document, or a Condition", Value: kind}
	}
	if len(h.entries) == 0 {
		return nil, &mapping.Error{Kind: mapping.Required, Path: "Bundle.entry", Message: "the Bundle holds no resource to show"}
	}
	first := h.entries[0]
	switch {
	case first.kind == "List":
		h.page.Document, h.page.Title = MedicationList, "Medicinliste"
		h.head(first.node)
		h.refusals()
		h.medication(first.node)
		h.consents(h.fact)
	case first.kind == "DiagnosticReport":
		h.page.Document, h.page.Title = HealthCheck, "Sundhedstjek"
		h.head(first.node)
		h.refusals()
		h.check(first.node)
		h.consents(h.fact)
	case h.letters() != tree.None:
		h.page.Document, h.page.Title = Correspondence, "Korrespondance"
		h.head(h.letters())
		h.refusals()
		h.thread(h.letters())
	case h.referral(first):
		h.page.Document, h.page.Title = ReferralLetter, "Henvisning"
		h.head(first.node)
		h.refer(first.node)
	case slices.ContainsFunc(h.entries, func(e entry) bool { return e.kind == "Condition" }):
		h.page.Document, h.page.Title = Conditions, "Tilstande"
		h.head(tree.None)
		h.refusals()
		h.conditions()
		h.consents(h.fact)
	default:
		return nil, &mapping.Error{Kind: mapping.NotSupported, Path: "Bundle.entry[0].resource",
			Message: "expected a List (medication list), a DiagnosticReport (health check), a ServiceRequest (referral), a Communication (correspondence) or Conditions"}
	}
	if h.tooOften() {
		return nil, errTooOften
	}
	h.originals()
	h.unshown()
	return h.page, nil
}

var errTooOften = &mapping.Error{Kind: mapping.TooLong, Path: "Bundle.entry",
	Message: "the document leads to the same resources so often that it would be many times as long; expected one reference to each"}

// Part makes the page of one medication list or health check in a hub document
// as if it stood there alone, with the resources of some kinds.
func (o Options) Part(d *tree.Doc, document tree.ID, kinds ...string) (*Page, error) {
	if o.StaleAfter == 0 {
		o.StaleAfter = StaleAfter
	}
	h := &hub{Options: o, d: d, place: map[string]int{}, patient: tree.None, page: &Page{}}
	h.index(func(n tree.ID, kind string) bool { return n == document || slices.Contains(kinds, kind) })
	h.head(document)
	if h.page.Document = HealthCheck; h.text(document, "resourceType") == "List" {
		h.page.Document = MedicationList
		h.medication(document)
	} else {
		h.check(document)
	}
	if h.tooOften() {
		return nil, errTooOften
	}
	return h.page, nil
}

// referral reports whether a resource is a referral, of SNOMED CT's category of
// that name.
func (h *hub) referral(e entry) bool {
	if e.kind != "ServiceRequest" {
		return false
	}
	for category := range h.all(e.node, "category") {
		if h.coded(category, "http://snomed.info/sct") == "3457005" {
			return true
		}
	}
	return false
}

// index finds the entries that are read, and where a reference leads.
func (h *hub) index(reads func(resource tree.ID, kind string) bool) {
	for e := range h.each(h.d.Child(h.d.Root(), "entry")) {
		resource := h.d.Child(e, "resource")
		if resource == tree.None {
			continue
		}
		kind, id := h.text(resource, "resourceType"), h.text(resource, "id")
		if !reads(resource, kind) {
			continue
		}
		for _, name := range []string{h.text(e, "fullUrl"), "urn:uuid:" + id, kind + "/" + id} {
			if _, taken := h.place[name]; !taken && name != "" && id != "" {
				h.place[name] = len(h.entries)
			}
		}
		h.entries = append(h.entries, entry{node: resource, kind: kind})
	}
}

// follow returns the resource a Reference leads to, and marks it as shown.
func (h *hub) follow(reference tree.ID) (node tree.ID, kind string) {
	i, ok := h.place[h.text(reference, "reference")]
	if !ok || h.tooOften() {
		return tree.None, ""
	}
	h.entries[i].shown = true
	node = h.entries[i].node
	h.read += int(h.d.End(node) - node)
	return node, h.entries[i].kind
}

// tooOften reports whether references have led to more than any honest document
// has, where a person or a drug is named again and again: a thousand lines that
// lead to one statement with a thousand notes are a million.
func (h *hub) tooOften() bool { return h.read > 8*h.d.Len()+10_000 }

// show marks a resource as shown.
func (h *hub) show(node tree.ID) {
	for i := range h.entries {
		if h.entries[i].node == node {
			h.entries[i].shown = true
		}
	}
}

// text returns the string at a path below n, cleaned; an array on the way is
// entered at its first element.
func (h *hub) text(n tree.ID, path ...string) string {
	if n == tree.None {
		return ""
	}
	at := h.d.Find(n, path...)
	if at == tree.None || h.d.Kind(at).Container() {
		return ""
	}
	if h.d.Kind(at) == tree.String {
		return clean(h.d.Text(at))
	}
	return clean(h.d.Raw(at)) // a number, true or false
}

// flag reports whether true stands at a path.
func (h *hub) flag(n tree.ID, path ...string) bool { return h.text(n, path...) == "true" }

// each visits the elements of an array, or a lone element.
func (h *hub) each(n tree.ID) func(func(tree.ID) bool) {
	return func(yield func(tree.ID) bool) { h.visit(n, yield) }
}

// visit is each, for functions as small as that: they stand where they are called, and
// nothing has to be allocated for them.
func (h *hub) visit(n tree.ID, yield func(tree.ID) bool) {
	switch {
	case n == tree.None:
	case h.d.Kind(n) != tree.Array:
		yield(n)
	default:
		for c := h.d.First(n); c != tree.None; c = h.d.Next(c) {
			if !yield(c) {
				return
			}
		}
	}
}

// all visits the elements called name of n.
func (h *hub) all(n tree.ID, name string) func(func(tree.ID) bool) {
	return func(yield func(tree.ID) bool) { h.visitAll(n, name, yield) }
}

func (h *hub) visitAll(n tree.ID, name string, yield func(tree.ID) bool) {
	h.visit(h.d.Child(n, name), yield)
}

// extensions visits the extensions of n with one of our names.
func (h *hub) extensions(n tree.ID, name string) func(func(tree.ID) bool) {
	return func(yield func(tree.ID) bool) { h.visitExtensions(n, name, yield) }
}

// visitExtensions is extensions.
func (h *hub) visitExtensions(n tree.ID, name string, yield func(tree.ID) bool) {
	for e := range h.all(n, "extension") {
		if url, own := strings.CutPrefix(h.text(e, "url"), ours); own && url == name && !yield(e) {
			return
		}
	}
}

// extension returns the value of our extension on n, None if n has none.
func (h *hub) extension(n tree.ID, name, value string) tree.ID {
	list := h.d.Child(n, "extension")
	if list == tree.None {
		return tree.None
	}
	for e := h.d.First(list); e != tree.None; e = h.d.Next(e) {
		if url, ok := strings.CutPrefix(h.d.Text(h.d.Child(e, "url")), ours); ok && url == name {
			return h.d.Child(e, value)
		}
	}
	return tree.None
}

// extended returns the text of the value of our extension on n.
func (h *hub) extended(n tree.ID, name, value string) string {
	at := h.extension(n, name, value)
	if at == tree.None {
		return ""
	}
	return h.text(at)
}

// concept writes a CodeableConcept: its text, else the first display, else the
// first code.
func (h *hub) concept(n tree.ID) string {
	if s := h.text(n, "text"); s != "" {
		return s
	}
	return h.coding(n)
}

// coding writes what the codes of a CodeableConcept say: the first display, else the
// first name that a code has in its system, else the first code.
func (h *hub) coding(n tree.ID) string {
	for _, says := range []func(tree.ID) string{
		func(c tree.ID) string { return h.text(c, "display") },
		h.official,
		func(c tree.ID) string { return h.text(c, "code") },
	} {
		for c := range h.all(n, "coding") {
			if s := says(c); s != "" {
				return s
			}
		}
	}
	return ""
}

// official is the name that a code has in its system.
func (h *hub) official(coding tree.ID) string {
	if h.Name == nil {
		return ""
	}
	return h.Name(h.text(coding, "system"), h.text(coding, "code"))
}

// coded returns the code of a CodeableConcept in a system.
func (h *hub) coded(n tree.ID, system string) string {
	for c := range h.all(n, "coding") {
		if h.text(c, "system") == system {
			return h.text(c, "code")
		}
	}
	return ""
}

// quantity writes a Quantity with a function for its number. A comparator stands
// before it as it was written.
func (h *hub) quantity(n tree.ID, number func(string) string) string {
	value := h.text(n, "value")
	if n == tree.None || value == "" {
		return ""
	}
	return join(" ", h.text(n, "comparator"), number(value), h.unit(n))
}

// unit writes the unit of a Quantity; a UCUM code as people print it.
func (h *hub) unit(n tree.ID) string {
	u := h.text(n, "unit")
	if u == "" {
		u = h.text(n, "code")
	}
	return said(symbols, u)
}

// notes writes the note elements of n.
func (h *hub) notes(n tree.ID) (all []string) {
	for note := range h.all(n, "note") {
		text := h.text(note, "text")
		by := join(", ", h.who(h.d.Child(note, "authorReference")), h.text(note, "authorString"), parseMoment(h.text(note, "time")).String())
		if by != "" {
			text += " (" + by + ")"
		}
		if text != "" {
			all = append(all, text)
		}
	}
	return all
}

// modified warns of a modifier that this page does not know: what it modifies
// may mean the opposite of what it says (FHIR R4, extensibility).
func (h *hub) modified(n tree.ID, what string) {
	for _, name := range []string{"modifierExtension", "implicitRules"} {
		if h.d.Child(n, name) != tree.None {
			h.warn(capital(what) + ": dokumentet har en ændring af betydningen (" + name + "), som siden ikke kender. Læs originalen.")
			return
		}
	}
}

func (h *hub) warn(text string) {
	if !slices.Contains(h.page.Warnings, text) {
		h.page.Warnings = append(h.page.Warnings, text)
	}
}

// unshown names what the page does not show, so that nobody takes the page for
// the document.
func (h *hub) unshown() {
	counts := map[string]int{}
	var order []string
	for _, e := range h.entries {
		switch e.kind {
		case "Provenance", "Binary", "Practitioner", "PractitionerRole", "Organization", "Medication":
			continue // about what is shown
		}
		if e.shown {
			continue
		}
		if counts[e.kind] == 0 {
			order = append(order, e.kind)
		}
		counts[e.kind]++
	}
	for _, kind := range order {
		name := kind
		if danish, ok := typeNames[kind]; ok {
			name = danish + " (" + kind + ")"
		}
		h.page.Unshown = append(h.page.Unshown, whole(counts[kind])+" × "+strings.TrimSpace(name))
	}
}
