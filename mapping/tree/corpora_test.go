package tree

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/mapping"
)

// jsonFiles reads every JSON file below the folders of the public test
// material, by its path. The test is skipped where the material is missing.
func jsonFiles(tb testing.TB, folders ...string) map[string]string {
	tb.Helper()
	return readFiles(tb, []string{".json"}, folders...)
}

// readFiles reads every file with one of the endings, as jsonFiles does.
func readFiles(tb testing.TB, endings []string, folders ...string) map[string]string {
	tb.Helper()
	dir := shared.Path(tb, "official")
	files := map[string]string{}
	for _, folder := range folders {
		before := len(files)
		root := filepath.Join(dir, filepath.FromSlash(folder))
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !slices.Contains(endings, filepath.Ext(path)) {
				return err
			}
			b, err := os.ReadFile(path)
			name, _ := filepath.Rel(dir, path)
			files[filepath.ToSlash(name)] = string(b)
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
		if len(files) == before {
			tb.Fatalf("%s holds no file that ends in %v", root, endings)
		}
	}
	return files
}

// scan visits every byte of src and tells whether it stands in a string, the
// quotes included. It knows nothing of JSON but where a string ends.
func scan(src string, visit func(c byte, inside bool)) {
	inside, escaped := false, false
	for _, c := range []byte(src) {
		quote := c == '"' && !escaped
		visit(c, inside || quote)
		inside = inside != quote
		escaped = inside && c == '\\' && !escaped
	}
}

// compact is the oracle of Append: src without the white space outside strings.
func compact(src string) string {
	var b strings.Builder
	scan(src, func(c byte, inside bool) {
		if inside || strings.IndexByte(" \t\r\n", c) < 0 {
			b.WriteByte(c)
		}
	})
	return b.String()
}

func parse(tb testing.TB, src string) *Doc {
	tb.Helper()
	d, err := Parse(src, Limits{})
	if err != nil {
		tb.Fatalf("%.200s: %v", src, err)
	}
	return d
}

// refused parses src, which must fail, and returns the error.
func refused(tb testing.TB, src string, l Limits) *mapping.Error {
	tb.Helper()
	d, err := Parse(src, l)
	if err == nil {
		tb.Fatalf("accepted: %.200s", src)
	}
	if d != nil {
		tb.Errorf("a document beside the error %v", err)
	}
	e, ok := err.(*mapping.Error)
	if !ok {
		tb.Fatalf("got a %T, want a *mapping.Error: %v", err, err)
	}
	if e.Value != "" || e.Err != nil {
		tb.Errorf("the error carries what is the sender's: %q, %v", e.Value, e.Err)
	}
	return e
}
