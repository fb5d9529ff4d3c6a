package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"tolk/mapping"
)

// settings are what tolk serve may be told.
type settings struct {
	listen, data, organisations string
}

// settingNames are the flags that may also stand in the environment, with TOLK_
// before them. Other variables with that beginning are not refused: Kubernetes
// sets TOLK_PORT and more by itself where a service is called tolk.
var settingNames = []string{"listen", "data", "organisations"}

func (s *settings) flags(f *pflag.FlagSet) {
	f.StringVar(&s.listen, "listen", "127.0.0.1:8080", "address to answer at, on this machine; port 0 takes a free one")
	f.StringVar(&s.data, "data", "", "folder for the journal; nothing is stored yet")
	f.StringVar(&s.organisations, "organisations", "", "table of holding organisations: csv with the columns kombit,sor")
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
			flag.Value.Set(value) // of a string, which takes every value
		}
	}
	return origins
}

// verify refuses settings that a server cannot start with.
func (s *settings) verify() error {
	if err := loopback(s.listen); err != nil {
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
	values := map[string]string{"listen": s.listen, "data": s.data, "organisations": s.organisations}
	var b bytes.Buffer
	for _, name := range settingNames {
		fmt.Fprintf(&b, "%s=%s # %s\n", variable(name), values[name], origins[name])
	}
	return b.Bytes()
}
