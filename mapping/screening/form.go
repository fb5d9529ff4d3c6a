// Package screening holds the form in which a sundhedsagent (a pedagogue trained
// to notice health problems) tells what was seen in daily life, and reads the
// answers. From an answer conditions are proposed to a person, never asserted:
// an observation is no assessment.
//
// It also reads the questionnaires of KL's tools for early detection (WHO-5 and
// EQ-5D), whose wording and scoring are others' and are left as they are.
package screening

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tolk/mapping"
)

// The form, as a canonical. The meaning of an answer belongs to a version:
// another wording of a question is another version.
const (
	URL       = "urn:tolk:Questionnaire:sundhedsagent"
	Version   = "1.0.0"
	Canonical = URL + "|" + Version
	ID        = "sundhedsagent"
	Name      = "Sundhedsagent"
	Title     = "Sundhedsagentens iagttagelser"
)

// What an item of a topic asks is the last part of its linkId: I3.observeret.
const (
	Observed    = "observeret"  // choice: was it observed
	Description = "beskrivelse" // text: what was seen
	Since       = "siden"       // date: since when
	atOnce      = "straks"      // display: whom to contact at once
)

// Topic is one subject of the form: an area of nursing in FSIII, a theme of FFB,
// or something that cannot wait. Its Key is the linkId of its group.
type Topic struct {
	Key string
	// System, Code and Display are its concept; all but Display are empty where
	// neither code system has one.
	System, Code, Display string
	Question              string // to the pedagogue, in Danish
	// Urgent says that it cannot wait for anybody to read the form. Nothing is
	// proposed from it: it is told, by Response.Urgent.
	Urgent bool
}

// LinkID is the linkId of one of the topic's items: Observed, Description or
// Since.
func (t Topic) LinkID(item string) string { return t.Key + "." + item }

//go:embed form.csv
var table string

var columns = []string{"kind", "key", "system", "code", "display", "text", "note", "display_en", "text_en", "note_en"}

// row is a line of form.csv: the heading of a part, a topic, or a remark in the
// respondent's own words. The _en columns say the same in English. Topics stand
// at the top of a response, not in parts: parts are for the eye.
type row struct {
	kind, key, system, code                  string
	display, text, note                      string
	displayEnglish, textEnglish, noteEnglish string
}

// item is a place in the form: what its linkId means.
type item struct {
	topic  int    // in rows
	asks   string // Observed, Description, Since; "" for a group, a display and a remark
	kind   string // the type of FHIR's item
	parent string // the linkId above, "" at the top
}

// form is the table and what its linkIds mean.
type form struct {
	rows  []row
	items map[string]item
}

// load reads the table once. It is embedded, and a test loads it: an error is a
// bug of ours.
var load = sync.OnceValues(func() (*form, error) { return parse(table) })

// parse reads a table of the form.
func parse(text string) (*form, error) {
	bad := func(line int, message string) (*form, error) {
		return nil, &mapping.Error{Kind: mapping.Exception, Path: "form.csv:" + strconv.Itoa(line), Message: message}
	}
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(records) == 0 || !slices.Equal(records[0], columns) {
		return bad(1, "expected csv with the columns "+strings.Join(columns, ","))
	}
	f := &form{items: map[string]item{}}
	for i, c := range records[1:] {
		r := row{c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9]}
		f.rows = append(f.rows, r)
		var added bool
		switch {
		case r.key == "" || r.text == "":
			return bad(i+2, "key and text are required")
		case r.kind == "part":
			added = f.add(r.key, item{i, "", "display", ""})
		case r.kind == "topic" && r.note == "" && (r.system == "" || r.code == ""):
			return bad(i+2, "a topic that is not urgent needs its concept: conditions are proposed from what stands under it")
		case r.kind == "topic":
			added = f.add(r.key, item{i, "", "group", ""}) &&
				f.add(r.key+"."+Observed, item{i, Observed, "choice", r.key}) &&
				f.add(r.key+"."+Description, item{i, Description, "text", r.key}) &&
				f.add(r.key+"."+Since, item{i, Since, "date", r.key}) &&
				(r.note == "" || f.add(r.key+"."+atOnce, item{i, "", "display", r.key}))
		case r.kind == "remark":
			added = f.add(r.key, item{i, "", "text", ""})
		default:
			return bad(i+2, "kind: accepted: part, topic, remark")
		}
		if !added {
			return bad(i+2, "a linkId of it is there already")
		}
	}
	return f, nil
}

// add gives a linkId its meaning, unless it has one.
func (f *form) add(linkID string, it item) bool {
	_, there := f.items[linkID]
	f.items[linkID] = it
	return !there
}

func (r row) topic() Topic {
	return Topic{Key: r.key, System: r.system, Code: r.code, Display: r.display, Question: r.text, Urgent: r.note != ""}
}

// Topics lists the topics in the order of the form, so that an answer that comes
// in another shape can be given its linkId.
func Topics() ([]Topic, error) {
	f, err := load()
	if err != nil {
		return nil, err
	}
	var all []Topic
	for _, r := range f.rows {
		if r.kind == "topic" {
			all = append(all, r.topic())
		}
	}
	return all, nil
}
