package main

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
)

// readParties reads --sender and --receiver.
func readParties(from, to map[string]string) (sender, receiver document.Party, err error) {
	for _, party := range []struct {
		who string
		of  map[string]string
	}{{"sender", from}, {"receiver", to}} {
		if err := knownOf(party.who, party.of); err != nil {
			return sender, receiver, err
		}
		for _, f := range document.PartyFields() {
			if f.Who == party.who {
				*f.Of(&sender, &receiver) = party.of[f.Key]
			}
		}
	}
	return sender, receiver, nil
}

// knownOf refuses a key that may not be said of a sender or a receiver: who writes is
// the sender's.
func knownOf(who string, of map[string]string) error {
	var keys, others []string
	for _, f := range document.PartyFields() {
		if f.Who == who {
			keys = append(keys, f.Key)
		} else {
			others = append(others, f.Key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(of)) {
		switch {
		case slices.Contains(keys, key) && strings.TrimSpace(of[key]) == "":
			return usageError("--" + who + " " + key + ": given without a value; expected " + partyUsage(who))
		case slices.Contains(keys, key):
		case slices.Contains(others, key):
			return usageError("--" + who + ": " + key + " is the sender's; a message goes to an organisation, expected " + partyUsage(who))
		default:
			return usageError("--" + who + " " + key + ": expected " + partyUsage(who) + mapping.Meant(key, keys))
		}
	}
	return nil
}

// partyUsage is what a sender or a receiver takes, as it is written: sor=NUMBER and so
// on.
func partyUsage(who string) string {
	var all []string
	for _, f := range document.PartyFields() {
		if f.Who == who {
			all = append(all, f.Key+"="+f.Value)
		}
	}
	return strings.Join(all, ",")
}

// flagged is what the core refuses of what is asked, by the flags that said it.
func flagged(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range joined.Unwrap() {
			all = append(all, flagged(one))
		}
		return errors.Join(all...)
	}
	var e *mapping.Error
	if !errors.As(err, &e) {
		return err
	}
	flag := "--" + e.Path
	for _, f := range document.PartyFields() {
		if f.Name() == e.Path {
			flag = "--" + f.Who + " " + f.Key
		}
	}
	return usageError(flag + ": " + e.Message)
}
