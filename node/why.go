package node

import (
	"strconv"
	"strings"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/node/work"
)

// events are the words of the audit that the journal and people's own differ in.
var events = map[string]string{
	"accepted": "accept",
	"released": "release",
}

// eventOf is what happened in the words of exchange.Step.
func eventOf(event string) string {
	if word, ok := events[event]; ok {
		return word
	}
	return event
}

// happened are the sentences for what happens to a message, where no code says
// more.
var happened = map[string]string{
	"accepted":     "the message is durable, and its sender was told so",
	"duplicate":    "the sender sent it again and got the first answer again; nothing was stored twice",
	"conflict":     "the sender used its identifiers for something else, which was refused",
	"refused":      "a submission was refused",
	callRefused:    "a call was refused at the door",
	callsRefused:   "more calls were refused at the door than have a row each",
	"attempt":      "an attempt begins",
	"waiting":      "it waits to be sent for the first time",
	"sending":      "an attempt is under way",
	"retry":        "it is sent again later",
	"dead":         "no attempt will help; a person must decide",
	"held":         "it may not be sent; a person must decide",
	"delivered":    "the receiver has it",
	"acknowledged": "the receiver answered it",
	"interrupted":  "the node ended during the attempt; it is sent again with the same identifiers",
	"rerun":        "a person had it sent again",
	"released":     "a person took it out; it is not sent",
	"erase":        "its content was taken away for good, and its key with it",
	"fetch":        "the receiver fetched it from its mailbox",
	"read":         "somebody read it",
	"search":       "somebody looked for the messages about a citizen",
	"audit":        "somebody read the audit",
	"configured":   "another configuration is in force",
}

// reasons are the sentences for the codes: why something is where it is. One that
// a receiver or a person may add to has its own words beside it.
var reasons = map[string]string{
	// of the journal
	journal.ContentDiffers:  "the same identifiers came with other content, or for another receiver",
	journal.BundleReused:    "its Bundle.id, or the identifier of its envelope, was used for another message",
	journal.HeaderSeen:      "its MessageHeader.id came before in another Bundle",
	journal.BothSeen:        "both identifiers came before, and the channel does not answer a repeated message",
	journal.TransportReused: "the Idempotency-Key was used for another message",
	journal.IdsOfTwo:        "its identifiers belong to two different messages",
	journal.InMailbox:       "it lies ready in the mailbox and waits to be fetched",
	journal.NotTaken:        "it was fetched from the mailbox, and nobody said that it arrived; it lies ready again",
	journal.NoMailbox:       "it lay in a mailbox that the receiver has no more, and is sent as the configuration says now",
	"interrupted":           "the node ended during the attempt",
	"acknowledged":          "the receiver acknowledged it",
	"erased":                "its content was erased",
	"retention":             "the time that content is kept was up",
	"request":               "a person had it erased",
	"ok":                    "the receiver accepted it",
	"transient-error":       "the receiver could not take it now and says that the same may be sent again",
	"fatal-error":           "the receiver does not take it, and will not take the same again",
	// of the mailbox
	taken:   "the receiver fetched it and said that it arrived",
	fetched: "the receiver fetched it and has not said yet that it arrived",
	// of a person
	byHand: "a person decided it",
	// of what is sent over a network or into a folder
	deliver.NoAnswer:       "the receiver was not reached, or did not answer in time",
	deliver.Known:          "the receiver has it already",
	deliver.Unauthorized:   "the receiver refuses our access token, a fresh one too",
	deliver.Redirected:     "the receiver says that it is elsewhere; messages go only where the configuration says",
	deliver.Expired:        "it was tried for as long as the configuration says",
	deliver.Untrusted:      "the receiver and the node do not trust each other's certificate",
	deliver.NoToken:        "the receiver's token endpoint gave no access token",
	deliver.TokenRefused:   "the receiver's token endpoint refuses us",
	deliver.Unacknowledged: "the receiver took it, and what it said of it is no acknowledgement of this message",
	deliver.Refused:        "the receiver answered with success, and says in it that it does not take the message",
	deliver.Written:        "it lies in the folder of the receiver",
	deliver.Conflict:       "the folder of the receiver has another file under the same name",
	deliver.NoFolder:       "the folder of the receiver is not there, or cannot be written",
	deliver.DiskFull:       "the disk of the receiver's folder is full",
	"not-configured":       "the receiver cannot be called as the configuration has it",
	deliver.Forbidden:      "the name of the receiver leads to an address that it may not stand at",
	// of what stops it before it is sent
	work.TranslationRefused: "it cannot be translated to the receiver's form as it is",
	work.TranslationFault:   "its translation met a fault of the gateway",
	work.TranslationTimeout: "its translation took longer than it may",
	work.CheckNotMet:        "it does not meet what the receiver's table demands",
	work.CheckUnknown:       "the table of what the receiver demands is not here",
	work.PrivateContent:     "it has content marked as private, which may not go to the social side by this route",
	work.PrivateUnknown:     "it cannot be read whether it has content marked as private",
	work.ResidueRefused:     "something in it has no place in the receiver's form, and the route refuses that",
	work.ResidueNoPlace:     "something is to be attached that the receiver's form has no place for",
	work.EnvelopeRefused:    "it cannot be put into the receiver's envelope",
	work.TooLarge:           "it is larger than the receiver takes",
	work.MapsUnknown:        "the version of the mappings that is demanded is not here",
	work.Corrupt:            "what is stored is not what was accepted; it is never sent",
	work.Shutdown:           "the node was stopped while it was to be sent",
	work.ReceiverGone:       "the receiver is not in the configuration any more",
	work.NotReadable:        "its key did not answer; it is tried again",
	"not-stored":            "what is to be sent could not be stored; it is tried again",
	// of what was refused at the door: the kinds of FHIR's issues
	string(mapping.Structure):    "it is not well-formed",
	string(mapping.Invalid):      "it is not what is taken here",
	string(mapping.Required):     "something is missing",
	string(mapping.Value):        "an element has a value that it may not have",
	string(mapping.CodeInvalid):  "a word is in none of the tables",
	string(mapping.NotFound):     "it leads nowhere",
	string(mapping.NotSupported): "it is not recognised, or not done here",
	string(mapping.TooLong):      "it is larger than what is taken",
	string(mapping.BusinessRule): "a person must settle something first",
	string(mapping.Exception):    "it met a fault of the gateway",
	string(mapping.Security):     "it is not allowed",
	string(mapping.Timeout):      "it took longer than it may",
	// of what is read
	"original":    "as it was sent",
	"translation": "as its receiver gets it",
	"ledger":      "the fate of every field",
	escrowPart:    "what the receiver's form has no place for, out of escrow",
	"residue":     "what the receiver's form has no place for",
	"answer":      "what its receiver said",
}

// The codes that are the node's own.
const (
	taken = "taken" // a letter arrived
	// A letter was given out, and nobody said yet that it arrived.
	fetched = "fetched"
	byHand  = "by-hand" // on a person's word, and his own why beside it
)

// sentence says in words what happened and why; the code itself where nobody
// knows more, as of a configuration's version.
func sentence(event, code string) string {
	said, ok := reasons[code]
	switch {
	case code == journal.InMailbox, code == journal.NotTaken, code == fetched:
		return said // nobody sends it: it is fetched
	case code == "", event == callRefused: // its row says why
		return happened[event]
	case ok:
		return join(happened[event], said)
	case strings.HasPrefix(code, "http-"):
		return join(happened[event], answered(strings.TrimPrefix(code, "http-")))
	}
	return join(happened[event], code)
}

// toldSender says what the node itself told the sender of a message.
func toldSender(code string) string {
	if code == "ok" {
		return "the node told its sender, in an acknowledgement, that the receiver has it"
	}
	return "the node told its sender, in an acknowledgement, that it was not delivered and why"
}

func join(event, reason string) string {
	if event == "" {
		return reason
	}
	return event + ": " + reason
}

// answered says what a status of HTTP means for a message.
func answered(status string) string {
	n, _ := strconv.Atoi(status)
	meaning := "refuses the message"
	switch {
	case n >= 200 && n < 300:
		meaning = "took it"
	case n == 408 || n == 429 || n >= 500:
		meaning = "cannot take it now"
	case n == 401 || n == 403:
		meaning = "does not let us in"
	case n == 404 || n == 410:
		meaning = "has no such place"
	}
	return "the receiver answered " + status + ": it " + meaning
}
