package main

import (
	"encoding/json"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"tolk/adapters/journal"
	"tolk/mapping"
)

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make and replace the keys of the journal",
		Args:  expectCommand,
		Run:   func(*cobra.Command, []string) {},
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "init FILE",
		Short: "Make a key file",
		Long: `init makes a key file, for its owner only. Whoever loses it loses everything in the
journal, and whoever has it and the journal can read all of it: it belongs neither
in the data folder nor in a backup of it.`,
		Example: "  tolk keys init /etc/tolk/keys.json",
		Args:    takes(1, "FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			return named(journal.InitKeys(args[0]), args[0])
		},
	}, &cobra.Command{
		Use:   "rotate FILE",
		Short: "Put a new key into a key file",
		Long: `rotate puts a new wrapping key into a key file. What was sealed with the old one can
still be read; a node takes the new one at its next start.`,
		Example: "  tolk keys rotate /etc/tolk/keys.json",
		Args:    takes(1, "FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			return named(journal.RotateKeys(args[0]), args[0])
		},
	})
	return cmd
}

func auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Verify and export the audit",
		Long: `audit is for whoever answers for a node: who had what, when and why is in the audit,
row upon row, each with the hash of the one before.`,
		Args: expectCommand,
		Run:  func(*cobra.Command, []string) {},
	}
	cmd.AddCommand(auditVerifyCommand(), auditHeadCommand(), auditExportCommand())
	return cmd
}

func auditVerifyCommand() *cobra.Command {
	var at reachFlags
	var head string
	cmd := &cobra.Command{
		Use:   "verify --data DIR [--head HEAD]",
		Short: "Verify that no row was changed, left out or put in",
		Long: `verify walks the audit from its first row. It names the first row that is not as it
was written. --head is one that tolk audit head wrote before and that was kept
elsewhere: with it also what was cut off the end is found.`,
		Example: "  tolk audit verify --data data --head $(cat head.txt)",
		Args:    takes(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := parseHead(head); err != nil {
				return usageError("--" + err.Error())
			}
			return at.whole(cmd, "/verify", order{Head: head}, audited.String)
		},
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&head, "head", "", "a head that was kept elsewhere")
	return cmd
}

func auditHeadCommand() *cobra.Command {
	var at reachFlags
	cmd := &cobra.Command{
		Use:   "head --data DIR",
		Short: "Write the newest row's number and hash, to be kept elsewhere",
		Long: `head verifies the audit and writes its newest row's number and hash. Kept where
nobody who can write in the data folder can write, it shows later that nothing was
taken away.`,
		Example: "  tolk audit head --data data > head.txt",
		Args:    takes(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.whole(cmd, "/head", order{}, func(a audited) string { return a.Head })
		},
	}
	at.flags(cmd)
	return cmd
}

// whole asks what is done with the audit as a whole, and tells the answer.
func (f *reachFlags) whole(cmd *cobra.Command, path string, q order, says func(audited) string) error {
	r, err := f.reach(cmd)
	if err != nil {
		return err
	}
	defer r.close()
	var a audited
	if err := r.order(cmd.Context(), path, q, &a); err != nil {
		return err
	}
	if f.json {
		return emitJSON(cmd.OutOrStdout(), a)
	}
	return emit(cmd.OutOrStdout(), []byte(says(a)+"\n"))
}

func auditExportCommand() *cobra.Command {
	var at reachFlags
	var message, citizen string
	var after int64
	cmd := &cobra.Command{
		Use:   "export --data DIR [--citizen FILE|-] [--message ID]",
		Short: "Write the audit as FHIR AuditEvents",
		Long: `export writes the rows of the audit as one FHIR R4 Bundle of AuditEvents, in the
shape of IHE's Basic Audit Log Patterns, oldest first: those about a citizen, those
of a message, or all from a row on. A citizen's number stands in an export about
that citizen, and in no other. That it was exported is in the audit too.`,
		Example: "  tolk audit export --data data --citizen - < number.txt > account.json",
		Args:    takes(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			number, err := citizenIn(cmd, citizen)
			if err != nil {
				return err
			}
			r, err := at.reach(cmd)
			if err != nil {
				return err
			}
			defer r.close()
			fields := map[string]string{}
			if number != "" {
				fields["citizen"] = number
			}
			if message != "" {
				fields["message"] = message
			}
			out, err := r.export(cmd, fields, after)
			if err != nil {
				return err
			}
			return emit(cmd.OutOrStdout(), out)
		},
	}
	at.flags(cmd)
	cmd.Flags().Lookup("json").Hidden = true // it is JSON
	cmd.Flags().StringVar(&citizen, "citizen", "", "the citizen whose number is in this file; - reads it from stdin")
	cmd.Flags().StringVar(&message, "message", "", "the message with this id")
	cmd.Flags().Int64Var(&after, "after", 0, "the rows after this one")
	return cmd
}

// page is how many rows are asked for at a time.
const page = 1000

// events is a Bundle of AuditEvents, as far as it is looked into here.
type events struct {
	ResourceType string            `json:"resourceType"`
	Type         string            `json:"type"`
	Timestamp    string            `json:"timestamp,omitempty"`
	Entry        []json.RawMessage `json:"entry,omitempty"`
}

// export asks for page after page and makes one Bundle of them. Its time is that
// of the first.
func (r *reach) export(cmd *cobra.Command, fields map[string]string, after int64) ([]byte, error) {
	var all events
	for {
		fields["limit"] = strconv.Itoa(page)
		fields["after"] = strconv.FormatInt(after, 10)
		text, err := r.post(cmd.Context(), "/v1/audit/_search", fields)
		if err != nil {
			return nil, err
		}
		var some events
		if err := json.Unmarshal(text, &some); err != nil {
			return nil, silent(err)
		}
		entries := some.Entry
		if all.ResourceType == "" {
			all = some
			all.Entry = []json.RawMessage{}
		}
		all.Entry = append(all.Entry, entries...)
		if len(entries) < page {
			break
		}
		if after, err = rowOf(entries[len(entries)-1]); err != nil {
			return nil, err
		}
	}
	return encode(all)
}

// rowOf is the number of the row that an entry is of.
func rowOf(entry json.RawMessage) (int64, error) {
	var e struct {
		Resource struct {
			Entity []struct {
				What struct {
					Identifier struct{ System, Value string }
				}
			}
		}
	}
	if err := json.Unmarshal(entry, &e); err != nil {
		return 0, silent(err)
	}
	for _, x := range e.Resource.Entity {
		if i := x.What.Identifier; i.System == "urn:tolk:NamingSystem:audit-row" {
			return strconv.ParseInt(i.Value, 10, 64)
		}
	}
	return 0, &mapping.Error{Kind: mapping.Exception, Message: "an AuditEvent does not say which row it is of"}
}

func backupCommand() *cobra.Command {
	var at reachFlags
	cmd := &cobra.Command{
		Use:   "backup --data DIR FILE",
		Short: "Write a backup of the journal, while it is in use",
		Long: `backup writes the journal as it is at one moment into a new file, and reads it back.
The key file is not in it and belongs elsewhere. Keep a backup no longer than
messages are kept: what is erased later is still in it.`,
		Example: "  tolk backup --data data backup-2026-03-04.db",
		Args:    takes(1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := filepath.Abs(args[0]) // a node that runs stands in another folder
			if err != nil {
				return err
			}
			r, err := at.reach(cmd)
			if err != nil {
				return err
			}
			defer r.close()
			if err := r.order(cmd.Context(), "/backup", order{Path: file}, nil); err != nil {
				return named(err, args[0])
			}
			if at.json {
				return emitJSON(cmd.OutOrStdout(), map[string]string{"file": file})
			}
			words{to: cmd.ErrOrStderr()}.say("%s written", args[0])
			return nil
		},
	}
	at.flags(cmd)
	return cmd
}

func restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE DIR",
		Short: "Make a data folder from a backup",
		Long: `restore makes a data folder from a backup. A folder that has a journal is left as it
is. What was accepted after the backup is not in it: senders that were told so must
be asked to send again, and what was delivered since is delivered once more, with
the same identifiers.`,
		Example: "  tolk restore backup-2026-03-04.db data",
		Args:    takes(2, "FILE", "DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := journal.Restore(cmd.Context(), args[0], args[1]); err != nil {
				return named(inWordsOf(err), args[0])
			}
			w := words{to: cmd.ErrOrStderr()}
			w.say("%s restored", args[1])
			w.hint("tolk audit verify --data %s --keys FILE proves that it is whole and that the keys are its own", args[1])
			return nil
		},
	}
}
