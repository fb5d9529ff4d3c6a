package plain

import (
	"tolk/mapping"
	"tolk/mapping/tree"
)

// twice are the ids of a correspondence that stand where they cannot: of two
// segments, of two messages, or of a message that answers itself. Nobody could tell
// then which of them is meant, and who said what.
func (t *thread) twice() (faults Faults) {
	d := t.Doc
	unique := func(seen map[string]bool, n tree.ID, danish, english string) {
		id := d.Text(n)
		if id != "" && seen[id] {
			faults = append(faults, Fault{Kind: mapping.Invalid, Path: d.Path(n), node: n, Danish: danish, English: english})
		}
		seen[id] = true
	}
	segments := map[string]bool{}
	for _, list := range []string{"beskeder", "bilag"} {
		for _, s := range listOf(d, d.Child(t.root, list)) {
			unique(segments, d.Child(s, "id"),
				"en anden besked eller et andet bilag har det samme id; hver del af tråden har sit eget",
				"another text or attachment has the same id; expected one of its own for each")
		}
	}
	own := d.Child(t.root, "meddelelse")
	messages := map[string]bool{d.Text(own): true}
	for _, m := range listOf(d, d.Child(t.root, "forloeb")) {
		unique(messages, d.Child(m, "meddelelse"),
			"en anden meddelelse i tråden har det samme id",
			"another message of the thread has the same id")
	}
	unique(map[string]bool{d.Text(own): true}, d.Child(t.root, "paa"),
		"meddelelsen svarer på sig selv; skriv id på den, der svares på",
		"the message answers itself; expected the id of the one it answers")
	return faults
}
