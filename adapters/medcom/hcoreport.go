package medcom

import (
	"slices"
	"strings"

	"tolk/mapping/healthcheck"
	"tolk/mapping/tree"
)

const cave = "urn:tolk:StructureDefinition:cave"

// writeReport writes the report.
func (o *outward) writeReport(entries tree.OutID, r *healthcheck.Resource) {
	const rule = "hco.report"
	resource, meta := o.Begin(entries, r, rule)
	if o.message && r == o.report {
		o.Profile(meta, hcoReport, "hco.profile")
	}
	o.Meta(meta, r, "hco.profile")
	performed, issued := false, false
	o.Rest(resource, r, func(key string, m tree.ID) bool {
		switch {
		case key == "code" && o.Doc.Kind(m) == tree.Object:
			o.reportCode(resource, m)
		case key == "result" && o.Doc.Kind(m) == tree.Array:
			o.results(o.Out.Array(resource, key), m)
		case key == "performer" && o.Doc.Kind(m) == tree.Array:
			performed = true
			o.performers(o.Out.Array(resource, key), r, m)
		case key == "conclusion" && o.Doc.Kind(m) == tree.String:
			o.conclusion(resource, r, m)
		default:
			issued = issued || key == "issued"
			return false
		}
		return true
	})
	if !performed && o.message {
		o.performers(o.Out.Array(resource, "performer"), r, tree.None)
	}
	if !issued && o.stamped != tree.None {
		o.Carry(resource, "issued", o.stamped, rule)
	}
	if o.Out.Child(resource, "conclusion") == tree.NoOut {
		if lines := o.caves(r, ""); len(lines) > 0 {
			o.Generate(resource, "conclusion", strings.Join(lines, "\n"), "hco.cave")
		}
	}
	o.narrate(resource, r)
}

// reportCode writes the code of a HomeCareObservation; the hub's own goes.
func (o *outward) reportCode(out tree.OutID, m tree.ID) {
	const rule = "hco.report"
	concept := o.Out.Object(out, "code")
	list := o.Out.Array(concept, "coding")
	own := false
	for _, n := range o.List(m, "coding") {
		switch system := o.text(n, "system"); {
		case system == healthcheck.Documents && o.text(n, "code") == healthcheck.Code && o.Plain(n):
			o.Follows(n, rule)
		case system == hcoReportCodes:
			own = true
			c := o.Out.Object(list, "")
			for e := o.Doc.First(n); e != tree.None; e = o.Doc.Next(e) {
				if o.Doc.Key(e) == "userSelected" && o.Doc.Raw(e) == "true" {
					o.Use(e, rule)
					continue
				}
				o.Member(c, e, "DiagnosticReport", "code", "coding")
			}
		default:
			o.Element(list, n, "DiagnosticReport", "code", "coding")
		}
	}
	if !own {
		c := o.Out.Object(list, "")
		o.Say(c, "system", hcoReportCodes, rule)
		o.Say(c, "code", "HomeCareReport", rule)
	}
	for e := o.Doc.First(m); e != tree.None; e = o.Doc.Next(e) {
		switch {
		case o.Doc.Key(e) == "coding":
		case o.Doc.Key(e) == "text" && o.Doc.Text(e) == healthcheck.Title:
			o.Use(e, rule)
		default:
			o.Member(concept, e, "DiagnosticReport", "code")
		}
	}
}

// results writes what the report refers to: of a panel both halves.
func (o *outward) results(list tree.OutID, m tree.ID) {
	for e := o.Doc.First(m); e != tree.None; e = o.Doc.Next(e) {
		r := o.Target(e)
		halves := o.halves[r]
		if r == nil || halves == nil || r.Gone != "" {
			o.Element(list, e, "DiagnosticReport", "result")
			continue
		}
		for _, c := range halves {
			if c.gone == "" {
				o.Text(o.Out.Object(list, ""), "reference", "urn:uuid:"+c.id, o.Doc.Child(e, "reference"), panelRule)
			}
		}
		o.Only(e, panelRule, "it stands beside a reference to a blood pressure, which is two observations now", "reference")
	}
}

// performers writes who made the report, in a message with the sender among
// them.
func (o *outward) performers(list tree.OutID, r *healthcheck.Resource, m tree.ID) {
	sends := false
	if m != tree.None {
		for e := o.Doc.First(m); e != tree.None; e = o.Doc.Next(e) {
			t := o.Target(e)
			sends = sends || t != nil && t == o.sender
			o.Element(list, e, "DiagnosticReport", "performer")
		}
	}
	if o.message && !sends && r == o.report {
		refer(o.Transcript, o.Out.Object(list, ""), o.sender.ID, "hco.performer")
	}
}

// conclusion writes the assessment, with the allergies and reactions below it
// that the form has no element for: a receiver that does not know our extension
// is to read them.
func (o *outward) conclusion(out tree.OutID, r *healthcheck.Resource, m tree.ID) {
	text := o.Doc.Text(m)
	lines := o.caves(r, text)
	if len(lines) == 0 {
		o.Member(out, m, "DiagnosticReport")
		return
	}
	o.Text(out, "conclusion", text+"\n"+strings.Join(lines, "\n"), m, "hco.cave")
}

// warned tells the sender of CAVE in a resource that stays behind, which the
// report does not tell too: the receiver will not read it.
func (o *outward) warned(r *healthcheck.Resource) {
	for _, e := range o.List(r.Node, "extension") {
		if o.text(e, "url") == cave && !o.reads("CAVE: "+o.text(e, "valueString")) {
			o.Notice(o.Doc.Path(e), "left out: CAVE that is told with "+healthcheck.Called(r.Type)+" and not with the health check; the receiver does not get it, and it is to be said in the health check too")
		}
	}
}

// reads reports whether a line of CAVE is among what the receiver reads.
func (o *outward) reads(line string) bool {
	if o.report == nil {
		return false
	}
	text := o.text(o.report.Node, "conclusion")
	return strings.Contains(text, line) || slices.Contains(o.caves(o.report, text), line)
}

// caves returns a line for everything that is told of allergies and reactions
// and that a text does not say already.
func (o *outward) caves(r *healthcheck.Resource, text string) (lines []string) {
	for _, e := range o.List(r.Node, "extension") {
		line := "CAVE: " + o.text(e, "valueString")
		if o.text(e, "url") == cave && !strings.Contains(text, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// narrate writes a narrative into a resource of a message that has none.
func (o *outward) narrate(resource tree.OutID, r *healthcheck.Resource) {
	if !o.message || o.Out.Has(resource, "text") {
		return
	}
	d := o.Doc
	var lines []string
	switch r.Type {
	case "Observation":
		lines = []string{o.shown(resource), o.text(r.Node, "effectiveDateTime")}
	case "DiagnosticReport":
		lines = []string{healthcheck.Title, o.Written(resource, "conclusion")}
	case "Patient", "Practitioner":
		for _, n := range o.List(r.Node, "name") {
			var parts []string
			for _, g := range o.List(n, "given") {
				parts = append(parts, d.Text(g))
			}
			lines = append(lines, strings.TrimSpace(strings.Join(parts, " ")+" "+o.text(n, "family")))
		}
	case "Organization":
		lines = []string{o.text(r.Node, "name")}
	case "PractitionerRole":
		for _, c := range o.List(r.Node, "code") {
			lines = append(lines, o.text(c, "text"))
		}
	}
	narrative(o.Transcript, resource, "hco.narrative", append([]string{r.Type}, lines...)...)
}

// shown is an observation as one line: what, and how much.
func (o *outward) shown(resource tree.OutID) string {
	out := o.Out
	var parts []string
	if code := out.Child(resource, "code"); code != tree.NoOut {
		if list := out.Child(code, "coding"); list != tree.NoOut && out.First(list) != tree.NoOut {
			first := out.First(list)
			parts = append(parts, o.Written(first, "code"), o.Written(first, "display"))
		}
	}
	parts = append(parts, o.Written(resource, "valueString"))
	if q := out.Child(resource, "valueQuantity"); q != tree.NoOut {
		parts = append(parts, o.Written(q, "comparator"))
		if v := out.Child(q, "value"); v != tree.NoOut {
			parts = append(parts, out.Raw(v))
		}
		parts = append(parts, o.Written(q, "unit"))
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}
