package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tolk/mapping"
)

// amongst refuses the value of a flag that is none of those known.
func amongst(flag, value string, known ...string) error {
	return word("--"+flag, value, known...)
}

// ifAmongst is amongst for a flag that may be left out.
func ifAmongst(flag, value string, known ...string) error {
	if value == "" {
		return nil
	}
	return amongst(flag, value, known...)
}

// allAmongst is amongst for a flag that takes several values.
func allAmongst(flag string, values []string, known ...string) error {
	for _, value := range values {
		if err := amongst(flag, value, known...); err != nil {
			return err
		}
	}
	return nil
}

// word refuses a word of the command line that is none of those known, and says
// which of them was probably meant.
func word(what, value string, known ...string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return usageError(strings.TrimSpace(what+" "+value) + ": expected " + strings.Join(known, ", ") + mapping.Meant(value, known))
}

// formWord refuses the value of --from or --to that is no form, and lists those that
// are offered. A form that is not offered it lets pass, as no value at all: why it is not
// read or not written the core says.
func formWord(flag, value string, offered []string) error {
	readable, writable := formNames()
	if value == "" || slices.Contains(readable, value) || slices.Contains(writable, value) {
		return nil
	}
	if len(offered) == 0 { // of words that are wrong themselves
		offered = writable
	}
	return amongst(flag, value, slices.Sorted(slices.Values(offered))...)
}

// acceptWords are what --accept takes beside the id of a proposal.
var acceptWords = []string{"narrower", "inexact", "wider", "equivalent", "p-ID"}

// acceptable refuses a word of --accept that is neither a relation nor an id.
func acceptable(values []string) error {
	relations := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.HasPrefix(v, "p-") })
	return allAmongst("accept", relations, acceptWords...)
}

// expectCommand refuses what is no command below cmd, which does nothing by itself.
func expectCommand(cmd *cobra.Command, args []string) error {
	names := commandNames(cmd)
	if len(args) == 0 {
		return usageError("expected a command: " + strings.Join(names, ", "))
	}
	return usageError("unknown command " + args[0] + "; expected " + strings.Join(names, ", ") + mapping.Meant(args[0], names))
}

// flagFault says in words of ours what is wrong with a flag.
func flagFault(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var wrong *pflag.InvalidValueError
	var said usageError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		name := "--" + unknown.GetSpecifiedName()
		if name == "--version" && cmd.Parent() == nil {
			return usageError("unknown flag: --version; tolk version tells the versions")
		}
		return usageError("unknown flag: " + name + mapping.Meant(name, names))
	case errors.As(err, &wrong) && errors.As(err, &said):
		return usageError("--" + wrong.GetFlag().Name + ": " + string(said))
	case errors.As(err, &wrong):
		expected, ok := valueWords[wrong.GetFlag().Value.Type()]
		if !ok {
			return err
		}
		return usageError("--" + wrong.GetFlag().Name + " " + wrong.GetValue() + ": expected " + expected)
	}
	return err
}

// valueWords say what the types of flags take.
var valueWords = map[string]string{
	"bool": "true or false", "int": "a whole number", "int64": "a whole number",
	"stringToString": "NAME=VALUE, several of them with a comma between",
}

// hindered is what kept a command whose exit code 1 is an answer (a difference, a case
// that fails) from answering: it ends as a wrong command line does, so that whoever asks
// in a script can tell them apart.
type hindered struct{ error }

func (h hindered) Unwrap() error { return h.error }
