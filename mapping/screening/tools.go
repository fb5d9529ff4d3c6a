package screening

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// Measure names what a questionnaire of KL's tools measures.
type Measure string

// The measures whose questionnaires KL's package names.
const (
	WHO5 Measure = "who5" // well-being
	EQ5D Measure = "eq5d" // health, with a mark on a scale (vas)
)

// What KL publishes about the tools (kl.dk.fhir.ffinst 1.0.0).
const (
	toolsVersion = "1.0.0"
	toolsCodes   = "http://fhir.kl.dk/ffinst/CodeSystem/KLToolsCodes"
	informer     = "http://fhir.kl.dk/ffinst/StructureDefinition/FindingInformer"
)

// toolsTable has the linkIds of the two questionnaires with the codes that each
// may be answered with, from the package's value sets and examples. The wording
// of the instruments is not here.
//
//go:embed tools.csv
var toolsTable string

// tool is one questionnaire.
type tool struct {
	measure Measure
	url     string
	linkIDs []string
	codes   map[string][]string // by linkId; none for a number
}

var tools = sync.OnceValues(func() ([]*tool, error) { return parseTools(toolsTable) })

func parseTools(text string) (all []*tool, err error) {
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(records) == 0 || !slices.Equal(records[0], []string{"measure", "questionnaire", "linkid", "type", "code"}) {
		return nil, &mapping.Error{Kind: mapping.Exception, Path: "tools.csv:1", Message: "expected csv with the columns measure,questionnaire,linkid,type,code"}
	}
	for i, c := range records[1:] {
		if c[1] == "" || c[2] == "" || c[3] != "choice" && c[3] != "integer" || (c[3] == "choice") != (c[4] != "") {
			return nil, &mapping.Error{Kind: mapping.Exception, Path: "tools.csv:" + strconv.Itoa(i+2), Message: "expected a choice with a code, or an integer without one"}
		}
		k := slices.IndexFunc(all, func(t *tool) bool { return t.url == c[1] })
		if k < 0 {
			k = len(all)
			all = append(all, &tool{measure: Measure(c[0]), url: c[1], codes: map[string][]string{}})
		}
		t := all[k]
		if !slices.Contains(t.linkIDs, c[2]) {
			t.linkIDs = append(t.linkIDs, c[2])
		}
		if c[4] != "" {
			t.codes[c[2]] = append(t.codes[c[2]], c[4])
		}
	}
	return all, nil
}

// Tool tells which measure the QuestionnaireResponse at n holds, with notices of
// what is not as KL's package has it: linkIds, answers that the item's value set
// does not have, a missing answer, no informer. The errors are those of Read, for
// KL's two questionnaires.
//
// Nothing is computed. A response has no item for a score, and the package
// states no rule for one (neither questionnaire is in it): a score of WHO-5 is
// therefore neither made nor judged here, and so is the range of vas. That a
// response names no version is KL's own custom, and no notice.
func Tool(d *tree.Doc, n tree.ID) (Measure, []*mapping.Error, error) {
	all, err := tools()
	if err != nil {
		return "", nil, err
	}
	urls := make([]string, len(all))
	for i, t := range all {
		urls[i] = t.url
	}
	w, path := &walker{d: d}, d.Path(n)
	if err := head(w, n, path, urls, toolsVersion); err != nil {
		return "", nil, err
	}
	url, _, _ := strings.Cut(d.Text(d.Child(n, "questionnaire")), "|")
	t := all[slices.Index(urls, url)]
	count := map[string]int{}
	w.visit = func(it tree.ID, path, linkID, _ string) bool {
		if !slices.Contains(t.linkIDs, linkID) {
			w.note(mapping.Value, path+".linkId", "unknown in "+t.url+"|"+toolsVersion+"; the item is not read", linkID)
			return true
		}
		for _, a := range w.answers(it, path) {
			if t.answered(w, linkID, a) {
				if count[linkID]++; count[linkID] == 2 {
					w.note(mapping.Invalid, a.path, "one answer is expected", "")
				}
			}
		}
		return true
	}
	w.items(n, path, "")
	for _, linkID := range t.linkIDs {
		if count[linkID] == 0 {
			w.note(mapping.Required, path, "no answer to "+linkID, "")
		}
	}
	if !w.extended(n, informer) {
		w.note(mapping.Required, path+".extension", "KL's profile demands who informed: "+informer, "")
	}
	return t.measure, w.found(), nil
}

// answered reports whether an answer is one that the item takes.
func (t *tool) answered(w *walker, linkID string, a placed) bool {
	codes := t.codes[linkID]
	if codes == nil {
		v := w.d.Child(a.ID, "valueInteger")
		if v == tree.None || w.d.Kind(v) != tree.Number {
			w.note(mapping.Invalid, a.path, "expected a valueInteger", "")
			return false
		}
		if _, err := strconv.ParseInt(w.d.Raw(v), 10, 32); err != nil {
			w.note(mapping.Value, a.path+".valueInteger", "expected a whole number", w.d.Raw(v))
			return false
		}
		return true
	}
	c, ok := w.coding(a)
	if !ok {
		return false
	}
	if c.System != toolsCodes || !slices.Contains(codes, c.Code) {
		w.note(mapping.CodeInvalid, a.path+".valueCoding", "the value set of "+linkID+" has no such code of "+toolsCodes, c.System+"#"+c.Code)
		return false
	}
	return true
}

// extended reports whether the resource has an extension.
func (w *walker) extended(n tree.ID, url string) bool {
	list := w.d.Child(n, "extension")
	if list == tree.None || w.d.Kind(list) != tree.Array {
		return false
	}
	for e := w.d.First(list); e != tree.None; e = w.d.Next(e) {
		if w.d.Text(w.d.Child(e, "url")) == url {
			return true
		}
	}
	return false
}
