package journal

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The witness is a small file beside the journal that says how far its audit
// came, written every second and at the end, and after the end also the checksum
// of the closed file. It knows what the file itself cannot. A bit that turns in
// the write-ahead log of a process that was killed ends SQLite's recovery there,
// and what was committed after it would be gone without a word; so would it be
// when an older copy of the file is put in its place. And a bit that turns in a
// column of a file that lies still can change an order that no key seals.
//
// It never runs ahead of what was synced, and one that is not whole says nothing.
// Who removes it goes on with what is there.
const witnessName = "head"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// witness is what it says.
type witness struct {
	head Head
	file string // the checksum of the closed file; "-" while it is open
}

const unsaid = "-"

// mostSummed is the size of a file that is read whole at its start and end, which
// takes a second at the most.
const mostSummed = 1 << 30

func (s witness) text() string {
	said := s.head.String() + " " + s.file
	return fmt.Sprintf("%s %08x\n", said, crc32.Checksum([]byte(said), castagnoli))
}

// parseWitness reads a witness, and reports whether it is as it was written.
func parseWitness(text string) (s witness, whole bool) {
	var hash string
	var sum uint32
	if n, err := fmt.Sscanf(text, "%d:%64s %8s %08x\n", &s.head.Seq, &hash, &s.file, &sum); n != 4 || err != nil {
		return witness{}, false
	}
	if n, err := hex.Decode(s.head.Hash[:], []byte(hash)); n != len(s.head.Hash) || err != nil {
		return witness{}, false
	}
	if s.text() != text {
		return witness{}, false
	}
	return s, true
}

// recall reads the witness of the last time, the zero one where there is none.
func recall(dir string) (witness, error) {
	text, err := os.ReadFile(filepath.Join(dir, witnessName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return witness{}, err
	}
	s, _ := parseWitness(string(text))
	return s, nil
}

// bear writes the witness. It is no part of what is acknowledged: on a full disk
// the older one stands.
func (w *writer) bear(file string) error {
	path := filepath.Join(w.j.dir, witnessName)
	err := os.WriteFile(path+".new", []byte(witness{w.state.head, file}.text()), 0o600)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		w.borne = w.state.head
	}
	return err
}

// bearOn writes the witness of a journal in use, if there is something new to say.
func (w *writer) bearOn() {
	if w.broken == nil && w.borne != w.state.head {
		_ = w.bear(unsaid) // the next time, then
	}
}

// bearLast writes the witness of a closed file, all of which lies in it.
func (w *writer) bearLast(whole bool) {
	sum := unsaid
	if whole && w.j.options.VFS == "" {
		if said, err := sumFile(filepath.Join(w.j.dir, fileName)); err == nil {
			sum = said
		}
	}
	_ = w.bear(sum) // without it the older one stands, which says less
}

// sumFile returns the checksum of a file, unsaid for one too large to be read at
// every start.
func sumFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := crc32.New(castagnoli)
	n, err := io.Copy(sum, io.LimitReader(f, mostSummed+1))
	if err != nil || n > mostSummed {
		return unsaid, err
	}
	return fmt.Sprintf("%08x", sum.Sum32()), nil
}

// unchanged compares a closed file with its witness, before it is opened.
func (j *Journal) unchanged() error {
	s, err := recall(j.dir)
	if err != nil || s.file == "" || s.file == unsaid || j.options.VFS != "" {
		return err
	}
	path := filepath.Join(j.dir, fileName)
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return nil // it was used since
	}
	found, err := sumFile(path)
	if err == nil && found != s.file && found != unsaid {
		err = otherwise("its file is not the one that was closed")
	}
	return err
}

// confirm compares what is in the file with the witness of the last time, and
// takes back what it said of the closed file: it is about to be written.
func (w *writer) confirm() error {
	s, err := recall(w.j.dir)
	if err != nil {
		return err
	}
	if s.head.Seq > 0 {
		found := Head{Seq: s.head.Seq}
		_, err := w.one(`SELECT hash FROM audit WHERE seq=?`, []any{s.head.Seq}, func(r row) { copy(found.Hash[:], r.blob(0)) })
		if err == nil && found != s.head {
			err = otherwise(fmt.Sprintf("row %d of its audit was written, and now %d is the last", s.head.Seq, w.state.head.Seq))
		}
		if err != nil {
			return err
		}
	}
	if s.file == "" || s.file == unsaid {
		return nil
	}
	if err := w.bear(unsaid); err != nil { // on a full disk
		if err := os.Remove(filepath.Join(w.j.dir, witnessName)); err != nil {
			return err
		}
	}
	return syncDir(w.j.dir)
}

func otherwise(how string) error {
	return corrupt("the journal is not what it was: "+how+"; it is damaged, or an older one was put in its place. "+
		"Restore a backup, or remove the file "+witnessName+" from the data folder to go on with what is there", nil)
}
