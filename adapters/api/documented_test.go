package api

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tolk/mapping/exchange"
)

// The rights in doc/exchange.md are those of the routes.
func TestDocumentedRights(t *testing.T) {
	s := New(Config{})
	var b strings.Builder
	b.WriteString("| Right | Allows | Scope |\n|---|---|---|\n")
	for _, right := range exchange.Rights() {
		var allows []string
		for _, r := range s.served {
			// Who asks for something may do it by any right of the route, and hands
			// over by that to send alone (accept).
			methods := slices.DeleteFunc(slices.Clone(r.methods), func(m string) bool {
				return r.path == exchangePath && m == "POST" && right != exchange.Send
			})
			if !slices.Contains(r.rights, right) || strings.HasSuffix(r.path, "/") {
				continue
			}
			said := "the terminology service under `/fhir`"
			if r.path == "/fhir" || r.path == processPath || !strings.HasPrefix(r.path, "/fhir") {
				path := r.path
				for _, name := range []string{"id", "part", "name", "letter"} {
					path = strings.ReplaceAll(path, ":"+name, "{"+name+"}")
				}
				said = "`" + strings.Join(methods, ", ") + " " + path + "`"
				if right == exchange.Send && !strings.HasPrefix(path, "/v1") {
					said += " with `async=true`"
				}
			}
			if !slices.Contains(allows, said) {
				allows = append(allows, said)
			}
		}
		if len(allows) == 0 {
			t.Errorf("no route takes the right %s", right)
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", right, strings.Join(allows, "; "), scopes[right])
	}
	const file = "../../doc/exchange.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const open, closing = "<!-- rights: TOLK_UPDATE=1 go test ./adapters/api -run TestDocumentedRights -->\n", "<!-- /rights -->"
	before, rest, ok := strings.Cut(string(text), open)
	_, after, ok2 := strings.Cut(rest, closing)
	if !ok || !ok2 {
		t.Fatal("doc/exchange.md has no place for the rights")
	}
	want := before + open + b.String() + closing + after
	if want == string(text) {
		return
	}
	if os.Getenv("TOLK_UPDATE") == "" {
		t.Fatal("the rights in doc/exchange.md are not those of the routes; TOLK_UPDATE=1 writes them")
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
