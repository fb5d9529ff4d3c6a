package main

import (
	"strings"

	"github.com/spf13/cobra"

	"tolk/mapping/document"
	"tolk/mapping/explain"
)

// asked adds the flags that say which translation is asked for.
func (f *translateFlags) asked(cmd *cobra.Command) {
	readable, writable := formNames()
	flags := cmd.Flags()
	flags.StringVar(&f.document, "document", "", "what it is: tilstande, medicinliste, sundhedstjek, henvisning, korrespondance (as it is recognised); of a carecommunication, what it carries")
	flags.StringVar(&f.from, "from", "", "the form of the document: "+strings.Join(readable, ", "))
	flags.StringVar(&f.to, "to", "", "the form asked for: "+strings.Join(writable, ", "))
	flags.StringToStringVar(&f.sender, "sender", nil, "who sends a message, where the document does not say, and who writes: "+partyUsage("sender"))
	flags.StringToStringVar(&f.receiver, "receiver", nil, "whom a message is for: "+partyUsage("receiver"))
	flags.StringSliceVar(&f.areas, "area", nil, "areas of municipal health to translate for, from ffb: sygepleje, hjemmepleje, forebyggelse (all)")
	flags.StringSliceVar(&f.accept, "accept", nil, "write proposals too: narrower, inexact, or one by its id (p-...)")
	flags.StringVar(&f.organisations, "organisations", "", "table of holding organisations: csv with the columns kombit,sor")
	flags.BoolVar(&f.strict, "strict", false, "refuse what does not meet the target's profile, or leaves a leaf unclaimed")
	oneOf(cmd, "document", document.Documents()...)
	oneOf(cmd, "from", readable...)
	oneOf(cmd, "to", writable...)
	oneOf(cmd, "area", areaNames()...)
	oneOf(cmd, "accept", "narrower", "inexact")
}

// explainFlags are the flags of tolk explain.
type explainFlags struct {
	translateFlags
	at, side string
	json     bool
}

func explainCommand() *cobra.Command {
	f := explainFlags{translateFlags: translateFlags{format: "json"}}
	cmd := &cobra.Command{
		Use:   "explain --from FORM --to FORM [--path PATH] [FILE|-]",
		Short: "Say of a leaf why it became what it became",
		Long: `explain translates a document and says of one leaf, of the document or of what came
of it, why it is so:

  fate       what became of it, or where it came from, with the other end
  rule       which rule did that, where it is stated and what stands there
  row        which row of a concept map translated the code, with its reason; also
             those that did, where one code became several
  proposal   the codes that wait for a person, and why they were held
  unmatched  why the other side has no code
  back       what comes back when the answer is translated home, by itself and with
             the residue: it is really done

--path is a path as the ledger has it, in the document or in what came of it. The
name of the document may be left out, or be $; a name without a number means each
of its elements; and a path that is no leaf means all leaves below it. Without
--path every leaf is told on one line, with its fate, its value and the rule.

The values of the document are shown: they are its owner's to see. With --json the
answer is a list of leaves, each with side, path, value, fate, rule, row, relation,
also, reason, others and values (the paths at the other end and what stands there),
proposals, unmatched and back (offered, why, without and with the residue, same). A
value is what stands in the document: of JSON as it is written, to the last digit,
and of XML its text as a string.`,
		Example: `  tolk explain --from ffb --to fsiii --area hjemmepleje record.json --path Condition.code
  tolk explain --from ffb --to fsiii record.json --path 'entry[1].resource.severity' --side source
  tolk explain --from fmk --to plain --json medicinkort.xml
  tolk explain --from plain --to fhir - < medicinliste.json`,
		Args: takes(0, "FILE|-"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, append(args, "-")[0])
		},
	}
	f.asked(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.at, "path", "", "the leaf to explain, or what it is in (every leaf)")
	flags.StringVar(&f.side, "side", "", "look on one side only: source, target")
	flags.BoolVar(&f.json, "json", false, "write the answer as JSON, for programs")
	overridesFlag(flags, &f.overrides)
	oneOf(cmd, "side", explain.Source, explain.Target)
	return cmd
}

// run translates the document, and explains what was asked for.
func (f explainFlags) run(cmd *cobra.Command, name string) error {
	if f.side != "" {
		if err := amongst("side", f.side, explain.Source, explain.Target); err != nil {
			return err
		}
	}
	q, err := f.request()
	if err != nil {
		return err
	}
	core, text, err := f.opened(cmd, name, words{to: cmd.ErrOrStderr()})
	if err != nil {
		return err
	}
	account, err := explain.New(core.explained(text, q))
	if err != nil {
		return named(err, name)
	}
	leaves, err := f.leaves(account)
	switch {
	case err != nil:
		return err
	case f.json:
		return emitJSON(cmd.OutOrStdout(), leaves)
	case f.at == "":
		return emit(cmd.OutOrStdout(), listed(leaves))
	}
	return emit(cmd.OutOrStdout(), explained(leaves))
}

// explained is a translation to be made and explained.
func (c *core) explained(text string, q document.Request) explain.Case {
	return explain.Case{Gateway: c.gateway, Terms: c.terms, Rules: c.rules, Fields: c.fields, Request: q, Input: text}
}

// leaves are those that were asked for.
func (f explainFlags) leaves(a *explain.Account) ([]explain.Leaf, error) {
	var sides []string
	if f.side != "" {
		sides = []string{f.side}
	}
	return a.Find(f.at, sides...)
}
