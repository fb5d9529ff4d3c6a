package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"tolk/adapters/pack"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/maps"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
)

// overlay is a folder whose mappings are in force, over what is built in or
// instead of it.
type overlay struct {
	dir   string
	files fs.FS
	sum   string      // of what is in it
	site  *rules.Site // whose overrides they are; nil where they are whole maps
}

// overridesUsage says what --overrides takes.
const overridesUsage = "folder of a site's own rows and rules (site.yaml, *.csv, rules.yaml) over those built in"

// overridesFlag adds --overrides, which may also stand in the environment.
func overridesFlag(f *pflag.FlagSet, into *string) {
	*into = os.Getenv(variable("overrides"))
	f.Var(&oneFolder{into: into}, "overrides", overridesUsage)
	f.Lookup("overrides").DefValue = ""
}

// oneFolder is a flag that may be given once: which of two sites goes before the
// other is not ours to say.
type oneFolder struct {
	into  *string
	given bool
}

func (o *oneFolder) String() string {
	if o.into == nil {
		return ""
	}
	return *o.into
}

func (o *oneFolder) Type() string { return "DIR" }

func (o *oneFolder) Set(dir string) error {
	if o.given {
		return usageError("one folder only; rows of two sites are put together in one, where each is judged beside the other")
	}
	*o.into, o.given = dir, true
	return nil
}

// wireOver builds the core with the overrides in a folder, which may be none.
func wireOver(overrides, organisations string) (*core, error) {
	if overrides == "" {
		return wire(organisations)
	}
	if kind := kindOf(overrides); kind != sitesFolder {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: overrides, Message: "expected a folder with site.yaml" + near(overrides, kind)}
	}
	return wireWith(overrides, organisations)
}

// wireWith builds the core from the mappings of a source: empty or "embedded" for
// those that are built in; a folder of overrides (site.yaml), a whole folder of
// maps (index.csv), in place of those built in, or a folder of FHIR packages as
// --content takes. The errors name their places from where the command runs.
func wireWith(source, organisations string) (*core, error) {
	if source == "" || source == embeddedMappings {
		return wire(organisations)
	}
	switch kindOf(source) {
	case sitesFolder:
		return wireOverrides(source, organisations)
	case mapsFolder:
		return wireMaps(source, organisations)
	case packagesFolder:
		return wirePackages(source, organisations)
	case noFolder:
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: source, Message: absent(source) + "; " + mappingSources + mapping.Meant(source, []string{embeddedMappings})}
	}
	return nil, &mapping.Error{Kind: mapping.Invalid, Path: source, Message: "no folder of mappings; " + mappingSources}
}

// near says what is in place of a folder of overrides: nothing, or where one is.
func near(dir string, kind folderKind) string {
	if kind == noFolder {
		return "; " + absent(dir)
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		name := e.Name()
		if inside := filepath.Join(dir, name); e.IsDir() && kindOf(inside) == sitesFolder {
			return "; " + inside + " is one"
		}
		if lower := strings.ToLower(name); lower == "site.yml" || lower == "site.yaml" {
			return "; it has " + name + mapping.Meant(name, []string{"site.yaml"})
		}
	}
	return ""
}

// absent says why a folder cannot be read.
func absent(dir string) string {
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return "it is a file"
	case err == nil, errors.Is(err, fs.ErrPermission):
		return "the folder cannot be read"
	}
	return "there is no such folder"
}

// mappingSources says what mappings may be taken from.
const mappingSources = "expected embedded, a folder with site.yaml (overrides), with index.csv (maps), or with FHIR packages or .json files"

// The kinds of folders that mappings are in.
type folderKind int

const (
	noFolder folderKind = iota
	otherFolder
	sitesFolder
	mapsFolder
	packagesFolder
)

// kindOf tells by its files what a folder has in it.
func kindOf(dir string) folderKind {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return noFolder
	}
	kind := otherFolder
	for _, e := range entries {
		_, inside := os.Stat(filepath.Join(dir, e.Name(), "package.json"))
		_, packed := os.Stat(filepath.Join(dir, e.Name(), "package", "package.json"))
		switch name := e.Name(); {
		case name == "site.yaml":
			return sitesFolder
		case name == "index.csv":
			kind = mapsFolder
		case strings.HasPrefix(name, "."):
		case kind == otherFolder && (strings.HasSuffix(name, ".tgz") || filepath.Ext(name) == ".json" || inside == nil || packed == nil):
			kind = packagesFolder
		}
	}
	return kind
}

// wireOverrides puts a site's rows and rules over those that are built in.
func wireOverrides(dir, organisations string) (*core, error) {
	over, err := readOverlay(dir)
	if err != nil {
		return nil, err
	}
	site, err := rules.ReadSite(over.files)
	if err == nil {
		err = onlyOverrides(over.files)
	}
	if err != nil {
		return nil, below(dir, err)
	}
	over.site = &site
	c, err := assemble(tables{maps: maps.FS, rules: maps.FS, complete: maps.FS, fields: maps.FS, overlay: over}, organisations)
	return c, below(dir, err)
}

// rows are the site's rows, for the terminology.
func (o *overlay) rows() terminology.Overrides {
	return terminology.Overrides{Site: o.site.Site, Version: o.site.Version, Tables: o.files}
}

// onlyOverrides refuses what a site may not state otherwise, so that nobody
// believes it in force.
func onlyOverrides(files fs.FS) error {
	var list rules.List
	refuse := func(name, message string) {
		list = append(list, &mapping.Error{Kind: mapping.NotSupported, Path: name, Message: message})
	}
	for _, folder := range []string{"fields", "complete", "receivers"} {
		if info, err := fs.Stat(files, folder); err == nil && info.IsDir() {
			refuse(folder, "cannot be overridden; expected rows (*.csv named as the maps) and document rules (rules.yaml)"+instead[folder])
		}
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return &mapping.Error{Kind: mapping.NotFound, Path: ".", Message: "the folder cannot be read", Err: err}
	}
	for _, e := range entries {
		name := e.Name()
		ext := filepath.Ext(name)
		stem := strings.TrimSuffix(name, ext)
		switch lower := strings.ToLower(ext); {
		case e.IsDir() || strings.HasPrefix(name, "."):
		case lower == ".csv" && ext != lower:
			refuse(name, "is not read so; did you mean "+stem+".csv?")
		case (lower == ".yml" || lower == ".yaml") && ext != ".yaml":
			refuse(name, "is not read so; did you mean "+stem+".yaml?")
		case ext == ".yaml" && name != "site.yaml" && name != "rules.yaml":
			refuse(name, "cannot be overridden as a file; expected its rules one by one in rules.yaml"+mapping.Meant(name, []string{"rules.yaml"}))
		}
	}
	if len(list) > 0 {
		return list
	}
	return nil
}

// instead says what there is in place of overriding a folder.
var instead = map[string]string{"receivers": "; --receivers takes a folder of what receivers demand"}

// wireMaps takes a whole folder of maps in place of those that are built in. The
// rules and the folders complete and fields are those built in where it has none.
func wireMaps(dir, organisations string) (*core, error) {
	over, err := readOverlay(dir)
	if err != nil {
		return nil, err
	}
	from := tables{maps: over.files, rules: maps.FS, complete: maps.FS, fields: maps.FS, overlay: over}
	for pattern, into := range map[string]*fs.FS{"*.yaml": &from.rules, "complete/*.yaml": &from.complete, "fields/*.yaml": &from.fields} {
		if names, err := fs.Glob(over.files, pattern); err == nil && len(names) > 0 {
			*into = over.files
		}
	}
	c, err := assemble(from, organisations)
	return c, below(dir, err)
}

// wirePackages puts the concept maps of FHIR packages before those that are built
// in.
func wirePackages(dir, organisations string) (*core, error) {
	c, err := wire(organisations)
	if err != nil {
		return nil, err
	}
	packages, err := pack.Folder(dir, pack.Limits{})
	if err != nil {
		return nil, err
	}
	embedded, err := c.embedded()
	if err != nil {
		return nil, err
	}
	content, err := c.content(builtFrom().version, embedded, packages)
	if err != nil {
		return nil, err
	}
	gateway, ok := content.Translator.(*document.Gateway)
	if !ok {
		return nil, &mapping.Error{Kind: mapping.Exception, Path: dir, Message: "the content translates no documents"}
	}
	c.terms, c.gateway = content.Terminology, gateway
	c.overlay = &overlay{dir: dir, sum: content.Tag}
	return c, nil
}

// readOverlay sums up what is in a folder of mappings.
func readOverlay(dir string) (*overlay, error) {
	over := &overlay{dir: dir, files: dirFS(dir)}
	sum := sha256.New()
	for _, pattern := range []string{"*.csv", "*.yaml", "*/*.yaml"} {
		names, err := fs.Glob(over.files, pattern)
		if err != nil {
			return nil, &mapping.Error{Kind: mapping.NotFound, Path: dir, Message: "the folder cannot be read", Err: err}
		}
		for _, name := range names {
			text, err := fs.ReadFile(over.files, name)
			if err != nil {
				message := "the file cannot be read"
				if errors.Is(err, errNoFile) {
					message = errNoFile.Error()
				}
				return nil, &mapping.Error{Kind: mapping.NotFound, Path: filepath.Join(dir, name), Message: message, Err: err}
			}
			fmt.Fprintf(sum, "%q %d\n%s\n", name, len(text), text)
		}
	}
	over.sum = hex.EncodeToString(sum.Sum(nil)[:8])
	return over, nil
}

// below names the places in errors about the files of a folder from where the
// command runs. Other places (ffb-fhir, a rule by its name) stay as they are.
func below(dir string, err error) error {
	var list rules.List
	switch e := err.(type) {
	case nil:
		return nil
	case rules.List:
		list = e
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			var fault *mapping.Error
			if errors.As(one, &fault) {
				list = append(list, fault)
			}
		}
	case *mapping.Error:
		list = rules.List{e}
	}
	if len(list) == 0 {
		return err
	}
	named := make(rules.List, len(list))
	for i, e := range list {
		at := *e
		if file, _, _ := strings.Cut(at.Path, ":"); isTable(file) {
			at.Path = filepath.Join(dir, at.Path)
		}
		named[i] = &at
	}
	if len(named) == 1 {
		return named[0]
	}
	return named
}

// isTable reports whether a place begins with the name of a file of mappings.
func isTable(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".yaml", ".yml":
		return true
	}
	return name == "fields" || name == "complete" || name == "receivers"
}

// String says whose overrides are in force, or which folder.
func (o *overlay) String() string {
	if o.site == nil {
		return o.dir + " (" + o.sum + ")"
	}
	return o.site.String() + " (" + o.dir + ", " + o.sum + ")"
}

// named names the overrides for the log, empty where there are none.
func (o *overlay) named() string {
	if o == nil || o.site == nil {
		return ""
	}
	return o.site.String()
}
