package faults

import (
	"strings"
	"testing"

	"tolk/mapping/exchange"
)

// The judge finds each kind of fault, and none where there is none: a test that
// nothing can fail shows nothing.
func TestJudge(t *testing.T) {
	b := newBook()
	one, two, other := laneLetter(0, 1, "x"), laneLetter(0, 2, "x"), laneLetter(0, 3, "x")
	b.offer(one)
	b.offer(two)
	b.take(one, "id-1")
	b.take(two, "id-2")
	got := func(id string, l letter) arrival { return arrival{Request: id, Body: l.body} }
	for name, c := range map[string]struct {
		all  []arrival
		want string // of the fault; empty: none
	}{
		"sound":              {[]arrival{got("id-1", one), got("id-2", two)}, ""},
		"twice the same":     {[]arrival{got("id-1", one), got("id-1", one), got("id-2", two)}, ""},
		"nothing":            {nil, ""}, // which the lives tell
		"unknown bytes":      {[]arrival{got("id-3", other)}, "nobody sent"},
		"twice different":    {[]arrival{got("id-1", one), got("id-1", two)}, "different bytes"},
		"exchanged":          {[]arrival{got("id-2", one)}, "something else"},
		"backwards":          {[]arrival{got("id-2", two), got("id-1", one)}, "backwards"},
		"backwards, again":   {[]arrival{got("id-1", one), got("id-2", two), got("id-1", one)}, "backwards"},
		"under two names":    {[]arrival{got("id-1", one), got("id-9", one)}, "same letter"},
		"one bit is changed": {[]arrival{{Request: "id-1", Body: strings.Replace(one.body, "K", "J", 1)}}, "nobody sent"},
	} {
		_, faults := b.arrived("x", c.all)
		if said := strings.Join(faults, "; "); (c.want == "") != (said == "") || !strings.Contains(said, c.want) {
			t.Errorf("%s: got %q, want %q", name, said, c.want)
		}
	}
	life := func(state, code, why string, steps ...string) *exchange.Life {
		l := &exchange.Life{Line: exchange.Line{Deliveries: []exchange.Delivery{{Receiver: "x", State: state, Code: code, Why: why}}}}
		for _, what := range steps {
			l.Steps = append(l.Steps, exchange.Step{What: what, Receiver: "x"})
		}
		return l
	}
	for name, c := range map[string]struct {
		life *exchange.Life
		here bool
		want string
	}{
		"delivered":           {life("delivered", "", "", "accept", "delivered"), true, ""},
		"dead with reason":    {life("dead", "http-422", "refused", "dead"), false, ""},
		"here and dead":       {life("dead", "http-422", "refused", "dead"), true, ""},
		"lost":                {nil, false, "does not know it"},
		"goes nowhere":        {&exchange.Life{}, false, "goes nowhere"},
		"said to be there":    {life("delivered", "", "", "delivered"), false, "never got it"},
		"dead without reason": {life("dead", "", "", "dead"), false, "nothing says why"},
		"stuck":               {life("sending", "", ""), false, "nothing moves"},
		"two ends":            {life("delivered", "", "", "delivered", "released"), true, "ended 2 times"},
		"twice delivered":     {life("delivered", "", "", "delivered", "delivered"), true, "ended 2 times"},
		"an end without step": {life("delivered", "", "", "accept"), true, "ended 0 times"},
	} {
		faults := judgeOne(one, "id-1", c.life, map[string]map[string]bool{"x": {"id-1": c.here}})
		if said := strings.Join(faults, "; "); (c.want == "") != (said == "") || !strings.Contains(said, c.want) {
			t.Errorf("%s: got %q, want %q", name, said, c.want)
		}
	}
}
