package terminology

import (
	"io/fs"
	"slices"
	"strings"

	"tolk/mapping"
)

// ConceptMap is one concept map: from one system to another, for one area of
// municipal health or for none. It corresponds to a FHIR R4 ConceptMap with one
// group.
type ConceptMap struct {
	URL      string
	Version  string
	Title    string
	Source   string // the canonical source system
	Target   string // the canonical target system
	Area     mapping.Area
	File     string                // of its rows, as index.csv names it; empty where somebody else made the map
	Emit     []mapping.Equivalence // relations that may be added to a record without a person
	Elements []Element             // in the order of the file
}

// Element is a source concept with its matches, as ConceptMap.group.element.
type Element struct {
	Source  *Entry
	Matches []Match
}

// Match is one row of a concept map, read for its source.
type Match struct {
	Equivalence mapping.Equivalence
	Concept     mapping.Concept // the target; zero where unmatched
	Display     string          // the official display of the target
	Map         string          // URL of the map
	Version     string          // of the map
	Canonical   string          // of the map: URL|version
	Row         string          // file:line of the row; of a site's, SITE/file:line
	Order       int             // of the row among those of its file, all areas
	Site        *Override       // whose row it is; nil where it is the map's own
	Area        mapping.Area
	Guard       Guard
	Reason      string
	Status      string // proposed or accepted
	// Emit tells that the policy of the map lets the core add the target beside
	// the original, if the guards hold. Otherwise it is a proposal to a person.
	Emit bool
	// Via is the first of two steps, from a retired concept to a current one;
	// nil otherwise. Map, Row and Reason are then those of the second step,
	// Stated its relation, and Equivalence is both composed.
	Via *Match
	// Stated is the relation as the row states it.
	Stated mapping.Equivalence
}

// plan is a line of index.csv: a file of rows, and what the rows may say.
type plan struct {
	record
	file, url, version, title string
	source, target            *system
	sourceKinds, targetKinds  []string
	retired                   bool     // the sources are the retired concepts; otherwise the others
	areas                     []string // each source answers for each of these
	relations, emit           []string
	rows                      []mapRow
	touched                   map[mapping.Area]string // what stands behind the version where a site states rows
}

// mapRow is a row of a concept map with what it names.
type mapRow struct {
	record
	sourceCode, sourceDisplay string
	targetCode, targetDisplay string
	area                      mapping.Area
	equivalence               mapping.Equivalence
	guard, reason, status     string
	source, target            *Entry    // nil where unknown; target also where unmatched
	site                      *Override // nil where it is the map's own
}

// rowColumns are the columns of a file of rows.
var rowColumns = []string{"source", "source_display", "area", "target", "target_display", "equivalence", "guard", "reason", "status"}

// ConceptMaps lists the concept maps in the order of index.csv, the areas of a
// file in the order they occur. The maps are shared and not to be changed.
func (t *Terminology) ConceptMaps() []*ConceptMap { return t.maps }

// loadPlans reads index.csv and the files it names.
func (t *Terminology) loadPlans(maps fs.FS) ([]*plan, []*mapping.Error) {
	rows, found := read(maps, "index.csv", "file", "url", "version", "title",
		"source_system", "source_kind", "source_status", "target_system", "target_kind", "areas", "relations", "emit")
	var plans []*plan
	for _, r := range rows {
		c := r.cells
		p := &plan{record: r, file: c[0], url: c[1], version: c[2], title: c[3],
			source: t.bySystem[c[4]], sourceKinds: strings.Fields(c[5]),
			retired: c[6] == string(Retired), target: t.bySystem[c[7]], targetKinds: strings.Fields(c[8]),
			areas: strings.Fields(c[9]), relations: strings.Fields(c[10]), emit: strings.Fields(c[11])}
		if p.source == nil || p.target == nil {
			found = append(found, r.bad(mapping.NotFound, "source_system and target_system: accepted: "+t.names()))
			continue
		}
		found = append(found, t.loadRows(maps, p)...)
		plans = append(plans, p)
	}
	return plans, found
}

// loadRows reads the rows of one file.
func (t *Terminology) loadRows(maps fs.FS, p *plan) []*mapping.Error {
	rows, found := read(maps, p.file, rowColumns...)
	for _, r := range rows {
		p.rows = append(p.rows, p.row(r))
	}
	return found
}

// row resolves what a row names.
func (p *plan) row(r record) mapRow {
	c := r.cells
	return mapRow{record: r,
		sourceCode: c[0], sourceDisplay: c[1], area: mapping.Area(c[2]),
		targetCode: c[3], targetDisplay: c[4], equivalence: mapping.Equivalence(c[5]),
		guard: c[6], reason: c[7], status: c[8],
		source: p.source.codes[c[0]], target: p.target.codes[c[3]]}
}

// conceptMaps makes one concept map per area of the file.
func (p *plan) conceptMaps() []*ConceptMap {
	var maps []*ConceptMap
	for n, r := range p.rows {
		i := slices.IndexFunc(maps, func(m *ConceptMap) bool { return m.Area == r.area })
		if i < 0 {
			i = len(maps)
			maps = append(maps, p.conceptMap(r.area))
		}
		match := r.match(maps[i])
		match.Order = n
		maps[i].add(r.source, match)
	}
	return maps
}

// conceptMap makes the empty map of one area.
func (p *plan) conceptMap(area mapping.Area) *ConceptMap {
	m := &ConceptMap{URL: p.url, Version: p.version + p.touched[area], Title: p.title,
		Source: p.source.URL, Target: p.target.URL, Area: area, File: p.file}
	if area != "" {
		m.URL += "." + string(area)
		m.Title += " (" + string(area) + ")"
	}
	for _, e := range p.emit {
		m.Emit = append(m.Emit, mapping.Equivalence(e))
	}
	return m
}

// match reads a row that passed lint.
func (r mapRow) match(m *ConceptMap) Match {
	guard, _ := parseGuard(r.guard)
	match := Match{Equivalence: r.equivalence, Stated: r.equivalence,
		Map: m.URL, Version: m.Version, Canonical: m.URL + "|" + m.Version, Row: r.at(), Area: m.Area, Site: r.site,
		Guard: guard, Reason: r.reason, Status: r.status,
		Emit: r.equivalence.Match() && slices.Contains(m.Emit, r.equivalence)}
	if r.target != nil {
		match.Concept, match.Display = r.target.Concept, r.target.Display
	}
	return match
}
