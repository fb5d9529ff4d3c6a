package journal

import (
	"context"
	"errors"
	"regexp"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// A file is checked before it is used where that takes a second or two, and
// beside its use where it is larger; the journal stops then when it is found to
// be damaged. Whether the indexes say what the tables say takes several times as
// long as whether the trees are whole.
const (
	checkFirst  = 1 << 30  // bytes of a file whose trees are checked before
	agreesFirst = 64 << 20 // and whose indexes are
)

// tables are those that are checked. The bodies, by far the largest, are left out
// unless all is wanted: each of them answers for itself when it is opened.
var tables = []string{"meta", "tenant", "message", "inbox", "ack", "delivery", "attempt", "audit", "sent", "answered", "used"}

func fileSize(c *conn) (int64, error) {
	pages, err := c.number("PRAGMA page_count")
	return pages * pageSize, err
}

// checkNow checks a file that is not used yet, as far as there is time. An index
// that does not say what its table says is made anew: the tables are the truth.
func (j *Journal) checkNow(ctx context.Context, c *conn) error {
	size, err := fileSize(c)
	if err != nil || size > checkFirst {
		return err
	}
	how := trees
	if size <= agreesFirst {
		how = indexes
	}
	wrong, err := disagreeing(ctx, c, how, tables)
	if err != nil || len(wrong) == 0 {
		return err
	}
	if err := reindex(c, wrong); err != nil {
		return err
	}
	j.tellReindexed(wrong)
	return mended(disagreeing(ctx, c, how, tables))
}

// mended is the error for tables whose indexes are wrong though they were made
// anew.
func mended(wrong []string, err error) error {
	if err == nil && len(wrong) > 0 {
		err = damaged(wrong[0])
	}
	return err
}

func damaged(table string) error {
	return corrupt("the journal's file is damaged in the table "+table, nil)
}

// checkLater checks the rest beside the use of the file.
func (j *Journal) checkLater(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-j.quit:
			stop()
		case <-ctx.Done():
		}
	}()
	wrong, err := j.checkRest(ctx)
	if err == nil && len(wrong) > 0 {
		err = j.submit(ctx, &job{alone: true, size: small, do: func(x *tx) error { return reindex(x.conn, wrong) }})
		if err == nil {
			j.tellReindexed(wrong)
			err = mended(j.checkRest(ctx))
		}
	}
	if errors.Is(err, ErrCorrupt) {
		j.submit(ctx, &job{alone: true, size: small, do: func(*tx) error { return &fault{lib.SQLITE_CORRUPT, "check"} }})
	}
}

// checkRest does what checkNow leaves, on a reader, and returns the tables whose
// indexes are wrong.
func (j *Journal) checkRest(ctx context.Context) (wrong []string, err error) {
	err = j.ask(ctx, func(c *conn) error {
		size, err := fileSize(c)
		if err != nil || size <= agreesFirst {
			return err
		}
		j.checks.Store(c)
		defer j.checks.Store(nil)
		wrong, err = disagreeing(ctx, c, indexes, tables)
		return err
	})
	return wrong, err
}

// leaveOff ends the check beside the use, which may take long.
func (j *Journal) leaveOff() {
	if c := j.checks.Load(); c != nil {
		tls := libc.NewTLS()
		defer tls.Close()
		lib.Xsqlite3_interrupt(tls, c.db)
	}
}

// What SQLite is asked about a table: whether its trees are whole, or also whether
// its indexes say what it says.
const (
	trees   = "quick_check"
	indexes = "integrity_check"
)

// ofIndex is what SQLite says of an index that does not say what its table says;
// the table is whole then.
var ofIndex = regexp.MustCompile(`^(row \d+ missing from index|wrong # of entries in index|row \d+ values differ from index|non-unique entry in index) `)

// disagreeing asks SQLite about tables, and returns those of which an index is
// wrong. The error is ErrCorrupt where one is damaged itself.
func disagreeing(ctx context.Context, c *conn, how string, tables []string) (wrong []string, err error) {
	for _, table := range tables {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		index := false
		err := c.query("PRAGMA "+how+"('"+table+"')", nil, func(r row) error {
			said := r.text(0)
			if of := ofIndex.MatchString(said); of {
				index = true
			} else if said != "ok" {
				return damaged(table)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if index {
			wrong = append(wrong, table)
		}
	}
	return wrong, nil
}

// reindex makes the indexes of tables anew. One that cannot be, as two rows have
// what only one may, is damage of the table.
func reindex(c *conn, tables []string) error {
	for _, table := range tables {
		err := c.exec("REINDEX " + table)
		if primary(err) == lib.SQLITE_CONSTRAINT {
			return damaged(table)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) tellReindexed(tables []string) {
	j.options.Log.Error("indexes of the journal did not say what its tables say, and were made anew", "tables", tables)
}

// Check reads the whole file and reports ErrCorrupt when SQLite finds a page
// that is not whole, or an index that is wrong.
func (j *Journal) Check(ctx context.Context) error {
	return j.ask(ctx, whole)
}

// whole is Check of a file that is open.
func whole(c *conn) error {
	return mended(disagreeing(context.Background(), c, trees, append(tables[:len(tables):len(tables)], "body")))
}
