package main

import (
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"tolk/adapters/ffb"
	"tolk/adapters/fmk"
	"tolk/adapters/fsiii"
	"tolk/adapters/klreferral"
	"tolk/adapters/kltools"
	"tolk/adapters/medcom"
	"tolk/adapters/plain"
	"tolk/adapters/xref"
	"tolk/mapping"
	"tolk/mapping/checkup"
	"tolk/mapping/complete"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/ledger"
	"tolk/mapping/maps"
	"tolk/mapping/receiver"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

// core is what every command needs: the codes, and the documents made of them.
type core struct {
	terms   *terminology.Terminology
	gateway *document.Gateway
	fields  *fields.Library
	rules   []rules.File // the document rules in force
	overlay *overlay     // where they come from, and the codes; nil where all is built in
	// receivers reads the tables of receivers once, when somebody checks against
	// them.
	receivers func() (*receiver.Tables, error)
}

// tables are the folders that the mappings are read from.
type tables struct {
	maps     fs.FS // index.csv and what it names
	rules    fs.FS // *.yaml
	complete fs.FS // complete/*.yaml
	fields   fs.FS // fields/*.yaml
	overlay  *overlay
}

// wire builds the core from what is embedded, and the table of holding
// organisations if there is one.
func wire(organisations string) (*core, error) {
	return assemble(tables{maps: maps.FS, rules: maps.FS, complete: maps.FS, fields: maps.FS}, organisations)
}

// assemble builds the core from these tables.
func assemble(from tables, organisations string) (*core, error) {
	type loaded struct {
		form plainForm
		err  error
	}
	beside := make(chan loaded, 1) // a third of the start, and it needs nothing of the rest
	go func() {
		form, err := loadPlain(from.fields)
		beside <- loaded{form, err}
	}()
	terms, files, err := from.read()
	if err != nil {
		return nil, err
	}
	table, err := readOrganisations(organisations)
	if err != nil {
		return nil, err
	}
	gateway, err := document.New(terms, files, forms(), table)
	if err != nil {
		return nil, err
	}
	outside := <-beside
	if outside.err != nil {
		return nil, outside.err
	}
	return &core{terms: terms, gateway: gateway.WithSteps(formSteps(terms, outside.form), recognisers(), judges(from.complete)),
		fields: outside.form.fields, rules: files, overlay: from.overlay,
		receivers: sync.OnceValues(func() (*receiver.Tables, error) { return loadReceivers(terms, "") })}, nil
}

// read reads the codes and the document rules, with what a site states otherwise.
func (t tables) read() (*terminology.Terminology, []rules.File, error) {
	if t.overlay == nil || t.overlay.site == nil {
		terms, err := terminology.New(facts.FS, t.maps)
		if err != nil {
			return nil, nil, err
		}
		files, err := rules.Load(t.rules)
		return terms, files, err
	}
	terms, err := terminology.Overridden(facts.FS, t.maps, t.overlay.rows())
	if err != nil {
		return nil, nil, err
	}
	files, err := rules.Load(t.rules)
	if err != nil {
		return nil, nil, err
	}
	files, err = rules.Overridden(files, t.overlay.files, *t.overlay.site)
	return terms, files, err
}

// plainForm is what the plain form is read and written by.
type plainForm struct {
	schemas *plain.Validator
	fields  *fields.Library
}

// loadPlain reads the schemas and the correspondences of the plain form.
func loadPlain(tables fs.FS) (plainForm, error) {
	schemas, err := plain.New()
	if err != nil {
		return plainForm{}, err
	}
	lenses, err := plain.Lenses()
	if err != nil {
		return plainForm{}, err
	}
	library, err := fields.Load(tables, "fields", lenses)
	return plainForm{schemas, library}, err
}

// formSteps lists the translations between the outside forms and the hub, beside
// those of the published condition records.
func formSteps(terms *terminology.Terminology, form plainForm) []document.Step {
	return slices.Concat(plain.Steps(form.schemas, form.fields), fmk.Steps(), medcom.HCOSteps(), medcom.CareSteps(),
		kltools.Steps(), ffb.Steps(), fsiii.Steps(), klreferral.Steps(terms), xref.Steps())
}

// recognisers tell which kind of document a text in a form is.
func recognisers() []document.Recogniser {
	// A form that has several kinds is asked in this order: the narrower first.
	known := []document.Recogniser{plain.Recogniser(), fmk.Recogniser(), medcom.HCORecogniser(), medcom.CareRecogniser(), klreferral.Recogniser(), kltools.Recogniser()}
	return append(known, xref.Recognisers()...)
}

// judges say of a document in the hub form what its reader should hear: what is
// missing, which codes nobody knows or has other words beside it, and of a health check
// what does not agree and what it proposes. The demands are read when the first
// document comes: a start has no use for them.
func judges(tables fs.FS) map[string][]document.Judge {
	demands := sync.OnceValues(func() (*complete.Rules, error) { return complete.Load(tables, "complete") })
	all := map[string][]document.Judge{}
	for _, name := range []string{document.Medicinliste, document.Sundhedstjek, document.Henvisning, document.Korrespondance} {
		all[name] = append(all[name], func(doc *tree.Doc, now time.Time, _ *terminology.Terminology) (ledger.Judgement, error) {
			needs, err := demands()
			if err != nil {
				return ledger.Judgement{}, err
			}
			return ledger.Judgement{Lacks: needs.Lacks(name, doc, now)}, nil
		})
	}
	for _, name := range []string{document.Tilstande, document.Sundhedstjek, document.Henvisning} {
		all[name] = append(all[name], document.Codes)
	}
	all[document.Sundhedstjek] = append(all[document.Sundhedstjek],
		func(doc *tree.Doc, _ time.Time, terms *terminology.Terminology) (ledger.Judgement, error) {
			return checkup.Examine(doc, terms)
		})
	return all
}

// forms lists the outside forms of the condition record.
func forms() []document.Form { return []document.Form{ffb.Form(), fsiii.Form()} }

// readOrganisations reads the table of --organisations: csv with the columns
// kombit and sor.
func readOrganisations(name string) ([]document.Organisation, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "the organisations table cannot be opened", Err: err}
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil || len(head) != 2 || head[0] != "kombit" || head[1] != "sor" {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: name + ":1", Message: "expected the columns kombit,sor"}
	}
	var table []document.Organisation
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return table, nil
		}
		if err != nil {
			return nil, &mapping.Error{Kind: mapping.Structure, Path: name, Message: "expected rows of two columns", Err: err}
		}
		table = append(table, document.Organisation{KOMBIT: row[0], SOR: row[1]})
	}
}
