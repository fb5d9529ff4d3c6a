package auditevent

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"tolk/fixtures/validator"
	"tolk/mapping/exchange"
)

var (
	node = Node{Name: "tolk.kommune.example", Public: "https://tolk.kommune.example/fhir"}
	at   = time.Date(2026, 3, 4, 5, 6, 7, 8_000_000, time.UTC)
)

func accepted() Row {
	return Row{Seq: 17, At: at, Event: "accept", Actor: "bosted", Message: "019c8b1e-0000-7000-8000-000000000001",
		Document: "plejehjemsjournal", Maps: "2026.1", Channel: "ehmi", Pseudonym: []byte{1, 2, 3},
		Statement: exchange.Statement{Purpose: "TREAT", LegalBasis: "samtykke", Capacity: "social", Consent: "samtykke-4711"},
		Hash:      [32]byte{0: 0xab, 6: 0xff, 8: 0xff, 31: 0xcd}}
}

// written reads what was written, with the models of somebody else.
func written(t *testing.T, rows ...Row) (list []fhir.AuditEvent, text string) {
	t.Helper()
	out, err := Write(rows, node, at)
	if err != nil {
		t.Fatal(err)
	}
	b, err := fhir.UnmarshalBundle(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if b.Type != fhir.BundleTypeCollection || len(b.Entry) != len(rows) {
		t.Fatalf("got a %v of %d, want a collection of %d", b.Type, len(b.Entry), len(rows))
	}
	for _, e := range b.Entry {
		a, err := fhir.UnmarshalAuditEvent(e.Resource)
		if err != nil {
			t.Fatalf("%v\n%s", err, e.Resource)
		}
		if *e.FullUrl != "urn:uuid:"+*a.Id {
			t.Errorf("fullUrl: got %s, want that of id %s", *e.FullUrl, *a.Id)
		}
		list = append(list, a)
	}
	return list, string(out)
}

func TestAcceptSaysWhoWhatWhenWhy(t *testing.T) {
	list, text := written(t, accepted())
	a := list[0]
	if got, want := *a.Id, "ab000000-0000-8f00-bf00-000000000000"; got != want {
		t.Errorf("id: got %s, want %s", got, want)
	}
	if got, want := a.Recorded, "2026-03-04T05:06:07.008Z"; got != want {
		t.Errorf("recorded: got %s, want %s", got, want)
	}
	for _, want := range []string{
		`"https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientCreate"`,
		`"code": "msg-received"`, `"code": "accept"`, `"code": "TREAT"`, `"urn:tolk:legal-basis:samtykke"`,
		`"code": "social"`, `"value": "samtykke-4711"`, `"value": "urn:uuid:019c8b1e-0000-7000-8000-000000000001"`,
		`"value": "17"`, `"valueString": "2026.1"`, `"name": "plejehjemsjournal"`, `"value": "010203"`,
		`"valueBase64Binary": "qwAAAAAA/wD/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAM0="`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if len(a.Agent) != 2 || !a.Agent[0].Requestor || a.Agent[1].Requestor {
		t.Errorf("agents: got %d, want the client who asks and the node", len(a.Agent))
	}
	if got, want := *a.Source.Observer.Identifier.Value, *a.Agent[1].Who.Identifier.Value; got != want {
		t.Errorf("source.observer: got %s, want the agent %s", got, want)
	}
}

// The citizen's number stands only where it was asked for.
func TestCitizen(t *testing.T) {
	r := accepted()
	r.Patient = "2509479989"
	if _, text := written(t, r); !strings.Contains(text, `"urn:oid:1.2.208.176.1.2"`) || !strings.Contains(text, `"value": "2509479989"`) || strings.Contains(text, "010203") {
		t.Errorf("want the CPR number alone:\n%s", text)
	}
	r.Patient = "0703921VJ4"
	if _, text := written(t, r); !strings.Contains(text, "urn:oid:1.2.208.176.1.6.1.1") {
		t.Errorf("want the system of X-eCPR:\n%s", text)
	}
	r.Patient, r.Pseudonym = "", nil
	list, text := written(t, r)
	if strings.Contains(text, `"Patient"`) || !strings.HasSuffix(list[0].Meta.Profile[0], ".Create") {
		t.Errorf("want no citizen and the profile without one:\n%s", text)
	}
}

// Every event is AuditEvent, and claims a profile only with what it demands.
func TestEvents(t *testing.T) {
	for event, k := range events {
		r := accepted()
		r.Event, r.Receiver, r.Code, r.Detail = event, "lægehus", "http-503", "the receiver answered 503"
		list, text := written(t, r)
		a := list[0]
		if got := *a.Subtype[len(a.Subtype)-1].Code; got != event {
			t.Errorf("%s: the last subtype is %s", event, got)
		}
		if got, want := *a.OutcomeDesc, "http-503: the receiver answered 503"; got != want {
			t.Errorf("%s: outcomeDesc: got %q, want %q", event, got, want)
		}
		if (a.Meta != nil) != (k.ofPatient != "") {
			t.Errorf("%s: profile claimed: %v", event, a.Meta != nil)
		}
		if a.Meta != nil && k.outcome != "0" {
			t.Errorf("%s: BALP's profiles are for what succeeded", event)
		}
		if !strings.Contains(text, "lægehus") {
			t.Errorf("%s: the receiver is not said", event)
		}
		r.Message = ""
		if list, _ := written(t, r); list[0].Meta != nil {
			t.Errorf("%s: claims %s without a message", event, list[0].Meta.Profile)
		}
	}
	r := accepted()
	if r.Event = "accepted"; !strings.HasSuffix(profileOf(t, r), ".PatientCreate") {
		t.Error("the journal's own word is not known")
	}
	r.Event, r.Actor = "ballast", ""
	list, _ := written(t, r)
	if a := list[0]; *a.Type.Code != "110100" || len(a.Agent) != 1 || !a.Agent[0].Requestor {
		t.Errorf("an unknown event by the node itself: got %+v", a)
	}
}

func profileOf(t *testing.T, r Row) string {
	list, _ := written(t, r)
	return list[0].Meta.Profile[0]
}

// A delivery names who sent and who got it, whoever asked for it.
func TestDelivered(t *testing.T) {
	r := accepted()
	r.Event, r.Receiver = "delivered", "laegehus"
	list, _ := written(t, r)
	roles := map[string]string{}
	for _, a := range list[0].Agent {
		if a.Type != nil {
			roles[*a.Type.Coding[0].Code] = *a.Who.Identifier.Value
		}
	}
	if roles["110153"] != node.Name || roles["110152"] != "laegehus" || len(list[0].Agent) != 3 {
		t.Errorf("got %v", roles)
	}
}

func TestIncompleteRows(t *testing.T) {
	for _, spoil := range []func(*Row){
		func(r *Row) { r.Seq = 0 }, func(r *Row) { r.Event = "" }, func(r *Row) { r.At = time.Time{} },
	} {
		r := accepted()
		spoil(&r)
		if _, err := Write([]Row{r}, node, at); err == nil {
			t.Errorf("%+v: got no error", r)
		}
	}
	if _, err := Write(nil, Node{}, at); err == nil {
		t.Error("a node without a name: got no error")
	}
}

func TestWriteIsStable(t *testing.T) {
	rows := []Row{accepted(), accepted()}
	rows[1].Seq, rows[1].Hash[0] = 18, 1
	a, _ := Write(rows, node, at)
	b, _ := Write(rows, node, at.In(time.FixedZone("", 3600)))
	if !bytes.Equal(a, b) {
		t.Error("the same rows gave other bytes")
	}
	empty, err := Write(nil, node, at)
	if err != nil || !json.Valid(empty) || strings.Contains(string(empty), "entry") {
		t.Errorf("no rows: got %v %s", err, empty)
	}
}

// What is written is FHIR R4, by the profile validator: its warnings are of the
// codes that are ours, and of BALP's profiles, which it does not have.
func TestValidatorAccepts(t *testing.T) {
	v := validator.Find(t)
	var rows []Row
	for _, event := range slices.Sorted(maps.Keys(events)) {
		r := accepted()
		r.Seq, r.Event, r.Receiver, r.Code = int64(len(rows)+1), event, "laegehus", "http-503"
		r.Hash[1] = byte(r.Seq)
		rows = append(rows, r)
	}
	out, err := Write(rows, node, at)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "audit.json")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, i := range v.Validate(t, "hl7.fhir.r4.core#4.0.1", nil, file) {
		if i.Bad() && !(i.Code == "profile-unknown" && strings.Contains(i.Message, balp)) {
			t.Error(i)
		}
	}
}
