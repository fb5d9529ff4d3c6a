// Package pack reads FHIR packages: the .tgz of the FHIR package registries, or
// a folder of JSON files. Only their CodeSystems, ValueSets and ConceptMaps are
// used. A package is taken whole or not at all: one broken file refuses it, by
// its name, because half a code system gives wrong answers without a sound.
package pack

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/tree"
)

// Limits bounds what a package may cost. The zero value of a field means its
// default.
type Limits struct {
	Archive int64 // bytes of a .tgz: 256 MiB
	Total   int64 // bytes of all files once inflated: 1 GiB
	File    int64 // bytes of one file: 256 MiB
	Files   int   // how many files: 20,000
	Ratio   int64 // how much larger than the archive its content may be: 100
	Nodes   int   // JSON values of one file: 20,000,000
}

func (l Limits) withDefaults() Limits {
	l.Archive = orDefault(l.Archive, 256<<20)
	l.Total = orDefault(l.Total, 1<<30)
	l.File = orDefault(l.File, 256<<20)
	l.Files = orDefault(l.Files, 20_000)
	l.Ratio = orDefault(l.Ratio, 100)
	l.Nodes = orDefault(l.Nodes, 20_000_000)
	return l
}

func orDefault[T int | int64](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}

// Package is what was read: the resources in the order of their file names.
type Package struct {
	Name      string
	Resources []Resource
	Ignored   int      // resources of other types
	Sum       [32]byte // of the names and the bytes of the files used
}

// Resource is a canonical resource with the file it stands in.
type Resource struct {
	canonical.Resource
	File string // of the package: package/CodeSystem-x.json
}

// Read reads a package from a .tgz file or a folder. The error is a
// *mapping.Error whose path names the package, the file and the place in it.
func Read(name string, limits Limits) (*Package, error) {
	limits = limits.withDefaults()
	info, err := os.Stat(name)
	if err != nil {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "cannot be opened; expected a FHIR package (.tgz) or a folder", Err: err}
	}
	r := &reader{limits: limits, files: map[string]string{}}
	switch {
	case info.IsDir():
		err = r.folder(name)
	case !info.Mode().IsRegular():
		err = irregular("")
	default:
		err = r.archive(name, info.Size())
	}
	if err != nil {
		return nil, within(name, err)
	}
	return r.parse(name)
}

// irregular refuses a pipe or a device: nobody knows when it ends.
func irregular(name string) error {
	return &mapping.Error{Kind: mapping.Structure, Path: name, Message: "is no regular file"}
}

// within puts the name of the package before the path of a fault.
func within(name string, err error) error {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return &mapping.Error{Kind: mapping.Structure, Path: name, Message: "cannot be read", Err: err}
	}
	located := *e
	located.Path = strings.TrimSuffix(name+": "+e.Path, ": ")
	return &located
}

// reader collects the JSON files of one package within its limits.
type reader struct {
	limits Limits
	files  map[string]string // text by name
	seen   int
	total  int64
}

// take counts a file and decides whether it is read: only JSON directly in the
// folder of the package, not its manifest nor its index.
func (r *reader) take(name string, size int64) (bool, error) {
	r.seen++
	r.total += size
	switch base := path.Base(name); {
	case r.seen > r.limits.Files:
		return false, tooMuch("", "more files than the limit of %d", int64(r.limits.Files))
	case r.total > r.limits.Total:
		return false, tooMuch("", "more than %d bytes in all its files", r.limits.Total)
	case path.Ext(name) != ".json", base == "package.json", strings.HasPrefix(base, "."):
		return false, nil
	case size > r.limits.File:
		return false, tooMuch(name, "longer than %d bytes", r.limits.File)
	}
	return true, nil
}

// folder reads the .json files of DIR/package, or of DIR where there is none.
func (r *reader) folder(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	below := "."
	if info, err := root.Stat("package"); err == nil && info.IsDir() {
		below = "package"
	}
	entries, err := fs.ReadDir(root.FS(), below)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := path.Join(below, entry.Name())
		info, err := root.Stat(name) // what a link leads to, if that is inside
		if err != nil {
			return &mapping.Error{Kind: mapping.Security, Path: name, Message: "is a link that leads nowhere or out of the folder", Err: err}
		}
		if info.IsDir() {
			continue
		}
		if wanted, err := r.take(name, info.Size()); err != nil || !wanted {
			if err != nil {
				return err
			}
			continue
		}
		if !info.Mode().IsRegular() {
			return irregular(name)
		}
		text, err := root.ReadFile(name)
		if err != nil {
			return &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "cannot be read", Err: err}
		}
		r.files[name] = string(text)
	}
	return nil
}

// parse reads every file collected. A file that is no JSON refuses the package,
// also where its resource would not be used.
func (r *reader) parse(name string) (*Package, error) {
	p := &Package{Name: filepath.Base(name)}
	sum := sha256.New()
	names := make([]string, 0, len(r.files))
	for file := range r.files {
		names = append(names, file)
	}
	slices.Sort(names)
	for _, file := range names {
		res, used, err := parseFile(r.files[file], r.limits)
		if err != nil {
			return nil, within(name, within(file, err))
		}
		if !used {
			p.Ignored++
			continue
		}
		sum.Write([]byte(file + "\x00" + r.files[file] + "\x00"))
		p.Resources = append(p.Resources, Resource{res, file})
	}
	sum.Sum(p.Sum[:0])
	if err := Distinct(p); err != nil {
		return nil, err
	}
	return p, nil
}

// parseFile reads one resource, if it is of a type that is used.
func parseFile(text string, l Limits) (canonical.Resource, bool, error) {
	d, err := tree.Parse(text, tree.Limits{Bytes: int(l.File), Nodes: l.Nodes})
	if err != nil {
		return canonical.Resource{}, false, err
	}
	switch d.Text(d.Child(d.Root(), "resourceType")) {
	case "CodeSystem", "ValueSet", "ConceptMap":
	default:
		return canonical.Resource{}, false, nil
	}
	res, err := canonical.Parse(d, d.Root())
	return res, err == nil, err
}

// Distinct refuses two resources of one type, url and version, naming both
// files.
func Distinct(packages ...*Package) error {
	seen := map[string]string{}
	for _, p := range packages {
		for _, r := range p.Resources {
			h := r.Header()
			key, place := h.Type+" "+h.Canonical(), p.Name+": "+r.File
			if other, ok := seen[key]; ok {
				return &mapping.Error{Kind: mapping.Invalid, Path: place, Message: key + " stands in " + other + " already"}
			}
			seen[key] = place
		}
	}
	return nil
}
