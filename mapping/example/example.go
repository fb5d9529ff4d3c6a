// Package example reads what the folder of a worked example says of it: its name,
// and case.yaml. The fixtures are run by it, and the pages show them by it.
package example

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/rules"
)

// Inputs are the names that the document of an example may have, Options that of the
// file with why the example exists and what its caller asks for.
var Inputs = []string{"input.json", "input.xml", "input.txt"}

// Options is the name of that file.
const Options = "case.yaml"

// Example is a worked example without its documents.
type Example struct {
	Name        string // its folder: tilstande/ffb-to-fsiii/spise-niveau-2
	Description string // one line: why it exists
	Request     document.Request
	// Language is the one a refusal is told in, where there is more than one.
	Language string
	// Organisations is the table of holding organisations it is run with.
	Organisations []document.Organisation
}

// options is case.yaml.
type options struct {
	Description   string         `yaml:"description"`
	Areas         []mapping.Area `yaml:"areas"`
	Accept        []string       `yaml:"accept"`
	Strict        bool           `yaml:"strict"`
	Language      string         `yaml:"language"`
	Now           time.Time      `yaml:"now"`
	Sender        document.Party `yaml:"sender"`
	Receiver      document.Party `yaml:"receiver"`
	Organisations []struct {
		KOMBIT string `yaml:"kombit"`
		SOR    string `yaml:"sor"`
	} `yaml:"organisations"`
}

// In is the example of a folder, <document>/<from>-to-<to>/<case>, as its name has it.
func In(folder string) Example {
	e := Example{Name: folder}
	e.Request.Document, _, _ = strings.Cut(folder, "/")
	e.Request.From, e.Request.To, _ = strings.Cut(path.Base(path.Dir(folder)), "-to-")
	return e
}

// Title is the last part of the name, for people.
func (e Example) Title() string { return path.Base(e.Name) }

// Read adds what case.yaml says; an example without one says nothing more.
func (e *Example) Read(fsys fs.FS) *mapping.Error {
	file := path.Join(e.Name, Options)
	if _, err := fs.Stat(fsys, file); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var o options
	if err := rules.DecodeForeign(fsys, file, &o); err != nil {
		return err
	}
	if r := o.Receiver; r.Person != "" || r.Role != "" || r.Phone != "" {
		return &mapping.Error{Kind: mapping.Invalid, Path: file, Message: "receiver: expected name, sor and gln; a message goes to an organisation"}
	}
	e.Description, e.Language = o.Description, o.Language
	e.Request.Areas, e.Request.Accept, e.Request.Strict = o.Areas, o.Accept, o.Strict
	e.Request.Now, e.Request.Sender, e.Request.Receiver = o.Now, o.Sender, o.Receiver
	for _, row := range o.Organisations {
		e.Organisations = append(e.Organisations, document.Organisation{KOMBIT: row.KOMBIT, SOR: row.SOR})
	}
	return nil
}
