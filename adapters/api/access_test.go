package api

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tokens "tolk/adapters/token"
	"tolk/mapping/exchange"
)

// What the package of the tokens has fits, though neither knows the other.
var _ stranger = (*tokens.Refusal)(nil)

// The scopes of the rights are scopes, and of two rights neither is in the other.
func TestScopes(t *testing.T) {
	_ = tokens.Call(Call{})
	for _, right := range everyRight {
		for _, other := range everyRight {
			one, err := tokens.ParseScopes(Scopes([]exchange.Right{right}))
			if err != nil {
				t.Fatalf("%s: %v", right, err)
			}
			two, err := tokens.ParseScopes(Scopes([]exchange.Right{other}))
			if err != nil {
				t.Fatalf("%s: %v", other, err)
			}
			if is := one.Meet(two).String() == one.String(); is != (right == other) {
				t.Errorf("%s in %s: %v", right, other, is)
			}
		}
	}
}

// A token that was asked for with fewer scopes allows less than its client may,
// also in what the node is told of him.
func TestNarrowToken(t *testing.T) {
	n := startNode(t, nil)
	narrow := "owner " + Scopes([]exchange.Right{exchange.Send, exchange.Receive})
	if narrow != "owner system/Bundle.c system/Bundle.rd" {
		t.Errorf("got %s", narrow)
	}
	if a := n.as(t, narrow, "POST", "/v1/exchange", "{}"); a.status != 202 {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if who := n.node.callers[0]; who.May(exchange.Send) != nil || who.May(exchange.Log) == nil || who.May(exchange.Read) == nil || who.Client.ID != "owner" {
		t.Errorf("the node is told of %+v", who.Client)
	}
	if c := n.node.config.Client("owner"); len(c.Rights) != len(everyRight) {
		t.Error("the configuration has changed")
	}
	outcomeText(t, n.as(t, narrow, "GET", "/v1/audit", ""), 403, "security")
	outcomeText(t, n.as(t, narrow, "POST", "/v1/translate?from=ffb&to=fsiii", "{}"), 403, "security")
	outcomeText(t, n.as(t, narrow, "POST", processPath, care), 403, "security") // answered at once, it is a translation
	if a := n.as(t, narrow, "POST", processPath+"?async=true", care); a.status != 202 {
		t.Errorf("got %d %s", a.status, a.body)
	}
	translator := "owner " + Scopes([]exchange.Right{exchange.Translate})
	outcomeText(t, n.as(t, translator, "POST", processPath+"?async=true", care), 403, "security")
	outcomeText(t, n.as(t, translator, "POST", "/v1/exchange", "{}"), 403, "security")
	log := "owner " + Scopes([]exchange.Right{exchange.Log})
	outcomeText(t, n.as(t, log, "POST", "/v1/exchange", "{}"), 403, "security") // which it may list
}

// The token endpoint takes a form in the body and nothing else, and gives back
// what Access says.
func TestToken(t *testing.T) {
	n := startNode(t, nil)
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	a := n.send(t, "POST", "/token", "grant_type=client_credentials&scope=system/Bundle.c+x&scope=%26", append(form, "Authorization", "Basic x")...)
	if a.status != 200 || !strings.Contains(a.body, `"access_token":"x"`) || a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" {
		t.Errorf("got %d %v %s", a.status, a.header, a.body)
	}
	if got := fmt.Sprint(n.door.form); got != "map[grant_type:[client_credentials] scope:[system/Bundle.c x &]]" {
		t.Errorf("got %s", got)
	}
	n.door.form = nil
	for name, c := range map[string]struct {
		target, body string
		headers      []string
	}{
		"JSON":    {"/token", "{}", []string{"Content-Type", "application/json"}},
		"no type": {"/token", "grant_type=x", nil},
		"a query": {"/token?client_assertion=x", "", form},
		"escapes": {"/token", "grant_type=%zz", form},
		"NUL":     {"/token", "grant_type=%00", form},
		"gzip":    {"/token", zipped(t, "a=b"), append(form, "Content-Encoding", "gzip")},
		"long":    {"/token", "a=" + strings.Repeat("x", 70_000), form},
	} {
		if a := n.send(t, "POST", c.target, c.body, c.headers...); a.status != 400 || !strings.HasPrefix(a.body, `{"error":"invalid_request","error_description":"`) || n.door.form != nil {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	if a := n.send(t, "GET", smartPath, ""); a.status != 200 || a.body != `{"token_endpoint":"https://a/token"}` || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	alone := startNode(t, func(c *Config) { c.Access = nil })
	for _, target := range []string{"/token", smartPath} {
		outcomeText(t, alone.send(t, "GET", target, ""), 404, "not-found")
	}
}

// On a node without clients every caller is local; a page of another site, also by
// a name of its own for this machine, is not one.
func TestLocalCaller(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Access = nil })
	for _, c := range []struct {
		host, fetch string
		status      int
	}{
		{"127.0.0.1:8080", "", 202}, {"localhost:8080", "same-origin", 202}, {"[::1]:80", "none", 202}, {"LOCALHOST", "", 202}, {"10.1.2.3", "", 202},
		{"127.0.0.1:8080", "cross-site", 403}, {"127.0.0.1:8080", "same-site", 403}, {"evil.example:8080", "", 403}, {"evil.example", "same-origin", 403},
		{"127.0.0.1.evil.example", "", 403},
	} {
		headers := []string{"Host", c.host}
		if c.fetch != "" {
			headers = append(headers, "Sec-Fetch-Site", c.fetch)
		}
		a := n.send(t, "POST", "/v1/exchange", "{}", headers...)
		if a.status != c.status {
			t.Errorf("%+v: got %d %s", c, a.status, a.body)
		}
	}
	if who := n.node.callers[0]; who.Client.ID != Local {
		t.Errorf("got %+v", who)
	}
	n.node.config = &exchange.Config{}
	outcomeText(t, n.send(t, "GET", "/v1/exchange", "", "Host", "localhost"), 401, "security")
	without := startNode(t, func(c *Config) { c.Exchange = nil }) // clients, and nobody who knows them
	outcomeText(t, without.as(t, "owner", "POST", "/v1/translate?from=ffb&to=fsiii", "{}"), 401, "security")
}

// On a socket that only operators can open everybody is one, by the name of the
// connection.
func TestOperator(t *testing.T) {
	name := "root"
	n := startNode(t, func(c *Config) {
		c.Operator = func(conn net.Conn) string {
			if conn.LocalAddr().Network() != "unix" {
				t.Errorf("asked about a connection of %s", conn.LocalAddr().Network())
			}
			return name
		}
	})
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- n.Serve(listener) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	get := func(target string) (int, string) {
		t.Helper()
		a, err := client.Get("http://node" + target)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode, string(body)
	}
	if status, body := get("/v1/exchange/" + messageOne); status != 200 {
		t.Errorf("got %d %s", status, body)
	}
	if who := n.node.callers[0]; who.Operator != "root" || who.Client != nil || who.Config != n.node.config {
		t.Errorf("got %+v", who)
	}
	if _, body := get("/v1/mailbox"); body != `{"mailboxes":["box","as-it-came"]}` {
		t.Errorf("got %s", body)
	}
	name = ""
	if status, body := get("/v1/receivers"); status != 401 {
		t.Errorf("nobody: got %d %s", status, body)
	}
	if !strings.Contains(n.logs.String(), `"client":"operator:root"`) || len(n.door.calls) > 0 {
		t.Errorf("the log does not name him: %s", n.logs)
	}
	if err := n.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// certificate makes one that signs itself.
func certificate(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// The certificate of a caller is that of the handshake, and no header says another.
func TestCertificateOfTheConnection(t *testing.T) {
	n := startNode(t, nil)
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := tls.NewListener(plain, &tls.Config{Certificates: []tls.Certificate{certificate(t, "node")}, ClientAuth: tls.RequestClientCert})
	ended := make(chan error, 1)
	go func() { ended <- n.Serve(listener) }()
	own := certificate(t, "owner")
	call := func(certificates ...tls.Certificate) {
		t.Helper()
		transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: certificates}}
		r, err := http.NewRequest("GET", "https://"+listener.Addr().String()+"/v1/exchange", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer owner")
		for _, header := range []string{"X-Client-Cert", "X-Forwarded-Client-Cert", "Client-Cert", "X-SSL-Client-Cert"} {
			r.Header.Set(header, "forged")
		}
		a, err := (&http.Client{Transport: transport}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != 200 {
			t.Errorf("got %d", a.StatusCode)
		}
	}
	call(own)
	call()
	if c := n.door.calls[0].Certificate; c == nil || !bytes.Equal(c.Raw, own.Certificate[0]) {
		t.Errorf("got %v", c)
	}
	if c := n.door.calls[1].Certificate; c != nil {
		t.Errorf("without one: got %v", c.Subject)
	}
	if err := n.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The measurements are for a program on this machine, and for who may see where
// messages are.
func TestMetrics(t *testing.T) {
	n := everything(t)
	address := n.listen(t)
	get := func(headers ...string) int {
		t.Helper()
		r, err := http.NewRequest("GET", "http://"+address+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		if err != nil || (a.StatusCode == 200) != (string(body) == "tolk_up 1\n") {
			t.Errorf("%v: %d %s", err, a.StatusCode, body)
		}
		return a.StatusCode
	}
	for _, c := range []struct {
		status  int
		headers []string
	}{
		{200, nil}, {401, []string{"X-Forwarded-For", "10.1.2.3"}}, {401, []string{"Forwarded", "for=10.1.2.3"}}, {401, []string{"Via", "1.1 a"}},
		{200, []string{"X-Forwarded-For", "10.1.2.3", "Authorization", "Bearer owner"}},
	} {
		if got := get(c.headers...); got != c.status {
			t.Errorf("%v: got %d, want %d", c.headers, got, c.status)
		}
	}
	outcomeText(t, n.send(t, "GET", "/metrics", ""), 401, "security") // from no address of this machine
	outcomeText(t, start(t, Limits{}).send(t, "GET", "/metrics", ""), 404, "not-found")
}

// A node that accepts nothing is not ready, and says why; what it says of a foreign
// error is its type.
func TestReadyExchange(t *testing.T) {
	n := startNode(t, nil)
	if a := n.send(t, "GET", "/readyz", ""); a.status != 200 || a.body != "ok\n" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	for err, want := range map[error]string{
		error(&exchange.Later{Full: true}): "messages are not accepted: the disk of this node is full",
		errors.New(canary):                 "messages are not accepted: *errors.errorString",
	} {
		n.node.notReady = err
		if text := outcomeText(t, n.send(t, "GET", "/readyz", ""), 503, "transient"); !strings.HasPrefix(text, want) {
			t.Errorf("got %s", text)
		}
		if a := n.send(t, "GET", "/healthz", ""); a.status != 200 {
			t.Errorf("healthz: got %d", a.status)
		}
	}
}

// Who follows a link of another site to a node without clients, or calls it by
// another name, is told why it does not open and what to do, in his language: on the
// page that of the page.
func TestNotMeantIsTold(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Access, c.Pages = nil, book{} })
	address := n.listen(t)
	linked := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Accept", "text/html"}
	for _, tt := range []struct {
		target  string
		headers []string
		want    string
	}{
		{"/v1/receivers", linked[:2], "a node without clients answers whoever sits at its machine, and not what another site asks for"},
		{"/v1/receivers", append(linked[:2:2], "Accept-Language", "da"), "åbn forsiden"},
		{"/v1/receivers", []string{"Host", "node.example"}, "open it as http://localhost"},
		{"/v1/receivers", []string{"Host", "node.example", "Accept-Language", "da"}, "åbn den som http://localhost"},
		{"/secret/letters", linked, "åbn forsiden"},
		{"/secret/letters", append(linked[:8:8], "Accept-Language", "en"), "open the start page"},
		{"/secret/letters?lang=en", append(linked[:8:8], "Accept-Language", "da"), "open the start page"},
		{"/secret/letters", append(linked[:8:8], "Cookie", "lang=en", "Accept-Language", "da"), "open the start page"},
	} {
		send := n.send // and holds it against the file, which has no pages
		if strings.HasPrefix(tt.target, "/secret") {
			send = func(t testing.TB, method, target, body string, headers ...string) answer {
				return browse(t.(*testing.T), address, method, target, body, headers...)
			}
		}
		if a := send(t, "GET", tt.target, "", tt.headers...); a.status != 403 || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s %q: got %d %s", tt.target, tt.headers, a.status, a.body)
		}
	}
}
