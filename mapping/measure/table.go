package measure

import (
	"embed"
	"encoding/csv"
	"errors"
	"io/fs"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tolk/mapping"
	facts "tolk/schemas/terminology"
)

//go:embed units.csv measures.csv codings.csv answers.csv
var files embed.FS

// table is what the files say.
type table struct {
	items     []Item
	byName    map[string]int
	byCode    map[mapping.Concept]int // by canonical system
	byProfile map[string]int
	answers   map[string][]Answer // by the name of the item
	units     map[string]Unit     // by code, symbol and spelling
	strengths map[string]Unit     // by FMK's code
	bounds    map[string][2]*big.Rat
	aliases   map[string]string // the canonical system, by alias
}

// tables reads the files the first time somebody asks.
var tables = sync.OnceValue(func() *table {
	t, err := load(files, facts.FS)
	if err != nil {
		panic("measure: " + err.Error()) // our own files, which every test reads
	}
	return t
})

// canonical returns the URI that stands for all aliases of a system.
func canonical(system string) string {
	if c, ok := tables().aliases[system]; ok {
		return c
	}
	return system
}

// load reads the tables, and the aliases of systems from the facts. It returns
// every fault it finds, each with file and line.
func load(fsys, facts fs.FS) (*table, error) {
	t := &table{byName: map[string]int{}, byCode: map[mapping.Concept]int{}, byProfile: map[string]int{}, answers: map[string][]Answer{},
		units: map[string]Unit{}, strengths: map[string]Unit{}, bounds: map[string][2]*big.Rat{}, aliases: map[string]string{}}
	var found []error
	found = append(found, read(facts, "system-aliases.csv", []string{"name", "canonical", "alias"}, func(c []string) string {
		t.aliases[c[2]] = c[1]
		return ""
	})...)
	found = append(found, read(fsys, "units.csv", []string{"code", "dimension", "factor", "offset", "symbol", "spellings", "fmk", "source"}, t.addUnit)...)
	found = append(found, read(fsys, "measures.csv", []string{"name", "display", "category", "kind", "panel", "broader", "unit", "unit_kl", "unit_hco", "kl_profile", "low", "high"}, t.addItem)...)
	found = append(found, read(fsys, "codings.csv", []string{"name", "system", "code", "display", "use", "source"}, t.addCoding)...)
	found = append(found, read(fsys, "answers.csv", []string{"name", "code", "display", "score", "snomed", "source"}, t.addAnswer)...)
	maps.DeleteFunc(t.byProfile, func(_ string, at int) bool { return at == shared })
	return t, errors.Join(found...)
}

// shared marks a profile that several items have.
const shared = -1

// read gives each row of a file to add, which says what is wrong with it.
func read(fsys fs.FS, file string, columns []string, add func(cells []string) string) (found []error) {
	f, err := fsys.Open(file)
	if err != nil {
		return []error{&mapping.Error{Kind: mapping.NotFound, Path: file, Message: "the table is missing"}}
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = len(columns)
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 || !slices.Equal(rows[0], columns) {
		return []error{&mapping.Error{Kind: mapping.Structure, Path: file, Message: "expected rows of CSV below the header " + strings.Join(columns, ",")}}
	}
	for i, row := range rows[1:] {
		if fault := add(row); fault != "" {
			found = append(found, &mapping.Error{Kind: mapping.Value, Path: file + ":" + strconv.Itoa(i+2), Message: fault})
		}
	}
	return found
}

// addUnit reads a row of units.csv.
func (t *table) addUnit(c []string) string {
	u := Unit{Code: c[0], Dimension: c[1], Symbol: c[4], factor: new(big.Rat), offset: new(big.Rat)}
	if _, ok := u.factor.SetString(c[2]); !ok || u.factor.Sign() <= 0 || u.Dimension == "" {
		return "factor: expected a fraction above 0, as in 1/100, and a dimension"
	}
	if _, ok := u.offset.SetString(c[3]); !ok && c[3] != "" {
		return "offset: expected a fraction or nothing"
	}
	if u.Symbol == "" {
		u.Symbol = u.Code
	}
	names := []string{u.Code}
	for _, name := range append([]string{u.Symbol}, strings.Split(c[5], ";")...) {
		if name != "" && name != u.Code {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if _, ok := t.units[name]; ok {
			return "spellings: " + name + " names another unit already, or is written twice"
		}
		t.units[name] = u
	}
	if c[6] != "" {
		t.strengths[c[6]] = u
	}
	return ""
}

// addItem reads a row of measures.csv. A panel and a broader item stand above.
func (t *table) addItem(c []string) string {
	i := Item{Name: c[0], Display: c[1], Category: Category(c[2]), Kind: Kind(c[3]), Panel: c[4], Broader: c[5],
		Unit: c[6], UnitKL: c[7], UnitHCO: c[8], ProfileKL: c[9], Low: c[10], High: c[11]}
	if _, ok := t.byName[i.Name]; ok || i.Name == "" || i.Display == "" {
		return "name and display: expected, and not those of a row above"
	}
	if !slices.Contains([]Category{VitalSigns, Laboratory, SocialHistory, Survey}, i.Category) ||
		!slices.Contains([]Kind{Quantity, Integer, Codeable, String, Panel}, i.Kind) {
		return "category and kind: not one of those in use"
	}
	for _, above := range []string{i.Panel, i.Broader} {
		if _, ok := t.byName[above]; !ok && above != "" {
			return "panel and broader: " + above + " is not the name of a row above"
		}
	}
	for _, unit := range []string{i.Unit, i.UnitKL, i.UnitHCO} {
		if _, ok := t.units[unit]; !ok && unit != "" || i.Kind == Quantity && i.Unit == "" {
			return "unit: expected one of units.csv"
		}
	}
	if i.Low != "" || i.High != "" {
		low, err := Number(i.Low)
		high, errHigh := Number(i.High)
		if err != nil || errHigh != nil || low.Cmp(high) >= 0 {
			return "low and high: expected two numbers, the first the smaller, or nothing"
		}
		t.bounds[i.Name] = [2]*big.Rat{low, high}
	}
	if i.ProfileKL != "" {
		at := len(t.items)
		if _, taken := t.byProfile[i.ProfileKL]; taken {
			at = shared
		}
		t.byProfile[i.ProfileKL] = at
	}
	t.byName[i.Name] = len(t.items)
	t.byCode[mapping.Concept{System: System, Code: i.Name}] = len(t.items)
	t.items = append(t.items, i)
	return ""
}

// addCoding reads a row of codings.csv.
func (t *table) addCoding(c []string) string {
	at, ok := t.byName[c[0]]
	if !ok {
		return "name: not that of a row of measures.csv"
	}
	row := coding{Coding: mapping.Coding{System: c[1], Code: c[2], Display: c[3]}, uses: strings.Fields(c[4])}
	for _, use := range row.uses {
		if !slices.Contains([]string{"read", string(Hub), string(KL), string(HCO)}, use) {
			return "use: accepted: read, hub, kl, hco"
		}
	}
	if len(row.Code) < 3 || row.System == "" || len(row.uses) == 0 || c[5] == "" {
		return "system, code, use and source: all required"
	}
	if other, ok := t.aliases[row.System]; ok {
		return "system: expected the canonical URI, " + other
	}
	concept := mapping.Concept{System: row.System, Code: row.Code}
	if _, taken := t.byCode[concept]; taken && slices.Contains(row.uses, "read") {
		return "code: means another item already; without read it is only written"
	}
	if slices.Contains(row.uses, "read") {
		t.byCode[concept] = at
	}
	t.items[at].codings = append(t.items[at].codings, row)
	return ""
}
