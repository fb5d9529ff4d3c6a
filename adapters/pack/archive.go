package pack

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"tolk/mapping"
)

func tooMuch(name, format string, limit int64) error {
	return &mapping.Error{Kind: mapping.TooLong, Path: name, Message: fmt.Sprintf(format, limit)}
}

// errRatio ends an inflation that gives too much for what it was given.
var errRatio = errors.New("the content is larger than the ratio allows")

// archive reads the files of the folder package in a .tgz. Nothing is written
// anywhere, so that a name that leads out of the folder could do no harm; the
// archive is refused all the same, because nobody makes such a one by accident.
func (r *reader) archive(name string, size int64) error {
	if size > r.limits.Archive {
		return tooMuch("", "the archive is longer than %d bytes", r.limits.Archive)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	inflated, err := gzip.NewReader(io.LimitReader(f, r.limits.Archive))
	if err != nil {
		return &mapping.Error{Kind: mapping.Structure, Message: "is not gzip; expected a FHIR package (.tgz) or a folder"}
	}
	// A small archive may be all repetition without being a bomb.
	bounded := &bound{from: inflated, left: max(size*r.limits.Ratio, 1<<20)}
	files := tar.NewReader(bounded)
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return r.broken("", err)
		}
		if err := r.member(h, files); err != nil {
			return err
		}
	}
}

// member reads one file of an archive, if it is wanted.
func (r *reader) member(h *tar.Header, content io.Reader) error {
	switch h.Typeflag {
	case tar.TypeReg:
	case tar.TypeDir, tar.TypeXGlobalHeader:
		return r.count()
	default:
		return &mapping.Error{Kind: mapping.Security, Path: printable(h.Name), Message: "is neither a file nor a folder"}
	}
	name := path.Clean(h.Name)
	if path.IsAbs(h.Name) || name == ".." || strings.HasPrefix(name, "../") || strings.ContainsAny(h.Name, "\\\x00") {
		return &mapping.Error{Kind: mapping.Security, Path: printable(h.Name), Message: "a name that leads out of the package"}
	}
	wanted, err := r.take(name, h.Size)
	if err != nil || !wanted || path.Dir(name) != "package" {
		return err
	}
	if _, twice := r.files[name]; twice {
		return &mapping.Error{Kind: mapping.Invalid, Path: printable(name), Message: "stands twice in the archive"}
	}
	var text strings.Builder
	if _, err := io.Copy(&text, io.LimitReader(content, r.limits.File)); err != nil {
		return r.broken(name, err)
	}
	r.files[name] = text.String()
	return nil
}

// count counts a member that holds nothing.
func (r *reader) count() error {
	_, err := r.take("", 0)
	return err
}

// broken is the error of an archive that cannot be read to its end.
func (r *reader) broken(name string, err error) error {
	if errors.Is(err, errRatio) {
		return tooMuch(printable(name), "inflates to more than %d times the archive", r.limits.Ratio)
	}
	return &mapping.Error{Kind: mapping.Structure, Path: printable(name), Message: "the archive is cut off or is no .tgz"}
}

// bound reads until more comes than may.
type bound struct {
	from io.Reader
	left int64
}

func (b *bound) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errRatio
	}
	return n, err
}

// printable keeps a name that somebody else wrote out of the way of a log.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == 0xfffd {
			return '?'
		}
		return r
	}, name)
	if len(name) > 120 {
		name = strings.ToValidUTF8(name[:120], "") + "…"
	}
	return name
}
