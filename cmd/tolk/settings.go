package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"tolk/mapping"
)

// settings are what tolk serve may be told.
type settings struct {
	listen, data, organisations string
	packages                    []string // FHIR packages, read at the start
	content                     string   // a folder of them, looked at again and again
	receivers                   string   // a folder of tables of receivers
	own                         string   // the organisation that answers for nobody else
}

// settingNames are the flags that may also stand in the environment, with TOLK_
// before them. Other variables with that beginning are not refused: Kubernetes
// sets TOLK_PORT and more by itself where a service is called tolk.
var settingNames = []string{"listen", "data", "organisations", "package", "content", "receivers", "own"}

func (s *settings) flags(f *pflag.FlagSet) {
	f.StringVar(&s.listen, "listen", "127.0.0.1:8080", "address to answer at, on this machine; port 0 takes a free one")
	f.StringVar(&s.data, "data", "", "folder for the journal; nothing is stored yet")
	f.StringVar(&s.organisations, "organisations", "", "table of holding organisations: csv with the columns kombit,sor")
	f.StringArrayVar(&s.packages, "package", nil, "FHIR package with code systems, value sets and concept maps: a .tgz or a folder; may be repeated")
	f.StringVar(&s.content, "content", "", "folder of such packages and loose .json files, loaded again when it changes")
	f.StringVar(&s.receivers, "receivers", "", "folder with tables of what receivers demand (*.yaml), read at the start beside those built in")
	f.StringVar(&s.own, "own", "", ownUsage)
}

// variable is the name of a setting in the environment.
func variable(name string) string { return "TOLK_" + strings.ToUpper(name) }

// environment takes what no flag says from the environment, and returns where
// each setting came from. An empty variable says nothing.
func environment(f *pflag.FlagSet) map[string]string {
	origins := map[string]string{}
	for _, name := range settingNames {
		flag := f.Lookup(name)
		origins[name] = "default"
		if flag.Changed {
			origins[name] = "flag"
		} else if value := os.Getenv(variable(name)); value != "" {
			origins[name] = "environment"
			for _, one := range several(name, value) {
				flag.Value.Set(one) // of strings, which take every value
			}
		}
	}
	return origins
}

// several takes apart what an environment says of a setting: packages are given
// like the folders of a PATH.
func several(name, value string) []string {
	if name != "package" {
		return []string{value}
	}
	return filepath.SplitList(value)
}

// verify refuses settings that a server cannot start with.
func (s *settings) verify() error {
	if err := loopback(s.listen); err != nil {
		return err
	}
	if _, err := ownParty(s.own); err != nil {
		return err
	}
	if s.data == "" {
		return nil
	}
	return usable(s.data)
}

// loopback refuses every address that other machines reach.
func loopback(listen string) error {
	address, err := net.ResolveTCPAddr("tcp", listen)
	if err != nil {
		return usageError("--listen: expected an address of this machine with a port, like 127.0.0.1:8080")
	}
	if !address.IP.IsLoopback() {
		return usageError("--listen: other machines reach " + listen + ", and no clients can be configured yet; expected an address of this machine only, like 127.0.0.1:8080")
	}
	return nil
}

// usable makes a folder, if it is missing, and proves that files can be written
// in it.
func usable(dir string) error {
	fault := func(message string, err error) error {
		return &mapping.Error{Kind: mapping.NotFound, Path: "data", Message: dir + " " + message, Err: err}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault("is no folder and cannot be made one", err)
	}
	f, err := os.CreateTemp(dir, ".tolk-*")
	if err != nil {
		return fault("cannot be written to", err)
	}
	f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return fault("does not let its files be removed", err)
	}
	return nil
}

// effective writes the settings in force, as an environment would, with where
// each came from.
func (s *settings) effective(origins map[string]string) []byte {
	values := map[string]string{"listen": s.listen, "data": s.data, "organisations": s.organisations,
		"package": strings.Join(s.packages, string(filepath.ListSeparator)), "content": s.content, "receivers": s.receivers, "own": s.own}
	var b bytes.Buffer
	for _, name := range settingNames {
		fmt.Fprintf(&b, "%s=%s # %s\n", variable(name), values[name], origins[name])
	}
	return b.Bytes()
}
