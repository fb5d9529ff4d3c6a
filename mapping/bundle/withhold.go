package bundle

import (
	"strconv"

	"tolk/mapping/tree"
)

// mark notes every node that is left out or changed.
func (w *withholder) mark() {
	for e, why := range w.gone {
		w.held[w.Parent(e.Node)] = why
	}
	for _, e := range w.Entries {
		if w.gone[e] != "" {
			continue
		}
		for _, r := range w.leads[e] {
			if why := w.gone[r.to]; why != "" {
				w.held[w.holder(e, r.node)] = why
			}
		}
		w.texts(e)
	}
}

// texts notes what is written in a resource that goes, where something is held:
// texts that name it, and those that nobody can look into.
func (w *withholder) texts(e *Entry) {
	if !w.marked() {
		return
	}
	if narrative := w.Child(e.Node, "text"); narrative != tree.None {
		w.held[narrative] = heldNarrative
	}
	for n, end := e.Node, w.End(e.Node); n < end; n++ {
		switch {
		case w.Kind(n) != tree.String:
		case w.Key(n) == "data" && w.Child(w.Parent(n), "contentType") != tree.None:
			w.held[n] = heldOriginal
		case w.masked(n) != "" && !w.cave(e, n):
			w.held[n] = heldName
		}
	}
}

// holder is what goes out with a reference: the line of the list, the entity of
// the Provenance, or else the Reference.
func (w *withholder) holder(e *Entry, reference tree.ID) tree.ID {
	n := w.Parent(reference)
	for up := n; up != e.Node; up = w.Parent(up) {
		array := w.Parent(up)
		if key := w.Key(array); w.Parent(array) == e.Node && (e.Type == "List" && key == "entry" || e.Type == "Provenance" && key == "entity" || key == "extension") {
			return up
		}
	}
	return n
}

// masked returns a text with the names of held drugs masked, empty if it has
// none.
func (w *withholder) masked(n tree.ID) string {
	masked, found := w.secret.mask(w.Text(n))
	if !found {
		return ""
	}
	return masked
}

// cave reports whether a text is an allergy as told. It goes as it is: that
// nobody gives the drug again weighs more.
func (w *withholder) cave(e *Entry, n tree.ID) bool {
	if e.Type == "AllergyIntolerance" || e.Type == "Flag" || w.Text(w.Child(w.Parent(n), "url")) == Prefix+"cave" {
		return true
	}
	for section := range w.Extension(w.Parent(n), "note-section") {
		return w.Text(w.Child(section, "valueCode")) == "cave"
	}
	return false
}

// appendWithout writes n without what is held back. An element that then holds
// nothing is left out.
func (b *Bundle) appendWithout(out []byte, n tree.ID, w *withholder) []byte {
	switch {
	case w.held[n] == heldName:
		return append(out, tree.Quote(w.masked(n))...)
	case b.First(n) == tree.None:
		return b.Append(out, n)
	}
	object := b.Kind(n) == tree.Object
	open, closing := byte('['), byte(']')
	if object {
		open, closing = '{', '}'
	}
	start := len(out)
	out = append(out, open)
	for c := b.First(n); c != tree.None; c = b.Next(c) {
		if why := w.held[c]; why != "" && why != heldName {
			continue
		}
		before := len(out)
		if before > start+1 {
			out = append(out, ',')
		}
		if object {
			out = append(append(append(out, '"'), b.RawKey(c)...), '"', ':')
		}
		value := len(out)
		if out = w.number(out, n, c); len(out) == value {
			out = b.appendWithout(out, c, w)
		}
		if len(out) == value {
			out = out[:before]
		}
	}
	out = w.add(out, n, start)
	if len(out) == start+1 && n != b.Root() {
		return out[:start]
	}
	return append(out, closing)
}

// number writes how many lines are held back, those before and those now, where
// the list says it already: the extension withheld.
func (w *withholder) number(out []byte, n, c tree.ID) []byte {
	if w.Key(c) != "valueUnsignedInt" || w.Text(w.Child(n, "url")) != Prefix+"withheld" {
		return out
	}
	held := w.lines[w.Parent(w.Parent(n))]
	if held == 0 {
		return out
	}
	before, err := strconv.Atoi(w.Raw(c))
	if err != nil || before < 0 {
		before = 0
	}
	w.held[c] = heldPrivate
	return strconv.AppendInt(out, int64(before+held), 10)
}

// add writes into a List what it does not say yet: how many lines are held
// back, and why it is empty.
func (w *withholder) add(out []byte, n tree.ID, start int) []byte {
	list := n
	if w.Key(n) == "extension" {
		list = w.Parent(n)
	}
	held := w.lines[list]
	if held == 0 {
		return out
	}
	member := func(text string) {
		if len(out) > start+1 {
			out = append(out, ',')
		}
		out = append(out, text...)
	}
	said := false
	for range w.Extension(list, "withheld") {
		said = true
	}
	extension := `{"url":"` + Prefix + `withheld","valueUnsignedInt":` + strconv.Itoa(held) + `}`
	switch {
	case list != n:
		if !said {
			member(extension)
		}
		return out
	case w.Child(n, "extension") == tree.None:
		member(`"extension":[` + extension + `]`)
	}
	if entries := w.Child(n, "entry"); entries != tree.None && w.none(entries) && w.Child(n, "emptyReason") == tree.None {
		member(emptied)
	}
	return out
}

// emptied says why a list has no lines when all of them are held back.
const emptied = `"emptyReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/list-empty-reason","code":"withheld"}],"text":"Alle lægemidler er privatmarkeret og holdt tilbage"}`

// none reports whether every element of an array is held back.
func (w *withholder) none(array tree.ID) bool {
	for c := w.First(array); c != tree.None; c = w.Next(c) {
		if w.held[c] == "" {
			return false
		}
	}
	return true
}
