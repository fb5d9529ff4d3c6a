package plain

import (
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// citizen says of the citizen's name that it is the official one: the plain form
// has no other, and MedCom demands it. dk-core takes none without a family name.
func (f finisher) citizen() {
	for _, p := range f.resources("Patient") {
		if names := f.Out.Child(p, "name"); names != tree.NoOut && f.Out.Has(f.Out.First(names), "family") {
			f.Say(f.Out.First(names), "use", "official", f.rule("borger/navnebrug"))
		}
	}
}

// told says of the lines that the citizen has told of that it was the citizen.
func (f finisher) told() {
	statements, citizens := f.resources("MedicationStatement"), f.resources("Patient")
	path := []string{"laegemidler"}
	if f.name == document.Sundhedstjek || f.name == henvisning {
		path = []string{"medicinliste", "laegemidler"}
	}
	for line := f.Doc.Find(f.Doc.Root(), path...); line != tree.None && len(statements) > 0; line = f.Doc.Next(line) {
		if told := f.Doc.Child(line, "oplystAfBorgeren"); told != tree.None {
			source := f.Out.Object(statements[0], "informationSource")
			f.Generate(source, "reference", "urn:uuid:"+f.text(citizens[0], "id"), f.rule("laegemiddel/oplyst-af-borgeren"))
			f.Use(told, f.rule("laegemiddel/oplyst-af-borgeren"))
		}
		statements = statements[1:] // each line is one
	}
}

// told reads of which lines the citizen has told.
func (r reader) told() {
	list := tree.OutID(0)
	if r.name == document.Sundhedstjek || r.name == henvisning {
		list = r.Out.Child(0, "medicinliste")
	}
	if r.name == document.Tilstande || list == tree.NoOut {
		return
	}
	lines := r.Out.Child(list, "laegemidler")
	if lines == tree.NoOut {
		return
	}
	for m := r.Out.First(lines); m != tree.NoOut; m = r.Out.Next(m) {
		source := r.Doc.Child(r.resource(m, "MedicationStatement"), "informationSource")
		if to := r.referred(source); to != tree.None && r.kind(to) == "Patient" && !r.Out.Has(m, "oplystAf") {
			r.Constant(m, "oplystAfBorgeren", "true", r.rule("laegemiddel/oplyst-af-borgeren"))
			r.Use(r.Doc.Child(source, "reference"), r.rule("laegemiddel/oplyst-af-borgeren"))
		}
	}
}
