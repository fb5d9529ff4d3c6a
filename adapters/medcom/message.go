package medcom

import (
	"strings"

	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// The URIs of MedCom's packages (medcom.fhir.dk.core 2.4.0, messaging 3.0.0,
// terminology 2.0.2).
const (
	coreProfiles      = "http://medcomfhir.dk/ig/core/StructureDefinition/"
	messagingProfiles = "http://medcomfhir.dk/ig/messaging/StructureDefinition/"
	medcomCodes       = "http://medcomfhir.dk/ig/terminology/CodeSystem/"
	useExtension      = messagingProfiles + "medcom-messaging-destinationUseExtension"
)

// The systems of the numbers that an organisation goes by.
const (
	sorSystem  = "urn:oid:1.2.208.176.1.1"
	glnSystem  = "https://www.gs1.org/gln"
	yderSystem = "urn:oid:1.2.208.176.1.4"
)

// isGLN tells the two spellings of the system of location numbers.
func isGLN(system string) bool {
	return system == glnSystem || system == "http://www.gs1.org/gln"
}

// end is one of the two organisations of a message, by the id of its resource.
type end struct{ id, name, sor string }

// header is what a MessageHeader says (medcom-messaging-messageHeader).
type header struct {
	id, profile, event, definition string
	sender, receiver               end
	focus                          string // the id of what the message is about
}

// entry begins a resource that the source has not in an entry of its own, with
// the one profile it claims.
func entry(t *transcript.Transcript, entries tree.OutID, kind, id, profile, rule string) tree.OutID {
	e := t.Out.Object(entries, "")
	t.Generate(e, "fullUrl", "urn:uuid:"+id, rule)
	resource := t.Out.Object(e, "resource")
	t.Say(resource, "resourceType", kind, rule)
	t.Generate(resource, "id", id, rule)
	t.Say(t.Out.Array(t.Out.Object(resource, "meta"), "profile"), "", profile, rule)
	return resource
}

// writeHeader writes the MessageHeader. The endpoints are SOR's addresses of
// the two organisations.
func writeHeader(t *transcript.Transcript, entries tree.OutID, h header, rule string) {
	resource := entry(t, entries, "MessageHeader", h.id, h.profile, rule)
	narrative(t, resource, rule, "Meddelelse: "+h.event, "Fra: "+h.sender.name, "Til: "+h.receiver.name)
	writeCoding(t, resource, "eventCoding", medcomCodes+"medcom-messaging-eventCodes", h.event, rule)
	writeDestination(t, t.Out.Array(resource, "destination"), h.receiver, rule)
	refer(t, t.Out.Object(resource, "sender"), h.sender.id, rule)
	t.Generate(t.Out.Object(resource, "source"), "endpoint", endpoint(h.sender), rule)
	refer(t, t.Out.Object(t.Out.Array(resource, "focus"), ""), h.focus, rule)
	t.Say(resource, "definition", h.definition, rule)
}

// writeDestination writes the one receiver that is primary.
func writeDestination(t *transcript.Transcript, destinations tree.OutID, receiver end, rule string) {
	destination := t.Out.Object(destinations, "")
	writeUse(t, t.Out.Array(destination, "extension"), rule)
	t.Generate(destination, "endpoint", endpoint(receiver), rule)
	refer(t, t.Out.Object(destination, "receiver"), receiver.id, rule)
}

// writeUse writes that a destination is the primary one.
func writeUse(t *transcript.Transcript, extensions tree.OutID, rule string) {
	if extensions == tree.NoOut {
		return
	}
	use := t.Out.Object(extensions, "")
	t.Say(use, "url", useExtension, rule)
	writeCoding(t, use, "valueCoding", medcomCodes+"medcom-messaging-destinationUse", "primary", rule)
}

func endpoint(e end) string { return "https://sor2.sum.dsdn.dk/#id=" + e.sor }

// writeProvenance writes that the sender made the message as a new one. The
// moment is a leaf of the source, or stated by the caller where that is None.
func writeProvenance(t *transcript.Transcript, entries tree.OutID, id, message string, sender end, moment string, from tree.ID, rule string) {
	resource := entry(t, entries, "Provenance", id, messagingProfiles+"medcom-messaging-provenance", rule)
	narrative(t, resource, rule, "Ny meddelelse fra "+sender.name, moment)
	refer(t, t.Out.Object(t.Out.Array(resource, "target"), ""), message, rule)
	for _, key := range []string{"occurredDateTime", "recorded"} {
		if from == tree.None {
			t.Generate(resource, key, moment, rule)
		} else {
			t.Carry(resource, key, from, rule)
		}
	}
	activity := t.Out.Object(t.Out.Array(t.Out.Object(resource, "activity"), "coding"), "")
	t.Say(activity, "system", medcomCodes+"medcom-messaging-activityCodes", rule)
	t.Say(activity, "code", "new-message", rule)
	agent := t.Out.Object(t.Out.Array(resource, "agent"), "")
	refer(t, t.Out.Object(agent, "who"), sender.id, rule)
}

// refer writes a reference to a resource of the Bundle, by its id, which is a UUID,
// or by its fullUrl.
func refer(t *transcript.Transcript, reference tree.OutID, to, rule string) {
	if !strings.Contains(to, ":") {
		to = "urn:uuid:" + to
	}
	t.Generate(reference, "reference", to, rule)
}

func writeCoding(t *transcript.Transcript, parent tree.OutID, key, system, code, rule string) {
	o := t.Out.Object(parent, key)
	t.Say(o, "system", system, rule)
	t.Say(o, "code", code, rule)
}

// narrative writes the text that MedCom wants in every resource of a message:
// the lines as paragraphs, those that are empty left out.
func narrative(t *transcript.Transcript, resource tree.OutID, rule string, lines ...string) {
	var b strings.Builder
	b.WriteString(`<div xmlns="http://www.w3.org/1999/xhtml">`)
	for _, line := range lines {
		if line != "" {
			b.WriteString("<p>" + markup.Replace(line) + "</p>")
		}
	}
	b.WriteString("</div>")
	text := t.Out.Object(resource, "text")
	t.Say(text, "status", "generated", rule)
	t.Generate(text, "div", b.String(), rule)
}

// markup writes text as XHTML; a line break of the text is one there.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r\n", "<br/>", "\n", "<br/>", "\r", "<br/>")
