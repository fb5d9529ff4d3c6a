package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// directions counts how often each pair of forms was tried, and how often it was
// refused.
type directions struct {
	names          []string
	tried, refused map[string]*atomic.Int64
}

func offeredDirections() *directions {
	d := &directions{tried: map[string]*atomic.Int64{}, refused: map[string]*atomic.Int64{}}
	for _, from := range document.Offers() {
		for _, to := range document.Offers() {
			if from.Document != to.Document || from.Form == to.Form || from.Read != "" || to.Write != "" {
				continue
			}
			if from.Document == document.Tilstande && from.Form != "plain" && to.Form != "plain" {
				continue // TestLaws
			}
			name := from.Document + " " + from.Form + "-to-" + to.Form
			d.names = append(d.names, name)
			d.tried[name], d.refused[name] = new(atomic.Int64), new(atomic.Int64)
		}
	}
	return d
}

func directionOf(q document.Request) string { return q.Document + " " + q.From + "-to-" + q.To }

// A law of the documents holds for every trial of a sample, or returns how it is
// broken.
type documentLaw struct {
	name string
	law  func(t *testing.T, g *document.Gateway, s sample, x *trial) error
}

var documentLaws = []documentLaw{
	{"1 and 2: there and back with the residue", returned},
	{"3: without it, the difference is what the ledgers declare", declaredBack},
	{"4: stable after one trip", settled},
	{"5: conservation, and nothing invented", accounted},
	{"5: the auditor passes it again", passedAgain},
	{"5: what is generated is of the known kinds", generatedKinds},
	{"5: references lead somewhere", resolved},
	{"plain comes back whole without the residue", whole},
	{"what is attached is the hub document", attachedWhole},
	{"JSON to XML to JSON is the same", throughXML},
	{"FHIR given as XML is translated as the same in JSON", givenAsXML},
}

// Laws 1 to 5 for the medication list, the health check and the plain condition
// record, and the XML of FHIR: every sample in every direction that is offered.
func TestDocumentLaws(t *testing.T) {
	g := gateway(t, unregistered)
	all := documentCorpus(t)
	count := offeredDirections()
	t.Run("shards", func(t *testing.T) {
		for shard := range shards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				for i := shard; i < len(all); i += shards {
					for _, q := range all[i].requests() {
						tryLaws(t, g, all[i], q, count)
					}
				}
			})
		}
	})
	for _, name := range count.names {
		tried, refused := count.tried[name].Load(), count.refused[name].Load()
		t.Logf("%-44s %4d translated, %3d refused", name, tried, refused)
		if tried == 0 {
			t.Errorf("%s: not once translated", name)
		}
	}
	t.Logf("%d documents", len(all))
}

func tryLaws(t *testing.T, g *document.Gateway, s sample, q document.Request, count *directions) {
	name := s.caption(q)
	r, err := ventured(g, s.text, q)
	if err != nil {
		count.refused[directionOf(q)].Add(1)
		if err := wanting(err); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s.derived && !s.lacking && !refusable(q) {
			t.Errorf("%s: a document of ours is refused: %v", name, err)
		}
		return
	}
	count.tried[directionOf(q)].Add(1)
	x := &trial{name: name, q: q, result: r, source: scanned(t, s.text), target: scanned(t, string(r.Output))}
	for _, l := range documentLaws {
		if err := l.law(t, g, s, x); err != nil {
			t.Errorf("law %s: %s: %v", l.name, name, err)
		}
	}
}

// refusable tells the forms that do not take every document of ours: a message
// of measurements wants measurements, a section that may go to the social side
// something that may; a correspondence that is private as a whole does not go there
// at all.
func refusable(q document.Request) bool {
	return q.Document == document.Korrespondance && q.To == "plain" || q.To == "hco" || q.To == "ffb" || q.To == "carecommunication" || q.To == "fsiii"
}

// returned: back(forward(s)) = s when the residue travels: JSON leaf for leaf
// and key for key, XML to the byte.
func returned(t *testing.T, g *document.Gateway, s sample, x *trial) error {
	back, err := ventured(g, string(x.result.Output), document.Request{From: x.q.To, To: x.q.From, Residue: string(x.result.Residue)})
	if err != nil {
		return err
	}
	want := s.text
	if !x.source.XML() {
		want = string(x.source.Append(nil, x.source.Root()))
	}
	if string(back.Output) != want {
		return errors.New("the original did not come back")
	}
	return sound(string(x.result.Output), back)
}

// twoWay reports whether a document is read from the form it was translated to,
// and written to the one it was translated from.
func twoWay(q document.Request) bool {
	return offersRead(q.Document, q.To) && slices.ContainsFunc(document.Offers(), func(o document.Offer) bool {
		return o.Document == q.Document && o.Form == q.From && o.Write == ""
	})
}

// onward asks for the way back, without the residue.
func onward(q document.Request) document.Request {
	q.From, q.To, q.WithResidue = q.To, q.From, false
	return q
}

func declaredBack(_ *testing.T, g *document.Gateway, _ sample, x *trial) error {
	if !twoWay(x.q) {
		return nil
	}
	back, err := ventured(g, string(x.result.Output), onward(x.q))
	if err != nil {
		if refusable(onward(x.q)) || !x.result.Ledger.Conformance.Met {
			return wanting(err)
		}
		return fmt.Errorf("the way back: %w", err)
	}
	returned, err := tree.Read(string(back.Output), tree.Limits{})
	if err != nil {
		return err
	}
	return compareReturn(x, returned, back.Ledger, true)
}

// settled: what came back translates to the very same document once more; what
// the first trip lost or spelled otherwise, the second leaves as it is.
func settled(_ *testing.T, g *document.Gateway, s sample, x *trial) error {
	again, err := ventured(g, s.text, x.q)
	if err != nil {
		return err
	}
	if string(again.Output) != string(x.result.Output) || string(again.Residue) != string(x.result.Residue) {
		return errors.New("the same document gave another one")
	}
	if !twoWay(x.q) {
		return nil
	}
	text, lacking := string(x.result.Output), !x.result.Ledger.Conformance.Met
	var trips []string
	q := onward(x.q)
	round := 3 // back, there, back
	if x.q.Document == document.Henvisning || x.q.Document == document.Korrespondance && x.q.From == "carecommunication" {
		// The first trip adds the other side's codes to the conditions of a referral; of
		// a correspondence it adds the parties that the caller gives, in place of those
		// that the document has not by their numbers.
		round = 5
	}
	for range round {
		r, err := ventured(g, text, q)
		if err != nil {
			if refusable(q) || lacking {
				return wanting(err)
			}
			return fmt.Errorf("%s-to-%s of our own: %w", q.From, q.To, err)
		}
		text, lacking = string(r.Output), !r.Ledger.Conformance.Met
		trips = append(trips, text)
		q = onward(q)
	}
	if a, b := essenceOf(trips[round-3]), essenceOf(trips[round-1]); a != b {
		return fmt.Errorf("the second trip gave another document: %s", firstDifference(a, b))
	}
	return nil
}

// accounted is law 5 as conserved says it, but for the values of constants:
// TestDocumentNamesNobody says that none holds a value of the document.
func accounted(_ *testing.T, _ *document.Gateway, _ sample, x *trial) error {
	return balanced(x, func(o ledger.Origin, _ string) error {
		if o.Rule == "" {
			return fmt.Errorf("%s is stated by no rule", o.Path)
		}
		return nil
	})
}

// whole: the plain form is ours, and the hub has a place for all that it can say.
func whole(_ *testing.T, g *document.Gateway, s sample, x *trial) error {
	if x.q.From != "plain" || x.q.To != document.FHIR {
		return nil
	}
	back, err := ventured(g, string(x.result.Output), onward(x.q))
	if err != nil {
		return err
	}
	for _, l := range back.Ledger.Lines() {
		if l.Fate == ledger.Residue.String() && strings.Contains(l.Reason, "privatmarkeret") {
			return nil // what is private comes back with the residue alone
		}
	}
	source, output := growText(s.text), growText(string(back.Output))
	if x.q.Document == document.Henvisning {
		output.without(source)
	}
	if x.q.Document == document.Korrespondance {
		output.asSaid(source)
	}
	was, is := (&essence{names: map[string]string{}}).of(source), (&essence{names: map[string]string{}}).of(output)
	if was != is {
		return fmt.Errorf("it came back another: %s", firstDifference(was, is))
	}
	return nil
}

// without takes the codes and grades out of the conditions of a referral that the
// gateway has added to those of the source: it adds them at the end.
func (v *value) without(source *value) {
	for _, name := range []string{"tilstande", "aarsagstilstande"} {
		was, is := source.member(name), v.member(name)
		if was == nil || is == nil {
			continue
		}
		for i := range min(len(was.kids), len(is.kids)) {
			told, came := was.kids[i].member("koder"), is.kids[i].member("koder")
			if told != nil && came != nil && len(came.kids) > len(told.kids) {
				came.kids = came.kids[:len(told.kids)]
			}
			if told != nil && came != nil {
				for j := range min(len(told.kids), len(came.kids)) {
					if told.kids[j].member("valgt") == nil { // the gateway says which were the sender's
						came.kids[j].kids = slices.DeleteFunc(came.kids[j].kids, func(k *value) bool { return k.key == "valgt" })
					}
				}
			}
			grades := was.kids[i].member("niveau")
			if came = is.kids[i].member("niveau"); came == nil || grades == nil {
				continue
			}
			came.kids = slices.DeleteFunc(came.kids, func(k *value) bool { return grades.member(k.key) == nil })
		}
	}
}

// member is the member of an object by a name, nil if it has none.
func (v *value) member(name string) *value {
	for _, k := range v.kids {
		if k.key == name {
			return k
		}
	}
	return nil
}

// attachedWhole: a message carries the hub document to the byte, and a section
// one that translates like it.
func attachedWhole(_ *testing.T, g *document.Gateway, s sample, x *trial) error {
	if !attaching[x.q.To] || x.q.Document == document.Tilstande || x.q.Document == document.Korrespondance {
		return nil // a correspondence is the message itself
	}
	hub := string(x.source.Append(nil, x.source.Root()))
	if x.q.From != document.FHIR {
		q := x.q
		q.To = document.FHIR
		r, err := ventured(g, s.text, q)
		if err != nil {
			return err
		}
		hub = string(r.Output)
	}
	found, err := 0, error(nil)
	d := x.target
	for n := range tree.ID(d.Len()) {
		if d.Key(n) != "contentType" || d.Text(n) != "application/fhir+json" {
			continue
		}
		text, fault := base64.StdEncoding.DecodeString(d.Text(d.Child(d.Parent(n), "data")))
		if fault != nil {
			return fault
		}
		if x.q.To == "carecommunication" && string(text) != hub {
			return fmt.Errorf("%s is another document than the hub's: %s", d.Path(n), firstDifference(hub, string(text)))
		}
		q := x.q
		q.From, q.To = document.FHIR, "fsiii"
		_, err = ventured(g, string(text), q)
		found++
	}
	if found != 1 {
		return fmt.Errorf("%d documents are attached", found)
	}
	if err != nil {
		return fmt.Errorf("what is attached: %w", err)
	}
	return nil
}

func passedAgain(_ *testing.T, _ *document.Gateway, s sample, x *trial) error {
	return sound(s.text, x.result)
}

// ofTheDocument are the elements of which the value may be made for the document,
// of no one leaf of the source: ids and what refers by them, texts for people,
// the attached original and its hash, the moment of a message, how many of a kind
// there are, and of an attachment which document it is and where it stands, and of a letter its
// number, its parties as the caller names them, and what is told in its sections.
var ofTheDocument = regexp.MustCompile(`^Emessage\.(Envelope|[A-Za-z]+\.Letter)\.(Identifier|Sent\.Date|Sent\.Time)$|` +
	`^Emessage\.[A-Za-z]+\.((Sender|Receiver)\.(EANIdentifier|OrganisationName)|(RelevantClinicalInformation|AdditionalInformation)\..+)$|` +
	`\.(id|fullUrl|reference|div|data|display|title|description|text|payload\[\d+\]\.contentString|` +
	`endpoint|recorded|occurredDateTime|timestamp|sent|created|creation|date|contentString|value|valueString|valueUnsignedInt|size|hash|valueUri|valueDateTime|valueReference|tomAarsagTekst|linkId|frequency|count|gange|gangeIAlt|antalTilbageholdt|efterBesked|bilag\[\d+\]\.dokument|person\.navn|oevrigt\[\d+\]\.vaerdi)$`)

func generatedKinds(_ *testing.T, _ *document.Gateway, _ sample, x *trial) error {
	for _, o := range x.result.Ledger.Origins() {
		if o.From == ledger.FromGenerated && !ofTheDocument.MatchString(o.Path) {
			return fmt.Errorf("%s is generated, by %s", o.Path, o.Rule)
		}
	}
	return nil
}

// resolved: in a Bundle of ours no two resources go by one URL, and every
// reference that was made for the document leads to one of them.
func resolved(_ *testing.T, _ *document.Gateway, _ sample, x *trial) error {
	d := x.target
	urls := map[string]bool{}
	for e := d.Find(d.Root(), "entry"); e != tree.None; e = d.Next(e) {
		url := d.Text(d.Child(e, "fullUrl"))
		if url == "" {
			continue
		}
		if urls[url] {
			return fmt.Errorf("%s: two resources with one fullUrl", d.Path(e))
		}
		urls[url] = true
	}
	if len(urls) == 0 {
		return nil
	}
	made := map[string]bool{}
	for _, o := range x.result.Ledger.Origins() {
		made[o.Path] = o.From != ledger.FromSource
	}
	var err error
	d.Walk(d.Root(), func(n tree.ID, path string) {
		if key := d.Key(n); err == nil && key == "reference" && strings.HasPrefix(d.Text(n), "urn:uuid:") && made[path] && !urls[d.Text(n)] {
			err = fmt.Errorf("%s leads nowhere", path)
		}
	})
	return err
}

// noXML is why a document of FHIR cannot be XML, nil where XML has no place or no
// character for what it holds.
func noXML(err error) error {
	if strings.Contains(err.Error(), "XML has no place for it") || strings.Contains(err.Error(), "a character that XML does not have") {
		return nil
	}
	return fmt.Errorf("to XML: %w", err)
}

// throughXML: what goes out in a form of FHIR can go as XML, and is the same
// when it is read again.
func throughXML(_ *testing.T, _ *document.Gateway, _ sample, x *trial) error {
	if x.q.To == "plain" || x.target.XML() {
		return nil
	}
	xml, err := fhirxml.ToXML(string(x.result.Output), tree.Limits{})
	if err != nil {
		return noXML(err)
	}
	json, err := fhirxml.ToJSON(string(xml), tree.Limits{})
	if err != nil {
		return fmt.Errorf("and back: %w", err)
	}
	was, is := growText(string(x.result.Output)).respelled().sorted(), growText(json).respelled().sorted()
	if was != is {
		return fmt.Errorf("it came back another: %s", firstDifference(was, is))
	}
	return nil
}

// givenAsXML: the same resource in the two syntaxes of FHIR has the same
// translation and the same ledger.
func givenAsXML(_ *testing.T, g *document.Gateway, s sample, x *trial) error {
	if x.source.XML() || x.q.From == "plain" {
		return nil
	}
	xml, err := fhirxml.ToXML(s.text, tree.Limits{})
	if err != nil {
		return noXML(err)
	}
	other, err := ventured(g, string(xml), x.q)
	if err != nil {
		return err
	}
	if a, b := essenceOf(string(x.result.Output)), essenceOf(string(other.Output)); a != b {
		return fmt.Errorf("the output is another one: %s", firstDifference(a, b))
	}
	if was, is := linesOf(x.result.Ledger), linesOf(other.Ledger); !reflect.DeepEqual(was, is) {
		return fmt.Errorf("the ledger is another one: %s", differing(was, is))
	}
	return nil
}

func firstDifference(a, b string) string {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	from := max(0, at-60)
	return fmt.Sprintf("…%s… and …%s…", a[from:min(len(a), at+60)], b[from:min(len(b), at+60)])
}
