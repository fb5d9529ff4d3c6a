package web

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/mapping/document"
	"tolk/mapping/example"
)

// What somebody says of a sender or a receiver is written, or refused by the name of
// its field: it is never lost unseen, in no field and to no form.
func TestTranslateLosesNoParty(t *testing.T) {
	s := testSite(t)
	texts := map[string]string{}
	for _, name := range []string{"tilstande/plain-to-fsiii/sygepleje-og-hjemmepleje", "tilstande/ffb-to-fsiii/flere-omraader", "henvisning/fhir-to-xref01/parterne-fra-kaldet"} {
		texts[strings.SplitN(name, "/", 2)[0]+" "+strings.Split(strings.Split(name, "/")[1], "-to-")[0]] = inputOf(t, name)
	}
	refused := 0
	for _, o := range document.Offers() {
		for from, text := range map[string]string{"plain": texts["tilstande plain"], "ffb": texts["tilstande ffb"], "fhir": texts["henvisning fhir"]} {
			if o.Write != "" || o.Form == from || o.Document != map[string]string{"plain": document.Tilstande, "ffb": document.Tilstande, "fhir": document.Henvisning}[from] {
				continue
			}
			for _, f := range document.PartyFields() {
				w := postTranslate(t, s, "text", text, "from", from, "to", o.Form, f.Name(), "5790000121526")
				kept := strings.Contains(w.Body.String(), `name="`+f.Name()+`" value="5790000121526"`)
				if f.WrittenTo(o.Form) {
					if strings.Contains(w.Body.String(), "skrives ikke til") || !kept {
						t.Errorf("%s to %s: %d, kept %t", f.Name(), o.Form, w.Code, kept)
					}
					continue
				}
				refused++
				if w.Code != 400 || !strings.Contains(w.Body.String(), "skrives ikke til") || !kept {
					t.Errorf("%s to %s: %d, kept %t: lost", f.Name(), o.Form, w.Code, kept)
				}
			}
		}
	}
	if refused < 50 {
		t.Errorf("%d are refused", refused)
	}
}

// The fields are named as the page has them, all of them at once, and in its language.
func TestTranslateNamesFields(t *testing.T) {
	s := testSite(t)
	text := inputOf(t, severalAreas)
	fields := []string{"text", text, "to", "fsiii", "sender-sor", "938061000016005", "receiver-name", "Klinikken"}
	wants(t, postTranslate(t, s, fields...), 400, "Dokumentet blev ikke oversat", "Afsender, SOR-nummer:", "skrives ikke til FSIII; det skrives til MedCom CareCommunication, MedCom HomeCareObservation",
		"Modtager, Navn:", "det skrives til MedCom CareCommunication, MedCom XREF01", `value="Klinikken"`, `class="tr-parties" open`)
	wants(t, postTranslateTo(t, s, "/translate?lang=en", fields...), 400, "Sender, SOR number:", "is not written to FSIII; it is written to MedCom CareCommunication", "Receiver, Name:")
	wants(t, postTranslateTo(t, s, "/translate/zip", fields...), 400, "Afsender, SOR-nummer:", "skrives ikke til FSIII")

	plain := inputOf(t, "tilstande/plain-to-fsiii/sygepleje-og-hjemmepleje")
	wants(t, postTranslate(t, s, "text", plain, "from", "plain", "to", "fhir", "area", "sygepleje", "accept", "narrower"), 400,
		"Områder:", "Skriv også uden at spørge:", "ingen kode oversættes mellem plain og fhir", `value="sygepleje" checked`)
	wants(t, postTranslate(t, s, "text", text, "from", "ffb", "to", "hl7v2"), 400, "Til:")
}

// The parties of a fixture, which nobody has typed, go where they are written; what
// somebody types beside them is refused where it is not.
func TestTranslateFixtureParties(t *testing.T) {
	s := testSite(t)
	const messaged = "henvisning/fhir-to-xref01/parterne-fra-kaldet"
	e := example.In(messaged)
	if err := e.Read(fixtures.Inputs); err != nil {
		t.Fatal(err)
	}
	q := url.Values{"case": {messaged}, "to": {"plain"}}
	wants(t, getTranslate(t, s, "/translate?"+q.Encode()), 200, `id="target"`)
	own := []string{"case", messaged, "set", "on", "to", "plain", "sender-name", e.Request.Sender.Name, "sender-gln", e.Request.Sender.GLN}
	wants(t, postTranslate(t, s, own...), 200, `id="target"`)
	w := postTranslate(t, s, append(own, "receiver-gln", "5790001382445")...)
	wants(t, w, 400, "Modtager, GLN-nummer:", `value="5790001382445"`)
	if strings.Contains(w.Body.String(), "Afsender, ") || strings.Contains(w.Body.String(), html.EscapeString(e.Request.Sender.Name)) {
		t.Error("what nobody typed is refused")
	}
	q.Set("to", "xref01")
	wants(t, getTranslate(t, s, "/translate?"+q.Encode()), 200, html.EscapeString(e.Request.Sender.Name))
}
