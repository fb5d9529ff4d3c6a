package deliver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"

	"tolk/mapping"
)

// The words for what comes of a file.
const (
	Written  = "written"
	Conflict = "conflict" // the name is taken by something else
	DiskFull = "disk-full"
	NoFolder = "no-folder" // it cannot be written to
)

// Folder puts each message as a file into a folder that its receiver takes them
// from. A file is there whole or not at all: it is written under a name that
// begins with a dot, made durable, and only then given its own.
type Folder struct {
	name string
	open func() (disk, error)
	last sync.Mutex // between looking for a name and taking it
}

// disk is what a Folder needs of its folder, and file of a file in it. No name of
// theirs leads out of the folder, not by a symbolic link either.
type disk interface {
	Lstat(name string) (fs.FileInfo, error)
	OpenFile(name string, flag int, perm fs.FileMode) (file, error)
	Rename(from, to string) error
	Remove(name string) error
	Close() error
}

type file interface {
	io.ReadWriteCloser
	Sync() error
}

type rooted struct{ *os.Root }

func (r rooted) OpenFile(name string, flag int, perm fs.FileMode) (file, error) {
	f, err := r.Root.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// NewFolder returns the channel to the receiver called name, who takes files from
// a folder. Returns a *mapping.Error when there is no such folder.
func NewFolder(name, path string) (*Folder, error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil, fault(mapping.NotFound, "receivers["+name+"].folder.path", "is no folder: "+path, err)
	}
	// Opened for every message: what was mounted anew is another folder.
	return &Folder{name: name, open: func() (disk, error) {
		r, err := os.OpenRoot(path)
		return rooted{r}, err
	}}, nil
}

// Send puts a message into the folder, under a name made from its identifier. A
// file of that name with the same content is the message itself, from an attempt
// whose end nobody saw; one with another content is left as it is, and the message
// is dead.
func (f *Folder) Send(ctx context.Context, p Parcel) (Verdict, []byte) {
	if ctx.Err() != nil {
		return Verdict{Class: Retry, Code: NoAnswer}, nil
	}
	code, err := f.put(fileName(p), p.Body)
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return Verdict{Class: Retry, Code: DiskFull}, nil
	case err != nil:
		return Verdict{Class: Retry, Code: NoFolder}, nil
	case code == Conflict:
		return Verdict{Class: Dead, Code: Conflict}, nil
	}
	return Verdict{Class: Delivered, Code: code}, nil
}

func (f *Folder) put(name string, body []byte) (code string, err error) {
	in, err := f.open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	sum := sha256.Sum256([]byte(f.name + "\x00" + name))
	temp := ".tolk-" + hex.EncodeToString(sum[:8]) + ".part" // the same again, so that none is left lying
	if err := in.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if code, err = there(in, name, body); code == "" && err == nil {
		if err = write(in, temp, body); err == nil {
			code, err = f.take(in, temp, name, body)
		}
		if err != nil || code != Written {
			in.Remove(temp) // as far as it goes: the next attempt removes it else
		}
	}
	if err != nil || code == Conflict {
		return code, err
	}
	return code, syncFolder(in)
}

// take gives the file its name, unless that is taken.
func (f *Folder) take(in disk, temp, name string, body []byte) (string, error) {
	f.last.Lock()
	defer f.last.Unlock()
	if code, err := there(in, name, body); code != "" || err != nil {
		return code, err
	}
	return Written, in.Rename(temp, name)
}

// there looks for a file: Known has this content, and is durable; Conflict has
// another, or is no file.
func there(in disk, name string, body []byte) (string, error) {
	info, err := in.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular(), info.Size() != int64(len(body)):
		return Conflict, nil
	}
	old, err := in.OpenFile(name, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil // taken just now
	} else if err != nil {
		return "", err
	}
	defer old.Close()
	content, err := io.ReadAll(io.LimitReader(old, info.Size()+1))
	switch {
	case err != nil:
		return "", err
	case !bytes.Equal(content, body):
		return Conflict, nil
	}
	return Known, old.Sync()
}

func write(in disk, name string, body []byte) error {
	out, err := in.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	_, err = out.Write(body)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// syncFolder makes the names in a folder durable. What keeps no folders to be made
// so has nothing to say against it.
func syncFolder(in disk) error {
	d, err := in.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	if err = d.Sync(); errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// fileName is made from the identifier of a message: as it is where it is one of
// ours, and else by its hash, so that no identifier leads anywhere.
func fileName(p Parcel) string {
	name := p.ID
	letters := strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
	if name == "" || len(name) > 100 || letters != "" {
		sum := sha256.Sum256([]byte(name))
		name = "message-" + hex.EncodeToString(sum[:])
	}
	switch {
	case strings.Contains(p.ContentType, "json"):
		return name + ".json"
	case strings.Contains(p.ContentType, "xml"):
		return name + ".xml"
	}
	return name + ".txt"
}

// Close does nothing: a Folder keeps nothing open.
func (f *Folder) Close() {}

// String names the receiver.
func (f *Folder) String() string { return "receiver " + f.name }
