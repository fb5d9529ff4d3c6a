package main

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"tolk/mapping/explain"
)

// lettersShown is how many letters of a value people see.
const lettersShown = 72

// brief cuts a value to what fits on a line.
func brief(value string) string {
	value = strings.Join(strings.Fields(value), " ")
	if n := utf8.RuneCountInString(value); n > lettersShown {
		value = fmt.Sprintf("%s... (%d letters)", string([]rune(value)[:lettersShown]), n)
	}
	return value
}

// listed writes one line for each leaf: what became of it, where it is, and by which
// rule.
func listed(leaves []explain.Leaf) []byte {
	var b bytes.Buffer
	side := ""
	for _, l := range leaves {
		if l.Side != side {
			if side = l.Side; b.Len() > 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "%s\n", side)
		}
		fmt.Fprintf(&b, "  %-9s %s = %s", l.Fate, l.Path, brief(l.Value))
		switch {
		case l.Rule != nil && l.Row != nil:
			fmt.Fprintf(&b, "  [%s, %s %s]", l.Rule.Name, l.Relation, l.Row.Place)
		case l.Rule != nil:
			fmt.Fprintf(&b, "  [%s]", l.Rule.Name)
		case l.Reason != "":
			fmt.Fprintf(&b, "  [%s]", l.Reason)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// explained writes all there is to say of each leaf. What leaves beside each other
// have in common is said once, below the last of them.
func explained(leaves []explain.Leaf) []byte {
	p := telling{}
	for i, l := range leaves {
		if i > 0 && !alike(leaves[i-1], l) {
			p.WriteByte('\n')
		}
		p.leaf(l)
		if i == len(leaves)-1 || !alike(l, leaves[i+1]) {
			p.why(l)
		}
	}
	return p.Bytes()
}

// alike reports whether two leaves are so for the same reasons.
func alike(a, b explain.Leaf) bool {
	place := func(l explain.Leaf) string {
		if l.Row == nil {
			return ""
		}
		return l.Row.Place
	}
	return a.Side == b.Side && a.Rule == b.Rule && place(a) == place(b) && a.Reason == b.Reason &&
		len(a.Also) == len(b.Also) && len(a.Proposals) == len(b.Proposals) && len(a.Unmatched) == len(b.Unmatched)
}

// telling is an explanation for people: a word in the first column, what it says in the
// second.
type telling struct{ bytes.Buffer }

// say writes a line; the word is written once for what follows it.
func (p *telling) say(word, format string, args ...any) {
	fmt.Fprintf(p, "  %-10s "+format+"\n", append([]any{word}, args...)...)
}

// leaf says what is a leaf's own: what it says, what became of it, and what comes
// back.
func (p *telling) leaf(l explain.Leaf) {
	fmt.Fprintf(p, "%s %s = %s\n", l.Side, l.Path, brief(l.Value))
	fate, towards := l.Fate, "to"
	if fate == explain.Source {
		fate, towards = "made", "of"
	}
	if len(l.Others) == 0 {
		p.say("fate", "%s", fate)
	}
	for i, other := range l.Others {
		if i == 0 {
			p.say("fate", "%s %s %s = %s", fate, towards, other, brief(l.Values[i]))
			continue
		}
		p.say("", "and %s %s = %s", towards, other, brief(l.Values[i]))
	}
	p.back(l)
}

// why says by which rule and row a leaf is so, and what waits for a person.
func (p *telling) why(l explain.Leaf) {
	if l.Reason != "" && (l.Row == nil || l.Reason != l.Row.Reason) {
		p.say("reason", "%s", l.Reason)
	}
	p.rule(l.Rule)
	p.row("row", l.Row)
	if l.Row != nil && l.Row.Via != nil {
		p.say("", "together %s", l.Relation)
	}
	for i := range l.Also {
		p.row("also", &l.Also[i])
	}
	for _, q := range l.Proposals {
		p.proposal(q)
	}
	for i := range l.Unmatched {
		p.row("unmatched", &l.Unmatched[i])
	}
}

func (p *telling) rule(r *explain.Rule) {
	if r == nil {
		return
	}
	steps := r.Steps
	if len(steps) == 0 {
		steps = []explain.Rule{*r}
	}
	for i, s := range steps {
		word := "rule"
		if i > 0 {
			word = "then"
		}
		p.say(word, "%s", strings.TrimSpace(s.Name+"  "+s.Place))
		if s.Text != "" {
			p.say("", "%s", s.Text)
		}
		p.site(s.Site)
	}
}

func (p *telling) site(s *explain.Site) {
	switch {
	case s == nil:
	case s.Replaces == "":
		p.say("", "site %s adds this, because %s", s.Name, s.Because)
	default:
		p.say("", "site %s replaces %s, because %s", s.Name, s.Replaces, s.Because)
	}
}

// row writes a row of a concept map, the step before it first.
func (p *telling) row(word string, r *explain.Row) {
	if r == nil {
		return
	}
	if r.Via != nil {
		p.row(word, r.Via)
		word = "then"
	}
	p.say(word, "%s", present("  ", r.Place, r.Area, r.Guard, r.Status))
	if r.Source.Code != "" {
		p.say("", "%s", strings.TrimSpace(conceptText(r.Source)+" "+string(r.Relation)+" "+conceptText(r.Target)))
	}
	p.say("", "%s", r.Reason)
	p.site(r.Site)
}

func conceptText(n explain.Named) string { return strings.TrimSpace(n.Display + " " + n.Code) }

// present joins what is not empty.
func present(with string, parts ...string) string {
	var all []string
	for _, part := range parts {
		if part != "" {
			all = append(all, part)
		}
	}
	return strings.Join(all, with)
}

func (p *telling) proposal(q explain.Proposal) {
	p.say("proposal", "%s", present("  ", q.ID, q.Place, q.Area))
	p.say("", "%s %s", q.Relation, conceptText(q.Target))
	p.say("", "%s", q.Reason)
	p.say("", "held: %s", q.Held)
	if q.Row != nil {
		p.site(q.Row.Site)
	}
}

// back says what stands at the place of the leaf on the way home.
func (p *telling) back(l explain.Leaf) {
	b := l.Back
	place := ""
	if b.At != "" {
		place = " at " + b.At
	}
	switch {
	case b.Same && b.Without == "":
		p.say("back", "nothing: the translation added it, and it goes again")
		return
	case b.Same:
		p.say("back", "as it was%s: %s", place, brief(b.Without))
		return
	case !b.Offered:
		p.say("back", "not by itself: %s", b.Why)
	case b.Why != "":
		p.say("back", "refused by itself: %s", b.Why)
	case b.Without == "":
		p.say("back", "nothing by itself")
	default:
		p.say("back", "by itself %s%s", brief(b.Without), place)
	}
	if b.With != "" {
		p.say("", "with the residue %s", brief(b.With))
	} else {
		p.say("", "with the residue it goes again")
	}
}
