package main

import (
	"fmt"
	"regexp"
	"strings"

	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// What may change in the output when a leaf is deleted.
//
// A leaf of the output that comes from a leaf of the source stays as it is,
// unless it comes from the deleted leaf, from one that stands in the same object
// or goes to the same: a unit without its quantity is no fact. What hangs on a leaf that
// decides (what kind of resource it is, what it is called, what refers to it,
// which code it is) may change with it in all that the document says.
//
// A leaf that a rule states or that is made for the document changes only in a
// resource that something of that object goes to, and besides: texts for people
// (narratives, the lines of a message or section, the title), ids and what
// refers by them, the attached original or document, and its hash.

// decides matches the leaves of all forms on which more hangs than themselves.
var decides = regexp.MustCompile(`(` + deciding.String() + `|\.(type|contentType|mode|family|given|given\[\d+\]|` +
	`dokument|version|cpr|xecpr|decpr|hvad|navn|status|oprindelse|ordinationsId|omraade|id|linkId|questionnaire|note\[\d+\]\.extension\[\d+\]\.valueCode|` +
	`PeriodType|DosageType|Schedule|Frequency|IterationInterval|Index|PrivateDrugMedication\.Identifier|PersonName|Envelope\.Sent\.(Date|Time)|` +
	`recipient\[\d+\]\.extension\[\d+\]\.valueCode)$)`)

// aboutPeople matches texts that are made for people, and what is derived.
var aboutPeople = regexp.MustCompile(`\.(div|data|id|fullUrl|reference|contentString|description|title|text|display|valueString|hash|size|endpoint)$`)

// prose are the sections of a letter in which what has no element is told.
var prose = regexp.MustCompile(`^Emessage\.[A-Za-z]+\.(RelevantClinicalInformation|AdditionalInformation)\.`)

// inText is a piece of the text of a section, between two breaks.
var inText = regexp.MustCompile(prose.String() + `[A-Za-z]+(\[\d+\])?\.text\(\)(\[\d+\])?$|\.HospitalVisitation(\[\d+\])?\.Information\.text\(\)(\[\d+\])?$`)

// dropped checks what a deletion changed.
func (m *bred) dropped() error {
	if decides.MatchString(m.path) || m.q.From != "fmk" && m.decidesAsAWhole(linesOf(m.base.result.Ledger)) {
		return nil // the other laws hold of it
	}
	if m.reenveloped() {
		return nil
	}
	if m.q.Document == document.Tilstande && m.q.From == "plain" && m.q.To != document.FHIR {
		return nil // what hangs on what in a condition record, deleted says
	}
	if m.q.To == "carecommunication" && m.base.bundleType() != m.trial.bundleType() {
		return nil // a message needs it: without it a collection is sent
	}
	parent := above(m.path)
	mention := m.mentions()
	if whole := mention.FindString(m.path); whole != "" {
		parent = whole // people are one where they are the same to the letter
	}
	was, is := m.base.origins(parent, mention), m.trial.origins(parent, mention)
	touched := m.touched(parent)
	beside := map[string]bool{}
	for _, target := range linesOf(m.base.result.Ledger)[m.path].Target {
		beside[member(element(target))] = true
	}
	for _, p := range differences(was.leaves, is.leaves) {
		switch {
		case beside[member(p.element)]:
		case mention.MatchString(m.path) && strings.HasPrefix(p.from, mentioned):
		case strings.HasSuffix(p.element, ".meta.profile"): // what is met with it
		case m.q.To == "xref01" && prose.MatchString(p.element): // the lines of a section stand in one text
		case p.from != "":
			return fmt.Errorf("%s, of %s, changed as well", p.element, p.from)
		case aboutPeople.MatchString(p.element):
		case (m.q.From == "fmk" && strings.Contains(m.path, ".Dosage") || strings.HasSuffix(m.path, ".ufuldstaendig")) && incompleteness.MatchString(p.element):
		case strings.HasSuffix(m.path, ".privatmarkeret") && strings.Contains(p.element, ".meta.security."): // so is what holds it
		case mention.MatchString(m.path) && (people.MatchString(p.place) || assigner.MatchString(p.element)):
		case m.q.To == "hco" && people.MatchString(p.place): // who measured goes only with what was measured
		case touched[p.place] || touched[""]:
		default:
			return fmt.Errorf("%s, of a rule, changed in a resource that nothing of it goes to: %s", p.element, p.place)
		}
	}
	return nil
}

// reenveloped reports whether a mutant is a message and its document not, or the
// other way round: a message is one as a whole, and what is none claims no profile.
func (m *bred) reenveloped() bool {
	return (m.q.Document == document.Korrespondance || m.q.To == "carecommunication") && m.base.envelope() != m.trial.envelope()
}

// envelope tells whether a Bundle is a message, and whether it has a header.
func (x *trial) envelope() string {
	d := x.target
	return d.Text(d.Child(d.Root(), "type")) + " " + d.Text(d.Find(d.Root(), "entry", "resource", "resourceType"))
}

// bundleType is what kind of Bundle came out.
func (x *trial) bundleType() string { return x.target.Text(x.target.Child(x.target.Root(), "type")) }

// people matches the resources that mentions of people become.
var people = regexp.MustCompile(`PractitionerRole|Practitioner|RelatedPerson|Organization`)

// assigner is where a segment says whom its author writes for: MedCom takes a
// reference only to an organisation with a SOR number.
var assigner = regexp.MustCompile(`\.payload\.extension\.valueIdentifier\.assigner\.`)

// incompleteness matches where a document says that a structured dosage is
// incomplete, and where it counts the doses that are alike.
var incompleteness = regexp.MustCompile(`\.extension\.(url|valueBoolean)$|\.ufuldstaendig$|\.gange$|\.timing\.repeat\.frequency$`)

// above is the path of what an element stands in.
func above(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

// member is the element of a resource that a leaf is in, or what it stands in
// elsewhere.
func member(path string) string {
	if m := resourceMember.FindString(path); m != "" {
		return m
	}
	return above(path)
}

var resourceMember = regexp.MustCompile(`^(Bundle\.entry\.resource\.[A-Za-z]+|\$this\.[a-z]+\.[A-Za-z]+)`)

// descent is a leaf of an output by where it comes from and what it is: what can
// be compared where places in arrays have shifted.
type descent struct{ from, place, element, raw string }

type descents struct{ leaves map[descent]int }

// mentioned begins where a leaf comes from that is told of somebody: two mentions
// that say the same are one, told from the one that stands first in the output.
const mentioned = "a mention"

// origins counts the leaves of an output, but for those that come from the
// object at parent. What is told of somebody counts wherever it comes from: without
// that object, another mention may be the first.
func (x *trial) origins(parent string, mention *regexp.Regexp) descents {
	d := descents{map[descent]int{}}
	masked := &essence{masked: true}
	values := leavesOf(x.target)
	for _, o := range x.result.Ledger.Origins() {
		from, place := mention.ReplaceAllLiteralString(strings.TrimSuffix(element(o.Source), ".text()"), mentioned), ""
		if o.From == ledger.FromSource && atOrBelow(o.Source, parent) && (mention.MatchString(parent) || !strings.HasPrefix(from, mentioned)) {
			continue
		}
		if o.From != ledger.FromSource {
			place = kindAt(values, o.Path)
		}
		raw := values[o.Path]
		if x.target.XML() {
			raw = tree.Quote(raw)
		}
		if strings.HasPrefix(raw, `"`) {
			raw = masked.leaf(&value{}, &value{raw: raw, key: o.Path[strings.LastIndexByte(o.Path, '.')+1:]})
		}
		d.leaves[descent{from, place, element(o.Path), raw}]++
	}
	return d
}

// atOrBelow reports whether a path is at or below another.
func atOrBelow(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// kindAt is the type of the resource that a leaf of an output stands in.
func kindAt(values map[string]string, path string) string {
	entry := entryPath.FindString(path)
	return values[entry+".resource.resourceType"]
}

// touched lists the types of resource that something of the object at parent
// goes to, before or after; "" where that is no resource of a Bundle.
func (m *bred) touched(parent string) map[string]bool {
	all := map[string]bool{}
	for _, x := range []*trial{m.base, m.trial} {
		values := leavesOf(x.target)
		for _, o := range x.result.Ledger.Origins() {
			if o.From == ledger.FromSource && atOrBelow(o.Source, parent) {
				all[kindAt(values, o.Path)] = true
			}
		}
	}
	return all
}

func differences(was, is map[descent]int) []descent {
	var all []descent
	for p, n := range was {
		if is[p] != n {
			all = append(all, p)
		}
	}
	for p := range is {
		if _, ok := was[p]; !ok {
			all = append(all, p)
		}
	}
	return all
}
