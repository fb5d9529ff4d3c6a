package deliver

import (
	"context"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// Parcel is one message as it is sent.
type Parcel struct {
	ID          string // X-Request-ID, and the name of a file: this message, the same at every attempt
	Correlation string // X-Correlation-ID: the conversation
	ContentType string
	Body        []byte
}

// Channel takes messages to one receiver. It may be used by many goroutines, but
// each message is in one attempt at a time: the journal sees to that.
type Channel interface {
	// Send makes one attempt. It returns what it came to and what the receiver
	// said, as far as that is kept; its text may name a person.
	Send(ctx context.Context, p Parcel) (Verdict, []byte)
	// Close gives up what is kept open. No attempt may be under way or follow.
	Close()
}

// Open returns the channel to a receiver of the configuration, one over HTTP or a
// folder, and reads the files that its configuration names: a file that changed is
// read when the receiver is opened again. The error is a *mapping.Error that says
// which field is not as it must be.
func Open(r *exchange.Receiver, now func() time.Time) (Channel, error) {
	switch {
	case r.HTTP != nil:
		return openHTTP(r, now)
	case r.Folder != nil:
		f, err := NewFolder(r.Name, r.Folder.Path)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
	return nil, fault(mapping.Required, "receivers["+r.Name+"]", "expected http or folder; a mailbox is fetched from, nothing is sent to it", nil)
}

func openHTTP(r *exchange.Receiver, now func() time.Time) (Channel, error) {
	path := "receivers[" + r.Name + "].http"
	secure, err := readTLS(path, r.HTTP.Certificate, r.HTTP.Key, r.HTTP.Roots)
	if err != nil {
		return nil, err
	}
	to := Receiver{
		Name: r.Name, URL: r.HTTP.URL, Networks: r.HTTP.Networks, Insecure: r.HTTP.Insecure, Timeout: r.HTTP.Timeout,
		TLS: secure, Acknowledges: r.Acknowledges, Resend: r.Resend,
	}
	if r.HTTP.Token != nil {
		if to.Token, err = newTokens(path+".token", *r.HTTP.Token, to, now); err != nil {
			return nil, err
		}
	}
	s, err := New(to, now)
	if err != nil {
		return nil, fault(mapping.Value, path, "cannot be sent to", err)
	}
	return s, nil
}

// fault is an error of the configuration. What another package says of a file is
// not shown: it may quote a key.
func fault(kind mapping.Kind, path, message string, err error) error {
	return &mapping.Error{Kind: kind, Path: path, Message: message, Err: err}
}
