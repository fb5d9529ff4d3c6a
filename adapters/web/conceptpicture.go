package web

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"tolk/mapping"
)

// The measures of the picture of a concept.
const (
	boxWidth      = 330
	boxHeight     = 48
	boxStep       = 60
	boxGap        = 130
	boxText       = 36 // characters of a name that fit
	picturePad    = 8
	mostInPicture = 12 // on a side; the list has all
)

// picture draws the matches of a concept as lines: what leads to it on the left,
// the concept, what it becomes on the right. Each line has the colour and the
// stroke of its relation, and the word for it at its end. The list below the
// picture says the same, so that it is one image to a screen reader.
func (v *view) picture(p conceptPage) template.HTML {
	left, right := p.ComesFrom[:min(len(p.ComesFrom), mostInPicture)], p.Becomes[:min(len(p.Becomes), mostInPicture)]
	rows := max(len(left), len(right), 1)
	height := rows*boxStep - (boxStep - boxHeight) + 2*picturePad
	middle, here, width, class := height/2, 0, boxWidth, "picture"
	if len(left) > 0 {
		here = boxWidth + boxGap
		width += boxWidth + boxGap
	}
	if len(right) > 0 {
		width += boxWidth + boxGap
	}
	if len(left) == 0 || len(right) == 0 {
		class += " half"
	}
	var lines, boxes strings.Builder
	column := func(side []conceptMatch, comes bool) {
		top := (height - len(side)*boxStep + boxStep - boxHeight) / 2
		for i, m := range side {
			y := top + i*boxStep
			x, from, to := here+boxWidth+boxGap, here+boxWidth, here+boxWidth+boxGap
			startY, endY := middle, y+boxHeight/2
			if comes {
				x, from, to = 0, boxWidth, here
				startY, endY = endY, startY
			}
			drawLine(&lines, m, from, startY, to, endY)
			v.drawBox(&boxes, m, x, y)
		}
	}
	column(left, true)
	column(right, false)
	fmt.Fprintf(&boxes, `<g class="node here"><rect x="%d" y="%d" width="%d" height="%d" rx="8"/><text x="%d" y="%d">%s</text><text class="under" x="%d" y="%d">%s</text></g>`,
		here, middle-boxHeight/2, boxWidth, boxHeight, here+14, middle-4, html.EscapeString(short(p.Display, boxText)),
		here+14, middle+15, html.EscapeString(strings.TrimSpace(p.System+" "+p.Short)))
	label := v.say("concept.picture", len(p.ComesFrom), p.Display, len(p.Becomes))
	return safe(fmt.Sprintf(`<svg class="%s" viewBox="-1 -1 %d %d" role="img" aria-label="%s">%s%s</svg>`,
		class, width+2, height+2, html.EscapeString(label), lines.String(), boxes.String()))
}

// drawLine draws a match from one box to the other, with a point at its target.
func drawLine(b *strings.Builder, m conceptMatch, x1, y1, x2, y2 int) {
	bend := (x1 + x2) / 2
	end := x2 - 9
	if !m.Equivalence.Match() {
		end = x2 - 4
	}
	fmt.Fprintf(b, `<g class="rel-%s"><path class="line" d="M%d %dC%d %d %d %d %d %d"/>`, m.Equivalence, x1+1, y1, bend, y1, bend, y2, end, y2)
	if m.Equivalence.Match() {
		fmt.Fprintf(b, `<path class="tip" d="M%d %dl-11 -6v12z"/>`, x2, y2)
	}
	b.WriteString("</g>")
}

// drawBox draws what is at the other end of a match.
func (v *view) drawBox(b *strings.Builder, m conceptMatch, x, y int) {
	name, under := m.Other.Name, v.say("relation."+string(m.Equivalence))
	class := "node"
	if m.Equivalence == mapping.Unmatched {
		name, class = v.say("concept.none"), "node none"
	}
	if m.Other.Within {
		under = m.Other.System + " · " + under
	}
	if m.Area != "" {
		under += " · " + v.say("area."+string(m.Area))
	}
	if m.Equivalence.Match() && !m.Emit {
		under += " · " + v.say("concept.proposal")
	}
	box := fmt.Sprintf(`<rect x="%d" y="%d" width="%d" height="%d" rx="8"/><text x="%d" y="%d">%s</text><text class="under" x="%d" y="%d">%s</text>`,
		x, y, boxWidth, boxHeight, x+14, y+20, html.EscapeString(short(name, boxText)), x+14, y+38, html.EscapeString(under))
	if m.Other.Path != "" {
		box = fmt.Sprintf(`<a href="%s" tabindex="-1">%s</a>`, html.EscapeString(m.Other.Path), box)
	}
	fmt.Fprintf(b, `<g class="%s rel-%s">%s</g>`, class, m.Equivalence, box)
}
