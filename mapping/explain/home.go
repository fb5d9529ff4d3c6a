package explain

import (
	"errors"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
)

// home is the way back: the translated document translated home again, by itself and
// with the residue. Both are done once, for all leaves.
type home struct {
	offered  bool
	why      string
	without  *side
	restored *side
	lines    []ledger.Line // of the way back without the residue
	places   *places
}

// goHome takes both ways back.
func (a *Account) goHome() *home {
	h := &home{offered: true}
	h.restore(a)
	h.translate(a)
	return h
}

// restore goes home with the residue.
func (h *home) restore(a *Account) {
	q := a.c.Request
	residue := a.c.Result.Residue
	if len(residue) == 0 && q.Residue == "" {
		again := q
		again.WithResidue = true
		if made, err := a.c.Gateway.Translate(a.c.Input, again); err == nil {
			residue = made.Residue
		}
	}
	if len(residue) == 0 {
		return
	}
	back, err := a.c.Gateway.Translate(string(a.c.Result.Output), document.Request{From: q.To, To: q.From, Residue: string(residue)})
	if err == nil {
		h.restored, _ = readText("home", string(back.Output), a.source.hub)
	}
}

// translate goes home without the residue.
func (h *home) translate(a *Account) {
	q := a.c.Request
	from, to := document.AsWritten(q.From, q.Sender, q.Receiver) // said of the way out
	back, err := a.c.Gateway.Translate(string(a.c.Result.Output), document.Request{Document: a.kind(), From: q.To, To: q.From,
		Now: q.Now, Sender: from, Receiver: to, Unreceipted: q.Unreceipted})
	if err != nil {
		h.offered, h.why = refusal(err)
		return
	}
	if h.without, err = readSide("home", string(back.Output), len(back.Ledger.Origins()), func(i int) string { return back.Ledger.Origins()[i].Path }); err != nil {
		h.offered, h.why = refusal(err)
		return
	}
	h.lines = back.Ledger.Lines()
	h.places = newPlaces()
	for i, line := range a.ledger.Lines() {
		h.places.add(line.Path, h.reached(a, i))
	}
}

// kind is the kind of document that was translated, also where it was recognised.
func (a *Account) kind() string {
	if a.c.Request.Document != "" {
		return a.c.Request.Document
	}
	if g, ok := a.c.Gateway.(interface {
		Hub(string, document.Request) (*document.Hub, error)
	}); ok {
		if hub, err := g.Hub(a.c.Input, a.c.Request); err == nil {
			return hub.Document
		}
	}
	return ""
}

// refusal tells why there is no way back, and whether that is because nobody offers
// it.
func refusal(err error) (offered bool, why string) {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return true, "it was refused"
	}
	if e.Kind == mapping.NotSupported {
		return false, e.Message
	}
	return true, e.Error()
}

// reached is where leaf i of the source comes home to, its own place if it does; empty
// where it does not.
func (h *home) reached(a *Account, i int) string {
	line := &a.ledger.Lines()[i]
	best := ""
	for _, target := range line.Target {
		if at, ok := a.target.at[target]; ok {
			best = nearest(line.Path, best, h.lines[at].Target)
		}
	}
	return best
}

// nearest is the one of some places that is nearest to a path: itself, or the same
// of another element.
func nearest(path, best string, places []string) string {
	for _, place := range places {
		switch {
		case place == path, best == "":
			best = place
		case best != path && !alike(path, best) && alike(path, place):
			best = place
		}
	}
	return best
}

// alike reports whether two places are the same but for the numbers in them.
func alike(a, b string) bool { return a == b || unnumbered(a) == unnumbered(b) }

func unnumbered(path string) string {
	var b strings.Builder
	for _, step := range split(path) {
		if step[0] != '[' {
			b.WriteString(step + ".")
		}
	}
	return b.String()
}

// ofSource tells what comes back of leaf i of the source. Where nothing that was made
// of it comes back, something else may stand at its place: what a rule always states
// there.
func (h *home) ofSource(a *Account, i int) Back {
	path := a.source.paths[i]
	b := Back{Offered: h.offered, Why: h.why}
	if h.restored != nil {
		b.With, b.withXML = h.restored.valueAt(path), h.restored.doc.XML()
	}
	if h.without != nil {
		place := h.reached(a, i)
		if place == "" {
			place = h.places.of(path)
		}
		b.put(path, place, h.without)
	}
	return b
}

// ofTarget tells what becomes of leaf i of the target: with the residue the leaf that
// it came from, and where it came from none it goes again.
func (h *home) ofTarget(a *Account, i int) Back {
	origin := a.ledger.Origins()[i]
	b := Back{Offered: h.offered, Why: h.why}
	if h.restored != nil && origin.Source != "" {
		b.With, b.withXML = h.restored.valueAt(origin.Source), h.restored.doc.XML()
	}
	if h.without != nil {
		b.put(origin.Source, nearest(origin.Source, "", h.lines[i].Target), h.without)
	}
	return b
}

// put says what stands at a place of the document that came home; want is where it
// stood, empty for what the translation added.
func (b *Back) put(want, place string, home *side) {
	if _, ok := home.at[place]; !ok {
		b.Same = want == ""
		return
	}
	if b.Without, b.withoutXML = home.valueAt(place), home.doc.XML(); place != want {
		b.At = place
	}
	b.Same = b.Without == b.With && alike(want, place)
}

// places knows where the containers of the source stand when the document comes
// home: by the leaves in them that did.
type places struct{ moved map[string]string }

func newPlaces() *places { return &places{map[string]string{}} }

// add notes where the leaf at a path comes home to: everything that they stand in
// under the same names has moved with it.
func (p *places) add(path, home string) {
	for home != "" {
		from, to := above(path), above(home)
		if from == "" || to == "" || path[len(from):] != home[len(to):] {
			return
		}
		if _, known := p.moved[from]; !known {
			p.moved[from] = to
		}
		path, home = from, to
	}
}

// of is the place at home of a path that nothing came home to, empty where what it
// stands in did not come home. An element of a list is looked for in that element
// only: which of them it is, its number does not tell.
func (p *places) of(path string) string {
	for place := path; place != ""; {
		in := above(place)
		if in == "" || strings.HasSuffix(place, "]") && place != path {
			return ""
		}
		if home, ok := p.moved[in]; ok {
			return home + path[len(in):]
		}
		place = in
	}
	return ""
}
