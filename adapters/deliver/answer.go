package deliver

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"tolk/mapping/fhirxml"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// said is what a receiver's answer says, as far as it is FHIR. A receiver may
// answer any nonsense.
type said struct {
	empty    bool
	issues   []string          // the types of the errors that it tells of; nil when it is nothing that tells of any
	response *message.Response // which message it answers, and with what; nil when it is no acknowledgement
}

// duplicate reports whether an OperationOutcome says that the message is there
// already, and nothing else against it.
func (s said) duplicate() bool {
	other := func(issue string) bool { return issue != "duplicate" }
	return len(s.issues) > 0 && !slices.ContainsFunc(s.issues, other)
}

// limits bound what is read of an answer; what is past them is nonsense.
var limits = tree.Limits{Nodes: 50_000}

// hear reads an answer: an OperationOutcome, what became of the entries of a batch,
// or a message whose header says what it answers (FHIR R4,
// http://hl7.org/fhir/R4/messaging.html), MedCom's or another's. What else a message
// must be is not asked of one that is on its way back already.
func hear(body []byte) said {
	s := said{empty: len(bytes.TrimSpace(body)) == 0}
	d := resource(body, limits)
	if d == nil {
		return s
	}
	s.issues = told(d)
	if header := headerOf(d); header != tree.None {
		if n := d.Child(header, "response"); n != tree.None {
			s.response = &message.Response{Of: d.Text(d.Child(n, "identifier")), Code: d.Text(d.Child(n, "code"))}
		}
	}
	return s
}

// Issues returns the types of the errors in what a receiver said, each once: those
// of an OperationOutcome, of the entries of a batch, or of an acknowledgement. They are words of FHIR and
// safe anywhere; what is no such word is left out.
func Issues(answer []byte) []string {
	d := resource(answer, limits)
	if d == nil {
		return nil
	}
	all := told(d)
	if headerOf(d) != tree.None {
		for e := range children(d, d.Child(d.Root(), "entry")) {
			if r := d.Child(e, "resource"); kindOf(d, r) == "OperationOutcome" {
				all = append(all, issuesOf(d, r)...)
			}
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(issue string) bool {
		return issue == "" || len(issue) > 32 || strings.Trim(issue, "abcdefghijklmnopqrstuvwxyz-") != ""
	})
}

// idsOf returns the identifiers of a message as the receiver got it, empty ones
// when it is none.
func idsOf(sent []byte) *message.Message {
	m := &message.Message{}
	d := resource(sent, tree.Limits{})
	if d == nil {
		return m
	}
	if header := headerOf(d); header != tree.None {
		m.Bundle, m.Header = d.Text(d.Child(d.Root(), "id")), d.Text(d.Child(header, "id"))
	}
	return m
}

// resource reads a resource in JSON or XML, nil when it is neither.
func resource(body []byte, l tree.Limits) *tree.Doc {
	text := string(body)
	if fhirxml.Is(text) {
		var err error
		if text, err = fhirxml.ToJSON(text, l); err != nil {
			return nil
		}
	}
	d, err := tree.Parse(text, l)
	if err != nil {
		return nil
	}
	return d
}

// headerOf returns the header of a message, the first of its entries.
func headerOf(d *tree.Doc) tree.ID {
	root := d.Root()
	if header := d.Find(root, "entry", "resource"); kindOf(d, root) == "Bundle" &&
		d.Text(d.Child(root, "type")) == "message" && kindOf(d, header) == "MessageHeader" {
		return header
	}
	return tree.None
}

func kindOf(d *tree.Doc, n tree.ID) string { return d.Text(d.Child(n, "resourceType")) }

// issuesOf returns the types of the issues of an OperationOutcome, those that only
// warn or inform apart. It is never nil.
func issuesOf(d *tree.Doc, outcome tree.ID) []string {
	codes := []string{}
	for i := range children(d, d.Child(outcome, "issue")) {
		switch d.Text(d.Child(i, "severity")) {
		case "warning", "information":
			continue
		}
		if c := d.Child(i, "code"); c != tree.None && d.Kind(c) == tree.String {
			codes = append(codes, d.Text(c))
		}
	}
	return codes
}

// told returns the types of the errors that an answer tells of, nil when it is
// nothing that would.
func told(d *tree.Doc) []string {
	root := d.Root()
	switch kind := d.Text(d.Child(root, "type")); {
	case kindOf(d, root) == "OperationOutcome":
		return issuesOf(d, root)
	case kindOf(d, root) == "Bundle" && (kind == "batch-response" || kind == "transaction-response"):
		codes := []string{}
		for e := range children(d, d.Child(root, "entry")) {
			codes = append(codes, failed(d, d.Child(e, "response"))...)
		}
		return codes
	}
	return nil
}

// failed returns why an entry of a batch was not taken, nil when it was: each
// succeeds or fails by itself, under a status of success for them all.
func failed(d *tree.Doc, response tree.ID) []string {
	status := d.Text(d.Child(response, "status"))
	if status == "" || status[0] == '2' || strings.HasPrefix(status, "304") {
		return nil
	}
	if outcome := d.Child(response, "outcome"); outcome != tree.None {
		if codes := issuesOf(d, outcome); len(codes) > 0 {
			return codes
		}
	}
	if strings.HasPrefix(status, "409") {
		return []string{"duplicate"}
	}
	return []string{"processing"}
}

// children gives the members of n, none of None.
func children(d *tree.Doc, n tree.ID) func(yield func(tree.ID) bool) {
	return func(yield func(tree.ID) bool) {
		if n == tree.None {
			return
		}
		for c := d.First(n); c != tree.None && yield(c); {
			c = d.Next(c)
		}
	}
}

// What is kept of an answer: an error page of each of some hundred attempts is
// not worth a megabyte, and what a server sends back of what it took is known.
// Acknowledgements, and why a message is dead, are kept as far as they were read.
const (
	keptOfRetry   = 4 << 10
	keptOfReceipt = 64 << 10
)

func keep(v Verdict, body []byte) []byte {
	switch {
	case v.Code == Acknowledged || v.Code == TransientError || v.Class == Dead:
		return body
	case v.Class == Retry:
		return cut(body, keptOfRetry)
	}
	return cut(body, keptOfReceipt)
}

// cut returns at most n bytes and no half character at their end.
func cut(body []byte, n int) []byte {
	if len(body) <= n {
		return body
	}
	for back := n; back > n-utf8.UTFMax; back-- {
		if utf8.RuneStart(body[back]) {
			return bytes.Clone(body[:back]) // the rest is not kept in memory either
		}
	}
	return bytes.Clone(body[:n])
}
