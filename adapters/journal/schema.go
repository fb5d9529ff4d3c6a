package journal

import (
	"fmt"

	"tolk/mapping"
)

// application marks a file as a journal of tolk, in SQLite's application_id.
const application = 0x746f6c6b // "tolk"

// schemas are the steps from an empty file to today's tables; step n makes
// version n, which SQLite's user_version holds. A step that was released is not
// changed: another one follows it.
//
// What the sender wrote stands nowhere in plain: identifiers are keyed hashes
// (mac), contents are sealed. Plain are our own words and the names of the
// configuration: tenant, sender, channel, document, destination, route.
var schemas = [][]string{{
	`CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID`,
	// The key of each tenant for what outlives a message: answers and audit.
	`CREATE TABLE tenant(name TEXT PRIMARY KEY, keyid TEXT NOT NULL, wrapped BLOB NOT NULL) WITHOUT ROWID`,
	// One row for each accepted message. wrapped is the key of the message:
	// without it nothing sealed for the message can be read. Its deliveries have
	// the numbers from delivery on. Messages about a citizen are found through
	// the audit, so that an accept costs one place in one index less.
	`CREATE TABLE message(
		seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, accepted INTEGER NOT NULL,
		tenant TEXT NOT NULL, sender TEXT NOT NULL, channel TEXT NOT NULL, document TEXT NOT NULL,
		route TEXT NOT NULL, version TEXT NOT NULL,
		bundle BLOB, header BLOB, transport BLOB, content BLOB NOT NULL, patient BLOB,
		keyid TEXT, wrapped BLOB, sealed BLOB, audit INTEGER NOT NULL,
		delivery INTEGER NOT NULL, deliveries INTEGER NOT NULL)`,
	`CREATE TABLE body(message INTEGER, part TEXT, at INTEGER NOT NULL, sealed BLOB NOT NULL,
		PRIMARY KEY(message, part))`,
	// The identifiers seen, by their hash; message is the one that had it first.
	`CREATE TABLE inbox(mac BLOB PRIMARY KEY, message INTEGER NOT NULL) WITHOUT ROWID`,
	// The answer that is sent again to a duplicate.
	`CREATE TABLE ack(message INTEGER PRIMARY KEY, at INTEGER NOT NULL, sealed BLOB NOT NULL)`,
	// head marks the first open delivery of its patient at its destination, and
	// every one without a patient: only these may be attempted.
	`CREATE TABLE delivery(
		seq INTEGER PRIMARY KEY, message INTEGER NOT NULL, destination TEXT NOT NULL, patient BLOB,
		state INTEGER NOT NULL, head INTEGER NOT NULL, at INTEGER NOT NULL, wait INTEGER NOT NULL,
		attempts INTEGER NOT NULL, broken INTEGER NOT NULL, code TEXT NOT NULL, changed INTEGER NOT NULL)`,
	`CREATE INDEX delivery_due ON delivery(destination, state, at, seq) WHERE head=1 AND state<=1`,
	`CREATE INDEX delivery_lane ON delivery(destination, patient, seq) WHERE patient IS NOT NULL AND state<=4`,
	`CREATE INDEX delivery_stuck ON delivery(state, destination, seq) WHERE state BETWEEN 2 AND 4`,
	`CREATE TABLE attempt(
		delivery INTEGER, number INTEGER, started INTEGER NOT NULL, ended INTEGER,
		state INTEGER, code TEXT, sealed BLOB, PRIMARY KEY(delivery, number)) WITHOUT ROWID`,
	`CREATE TABLE audit(
		seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, event TEXT NOT NULL, code TEXT NOT NULL, tenant TEXT NOT NULL,
		message TEXT NOT NULL, destination TEXT NOT NULL, patient BLOB, sealed BLOB, hash BLOB NOT NULL)`,
	`CREATE INDEX audit_message ON audit(message)`,
	`CREATE INDEX audit_patient ON audit(patient, seq) WHERE patient IS NOT NULL`,
}, {
	// What was sent under which identifier (their hash), so that what answers it
	// is known, and which message answers which.
	`CREATE TABLE sent(mac BLOB, delivery INTEGER, PRIMARY KEY(mac, delivery)) WITHOUT ROWID`,
	`CREATE INDEX sent_delivery ON sent(delivery)`,
	`CREATE TABLE answered(message INTEGER, answer INTEGER, PRIMARY KEY(message, answer)) WITHOUT ROWID`,
	`CREATE INDEX answered_answer ON answered(answer)`,
	// What may be used once, such as the identifier of an assertion.
	`CREATE TABLE used(mac BLOB PRIMARY KEY, client TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID`,
	`CREATE INDEX used_client ON used(client)`,
	`CREATE INDEX used_until ON used(until)`,
	// Letters in a mailbox are found, and passed over, without reading past them.
	`DROP INDEX delivery_due`,
	`CREATE INDEX delivery_due ON delivery(destination, state, (` + isLetter + `), at, seq) WHERE head=1 AND state<=1`,
}}

// migrate brings the file to the newest version, each step in one transaction.
// A file of a newer tolk, or of another program, is refused.
func migrate(c *conn) error {
	version, err := known(c)
	if err != nil {
		return err
	}
	for n := version; n < int64(len(schemas)); n++ {
		steps := append([]string{"BEGIN IMMEDIATE"}, schemas[n]...)
		steps = append(steps, fmt.Sprintf("PRAGMA application_id=%d", application),
			fmt.Sprintf("PRAGMA user_version=%d", n+1), "COMMIT")
		if err := c.script(steps...); err != nil {
			return err
		}
	}
	return nil
}

// known returns the version of a journal, and refuses one that this program does not
// read.
func known(c *conn) (int64, error) {
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return 0, err
	}
	mark, err := c.number("PRAGMA application_id")
	switch {
	case err != nil:
		return 0, err
	case version > 0 && mark != application:
		return 0, &mapping.Error{Kind: mapping.Invalid, Message: "the file is a database of another program, not a journal"}
	case version > int64(len(schemas)):
		return 0, &mapping.Error{Kind: mapping.NotSupported, Message: fmt.Sprintf(
			"the journal has version %d, written by a newer tolk; this one reads up to %d", version, len(schemas))}
	}
	return version, nil
}
