package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"

	"tolk/fixtures/openapi"
	"tolk/mapping/exchange"
	"tolk/schemas"
)

var description = sync.OnceValues(func() (*openapi.File, error) { return openapi.Read(schemas.OpenAPI) })

func described31(t testing.TB) *openapi.File {
	t.Helper()
	f, err := description()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// conforms holds a request that a test makes, and its answer, against
// schemas/openapi.yaml. Every request of the tests of this package that goes
// through send is held against it, the whole matrix too.
func conforms(t testing.TB, method, target, body string, headers http.Header, a answer) {
	t.Helper()
	if a.status == 200 && pretended(target) && !strings.HasPrefix(strings.TrimSpace(a.body), "{") {
		return // what stands for the core gives back what is no document
	}
	for _, fault := range described31(t).Faults(openapi.Call{Method: method, Target: target, Header: headers, Body: []byte(body),
		Status: a.status, Answer: a.header, Text: []byte(a.body), Unread: pretended(target)}) {
		t.Errorf("schemas/openapi.yaml: %s %.80s: %s", method, target, fault)
	}
}

// pretended reports whether a request is read by what stands for the core, the node
// or the doorman in these tests, and takes anything, or by an operation that
// passes over what is ill-formed in Parameters. What they really take is held
// against the file by the tests of cmd/tolk.
func pretended(target string) bool {
	path, query, _ := strings.Cut(target, "?")
	return slices.Contains([]string{translatePath, exchangePath, tokenPath, "/fhir", "/fhir/", processPath,
		"/fhir/CodeSystem/$validate-code", "/fhir/ValueSet/$batch-validate-code"}, path) || strings.Contains(query, "async=true")
}

var routeParameter = regexp.MustCompile(`:([A-Za-z]+)`)

// Every route is in the file with its methods and rights, and every path of the
// file is a route.
func TestDescribedRoutes(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Metrics = http.NotFoundHandler() })
	served := map[string][]exchange.Right{} // by method and path
	for _, r := range n.served {
		for _, m := range r.methods {
			path := routeParameter.ReplaceAllString(r.path, "{$1}")
			if path == "/fhir/" {
				path = "/fhir" // which stands for both
			}
			rights := r.rights
			if m == "POST" && path == exchangePath { // who may list may not hand over
				rights = []exchange.Right{exchange.Send}
			}
			if path == metricsPath { // guarded by itself: of other machines it needs the right
				rights = []exchange.Right{exchange.Log}
			}
			served[m+" "+path] = rights
		}
	}
	told := map[string]bool{}
	for _, o := range described31(t).Operations() {
		name := o.Method + " " + o.Path
		rights, ok := served[name]
		if told[name] = true; !ok {
			t.Errorf("%s is in the file and is no route", name)
			continue
		}
		var want []string
		for _, r := range rights {
			want = append(want, scopes[r])
		}
		got := o.Scopes()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the file has the scopes %v, the route %v", name, got, want)
		}
		if guarded := len(rights) > 0; o.Answers("401") != guarded && o.Path != tokenPath || o.Answers("403") != guarded {
			t.Errorf("%s: 401 and 403 are answers where rights are needed, and else not", name)
		}
	}
	for name := range served {
		if !told[name] {
			t.Errorf("%s is a route and not in the file", name)
		}
	}
}

// The CapabilityStatement names the operations and interactions that the file has
// under /fhir, and the other way round.
func TestDescribedCapabilities(t *testing.T) {
	n := startNode(t, nil)
	a := n.as(t, "owner", "GET", "/fhir/metadata", "")
	var s statement
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		t.Fatal(err)
	}
	var said, told []string
	for _, r := range s.Rest[0].Resource {
		for _, i := range r.Interaction {
			said = append(said, r.Type+map[string]string{"search-type": "", "read": "/{id}", "vread": "/{id}/_history/{vid}"}[i.Code])
		}
		for _, o := range r.Operation {
			said = append(said, r.Type+"/$"+o.Name)
		}
		var searched []string
		for _, p := range r.SearchParam {
			searched = append(searched, p.Name)
		}
		var described []string
		for _, o := range described31(t).Operations() {
			if o.Path == "/fhir/"+r.Type {
				for _, name := range o.Parameters("query") {
					if !strings.Contains(name, ":") && !slices.Contains([]string{"_format", "_summary", "_count", "_offset"}, name) {
						described = append(described, name)
					}
				}
			}
		}
		slices.Sort(searched)
		slices.Sort(described)
		if !slices.Equal(searched, described) {
			t.Errorf("%s is searched by %v; the file has %v", r.Type, searched, described)
		}
	}
	for _, o := range s.Rest[0].Operation {
		said = append(said, "$"+o.Name)
	}
	for _, i := range s.Rest[0].Interaction {
		said = append(said, map[string]string{"batch": "base", "transaction": "base"}[i.Code])
	}
	for _, o := range described31(t).Operations() {
		path, ok := strings.CutPrefix(o.Path, "/fhir")
		path = strings.TrimPrefix(path, "/")
		switch {
		case !ok || path == "metadata" || strings.HasPrefix(path, ".well-known/"):
			continue
		case path == "":
			path = "base"
		}
		told = append(told, strings.Replace(path, "{id}/$", "$", 1)) // of an operation, FHIR says where it is in its definition
	}
	slices.Sort(said)
	slices.Sort(told)
	if said, told = slices.Compact(said), slices.Compact(told); !slices.Equal(said, told) {
		t.Errorf("the CapabilityStatement has\n%v\nand the file\n%v", said, told)
	}
}

// The three forms of the file that are served, and the schemas.
func TestDescriptionIsServed(t *testing.T) {
	n := startNode(t, nil) // nobody is let in, and they are open
	a := n.send(t, "GET", "/openapi.yaml", "")
	if a.status != 200 || a.body != string(schemas.OpenAPI) || a.header.Get("Content-Type") != "application/yaml" {
		t.Errorf("got %d %v %.100s", a.status, a.header, a.body)
	}
	var inYAML, inJSON any
	if err := yaml.Unmarshal(schemas.OpenAPI, &inYAML); err != nil {
		t.Fatal(err)
	}
	b := n.send(t, "GET", "/openapi.json", "")
	if err := json.Unmarshal([]byte(b.body), &inJSON); err != nil {
		t.Fatal(err)
	}
	whole, err := json.Marshal(inYAML)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(whole, &inYAML); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(inYAML, inJSON) || !strings.HasPrefix(b.body, `{"openapi": "3.1`) && !strings.HasPrefix(b.body, `{"openapi":"3.1`) {
		t.Errorf("the file in JSON is another: %.100s", b.body)
	}
	for _, name := range schemas.Documents() {
		c := n.send(t, "GET", "/schemas/"+name, "")
		if c.status != 200 || !strings.Contains(c.body, schemas.ID(name)) {
			t.Errorf("%s: got %d %.100s", name, c.status, c.body)
		}
	}
	outcomeText(t, n.send(t, "GET", "/schemas/schemas.go", ""), 404, "not-found")
	outcomeText(t, n.send(t, "GET", "/schemas/..%2fopenapi", ""), 404, "not-found")
}
