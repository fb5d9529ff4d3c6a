package journal

import (
	"context"
	"os"
	"path/filepath"
	"runtime"

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

// checkCopy reads a backup back.
func checkCopy(path string) error {
	c, err := connectFile(path, "")
	if err != nil {
		return err
	}
	defer c.close()
	return whole(c)
}

// Restore makes the folder dir a journal from a backup. Returns an error when
// there is a journal in it. What the backup did not have yet is not in it:
// senders that were acknowledged since must be asked to send again.
func Restore(ctx context.Context, backup, dir string) error {
	if err := checkCopy(backup); err != nil {
		return class(err)
	}
	if err := makeDir(dir); err != nil {
		return err
	}
	text, err := os.Open(backup)
	if err != nil {
		return err
	}
	defer text.Close()
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
