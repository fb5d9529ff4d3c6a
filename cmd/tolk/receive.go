package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tolk/adapters/envelope"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// receiveFlags are the flags of tolk receive.
type receiveFlags struct {
	document, from, to       string
	sender, receiver         map[string]string
	acknowledgement, receipt string
	ledger, attachments      string
	envelope, own, overrides string
	strict, quiet            bool
}

func receiveCommand() *cobra.Command {
	var f receiveFlags
	_, writable := formNames()
	cmd := &cobra.Command{
		Use:   "receive [--to FORM] [FILE|-]",
		Short: "Take a MedCom message, and answer it with an acknowledgement",
		Long: `receive does with a message what POST /fhir/$process-message does: it checks the
envelope of the message, has its content translated where a form is asked for,
and writes MedCom's acknowledgement: ok, fatal-error for what will be wrong the
next time too, transient-error for what may be sent again.

A message is a Bundle of type message, in FHIR JSON or XML, bare or in a
VANSEnvelope or an ehmiSBDH. The acknowledgement of what came in an envelope goes
back in one of the same kind, to whom it came from. Other Bundles of a document
(collection, document, transaction, batch) are translated, and not acknowledged.

Without --to the acknowledgement goes to stdout. With --to the content does, and
the acknowledgement to the file of --acknowledgement. Documents that came along
in the message are written to the folder of --attachments. The exit code is 1
where the message is refused; the acknowledgement says why, and so does stderr.

Nothing is sent and nothing is kept: a message that is taken twice is answered
twice.`,
		Example: `  tolk receive besked.json > kvittering.json
  tolk receive --to plain --acknowledgement kvittering.xml --attachments bilag kuvert.xml > korrespondance.json`,
		Args: takes(0, "FILE|-"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, append(args, "-")[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.document, "document", "", "what is asked for of it: "+strings.Join(document.Documents(), ", ")+" (as it is recognised)")
	flags.StringVar(&f.from, "from", "", "the form of a Bundle that is no message (as it is recognised)")
	flags.StringVar(&f.to, "to", "", "the form asked for: "+strings.Join(writable, ", "))
	flags.StringToStringVar(&f.sender, "sender", nil, "who sends what is written, where it is a message: as for tolk translate")
	flags.StringToStringVar(&f.receiver, "receiver", nil, "whom what is written is for: as for tolk translate")
	flags.StringVar(&f.acknowledgement, "acknowledgement", "", "write the acknowledgement to this file")
	flags.StringVar(&f.receipt, "receipt", "", "write the receipt that the envelope asks for to this file: that it came, and no more")
	flags.StringVar(&f.ledger, "ledger", "", "write the ledger to this file")
	flags.StringVar(&f.attachments, "attachments", "", "write the documents that came along to this folder, in the form asked for")
	flags.StringVar(&f.envelope, "envelope", "", "none: the acknowledgement without the envelope")
	flags.StringVar(&f.own, "own", "", ownUsage)
	overridesFlag(flags, &f.overrides)
	flags.BoolVar(&f.strict, "strict", false, "refuse content that does not meet the target's profile, or leaves a leaf unclaimed")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "nothing on stderr but errors")
	oneOf(cmd, "document", document.Documents()...)
	oneOf(cmd, "to", writable...)
	oneOf(cmd, "envelope", "none")
	return cmd
}

// run takes the message and answers it: what came of it first, to its files and to
// stdout, and the acknowledgement last, so that nobody is told that a message was
// taken which then was not written.
func (f receiveFlags) run(cmd *cobra.Command, name string) error {
	a, err := f.ask(name)
	if err != nil {
		return err
	}
	core, err := wireOver(f.overrides, "")
	if err != nil {
		return err
	}
	text, err := read(name, cmd.InOrStdin(), 2*documentLimit)
	if err != nil {
		return err
	}
	w := words{cmd.ErrOrStderr(), f.quiet}
	e, err := f.open(text, w)
	if err != nil {
		return named(err, name)
	}
	a.Body = text
	if e != nil {
		if e.Receipt != nil {
			w.say("%s; nothing is answered to a receipt", receiptSays(e.Receipt))
			return nil
		}
		a.Body = e.Text()
	}
	if e != nil && tree.IsXML(a.Body) && !fhirxml.Is(a.Body) {
		return named(&mapping.Error{Kind: mapping.NotSupported, Message: "there is no FHIR in the envelope; what is in it, a letter or a card, is translated by tolk translate"}, name)
	}
	o := (&message.Processor{Gateway: core.gateway}).Process(a)
	if o.Acknowledgement == nil && o.Err != nil {
		return f.refuse(words{to: w.to}, o.Err, name)
	}
	ack, err := f.sealed(o, e, a.Now)
	if err != nil {
		return err
	}
	if err := f.write(cmd.OutOrStdout(), o, w); err != nil {
		return err
	}
	if err := f.answer(cmd.OutOrStdout(), ack, w); err != nil {
		return err
	}
	f.tell(o, e, w)
	if o.Err != nil {
		return f.refuse(words{to: w.to}, o.Err, name)
	}
	return nil
}

// ask turns the flags into what the core is asked.
func (f receiveFlags) ask(name string) (a message.Ask, err error) {
	taken := map[string]bool{filepath.Clean(name): true}
	for _, file := range []struct{ flag, name string }{{"--acknowledgement", f.acknowledgement}, {"--receipt", f.receipt}, {"--ledger", f.ledger}} {
		if file.name != "" && taken[filepath.Clean(file.name)] {
			return a, usageError(file.flag + ": expected a file of its own, " + file.name + " is another's")
		}
		taken[filepath.Clean(file.name)] = true
	}
	if err := errors.Join(ifAmongst("envelope", f.envelope, "none"), formWord("from", f.from, document.Readable(f.document)), formWord("to", f.to, document.Writable(f.document, f.from)),
		ifAmongst("document", f.document, document.Documents()...)); err != nil {
		return a, err
	}
	a = message.Ask{Document: f.document, From: f.from, To: f.to, Strict: f.strict, Now: time.Now()}
	if a.Own, err = ownParty(f.own); err != nil {
		return a, err
	}
	if a.Sender, a.Receiver, err = readParties(f.sender, f.receiver); err != nil {
		return a, err
	}
	if err = flagged(a.Useful()); err != nil || f.to != "" {
		return a, err
	}
	for _, of := range []struct{ flag, name string }{{"--ledger", f.ledger}, {"--attachments", f.attachments}} {
		if of.name != "" {
			return a, usageError(of.flag + ": " + message.Untranslated)
		}
	}
	return a, nil
}

// open opens the envelope that a text may be, tells what it says wrongly, and
// writes the receipt that it asks for.
func (f receiveFlags) open(text string, w words) (*envelope.Envelope, error) {
	if !envelope.Is(text) {
		return nil, nil
	}
	e, err := envelope.Unwrap([]byte(text), documentLimit)
	if err != nil {
		return nil, err
	}
	for _, n := range e.Notices {
		w.say("%s", n)
	}
	if f.receipt == "" || e.Receipt != nil {
		return e, nil
	}
	if !e.Reliable {
		w.say("the envelope asks for no receipt; %s is not written", f.receipt)
		return e, nil
	}
	receipt, err := envelope.Wrap(e.Confirm(time.Now()))
	if err != nil {
		return nil, err
	}
	return e, save(f.receipt, receipt)
}

// sealed is the answer as it goes back: in an envelope, where the message came in
// one.
func (f receiveFlags) sealed(o *message.Outcome, e *envelope.Envelope, now time.Time) ([]byte, error) {
	switch {
	case o.Acknowledgement == nil:
		return o.Answer, nil
	case e != nil && f.envelope == "":
		return seal(e, o.Acknowledgement, now)
	}
	return o.Acknowledgement, nil
}

// write writes what came of the message, where a form is asked for: the documents
// that came along, the ledger, and the content to stdout.
func (f receiveFlags) write(stdout io.Writer, o *message.Outcome, w words) error {
	if f.to == "" {
		return nil
	}
	if err := f.attach(o, w); err != nil || o.Result == nil {
		return err
	}
	if err := (translateFlags{ledger: f.ledger}).save(o.Result); err != nil {
		return err
	}
	return emit(stdout, line(o.Result.Output))
}

// answer writes the acknowledgement, or what else answers.
func (f receiveFlags) answer(stdout io.Writer, ack []byte, w words) error {
	switch {
	case ack == nil && f.acknowledgement != "":
		w.say("nothing is acknowledged; %s is not written", f.acknowledgement)
	case ack == nil:
	case f.acknowledgement != "":
		return save(f.acknowledgement, line(ack))
	case f.to != "":
		w.hint("--acknowledgement FILE writes the acknowledgement")
	default:
		return emit(stdout, line(ack))
	}
	return nil
}

// line ends a text with a line feed, where it has none yet.
func line(text []byte) []byte { return append(bytes.TrimSuffix(text, []byte("\n")), '\n') }

// attach writes the documents that came along, each to a file that is called
// after its place and what it is.
func (f receiveFlags) attach(o *message.Outcome, w words) error {
	for i, x := range o.Attached {
		switch {
		case x.Err != nil:
			w.say("%s: a %s came along, and is not written as %s: %s", x.Path, x.Document, f.to, x.Err.Error())
			continue
		case f.attachments == "":
			w.say("%s: a %s came along", x.Path, x.Document)
			w.hint("--attachments FOLDER writes it")
			continue
		}
		text := x.Body
		if x.Result != nil {
			text = string(x.Result.Output)
		}
		kind := "json"
		if tree.IsXML(text) {
			kind = "xml"
		}
		if err := os.MkdirAll(f.attachments, 0o700); err != nil {
			return &mapping.Error{Kind: mapping.NotFound, Path: f.attachments, Message: "the folder cannot be made", Err: err}
		}
		file := filepath.Join(f.attachments, fmt.Sprintf("%d-%s.%s", i+1, x.Document, kind))
		if err := save(file, line([]byte(text))); err != nil {
			return err
		}
		w.say("%s: a %s came along, written to %s", x.Path, x.Document, file)
	}
	return nil
}

// tell says what it was, and how it went.
func (f receiveFlags) tell(o *message.Outcome, e *envelope.Envelope, w words) {
	if m := o.Message; e != nil && m != nil {
		for _, n := range e.Strange(m) {
			w.say("%s", n)
		}
	}
	switch m := o.Message; {
	case m != nil && m.Response != nil:
		w.say("an acknowledgement: %s; it is never acknowledged itself", m.Response.Code)
		for _, i := range m.Response.Issues {
			w.say("%s %s", i.Severity, i.Code)
		}
	case m != nil:
		for _, t := range m.Told {
			w.say("%s", t.Error.Error())
		}
		if o.Err == nil {
			w.say("%s: taken, and acknowledged with ok", o.Kind)
		}
	}
	if o.Result != nil {
		translateFlags{ledger: f.ledger, quiet: f.quiet}.tell(w, o.Result.Ledger)
	}
}

// refuse tells every fault on a line of its own.
func (f receiveFlags) refuse(w words, err error, name string) error {
	for _, one := range each(err) {
		w.say("%s", named(one, name).Error())
	}
	return errSaid
}
