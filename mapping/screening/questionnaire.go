package screening

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// Answer is what a question of the form is answered with, by the code: yes and
// no of HL7 v2, and asked-unknown (http://hl7.org/fhir/R4/valueset-yesnodontknow.html).
// The zero value is no answer.
type Answer string

// The answers.
const (
	Yes      Answer = "Y"
	No       Answer = "N"
	DontKnow Answer = "asked-unknown"
)

const (
	yesNo  = "http://terminology.hl7.org/CodeSystem/v2-0136"
	absent = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
)

// Options lists the answers as they are offered, and as they are written in a
// response: ja, nej, ved ikke. The code of each is its Answer.
func Options() []mapping.Coding {
	return []mapping.Coding{
		{System: yesNo, Code: string(Yes), Display: "Ja"},
		{System: yesNo, Code: string(No), Display: "Nej"},
		{System: absent, Code: string(DontKnow), Display: "Ved ikke"},
	}
}

// Questionnaire writes the form as a FHIR R4 Questionnaire in Danish, with
// English beside each text (extension translation). The concepts are looked up:
// a code or a display that the code systems do not have is an error, and no
// form is given.
func Questionnaire(terms *terminology.Terminology) (string, error) {
	f, err := load()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(`{"resourceType":"Questionnaire","id":"` + ID + `","language":"da","url":"` + URL + `","version":"` + Version + `","name":"` + Name + `"`)
	words(&b, "title", Title, "What the health agent observed")
	b.WriteString(`,"status":"active","experimental":false,"subjectType":["Patient"],"publisher":"tolk"`)
	words(&b, "description",
		"Udfyldes af en pædagog før et sundhedstjek, ud fra hverdagen. Svarene er iagttagelser: en sygeplejerske eller en socialfaglig medarbejder vurderer dem, før noget bliver en tilstand.",
		"Filled in by a pedagogue before a health check, from daily life. The answers are observations: a nurse or a social worker assesses them before anything becomes a condition.")
	b.WriteString(`,"item":[`)
	for i, r := range f.rows {
		if i > 0 {
			b.WriteByte(',')
		}
		switch r.kind {
		case "part":
			begin(&b, r.key, "display", r.display+". "+r.text, r.displayEnglish+". "+r.textEnglish)
			b.WriteByte('}')
		case "topic":
			if err := writeTopic(&b, r, terms); err != nil {
				return "", err
			}
		case "remark":
			begin(&b, r.key, "text", r.text, r.textEnglish)
			b.WriteByte('}')
		}
	}
	b.WriteString("]}")
	return b.String(), nil
}

// writeTopic writes the group of a topic: what to do at once, whether it was
// observed, and, if it was, what and since when.
func writeTopic(b *strings.Builder, r row, terms *terminology.Terminology) error {
	e, err := concept(r, terms)
	if err != nil {
		return err
	}
	begin(b, r.key, "group", r.display, r.displayEnglish)
	if r.system == mapping.FSIII { // the number of the area tells two Kommunikation apart
		b.WriteString(`,"prefix":` + tree.Quote(r.key))
	}
	if e != nil {
		b.WriteString(`,"code":[{"system":` + tree.Quote(e.System) + `,"code":` + tree.Quote(e.Code) + `,"display":` + tree.Quote(e.Display) + `}]`)
	}
	b.WriteString(`,"item":[`)
	if r.note != "" { // shown before the question, whatever is answered
		begin(b, r.key+"."+atOnce, "display", r.note, r.noteEnglish)
		b.WriteString("},")
	}
	begin(b, r.key+"."+Observed, "choice", r.text, r.textEnglish)
	b.WriteString(`,"required":true,"repeats":false,"answerOption":[`)
	for i, o := range Options() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"valueCoding":` + coding(o) + `}`)
	}
	b.WriteString("]},")
	detail(b, r.key, Description, "text", "Hvad har du set eller hørt?", "What have you seen or heard?")
	b.WriteByte(',')
	detail(b, r.key, Since, "date", "Hvornår så du det første gang? Skriv måneden eller året, hvis du ikke ved dagen.",
		"When did you first see it? Give the month or the year if you do not know the day.")
	b.WriteString("]}")
	return nil
}

// detail writes an item that is there only when the topic was observed.
func detail(b *strings.Builder, key, asks, kind, text, english string) {
	begin(b, key+"."+asks, kind, text, english)
	b.WriteString(`,"enableWhen":[{"question":` + tree.Quote(key+"."+Observed) + `,"operator":"=","answerCoding":` + coding(Options()[0]) + `}]}`)
}

func coding(c mapping.Coding) string {
	return `{"system":"` + c.System + `","code":"` + c.Code + `","display":` + tree.Quote(c.Display) + `}`
}

// begin opens an item; the caller closes it.
func begin(b *strings.Builder, linkID, kind, text, english string) {
	b.WriteString(`{"linkId":` + tree.Quote(linkID))
	words(b, "text", text, english)
	b.WriteString(`,"type":"` + kind + `"`)
}

// words writes a text member and its English translation.
func words(b *strings.Builder, name, text, english string) {
	b.WriteString(`,"` + name + `":` + tree.Quote(text) + `,"_` + name +
		`":{"extension":[{"extension":[{"url":"lang","valueCode":"en"},{"url":"content","valueString":` + tree.Quote(english) +
		`}],"url":"http://hl7.org/fhir/StructureDefinition/translation"}]}`)
}

// concept finds the concept of a topic, nil where it has none.
func concept(r row, terms *terminology.Terminology) (*terminology.Entry, error) {
	if r.system == "" && r.code == "" {
		return nil, nil
	}
	e, ok := terms.Lookup(r.system, r.code)
	if !ok || e.Code != r.code || e.Display != r.display {
		return nil, &mapping.Error{Kind: mapping.Exception, Path: "form.csv", Message: r.key + ": its code and display are not those of its code system"}
	}
	return e, nil
}
