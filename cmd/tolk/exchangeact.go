package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tolk/mapping/exchange"
)

// acts are what a person does with messages.
var acts = map[string]struct{ short, long, verb string }{
	exchange.Rerun: {"Send dead or held deliveries again",
		`rerun sends deliveries that are dead or held again, in their old place. --maps names
the version of the mappings to translate with: that in force, one of --maps of the
node, or one that was in force before.`, "to send again"},
	exchange.Release: {"Take deliveries out for good",
		`release takes deliveries out for good: they are not sent, and what the citizen has
behind them goes on.`, "to release"},
	exchange.Erase: {"Take messages away for good",
		`erase takes messages away for good, with the key of what is in them: nobody can read
them again, here or in a backup's copy of the journal that is younger. That there
was a message, and that it was erased, stays.`, "to erase"},
}

func exchangeActCommand(do string) *cobra.Command {
	var at reachFlags
	var f filterFlags
	var why, maps string
	var dry bool
	said := acts[do]
	cmd := &cobra.Command{
		Use:   do + " --data DIR --why TEXT [ID...]",
		Short: said.short,
		Long: said.long + `

The messages are named by their ids, or selected by the filters of tolk exchange
list, at most 1000 at a time. --dry-run tells what would be done, and does
nothing. The exit code is 1 where something was refused.`,
		Example: `  tolk exchange ` + do + ` --data data --why 'agreed with the receiver' --dry-run --state dead --receiver laegehus`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(why) == "" {
				return usageError("--why: expected the reason, for the audit")
			}
			filter, err := f.fields(cmd)
			if err != nil {
				return err
			}
			body := map[string]any{"do": do, "why": why, "dry": dry}
			if f.receiver != "" {
				body["receiver"] = f.receiver
			}
			if maps != "" {
				body["maps"] = maps
			}
			delete(filter, "receiver")
			switch {
			case len(args) > 0 && len(filter) > 0:
				return usageError("expected ids or filters, not both")
			case len(args) > 0:
				body["ids"] = args
			case len(filter) == 0 && f.receiver == "":
				return usageError("expected the ids of messages, or a filter that selects them")
			default:
				if f.receiver != "" {
					filter["receiver"] = f.receiver
				}
				body["filter"] = filter
			}
			r, err := at.reach(cmd)
			if err != nil {
				return err
			}
			defer r.close()
			text, err := r.post(cmd.Context(), "/v1/exchange/_act", body)
			if err != nil {
				return err
			}
			return acted(cmd, text, at.json, dry, said.verb)
		},
	}
	at.flags(cmd)
	f.flags(cmd, citizenUsage)
	cmd.Flags().StringVar(&why, "why", "", "why it is done, for the audit; no citizen's name in it")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "tell what would be done, and do nothing")
	if do == exchange.Rerun {
		cmd.Flags().StringVar(&maps, "maps", "", "the version of the mappings to translate with (that in force)")
	}
	return cmd
}

// acted tells what came of it.
func acted(cmd *cobra.Command, text []byte, asJSON, dry bool, verb string) error {
	var answer struct {
		Done []exchange.Done
		More bool
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return silent(err)
	}
	refused := 0
	var b strings.Builder
	for _, d := range answer.Done {
		to := ""
		if d.Receiver != "" {
			to = " to " + d.Receiver
		}
		switch {
		case d.Refused != "":
			refused++
			fmt.Fprintf(&b, "%s%s: refused: %s\n", d.ID, to, d.Refused)
		case dry:
			fmt.Fprintf(&b, "%s%s: %s\n", d.ID, to, verb)
		default:
			fmt.Fprintf(&b, "%s%s: %s\n", d.ID, to, done(d.Did))
		}
	}
	var err error
	if asJSON {
		err = emitIndented(cmd, text)
	} else {
		err = emit(cmd.OutOrStdout(), []byte(b.String()))
	}
	if err != nil {
		return err
	}
	w := words{to: cmd.ErrOrStderr(), quiet: asJSON}
	if len(answer.Done) == 0 {
		w.say("no message is meant")
	}
	if answer.More {
		w.say("there may be more: one call is done with as many as this at most")
	}
	if dry {
		w.hint("the same without --dry-run does it")
	}
	if refused > 0 {
		return errSaid
	}
	return nil
}

// done is an action that was done, in words.
func done(did string) string {
	return map[string]string{exchange.Rerun: "is sent again", exchange.Release: "released", exchange.Erase: "erased"}[did]
}
