package transcript

import "tolk/mapping/ledger"

// Join is the account of two steps as one, from the first document to the last;
// there may be none before.
func Join(before, written *Written) *Written {
	if before == nil {
		return written
	}
	l := ledger.Compose(before.Ledger, written.Ledger, before.Raws(), written.Raws())
	return &Written{Doc: before.Doc, Output: written.Output, Ledger: l, Raws: written.Raws}
}
