package web

import (
	"io/fs"
	"path"
	"slices"

	"tolk/mapping/example"
)

// workedExample is a fixture that is built in, as the reference runs it.
type workedExample struct {
	example.Example
	input string
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
		e := workedExample{Example: example.In(path.Dir(file))}
		text, err := fs.ReadFile(cases, file)
		if err != nil || e.Read(cases) != nil {
			continue
		}
		e.input = string(text)
		all = append(all, e)
	}
	return all
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
