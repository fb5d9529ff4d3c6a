package web

import (
	"net/http"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// exchangeForm is what a person can do with deliveries.
type exchangeForm struct {
	From     string // the page it stands on
	Choices  []exchangeDelivery
	Reruns   bool     // one of them can be sent again
	Versions []string // of the mappings, that a rerun may ask for
}

// exchangeVersions are the versions of the mappings that a rerun may name: that in
// force, and those that routes demand.
func (v *view) exchangeVersions() []string {
	all := []string{v.content.Tag}
	if config := v.site.exchange.Config(); config != nil {
		for _, r := range config.Routes {
			all = append(all, r.Maps)
		}
	}
	all = nonEmpty(all...)
	slices.Sort(all[min(1, len(all)):])
	return slices.Compact(all)
}

// exchangeDeadPage is what /exchange/dead shows.
type exchangeDeadPage struct {
	Tabs  []exchangeTab
	Lines []exchangeLine // each with the deliveries that wait for a person
	Form  *exchangeForm
	More  bool // there are more of them than are shown
}

// mostDead is how many messages of each state the page of dead letters lists.
const mostDead = 200

// exchangeDead answers GET /exchange/dead.
func exchangeDead(v *view) error {
	if ok, err := v.exchanges(); !ok {
		return err
	}
	if err := v.plainAddress(); err != nil {
		return err
	}
	p := exchangeDeadPage{Tabs: v.exchangeTabs("/exchange/dead")}
	ctx, cancel := v.inTime()
	defer cancel()
	seen := map[string]bool{}
	for _, state := range []string{"dead", "held"} {
		lines, err := v.site.exchange.List(ctx, v.who, exchange.Filter{State: state, Receiver: spaced(v.r.URL.Query(), "receiver"), Limit: mostDead})
		if err != nil {
			return err
		}
		p.More = p.More || len(lines) == mostDead
		for _, l := range exchangeLines(lines) {
			if seen[l.ID] {
				continue
			}
			seen[l.ID] = true
			l.Deliveries = slices.DeleteFunc(l.Deliveries, func(d exchangeDelivery) bool { return !d.Waits() })
			p.Lines = append(p.Lines, l)
		}
	}
	slices.SortFunc(p.Lines, func(a, b exchangeLine) int { return b.Accepted.Compare(a.Accepted) })
	if v.may(exchange.Operate) && len(p.Lines) > 0 {
		p.Form = &exchangeForm{From: "/exchange/dead", Reruns: true, Versions: v.exchangeVersions()}
	}
	return v.render(http.StatusOK, "exchangedead", p)
}

// exchangeActPage is what POST /exchange/act shows: what would be done, or what was.
type exchangeActPage struct {
	Tabs   []exchangeTab
	Do     string
	Why    string
	Maps   string
	Pairs  []string // message and receiver, for the form that confirms
	Dry    bool
	Done   []exchange.Done
	Can    int // how many of them
	Cannot int
	From   string
}

// again is the form that shows what would be done; what was done is not done again.
func (p exchangeActPage) again() string {
	if p.Dry {
		return "dry"
	}
	return ""
}

// exchangeAct answers POST /exchange/act: tells what would be done with the
// deliveries that were chosen, and does it where that was confirmed.
func exchangeAct(v *view) error {
	if ok, err := v.exchanges(); !ok {
		return err
	}
	if v.r.Method != http.MethodPost {
		return v.elsewhere("/exchange/dead")
	}
	form, err := v.sent()
	if err != nil {
		return err
	}
	p := exchangeActPage{Tabs: v.exchangeTabs(""), Do: form.Get("do"), Why: spaced(form, "why"), Maps: spaced(form, "maps"),
		Pairs: form["pair"], Dry: form.Get("confirm") != "yes", From: exchangeBack(form.Get("back"))}
	if p.Do != exchange.Rerun {
		p.Maps = ""
	}
	switch {
	case p.Do != exchange.Rerun && p.Do != exchange.Release:
		return &mapping.Error{Kind: mapping.Value, Path: "do", Message: "expected rerun or release"}
	case len(p.Pairs) == 0:
		return &mapping.Error{Kind: mapping.Required, Path: "pair", Message: "expected at least one delivery; go back and choose some"}
	case p.Why == "":
		return &mapping.Error{Kind: mapping.Required, Path: "why", Message: "expected the reason, for the audit; no citizen's name in it"}
	}
	byReceiver, order, err := exchangeChosen(p.Pairs)
	if err != nil {
		return err
	}
	ctx, cancel := v.inAll()
	defer cancel()
	for _, receiver := range order {
		done, err := v.site.exchange.Act(ctx, v.who, exchange.Action{Do: p.Do, IDs: byReceiver[receiver], Receiver: receiver, Maps: p.Maps, Why: p.Why, Dry: p.Dry})
		p.Done = append(p.Done, done...)
		if err != nil && len(p.Done) == 0 {
			return err
		}
		if err != nil { // some were done; the rest is told to be not
			p.Done = append(p.Done, exchange.Done{Receiver: receiver, Refused: err.Error()})
			break
		}
	}
	for _, d := range p.Done {
		if d.Refused == "" {
			p.Can++
		} else {
			p.Cannot++
		}
	}
	return v.render(http.StatusOK, "exchangeact", p)
}

// exchangeChosen sorts what was chosen by receiver: an action is of one.
func exchangeChosen(pairs []string) (byReceiver map[string][]string, order []string, err error) {
	byReceiver = map[string][]string{}
	for _, pair := range pairs {
		id, receiver, ok := strings.Cut(pair, " ")
		if !ok || !exchangeID.MatchString(id) || receiver == "" {
			return nil, nil, &mapping.Error{Kind: mapping.Value, Path: "pair", Message: "expected the id of a message and a receiver"}
		}
		if byReceiver[receiver] == nil {
			order = append(order, receiver)
		}
		byReceiver[receiver] = append(byReceiver[receiver], id)
	}
	return byReceiver, order, nil
}

// exchangeBack is where a form came from, one of our own pages.
func exchangeBack(path string) string {
	if id, ok := strings.CutPrefix(path, "/exchange/"); ok && exchangeID.MatchString(id) {
		return path
	}
	return "/exchange/dead"
}

// exchangeFields are what the forms call what may be wrong with them.
var exchangeFields = map[string]string{"why": "exchange.why", "maps": "exchange.maps", "do": "exchange.do", "pair": "exchange.choose",
	"part": "exchange.part", "citizen": "exchange.citizen.number", "from": "exchange.from", "to": "exchange.to"}

// exchangeForms is what a form of this part calls what is wrong with it, and where that
// form stands; both are empty of anything else.
func (v *view) exchangeForms(path string) (field, back string) {
	at := v.r.URL.Path
	if exchangeFields[path] == "" || at != "/exchange" && !strings.HasPrefix(at, "/exchange/") {
		return "", ""
	}
	switch id := v.r.PathValue("id"); {
	case exchangeID.MatchString(id):
		back = "/exchange/" + id
	case at == actPath:
		back = exchangeBack(v.r.PostForm.Get("back"))
	default:
		back = "/exchange"
	}
	return v.say(exchangeFields[path]), back
}
