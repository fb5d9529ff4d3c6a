package auditevent

// kind is how a sort of event is written.
type kind struct {
	class     coding   // AuditEvent.type
	subtype   []coding // beside the event's own word
	action    string   // C, R, U, D, E
	outcome   string   // 0 success, 4 minor failure, 8 serious failure
	profile   string   // of BALP, where no citizen is known
	ofPatient string   // of BALP, where one is
	ehmi      coding   // EHMI's word for the step, on that channel
	flow      flow
}

// flow says which way the content goes, and with it the roles of the agents.
type flow int

const (
	inward  flow = iota // from the client to the node
	outward             // from the node to the client
	onward              // from the node to a receiver
	away                // deleted
)

// The code systems, and the profiles' common beginning.
const (
	balp          = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
	dcm           = "http://dicom.nema.org/resources/ontology/DCM"
	auditType     = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	lifecycle     = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
	interaction   = "http://hl7.org/fhir/restful-interaction"
	actReason     = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	entityType    = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	objectRole    = "http://terminology.hl7.org/CodeSystem/object-role"
	sourceType    = "http://terminology.hl7.org/CodeSystem/security-source-type"
	participant   = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
	resourceTypes = "http://hl7.org/fhir/resource-types"
	// The steps of MedCom's delivery status
	// (http://medcomehmi.dk/ig/terminology/CodeSystem/ehmi-delivery-status-sub-types).
	ehmiStep = "http://medcomehmi.dk/ig/terminology/CodeSystem/ehmi-delivery-status-sub-types"
	absent   = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
	ours     = "urn:tolk:"
)

var (
	rest              = coding{System: auditType, Code: "rest", Display: "RESTful Operation"}
	export            = coding{System: dcm, Code: "110106", Display: "Export"}
	application       = coding{System: dcm, Code: "110100", Display: "Application Activity"}
	auditUsed         = coding{System: dcm, Code: "110101", Display: "Audit Log Used"}
	entering          = coding{System: dcm, Code: "110114", Display: "User Authentication"}
	login             = coding{System: dcm, Code: "110122", Display: "Login"}
	receive           = coding{System: lifecycle, Code: "receive", Display: "Receive/Retain Record Lifecycle Event"}
	transmit          = coding{System: lifecycle, Code: "transmit", Display: "Transmit Record Lifecycle Event"}
	transform         = coding{System: lifecycle, Code: "transform", Display: "Transform/Translate Record Lifecycle Event"}
	destroy           = coding{System: lifecycle, Code: "destroy", Display: "Destroy/Delete Record Lifecycle Event"}
	disclose          = coding{System: lifecycle, Code: "disclose", Display: "Disclose Record Lifecycle Event"}
	create            = coding{System: interaction, Code: "create", Display: "create"}
	read              = coding{System: interaction, Code: "read", Display: "read"}
	search            = coding{System: interaction, Code: "search-type", Display: "search-type"}
	remove            = coding{System: interaction, Code: "delete", Display: "delete"}
	msgReceived       = coding{System: ehmiStep, Code: "msg-received", Display: "Message received"}
	msgSent           = coding{System: ehmiStep, Code: "msg-sent", Display: "Message sent"}
	applicationServer = coding{System: sourceType, Code: "4", Display: "Application Server"}
)

// The kinds. An event that came in and had no effect, or an attempt that did not
// arrive, is a minor failure; one that a person must look at is a serious one.
var (
	activity = kind{class: application, action: "E", outcome: "0"}
	refusal  = kind{class: rest, subtype: []coding{create}, action: "C", outcome: "4"}
	reading  = kind{class: rest, subtype: []coding{read}, action: "R", outcome: "0", flow: outward,
		profile: "Read", ofPatient: "PatientRead"}
	searching = kind{class: rest, subtype: []coding{search}, action: "E", outcome: "0"}
	stopped   = kind{class: transmit, action: "E", outcome: "8", flow: onward}
	erasing   = kind{class: rest, subtype: []coding{remove}, action: "D", outcome: "0", flow: away}
)

// events are the words of the audit. One that is not here is written as an
// activity of the application, under its own word.
var events = map[string]kind{
	"accept": {class: rest, subtype: []coding{create}, action: "C", outcome: "0",
		profile: "Create", ofPatient: "PatientCreate", ehmi: msgReceived},
	"duplicate":    {class: rest, subtype: []coding{create}, action: "E", outcome: "0"},
	"conflict":     refusal,
	"refused":      refusal,
	"acknowledged": {class: receive, action: "C", outcome: "0", ehmi: msgReceived},
	"attempt":      {class: transmit, action: "E", outcome: "0", flow: onward},
	"interrupted":  {class: transmit, action: "E", outcome: "4", flow: onward},
	"translated":   {class: transform, action: "E", outcome: "0", flow: onward},
	"delivered": {class: export, subtype: []coding{disclose}, action: "R", outcome: "0", flow: onward,
		ofPatient: "PrivacyDisclosure.Source", ehmi: msgSent},
	"ready":   {class: transmit, action: "E", outcome: "0", flow: onward},
	"retry":   {class: transmit, action: "E", outcome: "4", flow: onward},
	"dead":    stopped,
	"held":    stopped,
	"read":    reading,
	"fetch":   reading,
	"life":    reading,
	"list":    searching,
	"search":  searching,
	"token":   {class: entering, subtype: []coding{login}, action: "E", outcome: "0"},
	"audit":   {class: auditUsed, subtype: []coding{search}, action: "R", outcome: "0", flow: outward},
	"erase":   erasing,
	"sweep":   {class: destroy, action: "D", outcome: "0", flow: away},
	"rerun":   {class: application, action: "U", outcome: "0", flow: onward},
	"release": {class: application, action: "U", outcome: "0", flow: onward},
	"hold":    {class: application, action: "U", outcome: "0", flow: onward},
}

// words are the events that a journal calls otherwise.
var words = map[string]string{"accepted": "accept", "released": "release"}
