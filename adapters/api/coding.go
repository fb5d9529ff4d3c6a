package api

import (
	"errors"
	"strings"

	"tolk/mapping"
	"tolk/mapping/terminology"
)

// source returns the codings that an operation is asked about: those of one of
// code with system, a Coding, or a CodeableConcept, and where they stand.
func source(args arguments, complex ...string) ([]mapping.Coding, string, error) {
	var given []string
	var codings []mapping.Coding
	path := ""
	if _, ok := args.find("code"); ok {
		given = append(given, "code")
		codings = []mapping.Coding{{System: args.text("system"), Version: args.text("version"), Code: args.text("code")}}
	}
	for _, name := range complex {
		if arg, ok := args.find(name); ok {
			given = append(given, name)
			codings, path = arg.codings, arg.path
		}
	}
	accepted := "accepted: code with system, " + strings.Join(complex, ", ")
	switch {
	case len(given) == 0:
		return nil, "", badParameter(mapping.Required, "code", "nothing is asked about; "+accepted)
	case len(given) > 1:
		return nil, "", badParameter(mapping.Invalid, given[1], "given beside "+given[0]+"; "+accepted+", one of them")
	case given[0] == "code" && args.text("system") == "":
		return nil, "", badParameter(mapping.Required, "system", "required with code")
	case given[0] != "code" && args.text("system")+args.text("version") != "":
		return nil, "", badParameter(mapping.Invalid, "system", "system and version go with code; a Coding has its own")
	}
	return codings, path, nil
}

// systemVersion refuses a coding of another release than the one here.
func systemVersion(t *terminology.Terminology, c mapping.Coding) error {
	s, ok := t.CodeSystem(c.System)
	if !ok || c.Version == "" || c.Version == s.Version {
		return nil
	}
	return &mapping.Error{Kind: mapping.NotFound, Path: "Coding.version", Message: "unknown version of " + s.Name + "; accepted: " + s.Version}
}

// relocate puts the path of an error of the terminology into what the caller
// sent: a Coding at a path, or parameters of their own.
func relocate(err error, path string) error {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	switch rest, ok := strings.CutPrefix(e.Path, "Coding."); {
	case ok && path == "":
		moved.Path = rest
	case ok:
		moved.Path = path + "." + rest
	case e.Path == "target":
		moved.Path = "targetsystem"
	}
	return &moved
}
