package message

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/validator"
	"tolk/mapping"
	"tolk/mapping/tree"
)

const ackPackage = "medcom.fhir.dk.acknowledgement#2.0.3"

// answersTo are the answers that the tests give to the sound message and to
// messages with faults.
func answersTo(t testing.TB) map[string][]byte {
	t.Helper()
	write := func(text string, err error) []byte {
		t.Helper()
		m, found := Read(parse(t, text))
		if err == nil {
			err = found
		}
		answer, err := Acknowledge(m, AnswerTo(err, now, Party{"Tolk", "1144561000016002", "5790000123117", ""}))
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	all := map[string][]byte{
		"ok":        write(sound(t), nil),
		"transient": write(sound(t), &mapping.Error{Kind: mapping.Timeout, Message: "the time budget of the request is spent"}),
		"refused":   write(sound(t), &mapping.Error{Kind: mapping.CodeInvalid, Path: "Bundle.entry[1].resource.category", Message: "an unknown code", Value: "2509479989"}),
		"no header": write(with(t, sound(t), `"id": "`+one+`002",`, ``, `"reference": "urn:uuid:`+one+`002"`, `"reference": "MessageHeader/1"`), nil),
		"markup": write(with(t, sound(t), `Bostedet Solsiden`, `<b>\u0001 & Sønner`,
			`"focus": [`, `"focus": [{"reference": "Communication/<&>"},`), nil),
	}
	for _, f := range faults {
		m, err := Read(parse(t, with(t, sound(t), f.pairs...)))
		if err != nil && m.Sender.Known() && !m.IsAnswer {
			all[f.name] = write(with(t, sound(t), f.pairs...), nil)
		}
	}
	return all
}

// Every acknowledgement meets MedCom's profiles, and reads back as what was
// said, with the parties swapped.
func TestAcknowledge(t *testing.T) {
	all := answersTo(t)
	if len(all) < 40 {
		t.Fatalf("%d answers", len(all))
	}
	for name, answer := range all {
		m, err := Read(parse(t, string(answer)))
		if err != nil || len(m.Told) > 0 {
			t.Errorf("%s: %v %v", name, err, m.Told)
			continue
		}
		want := Fatal
		if name == "ok" {
			want = OK
		} else if name == "transient" {
			want = Transient
		}
		if m.Response.Code != want || (want == OK) != (len(m.Response.Issues) == 0) {
			t.Errorf("%s: %+v", name, m.Response)
		}
		if m.Act.Code != "acknowledgement" || m.Sent != "2026-11-20T10:06:00+01:00" {
			t.Errorf("%s: act %+v, sent %s", name, m.Act, m.Sent)
		}
		if m.Receivers[0].SOR != "953741000016009" || m.Sender.SOR != "265161000016000" && m.Sender.Name != "Tolk" && name != "two primaries" {
			t.Errorf("%s: from %+v to %+v", name, m.Sender, m.Receivers)
		}
		if strings.Contains(string(answer), "2509479989") {
			t.Errorf("%s: the citizen's number is in it", name)
		}
	}
}

// The law of the answer: the sender becomes the receiver and the other way
// round, the id is that of the header, and the chain has both acts.
func TestAnswered(t *testing.T) {
	asked, _ := Read(parse(t, sound(t)))
	text := string(answersTo(t)["ok"])
	doc := parse(t, text)
	m, err := Read(doc)
	if err != nil {
		t.Fatal(err)
	}
	if m.Sender.numbers() != asked.Receivers[0].numbers() || len(m.Receivers) != 1 || m.Receivers[0].numbers() != asked.Sender.numbers() {
		t.Errorf("from %+v to %+v", m.Sender, m.Receivers)
	}
	if m.Response.Of != asked.Header || !m.Response.Answers(asked) || m.Act.Answers.Header != asked.Header {
		t.Errorf("answers %+v %+v", m.Response, m.Act)
	}
	for _, part := range []string{
		`"target":[{"reference":"MessageHeader/` + asked.Header + `"}],"occurredDateTime":"2026-11-20T10:05:00+01:00"`,
		`"code":"reply-message"`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in it", part)
		}
	}
	if strings.Contains(text, "OperationOutcome") {
		t.Error("an outcome of what is ok")
	}
	if again := string(answersTo(t)["ok"]); again != text {
		t.Error("the same answer is written otherwise")
	}
	later, err := Acknowledge(asked, AnswerTo(nil, now.Add(1e9), Party{}))
	if err != nil || strings.Contains(string(later), m.Bundle) {
		t.Errorf("an answer of another time has the same id: %v", err)
	}
}

// The faults are told in order with MedCom's codes, and what is only less than
// wanted after them, as warnings.
func TestIssues(t *testing.T) {
	m, err := Read(parse(t, with(t, sound(t), `"value": "265161000016000"`, `"value": "26516"`, `VGFr`, `!`,
		`"fullUrl": "urn:uuid:`+one+`007",`, ``)))
	answer, err := Acknowledge(m, AnswerTo(err, now, m.Sender))
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(parse(t, string(answer)))
	if err != nil {
		t.Fatal(err)
	}
	want := []Issue{
		{"error", "value", errorCodes, receiverUnknown, "SOR: expected 11 digits or more", "Bundle.entry[3].resource.identifier[1].value"},
		{"error", "value", errorCodes, datatypeWrong, "expected base64; it is not, or was cut short", "Bundle.entry[5].resource.data"},
		{"warning", "required", "", "", "expected it: references are resolved by it", "Bundle.entry[5].fullUrl"},
	}
	if !slices.Equal(back.Response.Issues, want) {
		t.Errorf("got %+v", back.Response.Issues)
	}
}

func TestManyIssues(t *testing.T) {
	entry := `{"fullUrl":"urn:uuid:x","resource":{"resourceType":"Binary","id":"x","data":"!"}},`
	m, err := Read(parse(t, with(t, sound(t), `"entry": [`, `"entry": [`+strings.Repeat(entry, 500))))
	answer, err := Acknowledge(m, AnswerTo(err, now, Party{}))
	if err != nil {
		t.Fatal(err)
	}
	if back, err := Read(parse(t, string(answer))); err != nil || len(back.Response.Issues) != mostIssues {
		t.Errorf("%d issues, %v", len(back.Response.Issues), err)
	}
}

// What is not acknowledged, and why.
func TestNotAcknowledged(t *testing.T) {
	good, _ := Read(parse(t, sound(t)))
	ack, _ := Read(parse(t, string(answersTo(t)["ok"])))
	nobody := *good
	nobody.Sender.GLN = ""
	nowhere := *good
	nowhere.Receivers = nil
	nameless := *good
	nameless.Bundle, nameless.Header = "", ""
	fine := AnswerTo(nil, now, Party{})
	for path, c := range map[string]struct {
		m *Message
		a Answer
	}{
		"MessageHeader.eventCoding": {ack, fine},
		"MessageHeader.sender":      {&nobody, fine},
		"MessageHeader.destination": {&nowhere, fine},
		"MessageHeader.id":          {&nameless, fine},
		"timestamp":                 {good, Answer{Code: OK}},
		"response.code":             {good, Answer{Code: "fine", Now: now}},
		"response.details":          {good, Answer{Code: Fatal, Now: now}},
	} {
		_, err := Acknowledge(c.m, c.a)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Path != path || e.Kind != mapping.BusinessRule {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Acknowledge(&nowhere, AnswerTo(nil, now, good.Receivers[0])); err != nil {
		t.Errorf("a message to nobody, where somebody answers: %v", err)
	}
}

// An answer is known by its event, its profile or its response, however unsound it
// is, and never acknowledged.
func TestAnswersAreNotAnswered(t *testing.T) {
	ack := string(answersTo(t)["ok"])
	event := `"eventCoding":{"system":"` + eventCodes + `","code":"acknowledgement-message"},`
	for name, text := range map[string]string{
		"another system":  with(t, ack, eventCodes, eventCodes+"/"),
		"no event":        with(t, ack, event, ""),
		"another code":    with(t, ack, `"acknowledgement-message"`, `"acknowledgement"`),
		"no profile":      with(t, ack, event, "", ackMessage, "http://example.org", ackHeader, "http://example.org"),
		"only a profile":  with(t, ack, event, "", `"response":`, `"reason":`),
		"another's event": with(t, sound(t), `"sender": {`, `"response": {"identifier": "1", "code": "ok"}, "sender": {`),
	} {
		m, fault := Read(parse(t, text))
		if fault == nil || !m.Sender.Known() || !m.IsAnswer {
			t.Errorf("%s: %+v, %v", name, m, fault)
		}
		if _, err := Acknowledge(m, AnswerTo(fault, now, Party{})); err == nil {
			t.Errorf("%s: it is acknowledged", name)
		}
		if o := process(Ask{Body: text, Now: now}, &fake{}); o.Acknowledgement != nil || o.Err == nil {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// An acknowledgement repeats no text of the message.
func TestAcknowledgementRepeatsNoText(t *testing.T) {
	canary := "Canary 2509479989"
	text := with(t, sound(t), "Bostedet Solsiden", canary, `Psykiatrisk klinik & \"ambulatorium\"`, canary, `"endpoint": "https://sor2.sum.dsdn.dk/#id=265161000016000"`, `"endpoint": "`+canary+`"`,
		`"endpoint": "https://sor2.sum.dsdn.dk/#id=953741000016009"`, `"endpoint": "`+canary+`"`)
	m, fault := Read(parse(t, text))
	answer, err := Acknowledge(m, AnswerTo(fault, now, Party{}))
	if fault != nil || err != nil || m.Sender.Name != canary || m.Sender.Endpoint != canary || strings.Contains(string(answer), "2509479989") {
		t.Errorf("%v %v\n%s", fault, err, answer)
	}
	own := Party{"Tolk", m.Receivers[0].SOR, m.Receivers[0].GLN, ""}
	if answer, err = Acknowledge(m, AnswerTo(nil, now, own)); err != nil || !strings.Contains(string(answer), `"name":"Tolk"`) {
		t.Errorf("who answers is not called by its own name: %v", err)
	}
}

func TestAnswerTo(t *testing.T) {
	for kind, want := range map[mapping.Kind]string{mapping.Timeout: Transient, mapping.Exception: Transient, mapping.Invalid: Fatal, mapping.TooLong: Fatal} {
		if a := AnswerTo(&mapping.Error{Kind: kind, Message: "x"}, now, Party{}); a.Code != want {
			t.Errorf("%s: %s", kind, a.Code)
		}
	}
	a := AnswerTo(errors.New("2509479989"), now, Party{})
	if a.Code != Transient || strings.Contains(a.Faults.Error(), "2509479989") {
		t.Errorf("a foreign error: %s %v", a.Code, a.Faults)
	}
}

// All of them have no error by MedCom's profiles.
func TestAcknowledgementsAreValid(t *testing.T) {
	v := validator.Find(t)
	dir := t.TempDir()
	var files []string
	for name, answer := range answersTo(t) {
		file := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".json")
		if err := os.WriteFile(file, answer, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, i := range validator.Errors(v.Validate(t, ackPackage, nil, files...)) {
		t.Error(i)
	}
}

// Every published example is read, and written again byte for byte when compact.
func TestPublished(t *testing.T) {
	for _, name := range published(t, "", "acknowledgement", "messaging", "carecommunication") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, string(b))
		compact := string(doc.Append(nil, doc.Root()))
		again := parse(t, compact)
		if string(again.Append(nil, again.Root())) != compact || again.Len() != doc.Len() {
			t.Errorf("%s is written otherwise", name)
		}
		switch doc.Text(doc.Child(doc.Root(), "resourceType")) {
		case "Bundle":
			if m, err := Read(doc); err != nil || len(m.Told) > 0 {
				t.Errorf("%s: %v, told %v", name, err, m.Told)
			}
		case "MessageHeader":
			if m, err := ReadHeader(doc); err != nil || m.Header == "" || m.Event == "" || (m.Event == Acknowledgement) != (m.Response != nil) {
				t.Errorf("%s: %v %+v", name, err, m)
			}
		}
	}
	for _, name := range published(t, "Bundle-", "homecareobservation") {
		b, _ := os.ReadFile(name)
		if m, err := Read(parse(t, string(b))); err != nil || len(m.Told) > 0 {
			t.Errorf("%s: %v, told %v", name, err, m.Told)
		}
	}
}

// Acknowledgements name what they answer by either id, with and without an
// outcome, and outcomes have codes or words.
func TestReadAcknowledgements(t *testing.T) {
	base := string(answersTo(t)["refused"])
	asked, _ := Read(parse(t, sound(t)))
	of := `"identifier":"` + asked.Header + `"`
	for name, c := range map[string]struct {
		text  string
		told  int
		check func(*Message) bool
	}{
		"by the Bundle":    {with(t, base, of, `"identifier":"`+asked.Bundle+`"`), 0, func(m *Message) bool { return m.Response.Answers(asked) }},
		"in capitals":      {with(t, base, of, `"identifier":"`+strings.ToUpper(asked.Header)+`"`), 0, func(m *Message) bool { return m.Response.Answers(asked) }},
		"by something":     {with(t, base, of, `"identifier":"x"`), 0, func(m *Message) bool { return !m.Response.Answers(asked) }},
		"without a link":   {with(t, base, `"details":{"reference":"urn:uuid`, `"detail":{"reference":"urn:uuid`), 1, func(m *Message) bool { return len(m.Response.Issues) == 1 }},
		"with diagnostics": {with(t, base, `"text":"an unknown code"`, `"id":"1"`, `"severity":"error"`, `"severity":"error","diagnostics":"ukendt kode"`), 0, func(m *Message) bool { return m.Response.Issues[0].Text == "ukendt kode" }},
	} {
		m, err := Read(parse(t, c.text))
		if err != nil || len(m.Told) != c.told || !c.check(m) {
			t.Errorf("%s: %v, told %v, %+v", name, err, m.Told, m.Response)
		}
	}
	for name, c := range map[string][2]string{
		"Bundle.entry[0].resource.response":                   {`"response":`, `"reason":`},
		"Bundle.entry[0].resource.response.identifier":        {of, `"id":"x"`},
		"Bundle.entry[0].resource.response.code":              {`"code":"fatal-error"`, `"code":"broken"`},
		"Bundle.entry[0].resource.response.details":           {`"resourceType":"OperationOutcome"`, `"resourceType":"Basic"`},
		"Bundle.entry[5].resource.issue":                      {`"issue":`, `"tissue":`},
		"Bundle.entry[5].resource.issue[0].severity":          {`"severity":"error",`, ``},
		"Bundle.entry[0].resource.response.details.reference": {`"details":{"reference":"urn:uuid:`, `"details":{"reference":"urn:uuid:0`},
	} {
		text := with(t, base, c[0], c[1])
		if strings.HasSuffix(name, "response.details") {
			text = with(t, text, `"details":{"reference"`, `"detail":{"reference"`)
		}
		_, err := Read(parse(t, text))
		var found Faults
		if !errors.As(err, &found) || !slices.ContainsFunc(found, func(f Fault) bool { return f.Path == name }) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadHeader(t *testing.T) {
	header := `{"resourceType":"MessageHeader","id":"1","eventCoding":{"system":"` + eventCodes + `","code":"acknowledgement-message"},"response":{"identifier":"2","code":"fatal-error"}}`
	m, err := ReadHeader(parse(t, header))
	if err != nil || m.Response.Of != "2" || m.Focus != tree.None {
		t.Errorf("%+v %v", m, err)
	}
	for _, text := range []string{`{}`, `{"resourceType":"Bundle"}`, strings.Replace(header, `"code":"fatal-error"`, `"code":"x"`, 1), strings.Replace(header, `"id":"1",`, ``, 1)} {
		if _, err := ReadHeader(parse(t, text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
