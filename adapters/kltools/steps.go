package kltools

import (
	"strings"

	"tolk/mapping/document"
	"tolk/mapping/healthcheck"
	"tolk/mapping/measure"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// Steps lists the steps between KL's instruments and the hub.
func Steps() []document.Step {
	return []document.Step{
		{Document: document.Sundhedstjek, From: Form, To: healthcheck.Hub,
			Run: func(s document.Source, q document.Request) (*transcript.Written, error) { return ToHub(s.Doc, q) }},
		{Document: document.Sundhedstjek, From: healthcheck.Hub, To: Form,
			Run: func(s document.Source, q document.Request) (*transcript.Written, error) { return FromHub(s.Doc, q) }},
	}
}

// Recogniser tells a health check of municipal health from its condition record.
func Recogniser() document.Recogniser {
	return document.Recogniser{Form: Form, Recognise: recognise}
}

// recognise finds a health check by a profile of KL's instruments, or by a
// measurement that they have one for in a document without any condition or
// care plan.
func recognise(doc *tree.Doc) string {
	c, err := healthcheck.Open(doc, Form, healthcheck.Hub)
	if err != nil {
		return ""
	}
	measured, other := false, false
	for _, r := range c.Resources {
		for _, p := range c.List(doc.Child(r.Node, "meta"), "profile") {
			if strings.HasPrefix(doc.Text(p), base) {
				return document.Sundhedstjek
			}
		}
		switch r.Type {
		case "Observation":
			item, _, ok := measure.Find(c.Codings(doc.Child(r.Node, "code")))
			measured = measured || ok && len(item.Codings(measure.KL)) > 0
		case "Condition", "CarePlan", "Goal", "Encounter", "ServiceRequest":
			other = true
		}
	}
	if measured && !other {
		return document.Sundhedstjek
	}
	return ""
}
