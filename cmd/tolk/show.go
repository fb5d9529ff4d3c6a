package main

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tolk/adapters/fmk"
	"tolk/adapters/plain"
	"tolk/adapters/xref"
	"tolk/mapping"
	hubform "tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/readable"
	"tolk/mapping/tree"
)

// shownDocuments are the documents that have a page.
var shownDocuments = []string{readable.MedicationList, readable.HealthCheck, readable.Conditions, readable.ReferralLetter, readable.Correspondence}

// showFlags are the flags of tolk show.
type showFlags struct {
	from                 string
	format, document, at string
	overrides            string
	stale                int
	withhold             bool
}

func showCommand() *cobra.Command {
	var f showFlags
	forms, _ := formNames()
	cmd := &cobra.Command{
		Use:   "show [--format html|text] [FILE|-]",
		Short: "Show a medication list, a health check, a referral, a correspondence or conditions as a page for people",
		Long: `show reads a medication list, a health check, a referral, a correspondence or
conditions in any form that is read here, and writes it for people, in Danish: as
text, or as one HTML page that needs nothing else and can be printed.

Nothing is computed and nothing is judged. A dose stands in the table by time of
day only when its structure is whole and simple; the sender's own words are
always there. A medication list read more than --stale days ago is marked as an
old copy.`,
		Example: `  tolk show medicinliste.json
  tolk show henvisning.xml
  tolk show --format html medicinkort.xml > medicinkort.html
  tolk show --from ffb leveringsrapport.json
  tolk show --format html sundhedstjek.json > sundhedstjek.html
  tolk show --format html --withhold-private - < medicinliste.json`,
		Args: takes(0, "FILE|-"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, append(args, "-")[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "the form of the document: "+strings.Join(forms, ", ")+" (plain, fmk, xref01, xref15 or fhir, as it is recognised)")
	flags.StringVar(&f.format, "format", "text", "how it is written: text, html")
	flags.StringVar(&f.document, "document", "", "what is expected: medicinliste, sundhedstjek, tilstande, henvisning, korrespondance (whichever it is)")
	flags.StringVar(&f.at, "at", "", "the time the age of a list is judged at, as 2026-11-20T09:10:00+01:00 (now)")
	flags.IntVar(&f.stale, "stale", readable.StaleAfter, "days after which a medication list is an old copy")
	overridesFlag(flags, &f.overrides)
	flags.BoolVar(&f.withhold, "withhold-private", false, "leave out what the citizen has marked private, and say how much")
	oneOf(cmd, "from", forms...)
	oneOf(cmd, "format", "text", "html")
	oneOf(cmd, "document", shownDocuments...)
	return cmd
}

// run reads a document, and writes its page.
func (f showFlags) run(cmd *cobra.Command, name string) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	text, err := read(name, cmd.InOrStdin(), documentLimit)
	if err != nil {
		return err
	}
	page, err := f.page(text, options)
	if err != nil {
		return named(err, name)
	}
	if f.format == "html" {
		return emit(cmd.OutOrStdout(), readable.HTML(page))
	}
	return emit(cmd.OutOrStdout(), []byte(readable.Text(page)))
}

// options checks the flags before anything is read.
func (f showFlags) options() (readable.Options, error) {
	o := readable.Options{Now: time.Now(), StaleAfter: f.stale}
	if err := errors.Join(amongst("format", f.format, "text", "html"), formWord("from", f.from, document.Readable(f.document)), ifAmongst("document", f.document, shownDocuments...)); err != nil {
		return o, err
	}
	if f.stale < 1 {
		return o, usageError("--stale: expected a number of days, 1 or more")
	}
	if f.at != "" {
		at, err := time.Parse(time.RFC3339, f.at)
		if err != nil {
			return o, usageError("--at " + f.at + ": expected a time with a zone, as 2026-11-20T09:10:00+01:00")
		}
		o.Now = at
	}
	return o, nil
}

// page makes the page of a document: of what it is in the hub form.
func (f showFlags) page(text string, o readable.Options) (*readable.Page, error) {
	core, err := wireOver(f.overrides, "")
	if err != nil {
		return nil, err
	}
	o.Name = core.gateway.Name
	d, err := f.hub(text, core, o.Now)
	if err != nil {
		return nil, err
	}
	held := 0
	if f.withhold {
		if d, held, err = open(d); err != nil {
			return nil, err
		}
	}
	page, err := o.Read(d)
	if err != nil {
		return nil, err
	}
	page.HoldBack(held)
	if f.document != "" && page.Document != f.document {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: "Bundle", Message: "expected " + f.document + ", found " + page.Document}
	}
	if f.withhold {
		page = page.WithoutPrivate()
	}
	return page, nil
}

// open is a document without what the citizen has marked private, as it goes to
// the social side, and how much besides drugs was held back: the name of a drug that
// is held back stands in no note either. A resource that is no Bundle has no other
// beside it, and the page looks at it.
func open(d *tree.Doc) (_ *tree.Doc, others int, err error) {
	if d.Text(d.Child(d.Root(), "resourceType")) != "Bundle" {
		return d, 0, nil
	}
	b, err := hubform.Read(d)
	if err != nil {
		return nil, 0, err
	}
	for _, e := range b.Entries {
		if e.Type == "Communication" && b.Private(e.Node) {
			return nil, 0, &mapping.Error{Kind: mapping.BusinessRule, Path: d.Path(e.Node), Message: "the whole correspondence is marked private; all of it is held back"}
		}
	}
	social, err := b.Social()
	if err != nil {
		return nil, 0, err
	}
	d, err = tree.Parse(social.Text, tree.Limits{})
	return d, social.Others, err
}

// hub reads a document that is in the hub form, or translates it there.
func (f showFlags) hub(text string, core *core, now time.Time) (*tree.Doc, error) {
	xml := tree.IsXML(text)
	if !xml && (f.from == "" || f.from == document.FHIR) {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil || plain.Recognise(d) == "" {
			return d, err
		}
	}
	q := document.Request{Document: f.document, From: f.from, To: document.FHIR, Now: now}
	switch {
	case xml && (q.From == document.FHIR || q.From == "" && fhirxml.Is(text)):
		return fhirJSON(text)
	case q.From == "" && !xml:
		q.From = plain.Form
	case q.From == "":
		q.From = shownForm(text)
	}
	result, err := core.gateway.Translate(text, q)
	if err != nil {
		return nil, err
	}
	return tree.Parse(string(result.Output), tree.Limits{})
}

// shownForm is the form of a document in XML that is not FHIR: a letter of MedCom's,
// or else a medication card, which says itself what is wrong with it.
func shownForm(text string) string {
	if utf8, _, err := tree.DecodeXML([]byte(text)); err == nil {
		if d, err := tree.Read(utf8, tree.Limits{}); err == nil {
			if form, _, err := xref.Recognise(d); err == nil || d.RawKey(d.Root()) == "Emessage" {
				return cmp.Or(form, xref.XREF01)
			}
		}
	}
	return fmk.Form
}

// fhirJSON reads the hub form in XML.
func fhirJSON(text string) (*tree.Doc, error) {
	text, _, err := tree.DecodeXML([]byte(text))
	if err != nil {
		return nil, err
	}
	json, err := fhirxml.ToJSON(text, tree.Limits{})
	if err != nil {
		return nil, err
	}
	return tree.Parse(json, tree.Limits{})
}
