package web

import (
	"errors"
	"net/http"
	"strconv"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// statuses is how an error is answered, by its kind.
var statuses = map[mapping.Kind]int{
	mapping.Structure: http.StatusBadRequest, mapping.Invalid: http.StatusBadRequest, mapping.NotSupported: http.StatusBadRequest,
	mapping.Required: http.StatusUnprocessableEntity, mapping.Value: http.StatusUnprocessableEntity,
	mapping.CodeInvalid: http.StatusUnprocessableEntity, mapping.BusinessRule: http.StatusUnprocessableEntity,
	mapping.NotFound: http.StatusNotFound, mapping.TooLong: http.StatusRequestEntityTooLarge,
	mapping.Security: http.StatusForbidden, mapping.Timeout: http.StatusServiceUnavailable,
}

// statusOf is how an error is answered.
func statusOf(err error) int {
	var e *mapping.Error
	var later *exchange.Later
	switch {
	case errors.As(err, &later):
		return http.StatusServiceUnavailable
	case errors.As(err, &e) && statuses[e.Kind] != 0:
		return statuses[e.Kind]
	}
	return http.StatusInternalServerError
}

// broken is an error of ours: a template, or what a page was made of.
func broken(err error) error {
	return &mapping.Error{Kind: mapping.Exception, Message: "a page cannot be written", Err: err}
}

// faultPage is what templates/fault.gohtml shows.
type faultPage struct {
	Status  int
	Title   string
	Place   string
	Field   string // what a form calls that place
	Back    string // where the form stands
	Message string
	Unknown bool // nobody was let in
}

// fault answers with an error as a page. What is ours to mend is not told to the
// reader.
func (v *view) fault(err error) {
	status := statusOf(err)
	f := faultPage{Status: status}
	var e *mapping.Error
	var later *exchange.Later
	switch {
	case status == http.StatusInternalServerError:
		if m, ok := v.w.(interface{ Mend(error) }); ok {
			m.Mend(err)
		}
	case errors.As(err, &later):
		f.Message = later.Error()
	case errors.As(err, &e):
		f.Place, f.Message = e.Path, e.Message
		f.Field, f.Back = v.exchangeForms(e.Path)
	}
	v.faulty(f)
}

// Fault answers with a page that says what is wrong. The message must be safe
// anywhere; it is in English, as all messages are, and the page has Danish for it.
func (s *Site) Fault(w http.ResponseWriter, r *http.Request, status int, message string) {
	v := s.view(w, r, exchange.Caller{})
	v.faulty(faultPage{Status: status, Message: message, Unknown: status == http.StatusUnauthorized})
}

func (v *view) faulty(f faultPage) {
	if f.Title = "fault." + strconv.Itoa(f.Status); !known(f.Title) {
		f.Title = "fault.title"
	}
	if err := v.render(f.Status, "fault", f); err != nil { // the template of it is wrong
		http.Error(v.w, v.say("fault.500"), http.StatusInternalServerError)
	}
}
