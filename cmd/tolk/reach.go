package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/valyala/fasthttp/fasthttputil"

	"tolk/adapters/api"
	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/node"
)

// reachFlags say which node is meant.
type reachFlags struct {
	settings
	json bool
}

// flags are those that every command has which is about a node.
func (f *reachFlags) flags(cmd *cobra.Command) {
	p := cmd.Flags()
	p.StringVar(&f.data, "data", "", "the folder of the node's journal; a node that runs is asked, else the journal is opened")
	p.StringVar(&f.keys, "keys", "", "the key file, where no node runs (the one beside the data)")
	p.StringVar(&f.config, "config", "", "the configuration, where no node runs (none)")
	p.BoolVar(&f.json, "json", false, "answer for programs")
}

// reach is a node that is asked by its operator: one that runs, over the sockets
// in its folder, or the journal itself.
type reach struct {
	client *http.Client // to the API
	// order asks what is done with the journal as a whole.
	order func(ctx context.Context, path string, q order, into any) error
	close func()
}

// reach finds the node.
func (f *reachFlags) reach(cmd *cobra.Command) (*reach, error) {
	if _, err := environment(cmd.Flags()); err != nil {
		return nil, err
	}
	if f.data == "" {
		return nil, usageError("--data: expected the folder of the node's journal")
	}
	c, err := dialSocket(cmd.Context(), f.data, controlSocket)
	if err == nil {
		c.Close()
		return f.running(), nil
	}
	if errors.Is(err, syscall.EACCES) {
		return nil, &mapping.Error{Kind: mapping.Security, Path: f.data, Message: "a node runs there under another account; ask it as that account"}
	}
	return f.still(cmd)
}

// running asks a node that runs.
func (f *reachFlags) running() *reach {
	dialing := func(name string) *http.Client {
		return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialSocket(ctx, f.data, name)
		}}}
	}
	whole := dialing(controlSocket)
	return &reach{client: dialing(operatorSocket), close: func() {}, order: func(ctx context.Context, path string, q order, into any) error {
		text, err := encode(q)
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://node"+path, bytes.NewReader(text))
		if err != nil {
			return err
		}
		got, err := whole.Do(r)
		if err != nil {
			return silent(err)
		}
		defer got.Body.Close()
		answer := struct {
			Answer json.RawMessage
			Fault  *trouble
		}{}
		if err := json.NewDecoder(got.Body).Decode(&answer); err != nil || got.StatusCode != http.StatusOK {
			return silent(err)
		}
		if answer.Fault != nil {
			return &mapping.Error{Kind: answer.Fault.Kind, Path: answer.Fault.Path, Message: answer.Fault.Message}
		}
		if into == nil || answer.Answer == nil {
			return nil
		}
		return json.Unmarshal(answer.Answer, into)
	}}
}

// silent is the error of a node that went away.
func silent(err error) error {
	return &mapping.Error{Kind: mapping.NotFound, Message: "the node does not answer", Err: err}
}

// still opens the journal of a node that does not run, and asks it in this
// process: the same questions, the same answers.
func (f *reachFlags) still(cmd *cobra.Command) (*reach, error) {
	if _, err := os.Stat(filepath.Join(f.data, "journal.db")); errors.Is(err, fs.ErrNotExist) {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: f.data, Message: "there is no journal in this folder"}
	}
	c := trying()
	if f.config != "" {
		var err error
		if c, _, err = configure(f.config, nil); err != nil {
			return nil, err
		}
	}
	keys, err := f.existingKeys()
	if err != nil {
		return nil, err
	}
	n, err := node.Open(cmd.Context(), node.Options{Dir: f.data, Keys: keys, Config: c.Config})
	if err != nil {
		return nil, inWordsOf(err)
	}
	me := account(os.Geteuid())
	server := api.New(api.Config{Content: func() *api.Content { return nil }, Exchange: n, Operator: func(net.Conn) string { return me }})
	listener := fasthttputil.NewInmemoryListener()
	ended := make(chan struct{})
	go func() { defer close(ended); server.Serve(listener) }()
	client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return listener.Dial() }}}
	return &reach{
		client: client,
		order: func(ctx context.Context, path string, q order, into any) error {
			return inWordsOf(wholly(ctx, n.Journal(), "operator:"+me, path, q, into))
		},
		close: func() {
			client.CloseIdleConnections()
			late, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			server.Shutdown(late)
			listener.Close()
			<-ended
			n.Close()
		},
	}, nil
}

// existingKeys opens the key file that is there, and makes none.
func (f *reachFlags) existingKeys() (*journal.KeyFile, error) {
	name := f.keys
	if name == "" {
		name = filepath.Clean(f.data) + ".keys.json"
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return nil, usageError("--keys: expected the key file of the journal, where no node runs")
		}
	}
	return journal.OpenKeys(name)
}

// wholly does with a journal as a whole what control does over the socket.
func wholly(ctx context.Context, j *journal.Journal, who, path string, q order, into any) (err error) {
	switch path {
	case "/verify", "/head":
		*into.(*audited), err = verified(ctx, j, q.Head)
	case "/backup":
		_, err = backedUp(ctx, j, who, q.Path)
	}
	return err
}

// get asks the API; post does with a body in JSON.
func (r *reach) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return r.ask(ctx, http.MethodGet, path, nil)
}

func (r *reach) post(ctx context.Context, path string, body any) ([]byte, error) {
	text, err := encode(body)
	if err != nil {
		return nil, err
	}
	return r.ask(ctx, http.MethodPost, path, bytes.NewReader(text))
}

func (r *reach) ask(ctx context.Context, method, path string, body io.Reader) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	got, err := r.client.Do(q)
	if err != nil {
		return nil, silent(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return nil, silent(err)
	}
	if got.StatusCode/100 != 2 {
		return nil, refusal(text)
	}
	return text, nil
}

// refusal is an OperationOutcome as an error.
func refusal(text []byte) error {
	var o struct {
		Issue []struct {
			Code       mapping.Kind `json:"code"`
			Expression []string     `json:"expression"`
			Diagnostic string       `json:"diagnostics"`
			Details    struct {
				Text string `json:"text"`
			} `json:"details"`
		} `json:"issue"`
	}
	if err := json.Unmarshal(text, &o); err != nil || len(o.Issue) == 0 {
		return silent(err)
	}
	i := o.Issue[0]
	e := &mapping.Error{Kind: i.Code, Path: strings.Join(i.Expression, ", "), Message: cmp.Or(i.Details.Text, i.Diagnostic)}
	e.Message = strings.TrimPrefix(e.Message, e.Path+": ") // which the text says, too
	return e
}
