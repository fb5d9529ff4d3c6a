package plain

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/fields"
	"tolk/mapping/lens"
	facts "tolk/schemas/terminology"
)

// Lenses are the algorithms that the rules of the plain form name
// (mapping/maps/fields/plain.yaml).
func Lenses() (map[string]fields.Lens, error) {
	ffb, err := steps("Funktionsevneniveau", "ikkeVurderet")
	if err != nil {
		return nil, err
	}
	fsiii, err := steps("Funktionsevne skalering", "9")
	if err != nil {
		return nil, err
	}
	referrer, err := referrers()
	if err != nil {
		return nil, err
	}
	return map[string]fields.Lens{
		"cpr":            {Forward: asWritten, Backward: tenDigits},
		"kodesystem":     {Forward: uri, Backward: systemName},
		"diagnosesystem": {Forward: diagnosisURI, Backward: diagnosisName},
		"henvisertype":   referrer,
		"klokkeslaet":    {Forward: seconds, Backward: minutes},
		"trin-ffb":       ffb,
		"trin-fsiii":     fsiii,
		"uuid":           uuids(),
	}, nil
}

func asWritten(text string) (string, error) { return text, nil }

// tenDigits writes a CPR number without the hyphen that some senders write. What
// is no CPR number goes as it stands, and its sender hears of it.
func tenDigits(text string) (string, error) {
	if ten, err := lens.CPRNumber(text); err == nil {
		return ten, nil
	}
	return text, nil
}

// systems are the code systems that have a name in the plain form.
var systems = map[string]string{
	"ffb":    mapping.FFB,
	"fsiii":  mapping.FSIII,
	"sks":    "urn:oid:1.2.208.176.2.4",
	"icpc2":  "urn:oid:1.2.208.176.2.31",
	"snomed": "http://snomed.info/sct",
}

// uri returns the URI of a code system. One that has a name is written by its
// name, so that each has one spelling.
func uri(text string) (string, error) {
	if u, ok := systems[text]; ok {
		return u, nil
	}
	if name, _ := systemName(text); name != text {
		return "", &mapping.Error{Kind: mapping.Value, Message: "expected the name of this code system, " + name}
	}
	return text, nil
}

func systemName(text string) (string, error) {
	for name, u := range systems {
		if u == text {
			return name, nil
		}
	}
	return text, nil
}

// seconds adds to a time of day the seconds that FHIR demands.
func seconds(text string) (string, error) {
	if len(text) == len("08:30") {
		text += ":00"
	}
	return lens.Time(text)
}

func minutes(text string) (string, error) {
	if len(text) == len("08:30:00") {
		text = strings.TrimSuffix(text, ":00")
	}
	return text, nil
}

// steps makes the lens of a scale: the step and the UUID of its code. On the
// way back the second spelling (B3 is step 2) is known as well. What has no
// step is called other.
func steps(scale, other string) (fields.Lens, error) {
	codes, names := map[string]string{}, map[string]string{}
	rows, err := table("scales.csv")
	if err != nil {
		return fields.Lens{}, err
	}
	for _, row := range rows {
		if row["scale"] != scale {
			continue
		}
		step := row["step"]
		if step == "" {
			step = other
		}
		codes[step], names[row["code"]] = row["code"], step
		if row["spelling"] != "" {
			names[row["spelling"]] = step
		}
	}
	unknown := &mapping.Error{Kind: mapping.CodeInvalid, Message: "expected a step of " + scale}
	return fields.Lens{Forward: lookup(codes, unknown), Backward: lookup(names, unknown)}, nil
}

func lookup(words map[string]string, unknown error) func(string) (string, error) {
	return func(text string) (string, error) {
		if w, ok := words[text]; ok {
			return w, nil
		}
		return "", unknown
	}
}

// table reads a published table.
func table(name string) ([]map[string]string, error) {
	f, err := facts.FS.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return records(f)
}
