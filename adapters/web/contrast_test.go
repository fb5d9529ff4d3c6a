package web

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	property = regexp.MustCompile(`--([a-z0-9-]+):\s*(#[0-9a-f]{6});`)
	literal  = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\brgb|\bhsl`)
)

// palettes reads the colours of the style sheet: for light, and for dark what is
// stated there in the place of it.
func palettes(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile("static/tolk.css")
	if err != nil {
		t.Fatal(err)
	}
	light, rest, ok := strings.Cut(string(text), "@media (prefers-color-scheme: dark) {")
	dark, _, ok2 := strings.Cut(rest, "\n}\n")
	if !ok || !ok2 {
		t.Fatal("no colours for the dark")
	}
	all := map[string]map[string]string{"light": {}, "dark": {}}
	for name, part := range map[string]string{"light": light, "dark": dark} {
		for _, m := range property.FindAllStringSubmatch(part, -1) {
			all[name][m[1]] = m[2]
		}
	}
	if len(all["light"]) != len(all["dark"]) || len(all["light"]) < 20 {
		t.Errorf("%d colours for the light, %d for the dark", len(all["light"]), len(all["dark"]))
	}
	return all
}

// luminance is that of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		t.Fatalf("%q is no colour", colour)
	}
	part := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Every text has the contrast that AA asks for with what it stands on (4.5), and
// every line that says something has 3, in the light and in the dark.
func TestContrast(t *testing.T) {
	if got := contrast(t, "#000000", "#ffffff"); math.Abs(got-21) > 0.01 {
		t.Fatalf("black on white: got %g, want 21", got)
	}
	surfaces := "paper sheet sunk"
	texts := []struct {
		ink, on string
		least   float64
	}{
		{"ink", surfaces + " accent-soft good-soft warn-soft bad-soft", 4.5},
		{"quiet", surfaces + " warn-soft bad-soft good-soft", 4.5},
		{"accent", surfaces + " accent-soft warn-soft bad-soft good-soft", 4.5},
		{"accent-ink", "accent", 4.5},
		{"mark-ink", "mark", 4.5},
		{"good", "good-soft sheet", 4.5}, {"warn", "warn-soft sheet", 4.5}, {"bad", "bad-soft sheet", 4.5},
		{"heat-ink", "heat-0 heat-1 heat-2", 4.5}, {"heat-ink-deep", "heat-3 heat-4", 4.5},
		{"rel-equivalent", surfaces, 4.5}, {"rel-wider", surfaces, 4.5}, {"rel-narrower", surfaces, 4.5},
		{"rel-inexact", surfaces, 4.5}, {"rel-unmatched", surfaces, 4.5},
		{"edge", "paper sheet", 3}, {"focus", surfaces, 3},
	}
	for scheme, colours := range palettes(t) {
		for _, tt := range texts {
			for on := range strings.FieldsSeq(tt.on) {
				if colours[tt.ink] == "" || colours[on] == "" {
					t.Errorf("%s: no %s or no %s", scheme, tt.ink, on)
					continue
				}
				if got := contrast(t, colours[tt.ink], colours[on]); got < tt.least {
					t.Errorf("%s: %s on %s has %.2f, want %g", scheme, tt.ink, on, got, tt.least)
				}
			}
		}
	}
}

// No colour is stated beside the palette, where the test above would not see it.
func TestColoursAreOfThePalette(t *testing.T) {
	files, err := filepath.Glob("static/*.css")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			stated := strings.HasPrefix(strings.TrimSpace(line), "--") && filepath.Base(file) == "tolk.css"
			if literal.MatchString(line) && !stated && !strings.Contains(line, "@media print") && !strings.Contains(line, "background: #fff;") {
				t.Errorf("%s:%d: %s", file, i+1, strings.TrimSpace(line))
			}
		}
	}
}
