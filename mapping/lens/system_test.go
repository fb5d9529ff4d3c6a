package lens

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures/shared"
)

// objects visits every object of every file that the publishers ship.
func objects(t *testing.T, pattern string, visit func(file string, o map[string]any)) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(shared.Path(t, "official"), filepath.FromSlash(pattern)))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files: %v", pattern, len(names), err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case []any:
				for _, e := range v {
					walk(e)
				}
			case map[string]any:
				visit(filepath.Base(name), v)
				for _, e := range v {
					walk(e)
				}
			}
		}
		walk(v)
	}
}

// placeholder is the one published value that breaks its register's rule, and
// dk-core's own invariant: a GLN without a right check digit.
const placeholder = "1313131313131"

// Every system names its register: it takes a number of that, and none of another.
func TestRegisterOfEverySystem(t *testing.T) {
	numbers := map[string]string{"CPR": "2509479989", "X-eCPR": "0703921VJ4", "D-eCPR": "0703925VJ4", "SOR": "52581000016005",
		"GLN": "5790001348120", "CVR": "12345674", "ydernummer": "012345", "authorisation": "BCD1Y"}
	for register, systems := range map[string][]string{
		"CPR": {"urn:oid:1.2.208.176.1.2"}, "X-eCPR": {"urn:oid:1.2.208.176.1.6.1.1"},
		"D-eCPR": {"urn:oid:1.2.208.176.1.6.1.3", "urn:oid:1.2.208.176.1.6.1.3.177", "urn:oid:1.2.208.176.1.6.1.3.179",
			"urn:oid:1.2.208.176.1.6.1.3.181", "urn:oid:1.2.208.176.1.6.1.3.183", "urn:oid:1.2.208.176.1.6.1.3.187"},
		"SOR": {"urn:oid:1.2.208.176.1.1", "urn:oid:1.2.208.176.1"}, "GLN": {"https://www.gs1.org/gln", "http://www.gs1.org/gln", "urn:oid:1.3.88"},
		"CVR": {"http://cvr.dk"}, "ydernummer": {"urn:oid:1.2.208.176.1.4"}, "authorisation": {"urn:oid:1.2.208.176.1.3", "https://autregweb.sst.dk"},
	} {
		for _, system := range systems {
			check, ok := Register(system)
			if !ok {
				t.Errorf("%s has no register", system)
				continue
			}
			for of, number := range numbers {
				_, err := check(number)
				if also := register == "SOR" && of == "GLN"; (err == nil) != (of == register || also) {
					t.Errorf("%s, of %s: the number of %s gives %v", system, register, of, err)
				}
				if err != nil && !strings.HasPrefix(err.Error(), register) {
					t.Errorf("%s: %v does not name %s", system, err, register)
				}
			}
		}
	}
	if _, ok := Register("urn:oid:1.2.208.176.1.9"); ok {
		t.Error("a system of nobody's has a register")
	}
}

// The identifiers of the published examples are taken.
func TestIdentifiersOfExamples(t *testing.T) {
	seen := map[string]int{}
	objects(t, "examples/*/*.json", func(file string, o map[string]any) {
		system, _ := o["system"].(string)
		value, isText := o["value"].(string)
		check, ok := Register(system)
		if !ok || !isText {
			return
		}
		seen[system]++
		if _, err := check(value); (err != nil) != (value == placeholder) {
			t.Errorf("%s: %s: %v", file, system, err)
		}
	})
	for _, system := range []string{"urn:oid:1.2.208.176.1.2", "urn:oid:1.2.208.176.1.1", "https://www.gs1.org/gln", "urn:oid:1.2.208.176.1.4", "urn:oid:1.2.208.176.1.6.1.1"} {
		if seen[system] == 0 {
			t.Errorf("no example of %s was seen", system)
		}
	}
}

// The dates and times of the published examples are taken.
func TestTimesOfExamples(t *testing.T) {
	seen := 0
	objects(t, "examples/*/*.json", func(file string, o map[string]any) {
		for key, check := range map[string]func(string) (string, error){
			"birthDate": Date, "effectiveDateTime": DateTime, "recordedDate": DateTime, "start": DateTime, "end": DateTime,
			"timestamp": Instant, "issued": Instant, "recorded": Instant,
		} {
			value, ok := o[key].(string)
			if !ok {
				continue
			}
			seen++
			if _, err := check(value); err != nil {
				t.Errorf("%s: %s: %v", file, key, err)
			}
		}
	})
	if seen < 100 {
		t.Errorf("%d dates seen", seen)
	}
}

// dk-core fixes the systems; its list of D-eCPR systems is a code system.
func TestSystemsArePublished(t *testing.T) {
	const core = "packages/hl7.fhir.dk.core#3.7.0/package/"
	for profile, value := range map[string]string{
		"cpr": "2509479989", "x-ecpr": "0703921VJ4", "sor": "52581000016005", "gln": "5790001348120", "cvr": "12345674", "authorization": "12345",
	} {
		fixed := ""
		objects(t, core+"StructureDefinition-dk-core-"+profile+"-identifier.json", func(_ string, o map[string]any) {
			if uri, ok := o["fixedUri"].(string); ok && o["id"] == "Identifier.system" {
				fixed = uri
			}
		})
		check, ok := Register(fixed)
		if !ok {
			t.Errorf("%s: dk-core fixes the system %q, which has no check", profile, fixed)
			continue
		}
		if _, err := check(value); err != nil {
			t.Errorf("%s: %v", profile, err)
		}
	}
	seen := 0
	objects(t, core+"CodeSystem-dk-core-d-ecpr-codes.json", func(_ string, o map[string]any) {
		if code, _ := o["code"].(string); strings.HasPrefix(code, "urn:oid:") {
			seen++
			if check, ok := Register(code); !ok || called(check, "0703920VJ4") != nil {
				t.Errorf("%s has no check of D-eCPR", code)
			}
		}
	})
	if seen != 6 {
		t.Errorf("%d systems of D-eCPR seen, dk-core 3.7.0 has 6", seen)
	}
	if _, ok := Register("urn:oid:1.2"); ok {
		t.Error("an unknown system has a check")
	}
}

func called(check func(string) (string, error), text string) error {
	_, err := check(text)
	return err
}
