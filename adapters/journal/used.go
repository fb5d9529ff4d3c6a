package journal

import (
	"context"
	"time"

	"tolk/mapping"
)

// usedEach is how many identifiers of one client are remembered at a time: a
// client that asks without end stops itself and nobody else.
const usedEach = 10_000

// Once reports whether a client uses an identifier for the first time, and
// remembers it until a moment: as of an assertion that is good for one token
// (RFC 7523 §3, jti). Of two equal uses exactly one is the first, also when the
// node was started anew between them. What is past its moment already counts as
// used. Returns ErrBusy when the client has used too many.
func (j *Journal) Once(ctx context.Context, client, id string, until time.Time) (first bool, err error) {
	if err := named("client", client, true); err != nil {
		return false, err
	}
	if id == "" {
		return false, &mapping.Error{Kind: mapping.Required, Path: "id", Message: "the identifier is missing"}
	}
	mac, err := j.hash(ctx, own, "used", client, id)
	if err != nil {
		return false, err
	}
	return told(ctx, j, func(x *tx) (bool, error) { return x.once(mac, client, until.UnixMilli()) })
}

func (x *tx) once(mac []byte, client string, until int64) (bool, error) {
	// The longest-lived of what was forgotten: a clock that jumps ahead and back
	// opens no gap.
	horizon, err := x.number(`SELECT coalesce(max(value), 0) FROM meta WHERE name='used'`)
	if err != nil {
		return false, err
	}
	seen, err := x.number(`SELECT count(*) FROM used WHERE mac=?`, mac)
	if err != nil || seen > 0 || until <= horizon || until <= x.now {
		return false, err
	}
	many, err := x.number(`SELECT count(*) FROM (SELECT 1 FROM used WHERE client=? AND until>? LIMIT ?)`, client, x.now, usedEach)
	if err != nil {
		return false, err
	}
	if many >= usedEach {
		return false, busy(nil)
	}
	gone, err := x.number(`SELECT coalesce(max(until), 0) FROM (SELECT until FROM used WHERE until<=? ORDER BY until LIMIT 100)`, x.now)
	if err == nil && gone > 0 {
		if err = x.exec(`DELETE FROM used WHERE until<=?`, gone); err == nil {
			err = x.exec(`INSERT OR REPLACE INTO meta VALUES('used', ?)`, max(gone, horizon))
		}
	}
	if err == nil {
		err = x.exec(`INSERT INTO used VALUES(?,?,?)`, mac, client, until)
	}
	return err == nil, err
}
