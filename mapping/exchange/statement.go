package exchange

import (
	"fmt"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/lens"
)

// The fields of a Statement, as its errors name them.
const (
	fieldPurpose    = "purpose"
	fieldLegalBasis = "legalBasis"
	fieldCapacity   = "capacity"
	fieldConsent    = "consent"
)

// With returns s with what it does not state taken from what was agreed with its
// sender.
func (s Statement) With(standing Statement) Statement {
	for _, field := range []struct{ own, agreed *string }{
		{&s.Purpose, &standing.Purpose}, {&s.LegalBasis, &standing.LegalBasis},
		{&s.Capacity, &standing.Capacity}, {&s.Consent, &standing.Consent},
	} {
		if *field.own == "" {
			*field.own = *field.agreed
		}
	}
	return s
}

// Check returns nil if the statement is whole and its parts do not contradict
// each other: sender is the sector of the client that makes it, receivers are
// those of whom the message goes to (none: they are not known yet). The error is
// of kind required for what is not stated, code-invalid for a word that is in no
// table, value for a consent that is no reference, and security for what the law
// does not allow; its path is the field.
func (s Statement) Check(sender string, receivers ...string) error {
	for _, field := range []struct{ name, value, expected string }{
		{fieldPurpose, s.Purpose, "a code of HL7's PurposeOfUse: " + oneOf(purposeCodes())},
		{fieldLegalBasis, s.LegalBasis, "by what right it is handed over: " + oneOf(basisCodes())},
		{fieldCapacity, s.Capacity, "as what the sender acts: " + oneOf(Sectors())},
	} {
		if field.value == "" {
			return &mapping.Error{Kind: mapping.Required, Path: field.name, Message: "every exchange states it; expected " + field.expected}
		}
	}
	if err := s.words(); err != nil {
		return err
	}
	if err := s.agrees(sender, receivers); err != nil {
		return err
	}
	if b := basisOf(s.LegalBasis); b.Consent && s.Consent == "" {
		return &mapping.Error{Kind: mapping.Required, Path: fieldConsent, Message: b.Law + " takes the citizen's consent; expected a reference to it"}
	}
	return nil
}

// words refuses a word that is in no table, of those that are stated.
func (s Statement) words() error {
	if s.Purpose != "" && !slices.Contains(purposeCodes(), s.Purpose) {
		return unknown(fieldPurpose, s.Purpose, purposeCodes(), "")
	}
	if s.LegalBasis != "" && basisOf(s.LegalBasis) == nil {
		return unknown(fieldLegalBasis, s.LegalBasis, basisCodes(), noBasis(s.LegalBasis))
	}
	if s.Capacity != "" && !slices.Contains(Sectors(), s.Capacity) {
		return unknown(fieldCapacity, s.Capacity, Sectors(), "")
	}
	if s.Consent != "" && !reference(s.Consent) {
		return &mapping.Error{Kind: mapping.Value, Path: fieldConsent, Value: s.Consent,
			Message: "expected a reference of at most 200 letters, digits and signs without blanks, and no number of a citizen in it"}
	}
	return nil
}

// unknown is the error of a word that is in no table. why is said where the word
// is known for what it is not.
func unknown(field, word string, known []string, why string) error {
	message := "expected " + oneOf(known)
	if why != "" {
		message = "this is no basis for handing over: " + why + "; " + message
	} else {
		message += mapping.Meant(word, known)
	}
	return &mapping.Error{Kind: mapping.CodeInvalid, Path: field, Message: message, Value: word}
}

// agrees refuses contradictions between the fields that are stated, the sector of
// the sender and those of the receivers.
func (s Statement) agrees(sender string, receivers []string) error {
	if s.Capacity != "" {
		i := slices.IndexFunc(capacities, func(c Capacity) bool { return c.Sector == sender })
		if i < 0 {
			return contradiction(fieldCapacity, "the sector of the sender is not known; expected "+oneOf(Sectors()))
		}
		if c := capacities[i]; !slices.Contains(c.As, s.Capacity) {
			return contradiction(fieldCapacity, fmt.Sprintf("a sender of sector %s does not act as %s: %s; expected %s", sender, s.Capacity, c.Reason, oneOf(c.As)))
		}
	}
	b := basisOf(s.LegalBasis)
	if b == nil {
		return nil
	}
	if s.Capacity != "" && !slices.Contains(b.Capacities, s.Capacity) {
		return contradiction(fieldLegalBasis, b.contradicts("the sender acts as "+s.Capacity, func(o *Basis) bool { return slices.Contains(o.Capacities, s.Capacity) }))
	}
	if s.Purpose != "" && !slices.Contains(b.Purposes, s.Purpose) {
		return contradiction(fieldPurpose, fmt.Sprintf("%s is not for %s: %s; expected %s, or another legal basis", b.Law, s.Purpose, b.Reason, oneOf(b.Purposes)))
	}
	for _, r := range receivers {
		if !slices.Contains(b.Receivers, r) {
			return contradiction(fieldLegalBasis, b.contradicts("a receiver is of sector "+r, func(o *Basis) bool {
				return slices.Contains(o.Receivers, r) && slices.Contains(o.Capacities, s.Capacity)
			}))
		}
	}
	return nil
}

// contradicts says what a basis does not allow, why, and which bases would do.
func (b *Basis) contradicts(fact string, would func(*Basis) bool) string {
	var others []string
	for i := range bases {
		if would(&bases[i]) {
			others = append(others, bases[i].Code)
		}
	}
	return fmt.Sprintf("%s, and %s does not cover that: %s; expected %s", fact, b.Law, b.Reason, oneOf(others))
}

func contradiction(field, message string) error {
	return &mapping.Error{Kind: mapping.Security, Path: field, Message: message}
}

// reference reports whether a text can be the reference of a consent: a URI or
// Type/id, since "ja" says that somebody was asked and not where it is written. It
// goes into the audit and the log, where no citizen is named.
func reference(text string) bool {
	before, after, _ := strings.Cut(text, "/")
	if scheme, rest, uri := strings.Cut(text, ":"); uri {
		before, after = scheme, rest
	}
	if before == "" || after == "" || len(text) > 200 {
		return false
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	// Ten digits may follow each other in a UUID by chance.
	if own := text[strings.LastIndexAny(text, ":/")+1:]; uuid(own) {
		text = strings.TrimSuffix(text, own)
	}
	return !citizen(text)
}

func uuid(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(text) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen && c != '-' || !hyphen && strings.IndexByte("0123456789abcdefABCDEF", c) < 0 {
			return false
		}
	}
	return true
}

// citizen reports whether a number of a citizen (CPR, X-eCPR, D-eCPR) stands in a
// text.
func citizen(text string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for i := range len(text) {
		if !digit(i) || digit(i-1) {
			continue
		}
		for _, n := range []int{10, 11} {
			if i+n > len(text) || digit(i+n) {
				continue
			}
			part := text[i : i+n]
			_, cpr := lens.CPR(part)
			_, national := lens.XECPR(part)
			_, regional := lens.DECPR(part)
			if cpr || national == nil || regional == nil {
				return true
			}
		}
	}
	return false
}
