package main

import (
	"bytes"
	"fmt"
	"html"

	"tolk/mapping"
	covered "tolk/mapping/coverage"
)

// colours are those of the relations, told apart also without seeing red or
// green: dark to light is sure to unsure.
var colours = map[mapping.Equivalence]string{
	mapping.Equivalent: "#08306b", mapping.Wider: "#4292c6", mapping.Narrower: "#e6ab02", mapping.Inexact: "#fee391", mapping.Unmatched: "#e0e0e0",
}

// The measures of the picture.
const (
	margin    = 24
	barLeft   = 270 // where the bars begin
	barWidth  = 520
	barStep   = 20
	cellWidth = 175
	cellStep  = 24
	heatMap   = "tilstand.ffb-fsiii"
)

// picture draws the coverage as SVG: a bar for every map and area, and a field
// for every chapter of FFB's conditions in every area.
func picture(all []covered.Map) []byte {
	var b bytes.Buffer
	y := margin + 70
	bars(&b, all, y)
	y += len(all)*barStep + 56
	bottom := heat(&b, all, y) + margin
	var out bytes.Buffer
	width := barLeft + barWidth + 90 + margin
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img" aria-label="coverage of the concept maps">`+"\n", width, bottom, width, bottom)
	fmt.Fprintf(&out, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, bottom)
	heading(&out, margin, margin+14, "Source concepts of every concept map, by their best relation")
	legend(&out, margin+40)
	out.Write(b.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}

func heading(b *bytes.Buffer, x, y int, text string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="16" font-weight="bold">%s</text>`+"\n", x, y, html.EscapeString(text))
}

func caption(b *bytes.Buffer, x, y int, anchor, colour, text string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, colour, html.EscapeString(text))
}

func box(b *bytes.Buffer, x, y, width, height float64, colour, title string) {
	fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"><title>%s</title></rect>`+"\n", x, y, width, height, colour, html.EscapeString(title))
}

func legend(b *bytes.Buffer, y int) {
	x := barLeft
	for _, r := range covered.Relations {
		box(b, float64(x), float64(y), 14, 14, colours[r], string(r))
		caption(b, x+20, y+11, "start", "#222222", string(r))
		x += 104
	}
}

// bars draws the shares of every map and area.
func bars(b *bytes.Buffer, all []covered.Map, y int) {
	for _, c := range all {
		name := c.Map
		if c.Area != "" {
			name += ", " + string(c.Area)
		}
		caption(b, barLeft-8, y+12, "end", "#222222", name)
		x := float64(barLeft)
		for _, r := range c.Relations {
			width := float64(r.Sources) * barWidth / float64(c.Sources)
			if r.Sources == 0 {
				continue
			}
			box(b, x, float64(y), width, barStep-4, colours[r.Relation], fmt.Sprintf("%s: %d of %d", r.Relation, r.Sources, c.Sources))
			if width > 22 {
				caption(b, int(x+width/2), y+12, "middle", ink(r.Relation), fmt.Sprint(r.Sources))
			}
			x += width
		}
		caption(b, barLeft+barWidth+8, y+12, "start", "#222222", count(c.Sources, "code", "codes"))
		y += barStep
	}
}

// ink is the colour of a text on the colour of a relation.
func ink(r mapping.Equivalence) string {
	if r == mapping.Equivalent || r == mapping.Wider {
		return "#ffffff"
	}
	return "#222222"
}

// heat draws what becomes of each chapter of FFB's conditions in each area: the
// more of it has a match, the darker. It returns where it ends.
func heat(b *bytes.Buffer, all []covered.Map, y int) int {
	heading(b, margin, y, "FFB conditions by chapter and area of municipal health")
	caption(b, margin, y+20, "start", "#555555", "added by itself + proposed to a person, of all in the chapter; darker: more of the chapter has a match")
	y += 44
	column := 0
	rows := map[string]int{}
	for _, c := range all {
		if c.Map != heatMap {
			continue
		}
		x := barLeft + column*cellWidth
		column++
		caption(b, x+cellWidth/2, y, "middle", "#222222", string(c.Area))
		for _, chapter := range c.Chapters {
			row, known := rows[chapter.Chapter]
			if !known {
				row = len(rows)
				rows[chapter.Chapter] = row
				caption(b, barLeft-8, y+24+row*cellStep, "end", "#222222", chapter.Chapter)
			}
			share := float64(chapter.Matched()) / float64(chapter.Sources)
			top := y + 8 + row*cellStep
			box(b, float64(x+1), float64(top), cellWidth-2, cellStep-2, shade(share),
				fmt.Sprintf("%s, %s: %d of %d have a match", chapter.Chapter, c.Area, chapter.Matched(), chapter.Sources))
			colour := "#222222"
			if share > 0.65 {
				colour = "#ffffff"
			}
			caption(b, x+cellWidth/2, top+15, "middle", colour, fmt.Sprintf("%d + %d of %d", chapter.Added, chapter.Matched()-chapter.Added, chapter.Sources))
		}
	}
	return y + 8 + len(rows)*cellStep
}

// shade runs from nearly white to dark blue.
func shade(share float64) string {
	from, to := [3]float64{247, 251, 255}, [3]float64{8, 69, 148}
	var c [3]int
	for i := range c {
		c[i] = int(from[i] + (to[i]-from[i])*share)
	}
	return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2])
}
