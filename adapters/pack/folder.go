package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tolk/mapping"
)

// Folder reads a folder of content: every .tgz and every folder in it is a
// package, and the .json files directly in it are one more. What begins with a
// dot is left alone. An empty folder is no content, and no error.
func Folder(dir string, limits Limits) ([]*Package, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: dir, Message: "the folder cannot be read", Err: err}
	}
	var packages []*Package
	loose := false
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		info, err := os.Stat(name) // a link counts as what it leads to
		switch {
		case strings.HasPrefix(entry.Name(), "."):
			continue
		case err != nil:
			return nil, &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "cannot be read", Err: err}
		case info.IsDir(), strings.HasSuffix(entry.Name(), ".tgz"):
			p, err := Read(name, limits)
			if err != nil {
				return nil, err
			}
			packages = append(packages, p)
		case filepath.Ext(entry.Name()) == ".json":
			loose = true
		}
	}
	if loose {
		p, err := Read(dir, limits)
		if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	return packages, Distinct(packages...)
}

// Stamp tells by names, sizes and times of modification whether the content of
// a folder may have changed. It reads no file.
func Stamp(dir string) (string, error) {
	sum := sha256.New()
	var walk func(dir string, depth int) error
	walk = func(dir string, depth int) error {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if strings.HasPrefix(entry.Name(), ".") {
				continue
			}
			name := filepath.Join(dir, entry.Name())
			info, err := os.Stat(name)
			if err != nil {
				return err
			}
			fmt.Fprintf(sum, "%q %d %d %t\n", name, info.Size(), info.ModTime().UnixNano(), info.IsDir())
			if info.IsDir() && depth < 2 { // DIR/a package/package
				if err := walk(name, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk(dir, 0); err != nil {
		return "", &mapping.Error{Kind: mapping.NotFound, Path: dir, Message: "the folder cannot be read", Err: err}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
