package main

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tolk/fixtures/shared"
)

// Chromium knows by itself that the host of the link is this machine, and opens
// the door with it.
func TestWorkbenchHostInBrowser(t *testing.T) {
	place := shared.Program(t, "chromium")
	data := filepath.Join(t.TempDir(), "data")
	start(t, "TOLK_DATA="+data)
	b := openBench(t, "--data", data)
	args := []string{"--headless", "--disable-gpu", "--user-data-dir=" + t.TempDir(), "--lang=en", "--virtual-time-budget=10000", "--dump-dom", b.link}
	if os.Geteuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...)
	}
	page, err := exec.Command(place, args...).Output()
	if err != nil || !strings.Contains(string(page), "/exchange/dead") {
		t.Errorf("got %v, want the exchange: %s", err, page)
	}
}

// At the port of the link no other account can take the other loopback address,
// which a browser may ask first.
func TestWorkbenchTakesBothAddresses(t *testing.T) {
	probe, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Logf("there is no IPv6 here: %v", err)
	} else {
		probe.Close()
	}
	all, err2 := (&settings{listen: anyPort}).listeners(true)
	if err2 != nil {
		t.Fatal(err2)
	}
	for _, l := range all {
		defer l.Close()
	}
	if want := 2; err == nil && len(all) != want {
		t.Fatalf("got %d listeners, want %d", len(all), want)
	}
	port := strconv.Itoa(all[0].Addr().(*net.TCPAddr).Port)
	for _, address := range []string{"127.0.0.1:" + port, "[::1]:" + port} {
		l, err := net.Listen("tcp", address)
		if err == nil {
			l.Close()
			t.Errorf("%s is free", address)
		}
	}
	if _, err := (&settings{listen: "127.0.0.1:" + port}).listeners(true); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a port that is taken: got %v", err)
	}
}

// Who names an address has the link there, for a browser that does not know names
// under .localhost.
func TestWorkbenchAtAnAddress(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	start(t, "TOLK_DATA="+data)
	b := openBench(t, "--data", data, "--listen", "127.0.0.1:0")
	u, err := url.Parse(b.link)
	if err != nil || u.Hostname() != "127.0.0.1" {
		t.Fatalf("got %s", b.link)
	}
	c := browser(t)
	if code, _ := calls(t, c, http.MethodGet, b.base+"/exchange", ""); code != http.StatusUnauthorized {
		t.Errorf("without the key: got %d", code)
	}
	if code, _ := calls(t, c, http.MethodGet, b.link, ""); code != http.StatusOK {
		t.Errorf("the link: got %d", code)
	}
	if code, body := calls(t, c, http.MethodGet, b.base+"/exchange", ""); code != http.StatusOK || !strings.Contains(body, "/exchange/dead") {
		t.Errorf("got %d", code)
	}
}
