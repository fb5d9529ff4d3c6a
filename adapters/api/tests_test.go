package api

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"tolk/fixtures"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
)

// examples is what the program wires to POST /v1/test.
func examples(ctx context.Context, t document.Translator, ask Testing) ([]byte, error) {
	return fixtures.RunArchive(ask.Archive, t, fixtures.ArchiveRun{
		Limits: fixtures.ArchiveLimits{Bytes: ask.Bytes}, Only: ask.Run, JUnit: ask.JUnit, Now: time.Now, Ended: ctx.Err,
	})
}

// archive is a zip of names and texts.
func archive(t *testing.T, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = w.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	firstCase  = "tilstande/ffb-to-fsiii/first/"
	secondCase = "tilstande/ffb-to-fsiii/second/"
)

// there and back, as a case demands of a translator.
func thereAndBack(doc string, q document.Request) (*document.Result, error) {
	return &document.Result{Output: []byte(doc), Ledger: &ledger.Ledger{From: q.From, To: q.To}, Residue: []byte(`[]`)}, nil
}

// twoCases is an archive with a case that holds and one that does not, and one
// whose folder is wrong.
func twoCases(t *testing.T) string {
	account := `{"from":"ffb","to":"fsiii","counts":null,"conformance":{"met":false},"source":[],"target":null}`
	return archive(t,
		"mine/"+firstCase+"input.json", `{"a":1}`, "mine/"+firstCase+"output.json", `{"a":1}`, "mine/"+firstCase+"ledger.json", account,
		"mine/"+secondCase+"input.json", `{"a":1}`, "mine/"+secondCase+"output.json", `{"a":2}`, "mine/"+secondCase+"ledger.json", account,
		"mine/tilstande/ffb-to-fsiii/third/case.yaml", "aras: [sygepleje]\n")
}

func TestTests(t *testing.T) {
	h := start(t, Limits{})
	h.core.answer = thereAndBack
	a := h.send(t, "POST", testPath, twoCases(t), "Content-Type", "application/zip", "Accept", "application/json")
	var got fixtures.Answer
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != 200 || a.header.Get("Content-Type") != plainJSON {
		t.Fatalf("got %d %s: %v", a.status, a.body, err)
	}
	if s := got.Summary; s.Cases != 3 || s.OK != 1 || s.Failed != 2 {
		t.Errorf("got %+v", s)
	}
	second := got.Cases[1]
	if second.Case+"/" != secondCase || second.Status != fixtures.Failed || len(second.Differences) != 1 || second.Differences[0].Path != "a" ||
		string(second.Differences[0].Got) != "1" || string(second.Differences[0].Want) != "2" || second.Differences[0].Kind != fixtures.Changed {
		t.Errorf("got %+v", second)
	}
	if third := got.Cases[2]; third.Status != fixtures.Broken || !strings.Contains(a.body, "did you mean areas?") {
		t.Errorf("got %+v", third)
	}
	if a := h.send(t, "POST", testPath+"?run=first$", twoCases(t), "Content-Type", "application/zip"); a.status != 200 || !strings.Contains(a.body, `"summary":{"cases":1,"ok":1,"failed":0`) {
		t.Errorf("got %d %s", a.status, a.body)
	}
	for _, ask := range [][]string{{testPath, "Accept", "application/xml"}, {testPath + "?_format=xml", "Accept", "*/*"}} {
		a := h.send(t, "POST", ask[0], twoCases(t), "Content-Type", "application/zip", ask[1], ask[2])
		var got struct {
			Tests  int `xml:"tests,attr"`
			Suites []struct {
				Name string `xml:"name,attr"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal([]byte(a.body), &got); err != nil || a.header.Get("Content-Type") != plainXML || got.Tests != 3 || len(got.Suites) != 1 {
			t.Errorf("got %d %s: %v", a.status, a.body, err)
		}
	}
}

func TestTestsRefuses(t *testing.T) {
	h := start(t, Limits{Body: 1 << 20})
	h.core.answer = thereAndBack
	zip := []string{"Content-Type", "application/zip"}
	for name, c := range map[string]struct {
		target, body string
		headers      []string
		status       int
		kind         string
	}{
		"no type":     {testPath, twoCases(t), nil, 415, "not-supported"},
		"JSON":        {testPath, `{}`, []string{"Content-Type", "application/json"}, 415, "not-supported"},
		"nothing":     {testPath, "", zip, 400, "required"},
		"no archive":  {testPath, canary, zip, 400, "structure"},
		"no case":     {testPath, archive(t, "a/b", canary), zip, 400, "invalid"},
		"leads out":   {testPath, archive(t, "../"+canary, "x"), zip, 400, "structure"},
		"bomb":        {testPath, archive(t, firstCase+"input.json", strings.Repeat(" ", 2<<20)), zip, 413, "too-long"},
		"no match":    {testPath + "?run=nosuch", twoCases(t), zip, 400, "invalid"},
		"no pattern":  {testPath + "?run=%28", twoCases(t), zip, 400, "invalid"},
		"long":        {testPath + "?run=" + strings.Repeat("a", 300), twoCases(t), zip, 400, "too-long"},
		"parameter":   {testPath + "?only=a", twoCases(t), zip, 400, "not-supported"},
		"other types": {testPath, twoCases(t), append(zip, "Accept", "text/csv"), 406, "not-supported"},
	} {
		a := h.send(t, "POST", c.target, c.body, c.headers...)
		if outcomeText(t, a, c.status, c.kind); strings.Contains(a.body, canary) {
			t.Errorf("%s: repeats the request: %s", name, a.body)
		}
	}
	if strings.Contains(h.logs.String(), canary) || strings.Contains(h.logs.String(), `"level":"ERROR"`) {
		t.Errorf("the log has the canary, or a bug of ours: %s", h.logs.String())
	}
}

// Cases that take longer than the budget are ended between two of them, and give
// their place back.
func TestTestsInTime(t *testing.T) {
	h := start(t, Limits{Budget: 50 * time.Millisecond, Translations: 1})
	runs := make(chan bool, 1000)
	h.core.answer = func(doc string, q document.Request) (*document.Result, error) {
		runs <- true
		time.Sleep(30 * time.Millisecond)
		return thereAndBack(doc, q)
	}
	var pairs []string
	for i := range 100 {
		pairs = append(pairs, "tilstande/ffb-to-fsiii/"+strings.Repeat("a", i+1)+"/input.json", `{"a":1}`)
	}
	a := h.send(t, "POST", testPath, archive(t, pairs...), "Content-Type", "application/zip")
	if outcomeText(t, a, 503, "timeout"); a.status != 503 {
		t.Fatal(a.body)
	}
	until := time.Now().Add(5 * time.Second)
	for time.Now().Before(until) && len(h.slots) > 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if len(h.slots) > 0 || len(runs) > 20 {
		t.Errorf("%d slots are taken after %d runs", len(h.slots), len(runs))
	}
}
