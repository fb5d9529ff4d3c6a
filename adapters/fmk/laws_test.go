package fmk

import (
	"encoding/xml"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// mutant writes a document again: without one node, or with an element more as
// the first of another.
type mutant struct {
	doc           *tree.Doc
	without, into tree.ID
	what          string
	instead       bool // of the text
}

func (m mutant) String() string {
	var b strings.Builder
	m.write(&b, m.doc.Root(), "")
	return b.String()
}

func (m mutant) write(b *strings.Builder, n tree.ID, above string) {
	if n == m.without {
		return
	}
	d := m.doc
	b.WriteString("<" + d.RawKey(n))
	if d.Space(n) != above {
		b.WriteString(` xmlns="` + d.Space(n) + `"`)
	}
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		if key := d.RawKey(c); key[0] == '@' && c != m.without {
			b.WriteString(" " + key[1:] + `="`)
			_ = xml.EscapeText(b, []byte(d.Text(c)))
			b.WriteString(`"`)
		}
	}
	b.WriteString(">")
	if n == m.into {
		b.WriteString(m.what)
	}
	if d.Kind(n) == tree.String && (n != m.into || !m.instead) {
		_ = xml.EscapeText(b, []byte(d.Text(n)))
	}
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		switch {
		case c == m.without:
		case d.RawKey(c) == tree.TextKey:
			_ = xml.EscapeText(b, []byte(d.Text(c)))
		case element(d, c):
			m.write(b, c, d.Space(n))
		}
	}
	b.WriteString("</" + d.RawKey(n) + ">")
}

// subjects are the fixtures that mutants are made of: together they have nearly
// every element.
var subjects = []string{"fast-og-pn", "perioder-i-traek", "parameterskema-inr", "ugedage", "infusionsvarighed", "hvem-og-hvornaar",
	"recept-og-udlevering", "privatmarkering", "pauseret", "fritekst", "magistrelt-laegemiddel", "episodisk-behandling", "adresse",
	"v146-morgen-og-aften", "v146-gange-daglig", "v146-fast-og-pn", "v146-perioder-i-traek", "v146-blandede-doser", "v146-klokkeslaet",
	"v146-engangsdosis", "v146-pn-uden-graense", "v146-dag-i-runden", "v146-fritekst", "v146-hvem-og-hvornaar", "v146-magistrelt-laegemiddel", "v146-privat"}

// effect is what became of one leaf: its fate, and what was written from it.
type effect struct {
	name, fate string
	wrote      string
}

func effects(w *transcript.Written) []effect {
	raws := map[string]string{}
	for i, o := range w.Ledger.Origins() {
		raws[o.Path] = w.Raws()[i]
	}
	all := make([]effect, 0, len(w.Ledger.Lines()))
	for _, l := range w.Ledger.Lines() {
		var wrote []string
		for _, path := range l.Target {
			wrote = append(wrote, raws[path])
		}
		slices.Sort(wrote)
		name := l.Path
		if i := strings.LastIndex(name, ".text()"); i > 0 {
			name = name[:i]
		}
		name, _, _ = strings.Cut(name[strings.LastIndexByte(name, '.')+1:], "[")
		all = append(all, effect{name, l.Fate, strings.Join(slices.Compact(wrote), " ")})
	}
	return all
}

// A second translation gives the same bytes, and so does the same card written
// otherwise.
func TestStable(t *testing.T) {
	for name, text := range cards(t) {
		if refused(name) {
			continue
		}
		if a, b := output(t, text), output(t, text); string(a) != string(b) {
			t.Errorf("%s: a second run gives other bytes", name)
		}
	}
}

var madeIDs = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f-]{21}`)

// The same card with another prefix, with references, CDATA, comments and an
// envelope is the same list.
func TestWrittenOtherwise(t *testing.T) {
	all := cards(t)
	lines := func(text string) string {
		h := translated(t, text)
		var b strings.Builder
		for _, kind := range []string{"Patient", "MedicationStatement", "Medication", "Practitioner", "Organization"} {
			for _, r := range h.resources(kind) {
				b.WriteString(madeIDs.ReplaceAllString(h.json(r), "id") + "\n")
			}
		}
		return b.String()
	}
	if bare, other := lines(all["soap-kuvert"]), lines(all["praefiks-og-tegnreferencer"]); bare != other || len(bare) < 1000 {
		t.Errorf("got\n%s\nwant\n%s", other, bare)
	}
}

// An element that nobody knows is on the ledger wherever it stands, and changes
// nothing else.
func TestInserted(t *testing.T) {
	all := cards(t)
	for _, name := range subjects {
		doc, err := parse(all[name])
		if err != nil {
			t.Fatal(err)
		}
		before, err := translate(mutant{doc: doc, without: tree.None, into: tree.None}.String())
		if err != nil {
			t.Fatal(err)
		}
		was := effects(before)
		for _, what := range []string{`<Ukendt>7</Ukendt>`, `<Ukendt xmlns="urn:example:x">7</Ukendt>`} {
			for n := doc.Root(); n < tree.ID(doc.Len()); n++ {
				if element(doc, n) && !blankElement(doc, n) {
					inserted(t, name, was, doc, n, what)
				}
			}
		}
	}
}

// blankElement reports whether an element says something by being there, and
// holds nothing: with an element in it, it is another.
func blankElement(doc *tree.Doc, n tree.ID) bool {
	return doc.Kind(n) == tree.String && doc.Text(n) == ""
}

func inserted(t *testing.T, name string, was []effect, doc *tree.Doc, n tree.ID, what string) {
	t.Helper()
	after, err := translate(mutant{doc: doc, without: tree.None, into: n, what: what}.String())
	if err != nil {
		t.Errorf("%s: %s in %s: %v", name, what, doc.Path(n), err)
		return
	}
	is := effects(after)
	at := slices.IndexFunc(is, func(e effect) bool { return e.name == "Ukendt" })
	if at < 0 {
		t.Errorf("%s: %s in %s is not on the ledger", name, what, doc.Path(n))
		return
	}
	if strings.Contains(what, "xmlns") && (is[at].wrote != "" || is[at].fate == "used" && !describes(doc, n)) {
		t.Errorf("%s: %s in %s is taken for FMK's: %s %s", name, what, doc.Path(n), is[at].fate, is[at].wrote)
	}
	if flag := strings.Contains(string(after.Output), own+"dosage-incomplete"); !flag && under(doc, n, "Dosage") && is[at].fate == "unclaimed" {
		t.Errorf("%s: %s in %s: the dosage does not say that it is incomplete", name, what, doc.Path(n))
	}
	same(t, name+": "+what+" in "+doc.Path(n), was, slices.Delete(is, at, at+1), nil)
}

// describes reports whether n stands in a description of somebody, which is written
// once for all that are the same.
func describes(doc *tree.Doc, n tree.ID) bool {
	return under(doc, n, "By", "ReportedBy", "Organisation", "HealthcareProfessional")
}

// under reports whether n is an element of one of these names or stands in one.
func under(doc *tree.Doc, n tree.ID, names ...string) bool {
	for ; n != tree.None; n = doc.Parent(n) {
		if slices.Contains(names, doc.RawKey(n)) {
			return true
		}
	}
	return false
}

// same compares what became of the leaves that two documents have in common. A
// description of somebody is written by the first of those that are the same,
// and which is the first may change.
func same(t *testing.T, what string, was, is []effect, others []string) {
	t.Helper()
	if len(was) != len(is) {
		t.Errorf("%s: %d leaves, want %d", what, len(is), len(was))
		return
	}
	for i := range was {
		if was[i] == is[i] || slices.Contains(others, was[i].name) || was[i].fate == "used" || is[i].fate == "used" {
			continue
		}
		t.Errorf("%s: %s was %s %s, is %s %s", what, was[i].name, was[i].fate, was[i].wrote, is[i].fate, is[i].wrote)
	}
}

// depends says, of a leaf that is left out, how which others are written depends
// on it. Nothing else changes.
var depends = map[string][]string{
	"UnitCode":                   {"Value"},             // no number without a unit of UCUM: in FMK's words
	"Quantity":                   {"IterationInterval"}, // no rhythm without a dose: in FMK's words
	"AccordingToParameterSchema": {"IterationInterval"},
	"CalculatedEndDate":          {"PeriodLength"}, // a length or an end
	"MinimumDuration":            {"MaximumDuration"},
	"MaximumDuration":            {"MinimumDuration"},
}

// depends146 says so of 1.4.6, where a day is read as a whole or kept as it is.
var depends146 = map[string][]string{
	"UnitCode":          {"Value"},
	"Quantity":          {"Time", "Quantity", "IterationInterval"},
	"MinimalQuantity":   {"Time", "MinimalQuantity", "MaximalQuantity", "IterationInterval"},
	"MaximalQuantity":   {"Time", "MinimalQuantity", "MaximalQuantity", "IterationInterval"},
	"Time":              {"Time", "Quantity", "MinimalQuantity", "MaximalQuantity", "IterationInterval"},
	"IterationInterval": {"Time", "Quantity", "MinimalQuantity", "MaximalQuantity"},
	"NotIterated":       {"Time", "Quantity"},
}

// A leaf that is left out takes what was written from it along, and nothing
// else but what is read together with it.
func TestDeleted(t *testing.T) {
	all := cards(t)
	for _, name := range subjects {
		doc, err := parse(all[name])
		if err != nil {
			t.Fatal(err)
		}
		before, err := translate(mutant{doc: doc, without: tree.None, into: tree.None}.String())
		if err != nil {
			t.Fatal(err)
		}
		was := effects(before)
		leaf := -1
		for n := doc.Root(); n < tree.ID(doc.Len()); n++ {
			if !doc.Leaf(n) {
				continue
			}
			leaf++
			after, err := translate(mutant{doc: doc, without: n, into: tree.None}.String())
			var refusal *mapping.Error
			if errors.As(err, &refusal) && refusal.Kind != mapping.Exception {
				continue // what must be there is not
			}
			if err != nil {
				t.Errorf("%s: without %s: %v", name, doc.Path(n), err)
				continue
			}
			is := effects(after)
			if len(is) == len(was) { // the element above holds nothing now, and is a leaf itself
				is = slices.Delete(is, leaf, leaf+1)
			}
			together := depends[was[leaf].name]
			if strings.HasPrefix(name, "v146") {
				together = depends146[was[leaf].name]
			}
			same(t, name+": without "+doc.Path(n), slices.Delete(slices.Clone(was), leaf, leaf+1), is, together)
		}
	}
}

// What decides who the citizen is, what the drug is and how it is dosed may not
// stand twice: nobody would know which counts. Of anything else the second is on
// the ledger, and a dose that stands twice makes its dosage incomplete.
func TestTwice(t *testing.T) {
	text := cards(t)["gange-daglig"]
	element := func(name string) string {
		doc, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for n := doc.Root(); n < tree.ID(doc.Len()); n++ {
			if doc.RawKey(n) == name && (name != "Dosage" || doc.RawKey(doc.Parent(n)) == "DrugMedication") {
				return doc.Element(n)
			}
		}
		t.Fatalf("no %s", name)
		return ""
	}
	for _, name := range []string{"Patient", "PersonIdentifier", "Drug", "Dosage"} {
		one := element(name)
		_, err := translate(strings.Replace(text, one, one+one, 1))
		var refusal *mapping.Error
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Path, name) {
			t.Errorf("two %s: got %v, want a refusal", name, err)
		}
	}
	twice := strings.Replace(text, "<Quantity>2</Quantity>", "<Quantity>2</Quantity><Quantity>3</Quantity>", 1)
	if got := translated(t, twice).dosages()[0]; !strings.Contains(got, incomplete) || !strings.Contains(got, `"value":2`) {
		t.Errorf("two doses in one: got %s", got)
	}
}

// Whatever an element says, the card is refused for it, or the output is a
// document that holds no empty value.
func TestHostileValues(t *testing.T) {
	all := cards(t)
	for _, name := range []string{"recept-og-udlevering", "parameterskema-inr", "infusionsvarighed", "fritekst",
		"v146-fast-og-pn", "v146-klokkeslaet", "v146-hvem-og-hvornaar", "v146-magistrelt-laegemiddel"} {
		for _, value := range []string{"", " ", "1,5", "-1", "1e3", "NaN", "007.50", ".5", "2026-02-31", "2026-02-28Z", "24:00:00", "2026-01-10T09:30:47", "\"\\\n<&"} {
			doc, err := parse(all[name])
			if err != nil {
				t.Fatal(err)
			}
			for n := doc.Root(); n < tree.ID(doc.Len()); n++ {
				if doc.Leaf(n) && doc.RawKey(n) != tree.TextKey && doc.RawKey(n)[0] != '@' {
					m := mutant{doc: doc, without: tree.None, into: n, instead: true, what: escaped(value)}
					w, err := translate(m.String())
					var refusal *mapping.Error
					switch {
					case err == nil && strings.Contains(string(w.Output), `:""`):
						t.Errorf("%s: %q in %s: an empty value", name, value, doc.Path(n))
					case err != nil && (!errors.As(err, &refusal) || refusal.Kind == mapping.Exception || refusal.Path == ""):
						t.Errorf("%s: %q in %s: %v", name, value, doc.Path(n), err)
					}
				}
			}
		}
	}
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// Nothing of a card is lost silently: what was left out has a reason, and what
// was kept is there.
func TestEveryLeafHasAReason(t *testing.T) {
	for name, text := range cards(t) {
		if refused(name) {
			continue
		}
		w, err := translate(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range w.Ledger.Lines() {
			if l.Fate == ledger.Dropped.String() && (l.Reason == "" || l.Rule == "") {
				t.Errorf("%s: %s is left out without a reason", name, l.Path)
			}
		}
	}
}

// Whatever comes, it is refused as a document is, or translated with an account
// that holds.
func FuzzTranslate(f *testing.F) {
	for _, text := range cards(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := translate(text)
		var refusal *mapping.Error
		if err != nil && (!errors.As(err, &refusal) || refusal.Kind == mapping.Exception) {
			t.Fatal(err)
		}
	})
}
