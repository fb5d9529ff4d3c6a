package deliver

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// uuid is a message's identifier as the journal writes it.
var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// noTrace is what the identifier of a trace must not be.
const noTrace = "00000000000000000000000000000000"

// traceparent is the header of that name (https://www.w3.org/TR/trace-context/,
// version 00) for what is sent on account of a message; empty where its identifier
// is no UUID. The trace has the message's identifier, and the span is the first of
// it: adapters/telemetry makes the spans of the node under the same two.
func traceparent(message string) string {
	id := strings.ReplaceAll(message, "-", "")
	if !uuid.MatchString(message) || id == noTrace {
		return ""
	}
	first := sha256.Sum256([]byte(message))
	return "00-" + id + "-" + hex.EncodeToString(first[:8]) + "-01"
}
