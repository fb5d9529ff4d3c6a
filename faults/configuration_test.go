package faults

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// configuration is the file of a node, as its keys stand in it. JSON is YAML.
type configuration struct {
	Public    string       `json:"public"`
	Clients   []clientKeys `json:"clients"`
	Receivers []target     `json:"receivers"`
	Routes    []route      `json:"routes"`
	Keep      any          `json:"keep,omitempty"`
	Alarms    any          `json:"alarms,omitempty"`
}

type clientKeys struct {
	ID           string            `json:"id"`
	Tenant       string            `json:"tenant,omitempty"`
	Sector       string            `json:"sector"`
	Organisation party             `json:"organisation"`
	CVR          string            `json:"cvr,omitempty"`
	Rights       []string          `json:"rights"`
	Documents    []string          `json:"documents,omitempty"`
	Receivers    []string          `json:"receivers,omitempty"`
	Statement    map[string]string `json:"statement,omitempty"`
	Answers      string            `json:"answers,omitempty"`
	JWKS         string            `json:"jwks"`
}

type party struct {
	Name   string `json:"name"`
	SOR    string `json:"sor,omitempty"`
	GLN    string `json:"gln,omitempty"`
	Person string `json:"person,omitempty"`
	Role   string `json:"role,omitempty"`
	Phone  string `json:"phone,omitempty"`
}

type target struct {
	Name         string         `json:"name"`
	Client       string         `json:"client,omitempty"`
	Sector       string         `json:"sector"`
	Organisation *party         `json:"organisation,omitempty"`
	Form         string         `json:"form"`
	Check        string         `json:"check,omitempty"`
	HTTP         map[string]any `json:"http,omitempty"`
	Mailbox      map[string]any `json:"mailbox,omitempty"`
	Folder       map[string]any `json:"folder,omitempty"`
	Concurrency  int            `json:"concurrency,omitempty"`
	Bytes        string         `json:"bytes,omitempty"`
	Until        string         `json:"until,omitempty"`
	Acknowledges bool           `json:"acknowledges,omitempty"`
	Resend       bool           `json:"resend,omitempty"`
}

type route struct {
	Name      string   `json:"name"`
	Senders   []string `json:"senders,omitempty"`
	Receiver  string   `json:"receiver,omitempty"`
	Documents []string `json:"documents,omitempty"`
	To        []string `json:"to"`
	Residue   string   `json:"residue,omitempty"`
	Maps      string   `json:"maps,omitempty"`
	Why       string   `json:"why"`
}

// The systems that are let in, and the two parties that MedCom knows.
const (
	bosted     = "bosted"     // hands over; social
	psychiatry = "psykiatri"  // hands over; health
	overseer   = "driftsvagt" // sees and does what a person does
)

var (
	bostedParty = party{Name: "Bostedet Solsikken", SOR: "999000016001", GLN: "5790000000005",
		Person: "Lone Sygeplejerske", Role: "sygeplejerske", Phone: "48302223"}
	psychiatryParty = party{Name: "Psykiatrisk Center Test", SOR: "333211000016005", GLN: "5790000000012"}
)

// everyRight is what the overseer may.
var everyRight = []string{"send", "receive", "translate", "log", "content", "operate", "erase", "audit"}

// medically is what everybody states of why he sends, where a test is not about
// that: the staff of a bosted who handle medicine act as health persons too.
var medically = map[string]string{"purpose": "TREAT", "legalBasis": "sundhedsloven-41", "capacity": "health"}

// configure returns a configuration in which everybody may send everything to
// the receivers, each of which has a route of its own by its name.
func configure(receivers ...target) *configuration {
	c := &configuration{Public: public, Receivers: receivers, Clients: []clientKeys{
		{ID: bosted, Sector: "social", Organisation: bostedParty, Rights: []string{"send", "receive"},
			Documents: []string{"*"}, Receivers: []string{"*"}, Statement: medically, JWKS: keyFile(bosted)},
		{ID: psychiatry, Sector: "health", Organisation: psychiatryParty, Rights: []string{"send", "receive"},
			Documents: []string{"*"}, Receivers: []string{"*"}, Statement: medically, JWKS: keyFile(psychiatry)},
		{ID: overseer, Sector: "health", Organisation: party{Name: "Driftsvagten"}, Rights: everyRight,
			Documents: []string{"*"}, Receivers: []string{"*"}, Statement: medically, JWKS: keyFile(overseer)},
	}}
	for i, r := range receivers {
		if r.Organisation == nil {
			receivers[i].Organisation = &party{Name: r.Name}
		}
		c.Routes = append(c.Routes, route{Name: "til-" + r.Name, Receiver: r.Name, To: []string{r.Name}, Why: "whoever asks for " + r.Name + " gets it"})
	}
	return c
}

// posted is a receiver on loopback that gets what was sent, as it was sent.
func posted(name, url string) target {
	return target{Name: name, Sector: "health", Form: "original", Concurrency: 8, HTTP: map[string]any{
		"url": url, "networks": []string{"127.0.0.0/8"}, "insecure": true, "timeout": "5s"}}
}

// keyFile is where the keys of a client stand, from where the configuration is.
func keyFile(client string) string { return client + ".jwks.json" }

// write writes the file as a whole, and beside it the keys of the clients: who
// reads it sees the old one or the new.
func (c *configuration) write(t *testing.T, dir string) {
	t.Helper()
	for _, one := range c.Clients {
		replace(t, filepath.Join(dir, one.JWKS), []byte(jwks(signingKey(one.ID))))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(c); err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(dir, "config.yaml"), b.Bytes())
}

func replace(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

// as returns a client of the node.
func (n *node) as(id string) *client { return &client{id: id, key: signingKey(id), node: n} }
