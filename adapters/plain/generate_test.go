package plain

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tolk/mapping/residue"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
	"tolk/schemas"
)

// generator makes documents from a schema: anything that the schema can say.
type generator struct {
	t    *rapid.T
	defs map[string]any
	open bool // nothing is marked private
}

// texts are what a string of a pattern or a format may be.
var texts = map[string][]string{
	"cpr":                    {"2509479989", "1509819996", "2311143995"},
	"x-ecpr":                 {"0703921VJ4"},
	"d-ecpr":                 {"0703920VJ4", "0703925AB1"},
	"sor":                    {"999000016001", "333211000016005"},
	"gln":                    {"5790000000005"},
	"cvr":                    {"12345674"},
	"authorisation":          {"0CPBD", "12345"},
	"date":                   {"2026-11-20", "2024-02-29", "1947-09-25"},
	"date-time":              {"2026-11-20T09:10:00+01:00", "2026-06-01T00:00:00Z", "2026-06-01T23:59:59.123-02:00"},
	"date-or-date-time":      {"2026", "2026-11", "2026-11-20", "2026-11-20T09:10:00+01:00"},
	"time-of-day":            {"08:00", "23:59", "08:30:15"},
	`\S`:                     {"a", "Sov godt, 3 gange", " æøå \"citat\" \\ \n ny linje", "<b>&amp;</b>", "0", "10.50", "🙂", "  indrykket"},
	`^\S+$`:                  {"A1", "x/y", "4977ce08-df4d-4c09-8e03-c2a563862e68", "I3.4"},
	`^[A-Za-z0-9.-]{1,64}$`:  {"b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33", "5b0e3f70-2c41-4a0e-8f1e-1f0f7c3f9a02", "M-1.2"},
	`^[+]?[0-9]+$`:           {"38683868", "+4538683868"},
	letterPattern:            {"b7a1c9de-90c4-4f0c-b7de-0a4a2f7c1d33", "M-1.2", "B300720181623#5790000000005"},
	`^[0-9]+$`:               {"1", "007", "28100000000"},
	base64Pattern:            {"SGVq", "SGVqIQ==", "SGVqc2E="},
	`^[0-9]{6}$`:             {"000123"},
	`^[A-Za-z][A-Za-z0-9]*$`: {"MinimumInterval", "x"},
	`^[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?$`:                  {"N", "N02", "N02BE01"},
	`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`: {"4d1c9d0e-6a52-4c39-9c55-0b6f1f8a2e11"},
	`^(ffb|fsiii|sks|icpc2|snomed|[a-z]+:\S+)$`:                      {"ffb", "fsiii", "sks", "icpc2", "snomed", "urn:oid:1.2.3", "http://example.org/koder"},
}

func (g generator) pick(of []string) string { return rapid.SampledFrom(of).Draw(g.t, "text") }

// value makes a value of a schema.
func (g generator) value(s map[string]any) any {
	if ref, ok := s["$ref"].(string); ok {
		return g.value(g.defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any))
	}
	if c, ok := s["const"]; ok {
		return c
	}
	if words, ok := s["enum"].([]any); ok {
		return rapid.SampledFrom(words).Draw(g.t, "word")
	}
	switch s["type"] {
	case "object":
		return g.object(s)
	case "array":
		return g.array(s)
	case "boolean":
		return rapid.Bool().Draw(g.t, "bool")
	case "integer":
		return json.Number(fmt.Sprint(rapid.IntRange(1, 9).Draw(g.t, "integer")))
	case "number":
		return json.Number(g.pick([]string{"1", "2.50", "84.5", "0.125", "10.000", "1e2", "1.5E-3", "12345678901234567890.123"}))
	}
	if f, ok := s["format"].(string); ok {
		if s["pattern"] == "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$" {
			return g.pick([]string{"2026", "2026-11", "2026-11-20"})
		}
		return g.pick(texts[f])
	}
	return g.pick(texts[s["pattern"].(string)])
}

func (g generator) array(s map[string]any) any {
	item, ok := s["items"].(map[string]any)
	if !ok { // prefixItems with allOf
		item = s["allOf"].([]any)[0].(map[string]any)["items"].(map[string]any)
	}
	least := 0
	if n, ok := s["minItems"].(json.Number); ok && n == "1" {
		least = 1
	}
	var all []any
	for range rapid.IntRange(least, 3).Draw(g.t, "items") {
		v := g.value(item)
		if s["uniqueItems"] == true && slices.Contains(all, v) {
			continue
		}
		all = append(all, v)
	}
	if all == nil {
		return []any{}
	}
	return all
}

// marks are the fields that mark something private.
var marks = map[string]bool{"privatmarkeret": true, "fortrolighed": true}

// object chooses fields, and then adds what they demand and takes away what may
// not stand beside them.
func (g generator) object(s map[string]any) any {
	properties := s["properties"].(map[string]any)
	chosen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		chosen[name] = rapid.IntRange(0, 2).Draw(g.t, name) == 0 && !(g.open && marks[name])
	}
	demand := func(names any) {
		for _, n := range names.([]any) {
			chosen[n.(string)] = true
		}
	}
	if r, ok := s["required"]; ok {
		demand(r)
	}
	if _, ok := s["minProperties"]; ok {
		chosen[g.pick(slices.Sorted(maps.Keys(properties)))] = true
	}
	for range 3 {
		if forbid, ok := s["dependentSchemas"].(map[string]any); ok {
			for _, name := range slices.Sorted(maps.Keys(forbid)) {
				for other, rule := range forbid[name].(map[string]any)["properties"].(map[string]any) {
					if chosen[name] && rule == false {
						chosen[other] = false
					}
				}
			}
		}
		if choice, ok := s["anyOf"].([]any); ok && !slices.ContainsFunc(choice, func(c any) bool {
			return chosen[c.(map[string]any)["required"].([]any)[0].(string)]
		}) {
			demand(rapid.SampledFrom(choice).Draw(g.t, "choice").(map[string]any)["required"])
		}
		if required, ok := s["dependentRequired"].(map[string]any); ok {
			for name, others := range required {
				if chosen[name] {
					demand(others)
				}
			}
		}
	}
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if chosen[name] {
			object[name] = g.value(properties[name].(map[string]any))
		}
	}
	return mend(object, properties["niveau"] != nil)
}

// mendThread gives a correspondence the ids that are derived where they are left
// out, and keeps the rules that are not about single fields.
func mendThread(o map[string]any) {
	const id = "546b19ba-3e50-4da8-b9ec-7caeefad6928"
	o["korrespondanceId"], o["meddelelse"], o["dele"] = id, id, []any{id}
	delete(o, "paa")
	if o["haendelse"] != "ny" {
		o["paa"] = "M-1"
	}
	if o["kategori"] != "vedrHenvisning" {
		delete(o, "prioritet")
	}
	if o["kategori"] == "andet" {
		o["emne"] = "Andet"
	}
	texts, _ := o["beskeder"].([]any)
	attachments, _ := o["bilag"].([]any)
	for i, s := range append(slices.Clone(texts), attachments...) {
		s := s.(map[string]any)
		s["id"] = fmt.Sprintf("0d5b4a61-62c8-4c7f-9b29-%012d", i)
		if sender, ok := o["afsender"].(map[string]any); ok && sender["organisation"] != nil {
			author, _ := s["forfatter"].(map[string]any)
			if author == nil {
				author = map[string]any{}
			}
			author["organisation"] = map[string]any{"gln": "5790000000005"}
			s["forfatter"] = author
		}
	}
	before, _ := o["forloeb"].([]any)
	for i, m := range before {
		if m := m.(map[string]any); i > 0 || m["meddelelse"] == id {
			m["meddelelse"] = fmt.Sprintf("M-2.%d", i)
		}
	}
	for i, a := range attachments {
		a.(map[string]any)["efterBesked"] = json.Number(fmt.Sprint(min(i, len(texts))))
	}
}

// mend keeps the rules that are not about single fields.
func mend(o map[string]any, condition bool) any {
	if o["dokument"] == "korrespondance" {
		mendThread(o)
		return o
	}
	if lines, ok := o["laegemidler"].([]any); ok {
		delete(o, "tomAarsag")
		delete(o, "tomAarsagTekst")
		if len(lines) == 0 {
			o["tomAarsagTekst"] = "Kortet kunne ikke åbnes"
			o["tomAarsag"] = "ikkeSpurgt"
		}
		if _, ok := o["laestFraFmk"]; !ok {
			o["laestFraFmk"] = "2026-11-20T08:30:00+01:00"
		}
	}
	if rules, ok := o["dosering"].([]any); ok {
		rules[0].(map[string]any)["tekst"] = "1 tablet"
	}
	_, pressure := o["systolisk"]
	_, reason := o["udeladtAarsag"]
	if what := o["hvad"]; pressure {
		o["hvad"] = "blodtryk"
	} else if what == "blodtryk" && !reason {
		o["hvad"] = "puls"
	}
	if o["hvad"] == "andet" {
		o["navn"] = "Noget, ingen tabel kender"
	}
	if o["haendelse"] == "givet" {
		delete(o, "aarsag")
		delete(o, "aarsagTekst")
	}
	if o["omraade"] != nil && o["svar"] != "ja" {
		delete(o, "bemaerkning")
		delete(o, "siden")
	}
	switch o["system"] { // codes that their systems have
	case "ffb":
		o["kode"] = "4977ce08-df4d-4c09-8e03-c2a563862e68"
	case "fsiii":
		o["kode"] = "J1.1"
	}
	if o["bekraeftelse"] == "fejlregistreret" {
		delete(o, "status")
		delete(o, "ophoert")
	} else if condition && o["status"] == nil {
		o["status"] = "aktiv"
	}
	if _, ended := o["ophoert"]; ended {
		o["status"] = "ophoert"
	}
	return o
}

// generated makes a document of a schema, with nothing in it that is private if
// it is to be open.
func generated(t *rapid.T, s map[string]any, open bool) string {
	g := generator{t, s["$defs"].(map[string]any), open}
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(g.value(s)); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text.String())
}

// Whatever a schema can say comes back from the hub, with nothing but the
// hub's Bundle to go by, as long as nothing is marked private.
func TestEverythingComesBack(t *testing.T) {
	for _, name := range schemas.Documents() {
		s, v := schema(t, name), compiled(t)
		forward, backward := ways(t, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				text := generated(r, s, true)
				if _, err := v.Read(text, limits); err != nil {
					r.Fatalf("the generator makes what the schema refuses: %v\n%s", err, text)
				}
				if why := lost(forward, backward, text); why != "" {
					r.Fatal(why)
				}
			})
		})
	}
}

// Whatever is marked, nothing marked goes back to the social side by itself,
// and with the residue each side has its own document again.
func TestEverythingComesBackWithResidue(t *testing.T) {
	for _, name := range schemas.Documents() {
		s := schema(t, name)
		forward, backward := ways(t, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				text := generated(r, s, false)
				hub, err := forward(text)
				if err != nil {
					r.Fatal(err)
				}
				back, err := backward(string(hub.Output))
				if err != nil {
					r.Fatal(err)
				}
				for mark := range marks {
					if strings.Contains(string(back.Output), tree.Quote(mark)+":") {
						r.Errorf("%s goes back:\n%s", mark, back.Output)
					}
				}
				restored(r, hub, text)
				restored(r, back, string(hub.Output))
			})
		})
	}
}

// restored checks that what was written and its residue give the source.
func restored(r *rapid.T, w *transcript.Written, source string) {
	kept := residue.Write(w.Doc, source, w.Ledger, w.Raws())
	got, _, err := residue.Restore(string(w.Output), string(kept), w.Ledger.To, w.Ledger.From, limits)
	if err != nil || string(got) != source {
		r.Errorf("with the residue: %v\n got %s\nwant %s", err, got, source)
	}
}
