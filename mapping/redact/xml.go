package redact

import (
	"regexp"
	"strconv"
	"strings"

	"tolk/mapping/tree"
)

// elements redacts an element of a form that is XML of its own, with all below it.
func (w *walk) elements(n tree.ID) error {
	for end := w.d.End(n); n < end; n++ {
		name := w.d.Key(n)
		w.unstated(n)
		if !w.d.Leaf(n) {
			continue
		}
		if err := w.leafOf(n, name); err != nil {
			return err
		}
	}
	return nil
}

// leafOf redacts a text, an attribute, a comment or an instruction.
func (w *walk) leafOf(n tree.ID, name string) error {
	if name == tree.CommentKey || name == tree.InstructionKey {
		w.meet(w.d.Text(n))
		w.leaf(n, "")
		w.tell(n, Remark)
		return nil
	}
	before := len(w.edits)
	if err := w.byClass(n); err != nil {
		return err
	}
	if len(w.edits) == before && strings.Contains(w.d.Raw(n), "<") { // a comment in what is kept
		w.edit(n, escape(w.d.Text(n)))
	}
	return nil
}

// byClass redacts a text or an attribute by its class.
func (w *walk) byClass(n tree.ID) error {
	c := w.classOf(n)
	beside := w.d.Parent(n)
	if w.d.Key(n) == tree.TextKey && beside != tree.None {
		n1 := beside
		beside = w.d.Parent(n1)
		if source := w.child(n1, "@source"); source != tree.None {
			c = bySource(c, w.d.Text(source), w.d.Text(n))
		}
		if tag := w.child(n1, "@name"); tag != tree.None && w.d.Key(n1) == "ServiceTag" {
			c = byTag(w.d.Text(tag))
		}
	}
	switch c {
	case birth:
		number := w.child(beside, "PersonIdentifier")
		if number == tree.None {
			number = w.child(beside, "PersonCivilRegistrationIdentifier")
		}
		return w.birth(n, strings.TrimSpace(w.textOf(number)))
	case size:
		return w.resize(n)
	}
	return w.as(n, c)
}

// textOf returns what an element says, with or without attributes.
func (w *walk) textOf(n tree.ID) string {
	if n != tree.None && w.d.Kind(n) == tree.Object {
		n = w.child(n, tree.TextKey)
	}
	return w.d.Text(n)
}

// classOf returns the class of a text or an attribute: that of the element in the one
// it stands in, else that of the element wherever it stands.
func (w *walk) classOf(n tree.ID) class {
	table := classes[string(w.form)]
	name, at := w.d.Key(n), w.d.Parent(n)
	attribute := ""
	switch {
	case name == tree.TextKey:
		name, at = w.d.Key(at), w.d.Parent(at)
	case strings.HasPrefix(name, "@"):
		attribute = "/" + name
		name, at = w.d.Key(at), w.d.Parent(at)
	}
	above := ""
	if at != tree.None {
		above = w.d.Key(at)
	}
	for _, key := range []string{above + "/" + name + attribute, name + attribute, strings.TrimPrefix(attribute, "/")} {
		if c, ok := table[key]; ok && key != "" {
			return c
		}
	}
	return denied
}

// bySource is the class of an identifier or a code that says whose it is. FMK names the
// price list, which is published, Medicinpriser; what is mixed for one citizen or made
// up on the spot (Magistrel, Local) is in no list, and its number is that of somebody.
func bySource(c class, source, text string) class {
	text = strings.TrimSpace(text)
	switch {
	case source == "CPR", source == "X-eCPR", source == "D-eCPR":
		if c == ident {
			return cpr
		}
	case source == "Medicinpriser" && c == ident:
		return code
	case source != "Medicinpriser" && (c == drug || c == code && len(text) >= 6 && strings.Trim(text, "0123456789") == ""):
		return ident
	}
	return c
}

// byTag is the class of a service tag of a VANSEnvelope.
func byTag(name string) class {
	switch {
	case strings.Contains(name, "PATIENT"):
		return cpr
	case name == "MCM:MIME" || name == "MCM:STATISTIC":
		return code
	}
	return denied
}

// scope is a scope of ehmiSBDH: its type says what it is.
func (w *walk) scope(n tree.ID, text string) (string, Kind, error) {
	at := w.d.Parent(n)
	if w.d.Key(n) == tree.TextKey {
		at = w.d.Parent(at)
	}
	switch kind := w.textOf(w.child(at, "Type")); {
	case kind == "PATIENTID":
		return w.become(n, cpr, text)
	case kind == "DOCUMENTID" || kind == "PROCESSID" || kind == "StatisticalInformation" || strings.HasPrefix(kind, "EHMI-"):
		if publishedScope.MatchString(text) && scoped(text) {
			return text, Identifier, nil
		}
	}
	return w.become(n, ident, text)
}

// publishedScope are the names of documents and processes of MedCom and EHMI.
var publishedScope = regexp.MustCompile(`^(urn:dk:healthcare:medcom:[a-z0-9:.#-]{1,200}|urn:ehmi:[a-z-]{1,40}|MCM:[A-Za-z0-9#-]{1,40}|Request|Response)$`)

// scoped reports whether the name of a document or a process is made of nothing but words
// that are published, or of the kinds of MedCom's statistics.
func scoped(text string) bool {
	for word := range pieces(text) {
		if !statistic.MatchString(word) && !worded(word) {
			return false
		}
	}
	return true
}

// resize writes how many bytes the message of an envelope has become, where it was
// said rightly.
func (w *walk) resize(n tree.ID) error {
	if w.sizes == nil {
		w.sizes = map[string]string{}
		for m := tree.ID(0); int(m) < w.d.Len(); m++ {
			w.looked++
			if key := w.d.Key(m); key != "Data" && key != "BinaryContent" {
				continue
			}
			old, ok := decode(w.textOf(m))
			if _, before := w.sizes[strconv.Itoa(len(old))]; before || !ok {
				continue
			}
			new, err := w.bytes(old, w.place(w.d, m))
			if err != nil {
				return err
			}
			w.sizes[strconv.Itoa(len(old))] = strconv.Itoa(len(new))
		}
	}
	if new, ok := w.sizes[strings.TrimSpace(w.d.Text(n))]; ok {
		w.replace(n, new, Bytes)
		return nil
	}
	return w.as(n, measured)
}

var spaceShape = regexp.MustCompile(`\sxmlns(?::[\pL_][\pL\pN_.-]*)?\s*=\s*("[^"<]*"|'[^'<]*')`)

// spaces replaces the namespaces that are nobody's standard: they are no nodes of a
// document, and could tell whose system wrote it.
func (w *walk) spaces() {
	src := w.d.Source()
	for _, at := range spaceShape.FindAllStringSubmatchIndex(src, -1) {
		old := src[at[2]+1 : at[3]-1]
		if new, kept := w.uri(old); !kept {
			w.edits = append(w.edits, edit{at[2] + 1, at[3] - 1, escape(new)})
			w.note("xmlns", URL)
		}
	}
}

// comment is a comment as it is written, with nothing in it.
func comment(raw, text string) string {
	inner := strings.TrimSuffix(strings.TrimPrefix(raw, "<!--"), "-->")
	return strings.Replace(raw, inner, strings.ReplaceAll(" redacted "+text, "--", "  "), 1)
}

// instruction is a processing instruction with nothing but its target.
func instruction(raw string) string {
	inner := strings.TrimSuffix(strings.TrimPrefix(raw, "<?"), "?>")
	return strings.Replace(raw, inner, "redacted", 1)
}
