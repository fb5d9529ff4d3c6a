package plain

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tolk/mapping/complete"
	"tolk/mapping/maps"
	"tolk/mapping/tree"
)

// What goes wrong in a referral is told at its place, in both languages.
func TestReferralFaults(t *testing.T) {
	v := compiled(t)
	tests := []struct{ name, old, new, path, english, danish string }{
		{"a word of XREF", `"prioritet":"haster"`, `"prioritet":"akut"`, "$this.prioritet", "expected rutine, haster, hurtigstMuligt or straks", "forventet rutine, haster"},
		{"an A code that is none", `"prioritet":"haster"`, `"henviserType":{"kode":"J1.1"}`, "$this.henviserType.kode", "expected A1, A2", "forventet A1, A2"},
		{"interventions alone", `"oensket":{"tekst":"Udredning for depression og stillingtagen til behandling"}`, `"indsatser":[{"tekst":"x"}]`, "$this.oensket", "indsatser demands it", "indsatser kræver det"},
		{"an interpreter said twice", `"brugForTolk":false`, `"brugForTolk":false,"tolkebistand":"Arabisk"`, "$this.brugForTolk", "may not stand together with tolkebistand", "sammen med tolkebistand"},
		{"a receiver without a name", `"navn":"Psykiatrisk Center Test",`, ``, "", "", ""},
		{"a receiver that is nobody", `{"afdeling":"Central visitation","gln":"5790000000012","navn":"Psykiatrisk Center Test","sor":"333211000016005"}`, `{"afdeling":"Central visitation"}`, "$this.modtagere[0]", "expected at least one of the fields navn, sor, gln", "mindst ét af felterne"},
		{"a reason that says nothing", `"koder":[{"kode":"DF32","system":"sks"}],`, ``, "", "", ""},
		{"a reason of a kind only", `{"koder":[{"kode":"DF32","system":"sks"}],"sikkerhed":"mistanke","slags":"henvisningsdiagnose","tekst":"Depressiv enkeltepisode"}`, `{"sikkerhed":"mistanke"}`, "$this.aarsager[0]", "expected at least one of the fields", "mindst ét af felterne"},
		{"a section that there is not", `"misbrug":[`, `"rusmidler":[`, "$this.oplysninger.rusmidler", "the form has no such field here", "har ikke dette felt"},
		{"a section as a text", `"misbrug":["Ingen."]`, `"misbrug":"Ingen."`, "$this.oplysninger.misbrug", "expected a list [ ]", "forventet en liste"},
		{"an enclosure that is no base64", `"prioritet":"haster"`, `"bilag":[{"indhold":"ikke base64"}]`, "$this.bilag[0].indhold", "expected base64", "forventet base64"},
		{"an enclosure cut off", `"prioritet":"haster"`, `"bilag":[{"indhold":"SGVqI"}]`, "$this.bilag[0].indhold", "expected base64", "forventet base64"},
		{"an enclosure of nothing", `"prioritet":"haster"`, `"bilag":[{"titel":"Brev"}]`, "$this.bilag[0]", "expected at least one of the fields indhold and adresse", "mindst ét af felterne"},
		{"31 February", `"henvist":"2026-11-20T14:00:00+01:00"`, `"henvist":"2026-02-31"`, "$this.henvist", "expected a date that exists", "der findes"},
		{"the health check with its own list", `"sundhedstjek":{`, `"sundhedstjek":{"medicinliste":{},`, "$this.sundhedstjek.medicinliste", "the form has no such field here", "har ikke dette felt"},
		{"a relative without a name", `{"efternavn":"Berggren","fornavn":"Nancy Ann Test","relation":"søster"}`, `{"relation":"søster"}`, "$this.borger.paaroerende[0]", "navn, fornavn and efternavn", "navn, fornavn og efternavn"},
		{"a case number of nobody", `"prioritet":"haster"`, `"sagsnummer":{"kommunalt":"1"}`, "$this.sagsnummer.udsteder", "kommunalt demands it", "kommunalt kræver det"},
	}
	for _, tt := range tests {
		text := example(t, henvisning)
		if !strings.Contains(text, tt.old) {
			t.Errorf("%s: the example has no %s", tt.name, tt.old)
			continue
		}
		_, err := v.Read(strings.Replace(text, tt.old, tt.new, 1), tree.Limits{})
		var faults Faults
		if tt.path == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if !errors.As(err, &faults) || !slices.ContainsFunc(faults, func(f Fault) bool {
			return f.Path == tt.path && strings.Contains(f.English, tt.english) && strings.Contains(f.Danish, tt.danish)
		}) {
			t.Errorf("%s: want %s: %s / %s\n got %+v", tt.name, tt.path, tt.english, tt.danish, faults)
		}
	}
}

// A code system of the reasons is written by its name, and a code of the schema
// that another referral has in the other spelling is known.
func TestReferralLenses(t *testing.T) {
	if _, err := diagnosisURI(sksDiagnoses); err == nil {
		t.Error("the URI of SKS' diagnoses is taken beside its name")
	}
	for _, text := range []string{"sks", "icpc2", "ffb", "urn:oid:1.2.208.176.2.4", "http://example.org/x"} {
		u, err := diagnosisURI(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if back, _ := diagnosisName(u); back != text {
			t.Errorf("%s came back as %s", text, back)
		}
	}
	l, err := referrers()
	if err != nil {
		t.Fatal(err)
	}
	code, err := l.Forward("A9")
	if err != nil || len(code) != 36 {
		t.Errorf("A9 is %s, %v", code, err)
	}
	for _, text := range []string{code, "A9"} {
		if got, err := l.Backward(text); got != "A9" || err != nil {
			t.Errorf("%s is %s, %v", text, got, err)
		}
	}
	if _, err := l.Backward("J1.1"); err == nil {
		t.Error("a condition is taken for a referrer")
	}
}

// What the hub of another sender says otherwise is read: a Flag that no note
// tells, a list that the health check refers to, a note of a section that the
// form does not have; and what has no place is on the ledger, not silent.
func TestReferralOfOthers(t *testing.T) {
	const (
		patient = `{"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","id":"2","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}],"name":[{"family":"Elmer"}]}}`
		head    = `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"ServiceRequest","id":"1","status":"active","intent":"order","subject":{"reference":"urn:uuid:2"}`
	)
	_, backward := ways(t, henvisning)
	tests := []struct{ name, request, more, want, unclaimed string }{
		{"a flag", ``, `{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Flag","id":"3","status":"active","code":{"text":"Penicillin"},"subject":{"reference":"urn:uuid:2"}}}`,
			`"cave":["Penicillin"]`, ``},
		{"a flag and its note", `,"note":[{"extension":[{"url":"urn:tolk:StructureDefinition:note-section","valueCode":"cave"}],"text":"Penicillin"}]`,
			`{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Flag","id":"3","status":"active","code":{"text":"Penicillin"},"subject":{"reference":"urn:uuid:2"}}}`,
			`"cave":["Penicillin"]`, ``},
		{"a section that is not known", `,"note":[{"extension":[{"url":"urn:tolk:StructureDefinition:note-section","valueCode":"x"}],"text":"Noget"}]`, ``,
			`"bemaerkninger":["Noget"]`, `Bundle.entry[0].resource.note[0].extension[0].url Bundle.entry[0].resource.note[0].extension[0].valueCode`},
		{"another status", `,"note":[7]`, ``, `"henvisning"`, `Bundle.entry[0].resource.note[0]`},
		{"a flag that is over", ``, `{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Flag","status":"inactive","code":{"text":"x"}}}`, `"henvisning"`,
			`Bundle.entry[2].fullUrl Bundle.entry[2].resource.resourceType Bundle.entry[2].resource.status Bundle.entry[2].resource.code.text`},
	}
	for _, tt := range tests {
		text := head + tt.request + `}},` + patient
		if tt.more != "" {
			text += "," + tt.more
		}
		w, err := backward(text + `]}`)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if !strings.Contains(string(w.Output), tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, w.Output, tt.want)
		}
		var unclaimed []string
		for _, l := range w.Ledger.Lines() {
			if l.Fate == "unclaimed" {
				unclaimed = append(unclaimed, l.Path)
			}
		}
		if got := strings.Join(unclaimed, " "); got != tt.unclaimed {
			t.Errorf("%s: unclaimed %q, want %q", tt.name, got, tt.unclaimed)
		}
	}
}

// Each fact that psychiatry asks for is missed where it is not said, and by that
// one demand only.
func TestReferralCompleteness(t *testing.T) {
	needs, err := complete.Load(maps.FS, "complete")
	if err != nil {
		t.Fatal(err)
	}
	forward, _ := ways(t, henvisning)
	lacks := func(document map[string]any) (all []string) {
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		w, err := forward(string(text))
		if err != nil {
			t.Fatal(err)
		}
		d, err := tree.Parse(string(w.Output), tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range needs.Lacks(henvisning, d, time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)) {
			all = append(all, l.Message)
		}
		return all
	}
	whole := func() map[string]any {
		var document map[string]any
		if err := json.Unmarshal([]byte(example(t, henvisning)), &document); err != nil {
			t.Fatal(err)
		}
		document["transport"] = "ingen"
		sections := document["oplysninger"].(map[string]any)
		sections["socialt"], sections["undersoegelse"] = []string{"Bor på bosted."}, []string{"Nedtrykt."}
		return document
	}
	if got := lacks(whole()); len(got) > 0 {
		t.Errorf("a referral with all that is asked for lacks %q", got)
	}
	inside := func(names ...string) func(map[string]any) {
		return func(o map[string]any) {
			for _, name := range names[:len(names)-1] {
				if list, ok := o[name].([]any); ok {
					o = list[0].(map[string]any)
					continue
				}
				o = o[name].(map[string]any)
			}
			delete(o, names[len(names)-1])
		}
	}
	for want, without := range map[string]func(map[string]any){
		"when the referral was written":   inside("henvist"),
		"who refers":                      inside("afsender"),
		"who the citizen is referred to":  inside("modtagere"),
		"how urgent":                      inside("prioritet"),
		"what is asked for":               inside("oensket"),
		"suspected or confirmed":          inside("aarsager", "sikkerhed"),
		"why the citizen is referred now": inside("oplysninger", "hvorforNu"),
		"the history is missing":          inside("oplysninger", "anamnese"),
		"the objective findings":          inside("oplysninger", "undersoegelse"),
		"earlier treatment":               inside("oplysninger", "tidligereBehandling"),
		"misuse":                          inside("oplysninger", "misbrug"),
		"the social circumstances":        inside("oplysninger", "socialt"),
		"allergies and CAVE":              inside("cave"),
		"has a guardian":                  inside("harVaerge"),
		"an interpreter is needed":        inside("brugForTolk"),
		"transport is needed":             inside("transport"),
		"has minor children":              inside("harMindreaarigeBoern"),
		"the citizen's name":              inside("borger", "efternavn"),
		"how the citizen is reached":      inside("borger", "telefoner"),
		"the medication list":             inside("medicinliste"),
		"the citizen's consent":           inside("samtykke"),
		"read more than 7 days ago; read it ": func(o map[string]any) {
			o["medicinliste"].(map[string]any)["laestFraFmk"] = "2026-11-01T08:00:00+01:00"
		},
	} {
		document := whole()
		without(document)
		if got := lacks(document); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: got %q", want, got)
		}
	}
}
