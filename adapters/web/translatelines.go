package web

import (
	"html/template"
	"strconv"
	"strings"
)

// leafWriter writes the leaves of a document as a list. A long document has twenty
// thousand of them, so that they are written here and not by a template. Every
// text that is not ours is escaped.
type leafWriter struct {
	strings.Builder
	lang string
}

// HTML writes the leaves of a group: of each a link to its other end, or where it
// has none to the entry of the ledger that says why.
//
//	id      s and the number of a source leaf, t and that of a target leaf
//	class   what became of it; wait where a person has to choose
//	data-e  the number of its entry of the ledger
//	data-o  its other ends, where there are several
//	data-r  resource stands in its path before what is shown
func (g *leafGroup) HTML(lang string) template.HTML {
	w := &leafWriter{lang: lang}
	w.Grow(len(g.Lines) * 160)
	for i := range g.Lines {
		w.line(g, &g.Lines[i])
	}
	return safe(w.String())
}

func (w *leafWriter) line(g *leafGroup, l *leafLine) {
	w.put(`<li id="`, l.ID, `" class="l `, string(l.Fate))
	if l.Proposal > 0 {
		w.put(` wait`)
	}
	w.put(`" data-e="`, strconv.Itoa(l.Entry))
	if len(l.Ends) > 1 {
		w.put(`" data-o="`, strings.Join(l.Ends, " "))
	}
	if l.Resource {
		w.put(`" data-r="`)
	}
	to := "e" + strconv.Itoa(l.Entry)
	if len(l.Ends) > 0 {
		to = l.Ends[0]
	}
	w.put(`"><a href="#`, to, `"><b>`, l.Fate.Mark(), `<i>`, say(w.lang, "fate."+string(l.Fate)), `</i></b><span>`)
	w.text(l.Tail)
	w.put(`</span><q>`)
	w.text(l.Value)
	if l.Cut > 0 {
		w.put(`… <em>`, say(w.lang, "translated.chars", number(w.lang, l.Cut)), `</em>`)
	}
	w.put(`</q>`)
	if l.Proposal > 0 {
		w.put(`<u>`, say(w.lang, "translated.waits"), `</u>`)
	}
	w.put(`</a></li>`)
}

// translateLabelled names in each cell of a table the column that it is of, but for the
// first, which names its row: on a phone there are no columns. The markup is that of
// package readable, with every text in it escaped.
func translateLabelled(narrative string) string {
	var b strings.Builder
	var columns []string
	cell := 0
	for _, part := range strings.SplitAfter(narrative, ">") {
		before, tag := part, ""
		if open := strings.LastIndexByte(part, '<'); open >= 0 {
			before, tag = part[:open], part[open:]
		}
		switch {
		case tag == "<table>":
			columns = nil
		case tag == "</th>":
			columns = append(columns, before)
		case tag == "<tr>":
			cell = 0
		case tag == "<td>":
			if cell > 0 && cell < len(columns) {
				tag = `<td data-label="` + columns[cell] + `">`
			}
			cell++
		}
		b.WriteString(before)
		b.WriteString(tag)
	}
	return b.String()
}

// put writes what is ours.
func (w *leafWriter) put(parts ...string) {
	for _, p := range parts {
		w.WriteString(p)
	}
}

// text writes what is not.
func (w *leafWriter) text(s string) {
	if strings.ContainsAny(s, "<>&\"'\x00") {
		s = template.HTMLEscapeString(s)
	}
	w.WriteString(s)
}
