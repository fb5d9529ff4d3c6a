// Package auditevent writes rows of an exchange's audit as FHIR R4 AuditEvents
// in the shape of IHE's Basic Audit Log Patterns (BALP 1.1.3,
// https://profiles.ihe.net/ITI/BALP/): who had what, when, by what right, and
// what became of it.
//
// A profile of BALP is claimed where the row says all that it demands, and not
// otherwise. What a journal does not know, as the address a client came from,
// is said to be absent and never made up.
package auditevent

import (
	"encoding/hex"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// Row is one row of an audit.
type Row struct {
	Seq      int64
	At       time.Time
	Event    string // accept, delivered, read ... (the table in event.go)
	Code     string // why, in one word
	Detail   string // and in words; nothing of a citizen
	Actor    string // the client or the person who acts; empty: the node by itself
	Receiver string // of a delivery
	Message  string // its identifier, a UUID
	Document string // its kind
	Channel  string // ehmi adds the code of EHMI's delivery status
	Maps     string // the version of the mappings in force
	// Patient is the number of the citizen the row is about. It is given for an
	// account that the citizen asked for, and for no other.
	Patient string
	// Pseudonym stands for the citizen elsewhere: a keyed hash, the same in every
	// row about him.
	Pseudonym []byte
	Statement exchange.Statement
	Hash      [32]byte // of this row and, through it, of all before it
}

// Node is the node whose audit it is.
type Node struct {
	Name   string // its host, or what it calls itself
	Public string // the URL that clients know it by; may be empty
}

// Write returns the rows, in their order, as one FHIR Bundle of type collection
// that was put together at that time. It is not a search set: what was asked is
// not FHIR's search. Equal rows give equal bytes. Returns an error of kind
// required for a row that does not say what happened and when.
func Write(rows []Row, node Node, at time.Time) ([]byte, error) {
	if node.Name == "" {
		return nil, missing("node.name")
	}
	b := bundle{ResourceType: "Bundle", Type: "collection", Timestamp: instant(at), Entry: make([]entry, 0, len(rows))}
	for _, r := range rows {
		switch {
		case r.Seq < 1:
			return nil, missing("seq")
		case r.Event == "":
			return nil, missing("event")
		case r.At.IsZero():
			return nil, missing("at")
		}
		if word, ok := words[r.Event]; ok {
			r.Event = word
		}
		id := r.uuid()
		b.Entry = append(b.Entry, entry{FullURL: "urn:uuid:" + id, Resource: r.resource(id, node)})
	}
	return encode(b)
}

func missing(path string) error {
	return &mapping.Error{Kind: mapping.Required, Path: path, Message: "a row of the audit is incomplete"}
}

// instant writes a time as FHIR's instant.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// uuid names the row by its hash: a UUID of version 8 (RFC 9562), so that the
// same row has the same identifier in every export.
func (r *Row) uuid() string {
	var u [16]byte
	copy(u[:], r.Hash[:])
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	h := hex.EncodeToString(u[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// resource returns the AuditEvent of a row.
func (r *Row) resource(id string, node Node) auditEvent {
	kind, known := events[r.Event]
	if !known {
		kind = activity
	}
	e := auditEvent{
		ResourceType: "AuditEvent", ID: id, Meta: r.profile(kind),
		Type: kind.class, Subtype: r.subtypes(kind), Action: kind.action,
		Recorded: instant(r.At), Outcome: kind.outcome, OutcomeDesc: r.outcome(),
		PurposeOfEvent: r.purpose(),
		Agent:          r.agents(kind, node),
		Source:         source{Observer: node.who(), Type: []coding{applicationServer}},
		Entity:         r.entities(kind),
	}
	return e
}

// outcome says why in words.
func (r *Row) outcome() string {
	if r.Code != "" && r.Detail != "" {
		return r.Code + ": " + r.Detail
	}
	return r.Code + r.Detail
}

func (r *Row) purpose() []concept {
	if r.Statement.Purpose == "" {
		return nil
	}
	return []concept{{Coding: []coding{{System: actReason, Code: r.Statement.Purpose}}}}
}

// citizen reports whether the row says whom it is about, by number or pseudonym.
func (r *Row) citizen() bool { return r.Patient != "" || len(r.Pseudonym) > 0 }

// profile claims the profile that the event has, where the row has what it
// demands: the message, and for what is about a citizen the citizen.
func (r *Row) profile(k kind) *meta {
	name := k.profile
	if r.citizen() {
		name = k.ofPatient
	}
	if name == "" || r.Message == "" {
		return nil
	}
	return &meta{Profile: []string{balp + name}}
}

func (r *Row) subtypes(k kind) []coding {
	list := k.subtype[:len(k.subtype):len(k.subtype)]
	if r.Channel == "ehmi" && k.ehmi.Code != "" {
		list = append(list, k.ehmi)
	}
	return append(list, coding{System: ours + "CodeSystem:audit-event", Code: r.Event})
}
