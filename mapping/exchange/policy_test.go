package exchange

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
)

// statement reads purpose, legal basis, capacity and consent.
func statement(text string) Statement {
	f := strings.Fields(text + " - - - -")
	for i := range f {
		f[i] = strings.TrimPrefix(f[i], "-")
	}
	return Statement{Purpose: f[0], LegalBasis: f[1], Capacity: f[2], Consent: f[3]}
}

// One row a rule: what each row of the tables allows, and what it refuses and why.
var statements = []struct {
	statement, sender string
	receivers         string // sectors
	kind              mapping.Kind
	path, want        string
}{
	// Every field is stated.
	{"- sundhedsloven-41 health", health, "", mapping.Required, "purpose", "TREAT, ETREAT, COC, ELIGDTRM or PATRQT"},
	{"TREAT - health", health, "", mapping.Required, "legalBasis", "sundhedsloven-41, sundhedsloven-41-samtykke"},
	{"TREAT sundhedsloven-41 -", health, "", mapping.Required, "capacity", "social or health"},
	{"", "", "", mapping.Required, "purpose", "every exchange states it"},
	// Every word is in a table.
	{"HMARKT sundhedsloven-41 health", health, "", mapping.CodeInvalid, "purpose", "expected TREAT"},
	{"treat sundhedsloven-41 health", health, "", mapping.CodeInvalid, "purpose", "did you mean TREAT?"},
	{"TREAT sundhedslov-41 health", health, "", mapping.CodeInvalid, "legalBasis", "did you mean sundhedsloven-41?"},
	{"TREAT sundhedsloven-41 helth", health, "", mapping.CodeInvalid, "capacity", "did you mean health?"},
	// What looks like a legal basis and is none.
	{"COC serviceloven social", social, "", mapping.CodeInvalid, "legalBasis", "what help a citizen gets"},
	{"COC serviceloven-108 social", social, "", mapping.CodeInvalid, "legalBasis", "what help a citizen gets"},
	{"COC barnets-lov social", social, "", mapping.CodeInvalid, "legalBasis", "what help a child gets"},
	{"TREAT sundhedsloven-40 health", health, "", mapping.CodeInvalid, "legalBasis", "the duty of silence"},
	{"TREAT sundhedsloven-42a health", health, "", mapping.CodeInvalid, "legalBasis", "looking something up"},
	{"COC forvaltningsloven-27 social", social, "", mapping.CodeInvalid, "legalBasis", "the duty of silence"},
	{"COC forvaltningsloven-31 social", social, "", mapping.CodeInvalid, "legalBasis", "the duty to hand over on request"},
	{"COC databeskyttelsesloven-7 social", social, "", mapping.CodeInvalid, "legalBasis", "not enough to name the act"},
	{"COC databeskyttelsesforordningen social", social, "", mapping.CodeInvalid, "legalBasis", "not enough to name the regulation"},
	{"COC gdpr-9 social", social, "", mapping.CodeInvalid, "legalBasis", "not enough to name the regulation"},
	// As what a sender of a sector acts.
	{"TREAT sundhedsloven-41 health", social, health, "", "", ""},
	{"COC samtykke social urn:samtykke:1", health, "", mapping.Security, "capacity", "a sender of sector health does not act as social"},
	{"TREAT sundhedsloven-41 health", "", "", mapping.Security, "capacity", "the sector of the sender is not known"},
	// sundhedsloven § 41: health persons to each other, for treatment.
	{"TREAT sundhedsloven-41 health", health, health, "", "", ""},
	{"TREAT sundhedsloven-41 health", health, "", "", "", ""},
	{"COC sundhedsloven-41 health", health, health, "", "", ""},
	{"ETREAT sundhedsloven-41 health", health, health, "", "", ""},
	{"TREAT sundhedsloven-41 social", social, "", mapping.Security, "legalBasis", "expected samtykke, forvaltningsloven-28, retssikkerhedsloven-11a, retssikkerhedsloven-11c or vitale-interesser"},
	{"TREAT sundhedsloven-41 health", health, "health social", mapping.Security, "legalBasis", "a receiver is of sector social"},
	{"ELIGDTRM sundhedsloven-41 health", health, health, mapping.Security, "purpose", "expected TREAT, COC or ETREAT"},
	{"TREAT sundhedsloven-41-samtykke health urn:samtykke:1", health, health, "", "", ""},
	{"PATRQT sundhedsloven-41-samtykke health urn:samtykke:1", health, health, "", "", ""},
	{"TREAT sundhedsloven-41-samtykke health", health, health, mapping.Required, "consent", "§ 41, stk. 1 takes the citizen's consent"},
	{"TREAT sundhedsloven-41-samtykke health urn:samtykke:1", health, social, mapping.Security, "legalBasis", "sundhedsloven-43"},
	{"ETREAT sundhedsloven-41-vaerdispring health", health, health, "", "", ""},
	{"TREAT sundhedsloven-41-vaerdispring health", health, health, mapping.Security, "purpose", "expected ETREAT"},
	{"ETREAT sundhedsloven-41-vaerdispring health", health, social, mapping.Security, "legalBasis", "sundhedsloven-43-vaerdispring"},
	// sundhedsloven § 43: to others, or for something else than treatment.
	{"COC sundhedsloven-43 health urn:samtykke:1", health, social, "", "", ""},
	{"ELIGDTRM sundhedsloven-43 health urn:samtykke:1", health, "social health", "", "", ""},
	{"COC sundhedsloven-43 health", health, social, mapping.Required, "consent", "expected a reference to it"},
	{"TREAT sundhedsloven-43 health urn:samtykke:1", health, social, mapping.Security, "purpose", "another purpose than treatment"},
	{"COC sundhedsloven-43 social urn:samtykke:1", social, health, mapping.Security, "legalBasis", "the sender acts as social"},
	{"ELIGDTRM sundhedsloven-43-lov health", health, social, "", "", ""},
	{"ELIGDTRM sundhedsloven-43-lov health", health, health, mapping.Security, "legalBasis", "a receiver is of sector health"},
	{"ETREAT sundhedsloven-43-vaerdispring health", health, social, "", "", ""},
	{"COC sundhedsloven-43-vaerdispring health", health, social, mapping.Security, "purpose", "expected ETREAT"},
	// From the social side.
	{"TREAT samtykke social urn:samtykke:1", social, health, "", "", ""},
	{"COC samtykke social urn:samtykke:1", social, social, "", "", ""},
	{"TREAT samtykke social", social, health, mapping.Required, "consent", "takes the citizen's consent"},
	{"TREAT samtykke health urn:samtykke:1", health, health, mapping.Security, "legalBasis", "the sender acts as health"},
	{"ETREAT samtykke social urn:samtykke:1", social, health, mapping.Security, "purpose", "expected TREAT, COC, ELIGDTRM or PATRQT"},
	{"COC forvaltningsloven-28 social urn:samtykke:1", social, "social health", "", "", ""},
	{"COC forvaltningsloven-28 social", social, health, mapping.Required, "consent", "forvaltningsloven § 28"},
	{"COC forvaltningsloven-28 health urn:samtykke:1", health, social, mapping.Security, "legalBasis", "the sender acts as health"},
	{"ELIGDTRM retssikkerhedsloven-11a health urn:samtykke:1", health, social, "", "", ""},
	{"ELIGDTRM retssikkerhedsloven-11a social urn:samtykke:1", social, social, "", "", ""},
	{"ELIGDTRM retssikkerhedsloven-11a social", social, social, mapping.Required, "consent", "§ 11 a"},
	{"ELIGDTRM retssikkerhedsloven-11a social urn:samtykke:1", social, health, mapping.Security, "legalBasis", "a receiver is of sector health"},
	{"ELIGDTRM retssikkerhedsloven-11c social", social, social, "", "", ""},
	{"TREAT retssikkerhedsloven-11c social", social, social, mapping.Security, "purpose", "expected COC or ELIGDTRM"},
	{"ETREAT vitale-interesser social", social, health, "", "", ""},
	{"TREAT vitale-interesser social", social, health, mapping.Security, "purpose", "expected ETREAT"},
	{"ETREAT vitale-interesser health", health, health, mapping.Security, "legalBasis", "the sender acts as health"},
	// A consent is a reference, and names nobody.
	{"TREAT samtykke social 2509479989", social, health, mapping.Value, "consent", "no number of a citizen"},
	{"TREAT samtykke social samtykke/250947-9989", social, health, mapping.Value, "consent", "no number of a citizen"},
	{"TREAT samtykke social id0703921VJ4", social, health, mapping.Value, "consent", "no number of a citizen"},
	{"TREAT samtykke social Consent/æ", social, health, mapping.Value, "consent", "letters, digits and signs"},
	{"TREAT samtykke social " + strings.Repeat("x", 201), social, health, mapping.Value, "consent", "at most 200"},
	{"TREAT samtykke social urn:uuid:0b2d4f6a-1111-4222-8333-a2509479989b", social, health, "", "", ""},
	{"TREAT samtykke social 2509479989:0b2d4f6a-1111-4222-8333-a2509479989b", social, health, mapping.Value, "consent", "no number of a citizen"},
	{"TREAT sundhedsloven-41 health 1509819996", health, health, mapping.Value, "consent", "no number of a citizen"},
}

func TestStatements(t *testing.T) {
	for _, tt := range statements {
		err := statement(tt.statement).Check(tt.sender, strings.Fields(tt.receivers)...)
		var e *mapping.Error
		errors.As(err, &e)
		switch {
		case tt.kind == "" && err != nil:
			t.Errorf("%s to %s: got %v", tt.statement, tt.receivers, err)
		case tt.kind != "" && e == nil:
			t.Errorf("%s to %s: got %v, want %s", tt.statement, tt.receivers, err, tt.want)
		case tt.kind != "" && (e.Kind != tt.kind || e.Path != tt.path || !strings.Contains(e.Message, tt.want)):
			t.Errorf("%s to %s: got %s at %s: %s\nwant %s at %s: %s", tt.statement, tt.receivers, e.Kind, e.Path, e.Message, tt.kind, tt.path, tt.want)
		}
		if e != nil && citizen(e.Error()) {
			t.Errorf("%s: the error names a citizen: %v", tt.statement, e)
		}
	}
}

// Every row of the tables has a test that it allows something, and every act that
// is no basis one that it is refused.
func TestEveryRowIsTested(t *testing.T) {
	allowed, refused := map[string]bool{}, map[string]bool{}
	for _, tt := range statements {
		s := statement(tt.statement)
		if tt.kind == "" {
			for _, word := range []string{s.LegalBasis, s.Purpose, s.Capacity} {
				allowed[word] = true
			}
			continue
		}
		refused[s.LegalBasis] = true
	}
	for _, word := range slices.Concat(basisCodes(), purposeCodes(), Sectors()) {
		if !allowed[word] {
			t.Errorf("%s: no statement with it is allowed", word)
		}
	}
	for _, word := range basisCodes() {
		if !refused[word] {
			t.Errorf("%s: no statement with it is refused", word)
		}
	}
	for _, n := range none {
		if !refused[n.code] && !refused[n.code+"-108"] && !refused[n.code+"-7"] && !refused[n.code+"-9"] {
			t.Errorf("%s: no statement with it is refused", n.code)
		}
	}
}

// The tables hold together: what they name exists, and each row says why.
func TestPolicyTables(t *testing.T) {
	for _, b := range Bases() {
		if b.Law == "" || b.Reason == "" || len(b.Capacities) == 0 || len(b.Receivers) == 0 || len(b.Purposes) == 0 {
			t.Errorf("%s: got %+v", b.Code, b)
		}
		for _, word := range slices.Concat(b.Capacities, b.Receivers) {
			if !slices.Contains(Sectors(), word) {
				t.Errorf("%s: %s is no sector", b.Code, word)
			}
		}
		for _, word := range b.Purposes {
			if !slices.Contains(purposeCodes(), word) {
				t.Errorf("%s: %s is no purpose", b.Code, word)
			}
		}
		// Without consent, the social side hears of a citizen from a health person
		// only what an act demands or an emergency does.
		if slices.Contains(b.Capacities, health) && slices.Contains(b.Receivers, social) && !b.Consent &&
			!slices.Contains([]string{"sundhedsloven-43-lov", "sundhedsloven-43-vaerdispring", "retssikkerhedsloven-11c"}, b.Code) {
			t.Errorf("%s: health to social without consent", b.Code)
		}
	}
	for _, p := range Purposes() {
		if p.Display == "" || p.Reason == "" {
			t.Errorf("got %+v", p)
		}
	}
	for _, c := range capacities {
		if len(c.As) == 0 || c.Reason == "" {
			t.Errorf("got %+v", c)
		}
	}
	for _, n := range none {
		if basisOf(n.code) != nil || n.reason == "" {
			t.Errorf("got %+v", n)
		}
	}
}

func TestWith(t *testing.T) {
	standing := Statement{Purpose: "TREAT", LegalBasis: "samtykke", Capacity: social}
	got := Statement{LegalBasis: "sundhedsloven-41", Capacity: health, Consent: "urn:1"}.With(standing)
	if want := (Statement{"TREAT", "sundhedsloven-41", health, "urn:1"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := (Statement{}).With(standing); got != standing {
		t.Errorf("got %v, want %v", got, standing)
	}
}

// A consent is referenced by a URI or by Type/id. That somebody said yes is no
// reference.
func TestReference(t *testing.T) {
	for text, want := range map[string]bool{
		"urn:uuid:7f6c1f0a-9e0e-4d5e-8a53-6f0b6f6c2b11": true, "Consent/7": true, "https://esdh.example.dk/sag/17": true,
		"ja": false, "nej": false, "true": false, "x": false, "": false, ":": false, "/": false, "urn:": false, "/7": false, "a b:c": false,
	} {
		if got := reference(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}
