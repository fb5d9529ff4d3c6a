package xref

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// prose is a text being put together: runs with breaks between them.
type prose struct{ parts []part }

// part is a run of text, or a break. from is the leaf it is made of, None for
// what is made of several.
type part struct {
	text string
	from tree.ID
	id   string
	br   bool
}

func (p *prose) run(text string, from tree.ID, id string) {
	if !blank(text) {
		p.parts = append(p.parts, part{text: text, from: from, id: id})
	}
}

func (p *prose) newline(id string) { p.parts = append(p.parts, part{br: true, id: id}) }

// line begins a new line, where something stands before it.
func (p *prose) line(id string) {
	if n := len(p.parts); n > 0 && !p.parts[n-1].br {
		p.newline(id)
	}
}

// lines adds a text with its lines.
func (p *prose) lines(text string, from tree.ID, id string) {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			p.newline(id)
		}
		p.run(strings.TrimSuffix(line, "\r"), from, id)
	}
}

// told is all that stands in the text.
func (p *prose) told() string {
	var b strings.Builder
	for _, x := range p.parts {
		b.WriteString(x.text)
		b.WriteByte('\n')
	}
	return b.String()
}

func (p *prose) empty() bool {
	for _, x := range p.parts {
		if !x.br {
			return false
		}
	}
	return true
}

// into returns the text of an element.
func (w *writer) into(element string) *prose {
	if w.sections[element] == nil {
		w.sections[element] = &prose{}
	}
	return w.sections[element]
}

// section writes the text of an element, if there is any.
func (w *writer) section(parent tree.OutID, element string) {
	if p := w.sections[element]; p != nil {
		w.prose(parent, element, p)
	}
}

// prose writes a text: with breaks as mixed content, otherwise as it is.
func (w *writer) prose(parent tree.OutID, element string, p *prose) {
	if p.empty() {
		return
	}
	if limit := elements[in{w.Out.Key(parent), element}].limit; limit > 0 && utf8.RuneCountInString(p.told()) > limit {
		w.fail(&mapping.Error{Kind: mapping.TooLong, Path: w.Doc.Path(w.sr),
			Message: element + ": expected at most " + strconv.Itoa(limit) + " characters with what is told in it; nothing is cut, shorten it at the source"})
		return
	}
	key := tree.TextKey
	if len(p.parts) == 1 {
		key = element
	} else {
		parent = w.Out.Object(parent, element)
	}
	for _, x := range p.parts {
		switch {
		case x.br:
			w.Say(parent, "Break", "", x.id)
		case x.from == tree.None:
			w.Generate(parent, key, x.text, x.id)
		default:
			w.Text(parent, key, x.text, x.from, x.id)
		}
	}
}

// note adds a text of the hub as it stands. Where it has line feeds that are no
// breaks, the places of the breaks stand beside it.
func (w *writer) note(p *prose, holder tree.ID, key, id string) {
	leaf := w.scalar(holder, key)
	if leaf == tree.None {
		return
	}
	text := w.said(leaf)
	at, ok := w.breaks(holder, text)
	if !ok {
		p.lines(text, leaf, id)
		return
	}
	begin, place := 0, 0
	for i := range text {
		if len(at) > 0 && at[0] == place {
			p.run(text[begin:i], leaf, id)
			p.newline(id)
			begin, at = i+1, at[1:]
		}
		place++
	}
	p.run(text[begin:], leaf, id)
}

// breaks reads where the breaks of a text are. It is not ok where that is not
// said, or no longer true of the text.
func (w *writer) breaks(holder tree.ID, text string) (places []int, ok bool) {
	v := w.value(w.own(holder, "breaks"))
	if v == tree.None {
		return nil, false
	}
	w.Use(v, "xref.breaks")
	runes := []rune(text)
	if w.Doc.Text(v) == noBreaks {
		return nil, true
	}
	for _, s := range strings.Split(w.Doc.Text(v), ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n >= len(runes) || runes[n] != '\n' || len(places) > 0 && n <= places[len(places)-1] {
			return nil, false
		}
		places = append(places, n)
	}
	return places, true
}

// labelled tells a leaf in words, behind a label, on a line of its own.
func (w *writer) labelled(element, label string, leaf tree.ID, id string) {
	if leaf == tree.None || blank(w.said(leaf)) {
		return
	}
	p := w.into(element)
	p.line(id)
	p.lines(label+": "+w.said(leaf), leaf, id)
}

// tell tells several leaves in one line: the first is where the line is from, the
// others stand in it.
func (w *writer) tell(element, label string, leaf tree.ID, text string, id string, others ...tree.ID) {
	if blank(w.said(leaf)) {
		return
	}
	if label != "" {
		text = label + ": " + text
	}
	p := w.into(element)
	p.line(id)
	p.lines(text, leaf, id)
	for _, o := range others {
		if o != tree.None && o != leaf && w.Doc.Leaf(o) {
			w.Hold(o, id, toldIn(element))
		}
	}
}

// toldIn is why a leaf stands in no element of its own.
func toldIn(element string) string { return toldReasons[element] }

// toldReasons are the reasons by the elements that words are told in, made once.
var toldReasons = func() map[string]string {
	all := map[string]string{}
	for _, element := range []string{"Cave", "Anamnesis", "Examination", "ActualMedicine", "ClinicalReason"} {
		all[element] = "it is told in words in " + element + ": XREF01 has no element for it as data"
	}
	return all
}()

// uuid reports whether a code is a UUID, which tells people nothing.
func uuid(code string) bool {
	if len(code) != 36 {
		return false
	}
	for i := range len(code) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (code[i] == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", rune(code[i])) {
			return false
		}
	}
	return true
}
