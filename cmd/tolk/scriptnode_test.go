package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for something, on a busy machine.
const patience = 30 * time.Second

// free NAME sets a variable to a port that nobody has.
func free(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: free NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	defer l.Close()
	ts.Setenv(args[0], fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
}

// await PORT waits until a server is ready there; with ! until none listens.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: await PORT")
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		got, err := http.Get("http://127.0.0.1:" + args[0] + "/readyz")
		if err == nil {
			got.Body.Close()
		}
		if neg && err != nil || !neg && err == nil && got.StatusCode == http.StatusOK {
			http.DefaultClient.CloseIdleConnections()
			return
		}
	}
	ts.Fatalf("no answer from %s that was waited for", args[0])
}

// give PORT QUERY FILE hands a document over, which must be accepted, and sets id
// to what the message is called.
func give(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: give PORT QUERY FILE")
	}
	got, err := http.Post("http://127.0.0.1:"+args[0]+"/v1/exchange?"+args[1], "application/json", strings.NewReader(ts.ReadFile(args[2])))
	ts.Check(err)
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	ts.Check(err)
	if (got.StatusCode == http.StatusAccepted) == neg {
		ts.Fatalf("got %d %s", got.StatusCode, body)
	}
	ts.Setenv("id", strings.TrimPrefix(got.Header.Get("Location"), "/v1/exchange/"))
}

// becomes STATE ID waits until a message of the node in data has a delivery in a
// state.
func becomes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: becomes STATE ID")
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ts.Exec("tolk", "exchange", "list", "--data", "data", "--state", args[0]) == nil && strings.Contains(ts.ReadFile("stdout"), args[1]) {
			return
		}
	}
	ts.Fatalf("%s is not %s", args[1], args[0])
}

// answers PORT PATH STATUS PATTERN... asks a server, whose answer must have the
// status and hold every text.
func answers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: answers PORT PATH STATUS TEXT...")
	}
	got, err := http.Get("http://127.0.0.1:" + args[0] + args[1])
	ts.Check(err)
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	ts.Check(err)
	if fmt.Sprint(got.StatusCode) != args[2] {
		ts.Fatalf("status: got %d, want %s: %s", got.StatusCode, args[2], body)
	}
	for _, want := range args[3:] {
		if !bytes.Contains(body, []byte(want)) {
			ts.Fatalf("no %s in %s", want, body)
		}
	}
}

// id sets a variable to what the last command wrote, without the line's end.
func id(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: id NAME")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// jwks FILE writes a JWK Set with a new public key.
func jwks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: jwks FILE")
	}
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	ts.Check(err)
	point, err := key.PublicKey.Bytes()
	ts.Check(err)
	e := base64.RawURLEncoding.EncodeToString
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), fmt.Appendf(nil, `{"keys":[{"kty":"EC","crv":"P-384","kid":"1","x":"%s","y":"%s"}]}`, e(point[1:49]), e(point[49:])), 0o600))
}

// logged FILE TEXT waits until a file holds a text.
func logged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: logged FILE TEXT")
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && bytes.Contains(text, []byte(args[1])) {
			return
		}
	}
	text, _ := os.ReadFile(ts.MkAbs(args[0]))
	ts.Fatalf("%s does not say %s: %s", args[0], args[1], text)
}
