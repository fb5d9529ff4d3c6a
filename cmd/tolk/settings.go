package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tolk/mapping"
)

// settings are what tolk serve may be told.
type settings struct {
	listen, data, organisations string
	overrides                   string   // a folder of a site's own rows and rules, looked at again and again
	packages                    []string // FHIR packages, read at the start
	content                     string   // a folder of them, looked at again and again
	receivers                   string   // a folder of tables of receivers
	own                         string   // the organisation that answers for nobody else

	keys, config              string   // of the exchange
	tlsCert, tlsKey, clientCA string   // files in PEM
	behindProxy               bool     // which ends TLS
	maps                      []string // folders of content that routes and reruns may ask for
	candidate                 string   // a folder of content that runs beside what is in force

	loading *progress // of a start; nil where nobody looks
}

// settingNames are the flags that may also stand in the environment, with TOLK_
// before them.
var settingNames = []string{"listen", "data", "organisations", "overrides", "package", "content", "receivers", "own",
	"keys", "config", "tls-cert", "tls-key", "client-ca", "behind-proxy", "maps", "candidate"}

func (s *settings) flags(f *pflag.FlagSet) {
	f.StringVar(&s.listen, "listen", "127.0.0.1:8080", "address to answer at; port 0 takes a free one")
	f.StringVar(&s.data, "data", "", "folder for the journal of the exchange; without it nothing is stored and nothing delivered")
	f.StringVar(&s.organisations, "organisations", "", "table of holding organisations: csv with the columns kombit,sor")
	f.Var(&oneFolder{into: &s.overrides}, "overrides", overridesUsage+", loaded again when it changes")
	f.StringArrayVar(&s.packages, "package", nil, "FHIR package with code systems, value sets and concept maps: a .tgz or a folder; may be repeated")
	f.StringVar(&s.content, "content", "", "folder of such packages and loose .json files, loaded again when it changes")
	f.StringVar(&s.receivers, "receivers", "", "folder with tables of what receivers demand (*.yaml), read at the start beside those built in")
	f.StringVar(&s.own, "own", "", ownUsage)
	f.StringVar(&s.keys, "keys", "", "key file of the journal, made by tolk keys init (for trying out: made beside the data)")
	f.StringVar(&s.config, "config", "", "YAML file with clients, receivers and routes, loaded again when it changes or on SIGHUP (for trying out: none)")
	f.StringVar(&s.tlsCert, "tls-cert", "", "certificate in PEM, read again when it changes")
	f.StringVar(&s.tlsKey, "tls-key", "", "its key in PEM")
	f.StringVar(&s.clientCA, "client-ca", "", "certificates in PEM that those of clients must be of (any, known by its fingerprint)")
	f.BoolVar(&s.behindProxy, "behind-proxy", false, "TLS ends in a proxy in front of this address, which others reach through it alone")
	f.StringArrayVar(&s.maps, "maps", nil, "folder like that of --content with mappings that a route or a rerun may ask for by their version; may be repeated")
	f.StringVar(&s.candidate, "candidate", "", "folder like that of --content whose mappings run beside those in force, and deliver nothing")
}

// variable is the name of a setting in the environment.
func variable(name string) string {
	return "TOLK_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// environment takes what no flag says from the environment, and returns where
// each setting came from. An empty variable says nothing.
func environment(f *pflag.FlagSet) (map[string]string, error) {
	if err := misspelt(os.Environ()); err != nil {
		return nil, err
	}
	origins := map[string]string{}
	for _, name := range settingNames {
		flag := f.Lookup(name)
		if flag == nil {
			continue // another command
		}
		origins[name] = "default"
		if flag.Changed {
			origins[name] = "flag"
		} else if value := os.Getenv(variable(name)); value != "" {
			origins[name] = "environment"
			for _, one := range several(name, value) {
				if err := flag.Value.Set(one); err != nil {
					return nil, usageError(variable(name) + ": expected true or false")
				}
			}
		}
	}
	return origins, nil
}

// anothers are variables that begin as ours and are none of ours to judge: Kubernetes
// makes them of each service that is called tolk, or tolk- and more, and the tests of
// this program are told by TOLK_UPDATE to write anew.
var anothers = regexp.MustCompile(`^TOLK_(PORT|PORT_.*|SERVICE_.*|.*_PORT|.*_SERVICE_(HOST|PORT.*)|.*_PORT_[0-9]+_(TCP|UDP|SCTP).*|UPDATE)$`)

// misspelt refuses a variable that is no setting but nearly one: what it says, perhaps
// who is let in, would be overlooked.
func misspelt(variables []string) error {
	var known []string
	for _, name := range settingNames {
		known = append(known, variable(name))
	}
	slices.Sort(variables)
	var faults []error
	for _, one := range variables {
		name, value, _ := strings.Cut(one, "=")
		word, ours := strings.CutPrefix(name, "TOLK_")
		if !ours || value == "" || slices.Contains(known, name) || anothers.MatchString(name) {
			continue
		}
		if near := mapping.Nearest(strings.ReplaceAll(word, "_", "-"), settingNames); near != "" {
			faults = append(faults, usageError(name+": there is no such setting; did you mean "+variable(near)+"?"))
		}
	}
	return errors.Join(faults...)
}

// several takes apart what an environment says of a setting: packages are given
// like the folders of a PATH.
func several(name, value string) []string {
	if name != "package" && name != "maps" {
		return []string{value}
	}
	return filepath.SplitList(value)
}

// verify refuses settings that a server cannot start with.
func (s *settings) verify() error {
	if err := s.reached(); err != nil {
		return err
	}
	if _, err := ownParty(s.own); err != nil {
		return err
	}
	switch {
	case (s.tlsCert == "") != (s.tlsKey == ""):
		return usageError("--tls-cert and --tls-key: expected both, or neither")
	case s.clientCA != "" && s.tlsCert == "":
		return usageError("--client-ca: is of --tls-cert, which is not given")
	case s.behindProxy && s.tlsCert != "":
		return usageError("--behind-proxy: TLS ends here where --tls-cert is given")
	case s.data == "":
		for _, flag := range []struct {
			name  string
			given bool
		}{{"keys", s.keys != ""}, {"config", s.config != ""}, {"candidate", s.candidate != ""}, {"maps", len(s.maps) > 0}} {
			if flag.given {
				return usageError("--" + flag.name + ": is of the exchange, which needs a folder; expected with --data DIR")
			}
		}
		return nil
	case s.config != "" && s.keys == "":
		return usageError("--keys: expected the key file of the journal; tolk keys init FILE makes one")
	}
	return usable(s.data)
}

// reached refuses an address that other machines reach where it is not known who
// may call, or where they would have to say their secrets aloud.
func (s *settings) reached() error {
	_, err := net.ResolveTCPAddr("tcp", s.listen)
	switch {
	case err != nil:
		return usageError("--listen: expected an address with a port, like 127.0.0.1:8080")
	case !s.public():
		return nil
	case s.config == "" && s.behindProxy:
		return usageError("--behind-proxy: other machines reach " + s.listen + " through the proxy, and no clients are configured; expected --config FILE")
	case s.config == "":
		return usageError("--listen: other machines reach " + s.listen + ", and no clients are configured; expected --config FILE, or an address of this machine only, like 127.0.0.1:8080")
	case s.tlsCert == "" && !s.behindProxy:
		return usageError("--listen: other machines reach " + s.listen + " without TLS; expected --tls-cert and --tls-key, or --behind-proxy where TLS ends in front of it")
	}
	return nil
}

// public reports whether other machines reach the address: by itself, or through
// a proxy on this one.
func (s *settings) public() bool {
	address, err := net.ResolveTCPAddr("tcp", s.listen)
	return s.behindProxy || err == nil && !address.IP.IsLoopback()
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
	values := map[string]string{"keys": s.keys, "config": s.config, "tls-cert": s.tlsCert, "tls-key": s.tlsKey, "client-ca": s.clientCA,
		"behind-proxy": "", "maps": strings.Join(s.maps, string(filepath.ListSeparator)), "candidate": s.candidate,
		"listen": s.listen, "data": s.data, "organisations": s.organisations, "overrides": s.overrides,
		"package": strings.Join(s.packages, string(filepath.ListSeparator)), "content": s.content, "receivers": s.receivers, "own": s.own}
	if s.behindProxy {
		values["behind-proxy"] = "true"
	}
	var b bytes.Buffer
	for _, name := range settingNames {
		fmt.Fprintf(&b, "%s=%s # %s\n", variable(name), values[name], origins[name])
	}
	return b.Bytes()
}
