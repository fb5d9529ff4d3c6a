package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// exchangeLifePage is what /exchange/{id} shows.
type exchangeLifePage struct {
	Tabs       []exchangeTab
	Life       *exchange.Life
	Accepted   exchangeMoment
	Deliveries []exchangeDelivery
	Steps      []exchangeStep
	Parts      []exchangePart
	Form       *exchangeForm // what can be done; nil: nothing
	Repeats    int           // how often it came again
}

// exchangeStep is a step as the page shows it.
type exchangeStep struct {
	exchange.Step
	Again bool // it happened in the same second as the one before it
}

// Moment is when it happened.
func (s exchangeStep) Moment() exchangeMoment { return exchangeMoment{s.At} }

// Word is the key of the words for what happened, empty where there are none.
func (s exchangeStep) Word() string {
	if key := "exchange.step." + s.What; known(key) {
		return key
	}
	return ""
}

// Mood is how a step is drawn.
func (s exchangeStep) Mood() string {
	switch s.What {
	case "delivered", "acknowledged", "accept":
		return "good"
	case "dead", "conflict", "refused":
		return "bad"
	case "held", "retry", "interrupted":
		return "warn"
	case "rerun", "release", "erase", "read", "search", "fetch":
		return "hand"
	}
	return "quiet"
}

// Rights is by what right, in words of the standard.
func (s exchangeStep) Rights() []string {
	return nonEmpty(s.Purpose, s.LegalBasis, s.Capacity)
}

// exchangePart is something of the content that whoever looks may read.
type exchangePart struct {
	Name     string // as the node names it: original, ledger:xref01
	Part     string
	Receiver string
}

// exchangeLife answers GET /exchange/{id}.
func exchangeLife(v *view) error {
	if ok, err := v.exchanges(); !ok {
		return err
	}
	p, err := v.life()
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "exchangelife", p)
}

// life reads everything about the message in the path but what is in it.
func (v *view) life() (*exchangeLifePage, error) {
	id, err := v.messageID()
	if err != nil {
		return nil, err
	}
	ctx, cancel := v.inTime()
	defer cancel()
	l, err := v.site.exchange.Life(ctx, v.who, id)
	if err != nil {
		return nil, err
	}
	p := &exchangeLifePage{Tabs: v.exchangeTabs(""), Life: l, Accepted: exchangeMoment{l.Accepted}, Deliveries: exchangeDeliveries(l.Line)}
	for i, s := range l.Steps {
		p.Steps = append(p.Steps, exchangeStep{s, i > 0 && exchangeMoment{s.At}.Text() == exchangeMoment{l.Steps[i-1].At}.Text()})
		if s.What == "duplicate" {
			p.Repeats++
		}
	}
	for _, name := range l.Parts {
		part, receiver, _ := strings.Cut(name, ":")
		p.Parts = append(p.Parts, exchangePart{name, part, receiver})
	}
	slices.SortStableFunc(p.Parts, func(a, b exchangePart) int { return partRank(a.Part) - partRank(b.Part) })
	if v.may(exchange.Operate) {
		form := &exchangeForm{From: "/exchange/" + id, Versions: v.exchangeVersions()}
		for _, d := range p.Deliveries {
			if d.Open() {
				form.Choices = append(form.Choices, d)
				form.Reruns = form.Reruns || d.Waits()
			}
		}
		if len(form.Choices) > 0 {
			p.Form = form
		}
	}
	return p, nil
}

func partRank(part string) int {
	return slices.Index([]string{exchange.Original, exchange.Translation, exchange.Ledger, exchange.Residue, exchange.Answer}, part)
}

// mostShown is how many bytes of a part a page shows; the rest is in the file.
const mostShown = 200 << 10

// exchangeReadPage is what POST /exchange/{id}/read shows.
type exchangeReadPage struct {
	Tabs           []exchangeTab
	ID, Part       string
	Receiver, Type string
	Text           string
	Bytes          int
	Cut            bool
}

// exchangeRead answers POST /exchange/{id}/read: a part of a message, with the
// reason, shown or as a file.
func exchangeRead(v *view) error {
	if ok, err := v.exchanges(); !ok {
		return err
	}
	id, err := v.messageID()
	if err != nil {
		return err
	}
	if v.r.Method != http.MethodPost {
		return v.elsewhere("/exchange/" + id)
	}
	form, err := v.sent()
	if err != nil {
		return err
	}
	part, receiver, _ := strings.Cut(spaced(form, "part"), ":")
	who := v.who
	who.Why = spaced(form, "why")
	switch {
	case partRank(part) < 0:
		return &mapping.Error{Kind: mapping.Value, Path: "part", Message: "expected original, translation, ledger, residue or answer"}
	case who.Why == "":
		return &mapping.Error{Kind: mapping.Required, Path: "why", Message: "expected the reason, for the audit; no citizen's name in it"}
	}
	ctx, cancel := v.inAll()
	defer cancel()
	content, err := v.site.exchange.Part(ctx, who, id, part, receiver)
	if err != nil {
		return err
	}
	if form.Get("as") == "file" {
		return v.partFile(part, content)
	}
	p := exchangeReadPage{Tabs: v.exchangeTabs(""), ID: id, Part: part, Receiver: receiver, Type: content.Type, Bytes: len(content.Body)}
	p.Text, p.Cut = partText(content.Body)
	return v.render(http.StatusOK, "exchangeread", p)
}

// partText is what a page shows of bytes of others: JSON laid out, anything else as
// it is, and what is no text as far as it is one.
func partText(body []byte) (text string, cut bool) {
	var laid bytes.Buffer
	if json.Valid(body) && json.Indent(&laid, body, "", "  ") == nil {
		body = laid.Bytes()
	}
	if cut = len(body) > mostShown; cut {
		body = body[:mostShown]
		for len(body) > 0 && !utf8.RuneStart(body[len(body)-1]) {
			body = body[:len(body)-1]
		}
		if len(body) > 0 && body[len(body)-1] >= utf8.RuneSelf {
			body = body[:len(body)-1]
		}
	}
	return strings.ToValidUTF8(string(body), "\uFFFD"), cut
}

// partFile answers with bytes of others, which a browser keeps as a file and shows
// nothing of.
func (v *view) partFile(part string, content exchange.Content) error {
	v.headers()
	h := v.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	ending := ".txt"
	switch {
	case strings.Contains(content.Type, "json"):
		ending = ".json"
	case strings.Contains(content.Type, "xml"):
		ending = ".xml"
	}
	h.Set("Content-Disposition", `attachment; filename="`+part+ending+`"`)
	v.w.Write(content.Body) // whether it arrives, the server sees
	return nil
}
