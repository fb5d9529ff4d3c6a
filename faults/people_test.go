package faults

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tolk/mapping/exchange"
)

// public is what the node is called, and its token endpoint with it.
const public = "https://tolk.example.dk"

// client is a system that the node lets in.
type client struct {
	id   string
	key  *ecdsa.PrivateKey
	node *node

	mu    sync.Mutex
	token string
	life  *life // that gave the token
}

// signingKey makes a key out of a word, the same in every process.
func signingKey(word string) *ecdsa.PrivateKey {
	sum := sha512.Sum384([]byte(word))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P384(), sum[:])
	if err != nil {
		panic(err)
	}
	return key
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwks is the JWK Set that a client registers.
func jwks(key *ecdsa.PrivateKey) string {
	b, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-384","x":"%s","y":"%s","kid":"1"}]}`, encode(b[1:49]), encode(b[49:]))
}

// claims are those of a client's assertion.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	ID       string `json:"jti"`
	Expires  int64  `json:"exp"`
	Issued   int64  `json:"iat"`
}

func sound(id string) claims {
	now := time.Now()
	return claims{id, id, public + "/token", uuid(), now.Add(4 * time.Minute).Unix(), now.Unix()}
}

// assertion signs claims as SMART Backend Services wants them.
func assertion(key *ecdsa.PrivateKey, c claims) string {
	said, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	covered := encode([]byte(`{"alg":"ES384","typ":"JWT","kid":"1"}`)) + "." + encode(said)
	sum := sha512.Sum384([]byte(covered))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		panic(err)
	}
	return covered + "." + encode(append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...))
}

// errDown: there is no node to call, or it went away before it answered.
var errDown = errors.New("the node does not answer")

// reply is what the node answered.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) String() string { return fmt.Sprintf("%d %.600s", r.status, r.body) }

// ask posts an assertion to the token endpoint.
func (n *node) ask(assertion string) (reply, error) {
	l := n.current()
	if l == nil {
		return reply{}, errDown
	}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"system/*.cruds"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion}}
	return n.call(l, http.MethodPost, "/token", []byte(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
}

// call makes one request to one life; pairs are headers.
func (n *node) call(l *life, method, path string, body []byte, pairs ...string) (reply, error) {
	r, err := http.NewRequest(method, l.url+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	got, err := n.http.Do(r)
	if err != nil {
		return reply{}, fmt.Errorf("%w: %w", errDown, err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return reply{}, fmt.Errorf("%w: %w", errDown, err)
	}
	return reply{got.StatusCode, got.Header, text}, nil
}

// access returns a token that is good now at a life of the node.
func (c *client) access(l *life) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.life == l && c.token != "" {
		return c.token, nil
	}
	got, err := c.node.ask(assertion(c.key, sound(c.id)))
	if err != nil {
		return "", err
	}
	var said struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(got.body, &said); err != nil || said.Token == "" {
		return "", fmt.Errorf("the token endpoint answers %s", got)
	}
	c.token, c.life = said.Token, l
	return c.token, nil
}

// do makes a request with a token; an expired one is replaced once.
func (c *client) do(method, path string, body []byte, pairs ...string) (reply, error) {
	for again := false; ; again = true {
		l := c.node.current()
		if l == nil {
			return reply{}, errDown
		}
		token, err := c.access(l)
		if err != nil {
			return reply{}, err
		}
		got, err := c.node.call(l, method, path, body, append(pairs, "Authorization", "Bearer "+token)...)
		if err != nil || got.status != http.StatusUnauthorized || again {
			return got, err
		}
		c.mu.Lock()
		c.token = ""
		c.mu.Unlock()
	}
}

// push hands a letter over once.
func (c *client) push(l letter, headers ...string) (reply, error) {
	path := l.path
	if path == "" {
		path = "/v1/exchange"
	}
	more := l.query
	if l.receiver != "" {
		more = strings.Trim(more+"&receiver="+url.QueryEscape(l.receiver), "&")
	}
	switch {
	case more == "":
	case strings.Contains(path, "?"):
		path += "&" + more
	default:
		path += "?" + more
	}
	return c.do(http.MethodPost, path, []byte(l.body), append(headers, "Content-Type", l.kind)...)
}

// receipt is what the sender of a message is told.
type receipt struct {
	ID        string   `json:"id"`
	Status    string   `json:"status"`
	Receivers []string `json:"receivers"`
	Why       string   `json:"why"`
}

// insist hands a letter over until it is acknowledged, as a sender that loses
// nothing does: what was not answered, or answered with "later", is sent again.
func (c *client) insist(l letter, limit time.Duration) (receipt, error) {
	var last error
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		got, err := c.push(l)
		switch {
		case err != nil:
			last = err
		case got.status == http.StatusAccepted:
			var r receipt
			if err := json.Unmarshal(got.body, &r); err != nil || r.ID == "" {
				return r, fmt.Errorf("%s: a receipt without an identifier: %s", l.name(), got)
			}
			return r, nil
		case got.status == http.StatusServiceUnavailable || got.status == http.StatusInsufficientStorage:
			last = fmt.Errorf("%s: %s", l.name(), got)
		default:
			return receipt{}, fmt.Errorf("%s: refused: %s", l.name(), got)
		}
	}
	return receipt{}, fmt.Errorf("%s: not acknowledged within %s: %w", l.name(), limit, last)
}

// get reads JSON.
func (c *client) get(path string, into any) error {
	got, err := c.do(http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if got.status != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, got)
	}
	return json.Unmarshal(got.body, into)
}

// lifeOf returns everything that the node tells of a message.
func (c *client) lifeOf(id string) (*exchange.Life, error) {
	l := new(exchange.Life)
	return l, c.get("/v1/exchange/"+id, l)
}

// idOf reads which message a receipt is about; empty where it does not say.
func idOf(r reply) string {
	var said receipt
	json.Unmarshal(r.body, &said)
	return said.ID
}

// open is how many deliveries of a receiver are in a state; -1 where the node
// does not tell.
func (c *client) open(receiver, state string) int {
	all, err := c.health()
	if err != nil {
		return -1
	}
	for _, h := range all {
		if h.Receiver == receiver {
			return h.Open[state]
		}
	}
	return 0
}

// health is where each receiver is.
func (c *client) health() ([]exchange.Health, error) {
	var said struct {
		Receivers []exchange.Health `json:"receivers"`
	}
	err := c.get("/v1/receivers", &said)
	return said.Receivers, err
}

// note is a letter as a mailbox gives it out.
type note struct {
	exchange.Letter
	Content string `json:"content"`
	Text    []byte `json:"body"`
}

// fetch takes what waits in a mailbox out of it, and says of each letter that it
// arrived. It waits for the first.
func (c *client) fetch(mailbox string) ([]note, error) { return c.fetchInto(mailbox, new(receiver)) }

// fetchInto is fetch, and keeps each letter before it says that it arrived.
func (c *client) fetchInto(mailbox string, at *receiver) ([]note, error) {
	var said struct {
		Letters []note `json:"letters"`
	}
	if err := c.get("/v1/mailbox/"+mailbox+"?wait=2", &said); err != nil {
		return nil, err
	}
	for _, l := range said.Letters {
		at.mu.Lock()
		at.kept = append(at.kept, arrival{At: time.Now(), Request: l.Message, Kind: l.ContentType, Body: string(l.Text)})
		at.mu.Unlock()
		got, err := c.do(http.MethodDelete, l.Content, nil)
		if err != nil || got.status != http.StatusNoContent {
			return nil, fmt.Errorf("taking %s: %s %w", l.ID, got, either(err, errors.New("not taken")))
		}
	}
	return said.Letters, nil
}
