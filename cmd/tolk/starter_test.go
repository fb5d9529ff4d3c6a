package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The node that tolk init writes takes the worked example that it writes beside it,
// from its sender to its receiver, with the keys that it made.
func TestStarterNodeTakesItsExample(t *testing.T) {
	site := filepath.Join(t.TempDir(), "site")
	if err := begin(site); err != nil {
		t.Fatal(err)
	}
	input, err := os.ReadFile(filepath.Join(site, "fixtures", "tilstande", "ffb-to-fsiii", "spise", "input.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, "TOLK_DATA="+filepath.Join(site, "data"), "TOLK_KEYS="+filepath.Join(site, "keys.json"), "TOLK_CONFIG="+filepath.Join(site, "tolk.yaml"))
	status, answer := called(t, starterToken(t, site, "bosted", s.url), "POST", s.url+"/v1/exchange?consent=Consent/1", string(input))
	if status != http.StatusAccepted || !strings.Contains(answer, `"receivers":["hjemmepleje"]`) {
		t.Fatalf("handed over: got %d %s", status, answer)
	}
	status, answer = called(t, starterToken(t, site, "hjemmepleje", s.url), "GET", s.url+"/v1/mailbox/hjemmepleje?wait=20", "")
	if status != http.StatusOK || !strings.Contains(answer, `"form":"fsiii"`) {
		t.Errorf("fetched: got %d %s", status, answer)
	}
	nobody(t, s.stop(t))
}

// called makes a request with a token, and returns the status and the answer.
func called(t *testing.T, token, method, address, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(text)
}

// starterToken asks for an access token as a client of the starter, by its key.
func starterToken(t *testing.T, site, client, node string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(site, client+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	e := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":"%s/token","jti":%q,"exp":%d}`, client, client, node, rand.Text(), time.Now().Add(4*time.Minute).Unix())
	covered := e([]byte(`{"alg":"RS384","typ":"JWT","kid":"1"}`)) + "." + e([]byte(claims))
	sum := sha512.Sum384([]byte(covered))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA384, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.PostForm(node+"/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"system/Bundle.crd"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {covered + "." + e(signature)}})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	var said struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(got.Body).Decode(&said); err != nil || said.Token == "" {
		t.Fatalf("the token endpoint answers %d, %v", got.StatusCode, err)
	}
	return said.Token
}
