package main

import (
	"errors"
	"io/fs"
	"os"
)

// regular is what os.DirFS is, without what is no regular file: a pipe or a device that
// has the name of a table is not waited for.
type regular struct{ files fs.FS }

var errNoFile = errors.New("no regular file")

func dirFS(dir string) fs.FS { return regular{os.DirFS(dir)} }

// Open opens a file or a folder.
func (f regular) Open(name string) (fs.File, error) {
	info, err := fs.Stat(f.files, name)
	if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errNoFile}
	}
	if err != nil {
		return nil, err
	}
	return f.files.Open(name)
}
