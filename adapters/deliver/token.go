package deliver

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/tree"
)

// tokens gets access tokens as a client of SMART Backend Services: it proves who
// it is by an assertion that it signed (private_key_jwt, RFC 7523). One request is
// under way at a time, and who waits for it gets the same token.
type tokens struct {
	at   exchange.TokenAt
	key  *signer
	http *http.Client
	now  func() time.Time
	turn chan struct{} // whoever has put something in has the rest for himself

	token  string
	got    time.Time
	life   time.Duration
	failed time.Time
	why    *tokenError // of the last request; nil when it was answered with a token
}

// tokenError says why there is no token.
type tokenError struct {
	code string
	said []byte // what the token endpoint said
}

func (e *tokenError) Error() string { return e.code }

const (
	assertionLife = 150 * time.Second // half of what SMART allows: clocks may differ by as much, either way
	mostToken     = 16 << 10
	mostSaid      = 64 << 10         // of a token endpoint
	mostLife      = 24 * time.Hour   // whatever it says
	unsaidLife    = time.Minute      // when it says nothing
	tokenPause    = 2 * time.Second  // after a request that failed
	tokenTimeout  = 10 * time.Second // of a request
)

// newTokens returns what gets tokens for a receiver, from an endpoint that is called
// by the rules of the receiver. Its key is read from its file.
func newTokens(path string, at exchange.TokenAt, to Receiver, now func() time.Time) (func(context.Context, string) (string, error), error) {
	if err := checkURL(path+".url", at.URL, to.Networks, to.Insecure); err != nil {
		return nil, err
	}
	if at.Client == "" {
		return nil, fault(mapping.Required, path+".client", "expected the name that the token endpoint knows tolk by", nil)
	}
	key, err := readSigner(path, at.Key, at.KeyID)
	if err != nil {
		return nil, err
	}
	t := &tokens{at: at, key: key, http: newClient(at.URL, to.Networks, tokenTimeout, to.TLS), now: now, turn: make(chan struct{}, 1)}
	return t.get, nil
}

// get returns a token that is not the refused one: the last until four fifths of
// its life are over, then a new one, and the last for the rest of its life while
// there is no new one to have.
func (t *tokens) get(ctx context.Context, refused string) (string, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	now := t.now()
	age := now.Sub(t.got)
	usable := t.token != "" && t.token != refused && age >= 0 && age < t.life // a negative age is a clock that was set back
	if usable && age < t.life/5*4 {
		return t.token, nil
	}
	if since := now.Sub(t.failed); t.why == nil || since < 0 || since >= tokenPause {
		token, life, why := t.ask(ctx, now)
		if why == nil {
			t.token, t.life, t.got, t.why = token, life, now, nil
			return token, nil
		}
		if ctx.Err() == nil { // else it is the caller who gave up
			t.failed = now
		}
		t.why = why
	}
	if usable {
		return t.token, nil
	}
	return "", t.why
}

// ask makes one request for a token.
func (t *tokens) ask(ctx context.Context, now time.Time) (string, time.Duration, *tokenError) {
	no := func(code string, said []byte) (string, time.Duration, *tokenError) {
		return "", 0, &tokenError{code, cut(said, keptOfRetry)}
	}
	assertion, err := t.key.sign(t.claims(now))
	if err != nil {
		return no(NoToken, nil)
	}
	form := url.Values{
		"grant_type":            {"client_credentials"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
	if t.at.Scope != "" {
		form.Set("scope", t.at.Scope)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.at.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return no(NoToken, nil)
	}
	r.GetBody = nil // an assertion is good for one request
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "tolk")
	got, err := t.http.Do(r)
	if err != nil {
		if code := reason(err); code != NoAnswer {
			return no(code, nil)
		}
		return no(NoToken, nil)
	}
	defer got.Body.Close()
	said, err := io.ReadAll(io.LimitReader(got.Body, mostSaid))
	switch {
	case err != nil:
		return no(NoToken, nil)
	case got.StatusCode >= 400 && got.StatusCode < 500 && got.StatusCode != http.StatusRequestTimeout && got.StatusCode != http.StatusTooManyRequests:
		return no(TokenRefused, said)
	case got.StatusCode != http.StatusOK:
		return no(NoToken, said)
	}
	token, life, ok := readToken(said)
	if !ok {
		return no(NoToken, nil) // nonsense that may have a token in it
	}
	return token, life, nil
}

// claims are those of an assertion. It has no iat: a server need not know when it
// was made, and may refuse what is a second ahead of its clock.
func (t *tokens) claims(now time.Time) []byte {
	text, err := json.Marshal(map[string]any{
		"iss": t.at.Client, "sub": t.at.Client, "aud": t.at.URL, "jti": rand.Text(), "exp": now.Add(assertionLife).Unix(),
	})
	if err != nil {
		panic(err) // texts and a number
	}
	return text
}

// readToken reads what a token endpoint answers (RFC 6749, section 5.1).
func readToken(said []byte) (token string, life time.Duration, ok bool) {
	d, err := tree.Parse(string(said), tree.Limits{Depth: 8, Bytes: mostSaid, Nodes: 1000})
	if err != nil {
		return "", 0, false
	}
	member := func(name string) tree.ID { return d.Child(d.Root(), name) }
	token = d.Text(member("access_token"))
	if !strings.EqualFold(d.Text(member("token_type")), "bearer") || len(token) > mostToken || !isToken(token) {
		return "", 0, false
	}
	life = unsaidLife
	if n := member("expires_in"); n != tree.None {
		seconds, err := strconv.ParseFloat(strings.Trim(d.Raw(n), `"`), 64) // some write the number as a text
		if err != nil || !(seconds >= 0) {
			return "", 0, false
		}
		life = time.Duration(min(seconds, mostLife.Seconds()) * float64(time.Second))
	}
	return token, life, true
}

// isToken reports whether a text may stand in a header as a bearer token (b64token,
// RFC 6750, section 2.1).
func isToken(text string) bool {
	body := strings.TrimRight(text, "=")
	return body != "" && strings.Trim(body, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/") == ""
}
