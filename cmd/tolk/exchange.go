package main

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

func exchangeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "exchange",
		Short: "See where messages are and why, and act on them",
		Long: `exchange is for whoever runs a node: it lists messages, shows the whole life of one
and why it is where it is, reads what is in one, and sends again, releases or
erases.

A node that runs is asked over a socket in its data folder, which only the account
that owns the node may use; where none runs the journal itself is opened. What is
done stands in the audit under the name of the account, with the reason that is
asked for. A citizen is named in a file or on stdin, never on the command line.`,
		Args: expectCommand,
		Run:  func(*cobra.Command, []string) {},
	}
	cmd.AddCommand(exchangeListCommand(), exchangeShowCommand(), exchangePartCommand(),
		exchangeActCommand(exchange.Rerun), exchangeActCommand(exchange.Release), exchangeActCommand(exchange.Erase),
		exchangeReceiversCommand(), exchangeShadowCommand())
	return cmd
}

// filterFlags select messages.
type filterFlags struct {
	state, sender, receiver, document, channel, from, to string
	citizen                                              string // a file, or - for stdin
}

func (f *filterFlags) flags(cmd *cobra.Command, citizen string) {
	p := cmd.Flags()
	p.StringVar(&f.state, "state", "", "messages with a delivery that is waiting, retry, sending, dead, held, delivered or released")
	p.StringVar(&f.sender, "sender", "", "messages of this client")
	p.StringVar(&f.receiver, "receiver", "", "messages to this receiver, and only the deliveries to it")
	p.StringVar(&f.document, "document", "", "messages of this kind")
	p.StringVar(&f.channel, "channel", "", "messages of this channel: medcom, ehmi, vans, document")
	p.StringVar(&f.from, "from", "", "messages accepted from then on: a date or a time")
	p.StringVar(&f.to, "to", "", "messages accepted until then: a date or a time")
	p.StringVar(&f.citizen, "citizen", "", citizen)
	oneOf(cmd, "state", deliveryStates...)
	oneOf(cmd, "channel", messageChannels...)
}

const citizenUsage = "messages about the citizen whose number is in this file; - reads it from stdin"

// The states of a delivery and the channels of a message, that filters select by.
var (
	deliveryStates  = []string{"waiting", "retry", "sending", "dead", "held", "delivered", "released"}
	messageChannels = []string{"medcom", "ehmi", "vans", "document"}
)

// fields are those that are given, as the API calls them.
func (f *filterFlags) fields(cmd *cobra.Command) (map[string]string, error) {
	if err := errors.Join(ifAmongst("state", f.state, deliveryStates...), ifAmongst("channel", f.channel, messageChannels...)); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for name, value := range map[string]string{"state": f.state, "sender": f.sender, "receiver": f.receiver, "document": f.document,
		"channel": f.channel, "from": f.from, "to": f.to} {
		if value != "" {
			all[name] = value
		}
	}
	number, err := citizenIn(cmd, f.citizen)
	if number != "" {
		all["citizen"] = number
	}
	return all, err
}

// citizenIn reads the number of a citizen from a file; empty where none is named.
func citizenIn(cmd *cobra.Command, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	if strings.Trim(name, "0123456789-") == "" && len(name) >= 10 {
		return "", usageError("--citizen: expected the name of a file, or - for stdin: a number on the command line is seen by everybody on the machine")
	}
	text, err := read(name, cmd.InOrStdin(), 100)
	if err != nil {
		return "", err
	}
	number := strings.TrimSpace(text)
	if number == "" || len(number) > 20 || strings.ContainsAny(number, " \n") {
		return "", &mapping.Error{Kind: mapping.Invalid, Path: place(name), Message: "expected the number of one citizen, and nothing else"}
	}
	return number, nil
}

func exchangeListCommand() *cobra.Command {
	var f filterFlags
	var at reachFlags
	var limit int
	var before int64
	cmd := &cobra.Command{
		Use:   "list --data DIR",
		Short: "List messages, newest first",
		Long: `list lists messages, newest first, with where each of their deliveries is and why.
No line names a citizen. A page ends with what asks for the next one.`,
		Example: `  tolk exchange list --data data --state dead
  tolk exchange list --data data --citizen - < number.txt`,
		Args: takes(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			fields, err := f.fields(cmd)
			if err != nil {
				return err
			}
			fields["limit"] = strconv.Itoa(limit)
			if before > 0 {
				fields["before"] = strconv.FormatInt(before, 10)
			}
			r, err := at.reach(cmd)
			if err != nil {
				return err
			}
			defer r.close()
			text, err := r.post(cmd.Context(), "/v1/exchange/_search", fields)
			if err != nil {
				return err
			}
			if at.json {
				return emitIndented(cmd, text)
			}
			var answer struct {
				Messages []exchange.Line
				Before   int64
			}
			if err := json.Unmarshal(text, &answer); err != nil {
				return silent(err)
			}
			w := words{to: cmd.ErrOrStderr()}
			if len(answer.Messages) == 0 {
				w.say("no message")
			}
			if answer.Before > 0 {
				w.hint("--before %d lists the next ones", answer.Before)
			}
			return emit(cmd.OutOrStdout(), lines(answer.Messages))
		},
	}
	at.flags(cmd)
	f.flags(cmd, citizenUsage)
	cmd.Flags().IntVar(&limit, "limit", 100, "how many at most: 1 to 1000")
	cmd.Flags().Int64Var(&before, "before", 0, "the page after one that ended so")
	return cmd
}

// emitIndented writes JSON for people and programs.
func emitIndented(cmd *cobra.Command, text []byte) error {
	pretty, err := indent(string(text))
	if err != nil {
		return err
	}
	return emit(cmd.OutOrStdout(), pretty)
}

func exchangeShowCommand() *cobra.Command {
	var at reachFlags
	cmd := &cobra.Command{
		Use:     "show --data DIR ID",
		Short:   "Show the whole life of a message, and why",
		Long:    `show tells everything that is known of one message but what is in it: where it goes and why, where each delivery is and why, and every step with who did it.`,
		Example: "  tolk exchange show --data data 019c8b1e-0000-7000-8000-000000000001",
		Args:    takes(1, "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := at.reach(cmd)
			if err != nil {
				return err
			}
			defer r.close()
			text, err := r.get(cmd.Context(), "/v1/exchange/"+url.PathEscape(args[0]), nil)
			if err != nil {
				return err
			}
			if at.json {
				return emitIndented(cmd, text)
			}
			var l exchange.Life
			if err := json.Unmarshal(text, &l); err != nil {
				return silent(err)
			}
			return emit(cmd.OutOrStdout(), life(&l))
		},
	}
	at.flags(cmd)
	return cmd
}

func exchangePartCommand() *cobra.Command {
	var at reachFlags
	var receiver, why string
	parts := []string{exchange.Original, exchange.Translation, exchange.Ledger, exchange.Residue, exchange.Answer}
	cmd := &cobra.Command{
		Use:   "part --data DIR --why TEXT ID PART",
		Short: "Read what is in a message",
		Long: `part writes a part of a message to stdout, byte for byte: ` + strings.Join(parts, ", ") + `.
All but the original are of one receiver. That it was read, by whom and why, is in
the audit before the first byte is out.`,
		Example:   "  tolk exchange part --data data --why 'the GP says it is empty' 019c8b1e-0000-7000-8000-000000000001 translation",
		Args:      takes(2, "ID", "PART"),
		ValidArgs: parts,
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(why) == "" {
				return usageError("--why: expected the reason, for the audit")
			}
			if err := word("PART", args[1], parts...); err != nil {
				return err
			}
			r, err := at.reach(cmd)
			if err != nil {
				return err
			}
			defer r.close()
			query := url.Values{"why": {why}}
			if receiver != "" {
				query.Set("receiver", receiver)
			}
			text, err := r.get(cmd.Context(), "/v1/exchange/"+url.PathEscape(args[0])+"/"+url.PathEscape(args[1]), query)
			if err != nil {
				return err
			}
			return emit(cmd.OutOrStdout(), text)
		},
	}
	at.flags(cmd)
	cmd.Flags().Lookup("json").Hidden = true // the part is what it is
	cmd.Flags().StringVar(&receiver, "receiver", "", "the receiver whose part it is, where there are several")
	cmd.Flags().StringVar(&why, "why", "", "why it is read, for the audit; no citizen's name in it")
	return cmd
}
