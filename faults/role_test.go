package faults

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// hospital is psychiatry's system, in a process of its own: it takes letters and
// messages, acknowledges the messages by itself, and writes back as the client
// that it is.
type hospital struct {
	*receiver
	node *node // where it hands over; nil until it is told
}

// playReceiver is that process. It writes its address to stdout, and ends with its
// stdin.
func playReceiver() int {
	h := &hospital{receiver: listening()}
	h.behave(h.takesAndAnswers)
	control := http.NewServeMux()
	control.HandleFunc("/_node", func(_ http.ResponseWriter, r *http.Request) {
		h.node = &node{life: &life{url: r.FormValue("url")}, http: &http.Client{Timeout: 30 * time.Second}}
	})
	control.HandleFunc("/_down", func(http.ResponseWriter, *http.Request) { h.behave(stumbles) })
	control.HandleFunc("/_up", func(http.ResponseWriter, *http.Request) { h.behave(h.takesAndAnswers) })
	control.HandleFunc("/_arrivals", func(w http.ResponseWriter, _ *http.Request) { json.NewEncoder(w).Encode(h.arrivals()) })
	control.HandleFunc("/_send", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.hand(w, string(body))
	})
	control.Handle("/", h.receiver)
	h.server.Config.Handler = control
	fmt.Println("listening on " + h.server.URL)
	io.Copy(io.Discard, os.Stdin)
	return 0
}

// takesAndAnswers keeps what comes, and acknowledges a message with one of its own
// after it has answered.
func (h *hospital) takesAndAnswers(a arrival) (bool, http.HandlerFunc) {
	return true, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		if !strings.HasSuffix(a.Path, "/post") {
			return
		}
		go func() {
			time.Sleep(100 * time.Millisecond)
			ack, err := acknowledgementOf(a.Body)
			if err != nil {
				fmt.Fprintln(os.Stderr, "psychiatry:", err)
				return
			}
			h.hand(os.Stderr, ack)
		}()
	}
}

// acknowledgementOf writes MedCom's acknowledgement of a message.
func acknowledgementOf(body string) (string, error) {
	d, err := tree.Parse(body, tree.Limits{})
	if err != nil {
		return "", err
	}
	m, err := message.Read(d)
	if err != nil {
		return "", err
	}
	ack, err := message.Acknowledge(m, message.AnswerTo(nil, time.Now(), message.Party{}))
	return string(ack), err
}

// hand hands a message over to the node and writes what it answers.
func (h *hospital) hand(w io.Writer, body string) {
	l := letter{path: "/fhir/$process-message?async=true", query: consent, kind: "application/fhir+json", body: body}
	got, err := h.node.as(psychiatry).push(l)
	fmt.Fprintln(w, got, either(err, nil))
}

// process is such a system as its test sees it.
type process struct {
	*testing.T
	url string
}

// startHospital starts psychiatry's system.
func startHospital(t *testing.T) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), role+"=receiver")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		c.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	url, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		t.Fatalf("it says %q: %v", line, err)
	}
	return &process{t, url}
}

// tell gives it an order and returns what it says.
func (p *process) tell(path, body string) string {
	p.Helper()
	got, err := http.Post(p.url+path, "text/plain", strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		p.Fatal(err)
	}
	return string(text)
}

// arrivals is what it kept of what was posted to a path.
func (p *process) arrivals(path string) (some []arrival) {
	p.Helper()
	var all []arrival
	if err := json.Unmarshal([]byte(p.tell("/_arrivals", "")), &all); err != nil {
		p.Fatal(err)
	}
	for _, a := range all {
		if a.Path == path {
			some = append(some, a)
		}
	}
	return some
}
