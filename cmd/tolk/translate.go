package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tolk/adapters/api"
	"tolk/adapters/envelope"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

const (
	documentLimit = 16 << 20 // bytes, as the core bounds a document
	residueLimit  = 64 << 20 // bytes, as the core bounds a residue
)

// translateFlags are the flags of tolk translate.
type translateFlags struct {
	document, from, to       string
	format                   string
	sender, receiver         map[string]string
	areas, accept            []string
	ledger, residue, restore string
	organisations, overrides string
	envelope                 string
	strict, indent, quiet    bool
}

func translateCommand() *cobra.Command {
	var f translateFlags
	cmd := &cobra.Command{
		Use:   "translate --from FORM --to FORM [FILE|-]",
		Short: "Translate a document, with an account of every leaf",
		Long: `translate reads a document in one form and writes it in another. The documents
are a condition record (tilstande), a medication list (medicinliste), a health
check (sundhedstjek), a referral (henvisning) and a correspondence
(korrespondance); the forms are

  plain             Danish JSON for social systems (schemas/*.schema.json)
  ffb, fsiii        the published forms of the two sides
  fhir              the hub: FHIR R4 with all codings side by side
  fmk               the medication card, as FMK 1.6.0 or 1.4.6 answers it (XML)
  hco               MedCom HomeCareObservation
  carecommunication MedCom CareCommunication 5.0
  xref01, xref15    MedCom's referrals to a hospital and to a municipality (XML)

doc/ways.md says which is translated to which, and why the rest is not. FHIR is
read as JSON or XML. The document goes to stdout. What became of its leaves, and
what the reader or the target's profile still lacks, is told on stderr.

A message has parties. Where the document does not say them all, --sender and
--receiver do: the organisation by SOR and GLN, and of the sender who writes, as
what, and the number to call. What the target has no place for is refused.

A document that comes in a network envelope (VANSEnvelope, ehmiSBDH) is taken out
of it. --envelope puts the message that is written into one: vans for
carecommunication and xref01, ehmi for hco.

A code that claims more or something else than the original (narrower, inexact)
is never written unasked: it is a proposal on the ledger, and --accept writes it,
by its id or for all of a relation.

The residue holds what the target form has no place for. Together with the
document it gives the original back:

  tolk translate --from ffb --to fsiii --residue rest.json record.json > out.json
  tolk translate --from fsiii --to ffb --restore rest.json out.json`,
		Example: `  tolk translate --from ffb --to fsiii --area sygepleje,hjemmepleje --ledger ledger.json record.json
  tolk translate --from fsiii --to fhir --indent - < record.json
  tolk translate --from fmk --to carecommunication medicinkort.xml \
    --sender sor=NUMBER,gln=NUMBER,person=NAME,role=ROLE,phone=NUMBER --receiver sor=NUMBER,gln=NUMBER`,
		Args: takes(0, "FILE|-"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, append(args, "-")[0])
		},
	}
	f.asked(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "json", "how FHIR is written: json, xml")
	flags.StringVar(&f.ledger, "ledger", "", "write the ledger to this file")
	flags.StringVar(&f.residue, "residue", "", "write what gives the original back to this file")
	flags.StringVar(&f.restore, "restore", "", "give the original back, from the residue in this file")
	overridesFlag(flags, &f.overrides)
	flags.StringVar(&f.envelope, "envelope", "", "put the message that is written into a network envelope: vans, ehmi")
	flags.BoolVar(&f.indent, "indent", false, "write the document on several lines, for people (JSON)")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "nothing on stderr but errors")
	oneOf(cmd, "format", "json", "xml")
	oneOf(cmd, "envelope", string(envelope.VANS), string(envelope.EHMI))
	return cmd
}

// run reads the document, asks the core and writes the answer: the files first,
// so that a document on stdout means that all of it is there.
func (f translateFlags) run(cmd *cobra.Command, name string) error {
	if err := f.apart(name); err != nil {
		return err
	}
	q, err := f.request()
	if err != nil {
		return err
	}
	enclose, err := f.enclosing()
	if err != nil {
		return err
	}
	w := words{cmd.ErrOrStderr(), f.quiet}
	core, text, err := f.opened(cmd, name, w)
	if err != nil {
		return err
	}
	result, err := core.gateway.Translate(text, q)
	if err != nil {
		return named(err, name)
	}
	if err := f.save(result); err != nil {
		return err
	}
	output := result.Output
	switch {
	case enclose != nil:
		if output, err = enclose(result, f.format == "xml", q.Now); err != nil {
			return err
		}
	case tree.IsXML(string(output)): // a form that is XML of its own goes as it is sent
	case f.format == "xml":
		if output, err = asXML(output, f.to); err != nil {
			return err
		}
	case f.indent:
		var b bytes.Buffer
		if err := json.Indent(&b, output, "", "  "); err != nil {
			return &mapping.Error{Kind: mapping.Exception, Message: "the document cannot be indented", Err: err}
		}
		output = b.Bytes()
	}
	if err := emit(cmd.OutOrStdout(), line(output)); err != nil {
		return err
	}
	f.tell(w, result.Ledger)
	return nil
}

// enclosing returns what puts the document into the envelope of --envelope, nil
// where none is asked for.
func (f translateFlags) enclosing() (api.Enclose, error) {
	if f.envelope == "" {
		return nil, nil
	}
	if f.indent {
		return nil, usageError("--indent: a document in an envelope is written as it is sent")
	}
	enclose, err := enclosing(f.envelope, f.to)
	if err != nil {
		return nil, usageError("--" + err.Error())
	}
	return enclose, nil
}

// opened is the core that is asked, and the document of a file, out of its envelope.
func (f translateFlags) opened(cmd *cobra.Command, name string, w words) (*core, string, error) {
	core, err := wireOver(f.overrides, f.organisations)
	if err != nil {
		return nil, "", err
	}
	text, err := read(name, cmd.InOrStdin(), 2*documentLimit) // base64, where it is in an envelope
	if err != nil {
		return nil, "", err
	}
	if text, err = f.open(text, w); err != nil {
		return nil, "", named(err, name)
	}
	return core, text, nil
}

// open takes a document out of the network envelope that it may be in, and tells
// what the envelope says wrongly.
func (f translateFlags) open(text string, w words) (string, error) {
	o, err := openEnvelope(text, documentLimit)
	switch {
	case err != nil || o == nil:
		return text, err
	case o.Receipt != "":
		return "", &mapping.Error{Kind: mapping.Invalid, Message: o.Receipt + "; there is no document in it"}
	}
	notices := o.Notices
	if m := o.Parties(); m != nil {
		notices = append(notices, o.Strange(m)...)
	}
	for _, n := range notices {
		w.say("%s", n)
	}
	return o.Message, nil
}

// asXML writes a FHIR document as XML (http://hl7.org/fhir/R4/xml.html).
func asXML(output []byte, form string) ([]byte, error) {
	if form == "plain" {
		return nil, usageError("--format xml: plain is JSON; expected a form of FHIR")
	}
	doc, err := tree.Parse(string(output), tree.Limits{})
	if err != nil {
		return nil, err
	}
	return fhirxml.FromJSON(doc)
}

// formNames lists the forms that any document is read from, and written to.
func formNames() (readable, writable []string) {
	return document.Readable(""), document.Writable("", "")
}

// apart refuses to write two things to one file, or over what is read.
func (f translateFlags) apart(name string) error {
	taken := map[string]bool{filepath.Clean(name): true, filepath.Clean(f.organisations): true, filepath.Clean(f.restore): true}
	for _, file := range []struct{ flag, name string }{{"--ledger", f.ledger}, {"--residue", f.residue}} {
		if file.name != "" && taken[filepath.Clean(file.name)] {
			return usageError(file.flag + ": expected a file of its own, " + file.name + " is another's")
		}
		taken[filepath.Clean(file.name)] = true
	}
	return nil
}

// vocabulary refuses the words that are none of those a flag takes.
func (f translateFlags) vocabulary() error {
	return errors.Join(formWord("from", f.from, document.Readable(f.document)), formWord("to", f.to, document.Writable(f.document, f.from)), ifAmongst("document", f.document, document.Documents()...),
		allAmongst("area", f.areas, areaNames()...), acceptable(f.accept), amongst("format", f.format, "json", "xml"),
		ifAmongst("envelope", f.envelope, string(envelope.VANS), string(envelope.EHMI)))
}

// request turns the flags into what the core is asked.
func (f translateFlags) request() (document.Request, error) {
	switch {
	case f.from == "":
		return document.Request{}, usageError("--from: required: the form of the document")
	case f.to == "":
		return document.Request{}, usageError("--to: required: the form asked for")
	case f.format == "xml" && f.indent:
		return document.Request{}, usageError("--indent: is for --format json")
	case f.indent && slices.Contains([]string{"fmk", "xref01", "xref15"}, f.to):
		return document.Request{}, usageError("--indent: " + f.to + " is XML, and is written as it is sent")
	case f.restore != "" && f.organisations != "":
		return document.Request{}, usageError("--organisations: " + document.Restored)
	}
	q := document.Request{Document: f.document, From: f.from, To: f.to, Areas: areas(f.areas), Accept: f.accept,
		Strict: f.strict, Now: time.Now(), WithResidue: f.residue != ""}
	err := f.vocabulary()
	if err != nil {
		return q, err
	}
	if q.Sender, q.Receiver, err = readParties(f.sender, f.receiver); err != nil {
		return q, err
	}
	if f.restore == "" {
		return q, flagged(q.Useful())
	}
	if err := flagged(q.Unsaid(document.Restored)); err != nil {
		return q, err
	}
	residue, err := read(f.restore, nil, residueLimit)
	if err != nil {
		return q, err
	}
	if strings.TrimSpace(residue) == "" {
		return q, &mapping.Error{Kind: mapping.Required, Path: f.restore, Message: "the file is empty; expected the residue of a translation"}
	}
	q.Residue = residue
	return q, nil
}

// save writes the ledger and the residue where they were asked for.
func (f translateFlags) save(result *document.Result) error {
	if f.ledger != "" {
		text, err := encode(result.Ledger)
		if err != nil {
			return err
		}
		if err := save(f.ledger, text); err != nil {
			return err
		}
	}
	if f.residue != "" {
		return save(f.residue, append(result.Residue, '\n'))
	}
	return nil
}

// named gives an error of the whole document the name of the file as its path. Of
// several that are joined in one it joins all, so that each gets a line of its own.
func named(err error, name string) error {
	if all := each(err); len(all) > 1 {
		for i, one := range all {
			all[i] = named(one, name)
		}
		return errors.Join(all...)
	}
	var e *mapping.Error
	if errors.As(err, &e) && (e.Path == "" || e.Path == "$this") {
		return &mapping.Error{Kind: e.Kind, Path: place(name), Message: e.Message, Value: e.Value, Err: e.Err}
	}
	return err
}

// each lists the errors that are joined in one.
func each(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, each(e)...)
	}
	return all
}

// tell sums the ledger up, names what the profile lacks, and what could be done
// next.
func (f translateFlags) tell(w words, l *ledger.Ledger) {
	fates := make([]string, 0, 6)
	for _, fate := range ledger.Fates() {
		fates = append(fates, fmt.Sprintf("%d %s", l.Counts[fate.String()], fate))
	}
	w.say("%s: %s; %s, %d unmatched", count(l.Counts["leaves"], "leaf", "leaves"), strings.Join(fates, ", "),
		count(len(l.Proposals), "proposal", "proposals"), len(l.Unmatched))
	for _, n := range l.Notices {
		w.say("%s: %s", n.Path, n.Message)
	}
	for _, lack := range l.Conformance.Lacks {
		w.say("%s: %s (from %s)", lack.Element, lack.Message, lack.Path)
	}
	where := f.ledger
	if where == "" {
		where = "--ledger FILE"
	}
	if len(l.Proposals) > 0 {
		w.hint("%s shows the proposals; --accept ID writes one", where)
	}
	if n := l.Counts[ledger.Unclaimed.String()]; n > 0 && f.residue == "" {
		w.hint("no rule knows %d of the leaves: %s names them, --residue FILE keeps them", n, where)
	}
}
