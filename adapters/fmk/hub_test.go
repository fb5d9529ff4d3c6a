package fmk

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/mapping/tree"
)

// hub is a translated card as it can be asked.
type hub struct {
	*tree.Doc
	t *testing.T
}

func translated(t *testing.T, text string) hub {
	t.Helper()
	w, err := translate(text)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := tree.Parse(string(w.Output), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return hub{doc, t}
}

// resources returns those of a type, in order.
func (h hub) resources(kind string) (all []tree.ID) {
	for e := h.First(h.Child(h.Root(), "entry")); e != tree.None; e = h.Next(e) {
		if r := h.Child(e, "resource"); h.Text(h.Child(r, "resourceType")) == kind {
			all = append(all, r)
		}
	}
	return all
}

// json is n as it is written, empty where there is none.
func (h hub) json(n tree.ID) string {
	if n == tree.None {
		return ""
	}
	return string(h.Append(nil, n))
}

// dosages are those of the first line, without the route, the text and its
// extension, which are the same everywhere.
func (h hub) dosages() (all []string) {
	first := h.resources("MedicationStatement")[0]
	for d := h.First(h.Child(first, "dosage")); d != tree.None; d = h.Next(d) {
		var b []string
		for c := h.First(d); c != tree.None; c = h.Next(c) {
			switch key := h.RawKey(c); key {
			case "route", "text":
			case "extension":
				for e := h.First(c); e != tree.None; e = h.Next(e) {
					if url := strings.TrimPrefix(h.Text(h.Child(e, "url")), own); url != "long-text" {
						b = append(b, url+":"+strings.ReplaceAll(h.json(h.Child(e, "extension"))+h.json(h.Child(e, "valueBoolean")), `"url":`, ""))
					}
				}
			default:
				b = append(b, key+":"+h.json(c))
			}
		}
		all = append(all, strings.Join(b, " "))
	}
	return all
}

const (
	daily      = `"frequency":1,"period":1,"periodUnit":"d"`
	from10     = `"boundsPeriod":{"start":"2026-01-10"}`
	incomplete = `dosage-incomplete:true`
	perDay     = `"denominator":{"value":1,"unit":"døgn","system":"http://unitsofmeasure.org","code":"d"}`
)

// An attribute that nobody knows changes nothing of what its element says, in a
// dosage that is kept in FMK's words either.
func TestUnknownAttributeInWordsKept(t *testing.T) {
	text := cards(t)["parameterskema-glukose"]
	changed := strings.Replace(text, "<Instruction>", `<Instruction ukendt="7">`, 1)
	if changed == text {
		t.Fatal("the card has no instruction")
	}
	if was, is := translated(t, text).dosages(), translated(t, changed).dosages(); !slices.Equal(was, is) {
		t.Errorf("got %q, want %q", is, was)
	}
}

// FHIR takes no time without a zone, and FMK's schemas do not say which is meant where
// none stands: the day goes, and the sender is told of the times that do not.
func TestTimesWithoutAZone(t *testing.T) {
	whole := cards(t)["magistrelt-laegemiddel"]
	without := strings.Replace(whole, "<DateTime>2026-01-10T09:30:47Z", "<DateTime>2026-01-10T09:30:47", 1)
	if without == whole {
		t.Fatal("the card has no time")
	}
	for text, want := range map[string]string{whole: "", without: "GetMedicineCardResponse.MedicineCard.DrugMedication.Created.DateTime"} {
		w, err := translate(text)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, n := range w.Ledger.Notices {
			if strings.Contains(n.Message, "zone") {
				got += n.Path
			}
		}
		if got != want {
			t.Errorf("told at %q, want %q", got, want)
		}
	}
}

// What a dosage of FMK becomes, to the letter. The numbers are written as they
// came.
func TestDosages(t *testing.T) {
	all := cards(t)
	for name, want := range map[string][]string{
		"morgen-middag-aften-nat": {
			`sequence:1 timing:{"repeat":{"when":["MORN"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}]`,
			`sequence:1 timing:{"repeat":{"when":["NOON"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":0.5,"unit":"stk"}}]`,
			`sequence:1 timing:{"repeat":{"when":["EVE"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":1.500,"unit":"stk"}}]`,
			`sequence:1 timing:{"repeat":{"when":["NIGHT"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":2,"unit":"stk"}}]`},
		"klokkeslaet": {
			`sequence:1 timing:{"repeat":{"timeOfDay":["08:00:00"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}]`,
			`sequence:1 timing:{"repeat":{"timeOfDay":["20:30:00"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":2,"unit":"stk"}}]`},
		"ugedage": {
			`sequence:1 timing:{"repeat":{"dayOfWeek":["mon"],"when":["MORN"],` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":4,"unit":"stk"}}]`,
			`sequence:1 timing:{"repeat":{"dayOfWeek":["thu"],"when":["MORN"],` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":2,"unit":"stk"}}]`,
			`sequence:1 timing:{"repeat":{"dayOfWeek":["thu"],"when":["EVE"],` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":2,"unit":"stk"}}]`},
		"ugedage-hver-anden-uge": {
			`sequence:1 timing:{"repeat":{"dayOfWeek":["tue"],"frequency":1,"period":14,"periodUnit":"d",` + from10 + `}} fmk-dosage:[{"Week","valueString":"1"},{"IterationInterval","valueString":"14"}] ` + incomplete + ` doseAndRate:[{"doseQuantity":{"value":1,"unit":"ml"}}]`,
			`sequence:1 timing:{"repeat":{"dayOfWeek":["fri"],"frequency":1,"period":14,"periodUnit":"d",` + from10 + `}} fmk-dosage:[{"Week","valueString":"2"},{"IterationInterval","valueString":"14"}] ` + incomplete + ` doseAndRate:[{"doseQuantity":{"value":1,"unit":"ml"}}]`},
		"gange-daglig":    {`sequence:1 timing:{"repeat":{"frequency":3,"period":1,"periodUnit":"d",` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":2,"unit":"stk"}}]`},
		"hver-tredje-dag": {`sequence:1 timing:{"repeat":{"frequency":1,"period":3,"periodUnit":"d",` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":1,"unit":"plaster"}}] fmk-dosage:[{"Plural","valueString":"plastre"}]`},
		"pn-med-udloeser": {`sequence:1 doseAndRate:[{"doseQuantity":{"value":2,"unit":"stk"}}] maxDosePerPeriod:{"numerator":{"value":8,"unit":"stk"},` + perDay + `} asNeededCodeableConcept:{"text":"ved hovedpine"} timing:{"repeat":{` + from10 + `}}`},
		"pn-uden-udloeser": {
			`sequence:1 doseAndRate:[{"doseQuantity":{"value":1,"unit":"sug"}}] asNeededBoolean:true timing:{"repeat":{` + from10 + `}}`},
		"fast-og-pn": {
			`sequence:1 timing:{"repeat":{"when":["MORN"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":2,"unit":"stk"}}]`,
			`sequence:1 timing:{"repeat":{"when":["EVE"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":2,"unit":"stk"}}]`,
			`sequence:1 doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}] maxDosePerPeriod:{"numerator":{"value":4,"unit":"stk"},` + perDay + `} asNeededCodeableConcept:{"text":"ved gennembrudssmerter"} timing:{"repeat":{` + from10 + `}}`},
		"perioder-i-traek": {
			`sequence:1 timing:{"repeat":{"when":["MORN"],` + daily + `,"boundsPeriod":{"start":"2026-01-10","end":"2026-01-16"}}} doseAndRate:[{"doseQuantity":{"value":5,"unit":"stk"}}] fmk-dosage:[{"PeriodLength","valueString":"7"},{"DosagePeriodDescription","extension":[{"ShortText","valueString":"5 stk morgen"},{"LongText","valueString":"5 stk morgen hver dag i 7 dage"}]}]`,
			`sequence:2 timing:{"repeat":{"when":["MORN"],` + daily + `,"boundsPeriod":{"end":"2026-01-23"}}} doseAndRate:[{"doseQuantity":{"value":3,"unit":"stk"}}] fmk-dosage:[{"PeriodLength","valueString":"7"},{"DosagePeriodDescription","extension":[{"ShortText","valueString":"3 stk morgen"},{"LongText","valueString":"3 stk morgen hver dag i 7 dage"}]}] ` + incomplete,
			`sequence:3 timing:{"repeat":{"when":["MORN"],` + daily + `}} doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}] ` + incomplete + ` fmk-dosage:[{"DosagePeriodDescription","extension":[{"LongText","valueString":"1 stk morgen hver dag"}]}]`},
		"dosisinterval": {`sequence:1 timing:{"repeat":{"frequency":4,"period":1,"periodUnit":"d",` + from10 + `}} doseAndRate:[{"doseRange":{"low":{"value":1,"unit":"stk"},"high":{"value":2,"unit":"stk"}}}]`},
		"infusionshastighed": {
			`sequence:1 timing:{"repeat":{"when":["MORN"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":100,"unit":"ml"},"rateRatio":{"numerator":{"value":300,"unit":"ml","system":"http://unitsofmeasure.org","code":"mL"},"denominator":{"value":1,"unit":"time","system":"http://unitsofmeasure.org","code":"h"}}}]`,
			`sequence:1 timing:{"repeat":{"when":["EVE"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":100,"unit":"ml"},"rateRange":{"low":{"value":200.0,"unit":"ml/time","system":"http://unitsofmeasure.org","code":"mL/h"},"high":{"value":300.0,"unit":"ml/time","system":"http://unitsofmeasure.org","code":"mL/h"}}}]`},
		"stoerste-doegndosis": {`sequence:1 doseAndRate:[{"doseRange":{"low":{"value":0.5,"unit":"g"},"high":{"value":1.0,"unit":"g"}}}] maxDosePerPeriod:{"numerator":{"value":4.00,"unit":"g"},` + perDay + `} asNeededBoolean:true timing:{"repeat":{` + from10 + `}}`},
		"engangsdosis":        {`sequence:1 timing:{"repeat":{"frequency":1,"period":1,"periodUnit":"d","count":1,"boundsPeriod":{"start":"2026-01-10","end":"2026-01-10"}}} doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}]`},
		"uspecificeret-dag":   {`sequence:1 fmk-dosage:[{"UnspecifiedDay","valueBoolean":true}] ` + incomplete + ` timing:{"repeat":{"frequency":1,"period":7,"periodUnit":"d",` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":4,"unit":"stk"}}]`},
		"mindste-interval":    {`sequence:1 doseAndRate:[{"doseQuantity":{"value":2,"unit":"stk"}}] maxDosePerPeriod:{"numerator":{"value":8,"unit":"stk"},` + perDay + `} fmk-dosage:[{"MinimumDurationBetweenDoses","valueString":"360"}] ` + incomplete + ` asNeededCodeableConcept:{"text":"ved smerter"} timing:{"repeat":{` + from10 + `}}`},
		"gyldig-fra-ved-udlevering": {
			`sequence:1 timing:{"repeat":{"frequency":3,"period":1,"periodUnit":"d","boundsDuration":{"value":7,"unit":"dage","system":"http://unitsofmeasure.org","code":"d"}}} doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}] fmk-dosage:[{"UpdateValidFromUponHandover","valueBoolean":true}] ` + incomplete},
		"episodisk-behandling": {
			`sequence:1 timing:{"repeat":{"when":["MORN"],` + daily + `,"boundsPeriod":{"start":"2026-02-03","end":"2026-02-07"}}} doseAndRate:[{"doseQuantity":{"value":8,"unit":"stk"}}] fmk-dosage:[{"PeriodLength","valueString":"5"},{"EpisodicTreatment","extension":[{"Trigger","valueString":"ved forværring af KOL"},{"MinimumDaysBetweenEpisodes","valueString":"28"}]}] ` + incomplete},
		"skema-i-lokalt-system-uden-tekst": {`sequence:1 ` + incomplete + ` fmk-dosage:[{"AdministrationAccordingToSchemaInLocalSystem","valueBoolean":true},{"Type","valueString":"Not Specified"},{"DosageStartedPreviously","valueBoolean":true}] timing:{"repeat":{"boundsPeriod":{"end":"2026-03-01"}}}`},
	} {
		got := translated(t, all[name]).dosages()
		if len(got) != len(want) {
			t.Errorf("%s: %d Dosages, want %d:\n%s", name, len(got), len(want), strings.Join(got, "\n"))
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: Dosage %d\n got %s\nwant %s", name, i+1, got[i], want[i])
			}
		}
	}
}

// FMK's short text is the text of the first Dosage and of no other, to the
// letter, and the flag stands on the List where it stands on a Dosage.
func TestTextAndFlag(t *testing.T) {
	for name, text := range cards(t) {
		if refused(name) {
			continue
		}
		doc, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		h := translated(t, text)
		flagged, lines := false, 0
		_, root, _ := Recognise(doc)
		card, _ := only(doc, root)
		for m := doc.First(card); m != tree.None; m = doc.Next(m) {
			if doc.RawKey(m) != "DrugMedication" {
				continue
			}
			want := doc.Text(doc.Find(m, "Dosage", "DosageTranslationCombined", "ShortText"))
			s := h.resources("MedicationStatement")[lines]
			lines++
			for d, i := h.First(h.Child(s, "dosage")), 0; d != tree.None; d, i = h.Next(d), i+1 {
				got := h.Text(h.Child(d, "text"))
				if want != "" && i == 0 && got != want || i > 0 && got != "" && !strings.HasPrefix(name, "v146") {
					t.Errorf("%s: text of Dosage %d: got %q, want %q", name, i+1, got, want)
				}
				flagged = flagged || strings.Contains(h.json(h.Child(d, "extension")), "dosage-incomplete")
			}
		}
		if list := h.json(h.Child(h.resources("List")[0], "extension")); strings.Contains(list, "dosage-incomplete") != flagged {
			t.Errorf("%s: the List says incomplete %v, its Dosages %v", name, !flagged, flagged)
		}
	}
}

// Where a row of the table without a home occurs, the dosage is incomplete, and
// nowhere else.
func TestIncomplete(t *testing.T) {
	want := "dag-i-cyklus episodisk-behandling fritekst fritekst-uden-kort-tekst gyldig-fra-ved-udlevering ikke-gentaget infusionsvarighed " +
		"magistrelt-laegemiddel mindste-interval parameterskema-glukose parameterskema-inr perioder-i-traek periodelaengde-i-fritekst selvadministration " +
		"skema-i-lokalt-system skema-i-lokalt-system-uden-tekst tom-periode ugedage-hver-anden-uge ukendt-laegemiddel uspecificeret-dag uspecificeret-periode " +
		"v146-blandede-doser v146-dag-i-runden v146-fritekst v146-perioder-i-traek v146-pn-i-egen-periode v146-runde-laengere-end-perioden v146-skema-i-lokalt-system"
	var got []string
	for name, text := range cards(t) {
		if !refused(name) && strings.Contains(string(output(t, text)), own+"dosage-incomplete") {
			got = append(got, name)
		}
	}
	for _, name := range strings.Fields(want) {
		if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+name+" ") {
			t.Errorf("%s: not flagged", name)
		}
	}
	if len(got) != len(strings.Fields(want)) {
		t.Errorf("flagged are %v", got)
	}
}

func output(t *testing.T, text string) []byte {
	t.Helper()
	w, err := translate(text)
	if err != nil {
		t.Fatal(err)
	}
	return w.Output
}

// What the status of a line is, and what else says that it is not as usual.
func TestStatus(t *testing.T) {
	all := cards(t)
	for name, want := range map[string]string{
		"gange-daglig": "active", "fremtidig-start": "active", "borgervalgt": "active",
		"pauseret": "on-hold", "pauseret-uden-slut": "on-hold", "pauseret-uden-datoer": "on-hold",
		"seponeret": "stopped", "afsluttet": "completed", "ophoert-af-anden-grund": "completed",
	} {
		h := translated(t, all[name])
		if got := h.Text(h.Child(h.resources("MedicationStatement")[0], "status")); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"pauseret":               `{"url":"` + own + `paused","valuePeriod":{"start":"2026-02-01","end":"2026-02-14"}}`,
		"pauseret-uden-slut":     `{"url":"` + own + `paused","valuePeriod":{"start":"2026-02-01T08:00:00+01:00"}}`,
		"ophoert-af-anden-grund": `"statusReason":[{"text":"Patientens ønske"}]`,
		"borgervalgt":            `"category":{"coding":[{"system":"urn:tolk:CodeSystem:ordinationstype","code":"borgervalgt"}],"text":"Borgervalgt"}`,
		"selvadministration":     `{"url":"` + own + `self-administered","valueBoolean":true}`,
		"indikation-fritekst":    `"reasonCode":[{"text":"til natten, så han kan sove"}]`,
		"x-ecpr-patient":         `"identifier":[{"use":"temp","system":"urn:oid:1.2.208.176.1.6.1.1","value":"0703921VJ4"}]`,
		"cpr-med-bindestreg":     `"value":"2509479989"`,
		"tomt-kort":              `"emptyReason":{"text":`,
		"olanzapin":              `"value":10.000,`,
		"soap-kuvert":            `"date":"2026-02-01T08:00:00Z"`,
	} {
		text := all[name]
		if name == "olanzapin" {
			text = all["indikation-fritekst"]
		}
		if got := string(output(t, text)); !strings.Contains(got, want) {
			t.Errorf("%s: the output holds no %s", name, want)
		}
	}
}

// A privately marked line, and everything it can be read from, is labelled; the
// line that no longer is one and the list are not.
func TestPrivate(t *testing.T) {
	h := translated(t, cards(t)["privatmarkering"])
	labelled := map[string]int{}
	for e := h.First(h.Child(h.Root(), "entry")); e != tree.None; e = h.Next(e) {
		r := h.Child(e, "resource")
		if h.Text(h.Find(r, "meta", "security", "code")) == "R" {
			labelled[h.Text(h.Child(r, "resourceType"))]++
		}
	}
	want := map[string]int{"MedicationStatement": 1, "Medication": 1, "Provenance": 3, "Binary": 1}
	for kind, n := range want {
		if labelled[kind] != n {
			t.Errorf("%s: %d labelled, want %d", kind, labelled[kind], n)
		}
	}
	if len(labelled) != len(want) {
		t.Errorf("labelled are %v", labelled)
	}
	lines := h.resources("MedicationStatement")
	if got := h.Text(h.Find(lines[0], "meta", "security", "code")); got != "R" || !strings.Contains(h.json(lines[0]), own+"private") {
		t.Errorf("the first line says %q", got)
	}
	if strings.Contains(h.json(lines[1]), own+`private"`) {
		t.Error("the second line is private though the marking was removed")
	}
}

// The original stands in the hub to the byte, with its sum.
func TestOriginal(t *testing.T) {
	for name, text := range cards(t) {
		if refused(name) {
			continue
		}
		h := translated(t, text)
		b := h.resources("Binary")
		got, err := base64.StdEncoding.DecodeString(h.Text(h.Child(b[0], "data")))
		if err != nil || string(got) != text || len(b) != 1 {
			t.Errorf("%s: the original is not what was sent", name)
		}
		sum := sha256.Sum256([]byte(text))
		if !strings.Contains(h.json(h.Root()), hex.EncodeToString(sum[:])) {
			t.Errorf("%s: the sum is not there", name)
		}
	}
}

// The card that lies beside the checkout translates wholly.
func TestOfficialCard(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(filepath.Dir(xsd(t)), "..", "..", "..", "GetMedicineCardResponse.xml"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := translate(string(b))
	if err != nil {
		t.Fatal(err)
	}
	if n := w.Ledger.Counts["unclaimed"]; n != 0 {
		t.Errorf("%d leaves unclaimed", n)
	}
	if n := w.Ledger.Counts["dropped"]; n != 4 { // the profile of the dosage
		for _, l := range w.Ledger.Lines() {
			if l.Fate == "dropped" {
				t.Log(l.Path, l.Reason)
			}
		}
		t.Errorf("%d leaves dropped", n)
	}
	h := hub{t: t}
	if h.Doc, err = tree.Parse(string(w.Output), tree.Limits{}); err != nil {
		t.Fatal(err)
	}
	if got := h.Text(h.Find(h.resources("MedicationStatement")[0], "dosage", "text")); got != "1 stk morgen og 2 stk aften" {
		t.Errorf("the text is %q", got)
	}
}
