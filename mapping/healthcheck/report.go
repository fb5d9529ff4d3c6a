package healthcheck

import (
	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// The code by which the hub tells its documents apart.
const (
	Documents = "urn:tolk:CodeSystem:document"
	Code      = "sundhedstjek"
	Title     = "Sundhedstjek"
)

const report = "sundhedstjek.report"

// ReportCode writes the code of a report for the hub: as it stands, the first
// coding marked as the sender's own choice, and the hub's beside it.
func (c *Copier) ReportCode(out tree.OutID, m tree.ID) {
	d := c.Doc
	if d.Kind(m) != tree.Object {
		return
	}
	concept := c.Out.Object(out, "code")
	list, has := tree.NoOut, false
	for e := d.First(m); e != tree.None; e = d.Next(e) {
		if d.Key(e) != "coding" {
			c.member(concept, e, []string{"DiagnosticReport", "code"})
		}
		if d.Key(e) != "coding" || d.Kind(e) != tree.Array {
			continue
		}
		list = c.Out.Array(concept, "coding")
		chosen := c.chosen(e)
		for n := d.First(e); n != tree.None; n = d.Next(n) {
			c.value(list, "", n, []string{"DiagnosticReport", "code", "coding"})
			has = has || c.coding(n).System == Documents && c.coding(n).Code == Code
			if n == d.First(e) && !chosen && !has && c.coding(n).Code != "" {
				c.Constant(c.Out.Last(list), "userSelected", "true", report)
			}
		}
	}
	if list == tree.NoOut {
		list = c.Out.Array(concept, "coding")
	}
	if !has {
		c.document(list)
	}
	if d.Child(m, "text") == tree.None {
		c.Say(concept, "text", Title, report)
	}
}

func (c *Copier) document(list tree.OutID) {
	o := c.Out.Object(list, "")
	c.Say(o, "system", Documents, report)
	c.Say(o, "code", Code, report)
}

// MakeReport writes the report that holds observations together which came
// without one. What its status is nobody said.
func (c *Copier) MakeReport(entries tree.OutID) {
	observations := c.Of("Observation")
	resource, _ := c.Made(entries, "DiagnosticReport", Derived("DiagnosticReport", c.Resources...), report)
	c.Say(resource, "status", "unknown", report)
	concept := c.Out.Object(resource, "code")
	c.document(c.Out.Array(concept, "coding"))
	c.Say(concept, "text", Title, report)
	c.subject(resource)
	if len(observations) == 0 {
		return
	}
	list := c.Out.Array(resource, "result")
	said := map[*Resource]bool{}
	for _, r := range observations {
		if r.Joined != nil {
			r = r.Joined
		}
		if !said[r] {
			said[r] = true
			c.Generate(c.Out.Object(list, ""), "reference", "urn:uuid:"+r.ID, report)
		}
	}
}

// subject writes whom the report is about where everything in it says the same.
func (c *Copier) subject(resource tree.OutID) {
	about := ""
	for _, r := range c.Resources {
		n := c.Doc.Child(r.Node, "subject")
		text := c.Doc.Text(c.Doc.Child(n, "reference"))
		if p := c.Target(n); p != nil {
			text = "urn:uuid:" + p.ID
		}
		if text == "" {
			continue
		}
		if about != "" && about != text {
			return
		}
		about = text
	}
	if about != "" {
		c.Generate(c.Out.Object(resource, "subject"), "reference", about, report)
	}
}

// OwnReport reports whether a report is one that MakeReport made: it says
// nothing that the observations do not say.
func (c *Copier) OwnReport(r *Resource) bool {
	d := c.Doc
	for m := d.First(r.Node); m != tree.None; m = d.Next(m) {
		switch d.Key(m) {
		case "resourceType", "id", "result":
		case "subject":
			if !c.shared(r, m) {
				return false
			}
		case "status":
			if d.Text(m) != "unknown" {
				return false
			}
		case "code":
			if codings := c.Codings(m); len(codings) != 1 || codings[0].System != Documents || d.Text(d.Child(m, "text")) != Title {
				return false
			}
		default:
			if _, known := fhir.Resolve("DiagnosticReport", d.Key(m)); known {
				return false
			}
		}
	}
	return true
}

// shared reports whether the others say whom a report is about.
func (c *Copier) shared(report *Resource, subject tree.ID) bool {
	text := c.Doc.Text(c.Doc.Child(subject, "reference"))
	for _, r := range c.Resources {
		if r == report {
			continue
		}
		other := c.Doc.Child(r.Node, "subject")
		if p := c.Target(other); p != nil && p == c.Target(subject) || text != "" && c.Doc.Text(c.Doc.Child(other, "reference")) == text {
			return true
		}
	}
	return false
}

// LeaveReport gives a report that MakeReport made its fate: it follows from the
// observations.
func (c *Copier) LeaveReport(r *Resource, rule string) {
	const reason = "it stands in a report that only holds together observations that came without one"
	c.Passed(r, rule)
	if url := c.Scalar(r.Entry, "fullUrl"); url != tree.None {
		c.Use(url, rule)
	}
	for m := c.Doc.First(r.Node); m != tree.None; m = c.Doc.Next(m) {
		switch c.Doc.Key(m) {
		case "resourceType", "id", "status":
			c.Only(m, rule, reason, "")
		case "code":
			c.Only(m, rule, reason, "text", "coding.system", "coding.code")
		case "subject", "result":
			c.Only(m, rule, reason, "reference")
		}
	}
}
