package main

import (
	"encoding/csv"
	"errors"
	"io"
	"os"

	"tolk/adapters/ffb"
	"tolk/adapters/fsiii"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/maps"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
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
	return &core{terms, gateway}, nil
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
