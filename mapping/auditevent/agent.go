package auditevent

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// Roles of agents, in DICOM's words; a deletion has a pair of its own in BALP.
var (
	from     = &concept{Coding: []coding{{System: dcm, Code: "110153", Display: "Source Role ID"}}}
	to       = &concept{Coding: []coding{{System: dcm, Code: "110152", Display: "Destination Role ID"}}}
	program  = &concept{Coding: []coding{{System: dcm, Code: "110150", Display: "Application"}}}
	keeper   = &concept{Coding: []coding{{System: participant, Code: "custodian", Display: "Custodian"}}}
	unstated = &network{Extension: []extension{{URL: absent, ValueCode: "unknown"}}}
)

// agents returns who took part: whoever asked, the node, and whom it sends to.
// The purpose, the law and the capacity are those of whoever asked.
func (r *Row) agents(k kind, node Node) (list []agent) {
	self := agent{Who: node.who(), Network: node.network()}
	asks := agent{Requestor: true, Network: unstated}
	if r.Actor != "" {
		asks.Who = named("client", r.Actor)
		asks.PurposeOfUse = r.purpose()
		if w := r.Statement.LegalBasis; w != "" {
			asks.Policy = []string{ours + "legal-basis:" + w}
		}
		if w := r.Statement.Capacity; w != "" {
			asks.Role = []concept{{Coding: []coding{{System: ours + "CodeSystem:sender-capacity", Code: w}}}}
		}
	} else {
		self.Requestor = true
	}
	switch k.flow {
	case inward:
		asks.Type, self.Type = from, to
	case outward:
		asks.Type, self.Type = to, from
	case away:
		asks.Type, self.Type = program, keeper
	case onward:
		self.Type = from // who asked for it has no part in the flow
	}
	if r.Actor != "" {
		list = append(list, asks)
	}
	list = append(list, self)
	if k.flow == onward && r.Receiver != "" {
		list = append(list, agent{Type: to, Who: named("receiver", r.Receiver), Network: unstated})
	}
	return list
}

func named(space, value string) reference {
	return reference{Identifier: &identifier{System: ours + "NamingSystem:" + space, Value: value}}
}

// who is the node as an agent; the source is the same one (BALP's
// val-audit-source).
func (n Node) who() reference { return named("node", n.Name) }

func (n Node) network() *network {
	if n.Public == "" {
		return unstated
	}
	return &network{Address: n.Public, Type: "5"} // 5: URI
}

// entities returns what the event was about: the message, the citizen, the
// consent, and the row itself with its hash.
func (r *Row) entities(k kind) (list []entity) {
	if r.Message != "" {
		list = append(list, entity{
			What: &reference{Identifier: &identifier{System: "urn:ietf:rfc:3986", Value: "urn:uuid:" + r.Message}},
			Type: kindOf("2", "System Object"), Role: roleOf("4", "Domain Resource"), Name: r.Document,
		})
	}
	if r.citizen() {
		list = append(list, entity{What: r.patient(), Type: kindOf("1", "Person"), Role: roleOf("1", "Patient")})
	}
	if r.Statement.Consent != "" {
		list = append(list, entity{
			What: &reference{Type: "Consent", Identifier: &identifier{Value: r.Statement.Consent}},
			Type: &coding{System: resourceTypes, Code: "Consent", Display: "Consent"},
		})
	}
	row := entity{
		What: &reference{Identifier: &identifier{System: ours + "NamingSystem:audit-row", Value: strconv.FormatInt(r.Seq, 10)}},
		Type: kindOf("4", "Other"), Role: roleOf("13", "Security Resource"),
		Detail: []detail{{Type: "sha256", Base64: base64.StdEncoding.EncodeToString(r.Hash[:])}},
	}
	if r.Maps != "" {
		row.Detail = append(row.Detail, detail{Type: "maps", Text: r.Maps})
	}
	if r.Receiver != "" && k.flow != onward {
		row.Detail = append(row.Detail, detail{Type: "receiver", Text: r.Receiver})
	}
	return append(list, row)
}

// patient is the citizen: by number where it was asked for, else by pseudonym.
func (r *Row) patient() *reference {
	if r.Patient == "" {
		return &reference{Type: "Patient", Identifier: &identifier{
			System: ours + "NamingSystem:pseudonym", Value: hex.EncodeToString(r.Pseudonym)}}
	}
	system := "urn:oid:1.2.208.176.1.2" // CPR
	if strings.ContainsFunc(r.Patient, func(c rune) bool { return c < '0' || c > '9' }) {
		system = "urn:oid:1.2.208.176.1.6.1.1" // X-eCPR, which has letters
	}
	return &reference{Type: "Patient", Identifier: &identifier{System: system, Value: r.Patient}}
}

func kindOf(code, display string) *coding {
	return &coding{System: entityType, Code: code, Display: display}
}

func roleOf(code, display string) *coding {
	return &coding{System: objectRole, Code: code, Display: display}
}
