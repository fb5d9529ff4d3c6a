package main

import (
	"context"
	"time"

	"tolk/adapters/api"
	"tolk/fixtures"
	"tolk/mapping/document"
)

// testArchive runs the cases in an archive that somebody sends: one after the
// other, so that he has one place among the translations.
func testArchive(ctx context.Context, t document.Translator, ask api.Testing) ([]byte, error) {
	return fixtures.RunArchive(ask.Archive, t, fixtures.ArchiveRun{
		Limits: fixtures.ArchiveLimits{Bytes: ask.Bytes}, Only: ask.Run, JUnit: ask.JUnit, Now: time.Now, Ended: ctx.Err,
	})
}
