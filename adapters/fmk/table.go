package fmk

import (
	"iter"
	"slices"
	"strings"

	"tolk/mapping/tree"
)

// rule says what becomes of one element or attribute of the card.
type rule struct {
	id string
	// at is the way down to it from the element the table is for, by names:
	// Indication/Code, Indication/Code/@date. The text of an element that has
	// attributes is meant by the name of the element.
	at string
	// to is where it goes in the resource: names joined by points. A name with
	// [x] is an array and in it an element that all rules which say x share;
	// with [+] a new element for each. ^name is an extension of ours.
	to  string
	say value  // what it says in words; nil as it stands
	how value  // instead of say: as it will stand in the JSON
	via handle // instead of to: a function for it and all below it
	why string // instead of to: it is left out, and why; of an element, what no other rule takes of it
	use bool   // instead of to: it chose a rule; beside others, where they write nothing
}

// value makes of a text what is written. Where it cannot, expected says what would
// be accepted.
type value func(text string) (raw, expected string)

// handle takes an element with all below it.
type handle func(f *filling, n tree.ID, id string)

// constant is what an object holds when a rule begins it.
type constant struct{ at, key, text string }

// table is a set of rules for one kind of element and the resource it becomes.
type table struct {
	root  *step
	slots []slot       // the first is the resource itself
	none  []tree.OutID // what the slots hold before a rule begins them, the first left out
}

// step is an element or an attribute on the way down.
type step struct {
	kids *kids
	acts []act
	flag bool // it says something by being there
	via  handle
	id   string
	why  string
	use  bool
}

// kids are the steps that go on from one, by name. Every element of a card is looked
// up here, so it is by a hash that looks at three letters.
type kids struct {
	steps []kid // as many as a power of two, at least twice as many as there are
	count int
}

type kid struct {
	name string
	step *step // nil where there is none
}

// place is where a name stands, or belongs.
func (k *kids) place(name string) *kid {
	n, mask := len(name), len(k.steps)-1
	at := n*5 + int(name[0])*3 + int(name[n/2])*7 + int(name[n-1])*19
	for at &= mask; k.steps[at].step != nil && k.steps[at].name != name; at = (at + 1) & mask {
	}
	return &k.steps[at]
}

// add returns the step by a name, a new one if there is none yet.
func (k *kids) add(name string) *step {
	if k.count++; 2*k.count > len(k.steps) {
		before := k.steps
		k.steps = make([]kid, max(4, 2*len(before)))
		for _, known := range before {
			if known.step != nil {
				*k.place(known.name) = known
			}
		}
	}
	at := k.place(name)
	if at.step == nil {
		*at = kid{name, &step{}}
	}
	return at.step
}

// find returns the step by a name, nil if there is none.
func (k *kids) find(name string) *step {
	if k == nil {
		return nil
	}
	return k.place(name).step
}

// act writes one value.
type act struct {
	parent  int // slot
	key, id string
	array   bool  // parent is one, and takes any number
	say     value // nil as it stands
	how     value // instead of say
}

// slot is an object or an array of the resource that rules share.
type slot struct {
	parent    int
	key       string
	array     bool
	constants []constant // as they will stand in the JSON
}

// compile makes a table of rules. A rule that cannot be meant is a bug of ours
// and stops the program at its start.
func compile(rules []rule, constants ...constant) *table {
	t := &table{root: &step{}, slots: []slot{{parent: -1}}}
	index := map[string]int{"": 0}
	for _, r := range rules {
		s := t.root
		for _, name := range strings.Split(r.at, "/") {
			if s.kids == nil {
				s.kids = &kids{}
			}
			s = s.kids.add(name)
		}
		s.id = r.id
		switch {
		case r.via != nil:
			s.via = r.via
		case r.why != "":
			s.why = r.why
		case r.use:
			s.use = true
		case r.to == "":
			panic("fmk: a rule without a target: " + r.id)
		default:
			s.acts = append(s.acts, t.act(r, index, constants))
			if r.how != nil {
				raw, _ := r.how("")
				s.flag = s.flag || raw == "true"
			}
		}
	}
	t.none = slices.Repeat([]tree.OutID{tree.NoOut}, len(t.slots)-1)
	return t
}

// act compiles where a rule writes.
func (t *table) act(r rule, index map[string]int, constants []constant) act {
	steps := strings.Split(r.to, ".")
	a := act{id: r.id, say: r.say, how: r.how}
	place := ""
	for i, s := range steps {
		name, element, many := strings.Cut(strings.TrimSuffix(s, "]"), "[")
		extension, own := strings.CutPrefix(name, "^")
		if own {
			name, element, many = "extension", extension, true
		}
		last := i == len(steps)-1
		if last && !many {
			a.key = name
			break
		}
		if many {
			a.parent = t.slot(index, place, name, true, "", nil)
			place += "." + name
		}
		if last {
			a.array = true
			break
		}
		key := name
		if many {
			key = "[" + element + "]"
		}
		if !own {
			extension = ""
		}
		a.parent = t.slot(index, place, key, false, extension, constants)
		place += "." + key
	}
	return a
}

func (t *table) slot(index map[string]int, place, key string, array bool, extension string, constants []constant) int {
	at := place + "." + key
	if n, ok := index[at]; ok {
		return n
	}
	s := slot{parent: index[place], key: key, array: array}
	if extension != "" {
		s.constants = append(s.constants, constant{key: "url", text: tree.Quote(own + extension)})
	}
	if s.key[0] == '[' {
		s.key = ""
	}
	for _, c := range constants {
		if !array && "."+strings.ReplaceAll(c.at, "[", ".[") == at {
			s.constants = append(s.constants, constant{key: c.key, text: tree.Quote(c.text)})
		}
	}
	t.slots = append(t.slots, s)
	index[at] = len(t.slots) - 1
	return len(t.slots) - 1
}

// filling is one element of the card becoming one resource by a table.
type filling struct {
	*writer
	table *table
	slots []tree.OutID // NoOut until a rule begins it
}

// fill writes what the table says of n into the resource.
func (w *writer) fill(t *table, n tree.ID, resource tree.OutID) {
	begun := len(w.slots)
	w.slots = append(append(w.slots, resource), t.none...)
	if w.depth == len(w.fillings) {
		w.fillings = append(w.fillings, &filling{writer: w})
	}
	f := w.fillings[w.depth] // one for each table in another, to be used again
	f.table, f.slots = t, w.slots[begun:]
	w.depth++
	f.below(n, t.root)
	w.depth--
	w.slots = w.slots[:begun]
}

// below goes through the children of n.
func (f *filling) below(n tree.ID, s *step) {
	c := f.doc.First(n)
	if c != tree.None && f.doc.RawKey(c)[0] == '@' {
		for c := range children(f.doc, n) {
			f.child(c, s)
		}
		return
	}
	for ; c != tree.None; c = f.doc.Next(c) {
		f.child(c, s)
	}
}

// child does with c, which stands in an element, what the step of that says.
func (f *filling) child(c tree.ID, s *step) {
	key := f.doc.RawKey(c)
	if key == tree.TextKey {
		f.leaf(c, s)
		return
	}
	if next := s.kids.find(key); next != nil && (key[0] == '@' || f.ours(c)) {
		f.element(c, next)
	} // else nobody knows it: unclaimed
}

// children yields what stands in an element: its attributes, whose order means
// nothing, in one of ours (the source before its date), and then the rest as it
// comes.
func children(d *tree.Doc, n tree.ID) iter.Seq[tree.ID] {
	return func(yield func(tree.ID) bool) {
		var few [8]tree.ID
		attributes, c := few[:0], d.First(n)
		for ; c != tree.None && strings.HasPrefix(d.RawKey(c), "@"); c = d.Next(c) {
			attributes = append(attributes, c)
		}
		if len(attributes) > 1 && !(len(attributes) == 2 && d.RawKey(attributes[0]) > d.RawKey(attributes[1])) {
			slices.SortFunc(attributes, func(a, b tree.ID) int { return strings.Compare(d.RawKey(b), d.RawKey(a)) })
		}
		for _, a := range attributes {
			if !yield(a) {
				return
			}
		}
		for ; c != tree.None; c = d.Next(c) {
			if !yield(c) {
				return
			}
		}
	}
}

// element does with n what its step says.
func (f *filling) element(n tree.ID, s *step) {
	switch {
	case s.via != nil:
		s.via(f, n, s.id)
	case s.why != "":
		if s.kids != nil {
			f.below(n, s)
		}
		f.tx.Drop(n, s.id, s.why)
	case f.doc.Kind(n) == tree.Object:
		f.below(n, s)
	default:
		f.leaf(n, s)
	}
}

// leaf writes a text where the rules of its step say.
func (f *filling) leaf(n tree.ID, s *step) {
	text := f.doc.Text(n)
	if !s.flag && blank(text) {
		f.tx.Drop(n, "fmk.empty", "it holds nothing")
		return
	}
	written := false
	for i := range s.acts {
		written = f.write(n, text, &s.acts[i]) || written
	}
	switch {
	case written || len(s.acts) == 0 && !s.use:
	case s.use:
		f.tx.Use(n, s.id)
	default:
		f.tx.Drop(n, s.id, "FHIR has no value for it")
	}
}

// write writes one value, and reports whether the rule has one for it.
func (f *filling) write(n tree.ID, text string, a *act) bool {
	written, expected := text, ""
	switch {
	case a.say != nil:
		written, expected = a.say(text)
	case a.how != nil:
		written, expected = a.how(text)
	}
	if expected != "" {
		f.fail(n, expected)
		return true
	}
	if written == "" && (a.say != nil || a.how != nil) {
		return false
	}
	parent := f.at(a.parent, a.id)
	if !a.array && f.out.Child(parent, a.key) != tree.NoOut {
		return true // it stands here more than once: nobody claims the second
	}
	if a.how == nil {
		if at := strings.TrimSpace(text); a.say != nil && len(written) == len("2026-01-10") && len(at) > len(written) && at[len(written)] == 'T' {
			f.zoneless = append(f.zoneless, n)
		}
		f.tx.Text(parent, a.key, written, n, a.id)
	} else {
		f.tx.Leaf(parent, a.key, written, n, a.id)
	}
	return true
}

// at returns a shared object or array of the resource, begun if it is not yet.
func (f *filling) at(i int, id string) tree.OutID {
	if f.slots[i] != tree.NoOut {
		return f.slots[i]
	}
	s := &f.table.slots[i]
	parent := f.at(s.parent, id)
	if s.array {
		f.slots[i] = f.array(parent, s.key)
		return f.slots[i]
	}
	f.slots[i] = f.out.Object(parent, s.key)
	for _, c := range s.constants {
		f.tx.Constant(f.slots[i], c.key, c.text, id)
	}
	return f.slots[i]
}

// array returns the array of this name in an object, begun if it is not there:
// functions and tables may write into the same one.
func (w *writer) array(parent tree.OutID, key string) tree.OutID {
	if a := w.out.Child(parent, key); a != tree.NoOut {
		return a
	}
	return w.out.Array(parent, key)
}

// own begins the URL of an extension of ours.
const own = "urn:tolk:StructureDefinition:"
