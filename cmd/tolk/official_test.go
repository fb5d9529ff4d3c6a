package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/validator"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// hub is the package that the dual-coded hub form is checked against.
const hub = "hl7.fhir.dk.core#3.7.0"

// guide returns the implementation guide of the form asked for.
func guide(q document.Request) string {
	switch {
	case q.To == "ffb":
		return "kl.dk.fhir.ffbreporting#1.0.0"
	case q.To == document.FHIR:
		return hub
	case len(q.Areas) == 1 && q.Areas[0] == mapping.Forebyggelse:
		return "kl.dk.fhir.prevention#2.1.1"
	}
	return "kl.dk.fhir.gateway#1.2.0"
}

// output is one translated example, and what to say of it.
type output struct {
	title  string
	file   string // where it lies for the validator
	q      document.Request
	result *document.Result
	doc    *tree.Doc
}

func (o *output) loose() bool {
	return o.doc.Text(o.doc.Child(o.doc.Root(), "resourceType")) != "Bundle"
}

// Every official example translates in both its directions and into the hub,
// for every area, with and without an organisations table, with and without
// acceptance: without an error and with no leaf unclaimed. (That the auditor
// passes is part of Translate.) What comes out is valid, by the profiles that
// KL and HL7 Denmark publish, or says where it is not.
func TestOfficialExamples(t *testing.T) {
	all := translateOfficial(t)
	v := validator.Find(t)
	runs := map[string][]*output{} // by package and strictness
	count := map[string]int{}
	for _, o := range all {
		c := o.result.Ledger.Conformance
		switch {
		case o.q.To == document.FHIR:
			runs[hub+" hub"] = append(runs[hub+" hub"], o)
			count["hub"]++
		case c.Met && c.Profile != "":
			runs[guide(o.q)+" met"] = append(runs[guide(o.q)+" met"], o)
			count[o.q.To+" meets its profile"]++
		default:
			runs[guide(o.q)+" unmet"] = append(runs[guide(o.q)+" unmet"], o)
			runs[hub+" unmet"] = append(runs[hub+" unmet"], o)
			count[o.q.To+" says what is lacking"]++
			said(t, o)
		}
	}
	for run, outputs := range runs {
		of, how, _ := strings.Cut(run, " ")
		judge(t, v, of, how, outputs)
	}
	t.Logf("%d outputs: %v", len(all), count)
	for _, of := range []string{"hub", "ffb meets its profile", "fsiii meets its profile", "ffb says what is lacking", "fsiii says what is lacking"} {
		if count[of] == 0 {
			t.Errorf("no output was checked as: %s", of)
		}
	}
}

// translateOfficial translates every example in every way, each distinct output
// once, and writes it to a file.
func translateOfficial(t *testing.T) []*output {
	dir := t.TempDir()
	var all []*output
	seen := map[string]bool{}
	for _, e := range officialExamples(t) {
		for name, g := range map[string]*document.Gateway{"table": gateway(t, registered), "bare": gateway(t, unregistered)} {
			for _, q := range requests(e.from) {
				title := fmt.Sprintf("%s %s %s", e.title(), label(q), name)
				r, err := g.Translate(e.text, q)
				if err != nil {
					t.Errorf("%s: %v", title, err)
					continue
				}
				if n := r.Ledger.Counts[ledger.Unclaimed.String()]; n > 0 {
					t.Errorf("%s: %d leaves unclaimed", title, n)
				}
				if key := guide(q) + string(r.Output); seen[key] {
					continue
				} else {
					seen[key] = true
				}
				o := &output{title: title, q: q, result: r, doc: parsed(t, string(r.Output)),
					file: filepath.Join(dir, fmt.Sprintf("%03d.json", len(all)))}
				if err := os.WriteFile(o.file, r.Output, 0o600); err != nil {
					t.Fatal(err)
				}
				all = append(all, o)
			}
		}
	}
	return all
}

// said checks that an output which does not meet its profile says so, with a
// path into the sender's document for each lack.
func said(t *testing.T, o *output) {
	c := o.result.Ledger.Conformance
	if len(c.Lacks) == 0 && !(o.loose() && c.Met && c.Profile == "") {
		t.Errorf("%s: it claims nothing and does not say why", o.title)
	}
	for _, l := range c.Lacks {
		if l.Path == "" || l.Element == "" || l.Message == "" {
			t.Errorf("%s: a lack without path, element or message: %+v", o.title, l)
		}
		if !slices.ContainsFunc(o.result.Ledger.Lines(), func(line ledger.Line) bool { return strings.HasPrefix(line.Path, l.Path+".") }) {
			t.Errorf("%s: the path of a lack leads nowhere in the sender's document: %s", o.title, l.Path)
		}
	}
}

// judge validates outputs of one kind against one package, bundles as they are
// and loose resources without looking for what they refer to.
func judge(t *testing.T, v *validator.Validator, of, how string, outputs []*output) {
	byFile := map[string]*output{}
	files := map[bool][]string{}
	for _, o := range outputs {
		byFile[o.file] = o
		files[o.loose()] = append(files[o.loose()], o.file)
	}
	for loose, list := range files {
		var flags []string
		if loose {
			flags = []string{"--no-aggregation"}
		}
		for _, i := range validator.Errors(v.Validate(t, of, flags, list...)) {
			if o := byFile[i.File]; !o.excused(i, of, how) {
				t.Errorf("%s, by %s (%s): %s", o.title, of, how, i)
			}
		}
	}
}

// excused reports whether the output never claimed what the issue finds wrong.
func (o *output) excused(i validator.Issue, of, how string) bool {
	switch {
	case how == "hub":
		for _, l := range o.result.Ledger.Conformance.Lacks {
			if strings.HasPrefix(i.Path, l.Path) {
				return true
			}
		}
		return false
	case how == "unmet" && of == hub:
		return i.Code == "profile-unknown" // a claim of the target's form, checked with its own package
	case how == "unmet":
		return !o.claims(i.Path)
	}
	return false
}

// claims reports whether the resource that a path leads into claims a profile.
func (o *output) claims(path string) bool {
	d := o.doc
	resource := d.Root()
	for e := d.Find(d.Root(), "entry"); e != tree.None; e = d.Next(e) {
		if r := d.Child(e, "resource"); r != tree.None && strings.HasPrefix(path, d.Path(r)) {
			resource = r
		}
	}
	return d.Find(resource, "meta", "profile") != tree.None
}
