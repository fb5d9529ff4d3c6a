package pack_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/adapters/pack"
	"tolk/mapping"
)

// member is one file of an archive.
type member struct {
	name, text string
	kind       byte // a file where it is 0
}

func file(name, text string) member { return member{name: name, text: text} }

// tgz writes an archive and returns where it is.
func tgz(t *testing.T, members ...member) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: 0o644, Size: int64(len(m.text)), Typeflag: tar.TypeReg}
		if m.kind != 0 {
			h.Typeflag, h.Linkname, h.Size = m.kind, "/etc/passwd", 0
			m.text = ""
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return written(t, "x.tgz", b.String())
}

func written(t *testing.T, name, text string) string {
	t.Helper()
	where := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(where, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return where
}

const (
	colours = `{"resourceType":"CodeSystem","url":"http://x/colours","version":"1","status":"active","content":"complete","concept":[{"code":"red","display":"Red","concept":[{"code":"pink"}]},{"code":"blue"}]}`
	warm    = `{"resourceType":"ValueSet","url":"http://x/warm","version":"1","status":"active","compose":{"include":[{"system":"http://x/colours","concept":[{"code":"red"}]}]}}`
	paints  = `{"resourceType":"ConceptMap","url":"http://x/paints","version":"1","status":"active","group":[{"source":"http://x/colours","target":"http://x/paint","element":[{"code":"red","target":[{"code":"R1","equivalence":"wider"}]}]}]}`
)

func TestArchiveIsRead(t *testing.T) {
	p, err := pack.Read(tgz(t,
		file("package/package.json", `{"name":"x","version":"1"}`),
		file("package/.index.json", "not even JSON"),
		file("package/ValueSet-warm.json", warm),
		file("package/CodeSystem-colours.json", colours),
		file("package/ConceptMap-paints.json", paints),
		file("package/StructureDefinition-y.json", `{"resourceType":"StructureDefinition"}`),
		file("package/readme.md", "text"),
		file("package/example/CodeSystem-other.json", "{"),
		file("other/CodeSystem-other.json", "{"),
	), pack.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range p.Resources {
		got = append(got, r.File+" "+r.Header().Canonical())
	}
	want := "package/CodeSystem-colours.json http://x/colours|1, package/ConceptMap-paints.json http://x/paints|1, package/ValueSet-warm.json http://x/warm|1"
	if strings.Join(got, ", ") != want || p.Ignored != 1 {
		t.Errorf("got %q and %d ignored", got, p.Ignored)
	}
}

// The same files give the same sum whether they come packed or in a folder, and
// another byte gives another.
func TestFolderIsThePackage(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "package"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"package/a.json": colours, "package/b.json": warm, "ignored.json": "{"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := pack.Read(dir, pack.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	same, err := pack.Read(tgz(t, file("package/b.json", warm), file("package/a.json", colours)), pack.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := pack.Read(tgz(t, file("package/b.json", warm), file("package/a.json", colours+"\n")), pack.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if folder.Sum != same.Sum || folder.Sum == other.Sum {
		t.Errorf("sums: folder %x, packed %x, changed %x", folder.Sum, same.Sum, other.Sum)
	}
}

// concepts writes a code system with these concepts.
func concepts(list string) string {
	return `{"resourceType":"CodeSystem","url":"http://x/s","status":"active","content":"complete","concept":[` + list + `]}`
}

// Whatever is wrong with one file refuses the package, naming the file and the
// place.
func TestBrokenPackagesAreRefused(t *testing.T) {
	const f = "package/f.json"
	parent := func(code, of string) string {
		return `{"code":"` + code + `","property":[{"code":"parent","valueCode":"` + of + `"}]}`
	}
	for name, c := range map[string]struct {
		members []member
		kind    mapping.Kind
		want    string // after the name of the archive
	}{
		"not JSON":           {[]member{file(f, `{"resourceType":`)}, mapping.Structure, f + ": "},
		"not JSON, unused":   {[]member{file(f, `[}`)}, mapping.Structure, f + ": "},
		"a key twice":        {[]member{file(f, `{"resourceType":"Patient","resourceType":"CodeSystem"}`)}, mapping.Structure, f + ": "},
		"too deep":           {[]member{file(f, strings.Repeat("[", 100)+strings.Repeat("]", 100))}, mapping.TooLong, f + ": "},
		"no url":             {[]member{file(f, strings.Replace(colours, `"url":"http://x/colours",`, "", 1))}, mapping.Required, f + ": CodeSystem.url: "},
		"equivalence":        {[]member{file(f, strings.Replace(paints, "wider", "broader", 1))}, mapping.Value, f + ": ConceptMap.group[0].element[0].target[0].equivalence: accepted: "},
		"two of one url":     {[]member{file(f, colours), file("package/g.json", colours)}, mapping.Invalid, "package/g.json: CodeSystem http://x/colours|1 stands in x.tgz: package/f.json already"},
		"a code twice":       {[]member{file(f, concepts(`{"code":"a"},{"code":"a"}`))}, "", f + ": CodeSystem.concept[1]"},
		"cycle of one":       {[]member{file(f, concepts(parent("a", "a")))}, mapping.Invalid, f + ": CodeSystem.concept: the hierarchy of http://x/s has a cycle: a → a"},
		"cycle of three":     {[]member{file(f, concepts(parent("a", "b")+","+parent("b", "c")+","+parent("c", "a")))}, mapping.Invalid, f + ": CodeSystem.concept: the hierarchy of http://x/s has a cycle: a → b → c → a"},
		"cycle by child":     {[]member{file(f, concepts(`{"code":"a","concept":[{"code":"b","property":[{"code":"child","valueCode":"a"}]}]}`))}, mapping.Invalid, f + ": CodeSystem.concept: the hierarchy of http://x/s has a cycle: a → b → a"},
		"out of the package": {[]member{file("package/../../../etc/cron.d/x.json", warm)}, mapping.Security, "package/../../../etc/cron.d/x.json: a name that leads out of the package"},
		"absolute":           {[]member{file("/package/x.json", warm)}, mapping.Security, "/package/x.json: a name that leads out of the package"},
		"backslashes":        {[]member{file(`package\..\x.json`, warm)}, mapping.Security, `package\..\x.json: a name that leads out of the package`},
		"a link":             {[]member{{name: "package/x.json", kind: tar.TypeSymlink}}, mapping.Security, "package/x.json: is neither a file nor a folder"},
		"a device":           {[]member{{name: "package/x.json", kind: tar.TypeChar}}, mapping.Security, "package/x.json: is neither a file nor a folder"},
		"a file twice":       {[]member{file(f, warm), file("package/./f.json", colours)}, mapping.Invalid, f + ": stands twice in the archive"},
	} {
		t.Run(name, func(t *testing.T) {
			where := tgz(t, c.members...)
			_, err := pack.Read(where, pack.Limits{})
			var e *mapping.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a *mapping.Error", err)
			}
			text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), filepath.Dir(where)+"/"), "x.tgz: ")
			if !strings.HasPrefix(text, c.want) || c.kind != "" && e.Kind != c.kind {
				t.Errorf("got %s %q, want %s %q", e.Kind, text, c.kind, c.want)
			}
		})
	}
}

// Every limit is a refusal, never a wait nor a crash.
func TestLimits(t *testing.T) {
	long := `{"resourceType":"Basic","text":"` + strings.Repeat("a", 5<<20) + `"}`
	for name, c := range map[string]struct {
		members []member
		limits  pack.Limits
		want    string
	}{
		"archive":   {[]member{file("package/a.json", colours)}, pack.Limits{Archive: 100}, "the archive is longer than 100 bytes"},
		"files":     {[]member{file("a", ""), file("b", ""), file("c", "")}, pack.Limits{Files: 2}, "more files than the limit of 2"},
		"file":      {[]member{file("package/a.json", colours)}, pack.Limits{File: 100}, "package/a.json: longer than 100 bytes"},
		"total":     {[]member{file("package/a.txt", colours), file("package/b.txt", colours)}, pack.Limits{Total: 300}, "more than 300 bytes in all its files"},
		"bomb":      {[]member{file("package/a.json", long)}, pack.Limits{}, "inflates to more than 100 times the archive"},
		"nodes":     {[]member{file("package/a.json", colours)}, pack.Limits{Nodes: 5}, "package/a.json: "},
		"a bomb of": {[]member{file("package/a.txt", long)}, pack.Limits{}, "inflates to more than 100 times the archive"},
	} {
		_, err := pack.Read(tgz(t, c.members...), c.limits)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != mapping.TooLong || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestWhatIsNoArchiveIsRefused(t *testing.T) {
	whole, err := os.ReadFile(tgz(t, file("package/a.json", colours)))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"text":    {"hello", "is not gzip"},
		"empty":   {"", "is not gzip"},
		"cut off": {string(whole[:len(whole)-20]), "the archive is cut off"},
	} {
		if _, err := pack.Read(written(t, "x.tgz", c.text), pack.Limits{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := pack.Read(filepath.Join(t.TempDir(), "none.tgz"), pack.Limits{}); err == nil || !strings.Contains(err.Error(), "none.tgz: cannot be opened") {
		t.Errorf("got %v", err)
	}
}

// A link of a folder may lead to a file beside it, and nowhere else.
func TestFolderLinks(t *testing.T) {
	secret := written(t, "secret.json", colours)
	dir := t.TempDir()
	if err := os.Symlink(secret, filepath.Join(dir, "a.json")); err != nil {
		t.Fatal(err)
	}
	_, err := pack.Read(dir, pack.Limits{})
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.Security || !strings.Contains(err.Error(), "a.json: ") {
		t.Errorf("got %v, want the link refused", err)
	}
}

// A folder of content holds packages, folders and loose files; its stamp
// changes with any of them.
func TestFolderOfContent(t *testing.T) {
	dir := t.TempDir()
	if packages, err := pack.Folder(dir, pack.Limits{}); err != nil || len(packages) != 0 {
		t.Fatalf("empty: got %v and %v", packages, err)
	}
	stamps := map[string]bool{}
	stamp := func(what string) {
		t.Helper()
		s, err := pack.Stamp(dir)
		if err != nil || stamps[s] {
			t.Errorf("%s: the stamp did not change: %v", what, err)
		}
		stamps[s] = true
	}
	stamp("empty")
	packed, err := os.ReadFile(tgz(t, file("package/a.json", colours)))
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, text string) {
		t.Helper()
		where := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(where), 0o700), os.WriteFile(where, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	put("a.tgz", string(packed))
	stamp("an archive")
	put("b/package/v.json", warm)
	stamp("a folder")
	put("m.json", paints)
	stamp("a loose file")
	put(".half-written.json", "{")
	packages, err := pack.Folder(dir, pack.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range packages {
		names = append(names, p.Name)
	}
	if want := "a.tgz, b, " + filepath.Base(dir); strings.Join(names, ", ") != want {
		t.Errorf("got %q, want %q", names, want)
	}
	put("b/package/v.json", strings.Replace(warm, "red", "blue", 1))
	stamp("a file of a folder")
	put("again.json", colours)
	if _, err := pack.Folder(dir, pack.Limits{}); err == nil || !strings.Contains(err.Error(), "CodeSystem http://x/colours|1 stands in a.tgz: package/a.json already") {
		t.Errorf("twice: got %v", err)
	}
}
