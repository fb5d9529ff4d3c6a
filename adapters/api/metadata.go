package api

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/canonical"
)

// base is where the definitions of FHIR's own operations and search parameters
// are.
const base = "http://hl7.org/fhir/"

// modeInput is the parameter of GET metadata
// (http://hl7.org/fhir/R4/http.html#capabilities).
var modeInput = input{name: "mode"}

// capabilities answers GET /fhir/metadata: the CapabilityStatement, or with
// mode=terminology the TerminologyCapabilities.
func (s *Server) capabilities(c *fiber.Ctx) error {
	values, err := query(c, format, modeInput)
	if err != nil {
		return err
	}
	switch values.Get("mode") {
	case "", "full", "normative":
		return c.Send(s.capabilityStatement(c.BaseURL() + "/fhir/metadata"))
	case "terminology":
		content, err := s.content(c)
		if err != nil {
			return err
		}
		return c.Send(s.terminologyCapabilities(c.BaseURL()+"/fhir/metadata?mode=terminology", content.Registry))
	}
	return badParameter(mapping.Value, "mode", "accepted: full, normative, terminology")
}

// versions answers GET /fhir/$versions: the releases of FHIR that are spoken. To
// who asks for plain JSON it says so in the plain form of the operation
// (http://hl7.org/fhir/R4/capabilitystatement-operation-versions.html).
func (s *Server) versions(c *fiber.Ctx) error {
	if _, err := query(c, format); err != nil {
		return err
	}
	if string(c.Response().Header.ContentType()) == plainJSON {
		return c.SendString(`{"versions":["4.0"],"default":"4.0"}`)
	}
	w := begin(c)
	w.code("version", "4.0")
	w.code("default", "4.0")
	return w.send(c)
}

// member is an element with a name, and what stands beside it.
type member struct {
	Name          string `json:"name,omitempty"`
	Code          string `json:"code,omitempty"`
	Definition    string `json:"definition,omitempty"`
	Type          string `json:"type,omitempty"`
	Documentation string `json:"documentation,omitempty"`
}

// restResource is what is served of one type.
type restResource struct {
	Type        string   `json:"type"`
	Interaction []member `json:"interaction,omitempty"`
	Versioning  string   `json:"versioning,omitempty"`
	SearchParam []member `json:"searchParam,omitempty"`
	Operation   []member `json:"operation,omitempty"`
}

// feature says that the server does what a feature definition describes
// (http://hl7.org/fhir/uv/application-feature).
type feature struct {
	URL       string         `json:"url"`
	Extension []featureValue `json:"extension"`
}

type featureValue struct {
	URL       string `json:"url"`
	Canonical string `json:"valueCanonical,omitempty"`
	Code      string `json:"valueCode,omitempty"`
	Boolean   bool   `json:"valueBoolean,omitempty"`
}

// ecosystem is the version of the HL7 terminology tests that the program is run
// against.
const ecosystem = "1.9.0"

func features() []feature {
	of := func(definition string, value featureValue) feature {
		value.URL = "value"
		return feature{base + "uv/application-feature/StructureDefinition/feature", []featureValue{{URL: "definition", Canonical: base + definition}, value}}
	}
	return []feature{
		of("uv/tx-tests/FeatureDefinition/test-version", featureValue{Code: ecosystem}),
		of("uv/tx-ecosystem/FeatureDefinition/CodeSystemAsParameter", featureValue{Boolean: true}),
	}
}

// documentation says of an operation what its definition leaves open.
var documentation = map[string]string{
	"CodeSystem/lookup": "by code and system or by coding, in either spelling of FSIII",
	"ConceptMap/translate": "in the words of R4 and of R5; every coding of a codeableConcept; every map that applies, those sent as tx-resource first; " +
		"reverse gives all, each relation inverted; area (sygepleje, hjemmepleje, forebyggelse), also as a dependency on the element area, narrows the answer; " +
		"a match tells its map, its row and its reason",
	"ValueSet/batch-validate-code": "Parameters with a validation each; answers in their order",
	"process-message": "MedCom's messages, bare or in a VANSEnvelope or an ehmiSBDH, answered at once with MedCom's acknowledgement; async is not served; " +
		"with to, the form asked for, Parameters with the acknowledgement, the translated content and its account",
}

// deliveredMessages and deliveredBundles say the same of what the exchange does with messages: in
// place of that above, and of the base.
const (
	deliveredMessages = "MedCom's messages, bare or in a VANSEnvelope or an ehmiSBDH, answered at once with MedCom's acknowledgement, and nothing is kept; " +
		"with async=true or Prefer: respond-async the message is kept, answered with 202 and where it can be followed, and translated and delivered; " +
		"its acknowledgement comes as a message; with to, the form asked for, Parameters with the acknowledgement, the translated content and its account"
	deliveredBundles = "of operations, entry by entry; of resources to create or update, as a transaction or a collection of them: " +
		"the document that they are together, translated to the form asked for with to, and not stored; " +
		"with async=true or Prefer: respond-async kept, answered with 202, translated and delivered"
)

// systemOperations are the definitions of the operations of the system, whose
// names do not tell on what FHIR defines them.
var systemOperations = map[string]string{"versions": "CapabilityStatement-versions", "process-message": "MessageHeader-process-message"}

// messaging says which messages are taken and sent. What is answered at once is
// not cached: the same message is answered anew. What is accepted for delivery is
// answered again as it was, for as long as its identifiers are kept.
func (s *Server) messaging() any {
	type supported struct {
		Mode       string `json:"mode"`
		Definition string `json:"definition"`
	}
	told, cached := "what $process-message takes and answers; nothing is stored", int64(0)
	if s.exchange != nil {
		told = "what $process-message takes and answers; with async=true it is accepted durably and delivered, and a repetition is given the first answer again"
		cached = int64(s.exchange.Config().Keep.Identifiers / time.Minute)
	}
	const definitions = "http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/"
	return []any{struct {
		ReliableCache    int64       `json:"reliableCache,omitempty"` // minutes
		Documentation    string      `json:"documentation"`
		SupportedMessage []supported `json:"supportedMessage"`
	}{cached, told, []supported{
		{"receiver", definitions + "MedComCareCommunicationMessageDefinition"},
		{"receiver", definitions + "MedComHomeCareObservationMessageDefinition"},
		{"receiver", definitions + "MedComAcknowledgementMessageDefinition"},
		{"sender", definitions + "MedComAcknowledgementMessageDefinition"},
	}}}
}

// security says how clients get in, nil where none has to.
func (s *Server) security() any {
	if s.entry == nil {
		return nil
	}
	type coding struct {
		System string `json:"system"`
		Code   string `json:"code"`
	}
	type concept struct {
		Coding []coding `json:"coding"`
	}
	return struct {
		Service     []concept `json:"service"`
		Description string    `json:"description"`
	}{
		[]concept{{[]coding{{"http://terminology.hl7.org/CodeSystem/restful-security-service", "SMART-on-FHIR"}}}},
		"SMART Backend Services: an access token for private_key_jwt, from the token endpoint that .well-known/smart-configuration names; " +
			"a client that has registered a TLS certificate comes with it",
	}
}

// searchTypes are the types of the search parameters.
var searchTypes = map[string]string{"_id": "token", "url": "uri", "version": "token", "status": "token", "name": "string", "title": "string"}

// capabilityStatement writes the CapabilityStatement from the routes: what is
// not served is not advertised. Its url is where it is read.
func (s *Server) capabilityStatement(url string) []byte {
	version, released := s.version, s.released
	resources, operations := advertised(s.served)
	var system []member
	if slices.ContainsFunc(s.served, func(r route) bool { return r.path == "/fhir" }) {
		system = []member{{Code: "batch", Documentation: "of operations, entry by entry; of resources to create or update, as a transaction or a collection of them: " +
			"the document that they are together, translated to the form asked for with to, and not stored"}}
	}
	if s.exchange != nil {
		for i := range operations {
			if operations[i].Name == "process-message" {
				operations[i].Documentation = deliveredMessages
			}
		}
		for i := range system {
			system[i].Documentation = deliveredBundles
		}
	}
	return encode(struct {
		ResourceType   string         `json:"resourceType"`
		Extension      []feature      `json:"extension"`
		URL            string         `json:"url"`
		Version        string         `json:"version,omitempty"`
		Name           string         `json:"name"`
		Title          string         `json:"title"`
		Status         string         `json:"status"`
		Date           string         `json:"date"`
		Kind           string         `json:"kind"`
		Instantiates   []string       `json:"instantiates"`
		Software       software       `json:"software"`
		Implementation implementation `json:"implementation"`
		FHIRVersion    string         `json:"fhirVersion"`
		Format         []string       `json:"format"`
		Rest           []any          `json:"rest"`
		Messaging      any            `json:"messaging"`
	}{
		"CapabilityStatement", features(), url, tokenised(version), "tolk", "tolk: FFB, FSIII and FHIR R4", "active", released, "instance",
		[]string{base + "CapabilityStatement/terminology-server"},
		software{"tolk", tokenised(version), released},
		implementation{"translates the documents of social and health care between FFB, FSIII, MedCom and FHIR, and answers what their codes are"},
		"4.0.1", []string{fhirJSON, "json", fhirXML, "xml"},
		[]any{struct {
			Mode        string         `json:"mode"`
			Security    any            `json:"security,omitempty"`
			Resource    []restResource `json:"resource"`
			Interaction []member       `json:"interaction,omitempty"`
			Operation   []member       `json:"operation,omitempty"`
		}{"server", s.security(), resources, system, operations}},
		s.messaging(),
	})
}

type software struct {
	Name     string `json:"name"`
	Version  string `json:"version,omitempty"`
	Released string `json:"releaseDate,omitempty"`
}

type implementation struct {
	Description string `json:"description"`
}

// tokenised makes a version of letters, digits, dots and dashes: a build that
// has none calls itself (devel).
func tokenised(version string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, version), "-")
}

// advertised reads the routes under /fhir as what is served of each type, and
// the operations of the system.
func advertised(served []route) (resources []restResource, operations []member) {
	at := map[string]int{}
	of := func(kind string) *restResource {
		i, ok := at[kind]
		if !ok {
			i = len(resources)
			at[kind] = i
			resources = append(resources, restResource{Type: kind})
		}
		return &resources[i]
	}
	for _, r := range served {
		rest, ok := strings.CutPrefix(r.path, "/fhir/")
		if !ok || rest == "" || rest == "metadata" || r.path == smartPath {
			continue
		}
		kind, below, _ := strings.Cut(rest, "/")
		operation, isOperation := strings.CutPrefix(below, "$")
		switch {
		case strings.HasPrefix(kind, "$"):
			operations = append(operations, member{Name: kind[1:], Definition: base + "OperationDefinition/" + systemOperations[kind[1:]], Documentation: documentation[kind[1:]]})
		case isOperation:
			o := of(kind)
			o.Operation = append(o.Operation, member{Name: operation, Definition: base + "OperationDefinition/" + kind + "-" + operation,
				Documentation: documentation[kind+"/"+operation]})
		case below == "":
			o := of(kind)
			o.Interaction = append(o.Interaction, member{Code: "search-type"})
			for _, p := range searchInputs {
				if t := searchTypes[p.name]; t != "" {
					o.SearchParam = append(o.SearchParam, member{Name: p.name, Type: t})
				}
			}
		case below == ":id":
			o := of(kind)
			o.Interaction, o.Versioning = append(o.Interaction, member{Code: "read"}), "versioned"
		case strings.HasSuffix(below, "/_history/:vid"):
			o := of(kind)
			o.Interaction = append(o.Interaction, member{Code: "vread"})
		}
	}
	return resources, operations
}

// terminologyCapabilities writes which code systems are here, in which versions,
// and what $expand takes.
func (s *Server) terminologyCapabilities(url string, registry *canonical.Registry) []byte {
	type version struct {
		Code      string   `json:"code,omitempty"`
		IsDefault bool     `json:"isDefault"`
		Language  []string `json:"language,omitempty"`
	}
	type system struct {
		URI         string    `json:"uri"`
		Version     []version `json:"version,omitempty"`
		Subsumption bool      `json:"subsumption"`
	}
	var systems []system
	seen := map[string]bool{}
	for _, r := range registry.Resources() {
		if r.CodeSystem == nil || r.CodeSystem.Content == "supplement" || seen[r.CodeSystem.URL] {
			continue
		}
		seen[r.CodeSystem.URL] = true
		one := system{URI: r.CodeSystem.URL}
		for i, v := range registry.CodeSystems(r.CodeSystem.URL) {
			var languages []string
			if v.Language != "" {
				languages = []string{v.Language}
			}
			if v.Version != "" {
				one.Version = append(one.Version, version{v.Version, i == 0, languages})
			}
			one.Subsumption = one.Subsumption || len(v.Roots) < len(v.Concepts)
		}
		systems = append(systems, one)
	}
	var expansion struct {
		Hierarchical bool     `json:"hierarchical"`
		Paging       bool     `json:"paging"`
		Incomplete   bool     `json:"incomplete"`
		Parameter    []member `json:"parameter"`
		TextFilter   string   `json:"textFilter"`
	}
	expansion.Hierarchical, expansion.Paging, expansion.TextFilter = true, true, "finds parts of words, in any case"
	for _, name := range append(slices.Clone(canonical.ExpandParams), canonical.Common...) {
		if !slices.Contains([]string{"url", "valueSet", "valueSetVersion", "_format"}, name) {
			expansion.Parameter = append(expansion.Parameter, member{Name: name})
		}
	}
	return encode(struct {
		ResourceType string          `json:"resourceType"`
		URL          string          `json:"url"`
		Version      string          `json:"version,omitempty"`
		Name         string          `json:"name"`
		Title        string          `json:"title"`
		Status       string          `json:"status"`
		Date         string          `json:"date"`
		Kind         string          `json:"kind"`
		Software     software        `json:"software"`
		Instance     implementation  `json:"implementation"`
		CodeSystem   []system        `json:"codeSystem,omitempty"`
		Expansion    any             `json:"expansion"`
		CodeSearch   string          `json:"codeSearch"`
		ValidateCode map[string]bool `json:"validateCode"`
		Translation  map[string]bool `json:"translation"`
	}{
		"TerminologyCapabilities", url, tokenised(s.version), "tolk",
		"tolk: the code systems here", "active", s.released, "instance", software{"tolk", tokenised(s.version), ""},
		implementation{"FFB, FSIII, CareSocialCodes and what packages bring"}, systems, expansion, "all",
		map[string]bool{"translations": true}, map[string]bool{"needsMap": false},
	})
}
