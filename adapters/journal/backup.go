package journal

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	lib "modernc.org/sqlite/lib"

	"tolk/mapping"
)

// Backup writes the journal as it is at one moment into the new file path,
// while accepting goes on. The keys are not in it, and are kept elsewhere. A
// backup still has the wrapped keys of what is erased later: keep it no longer
// than bodies are kept.
func (j *Journal) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return &mapping.Error{Kind: mapping.Invalid, Message: "the file of the backup exists; expected a new one"}
	}
	c, err := connectFile(filepath.Join(j.dir, fileName), j.options.VFS)
	if err != nil {
		return err
	}
	defer c.close()
	unfinished := path + ".part"
	os.Remove(unfinished)
	defer os.Remove(unfinished)
	// SQLite makes the file as the process makes files; it is to be the owner's
	// from its first byte.
	f, err := os.OpenFile(unfinished, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return &mapping.Error{Kind: mapping.Invalid, Message: "the file of the backup cannot be made", Err: err}
	}
	defer f.Close()
	if err := c.exec(`VACUUM INTO ?`, unfinished); err != nil {
		return class(err)
	}
	if err := checkCopy(unfinished); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Rename(unfinished, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// checkCopy reads a backup back, and leaves it as it is.
func checkCopy(path string) error {
	c, err := connect(path, "", lib.SQLITE_OPEN_READONLY)
	if err != nil {
		return err
	}
	defer c.close()
	switch mark, err := c.number("PRAGMA application_id"); {
	case err != nil:
		return err
	case mark != application:
		return noBackup("it is no backup of a journal")
	}
	return whole(c)
}

// noBackup refuses a file that Backup did not write.
func noBackup(why string) error {
	return &mapping.Error{Kind: mapping.Invalid, Message: why + "; expected a file that tolk backup wrote"}
}

// Where the head of a file of SQLite says how it is written, and what it says
// where the newest rows stand in a log beside it.
// Source: https://www.sqlite.org/fileformat2.html#file_format_version_numbers
const (
	headLength = 100
	writtenAs  = 18
	withLog    = 2
)

// proveBackup refuses what no backup is: the file of a journal, too, which would
// be restored without what came last.
func proveBackup(f *os.File) error {
	head := make([]byte, headLength)
	switch _, err := f.ReadAt(head, 0); {
	case err != nil, !bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return noBackup("it is no backup of a journal")
	case head[writtenAs] == withLog:
		return noBackup("it is the file of a journal, and not whole without those beside it")
	}
	return nil
}

// Restore makes the folder dir a journal from a backup. Returns an error when
// there is a journal in it, or where the file is no backup. What the backup did not
// have yet is not in it: senders that were acknowledged since must be asked to send
// again.
func Restore(ctx context.Context, backup, dir string) error {
	text, err := os.Open(backup)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &mapping.Error{Kind: mapping.NotFound, Message: "no such file", Err: err}
	case err != nil:
		return &mapping.Error{Kind: mapping.Invalid, Message: "the file of the backup cannot be read", Err: err}
	}
	defer text.Close()
	if err := proveBackup(text); err != nil {
		return err
	}
	if err := checkCopy(backup); err != nil {
		return class(err)
	}
	if err := makeDir(dir); err != nil {
		return err
	}
	target := filepath.Join(dir, fileName)
	out, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return &mapping.Error{Kind: mapping.Invalid, Message: "the folder has a journal already, or cannot be written", Err: err}
	}
	_, err = out.ReadFrom(text)
	if err == nil && runtime.GOOS != "windows" {
		err = out.Sync()
	}
	if e := out.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		os.Remove(target)
		return err
	}
	return syncDir(dir)
}
