package main

import (
	"slices"

	"tolk/mapping/tree"
)

// derivedOfThread are the fields of a correspondence that come back though its
// sender left them out: ids that were derived, which segments a message adds, where
// an attachment stands, and that a new text is written for the sender.
var derivedOfThread = []string{"korrespondanceId", "meddelelse", "dele", "id", "efterBesked", "forfatter", "organisation"}

// asSaid takes out of a correspondence what its source left out and was derived.
func (v *value) asSaid(source *value) {
	if v.kind == tree.Array {
		for i := range min(len(v.kids), len(source.kids)) {
			v.kids[i].asSaid(source.kids[i])
		}
		return
	}
	v.kids = slices.DeleteFunc(v.kids, func(k *value) bool {
		if source.member(k.key) != nil || !slices.Contains(derivedOfThread, k.key) {
			return false
		}
		return k.key != "forfatter" || len(k.kids) == 1 && k.kids[0].key == "organisation"
	})
	for _, k := range v.kids {
		if said := source.member(k.key); said != nil {
			k.asSaid(said)
		}
	}
}
