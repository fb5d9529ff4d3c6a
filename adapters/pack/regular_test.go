//go:build unix

package pack

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tolk/mapping"
)

// A pipe that has the name of a package or of a resource is refused, and not waited
// for.
func TestPipes(t *testing.T) {
	for _, name := range []string{"maps.tgz", "CodeSystem-x.json", "maps/CodeSystem-x.json", "maps/package/CodeSystem-x.json"} {
		dir := t.TempDir()
		pipe := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(pipe), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Folder(dir, Limits{})
		var e *mapping.Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, "no regular file") || !strings.HasSuffix(e.Path, filepath.Base(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
