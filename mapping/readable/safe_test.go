package readable

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"tolk/fixtures/shared"
	"tolk/mapping"
	"tolk/mapping/tree"
)

// What may stand in the page and in the narrative. The narrative's lists are
// those of FHIR R4's invariant txt-1, as far as they are used.
var (
	pageElements      = strings.Fields("html head meta title style body main header footer div span p h1 h2 h3 ul li dl dt dd table thead tbody tr th td b strong bdi")
	pageAttributes    = strings.Fields("lang charset http-equiv content name class scope colspan data-name aria-hidden")
	narrativeElements = strings.Fields("div p b br ul li table thead tbody tr th td")
)

// attacks are texts that would leave the place they are put in.
var attacks = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' onmouseover='alert(1)`,
	`</style><script>alert(1)</script>`,
	`"; } body { background: url(https://example.org/?leak) } @import "x`,
	`\"; background: url(//example.org)`,
	`--><iframe src="javascript:alert(1)"></iframe><!--`,
	`]]><x/>`, `&lt;b&gt; &amp; &nbsp;`, `{{.Citizen.ID}}`, `<?php ?>`, "a\x00b\x1b[2Jc\u202e\ufffe", "line\nbreak\r\n<b>",
}

// attack replaces every text of a document that is no code, link or date by what
// with gives in its turn.
func attack(t testing.TB, d *tree.Doc, with func(i int) string) *tree.Doc {
	t.Helper()
	keep := strings.Fields("resourceType url system code reference fullUrl id valueCode questionnaire linkId status when timeOfDay dayOfWeek periodUnit type mode")
	var b strings.Builder
	at, turn := 0, 0
	for i := range d.Len() {
		n := tree.ID(i)
		key := d.Key(n)
		if p := d.Parent(n); key == "" && p != tree.None {
			key = d.Key(p)
		}
		text := d.Text(n)
		if d.Kind(n) != tree.String || slices.Contains(keep, key) || parseMoment(text).precision != unread {
			continue
		}
		start := strings.Index(d.Source()[at:], d.Raw(n)) + at
		b.WriteString(d.Source()[at:start])
		b.WriteString(tree.Quote(with(turn)))
		turn++
		at = start + len(d.Raw(n))
	}
	b.WriteString(d.Source()[at:])
	return document(t, b.String())
}

// markup reads HTML or XHTML strictly and returns its elements. Each must be
// among those allowed, as must its attributes.
func markup(t *testing.T, text string, elements, attributes []string) (found []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			found = append(found, token.Name.Local)
			if !slices.Contains(elements, token.Name.Local) {
				t.Errorf("element %s", token.Name.Local)
			}
			for _, a := range token.Attr {
				if !slices.Contains(attributes, a.Name.Local) {
					t.Errorf("attribute %s", a.Name.Local)
				}
			}
		case xml.Comment, xml.ProcInst:
			t.Errorf("%T", token)
		}
	}
}

// cssString is one string of CSS, from quote to quote.
var cssString = regexp.MustCompile(`^"(?:[^"\\\n<]|\\[^\n])*"$`)

// styled takes a page apart: what stands before and after its style, and of the
// style the one text that is not page.css word for word, which names the page on
// paper.
func styled(t *testing.T, text string) (head, named, body string) {
	t.Helper()
	head, rest, ok := strings.Cut(text, "<style>")
	style, body, ok2 := strings.Cut(rest, "</style>")
	if !ok || !ok2 || strings.Contains(body, "<style") {
		t.Fatal("the page has no style of its own, or two")
	}
	css, err := files.ReadFile("page.css")
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(string(css), `"{{.Title}}`)
	_, after, _ = strings.Cut(after, `{{end}}"`)
	named, begins := strings.CutPrefix(style, "\n"+before)
	named, ends := strings.CutSuffix(named, after)
	if !begins || !ends {
		t.Fatalf("a text has left its place in the style: %q", named)
	}
	return head, named, body
}

// safe checks what is written of a page.
func safe(t *testing.T, page *Page) {
	t.Helper()
	head, named, body := styled(t, string(HTML(page)))
	markup(t, head+"<style></style>"+body, pageElements, pageAttributes)
	if !cssString.MatchString(named) {
		t.Errorf("a text has left its place in the style: %q", named)
	}
	div := Narrative(page)
	if !strings.HasPrefix(div, `<div xmlns="http://www.w3.org/1999/xhtml" lang="da">`) {
		t.Errorf("the narrative begins %.60s", div)
	}
	markup(t, div, narrativeElements, []string{"xmlns", "lang"})
	for _, line := range append(Lines(page), strings.Split(Text(page), "\n")...) {
		if strings.ContainsFunc(line, func(r rune) bool {
			return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u200c' && r != '\u00ad'
		}) {
			t.Errorf("a control character in %q", line)
		}
	}
}

// Whatever a document says, it stays text: no element, attribute, style or
// control comes out of it.
func TestNothingLeavesItsPlace(t *testing.T) {
	for _, name := range samples {
		clean := sample(t, name)
		safe(t, clean)
		d := parsed(t, name)
		for _, with := range attacks {
			page, err := Read(attack(t, d, func(int) string { return with }), today)
			if err != nil {
				t.Fatal(err)
			}
			safe(t, page)
		}
	}
}

// The list of strings that break programs breaks nothing.
func TestNaughtyStrings(t *testing.T) {
	all := naughty(t)
	for _, name := range []string{"medicinliste", "sundhedstjek"} {
		d := parsed(t, name)
		for round := range 8 { // in each, another string in every place
			page, err := Read(attack(t, d, func(i int) string { return all[(i+round*67)%len(all)] }), today)
			if err != nil {
				t.Fatal(err)
			}
			safe(t, page)
		}
	}
}

// naughty reads the list from the public test material beside the checkout.
func naughty(t *testing.T) (all []string) {
	t.Helper()
	list := shared.Read(t, "official", "corpora", "naughty", "blns.json")
	if err := json.Unmarshal([]byte(list), &all); err != nil || len(all) < 400 {
		t.Fatalf("%d strings: %v", len(all), err)
	}
	return all
}

// The page says no script, and nothing from elsewhere, to the browser too.
func TestPolicy(t *testing.T) {
	text := string(HTML(sample(t, "medicinliste")))
	for _, want := range []string{`<html lang="da">`, `default-src 'none'; style-src 'unsafe-inline'`, `content="no-referrer"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, bad := range []string{"<script", "<link", "<img", "src=", "href=", "url(", "@import", "http://", "https://"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
}

// Every colour of text can be read on what it stands on: WCAG 2 AA, 4.5 to 1.
func TestContrast(t *testing.T) {
	css, err := files.ReadFile("page.css")
	if err != nil {
		t.Fatal(err)
	}
	roots := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(css), -1)
	if len(roots) != 3 {
		t.Fatalf("%d sets of colours, want light, dark and print", len(roots))
	}
	for i, mode := range []string{"light", "dark", "print"} {
		colour := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(roots[i][1], -1) {
			colour[m[1]] = m[2]
		}
		for _, pair := range [][2]string{
			{"ink", "paper"}, {"soft", "paper"}, {"ink", "band"}, {"soft", "band"},
			{"alert", "alert-ground"}, {"warn", "warn-ground"}, {"note", "note-ground"},
		} {
			if ratio := contrast(t, colour[pair[0]], colour[pair[1]]); ratio < 4.5 {
				t.Errorf("%s: %s on %s is %.2f to 1", mode, pair[0], pair[1], ratio)
			}
		}
	}
}

// contrast is the ratio of WCAG 2.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) (sum float64) {
	t.Helper()
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// Reading ends without a panic, whatever the document.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","id":"a","entry":[{"item":{"reference":"urn:uuid:b"}}],"date":{}}},` +
			`{"fullUrl":"urn:uuid:b","resource":{"resourceType":"MedicationStatement","id":"b","status":"active","dosage":[{"text":"1 stk","timing":{"repeat":{"when":["MORN"],"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":1,"unit":"stk"}}]}]}}]}`,
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"DiagnosticReport","id":"a","result":[{"reference":"urn:uuid:b"}]}},` +
			`{"fullUrl":"urn:uuid:b","resource":{"resourceType":"Observation","id":"b","code":{"coding":[{"code":"x"}]},"component":[{"valueQuantity":{"value":1}}],"interpretation":[{}],"referenceRange":[{"low":{"value":1}}]}}]}`,
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition","id":"c","code":{"text":"x"}}}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			return
		}
		if page, err := Read(d, today); err == nil {
			safe(t, page)
		}
	})
}

// A document in which one thing is of another kind, empty or missing is read or
// refused, never more.
func TestMutants(t *testing.T) {
	others := []string{`null`, `""`, `[]`, `{}`, `-1`, `true`, `[{}]`, `["x"]`, `"urn:uuid:x"`}
	for _, name := range samples {
		d := parsed(t, name)
		at := 0
		for i := 1; i < d.Len(); i += 7 {
			raw := d.Raw(tree.ID(i))
			start := strings.Index(d.Source()[at:], raw) + at
			at = start // a container begins where its first child may
			mutant := d.Source()[:start] + others[i%len(others)] + d.Source()[start+len(raw):]
			m, err := tree.Parse(mutant, tree.Limits{})
			if err != nil {
				continue // the text found was another's, of a key perhaps
			}
			page, err := Read(m, today)
			var known *mapping.Error
			if err != nil && !errors.As(err, &known) {
				t.Fatalf("%s, node %d: %v", name, i, err)
			}
			if err == nil {
				_, _ = Text(page), Lines(page)
				if i%50 == 0 {
					safe(t, page)
				}
			}
		}
	}
}
