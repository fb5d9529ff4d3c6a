package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tolk/adapters/plain"
	"tolk/fixtures"
	"tolk/mapping"
	"tolk/mapping/difference"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/tree"
)

// diffFlags are the flags of tolk diff.
type diffFlags struct {
	from, document      string
	to, areas, accept   []string
	json, quiet, values bool
}

func diffCommand() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW CORPUS",
		Short: "Tell what other mappings change on real documents",
		Long: `diff translates every document of CORPUS by the mappings OLD and by the mappings
NEW, and tells what NEW does otherwise: which facts get another code, by which row
and for which reason; which leaves are others, and which have another fate; what
is refused. The sums by code come last. Nothing is stored.

OLD and NEW are each "embedded" (what is built in), a folder of overrides
(site.yaml), a whole folder of maps (index.csv), or a folder of FHIR packages.

CORPUS is a folder of cases as tolk test takes it, each with what it asks for; or
any folder of documents, in JSON or XML, or one document: those are recognised
(--from and --document say it instead) and translated to every form there is, or
to those of --to.

The values shown are codes and displays of the maps; every other value is shown
as … unless --values asks for it. The exit code is 0 where nothing is other, 1
where something is, 2 where nothing could be compared: a word or a path that was
typed wrongly, mappings that are refused, a corpus without a document.`,
		Example: `  tolk diff embedded aarhus fixtures
  tolk diff embedded aarhus --to fsiii --area hjemmepleje letters
  tolk diff --quiet aarhus-2025 aarhus-2026 letters   # the sums alone
  tolk diff --json embedded mapping/maps fixtures/tilstande`,
		Args: takes(3, "OLD", "NEW", "CORPUS"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) < 2 {
				return []string{embeddedMappings}, cobra.ShellCompDirectiveDefault
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0], args[1], args[2]) },
	}
	readable, writable := formNames()
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "the form of the documents: "+strings.Join(readable, ", ")+" (as each is recognised)")
	flags.StringVar(&f.document, "document", "", "what the documents are: "+strings.Join(document.Documents(), ", ")+" (as each is recognised)")
	flags.StringSliceVar(&f.to, "to", nil, "the forms to translate to: "+strings.Join(writable, ", ")+" (all there are)")
	flags.StringSliceVar(&f.areas, "area", nil, "areas of municipal health to translate for, from ffb: sygepleje, hjemmepleje, forebyggelse (all)")
	flags.StringSliceVar(&f.accept, "accept", nil, "write proposals too: narrower, inexact, or one by its id (p-...)")
	flags.BoolVar(&f.json, "json", false, "answer for programs: one JSON object a line, the sums last")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "the sums alone")
	flags.BoolVar(&f.values, "values", false, "show all values, also those that may name a citizen")
	oneOf(cmd, "from", readable...)
	oneOf(cmd, "document", document.Documents()...)
	oneOf(cmd, "to", writable...)
	oneOf(cmd, "area", areaNames()...)
	oneOf(cmd, "accept", "narrower", "inexact")
	return cmd
}

// embeddedMappings names what is built in.
const embeddedMappings = "embedded"

// diffJob is one translation to make twice.
type diffJob struct {
	name          difference.Translation
	text          string
	request       document.Request
	organisations []document.Organisation
}

// run compares the documents, and tells of each in its turn.
func (f diffFlags) run(cmd *cobra.Command, old, new, corpus string) error {
	if err := f.check(); err != nil {
		return err
	}
	before, err := wireWith(old, "")
	if err != nil {
		return hindered{err}
	}
	after, err := wireWith(new, "")
	if err != nil {
		return hindered{err}
	}
	w := words{to: cmd.ErrOrStderr(), quiet: f.quiet}
	jobs, err := f.collect(before, corpus, words{to: cmd.ErrOrStderr()})
	if err != nil {
		return hindered{err}
	}
	r := diffReport{flags: f, to: cmd.OutOrStdout(), progress: w.begin("comparing"), total: len(jobs)}
	if !f.values {
		r.known = difference.Known(before.terms, after.terms)
	}
	sides := [2]versionSide{{before, difference.Index(before.terms)}, {after, difference.Index(after.terms)}}
	do := func(j diffJob) diffDone {
		return diffDone{j.name, difference.Compare(sides[0].translate(j), sides[1].translate(j))}
	}
	if err := parallel(jobs, do, r.add); err != nil {
		return err
	}
	return r.end()
}

// check refuses forms, areas and kinds that are none, before anything is read.
func (f diffFlags) check() error {
	readable, writable := formNames()
	return errors.Join(ifAmongst("from", f.from, readable...), ifAmongst("document", f.document, document.Documents()...),
		allAmongst("to", f.to, writable...), allAmongst("area", f.areas, areaNames()...), acceptable(f.accept))
}

// versionSide is one version of the mappings.
type versionSide struct {
	core *core
	rows difference.Rows
}

// translate makes one side of a comparison. A panic refuses.
func (s versionSide) translate(j diffJob) (side difference.Side) {
	side.Rows = s.rows
	defer func() {
		if recover() != nil {
			side.Refused = "internal error" + panicPlace()
		}
	}()
	gateway, err := s.core.gateway.WithOrganisations(j.organisations)
	if err != nil {
		side.Refused = err.Error()
		return side
	}
	result, err := gateway.Translate(j.text, j.request)
	if err != nil {
		side.Refused = err.Error()
		return side
	}
	side.Output, side.Ledger = string(result.Output), result.Ledger
	return side
}

// collect lists the translations to compare: those of the cases in a folder, or
// of its documents.
func (f diffFlags) collect(c *core, corpus string, w words) ([]diffJob, error) {
	info, err := os.Stat(corpus)
	if err != nil {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: corpus, Message: "there is no such folder or file; expected a folder of cases or of documents, or a document"}
	}
	var jobs []diffJob
	names := []string{corpus}
	if info.IsDir() {
		cases, _, err := readCases(corpus)
		var e *mapping.Error
		if err != nil && (!errors.As(err, &e) || e.Kind != mapping.NotFound) {
			return nil, err
		}
		if jobs, err = f.cases(corpus, cases, w); err != nil || len(cases) > 0 {
			return jobs, err
		}
		if names, err = documentFiles(corpus, w); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		found, err := f.documents(c, name)
		if err != nil {
			w.say("%s: left out: %s", name, err)
		}
		jobs = append(jobs, found...)
	}
	if len(jobs) == 0 {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: corpus, Message: "no document is here; expected cases, or documents in *.json or *.xml"}
	}
	return jobs, nil
}

// documentFiles lists the files in a folder and below it that may be documents, by
// their names. What is called like one and is no file is left out aloud: to read a pipe
// is to wait for whoever writes it.
func documentFiles(folder string, w words) (names []string, err error) {
	top := folder + string(filepath.Separator) // which is followed, where it is a link
	err = filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "it cannot be read", Err: err}
		case name != top && strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		document := slices.Contains([]string{".json", ".xml"}, strings.ToLower(filepath.Ext(name)))
		info, err := os.Stat(name)
		switch {
		case err != nil && !document:
		case err != nil:
			w.say("%s: left out: it cannot be read", name)
		case info.IsDir():
			w.say("%s: left out: a link to a folder", name)
		case !document:
		case !info.Mode().IsRegular():
			w.say("%s: left out: no regular file", name)
		default:
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// cases lists the translations that cases ask for.
func (f diffFlags) cases(corpus string, cases []fixtures.Case, w words) (jobs []diffJob, err error) {
	if len(cases) > 0 && (f.from != "" || f.document != "" || len(f.areas)+len(f.accept) > 0) {
		return nil, usageError("--from, --document, --area and --accept: the cases of this corpus say it themselves")
	}
	for _, c := range cases {
		switch {
		case len(c.Faults) > 0:
			w.say("left out: %s", c.Faults[0])
		case len(f.to) == 0 || slices.Contains(f.to, c.Request.To):
			jobs = append(jobs, diffJob{difference.Translation{Document: c.Name}, c.Input, c.Request, c.Organisations})
		}
	}
	switch {
	case len(cases) == 0 || len(jobs) > 0:
	case len(f.to) == 0:
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: corpus, Message: "no case here can be translated"}
	default:
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: "--to", Message: "no case of this corpus is translated to that"}
	}
	return jobs, nil
}

// documents lists the translations of one document.
func (f diffFlags) documents(c *core, name string) ([]diffJob, error) {
	text, err := read(name, nil, documentLimit)
	if err != nil {
		return nil, err
	}
	if text, err = (translateFlags{}).open(text, words{quiet: true}); err != nil {
		return nil, err
	}
	q := document.Request{From: f.from, Document: f.document, Areas: areas(f.areas), Accept: f.accept, Now: time.Now()}
	if err := recogniseDocument(c, text, &q); err != nil {
		return nil, err
	}
	var jobs []diffJob
	for _, o := range document.Offers() {
		wanted := len(f.to) == 0 || slices.Contains(f.to, o.Form)
		if o.Document != q.Document || o.Write != "" || o.Form == q.From || !wanted {
			continue
		}
		asked := q
		asked.To = o.Form
		if q.Document != document.Tilstande {
			asked.Areas, asked.Accept = nil, nil // which are for conditions
		}
		if q.From != "ffb" {
			asked.Areas = nil // the others have their own
		}
		jobs = append(jobs, diffJob{difference.Translation{Document: name, To: o.Form}, text, asked, nil})
	}
	if len(jobs) == 0 {
		return nil, &mapping.Error{Kind: mapping.NotSupported, Message: q.Document + " in " + q.From + " is translated to none of these forms"}
	}
	return jobs, nil
}

// recogniseDocument settles which form and which kind a document is, where the
// request does not say.
func recogniseDocument(c *core, text string, q *document.Request) error {
	var d *tree.Doc
	var err error
	switch {
	case !tree.IsXML(text):
		d, err = tree.Parse(text, tree.Limits{})
	case q.From == "" || q.From == document.FHIR:
		if utf8, _, failed := tree.DecodeXML([]byte(text)); failed == nil && fhirxml.Is(utf8) {
			d, err = fhirJSON(text)
		} else if q.From == "" {
			q.From = shownForm(text)
		}
	}
	if err != nil {
		return err
	}
	if d != nil && q.From == "" {
		if err := recogniseForm(c, d, q); err != nil {
			return err
		}
	}
	if q.Document != "" {
		return nil
	}
	hub, err := c.gateway.Hub(text, *q)
	if err != nil {
		return err
	}
	q.Document = hub.Document
	return nil
}

// recogniseForm settles the form of a document in JSON.
func recogniseForm(c *core, d *tree.Doc, q *document.Request) error {
	if kind := plain.Recognise(d); kind != "" {
		q.From, q.Document = plain.Form, cmp.Or(q.Document, kind)
		return nil
	}
	var forms []string
	kind := ""
	for _, r := range c.gateway.Recognise(d) {
		if (q.Document == "" || r.Document == q.Document) && !slices.Contains(forms, r.Form) {
			forms, kind = append(forms, r.Form), r.Document
		}
	}
	switch len(forms) {
	case 0:
		return &mapping.Error{Kind: mapping.Invalid, Message: "the form is not recognised; --from says it"}
	case 1:
		q.From, q.Document = forms[0], kind
		return nil
	}
	return &mapping.Error{Kind: mapping.Invalid, Message: "the form may be " + strings.Join(forms, " or ") + "; --from says it"}
}
