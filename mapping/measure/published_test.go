package measure

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	beside "tolk/fixtures/shared"
	"tolk/mapping"
)

// resource reads a JSON resource.
func resource(t *testing.T, name string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var r map[string]any
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// source finds the file of a source as the tables write it: a package with its
// version, or a folder, and the name of a resource.
func source(t *testing.T, text string) string {
	t.Helper()
	folder, name, _ := strings.Cut(text, " ")
	if strings.Contains(folder, "#") {
		folder = "packages/" + folder + "/package"
	}
	return filepath.Join(beside.Path(t, "official"), filepath.FromSlash(folder), name+".json")
}

// stated collects the codes that a resource states, each with its displays.
type stated map[mapping.Concept][]string

func (s stated) add(system, code, display any) {
	c := mapping.Concept{System: canonical(text(system)), Code: text(code)}
	if c.System == "" || c.Code == "" {
		return
	}
	if s[c] = append(s[c], ""); text(display) != "" {
		s[c] = append(s[c], text(display))
	}
}

func text(v any) string { s, _ := v.(string); return s }

func list(v any) []map[string]any {
	var all []map[string]any
	l, _ := v.([]any)
	for _, e := range l {
		if m, ok := e.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

func (s stated) concepts(system any, v any) {
	for _, c := range list(v) {
		s.add(system, c["code"], c["display"])
		s.concepts(system, c["concept"])
	}
}

// walk reads codings, the includes of value sets, and the concepts of a code
// system that contains lists them under its system.
func (s stated) walk(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			s.walk(e)
		}
	case map[string]any:
		s.add(v["system"], v["code"], v["display"])
		s.concepts(v["system"], v["concept"])
		for _, f := range list(v["filter"]) {
			s.add(v["system"], f["value"], nil) // is-a: the root is a member
		}
		for _, e := range v {
			s.walk(e)
		}
	}
}

// states returns the codes of a resource, those that a profile fixes included.
func states(r map[string]any) stated {
	s := stated{}
	s.walk(r)
	if r["resourceType"] == "CodeSystem" {
		s.concepts(r["url"], r["concept"])
	}
	differential, _ := r["differential"].(map[string]any)
	fixed := map[string]any{} // by the id of the element
	for _, e := range list(differential["element"]) {
		for _, key := range []string{"fixedUri", "patternUri", "fixedCode", "patternCode"} {
			if e[key] != nil {
				fixed[text(e["id"])] = e[key]
			}
		}
	}
	for id, code := range fixed {
		if stem, ok := strings.CutSuffix(id, ".code"); ok {
			s.add(fixed[stem+".system"], code, nil)
		}
	}
	return s
}

func rows(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := files.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) < 20 {
		t.Fatalf("%s: %d rows: %v", name, len(all), err)
	}
	var maps []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, column := range all[0] {
			row[column] = cells[i]
		}
		maps = append(maps, row)
	}
	return maps
}

// Every code is in every file that is named for it, and its display is one that
// such a file gives it.
func TestCodesArePublished(t *testing.T) {
	read := map[string]stated{}
	for _, row := range rows(t, "codings.csv") {
		concept := mapping.Concept{System: row["system"], Code: row["code"]}
		var displays []string
		for _, name := range strings.Split(row["source"], "; ") {
			if read[name] == nil {
				read[name] = states(resource(t, source(t, name)))
			}
			found, ok := read[name][concept]
			if !ok {
				t.Errorf("%s: %s|%s is not in %s", row["name"], row["system"], row["code"], name)
			}
			displays = append(displays, found...)
		}
		if !slices.Contains(displays, row["display"]) || row["display"] == "" && slices.ContainsFunc(displays, func(d string) bool { return d != "" }) {
			t.Errorf("%s: %s: the display is %q, published: %q", row["name"], row["code"], row["display"], displays)
		}
	}
}

// The proof can fail.
func TestProofFails(t *testing.T) {
	s := states(map[string]any{
		"resourceType": "CodeSystem", "url": "urn:x",
		"concept": []any{map[string]any{"code": "a", "display": "A"}},
		"differential": map[string]any{"element": []any{
			map[string]any{"id": "O.code.coding:x.system", "fixedUri": "urn:y"},
			map[string]any{"id": "O.code.coding:x.code", "fixedCode": "b"},
			map[string]any{"id": "O.code.coding:z.code", "fixedCode": "c"},
		}},
	})
	for concept, want := range map[mapping.Concept]bool{
		{System: "urn:x", Code: "a"}: true, {System: "urn:y", Code: "b"}: true,
		{System: "urn:y", Code: "a"}: false, {System: "urn:y", Code: "c"}: false, {System: "", Code: "c"}: false,
	} {
		if _, ok := s[concept]; ok != want {
			t.Errorf("%v: got %t, want %t", concept, ok, want)
		}
	}
}

func TestUnitsArePublished(t *testing.T) {
	official := beside.Path(t, "official")
	read := map[string]stated{}
	for _, row := range rows(t, "units.csv") {
		name := row["source"]
		if read[name] == nil {
			read[name] = states(resource(t, source(t, name)))
		}
		if _, ok := read[name][mapping.Concept{System: "http://unitsofmeasure.org", Code: row["code"]}]; !ok {
			t.Errorf("%s is not in %s", row["code"], name)
		}
		if row["fmk"] == "" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(official, "fmk", "GetMedicineCardResponse.xml"))
		if err != nil {
			t.Fatal(err)
		}
		unit, _ := StrengthUnit(row["fmk"])
		_, after, found := strings.Cut(string(b), ">"+row["fmk"]+"</UnitCode><UnitText>")
		word, _, _ := strings.Cut(after, "<")
		if named, ok := UnitOf(word); !found || !ok || named.Code != unit.Code {
			t.Errorf("%s: FMK names it %q, which is %s, want %s", row["fmk"], word, named.Code, unit.Code)
		}
	}
}

// An item has a code for HCO if and only if MedCom's value sets of
// HomeCareObservation, which take all of two code systems, have it.
func TestHCOIsWhatMedComPublishes(t *testing.T) {
	codes := map[mapping.Concept]bool{}
	for _, name := range []string{"npu-observation-codes", "medcom-observation-codes"} {
		system := resource(t, source(t, "medcom.fhir.dk.terminology#2.0.2 CodeSystem-"+name))
		for _, c := range list(system["concept"]) {
			codes[mapping.Concept{System: canonical(text(system["url"])), Code: text(c["code"])}] = true
		}
	}
	if len(codes) != 40 {
		t.Errorf("MedCom publishes %d codes, 40 were read", len(codes))
	}
	for _, i := range All() {
		written := i.Codings(HCO)
		if len(written) > 1 {
			t.Errorf("%s: %d codes for HCO", i.Name, len(written))
		}
		for _, c := range written {
			concept := mapping.Concept{System: c.System, Code: c.Code}
			if !codes[concept] {
				t.Errorf("%s: %s is not MedCom's, or two items have it", i.Name, c.Code)
			}
			delete(codes, concept)
		}
	}
	for c := range codes {
		t.Errorf("no item for %s", c.Code)
	}
}

// Every observation profile of KL's tools has an item, and no other profile is
// named.
func TestProfilesOfKL(t *testing.T) {
	official := beside.Path(t, "official")
	published, err := filepath.Glob(filepath.Join(official, "packages", "kl.dk.fhir.ffinst#1.0.0", "package", "StructureDefinition-*.json"))
	if err != nil || len(published) == 0 {
		t.Fatalf("%d profiles: %v", len(published), err)
	}
	profiles := map[string]bool{}
	for _, name := range published {
		if r := resource(t, name); r["type"] == "Observation" {
			profiles[text(r["url"])] = false
		}
	}
	for _, i := range All() {
		if _, ok := profiles[i.ProfileKL]; !ok && i.InKL() {
			t.Errorf("%s: %s is no profile of an observation", i.Name, i.ProfileKL)
		}
		profiles[i.ProfileKL] = true
	}
	for url, used := range profiles {
		if !used {
			t.Errorf("no item for %s", url)
		}
	}
}

// Every measurement among the published examples is known for what its profile
// or its codes say, its unit is in the table, and its value is plausible.
func TestExamplesAreKnown(t *testing.T) {
	official := beside.Path(t, "official")
	seen := 0
	for _, folder := range []string{"kl.dk.fhir.ffinst", "hl7.fhir.dk.core", "medcom.fhir.dk.homecareobservation"} {
		names, _ := filepath.Glob(filepath.Join(official, "examples", folder, "*.json"))
		for _, name := range names {
			observations(resource(t, name), func(o map[string]any) {
				seen++
				known(t, filepath.Base(name), o)
				for _, c := range list(o["component"]) {
					known(t, filepath.Base(name), c)
				}
			})
		}
	}
	if seen < 40 {
		t.Errorf("%d observations seen", seen)
	}
}

func observations(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			observations(e, visit)
		}
	case map[string]any:
		if v["resourceType"] == "Observation" {
			visit(v)
		}
		for _, e := range v {
			observations(e, visit)
		}
	}
}

func known(t *testing.T, file string, o map[string]any) {
	t.Helper()
	code, _ := o["code"].(map[string]any)
	var codings []mapping.Coding
	for _, c := range list(code["coding"]) {
		codings = append(codings, mapping.Coding{System: text(c["system"]), Code: text(c["code"]), Display: text(c["display"])})
	}
	item, others, ok := Find(codings)
	if !ok {
		t.Errorf("%s: %v is no item: %v", file, codings, others)
		return
	}
	if len(others) > 0 != (file == "Observation-HeleneBodyWeight.json") {
		t.Errorf("%s: %s, and others are meant: %v", file, item.Name, others)
	}
	q, ok := o["valueQuantity"].(map[string]any)
	if !ok || item.Kind == String {
		return
	}
	unit := text(q["code"])
	if unit == "" {
		unit = text(q["unit"])
	}
	if _, ok := UnitOf(unit); !ok {
		t.Errorf("%s: %s: the unit %q is not in the table", file, item.Name, unit)
		return
	}
	value, err := json.Marshal(q["value"])
	if err != nil {
		t.Fatal(err)
	}
	if warning, err := Plausible(item, string(value), unit); (warning != "" || err != nil) && item.Kind != Codeable {
		t.Errorf("%s: %s, %v", file, warning, err)
	}
}
