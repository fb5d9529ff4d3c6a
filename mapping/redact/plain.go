package redact

import (
	"strings"
	"sync"

	"tolk/mapping/tree"
	"tolk/schemas"
)

// planned is what the schemas of the plain form state: which members there are, and
// of each the words it may say.
var planned = sync.OnceValue(func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, document := range schemas.Documents() {
		text, err := schemas.FS.ReadFile(document + ".schema.json")
		if err != nil {
			panic("redact: " + err.Error()) // it is part of the program
		}
		d, err := tree.Parse(string(text), tree.Limits{})
		if err != nil {
			panic("redact: " + err.Error())
		}
		members(d, d.Root(), all)
	}
	return all
})

// members collects the members that a schema states, everywhere in it.
func members(d *tree.Doc, n tree.ID, all map[string]map[string]bool) {
	if of := d.Child(n, "properties"); of != tree.None && d.Kind(of) == tree.Object {
		for c := d.First(of); c != tree.None; c = d.Next(c) {
			name := d.Key(c)
			if all[name] == nil {
				all[name] = map[string]bool{}
			}
			words(d, c, all[name], 0)
		}
	}
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		members(d, c, all)
	}
}

// words collects the words that a member may say, also through a reference.
func words(d *tree.Doc, n tree.ID, all map[string]bool, depth int) {
	if depth > 6 || d.Kind(n) != tree.Object {
		return
	}
	for _, key := range []string{"enum", "const", "items", "anyOf", "oneOf", "allOf"} {
		c := d.Child(n, key)
		switch {
		case c == tree.None:
		case d.Kind(c) == tree.String:
			all[d.Text(c)] = true
		case d.Kind(c) == tree.Object:
			words(d, c, all, depth+1)
		default:
			for e := d.First(c); e != tree.None; e = d.Next(e) {
				if d.Kind(e) == tree.String {
					all[d.Text(e)] = true
				}
				words(d, e, all, depth+1)
			}
		}
	}
	if name, ok := strings.CutPrefix(d.Text(d.Child(n, "$ref")), "#/$defs/"); ok {
		words(d, d.Find(d.Root(), "$defs", name), all, depth+1)
	}
}

// plain redacts a node of the plain form, which is the member name or stands in it.
func (w *walk) plain(n tree.ID, name string) error {
	switch w.d.Kind(n) {
	case tree.Object, tree.Array:
		for c := w.d.First(n); c != tree.None; c = w.d.Next(c) {
			member := name
			if w.d.Kind(n) == tree.Object {
				member = w.d.Key(c)
				w.key(c)
			}
			if err := w.plain(c, member); err != nil {
				return err
			}
		}
	case tree.Number:
		_, known := planned()[name]
		w.long(n, known)
	case tree.String:
		return w.member(n, name)
	}
	return nil
}

// systems are the code systems that the plain form names in a word.
var systems = map[string]string{"ffb": "urn:oid:1.2.208.176.2.22", "fsiii": "urn:oid:1.2.208.176.2.21", "sks": "urn:oid:1.2.208.176.2.4.12",
	"icpc2": "urn:oid:1.2.208.176.2.31", "snomed": "http://snomed.info/sct"}

// member redacts a string of the plain form by the member it is.
func (w *walk) member(n tree.ID, name string) error {
	text := w.d.Text(n)
	if planned()[name][text] || name == "system" && systems[text] != "" {
		return nil
	}
	object := w.d.Parent(n)
	for w.d.Kind(object) == tree.Array {
		object = w.d.Parent(object)
	}
	above := ""
	if up := w.d.Parent(object); up != tree.None {
		above = w.d.Key(object)
		if w.d.Kind(up) == tree.Array {
			above = w.d.Key(up)
		}
	}
	c, ok := classes["plain"][above+"/"+name]
	if !ok {
		c = classes["plain"][name]
	}
	of := w.coding(object)
	of.System, of.Code = w.d.Text(w.child(object, "system")), w.d.Text(w.child(object, "kode"))
	if known, ok := systems[of.System]; ok {
		of.System = known
	}
	switch c {
	case "":
		c = denied
		if _, known := planned()[name]; known {
			c = free
		}
	case coded:
		if w.codeOf(of) {
			return nil
		}
		w.replace(n, w.identifier(text), Code)
		return nil
	case display:
		of.Display = text
		w.mention(text)
		if w.Official != nil && w.codeOf(of) && w.Official(of) {
			w.keeps[text] = true
			return nil
		}
		c = free
	case mentioned:
		w.mention(text)
		c = free
	case birth:
		number := ""
		for _, m := range []string{"cpr", "xecpr"} {
			if found := w.d.Text(w.child(object, m)); found != "" && number == "" {
				number = found
			}
		}
		return w.birth(n, number)
	}
	return w.as(n, c)
}
