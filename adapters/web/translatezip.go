package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"path"
	"strconv"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/readable"
	"tolk/mapping/tree"
)

// translateZip answers with everything of a translation in one file: a folder
// that tolk test takes, and beside it the residue and the page for people. It is
// made in memory.
func translateZip(v *view) error {
	a, err := v.asked()
	if err == nil && a.Text == "" {
		err = &mapping.Error{Kind: mapping.Required, Path: "text", Message: "no document"}
	}
	var t *translation
	if err == nil {
		t, err = v.translated(a)
	}
	if err != nil {
		return v.refused(a, err)
	}
	packed, err := t.zip()
	if err != nil {
		return err
	}
	v.headers()
	h := v.w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="tolk-`+strings.ReplaceAll(translateFileName(a.name()), "/", "-")+`.zip"`)
	h.Set("Content-Length", strconv.Itoa(len(packed)))
	_, err = v.w.Write(packed)
	return err
}

// translateFileName is a name without what a header or a folder cannot hold.
func translateFileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '/' {
			return r
		}
		return '-'
	}, name)
}

// zip packs the translation.
func (t *translation) zip() ([]byte, error) {
	account, err := translateAccount(t.Ledger)
	if err != nil {
		return nil, broken(err)
	}
	folder := translateFileName(t.name())
	files := []struct {
		name string
		text []byte
	}{
		{path.Join(folder, "input"+translateExtension(t.Text)), []byte(t.Text)},
		{path.Join(folder, "output"+translateExtension(string(t.output))), translatePretty(t.output)},
		{path.Join(folder, "ledger.json"), translatePretty(account)},
		{path.Join(folder, "case.yaml"), t.caseFile()},
		{"residue.json", t.residue},
		{"README.txt", []byte(translateZipNote)},
	}
	if t.readable != nil {
		files = append(files, struct {
			name string
			text []byte
		}{"readable.html", readable.HTML(t.readable)})
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: t.now})
		if err != nil {
			return nil, broken(err)
		}
		to.Write(f.text) // a bytes.Buffer takes everything
	}
	if err := w.Close(); err != nil {
		return nil, broken(err)
	}
	return b.Bytes(), nil
}

// translateZipNote stands beside the fixture.
const translateZipNote = `The folder is a fixture: tolk test . in this folder runs it.

  input, output   the document as it came, and as it goes
  ledger.json     the account of every leaf
  case.yaml       what was asked for
  residue.json    with the output it gives the input back
  readable.html   the document as a page for people

It holds the document as it was given. Where that is of a real citizen, run
tolk redact on the input before it is shown to anybody.
`

func translateExtension(text string) string {
	if tree.IsXML(text) {
		return ".xml"
	}
	return ".json"
}

// translatePretty writes a document for people. XML stays as it is sent.
func translatePretty(text []byte) []byte {
	if tree.IsXML(string(text)) {
		return text
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return text
	}
	return append(b.Bytes(), '\n')
}

// caseFile is case.yaml. JSON strings are YAML's.
func (t *translation) caseFile() []byte {
	var b bytes.Buffer
	line := func(name, value string) { b.WriteString(name + ": " + value + "\n") }
	title := t.Title
	if title == "" {
		title = "From the workbench: " + t.Document + ", " + t.From + " to " + t.To
	}
	line("description", tree.Quote(title))
	if len(t.Areas) > 0 {
		line("areas", translateList(t.Areas))
	}
	if len(t.Accept) > 0 {
		line("accept", translateList(t.Accept))
	}
	if t.Strict {
		line("strict", "true")
	}
	if !t.now.IsZero() {
		line("now", t.now.Format(time.RFC3339Nano))
	}
	for _, p := range t.Parties() {
		who := p.Who + ":\n"
		for _, f := range p.Fields {
			if f.Value != "" {
				b.WriteString(who)
				line("  "+f.Key, tree.Quote(f.Value))
				who = ""
			}
		}
	}
	if len(t.organisations) > 0 {
		b.WriteString("organisations:\n")
		for _, o := range t.organisations {
			b.WriteString("  - {kombit: " + tree.Quote(o.KOMBIT) + ", sor: " + tree.Quote(o.SOR) + "}\n")
		}
	}
	return b.Bytes()
}

func translateList(all []string) string {
	quoted := make([]string, len(all))
	for i, one := range all {
		quoted[i] = tree.Quote(one)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// translateAccount writes a ledger as a fixture has it: without the number of the line
// that a row stands on, so that a row added above does not change the case.
func translateAccount(l *ledger.Ledger) ([]byte, error) {
	copied := *l
	lines := append(make([]ledger.Line, 0, len(l.Lines())), l.Lines()...)
	for i := range lines {
		lines[i].Row, lines[i].Via = translateMapFile(lines[i].Row), translateMapFile(lines[i].Via)
	}
	origins := append(make([]ledger.Origin, 0, len(l.Origins())), l.Origins()...)
	for i := range origins {
		origins[i].Row = translateMapFile(origins[i].Row)
	}
	copied.Spell(lines, origins)
	copied.Unmatched = nil
	for _, u := range l.Unmatched {
		u.Row = translateMapFile(u.Row)
		copied.Unmatched = append(copied.Unmatched, u)
	}
	copied.Proposals = nil
	for _, p := range l.Proposals {
		one := ledger.Proposal{Path: p.Path}
		for _, k := range p.Candidates {
			k.Row, k.Via = translateMapFile(k.Row), translateMapFile(k.Via)
			one.Candidates = append(one.Candidates, k)
		}
		copied.Proposals = append(copied.Proposals, one)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a comparator stays as it is read
	err := e.Encode(copied)
	return bytes.TrimSpace(b.Bytes()), err
}

// translateMapFile is the file that a row stands in.
func translateMapFile(row string) string {
	name, _, _ := strings.Cut(row, ":")
	return name
}
