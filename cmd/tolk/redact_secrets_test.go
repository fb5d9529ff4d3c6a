package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"tolk/adapters/envelope"
	"tolk/mapping"
	"tolk/mapping/fhirxml"
	"tolk/mapping/redact"
	"tolk/mapping/tree"
)

// What is looked for here is found without asking the redactor what anything is:
// every word, number and UUID of the document that the tables of the project do not
// have.

var (
	wordsIn    = regexp.MustCompile(`\pL{4,}`)
	numbersIn  = regexp.MustCompile(`(?:^|[^.\d])(\d{6}-\d{4}|\d{6}[0-9][A-Z]{2}\d|\d{8,})`)
	longBase64 = regexp.MustCompile(`[A-Za-z0-9+/=]{24,}`)
	mailsIn    = regexp.MustCompile(`[^\s<>"]+@[^\s<>"]+`)
)

// before is what may stand before a number.
const before = " \t\n#:/=(+-,;|'\""

// testNumbers are the numbers of MedCom's test persons.
var testNumbers = []string{"2509479989", "250947-9989", "1509819996", "150981-9996", "2311143995", "231114-3995", "0703921VJ4", "0703925VJ4"}

// statedByFMK are words that the schemas of FMK state, the units of drugs, and a few
// of other standards.
const statedByFMK = `sundhedsassistent social sygeplejerske doseringsforslag magistrel medicinpriser dosedispensed withoutprescription
	setdosedispensingonhold kombination nochoicemade dosisdispensering indlagt kapsel kapsler plaster plastre blodglukose egen succesfully
	finalized flow parameterschema minimuminterval inuse inclusive rettetbrev alpha mailto produceractor iterated iteration måneder prescription treatment specialitycode open`

// factsAtHand are the words, numbers and UUIDs that stand in the tables of the project and
// in what its adapters write, in lower case.
func factsAtHand(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	add := func(text string) {
		for _, of := range []*regexp.Regexp{wordsIn, numbersIn, anyUUID} {
			for _, found := range of.FindAllString(text, -1) {
				all[strings.ToLower(found)] = true
			}
		}
	}
	root := filepath.Join("..", "..")
	for _, folder := range []string{"schemas", "mapping/maps", "mapping/measure", "mapping/screening", "adapters"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || strings.Contains(name, "testdata") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			switch filepath.Ext(name) {
			case ".csv", ".yaml", ".json":
				text, err := os.ReadFile(name)
				add(string(text))
				return err
			case ".go":
				file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
				if err != nil {
					return err
				}
				ast.Inspect(file, func(n ast.Node) bool {
					if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
						if text, err := strconv.Unquote(l.Value); err == nil {
							add(text)
						}
					}
					return true
				})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// saidInside is all that a document says: every text in it and in the documents that
// stand in it in base64, and every name.
func saidInside(text string, codes bool) (says []string) {
	d, err := readAny(text)
	switch {
	case err != nil && (strings.HasPrefix(text, "%PDF") || strings.HasPrefix(text, "\x89PNG")):
		return nil // one empty page, one dot: all of them are alike
	case err != nil:
		return []string{longBase64.ReplaceAllString(text, " ")} // which it is not worth to look into
	}
	for n := tree.ID(0); int(n) < d.Len(); n++ {
		key := d.Key(n)
		if codes {
			says = append(says, key)
		}
		if !d.Leaf(n) {
			continue
		}
		said := d.Text(n)
		if said == "" {
			said = d.Raw(n)
		}
		at := key
		if key == "text()" {
			at = d.Key(d.Parent(n))
		}
		switch at {
		case "@style", "code", "kode", "Code", "DiagnoseCode", "system", "resourceType", "profile", "url", "drugid", "value", "Identifier":
			beside := d.Parent(n)
			if at != key {
				beside = d.Parent(beside)
			}
			drug := d.Text(d.Child(beside, "system")) == "urn:tolk:NamingSystem:drugid" || d.Key(beside) == "Drug" || at == "drugid"
			if !codes && (drug || at != "value" && at != "Identifier") {
				continue
			}
		}
		if b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(said), "")); err == nil && len(b) > 4 {
			says = append(says, saidInside(string(b), codes)...)
			continue
		}
		if _, err := readAny(said); err == nil && strings.HasPrefix(said, "<div") {
			says = append(says, saidInside(said, codes)...)
			continue
		}
		says = append(says, said)
	}
	return says
}

// secretsOf are what of a document must not be found in the redacted one.
func secretsOf(says []string, known map[string]bool) map[string]bool {
	all := map[string]bool{}
	for _, said := range says {
		if strings.HasPrefix(said, "http://") || strings.HasPrefix(said, "https://") || strings.HasPrefix(said, "urn:oid:") || strings.HasPrefix(said, "urn:tolk:") { // of standards, nearly all
			continue
		}
		bare := anyUUID.ReplaceAllString(strings.ReplaceAll(said, "https://medcom.dk/projekter/korrespondancemeddelelse", ""), " ")
		for _, of := range []*regexp.Regexp{wordsIn, numbersIn, anyUUID, mailsIn} {
			in := bare
			if of == anyUUID {
				in = said
			}
			for _, found := range of.FindAllString(in, -1) {
				found = strings.TrimLeft(found, before)
				if lower := strings.ToLower(found); !known[lower] && !slices.Contains(testNumbers, found) {
					all[lower] = true
				}
			}
		}
	}
	return all
}

// namesIn are the words of a document that are no secrets: the names of its members
// and elements, and its codes and profiles, which are those of standards here.
func namesIn(text string) map[string]bool {
	all := map[string]bool{}
	if d, err := readAny(text); err == nil {
		for n := tree.ID(0); int(n) < d.Len(); n++ {
			says := d.Key(n)
			if says == "" && d.Parent(n) != tree.None {
				says = d.Key(d.Parent(n))
			}
			switch says {
			case "code", "kode", "Code", "UnitCode", "DiagnoseCode", "ObjectCode", "system", "profile", "brevstatus", "formKode", "valueCode", "linkId", "version", "type":
				says += " " + d.Text(n) + d.Text(d.Child(n, tree.TextKey))
			case "url":
				if strings.HasPrefix(d.Text(n), "http://") || !strings.Contains(d.Text(n), ":") {
					says += " " + d.Text(n)
				}
			}
			for _, of := range []*regexp.Regexp{wordsIn, numbersIn} {
				for _, w := range of.FindAllString(says, -1) {
					all[strings.ToLower(strings.TrimLeft(w, before))] = true
				}
			}
		}
	}
	return all
}

// unpublished are codes of fixtures that their system does not have, on purpose: what looks
// like a code and is in no list becomes another.
var unpublished = map[string]bool{"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes|ukendt-kategori": true}

// codingsIn are the codings of a document, in its order.
func codingsIn(d *tree.Doc) (all []string) {
	for n := tree.ID(0); int(n) < d.Len(); n++ {
		system, code := d.Text(d.Child(n, "system")), d.Text(d.Child(n, "code"))
		if code == "" {
			code = d.Text(d.Child(n, "kode"))
		}
		for _, of := range []string{"urn:oid:1.2.208.176.2.", "http://snomed.info/", "http://loinc.org", "http://npu", "http://unitsofmeasure", "http://fhir.kl.dk/", "http://terminology.hl7.org", "http://medcomfhir.dk", "http://www.whocc.no", "ffb", "fsiii", "sks", "icpc2", "snomed"} {
			if strings.HasPrefix(system, of) && len(code) > 1 {
				all = append(all, system+"|"+code)
				break
			}
		}
	}
	return all
}

// Nothing that names a person, an organisation or a place, and no text, of any
// document that is given stands in the redacted one, in whatever it is wrapped; and
// every code does.
func TestRedactLeavesNoSecret(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	known := factsAtHand(t)
	for word := range strings.FieldsSeq(statedByFMK) {
		known[word] = true
	}
	found := 0
	for _, g := range everythingGiven(t) {
		r, err := redacted(t, c, g.text, formOf(g))
		if err != nil {
			continue // TestRedactKeepsLedger says why
		}
		names := namesIn(g.text)
		output := strings.ToLower(strings.Join(saidInside(string(r.Output), true), "\n"))
		stands := map[string]bool{}
		for _, w := range wordsIn.FindAllString(output, -1) {
			stands[w] = true
		}
		for secret := range secretsOf(saidInside(g.text, false), known) {
			found++
			if !names[secret] && (stands[secret] || !wordsIn.MatchString(secret) && strings.Contains(output, secret)) {
				t.Errorf("%s: %q is left", g.name, secret)
			}
		}
		a, _ := readAny(g.text)
		b, _ := readAny(string(r.Output))
		was, is := codingsIn(a), codingsIn(b)
		for i := range min(len(was), len(is)) {
			if unpublished[was[i]] {
				if was[i] == is[i] {
					t.Errorf("%s: %s is in no list, and is left", g.name, was[i])
				}
				is[i] = was[i]
			}
		}
		if !slices.Equal(was, is) {
			t.Errorf("%s: the codes are others", g.name)
			for i := range min(len(was), len(is)) {
				if was[i] != is[i] {
					t.Logf("%s -> %s", was[i], is[i])
				}
			}
		}
		again, err := redacted(t, c, string(r.Output), formOf(g))
		if err != nil {
			t.Errorf("%s: redacted twice: %v", g.name, err)
			continue
		}
		sameShape(t, g.text, string(again.Output))
	}
	if found < 5000 {
		t.Errorf("%d secrets were looked for; the collector finds too few", found)
	}
}

// An envelope can still be opened, says of its message what is so, and has nothing
// of the persons and organisations in it.
func TestRedactEnvelopes(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "adapters", "envelope", "testdata", "*.xml"))
	if err != nil || len(files) < 8 {
		t.Fatalf("%d envelopes: %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := redacted(t, c, string(text), redact.Envelope)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		was, wasErr := envelope.Unwrap(text, 0)
		is, isErr := envelope.Unwrap(r.Output, 0)
		if refusedWith(wasErr) != refusedWith(isErr) {
			t.Errorf("%s: %v, want %v", name, isErr, wasErr)
			continue
		}
		if wasErr != nil {
			continue
		}
		if !slices.Equal(was.Notices, is.Notices) || was.Type != is.Type || was.MIME != is.MIME || was.Kind != is.Kind || (was.Receipt == nil) != (is.Receipt == nil) {
			t.Errorf("%s: %v, want %v", name, is, was)
		}
		if was.Sender.ID == is.Sender.ID && was.Sender.ID != "" || was.ID == is.ID || was.Sent == is.Sent {
			t.Errorf("%s: the sender, the id or the time is left", name)
		}
		if p := was.Tag("PATIENTID"); p != "" && !slices.Contains(testNumbers, is.Tag("PATIENTID")) {
			t.Errorf("%s: the citizen became %s", name, is.Tag("PATIENTID"))
		}
	}
}

// FHIR in XML is redacted as FHIR in JSON is.
func TestRedactFHIRXML(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, g := range everythingGiven(t) {
		if tree.IsXML(g.text) || !strings.Contains(g.text, "resourceType") || tried > 30 {
			continue
		}
		xml, err := fhirxml.ToXML(g.text, tree.Limits{})
		if err != nil {
			continue
		}
		a, err1 := redacted(t, c, g.text, redact.FHIR)
		b, err2 := redacted(t, c, string(xml), redact.FHIR)
		if err1 != nil || err2 != nil {
			if refusedWith(err1) != refusedWith(err2) {
				t.Errorf("%s: %v, want %v", g.name, err2, err1)
			}
			continue
		}
		tried++
		want, err := fhirxml.ToXML(string(a.Output), tree.Limits{})
		if err != nil || string(b.Output) != string(want) {
			// What is met first may have another substitute: the order of elements is
			// that of the standard in XML. The leaves are the same.
			x, errX := readAny(string(want))
			y, errY := readAny(string(b.Output))
			if errX != nil || errY != nil || x.Mirrors(y) != tree.None {
				t.Errorf("%s: another document than in JSON: %v %v", g.name, errX, errY)
			}
		}
	}
	if tried < 20 {
		t.Errorf("%d documents were tried in XML", tried)
	}
}

// plants are what is planted where anything stands; no code, no number and no name of a
// standard looks like one.
var plants = []string{"Kanariefugl Zebravang", "Zebravang, 7777777777", "Kanarievej 7777777777\nZebravang", "kanariefugl.zebravang@zebra.example"}

// plantedIn plants a text in one leaf of a document, false where that cannot be done.
func plantedIn(text string, of *rand.Rand) (string, bool) {
	d, err := readAny(text)
	if err != nil {
		return "", false
	}
	var leaves []tree.ID
	for n := tree.ID(0); int(n) < d.Len(); n++ {
		if d.Leaf(n) && d.Raw(n) != "" {
			leaves = append(leaves, n)
		}
	}
	n := leaves[of.IntN(len(leaves))]
	canary := plants[of.IntN(len(plants))]
	src := d.Source()
	// Where a leaf stands is known by what comes before it: so many of the same.
	raw, before := d.Raw(n), 0
	for m := tree.ID(0); m < n; m++ {
		if d.Leaf(m) && d.Raw(m) == raw {
			before++
		}
	}
	open, close := "", ""
	if d.XML() {
		open, close = ">", "<"
		if strings.HasPrefix(d.Key(n), "@") {
			open, close = `"`, `"`
		}
	} else {
		canary = tree.Quote(canary)
	}
	at := 0
	for range before + 1 {
		i := strings.Index(src[at:], open+raw+close)
		if i < 0 {
			return "", false
		}
		at += i + 1
	}
	at += len(open) - 1
	return src[:at] + canary + src[at+len(raw):], true
}

// Whatever is planted anywhere is gone.
func TestRedactCanary(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	of := rand.New(rand.NewPCG(7, 7))
	tried := 0
	for _, g := range everythingGiven(t) {
		for range 2 {
			text, ok := plantedIn(g.text, of)
			if !ok {
				continue
			}
			r, err := redacted(t, c, text, "")
			var e *mapping.Error
			switch {
			case errors.As(err, &e):
				if strings.Contains(fmt.Sprintf("%+v", *e), "ebravang") {
					t.Errorf("%s: the error tells what was planted: %v", g.name, err)
				}
				continue
			case err != nil:
				t.Errorf("%s: %v", g.name, err)
				continue
			}
			tried++
			for _, said := range saidInside(string(r.Output), true) {
				if lower := strings.ToLower(said); strings.Contains(lower, "zebra") || strings.Contains(lower, "kanarie") || strings.Contains(lower, "7777777") {
					t.Errorf("%s: what was planted is left in %s", g.name, strings.Map(func(r rune) rune {
						if unicode.IsControl(r) {
							return ' '
						}
						return r
					}, said[:min(200, len(said))]))
				}
			}
		}
	}
	if tried < 1000 {
		t.Errorf("%d documents were planted in", tried)
	}
}
