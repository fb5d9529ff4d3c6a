package message

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tolk/fixtures/shared"
	"tolk/mapping/tree"
)

// optional are the leaves that a message may be without: what no profile of the
// envelope demands.
var optional = []string{
	`meta\.profile\[0\]`,
	`text\.status`,
	`resource\.name`, `resource\.name\[0\]\..*`,
	`destination\[0\]\.extension\[0\]\.(display|version)`,
	`entry\[1\]\.resource\.(status|category.*|payload.*)`,     // of the content
	`entry\[4\]\.resource\.(identifier|name|text|managing).*`, // the citizen
	`entry\[5\]\.resource\.contentType`,                       // the attachment
	`entry\[5\]\.resource\.data`,
}

var optionalLeaf = regexp.MustCompile(`(` + strings.Join(optional, `|`) + `)$`)

// without writes a document without one of its nodes, and without the containers
// that then hold nothing.
func without(doc *tree.Doc, gone tree.ID) string {
	for p := doc.Parent(gone); p != tree.None && doc.First(p) == gone && doc.Next(gone) == tree.None; p = doc.Parent(gone) {
		gone = p
	}
	return string(edit(doc, doc.Root(), gone, "", nil))
}

// edit writes n with another text in the place of one node, or without it where
// the text is empty.
func edit(doc *tree.Doc, n, place tree.ID, other string, b []byte) []byte {
	kind := doc.Kind(n)
	switch {
	case n == place:
		return append(b, other...)
	case !kind.Container():
		return doc.Append(b, n)
	case kind == tree.Object:
		b = append(b, '{')
	default:
		b = append(b, '[')
	}
	for c := doc.First(n); c != tree.None; c = doc.Next(c) {
		if c == place && other == "" {
			continue
		}
		if last := b[len(b)-1]; last != '{' && last != '[' {
			b = append(b, ',')
		}
		if kind == tree.Object {
			b = append(append(append(b, '"'), doc.RawKey(c)...), '"', ':')
		}
		b = edit(doc, c, place, other, b)
	}
	if kind == tree.Object {
		return append(b, '}')
	}
	return append(b, ']')
}

// Whatever one leaf a sound message is without, something is said of it, or no
// profile demands it.
func TestDeletedLeaf(t *testing.T) {
	doc := parse(t, sound(t))
	doc.Walk(doc.Root(), func(leaf tree.ID, path string) {
		mutant := parse(t, without(doc, leaf))
		m, err := Read(mutant)
		if path == "Bundle.resourceType" || path == "Bundle.type" {
			if err == nil || m != nil {
				t.Errorf("%s: a message all the same", path)
			}
			return
		}
		silent := err == nil && len(m.Told) == 0
		if may := optionalLeaf.MatchString(path); silent && !may {
			t.Errorf("%s: nothing is said", path)
		} else if !silent && may && err != nil {
			t.Errorf("%s: refused: %v", path, err)
		}
		acknowledged(t, m)
	})
}

// acknowledged checks that a message, however broken, is acknowledged soundly
// or refused with a reason.
func acknowledged(t *testing.T, m *Message) {
	t.Helper()
	answer, err := Acknowledge(m, AnswerTo(nil, now, Party{}))
	if err != nil {
		return
	}
	if back, err := Read(parse(t, string(answer))); err != nil || len(back.Told) > 0 {
		t.Errorf("acknowledgement: %v %v", err, back.Told)
	}
}

var now = time.Date(2026, 11, 20, 10, 6, 0, 0, time.FixedZone("", 3600))

// A node of another kind than FHIR has is said something of, and no panic, in
// every place of the envelope.
func TestOtherKinds(t *testing.T) {
	doc := parse(t, sound(t))
	for n := tree.ID(1); int(n) < doc.Len(); n++ {
		for _, other := range []string{`null`, `7`, `"x"`, `[]`, `{}`, `[[]]`, `{"reference":{}}`} {
			m, err := Read(parse(t, string(edit(doc, doc.Root(), n, other, nil))))
			if m == nil && err == nil {
				t.Errorf("%s as %s: neither a message nor an error", doc.Path(n), other)
			} else if m != nil {
				acknowledged(t, m)
			}
		}
	}
}

// FuzzRead puts a text in the place of any node of a sound message.
func FuzzRead(f *testing.F) {
	base := parse(f, sound(f))
	for n := range base.Len() {
		f.Add(uint16(n), base.Raw(tree.ID(n)))
		f.Add(uint16(n), "")
	}
	f.Fuzz(func(t *testing.T, node uint16, other string) {
		text := string(edit(base, base.Root(), tree.ID(int(node)%base.Len()), other, nil))
		doc, err := tree.Parse(text, tree.Limits{Nodes: 10_000})
		if err != nil {
			return
		}
		_, _ = ReadHeader(doc)
		m, err := Read(doc)
		if m == nil {
			if err == nil {
				t.Error("neither a message nor an error")
			}
			return
		}
		if err == nil && (!m.Sender.Known() || len(m.Receivers) == 0 || !m.Receivers[0].Known() || m.Header == "" || m.Bundle == "") {
			t.Errorf("a sound message without its parties or its ids: %+v", m)
		}
		for _, a := range []Answer{AnswerTo(nil, now, Party{}), AnswerTo(err, now, Party{"x", "953741000016009", "5790001348120", ""})} {
			answer, err := Acknowledge(m, a)
			if err != nil {
				continue
			}
			back, err := Read(parse(t, string(answer)))
			if err != nil {
				t.Fatalf("the acknowledgement is unsound: %v\n%s", err, answer)
			}
			if !back.Response.Answers(m) || back.Response.Code != a.Code {
				t.Errorf("it answers %+v", back.Response)
			}
		}
	})
}

// published returns the files of MedCom's examples whose names begin with a
// word. CI always has them.
func published(tb testing.TB, begin string, packages ...string) []string {
	tb.Helper()
	dir := shared.Path(tb, "official", "examples")
	var all []string
	for _, p := range packages {
		files, err := filepath.Glob(filepath.Join(dir, "medcom.fhir.dk."+p, begin+"*.json"))
		if err != nil || len(files) == 0 {
			tb.Fatalf("%s: no file %s*: %v", p, begin, err)
		}
		all = append(all, files...)
	}
	return all
}
