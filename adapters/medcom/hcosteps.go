package medcom

import (
	"tolk/mapping/document"
	"tolk/mapping/healthcheck"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// HCOSteps lists the steps between HomeCareObservation and the hub.
func HCOSteps() []document.Step {
	return []document.Step{
		{Document: document.Sundhedstjek, From: HCO, To: healthcheck.Hub,
			Run: func(s document.Source, q document.Request) (*transcript.Written, error) { return HCOToHub(s.Doc, q) }},
		{Document: document.Sundhedstjek, From: healthcheck.Hub, To: HCO,
			Run: func(s document.Source, q document.Request) (*transcript.Written, error) { return HubToHCO(s.Doc, q) }},
	}
}

// HCORecogniser recognises a HomeCareObservation: the form has no other
// document than the health check.
func HCORecogniser() document.Recogniser {
	return document.Recogniser{Form: HCO, Recognise: func(*tree.Doc) string { return document.Sundhedstjek }}
}
