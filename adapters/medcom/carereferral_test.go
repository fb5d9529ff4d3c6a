package medcom

import (
	"strings"
	"testing"

	"tolk/mapping/document"
)

// What a referral says of its message: the thread it is in, the category, the
// priority, and who it goes to.
func TestReferral(t *testing.T) {
	const thread = "urn:uuid:7e8f0b52-2f1c-4c9e-9f7b-1c5b6a0d3e11"
	tests := map[string]struct {
		thread, category, priority, receiver string
		notice                               string
	}{
		"til-psykiatrien":       {thread, regardingReferral, "", "333211000016005", "not for what is acute"},
		"rutine":                {thread, regardingReferral, "routine", "333211000016005", ""},
		"psykiatri-social":      {thread, socialPsychiatry, "", "333211000016005", ""},
		"traad-uden-uuid":       {"", regardingReferral, "", "333211000016005", "a reply comes back in that"},
		"flere-modtagere":       {thread, regardingReferral, "", "", "several receivers"},
		"flere-modtagere-valgt": {thread, regardingReferral, "", "52581000016005", ""},
		"svar-i-anden-traad":    {"urn:uuid:3c1f0b52-2f1c-4c9e-9f7b-1c5b6a0d3e99", regardingReferral, "routine", "333211000016005", "in the document alone"},
		"tilbagekaldt":          {thread, regardingReferral, "routine", "333211000016005", "taken back or an error"},
	}
	for name, tt := range tests {
		c := careCase(t, "henvisning/fhir-to-carecommunication/"+name)
		w, err := toCare(t, c.Input, c.Request)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		out := parse(t, string(w.Output))
		say := func(path ...string) string { return out.Text(of(t, out, "Communication", path...)) }
		if got := say("identifier", "value"); tt.thread != "" && got != tt.thread || tt.thread == "" && strings.Contains(c.Input, got) {
			t.Errorf("%s: the thread is %q, want %q", name, got, tt.thread)
		}
		if got := say("category", "coding", "code"); got != tt.category {
			t.Errorf("%s: the category is %q, want %q", name, got, tt.category)
		}
		if got := say("priority"); got != tt.priority {
			t.Errorf("%s: the priority is %q, want %q", name, got, tt.priority)
		}
		endpoint := out.Text(of(t, out, "MessageHeader", "destination", "endpoint"))
		if _, sor, _ := strings.Cut(endpoint, "#id="); sor != tt.receiver {
			t.Errorf("%s: it goes to %q, want %q", name, sor, tt.receiver)
		}
		if tt.notice != "" && !said(w.Ledger, tt.notice) {
			t.Errorf("%s: notices %v", name, w.Ledger.Notices)
		}
	}
}

// A document that names its receiver goes there, and another that is given is told
// of; the number that it lacks may be added.
func TestReferralReceiver(t *testing.T) {
	c := careCase(t, "henvisning/fhir-to-carecommunication/rutine")
	c.Request.Receiver = document.Party{SOR: "52581000016005", GLN: "5790000121526"}
	w, err := toCare(t, c.Input, c.Request)
	if err != nil || !said(w.Ledger, "the document names its receiver") {
		t.Errorf("notices %v, %v", w.Ledger.Notices, err)
	}
	c.Input = strings.Replace(c.Input, `"333211000016005"`, `"1"`, 1)
	for sor, want := range map[string]bool{"333211000016005": true, "52581000016005": true, "": false} {
		c.Request.Receiver = document.Party{SOR: sor, GLN: "5790000000012"}
		w, err := toCare(t, c.Input, c.Request)
		if err != nil || w.Ledger.Conformance.Met != want {
			t.Errorf("SOR %q added: met %t, want %t: %v", sor, w.Ledger.Conformance.Met, want, err)
		}
	}
}
