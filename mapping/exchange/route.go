package exchange

import (
	"fmt"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
)

// everything stands in a list of a client for all there is.
const everything = "*"

// Decide says where a message goes and why. The error is of kind security for
// what the client or the law does not allow, not-found for a route to nowhere,
// too-long for more than a receiver takes, and business-rule for what a person
// must settle first: a consent that is missing, marked content, a form that the
// receiver does not get. A statement that is not whole has the errors of Check.
//
// A message goes to all receivers of its route or to none.
func (c *Config) Decide(f Facts) (Decision, error) {
	if err := f.allowed(); err != nil {
		return Decision{}, err
	}
	asked, err := c.asked(f)
	if err != nil {
		return Decision{}, err
	}
	route, to := c.match(f, asked)
	if route == nil {
		return Decision{}, c.nowhere(f, asked)
	}
	if err := f.reaches(route, to); err != nil {
		return Decision{}, err
	}
	return Decision{Route: route.Name, Version: c.Version, Why: f.why(route, asked, to), To: to}, nil
}

// Marked returns nil if marked content (meta.security R, privatmarkering) may go
// to a receiver by a route, and else an error of kind business-rule. A route that
// is not in the configuration any more allows nothing.
func (c *Config) Marked(route string, to *Receiver) error {
	r := c.Route(route)
	if r == nil {
		r = &Route{Name: route}
	}
	return r.marked(to)
}

func (r *Route) marked(to *Receiver) error {
	if to.Sector == health || r.Private != "" {
		return nil
	}
	return &mapping.Error{Kind: mapping.BusinessRule, Path: "document",
		Message: fmt.Sprintf("the document has content marked as private, which does not go to the social side: %s is of it, and the route %s states no reason (private) why it may", to.Name, r.Name)}
}

// allowed refuses what the client may not hand over at all.
func (f Facts) allowed() error {
	who := f.Sender
	if who == nil {
		return forbidden("", "a message is handed over by a client of the configuration")
	}
	if !slices.Contains(who.Rights, Send) {
		return (Caller{Client: who}).May(Send)
	}
	if f.Document != "" && !plain(f.Document) {
		return &mapping.Error{Kind: mapping.CodeInvalid, Path: "document", Message: "expected " + oneOf(document.Documents()), Value: f.Document}
	}
	if !listed(who.Documents, f.Document) {
		message := who.ID + " may hand over " + oneOf(who.Documents)
		if f.Document == "" {
			message += "; what this is was not recognised"
		}
		return forbidden("document", message)
	}
	if err := who.Writes(f.From); err != nil {
		return err
	}
	if err := f.registered(); err != nil {
		return err
	}
	return f.Statement.With(who.Statement).Check(who.Sector)
}

// Writes refuses a message that says it is from another organisation than the
// client's: by a number or, where it has none of the numbers that a form is written
// with, by its name, which would go out beside the client's number.
func (c *Client) Writes(from document.Party) error {
	own := c.Organisation
	if differ(own, from) {
		return forbidden("sender", "the message says that it is from another organisation than that of "+c.ID+"; expected its own SOR and GLN numbers")
	}
	if numbered(own) && !numbered(from) && from.Name != "" && !named(own, from) {
		return forbidden("sender", "the message says that it is from an organisation of another name than that of "+c.ID+", and has neither its SOR nor its GLN number; expected one of the numbers, or the name as it is configured")
	}
	return nil
}

// registered refuses a message that says another CVR number than its client's.
func (f Facts) registered() error {
	if own := f.Sender.CVR; own != "" && f.CVR != "" && f.CVR != own {
		return forbidden("sender", "the message says that it is from another company or authority than that of "+f.Sender.ID+"; expected its own CVR number")
	}
	return nil
}

// asked is the receiver that the sender asked for, nil where he left it to the
// message and the routes.
func (c *Config) asked(f Facts) (*Receiver, error) {
	if f.Receiver == "" {
		return nil, nil
	}
	r := c.Receiver(f.Receiver)
	if r == nil {
		var reach []string
		for i := range c.Receivers {
			if name := c.Receivers[i].Name; listed(f.Sender.Receivers, name) {
				reach = append(reach, name)
			}
		}
		message := "no receiver has this name" + mapping.Meant(f.Receiver, reach)
		if len(reach) > 0 {
			message = "expected " + oneOf(reach) + mapping.Meant(f.Receiver, reach)
		}
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: "receiver", Message: message, Value: f.Receiver}
	}
	if !listed(f.Sender.Receivers, r.Name) {
		return nil, f.unreached(r)
	}
	if differ(r.Organisation, f.Addressed) {
		return nil, &mapping.Error{Kind: mapping.BusinessRule, Path: "receiver",
			Message: "the message itself is addressed to another organisation than that of " + r.Name + ", which was asked for; expected one of the two"}
	}
	return r, nil
}

// match returns the first route that a message matches, and its receivers.
func (c *Config) match(f Facts, asked *Receiver) (*Route, []*Receiver) {
	for i := range c.Routes {
		r := &c.Routes[i]
		if !r.of(f) || r.Receiver != "" && !c.meant(f, asked, r.Receiver) {
			continue
		}
		if to := c.destinations(r, f, asked); len(to) > 0 {
			return r, to
		}
	}
	return nil, nil
}

// destinations are the receivers of a route, for a message that it is for. A route
// that names none is for whom the message is; empty where that is nobody.
func (c *Config) destinations(r *Route, f Facts, asked *Receiver) []*Receiver {
	names := r.To
	if len(names) == 0 && r.Receiver == "" {
		return c.named(f, asked)
	}
	if len(names) == 0 {
		names = []string{r.Receiver}
	}
	to := make([]*Receiver, 0, len(names))
	for _, name := range names {
		d := c.Receiver(name)
		if d == nil {
			return nil // Parse lets no such route be
		}
		to = append(to, d)
	}
	return to
}

// of reports whether a route is for a message from its sender, of its kind and of
// its areas.
func (r *Route) of(f Facts) bool {
	if len(r.Senders) > 0 && !slices.Contains(r.Senders, f.Sender.ID) || len(r.Documents) > 0 && !slices.Contains(r.Documents, f.Document) {
		return false
	}
	outside := func(area string) bool { return !slices.Contains(r.Areas, area) }
	return len(r.Areas) == 0 || len(f.Areas) > 0 && !slices.ContainsFunc(f.Areas, outside)
}

// meant reports whether a message is for a receiver: it was asked for or, where
// nobody was, the message is addressed to its organisation.
func (c *Config) meant(f Facts, asked *Receiver, name string) bool {
	if asked != nil {
		return asked.Name == name
	}
	r := c.Receiver(name)
	return r != nil && is(r.Organisation, f.Addressed)
}

// named is the receiver of a route that names none: whom the sender asked for, or
// whom the message is addressed to; of several of one organisation the first that
// the sender reaches and that takes the document.
func (c *Config) named(f Facts, asked *Receiver) []*Receiver {
	if asked != nil {
		return []*Receiver{asked}
	}
	var first []*Receiver
	for i := range c.Receivers {
		r := &c.Receivers[i]
		if !is(r.Organisation, f.Addressed) {
			continue
		}
		if listed(f.Sender.Receivers, r.Name) && f.fits(r) == nil {
			return []*Receiver{r}
		}
		if first == nil {
			first = []*Receiver{r}
		}
	}
	return first
}

// elsewhere is the first route that would take a message if it were of other areas;
// nil where none would.
func (c *Config) elsewhere(f Facts, asked *Receiver) *Route {
	anywhere := *c
	anywhere.Routes = slices.Clone(c.Routes)
	for i := range anywhere.Routes {
		anywhere.Routes[i].Areas = nil
	}
	if r, _ := anywhere.match(f, asked); r != nil {
		return c.Route(r.Name)
	}
	return nil
}

// nowhere is the error of a message that no route is for.
func (c *Config) nowhere(f Facts, asked *Receiver) error {
	message := "no route takes " + f.what() + " from " + f.Sender.ID
	addressed := c.Addressed(f.Addressed)
	other := c.elsewhere(f, asked)
	switch {
	case other != nil && len(f.Areas) == 0:
		message += ": the route " + other.Name + " is for " + oneOf(other.Areas) + ", and the message has no concept of FSIII, which says its area"
	case other != nil:
		message += ": the route " + other.Name + " is for " + oneOf(other.Areas) + ", and the message is of " + strings.Join(f.Areas, " and ")
	case asked != nil:
		message += " to " + asked.Name
	case addressed != nil && listed(f.Sender.Receivers, addressed.Name):
		message += " to " + addressed.Name + ", whom the message is addressed to"
	case f.Addressed != (document.Party{}):
		message += ": whom the message is addressed to is no receiver here; expected a receiver to be asked for by name"
	default:
		message += ": nobody was asked for, and the message is addressed to nobody; expected a receiver to be asked for by name"
	}
	return &mapping.Error{Kind: mapping.NotFound, Path: "receiver", Message: message}
}

// reaches refuses what stands between a message and the receivers of its route.
func (f Facts) reaches(route *Route, to []*Receiver) error {
	s := f.Statement.With(f.Sender.Statement)
	other := func(r *Receiver) bool { return differ(r.Organisation, f.Addressed) }
	if !slices.ContainsFunc(to, func(r *Receiver) bool { return !other(r) }) {
		return &mapping.Error{Kind: mapping.BusinessRule, Path: "receiver",
			Message: "the message itself is addressed to another organisation than any that the route " + route.Name + " leads to; expected the number of one of these in it, or none"}
	}
	if err := f.everybody(route, to); err != nil {
		return err
	}
	for _, r := range to {
		if !listed(f.Sender.Receivers, r.Name) {
			return f.unreached(r)
		}
		if err := s.Check(f.Sender.Sector, r.Sector); err != nil {
			return err
		}
	}
	if route.Consent && s.Consent == "" {
		return &mapping.Error{Kind: mapping.BusinessRule, Path: fieldConsent, Message: "the route " + route.Name + " takes the citizen's consent (" + route.Why + "); expected a reference to it"}
	}
	// § 41, stk. 2, nr. 1 asks for no consent, but gives way to a citizen who says no.
	if f.Refused && (route.Consent || basisOf(s.LegalBasis).Consent || s.LegalBasis == "sundhedsloven-41") {
		return &mapping.Error{Kind: mapping.BusinessRule, Path: fieldConsent, Message: "the document itself says that the citizen does not consent, and " + basisOf(s.LegalBasis).Law + " or the route does not let it pass then; expected another legal basis, or nothing to be handed over"}
	}
	for _, r := range to {
		if f.Marked {
			if err := route.marked(r); err != nil {
				return err
			}
		}
		if err := f.fits(r); err != nil {
			return err
		}
		if r.Bytes > 0 && f.Bytes > r.Bytes {
			return &mapping.Error{Kind: mapping.TooLong, Message: fmt.Sprintf("%s takes at most %d bytes", r.Name, r.Bytes)}
		}
	}
	return nil
}

// everybody refuses a message to several of whom some would get nothing, and that
// they are addressed would stand in what the others get.
func (f Facts) everybody(route *Route, to []*Receiver) error {
	if len(f.Others) == 0 {
		return nil
	}
	all, left := append([]document.Party{f.Addressed}, f.Others...), 0
	for _, p := range all {
		if !slices.ContainsFunc(to, func(r *Receiver) bool { return f.gets(r, p) }) {
			left++
		}
	}
	if left == 0 {
		return nil
	}
	return &mapping.Error{Kind: mapping.BusinessRule, Path: "receiver",
		Message: fmt.Sprintf("the message is addressed to %d organisations, copies counted, and %d of them would get nothing by the route %s; expected a route that leads to each of them, or a message of its own to each", len(all), left, route.Name)}
}

// gets reports whether whom a message is addressed to is the organisation of a
// receiver: by number, by name where they cannot be told apart by number. One
// without a number that was asked for by name is whoever the sender says.
func (f Facts) gets(r *Receiver, p document.Party) bool {
	return is(r.Organisation, p) || !differ(r.Organisation, p) && named(r.Organisation, p) ||
		!numbered(r.Organisation) && r.Name == f.Receiver
}

// fits refuses a document that cannot be written in the form of a receiver.
func (f Facts) fits(r *Receiver) error {
	if err := r.Takes(f.Document); err != nil {
		return err
	}
	if r.Form == Original || f.Form == "" || f.Form == r.Form {
		return nil
	}
	if err := document.Offered(f.Document, f.Form, r.Form); err != nil {
		return &mapping.Error{Kind: mapping.BusinessRule, Path: "document", Message: r.Name + " gets " + r.Form, Err: err}
	}
	return nil
}

// why tells in words where a message goes and by which rule.
func (f Facts) why(route *Route, asked *Receiver, to []*Receiver) string {
	var b strings.Builder
	fmt.Fprintf(&b, "route %s (%s): %s from %s", route.Name, route.Why, f.what(), f.Sender.ID)
	switch {
	case asked != nil:
		fmt.Fprintf(&b, ", who asked for %s,", asked.Name)
	case route.Receiver != "":
		fmt.Fprintf(&b, ", addressed to the organisation of %s,", route.Receiver)
	case len(route.To) == 0:
		fmt.Fprintf(&b, ", addressed to the organisation of %s,", to[0].Name)
	}
	for i, r := range to {
		if i > 0 {
			b.WriteString(" and")
		}
		fmt.Fprintf(&b, " to %s (%s, %s)", r.Name, r.Form, r.Channel())
	}
	s := f.Statement.With(f.Sender.Statement)
	fmt.Fprintf(&b, "; %s by %s, the sender acting as %s", s.Purpose, basisOf(s.LegalBasis).Law, s.Capacity)
	if s.Consent != "" {
		b.WriteString(", a consent is referenced")
	}
	if f.Marked {
		b.WriteString("; it has content marked as private")
		if route.Private != "" {
			b.WriteString(", which may go here: " + route.Private)
		}
	}
	return b.String()
}

// what names the document in words.
func (f Facts) what() string {
	if f.Document == "" {
		return "a document of an unrecognised kind"
	}
	return f.Document
}

func (f Facts) unreached(r *Receiver) error {
	return forbidden("receiver", f.Sender.ID+" may not send to "+r.Name+": it is not among the receivers of the client")
}

func forbidden(path, message string) error {
	return &mapping.Error{Kind: mapping.Security, Path: path, Message: message}
}

// listed reports whether a name is in a list of a client.
func listed(list []string, name string) bool {
	return slices.Contains(list, everything) || name != "" && slices.Contains(list, name)
}
