package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping"
)

// The sockets in the data folder: the API for operators, and what is done with
// the journal as a whole.
const (
	operatorSocket = "operator.sock"
	controlSocket  = "control.sock"
)

// longestSocket is how long the path of a socket may be on every system.
const longestSocket = 100

// socketPath returns a path by which a socket can be bound and called, and what
// lets it go. Where the real one is too long for that it goes through the open
// folder.
func socketPath(dir, name string) (string, func(), error) {
	whole := filepath.Join(dir, name)
	if len(whole) <= longestSocket || runtime.GOOS != "linux" {
		return whole, func() {}, nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), name), func() { d.Close() }, nil
}

// listenSocket makes a socket that only this account may call. The journal is
// open, so one that lies there was left by a process that is gone.
func listenSocket(dir, name string) (net.Listener, error) {
	refuse := func(err error) (net.Listener, error) {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: filepath.Join(dir, name), Message: "the socket for operators cannot be made", Err: err}
	}
	if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return refuse(err)
	}
	path, free, err := socketPath(dir, name)
	if err != nil {
		return refuse(err)
	}
	defer free()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return refuse(err)
	}
	l.SetUnlinkOnClose(false) // it knows another name of it
	if err := os.Chmod(filepath.Join(dir, name), 0o600); err != nil {
		l.Close()
		return refuse(err)
	}
	return &socket{l, filepath.Join(dir, name)}, nil
}

// socket is a listener whose file goes with it.
type socket struct {
	*net.UnixListener
	file string
}

// Close removes the file too, the first time.
func (s *socket) Close() error {
	err := s.UnixListener.Close()
	if err == nil {
		os.Remove(s.file)
	}
	return err
}

// dialSocket calls a socket. The error is fs.ErrNotExist, or that nobody answers,
// where no node runs.
func dialSocket(ctx context.Context, dir, name string) (net.Conn, error) {
	path, free, err := socketPath(dir, name)
	if err != nil {
		return nil, err
	}
	defer free()
	return new(net.Dialer).DialContext(ctx, "unix", path)
}

// peerKey is where a request keeps who makes it.
type peerKey struct{}

// control answers what is done with the journal as a whole.
func control(j *journal.Journal) *http.Server {
	mux := http.NewServeMux()
	answer := func(pattern string, do func(ctx context.Context, who string, q order) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			who, _ := r.Context().Value(peerKey{}).(string)
			if who == "" {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			var q order
			d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
			d.DisallowUnknownFields()
			if err := d.Decode(&q); err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			var said verdict
			var err error
			if said.Answer, err = do(r.Context(), "operator:"+who, q); err != nil {
				said.Fault = problem(err)
			}
			text, _ := encode(said)
			w.Write(text)
		})
	}
	answer("POST /verify", func(ctx context.Context, _ string, q order) (any, error) { return verified(ctx, j, q.Head) })
	answer("POST /head", func(ctx context.Context, _ string, _ order) (any, error) { return headOf(ctx, j) })
	answer("POST /backup", func(ctx context.Context, who string, q order) (any, error) { return backedUp(ctx, j, who, q.Path) })
	return &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, peerKey{}, peer(c))
		}}
}

// order is what control is asked; verdict what it answers.
type (
	order struct {
		Head string `json:"head,omitempty"`
		Path string `json:"path,omitempty"`
	}
	verdict struct {
		Answer any      `json:"answer,omitempty"`
		Fault  *trouble `json:"fault,omitempty"`
	}
	trouble struct {
		Kind    mapping.Kind `json:"kind"`
		Path    string       `json:"path,omitempty"`
		Message string       `json:"message"`
	}
)

// problem is an error as it goes over the socket.
func problem(err error) *trouble {
	var e *mapping.Error
	if errors.As(err, &e) {
		return &trouble{e.Kind, e.Path, e.Message}
	}
	return &trouble{mapping.Exception, "", journalSays(err)}
}
