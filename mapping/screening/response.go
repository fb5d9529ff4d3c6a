package screening

import (
	"slices"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// Finding is what was answered about one topic.
type Finding struct {
	Topic
	Answer Answer
	Path   string // of the answer that was read
	// Description and Since are the answers to what was seen and since when;
	// tree.None where they were not given.
	Description, Since tree.ID
}

// Response is a QuestionnaireResponse to the form, read.
type Response struct {
	ID       string
	Path     string
	Findings []Finding // of every topic, in the order of the form
	// Notices are what is not as the form has it: an unknown linkId, a missing
	// answer, an answer of another kind. Such an item is not read, and nothing is
	// proposed from it.
	Notices []*mapping.Error
}

// Read reads the QuestionnaireResponse at n. Where a topic is answered more than
// once, the answer that asks for most is read: yes, then don't know, then no.
//
// A resource of another type is Invalid, one that does not name its form is
// Required, and an answer to another form or to another version of this one is
// NotSupported: the same linkId may mean something else there. So is a response
// with a modifier that no rule here knows.
func Read(d *tree.Doc, n tree.ID) (*Response, error) {
	f, err := load()
	if err != nil {
		return nil, err
	}
	w := &walker{d: d}
	r := &Response{ID: d.Text(d.Child(n, "id")), Path: d.Path(n)}
	if err := head(w, n, r.Path, []string{URL}, Version); err != nil {
		return nil, err
	}
	if !strings.Contains(d.Text(d.Child(n, "questionnaire")), "|") {
		w.note(mapping.Required, r.Path+".questionnaire", "names no version; read as "+Canonical, "")
	}
	at := map[int]int{} // row → finding
	for i, row := range f.rows {
		if row.kind == "topic" {
			at[i] = len(r.Findings)
			r.Findings = append(r.Findings, Finding{Topic: row.topic(), Description: tree.None, Since: tree.None})
		}
	}
	seen := map[string]bool{}
	w.visit = func(it tree.ID, path, linkID, parent string) bool {
		known, ok := f.items[linkID]
		if !ok {
			w.note(mapping.Value, path+".linkId", "unknown in "+Canonical+"; the item is not read", linkID)
			return true
		}
		if known.parent != parent {
			w.note(mapping.Invalid, path, "stands elsewhere than in the form; it is read by its linkId", linkID)
		}
		if seen[linkID] {
			w.note(mapping.Invalid, path, "the linkId is there already; the answer that asks for most is read", linkID)
		}
		seen[linkID] = true
		if known.asks != "" {
			r.Findings[at[known.topic]].take(w, known.asks, it, path)
		}
		return true
	}
	w.items(n, r.Path, "")
	r.complete(w)
	r.Notices = w.found()
	return r, nil
}

// head checks what the response says of itself against the forms that are known.
func head(w *walker, n tree.ID, path string, urls []string, version string) error {
	d := w.d
	if d.Text(d.Child(n, "resourceType")) != "QuestionnaireResponse" {
		return &mapping.Error{Kind: mapping.Invalid, Path: path + ".resourceType", Message: "expected QuestionnaireResponse"}
	}
	for _, name := range []string{"modifierExtension", "implicitRules"} {
		if m := d.Child(n, name); m != tree.None && (name == "implicitRules" || !d.Leaf(m)) {
			return &mapping.Error{Kind: mapping.NotSupported, Path: path + "." + name, Message: "it may turn the meaning of the answers, and no rule knows it"}
		}
	}
	text := d.Text(d.Child(n, "questionnaire"))
	url, v, versioned := strings.Cut(text, "|")
	switch {
	case text == "":
		return &mapping.Error{Kind: mapping.Required, Path: path + ".questionnaire", Message: "required; accepted: " + strings.Join(urls, ", ")}
	case !slices.Contains(urls, url):
		return &mapping.Error{Kind: mapping.NotSupported, Path: path + ".questionnaire", Message: "another form; accepted: " + strings.Join(urls, ", "), Value: text}
	case versioned && v != version:
		return &mapping.Error{Kind: mapping.NotSupported, Path: path + ".questionnaire", Message: "another version of the form; accepted: " + url + "|" + version, Value: text}
	}
	switch status := d.Text(d.Child(n, "status")); status {
	case "completed", "amended":
	case "in-progress", "stopped":
		w.note(mapping.BusinessRule, path+".status", status+": the form is not finished", "")
	case "entered-in-error":
		return &mapping.Error{Kind: mapping.BusinessRule, Path: path + ".status", Message: "entered-in-error: its answers may not be used"}
	default:
		w.note(mapping.Required, path+".status", "expected in-progress, completed, amended, entered-in-error or stopped", status)
	}
	return nil
}

// weight orders the answers by what they ask for.
func (a Answer) weight() int { return slices.Index([]Answer{"", No, DontKnow, Yes}, a) }

// take reads the answers of one item of the topic.
func (f *Finding) take(w *walker, asks string, it tree.ID, path string) {
	answers := w.answers(it, path)
	if len(answers) > 1 {
		w.note(mapping.Invalid, path+".answer", "one answer is expected", "")
	}
	for _, a := range answers {
		switch asks {
		case Observed:
			c, ok := w.coding(a)
			if !ok {
				continue
			}
			if !slices.ContainsFunc(Options(), func(o mapping.Coding) bool { return o.System == c.System && o.Code == c.Code }) {
				w.note(mapping.CodeInvalid, a.path+".valueCoding", "accepted: "+yesNo+"#Y, "+yesNo+"#N, "+absent+"#asked-unknown", c.System+"#"+c.Code)
				continue
			}
			if answer := Answer(c.Code); answer.weight() > f.Answer.weight() {
				f.Answer, f.Path = answer, a.path+".valueCoding"
			}
		case Description:
			if v := w.text(a, "valueString"); v != tree.None {
				f.Description = v
			}
		case Since:
			v := w.text(a, "valueDate")
			if v == tree.None {
				continue
			}
			if !date(w.d.Text(v)) {
				w.note(mapping.Value, a.path+".valueDate", "expected a date of the calendar: 2026, 2026-11 or 2026-11-21", w.d.Text(v))
				continue
			}
			f.Since = v
		}
	}
}

// text returns the value of an answer that is a text or a date.
func (w *walker) text(a placed, name string) tree.ID {
	v := w.d.Child(a.ID, name)
	if v == tree.None || w.d.Kind(v) != tree.String {
		w.note(mapping.Invalid, a.path, "expected a "+name, "")
		return tree.None
	}
	return v
}

// date reports whether a text is a date of FHIR, whole or partial, that the
// calendar has.
func date(text string) bool {
	for _, layout := range []string{"2006", "2006-01", "2006-01-02"} {
		if _, err := time.Parse(layout, text); err == nil && len(layout) == len(text) {
			return true
		}
	}
	return false
}

// complete notices questions without an answer, and details of what was not
// observed.
func (r *Response) complete(w *walker) {
	var missing []string
	for _, f := range r.Findings {
		if f.Answer == "" {
			missing = append(missing, f.LinkID(Observed))
		}
		if f.Answer != Yes && (f.Description != tree.None || f.Since != tree.None) {
			w.note(mapping.Invalid, r.Path, f.Key+" is described, but not answered with yes; nothing is proposed from it", "")
		}
	}
	if len(missing) > 0 {
		w.note(mapping.Required, r.Path, "no answer to "+strings.Join(missing, ", "), "")
	}
}

// Urgent lists what may not wait for anybody to read the form: acute danger,
// thoughts of suicide and self-harm, answered yes or don't know.
func (r *Response) Urgent() (all []Finding) {
	for _, f := range r.Findings {
		if f.Urgent && (f.Answer == Yes || f.Answer == DontKnow) {
			all = append(all, f)
		}
	}
	return all
}
