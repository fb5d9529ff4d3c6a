package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tolk/mapping"
)

// generated writes a package with a code system of n concepts.
func generated(b *testing.B, n int) string {
	b.Helper()
	dir := b.TempDir()
	f, err := os.Create(filepath.Join(dir, "CodeSystem-generated.json"))
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprint(w, `{"resourceType":"CodeSystem","url":"http://x/generated","version":"1","name":"Generated","status":"active","content":"complete","caseSensitive":true,"concept":[`)
	for i := range n {
		if i > 0 {
			w.WriteByte(',')
		}
		fmt.Fprintf(w, `{"code":"c%07d","display":"Begreb nummer %d"}`, i, i)
	}
	fmt.Fprint(w, "]}")
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	all := `{"resourceType":"ValueSet","url":"http://x/generated/all","version":"1","status":"active","compose":{"include":[{"system":"http://x/generated"}]}}`
	if err := os.WriteFile(filepath.Join(dir, "ValueSet-generated.json"), []byte(all), 0o600); err != nil {
		b.Fatal(err)
	}
	return dir
}

// used is the processor time that this process has taken.
func used(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// over sends a question again and again over one connection to a real listener,
// and reports the processor time of a request with everything: the kernel, HTTP,
// the log, and the client of the benchmark itself. Where it is asked anew, the
// question differs each time in a language that nobody has, so that no answer is
// a kept one.
func over(b *testing.B, url, path string, anew bool) {
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	defer connection.Close()
	r := bufio.NewReaderSize(connection, 64<<10)
	ask := func(n int) {
		language := "da"
		if anew {
			language += ", x-" + strconv.Itoa(n)
		}
		if _, err := io.WriteString(connection, "GET "+path+" HTTP/1.1\r\nHost: a\r\nAccept-Language: "+language+"\r\n\r\n"); err != nil {
			b.Fatal(err)
		}
		answer, err := http.ReadResponse(r, nil)
		if err != nil || answer.StatusCode != 200 {
			b.Fatal(answer, err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			b.Fatal(err)
		}
	}
	ask(0)
	ask(0)
	before := used(b)
	b.ResetTimer()
	n := 0
	for b.Loop() {
		n++
		ask(n)
	}
	b.ReportMetric(float64((used(b)-before).Microseconds())/float64(n), "cpu-µs/op")
}

// BenchmarkOperations measures the operations over HTTP, the answers written
// anew and as they were kept.
func BenchmarkOperations(b *testing.B) {
	_, url, _ := served(b, &settings{})
	const soevn = "83376fdb-f55d-4dd9-944e-b49631a9836f"
	for _, q := range []struct{ name, path string }{
		{"lookup", "/fhir/CodeSystem/$lookup?system=" + mapping.FFB + "&code=" + soevn},
		{"validate-code", "/fhir/ValueSet/$validate-code?url=http://fhir.kl.dk/term/ValueSet/KLConditionCodesFFB&system=" + mapping.FFB + "&code=" + soevn},
		{"translate", "/fhir/ConceptMap/$translate?system=" + mapping.FFB + "&code=" + soevn},
		{"expand-FSIII-50", "/fhir/ValueSet/$expand?url=urn:tolk:ValueSet:FSIII&count=50"},
	} {
		b.Run(q.name+"/anew", func(b *testing.B) { over(b, url, q.path, true) })
		b.Run(q.name+"/kept", func(b *testing.B) { over(b, url, q.path, false) })
	}
}

// BenchmarkSizes measures what a thousand times more concepts cost.
func BenchmarkSizes(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			_, url, _ := served(b, &settings{packages: []string{generated(b, n)}})
			code := fmt.Sprintf("c%07d", n/2)
			for _, q := range []struct{ name, path string }{
				{"lookup", "/fhir/CodeSystem/$lookup?system=http://x/generated&code=" + code},
				{"validate-code", "/fhir/ValueSet/$validate-code?url=http://x/generated/all&system=http://x/generated&code=" + code},
				{"expand-10", "/fhir/ValueSet/$expand?url=http://x/generated/all&count=10"},
				{"expand-100", "/fhir/ValueSet/$expand?url=http://x/generated/all&count=100"},
				{"expand-1000", "/fhir/ValueSet/$expand?url=http://x/generated/all&count=1000"},
				{"expand-last-10", "/fhir/ValueSet/$expand?url=http://x/generated/all&count=10&offset=" + strconv.Itoa(n-10)},
			} {
				b.Run(q.name, func(b *testing.B) { over(b, url, q.path, true) })
			}
		})
	}
}
