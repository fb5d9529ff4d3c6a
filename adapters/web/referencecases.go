package web

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/rules"
)

// workedExample is a fixture that is built in, as the reference runs it.
type workedExample struct {
	Name        string // its folder: tilstande/ffb-to-fsiii/spise-niveau-2
	Description string
	request     document.Request
	table       []document.Organisation
	input       string
}

// Case is the last part of the name, for people.
func (e workedExample) Case() string { return path.Base(e.Name) }

// exampleOptions is case.yaml, as the tests of the fixtures read it.
type exampleOptions struct {
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

// examplesIn lists the worked examples of one folder, DOCUMENT/FROM-to-TO. What
// cannot be read is no example: the tests of the fixtures say so.
func examplesIn(cases fs.FS, folder string) []workedExample {
	if cases == nil {
		return nil
	}
	found, err := fs.Glob(cases, folder+"/*/input.*")
	if err != nil {
		return nil
	}
	slices.Sort(found)
	var all []workedExample
	for _, file := range found {
		e := workedExample{Name: path.Dir(file)}
		var told exampleOptions
		text, err := fs.ReadFile(cases, file)
		if err != nil {
			continue
		}
		if _, err := fs.Stat(cases, e.Name+"/case.yaml"); err == nil && rules.Decode(cases, e.Name+"/case.yaml", &told) != nil {
			continue
		}
		e.input = string(text)
		e.request.Document, _, _ = strings.Cut(folder, "/")
		e.request.From, e.request.To, _ = strings.Cut(path.Base(folder), "-to-")
		e.take(told)
		all = append(all, e)
	}
	return all
}

func (e *workedExample) take(o exampleOptions) {
	e.Description = o.Description
	e.request.Areas, e.request.Accept, e.request.Strict, e.request.Now = o.Areas, o.Accept, o.Strict, o.Now
	e.request.Sender, e.request.Receiver = o.Sender, o.Receiver
	for _, row := range o.Organisations {
		e.table = append(e.table, document.Organisation{KOMBIT: row.KOMBIT, SOR: row.SOR})
	}
}

// exampleFolders lists the folders that have worked examples: DOCUMENT/FROM-to-TO.
func exampleFolders(cases fs.FS) []string {
	if cases == nil {
		return nil
	}
	found, err := fs.Glob(cases, "*/*-to-*")
	if err != nil {
		return nil
	}
	slices.Sort(found)
	return found
}

// exampleCounts counts the worked examples of each folder, without reading them.
func exampleCounts(cases fs.FS) map[string]int {
	counts := map[string]int{}
	if cases == nil {
		return counts
	}
	found, err := fs.Glob(cases, "*/*-to-*/*/input.*")
	if err != nil {
		return counts
	}
	for _, file := range found {
		counts[path.Dir(path.Dir(file))]++
	}
	return counts
}
