package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"tolk/adapters/web"
)

// dialer opens a connection to what answers behind a door.
type dialer func(context.Context) (net.Conn, error)

// door is in front of the pages on this machine. Behind it may be a node that takes
// whoever asks for its operator, so that the door is what knows who does: a program
// of another account could call it, and a page of another place could have the
// operator's browser do so. The first lacks the session that the key in the link
// opens; the second is told by the host, the origin and what the browser says of
// where a request comes from.
type door struct {
	address string          // as it is in the link: 127.0.0.1:41231, or a name of its own with the port
	hosts   map[string]bool // names that are answered to
	paths   map[string]bool // first parts of what is behind it for people
	proxy   http.Handler

	mu      sync.Mutex
	key     string // opens once; empty where it is used
	session string // what a browser shows that has opened it; empty: nobody need
	cookie  string // by this name: a host has one jar for all its ports
}

// newDoor makes a door, with a lock where there is something to keep. With a lock it
// should have a host of its own: a browser sends the session to every port of the
// host that it is of, and at another port of 127.0.0.1 another account may listen,
// which does not know a name that is drawn.
func newDoor(at *net.TCPAddr, behind dialer, lock, own bool) *door {
	port := strconv.Itoa(at.Port)
	d := &door{address: at.String(), cookie: "tolk-workbench-" + port, paths: map[string]bool{"": true, "openapi.yaml": true, "openapi.json": true},
		hosts: map[string]bool{at.String(): true, "localhost:" + port: true}}
	for _, p := range web.New(web.Config{}).Pages() {
		d.paths[firstPart(p.Path)] = true
	}
	if own {
		d.address = strings.ToLower(rand.Text()) + ".localhost:" + port
		d.hosts = map[string]bool{d.address: true}
	}
	if lock {
		d.key, d.session = rand.Text(), rand.Text()
	}
	d.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "node"})
			r.Out.Host = r.In.Host // pages tell by it whether a form is their own
			r.Out.Header.Del("Authorization")
			r.Out.Header.Del("Cookie")
			for _, c := range r.In.Cookies() {
				if c.Name != d.cookie {
					r.Out.AddCookie(c)
				}
			}
		},
		Transport: &http.Transport{DisableCompression: true, MaxIdleConns: 16,
			ExpectContinueTimeout: time.Second, // who asks whether to send is answered from behind
			DialContext:           func(ctx context.Context, _, _ string) (net.Conn, error) { return behind(ctx) }},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, _ error) {
			d.say(w, http.StatusBadGateway, "Noden svarer ikke. Er den stoppet?", "The node does not answer. Was it stopped?")
		},
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	return d
}

// locked reports whether the door asks who comes.
func (d *door) locked() bool { return d.session != "" }

// link is the address to open.
func (d *door) link() string {
	if !d.locked() {
		return "http://" + d.address + "/"
	}
	return "http://" + d.address + "/?key=" + d.key
}

// answer lets pages through to whoever may have them.
func (d *door) answer(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	switch {
	case !d.hosts[strings.ToLower(r.Host)]:
		d.say(w, http.StatusMisdirectedRequest, "Der svares ikke på den adresse. Åbn det link, som tolk workbench skrev.", "That address is not answered to. Open the link that tolk workbench wrote.")
	case d.locked() && r.Method == http.MethodGet && r.URL.Path == "/" && key != "":
		d.enter(w, r, key)
	case !d.own(r):
		d.say(w, http.StatusForbidden, "En side fra et andet sted spurgte. Åbn siden her.", "A page of another place asked. Open the page here.")
	case !d.knows(r):
		d.say(w, http.StatusUnauthorized, "Åbn det link, som tolk workbench skrev. Det virker én gang; start tolk workbench igen for at få et nyt.",
			"Open the link that tolk workbench wrote. It opens once; start tolk workbench again for a new one.")
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, HEAD, POST")
		d.say(w, http.StatusMethodNotAllowed, "Her er kun sider.", "There are only pages here.")
	case !d.paths[firstPart(r.URL.Path)]:
		d.say(w, http.StatusNotFound, "Her er kun sider. Programmer spørger noden selv.", "There are only pages here. Programs ask the node itself.")
	default:
		d.proxy.ServeHTTP(w, r)
	}
}

// firstPart is the first part of a path.
func firstPart(path string) string {
	part, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return part
}

// own reports whether a request can come from a page here, from the address bar or
// from a program, and not from a page of another place, which another port of this
// machine is too. Where there is nothing to keep, whoever follows a link from another
// place comes in too.
func (d *door) own(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		follows := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
		if d.locked() || !follows {
			return false
		}
	}
	origin := r.Header.Get("Origin")
	return origin == "" || strings.EqualFold(origin, "http://"+r.Host)
}

// knows reports whether the browser has opened the door.
func (d *door) knows(r *http.Request) bool {
	if !d.locked() {
		return true
	}
	for _, c := range r.CookiesNamed(d.cookie) {
		if subtle.ConstantTimeCompare([]byte(c.Value), []byte(d.session)) == 1 {
			return true
		}
	}
	return false
}

// enter opens the door for the browser that has the key, which it has once.
func (d *door) enter(w http.ResponseWriter, r *http.Request, key string) {
	d.mu.Lock()
	right := d.key != "" && subtle.ConstantTimeCompare([]byte(key), []byte(d.key)) == 1
	if right {
		d.key = ""
	}
	d.mu.Unlock()
	switch {
	case right:
		http.SetCookie(w, &http.Cookie{Name: d.cookie, Value: d.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	case !d.knows(r):
		d.say(w, http.StatusUnauthorized, "Linket er brugt, eller det er et andet. Start tolk workbench igen for at få et nyt.",
			"The link was used, or is another one. Start tolk workbench again for a new one.")
		return
	}
	// Not a redirect: a browser that came from elsewhere would leave the cookie out.
	d.headers(w, http.StatusOK)
	fmt.Fprint(w, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>tolk</title><meta http-equiv="refresh" content="0;url=/exchange"></head><body><p><a href="/exchange">tolk</a></p></body></html>`)
}

// say answers with a short page of our own.
func (d *door) say(w http.ResponseWriter, status int, danish, english string) {
	d.headers(w, status)
	fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>tolk</title></head><body><main><h1>%d</h1><p lang="da">%s</p><p>%s</p></main></body></html>`, status, danish, english)
}

func (d *door) headers(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}
