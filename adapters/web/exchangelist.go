package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
)

// exchangePage is how many messages a page lists. Those of a citizen have no next page,
// which would take the number again: as many of them as the node gives at once.
const (
	exchangePage    = 50
	exchangeCitizen = 1000
)

// exchangeStates are the states of a delivery, in the order of its way.
var exchangeStates = []string{"waiting", "sending", "retry", "held", "dead", "delivered", "released"}

// exchangeFilter is what /exchange was asked for.
type exchangeFilter struct {
	State, Sender, Receiver, Document, Channel, From, To string

	Before  int64
	Citizen bool // one was looked for; the number itself is not shown again
}

// exchangeListPage is what /exchange shows.
type exchangeListPage struct {
	Tabs      []exchangeTab
	Filter    exchangeFilter
	States    []string
	Documents []string
	Senders   []string // to choose from, for who sees them all
	Receivers []string
	Lines     []exchangeLine
	Older     string // the address of the next page
	Cut       int    // how many of a citizen's are listed, where that is not all; 0: it is
	Newest    string // of the first page
	Live      bool
	Here      string // this page, for the next look
	Toggle    string // this page with the other wish
	Now       exchangeMoment
}

// exchangeList answers /exchange: GET lists the messages that the filters select,
// POST those of a citizen, with the reason.
func exchangeList(v *view) error {
	if ok, err := v.exchanges(); !ok {
		return err
	}
	if err := v.plainAddress(); err != nil {
		return err
	}
	values := v.r.URL.Query()
	who := v.who
	citizen := ""
	if v.r.Method == http.MethodPost {
		form, err := v.sent()
		if err != nil {
			return err
		}
		values, citizen, who.Why = form, spaced(form, "citizen"), spaced(form, "why")
		switch {
		case citizen == "":
			return &mapping.Error{Kind: mapping.Required, Path: "citizen", Message: "expected the number of a citizen"}
		case who.Why == "":
			return &mapping.Error{Kind: mapping.Required, Path: "why", Message: "expected the reason, for the audit; no citizen's name in it"}
		}
	}
	p := exchangeListPage{Tabs: v.exchangeTabs("/exchange"), Filter: exchangeFilterOf(values), States: exchangeStates,
		Documents: document.Documents(), Live: values.Get("live") == "1" && citizen == "", Now: exchangeMoment{v.site.now()}}
	p.Filter.Citizen = citizen != ""
	filter, err := p.Filter.read()
	if err != nil {
		return err
	}
	if citizen != "" {
		filter.Citizen, filter.Limit = citizen, exchangeCitizen
	}
	ctx, cancel := v.inTime()
	defer cancel()
	lines, err := v.site.exchange.List(ctx, who, filter)
	if err != nil {
		return err
	}
	p.Lines = exchangeLines(lines)
	if more := len(lines) == filter.Limit; more && citizen != "" {
		p.Cut = len(lines)
	} else {
		p.addresses(more)
	}
	if v.partial() {
		return v.renderBlock("exchange", "lines", p)
	}
	p.Senders, p.Receivers = v.exchangeParties()
	return v.render(http.StatusOK, "exchange", p)
}

// exchangeFilterOf reads the filters of an address or a form.
func exchangeFilterOf(values url.Values) exchangeFilter {
	f := exchangeFilter{State: spaced(values, "state"), Sender: spaced(values, "sender"), Receiver: spaced(values, "receiver"),
		Document: spaced(values, "document"), Channel: spaced(values, "channel"), From: spaced(values, "from"), To: spaced(values, "to")}
	f.Before, _ = strconv.ParseInt(values.Get("before"), 10, 64) // what is no number is the first page
	return f
}

// read makes the node's filter.
func (f exchangeFilter) read() (exchange.Filter, error) {
	filter := exchange.Filter{State: f.State, Sender: f.Sender, Receiver: f.Receiver, Document: f.Document, Channel: f.Channel,
		Before: f.Before, Limit: exchangePage}
	for _, day := range []struct {
		name, text string
		into       *time.Time
		more       int
	}{{"from", f.From, &filter.From, 0}, {"to", f.To, &filter.To, 1}} {
		if day.text == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, day.text, time.Local)
		if err != nil {
			return filter, &mapping.Error{Kind: mapping.Value, Path: day.name, Message: "expected a date, like 2026-11-22"}
		}
		*day.into = t.AddDate(0, 0, day.more)
	}
	return filter, nil
}

// Any reports whether anything is asked for.
func (f exchangeFilter) Any() bool {
	return f != (exchangeFilter{Before: f.Before})
}

// query writes the filters for an address. A citizen is in none.
func (f exchangeFilter) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"state": f.State, "sender": f.Sender, "receiver": f.Receiver, "document": f.Document,
		"channel": f.Channel, "from": f.From, "to": f.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// addresses fills in where the page leads to.
func (p *exchangeListPage) addresses(more bool) {
	address := func(set func(url.Values)) string {
		q := p.Filter.query()
		set(q)
		if len(q) == 0 {
			return "/exchange"
		}
		return "/exchange?" + q.Encode()
	}
	live := func(q url.Values, on bool) {
		if on {
			q.Set("live", "1")
		}
	}
	if more {
		p.Older = address(func(q url.Values) { q.Set("before", strconv.FormatInt(p.Lines[len(p.Lines)-1].Seq, 10)) })
	}
	if p.Filter.Before > 0 {
		p.Newest = address(func(url.Values) {})
	}
	p.Here = address(func(q url.Values) { live(q, p.Live) })
	p.Toggle = address(func(q url.Values) { live(q, !p.Live) })
}

// exchangeParties lists whom to choose from, for whoever is about all of them: the
// operator, and who tries it out.
func (v *view) exchangeParties() (senders, receivers []string) {
	config := v.site.exchange.Config()
	if config == nil || v.who.Client != nil && v.who.Client.ID != exchange.Local {
		return nil, nil
	}
	for _, c := range config.Clients {
		senders = append(senders, c.ID)
	}
	for _, r := range config.Receivers {
		receivers = append(receivers, r.Name)
	}
	slices.Sort(senders)
	slices.Sort(receivers)
	return senders, receivers
}
