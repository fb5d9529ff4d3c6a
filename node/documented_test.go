package node

import (
	"os"
	"slices"
	"strings"
	"testing"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/node/work"
)

// The table of duplicates in doc/exchange.md is the program's.
func TestDocumentedDuplicates(t *testing.T) {
	var b strings.Builder
	b.WriteString("| Channel | Which messages | Identifiers: outer, inner | Both new | Both seen | Only the outer seen | Only the inner seen |\n|---|---|---|---|---|---|---|\n")
	says := map[journal.Action]string{journal.Process: "accepted", journal.Resend: "the first answer again", journal.Refuse: "409"}
	rows := []struct{ channel, which, identifiers string }{
		{viaMedCom, "a FHIR message", "Bundle.id, MessageHeader.id"},
		{viaEHMI, "in ehmiSBDH", "the envelope's, the message's"},
		{viaVANS, "in VANSEnvelope", "the envelope's, the message's"},
		{viaDocument, "everything else", "one: the number of the letter and its sender, or what the document calls itself (`dokumentId`, `Bundle.identifier`) with the receiver asked for; where it has neither `Idempotency-Key`, or else the bytes, white space in JSON apart, with the receiver asked for"},
	}
	if len(rows) != len(channels()) {
		t.Fatalf("%d channels are told of, there are %d", len(rows), len(channels()))
	}
	for _, r := range rows {
		b.WriteString("| `" + r.channel + "` | " + r.which + " | " + r.identifiers + " |")
		for _, seen := range []journal.Seen{{}, {Bundle: true, Header: true}, {Bundle: true}, {Header: true}} {
			said := says[channels()[r.channel][seen]]
			if r.channel == viaDocument && seen.Bundle != seen.Header {
				said = "–"
			}
			b.WriteString(" " + said + " |")
		}
		b.WriteByte('\n')
	}
	const file = "../doc/exchange.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const open, closing = "<!-- duplicates: TOLK_UPDATE=1 go test ./node -run TestDocumentedDuplicates -->\n", "<!-- /duplicates -->"
	before, rest, ok := strings.Cut(string(text), open)
	_, after, ok2 := strings.Cut(rest, closing)
	if !ok || !ok2 {
		t.Fatal("doc/exchange.md has no place for the table of duplicates")
	}
	want := before + open + b.String() + closing + after
	if want == string(text) {
		return
	}
	if os.Getenv("TOLK_UPDATE") == "" {
		t.Fatal("the table of duplicates in doc/exchange.md is not the program's; TOLK_UPDATE=1 writes it")
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The table of what is held and dead in doc/exchange.md has every code that a
// message stops for, and none that is not in use.
func TestDocumentedReasons(t *testing.T) {
	text, err := os.ReadFile("../doc/exchange.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## Held and dead\n")
	if !ok {
		t.Fatal("doc/exchange.md has no section on what is held and dead")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var told []string
	for line := range strings.Lines(section) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		for code := range strings.SplitSeq(first, ", ") {
			told = append(told, strings.Trim(code, "`"))
		}
	}
	stops := []string{"http-…", work.TranslationRefused, work.TranslationFault, work.TranslationTimeout, work.CheckNotMet, work.CheckUnknown,
		work.PrivateContent, work.PrivateUnknown, work.ResidueRefused, work.ResidueNoPlace, work.EnvelopeRefused, work.TooLarge, work.MapsUnknown,
		work.Corrupt, work.Erased, deliver.Expired, deliver.Redirected, deliver.Refused, deliver.Conflict, deliver.TransientError, deliver.FatalError}
	for _, code := range stops {
		if !slices.Contains(told, code) {
			t.Errorf("%s is not told", code)
		}
	}
	for _, code := range told {
		if code != "http-…" && reasons[code] == "" {
			t.Errorf("%s is told and not in use", code)
		}
	}
}
