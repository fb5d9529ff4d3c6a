// The program asks a node four things: what a condition record is in FSIII and why,
// what a medication list is in plain JSON, what a receiver demands, and to deliver
// a referral. It needs the standard library alone.
//
//	tolk serve --data data &
//	go run ./examples/go
//
// TOLK names another node, TOKEN an access token where one is needed.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	n := node{base: "http://127.0.0.1:8080", token: os.Getenv("TOKEN"), client: &http.Client{Timeout: 90 * time.Second}}
	if base := os.Getenv("TOLK"); base != "" {
		n.base = base
	}
	for _, step := range []func(node) error{translate, medication, check, deliver} {
		if err := step(n); err != nil {
			log.Fatal(err)
		}
	}
}

// translate makes FSIII of a condition record from FFB, and says why each code was
// chosen: the ledger has the row of the map and the reason.
func translate(n node) error {
	record, err := os.ReadFile("fixtures/tilstande/ffb-to-fsiii/indberetning/input.json")
	if err != nil {
		return err
	}
	a, err := n.ask("POST", "/v1/translate?from=ffb&to=fsiii&ledger=true", "application/fhir+json", record, nil)
	if err != nil {
		return err
	}
	var translated struct {
		Output json.RawMessage // keep it as it is: a number that is parsed is written otherwise
		Ledger struct {
			Counts map[string]int
			Source []struct{ Path, Fate, Relation, Row, Reason string }
		}
	}
	if err := json.Unmarshal(a.body, &translated); err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "translated: %d leaves, %d carried, %d converted\n",
		translated.Ledger.Counts["leaves"], translated.Ledger.Counts["carried"], translated.Ledger.Counts["converted"])
	for _, leaf := range translated.Ledger.Source {
		if leaf.Fate == "converted" && strings.HasSuffix(leaf.Path, ".code") {
			fmt.Fprintf(os.Stdout, "  %s: %s by %s: %s\n", leaf.Path, leaf.Relation, leaf.Row, leaf.Reason)
		}
	}
	return nil
}

// medication makes plain JSON of a medication card from FMK.
func medication(n node) error {
	card, err := os.ReadFile("fixtures/medicinliste/fmk-to-plain/fast-og-pn/input.xml")
	if err != nil {
		return err
	}
	a, err := n.ask("POST", "/v1/translate?from=fmk&to=plain", "application/xml", card, nil)
	if err != nil {
		return err
	}
	var list struct {
		Laegemidler []struct {
			Navn, Styrke string
			Dosering     []struct{ Tekst string }
		}
	}
	if err := json.Unmarshal(a.body, &list); err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "medication: %d\n", len(list.Laegemidler))
	for _, m := range list.Laegemidler {
		fmt.Fprintf(os.Stdout, "  %s %s: %s\n", m.Navn, m.Styrke, m.Dosering[0].Tekst)
	}
	return nil
}

// check asks what psychiatry demands of a referral before it is sent.
func check(n node) error {
	referral, err := os.ReadFile("fixtures/henvisning/plain-to-fhir/mindst/input.json")
	if err != nil {
		return err
	}
	a, err := n.ask("POST", "/v1/check?receiver=psykiatri", "application/json", referral, nil)
	if err != nil {
		return err
	}
	var answer struct {
		Verdict, Said string
		Findings      []struct{ What string }
	}
	if err := json.Unmarshal(a.body, &answer); err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "check: %s: %s\n  first: %s\n", answer.Verdict, answer.Said, answer.Findings[0].What)
	return nil
}

// deliver hands a referral over, fetches it as its receiver does, and takes it.
// From 202 on the node has it. The same key makes the same again harmless: whoever
// got no answer sends the same once more.
func deliver(n node) error {
	referral, err := os.ReadFile("fixtures/henvisning/plain-to-fhir/bosted-til-psykiatrien/input.json")
	if err != nil {
		return err
	}
	why := url.Values{"receiver": {"xref01"}, "purpose": {"TREAT"}, "legal-basis": {"samtykke"}, "capacity": {"social"},
		"consent": {"urn:uuid:7f6c1f0a-9e0e-4d5e-8a53-6f0b6f6c2b11"}}
	key := http.Header{"Idempotency-Key": {"referral-2026-11-20-1"}} // yours, and kept with the referral
	var receipt struct {
		ID, Status string
		Receivers  []string
	}
	for range 2 { // the second time as after an answer that was lost
		a, err := n.ask("POST", "/v1/exchange?"+why.Encode(), "application/json", referral, key)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(a.body, &receipt); err != nil {
			return err
		}
		fmt.Fprintf(os.Stdout, "%s: goes to %s, duplicate: %t\n", receipt.Status, strings.Join(receipt.Receivers, ", "), a.header.Get("Tolk-Duplicate") == "true")
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		a, err := n.ask("GET", "/v1/exchange/"+receipt.ID, "", nil, nil)
		if err != nil {
			return err
		}
		var life struct{ Deliveries []struct{ State, Why string } }
		if err := json.Unmarshal(a.body, &life); err != nil {
			return err
		}
		if life.Deliveries[0].State == "delivered" {
			fmt.Fprintln(os.Stdout, "delivered before:", life.Deliveries[0].Why)
			return nil
		}
		a, err = n.ask("GET", "/v1/mailbox/xref01?wait=20", "", nil, nil)
		if err != nil {
			return err
		}
		var mailbox struct {
			Letters []struct {
				ID, Message, Document, ContentType, Content string
				Body                                        []byte // base64 in JSON
			}
		}
		if err := json.Unmarshal(a.body, &mailbox); err != nil {
			return err
		}
		for _, letter := range mailbox.Letters {
			// Keep it, and only then take it: what is not taken is given again.
			if _, err := n.ask("DELETE", letter.Content, "", nil, nil); err != nil {
				return err
			}
			if letter.Message == receipt.ID {
				fmt.Fprintf(os.Stdout, "fetched: %s as %s; taken\n", letter.Document, letter.ContentType)
				return nil
			}
		}
	}
	return errors.New("the letter did not come")
}

// node is a node of tolk.
type node struct {
	base, token string
	client      *http.Client
}

// answer is what it answers.
type answer struct {
	header http.Header
	body   []byte
}

// fault is an answer that is an error: an OperationOutcome.
type fault struct {
	status, request string
	Issue           []struct {
		Severity, Code       string
		Details              struct{ Text string }
		Expression, Location []string // in the body; of the request
	}
}

func (f *fault) Error() string {
	text := f.status
	for _, i := range f.Issue {
		text += fmt.Sprintf("\n  %s %s %v: %s", i.Severity, i.Code, append(i.Expression, i.Location...), i.Details.Text)
	}
	return text + "\n  X-Request-Id: " + f.request // name it to whoever runs the node
}

// ask makes a request, again while the node says that it has no time: 429 and 503
// say when.
func (n node) ask(method, target, kind string, body []byte, header http.Header) (answer, error) {
	const tries = 5
	for try := 1; ; try++ {
		request, err := http.NewRequest(method, n.base+target, bytes.NewReader(body))
		if err != nil {
			return answer{}, err
		}
		for name, values := range header {
			request.Header[name] = values
		}
		if kind != "" {
			request.Header.Set("Content-Type", kind)
		}
		if n.token != "" {
			request.Header.Set("Authorization", "Bearer "+n.token)
		}
		response, err := n.client.Do(request)
		if err != nil {
			return answer{}, err
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		again := response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusServiceUnavailable
		switch {
		case err != nil:
			return answer{}, err
		case response.StatusCode < 300:
			return answer{response.Header, text}, nil
		case again && try < tries:
			seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
			if err != nil {
				seconds = 1 << try
			}
			time.Sleep(time.Duration(seconds) * time.Second)
			continue
		}
		f := &fault{status: response.Status, request: response.Header.Get("X-Request-Id")}
		if err := json.Unmarshal(text, f); err != nil {
			return answer{}, fmt.Errorf("%s: %w", response.Status, err)
		}
		return answer{}, f
	}
}
