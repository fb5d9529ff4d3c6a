package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// acceptedNames are the names in the words of a refusal: unknown parameter; accepted: a, b.
var acceptedNames = regexp.MustCompile(`unknown parameter; accepted: ([^"]*)"`)

// What the server takes is what the file has: it names what it takes to whoever
// gives it what it does not know.
func TestDescribedParameters(t *testing.T) {
	d := describe(t)
	const id = "019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071"
	filled := strings.NewReplacer("{id}", id, "{part}", "original", "{name}", "xref01", "{letter}", id+".1.2", "{vid}", "1")
	named := func(method, target, body string) []string {
		t.Helper()
		status, text := d.call(t, method, target, map[bool]string{true: asJSON}[body != ""], body)
		m := acceptedNames.FindStringSubmatch(text)
		if status != 400 || m == nil {
			t.Errorf("%s %s: got %d %s", method, target, status, text)
			return nil
		}
		all := strings.Split(m[1], ", ")
		if m[1] == "none" {
			all = nil
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	const nothing = `{"resourceType":"Parameters"}`
	// What is asked about goes with it where an operation looks for that first.
	asking := map[string]string{"$lookup": "&code=a&system=urn:x", "$validate-code": "&code=a&system=urn:x", "$subsumes": "&system=urn:x&codeA=a&codeB=a"}
	ids := map[string]string{"CodeSystem": "FFB", "ValueSet": "FFB", "ConceptMap": "tilstand.ffb-fsiii"}
	// In a query FHIR has primitives only.
	complex := []string{"coding", "codeableConcept", "conceptMap", "dependency", "sourceCoding", "sourceCodeableConcept", "targetCoding", "targetCodeableConcept",
		"tx-resource", "valueSet", "codeSystem", "codingA", "codingB"}
	checked := 0
	for _, o := range d.file.Operations() {
		if o.PassesOver() || o.Path == "/token" || o.Path == "/fhir/ValueSet/$batch-validate-code" {
			continue
		}
		checked++
		path := o.Path
		if kind, rest, ok := strings.Cut(strings.TrimPrefix(path, "/fhir/"), "/{id}/$"); ok {
			path = "/fhir/" + kind + "/" + ids[kind] + "/$" + rest
		}
		path = filled.Replace(path)
		want := o.Parameters("query")
		body := ""
		if o.Method == "POST" {
			body = nothing
		}
		_, operation, isOperation := strings.Cut(o.Path, "$")
		more := asking["$"+operation]
		instance := strings.Contains(o.Path, "/{id}/$")
		if instance {
			more = strings.ReplaceAll(more, "&system=urn:x", "")
		}
		var got []string
		if !strings.Contains(o.Path, "process-message") && o.Path != "/fhir" {
			got = named(o.Method, path+"?zz=1"+more, body)
		} else { // kept, it takes others
			got = slices.Concat(named(o.Method, path+"?zz=1", soundMessage(t)), named(o.Method, path+"?zz=1&async=true", soundMessage(t)))
		}
		if isOperation && operation != "process-message" && operation != "versions" && (o.Method == "GET" || operation != "translate") {
			got = slices.DeleteFunc(got, func(name string) bool {
				return slices.Contains(complex, name) || instance && slices.Contains([]string{"url", "system", "conceptMapVersion", "valueSetVersion", "systemVersion"}, name)
			})
			want = slices.DeleteFunc(want, func(name string) bool {
				return instance && slices.Contains([]string{"url", "system", "conceptMapVersion", "valueSetVersion", "systemVersion"}, name)
			})
		}
		slices.Sort(got)
		slices.Sort(want)
		if got, want = slices.Compact(got), slices.Compact(want); !slices.Equal(got, want) {
			t.Errorf("%s %s takes\n%v\nand the file has\n%v", o.Method, o.Path, got, want)
		}
	}
	if checked < 40 {
		t.Errorf("%d operations", checked)
	}
	for path, name := range map[string]string{"/v1/exchange/_search": "Search", "/v1/exchange/_act": "ActionOnMany", "/v1/audit/_search": "AuditSearch", "/v1/exchange/" + id + "/rerun": "Action"} {
		got, want := named("POST", path, `{"zz":1}`), d.file.Properties(name)
		if !slices.Equal(got, want) {
			t.Errorf("the body of %s takes\n%v\nand the file has\n%v", path, got, want)
		}
	}
}

// Where the file lists the words of a parameter, the server lists the same ones to
// whoever says another: those of a form that is written to for the documents together.
func TestDescribedWords(t *testing.T) {
	d := describe(t)
	referral := `{"dokument":"henvisning","version":"1.0","borger":{"cpr":"2509479989"}}`
	const exchange = "/v1/exchange?receiver=xref01&purpose=TREAT&legal-basis=samtykke&capacity=social"
	for _, c := range []struct{ method, target, name, body string }{
		{"POST", "/v1/translate?to=fhir", "from", referral},
		{"POST", strings.Join([]string{"/v1/translate?from=plain", "/v1/translate?from=fhir&document=tilstande", "/v1/translate?from=fsiii&document=sundhedstjek"}, " "), "to", referral},
		{"POST", "/v1/translate?from=plain&to=fhir", "document", referral},
		{"POST", "/v1/translate?from=ffb&to=fsiii", "area", `{"resourceType":"Bundle","type":"collection"}`},
		{"POST", "/v1/translate?from=fhir&to=carecommunication", "envelope", referral},
		{"POST", "/fhir/$process-message?to=plain", "envelope", referral},
		{"POST", exchange, "purpose", referral}, {"POST", exchange, "legal-basis", referral}, {"POST", exchange, "capacity", referral},
		{"GET", "/v1/exchange?limit=1", "state", ""},
		{"GET", "/fhir/metadata?_format=json", "mode", ""},
		{"GET", "/fhir/CodeSystem?_count=1", "_summary", ""},
	} {
		var words, got []string
		for target := range strings.FieldsSeq(c.target) {
			o, _ := d.file.Find(c.method, target)
			words = o.Words(c.name)
			if strings.Contains(target, "&"+c.name+"=") {
				target = regexp.MustCompile(`&`+c.name+`=[^&]*`).ReplaceAllString(target, "&"+c.name+"=zz")
			} else {
				target += "&" + c.name + "=zz"
			}
			status, text := d.call(t, c.method, target, map[bool]string{true: asJSON}[c.body != ""], c.body)
			var outcome struct {
				Issue []struct{ Details struct{ Text string } }
			}
			if err := json.Unmarshal([]byte(text), &outcome); err != nil || status < 400 || status >= 500 || len(outcome.Issue) == 0 || len(words) == 0 {
				t.Errorf("%s %s: got %d %s: %v", c.method, target, status, text, err)
				continue
			}
			_, said, _ := strings.Cut(outcome.Issue[0].Details.Text, ": ")
			if at := strings.LastIndex(said, ": "); at >= 0 {
				said = said[at+2:]
			}
			said, _, _ = strings.Cut(strings.TrimPrefix(said, "expected "), ", for an answer")
			got = append(got, strings.Split(strings.ReplaceAll(said, " or ", ", "), ", ")...)
		}
		slices.Sort(got)
		got = slices.Compact(got)
		slices.Sort(words)
		if !slices.Equal(got, words) {
			t.Errorf("%s: the server has\n%v\nand the file\n%v", c.name, got, words)
		}
	}
}

// rowNumber is the place of a row in a map, which moves when rows are added before it.
var rowNumber = regexp.MustCompile(`[.]csv:[0-9]+`)

// The examples in the file are true: what they ask is answered, and where the
// answer is there too, with that.
func TestDescribedExamples(t *testing.T) {
	d := describe(t)
	asked, compared := 0, 0
	for _, o := range d.file.Operations() {
		target, kind, body := o.Example("code", "system", "url", "codeA", "codeB", "area")
		theirs := strings.Contains(o.Path, "/{id}") && strings.HasPrefix(o.Path, "/v1/") || strings.Contains(o.Path, "{letter}") || strings.Contains(o.Path, "{vid}")
		if theirs || o.Path == "/v1/shadow" || o.Path == "/fhir/.well-known/smart-configuration" || o.Method != "GET" && body == "" {
			continue // what is of a day, and what a node has only where it is configured
		}
		asked++
		status, text := d.call(t, o.Method, target, kind, body)
		if status >= 300 {
			t.Errorf("%s %s: got %d %s", o.Method, target, status, text)
			continue
		}
		if want := o.Answered(); want != nil {
			compared++
			told, err := json.Marshal(want)
			var got any
			if err == nil {
				err = json.Unmarshal([]byte(rowNumber.ReplaceAllString(text, ".csv")), &got)
			}
			said, err2 := json.Marshal(got)
			var again any
			if err != nil || err2 != nil || json.Unmarshal([]byte(rowNumber.ReplaceAllString(string(told), ".csv")), &again) != nil {
				t.Fatal(err, err2)
			}
			if told, err = json.Marshal(again); err != nil || string(said) != string(told) {
				t.Errorf("%s %s: got\n%s\nand the file has\n%s", o.Method, target, said, told)
			}
		}
	}
	if asked < 30 || compared == 0 {
		t.Errorf("%d asked, %d compared", asked, compared)
	}
}
