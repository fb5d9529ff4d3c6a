package web

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

const (
	// translateLimit is how large a document may be, as the core bounds it.
	translateLimit = 16 << 20
	// translateFormLimit is how large a form with one in it may be.
	translateFormLimit = translateLimit + 1<<20
	// translateMemory is how much of an upload is read before it would go to a file: all
	// of it, since nothing is stored.
	translateMemory = translateFormLimit
)

// translateAsk is what somebody asks of the page: a document and what is to be done with
// it. It lives as long as its request.
type translateAsk struct {
	Case     string // the fixture that it is, empty for a document of their own
	Document string
	From, To string
	Areas    []string
	Accept   []string
	Strict   bool
	// Set tells that somebody has set this for a fixture, which says it otherwise
	// itself.
	Set      bool
	Sender   document.Party
	Receiver document.Party
	// Known are the names of the sender and of the receiver of a fixture, which
	// anybody may read.
	Known [2]string
	// Expected is the fingerprint that a link has of the document it is about.
	Expected string

	Text          string
	Title         string // of a fixture
	organisations []document.Organisation
	now           time.Time
}

// readTranslateAsk reads the form: from the query of a link, or from the body.
func readTranslateAsk(w http.ResponseWriter, r *http.Request) (*translateAsk, error) {
	form := r.URL.Query()
	var a translateAsk
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, translateFormLimit)
		err := r.ParseMultipartForm(translateMemory)
		if errors.Is(err, http.ErrNotMultipart) {
			err = nil
		}
		if r.MultipartForm != nil {
			defer r.MultipartForm.RemoveAll()
		}
		if err != nil {
			return &a, translateBadForm(err)
		}
		form = r.Form
	}
	a.settings(form)
	if r.Method != http.MethodPost {
		return &a, nil
	}
	return &a, a.given(r)
}

// translateBadForm tells what is wrong with a form that cannot be read.
func translateBadForm(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return translateTooLarge()
	}
	return &mapping.Error{Kind: mapping.Structure, Message: "the form cannot be read; expected multipart/form-data", Err: err}
}

func translateTooLarge() error {
	return &mapping.Error{Kind: mapping.TooLong, Message: "the document is too large; a document may have 16 MiB"}
}

// settings reads what is asked for.
func (a *translateAsk) settings(form url.Values) {
	a.Case = form.Get("case")
	a.Document, a.From, a.To = form.Get("document"), form.Get("from"), form.Get("to")
	a.Areas = translateSeveral(form["area"])
	a.Accept = translateSeveral(form["accept"])
	a.Strict = form.Get("strict") != ""
	a.Set = form.Get("set") != ""
	a.Expected = strings.ToLower(form.Get("sha256"))
	for _, f := range document.PartyFields() {
		*f.Of(&a.Sender, &a.Receiver) = strings.TrimSpace(form.Get(f.Name()))
	}
}

// translateSeveral reads a parameter that may stand several times or be a list.
func translateSeveral(given []string) (all []string) {
	for _, list := range given {
		for one := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' }) {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// given takes the document out of the form: uploaded, pasted, or as the page
// before had it.
func (a *translateAsk) given(r *http.Request) error {
	text, err := translateUploaded(r)
	if err != nil {
		return err
	}
	if text == "" {
		text = translatePasted(r.PostFormValue("text"))
	}
	if text != "" {
		a.Case = "" // a document of their own, whatever the page before was about
	} else if text, err = translateUnseal(r.PostFormValue("sealed")); err != nil {
		return err
	}
	if len(text) > translateLimit {
		return translateTooLarge()
	}
	a.Text = text
	return nil
}

// translateUploaded is the file of the form, as it came.
func translateUploaded(r *http.Request) (string, error) {
	file, _, err := r.FormFile("file")
	if err != nil {
		return "", nil // no file is chosen
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, translateLimit+1))
	if err != nil {
		return "", &mapping.Error{Kind: mapping.Structure, Path: "file", Message: "the file cannot be read", Err: err}
	}
	return string(text), nil
}

// translatePasted is what somebody typed, with the line ends that a form changes (HTML,
// 4.10.21.4) as they were.
func translatePasted(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// translateSeal packs a document for a field of a form, which would change its line ends:
// nothing is stored here, so that the page carries the document to the next.
func translateSeal(text string) string {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is a constant of the package
	io.WriteString(w, text)                         // a bytes.Buffer takes everything
	w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// translateUnseal opens what seal has packed.
func translateUnseal(sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	broken := &mapping.Error{Kind: mapping.Structure, Path: "sealed", Message: "it is not what the page before had; give the document again"}
	packed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(sealed))
	if err != nil {
		return "", broken
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", broken
	}
	text, err := io.ReadAll(io.LimitReader(r, translateLimit+1))
	if err != nil {
		return "", broken
	}
	if len(text) > translateLimit {
		return "", translateTooLarge()
	}
	return string(text), nil
}

// translatePrint tells whether a document is the one that a link is about: the first
// 16 digits of its SHA-256. Line ends and what is white at either end do not
// count: a copy and paste changes them.
func translatePrint(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff"))))
	return hex.EncodeToString(sum[:8])
}

// link is the address that asks for the same again. The document is not in it: a
// fixture is named, any other has its fingerprint. Nor is a person: an organisation
// is there by its numbers, since one may be called after the doctor who it is. Its
// name is there where the fixture has it.
func (a *translateAsk) link() string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("case", a.Case)
	set("to", a.To)
	if a.Case == "" {
		set("document", a.Document)
		set("from", a.From)
		set("sha256", translatePrint(a.Text))
	}
	if a.Case != "" && !a.Set { // the slashes of its name may stay (RFC 3986, 3.4)
		return "/translate?" + strings.ReplaceAll(q.Encode(), "%2F", "/")
	}
	set("area", strings.Join(a.Areas, ","))
	set("accept", strings.Join(a.Accept, ","))
	for name, on := range map[string]bool{"strict": a.Strict, "set": a.Set && a.Case != ""} {
		if on {
			q.Set(name, "on")
		}
	}
	for i, p := range []document.Party{a.Sender, a.Receiver} {
		prefix := []string{"sender-", "receiver-"}[i]
		if p.Name == a.Known[i] {
			set(prefix+"name", p.Name)
		}
		if registered.MatchString(p.SOR) {
			set(prefix+"sor", p.SOR)
		}
		if registered.MatchString(p.GLN) {
			set(prefix+"gln", p.GLN)
		}
	}
	if len(q) == 0 {
		return "/translate"
	}
	return "/translate?" + q.Encode()
}

// registered is a number of SOR (an SCTID of SOR's own: 11 to 18 digits) or a GLN (13
// digits): whatever else is in such a field, a CPR number too, is in no address.
var registered = regexp.MustCompile(`^[0-9]{11,18}$`)

// request is what the core is asked.
func (a *translateAsk) request() document.Request {
	q := document.Request{Document: a.Document, From: a.From, To: a.To, Accept: a.Accept, Strict: a.Strict,
		Sender: a.Sender, Receiver: a.Receiver, Now: a.now, WithResidue: true}
	for _, area := range a.Areas {
		q.Areas = append(q.Areas, mapping.Area(area))
	}
	return q
}

// gateway is the one to ask: with the organisations of a fixture that has some.
func (a *translateAsk) gateway(c Content) (*document.Gateway, error) {
	if len(a.organisations) == 0 {
		return c.Gateway, nil
	}
	return c.Gateway.WithOrganisations(a.organisations)
}

// recognise finds out what is not said of the document: its form and its kind.
func (a *translateAsk) recognise(g *document.Gateway) (*document.Hub, error) {
	q := a.request()
	hub, err := g.Hub(a.Text, q)
	if err != nil && a.From == "" && tree.IsXML(a.Text) && translateIsPath(err, "from") {
		for _, form := range translateOwnXML(a.Text) {
			q.From = form
			if hub, err = g.Hub(a.Text, q); err == nil {
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	a.From, a.Document = hub.Form, hub.Document
	return hub, nil
}

// isPath reports whether an error is of a parameter.
func translateIsPath(err error, name string) bool {
	var e *mapping.Error
	return errors.As(err, &e) && e.Path == name
}

// translateOwnXML lists the forms in XML of their own that a text may be in, by the name
// of its outermost element: MedCom's letters are an Emessage.
func translateOwnXML(text string) []string {
	if decoded, _, err := tree.DecodeXML([]byte(text)); err == nil {
		text = decoded
	}
	if strings.Contains(text[:min(len(text), 2000)], "Emessage") {
		if strings.Contains(text, "<MunicipalityReferral") || strings.Contains(text, ":MunicipalityReferral") {
			return []string{"xref15"}
		}
		return []string{"xref01"}
	}
	return []string{"fmk"}
}

// target is the form to translate to where none is asked for: the hub, and from
// the hub the plain form.
func (a *translateAsk) target() {
	if a.To == "" {
		a.To = document.FHIR
		if a.From == document.FHIR {
			a.To = "plain"
		}
	}
}

// name is what a document of their own is called in a download.
func (a *translateAsk) name() string {
	if a.Case != "" {
		return a.Case
	}
	return cmp.Or(a.Document, "dokument") + "/" + a.From + "-to-" + a.To + "/" + cmp.Or(translatePrint(a.Text), "case")
}
