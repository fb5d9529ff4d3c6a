package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tolk/adapters/journal"
	"tolk/mapping"
)

// audited is what tolk audit verify and head answer.
type audited struct {
	Rows int64  `json:"rows"`
	Head string `json:"head"`
}

// verified walks the audit. A head that was kept outside must be on the way.
func verified(ctx context.Context, j *journal.Journal, kept string) (audited, error) {
	head, err := parseHead(kept)
	if err != nil {
		return audited{}, err
	}
	now, err := j.Verify(ctx, head)
	return audited{now.Seq, now.String()}, err
}

// parseHead reads a head as it is written; the empty one is none.
func parseHead(text string) (h journal.Head, err error) {
	if text == "" {
		return h, nil
	}
	seq, sum, _ := strings.Cut(strings.TrimSpace(text), ":")
	h.Seq, err = strconv.ParseInt(seq, 10, 64)
	b, hexed := hex.DecodeString(sum)
	if err != nil || hexed != nil || h.Seq < 1 || copy(h.Hash[:], b) != len(h.Hash) || len(b) != len(h.Hash) {
		return journal.Head{}, &mapping.Error{Kind: mapping.Invalid, Path: "head", Message: "expected a head as tolk audit head writes it"}
	}
	return h, nil
}

// headOf is the newest row of the audit, which is read to its end for it.
func headOf(ctx context.Context, j *journal.Journal) (audited, error) {
	return verified(ctx, j, "")
}

// backedUp writes a backup, after the audit says who had it written.
func backedUp(ctx context.Context, j *journal.Journal, who, path string) (any, error) {
	err := j.Remark(ctx, journal.Remark{Event: "backup", Tenant: ownTenant, Audit: journal.Audit{Actor: who}})
	if err != nil {
		return nil, err
	}
	return nil, j.Backup(ctx, path)
}

// journalSays is an answer of the journal in words.
func journalSays(err error) string {
	for _, one := range []struct {
		err  error
		says string
	}{
		{journal.ErrNotFound, "there is no such message"},
		{journal.ErrFull, "the disk is full"},
		{journal.ErrStopped, "the journal stopped; the node must be started again"},
		{journal.ErrCorrupt, "the journal is not as it was written"},
		{journal.ErrBusy, "the journal is busy; try again"},
		{journal.ErrErased, "the content was erased"},
		{context.Canceled, "it was broken off"},
	} {
		if errors.Is(err, one.err) {
			return one.says
		}
	}
	return "it did not succeed"
}

// inWordsOf makes an error of the journal one that can be told.
func inWordsOf(err error) error {
	var e *mapping.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return &mapping.Error{Kind: mapping.Exception, Message: journalSays(err), Err: err}
}

// String tells what was found.
func (a audited) String() string {
	return fmt.Sprintf("%s, unbroken; head %s", count(int(a.Rows), "row", "rows"), a.Head)
}
