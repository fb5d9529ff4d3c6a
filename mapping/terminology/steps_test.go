package terminology_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"tolk/mapping"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

// twoSteps are tables in which a retired concept has a grave successor: none of the maps
// that we ship has that, and the day one does its guards must hold. What stays within
// FSIII stands first.
func twoSteps(firstEmits, secondEmits string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"index.csv": indexHead +
			"retired.csv,urn:x:retired,1,t,urn:oid:1.2.208.176.2.21,condition,retired,urn:oid:1.2.208.176.2.21,condition,,equivalent wider," + firstEmits + "\n" +
			"back.csv,urn:x:back,1,t,urn:oid:1.2.208.176.2.21,condition,,urn:oid:1.2.208.176.2.22,condition,,equivalent wider," + secondEmits + "\n",
		"retired.csv": mapHead +
			"6c6a10b9-d4c3-44f6-8803-80466d158356,Søvnproblemer,sygepleje,f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile,wider,with-original,rest too,accepted\n",
		"back.csv": mapHead +
			"f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile,sygepleje,83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn,equivalent,always,as if,accepted\n",
		"outside.csv": "direction,scope,root,display,reason\n",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// A match in two steps has the guards of both, and is added to a record only where both
// are; the other system is what a concept is translated to, in whatever order the maps
// stand.
func TestGuardsOfBothSteps(t *testing.T) {
	for _, c := range []struct {
		first, second string
		emit          bool
	}{{"wider", "equivalent", true}, {"", "equivalent", false}, {"wider", "", false}} {
		s, err := terminology.New(facts.FS, twoSteps(c.first, c.second))
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.Translate(fsiii("I10.2"), terminology.Options{})
		if err != nil || a.Target != mapping.FFB || len(a.Matches) != 1 {
			t.Fatalf("got %+v, error %v, want one match in FFB", a, err)
		}
		m := a.Matches[0]
		if m.Guard != terminology.WithOriginal|terminology.Always || m.Equivalence != mapping.Wider || m.Area != mapping.Sygepleje {
			t.Errorf("got %s guarded %q in %q", m.Equivalence, m.Guard, m.Area)
		}
		if m.Emit != c.emit {
			t.Errorf("the steps emit %q and %q, both together %t, want %t", c.first, c.second, m.Emit, c.emit)
		}
		if within, err := s.Translate(fsiii("I10.2"), terminology.Options{Target: mapping.FSIII}); err != nil || len(within.Matches) != 1 || within.Matches[0].Concept.Code != problemerMedSoevn {
			t.Errorf("within FSIII: got %+v, error %v", within, err)
		}
	}
}

// A concept map says which areas it is of, and an unknown system has no entries.
func TestNamesOfMaps(t *testing.T) {
	s := published(t)
	if m := s.ConceptMaps()[0]; m.URL != "urn:tolk:ConceptMap:tilstand.ffb-fsiii.sygepleje" || m.Title != "FFB conditions to FSIII conditions (sygepleje)" {
		t.Errorf("got %s, %q", m.URL, m.Title)
	}
	if !slices.ContainsFunc(s.ConceptMaps(), func(m *terminology.ConceptMap) bool {
		return m.URL == "urn:tolk:ConceptMap:maaltype.ffb-fsiii" && m.Title == "FFB goal types to FSIII goal types" && m.Area == ""
	}) {
		t.Error("no map of goal types without an area")
	}
	if got := s.Entries("http://snomed.info/sct"); got != nil {
		t.Errorf("a system that is not here has %d entries", len(got))
	}
}

// valueSet finds a value set by its address.
func valueSet(t *testing.T, s *terminology.Terminology, url string) terminology.ValueSet {
	t.Helper()
	i := slices.IndexFunc(s.ValueSets(), func(v terminology.ValueSet) bool { return v.URL == url })
	if i < 0 {
		t.Fatalf("no value set %s", url)
	}
	return s.ValueSets()[i]
}

// The value sets are what is published: what they take in, what they leave out, and the
// codes of one include together.
func TestValueSets(t *testing.T) {
	s := published(t)
	const kl = "http://fhir.kl.dk/term/ValueSet/"
	v := valueSet(t, s, kl+"KLChangeValueCodes")
	if v.Name != "KLChangeValueCodes" || v.Title != "KLMåltypeKoder" || len(v.Rules) != 2 || v.Rules[0].ValueSet != kl+"KLChangeValueCodesFSIII" || v.Rules[1].ValueSet != kl+"KLChangeValueCodesFFB" {
		t.Errorf("got %+v", v)
	}
	v = valueSet(t, s, kl+"KLInterventionsFFB")
	last := v.Rules[len(v.Rules)-1]
	if !last.Exclude || last.System != mapping.FFB || !slices.Equal(last.Codes, []string{"794ebc42-0639-46eb-aca2-40e996568578"}) {
		t.Errorf("%s ends with %+v, want the service that it leaves out", v.Name, last)
	}
	if first := v.Rules[0]; first.Exclude || first.Op != "descendent-of" || first.Value != "72a2a2d4-5a83-4093-ba1c-7f759c132801" || len(first.Codes) != 0 {
		t.Errorf("%s begins with %+v, want what stands under a service", v.Name, first)
	}
	several := 0
	for _, v := range s.ValueSets() {
		for i, r := range v.Rules {
			if len(r.Codes) > 1 {
				several++
			}
			if i > 0 && len(r.Codes) > 0 && r.System == v.Rules[i-1].System && r.Exclude == v.Rules[i-1].Exclude && len(v.Rules[i-1].Codes) > 0 {
				t.Errorf("%s has one include in two", v.Name)
			}
		}
	}
	if several == 0 {
		t.Error("no value set names more than one code; nothing was tested")
	}
}

// The code systems of FHIR itself are here with all their codes, each with the value set
// of them all.
func TestStandards(t *testing.T) {
	s := published(t)
	var names []string
	for _, st := range s.Standards() {
		names = append(names, st.Name)
	}
	if !slices.Equal(names, []string{"AdministrativeGender", "PublicationStatus"}) {
		t.Fatalf("got %q", names)
	}
	gender := s.Standards()[0]
	want := []terminology.StandardCode{{Code: "male", Display: "Male"}, {Code: "female", Display: "Female"}, {Code: "other", Display: "Other"}, {Code: "unknown", Display: "Unknown"}}
	if gender.URL != "http://hl7.org/fhir/administrative-gender" || gender.Version != "4.0.1" || gender.Title != "AdministrativeGender" || !slices.Equal(gender.Codes, want) {
		t.Errorf("got %+v", gender)
	}
	v := valueSet(t, s, gender.ValueSet)
	if v.URL != "http://hl7.org/fhir/ValueSet/administrative-gender" || v.Version != "4.0.1" || v.Name != gender.Name || v.Title != gender.Title || len(v.Rules) != 1 || v.Rules[0].System != gender.URL {
		t.Errorf("got %+v", v)
	}
}
