package exchange

import (
	"errors"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"tolk/mapping/rules"
)

// readData reads a file that an example names.
func readData(name string) ([]byte, error) { return os.ReadFile(path.Join("testdata", name)) }

func example(t testing.TB, name string) (*Config, string) {
	t.Helper()
	text, err := readData(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(text, name, readData)
	if err != nil {
		t.Fatal(err)
	}
	return c, string(text)
}

func TestExamples(t *testing.T) {
	for _, name := range []string{"bosted.yaml", "kommune.yaml"} {
		c, text := example(t, name)
		if len(c.Version) != 12 || c.Public == "" || len(c.Clients) < 2 || len(c.Receivers) < 4 || len(c.Routes) < 4 {
			t.Errorf("%s: version %q, public %q, %d clients, %d receivers, %d routes", name, c.Version, c.Public, len(c.Clients), len(c.Receivers), len(c.Routes))
		}
		other, err := Parse([]byte(text+"# another day\n"), name, readData)
		if err != nil || other.Version == c.Version {
			t.Errorf("%s: another file has the version %v: %v", name, other, err)
		}
	}
}

// What a file does not say has its default, and what it says counts.
func TestDefaults(t *testing.T) {
	c, _ := example(t, "bosted.yaml")
	if got, want := c.Keep, (Keep{30 * day, 90 * day}); got != want {
		t.Errorf("keep: got %v, want %v", got, want)
	}
	if c.Alarms.Waiting != time.Hour || c.Client("bosted").Tenant != "tolk" || c.Routes[0].Residue != Return {
		t.Errorf("got %v, %q, %q", c.Alarms, c.Client("bosted").Tenant, c.Routes[0].Residue)
	}
	r := c.Receiver("psykiatri-henvisning")
	if r.Concurrency != 2 || r.Bytes != 1<<20 || r.Until != 72*time.Hour || r.HTTP.Timeout != 20*time.Second {
		t.Errorf("got %+v %+v", r, r.HTTP)
	}
	r = c.Receiver("laegehus")
	if r.Concurrency != 4 || r.Bytes != 16<<20 || r.Until != 30*day || r.Mailbox.Again != 10*time.Minute || r.Channel() != "mailbox" {
		t.Errorf("got %+v %+v", r, r.Mailbox)
	}
	if got := c.Receiver("bosted-post").Mailbox.Again; got != 5*time.Minute {
		t.Errorf("again: got %v", got)
	}
	if got := c.Client("bosted").Organisation; got.SOR != "999000016001" || got.GLN != "5790000000005" {
		t.Errorf("numbers without quotes: got %+v", got)
	}
	if !strings.Contains(c.Client("bosted").JWKS, `"bosted-2026"`) {
		t.Errorf("jwks: got %q", c.Client("bosted").JWKS)
	}
}

// small is a configuration with one of each, that the faults are put in.
const small = `
public: https://tolk.example.dk
clients:
  - id: bosted
    sector: social
    organisation: {name: Bostedet, sor: "999000016001", gln: "5790000000005"}
    rights: [send, receive]
    documents: [henvisning, medicinliste]
    receivers: [laege, post]
    jwks: keys/bosted.jwks.json
receivers:
  - name: laege
    sector: health
    organisation: {name: Lægen, sor: "52581000016005", gln: "5790000121526"}
    form: carecommunication
    http: {url: https://laege.example.dk/fhir}
  - name: post
    client: bosted
    sector: social
    organisation: {name: Bostedet}
    form: original
    mailbox: {}
routes:
  - name: medicin
    senders: [bosted]
    documents: [medicinliste]
    to: [laege]
    why: the doctor sees it
`

func TestFaults(t *testing.T) {
	if _, err := Parse([]byte(small), "small.yaml", readData); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ old, new, want string }{
		// the file
		{"clients:", "klients:", "small.yaml:3:1: unknown field \"klients\"; did you mean clients?"},
		{"    jwks:", "    jwsk:", "small.yaml:10:5: unknown field \"jwsk\"; did you mean jwks?"},
		{"public:", "public: [", "small.yaml:"},
		{"public: https://tolk.example.dk", "public: http://tolk.example.dk", "small.yaml:2:9: expected https://; http:// is for a private network"},
		{"public: https://tolk.example.dk", "public: https://10.0.0.1", "small.yaml:2:9: this is a private address"},
		{"public: https://tolk.example.dk", "keep: {bodies: soon}", "small.yaml:2:16: expected a time such as 30s, 5m, 72h or 30d"},
		{"public: https://tolk.example.dk", "keep: {bodies: 5m}", "small.yaml:2:16: expected a time from 1h to 3650d"},
		{"public: https://tolk.example.dk", "keep: {identifiers: 1d}", "a message would be tried longer than its identifiers are kept (1d)"},
		{"public: https://tolk.example.dk", "alarms: {webhook: http://10.1.1.1/x, networks: [10.1.0.0/16]}", "small.yaml:2:19: expected https://"},
		{"public: https://tolk.example.dk", "alarms: {webhook: 'https://10.1.1.1/x', networks: [10.2.0.0/16]}", "small.yaml:2:19: this is a private address"},
		// a client
		{"id: bosted", "id: Bostedet!", "small.yaml:4:9: expected a name of small letters, digits and hyphens"},
		{"id: bosted", "id: k-2509479989", "small.yaml:4:9: expected a name of small letters, digits and hyphens"},
		{"sector: social\n    organisation: {name: Bostedet, sor", "sector: socal\n    organisation: {name: Bostedet, sor", "small.yaml:5:13: expected social or health; did you mean social?"},
		{"{name: Bostedet, sor: \"999000016001\"", "{sor: \"999\"", "SOR: expected 11 digits or more"},
		{"{name: Bostedet, sor: \"999000016001\"", "{sor: \"999000016001\"", "small.yaml:6:19: expected the name of the organisation"},
		{"gln: \"5790000000005\"", "gln: \"5790000000006\"", "GLN: expected a number whose last digit is its check digit"},
		{"    rights: [send, receive]", "    cvr: \"12345678\"\n    rights: [send, receive]", "small.yaml:7:10: CVR: expected a number whose last digit"},
		{"rights: [send, receive]", "rights: []", "expected what the client may do: send, receive, translate, log, content, operate, erase or audit"},
		{"rights: [send, receive]", "rights: [send, receive, opperate]", "did you mean operate?"},
		{"rights: [send, receive]", "rights: [send, receive, send]", "send stands in the list already"},
		{"rights: [send, receive]", "rights: [receive]", "the client has documents or receivers, and may not hand over anything; expected the right send"},
		{"rights: [send, receive]", "rights: [send]", "small.yaml:18:13: bosted may not fetch; expected it to have the right receive"},
		{"documents: [henvisning, medicinliste]\n", "documents: []\n", "expected what the client may hand over"},
		{"documents: [henvisning, medicinliste]\n", "documents: [henvisning, medicinlist]\n", "small.yaml:8:29: expected tilstande, medicinliste, sundhedstjek, henvisning, korrespondance or *; did you mean medicinliste?"},
		{"receivers: [laege, post]", "receivers: []", "expected whom the client may send to"},
		{"receivers: [laege, post]", "receivers: [laegen, post]", "small.yaml:9:17: expected laege, post or *; did you mean laege?"},
		{"receivers: [laege, post]", "receivers: [post]", "small.yaml:25:15: bosted may not send to laege"},
		{"    jwks: keys/bosted.jwks.json", "    tenant: A B\n    jwks: keys/bosted.jwks.json", "small.yaml:10:13: expected a name"},
		{"    jwks: keys/bosted.jwks.json\n", "", "small.yaml:4:7: expected a file with the public keys of the client"},
		{"keys/bosted.jwks.json", "keys/nobody.json", "small.yaml:10:11: the file cannot be read"},
		{"keys/bosted.jwks.json", "kommune.yaml", "small.yaml:10:11: this is no JSON"},
		{"keys/bosted.jwks.json", "'{\"keys\": []}'", "small.yaml:10:11: expected a JWK Set"},
		{"keys/bosted.jwks.json", "'{\"keys\": [{\"kty\": \"EC\", \"d\": \"x\"}]}'", "small.yaml:10:11: there is a private key among these"},
		{"    jwks:", "    certificates: [abc]\n    jwks:", "small.yaml:10:20: expected the SHA-256 of a certificate"},
		{"    jwks:", "    answers: pst\n    jwks:", "small.yaml:10:14: expected laege or post; did you mean post?"},
		{"    jwks:", "    answers: laege\n    jwks:", "acknowledgements are not translated; expected a receiver of the form original"},
		{"    jwks:", "    statement: {purpose: TREET}\n    jwks:", "small.yaml:10:26: expected TREAT, ETREAT, COC, ELIGDTRM or PATRQT; did you mean TREAT?"},
		{"    jwks:", "    statement: {legalBasis: sundhedsloven-41, capacity: social}\n    jwks:", "small.yaml:10:29: the sender acts as social, and sundhedsloven § 41, stk. 2, nr. 1 does not cover that"},
		{"    jwks:", "    statement: {consent: x}\n    jwks:", "small.yaml:10:17: unknown field \"consent\""},
		{"    receivers: [laege, post]", "    receivers: ['*']\n    answers: andres", "expected laege or post"},
		// a receiver
		{"name: laege", "name: post", "small.yaml:17:11: post is the name of another one already"},
		{"form: carecommunication", "form: carecomunication", "small.yaml:15:11: expected carecommunication, ffb, fhir, fsiii, hco, plain, xref01 or original; did you mean carecommunication?"},
		{"form: carecommunication", "form: xref15", "did you mean xref01?"},
		{"form: carecommunication", "form: xref01", "small.yaml:27:10: laege gets xref01, and medicinliste is not written as xref01: it is a referral and nothing else"},
		{", gln: \"5790000121526\"}", "}", "small.yaml:14:19: carecommunication says whom it is for by number; expected gln"},
		{"gln: \"5790000121526\"}", "gln: \"5790000121526\", person: Anna Test}", "a message goes to an organisation; expected name, sor and gln alone"},
		{"    http: {url: https://laege.example.dk/fhir}", "    mailbox: {}", "small.yaml:12:9: a mailbox is fetched from by a client"},
		{"    mailbox: {}", "    mailbox:", "small.yaml:17:9: 0 channels are given; expected one of http, mailbox and folder"},
		{"    mailbox: {}", "    mailbox: {}\n    folder: {path: /srv/x}", "2 channels are given"},
		{"    mailbox: {}", "    mailbox: {again: 48h}", "small.yaml:22:22: expected a time from 1s to 1d"},
		{"    mailbox: {}", "    folder: {path: srv/x}", "small.yaml:22:20: expected the whole path of a folder"},
		{"    mailbox: {}", "    folder: {path: /srv/../x}", "small.yaml:22:20: expected the whole path of a folder"},
		{"{url: https://laege.example.dk/fhir}", "{url: http://laege.example.dk/fhir}", "small.yaml:16:17: expected https://"},
		{"{url: https://laege.example.dk/fhir}", "{url: laege.example.dk/fhir}", "small.yaml:16:17: expected https://host/path, without user and fragment"},
		{"{url: https://laege.example.dk/fhir}", "{url: ftp://laege.example.dk/fhir}", "small.yaml:16:17: expected https://host/path"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://me:secret@laege.example.dk/fhir}", "small.yaml:16:17: expected https://host/path, without user and fragment"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://laege.example.dk/2509479989}", "small.yaml:16:17: there is a number of a citizen in this"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://192.168.1.7/fhir}", "small.yaml:16:17: this is a private address; expected the network that it stands in among networks"},
		{"{url: https://laege.example.dk/fhir}", "{url: 'https://[::1]/fhir'}", "small.yaml:16:17: this is a private address"},
		{"{url: https://laege.example.dk/fhir}", "{url: 'https://[::ffff:127.0.0.1]/fhir'}", "small.yaml:16:17: this is a private address"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://localhost/fhir}", "small.yaml:16:17: this is a private address"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://0.0.0.0/fhir}", "small.yaml:16:17: this is a private address"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://l.dk, networks: [0.0.0.0/0]}", "small.yaml:16:42: expected a private network"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://l.dk, networks: [10.1.1.1/8]}", "small.yaml:16:42: expected a network such as 10.20.0.0/16"},
		{"{url: https://laege.example.dk/fhir}", "{url: http://8.8.8.8/fhir, insecure: true, networks: [10.0.0.0/8]}", "small.yaml:16:17: this address is not in networks; expected https://"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://l.dk, insecure: true}", "small.yaml:16:41: http:// is for a private network of one's own; expected it in networks"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://l.dk, certificate: a.pem}", "small.yaml:16:11: a client certificate takes both"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://l.dk, timeout: 1h}", "small.yaml:16:40: expected a time from 1s to 10m"},
		{"{url: https://laege.example.dk/fhir}", "{url: https://l.dk, token: {url: https://l.dk/token, client: a, scope: b, key: c}}", "expected in token.keyId the kid that the receiver knows the key by"},
		{"    form: original", "    form: original\n    concurrency: 0", "small.yaml:22:18: expected how many attempts are made at a time, from 1 to 64"},
		{"    form: original", "    form: original\n    concurrency: many", "small.yaml:22:18:"},
		{"    form: original", "    form: original\n    bytes: 1GiB", "small.yaml:22:12: expected a size from 1KiB to 256MiB"},
		{"    form: original", "    form: original\n    bytes: 12", "small.yaml:22:12: expected a size from 1KiB to 256MiB"},
		{"    form: original", "    form: original\n    check: Psyk", "small.yaml:22:12: expected the id of a table of demands"},
		{"    form: original", "    form: original\n    envelope: vand", "small.yaml:22:15: expected vans or ehmi; did you mean vans?"},
		{"    form: original", "    form: original\n    envelope: vans", "small.yaml:20:19: original in vans says whom it is for by number; expected gln"},
		{"    form: carecommunication", "    form: plain\n    envelope: ehmi", "small.yaml:16:15: ehmi carries messages; expected the form carecommunication, hco or original"},
		{"    form: carecommunication", "    form: carecommunication\n    envelope: ehmi\n    resend: true", "small.yaml:17:13: on EHMI a message is sent again by a person alone"},
		{"client: bosted", "client: bostedd", "small.yaml:18:13: expected bosted; did you mean bosted?"},
		{"sor: \"52581000016005\", ", "", "carecommunication says whom it is for by number; expected sor"},
		{"{name: Lægen, sor: \"52581000016005\", gln: \"5790000121526\"}\n    form: carecommunication", "{name: Lægen}\n    form: original\n    envelope: ehmi", "original in ehmi says whom it is for by number; expected sor and gln"},
		{"    mailbox: {}", "    folder: {path: /srv/x}\n  - {name: to, sector: social, organisation: {name: X}, form: original, folder: {path: /srv/x}}", "small.yaml:23:88: another receiver has this folder"},
		{"    jwks: keys/bosted.jwks.json\n", "    jwks: keys/bosted.jwks.json\n    answers: post\n  - {id: b, sector: social, organisation: {name: X}, rights: [translate], jwks: keys/bosted.jwks.json, answers: post}\n",
			"small.yaml:12:113: post is of another client, who would see what becomes of these messages"},
		{"    client: bosted\n", "", "a mailbox is fetched from by a client; expected the id of one in client"},
		{"routes:", "---\nroutes:", "small.yaml:23:1: another YAML document begins here"},
		// a route
		{"name: medicin", "name: ''", "small.yaml:24:11: expected a name"},
		{"senders: [bosted]", "senders: [bostd]", "small.yaml:25:15: expected bosted; did you mean bosted?"},
		{"documents: [medicinliste]", "documents: [medicin]", "small.yaml:26:17: expected tilstande, medicinliste"},
		{"documents: [medicinliste]", "documents: [tilstande]", "bosted may hand over none of the documents of the route"},
		{"documents: [medicinliste]", "areas: [sygeplje]", "small.yaml:26:13: expected sygepleje, hjemmepleje or forebyggelse; did you mean sygepleje?"},
		{"to: [laege]", "to: [lege]", "small.yaml:27:10: expected laege or post; did you mean laege?"},
		{"to: [laege]", "to: [laege, laege]", "laege stands in the list already"},
		{"documents: [medicinliste]\n    to: [laege]", "documents: [tilstande]\n    receiver: laege", "small.yaml:27:15: laege gets carecommunication, and tilstande is not written as carecommunication"},
		{"to: [laege]", "receiver: nobody", "small.yaml:27:15: expected laege or post"},
		{"to: [laege]", "to: [laege]\n    residue: keep", "small.yaml:28:14: expected return, attach, escrow or refuse"},
		{"to: [laege]", "to: [laege]\n    private: because", "small.yaml:28:14: no receiver of the route is of the social side"},
		{"to: [laege]", "to: [laege]\n    maps: \"1.4.0\"", "small.yaml:28:11: expected the version of the mappings, the 16 digits"},
		{"to: [laege]", "to: [laege]\n    maps: 8A5761CB9FFAFE91", "small.yaml:28:11: expected the version of the mappings"},
		{"to: [laege]", "to: [laege]\n    maps: 8a5761cb9ffafe9", "small.yaml:28:11: expected the version of the mappings"},
		{"    why: the doctor sees it\n", "", "expected in a sentence why these messages go there"},
		{"why: the doctor sees it", "why: Bruno 250947-9989 is here", "small.yaml:28:10: there is a number of a citizen in this"},
		{"why: the doctor sees it", "why: \"a\\nb\"", "small.yaml:28:10: expected one line of at most 300 characters"},
		{"    why: the doctor sees it\n", "    why: the doctor sees it\n  - {name: b, senders: [bosted], documents: [medicinliste], to: [post], why: x}\n",
			"small.yaml:29:5: the routes medicin and b are for the same messages, and nothing tells them apart"},
		{"    why: the doctor sees it\n", "    why: the doctor sees it\n  - {name: b, senders: [bosted], documents: [medicinliste], receiver: post, to: [post], why: x}\n",
			"small.yaml:29:5: the route never counts: medicin stands before it"},
	} {
		if strings.Count(small, tt.old) != 1 {
			t.Fatalf("%q stands %d times in the file", tt.old, strings.Count(small, tt.old))
		}
		_, err := Parse([]byte(strings.Replace(small, tt.old, tt.new, 1)), "small.yaml", readData)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s\ngot  %v\nwant %s", tt.new, err, tt.want)
		}
	}
}

// A version of the mappings is named by its digits, whatever they look like.
func TestMaps(t *testing.T) {
	for _, maps := range []string{"8a5761cb9ffafe91", "\"1234567890123456\"", "a2509479989bcdef"} {
		c, err := Parse([]byte(strings.Replace(small, "to: [laege]", "to: [laege]\n    maps: "+maps, 1)), "small.yaml", readData)
		if err != nil || c.Routes[0].Maps != strings.Trim(maps, "\"") {
			t.Errorf("%s: got %v", maps, err)
		}
	}
}

// Everything that is wrong is told at once, in the order of the file.
func TestAllFaults(t *testing.T) {
	text := strings.NewReplacer("sector: health", "sector: helth", "to: [laege]", "to: [lege]", "[send, receive]", "[send, recieve]").Replace(small)
	_, err := Parse([]byte(text), "small.yaml", readData)
	var list rules.List
	if !errors.As(err, &list) {
		t.Fatalf("got %T: %v", err, err)
	}
	for _, want := range []string{"small.yaml:7:20", "small.yaml:13:13", "small.yaml:27:10"} {
		found := false
		for _, e := range list {
			found = found || e.Path == want
		}
		if !found {
			t.Errorf("no fault at %s in\n%v", want, err)
		}
	}
}

func TestEmptyFile(t *testing.T) {
	for _, text := range []string{"", " \n", "# nothing\n", "---\n", "clients: []\n"} {
		if c, err := Parse([]byte(text), "x.yaml", readData); err == nil || c != nil {
			t.Errorf("%q: got %v, %v", text, c, err)
		}
	}
}

// A file may have no receivers: its clients translate and look up.
func TestNoReceivers(t *testing.T) {
	clients, _, _ := strings.Cut(small, "receivers:\n")
	clients = strings.NewReplacer("[send, receive]", "[translate]", "    documents: [henvisning, medicinliste]\n", "", "    receivers: [laege, post]\n", "").Replace(clients)
	if _, err := Parse([]byte(clients), "x.yaml", readData); err != nil {
		t.Error(err)
	}
	_, err := Parse([]byte(clients+"routes:\n  - {name: a, to: [b], why: c}\n"), "x.yaml", readData)
	if err == nil || !strings.Contains(err.Error(), "x.yaml:10:20: there is none to name yet") {
		t.Errorf("got %v", err)
	}
}

// The reader of YAML panics on some texts; those are refused like others.
func TestTags(t *testing.T) {
	for _, text := range []string{"routes: !00\n0000000000", "clients:\n  - rights: !x\n"} {
		_, err := Parse([]byte(text), "x.yaml", readData)
		if err == nil || !strings.Contains(err.Error(), "x.yaml: expected YAML without tags (!)") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// One document may begin with its mark.
func TestOneDocument(t *testing.T) {
	if _, err := Parse([]byte("# first\n\n---\n"+small), "x.yaml", readData); err != nil {
		t.Error(err)
	}
}

// A public address on this machine may be http://, for trying out.
func TestPublicOnLoopback(t *testing.T) {
	for _, public := range []string{"http://127.0.0.1:8080", "http://localhost:8080/x", "'http://[::1]:8080'"} {
		if _, err := Parse([]byte(strings.Replace(small, "https://tolk.example.dk", public, 1)), "x.yaml", readData); err != nil {
			t.Errorf("%s: %v", public, err)
		}
	}
}

func TestDurationsAndSizes(t *testing.T) {
	p := &parser{name: "x", text: []byte("a: b")}
	for text, want := range map[string]time.Duration{"": time.Second, "30s": 30 * time.Second, "72h": 72 * time.Hour, "30d": 720 * time.Hour, "1h30m": 90 * time.Minute} {
		if got := p.duration(text, "$.a", time.Second, 0, 1000*day); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]int{"": 7, "1KiB": 1024, "16MiB": 16 << 20, "256 MiB": 256 << 20, "4096": 4096} {
		if got := p.size(text, "$.a", 7); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
	if len(p.faults) > 0 {
		t.Error(p.faults)
	}
	for i, text := range []string{"d", "-1d", "1.5d", "99999d", "1", "a"} {
		if p.duration(text, "$.a", 0, 0, 1000*day); len(p.faults) != i+1 {
			t.Errorf("%q is taken for a time", text)
		}
	}
	p.faults = nil
	for i, text := range []string{"MiB", "-1", "1.5MiB", "257MiB", "99999999999999999999", "1TB"} {
		if p.size(text, "$.a", 0); len(p.faults) != i+1 {
			t.Errorf("%q is taken for a size", text)
		}
	}
}

// The order in which the keys of a file stand says nothing.
func TestKeyOrder(t *testing.T) {
	for _, name := range []string{"bosted.yaml", "kommune.yaml"} {
		want, text := example(t, name)
		var tree yaml.MapSlice
		if err := yaml.UnmarshalWithOptions([]byte(text), &tree, yaml.UseOrderedMap()); err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(r *rapid.T) {
			shuffled, err := yaml.Marshal(shuffle(r, tree))
			if err != nil {
				r.Fatal(err)
			}
			got, err := Parse(shuffled, name, readData)
			if err != nil {
				r.Fatalf("%v\n%s", err, shuffled)
			}
			got.Version = want.Version
			if !reflect.DeepEqual(got, want) {
				r.Fatalf("got %+v, want %+v from\n%s", got, want, shuffled)
			}
		})
	}
}

func shuffle(r *rapid.T, v any) any {
	switch v := v.(type) {
	case yaml.MapSlice:
		other := slices.Clone(v)
		for i := range other {
			other[i].Value = shuffle(r, other[i].Value)
		}
		return yaml.MapSlice(rapid.Permutation(other).Draw(r, "keys"))
	case []any:
		other := slices.Clone(v)
		for i := range other {
			other[i] = shuffle(r, other[i])
		}
		return other
	}
	return v
}

// Whatever the file is, it is a configuration that says where everything stands, or
// it is refused with places.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"bosted.yaml", "kommune.yaml"} {
		text, err := readData(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(small))
	f.Add([]byte("clients: [{id: &a b, sector: *a}]\nroutes: [{}]\nreceivers: [{http: {networks: [x]}}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text, "x.yaml", readData)
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v and %v", c, err)
		}
		var list rules.List
		if err != nil && (!errors.As(err, &list) || len(list) == 0) {
			t.Fatalf("got %T: %v", err, err)
		}
		for _, e := range list {
			if !strings.HasPrefix(e.Path, "x.yaml") || e.Message == "" {
				t.Errorf("got %+v", e)
			}
		}
	})
}
