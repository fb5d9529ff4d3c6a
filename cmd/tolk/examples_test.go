package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures/shared"
)

// exampleSays is what an example says, by the words that it must say them in.
var exampleSays = []string{"116", "funktionsevne.ffb-fsiii.csv", "equivalent by tilstand.ffb-fsiii.csv", "Both plan, prepare and serve", "2 stk morgen og aften", "kan-ikke-sendes"}

// The examples do what they say, each against a node of its own: those in curl and
// Go always, those in Java and C# where there is what compiles them.
func TestExamplePrograms(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	// run runs a command in a folder that looks like the root of the checkout.
	run := func(t *testing.T, url string, name string, args ...string) (string, error) {
		t.Helper()
		dir := t.TempDir()
		for _, name := range []string{"fixtures", "examples"} {
			if err := os.Symlink(filepath.Join(root, name), filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		c := exec.Command(name, args...)
		c.Dir, c.Env = dir, append(os.Environ(), "TOLK="+url, "TOKEN=", "LC_ALL=C.UTF-8")
		text, err := c.CombinedOutput()
		return string(text), err
	}
	// good runs an example, and again: what was delivered is known.
	good := func(t *testing.T, name string, args ...string) {
		t.Helper()
		s := start(t, "TOLK_DATA="+t.TempDir())
		text, err := run(t, s.url, name, args...)
		for _, want := range append(exampleSays, "accepted", "duplicate: false", "duplicate: true", "fetched: henvisning as application/xml; taken") {
			if err != nil || !strings.Contains(text, want) {
				t.Fatalf("%v: got\n%s\nwant %s", err, text, want)
			}
		}
		if text, err = run(t, s.url, name, args...); err != nil || !strings.Contains(text, "delivered before: ") {
			t.Errorf("again: %v: got\n%s", err, text)
		}
		text, err = run(t, s.url+"/x", name, args...)
		for _, want := range []string{"404", "error not-found", "nothing is at this path", "X-Request-Id: "} {
			if err == nil || !strings.Contains(text, want) {
				t.Errorf("of an error: %v: got\n%s\nwant %s", err, text, want)
			}
		}
	}
	t.Run("curl", func(t *testing.T) {
		shared.Program(t, "curl")
		s := start(t, "TOLK_DATA="+t.TempDir())
		all := ""
		for _, step := range []string{"translate", "medication", "check", "deliver", "deliver"} {
			text, err := run(t, s.url, "sh", "examples/curl/"+step+".sh")
			if err != nil {
				t.Fatalf("%s: %v: %s", step, err, text)
			}
			all += text
		}
		for _, want := range append(exampleSays, "accepted", "taken: ", "delivered before: ") {
			if !strings.Contains(all, want) {
				t.Errorf("got\n%s\nwant %s", all, want)
			}
		}
		if text, err := run(t, s.url+"/x", "sh", "examples/curl/check.sh"); err == nil || !strings.Contains(text, "nothing is at this path") {
			t.Errorf("of an error: %v: got\n%s", err, text)
		}
	})
	t.Run("go", func(t *testing.T) {
		program := filepath.Join(t.TempDir(), "example")
		build := exec.Command("go", "build", "-o", program, "./examples/go")
		build.Dir = root
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		good(t, program)
	})
	t.Run("java", func(t *testing.T) {
		if !atHand(t, "javac") || !atHand(t, "java") {
			return
		}
		classes := t.TempDir()
		if text, err := exec.Command("javac", "-Xlint:all", "-Werror", "-d", classes, filepath.Join(root, "examples/java/Example.java"),
			filepath.Join(root, "examples/java/Json.java")).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		good(t, "java", "-cp", classes, "Example")
	})
	t.Run("csharp", func(t *testing.T) {
		if !atHand(t, "dotnet") {
			return
		}
		project := t.TempDir() // it is built where it lies
		for _, name := range []string{"Example.cs", "Example.csproj"} {
			text, err := os.ReadFile(filepath.Join(root, "examples/csharp", name))
			if err == nil {
				err = os.WriteFile(filepath.Join(project, name), text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if text, err := exec.Command("dotnet", "build", "-o", filepath.Join(project, "out"), project).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		good(t, "dotnet", filepath.Join(project, "out", "Example.dll"))
	})
}

// atHand reports whether a compiler that nobody has to have is there, and says so
// aloud where it is not: the examples are tested without it, in part.
func atHand(t *testing.T, name string) bool {
	_, err := exec.LookPath(name)
	if err != nil {
		t.Logf("NOT TESTED: %s is not at hand, so %s is not compiled", name, t.Name())
	}
	return err == nil
}
