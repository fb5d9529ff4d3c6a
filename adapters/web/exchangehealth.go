package web

import (
	"errors"
	"net/http"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// exchangeHealthPage is what /exchange/health shows.
type exchangeHealthPage struct {
	Tabs      []exchangeTab
	Ready     string // why nothing is accepted now, empty when it is
	Receivers []receiverHealth
	Live      bool
	Now       exchangeMoment
}

// receiverHealth is where a receiver is, as the page shows it.
type receiverHealth struct {
	exchange.Health
	Open   []openState
	Since  exchangeMoment // the oldest that is open
	Ago    string
	Again  exchangeMoment
	Trying bool
}

// openState is how many deliveries are open in one state.
type openState struct {
	State string
	Count int
}

// exchangeHealth answers GET /exchange/health.
func exchangeHealth(v *view) error {
	if ok, err := v.exchanges(); !ok {
		return err
	}
	ctx, cancel := v.inTime()
	defer cancel()
	all, err := v.site.exchange.Health(ctx, v.who)
	if err != nil {
		return err
	}
	p := exchangeHealthPage{Tabs: v.exchangeTabs("/exchange/health"), Live: v.r.URL.Query().Get("live") == "1", Now: exchangeMoment{v.site.now()}}
	if err := v.site.exchange.Ready(); err != nil {
		p.Ready = v.say("exchange.notready")
		var later *exchange.Later
		if errors.As(err, &later) {
			p.Ready = later.Error()
		}
	}
	for _, h := range all {
		r := receiverHealth{Health: h, Since: exchangeMoment{h.Oldest}, Ago: v.exchangeAgo(h.Oldest), Again: exchangeMoment{h.Retry}, Trying: !h.Retry.IsZero()}
		for _, state := range exchangeStates {
			if n := h.Open[state]; n > 0 {
				r.Open = append(r.Open, openState{state, n})
			}
		}
		p.Receivers = append(p.Receivers, r)
	}
	if v.partial() {
		return v.renderBlock("exchangehealth", "receivers", p)
	}
	return v.render(http.StatusOK, "exchangehealth", p)
}

// exchangeShadowPage is what /exchange/shadow shows.
type exchangeShadowPage struct {
	Tabs   []exchangeTab
	Shadow *exchange.Shadowed // nil where no candidate runs
	Since  exchangeMoment
}

// Share is what part of the documents came out the same, in percent.
func (p exchangeShadowPage) Share() int {
	if p.Shadow == nil || p.Shadow.Documents == 0 {
		return 0
	}
	return int(100 * p.Shadow.Same / p.Shadow.Documents)
}

// exchangeShadow answers GET /exchange/shadow.
func exchangeShadow(v *view) error {
	if ok, err := v.exchanges(); !ok {
		return err
	}
	ctx, cancel := v.inTime()
	defer cancel()
	p := exchangeShadowPage{Tabs: v.exchangeTabs("/exchange/shadow")}
	s, err := v.site.exchange.Shadow(ctx, v.who)
	var e *mapping.Error
	switch {
	case err == nil:
		p.Shadow, p.Since = s, exchangeMoment{s.Since}
	case !errors.As(err, &e) || e.Kind != mapping.NotFound:
		return err
	}
	return v.render(http.StatusOK, "exchangeshadow", p)
}
