package api

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Who comes when all places are taken is told so in the words of every other
// answer, also while he still sends a long body, and comes in when there is room.
func TestTooManyConnections(t *testing.T) {
	for name, over := range map[string]func(net.Listener) net.Listener{
		"plain": func(l net.Listener) net.Listener { return l },
		"TLS": func(l net.Listener) net.Listener {
			return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate(t, "node")}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, Limits{Connections: 2})
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- h.Serve(over(listener)) }()
			scheme, dial := "http", func() (net.Conn, error) { return net.Dial("tcp", listener.Addr().String()) }
			if name == "TLS" {
				scheme, dial = "https", func() (net.Conn, error) {
					return tls.Dial("tcp", listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
				}
			}
			var held []net.Conn
			for range 2 {
				c, err := dial()
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				held = append(held, c)
				fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
				if a, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || a.StatusCode != 200 {
					t.Fatalf("got %+v, %v", a, err)
				}
			}
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
			address := scheme + "://" + listener.Addr().String()
			for _, body := range []string{"", strings.Repeat(" ", 1<<20)} {
				a, err := client.Post(address+"/v1/translate", "application/json", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				text, _ := io.ReadAll(a.Body)
				a.Body.Close()
				got := answer{a.StatusCode, a.Header, string(text)}
				if outcomeText(t, got, 503, "transient"); a.Header.Get("Retry-After") != "5" || !a.Close || a.Header.Get("X-Request-Id") == "" || a.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("got %v", a.Header)
				}
			}
			held[0].Close()
			came := false
			for end := time.Now().Add(5 * time.Second); !came && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				a, err := client.Get(address + "/healthz")
				if err != nil {
					t.Fatal(err)
				}
				a.Body.Close()
				came = a.StatusCode == 200
			}
			if !came {
				t.Error("nobody is let in after one left")
			}
			held[1].Close()
			if err := h.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if n := strings.Count(h.logs.String(), "more connections than are taken"); n != 1 {
				t.Errorf("logged %d times", n)
			}
		})
	}
}

// A crowd gets answers, every one of them.
func TestCrowd(t *testing.T) {
	h := start(t, Limits{Connections: 4})
	address := h.listen(t)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	var all sync.WaitGroup
	var mu sync.Mutex
	counts := map[int]int{}
	for range 400 {
		all.Go(func() {
			a, err := client.Post("http://"+address+"/v1/translate?from=ffb&to=fsiii", "application/json", strings.NewReader(`{"a":"`+strings.Repeat("x", 2000)+`"}`))
			if err != nil {
				t.Error(err)
				return
			}
			defer a.Body.Close()
			var told struct {
				ResourceType string `json:"resourceType"`
			}
			err = json.NewDecoder(a.Body).Decode(&told)
			if a.StatusCode == 503 && (err != nil || told.ResourceType != "OperationOutcome" || a.Header.Get("Retry-After") == "") {
				t.Errorf("got %v %v", a.Header, err)
			}
			mu.Lock()
			defer mu.Unlock()
			counts[a.StatusCode]++
		})
	}
	all.Wait()
	if counts[503] == 0 || counts[200] == 0 || counts[503]+counts[200] != 400 {
		t.Errorf("got %v", counts)
	}
}

// Who is turned away and says nothing is not waited for.
func TestSilentCrowd(t *testing.T) {
	h := start(t, Limits{Connections: 1})
	address := h.listen(t)
	begun := time.Now()
	var held []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		held = append(held, c)
		time.Sleep(20 * time.Millisecond)
	}
	if n, err := held[2].Read(make([]byte, 1)); n != 0 || err == nil || time.Since(begun) > 10*time.Second {
		t.Errorf("got %d bytes, %v after %s", n, err, time.Since(begun))
	}
}
