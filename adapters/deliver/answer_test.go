package deliver

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/fhirxml"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// care returns a message as it is sent, and the acknowledgement of it with a code
// that another would write.
func care(t testing.TB) (sent []byte, answer func(code string) string) {
	t.Helper()
	sent, err := os.ReadFile("../../mapping/message/testdata/care.json")
	if err != nil {
		t.Fatal(err)
	}
	d, err := tree.Parse(string(sent), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.Read(d)
	if err != nil {
		t.Fatal(err)
	}
	return sent, func(code string) string {
		a := message.Answer{Code: code, Now: noon}
		if code != message.OK {
			a.Faults = message.FaultsOf(&mapping.Error{Kind: mapping.CodeInvalid, Path: "Bundle.entry[1]", Message: "is not known here"})
		}
		text, err := message.Acknowledge(m, a)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func inXML(t testing.TB, text string) string {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := fhirxml.FromJSON(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(x)
}

func issue(severity, code string) string {
	return `{"severity":"` + severity + `","code":"` + code + `"}`
}

func outcomes(issues ...string) string {
	return `{"resourceType":"OperationOutcome","issue":[` + strings.Join(issues, ",") + `]}`
}

// batch answers the entries of a batch with a status and an outcome each.
func batch(kind string, responses ...string) string {
	for i, r := range responses {
		status, outcome, _ := strings.Cut(r, "|")
		if outcome != "" {
			outcome = `,"outcome":` + outcome
		}
		responses[i] = `{"response":{"status":"` + status + `"` + outcome + `}}`
	}
	return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(responses, ",") + `]}`
}

// generic is an answer of FHIR messaging that is none of MedCom's.
func generic(of, code string) string {
	return `{"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader",` +
		`"eventUri":"urn:answer","response":{"identifier":"` + of + `","code":"` + code + `"}}}]}`
}

// What a receiver says of the message counts before the status it says it with,
// and only what it says of this message.
func TestAcknowledgements(t *testing.T) {
	sent, answer := care(t)
	const bundle, header = "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0001", "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0002"
	ok, transient, fatal := answer(message.OK), answer(message.Transient), answer(message.Fatal)
	another := strings.ReplaceAll(fatal, header, "0b7a6f10-0000-4d2a-9a53-3d1f5e2c0002")
	if another == fatal {
		t.Fatal("the acknowledgement does not name the header")
	}
	acknowledges := func(to *Receiver) { to.Acknowledges = true }
	resends := func(to *Receiver) { to.Acknowledges, to.Resend = true, true }
	for _, tt := range []struct {
		name   string
		status int
		body   string
		change func(*Receiver)
		want   Verdict
	}{
		{"ok", 200, ok, acknowledges, Verdict{Delivered, Acknowledged, 0}},
		{"ok in XML", 200, inXML(t, ok), acknowledges, Verdict{Delivered, Acknowledged, 0}},
		{"ok, unexpected", 202, ok, nil, Verdict{Delivered, Acknowledged, 0}},
		{"ok, of the Bundle", 200, generic(bundle, "ok"), nil, Verdict{Delivered, Acknowledged, 0}},
		{"ok, of the header in capitals", 200, generic(strings.ToUpper(header), "ok"), nil, Verdict{Delivered, Acknowledged, 0}},
		{"ok, contradicted by 500", 500, ok, acknowledges, Verdict{Retry, "http-500", 7 * time.Second}},
		{"ok, contradicted by 400", 400, ok, acknowledges, Verdict{Dead, "http-400", 0}},
		{"transient-error", 200, transient, acknowledges, Verdict{Dead, TransientError, 0}},
		{"transient-error in 503", 503, transient, acknowledges, Verdict{Dead, TransientError, 0}},
		{"transient-error, may be sent again", 200, transient, resends, Verdict{Retry, TransientError, 7 * time.Second}},
		{"fatal-error", 200, fatal, resends, Verdict{Dead, FatalError, 0}},
		{"fatal-error in XML", 200, inXML(t, fatal), resends, Verdict{Dead, FatalError, 0}},
		{"fatal-error in 400", 400, fatal, resends, Verdict{Dead, FatalError, 0}},
		{"fatal-error in 500", 500, fatal, resends, Verdict{Dead, FatalError, 0}},
		{"fatal-error, generic", 200, generic(header, "fatal-error"), nil, Verdict{Dead, FatalError, 0}},
		{"of another", 200, another, nil, Verdict{Delivered, Unacknowledged, 0}},
		{"of another, may be sent again", 200, another, resends, Verdict{Delivered, Unacknowledged, 0}},
		{"of another, in 500", 500, another, acknowledges, Verdict{Retry, "http-500", 7 * time.Second}},
		{"of nobody", 200, generic("", "fatal-error"), acknowledges, Verdict{Delivered, Unacknowledged, 0}},
		{"with a code of its own", 200, generic(header, "perhaps"), acknowledges, Verdict{Delivered, Unacknowledged, 0}},
		{"the message itself", 200, string(sent), acknowledges, Verdict{Delivered, Unacknowledged, 0}},
		{"nonsense", 200, "<html>thank you</html>", resends, Verdict{Delivered, Unacknowledged, 0}},
		{"nonsense from who says nothing", 200, "<html>thank you</html>", nil, Verdict{Delivered, "http-200", 0}},
		{"nothing yet", 202, " \n", acknowledges, Verdict{Delivered, "http-202", 0}},
		{"a word on the way", 202, outcomes(issue("information", "informational")), acknowledges, Verdict{Delivered, "http-202", 0}},
		{"there already", 200, outcomes(issue("error", "duplicate")), acknowledges, Verdict{Delivered, Known, 0}},
		{"an error under 200", 200, outcomes(issue("error", "invalid")), nil, Verdict{Dead, Refused, 0}},
		{"conflict", 409, outcomes(issue("error", "conflict")), nil, Verdict{Dead, "http-409", 0}},
		{"409 with a page", 409, "<html>", nil, Verdict{Delivered, Known, 0}},
		{"409 with a duplicate", 409, outcomes(issue("error", "duplicate")), nil, Verdict{Delivered, Known, 0}},
		{"a duplicate and more", 422, outcomes(issue("error", "duplicate"), issue("fatal", "invalid")), nil, Verdict{Dead, "http-422", 0}},
		{"a duplicate and a warning", 422, outcomes(issue("error", "duplicate"), issue("warning", "invalid")), nil, Verdict{Delivered, Known, 0}},
		{"a warning of a duplicate", 422, outcomes(issue("error", "invalid"), issue("warning", "duplicate")), nil, Verdict{Dead, "http-422", 0}},
		{"a duplicate in XML", 400, inXML(t, outcome("duplicate")), nil, Verdict{Delivered, Known, 0}},
		{"503 with an error", 503, outcome("invalid"), nil, Verdict{Retry, "http-503", 7 * time.Second}},
		{"500 with an error and Retry-After", 500, outcome("invalid"), nil, Verdict{Retry, "http-500", 7 * time.Second}},
		{"a batch", 200, batch("batch-response", "201 Created", "200", "304 Not Modified"), nil, Verdict{Delivered, "http-200", 0}},
		{"a transaction, acknowledged later", 200, batch("transaction-response", "201 Created", ""), acknowledges, Verdict{Delivered, "http-200", 0}},
		{"half a batch", 200, batch("batch-response", "201 Created", "422|"+outcome("invalid")), nil, Verdict{Dead, Refused, 0}},
		{"half a batch, nobody says why", 200, batch("batch-response", "201", "500"), nil, Verdict{Dead, Refused, 0}},
		{"a batch again", 200, batch("batch-response", "200", "409 Conflict", "412|"+outcome("duplicate")), nil, Verdict{Delivered, Known, 0}},
		{"a search", 200, batch("searchset", "500"), nil, Verdict{Delivered, "http-200", 0}},
		{"a duplicate elsewhere", 302, outcome("duplicate"), nil, Verdict{Dead, Redirected, 0}},
	} {
		var calls atomic.Int32
		s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		}, tt.change)
		got, said := s.Send(t.Context(), Parcel{ID: "m", ContentType: "application/fhir+json", Body: sent})
		if got != tt.want || calls.Load() != 1 {
			t.Errorf("%s: got %+v after %d calls, want %+v after one", tt.name, got, calls.Load(), tt.want)
		}
		if got.Class != Retry && string(said) != tt.body {
			t.Errorf("%s: kept %d bytes, want all %d", tt.name, len(said), len(tt.body))
		}
	}
}

// Without an identifier of its own nothing that was sent is acknowledged, and the
// identifiers of XML are those of JSON.
func TestIdentifiers(t *testing.T) {
	sent, answer := care(t)
	for _, tt := range []struct {
		name, sent string
		want       string
	}{
		{"JSON", string(sent), FatalError},
		{"XML", inXML(t, string(sent)), FatalError},
		{"plain", `{"navn":"x"}`, Unacknowledged},
		{"no FHIR", "<xref>0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0002</xref>", Unacknowledged},
		{"nothing", "", Unacknowledged},
		{"no ids", `{"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader"}}]}`, Unacknowledged},
	} {
		s := receiver(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answer(message.Fatal)) }, nil)
		if v, _ := s.Send(t.Context(), Parcel{ID: "m", Body: []byte(tt.sent)}); v.Code != tt.want {
			t.Errorf("%s: got %+v, want %s", tt.name, v, tt.want)
		}
	}
}

// Issues are words of FHIR, and nothing else of what a receiver says.
func TestIssues(t *testing.T) {
	_, answer := care(t)
	for _, tt := range []struct {
		answer string
		want   []string
	}{
		{answer(message.Fatal), []string{"code-invalid"}},
		{answer(message.OK), nil},
		{outcomes(issue("error", "invalid"), issue("fatal", "code-invalid"), issue("error", "invalid"), issue("warning", "value")), []string{"code-invalid", "invalid"}},
		{outcomes(issue("error", "2509479989"), issue("error", strings.Repeat("a", 33)), issue("error", "")), nil},
		{inXML(t, outcome("throttled")), []string{"throttled"}},
		{"nonsense", nil},
		{batch("batch-response", "201", "422|"+outcome("value"), "500"), []string{"processing", "value"}},
		{`{"resourceType":"Bundle","type":"collection","entry":[{"resource":` + outcome("invalid") + `}]}`, nil},
	} {
		if got := Issues([]byte(tt.answer)); !slices.Equal(got, tt.want) {
			t.Errorf("%.60s: got %q, want %q", tt.answer, got, tt.want)
		}
	}
}

// Of an answer that will come again, or that only says what is known, the
// beginning is kept; why a message is dead is kept whole.
func TestKept(t *testing.T) {
	long := bytes.Repeat([]byte("æ"), 100_000)
	for _, tt := range []struct {
		v    Verdict
		want int
	}{
		{Verdict{Class: Retry, Code: "http-503"}, keptOfRetry},
		{Verdict{Class: Delivered, Code: "http-200"}, keptOfReceipt},
		{Verdict{Class: Delivered, Code: Acknowledged}, len(long)},
		{Verdict{Class: Retry, Code: TransientError}, len(long)},
		{Verdict{Class: Dead, Code: FatalError}, len(long)},
		{Verdict{Class: Dead, Code: "http-422"}, len(long)},
	} {
		if got := keep(tt.v, long); len(got) != tt.want {
			t.Errorf("%+v: got %d bytes, want %d", tt.v, len(got), tt.want)
		}
	}
	for n := range 9 {
		if got := cut([]byte("a€🙂æ"), n); !utf8.Valid(got) || len(got) > n || n-len(got) > 3 {
			t.Errorf("%d: got %q", n, got)
		}
	}
	if got := cut(bytes.Repeat([]byte{0x80}, 50), 20); len(got) != 20 {
		t.Errorf("no text: got %d bytes", len(got))
	}
}

// Nothing that a receiver answers stops the sender, makes it say what is no class,
// or makes a message of more than it is.
func FuzzAnswer(f *testing.F) {
	_, answer := care(f)
	short := []byte(`{"resourceType":"Bundle","id":"0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0001","type":"message","entry":[{"resource":` +
		`{"resourceType":"MessageHeader","id":"0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0002"}}]}`)
	f.Add(200, "", answer(message.OK))
	f.Add(503, "120", answer(message.Transient))
	f.Add(400, "Sun, 22 Nov 2026 12:01:00 GMT", inXML(f, answer(message.Fatal)))
	f.Add(422, "-1", outcome("duplicate"))
	f.Add(500, "99999999999999999999", `{"resourceType":"OperationOutcome","issue":[{"code":7},5,null]}`)
	f.Add(200, "", batch("batch-response", "200", "409 Conflict", "412|"+outcome("duplicate")))
	f.Add(409, "x", generic("0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0002", "fatal-error"))
	senders := []*Sender{{}, {to: Receiver{Acknowledges: true}}, {to: Receiver{Acknowledges: true, Resend: true}}}
	f.Fuzz(func(t *testing.T, status int, wait, body string) {
		if status < 100 || status > 999 {
			return
		}
		good := status >= 200 && status < 300
		a := answerOf(status, wait, body)
		for _, s := range senders {
			v := s.judge(a, short, noon)
			if v.Class != Delivered && v.Class != Retry && v.Class != Dead || v.Code == "" || v.After < 0 || v.After > longest {
				t.Fatalf("got %+v", v)
			}
			if v.Class != Retry && v.After != 0 {
				t.Fatalf("%+v waits", v)
			}
			if good && v.Class == Retry && !s.to.Resend {
				t.Fatalf("%+v: sent again after a receipt", v)
			}
			if v.Class == Delivered && !good && v.Code != Known {
				t.Fatalf("%+v: delivered with %d", v, status)
			}
			if kept := keep(v, []byte(body)); len(kept) > len(body) || !strings.HasPrefix(body, string(kept)) {
				t.Fatalf("kept %q", kept)
			}
		}
		for _, issue := range Issues([]byte(body)) {
			if strings.ContainsAny(issue, "0123456789 \n") {
				t.Fatalf("issue %q", issue)
			}
		}
	})
}

func answerOf(status int, wait, body string) answer {
	return answer{status, http.Header{"Retry-After": {wait}}, hear([]byte(body))}
}
