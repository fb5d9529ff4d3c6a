package house

import (
	"slices"
	"strings"
	"testing"
)

// long is a file one line longer than the house allows.
var long = "package tree\n" + strings.Repeat("\n", maxLines)

// Every rule can fail: each of these files breaks exactly the rule it names.
func TestRulesCanFail(t *testing.T) {
	proven := map[string]bool{}
	for _, tt := range []struct{ rule, path, text string }{
		{"imports", "mapping/tree/a.go", `package tree; import "os"`},
		{"imports", "mapping/tree/a.go", `package tree; import "net/http"`},
		{"imports", "mapping/tree/a.go", `package tree; import "net"`},
		{"imports", "mapping/tree/a.go", `package tree; import "net/url/a"`},
		{"imports", "mapping/tree/a.go", `package tree; import "log/slog"`},
		{"imports", "mapping/tree/a.go", `package tree; import "math/rand/v2"`},
		{"imports", "mapping/tree/a.go", `package tree; import "testing"`},
		{"imports", "mapping/tree/a.go", `package tree; import "github.com/goccy/go-yaml"`},
		{"imports", "mapping/rules/a.go", `package rules; import "gopkg.in/yaml.v3"`},
		{"imports", "mapping/tree/a.go", `package tree; import "tolk/adapters/fhir"`},
		{"imports", "mapping/a.go", `package mapping; import "tolk/cmd/tolk"`},
		{"imports", "mapping/a.go", `package mapping; import "tolk/fixtures"`},
		{"imports", "mapping/a.go", `package mapping; import . "strings"`},
		{"imports", "adapters/ffb/a.go", `package ffb; import "tolk/adapters/fsiii"`},
		{"imports", "adapters/ffb/a.go", `package ffb; import "tolk/adapters/ffbx"`},
		{"imports", "adapters/ffb/a.go", `package ffb; import "github.com/gofiber/fiber/v2"`},
		{"imports", "adapters/api/a.go", `package api; import "tolk/fixtures/validator"`},
		{"imports", "mapping/a.go", `package mapping; import "tolk/node"`},
		{"imports", "adapters/api/a.go", `package api; import "tolk/node"`},
		{"imports", "adapters/deliver/a.go", `package deliver; import "tolk/node/work"`},
		{"imports", "node/a.go", `package node; import "tolk/cmd/tolk"`},
		{"imports", "node/work/a.go", `package work; import "github.com/gofiber/fiber/v2"`},
		{"imports", "node/a.go", `package node; import "tolk/fixtures"`},
		{"imports", "fixtures/a.go", `package fixtures; import "tolk/adapters/api"`},
		{"imports", "fixtures/a.go", `package fixtures; import "tolk/fixtures/shared"`},
		{"imports", "cmd/tolk/a.go", `package main; import "tolk/fixtures/shared"`},
		{"imports", "cmd/tolk/a.go", `package main; import "tolk/fixtures/validator"`},
		{"imports", "schemas/terminology/a.go", `package facts; import "tolk/mapping"`},
		{"imports", "schemas/terminology/a.go", `package facts; import "os"`},
		{"imports", "schemas/fhir/generate/a.go", `package main; import "tolk/adapters/fhir"`},
		{"imports", "schemas/fhir/a.go", `package main; import "os"`},
		{"imports", "mapping/a_test.go", `package mapping; import "github.com/stretchr/testify/assert"`},
		{"calls", "mapping/a.go", `package mapping; import "time"; var a = time.Now()`},
		{"calls", "mapping/a.go", `package mapping; import clock "time"; var a = clock.Since`},
		{"calls", "mapping/a.go", `package mapping; func a() { go a() }`},
		{"calls", "mapping/a.go", `package mapping; import "fmt"; func a() { fmt.Println() }`},
		{"calls", "adapters/api/a.go", `package api; import "os"; func a() { os.Exit(1) }`},
		{"length", "mapping/tree/a.go", long},
		{"names", "adapters/util/a.go", `package util`},
		{"names", "mapping/a.go", `package models`},
		{"names", "cmd/internal/flags/a.go", `package flags`},
		{"skips", "cmd/tolk/a_test.go", `package main; import "testing"; func TestA(t *testing.T) { t.Skip("later") }`},
		{"skips", "cmd/tolk/a_test.go", `package main; import "testing"; var a = (*testing.T).SkipNow`},
		{"skips", "cmd/tolk/a_test.go", `package main; import ("os"; "testing"); func TestA(t *testing.T) { if os.Getenv("CI") == "" { t.Skipf("later") } }`},
		{"skips", "cmd/tolk/a_test.go", `package main; import ("os"; "testing"); func a(t *testing.T) { if os.Getenv("CI") != "" { t.Fatal() }; t.Skip() }`},
		{"skips", "fixtures/validator/a.go", `package validator; import ("os"; "testing"); func a(t testing.TB) { if os.Getenv("CI") != "" { t.Fatal() }; t.Skip() }`},
		{"skips", "fixtures/shared/a.go", `package shared; import "testing"; func A(t testing.TB) { t.Skip("later") }`},
		{"skips", "fixtures/shared/a.go", `package shared; import ("os"; "testing"); func A(t testing.TB) { if os.Getenv("CI") == "" { t.Skipf("later") } }`},
		{"skips", "fixtures/shared/a.go", `package shared; import ("os"; "testing"); func a(t testing.TB) { if os.Getenv("CI") != "" { t.Fatal() } }; func A(t testing.TB) { t.SkipNow() }`},
		{"unfinished", "mapping/a.go", "package mapping\n\n// A is good enough, TO" + "DO: finish it.\nvar A int"},
		{"unfinished", "cmd/tolk/a.go", "package main // FIX" + "ME"},
	} {
		if got := breaks(t, tt.path, tt.text); !slices.Equal(got, []string{tt.rule}) {
			t.Errorf("%s: %.90s: got %q broken, want %q", tt.path, tt.text, got, tt.rule)
		}
		proven[tt.rule] = true
	}
	for rule := range rules {
		if !proven[rule] {
			t.Errorf("rule %s: no file here breaks it", rule)
		}
	}
}

// What the house allows breaks no rule.
func TestRulesAllow(t *testing.T) {
	for _, tt := range []struct{ path, text string }{
		{"mapping/rules/a.go", `package rules; import ("embed"; "io/fs"; "net/netip"; "net/url"; "time"; "github.com/goccy/go-yaml/ast"; "tolk/mapping/tree"; "tolk/schemas/terminology"); var a time.Duration`},
		{"mapping/a_test.go", `package mapping; import ("os"; "time"; "github.com/google/go-cmp/cmp"); var a = time.Now()`},
		{"adapters/api/a.go", `package api; import ("net"; "time"; "github.com/gofiber/fiber/v2"; "tolk/adapters/api/fail"; "tolk/mapping"); var a = time.Now()`},
		{"adapters/ffb/a_test.go", `package ffb; import ("tolk/adapters/fsiii"; "tolk/fixtures/validator")`},
		{"schemas/fhir/generate/a.go", `package main; import "os"; func a() { os.Exit(1) }`},
		{"node/a.go", `package node; import ("time"; "tolk/adapters/journal"; "tolk/mapping/exchange"; "tolk/node/work"); var a = time.Now()`},
		{"node/work/a_test.go", `package work; import ("tolk/node"; "tolk/fixtures")`},
		{"cmd/tolk/a.go", `package main; import ("os"; "tolk/adapters/api"; "tolk/fixtures"; "tolk/node"); func a() { os.Exit(1) }`},
		{"cmd/tolk/a_test.go", `package main; import ("testing"; "tolk/fixtures/shared"); func TestA(t *testing.T) { shared.Path(t) }`},
		{"fixtures/validator/a.go", `package validator; import ("testing"; "tolk/fixtures/shared"); func A(t testing.TB) { shared.Missing(t, "a") }`},
		{"fixtures/shared/a.go", `package shared; import ("os"; "testing"); func a(t testing.TB) { if os.Getenv("CI") != "" { t.Fatal() }; t.Skip() }; func b(t testing.TB) { a(t); t.Skip() }`},
		{"mapping/tree/a.go", strings.TrimSuffix(long, "\n")},
	} {
		if got := breaks(t, tt.path, tt.text); len(got) > 0 {
			t.Errorf("%s: %.90s: got %q broken, want none", tt.path, tt.text, got)
		}
	}
}

// breaks returns the rules that a file with this path and text breaks.
func breaks(t *testing.T, path, text string) (names []string) {
	t.Helper()
	s, err := parse(path, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for rule, check := range rules {
		if len(check(s)) > 0 {
			names = append(names, rule)
		}
	}
	return names
}
