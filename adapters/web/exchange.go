package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// exchangePages are the pages of this part: where messages are and why. Every
// page asks the node as whoever looks, and nothing is done by a GET.
var exchangePages = []page{
	{"/exchange", both, exchangeParty, exchangeList},
	{"/exchange/dead", get, exchangeParty, exchangeDead},
	{"/exchange/health", get, exchangeLog, exchangeHealth},
	{"/exchange/shadow", get, exchangeLog, exchangeShadow},
	{actPath, both, []exchange.Right{exchange.Operate}, exchangeAct},
	{"/exchange/:id", get, exchangeParty, exchangeLife},
	{readPath, both, []exchange.Right{exchange.Send, exchange.Receive, exchange.Read}, exchangeRead},
}

// Where a person has the node do something.
const (
	actPath  = "/exchange/act"
	readPath = "/exchange/:id/read"
)

// Who may ask at all. What of it somebody sees, the node says.
var (
	exchangeParty = []exchange.Right{exchange.Send, exchange.Receive, exchange.Log}
	exchangeLog   = []exchange.Right{exchange.Log}
)

// exchangeBudget is how long an answer of the node is waited for.
const exchangeBudget = 30 * time.Second

// exchangeAll is how long what a person has the node do may take, of many deliveries
// in one. The answer is not waited for as long: it goes on.
const exchangeAll = 4 * exchangeBudget

// exchanges answers where no exchange runs here; it reports whether one does.
func (v *view) exchanges() (bool, error) {
	if v.site.exchange != nil {
		return true, nil
	}
	return false, v.render(http.StatusOK, "exchangenone", nil)
}

// elsewhere answers a GET to what only a form does, as of somebody who changes the
// language there: with the page that the form stands on.
func (v *view) elsewhere(path string) error {
	if lang := v.r.URL.Query().Get("lang"); lang == v.lang {
		path += "?lang=" + lang
	}
	v.headers()
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// inTime is the context of a question to the node. What was begun is answered.
func (v *view) inTime() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(v.r.Context()), exchangeBudget)
}

// inAll is the context of what a person has the node do.
func (v *view) inAll() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(v.r.Context()), exchangeAll)
}

// may reports whether whoever looks has a right.
func (v *view) may(r exchange.Right) bool { return v.who.May(r) == nil }

// sent reads the fields of a form that this site itself sent: a page of another
// place has a browser say so.
func (v *view) sent() (url.Values, error) {
	if !ownPage(v.r) {
		return nil, &mapping.Error{Kind: mapping.Security, Message: "the form was sent by a page of another place; open this site and send it from there"}
	}
	if err := v.r.ParseForm(); err != nil {
		return nil, &mapping.Error{Kind: mapping.Structure, Message: "the form cannot be read"}
	}
	return v.r.PostForm, nil
}

// ownPage reports whether a request can have been sent by a page of this site, or
// by a program.
func ownPage(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// exchangeTab is one of the pages of this part, for the menu on each.
type exchangeTab struct {
	Path, Key string
	Here      bool
}

// exchangeTabs is the menu of this part, as far as whoever looks may open what is in it.
func (v *view) exchangeTabs(here string) []exchangeTab {
	tabs := []exchangeTab{{Path: "/exchange", Key: "exchange.list"}, {Path: "/exchange/dead", Key: "exchange.dead"}}
	if v.may(exchange.Log) {
		tabs = append(tabs, exchangeTab{Path: "/exchange/health", Key: "exchange.health"}, exchangeTab{Path: "/exchange/shadow", Key: "exchange.shadow"})
	}
	for i := range tabs {
		tabs[i].Here = tabs[i].Path == here
	}
	return tabs
}

// exchangeID is how the node names a message.
var exchangeID = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// messageID is the id of the message in the path. What is no id of the node names
// no message.
func (v *view) messageID() (string, error) {
	id := v.r.PathValue("id")
	if !exchangeID.MatchString(id) {
		return "", noSuchMessage()
	}
	return id, nil
}

func noSuchMessage() error {
	return &mapping.Error{Kind: mapping.NotFound, Message: "no message of yours has this id"}
}

// citizenNumber finds what could be a citizen's number, of the register or one of
// those that stand in for it.
var citizenNumber = regexp.MustCompile(`(?:^|[^0-9A-Za-z])[0-9]{6}[- ]?(?:[0-9]{4}|[0-9][A-Za-z]{2}[0-9])(?:$|[^0-9A-Za-z])`)

// plainAddress refuses an address that could name a citizen: addresses are logged
// by whoever stands in between.
func (v *view) plainAddress() error {
	q := v.r.URL.Query()
	for _, values := range q {
		for _, value := range values {
			if citizenNumber.MatchString(value) {
				return &mapping.Error{Kind: mapping.Security, Message: "an address must not name a citizen; look for one with the form, which sends the number in its body"}
			}
		}
	}
	if q.Has("citizen") {
		return &mapping.Error{Kind: mapping.Security, Message: "an address must not name a citizen; look for one with the form, which sends the number in its body"}
	}
	return nil
}

// exchangeMoment is a moment as it is shown: to the second where it matters, by
// the clock of the machine that the node runs on.
type exchangeMoment struct{ time.Time }

// Machine is the moment for programs.
func (m exchangeMoment) Machine() string { return m.UTC().Format(time.RFC3339) }

// Text is the moment for people.
func (m exchangeMoment) Text() string { return m.Local().Format("2006-01-02 15:04:05") }

// Short is the moment without its seconds.
func (m exchangeMoment) Short() string { return m.Local().Format("2006-01-02 15:04") }

// Said reports whether there is one.
func (m exchangeMoment) Said() bool { return !m.IsZero() }

// exchangeAgo is how long ago something was, in the largest unit that says enough.
func (v *view) exchangeAgo(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	d := v.site.now().Sub(t)
	switch {
	case d < time.Minute:
		return v.say("exchange.ago.now")
	case d < 2*time.Hour:
		return v.say("exchange.ago.minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return v.say("exchange.ago.hours", int(d.Hours()))
	}
	return v.say("exchange.ago.days", int(d.Hours()/24))
}

// exchangeDelivery is a delivery as the pages show it.
type exchangeDelivery struct {
	exchange.Delivery
	Message string
}

// Since is when it came to be where it is.
func (d exchangeDelivery) Since() exchangeMoment { return exchangeMoment{d.Changed} }

// Again is when it is tried again.
func (d exchangeDelivery) Again() exchangeMoment { return exchangeMoment{d.Next} }

// Waits reports whether a person must decide about it.
func (d exchangeDelivery) Waits() bool { return d.State == "dead" || d.State == "held" }

// Open reports whether it is not over.
func (d exchangeDelivery) Open() bool { return d.State != "delivered" && d.State != "released" }

// Pair names it in a form: the message, and the receiver.
func (d exchangeDelivery) Pair() string { return d.Message + " " + d.Receiver }

// exchangeLine is a message as the pages show it.
type exchangeLine struct {
	exchange.Line
	Deliveries []exchangeDelivery
}

// At is when it was accepted.
func (l exchangeLine) At() exchangeMoment { return exchangeMoment{l.Accepted} }

// Short is the end of the id, by which people tell one message from another.
func (l exchangeLine) Short() string { return l.ID[max(len(l.ID)-8, 0):] }

func exchangeLines(lines []exchange.Line) []exchangeLine {
	all := make([]exchangeLine, len(lines))
	for i, l := range lines {
		all[i] = exchangeLine{Line: l, Deliveries: exchangeDeliveries(l)}
	}
	return all
}

func exchangeDeliveries(l exchange.Line) []exchangeDelivery {
	all := make([]exchangeDelivery, len(l.Deliveries))
	for i, d := range l.Deliveries {
		all[i] = exchangeDelivery{d, l.ID}
	}
	return all
}

// spaced is a text without the white space around it.
func spaced(values url.Values, name string) string { return strings.TrimSpace(values.Get(name)) }
