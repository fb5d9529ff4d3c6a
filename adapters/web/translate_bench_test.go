package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tolk/mapping/exchange"
)

// longRecord is a condition record in FFB's form, of a test person, with so many
// entries.
func longRecord(entries int) string {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"collection","timestamp":"2024-03-06T10:15:00+01:00","entry":[{"fullUrl":"https://eksempel.dk/Patient/bruno","resource":{"resourceType":"Patient","id":"bruno","identifier":[{"use":"official","system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}],"managingOrganization":{"identifier":{"use":"official","system":"https://www.kombit.dk/organisation","value":"4d1c9d0e-6a52-4c39-9c55-0b6f1f8a2e11"}}}}`)
	for i := 1; i < entries; i++ {
		fmt.Fprintf(&b, `,{"fullUrl":"https://eksempel.dk/Condition/c%d","resource":{"resourceType":"Condition","id":"c%[1]d","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"severity":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"5bdde847-2837-416b-ab63-bbff8b7aa531","display":"Moderat nedsat funktionsevne"}]},"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"986898d0-e2e5-4afa-9cb3-ee7aecaa0143","display":"Samtale"}]},"subject":{"reference":"Patient/bruno"},"recordedDate":"2024-03-05","note":[{"time":"2024-03-05T10:00:00+01:00","text":"Et notat nummer %[1]d, som ingen anden form har plads til"}],"bodySite":[{"coding":[{"system":"http://snomed.info/sct","code":"69536005","display":"Head"}],"text":"hoved"}],"asserter":{"reference":"Practitioner/p","display":"Signe Test Sørensen"},"extension":[{"url":"urn:eget:felt","valueString":"a%[1]d"},{"url":"urn:eget:felt","valueString":"b%[1]d"},{"url":"urn:eget:felt","valueString":"c%[1]d"}]}}`, i)
	}
	b.WriteString(`]}`)
	return b.String()
}

// postTranslate asks the page to translate a document, without a server around it.
func postTranslate(t testing.TB, s *Site, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	return postTranslateTo(t, s, "/translate", fields...)
}

func postTranslateTo(t testing.TB, s *Site, path string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == "file" {
			part, err := w.CreateFormFile("file", "dokument.json")
			if err != nil {
				t.Fatal(err)
			}
			part.Write([]byte(fields[i+1]))
			continue
		}
		w.WriteField(fields[i], fields[i+1])
	}
	w.Close()
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	answer := httptest.NewRecorder()
	for _, p := range s.Pages() {
		if p.Path == r.URL.Path {
			p.Serve(answer, r, exchange.Caller{})
		}
	}
	return answer
}

// A Bundle of 200 entries, the whole page of it: the budget is a second.
func BenchmarkTranslatePage200(b *testing.B) {
	s, text := testSite(b), longRecord(200)
	postTranslate(b, s, "text", text, "to", "fsiii") // the templates are read once
	for b.Loop() {
		w := postTranslate(b, s, "text", text, "to", "fsiii")
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
		b.ReportMetric(float64(w.Body.Len()), "bytes")
	}
}

// The page of a long document is lean: what a leaf costs is bounded, and so is
// what goes over the wire.
func TestTranslatePageIsLean(t *testing.T) {
	s := testSite(t)
	w := postTranslate(t, s, "text", longRecord(200), "to", "fsiii")
	if w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	leaves := strings.Count(w.Body.String(), `<li id="`)
	if leaves < 7000 {
		t.Fatalf("%d leaves on the page", leaves)
	}
	if each := w.Body.Len() / leaves; each > 260 {
		t.Errorf("%d bytes for each of %d leaves, at most 260", each, leaves)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(w.Body.Bytes())
	z.Close()
	if packed.Len() > 400_000 {
		t.Errorf("%d bytes over the wire, at most 400,000", packed.Len())
	}
	t.Logf("%d leaves, %d bytes, %d in gzip", leaves, w.Body.Len(), packed.Len())
}
