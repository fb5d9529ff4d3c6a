package work

import (
	"errors"
	"slices"

	"tolk/adapters/journal"
	"tolk/mapping"
)

// refusal is why a message is not sent to a receiver, before anything was.
type refusal struct {
	state  journal.State // Held, Dead or Retry
	code   string
	text   string // in words, safe anywhere
	reason error  // what the sender is told, where it is more than text; may be nil
}

// The codes of what stops a message before it is sent.
const (
	TranslationRefused = "translation-refused" // the document cannot be translated as it is
	TranslationFault   = "translation-fault"   // the translation met a fault of the gateway
	TranslationTimeout = "translation-timeout" // its time was spent
	CheckNotMet        = "check-not-met"       // the receiver's table says that it may not be sent
	CheckUnknown       = "check-unknown"       // the receiver has a table that is not there
	PrivateContent     = "private-content"     // marked content, and a receiver on the social side
	PrivateUnknown     = "private-unknown"     // it cannot be read whether it has marked content
	ResidueRefused     = "residue-refused"     // something has no place in the receiver's form, and the route refuses that
	ResidueNoPlace     = "residue-no-place"    // it is to be attached to what has no place for it
	EnvelopeRefused    = "envelope-refused"    // it cannot be put into the receiver's envelope
	TooLarge           = "too-large"           // larger than the receiver takes
	MapsUnknown        = "maps-unknown"        // nobody has the version of the mappings that is demanded
	Corrupt            = "corrupt"             // what is stored is not what was accepted
	Shutdown           = "shutdown"            // the node was stopped while it was to be sent
	ReceiverGone       = "receiver-gone"       // the receiver is not in the configuration any more; of an alarm
	NotConfigured      = "not-configured"      // the receiver cannot be called as it is configured
	NotReadable        = "not-readable"        // the keys did not answer
	NotStored          = "not-stored"          // what is to be sent could not be kept first
	Erased             = "erased"              // its content was
)

// Error implements error: the words.
func (r *refusal) Error() string { return r.text }

// Unwrap returns what the sender is told.
func (r *refusal) Unwrap() error { return r.reason }

func held(code, text string) *refusal { return &refusal{state: journal.Held, code: code, text: text} }

// heldBy is held for an error of the core, whose words are safe.
func heldBy(code string, err error) *refusal {
	return &refusal{state: journal.Held, code: code, text: safe(err), reason: err}
}

// safe is the text of an error as far as it is ours: paths and words of the house.
// A foreign one may quote what it read.
func safe(err error) string {
	if err == nil {
		return ""
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		text := ""
		for i, one := range slices.Clip(many.Unwrap()) {
			if i > 0 {
				text += "; "
			}
			if i == 10 {
				return text + "…"
			}
			text += safe(one)
		}
		return text
	}
	var e *mapping.Error
	if errors.As(err, &e) {
		return e.Error()
	}
	for _, known := range []error{journal.ErrBusy, journal.ErrUnknown, journal.ErrFull, journal.ErrStopped, journal.ErrCorrupt, journal.ErrNotFound, journal.ErrState, journal.ErrErased} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	var fault *panicked
	if errors.As(err, &fault) {
		return fault.Error()
	}
	return "an unexpected fault"
}
