package exchange

import "tolk/mapping/document"

// file is the configuration as it is written. Times, sizes and networks are texts
// there, so that what is wrong with one is told together with everything else.
type file struct {
	Public    string         `yaml:"public"`
	Keep      fileKeep       `yaml:"keep"`
	Alarms    fileAlarms     `yaml:"alarms"`
	Clients   []fileClient   `yaml:"clients"`
	Receivers []fileReceiver `yaml:"receivers"`
	Routes    []fileRoute    `yaml:"routes"`
}

type fileKeep struct {
	Bodies      string `yaml:"bodies"`
	Identifiers string `yaml:"identifiers"`
}

type fileAlarms struct {
	Webhook  string   `yaml:"webhook"`
	Networks []string `yaml:"networks"`
	Insecure bool     `yaml:"insecure"`
	Waiting  string   `yaml:"waiting"`
}

type fileClient struct {
	ID           string         `yaml:"id"`
	Tenant       string         `yaml:"tenant"`
	Sector       string         `yaml:"sector"`
	Organisation document.Party `yaml:"organisation"`
	CVR          string         `yaml:"cvr"`
	Rights       []string       `yaml:"rights"`
	Documents    []string       `yaml:"documents"`
	Receivers    []string       `yaml:"receivers"`
	Statement    Statement      `yaml:"statement"`
	Answers      string         `yaml:"answers"`
	JWKS         string         `yaml:"jwks"`
	Certificates []string       `yaml:"certificates"`
}

type fileReceiver struct {
	Name         string         `yaml:"name"`
	Client       string         `yaml:"client"`
	Sector       string         `yaml:"sector"`
	Organisation document.Party `yaml:"organisation"`
	Form         string         `yaml:"form"`
	Envelope     string         `yaml:"envelope"`
	Check        string         `yaml:"check"`
	HTTP         *fileHTTP      `yaml:"http"`
	Mailbox      *fileMailbox   `yaml:"mailbox"`
	Folder       *fileFolder    `yaml:"folder"`
	Concurrency  *int           `yaml:"concurrency"`
	Bytes        string         `yaml:"bytes"`
	Until        string         `yaml:"until"`
	Acknowledges bool           `yaml:"acknowledges"`
	Resend       bool           `yaml:"resend"`
}

type fileHTTP struct {
	URL         string     `yaml:"url"`
	Networks    []string   `yaml:"networks"`
	Insecure    bool       `yaml:"insecure"`
	Timeout     string     `yaml:"timeout"`
	Token       *fileToken `yaml:"token"`
	Certificate string     `yaml:"certificate"`
	Key         string     `yaml:"key"`
	Roots       string     `yaml:"roots"`
}

type fileToken struct {
	URL    string `yaml:"url"`
	Client string `yaml:"client"`
	Scope  string `yaml:"scope"`
	Key    string `yaml:"key"`
	KeyID  string `yaml:"keyId"`
}

type fileMailbox struct {
	Again string `yaml:"again"`
}

type fileFolder struct {
	Path string `yaml:"path"`
}

type fileRoute struct {
	Name      string   `yaml:"name"`
	Senders   []string `yaml:"senders"`
	Receiver  string   `yaml:"receiver"`
	Documents []string `yaml:"documents"`
	Areas     []string `yaml:"areas"`
	To        []string `yaml:"to"`
	Residue   string   `yaml:"residue"`
	Consent   bool     `yaml:"consent"`
	Maps      string   `yaml:"maps"`
	Private   string   `yaml:"private"`
	Why       string   `yaml:"why"`
}
