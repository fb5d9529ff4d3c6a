package message

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// response reads what an acknowledgement says (medcom-messaging-acknowledgement
// 2.0.3). The OperationOutcome is read where it is in the same document.
func (r *reader) response(h tree.ID) {
	if r.m.Event != Acknowledgement {
		if n := r.Child(h, "response"); n != tree.None && r.m.Event != "" {
			r.fail(mapping.Invalid, n, "", "a response belongs to an acknowledgement (acknowledgement-message); what answers a message cannot be another event", none)
		}
		return
	}
	n := r.member(h, "response", tree.Object, none)
	if n == tree.None {
		return
	}
	r.m.Response = &Response{
		Of: r.value(n, "identifier", none, datatypeWrong, some),
		Code: r.value(n, "code", none, notInValueSet, func(text string) (string, error) {
			if text != OK && text != Transient && text != Fatal {
				return "", &mapping.Error{Kind: mapping.CodeInvalid, Message: "expected ok, transient-error or fatal-error"}
			}
			return text, nil
		}),
	}
	if r.header != nil { // else the MessageHeader stands alone
		r.details(n)
	}
}

// isAnswer reports whether a message answers another, whatever is wrong with it.
func (r *reader) isAnswer() bool {
	claims := func(n tree.ID) bool {
		for p := range r.All(r.Child(n, "meta"), "profile") {
			if strings.HasPrefix(r.Text(p), acknowledgements) {
				return true
			}
		}
		return false
	}
	if claims(r.Root()) {
		return true
	}
	for _, e := range r.Entries {
		if e.Type == "MessageHeader" && (claims(e.Node) || r.Child(e.Node, "response") != tree.None ||
			r.Text(r.Find(e.Node, "eventCoding", "code")) == Acknowledgement) {
			return true
		}
	}
	return false
}

// details reads what was wrong: MedCom demands it unless the answer is ok.
func (r *reader) details(response tree.ID) {
	details := r.Child(response, "details")
	if details == tree.None && r.m.Response.Code == OK {
		return
	}
	if details == tree.None {
		for _, e := range r.Entries {
			if e.Type == "OperationOutcome" {
				r.tell(mapping.Required, response, ".details", "expected a reference to the OperationOutcome; the one in the Bundle is taken", none)
				r.m.Response.Issues = r.issues(e.Node)
				return
			}
		}
	}
	if details = r.member(response, "details", tree.Object, none); details == tree.None {
		return
	}
	if e := r.follow(details, "OperationOutcome", none); e != nil {
		r.m.Response.Issues = r.issues(e.Node)
	}
}

// issues reads an OperationOutcome.
func (r *reader) issues(outcome tree.ID) []Issue {
	var all []Issue
	for i := range r.Each(r.member(outcome, "issue", tree.Array, none)) {
		details := r.Child(i, "details")
		coding := r.Find(details, "coding")
		text := r.Text(r.Child(details, "text"))
		if text == "" {
			text = r.Text(r.Child(i, "diagnostics"))
		}
		all = append(all, Issue{
			Severity: r.value(i, "severity", none, notInValueSet, some),
			Kind:     r.value(i, "code", none, notInValueSet, some),
			System:   r.Text(r.Child(coding, "system")),
			Code:     r.Text(r.Child(coding, "code")),
			Text:     text,
			Path:     r.Text(r.Find(i, "expression")),
		})
	}
	return all
}
