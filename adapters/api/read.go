package api

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/tree"
)

// readable are the types of resources that are served.
var readable = []string{"CodeSystem", "ValueSet", "ConceptMap", "Questionnaire"}

// notHere is the answer to a read of what is not there.
func notHere() error {
	return &mapping.Error{Kind: mapping.NotFound, Message: "no such resource; search the type to see which there are"}
}

// identified is a resource with the id and the version id it is served under.
type identified struct {
	*canonical.Header
	id string
}

// resources lists the resources of a type with their ids: their own, or one made
// of type and canonical where they have none or share it with one before. The
// forms are those that no registry holds.
func resources(r *canonical.Registry, kind string, forms ...*canonical.Header) (all []identified) {
	seen := map[string]bool{}
	for _, res := range r.Resources() {
		forms = append(forms, res.Header())
	}
	for _, h := range forms {
		if h.Type != kind {
			continue
		}
		id := h.ID
		if id == "" || seen[id] {
			id = digest(h.Type + " " + h.Canonical())
		}
		seen[id] = true
		all = append(all, identified{h, id})
	}
	return all
}

// byID finds a resource by the id it is served under.
func byID(r *canonical.Registry, kind, id string, forms ...*canonical.Header) (identified, bool) {
	for _, h := range resources(r, kind, forms...) {
		if h.id == id {
			return h, true
		}
	}
	return identified{}, false
}

// digest is a short name made of a text.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// version is the id of this version: another content has another.
func (i identified) version() string { return digest(i.Text) }

// read answers GET of one resource, and of the version of it that is here.
func (s *Server) read(kind string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		content, err := s.content(c)
		if err != nil {
			return err
		}
		values, err := query(c, format, summaryInput)
		if err != nil {
			return err
		}
		sum, err := summaryOf(values.Get("_summary"))
		if err != nil {
			return err
		}
		found, ok := byID(content.Registry, kind, c.Params("id"), content.Forms...)
		if vid := c.Params("vid"); !ok || vid != "" && vid != found.version() {
			return notHere()
		}
		c.Set(fiber.HeaderETag, `W/"`+found.version()+`"`)
		return c.Send(found.render(nil, sum))
	}
}

// summaryInput is FHIR's parameter for a part of each resource
// (http://hl7.org/fhir/R4/search.html#summary).
var summaryInput = input{name: "_summary"}

// summary is how much of a resource is asked for.
type summary string

const (
	whole     summary = "false"
	summarise summary = "true"
	textOnly  summary = "text"
	dataOnly  summary = "data"
	countOnly summary = "count"
)

func summaryOf(text string) (summary, error) {
	switch s := summary(text); s {
	case "":
		return whole, nil
	case whole, summarise, textOnly, dataOnly, countOnly:
		return s, nil
	}
	return "", badParameter(mapping.Value, "_summary", "accepted: true, false, text, data, count")
}

// inSummary are the elements that a summary keeps
// (http://hl7.org/fhir/R4/codesystem.html and its siblings, marked Σ).
const inSummary = " resourceType id implicitRules url identifier version name title status experimental date publisher contact useContext jurisdiction " +
	"caseSensitive valueSet hierarchyMeaning compositional versionNeeded content supplements count filter property " +
	"immutable sourceUri sourceCanonical targetUri targetCanonical subjectType "

// keeps reports whether an element is asked for.
func (s summary) keeps(element string) bool {
	switch s {
	case summarise:
		return strings.Contains(inSummary, " "+element+" ")
	case textOnly:
		return strings.Contains(" resourceType id implicitRules text status url version content ", " "+element+" ")
	case dataOnly:
		return element != "text"
	}
	return true
}

// render writes the resource as it came, with the id and the version id that it
// is served under, and marked where a part is left out.
func (i identified) render(b []byte, s summary) []byte {
	d, err := tree.Parse(i.Text, tree.Limits{Bytes: len(i.Text), Nodes: len(i.Text)})
	if err != nil {
		panic("api: " + err.Error()) // it was parsed when it was loaded
	}
	root := d.Root()
	b = append(b, `{"resourceType":"`+i.Type+`","id":`+tree.Quote(i.id)+`,"meta":{"versionId":"`+i.version()+`"`...)
	if meta := d.Child(root, "meta"); meta != tree.None && d.Kind(meta) == tree.Object {
		for n := d.First(meta); n != tree.None; n = d.Next(n) {
			if key := d.Key(n); key != "versionId" && (s == whole || key != "tag") {
				b = d.Append(append(append(append(b, `,"`...), d.RawKey(n)...), `":`...), n)
			}
		}
	}
	if s != whole {
		b = append(b, `,"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]`...)
	}
	b = append(b, '}')
	for n := d.First(root); n != tree.None; n = d.Next(n) {
		switch key := d.Key(n); {
		case key == "resourceType" || key == "id" || key == "meta" || !s.keeps(key):
		default:
			b = d.Append(append(append(append(b, `,"`...), d.RawKey(n)...), `":`...), n)
		}
	}
	return append(b, '}')
}
