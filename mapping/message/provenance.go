package message

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// activities are the acts of a message (CodeSystem
// medcom-messaging-activityCodes): an acknowledgement repeats the code, and so it
// is one of these.
var activities = []string{"new-message", "forward-message", "reply-message", "retract-message", "modified-message",
	"carboncopy-message", "acknowledgement",
	"admit-emergency", "revise-admit-emergency", "cancel-admit-emergency",
	"admit-inpatient", "revise-admit-inpatient", "cancel-admit-inpatient",
	"start-leave-inpatient", "revise-start-leave-inpatient", "cancel-start-leave-inpatient",
	"end-leave-inpatient", "revise-end-leave-inpatient", "cancel-end-leave-inpatient",
	"discharge-emergency-home", "revise-discharge-emergency-home", "cancel-discharge-emergency-home",
	"discharge-inpatient-home", "revise-discharge-inpatient-home", "cancel-discharge-inpatient-home"}

// What a message may not have two of: nobody could say which of them counts.
const (
	secondProvenance = "a second Provenance of this message; expected one, which says what it does"
	secondAct        = "a second act; expected one coding"
)

// provenances checks the chain of acts (medcom-messaging-provenance 4.0.2): at
// least one, and one whose target is the header of this message. Without it
// nobody knows whether the message is new, a correction or taken back.
func (r *reader) provenances() {
	var own *bundle.Entry
	for _, e := range r.Entries {
		if e.Type != "Provenance" {
			continue
		}
		act, target := r.provenance(e.Node)
		if target != r.header {
			continue
		}
		if own != nil {
			r.fail(mapping.Invalid, e.Node, "", secondProvenance, none)
			continue
		}
		own, r.m.Act = e, act
	}
	if own == nil {
		r.fail(mapping.Required, r.Root(), ".entry", "expected a Provenance whose target is the MessageHeader", none)
	}
}

// provenance reads one act, and the message of the Bundle that it is about, nil
// if that is an earlier one.
func (r *reader) provenance(p tree.ID) (*Act, *bundle.Entry) {
	var target *bundle.Entry
	list := r.member(p, "target", tree.Array, none)
	for reference := range r.Each(list) {
		if reference != r.First(list) {
			r.fail(mapping.Invalid, reference, "", "a second target; a Provenance is about one message", none)
			break
		}
		target = r.earlier(reference)
	}
	a := &Act{
		Occurred: r.value(p, "occurredDateTime", none, datatypeWrong, lens.DateTime),
		Recorded: r.value(p, "recorded", none, datatypeWrong, lens.Instant),
		Code:     r.activity(p),
	}
	for agent := range r.Each(r.member(p, "agent", tree.Array, none)) {
		if who := r.member(agent, "who", tree.Object, none); who != tree.None {
			r.follow(who, "Organization", none)
		}
	}
	for e := range r.All(p, "entity") {
		role := r.value(e, "role", none, notInValueSet, some)
		what := r.member(e, "what", tree.Object, none)
		if what == tree.None || role == "source" {
			continue
		}
		if before := r.before(what); before != (Reference{}) {
			a.Answers = before
		}
	}
	return a, target
}

// earlier follows a reference to a message of the thread: in the Bundle is only
// the newest, nil for any other.
func (r *reader) earlier(reference tree.ID) *bundle.Entry {
	r.followed[reference] = true
	r.member(reference, "reference", tree.String, none)
	return r.Follow(reference)
}

// activity returns what the message does.
func (r *reader) activity(p tree.ID) string {
	concept := r.member(p, "activity", tree.Object, none)
	if concept == tree.None {
		return ""
	}
	list := r.member(concept, "coding", tree.Array, none)
	if list == tree.None {
		return ""
	}
	coding := r.First(list)
	if second := r.Next(coding); second != tree.None {
		r.fail(mapping.Invalid, second, "", secondAct, none)
	}
	r.value(coding, "system", none, notInCodeSystem, func(text string) (string, error) {
		if text != activityCodes {
			return "", &mapping.Error{Kind: mapping.CodeInvalid, Message: "expected " + activityCodes}
		}
		return text, nil
	})
	return r.value(coding, "code", none, notInValueSet, func(text string) (string, error) {
		if !slices.Contains(activities, text) {
			return "", &mapping.Error{Kind: mapping.CodeInvalid, Message: "expected an act of MedCom's, as new-message or reply-message (" + activityCodes + ")"}
		}
		return text, nil
	})
}

// before reads which message this one follows: FHIR's by the reference, an
// EDIFACT or OIOXML letter by an identifier.
func (r *reader) before(what tree.ID) Reference {
	r.followed[what] = true
	if text := r.Text(r.Child(what, "reference")); text != "" {
		return Reference{Header: text[strings.LastIndexAny(text, "/:")+1:]}
	}
	text := r.Text(r.Find(what, "identifier", "value"))
	if text == "" {
		r.fail(mapping.Required, what, "", "expected the message before it, as a reference or an identifier", none)
		return Reference{}
	}
	return ReadLetter(text)
}

// ReadLetter reads the name of an EDIFACT or OIOXML message. MedCom's example
// writes the letter first and then the location number of its sender
// (letter#number), its profile says the reverse: both are read, and told apart
// by which of them can be a location number.
func ReadLetter(text string) Reference {
	left, right, ok := strings.Cut(text, "#")
	if !ok {
		return Reference{Letter: text}
	}
	if _, err := lens.GLN(right); err == nil {
		return Reference{Letter: left, GLN: right}
	}
	if _, err := lens.GLN(left); err == nil {
		return Reference{Letter: right, GLN: left}
	}
	return Reference{Letter: text}
}
