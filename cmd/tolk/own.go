package main

import (
	"strings"

	"tolk/mapping/lens"
	"tolk/mapping/message"
)

const ownUsage = "who answers a message that does not say whom it is for: sor=NUMBER,gln=NUMBER,name=NAME"

// ownParty reads --own: the organisation that answers a message which does not
// say whom it is for. MedCom knows it by both numbers; none is no organisation.
func ownParty(text string) (own message.Party, err error) {
	if text == "" {
		return own, nil
	}
	const expected = "--own: expected sor=NUMBER,gln=NUMBER,name=NAME"
	for part := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "sor":
			own.SOR, err = lens.SOR(value)
		case "gln":
			own.GLN, err = lens.GLN(value)
		case "name":
			own.Name = value
		default:
			return message.Party{}, usageError(expected)
		}
		if err != nil {
			return message.Party{}, usageError("--own: " + key + ": " + err.Error())
		}
	}
	if !own.Known() || own.Name == "" {
		return message.Party{}, usageError(expected)
	}
	return own, nil
}
