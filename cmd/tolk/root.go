package main

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tolk/mapping"
)

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "tolk",
		Short: "Translate between FFB, FSIII, FMK, MedCom and FHIR, with an account of every leaf",
		Long: `tolk translates condition records (tilstande), medication lists (medicinliste),
health checks (sundhedstjek), referrals (henvisning) and correspondences
(korrespondance) between Fælles Faglige Begreber (FFB, the social side),
Fællessprog III (FSIII, municipal health), FMK, MedCom, plain Danish JSON and FHIR
R4. Nothing is lost silently and nothing is invented: every leaf of the document
that came in, and of the one that goes out, is on the ledger.

Data goes to stdout, words to stderr. The exit code is 0 when it is done, 1 when
the input is at fault, 2 when the command line is.`,
		Example: `  tolk translate --from ffb --to fsiii --area hjemmepleje record.json
  tolk translate --from fmk --to fhir medicinkort.xml
  tolk show --format html medicinkort.xml > medicinliste.html
  tolk code --to fsiii ffb 464a2ab6-a7df-4b3a-b74d-7873f4cfe668
  tolk serve`,
		Args:          expectCommand,
		Run:           func(*cobra.Command, []string) {},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(flagFault)
	root.AddCommand(serveCommand(), translateCommand(), receiveCommand(), checkCommand(), showCommand(), lookupCommand(), codeCommand(),
		exchangeCommand(), auditCommand(), keysCommand(), backupCommand(), restoreCommand(),
		explainCommand(), lintCommand(), testCommand(), diffCommand(), redactCommand(), initCommand(), workbenchCommand(),
		mapsCommand(), versionCommand())
	borrowed(root)
	return root
}

// borrowed makes the commands that cobra brings along refuse what they do not know, as
// ours do, in place of showing what they are for.
func borrowed(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmd.Args, cmd.Run = expectCommand, func(*cobra.Command, []string) {}
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if found, rest, err := root.Find(args); err == nil && len(rest) > 0 {
					return expectCommand(found, rest)
				}
				return nil
			}
		}
	}
}

func commandNames(cmd *cobra.Command) (names []string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

// takes says what the arguments of a command are: at least least, and at most
// all of the names.
func takes(least int, names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usageError("expected " + strings.Join(names, " "))
		case len(args) > len(names) && len(names) == 0:
			return usageError("expected no argument")
		case len(args) > len(names):
			return usageError("too many arguments; expected " + strings.Join(names, " "))
		}
		return nil
	}
}

// oneOf completes a flag whose values are known.
func oneOf(cmd *cobra.Command, flag string, values ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag does not exist: a bug that every start shows
	}
}

// areas turns the values of --area into areas. Which there are is the core's to
// say.
func areas(names []string) (all []mapping.Area) {
	for _, n := range names {
		all = append(all, mapping.Area(n))
	}
	return all
}

// areaNames lists the areas for completion.
func areaNames() (names []string) {
	for _, a := range mapping.Areas() {
		names = append(names, string(a))
	}
	return names
}

// systems are the short names of the code systems whose codes are here.
var systems = map[string]string{"ffb": mapping.FFB, "fsiii": mapping.FSIII, "caresocial": mapping.CareSocialCodes}

// system returns the URI of a code system, by its short name or by any URI. What has
// no colon is no URI.
func system(what, name string) (string, error) {
	if uri, ok := systems[strings.ToLower(name)]; ok {
		return uri, nil
	}
	if strings.Contains(name, ":") {
		return name, nil
	}
	return "", word(what, name, append(slices.Sorted(maps.Keys(systems)), "a URI")...)
}

// completeSystem completes the SYSTEM of SYSTEM CODE.
func completeSystem(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"ffb", "fsiii", "caresocial"}, cobra.ShellCompDirectiveNoFileComp
}

// read returns a file, or stdin for "-", up to limit bytes and one more, so that
// whoever parses it can tell that it is too large.
func read(name string, stdin io.Reader, limit int64) (string, error) {
	from := stdin
	if name != "-" {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return "", &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "no such file"}
		}
		if err != nil {
			return "", &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "the file cannot be opened", Err: err}
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return "", &mapping.Error{Kind: mapping.Invalid, Path: name, Message: "it is a folder, expected a file; tolk test and tolk diff take folders"}
		}
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err != nil {
		return "", &mapping.Error{Kind: mapping.Structure, Path: place(name), Message: "reading stopped before the end", Err: err}
	}
	return string(text), nil
}

// place names an input where no element of it can be named.
func place(name string) string {
	if name == "-" {
		return "stdin"
	}
	return name
}

// save writes a file that may name a citizen: for its owner only.
func save(name string, text []byte) error {
	if err := os.WriteFile(name, text, 0o600); err != nil {
		return &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "the file cannot be written", Err: err}
	}
	return nil
}
