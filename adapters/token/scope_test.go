package token

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tolk/mapping"
)

func TestScopes(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"system/Bundle.c", "system/Bundle.c"},
		{"system/*.cruds", "system/*.cruds"},
		{"system/Bundle.r system/Bundle.c", "system/Bundle.cr"},
		{"system/Bundle.c system/Bundle.c", "system/Bundle.c"},
		{"system/Patient.r system/AuditEvent.rs", "system/AuditEvent.rs system/Patient.r"},
		{"system/*.r system/Bundle.cr", "system/*.r system/Bundle.c"},
		{"system/*.r system/Bundle.r", "system/*.r"},
		{"system/Bundle.read", "system/Bundle.rs"},
		{"system/Bundle.write", "system/Bundle.cud"},
		{"system/Bundle.*", "system/Bundle.cruds"},
		{"system/*.*", "system/*.cruds"},
		{"", ""}, {" ", ""}, {"system/Bundle.c ", ""}, {"system/Bundle.c  system/Bundle.r", ""}, {"system/Bundle.c\tsystem/Bundle.r", ""},
		{"openid", ""}, {"patient/Bundle.r", ""}, {"user/Bundle.r", ""}, {"offline_access system/Bundle.c", ""},
		{"system/Bundle", ""}, {"system/Bundle.", ""}, {"system/.c", ""}, {"system/Bundle.rc", ""}, {"system/Bundle.cc", ""},
		{"system/Bundle.x", ""}, {"system/Bundle.C", ""}, {"system/bundle.c", ""}, {"System/Bundle.c", ""}, {"system/Bun*.c", ""},
		{"system/Bundle.c?identifier=" + canary, ""}, {"system/" + canary + ".c", ""}, {"Bundle.c", ""},
		{strings.TrimSpace(strings.Repeat("system/Bundle.c ", 101)), ""},
	} {
		got, err := ParseScopes(tt.text)
		var fault *mapping.Error
		if tt.want == "" {
			if !errors.As(err, &fault) || strings.Contains(err.Error(), canary) || !safe.MatchString(fault.Message) {
				t.Errorf("%q: got %v, %v", tt.text, got, err)
			}
			continue
		}
		if err != nil || got.String() != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.text, got, err, tt.want)
		}
	}
}

func TestMay(t *testing.T) {
	s := scopes(t, "system/Bundle.cr system/*.s")
	for _, tt := range []struct {
		actions  Actions
		resource string
		want     bool
	}{
		{Create, "Bundle", true}, {Create | Read, "Bundle", true}, {Create | Search, "Bundle", true}, {Update, "Bundle", false},
		{Create | Update, "Bundle", false}, {Search, "Patient", true}, {Read, "Patient", false}, {Search, "*", true}, {Create, "*", false},
		{Create, "bundle", false}, {Create, "", false},
	} {
		if got := s.May(tt.actions, tt.resource); got != tt.want {
			t.Errorf("%v %s: got %v", tt.actions, tt.resource, got)
		}
	}
	if (Scopes)(nil).May(Read, "Bundle") {
		t.Error("nothing allows something")
	}
}

var someTypes = []string{"*", "Bundle", "Patient", "AuditEvent"}

func anyScopes(t *rapid.T, label string) Scopes {
	return Scopes(rapid.MapOf(rapid.SampledFrom(someTypes), rapid.Map(rapid.IntRange(1, 31), func(i int) Actions { return Actions(i) })).Draw(t, label)).least()
}

// What is granted is what is asked for and allowed, no more and no less, for every
// action with every type, named or not; and it reads back as it was written.
func TestMeetIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asked, allowed := anyScopes(t, "asked"), anyScopes(t, "allowed")
		got := asked.Meet(allowed)
		for _, resource := range slices.Concat(someTypes, []string{"Observation"}) {
			for i := range letters {
				action := Actions(1 << i)
				want := asked.May(action, resource) && allowed.May(action, resource)
				if got.May(action, resource) != want {
					t.Fatalf("%s meets %s is %s: %v of %s", asked, allowed, got, action, resource)
				}
			}
		}
		if len(got) == 0 {
			return
		}
		if again, err := ParseScopes(got.String()); err != nil || again.String() != got.String() {
			t.Fatalf("%s reads as %s: %v", got, again, err)
		}
	})
}

func FuzzScopes(f *testing.F) {
	f.Add("system/Bundle.c system/*.rs")
	f.Add("system/Patient.read")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseScopes(text)
		if err != nil {
			return
		}
		if again, err := ParseScopes(s.String()); err != nil || again.String() != s.String() || !safe.MatchString(s.String()) {
			t.Errorf("%q reads as %q and then %q: %v", text, s, again, err)
		}
	})
}
