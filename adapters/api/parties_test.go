package api

import (
	"strings"
	"testing"

	"tolk/mapping/document"
	"tolk/schemas"
)

// What is said of a sender or a receiver to a form that does not say it is refused
// by name, with the forms that do; by $process-message too.
func TestPartiesGoWhereTheyAreSaid(t *testing.T) {
	h := mail(t, document.Recognised{Form: "ffb", Document: document.Tilstande})
	forms := map[string]bool{}
	for _, o := range document.Offers() {
		forms[o.Form] = true
	}
	for form := range forms {
		for _, in := range document.PartyFields() {
			asked := "from=fhir&to=" + form + "&" + in.Name() + "=5790000121526"
			if form == "fhir" {
				asked = strings.Replace(asked, "from=fhir", "from=ffb", 1)
			}
			for _, target := range []string{translatePath, processPath} {
				a := h.send(t, "POST", target+"?"+asked, care)
				if in.WrittenTo(form) {
					if strings.Contains(a.body, "is not written to "+form+";") || target == translatePath && a.status != 200 {
						t.Errorf("%s %s to %s: got %d %s", target, in.Name(), form, a.status, a.body)
					}
					continue
				}
				want := in.Name() + ": is not written to " + form + "; accepted for " + strings.Join(in.Forms(), ", ")
				if text := outcomeText(t, a, 400, "invalid"); text != want {
					t.Errorf("%s: got %q, want %q", target, text, want)
				}
			}
		}
	}
	for _, in := range document.PartyFields() {
		_, told, _ := strings.Cut(string(schemas.OpenAPI), "name: "+in.Name()+"\n")
		told, _, _ = strings.Cut(told, "schema:")
		if want := "Taken with `to`: `" + strings.Join(in.Forms(), "`, `") + "`."; !strings.Contains(told, want) {
			t.Errorf("schemas/openapi.yaml: %s: got %q, want %q", in.Name(), told, want)
		}
	}
	a := h.send(t, "POST", translatePath+"?from=fhir&to=plain&sender-sor=1&receiver-name=Klinik", care)
	if a.status != 400 || !strings.Contains(a.body, `"location":["http.sender-sor"]`) || !strings.Contains(a.body, `"location":["http.receiver-name"]`) {
		t.Errorf("two at once: got %d %s", a.status, a.body)
	}
	if a := h.send(t, "POST", translatePath+"?from=fhir&to=nosuch&sender-sor=1", care); strings.Contains(a.body, "sender-sor") {
		t.Errorf("a form that there is not: got %s", a.body) // the worse fault is told
	}
}

// With restore=true the original comes back as it was: what is said of a
// translation is refused by name.
func TestRestoreTakesNothingOfATranslation(t *testing.T) {
	h := start(t, Limits{})
	const body = `{"output":{"a":1},"residue":[]}`
	for _, given := range []string{"document=tilstande", "area=hjemmepleje", "accept=wider", "strict=true", "residue=true",
		"sender-sor=938061000016005", "sender-gln=5790001382445", "sender-name=B", "sender-person=B", "sender-role=B", "sender-phone=86123456",
		"receiver-sor=938061000016005", "receiver-gln=5790001382445", "receiver-name=B"} {
		a := h.send(t, "POST", "/v1/translate?from=fhir&to=carecommunication&restore=true&"+given, body)
		name, _, _ := strings.Cut(given, "=")
		if text := outcomeText(t, a, 400, "invalid"); !strings.HasPrefix(text, name+": is said of a translation") {
			t.Errorf("%s: got %q", given, text)
		}
	}
	if h.core.count() != 0 {
		t.Errorf("the core was asked %d times", h.core.count())
	}
	for _, given := range []string{"strict=false&residue=false", "ledger=true", "_format=json"} {
		if a := h.send(t, "POST", "/v1/translate?from=fsiii&to=ffb&restore=true&"+given, body); a.status != 200 {
			t.Errorf("%s: got %d %s", given, a.status, a.body)
		}
	}
}

// Between the plain form and the hub no code is translated: what is said of that is
// refused by name.
func TestNoCodeIsTranslated(t *testing.T) {
	h := start(t, Limits{})
	for _, given := range []string{"area=hjemmepleje", "area=nosuch", "accept=wider", "accept=p-1"} {
		for _, pair := range []string{"from=plain&to=fhir", "from=fhir&to=plain"} {
			name, _, _ := strings.Cut(given, "=")
			if text := outcomeText(t, h.send(t, "POST", translatePath+"?"+pair+"&"+given, bundle), 400, "invalid"); !strings.HasPrefix(text, name+": no code is translated") {
				t.Errorf("%s, %s: got %q", pair, given, text)
			}
		}
		if a := h.send(t, "POST", translatePath+"?from=ffb&to=plain&"+given, bundle); a.status != 200 { // for the core to judge
			t.Errorf("%s: got %d %s", given, a.status, a.body)
		}
	}
}
