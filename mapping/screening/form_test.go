package screening

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tolk/fixtures/validator"
	"tolk/mapping"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

var built = sync.OnceValues(func() (*terminology.Terminology, error) { return terminology.New(facts.FS, maps.FS) })

func snapshot(t testing.TB) *terminology.Terminology {
	t.Helper()
	terms, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

func written(t testing.TB) string {
	t.Helper()
	text, err := Questionnaire(snapshot(t))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The form asks about every area of nursing and every theme of FFB, each once,
// by the codes of the facts, and about nothing else but what is urgent.
func TestTopicsAreTheFacts(t *testing.T) {
	terms := snapshot(t)
	want := map[mapping.Concept]string{}
	for _, system := range []string{mapping.FSIII, mapping.FFB} {
		for _, e := range terms.Entries(system) {
			// FSIII has areas of home care and prevention too; FFB's themes stand
			// under its components.
			if e.Kind == terminology.Condition && e.Parent != nil && (system == mapping.FFB || e.Area == mapping.Sygepleje) && !e.Heading() {
				want[e.Parent.Concept] = e.Parent.Display
			}
		}
	}
	if len(want) != 12+11 {
		t.Fatalf("the facts have %d areas and themes, want 23", len(want))
	}
	topics, err := Topics()
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range topics {
		c := mapping.Concept{System: topic.System, Code: topic.Code}
		if topic.Urgent {
			if e, ok := terms.Lookup(c.System, c.Code); topic.Code != "" && (!ok || e.Display != topic.Display) {
				t.Errorf("%s: its concept is not in the facts", topic.Key)
			}
			continue
		}
		if want[c] != topic.Display {
			t.Errorf("%s: got %q, the facts say %q", topic.Key, topic.Display, want[c])
		}
		delete(want, c)
		if e, ok := terms.Lookup(c.System, c.Code); ok && e.System == mapping.FSIII && !slices.Contains(e.Spellings, topic.Key) {
			t.Errorf("%s: the area is %v", topic.Key, e.Spellings)
		}
	}
	for c, display := range want {
		t.Errorf("not in the form: %s %s", c.Code, display)
	}
}

// Every text has an English one, and the urgent topics say whom to contact at
// once before they ask.
func TestWordsAreWhole(t *testing.T) {
	f, err := load()
	if err != nil {
		t.Fatal(err)
	}
	urgent := map[string]bool{}
	for _, r := range f.rows {
		if r.textEnglish == "" || (r.display == "") != (r.displayEnglish == "") || (r.note == "") != (r.noteEnglish == "") {
			t.Errorf("%s: a text has no English beside it", r.key)
		}
		if r.note != "" {
			urgent[r.key] = strings.Contains(r.note, "straks") && strings.HasPrefix(r.note, "Kontakt ")
		}
	}
	for _, key := range []string{"akut_fare", "selvmordstanker", "selvskade"} {
		if !urgent[key] {
			t.Errorf("%s: does not say whom to contact at once", key)
		}
	}
	text := written(t)
	for key := range urgent {
		if strings.Index(text, `"linkId":"`+key+`.straks"`) > strings.Index(text, `"linkId":"`+key+`.observeret"`) {
			t.Errorf("%s: asks before it says whom to contact", key)
		}
	}
}

type questionnaireItem struct {
	LinkID     string `json:"linkId"`
	Text, Type string
	Code       []struct{ System, Code, Display string }
	EnableWhen []struct {
		Question, Operator string
		AnswerCoding       struct{ System, Code string }
	}
	AnswerOption []struct {
		ValueCoding struct{ System, Code, Display string }
	}
	Item []questionnaireItem
}

// The Questionnaire has every linkId of the form once, in its place, and its
// details are enabled by the question of their own topic.
func TestQuestionnaireIsTheForm(t *testing.T) {
	text := written(t)
	if _, err := tree.Parse(text, tree.Limits{}); err != nil {
		t.Fatal(err)
	}
	var q struct {
		URL, Version string
		Item         []questionnaireItem
	}
	if err := json.Unmarshal([]byte(text), &q); err != nil {
		t.Fatal(err)
	}
	if q.URL+"|"+q.Version != Canonical {
		t.Errorf("got %s|%s, want %s", q.URL, q.Version, Canonical)
	}
	f, err := load()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var check func(items []questionnaireItem, parent string)
	check = func(items []questionnaireItem, parent string) {
		for _, it := range items {
			known, ok := f.items[it.LinkID]
			if !ok || seen[it.LinkID] || known.kind != it.Type || known.parent != parent {
				t.Errorf("%s: known %v, twice %v, type %s want %s, under %q want %q", it.LinkID, ok, seen[it.LinkID], it.Type, known.kind, parent, known.parent)
			}
			seen[it.LinkID] = true
			if it.Text == "" && it.LinkID != "" && it.Type != "text" {
				t.Errorf("%s: no text", it.LinkID)
			}
			switch known.asks {
			case Observed:
				if len(it.AnswerOption) != 3 || it.AnswerOption[0].ValueCoding.Display != "Ja" {
					t.Errorf("%s: options %v", it.LinkID, it.AnswerOption)
				}
			case Description, Since:
				if len(it.EnableWhen) != 1 || it.EnableWhen[0].Question != parent+"."+Observed || it.EnableWhen[0].AnswerCoding.Code != string(Yes) {
					t.Errorf("%s: enabled when %v", it.LinkID, it.EnableWhen)
				}
			}
			check(it.Item, it.LinkID)
		}
	}
	check(q.Item, "")
	for linkID := range f.items {
		if !seen[linkID] {
			t.Errorf("%s: not in the Questionnaire", linkID)
		}
	}
}

// The form and a response to it are valid FHIR R4; a broken copy is not.
func TestFormAndResponseAreValid(t *testing.T) {
	v := validator.Find(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	form := written(t)
	whole := []string{write("questionnaire.json", form), write("response.json", response(t))}
	broken := write("broken.json", strings.Replace(form, `"type":"choice"`, `"type":"valg"`, 1))
	found := 0
	for _, i := range validator.Errors(v.Validate(t, "", nil, append(whole, broken)...)) {
		if filepath.Base(i.File) == "broken.json" {
			found++
			continue
		}
		t.Error(i)
	}
	if found == 0 {
		t.Error("the broken form is found to be valid")
	}
}

func TestBrokenTableIsRefused(t *testing.T) {
	head := strings.Join(columns, ",") + "\n"
	for name, text := range map[string]string{
		"empty":             "",
		"columns":           "kind,key\npart,a\n",
		"no text":           head + "part,a,,,A,,,A,,\n",
		"unknown kind":      head + "part,a,,,A,t,,A,t,\nchapter,b,,,B,t,,B,t,\n",
		"twice":             head + "part,a,,,A,t,,A,t,\ntopic,x,s,c,d,t,,d,t,\ntopic,x,s,c,d,t,,d,t,\n",
		"topic like part":   head + "part,a,,,A,t,,A,t,\ntopic,a,s,c,d,t,,d,t,\n",
		"without a concept": head + "part,a,,,A,t,,A,t,\ntopic,x,,,d,t,,d,t,\n",
	} {
		if _, err := parse(text); err == nil || !strings.HasPrefix(err.Error(), "form.csv:") {
			t.Errorf("%s: got %v, want an error that names the line", name, err)
		}
	}
	if _, err := parse(table); err != nil {
		t.Error(err)
	}
}

// A concept under another name than the facts give it is no concept.
func TestConceptIsTheOneOfTheFacts(t *testing.T) {
	terms := snapshot(t)
	right := row{key: "I3", system: mapping.FSIII, code: "25dcedb3-7149-4ef9-a2c3-be30267441fb", display: "Ernæring"}
	if e, err := concept(right, terms); err != nil || e == nil {
		t.Fatalf("got %v, %v", e, err)
	}
	for name, change := range map[string]func(*row){
		"display":  func(r *row) { r.display = "Kost" },
		"code":     func(r *row) { r.code = "25dcedb3-0000-4ef9-a2c3-be30267441fb" },
		"spelling": func(r *row) { r.code = "I3" },
		"system":   func(r *row) { r.system = mapping.FFB },
	} {
		wrong := right
		change(&wrong)
		if e, err := concept(wrong, terms); err == nil {
			t.Errorf("%s: got %v, want an error", name, e.Display)
		}
	}
}
