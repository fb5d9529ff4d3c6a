package plain

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/screening"
	"tolk/mapping/tree"
)

// answerOf is what the plain form calls the answers of the sundhedsagent's form.
var answerOf = map[string]screening.Answer{"ja": screening.Yes, "nej": screening.No, "vedIkke": screening.DontKnow}

// answers writes the answers to the sundhedsagent's form: a group for each
// topic, as the form has them.
func (f finisher) answers(response tree.OutID) {
	d, rule := f.Doc, f.rule("screening/svar")
	list := d.Find(d.Root(), "screening", "svar")
	if list == tree.None {
		return
	}
	items := f.Out.Array(response, "item")
	for n := list; n != tree.None; n = d.Next(n) {
		topic := d.Child(n, "omraade")
		group := f.Out.Object(items, "")
		f.Leaf(group, "linkId", d.Raw(topic), topic, rule)
		inside := f.Out.Array(group, "item")
		answer := func(asks string) tree.OutID {
			item := f.Out.Object(inside, "")
			f.Generate(item, "linkId", d.Text(topic)+"."+asks, rule)
			return f.Out.Object(f.Out.Array(item, "answer"), "")
		}
		said := d.Child(n, "svar")
		for _, o := range screening.Options() {
			if o.Code != string(answerOf[d.Text(said)]) {
				continue
			}
			coding := f.Out.Object(answer(screening.Observed), "valueCoding")
			f.Say(coding, "system", o.System, rule)
			f.Text(coding, "code", o.Code, said, rule)
			f.Say(coding, "display", o.Display, rule)
		}
		if text := d.Child(n, "bemaerkning"); text != tree.None {
			f.Carry(answer(screening.Description), "valueString", text, rule)
		}
		if since := d.Child(n, "siden"); since != tree.None {
			f.Carry(answer(screening.Since), "valueDate", since, rule)
		}
	}
}

// answers reads the answers of every response to the sundhedsagent's form that
// the rules have read. What the form does not have stays unclaimed.
func (r reader) answers() {
	d := r.Doc
	into := r.Out.Child(0, "screening")
	entries := d.Child(d.Root(), "entry")
	if into == tree.NoOut {
		return
	}
	for e := d.First(entries); e != tree.None; e = d.Next(e) {
		q := d.Child(e, "resource")
		url, version, _ := strings.Cut(d.Text(d.Child(q, "questionnaire")), "|")
		items := d.Child(q, "item")
		if d.Text(d.Child(q, "resourceType")) != "QuestionnaireResponse" || url != screening.URL || version != screening.Version ||
			!r.Claimed(d.Child(q, "resourceType")) || items == tree.None || d.Kind(items) != tree.Array {
			continue
		}
		list := r.Out.Array(into, "svar")
		for g := d.First(items); g != tree.None; g = d.Next(g) {
			r.topic(g, list)
		}
		if r.Out.First(list) == tree.NoOut {
			r.Out.RemoveEmpty(list)
		}
		return // a health check has one
	}
}

// topic reads the answers about one topic.
func (r reader) topic(group tree.ID, list tree.OutID) {
	d, rule := r.Doc, r.rule("screening/svar")
	key := r.scalar(d.Child(group, "linkId"))
	inside := d.Child(group, "item")
	if key == tree.None || inside == tree.None || d.Kind(inside) != tree.Array {
		return
	}
	answered := r.Out.Object(list, "")
	r.Leaf(answered, "omraade", d.Raw(key), key, rule)
	for i := d.First(inside); i != tree.None; i = d.Next(i) {
		link := d.Child(i, "linkId")
		answer := d.Find(i, "answer")
		value, name := tree.None, ""
		switch asks, _ := strings.CutPrefix(d.Text(link), d.Text(key)+"."); asks {
		case screening.Observed:
			value, name = r.said(answer), "svar"
		case screening.Description:
			value, name = d.Child(answer, "valueString"), "bemaerkning"
		case screening.Since:
			value, name = d.Child(answer, "valueDate"), "siden"
		}
		if value = r.scalar(value); value == tree.None || r.Out.Child(answered, name) != tree.NoOut {
			continue
		}
		r.Use(link, rule)
		if name != "svar" {
			r.Carry(answered, name, value, rule)
			continue
		}
		for word, a := range answerOf {
			if string(a) == d.Text(value) {
				r.Text(answered, name, word, value, rule)
			}
		}
		r.members(d.Child(answer, "valueCoding"), rule, "system", "display")
	}
}

// said is the code of an answer, None if it is none of the form's.
func (r reader) said(answer tree.ID) tree.ID {
	coding := r.Doc.Child(answer, "valueCoding")
	is := mapping.Coding{System: r.Doc.Text(r.Doc.Child(coding, "system")), Code: r.Doc.Text(r.Doc.Child(coding, "code"))}
	for _, o := range screening.Options() {
		if o.System == is.System && o.Code == is.Code {
			return r.Doc.Child(coding, "code")
		}
	}
	return tree.None
}
