package main

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"tolk/adapters/ffb"
	"tolk/adapters/fmk"
	"tolk/adapters/fsiii"
	"tolk/adapters/kltools"
	"tolk/adapters/medcom"
	"tolk/adapters/plain"
	"tolk/mapping"
	"tolk/mapping/checkup"
	"tolk/mapping/complete"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/ledger"
	"tolk/mapping/maps"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

// core is what every command needs: the codes, and the documents made of them.
type core struct {
	terms   *terminology.Terminology
	gateway *document.Gateway
}

// wire builds the core from what is embedded, and the table of holding
// organisations if there is one.
func wire(organisations string) (*core, error) {
	type loaded struct {
		steps []document.Step
		err   error
	}
	beside := make(chan loaded, 1) // a third of the start, and it needs nothing of the rest
	go func() {
		steps, err := formSteps()
		beside <- loaded{steps, err}
	}()
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		return nil, err
	}
	files, err := rules.Load(maps.FS)
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
	judges, err := judges()
	if err != nil {
		return nil, err
	}
	return &core{terms, gateway.WithSteps(outside.steps, recognisers(), judges)}, nil
}

// formSteps lists the translations between the outside forms and the hub, beside
// those of the published condition records.
func formSteps() ([]document.Step, error) {
	validator, err := plain.New()
	if err != nil {
		return nil, err
	}
	lenses, err := plain.Lenses()
	if err != nil {
		return nil, err
	}
	library, err := fields.Load(maps.FS, "fields", lenses)
	if err != nil {
		return nil, err
	}
	return slices.Concat(plain.Steps(validator, library), fmk.Steps(), medcom.HCOSteps(), medcom.CareSteps(), kltools.Steps(), ffb.Steps(), fsiii.Steps()), nil
}

// recognisers tell which kind of document a text in a form is.
func recognisers() []document.Recogniser {
	return []document.Recogniser{plain.Recogniser(), fmk.Recogniser(), medcom.HCORecogniser(), kltools.Recogniser()}
}

// judges say of a document in the hub form what its reader should hear: what is
// missing, and of a health check what does not agree and what it proposes.
func judges() (map[string][]document.Judge, error) {
	needs, err := complete.Load(maps.FS, "complete")
	if err != nil {
		return nil, err
	}
	all := map[string][]document.Judge{}
	for _, name := range []string{document.Medicinliste, document.Sundhedstjek} {
		all[name] = append(all[name], func(doc *tree.Doc, now time.Time, _ *terminology.Terminology) (ledger.Judgement, error) {
			return ledger.Judgement{Lacks: needs.Lacks(name, doc, now)}, nil
		})
	}
	all[document.Sundhedstjek] = append(all[document.Sundhedstjek],
		func(doc *tree.Doc, _ time.Time, terms *terminology.Terminology) (ledger.Judgement, error) {
			return checkup.Examine(doc, terms)
		})
	return all, nil
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
