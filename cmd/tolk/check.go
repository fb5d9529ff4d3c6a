package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/maps"
	"tolk/mapping/receiver"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// checkFlags are the flags of tolk check.
type checkFlags struct {
	receiver, dir            string
	document, from, language string
	at, overrides            string
	list, json               bool
}

func checkCommand() *cobra.Command {
	var f checkFlags
	readable, _ := formNames()
	cmd := &cobra.Command{
		Use:   "check --receiver NAME [FILE|-]",
		Short: "Tell what a receiver demands of a document and does not find in it",
		Long: `check reads a referral or a health check in any form that is read here, and tells
in Danish what its receiver demands and does not find, or finds and does not
accept: what it is, why it is asked for, where in the document it is about, and
which field of the form fills it.

What a receiver demands, and who may refer to it, is a table. Those built in are
examples, and say so; --receivers-dir reads a receiver's own tables beside them.
doc/check.md says how a table is written.

What the citizen has marked private fills no demand, and is not spoken of. The
exit code is 0 when the document can be sent, 1 when it cannot.`,
		Example: `  tolk check --receivers
  tolk check --receiver psykiatri henvisning.json
  tolk check --receiver kommune --from xref01 --language en letter.xml
  tolk check --receiver egen-laege --json - < sundhedstjek.json`,
		Args: takes(0, "FILE|-"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.list && (len(args) > 0 || f.receiver != "") {
				return usageError("--receivers: lists the tables and checks nothing; a folder of tables is told as --receivers-dir DIR")
			}
			return f.run(cmd, append(args, "-")[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.receiver, "receiver", "", "whom the document is for: the name of a table")
	flags.BoolVar(&f.list, "receivers", false, "list the tables, and end")
	flags.StringVar(&f.dir, "receivers-dir", "", "folder with tables of receivers (*.yaml), beside those built in")
	overridesFlag(flags, &f.overrides)
	flags.StringVar(&f.document, "document", "", "what it is: henvisning, sundhedstjek ... (as it is recognised)")
	flags.StringVar(&f.from, "from", "", "the form of the document: "+strings.Join(readable, ", ")+" (as it is recognised)")
	flags.StringVar(&f.language, "language", receiver.Danish, "the language of the answer: da, en")
	flags.StringVar(&f.at, "at", "", "the time that ages are judged at, as 2026-11-20T09:10:00+01:00 (now)")
	flags.BoolVar(&f.json, "json", false, "answer for programs")
	oneOf(cmd, "document", document.Documents()...)
	oneOf(cmd, "from", readable...)
	oneOf(cmd, "language", receiver.Danish, receiver.English)
	return cmd
}

// run checks a document, or lists the tables.
func (f checkFlags) run(cmd *cobra.Command, name string) error {
	ask, err := f.ask()
	if err != nil {
		return err
	}
	core, err := wireOver(f.overrides, "")
	if err != nil {
		return err
	}
	tables, err := loadReceivers(core.terms, f.dir)
	if err != nil {
		return err
	}
	if f.list {
		return f.tables(cmd, tables)
	}
	var names []string
	for _, t := range tables.All() {
		names = append(names, t.ID)
	}
	if err := amongst("receiver", f.receiver, names...); err != nil {
		return err
	}
	text, err := read(name, cmd.InOrStdin(), documentLimit)
	if err != nil {
		return err
	}
	if ask.From == "" && tree.IsXML(text) && !fhirxml.Is(text) {
		ask.From = shownForm(text)
	}
	answer, err := core.checker(tables, core.gateway).Check(text, ask)
	if err != nil {
		return named(inWords(err, f.language), name)
	}
	if err := f.answer(cmd, answer); err != nil {
		return err
	}
	if answer.Verdict == receiver.CannotBeSent {
		return errSaid
	}
	return nil
}

// ask turns the flags into what the checker is asked.
func (f checkFlags) ask() (receiver.Ask, error) {
	ask := receiver.Ask{Receiver: f.receiver, Document: f.document, From: f.from, Language: f.language, Now: time.Now()}
	err := errors.Join(amongst("language", f.language, receiver.Danish, receiver.English), formWord("from", f.from, document.Readable(f.document)), ifAmongst("document", f.document, document.Documents()...))
	switch {
	case err != nil:
		return ask, err
	case f.receiver == "" && !f.list:
		return ask, usageError("--receiver: required: whom the document is for; --receivers lists them")
	case f.at == "":
		return ask, nil
	}
	at, err := time.Parse(time.RFC3339, f.at)
	if err != nil {
		return ask, usageError("--at " + f.at + ": expected a time with a zone, as 2026-11-20T09:10:00+01:00")
	}
	ask.Now = at
	return ask, nil
}

// answer writes what was found.
func (f checkFlags) answer(cmd *cobra.Command, a *receiver.Answer) error {
	if f.json {
		return emitJSON(cmd.OutOrStdout(), a)
	}
	return emit(cmd.OutOrStdout(), []byte(a.Text()))
}

// listedTable is what --receivers --json says of a table.
type listedTable struct {
	Receiver  string   `json:"receiver"`
	Title     string   `json:"title"`
	Status    string   `json:"status,omitempty"`
	Documents []string `json:"documents"`
	File      string   `json:"file"`
}

// tables lists the tables there are.
func (f checkFlags) tables(cmd *cobra.Command, tables *receiver.Tables) error {
	var all []listedTable
	for _, t := range tables.All() {
		all = append(all, listedTable{t.ID, t.Title.In(f.language), t.Status, t.Documents, t.File})
	}
	if f.json {
		return emitJSON(cmd.OutOrStdout(), all)
	}
	var b bytes.Buffer
	for _, t := range all {
		status := ""
		if t.Status != "" {
			status = " (" + t.Status + ")"
		}
		fmt.Fprintf(&b, "%-14s %s%s: %s; %s\n", t.Receiver, t.Title, status, strings.Join(t.Documents, ", "), t.File)
	}
	return emit(cmd.OutOrStdout(), b.Bytes())
}

// loadReceivers reads the tables that are built in, and those of a folder if there
// is one.
func loadReceivers(terms *terminology.Terminology, dir string) (*receiver.Tables, error) {
	tables, err := receiver.Load(maps.FS, "receivers", terms)
	if err != nil || dir == "" {
		return tables, err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: dir, Message: "expected a folder with tables of receivers"}
	}
	return tables.With(dirFS(dir), dir)
}

// checker checks documents against the tables of receivers.
func (c *core) checker(tables *receiver.Tables, reader receiver.Reader) *receiver.Checker {
	return &receiver.Checker{Tables: tables, Reader: reader, Fields: c.fields}
}

// checks returns the checker of a content when it is asked for.
func (c *core) checks(reader receiver.Reader) func() (*receiver.Checker, error) {
	return func() (*receiver.Checker, error) {
		tables, err := c.receivers()
		if err != nil {
			return nil, err
		}
		return c.checker(tables, reader), nil
	}
}

// inWords is an error in a language, if it has words in it.
func inWords(err error, language string) error {
	var worded interface {
		Issues(language string) []*mapping.Error
	}
	if !errors.As(err, &worded) {
		return err
	}
	var all []error
	for _, e := range worded.Issues(language) {
		all = append(all, e)
	}
	return errors.Join(all...)
}
