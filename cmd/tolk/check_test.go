package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/complete"
	"tolk/mapping/document"
	"tolk/mapping/receiver"
)

// checkedAt is when the documents of fixtures/check are checked.
const checkedAt = "2026-11-21T10:00:00+01:00"

func checkTime(t testing.TB) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, checkedAt)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// checked is the core with the tables that are built in.
type checked struct {
	*core
	tables *receiver.Tables
}

func checking(t testing.TB) checked {
	t.Helper()
	c, err := unregistered()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := c.receivers()
	if err != nil {
		t.Fatal(err)
	}
	return checked{c, tables}
}

// Every check in fixtures/check/RECEIVER/CASE answers what stands in answer.json;
// -update writes it.
func TestChecks(t *testing.T) {
	c := checking(t)
	inputs, err := filepath.Glob("../../fixtures/check/*/*/input.*")
	if err != nil || len(inputs) < 3 {
		t.Fatalf("%d checks: %v", len(inputs), err)
	}
	for _, name := range inputs {
		folder := filepath.Dir(name)
		t.Run(filepath.Base(filepath.Dir(folder))+"/"+filepath.Base(folder), func(t *testing.T) {
			answer := checkFile(t, c, name)
			got, err := encode(answer)
			if err != nil {
				t.Fatal(err)
			}
			if somebody.Match(got) || somebody.MatchString(answer.Text()) {
				t.Error("the answer names the citizen")
			}
			file := filepath.Join(folder, "answer.json")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s%v", got, want, err)
			}
		})
	}
}

// checkFile checks a file of fixtures/check for the receiver its folder names.
func checkFile(t *testing.T, c checked, name string) *receiver.Answer {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	ask := receiver.Ask{Receiver: filepath.Base(filepath.Dir(filepath.Dir(name))), Now: checkTime(t)}
	if filepath.Ext(name) == ".xml" {
		ask.From = shownForm(string(text))
	}
	answer, err := c.checker(c.tables, c.gateway).Check(string(text), ask)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// wholeFor are documents that lack nothing for a receiver.
var wholeFor = map[string][]string{
	"psykiatri":  {"psykiatri/komplet"},
	"kommune":    {"kommune/komplet"},
	"egen-laege": {"egen-laege/komplet", "egen-laege/sundhedstjek"},
}

// occasion is what a document must say besides for a demand to be made of it.
var occasion = map[string]func(plain map[string]any){
	"foraeldremyndighed": func(p map[string]any) { p["borger"].(map[string]any)["foedselsdato"] = "2012-01-01" },
	"tolkesprog": func(p map[string]any) {
		p["brugForTolk"] = true
		p["oplysninger"].(map[string]any)["tolk"] = []any{"Arabisk"}
	},
	"ingen-akut-fare": func(p map[string]any) { p["screening"] = screened("akut_fare", "nej") },
}

// screened is a screening with one answer.
func screened(subject, answer string) map[string]any {
	return map[string]any{"udfyldt": "2026-11-20T08:00:00+01:00", "svar": []any{map[string]any{"omraade": subject, "svar": answer}}}
}

// What is not to be sent at all says what to do instead, and names no field to fill
// in: an acute referral goes by phone, and a citizen's no stays a no.
func TestNotToBeSent(t *testing.T) {
	c := checking(t)
	for name, a := range map[string]struct {
		table  string
		change func(map[string]any)
		want   string // of the demand; empty: it can be sent
		do     string
	}{
		"at once":               {"psykiatri", func(p map[string]any) { p["prioritet"] = "straks" }, "ikke-akut", "112"},
		"as soon as possible":   {"psykiatri", func(p map[string]any) { p["prioritet"] = "hurtigstMuligt" }, "", ""},
		"acute danger":          {"psykiatri", func(p map[string]any) { p["screening"] = screened("akut_fare", "ja") }, "ingen-akut-fare", "akutmodtagelse"},
		"danger not known":      {"psykiatri", func(p map[string]any) { p["screening"] = screened("akut_fare", "vedIkke") }, "", ""},
		"another subject":       {"psykiatri", func(p map[string]any) { p["screening"] = screened("I3", "ja") }, "", ""},
		"a no, to psychiatry":   {"psykiatri", saidNo, "samtykke-ja", "tal med borgeren"},
		"a no, to the town":     {"kommune", saidNo, "samtykke-ja", "tal med borgeren"},
		"a no, to the practice": {"egen-laege", saidNo, "samtykke-ja", "tal med borgeren"},
	} {
		plain := plainly(t, a.table+"/komplet")
		a.change(plain)
		answer, err := c.checker(c.tables, c.gateway).Check(encoded(t, plain), receiver.Ask{Receiver: a.table, Now: checkTime(t)})
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case a.want == "" && answer.Verdict != receiver.CanBeSent:
			t.Errorf("%s: got %s", name, answer.Text())
		case a.want == "":
		case len(answer.Findings) != 1 || answer.Findings[0].ID != a.want || answer.Verdict != receiver.CannotBeSent || !strings.HasPrefix(answer.Said, "Kan ikke sendes: "):
			t.Errorf("%s: got %s, want %s", name, answer.Text(), a.want)
		case !strings.Contains(answer.Text(), "Gør: ") || !strings.Contains(answer.Findings[0].Instead, a.do) || strings.Contains(answer.Text(), "Udfyld"):
			t.Errorf("%s: got %s", name, answer.Text())
		}
	}
}

func saidNo(p map[string]any) {
	p["samtykke"] = map[string]any{"svar": "nej", "tekst": "Vil ikke henvises"}
}

// Every demand of every table that is built in has a document that meets it, and
// one that does not, in which nothing else is found: what the demand is about is
// taken out of the first, or where it asks what it is, made something else.
func TestEveryDemand(t *testing.T) {
	c := checking(t)
	for _, table := range c.tables.All() {
		if len(wholeFor[table.ID]) == 0 {
			t.Errorf("%s: no document is whole", table.ID)
		}
		asked := map[string]bool{}
		for _, name := range wholeFor[table.ID] {
			for i := range table.Demands {
				d := &table.Demands[i]
				hub, doc := wholeHub(t, c, name, occasion[d.ID])
				if len(d.Documents) > 0 && !slices.Contains(d.Documents, hub.Document) {
					continue
				}
				asked[d.ID] = true
				if got := found(t, c, table.ID, hub.Document, hub.Source()); got != "" {
					t.Errorf("%s, %s: got %s, want nothing", name, d.ID, got)
				}
				if got := found(t, c, table.ID, hub.Document, lacking(t, hub, doc, d)); got != d.ID {
					t.Errorf("%s without %s: got %q", name, d.ID, got)
				}
			}
		}
		for _, d := range table.Demands {
			if !asked[d.ID] {
				t.Errorf("%s: no document was asked for %s", table.ID, d.ID)
			}
		}
	}
}

// wholeHub is a whole document in the hub form.
func wholeHub(t *testing.T, c checked, name string, change func(map[string]any)) (*document.Hub, *complete.Document) {
	t.Helper()
	plain := plainly(t, name)
	if change != nil {
		change(plain)
	}
	hub, err := c.gateway.Hub(encoded(t, plain), document.Request{Now: checkTime(t)})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return hub, &complete.Document{Doc: hub.Doc, Now: checkTime(t)}
}

func plainly(t *testing.T, name string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../fixtures/check", name, "input.json"))
	if err != nil {
		t.Fatal(err)
	}
	var plain map[string]any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// found lists the demands that a hub document does not meet.
func found(t *testing.T, c checked, name, kind, hub string) string {
	t.Helper()
	answer, err := c.checker(c.tables, c.gateway).Check(hub, receiver.Ask{Receiver: name, Document: kind, From: document.FHIR, Now: checkTime(t)})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range answer.Findings {
		ids = append(ids, f.ID)
		if f.What == "" || f.Why == "" || f.Element == "" || len(f.Fields) == 0 && f.Instead == "" {
			t.Errorf("%s: a finding without words: %+v", name, f)
		}
	}
	return strings.Join(ids, ", ")
}

// lacking is a hub document that does not meet a demand.
func lacking(t *testing.T, hub *document.Hub, doc *complete.Document, d *receiver.Demand) string {
	t.Helper()
	nodes := d.Found(doc)
	if d.Unless != nil {
		nodes = append(nodes, d.Unless.Found(doc)...)
	}
	switch {
	case len(nodes) == 0:
		t.Fatalf("%s: nothing in the whole document is about it", d.ID)
	case d.Least > 0:
		nodes = nodes[:len(nodes)-d.Least+1]
	}
	slices.Sort(nodes)
	var bundle any
	if err := json.Unmarshal([]byte(hub.Source()), &bundle); err != nil {
		t.Fatal(err)
	}
	for _, n := range slices.Backward(slices.Compact(nodes)) { // what is taken out of an array moves only what is behind it
		var value any
		switch {
		case d.Days > 0:
			value = "2001-01-01"
		case len(d.Is) > 0:
			value = "noget andet"
		}
		path := hub.Path(n)
		path = strings.TrimSuffix(path, ".resource")
		bundle = replaced(bundle, pathSteps(path)[1:], value)
	}
	return encoded(t, bundle)
}

// pathSteps takes apart a path: Bundle.entry[3].resource.
func pathSteps(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}

// replaced is a JSON value with another value at a path, or none.
func replaced(in any, path []string, value any) any {
	switch v := in.(type) {
	case map[string]any:
		if len(path) > 1 {
			v[path[0]] = replaced(v[path[0]], path[1:], value)
		} else if v[path[0]] = value; value == nil {
			delete(v, path[0])
		}
		return v
	case []any:
		i, err := strconv.Atoi(path[0])
		switch {
		case err != nil:
			return replaced(v, append([]string{"0"}, path...), value) // the path passes over an array of one
		case len(path) > 1:
			v[i] = replaced(v[i], path[1:], value)
		case value != nil:
			v[i] = value
		default:
			return slices.Delete(v, i, i+1)
		}
		return v
	}
	return in
}

// Whoever may refer is known by what the document says of them, and where it says
// nothing, by the number of their organisation.
func TestWhoMayRefer(t *testing.T) {
	c := checking(t)
	code := func(code string) func(map[string]any) {
		return func(p map[string]any) { p["henviserType"] = map[string]any{"kode": code} }
	}
	number := func(field string) func(map[string]any) {
		return func(p map[string]any) {
			o := p["afsender"].(map[string]any)["organisation"].(map[string]any)
			delete(o, "ydernummer")
			if field != "" {
				o[field] = map[string]string{"ydernummer": "012345", "sygehusafdeling": "1500020", "kommunekode": "0219"}[field]
			}
		}
	}
	type attempt struct {
		table string
		say   func(map[string]any)
		want  receiver.Fault
	}
	attempts := map[string]attempt{
		"psykiatri by the number of a practice":   {"psykiatri", number("ydernummer"), ""},
		"psykiatri by the number of a department": {"psykiatri", number("sygehusafdeling"), ""},
		"psykiatri by the number of a town":       {"psykiatri", number("kommunekode"), receiver.Missing},
		"psykiatri by nothing":                    {"psykiatri", number(""), receiver.Missing},
		"kommune by the number of a practice":     {"kommune", number("ydernummer"), ""},
		"kommune by the number of a department":   {"kommune", number("sygehusafdeling"), ""},
		"kommune by the number of a town":         {"kommune", number("kommunekode"), ""},
		"kommune by nothing":                      {"kommune", number(""), receiver.Missing},
		"kommune, A15":                            {"kommune", code("A15"), receiver.Refused},
		// That it is a practice does not help whoever says that they are not.
		"psykiatri, a relative with a practice": {"psykiatri", code("A2"), receiver.Refused},
	}
	for _, table := range c.tables.All() {
		if table.Referrers == nil {
			continue
		}
		accepted := map[string]bool{}
		for _, a := range table.Referrers.Accepted {
			for _, one := range a.Types {
				accepted[one] = true
			}
		}
		for n := 1; n <= 15; n++ {
			one := "A" + strconv.Itoa(n)
			want := receiver.Refused
			if accepted[one] {
				want = ""
			}
			attempts[table.ID+", "+one] = attempt{table.ID, code(one), want}
		}
	}
	for name, a := range attempts {
		plain := plainly(t, a.table+"/komplet")
		a.say(plain)
		answer, err := c.checker(c.tables, c.gateway).Check(encoded(t, plain), receiver.Ask{Receiver: a.table, Now: checkTime(t)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := receiver.Fault("")
		for _, f := range answer.Findings {
			if f.ID != "henviser" {
				t.Errorf("%s: %s is found too", name, f.ID)
			}
			got = f.Fault
		}
		if got != a.want {
			t.Errorf("%s: got %q, want %q", name, got, a.want)
		}
	}
}

// What the citizen has marked private fills no demand, lacks nothing, and no
// place of it is named.
func TestPrivateIsPassedOver(t *testing.T) {
	c := checking(t)
	plain := plainly(t, "egen-laege/sundhedstjek")
	lines := plain["medicinliste"].(map[string]any)["laegemidler"].([]any)
	private := lines[1].(map[string]any)
	private["privatmarkeret"] = true
	delete(private, "indikation")
	if got := foundIn(t, c, plain); got != "" {
		t.Errorf("a private line lacks %s", got)
	}
	delete(private, "privatmarkeret")
	if got := foundIn(t, c, plain); got != "indikation $this.medicinliste.laegemidler[1]" {
		t.Errorf("an open line: got %q", got)
	}
}

// What says of itself that it is a mistake fills no demand.
func TestMistakesAreOverlooked(t *testing.T) {
	c := checking(t)
	plain := plainly(t, "egen-laege/sundhedstjek")
	for _, m := range plain["maalinger"].([]any) {
		if m := m.(map[string]any); m["hvad"] == "vaegt" {
			m["status"] = "fejlregistreret"
		}
	}
	if got := foundIn(t, c, plain); got != "vaegt " {
		t.Errorf("got %q", got)
	}
}

// A mark on the document itself, or on the citizen, does not make it ask nothing.
func TestMarkedDocumentIsStillAsked(t *testing.T) {
	c := checking(t)
	const private = `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}`
	for mark, want := range map[string]string{
		private:                       "fund, tolk",
		`"status":"entered-in-error"`: "fund, gyldig, tolk",
		`"status":"revoked"`:          "fund, gyldig, tolk",
	} {
		hub := `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ServiceRequest","id":"1",` + mark +
			`}},{"resource":{"resourceType":"Patient","id":"2",` + private + `}}]}`
		answer, err := c.checker(c.tables, c.gateway).Check(hub, receiver.Ask{Receiver: "psykiatri", Document: document.Henvisning, From: document.FHIR, Now: checkTime(t)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range answer.Findings {
			if slices.Contains([]string{"gyldig", "fund", "tolk"}, f.ID) {
				got = append(got, f.ID)
			}
		}
		if slices.Sort(got); strings.Join(got, ", ") != want {
			t.Errorf("%s: got %v, want %s", mark, got, want)
		}
	}
}

// A document about nobody lacks the citizen.
func TestDocumentAboutNobody(t *testing.T) {
	c := checking(t)
	for _, table := range c.tables.All() {
		got := found(t, c, table.ID, document.Henvisning, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ServiceRequest","id":"1"}}]}`)
		if !strings.Contains(got, "personnummer") || !strings.Contains(got, "navn") {
			t.Errorf("%s: got %s", table.ID, got)
		}
	}
}

func foundIn(t *testing.T, c checked, plain map[string]any) string {
	t.Helper()
	answer, err := c.checker(c.tables, c.gateway).Check(encoded(t, plain), receiver.Ask{Receiver: "egen-laege", Now: checkTime(t)})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range answer.Findings {
		all = append(all, f.ID+" "+strings.Join(f.Places, " "))
	}
	return strings.Join(all, "\n")
}

// The field that fills what is missing is named in the plain form for everything
// a receiver can ask for.
func TestPlainFieldIsNamed(t *testing.T) {
	c := checking(t)
	for _, table := range c.tables.All() {
		for i := range table.Demands {
			d := &table.Demands[i]
			kinds := d.Documents
			if len(kinds) == 0 {
				kinds = table.Documents
			}
			for _, kind := range kinds {
				book := c.fields.Book(kind, "plain")
				fields := 0
				for _, w := range d.Ways() {
					fields += len(book.Fills(w))
				}
				if fields == 0 && d.Instead == (receiver.Words{}) {
					t.Errorf("%s, %s: no field of %s fills %s", table.ID, d.ID, kind, d.Element())
				}
			}
		}
	}
}

// A document that cannot be checked is refused as a translation of it would be.
func TestCheckRefuses(t *testing.T) {
	c := checking(t)
	for _, a := range []struct {
		text string
		ask  receiver.Ask
		path string
	}{
		{`{`, receiver.Ask{Receiver: "kommune"}, "$this"},
		{`{}`, receiver.Ask{Receiver: "kommune"}, "from"},
		{`<a/>`, receiver.Ask{Receiver: "kommune"}, "from"},
		{`{}`, receiver.Ask{Receiver: "kommune", From: "papir"}, "from"},
		{`{"dokument":"henvisning"}`, receiver.Ask{Receiver: "ukendt"}, "receiver"},
		{`{"dokument":"henvisning"}`, receiver.Ask{Receiver: "kommune", Document: "brev"}, "document"},
		{`{"resourceType":"Bundle"}`, receiver.Ask{Receiver: "kommune", From: "fhir", Document: "henvisning"}, "Bundle.entry"},
	} {
		a.ask.Now = checkTime(t)
		_, err := c.checker(c.tables, c.gateway).Check(a.text, a.ask)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Path != a.path {
			t.Errorf("%s %+v: got %v, want an error at %s", a.text, a.ask, err, a.path)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	c := checking(b)
	text, err := os.ReadFile("../../fixtures/check/psykiatri/komplet/input.json")
	if err != nil {
		b.Fatal(err)
	}
	checker := c.checker(c.tables, c.gateway)
	for b.Loop() {
		if _, err := checker.Check(string(text), receiver.Ask{Receiver: "psykiatri"}); err != nil {
			b.Fatal(err)
		}
	}
}
