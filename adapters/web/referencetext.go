package web

import (
	"regexp"
	"strings"
)

// textBlock is a part of a text in Markdown: the little of it that our own texts
// use. What is in it is shown as text, never as HTML.
type textBlock struct {
	Kind string // paragraph, heading, list, code or table
	Line []textSpan
	List [][]textSpan
	Head [][]textSpan
	Rows [][][]textSpan
	Code string
}

// textSpan is a run of text.
type textSpan struct {
	Text         string
	Code, Strong bool
	Link         string // empty for none
}

// textBlocks takes a text in Markdown apart.
func textBlocks(text string) (all []textBlock) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := 0; i < len(lines); {
		line := strings.TrimSpace(lines[i])
		take := func(while func(string) bool) (taken []string) {
			for i < len(lines) && while(strings.TrimSpace(lines[i])) {
				taken = append(taken, strings.TrimSpace(lines[i]))
				i++
			}
			return taken
		}
		switch {
		case line == "":
			i++
		case strings.HasPrefix(line, "```"):
			i++
			var code []string
			for ; i < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[i]), "```"); i++ {
				code = append(code, lines[i])
			}
			i++
			all = append(all, textBlock{Kind: "code", Code: strings.Join(code, "\n")})
		case strings.HasPrefix(line, "#"):
			i++
			all = append(all, textBlock{Kind: "heading", Line: textSpans(strings.TrimSpace(strings.TrimLeft(line, "#")))})
		case strings.HasPrefix(line, "|"):
			all = append(all, textTable(take(func(l string) bool { return strings.HasPrefix(l, "|") })))
		case listed(line):
			all = append(all, textList(take(func(l string) bool { return l != "" && !strings.HasPrefix(l, "#") && !strings.HasPrefix(l, "|") })))
		default:
			taken := take(func(l string) bool {
				return l != "" && !strings.HasPrefix(l, "#") && !strings.HasPrefix(l, "|") && !strings.HasPrefix(l, "```") && !listed(l)
			})
			all = append(all, textBlock{Kind: "paragraph", Line: textSpans(strings.Join(taken, " "))})
		}
	}
	return all
}

func listed(line string) bool { return strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ") }

// textList reads the lines of a list, each item of which may go on.
func textList(lines []string) textBlock {
	var items []string
	for _, l := range lines {
		if listed(l) || len(items) == 0 {
			items = append(items, strings.TrimLeft(l, "-* "))
			continue
		}
		items[len(items)-1] += " " + l
	}
	b := textBlock{Kind: "list"}
	for _, item := range items {
		b.List = append(b.List, textSpans(item))
	}
	return b
}

var tableRule = regexp.MustCompile(`^[|:\- ]+$`)

// textTable reads the lines of a table.
func textTable(lines []string) textBlock {
	b := textBlock{Kind: "table"}
	for i, l := range lines {
		if tableRule.MatchString(l) && i > 0 {
			continue
		}
		var cells [][]textSpan
		for cell := range strings.SplitSeq(strings.Trim(l, "|"), "|") {
			cells = append(cells, textSpans(strings.TrimSpace(cell)))
		}
		if i == 0 {
			if strings.Trim(l, "| ") != "" {
				b.Head = cells
			}
			continue
		}
		b.Rows = append(b.Rows, cells)
	}
	return b
}

var spanMarks = regexp.MustCompile("`[^`]+`" + `|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\)`)

// textSpans takes a line apart.
func textSpans(line string) (all []textSpan) {
	at := 0
	for _, m := range spanMarks.FindAllStringIndex(line, -1) {
		if m[0] > at {
			all = append(all, textSpan{Text: line[at:m[0]]})
		}
		mark := line[m[0]:m[1]]
		switch mark[0] {
		case '`':
			all = append(all, textSpan{Text: strings.Trim(mark, "`"), Code: true})
		case '*':
			all = append(all, textSpan{Text: strings.Trim(mark, "*"), Strong: true})
		default:
			text, link, _ := strings.Cut(strings.TrimSuffix(mark[1:], ")"), "](")
			if !strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "#") && !strings.HasPrefix(link, "https://") {
				link = "" // a file beside the description, which is not served
			}
			all = append(all, textSpan{Text: text, Link: link})
		}
		at = m[1]
	}
	if at < len(line) {
		all = append(all, textSpan{Text: line[at:]})
	}
	return all
}
