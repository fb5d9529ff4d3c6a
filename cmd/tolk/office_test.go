package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/adapters/journal"
	"tolk/adapters/token"
)

// house is a folder with everything that a node with clients is started from.
type house struct {
	dir         string
	key         *ecdsa.PrivateKey // of the client
	certificate tls.Certificate   // of the client
	roots       *x509.CertPool    // of the node
}

// newHouse writes a configuration with one client, who must come with his
// certificate where bound is true.
func newHouse(t *testing.T, bound bool) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), roots: x509.NewCertPool()}
	var err error
	if h.key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := journal.InitKeys(h.file("keys.json")); err != nil {
		t.Fatal(err)
	}
	h.roots.AddCert(h.selfSigned(t, "node"))
	client := h.selfSigned(t, "client")
	if h.certificate, err = tls.LoadX509KeyPair(h.file("client.pem"), h.file("client.key")); err != nil {
		t.Fatal(err)
	}
	point, err := h.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	e := base64.RawURLEncoding.EncodeToString
	certificates := ""
	if bound {
		certificates = "\n    certificates: [" + token.Fingerprint(client) + "]"
	}
	h.write(t, "tolk.yaml", `clients:
  - id: bosted
    sector: social
    organisation: {name: Bostedet Solsikken, sor: "999000016001"}
    rights: [send, receive]
    documents: ["*"]
    receivers: ["*"]
    statement: {purpose: TREAT, legalBasis: samtykke, capacity: social}
    jwks: '{"keys":[{"kty":"EC","crv":"P-384","kid":"1","x":"`+e(point[1:49])+`","y":"`+e(point[49:])+`"}]}'`+certificates+`
receivers:
  - {name: arkiv, client: bosted, sector: health, organisation: {name: Arkivet}, form: original, mailbox: {}}
routes:
  - {name: alt, to: [arkiv], why: everything goes to the archive}
`)
	return h
}

func (h *house) file(name string) string { return filepath.Join(h.dir, name) }

func (h *house) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(h.file(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// selfSigned writes NAME.pem and NAME.key.
func (h *house) selfSigned(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	h.write(t, name+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	h.write(t, name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// start starts the node over TLS.
func (h *house) start(t *testing.T, env ...string) *server {
	return start(t, append([]string{"TOLK_DATA=" + h.file("data"), "TOLK_KEYS=" + h.file("keys.json"), "TOLK_CONFIG=" + h.file("tolk.yaml"),
		"TOLK_TLS_CERT=" + h.file("node.pem"), "TOLK_TLS_KEY=" + h.file("node.key")}, env...)...)
}

// caller is a client over TLS, with a certificate or without.
func (h *house) caller(certificates ...tls.Certificate) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: h.roots, Certificates: certificates}}}
}

// token asks for an access token.
func (h *house) token(t *testing.T, c *http.Client, node string) string {
	t.Helper()
	now := time.Now()
	e := base64.RawURLEncoding.EncodeToString
	claims, err := json.Marshal(map[string]any{"iss": "bosted", "sub": "bosted", "aud": node + "/token", "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(4 * time.Minute).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	covered := e([]byte(`{"alg":"ES384","typ":"JWT","kid":"1"}`)) + "." + e(claims)
	sum := sha512.Sum384([]byte(covered))
	r, s, err := ecdsa.Sign(rand.Reader, h.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.PostForm(node+"/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"system/*.cruds"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {covered + "." + e(append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...))}})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	var said struct {
		Token string `json:"access_token"`
	}
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &said); err != nil || said.Token == "" {
		t.Fatalf("the token endpoint answers %d %s", got.StatusCode, text)
	}
	return said.Token
}

// nobody checks that a log names no citizen.
func nobody(t *testing.T, log string) {
	t.Helper()
	if strings.Contains(log, canary) || strings.Contains(log, "Elmer") {
		t.Errorf("the log names a citizen: %s", log)
	}
}

// with makes a request with a token and returns its status.
func with(t *testing.T, c *http.Client, token, method, url, body string) (int, http.Header) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	got, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	return got.StatusCode, got.Header
}

const small = `{"dokument":"henvisning","version":"1.0","borger":{"cpr":"` + canary + `","fornavn":"Bruno Test","efternavn":"Elmer"},"aarsager":[{"tekst":"Kan ikke sove"}]}`

// A client gets in with a token, over TLS, and the token outlives a restart; what
// it has no right to it does not get.
func TestClientsOverTLS(t *testing.T) {
	h := newHouse(t, false)
	s := h.start(t)
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatalf("got %s, want https", s.url)
	}
	c := h.caller()
	token := h.token(t, c, s.url)
	if status, _ := with(t, c, token, "POST", s.url+"/v1/exchange?consent=Consent/samtykke-1", small); status != 202 {
		t.Errorf("with a token: got %d, want 202", status)
	}
	if status, _ := with(t, c, token, "GET", s.url+"/v1/audit", ""); status != 403 {
		t.Errorf("the audit, without the right: got %d, want 403", status)
	}
	if status, header := with(t, c, "nonsense", "GET", s.url+"/v1/exchange", ""); status != 401 || header.Get("WWW-Authenticate") == "" {
		t.Errorf("with nonsense: got %d %v, want 401 and a challenge", status, header)
	}
	nobody(t, s.stop(t))

	address := strings.TrimPrefix(s.url, "https://")
	s = h.start(t, "TOLK_LISTEN="+address)
	if status, _ := with(t, c, token, "GET", s.url+"/v1/exchange", ""); status != 200 {
		t.Errorf("after a restart: got %d, want 200", status)
	}
	nobody(t, s.stop(t))
}

// A client who registered a certificate gets in with it alone.
func TestClientsWithCertificates(t *testing.T) {
	h := newHouse(t, true)
	s := h.start(t, "TOLK_CLIENT_CA="+h.file("client.pem"))
	sound := h.caller(h.certificate)
	token := h.token(t, sound, s.url)
	if status, _ := with(t, sound, token, "GET", s.url+"/v1/exchange", ""); status != 200 {
		t.Errorf("with the certificate: got %d, want 200", status)
	}
	if status, _ := with(t, h.caller(), token, "GET", s.url+"/v1/exchange", ""); status != 401 {
		t.Errorf("without it: got %d, want 401", status)
	}
	h.selfSigned(t, "stranger")
	other, err := tls.LoadX509KeyPair(h.file("stranger.pem"), h.file("stranger.key"))
	if err != nil {
		t.Fatal(err)
	}
	stranger := h.caller()
	stranger.Transport.(*http.Transport).TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &other, nil // though the node asks for others
	}
	if got, err := stranger.Get(s.url + "/healthz"); err == nil {
		t.Errorf("with one that nobody signed: got %d, want no connection", got.StatusCode)
	}
	nobody(t, s.stop(t))
}

// A certificate that was replaced is in force without a restart, and one that is
// half copied is not.
func TestCertificateIsReadAgain(t *testing.T) {
	h := newHouse(t, false)
	logs := &logbook{}
	present, err := certificates(h.file("node.pem"), h.file("node.key"), slog.New(slog.NewJSONHandler(logs, nil)))
	if err != nil {
		t.Fatal(err)
	}
	first, _ := present(nil)
	later := time.Now().Add(time.Hour)
	k := &keyPair{certificate: h.file("node.pem"), key: h.file("node.key"), log: slog.New(slog.NewJSONHandler(logs, nil))}
	if err := k.read(); err != nil {
		t.Fatal(err)
	}
	h.selfSigned(t, "node")
	os.Chtimes(h.file("node.pem"), later, later)
	second, _ := k.present(nil)
	if bytes.Equal(first.Certificate[0], second.Certificate[0]) {
		t.Error("the new certificate is not in force")
	}
	h.write(t, "node.pem", "-----BEGIN")
	k.looked = time.Time{}
	third, _ := k.present(nil)
	if third != second || !strings.Contains(logs.String(), "certificate refused") {
		t.Errorf("a broken certificate: got another one, or no word of it: %s", logs)
	}
}

// Spans go to the collector of the environment, and name nobody.
func TestTraces(t *testing.T) {
	var mu sync.Mutex
	var got []byte
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		mu.Lock()
		got = append(got, r.URL.Path+" "+r.Header.Get("X-Key")+" "+string(text)...)
		mu.Unlock()
	}))
	defer collector.Close()
	s := start(t, "TOLK_DATA="+filepath.Join(t.TempDir(), "data"), "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL+"/", "OTEL_EXPORTER_OTLP_HEADERS=X-Key=a%20b")
	status, _, body := s.ask(t, "POST", "/v1/exchange?receiver=original&purpose=TREAT&legal-basis=samtykke&capacity=social&consent=Consent/s", small)
	if status != 202 {
		t.Fatalf("got %d %s", status, body)
	}
	nobody(t, s.stop(t))
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"/v1/traces a b ", `"message accept"`, `{"key":"tolk.document","value":{"stringValue":"henvisning"}}`} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if bytes.Contains(got, []byte(canary)) {
		t.Error("a citizen is in a trace")
	}
}

// A node that is asked to stop lets nobody wait: who waits for letters is
// answered, and it has ended long before ten seconds.
func TestStopIsQuick(t *testing.T) {
	s := start(t, "TOLK_DATA="+filepath.Join(t.TempDir(), "data"))
	answered := make(chan int, 1)
	go func() {
		got, err := http.Get(s.url + "/v1/mailbox/plain?wait=50")
		if err != nil {
			answered <- 0
			return
		}
		defer got.Body.Close()
		answered <- got.StatusCode
	}()
	time.Sleep(300 * time.Millisecond)
	begun := time.Now()
	s.stop(t)
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	if got := <-answered; got != 200 {
		t.Errorf("who waited was answered %d, want 200", got)
	}
}

// A candidate runs beside what is in force, and mappings at hand can be asked for
// by their version.
func TestCandidateAndMaps(t *testing.T) {
	dir := t.TempDir()
	theirs := filepath.Join(dir, "theirs")
	if err := os.MkdirAll(theirs, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(theirs, "a.json"), []byte(`{"resourceType":"CodeSystem","url":"http://x/theirs","version":"1","status":"active","content":"complete","concept":[{"code":"a"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "TOLK_DATA="+filepath.Join(dir, "data"), "TOLK_CANDIDATE="+theirs, "TOLK_MAPS="+theirs)
	status, _, body := s.ask(t, "POST", "/v1/exchange?receiver=fhir&purpose=TREAT&legal-basis=samtykke&capacity=social&consent=Consent/s", small)
	if status != 202 {
		t.Fatalf("got %d %s", status, body)
	}
	var counted struct{ Candidate, Live string }
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, _, body := s.ask(t, "GET", "/v1/shadow", ""); strings.Contains(body, `"same":1`) || strings.Contains(body, `"different":1`) {
			if err := json.Unmarshal([]byte(body), &counted); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if counted.Candidate == "" || counted.Candidate == counted.Live {
		t.Errorf("the candidate was not run: %+v", counted)
	}
	said := s.stop(t)
	at := ""
	for lines := bufio.NewScanner(strings.NewReader(said)); lines.Scan(); {
		var line struct{ Msg, Maps string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "mappings kept at hand" {
			at = line.Maps
		}
	}
	if at != counted.Candidate {
		t.Errorf("the mappings at hand are %q, want those of the same folder, %q", at, counted.Candidate)
	}
	nobody(t, said)
}

// The contents that were in force can be asked for, a few of them, and the one
// that is in force always.
func TestContentsAreRemembered(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	logs := &logbook{}
	st, err := newStore(c, &settings{content: dir}, "test", slog.New(slog.NewJSONHandler(logs, nil)))
	if err != nil {
		t.Fatal(err)
	}
	first := st.current.Load().Tag
	var tags []string
	for n := range remembered + 1 {
		text := fmt.Sprintf(`{"resourceType":"CodeSystem","url":"http://x/%d","version":"1","status":"active","content":"complete","concept":[{"code":"a"}]}`, n)
		if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := st.load(); err != nil {
			t.Fatal(err)
		}
		tags = append(tags, st.current.Load().Tag)
		if st.work() == nil || st.work().Tag != st.current.Load().Tag {
			t.Fatal("what is in force does not translate")
		}
	}
	if st.workOf(first) != nil || st.workOf(tags[0]) != nil {
		t.Error("more are remembered than should be")
	}
	if st.workOf(tags[1]) == nil {
		t.Error("one of the last is forgotten")
	}
	if err := st.pin([]string{dir}); err != nil || st.workOf(st.current.Load().Tag) == nil {
		t.Errorf("pinned: %v", err)
	}
}
