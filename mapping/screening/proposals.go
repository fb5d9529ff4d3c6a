package screening

import (
	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// Proposals reads the QuestionnaireResponse at n and returns what it proposes;
// the errors are those of Read. Who also needs the notices and what is urgent
// calls Read and asks the Response.
func Proposals(d *tree.Doc, n tree.ID, terms *terminology.Terminology) ([]ledger.Proposal, error) {
	r, err := Read(d, n)
	if err != nil {
		return nil, err
	}
	return r.Proposals(terms)
}

// Proposals proposes, for every topic that was observed, each condition that
// stands under it and is in the current set: under an area of nursing those of
// FSIII, under a theme those of FFB. Nothing chooses between them, and nothing is
// written without a person.
//
// Nothing is proposed from what is urgent: no condition says suicidal thoughts,
// and a target group is never inferred. Urgent tells it instead.
func (r *Response) Proposals(terms *terminology.Terminology) ([]ledger.Proposal, error) {
	var all []ledger.Proposal
	for _, f := range r.Findings {
		if f.Answer != Yes || f.Urgent {
			continue
		}
		e, err := concept(row{key: f.Key, system: f.System, code: f.Code, display: f.Display}, terms)
		if err != nil {
			return nil, err
		}
		p := ledger.Proposal{Path: f.Path}
		for _, c := range e.Children {
			if c.Kind == terminology.Condition && c.Status != terminology.Retired && !c.Heading() {
				p.Candidates = append(p.Candidates, r.candidate(f, c))
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// candidate is one condition under the topic. Its relation is inexact: the
// answer says that something was seen, not what it is.
func (r *Response) candidate(f Finding, c *terminology.Entry) ledger.Candidate {
	who, held := "en socialfaglig", "inexact: an observation is no assessment; a social worker must stand for it"
	if c.System == mapping.FSIII {
		who, held = "en sygeplejefaglig", "inexact: an observation is no assessment; a nurse must stand for it"
	}
	return ledger.Candidate{ID: r.candidateID(f, c), Area: c.Area, System: c.System, Code: c.Code, Display: c.Display,
		Relation: mapping.Inexact, Map: Canonical, Row: f.LinkID(Observed),
		Reason: "pædagogens iagttagelse under " + f.Display + "; kræver " + who + " vurdering", Held: held}
}

// candidateID names a candidate.
func (r *Response) candidateID(f Finding, c *terminology.Entry) string {
	name := r.ID
	if name == "" {
		name = r.Path // without an id its place tells it from the others
	}
	return ledger.CandidateID("QuestionnaireResponse/"+name, f.LinkID(Observed), URL, f.Code, c.Code)
}

// Told lists what a ledger says of the response: first what may not wait, then
// the notices. It holds places and our own words, never the respondent's.
func (r *Response) Told() (all []ledger.Notice) {
	for _, f := range r.Urgent() {
		answer := "yes"
		if f.Answer == DontKnow {
			answer = "don't know"
		}
		all = append(all, ledger.Notice{Path: f.Path, Message: "urgent: " + f.Key + " is answered with " + answer + "; it may not wait for anybody to read the form"})
	}
	for _, n := range r.Notices {
		all = append(all, ledger.Notice{Path: n.Path, Message: n.Message})
	}
	return all
}
