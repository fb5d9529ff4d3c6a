package redact

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"tolk/mapping"
	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// inPlace has the elements whose own elements are stated in place.
var inPlace = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, e := range fhir.All() {
		if i := strings.LastIndexByte(e.Path, '.'); i >= 0 {
			all[e.Path[:i]] = true
		}
	}
	return all
})

// content returns where the elements of an element are stated, or its type.
func content(e fhir.Element) string {
	if len(e.Types) == 0 || inPlace()[e.Path] && strings.Contains(e.Path, ".") {
		return e.Path
	}
	return strings.TrimPrefix(e.Types[0], "#")
}

// resource redacts a resource in JSON.
func (w *walk) resource(n tree.ID) error {
	if w.d.Kind(n) != tree.Object {
		return w.unknown(n)
	}
	t := w.child(n, "resourceType")
	name := w.d.Text(t)
	if _, ok := fhir.Lookup(name); !ok || name == "" || name[0] < 'A' || name[0] > 'Z' {
		return w.unknown(n)
	}
	return w.inside(n, name, true)
}

// inside redacts what stands in an object whose elements are stated at a path.
// Codes are kept only where who states them is trusted to: not in an extension that
// nobody published.
func (w *walk) inside(n tree.ID, at string, trusted bool) error {
	if at == "Extension" {
		trusted = w.published(n, trusted)
	}
	for c := w.d.First(n); c != tree.None; c = w.d.Next(c) {
		key := w.d.Key(c)
		if key == "resourceType" && w.d.Parent(c) == n && at != "Element" {
			if _, ok := fhir.Lookup(w.d.Text(c)); ok && w.d.Kind(c) == tree.String {
				continue
			}
		}
		e, ok := fhir.Lookup(at + "." + key)
		beside := false
		if !ok && strings.HasPrefix(key, "_") {
			e, ok = fhir.Lookup(at + "." + key[1:])
			beside = ok
		}
		var err error
		switch {
		case !ok || strings.HasSuffix(key, "[x]"):
			w.key(c)
			err = w.unknown(c)
		case beside:
			err = w.each(c, func(c tree.ID) error { return w.beside(c, trusted) })
		default:
			err = w.each(c, func(c tree.ID) error { return w.element(c, e, trusted) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// published reports whether an extension is one that somebody published, or a part
// of one.
func (w *walk) published(n tree.ID, trusted bool) bool {
	name := w.d.Text(w.child(n, "url"))
	if trusted && part(name) {
		return w.nested(n)
	}
	_, kept := w.uri(name)
	return trusted && kept && strings.Contains(name, ":")
}

// part reports whether a name is one that parts of extensions are published with: with
// the elements of the forms that are XML of their own, too, which are kept in extensions.
func part(name string) bool {
	return published().parts[name] || stated()[strings.TrimPrefix(name, "@")] || name == tree.TextKey
}

// nested reports whether an extension stands in another.
func (w *walk) nested(n tree.ID) bool {
	for range 2 {
		if n = w.d.Parent(n); n == tree.None {
			return false
		}
	}
	return w.d.Kind(n) == tree.Object && w.child(n, "url") != tree.None
}

// each does something to a node, or to all that stand in it if it is an array.
func (w *walk) each(n tree.ID, do func(tree.ID) error) error {
	if w.d.Kind(n) != tree.Array {
		return do(n)
	}
	for c := w.d.First(n); c != tree.None; c = w.d.Next(c) {
		if err := do(c); err != nil {
			return err
		}
	}
	return nil
}

// beside redacts the id and the extensions of a primitive.
func (w *walk) beside(n tree.ID, trusted bool) error {
	if w.d.Kind(n) == tree.Object {
		return w.inside(n, "Element", trusted)
	}
	return w.unknown(n)
}

// element redacts one element.
func (w *walk) element(n tree.ID, e fhir.Element, trusted bool) error {
	at := content(e)
	switch w.d.Kind(n) {
	case tree.Object:
		switch {
		case at == "Resource":
			return w.resource(n)
		case inPlace()[at]:
			return w.inside(n, at, trusted)
		}
		return w.unknown(n)
	case tree.Array:
		return w.unknown(n)
	case tree.Number:
		if e.Path == "Attachment.size" && w.size(n) {
			return nil
		}
		w.long(n, trusted || e.Path != "Extension.value[x]")
		return nil
	case tree.String:
		return w.primitive(n, e, at, trusted)
	}
	return nil
}

// byType are the classes of the primitives that no table names.
var byType = map[string]class{"id": ident, "uri": uri, "url": uri, "canonical": uri, "oid": uri, "uuid": ident, "code": code,
	"date": date, "dateTime": date, "instant": date, "time": clock, "base64Binary": data, "xhtml": narrative}

// primitive redacts a string.
func (w *walk) primitive(n tree.ID, e fhir.Element, at string, trusted bool) error {
	c := classes["fhir"][e.Path]
	if c == "" {
		c = byType[at]
	}
	if c == code && strings.HasSuffix(e.Path, ".language") {
		c = language
	}
	switch {
	case c != "":
	case at == "System.String":
		c = ident
	case e.Path == "Extension.value[x]" && strings.HasPrefix(w.d.Text(w.child(w.d.Parent(n), "url")), "urn:tolk:"):
		c = word
	default:
		c = free
	}
	beside, many := w.d.Parent(n), false
	if w.d.Kind(beside) == tree.Array {
		beside, many = w.d.Parent(beside), true
	}
	text := w.d.Text(n)
	if e.Path == "Extension.url" && part(text) && trusted {
		return nil
	}
	switch c {
	case ident:
		if e.Path == "Identifier.value" {
			switch system := w.d.Text(w.child(beside, "system")); {
			case ofPerson(system):
				c = cpr
			case system == drugids:
				c = drug
			}
		}
	case coded:
		return w.coded(n, beside, trusted)
	case display, label:
		w.mention(text)
		if trusted && (c == display && w.official(beside) || c == label && !many && w.labelled(beside, text)) {
			w.keeps[text] = true
			return nil
		}
		c = free
	case birth:
		return w.birth(n, w.number(beside))
	case code:
		if !w.listed(n, beside, e, trusted) {
			w.replace(n, w.unlisted(c, text), Code)
		}
		return nil
	case hash:
		if b, ok := decode(w.d.Text(w.child(beside, "data"))); ok && !many && w.child(beside, "data") != tree.None {
			new, err := w.bytes(b, w.place(w.d, w.child(beside, "data")))
			if err == nil {
				w.replace(n, sum(new), Bytes)
			}
			return err
		}
		w.replace(n, base64.StdEncoding.EncodeToString(w.stream("hash"+text).bytes(20)), Bytes)
		return nil
	}
	return w.as(n, c)
}

// ofPerson reports whether a system is that of numbers of persons.
func ofPerson(system string) bool {
	return system == "urn:oid:1.2.208.176.1.2" || strings.HasPrefix(system, "urn:oid:1.2.208.176.1.6.1")
}

// number returns the number of the person that a resource is about.
func (w *walk) number(resource tree.ID) (number string) {
	if before, ok := w.numbers[resource]; ok {
		return before
	}
	i := w.child(resource, "identifier")
	for i != tree.None && w.d.Kind(i) == tree.Array {
		i = w.d.First(i)
	}
	for ; i != tree.None && number == ""; i = w.d.Next(i) {
		if ofPerson(w.d.Text(w.child(i, "system"))) {
			number = w.d.Text(w.child(i, "value"))
		}
	}
	if w.numbers == nil {
		w.numbers = map[tree.ID]string{}
	}
	w.numbers[resource] = number
	return number
}

// size writes how large an attachment has become, where it was said rightly.
func (w *walk) size(n tree.ID) bool {
	data := w.child(w.d.Parent(n), "data")
	b, ok := decode(w.d.Text(data))
	if data == tree.None || !ok || w.d.Raw(n) != strconv.Itoa(len(b)) {
		return false
	}
	new, err := w.bytes(b, w.place(w.d, data))
	if err != nil {
		return false // and told where the data stands
	}
	if size := strconv.Itoa(len(new)); size != w.d.Raw(n) {
		w.edit(n, size)
		w.tell(n, Bytes)
	}
	return true
}

var (
	shortShape = regexp.MustCompile(`^([A-Z]{2}-)?[A-Z]{0,4}[0-9]{1,6}[A-Z]{0,2}([.+-][A-Z]{0,3}[0-9]{1,5}){0,4}$`)
	atcShape   = regexp.MustCompile(`^[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?$`)
)

// coded redacts the code of a Coding or a Quantity: it is kept in a system of a standard,
// unless the code could be no code there.
func (w *walk) coded(n, coding tree.ID, trusted bool) error {
	c := w.coding(coding)
	elsewhere := c.System == "" && len(c.Code) >= 6 && w.child(coding, "extension") != tree.None // of a list that is said there
	if trusted && c.Code != "" && !elsewhere && w.codeOf(c) {
		return nil
	}
	kind := Code
	if registers[c.System] || ofPerson(c.System) {
		kind = Identifier
	}
	w.replace(n, w.identifier(c.Code), kind)
	return nil
}

func (w *walk) coding(n tree.ID) mapping.Coding {
	return mapping.Coding{System: w.d.Text(w.child(n, "system")), Version: w.d.Text(w.child(n, "version")),
		Code: w.d.Text(w.child(n, "code")), Display: w.d.Text(w.child(n, "display"))}
}

// codeOf reports whether a code is one that its system may have: one of those that are
// held here, or one of a shape that no name has. That it is a word is no reason.
func (s *session) codeOf(c mapping.Coding) bool {
	short := shortShape.MatchString(c.Code) && !personal(c.Code)
	if c.System == "" {
		return anyCode(c.Code) || unit(c.Code) || uuidShape.MatchString(c.Code) || snomed(c.Code) || short && len(c.Code) < 6
	}
	if _, kept := s.uri(c.System); !kept || ofPerson(c.System) || registers[c.System] {
		return false
	}
	if s.Listed != nil {
		if held, has := s.Listed(mapping.Concept{System: c.System, Code: c.Code}); held {
			return has || uuidShape.MatchString(c.Code) || short
		}
	}
	switch {
	case c.System == drugids:
		return drugShape.MatchString(c.Code)
	case c.System == "http://unitsofmeasure.org":
		return ucum(c.Code)
	case c.System == "http://snomed.info/sct":
		return snomed(c.Code)
	case c.System == "http://www.whocc.no/atc":
		return atcShape.MatchString(c.Code)
	case strings.HasPrefix(c.System, sks) && c.Code != "" && c.Code[0] >= '0' && c.Code[0] <= '9':
		return false // a hospital and its department, where the others are letters
	case strings.HasPrefix(c.System, "urn:tolk:") && (ownCodes()[c.Code] || vocabulary["word"][c.Code] || vocabulary["lms"][c.Code]):
		return true
	}
	_, has := fhir.SystemCode(c.System, c.Code)
	return has || vocabulary["also"][c.System+" "+c.Code] || uuidShape.MatchString(c.Code) || short
}

// registers are the systems whose values are somebody's: of organisations, of places
// and of who is authorised.
var registers = map[string]bool{
	"urn:oid:1.2.208.176.1.1": true, "urn:oid:1.2.208.176.1.3": true, "urn:oid:1.2.208.176.1.4": true,
	"https://www.gs1.org/gln": true, "http://www.gs1.org/gln": true, "https://www.gs1.org": true, "http://www.gs1.org": true, "www.gs1.org": true,
	"http://cvr.dk": true, "https://cvr.dk": true, "urn:tolk:NamingSystem:kommunekode": true,
	"http://hl7.dk/fhir/core/CodeSystem/dk-core-municipality-codes": true, "http://hl7.dk/fhir/core/CodeSystem/dk-core-municipality-codes-greenland": true,
}

// The identifiers of drugs, and SKS with what is in it.
const (
	drugids = "urn:tolk:NamingSystem:drugid"
	sks     = "urn:oid:1.2.208.176.2.4"
)

// drugShape is the number of a drug in the price list, which is published: LMS01.
var drugShape = regexp.MustCompile(`^28\d{9}$`)

var annotation = regexp.MustCompile(`\{[^}]*\}?`)

// annotated reports whether what a unit of UCUM says in braces, which may be anything,
// is a word that is known.
func annotated(unitOf string) bool {
	for _, said := range annotation.FindAllString(unitOf, -1) {
		if word := strings.Trim(said, "{}"); !unit(said) && !unit(word) && !vocabulary["annotation"][strings.ToLower(word)] {
			return false
		}
	}
	return true
}

var (
	power    = regexp.MustCompile(`([a-zA-Z\]*^])[+-]?[0-9]+$|^[0-9]+$`)
	dividers = regexp.MustCompile(`[./()]+`)
)

// ucum reports whether a unit is one of UCUM that is made of units that are known.
func ucum(code string) bool {
	if code == "" || len(code) > 24 || personal(code) || strings.ContainsAny(code, " \n") || !annotated(code) {
		return false
	}
	for _, of := range dividers.Split(annotation.ReplaceAllString(code, ""), -1) {
		known := vocabulary["ucum"]
		if of = strings.Replace(of, "[Hg]", "", 1); of != "" && !known[of] && !known[power.ReplaceAllString(of, "$1")] && len(power.ReplaceAllString(of, "")) > 0 {
			return false
		}
	}
	return true
}

// snomed reports whether a text is an identifier of SNOMED CT, by its check digit
// (Verhoeff), so that no number of another kind passes for one.
func snomed(text string) bool {
	if len(text) < 6 || len(text) > 18 || strings.Trim(text, "0123456789") != "" {
		return false
	}
	check := 0
	for i := range len(text) {
		check = multiply[check][permute[i%8][text[len(text)-1-i]-'0']]
	}
	return check == 0
}

// The tables of Verhoeff's check digit: the group of the symmetries of a pentagon,
// and a permutation with its powers.
var multiply, permute = func() (m [10][10]int, p [8][10]int) {
	for a := range 10 {
		for b := range 10 {
			m[a][b] = (a + b) % 5
			if a >= 5 {
				m[a][b] = (a - b + 5) % 5
			}
			if (a >= 5) != (b >= 5) {
				m[a][b] += 5
			}
		}
	}
	p[0] = [10]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	p[1] = [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	for i := 2; i < 8; i++ {
		for j := range 10 {
			p[i][j] = p[1][p[i-1][j]]
		}
	}
	return m, p
}()

// official reports whether the display of a coding is the published one.
func (w *walk) official(coding tree.ID) bool {
	c := w.coding(coding)
	return w.Official != nil && c.Display != "" && w.codeOf(c) && w.Official(c)
}

// labelled reports whether a text is the published display of a coding beside it.
func (w *walk) labelled(concept tree.ID, text string) bool {
	c := w.child(concept, "coding")
	for c != tree.None && w.d.Kind(c) == tree.Array {
		c = w.d.First(c)
	}
	for ; c != tree.None; c = w.d.Next(c) {
		of := w.coding(c)
		of.Display = text
		if w.Official != nil && w.codeOf(of) && w.Official(of) {
			return true
		}
	}
	return false
}

// long replaces a number of JSON that could be that of a person or a phone, or a part
// of one; one that nobody knows is kept only if it is small.
func (w *walk) long(n tree.ID, known bool) {
	raw := w.d.Raw(n)
	mantissa, _, power := strings.Cut(strings.ToLower(raw), "e")
	whole := strings.TrimLeft(strings.SplitN(mantissa, ".", 2)[0], "-")
	new := raw
	switch {
	case power && len(mantissa) > len("-1.234"):
		new = "0"
	case !known && w.piece(raw):
		new = w.token(raw)
	case personal(raw) || len(whole) >= 8 || birthLike(whole) || !known && len(whole) > 3:
		new = partOfNumber.ReplaceAllStringFunc(raw, w.token)
	}
	if new != raw {
		w.tell(n, Number)
		w.edit(n, new)
	}
}

// unknown redacts what nobody knows: what says something is replaced.
func (w *walk) unknown(n tree.ID) error {
	switch w.d.Kind(n) {
	case tree.Object, tree.Array:
		for c := w.d.First(n); c != tree.None; c = w.d.Next(c) {
			if w.d.Kind(n) == tree.Object {
				w.key(c)
			}
			if err := w.unknown(c); err != nil {
				return err
			}
		}
	case tree.Number:
		w.long(n, false)
	case tree.String:
		return w.as(n, denied)
	}
	return nil
}
