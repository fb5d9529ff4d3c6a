package measure

import (
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tolk/mapping"
	facts "tolk/schemas/terminology"
)

func sortStrings(s []string) { slices.Sort(s) }

const (
	loinc  = "http://loinc.org"
	snomed = "http://snomed.info/sct"
	medcom = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-observation-codes"
)

func TestByCoding(t *testing.T) {
	for _, tt := range []struct{ system, code, want string }{ // no want: none
		{loinc, "8302-2", "hoejde"},
		{npu, "NPU03794", "hoejde"},
		{npuCore, "NPU03794", "hoejde"},
		{"http://fhir.kl.dk/term/CodeSystem/NPU", "NPU03794", "hoejde"},
		{npu, "DNK05472", "blodtryk_systolisk"},
		{npuCore, "NPU57948", "blodtryk_diastolisk"},
		{medcom, "MCS88122", "respirationsfrekvens"},
		{npu, "NPU02636", "lymfocytter"},
		{npu, "NPU02593", "leukocytter"},
		{System, "hba1c", "hba1c"},
		{snomed, "285854004", ""}, // happy, calm and anxious: three items
		{snomed, "364589006", ""}, // a birth weight is no weight
		{npu, "MCS88122", ""},
		{loinc, "NPU03794", ""},
		{"", "NPU03794", ""},
		{"http://kl.dk/fhir/common/caresocial/CodeSystem/FFB", "f5b8e809-7689-4952-838c-a069c99408b3", "tobak"},
	} {
		got, ok := ByCoding(mapping.Coding{System: tt.system, Code: tt.code, Display: "B—Leukocytter"})
		if got.Name != tt.want || ok != (tt.want != "") {
			t.Errorf("%s|%s: got %q, %t, want %q", tt.system, tt.code, got.Name, ok, tt.want)
		}
	}
}

func TestFind(t *testing.T) {
	code := func(system, code string) mapping.Coding { return mapping.Coding{System: system, Code: code} }
	for name, tt := range map[string]struct {
		codings []mapping.Coding
		want    string
		others  []string
	}{
		"one":                {[]mapping.Coding{code(loinc, "8867-4")}, "puls", nil},
		"two that agree":     {[]mapping.Coding{code(loinc, "8867-4"), code(snomed, "364075005")}, "puls", nil},
		"one unknown":        {[]mapping.Coding{code(loinc, "8867-4"), code("urn:oid:1.2.208.176.2.4", "ZZ3140")}, "puls", nil},
		"SNOMED CT alone":    {[]mapping.Coding{code(snomed, "8499008")}, "puls", nil},
		"the broader beside": {[]mapping.Coding{code(snomed, "434912009"), code(npu, "NPU02195")}, "glukose_faste", nil},
		"both NPU":           {[]mapping.Coding{code(npu, "NPU18016"), code(npu, "NPU04998")}, "kreatinin_enzymatisk", nil},
		"KL's weight":        {[]mapping.Coding{code(loinc, "29463-7"), code(snomed, "276885007")}, "vaegt", []string{"temperatur"}},
		"contradiction":      {[]mapping.Coding{code(loinc, "29463-7"), code(npu, "NPU03794")}, "", []string{"vaegt", "hoejde"}},
		"SNOMED CT at odds":  {[]mapping.Coding{code(snomed, "27113001"), code(snomed, "364075005")}, "", []string{"vaegt", "puls"}},
		"nothing known":      {[]mapping.Coding{code(loinc, "0-0")}, "", nil},
		"none":               {nil, "", nil},
	} {
		item, others, ok := Find(tt.codings)
		var names []string
		for _, o := range others {
			names = append(names, o.Name)
		}
		if item.Name != tt.want || ok != (tt.want != "") || !slices.Equal(names, tt.others) {
			t.Errorf("%s: got %q, %q, %t, want %q, %q", name, item.Name, names, ok, tt.want, tt.others)
		}
	}
}

// What an item is written with, in any form, is read as that item and no other.
// The hub has one coding of each system at most, as dk-core-observation takes.
func TestCodings(t *testing.T) {
	for _, i := range All() {
		for _, use := range []Use{Hub, KL, HCO} {
			codings := i.Codings(use)
			systems := map[string]int{}
			for _, c := range codings {
				systems[c.System]++
				if got, ok := ByCoding(c); ok && got.Name != i.Name {
					t.Errorf("%s: %s|%s is read as %s", i.Name, c.System, c.Code, got.Name)
				}
			}
			for system, n := range systems {
				if n > 1 {
					t.Errorf("%s: %d codings of %s in %s", i.Name, n, system, use)
				}
			}
			if found, others, ok := Find(codings); use == Hub && (!ok || found.Name != i.Name || len(others) > 0) {
				t.Errorf("%s: read back as %q, %d others, %t", i.Name, found.Name, len(others), ok)
			}
		}
		if (i.UnitHCO != "") && !i.InHCO() {
			t.Errorf("%s: a unit for HCO, and no code", i.Name)
		}
		if got, ok := ByName(i.Name); !ok || got.Name != i.Name {
			t.Errorf("%s: ByName gives %q", i.Name, got.Name)
		}
		if strings.Trim(i.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Errorf("%s: not ASCII", i.Name)
		}
	}
	weight, _ := ByName("vaegt")
	got := weight.Codings(Hub)
	want := []mapping.Coding{
		{System: loinc, Code: "29463-7", Display: "Body weight"},
		{System: snomed, Code: "27113001"},
		{System: npuCore, Code: "NPU03804", Display: "Pt—Legeme; masse = ? kg"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("vaegt: got %v, want %v", got, want)
	}
	lithium, _ := ByName("lithium")
	if got := lithium.Codings(Hub); !slices.Equal(got, []mapping.Coding{{System: System, Code: "lithium", Display: "Lithium"}}) {
		t.Errorf("lithium: got %v", got)
	}
	if lithium.InHCO() || lithium.InKL() || !weight.InHCO() || !weight.InKL() {
		t.Error("lithium is in HCO or KL's tools, or weight is not")
	}
}

// A value is one of an item where it can be said in the item's unit, and exactly: a
// code that says the unit is not of any other.
func TestFits(t *testing.T) {
	for _, tt := range []struct {
		item, value, unit string
		want              bool
	}{
		{"blodtryk_systolisk", "142", "mmHg", true},
		{"blodtryk_systolisk", "16.0", "kPa", false}, // 120.01 and no end
		{"blodtryk_systolisk", "13.3322", "kPa", true},
		{"blodtryk_systolisk", "", "kPa", true},
		{"blodtryk_systolisk", "142", "", false},
		{"blodtryk_systolisk", "142", "mg", false},
		{"temperatur", "98.6", "°F", true},
		{"temperatur", "98.5", "°F", false},
		{"vaegt", "150", "[lb_av]", true},
		{"hoejde", "1.69", "m", true},
		{"inr", "2.5", "", false},
		{"manniche_vas", "7", "", true},
		{"manniche_vas", "7", "point", true},
		{"who5", "60", "point", true},
	} {
		item, _ := ByName(tt.item)
		if got := item.Fits(tt.value, tt.unit); got != tt.want {
			t.Errorf("%s %s %s: got %t", tt.item, tt.value, tt.unit, got)
		}
	}
}

// MedCom's codes of a blood pressure are of the arm, and the display that they are
// published with says so. Nothing else here says where.
func TestSited(t *testing.T) {
	n := 0
	for _, i := range All() {
		for _, c := range i.codings {
			if said := strings.HasPrefix(c.Display, "Arm—"); said != Sited(c.Coding) {
				t.Errorf("%s %s: it says the arm %t", c.Code, c.Display, said)
			} else if said {
				n++
			}
		}
	}
	if n != 2 {
		t.Errorf("%d codes are of the arm, want 2", n)
	}
}

// A site is the arm where all that is said of it is known to be. What nobody knows is
// not taken for one.
func TestAtArm(t *testing.T) {
	at := func(codes ...string) (all []mapping.Coding) {
		for _, code := range codes {
			all = append(all, mapping.Coding{System: snomed, Code: code})
		}
		return all
	}
	for _, tt := range []struct {
		codings []mapping.Coding
		text    string
		want    bool
	}{
		{nil, "", true}, // nothing is said
		{at("368209003"), "", true},
		{at("368209003", "40983000"), "højre overarm", true},
		{at("344001"), "", false}, // the ankle
		{at("368209003", "344001"), "", false},
		{[]mapping.Coding{{System: "urn:x", Code: "368209003"}}, "", false},
		{at("344001"), "arm", false},
		{nil, "Venstre overarm", true},
		{nil, "hø. arm", true},
		{nil, "begge arme", true},
		{nil, "right upper arm", true},
		{nil, "højre ankel", false},
		{nil, "håndled", false},
		{nil, "ikke på armen", false},
		{nil, "højre", false},
		{nil, "armstol", false},
	} {
		if got := AtArm(tt.codings, tt.text); got != tt.want {
			t.Errorf("%v %q: got %t", tt.codings, tt.text, got)
		}
	}
}

func TestByProfile(t *testing.T) {
	const base = "http://fhir.kl.dk/ffinst/StructureDefinition/"
	for name, want := range map[string]string{"KLToolsCareBodyWeight": "vaegt", "KLToolsWHO5ObservationHappy1": "who5_glad", "KLToolsCareUrinStix": "", "nothing": ""} {
		if got, ok := ByProfile(base + name); got.Name != want || ok != (want != "") {
			t.Errorf("%s: got %q, %t, want %q", name, got.Name, ok, want)
		}
	}
}

// The units of one item convert into each other, except for what is no unit of
// measure: MedCom's arbitrary numbers.
func TestUnitsOfItems(t *testing.T) {
	for _, i := range All() {
		for _, unit := range []string{i.UnitKL, i.UnitHCO} {
			if unit == "" || i.Unit == "" || i.Name == "inr" { // INR has a unit by UCUM, none by NPU
				continue
			}
			if _, _, err := pair(i.Unit, unit); err != nil {
				t.Errorf("%s: %v", i.Name, err)
			}
		}
	}
	if u, ok := StrengthUnit("MG"); !ok || u.Code != "mg" {
		t.Errorf("MG: got %q, %t", u.Code, ok)
	}
	if u, ok := StrengthUnit("mg"); ok {
		t.Errorf("mg is no code of FMK's table: got %q", u.Code)
	}
	for _, text := range []string{"stk", "Stk", "tablet", "", "KG"} {
		if u, ok := UnitOf(text); ok {
			t.Errorf("%q: got %q", text, u.Code)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	read := func(name string) string {
		b, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, tt := range map[string]struct{ file, row, want string }{
		"unit twice":        {"units.csv", "cm,length,1/100,,x,,,s\n", "spellings: cm names another unit already"},
		"spelling of two":   {"units.csv", "ym,length,1,,ym,mmHg,,s\n", "spellings: mmHg names another unit already"},
		"no factor":         {"units.csv", "ym,length,0,,ym,,,s\n", "factor: expected"},
		"bad offset":        {"units.csv", "ym,length,1,x,ym,,,s\n", "offset: expected"},
		"columns":           {"units.csv", "ym,length\n", "expected rows of CSV"},
		"item twice":        {"measures.csv", "puls,Puls,survey,string,,,,,,,,\n", "name and display: expected"},
		"category":          {"measures.csv", "ny,Ny,exam,string,,,,,,,,\n", "category and kind: not one"},
		"panel below":       {"measures.csv", "ny,Ny,survey,string,ingen,,,,,,,\n", "panel and broader: ingen"},
		"unknown unit":      {"measures.csv", "ny,Ny,survey,quantity,,,stk,,,,,\n", "unit: expected"},
		"quantity, no unit": {"measures.csv", "ny,Ny,survey,quantity,,,,,,,,\n", "unit: expected"},
		"bounds":            {"measures.csv", "ny,Ny,survey,string,,,,,,,5,1\n", "low and high: expected"},
		"one bound":         {"measures.csv", "ny,Ny,survey,string,,,,,,,5,\n", "low and high: expected"},
		"code of two":       {"codings.csv", "puls,http://loinc.org,8302-2,,read,s\n", "code: means another item already"},
		"alias":             {"codings.csv", "puls,http://npu-terminology.org,NPU00001,,read,s\n", "system: expected the canonical URI"},
		"no item":           {"codings.csv", "ny,http://loinc.org,1-1,,read,s\n", "name: not that of a row"},
		"use":               {"codings.csv", "puls,http://loinc.org,1-1,,write,s\n", "use: accepted"},
		"answer twice":      {"answers.csv", "smerte_vrs,51b9ff3a-604c-4a45-a8a2-5d9191b2056e,x,0,,s\n", "code: is an answer already"},
		"answer of puls":    {"answers.csv", "puls,x,x,0,,s\n", "name: not that of a row"},
		"no score":          {"answers.csv", "smerte_vrs,x,x,,,s\n", "code, display, score and source"},
		"no source":         {"codings.csv", "puls,http://loinc.org,1-1,,read,\n", "system, code, use and source"},
	} {
		fsys := fstest.MapFS{}
		for _, file := range []string{"units.csv", "measures.csv", "codings.csv", "answers.csv"} {
			fsys[file] = &fstest.MapFile{Data: []byte(read(file))}
		}
		if _, err := load(fsys, facts.FS); err != nil {
			t.Fatal(err)
		}
		fsys[tt.file].Data = append(fsys[tt.file].Data, tt.row...)
		if _, err := load(fsys, facts.FS); err == nil || !strings.Contains(err.Error(), tt.file) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
	if _, err := load(fstest.MapFS{}, facts.FS); err == nil {
		t.Error("no tables, and no error")
	}
}

// outside.csv says why what one would look for is not in codings.csv.
func TestOutside(t *testing.T) {
	f, err := os.Open("outside.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) < 20 {
		t.Fatalf("%d rows: %v", len(all), err)
	}
	bare := map[string]bool{} // items without a published code that is read
	for _, i := range All() {
		bare[i.Name] = i.Codings(Hub)[0].System == System
	}
	for _, row := range all[1:] {
		name, code, reason := row[0], mapping.Coding{System: row[1], Code: row[2]}, row[3]
		i, known := ByName(name)
		if !known || reason == "" {
			t.Errorf("%q: no item of that name, or no reason", name)
		}
		if code.Code == "" {
			if !bare[name] {
				t.Errorf("%s: has a published code, or is here twice", name)
			}
			bare[name] = false
			continue
		}
		if slices.ContainsFunc(i.Codings(Hub), func(c mapping.Coding) bool { return c.System == code.System && c.Code == code.Code }) {
			t.Errorf("%s: %s is written into the hub all the same", name, code.Code)
		}
	}
	for name, missing := range bare {
		if missing {
			t.Errorf("%s: no published code, and no row that says why", name)
		}
	}
}
