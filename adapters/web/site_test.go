package web

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/adapters/ffb"
	"tolk/adapters/fmk"
	"tolk/adapters/fsiii"
	"tolk/adapters/klreferral"
	"tolk/adapters/kltools"
	"tolk/adapters/medcom"
	"tolk/adapters/plain"
	"tolk/adapters/xref"
	"tolk/fixtures"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/maps"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

// embedded is the content that is built in, as cmd wires it.
var embedded = sync.OnceValues(func() (Content, error) {
	c := Content{Tag: "0123456789abcdef"}
	schemas, err := plain.New()
	if err != nil {
		return c, err
	}
	lenses, err := plain.Lenses()
	if err != nil {
		return c, err
	}
	if c.Fields, err = fields.Load(maps.FS, "fields", lenses); err != nil {
		return c, err
	}
	if c.Terms, err = terminology.New(facts.FS, maps.FS); err != nil {
		return c, err
	}
	if c.Rules, err = rules.Load(maps.FS); err != nil {
		return c, err
	}
	gateway, err := document.New(c.Terms, c.Rules, []document.Form{ffb.Form(), fsiii.Form()}, nil)
	if err != nil {
		return c, err
	}
	steps := slices.Concat(plain.Steps(schemas, c.Fields), fmk.Steps(), medcom.HCOSteps(), medcom.CareSteps(),
		kltools.Steps(), ffb.Steps(), fsiii.Steps(), klreferral.Steps(c.Terms), xref.Steps())
	known := []document.Recogniser{plain.Recogniser(), fmk.Recogniser(), medcom.HCORecogniser(), medcom.CareRecogniser(), klreferral.Recogniser(), kltools.Recogniser()}
	c.Gateway = gateway.WithSteps(steps, append(known, xref.Recognisers()...), nil)
	return c, nil
})

// testSite is a site over what is built in, in a standing moment.
func testSite(t testing.TB) *Site {
	t.Helper()
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return siteWith(content)
}

func siteWith(content Content) *Site {
	return New(Config{
		Content: func() Content { return content },
		Cases:   fixtures.Inputs,
		Version: "v0.0.0-test",
		Now:     func() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) },
	})
}

// answered is the answer to a request without a browser.
type answered struct {
	status int
	header http.Header
	body   string
	bytes  int // as they came over the wire
}

// ask requests an address as a browser does: in gzip, with headers in pairs.
func ask(t testing.TB, address string, headers ...string) answered {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return send(t, r)
}

func send(t testing.TB, r *http.Request) answered {
	t.Helper()
	counted := &counter{}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(io.TeeReader(a.Body, counted))
	if err != nil {
		t.Fatal(err)
	}
	return answered{a.StatusCode, a.Header, string(body), counted.n}
}

type counter struct{ n int }

func (c *counter) Write(b []byte) (int, error) { c.n += len(b); return len(b), nil }

// has fails the test where a text is not in the answer.
func (a answered) has(t testing.TB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%d, without %q: %.2000s", a.status, text, a.body)
		}
	}
}
