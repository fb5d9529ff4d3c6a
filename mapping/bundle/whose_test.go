package bundle

import (
	"strings"
	"testing"

	"tolk/mapping/tree"
)

// A citizen is told by the number of the first register that both have, in any
// spelling of it; one Patient who is another citizen is enough.
func TestWhose(t *testing.T) {
	const cpr, temporary, local = "urn:oid:1.2.208.176.1.2", "urn:oid:1.2.208.176.1.6.1.1", "urn:oid:1.2.208.176.1.6.1.3"
	patient := func(numbers ...string) string {
		var all []string
		for i := 0; i+1 < len(numbers); i += 2 {
			all = append(all, `{"system":"`+numbers[i]+`","value":"`+numbers[i+1]+`"}`)
		}
		return `{"resource":{"resourceType":"Patient","identifier":[` + strings.Join(all, ",") + `]}}`
	}
	parsed := func(entries ...string) *tree.Doc {
		d, err := tree.Parse(`{"resourceType":"Bundle","entry":[`+strings.Join(entries, ",")+`]}`, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	bruno := patient(cpr, "2509479989")
	for name, c := range map[string]struct {
		ours   string
		theirs []string
		want   Whose
	}{
		"the same":                          {bruno, []string{bruno}, Same},
		"with a hyphen":                     {bruno, []string{patient(cpr, "250947-9989")}, Same},
		"another":                           {bruno, []string{patient(cpr, "1509819996")}, Other},
		"another of no register":            {bruno, []string{patient(cpr, "15098199")}, Other},
		"two of no register":                {patient(cpr, "15098196"), []string{patient(cpr, "15098199")}, Other},
		"a second one is another":           {bruno, []string{bruno, patient(cpr, "1509819996")}, Other},
		"another after one without":         {bruno, []string{patient(), patient(cpr, "1509819996")}, Other},
		"one of them without":               {bruno, []string{bruno, patient()}, Unsaid},
		"no number":                         {bruno, []string{patient()}, Unsaid},
		"no number here":                    {patient(), []string{bruno}, Unsaid},
		"a number of nobody's":              {bruno, []string{patient("urn:x", "2509479989")}, Unsaid},
		"nobody":                            {bruno, []string{`{"resource":{"resourceType":"List"}}`}, Unsaid},
		"X-eCPR":                            {patient(temporary, "0703921VJ4"), []string{patient(temporary, "0703921vj4")}, Same},
		"another X-eCPR":                    {patient(temporary, "0703921VJ4"), []string{patient(temporary, "0703921VJ5")}, Other},
		"two registers":                     {bruno, []string{patient(temporary, "0703921VJ4")}, Unsaid},
		"D-eCPR":                            {patient(local, "050380DAAF6"), []string{patient(local, "050380DAAF6")}, Same},
		"CPR before X-eCPR":                 {patient(cpr, "2509479989", temporary, "0703921VJ4"), []string{patient(temporary, "0703921VJ4", cpr, "1509819996")}, Other},
		"CPR here and X-eCPR there as here": {patient(cpr, "2509479989", temporary, "0703921VJ4"), []string{patient(temporary, "0703921VJ4")}, Same},
		"the same two, in another order":    {patient(cpr, "1509819996", cpr, "2509479989"), []string{patient(cpr, "2509479989", cpr, "1509819996")}, Same},
		"a number of no letters":            {bruno, []string{patient(cpr, " ", cpr, "2509479989")}, Same},
		"two numbers of one register":       {bruno, []string{patient(cpr, "2509479989", cpr, "1509819996")}, Other},
	} {
		b, err := Read(parsed(c.ours))
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Whose(b.Entries[0].Node, parsed(c.theirs...)); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if b, _ := Read(parsed(bruno)); b.Whose(tree.None, parsed(bruno)) != Unsaid {
		t.Error("a message about nobody is about somebody")
	}
}
