package xref

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"tolk/mapping/tree"
)

// envelope reads what the letter was sent with.
func (r *reader) envelope(n tree.ID) {
	const id = "xref.envelope"
	e := r.Out.Object(r.array(r.request, "extension"), "")
	r.Say(e, "url", own+"envelope", id)
	r.each(n, taking{
		"Sent": func(n tree.ID) {
			p := r.Out.Object(r.array(e, "extension"), "")
			r.Say(p, "url", "sent", id)
			r.sent = r.moment(p, "valueDateTime", n, id)
			if r.Out.Child(p, "valueDateTime") == tree.NoOut {
				r.Out.Remove(p)
			}
		},
		"Identifier":          r.parting(e, "identifier", id),
		"AcknowledgementCode": r.parting(e, "acknowledgement-code", id),
	})
	if r.Out.Child(e, "extension") == tree.NoOut || r.Out.First(r.Out.Child(e, "extension")) == tree.NoOut {
		r.Out.RemoveEmpty(e)
	}
}

func (r *reader) parting(e tree.OutID, name, id string) func(tree.ID) {
	return func(n tree.ID) {
		if t := r.text(n); t != tree.None {
			r.Carry(r.part(e, name, id), "valueString", t, id)
		}
	}
}

// head reads the Letter.
func (r *reader) head(n tree.ID) {
	const id = "xref.letter"
	sr := r.request
	r.each(n, taking{
		"Identifier": func(n tree.ID) {
			i := r.Out.Object(r.array(sr, "identifier"), "")
			r.Say(i, "system", letterSystem, id)
			r.write(i, "value", n, id)
			by := r.Out.Object(r.Out.Object(i, "assigner"), "identifier")
			r.Say(by, "system", glnSystem, id)
			r.checked(by, glnSystem, r.Doc.Find(r.Doc.Root(), r.root, "Sender", "EANIdentifier"), id)
		},
		"VersionCode":     func(n tree.ID) { r.Use(r.text(n), id) },
		"TypeCode":        func(n tree.ID) { r.Use(r.text(n), id) },
		"StatisticalCode": r.extending(sr, "statistical-code", id),
		"Authorisation":   func(n tree.ID) { r.moment(sr, "authoredOn", n, id) },
		"StatusCode": func(n tree.ID) {
			if known[word{"StatusCode", stated(r.Doc, n)}] {
				r.Use(r.text(n), id)
				return
			}
			r.extend(sr, "letter-status", n, id)
			r.Notice(r.Doc.Path(n), "a status of the letter that is not known: the referral is taken for a new one; expected "+words("StatusCode"))
		},
		"EpisodeOfCareIdentifier": func(n tree.ID) {
			if r.text(n) == tree.None {
				return
			}
			q := r.Out.Object(sr, "requisition")
			r.Say(q, "system", threadSystem, id)
			r.write(q, "value", n, id)
		},
	})
}

// additional reads how urgent the referral is, and what it asks for.
func (r *reader) additional(n tree.ID) {
	const id = "xref.additional"
	sr := r.request
	r.each(n, taking{
		"Priority": func(n tree.ID) {
			if priority := r.coded("Priority", n); priority != "" {
				r.Text(sr, "priority", priority, r.text(n), id)
				return
			}
			r.extend(sr, "priority", n, id)
		},
		"ReferralStatus": r.extending(sr, "referral-status", id),
		"Transport":      r.extending(sr, "transport", id),
		"Supplementary":  r.section,
		"ClinicalReason": r.section,
	})
}

// clinical reads the sections.
func (r *reader) clinical(n tree.ID) {
	r.each(n, taking{"Cave": r.cave, "Anamnesis": r.section, "Examination": r.section, "ActualMedicine": r.section})
}

// section reads a text as a note.
func (r *reader) section(n tree.ID) {
	name := r.Doc.RawKey(n)
	id := "xref." + means[word{"section", name}]
	if !r.told(n) {
		return
	}
	note := r.Out.Object(r.array(r.request, "note"), "")
	r.Say(r.extension(note, "note-section", id), "valueCode", means[word{"section", name}], id)
	r.prose(note, "text", n, id)
}

// cave reads what to beware of: a note, and a Flag that a reader cannot overlook.
func (r *reader) cave(n tree.ID) {
	const id = "xref.cave"
	r.section(n)
	if !r.told(n) {
		return
	}
	f, _ := r.resource("Flag")
	r.Say(f, "status", "active", id)
	c := r.Out.Object(r.Out.Array(r.Out.Object(r.Out.Array(f, "category"), ""), "coding"), "")
	r.Say(c, "system", "http://terminology.hl7.org/CodeSystem/flag-category", id)
	r.Say(c, "code", "safety", id)
	text, run, _ := r.joined(n)
	r.Text(r.Out.Object(f, "code"), "text", text, run, id)
	r.Generate(r.Out.Object(f, "subject"), "reference", r.patient, id)
}

// told reports whether a text says anything. One that does not has its fate.
func (r *reader) told(n tree.ID) bool {
	if _, run, _ := r.joined(n); run != tree.None {
		return true
	}
	for c, end := n, r.Doc.End(n); c < end; c++ {
		if r.Doc.Leaf(c) && (r.Doc.RawKey(c) == "Break" || c == n) {
			r.Drop(c, "xref.empty", "the text holds nothing")
		}
	}
	return false
}

// prose writes a text with its line breaks. Where the text has line feeds of its
// own, which in XML are white space, the places of the breaks stand beside it.
func (r *reader) prose(parent tree.OutID, key string, n tree.ID, id string) {
	text, run, breaks := r.joined(n)
	if run == tree.None {
		return
	}
	r.Text(parent, key, text, run, id)
	for c := r.Doc.First(n); c != tree.None; c = r.Doc.Next(c) {
		if c != run && r.Doc.Leaf(c) && (r.Doc.RawKey(c) == tree.TextKey || r.isBreak(c)) {
			r.Use(c, id)
		}
	}
	if strings.Count(text, "\n") == len(breaks) {
		return
	}
	places := make([]string, len(breaks))
	for i, b := range breaks {
		places[i] = strconv.Itoa(b)
	}
	if len(places) == 0 {
		places = []string{noBreaks}
	}
	r.Generate(r.extension(parent, "breaks", id), "valueString", strings.Join(places, ","), id)
}

// noBreaks says that none of the line feeds of a text is a break.
const noBreaks = "-"

// joined returns the text in n with a line feed for every Break, the first run of
// it that says anything, and the places of the breaks, in characters.
func (r *reader) joined(n tree.ID) (text string, run tree.ID, breaks []int) {
	d := r.Doc
	if d.Kind(n) == tree.String {
		if blank(d.Text(n)) {
			return "", tree.None, nil
		}
		return d.Text(n), n, nil
	}
	var b strings.Builder
	run = tree.None
	length := 0
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		switch {
		case d.RawKey(c) == tree.TextKey:
			if run == tree.None {
				run = c
			}
			b.WriteString(d.Text(c))
			length += utf8.RuneCountInString(d.Text(c))
		case r.isBreak(c):
			breaks = append(breaks, length)
			b.WriteByte('\n')
			length++
		}
	}
	return b.String(), run, breaks
}

// isBreak reports whether n is a Break that holds nothing, whatever its
// attributes.
func (r *reader) isBreak(n tree.ID) bool {
	if r.Doc.RawKey(n) != "Break" || r.Doc.Space(n) != r.space || !blank(r.Doc.Text(n)) {
		return false
	}
	for c := r.Doc.First(n); c != tree.None; c = r.Doc.Next(c) {
		if !strings.HasPrefix(r.Doc.RawKey(c), "@") {
			return false
		}
	}
	return true
}

// referral reads the diagnoses: what the citizen is referred for is the first.
func (r *reader) referral(n tree.ID) {
	r.each(n, taking{"Refer": r.reason, "ReferralAdditional": r.reason})
}

func (r *reader) reason(n tree.ID) {
	const id = "xref.reason"
	c := r.Out.Object(r.array(r.request, "reasonCode"), "")
	if r.Doc.RawKey(n) == "Refer" {
		r.Say(r.extension(c, "reason-kind", id), "valueCode", kindReferral, id)
	}
	coding := r.Out.Object(r.Out.Array(c, "coding"), "")
	r.each(n, taking{
		"DiagnoseDescriptionCode": func(n tree.ID) {
			if r.text(n) != tree.None {
				r.code(r.extension(c, "reason-kind", id), "valueCode", n, id)
			}
		},
		"DiagnoseTypeCode": func(n tree.ID) {
			if system := r.coded("DiagnoseTypeCode", n); system != "" {
				r.Text(coding, "system", system, r.text(n), id)
			} else {
				r.extend(coding, "diagnose-type", n, id)
			}
		},
		"DiagnoseCode": func(n tree.ID) { r.code(coding, "code", n, id) },
		"DiagnoseText": func(n tree.ID) { r.write(c, "text", n, id) },
	})
}

// reference reads what the letter refers to: another document.
func (r *reader) reference(n tree.ID) {
	const id = "xref.reference"
	d, ref := r.resource("DocumentReference")
	r.Generate(r.Out.Object(r.array(r.request, "supportingInfo"), ""), "reference", ref, id)
	r.Say(d, "status", "current", id)
	attachment := r.Out.Object(r.Out.Object(r.Out.Array(d, "content"), ""), "attachment")
	r.each(n, taking{
		"RefDescription": func(n tree.ID) {
			r.write(d, "description", n, id)
			r.write(attachment, "title", n, id)
		},
		"URL": r.put(attachment, "url", id),
		"SUP": r.extending(d, "reference-sup", id),
		"BIN": func(n tree.ID) {
			e := r.Out.Object(r.array(d, "extension"), "")
			r.Say(e, "url", own+"reference-bin", id)
			r.each(n, taking{
				"ObjectIdentifier": r.parting(e, "ObjectIdentifier", id), "ObjectCode": r.parting(e, "ObjectCode", id),
				"ObjectExtensionCode": r.parting(e, "ObjectExtensionCode", id), "OriginalObjectSize": r.parting(e, "OriginalObjectSize", id),
			})
			if r.Out.Child(e, "extension") == tree.NoOut {
				r.Out.RemoveEmpty(e)
			}
		},
	})
	if r.Out.First(attachment) == tree.NoOut {
		r.Say(attachment, "title", "(uden beskrivelse)", id)
	}
}

// visitation reads what the receiver wrote on the referral.
func (r *reader) visitation(n tree.ID) {
	const id = "xref.visitation"
	e := r.Out.Object(r.array(r.request, "extension"), "")
	r.Say(e, "url", own+"visitation", id)
	r.each(n, taking{
		"InformationCode": r.parting(e, "code", id),
		"Information": func(n tree.ID) {
			if r.told(n) {
				r.prose(r.part(e, "information", id), "valueString", n, id)
			}
		},
	})
	if r.Out.Child(e, "extension") == tree.NoOut {
		r.Out.RemoveEmpty(e)
	}
}
