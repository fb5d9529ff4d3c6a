package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tolk/mapping/exchange"
)

// minute is how times are shown in tables.
const minute = "2006-01-02 15:04:05"

// table writes rows under a heading, in columns.
func table(head string, rows func(row func(cells ...any))) []byte {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	headed := false
	rows(func(cells ...any) {
		if !headed {
			fmt.Fprintln(w, head)
			headed = true
		}
		for i, c := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, c)
		}
		fmt.Fprintln(w)
	})
	w.Flush()
	return b.Bytes()
}

// lines shows messages, a line for each delivery.
func lines(all []exchange.Line) []byte {
	return table("accepted\tid\tsender\tdocument\treceiver\tstate\ttries\twhy", func(row func(...any)) {
		for _, l := range all {
			head := []any{l.Accepted.Local().Format(minute), l.ID, l.Sender, l.Document}
			if l.Erased {
				head[3] = l.Document + " (erased)"
			}
			if len(l.Deliveries) == 0 {
				row(head...)
			}
			for _, d := range l.Deliveries {
				row(append(head, d.Receiver, d.State, d.Attempts, why(d))...)
			}
		}
	})
}

// why is where a delivery is, in words.
func why(d exchange.Delivery) string {
	text := d.Why
	if text == "" {
		text = d.Code
	}
	if !d.Next.IsZero() && d.State == "retry" {
		text = strings.TrimPrefix(text+"; again at "+d.Next.Local().Format(minute), "; ")
	}
	if d.Blocked {
		text = strings.TrimPrefix(text+"; another message about the citizen stands before it", "; ")
	}
	return text
}

// life shows everything that is known of a message.
func life(l *exchange.Life) []byte {
	var b bytes.Buffer
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-16s%s\n", name, value)
		}
	}
	row("message", l.ID)
	row("accepted", l.Accepted.Local().Format(minute))
	row("sender", l.Sender)
	row("document", l.Document)
	row("channel", l.Channel)
	row("route", l.Route)
	row("configuration", l.Version)
	row("why", l.Why)
	row("correlation", l.Correlation)
	row("acknowledges", l.Answers)
	row("acknowledged by", strings.Join(l.AnsweredBy, ", "))
	row("parts", strings.Join(l.Parts, ", "))
	if l.Erased {
		row("erased", "its content is gone")
	}
	b.WriteByte('\n')
	b.Write(table("receiver\tstate\ttries\tsince\twhy", func(row func(...any)) {
		for _, d := range l.Deliveries {
			row(d.Receiver, d.State, d.Attempts, d.Changed.Local().Format(minute), why(d))
		}
	}))
	b.WriteByte('\n')
	b.Write(table("at\twhat\treceiver\twho\tby what right\twhy", func(row func(...any)) {
		for _, s := range l.Steps {
			right := strings.Join(slices.DeleteFunc([]string{s.Purpose, s.LegalBasis, s.Capacity}, func(s string) bool { return s == "" }), " ")
			because := s.Why
			if because == "" {
				because = s.Code
			}
			if s.Maps != "" {
				because += " (maps " + s.Maps + ")"
			}
			row(s.At.Local().Format(minute), s.What, s.Receiver, s.Who, right, because)
		}
	}))
	return b.Bytes()
}

func exchangeReceiversCommand() *cobra.Command {
	return question("receivers", "Tell where each receiver is", `receivers tells of each receiver whether it answers, what is open for it, and since when.`, "/v1/receivers",
		func(text []byte) ([]byte, error) {
			var answer struct{ Receivers []exchange.Health }
			if err := json.Unmarshal(text, &answer); err != nil {
				return nil, silent(err)
			}
			return table("receiver\tchannel\tstate\topen\toldest\tagain at", func(row func(...any)) {
				for _, h := range answer.Receivers {
					var open []string
					for _, state := range slices.Sorted(maps.Keys(h.Open)) {
						open = append(open, fmt.Sprintf("%d %s", h.Open[state], state))
					}
					row(h.Receiver, h.Channel, h.State, strings.Join(open, ", "), clock(h.Oldest), clock(h.Retry))
				}
			}), nil
		})
}

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(minute)
}

func exchangeShadowCommand() *cobra.Command {
	return question("shadow", "Tell how the candidate differs", `shadow tells how the mappings of --candidate would have translated what came since
the start: how many documents alike, and where the others differ, without a value.`, "/v1/shadow",
		func(text []byte) ([]byte, error) {
			var s exchange.Shadowed
			if err := json.Unmarshal(text, &s); err != nil {
				return nil, silent(err)
			}
			head := fmt.Sprintf("candidate %s beside %s since %s: %d documents, %d the same, %d different, %d refused by the candidate alone, %d skipped\n\n",
				s.Candidate, s.Live, clock(s.Since), s.Documents, s.Same, s.Different, s.Refused, s.Skipped)
			return append([]byte(head), table("document\tto\tchange\tcount\tpath\texample", func(row func(...any)) {
				for _, l := range s.Leaves {
					row(l.Document, l.To, l.Change, l.Count, l.Path, l.Example)
				}
			})...), nil
		})
}

// question is a command that asks the API one thing and shows the answer.
func question(name, short, long, path string, show func(text []byte) ([]byte, error)) *cobra.Command {
	var at reachFlags
	cmd := &cobra.Command{
		Use: name + " --data DIR", Short: short, Long: long, Example: "  tolk exchange " + name + " --data data", Args: takes(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := at.reach(cmd)
			if err != nil {
				return err
			}
			defer r.close()
			text, err := r.get(cmd.Context(), path, nil)
			if err != nil {
				return err
			}
			if at.json {
				return emitIndented(cmd, text)
			}
			out, err := show(text)
			if err != nil {
				return err
			}
			return emit(cmd.OutOrStdout(), out)
		},
	}
	at.flags(cmd)
	return cmd
}
