package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tolk/mapping"
	"tolk/mapping/redact"
	"tolk/mapping/terminology"
)

// redactFlags are the flags of tolk redact.
type redactFlags struct {
	from, key, output, report string
	quiet                     bool
}

func redactCommand() *cobra.Command {
	var f redactFlags
	cmd := &cobra.Command{
		Use:   "redact [FILE|-]",
		Short: "Make a fixture that may be shared out of a real document",
		Long: `redact writes the document again, with the same leaves at the same places and the
same codes, units, measurements and doses, and with something else for everything
that could tell who it is about or who wrote it:

  numbers of persons     MedCom's public test persons, with their birth dates
  names, addresses       other names
  phones, mail           numbers and addresses that nobody has
  identifiers, UUIDs     others of the same length; references lead where they led
  municipalities         others, in codes, too
  texts, narratives      words that say nothing, as many lines and about as long
  dates                  all moved by the same whole weeks
  attachments            documents in them redacted, too; anything else made empty
  unknown element names  felt and a number, in tags and attributes, too
  unknown addresses      the host or the part that nobody published is another

It denies by default: what no table knows to be safe is replaced, too. The
translation of the redacted document has the same ledger as that of the original.

It reads what tolk reads: FHIR in JSON and XML, the plain form, FMK's medication
card (also in SOAP), XREF01 and XREF15, and the envelopes of VANS and EHMI.

What stands for what is drawn by lot, and is another the next time. With --key it
is the same for every document: so a corpus stays linked, and the file is as
secret as the documents.`,
		Example: `  tolk redact real.json -o input.json
  tolk redact --report real.xml > input.xml
  head -c 32 /dev/urandom > corpus.key && tolk redact --key corpus.key real.json > input.json`,
		Args: reportApart(takes(0, "FILE|-")),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, append(args, "-")[0])
		},
	}
	forms := []string{}
	for _, form := range redact.Forms() {
		forms = append(forms, string(form))
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "the form of the document, refused if it is another: "+strings.Join(forms, ", ")+" (as it is recognised)")
	flags.StringVar(&f.key, "key", "", "a file of 16 bytes or more that the replacements are made of (drawn by lot)")
	flags.StringVarP(&f.output, "output", "o", "", "write the document to this file (stdout)")
	flags.StringVar(&f.report, "report", "", "write the path and the kind of everything that was replaced to stderr, or with --report=FILE to this `FILE`; never a value")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "nothing on stderr but errors")
	flags.Lookup("report").NoOptDefVal = "-"
	oneOf(cmd, "from", forms...)
	return cmd
}

// run redacts a document, writes it, and tells how much of what was replaced.
func (f redactFlags) run(cmd *cobra.Command, name string) error {
	form, err := f.form()
	if err != nil {
		return err
	}
	for _, file := range []struct{ flag, name string }{{"--output", f.output}, {"--report", f.report}} {
		if file.name != "" && file.name != "-" && (filepath.Clean(file.name) == filepath.Clean(name) || filepath.Clean(file.name) == filepath.Clean(f.key)) {
			return usageError(file.flag + ": expected a file of its own, " + file.name + " is read")
		}
	}
	if f.report != "" && f.report != "-" && filepath.Clean(f.report) == filepath.Clean(f.output) {
		return usageError("--report: expected a file of its own, " + f.report + " is the document's")
	}
	key, err := f.secret()
	if err != nil {
		return err
	}
	core, err := wire("")
	if err != nil {
		return err
	}
	text, err := read(name, cmd.InOrStdin(), 2*documentLimit)
	if err != nil {
		return f.reportMeant(err, name)
	}
	r, err := redactorOf(core.terms, key).Redact(text, form)
	if err != nil {
		return named(err, name)
	}
	w := words{cmd.ErrOrStderr(), f.quiet}
	if err := f.account(w, r); err != nil {
		return err
	}
	if f.output == "" || f.output == "-" {
		err = emit(cmd.OutOrStdout(), r.Output)
	} else {
		err = save(f.output, r.Output)
	}
	if err != nil {
		return err
	}
	tellRedacted(w, r)
	return nil
}

// reportApart says of too many arguments that the file of --report may be among them:
// --report alone is a report on stderr, so that its file needs the =.
func reportApart(arguments cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := arguments(cmd, args)
		if report := cmd.Flags().Lookup("report"); err != nil && len(args) > 1 && report.Changed && report.Value.String() == "-" {
			return usageError(err.Error() + "; the file of the report is told as --report=FILE")
		}
		return err
	}
}

// reportMeant says the same of a document that is not there.
func (f redactFlags) reportMeant(err error, name string) error {
	var e *mapping.Error
	if f.report != "-" || !errors.As(err, &e) || e.Kind != mapping.NotFound {
		return err
	}
	return &mapping.Error{Kind: e.Kind, Path: e.Path, Message: e.Message + "; --report=" + name + " writes the report there", Err: e.Err}
}

// redactorOf returns what redacts with a key.
func redactorOf(terms *terminology.Terminology, key []byte) redact.Redactor {
	return redact.Known(terms, key)
}

// fhirForms are the names that tolk has for the forms that are FHIR.
var fhirForms = map[string]bool{"ffb": true, "fsiii": true, "hco": true, "carecommunication": true, "kltools": true, "klreferral": true}

// form reads --from, which may be any name that tolk has for a form.
func (f redactFlags) form() (redact.Form, error) {
	switch from := f.from; {
	case from == "":
		return "", nil
	case fhirForms[from]:
		return redact.FHIR, nil
	case from == "xref01" || from == "xref15":
		return redact.XREF, nil
	case from == "vans" || from == "ehmi":
		return redact.Envelope, nil
	}
	accepted := []string{}
	for _, form := range redact.Forms() {
		accepted = append(accepted, string(form))
	}
	return redact.Form(f.from), amongst("from", f.from, accepted...)
}

// secret reads the key, or draws one by lot.
func (f redactFlags) secret() ([]byte, error) {
	if f.key == "" {
		key := make([]byte, 32)
		_, err := rand.Read(key)
		return key, err
	}
	key, err := os.ReadFile(f.key)
	if err != nil {
		message := "it cannot be read"
		if errors.Is(err, fs.ErrNotExist) {
			message = "no such file"
		}
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: "--key " + f.key, Message: message, Err: err}
	}
	if len(key) < 16 {
		return nil, &mapping.Error{Kind: mapping.Value, Path: "--key " + f.key, Message: "expected a file of 16 bytes or more, such as head -c 32 /dev/urandom writes"}
	}
	return key, nil
}

// account writes the paths and kinds of --report.
func (f redactFlags) account(w words, r *redact.Result) error {
	if f.report == "" {
		return nil
	}
	var b strings.Builder
	for _, p := range r.Replaced {
		fmt.Fprintf(&b, "%s: %s\n", p.Path, p.Kind)
	}
	if f.report != "-" {
		return save(f.report, []byte(b.String()))
	}
	_, err := io.WriteString(w.to, b.String())
	return err
}

// tellRedacted says how much of what was replaced.
func tellRedacted(w words, r *redact.Result) {
	var counts []string
	for _, kind := range redact.Kinds() {
		if n := r.Count(kind); n > 0 {
			counts = append(counts, count(n, string(kind), plural(kind)))
		}
	}
	if len(counts) == 0 {
		w.say("%s: nothing was replaced", r.Form)
	} else {
		w.say("%s: replaced %s", r.Form, strings.Join(counts, ", "))
	}
	w.hint("look at it before you share it: a rare code with an unusual measurement can tell who it is, too")
}

// plural is the word for several of a kind.
func plural(kind redact.Kind) string {
	switch kind {
	case redact.Address, redact.Contact, redact.URL, redact.Code:
		return map[redact.Kind]string{redact.Address: "addresses", redact.Contact: "phones or mails",
			redact.URL: "addresses of the web", redact.Code: "codes of nobody's system"}[kind]
	}
	return string(kind) + "s"
}
